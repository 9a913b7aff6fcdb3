# SPDX-License-Identifier: LGPL-2.1-or-later
"""What polkit allows happens, once, and exactly that: every method, for one's own account and for another's. What
polkit was asked, what the journal got and what was executed are held against each other."""

import hashlib
import json
import os

import mock_polkit as polkit
from bench import ME, UNIT, WEB, BusTest, body, main, own_and_other

REQUIRED = {'MESSAGE', 'MESSAGE_ID', 'PRIORITY', 'SYSLOG_IDENTIFIER', 'USERUNIT_REQUEST', 'USERUNIT_CALLER_UID',
            'USERUNIT_CALLER', 'USERUNIT_ACCOUNT', 'USERUNIT_ACCOUNT_UID', 'USERUNIT_VERB', 'USERUNIT_METHOD',
            'USERUNIT_ACTION', 'USERUNIT_DIGEST'}


def rich_parameters(method, account):
    """Every parameter that the method has, with some value that it takes."""
    parameters = {'accounts': [account]}
    for p in method['parameters']:
        choices = p.get('choices', ['SIGUSR1' if p['name'] == 'signal' else 'word'])
        if p['name'] == 'units':
            parameters['units'] = ['one.service', 'two.timer'][:1 if method['one_unit'] else 2]
        elif p['name'] not in ('accounts', 'targets', 'pipe'):  # a pipe takes descriptors: test-descriptors.py
            parameters[p['name']] = {'boolean': True, 'string': choices[0], 'strings': choices[:2],
                                     'unsigned': 42}[p['type']]
    return parameters


