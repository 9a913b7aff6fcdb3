# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bad input: refused with the place in it, before anyone is asked anything and without any effect."""

import json
import os
import random
import socket

from bench import BusTest, about_accounts, main

GOOD = '{"method":"units.stop","parameters":{"accounts":["svc-web"],"units":["app.service"]}}'


def stop(**parameters):
    return json.dumps({'method': 'units.stop', 'parameters': parameters})


def stop_unit(unit):
    return stop(accounts=['svc-web'], units=[unit])


BAD_JSON = {
    'nothing': '',
    'a space': ' ',
    'no object': '[]',
    'a string': '"units.stop"',
    'null': 'null',
    'cut off': GOOD[:-1],
    'something behind': GOOD + 'x',
    'two of them': GOOD + GOOD,
    'single quotes': GOOD.replace('"', "'"),
    'comma at the end of an array': GOOD.replace('"app.service"]', '"app.service",]'),
    'comma at the end of an object': GOOD.replace(']}}', '],}}'),
    'comment': GOOD.replace('{"method"', '{/**/"method"'),
    'NaN': '{"method":"units.stop","parameters":{"no_block":NaN}}',
    'number that is none': '{"method":"units.stop","parameters":{"no_block":1.}}',
    'control character': GOOD.replace('app.service', 'app\\n.service').replace('\\n', '\n'),
    'escaped NUL': GOOD.replace('app.service', 'app.service\\u0000'),
    'escaped NUL in a key': GOOD.replace('"units"', '"units\\u0000"'),
    'lone surrogate': GOOD.replace('app', '\\ud800'),
    'lone low surrogate': GOOD.replace('app', '\\udc00x'),
    'unknown escape': GOOD.replace('app', '\\x61pp'),
    'byte order mark': '\ufeff' + GOOD,
    'duplicate member': GOOD[:-1] + ',"method":"units.list"}',
    'duplicate parameters': GOOD[:-1] + ',"parameters":{}}',
    'duplicate parameter': GOOD.replace('"units"', '"accounts":["me"],"units"'),
    'duplicate after unescaping': GOOD.replace('"units"', '"\\u0061ccounts":["me"],"units"'),
    'unknown member': GOOD[:-1] + ',"more":true}',
    'unknown parameter': GOOD.replace('"units"', '"unit"'),
    'parameter of another method': GOOD.replace('"units"', '"signal":"SIGKILL","units"'),
    'no method': '{"parameters":{"accounts":["svc-web"]}}',
    'method is no string': '{"method":1}',
    'method is an object': '{"method":{"method":"units.stop"}}',
    'method is null': '{"method":null}',
    'parameters are an array': '{"method":"units.stop","parameters":[]}',
    'parameters are null': '{"method":"units.stop","parameters":null}',
    'accounts are a string': '{"method":"units.stop","parameters":{"accounts":"svc-web","units":["app"]}}',
    'accounts are null': '{"method":"units.stop","parameters":{"accounts":null,"units":["app"]}}',
    'account is a number': '{"method":"units.stop","parameters":{"accounts":[1101],"units":["app"]}}',
    'account is an array': '{"method":"units.stop","parameters":{"accounts":[["svc-web"]],"units":["app"]}}',
    'boolean is a number': '{"method":"units.stop","parameters":{"units":["app"],"no_block":1}}',
    'boolean is text': '{"method":"units.stop","parameters":{"units":["app"],"no_block":"true"}}',
    'not one of the choices': '{"method":"units.stop","parameters":{"units":["app"],"mode":"destroy"}}',
    'too deep': '{"method":"units.stop","parameters":{"units":' + '[' * 40 + ']' * 40 + '}}',
    'far too deep': '[' * 100000,
    'too many items': stop(units=['a.service'] * 4097),
}

BAD_NAMES = {
    'empty': '',
    'slash': 'a/b.service',
    'path': '../../etc/passwd',
    'option': '--help',
    'option with type': '-H.service',
    'space': 'a b.service',
    'newline': 'app.service\nUSERUNIT_VERDICT=granted',
    'terminal': 'app\x1b[2J.service',
    'right to left': 'app\u202e.service',
    'not ASCII': 'äpp.service',
    'shell': '$(reboot).service',
    'no such type': 'app.swp/x',
    'too long': 'a' * 250 + '.service',
    'at twice': '@.service',
    'pattern': '*.service',
    'pattern with a set': 'app[12].service',
}

