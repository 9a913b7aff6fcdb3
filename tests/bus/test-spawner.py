# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon's line to the spawner: absent, of another version, refusing, lying, dying, and back again."""

import os

from bench import ME, SHORT, BusTest, main, needs_root, needs_test_build
from mock_spawner import (ERROR_LIMIT, ERROR_UID, EXITED, HELLO, MAGIC, REPLY, T_EXITED, T_HELLO, T_REPLY, VERSION,
                          Spawner)


class SpawnerTest(BusTest):
    def stop(self, bench, peer, account='svc-web'):
        return bench.request(peer, 'units.stop', accounts=[account], units=['app'])

    def check_fails(self, bench, peer, *words, error='Unavailable'):
        call = self.stop(bench, peer)
        self.assert_error(call, error, *words)
        self.assertLess(call.elapsed, 3)
        self.assertEqual(bench.effects, [])
        # The verdict was given, so there is an outcome.
        self.assertEqual(bench.journal.outcomes()[-1]['USERUNIT_ERROR'], error)

    def test_absent(self):
        bench = self.bench(without=['spawner'])
        peer = bench.caller()
        for _ in range(3):
            self.check_fails(bench, peer, 'systemctl status userunit-spawner')
        bench.spawner.start()
        self.assert_works(bench, peer)

    def test_another_version(self):
        bench = self.bench()
        peer = bench.caller()
        bench.spawner.version = VERSION + 1
        self.check_fails(bench, peer)
        self.assertEqual(bench.spawner.workers, [])
        bench.spawner.version = VERSION
        self.assert_works(bench, peer)

    def test_refuses_an_account(self):
        bench = self.bench()
        peer = bench.caller()
        bench.spawner.spawn_script = lambda spawner, packet: spawner.refuse(ERROR_UID)
        self.check_fails(bench, peer, 'USERUNIT_SPAWN_UIDS', error='AccountRefused')
        bench.spawner.spawn_script = None
        self.assert_works(bench, peer)

    def test_has_no_room(self):
        bench = self.bench()
        peer = bench.caller()
        bench.spawner.spawn_script = lambda spawner, packet: spawner.refuse(ERROR_LIMIT)
        self.check_fails(bench, peer, 'try again')
        bench.spawner.spawn_script = None
        self.assert_works(bench, peer)

    def test_dies_over_a_request(self):
        bench = self.bench()
        peer = bench.caller()
        bench.spawner.spawn_script = lambda spawner, packet: spawner.drop()
        self.check_fails(bench, peer)
        bench.spawner.spawn_script = None
        self.assert_works(bench, peer)

    def test_dies_with_its_workers(self):
        """All exchanges fail at once; the next request finds the new one."""
        bench = self.bench()
        held = []
        bench.work = lambda bench, request: held.append(request)
        peer = bench.caller()
        calls = [bench.send(peer, 'units.stop', accounts=[a], units=['app']) for a in ('svc-web', 'svc-api')]
        bench.wait(lambda: len(held) == 2)
        bench.spawner.stop()
        peer.wait(*calls)
        for call in calls:
            self.assert_error(call, 'WorkerFailed')
        self.assertEqual({r['USERUNIT_ERROR'] for r in bench.journal.outcomes()}, {'WorkerFailed'})
        bench.spawner.start()
        self.assert_works(bench, peer)

    def test_restarts_while_workers_are_warm(self):
        bench = self.bench()
        peer = bench.caller()
        for _ in range(10):
            self.assert_works(bench, peer)
            bench.spawner.drop()
            bench.loop.rest(0.02)
        self.assertEqual(bench.spawner.children, 110)

    @needs_test_build
    def test_silent(self):
        bench = self.bench(short=['EXCHANGE'])
        peer = bench.caller()
        bench.spawner.spawn_script = lambda spawner, packet: None
        call = self.stop(bench, peer)
        self.assert_error(call, 'Timeout')
        self.assertGreater(call.elapsed, SHORT['EXCHANGE'] * 0.9 / 1000)
        self.assertEqual(bench.effects, [])

    def test_lies(self):
        """Packets against the protocol: the line is closed, the request fails, a new line works."""
        packets = {
            'nothing': b'\0',
            'garbage': os.urandom(32),
            'too long': bytes(4096),
            'success without a descriptor': REPLY.pack(MAGIC, VERSION, T_REPLY, 0, 0, 0, 7),
            'success without an id': REPLY.pack(MAGIC, VERSION, T_REPLY, 0, 0, 0, 0),
            'unknown error': REPLY.pack(MAGIC, VERSION, T_REPLY, 0, 99, 0, 0),
            'second hello': HELLO.pack(MAGIC, VERSION, T_HELLO, 0, 0, 0),
            'other magic': REPLY.pack(MAGIC + 1, VERSION, T_REPLY, 0, ERROR_UID, 0, 0),
            'other version': REPLY.pack(MAGIC, VERSION + 1, T_REPLY, 0, ERROR_UID, 0, 0),
            'exit of nobody': EXITED.pack(MAGIC, VERSION, T_EXITED, 0, 0, 0, 0),
        }
        bench = self.bench()
        peer = bench.caller()
        for what, packet in packets.items():
            with self.subTest(lie=what):
                bench.spawner.drop()
                bench.loop.rest(0.02)
                bench.spawner.spawn_script = lambda spawner, _: spawner.send(packet)
                self.check_fails(bench, peer)
                bench.spawner.spawn_script = None
                self.assert_works(bench, peer)
                bench.effects.clear()

    @needs_root  # who else may count them
    def test_descriptors_that_nobody_asked_for(self):
        bench = self.bench()
        peer = bench.caller()
        self.assert_works(bench, peer)
        before = bench.count_descriptors()
        bench.spawner.drop()
        bench.loop.rest(0.05)
        bench.effects.clear()
        refused = REPLY.pack(MAGIC, VERSION, T_REPLY, 0, ERROR_UID, 0, 0)
        granted = REPLY.pack(MAGIC, VERSION, T_REPLY, 0, 0, 0, 9)
        for packet, n in ((refused, 1), (granted, 3), (EXITED.pack(MAGIC, VERSION, T_EXITED, 0, 9, 0, 0), 1)):
            bench.spawner.spawn_script = lambda spawner, _: spawner.send(packet, [0] * n)
            call = self.stop(bench, peer)
            self.assertTrue(call.error)
            bench.spawner.spawn_script = None
        self.assertEqual(bench.effects, [])
        self.assert_works(bench, peer)
        self.assertTrue(bench.poll(lambda: bench.count_descriptors() == before, 2))

    def test_exit_of_a_child_that_is_not_ours(self):
        bench = self.bench()
        peer = bench.caller()
        self.assert_works(bench, peer)
        bench.spawner.send(EXITED.pack(MAGIC, VERSION, T_EXITED, 0, 12345, 0, 0))
        self.assert_works(bench, peer)
        self.assertEqual(bench.spawner.children, 101)

    def test_descriptor_that_is_no_socket(self):
        """What comes as the worker's end is a file: the request fails, nothing else."""
        bench = self.bench()
        peer = bench.caller()
        with open('/dev/null', 'rb') as null:
            bench.spawner.spawn_script = lambda spawner, _: spawner.send(
                REPLY.pack(MAGIC, VERSION, T_REPLY, 0, 0, 0, 500), [null.fileno()])
            call = self.stop(bench, peer)
            self.assertIn(call.error.rpartition('.')[2], ('WorkerFailed', 'Unavailable', 'HomeUnavailable', 'Timeout'))
        bench.spawner.spawn_script = None
        bench.spawner.send(EXITED.pack(MAGIC, VERSION, T_EXITED, 0, 500, 0, 0))
        bench.loop.rest(0.05)
        self.assert_works(bench, peer)

    def test_worker_closed_before_its_first_frame(self):
        bench = self.bench()
        peer = bench.caller()

        def spawn(spawner, packet):
            Spawner.spawn(spawner, packet)
            spawner.workers[-1].exit()

        bench.spawner.spawn_script = spawn
        call = self.stop(bench, peer)
        self.assert_error(call, 'WorkerFailed')
        bench.spawner.spawn_script = None
        self.assert_works(bench, peer)

    def test_groups(self):
        """Supplementary groups go with the request: the account's own ones from 1000 on."""
        bench = self.bench()
        bench.accounts.find('svc-web').groups = {5000: 'team', 100: 'users', 27: 'sudo', 65534: 'nogroup', 5001: 'x'}
        self.assert_works(bench)
        self.assertEqual(sorted(bench.spawner.workers[0].groups), [5000, 5001])

    def test_unanswered_question_starts_no_work(self):
        """A worker of one's own account may be made while polkit thinks; it is asked nothing before the yes. Nobody
        makes the service start processes of others."""
        bench = self.bench(polkit=lambda polkit, q: None)
        peer = bench.caller()
        for account in ('svc-web', 'me'):
            bench.send(peer, 'units.stop', accounts=[account], units=['app'])
        bench.wait(lambda: len(bench.polkit.questions) == 2)
        bench.loop.rest(0.1)
        self.assertEqual(bench.effects, [])
        self.assertLessEqual({w.uid for w in bench.spawner.workers}, {ME})


if __name__ == '__main__':
    main()