class AllowedTest(BusTest):
    def one_after_the_other(self, parameters_for, check):
        """Each pair of method and account has a bench's undivided attention."""
        bench = self.bench()
        peer = bench.caller()
        for method, account in own_and_other(bench):
            with self.subTest(method=method['name'], account=account):
                bench.effects.clear()
                bench.polkit.questions.clear()
                bench.journal.drain()
                bench.journal.records.clear()
                bench.system.active[WEB] = bench.system.active[ME] = \
                    'inactive' if method['name'] in ('manager.start', 'linger.enable') else 'active'
                if method['name'] == 'linger.list':
                    open(os.path.join(bench.path('linger'), account), 'w').close()
                parameters = parameters_for(bench, method, account)
                call = bench.request(peer, method['name'], **parameters)
                if method['place'] == 'journal':  # the reply does not wait for what is read
                    bench.wait(lambda: bench.effects)
                check(bench, peer, method, account, parameters, call)
                for fd in call.reply.fds:
                    os.close(fd)

    def test_executed_is_what_was_authorised(self):
        def check(bench, peer, method, account, parameters, call):
            uid = {'me': ME, 'svc-web': WEB}[account]
            units = parameters.get('units', [])
            asked_units = units or (['*'] if method['unit_patterns'] else [''])
            self.assertEqual(len(bench.polkit.questions), len(asked_units))
            for question, unit in zip(bench.polkit.questions, asked_units):
                self.assertEqual((question.subject_kind, question.subject),
                                 ('system-bus-name', {'name': peer.name}))
                self.assertEqual(question.action, method['action_own' if uid == ME else 'action_other'])
                more = {k: parameters[k] for k in ('mode', 'signal', 'target', 'whom') if k in parameters}
                self.assertEqual(question.details, {'account': account, 'uid': str(uid), 'unit': unit,
                                                    'verb': method['verb'], 'method': method['name'], **more})
                self.assertEqual(question.flags, 0)
                self.assertTrue(question.cancellation)

            reply = body(call)
            self.assertNotIn('journald', reply)
            self.assertEqual([(a['account'], a['uid']) for a in reply['accounts']], [(account, uid)])
            self.assertEqual('changed' in reply, method['changes'])
            self.assertTrue(reply['complete'])

            self.assertEqual({e.uid for e in bench.effects}, set() if method['name'] == 'linger.list' else {uid})
            frames = [e for e in bench.effects if e.request]
            if method['place'] != 'daemon':
                self.assertEqual(len(bench.effects), 1)
            for effect in bench.effects if method['place'] == 'journal' else ():
                wanted = {k: v for k, v in parameters.items() if k not in ('accounts', 'units')}
                self.assertEqual((effect.what, effect.units, effect.parameters), (method['name'], asked_units, wanted))
                self.assertFalse(effect.query.everyone)
            for effect in frames:
                wanted = {k: v for k, v in parameters.items() if k != 'accounts'}
                self.assertEqual((effect.what, effect.parameters), (method['name'], wanted))
                self.assertEqual(effect.request.home, '/home/' + account)
                self.assertEqual((effect.request.worker.gid, effect.request.worker.groups), (uid, []))

        self.one_after_the_other(lambda bench, m, a: bench.parameters_for(m, a), check)
        self.one_after_the_other(lambda bench, m, a: rich_parameters(m, a), check)

    def test_daemon_does_its_own_part(self):
        """The rows that the daemon carries out itself, call by call."""
        wanted = {
            'linger.enable': ['SetUserLinger', 'StartUnit', 'linger.enable'],
            'linger.disable': ['SetUserLinger'],
            'manager.start': ['StartUnit', 'manager.start'],
            'manager.stop': ['StopUnit'],
            'manager.restart': ['RestartUnit', 'manager.restart'],
        }
        seen = set()

        def check(bench, peer, method, account, parameters, call):
            if method['place'] == 'daemon' and method['changes']:
                seen.add(method['name'])
                self.assertEqual([e.what for e in bench.effects], wanted[method['name']])

        self.one_after_the_other(lambda bench, m, a: bench.parameters_for(m, a), check)
        self.assertEqual(seen, set(wanted))

    def test_record(self):
        """The verdict is in the journal's hands before anything happens, and the outcome follows under its id."""
        def check(bench, peer, method, account, parameters, call):
            uid = {'me': ME, 'svc-web': WEB}[account]
            (verdict,) = bench.journal.verdicts()
            text = json.dumps({'method': method['name'], 'parameters': parameters})
            unit = parameters.get('units', [None])[0] or ('*' if method['unit_patterns'] else None)
            wanted = {'CALLER_UID': str(ME), 'CALLER': peer.name, 'ACCOUNT': account, 'ACCOUNT_UID': str(uid),
                      'VERB': method['verb'], 'METHOD': method['name'],
                      'ACTION': method['action_own' if uid == ME else 'action_other'],
                      'DIGEST': hashlib.sha256(text.encode()).hexdigest()}
            for record in [verdict] + bench.journal.outcomes():
                self.assertLessEqual(REQUIRED, set(record))
                self.assertEqual(record['SYSLOG_IDENTIFIER'], 'userunitd')
                self.assertEqual({k: record['USERUNIT_' + k] for k in wanted}, wanted)
                self.assertEqual(record.get('USERUNIT_UNIT'), unit)
                self.assertRegex(record['USERUNIT_REQUEST'], '^[0-9a-f]{32}$')
                self.assertNotIn('\n', record['MESSAGE'])
            self.assertEqual((verdict['USERUNIT_VERDICT'], verdict['USERUNIT_POLKIT']), ('granted', 'yes'))
            self.assertNotIn('USERUNIT_ERROR', verdict)

            outcomes = bench.journal.outcomes(request=verdict['USERUNIT_REQUEST'])
            self.assertEqual(len(outcomes), 1 if method['changes'] else 0)
            if method['changes']:
                fields = next((f['fields'] for f in method['result'] if f['name'] == 'units'), [{'name': 'changed'}])
                if any(f['name'] == 'changed' for f in fields):  # of commands that are proofs nobody knows
                    self.assertIn(outcomes[0]['USERUNIT_CHANGED'], ('yes', 'no'))
                self.assertGreater(int(outcomes[0]['USERUNIT_DURATION_USEC']), 0)
                self.assertIn('USERUNIT_RESULT', outcomes[0])
                for effect in bench.effects:
                    self.assertEqual([r['USERUNIT_REQUEST'] for r in effect.verdicts], [verdict['USERUNIT_REQUEST']])

        self.one_after_the_other(lambda bench, m, a: bench.parameters_for(m, a), check)

    def test_interaction_only_where_the_caller_allows_it(self):
        bench = self.bench(polkit=polkit.prompt(polkit.yes))
        peer = bench.caller()
        for method, account in own_and_other(bench):
            with self.subTest(method=method['name'], account=account):
                bench.effects.clear()
                bench.polkit.questions.clear()
                call = bench.request(peer, method['name'], **bench.parameters_for(method, account))
                self.assert_error(call, 'NotAuthorized', 'password')
                self.assertEqual([q.flags for q in bench.polkit.questions], [0])
                self.assertEqual(bench.effects, [])

                call = bench.request(peer, method['name'], interactive=True,
                                     **bench.parameters_for(method, account))
                body(call)
                self.assertEqual([q.flags for q in bench.polkit.questions], [0, 1])
                for fd in call.reply.fds:
                    os.close(fd)

    def test_descriptor_of_cat(self):
        bench = self.bench()
        call = bench.request(bench.caller(), 'units.cat', accounts=['svc-web'], units=[UNIT])
        (account,) = body(call)['accounts']
        with open(call.reply.body[1][account['fd']], 'rb') as text:
            self.assertEqual(text.read(), b'[Service]\n')

    def test_targets(self):
        """The other way to address."""
        bench = self.bench()
        call = bench.request(bench.caller(), 'units.stop', targets=['svc-web/app', 'svc-api/db.service', 'me/app'])
        self.assertEqual([a['account'] for a in body(call)['accounts']], ['svc-web', 'svc-api', 'me'])
        self.assertEqual(sorted((e.uid, *e.units) for e in bench.effects),
                         sorted([(ME, UNIT), (WEB, UNIT), (WEB + 1, 'db.service')]))
        self.assertEqual([q.short for q in bench.polkit.questions],
                         [('control', 'svc-web', UNIT), ('control', 'svc-api', 'db.service'),
                          ('control-own', 'me', UNIT)])


if __name__ == '__main__':
    main()
