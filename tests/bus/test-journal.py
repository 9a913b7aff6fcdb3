# SPDX-License-Identifier: LGPL-2.1-or-later
"""No change without a record: journald that is gone, full, stopped or back again."""

import json
import os

import mock_polkit as polkit
from bench import ME, UNIT, BusTest, about_accounts, body, main


class JournalTest(BusTest):
    def check_refused(self, bench):
        """Every change is refused at once, and every read is answered."""
        peer = bench.caller()
        for method in bench.methods():
            if not about_accounts(method):
                continue
            with self.subTest(method=method['name']):
                bench.effects.clear()
                call = bench.request(peer, method['name'], **bench.parameters_for(method, 'svc-web'))
                self.assertLess(call.elapsed, 2)
                if method['place'] == 'journal':  # what is read may end too early, and says so
                    self.assertIs(body(call)['journald'], False)
                for fd in call.reply.fds:
                    os.close(fd)
                if method['changes']:
                    self.assert_error(call, 'RecordUnavailable', 'journal')
                    self.assertEqual(bench.effects, [])
                else:
                    self.assertIsNone(call.error, call.text)

    def test_gone(self):
        bench = self.bench(without=['journal'])
        self.check_refused(bench)

    def test_goes_away(self):
        bench = self.bench()
        peer = bench.caller()
        self.assertIsNone(bench.request(peer, 'units.stop', units=['app']).error)
        bench.journal.remove()
        self.check_refused(bench)

    def test_full(self):
        bench = self.bench()
        bench.journal.hang()
        self.check_refused(bench)

    def test_stopped(self):
        """It is there and takes datagrams, and reads none: after two seconds of that nothing is changed any more."""
        bench = self.bench()
        peer = bench.caller()
        bench.journal.reading = False
        bench.loop.unwatch(bench.journal.sock)
        self.assertIsNone(bench.request(peer, 'units.stop', units=['app']).error)
        bench.loop.rest(2.2)
        self.check_refused(bench)
        bench.journal.go_on()
        self.assertIsNone(bench.request(peer, 'units.stop', units=['app']).error)

    def test_comes_back(self):
        bench = self.bench()
        peer = bench.caller()
        bench.journal.remove()
        self.assert_error(bench.request(peer, 'units.stop', units=['app']), 'RecordUnavailable')
        bench.journal.start()
        self.assertIsNone(bench.request(peer, 'units.stop', units=['app']).error)
        self.assertEqual([e.what for e in bench.effects], ['units.stop'])

    def test_hangs_during_the_work(self):
        """The outcome waits for a journald that takes it; the caller does not."""
        bench = self.bench()
        held = []
        bench.work = lambda bench, request: held.append(request)
        peer = bench.caller()
        call = bench.send(peer, 'units.restart', units=['app'])
        bench.wait(lambda: held)
        bench.journal.hang()
        bench.right_answer(held[0])
        peer.wait(call)
        self.assertIsNone(call.error)
        self.assertEqual(bench.journal.outcomes(), [])
        bench.journal.go_on()
        bench.wait(lambda: bench.journal.outcomes())
        self.assertEqual(bench.journal.outcomes()[0]['USERUNIT_REQUEST'],
                         bench.journal.verdicts()[0]['USERUNIT_REQUEST'])

    def test_one_of_several_pairs(self):
        """Journald takes two of three verdicts: those two are carried out."""
        bench = self.bench()
        bench.journal.hang()
        bench.journal.go_on()
        bench.journal.drain()
        bench.journal.hang()
        # Room for exactly two.
        for _ in range(2):
            bench.journal.sock.recv(1 << 16)
        call = bench.request(bench.caller(), 'units.stop', accounts=['svc-web'], units=['a', 'b', 'c'])
        reply = body(call)
        self.assertFalse(reply['complete'])
        self.assertEqual([(r['unit'], r['error']['name']) for r in reply['refused']],
                         [('c.service', 'RecordUnavailable')])
        self.assertEqual([e.units for e in bench.effects], [['a.service', 'b.service']])
        bench.journal.go_on()

    def test_nothing_passes_for_another_field(self):
        """A caller writes the values, and none of them is a field of its own or two lines for a person."""
        bench = self.bench()
        peer = bench.caller()
        text = json.dumps({'method': 'units.list', 'parameters':
                           {'accounts': ['svc-web'], 'units': ['a*\u2028\u202e\x7f"\\.service']}})
        peer.wait(bench.send_text(peer, text))
        bench.request(peer, 'units.stop', accounts=['x\nUSERUNIT_VERDICT=granted'], units=['app'])
        for record in bench.journal.verdicts():
            self.assertTrue(record['MESSAGE'].isprintable(), repr(record['MESSAGE']))

    def test_denial(self):
        bench = self.bench(polkit=polkit.no)
        peer = bench.caller()
        bench.request(peer, 'units.stop', accounts=['svc-web'], units=['app'])
        (record,) = bench.journal.verdicts()
        self.assertEqual({k: record['USERUNIT_' + k] for k in
                          ('VERDICT', 'ERROR', 'POLKIT', 'ACTION', 'ACCOUNT', 'UNIT', 'CALLER', 'CALLER_UID')},
                         {'VERDICT': 'denied', 'ERROR': 'NotAuthorized', 'POLKIT': 'no',
                          'ACTION': 'org.userunit1.control', 'ACCOUNT': 'svc-web', 'UNIT': UNIT,
                          'CALLER': peer.name, 'CALLER_UID': str(ME)})

    def test_denials_are_counted(self):
        """A flood of denials is 20 records and, at the end at the latest, a count."""
        bench = self.bench(polkit=polkit.no)
        peer = bench.caller()
        for _ in range(120):
            bench.request(peer, 'units.stop', units=['app'])
        self.assertEqual(len(bench.journal.verdicts()), 20)
        bench.terminate()
        self.assertEqual(bench.journal.verdicts()[-1]['USERUNIT_COUNT'], '100')
        self.assertEqual(len(bench.journal.verdicts()), 21)

    def test_reads_are_counted(self):
        bench = self.bench()
        peer = bench.caller()
        for _ in range(30):
            bench.request(peer, 'units.list', accounts=['svc-web'])
        bench.request(peer, 'units.list', accounts=['svc-api'])
        self.assertEqual([r['USERUNIT_ACCOUNT'] for r in bench.journal.verdicts()], ['svc-web', 'svc-api'])
        bench.terminate()
        (count,) = [r for r in bench.journal.verdicts() if 'USERUNIT_COUNT' in r]
        self.assertEqual((count['USERUNIT_COUNT'], count['USERUNIT_ACCOUNT']), ('29', 'svc-web'))

    def test_changes_are_never_counted(self):
        bench = self.bench()
        peer = bench.caller()
        for _ in range(40):
            bench.request(peer, 'units.stop', units=['app'])
        self.assertEqual((len(bench.journal.verdicts()), len(bench.journal.outcomes())), (40, 40))
        self.assertEqual(len({r['USERUNIT_REQUEST'] for r in bench.journal.verdicts()}), 40)


if __name__ == '__main__':
    main()
