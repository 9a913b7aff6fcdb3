# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real userunit-accounts in place of the played one: the two programs speak the same protocol."""

import os
import pwd
import socket
import subprocess

import mock_polkit as polkit
from bench import ME, BusTest, body, main


class RealAccountsTest(BusTest):
    def bench(self, **kwargs):
        bench = super().bench(without=['accounts'], **kwargs)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(bench.path('accounts'))
        listener.listen(16)
        # As systemd hands over a socket: descriptor 3, and LISTEN_PID of the program itself.
        self.helper = subprocess.Popen(
            ['/bin/sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@" 3<&0 </dev/null',
             os.environ['USERUNIT_ACCOUNTS'], f'--peer-uid={os.getuid()}'], stdin=listener, stderr=subprocess.DEVNULL)
        listener.close()
        self.addCleanup(self.end_helper)
        return bench

    def end_helper(self):
        self.helper.terminate()
        self.helper.wait()

    def test_own_account(self):
        person = pwd.getpwuid(ME)
        bench = self.bench()
        peer = bench.caller()
        for parameters in ({}, {'accounts': [person.pw_name]}, {'accounts': [str(ME)]}):
            reply = body(bench.request(peer, 'units.stop', units=['app'], **parameters))
            self.assertEqual([(a['account'], a['uid']) for a in reply['accounts']], [(person.pw_name, ME)])
            self.assertEqual(bench.polkit.questions[-1].action, 'org.userunit1.control-own')
        self.assertEqual({(r.uid, r.worker.gid, r.home) for r in bench.spawner.requests},
                         {(ME, person.pw_gid, os.path.normpath(person.pw_dir))})

    def test_unknown_and_refused(self):
        bench = self.bench()
        peer = bench.caller()
        for account, error in (('no-such-person', 'NoSuchAccount'), ('root', 'AccountRefused')):
            self.assert_error(bench.request(peer, 'units.stop', accounts=[account], units=['app']), error)
        self.assertEqual((bench.polkit.questions, bench.effects), ([], []))

    def test_helper_is_killed(self):
        bench = self.bench(polkit=polkit.yes)
        peer = bench.caller()
        self.assertIsNone(bench.request(peer, 'units.stop', units=['app']).error)
        self.helper.kill()
        self.helper.wait()
        bench.loop.rest(0.2)
        call = bench.request(peer, 'units.stop', units=['app'])
        self.assert_error(call, 'Unavailable')
        self.assertLess(call.elapsed, 4)


if __name__ == '__main__':
    main()
