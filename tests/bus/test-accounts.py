# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who an account is: looked up before polkit is asked and again after the answer, by a helper that may lie, hang or
be gone; accounts that are never served, those that are root by another name, and Accounts= of the configuration."""

import os
import time

import mock_polkit as polkit
from bench import API, ME, UNIT, WEB, BusTest, body, main, needs_test_build, own_and_other
from mock_accounts import Account


class SwapTest(BusTest):
    """The account changes while polkit thinks: what was authorised is not what would be executed."""

    SWAPS = {
        'uid': Account('svc-web', API, gid=WEB),
        'gid': Account('svc-web', WEB, gid=API),
        'name': Account('svc-wab', WEB),
        'home': Account('svc-web', WEB, home='/home/other'),
        'gone': None,
        'other account': Account('svc-api', API),
        'root': Account('svc-web', 0, gid=1),
        'my own': Account('me', ME),
    }

    def check_swap(self, key, swap):
        """Every changing method, and one that reads, with the second answer of the name service another one."""
        bench = self.bench()
        peer = bench.caller()
        answers = []
        bench.accounts.script = lambda reply, asked: reply.account(answers.pop(0))
        before = bench.accounts.by_uid(WEB)
        for method, account in own_and_other(bench):
            if account != 'svc-web' or not (method['changes'] or method['name'] == 'units.list'):
                continue
            with self.subTest(method=method['name']):
                answers[:] = [before, swap]
                call = bench.request(peer, method['name'], **bench.parameters_for(method, key))
                self.assert_error(call, 'AccountChanged', 'svc-web', 'nothing was done')
                self.assertEqual(answers, [])
                self.assertEqual(bench.effects, [])
                self.assertEqual(bench.polkit.questions[-1].details['account'], 'svc-web')
        self.assertEqual(bench.journal.outcomes(), [])
        for record in bench.journal.verdicts():
            self.assertEqual((record['USERUNIT_VERDICT'], record['USERUNIT_ERROR']), ('refused', 'AccountChanged'))
        bench.accounts.script = None
        self.assert_works(bench)

    def test_by_name(self):
        for what, swap in self.SWAPS.items():
            with self.subTest(swap=what):
                self.check_swap('svc-web', swap)

    def test_by_uid(self):
        # The daemon refuses an answer about another uid than it asked for, which is as good.
        for what in ('gid', 'name', 'home', 'gone'):
            with self.subTest(swap=what):
                self.check_swap(str(WEB), self.SWAPS[what])

    def test_others_go_on(self):
        """One of several accounts changes: the others are served."""
        bench = self.bench()
        asked = []

        def script(reply, key):
            asked.append(key)
            again = asked.count(key) > 1
            reply.account(self.SWAPS['home'] if key == 'svc-web' and again else bench.accounts.find(key))

        bench.accounts.script = script
        call = bench.request(bench.caller(), 'units.stop', accounts=['svc-web', 'svc-api'], units=['app'])
        reply = body(call)
        self.assertFalse(reply['complete'])
        web, api = reply['accounts']
        self.assertEqual(web['error']['name'], 'AccountChanged')
        self.assertNotIn('error', api)
        self.assertEqual([(e.uid, e.units) for e in bench.effects], [(API, [UNIT])])

    def test_name_service_fails_the_second_time(self):
        bench = self.bench()
        bench.accounts.script = lambda reply, key: \
            reply.failed() if len(bench.accounts.asked) > 1 else reply.account(bench.accounts.find(key))
        call = bench.request(bench.caller(), 'units.stop', accounts=['svc-web'], units=['app'])
        self.assertIn(call.error.rpartition('.')[2], ('AccountChanged', 'Unavailable'))
        self.assertEqual(bench.effects, [])


class RefusedTest(BusTest):
    def test_unknown(self):
        bench = self.bench()
        peer = bench.caller()
        for account in ('nobody-here', '61199'):
            self.assert_error(bench.request(peer, 'units.stop', accounts=[account], units=['app']), 'NoSuchAccount',
                              account)
        self.assertEqual((bench.polkit.questions, bench.effects), ([], []))

    def test_never_served(self):
        """Root, nobody, and what means "no uid" or "no group"; whoever asks and whatever polkit says."""
        bench = self.bench()
        peer = bench.caller()
        for name, uid, gid in (('root', 0, 1), ('toor', 0, 100), ('nobody', 65534, 65534), ('short', 65535, 100),
                               ('none', 4294967295, 100), ('wheel', 61110, 0), ('nogroup', 61111, 65534),
                               ('badgroup', 61112, 4294967295)):
            account = bench.accounts.add(name, uid)
            account.gid = gid
            with self.subTest(account=name):
                self.assert_error(bench.request(peer, 'units.stop', accounts=[name], units=['app']), 'AccountRefused')
        for uid in ('0', '65534'):
            self.assert_error(bench.request(peer, 'units.stop', accounts=[uid], units=['app']), 'AccountRefused')
        for uid in ('65535', '4294967295', '4294967296', '01', '18446744073709551616'):
            self.assert_error(bench.request(peer, 'units.stop', accounts=[uid], units=['app']), 'InvalidRequest')
        self.assertEqual((bench.polkit.questions, bench.effects), ([], []))

    def test_large_uids(self):
        bench = self.bench()
        for uid in (2147483648, 4294967294):
            bench.accounts.add(f'big{uid}', uid)
            reply = body(bench.request(bench.caller(), 'units.stop', accounts=[str(uid)], units=['app']))
            self.assertEqual(reply['accounts'][0]['uid'], uid)
            self.assertEqual(bench.effects[-1].uid, uid)
            self.assertEqual(bench.polkit.questions[-1].details['uid'], str(uid))

    def test_strange_facts(self):
        """What the name service says is judged before it is shown or used."""
        bench = self.bench()
        peer = bench.caller()
        for i, (name, home) in enumerate([('rela', 'home/x'), ('dots', '/home/../etc'), ('line', '/home/a\nb'),
                                          ('empty', ' ')]):
            bench.accounts.add(name, 61120 + i, home=home)
            with self.subTest(account=name):
                self.assert_error(bench.request(peer, 'units.stop', accounts=[name], units=['app']), 'AccountRefused')
        bench.accounts.script = lambda reply, key: reply.account(Account('evil\x1b[2J', WEB))
        call = bench.request(peer, 'units.stop', accounts=['svc-web'], units=['app'])
        self.assert_error(call, 'AccountRefused')
        self.assertNotIn('\x1b', call.text)
        self.assertEqual((bench.polkit.questions, bench.effects), ([], []))

    def test_accounts_of_the_configuration(self):
        bench = self.bench(config='Accounts=svc-*;!\n')
        peer = bench.caller()
        for method in bench.methods():
            if not method['name'].startswith('access.') and method['changes']:
                call = bench.request(peer, method['name'], **bench.parameters_for(method, 'me'))
                self.assert_error(call, 'AccountRefused', 'Accounts=')
        self.assertEqual((bench.polkit.questions, bench.effects), ([], []))
        self.assert_works(bench, peer)

        # Nor does a pattern reach it.
        for name in ('me', 'svc-web', 'svc-api'):
            open(f'{bench.path("linger")}/{name}', 'w').close()
        reply = body(bench.request(peer, 'linger.list', accounts=['*']))
        self.assertEqual([a['account'] for a in reply['accounts']], ['svc-api', 'svc-web'])


class PrivilegedTest(BusTest):
    """Accounts that are root by another name take a second yes, of an action of its own."""

    def test_second_question(self):
        bench = self.bench()
        peer = bench.caller()
        for method in bench.methods():
            if method['name'].startswith('access.'):
                continue
            with self.subTest(method=method['name']):
                bench.polkit.questions.clear()
                body_of = bench.request(peer, method['name'], **bench.parameters_for(method, 'boss'))
                self.assertIsNone(body_of.error, body_of.text)
                wanted = [method['action_other']] + ['org.userunit1.privileged-account'] * method['changes']
                self.assertEqual([q.action for q in bench.polkit.questions], wanted)
                self.assertEqual(len({str(q.details) for q in bench.polkit.questions}), 1)
                self.assertEqual(len({q.cancellation for q in bench.polkit.questions}), len(wanted))
                for fd in body_of.reply.fds:
                    os.close(fd)

    def test_each_of_the_two_is_needed(self):
        for last in (polkit.no, polkit.challenge, polkit.error(), polkit.raw('s', 'yes')):
            for refused in ('privileged-account', 'control', 'edit', 'linger'):
                bench = self.bench(polkit=polkit.when(lambda q: q.action == 'org.userunit1.' + refused, last,
                                                      polkit.yes))
                peer = bench.caller()
                for method in bench.methods():
                    if method['changes'] and (refused == 'privileged-account' or
                                              method['action_other'] == 'org.userunit1.' + refused):
                        with self.subTest(method=method['name'], refused=refused):
                            call = bench.request(peer, method['name'], **bench.parameters_for(method, 'boss'))
                            self.assertIn(call.error.rpartition('.')[2], ('NotAuthorized', 'Unavailable'))
                            self.assertEqual(bench.effects, [])
                bench.terminate()

    @needs_test_build
    def test_hung_at_the_second(self):
        bench = self.bench(polkit=polkit.when(lambda q: q.action.endswith('privileged-account'), polkit.never,
                                              polkit.yes), short=['POLKIT'])
        call = bench.request(bench.caller(), 'units.stop', accounts=['boss'], units=['app'])
        self.assert_error(call, 'Unavailable')
        self.assertEqual(bench.effects, [])

    def test_kinds(self):
        """Group root, a group of the setting, and more groups than one was told of."""
        bench = self.bench(config='PrivilegedGroups=deploy\n')
        peer = bench.caller()
        bench.accounts.add('adm', 61130, groups={4: 'adm'})  # is not in the setting here
        bench.accounts.add('deployer', 61131, groups={999: 'deploy'})
        bench.accounts.add('rooty', 61132, groups={0: 'root'})
        bench.accounts.add('many', 61133, truncated=True)
        for account, n in (('adm', 1), ('deployer', 2), ('rooty', 2), ('many', 2)):
            bench.polkit.questions.clear()
            self.assertIsNone(bench.request(peer, 'units.stop', accounts=[account], units=['app']).error)
            self.assertEqual(len(bench.polkit.questions), n, account)

    def test_ones_own_is_not_asked_about(self):
        bench = self.bench()
        bench.accounts.by_uid(ME).groups = {27: 'sudo'}
        self.assertIsNone(bench.request(bench.caller(), 'units.stop', units=['app']).error)
        self.assertEqual([q.action for q in bench.polkit.questions], ['org.userunit1.control-own'])

    def test_becomes_privileged_while_polkit_thinks(self):
        """Someone is added to sudo after the first question was put: the second was never asked."""
        bench = self.bench()
        bench.accounts.script = lambda reply, key: reply.account(
            Account('svc-web', WEB, groups={27: 'sudo'} if len(bench.accounts.asked) > 1 else {}))
        call = bench.request(bench.caller(), 'units.stop', accounts=['svc-web'], units=['app'])
        self.assertTrue(call.error)
        self.assertEqual(bench.effects, [])


class HelperTest(BusTest):
    def test_absent(self):
        bench = self.bench(without=['accounts'])
        peer = bench.caller()
        started = time.monotonic()
        call = bench.request(peer, 'units.stop', accounts=['svc-web'], units=['app'])
        self.assert_error(call, 'Unavailable', 'svc-web')
        self.assertLess(time.monotonic() - started, 5)
        self.assertEqual((bench.polkit.questions, bench.effects), ([], []))
        bench.accounts.start()
        self.assert_works(bench, peer)

    @needs_test_build
    def test_hung(self):
        bench = self.bench(short=['ACCOUNT_LOOKUP'])
        peer = bench.caller()
        bench.accounts.script = lambda reply, key: None
        started = time.monotonic()
        self.assert_error(bench.request(peer, 'units.stop', accounts=['svc-web'], units=['app']), 'Unavailable',
                          'in time')
        self.assertLess(time.monotonic() - started, 4)
        self.assertEqual((bench.polkit.questions, bench.effects), ([], []))
        bench.accounts.script = None
        self.assert_works(bench, peer)

    def test_dies_or_lies(self):
        bench = self.bench()
        peer = bench.caller()
        for script in (lambda reply, key: reply.hang_up(), lambda reply, key: reply.raw(b'x'),
                       lambda reply, key: reply.raw(bytes(28)), lambda reply, key: reply.failed()):
            bench.accounts.script = script
            self.assert_error(bench.request(peer, 'units.stop', accounts=['svc-web'], units=['app']), 'Unavailable')
        self.assertEqual((bench.polkit.questions, bench.effects), ([], []))
        bench.accounts.script = None
        self.assert_works(bench, peer)

    def test_other_spelling(self):
        """A name service may answer with another spelling; polkit and the journal see that one."""
        bench = self.bench()
        bench.accounts.script = lambda reply, key: reply.account(bench.accounts.by_uid(WEB))
        reply = body(bench.request(bench.caller(), 'units.stop', accounts=['SVC-Web'], units=['app']))
        self.assertEqual(reply['accounts'][0]['account'], 'svc-web')
        self.assertEqual(bench.polkit.questions[0].details['account'], 'svc-web')
        self.assertEqual(bench.journal.verdicts()[0]['USERUNIT_ACCOUNT'], 'svc-web')


if __name__ == '__main__':
    main()
