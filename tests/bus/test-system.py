# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the daemon does itself, through logind and PID 1: lingering, and the accounts' managers."""

import os
import time

import mock_polkit as polkit
from bench import API, ME, WEB, BusTest, body, main, needs_test_build

LINGER = ('linger.enable', 'linger.disable')
MANAGER = ('manager.start', 'manager.stop', 'manager.restart')


def hang(system, message, *_):
    pass


def garbage(system, message, *_):
    peer = system.logind if message.member == 'SetUserLinger' else system.pid1
    peer.reply(message, 'a{ss}', {'a': 'b'})


def fail(name):
    def script(system, message, *_):
        peer = system.logind if message.member == 'SetUserLinger' else system.pid1
        peer.error(message, name, 'played\n\x1b[2J')
    return script


class SystemTest(BusTest):
    def ask(self, bench, peer, method, account='svc-web'):
        return bench.request(peer, method, accounts=[account])

    def set_state(self, bench, method):
        """As the method would find it worth doing."""
        bench.system.active[WEB] = 'inactive' if method in ('linger.enable', 'manager.start') else 'active'
        path = os.path.join(bench.path('linger'), 'svc-web')
        if method == 'linger.disable':
            open(path, 'w').close()
        elif os.path.exists(path):
            os.unlink(path)

    def test_done(self):
        bench = self.bench()
        peer = bench.caller()
        for method in LINGER + MANAGER:
            with self.subTest(method=method):
                self.set_state(bench, method)
                reply = body(self.ask(bench, peer, method))
                self.assertTrue(reply['changed'])
                (outcome,) = bench.journal.outcomes(method=method)
                self.assertEqual((outcome['USERUNIT_CHANGED'], outcome['USERUNIT_RESULT']), ('yes', 'done'))

    def test_done_already(self):
        bench = self.bench()
        bench.work = lambda bench, request: request.worker.reply(request, {'changed': False})
        peer = bench.caller()
        for method in ('linger.enable', 'manager.start'):
            open(os.path.join(bench.path('linger'), 'svc-web'), 'w').close()
            bench.system.active[WEB] = 'active'
            self.assertFalse(body(self.ask(bench, peer, method))['changed'], method)
        for method in ('linger.disable', 'manager.stop'):
            self.set_state(bench, 'linger.enable')
            self.assertFalse(body(self.ask(bench, peer, method))['changed'], method)

    def test_logind_errs(self):
        bench = self.bench()
        peer = bench.caller()
        for script, error in ((fail('org.freedesktop.login1.NoSuchUser'), 'NoSuchAccount'),
                              (fail('org.freedesktop.DBus.Error.AccessDenied'), 'Unavailable'),
                              (fail('org.freedesktop.DBus.Error.Failed'), 'Unavailable')):
            bench.system.linger_script = script
            for method in LINGER:
                call = self.ask(bench, peer, method)
                self.assert_error(call, error)
                self.assertTrue(call.text.isprintable(), call.text)
                self.assertEqual(bench.journal.outcomes(method=method)[-1]['USERUNIT_ERROR'], error)

    def test_pid1_errs(self):
        bench = self.bench()
        peer = bench.caller()
        for script, error in ((fail('org.freedesktop.systemd1.UnitMasked'), 'ManagerFailed'),
                              (fail('org.freedesktop.DBus.Error.AccessDenied'), 'Unavailable'),
                              (garbage, 'Unavailable')):
            bench.system.job_script = script
            for method in MANAGER:
                self.set_state(bench, method)
                call = self.ask(bench, peer, method)
                self.assert_error(call, error)
                self.assertTrue(call.text.isprintable(), call.text)
        self.assertEqual([e for e in bench.effects if e.request], [])

    def test_job_fails(self):
        bench = self.bench()
        peer = bench.caller()
        for result in ('failed', 'timeout', 'dependency'):
            bench.system.job_result = result
            for method in MANAGER:
                self.set_state(bench, method)
                self.assert_error(self.ask(bench, peer, method), 'ManagerFailed', result, 'systemctl status user@')
        self.assertEqual([e for e in bench.effects if e.request], [])

    def test_forged_end_of_a_job(self):
        """Any client of the bus may send the daemon a JobRemoved: only PID 1's counts."""
        bench = self.bench()
        forger = bench.caller()
        unit = f'user@{WEB}.service'

        def script(system, message, verb, uid):
            system.job += 1
            system.pid1.reply(message, 'o', f'/org/freedesktop/systemd1/job/{system.job}')
            forger.signal(bench.daemon_name, '/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager',
                          'JobRemoved', 'uoss', system.job, f'/org/freedesktop/systemd1/job/{system.job}', unit,
                          'failed')

            def end():
                system.active[uid] = 'active'
                system.end_job(system.pid1, system.job, unit, 'done')

            bench.loop.later(0.2, end)

        bench.system.job_script = script
        self.set_state(bench, 'manager.start')
        call = self.ask(bench, bench.caller(), 'manager.start')
        self.assertIsNone(call.error, call.text)
        self.assertGreater(call.elapsed, 0.19)

    @needs_test_build
    def test_hung(self):
        bench = self.bench(short=['ROW'])
        bench.system.job_script = bench.system.linger_script = hang
        peer = bench.caller()
        for method in LINGER + MANAGER:
            started = time.monotonic()
            self.assert_error(self.ask(bench, peer, method), 'Timeout')
            self.assertLess(time.monotonic() - started, 4)
            self.assertEqual(bench.journal.outcomes(method=method)[-1]['USERUNIT_ERROR'], 'Timeout')
        self.assert_works(bench, peer)

    def test_absent_logind(self):
        bench = self.bench(without=['system'])
        for method in LINGER:
            self.assert_error(self.ask(bench, bench.caller(), method), 'Unavailable', 'logind')

    @needs_test_build
    def test_absent_pid1(self):
        bench = self.bench(without=['system'], short=['ROW'])
        for method in MANAGER:
            call = self.ask(bench, bench.caller(), method)
            self.assertIn(call.error.rpartition('.')[2], ('Unavailable', 'Timeout'))
            self.assertLess(call.elapsed, 4)

    def test_started_manager_that_does_not_answer(self):
        """PID 1 says that it is up; that the account's worker reaches it is another matter."""
        bench = self.bench()
        bench.work = lambda bench, request: request.worker.error(request, 'ManagerFailed', 'It does not answer.')
        peer = bench.caller()
        for method in ('manager.start', 'manager.restart', 'linger.enable'):
            self.set_state(bench, method)
            self.assert_error(self.ask(bench, peer, method), 'ManagerFailed')
            (outcome,) = bench.journal.outcomes(method=method)
            self.assertEqual(outcome['USERUNIT_ERROR'], 'ManagerFailed')

    def test_only_accounts_that_were_allowed(self):
        bench = self.bench(polkit=polkit.when(lambda q: q.details['account'] == 'svc-api', polkit.yes))
        for method in LINGER + MANAGER:
            bench.effects.clear()
            body(bench.request(bench.caller(), method, accounts=['svc-web', 'svc-api', 'me']))
            self.assertEqual({e.uid for e in bench.effects}, {API}, method)

    def test_accounts(self):
        """The list is facts of the daemon and a worker's, and says nothing of accounts that one may not see."""
        bench = self.bench(polkit=polkit.when(lambda q: q.details['account'] in ('me', 'svc-web'), polkit.yes))
        for name in ('me', 'svc-web', 'svc-api'):
            open(f'{bench.path("linger")}/{name}', 'w').close()
        bench.system.active = {ME: 'active', WEB: 'failed', API: 'active'}
        reply = body(bench.request(bench.caller(), 'accounts.list'))
        self.assertEqual({a['account']: (a['manager'], a['linger']) for a in reply['accounts']},
                         {'me': ('running', True), 'svc-web': ('failed', True)})
        self.assertFalse(reply['complete'])
        self.assertNotIn('svc-api', str(reply))

    def test_own_users(self):
        """What the spawner would refuse is refused before logind and PID 1 are asked."""
        bench = self.bench()
        for i, name in enumerate(('userunitd', 'userunit-accounts', 'userunit-journal')):
            bench.accounts.add(name, 61150 + i)
            for method in LINGER + MANAGER:
                self.assert_error(self.ask(bench, bench.caller(), method, name), 'AccountRefused', name)
        self.assertEqual((bench.effects, bench.polkit.questions), ([], []))

    def test_failed_worker(self):
        """What PID 1 and logind know of the account is there beside the error."""
        bench = self.bench()
        bench.system.active = {WEB: 'active'}
        bench.work = lambda bench, request: request.worker.error(
            request, 'Timeout', f'It is silent: "userunitctl doctor {WEB}" looks.')
        for method in ('accounts.list', 'accounts.show', 'manager.status'):
            reply = body(bench.request(bench.caller(), method, accounts=['svc-web']))
            (account,) = reply['accounts']
            self.assertEqual((account['manager'], account['error']['name'], reply['complete']),
                             ('running', 'Timeout', False))
            self.assertIn('"userunitctl doctor svc-web"', account['error']['message'])

    def test_show(self):
        bench = self.bench()
        bench.system.active = {WEB: 'active'}
        (account,) = body(bench.request(bench.caller(), 'accounts.show', accounts=['svc-web']))['accounts']
        self.assertEqual((account['home'], account['shell'], account['manager'], account['linger']),
                         ('/home/svc-web', '/bin/sh', 'running', False))

    def test_pid1_lists_nonsense(self):
        bench = self.bench()
        bench.system.active = {WEB: 'active'}
        for script in (lambda system, message: system.pid1.reply(message, 's', 'x'),
                       lambda system, message: system.pid1.reply(message, 'a(ssssssouso)', [
                           (f'user@{WEB}.service', '', 'lo\nad', 'ACTIVE', 'x', '', '/', 0, '', '/')]),
                       lambda system, message: system.pid1.error(message, 'org.freedesktop.DBus.Error.Failed')):
            bench.system.list_script = script
            reply = body(bench.request(bench.caller(), 'accounts.show', accounts=['svc-web']))
            self.assertFalse(reply['complete'])
            self.assertNotIn('manager', reply['accounts'][0])

    def test_strange_files_of_linger(self):
        """Nothing but plain files with names of accounts is lingering."""
        bench = self.bench()
        directory = bench.path('linger')
        os.mkdir(directory + '/svc-api')
        os.symlink('/etc/passwd', directory + '/svc-web')
        os.mkfifo(directory + '/me')
        for name in ('.hidden', 'a\nb', 'a b', '-x', '..x', 'x' * 200):
            open(os.path.join(directory, name), 'w').close()
        reply = body(bench.request(bench.caller(), 'linger.list'))
        self.assertEqual(reply['accounts'], [])


if __name__ == '__main__':
    main()