BAD_ACCOUNTS = {
    'empty': '',
    'path': '/root',
    'home': '~root',
    'dots': '../svc-web',
    'option': '-A',
    'newline': 'svc-web\nx',
    'terminal': 'svc\x1b]0;x\x07',
    'colon': 'svc:web',
    'unit behind': 'svc-web/app.service',
    'too long': 'a' * 256,
    'leading zero': '01101',
}


class InputTest(BusTest):
    def check_refused(self, bench, peer, text, error='InvalidRequest', *words, **kwargs):
        call = peer.wait(bench.send_text(peer, text, **kwargs))
        self.assert_error(call, error, *words)
        for character in call.text.partition('\n\n')[0]:
            self.assertTrue(character.isprintable(), repr(call.text))
        self.assertEqual((bench.polkit.questions, bench.accounts.asked, bench.effects), ([], [], []))
        return call

    def test_json(self):
        bench = self.bench()
        peer = bench.caller()
        for what, text in BAD_JSON.items():
            for open_it in (False, True):
                with self.subTest(input=what, open=open_it):
                    self.check_refused(bench, peer, text, open=open_it)
        self.assert_works(bench, peer)

    def test_place_is_named(self):
        bench = self.bench()
        peer = bench.caller()
        for text, words in (('{"method":"units.stop",\n "parameters":{"units":["a",1]}}',
                             ('offset 52', 'line 2', 'units')),
                            ('{"method":"units.stop"\n', ('line 2', 'offset 23')),
                            (GOOD.replace('"units"', '"unit"'), ('offset', 'parameter'))):
            self.check_refused(bench, peer, text, 'InvalidRequest', *words)

    def test_size(self):
        bench = self.bench()
        peer = bench.caller()
        largest = 256 * 1024
        self.check_refused(bench, peer, GOOD + ' ' * (largest + 1 - len(GOOD)), 'InvalidRequest', str(largest))
        self.check_refused(bench, peer, '"' + 'a' * (4 << 20))
        call = peer.wait(bench.send_text(peer, GOOD + ' ' * (largest - len(GOOD))))
        self.assertIsNone(call.error, call.text)

    def test_unit_names(self):
        bench = self.bench()
        peer = bench.caller()
        for what, name in BAD_NAMES.items():
            with self.subTest(name=what):
                self.check_refused(bench, peer, stop_unit(name))
                if not what.startswith(('pattern', 'empty')):
                    self.check_refused(bench, peer, stop(targets=['svc-web/' + name]))
        self.check_refused(bench, peer, stop(accounts=['svc-web']), 'InvalidRequest', 'needs the name of a unit')
        self.check_refused(bench, peer, stop(accounts=['svc-web'], units=[]), 'InvalidRequest')

    def test_account_names(self):
        bench = self.bench()
        peer = bench.caller()
        for what, name in BAD_ACCOUNTS.items():
            with self.subTest(name=what):
                self.check_refused(bench, peer, stop(accounts=[name], units=['app']))
        self.check_refused(bench, peer, stop(accounts=[], units=['app']), 'InvalidRequest', 'no account')
        self.check_refused(bench, peer, stop(targets=[]), 'InvalidRequest', 'no account')
        self.check_refused(bench, peer, stop(targets=['svc-web/app'], accounts=['me']), 'InvalidRequest', 'targets')
        self.check_refused(bench, peer, stop(targets=['svc-web/app'], units=['x']), 'InvalidRequest', 'targets')

    def test_every_method_is_strict(self):
        """Whatever the row: patterns where something is changed, units where whole accounts are meant."""
        bench = self.bench()
        peer = bench.caller()
        for method in bench.methods():
            with self.subTest(method=method['name']):
                if method['changes'] and method['takes_units']:
                    self.check_refused(bench, peer, json.dumps(
                        {'method': method['name'], 'parameters': {'accounts': ['svc-web'], 'units': ['*']}}))
                    self.check_refused(bench, peer, json.dumps(
                        {'method': method['name'], 'parameters': {'targets': ['svc-web/app-?.service']}}))
                if method['account_only']:
                    self.check_refused(bench, peer, json.dumps(
                        {'method': method['name'], 'parameters': {'accounts': ['svc-web'], 'units': ['app']}}))
                    self.check_refused(bench, peer, json.dumps(
                        {'method': method['name'], 'parameters': {'targets': ['svc-web/app']}}), 'InvalidRequest',
                        'whole accounts' if any(p['name'] == 'targets' for p in method['parameters']) else 'parameter')
                if method['needs_unit']:
                    self.check_refused(bench, peer, json.dumps(
                        {'method': method['name'], 'parameters': {'accounts': ['svc-web']}}))

    def test_check_takes_one_known_verb(self):
        bench = self.bench()
        peer = bench.caller()
        for parameters in ({'accounts': ['svc-web']}, {'accounts': ['svc-web'], 'verb': 'destroy'},
                           {'accounts': ['*'], 'verb': 'restart', 'units': ['app']},
                           {'accounts': ['svc-web'], 'verb': 'restart'},
                           {'accounts': ['svc-web'], 'verb': 'restart', 'units': ['*']}):
            self.check_refused(bench, peer, json.dumps({'method': 'access.check', 'parameters': parameters}))

    def test_descriptors(self):
        """No method takes one, of no kind; and none is leaked. Those that take some: test-descriptors.py."""
        bench = self.bench()
        peer = bench.caller()
        before = bench.count_descriptors()
        reader, writer = os.pipe()
        a, b = socket.socketpair()
        fds = [os.open('/dev/null', os.O_RDONLY), os.open('/', os.O_PATH), os.memfd_create('x'), reader, writer,
               a.fileno()]
        for method in bench.methods():
            text = json.dumps({'method': method['name'], 'parameters': bench.parameters_for(method, 'svc-web')})
            self.check_refused(bench, peer, text, 'InvalidRequest', 'descriptor', fds=fds[:1],
                               open=method['name'] in bench.only_open)
        for some in ([fd] for fd in fds):
            self.check_refused(bench, peer, GOOD, 'InvalidRequest', 'descriptor', fds=some)
        self.check_refused(bench, peer, GOOD, 'InvalidRequest', 'descriptor', fds=fds[:1] * 16)
        for fd in fds[:5]:
            os.close(fd)
        a.close()
        b.close()
        self.assertTrue(bench.poll(lambda: bench.count_descriptors() == before, 2))

    def test_root_names_the_account(self):
        """A bare unit name of root's means no account at all."""
        if os.geteuid() != 0:
            self.skipTest('takes root')
        bench = self.bench()
        peer = bench.caller(0)
        self.check_refused(bench, peer, '{"method":"units.stop","parameters":{"units":["app"]}}', 'AmbiguousAccount')
        self.check_refused(bench, peer, '{"method":"units.stop","parameters":{"targets":["app"]}}', 'AmbiguousAccount')
        self.assertEqual(peer.wait(bench.send_text(peer, GOOD)).error, None)

    def test_refusals_are_recorded(self):
        bench = self.bench()
        peer = bench.caller()
        self.check_refused(bench, peer, '{')
        (record,) = bench.journal.verdicts()
        self.assertEqual((record['USERUNIT_VERDICT'], record['USERUNIT_ERROR'], record['USERUNIT_CALLER']),
                         ('refused', 'InvalidRequest', peer.name))
        self.assertNotIn('USERUNIT_METHOD', record)

    def test_noise(self):
        """A good request with a few bytes changed: an answer in time, and nothing without polkit's yes."""
        bench = self.bench()
        peer = bench.caller()
        dice = random.Random(1)
        texts = [json.dumps({'method': m['name'], 'parameters': bench.parameters_for(m, 'svc-web')})
                 for m in bench.methods() if about_accounts(m)]
        for _ in range(400):
            text = list(dice.choice(texts))
            for _ in range(dice.randint(1, 4)):
                at = dice.randrange(len(text))
                text[at:at + dice.randint(0, 2)] = dice.choice([*'"{}[]\\,\t\x7fé0', ''])
            call = peer.wait(bench.send_text(peer, ''.join(text)))
            for fd in call.reply.fds:
                os.close(fd)
        asked = {(q.details['method'], q.details.get('uid')) for q in bench.polkit.questions}
        for effect in bench.effects:
            if effect.request:
                self.assertIn((effect.what, str(effect.uid)), asked)
            else:
                self.assertIn(str(effect.uid), {uid for _, uid in asked})


if __name__ == '__main__':
    main()
