# SPDX-License-Identifier: LGPL-2.1-or-later
"""Linger that is changed behind the service's back leaves a record; what goes through the service has its own."""

import os

import mock_polkit as polkit
from bench import WEB, BusTest, main
from mock_journal import EVENT


class LingerTest(BusTest):
    def linger(self, bench, name, on=True):
        path = os.path.join(bench.path('linger'), name)
        if on:
            open(path, 'w').close()
        else:
            os.unlink(path)

    def assert_told(self, bench, *wanted):
        """These records, and after a while no more."""
        def told():
            return [(r['USERUNIT_EVENT'], r['USERUNIT_ACCOUNT'], r.get('USERUNIT_ACCOUNT_UID'))
                    for r in bench.journal.find(EVENT)]
        bench.loop.run(lambda: len(told()) >= len(wanted), 5)
        bench.loop.rest(0.1)
        self.assertEqual(told(), list(wanted))

    def test_on_and_off(self):
        bench = self.bench()
        self.linger(bench, 'svc-web')
        self.assert_told(bench, ('linger-on', 'svc-web', str(WEB)))
        self.linger(bench, 'svc-web', on=False)
        self.assert_told(bench, ('linger-on', 'svc-web', str(WEB)), ('linger-off', 'svc-web', str(WEB)))
        record = bench.journal.find(EVENT)[0]
        self.assertEqual(set(record), {'MESSAGE', 'MESSAGE_ID', 'PRIORITY', 'SYSLOG_IDENTIFIER', 'USERUNIT_EVENT',
                                       'USERUNIT_ACCOUNT', 'USERUNIT_ACCOUNT_UID'})
        self.assertIn('svc-web lingers now', record['MESSAGE'])

    def test_names(self):
        """Of an account that nobody knows there is no uid; what is no name of one is passed over."""
        bench = self.bench()
        os.mkdir(bench.path('linger/directory'))
        os.symlink('/dev/null', bench.path('linger/link'))
        self.linger(bench, '.hidden')
        self.linger(bench, 'no\nname')
        self.linger(bench, 'gone')
        self.assert_told(bench, ('linger-on', 'gone', None))

    def test_order(self):
        """They are in the journal as they happened, whoever the name service is slow about."""
        bench = self.bench()
        bench.accounts.script = lambda reply, key: bench.loop.later(
            0.2 if key == 'svc-web' else 0, lambda: reply.account(bench.accounts.find(key)))
        self.linger(bench, 'svc-web')
        bench.loop.rest(0.05)
        self.linger(bench, 'me')
        bench.loop.rest(0.05)
        self.linger(bench, 'svc-web', on=False)
        self.assert_told(bench, ('linger-on', 'svc-web', str(WEB)), ('linger-on', 'me', str(os.getuid() or
                         bench.accounts.find('me').uid)), ('linger-off', 'svc-web', str(WEB)))

    def test_ours(self):
        """With an outcome of its own, and nothing else."""
        bench = self.bench()
        peer = bench.caller()
        for method in ('linger.enable', 'linger.disable'):
            bench.system.active[WEB] = 'inactive'
            call = bench.request(peer, method, accounts=['svc-web'])
            self.assertIsNone(call.error, call.text)
        self.assertEqual([r['USERUNIT_CHANGED'] for r in bench.journal.outcomes()], ['yes', 'yes'])
        self.assert_told(bench)
        # What follows is not taken for ours.
        self.linger(bench, 'svc-web')
        self.assert_told(bench, ('linger-on', 'svc-web', str(WEB)))

    def test_ours_that_changes_nothing(self):
        bench = self.bench()
        self.linger(bench, 'svc-web')
        self.assert_told(bench, ('linger-on', 'svc-web', str(WEB)))
        call = bench.request(bench.caller(), 'linger.enable', accounts=['svc-web'])
        self.assertIsNone(call.error, call.text)
        self.linger(bench, 'svc-web', on=False)
        self.linger(bench, 'svc-api')
        bench.loop.rest(0.1)
        self.linger(bench, 'svc-web')
        bench.loop.run(lambda: len(bench.journal.find(EVENT)) >= 4, 5)
        self.assertEqual([r['USERUNIT_EVENT'] for r in bench.journal.find(EVENT, account='svc-web')],
                         ['linger-on', 'linger-off', 'linger-on'])

    def test_denied(self):
        bench = self.bench(polkit=polkit.no)
        bench.request(bench.caller(), 'linger.enable', accounts=['svc-web'])
        self.linger(bench, 'svc-web')
        self.assert_told(bench, ('linger-on', 'svc-web', str(WEB)))

    def test_start(self):
        """Those who linger already are no news, also not at the next start."""
        bench = self.bench()
        for name in ('svc-web', 'me'):
            self.linger(bench, name)
        bench.wait(lambda: len(bench.journal.find(EVENT)) == 2)
        bench.terminate()
        bench.journal.records.clear()
        bench.start_daemon()
        self.assert_told(bench)
        self.linger(bench, 'svc-api')
        self.assert_told(bench, ('linger-on', 'svc-api', str(WEB + 1)))

    def test_directory_comes_and_goes(self):
        bench = self.bench()
        self.linger(bench, 'svc-web')
        self.assert_told(bench, ('linger-on', 'svc-web', str(WEB)))
        os.rename(bench.path('linger'), bench.path('elsewhere'))
        os.mkdir(bench.path('linger'))
        bench.loop.run(lambda: len(bench.journal.find(EVENT)) >= 2, 5)
        bench.loop.rest(0.05)
        self.linger(bench, 'svc-api')
        bench.loop.run(lambda: len(bench.journal.find(EVENT)) >= 3, 5)
        self.assertEqual([(r['USERUNIT_EVENT'], r['USERUNIT_ACCOUNT']) for r in bench.journal.find(EVENT)],
                         [('linger-on', 'svc-web'), ('linger-off', 'svc-web'), ('linger-on', 'svc-api')])

    def test_no_directory_at_start(self):
        """logind makes it for the first who lingers."""
        bench = self.bench()
        bench.terminate()
        os.rmdir(bench.path('linger'))
        bench.start_daemon()
        os.mkdir(bench.path('linger'))
        self.linger(bench, 'svc-web')
        self.assert_told(bench, ('linger-on', 'svc-web', str(WEB)))

    def test_journald_hangs(self):
        """Kept, and told when it takes it."""
        bench = self.bench()
        bench.journal.remove()
        self.linger(bench, 'svc-web')
        bench.loop.rest(0.3)
        bench.journal.start()
        self.assert_told(bench, ('linger-on', 'svc-web', str(WEB)))


if __name__ == '__main__':
    main()
