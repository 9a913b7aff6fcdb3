# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon's own beginning and end, and its configuration."""

import os
import signal
import subprocess
import time

import mock_polkit as polkit
from bench import BUS_NAME, SHORT, BusTest, main, needs_test_build
from mock_spawner import Spawner


class EndTest(BusTest):
    def hold(self, bench, peer, method='units.restart', **parameters):
        """A request whose worker answers later."""
        held = []
        bench.work = lambda bench, request: held.append(request)
        call = bench.send(peer, method, accounts=['svc-web'], **(parameters or {'units': ['app']}))
        bench.wait(lambda: held)
        return call, held[0]

    def test_requests_in_flight_end(self):
        bench = self.bench()
        peer = bench.caller()
        call, request = self.hold(bench, peer)
        bench.daemon.send_signal(signal.SIGTERM)
        bench.loop.rest(0.1)
        self.assert_error(bench.request(peer, 'units.list', accounts=['svc-web']), 'ShuttingDown', 'ask again')
        self.assertFalse(call.done)
        self.assertIsNone(bench.daemon.poll())
        bench.right_answer(request)
        peer.wait(call)
        self.assertIsNone(call.error)
        bench.await_exit(0)
        self.assertEqual(len(bench.journal.outcomes()), 1)

    def test_questions_in_flight_are_answered(self):
        bench = self.bench(polkit=polkit.never)
        peer = bench.caller()
        call = bench.send(peer, 'units.stop', accounts=['svc-web'], units=['app'])
        bench.wait(lambda: bench.polkit.questions)
        bench.daemon.send_signal(signal.SIGTERM)
        bench.loop.rest(0.05)
        polkit.yes(bench.polkit, bench.polkit.questions[0])
        peer.wait(call)
        self.assertIsNone(call.error)
        bench.await_exit(0)

    @needs_test_build
    def test_drain_is_bounded(self):
        """What does not end in time is told so, recorded, and the daemon goes."""
        bench = self.bench(short=['DRAIN'])
        peer = bench.caller()
        call, _ = self.hold(bench, peer)
        read = bench.send(peer, 'units.list', accounts=['svc-api'])
        bench.wait(lambda: len(bench.effects) == 2)
        started = time.monotonic()
        bench.daemon.send_signal(signal.SIGTERM)
        peer.wait(call, read)
        # What only reads can be asked again; a restart that has begun had better not.
        self.assert_error(read, 'ShuttingDown', 'ask again')
        self.assert_error(call, 'Interrupted', 'may be done or not')
        bench.await_exit(0)
        self.assertGreater(time.monotonic() - started, SHORT['DRAIN'] * 0.9 / 1000)
        self.assertLess(time.monotonic() - started, 3)
        (outcome,) = bench.journal.outcomes()
        self.assertEqual((outcome['USERUNIT_ERROR'], outcome['USERUNIT_RESULT']), ('Interrupted', 'interrupted'))

    @needs_test_build
    def test_jobs_go_on(self):
        """Of what waits for its jobs it is known that it has begun; what has not begun can be asked again."""
        for method, more in (('units.restart', {'units': ['app']}), ('units.run', {'units': ['one'], 'command': ['true']})):
            with self.subTest(method=method):
                bench = self.bench(short=['DRAIN'])
                bench.work = lambda bench, request: request.worker.waiting(request)
                peer = bench.caller()
                call = bench.send(peer, method, accounts=['svc-web'], **more)
                bench.wait(lambda: bench.effects)
                bench.loop.rest(0.1)
                bench.daemon.send_signal(signal.SIGTERM)
                peer.wait(call)
                self.assert_error(call, 'Interrupted', 'goes on')
                self.assertNotIn('ask again', call.text)
                bench.await_exit(0)
                (outcome,) = bench.journal.outcomes()
                self.assertEqual((outcome['USERUNIT_ERROR'], outcome['USERUNIT_RESULT']), ('Interrupted', 'interrupted'))

    @needs_test_build
    def test_prompt_does_not_hold_it_up(self):
        bench = self.bench(polkit=polkit.never, short=['DRAIN'])
        peer = bench.caller()
        call = bench.send(peer, 'units.stop', interactive=True, accounts=['svc-web'], units=['app'])
        bench.wait(lambda: bench.polkit.questions)
        bench.daemon.send_signal(signal.SIGTERM)
        peer.wait(call)
        self.assert_error(call, 'ShuttingDown')
        bench.await_exit(0)
        bench.wait(lambda: bench.polkit.cancelled)
        self.assertEqual((bench.effects, bench.polkit.cancelled), ([], [bench.polkit.questions[0].cancellation]))

    @needs_test_build
    def test_open_stream_is_told(self):
        bench = self.bench(short=['DRAIN'])
        bench.work = lambda bench, request: None
        peer = bench.caller()
        call = bench.request(peer, 'units.list', open=True, accounts=['svc-web'])
        bench.daemon.send_signal(signal.SIGTERM)
        bench.await_exit(0)
        with open(call.reply.body[0], 'rb') as stream:
            self.assertIn(b'ShuttingDown', stream.read())

    def test_second_signal(self):
        bench = self.bench()
        call, request = self.hold(bench, bench.caller())
        for _ in range(3):
            bench.daemon.send_signal(signal.SIGTERM)
            bench.loop.rest(0.02)
        self.assertIsNone(bench.daemon.poll())
        bench.right_answer(request)
        bench.await_exit(0)

    def test_idle(self):
        bench = self.bench()
        self.assert_works(bench)
        started = time.monotonic()
        bench.terminate()
        self.assertLess(time.monotonic() - started, 3)

    def test_killed(self):
        """kill -9 in the middle: the caller hears of it at once, and a new daemon serves."""
        bench = self.bench()
        peer = bench.caller()
        call, _ = self.hold(bench, peer)
        bench.daemon.kill()
        started = time.monotonic()
        peer.wait(call)
        self.assertLess(time.monotonic() - started, 1)
        self.assertEqual(call.error, 'org.freedesktop.DBus.Error.NoReply')
        bench.await_exit(-signal.SIGKILL)
        bench.start_daemon()
        self.assert_works(bench, peer)
        # A verdict without an outcome: interrupted.
        self.assertEqual((len(bench.journal.verdicts(verb='restart')), bench.journal.outcomes()), (1, []))

    def test_killed_while_it_streams(self):
        bench = self.bench()
        bench.work = lambda bench, request: None
        call = bench.request(bench.caller(), 'units.list', open=True, accounts=['svc-web'])
        bench.daemon.kill()
        with open(call.reply.body[0], 'rb') as stream:
            self.assertEqual(stream.read(), b'')
        bench.await_exit(-signal.SIGKILL)
        bench.start_daemon()

    def test_bus_goes_away(self):
        bench = self.bench()
        bench.bus.kill()
        bench.await_exit(1)

    def test_ends_over_many_things_at_once(self):
        """In the middle of everything: nothing is leaked, which a sanitizer build tells."""
        bench = self.bench(polkit=lambda mock, q: polkit.yes(mock, q) if q.details['account'] == 'svc-web' else None,
                           short=['DRAIN'])
        bench.work = lambda bench, r: r.worker.waiting(r) if r.method == 'units.restart' else None
        bench.spawner.spawn_script = lambda spawner, p: Spawner.spawn(spawner, p) if not spawner.workers else None
        bench.system.job_script = bench.system.linger_script = lambda *_: None
        for method in ('units.restart', 'units.list', 'manager.start', 'linger.enable', 'accounts.list'):
            peer = bench.caller()
            for account in ('svc-web', 'svc-api', 'me'):
                parameters = {'accounts': [account]} | ({'units': ['app']} if method == 'units.restart' else {})
                bench.send(peer, method, open=method == 'units.list', **parameters)
        bench.loop.rest(0.15)
        bench.terminate()


class StartTest(BusTest):
    def test_name_is_taken(self):
        """A second daemon does not start, and the first goes on."""
        bench = self.bench()
        first, bench.daemon = bench.daemon, None
        bench.start_daemon(wait=False)
        self.assertTrue(bench.poll(lambda: bench.daemon.poll() is not None, 10))
        self.assertNotEqual(bench.daemon.returncode, 0)
        self.assertIn('bus name', bench.stderr())
        bench.daemon = first
        self.assert_works(bench)

    def test_configuration_that_is_not_understood(self):
        """It would allow more than was meant: the daemon does not start, and says which line."""
        bench = self.bench()
        bench.terminate()
        for text, word in (('Mode=readonly\n', 'Mode'), ('Modes=read-only\n', 'Modes'), ('Accounts=\n', 'Accounts'),
                           ('Mode=read-only\n[Other]\n', 'Other'), ('nonsense\n', 'conf')):
            bench.config = text
            bench.start_daemon(wait=False)
            self.assertTrue(bench.poll(lambda: bench.daemon.poll() is not None, 10), text)
            self.assertEqual(bench.daemon.returncode, 1, text)
            self.assertIn(word, bench.stderr())
            bench.daemon = None
        self.assertFalse(bench.caller().ask_bus('NameHasOwner', 's', BUS_NAME)[0])

    def test_configuration_of_others(self):
        bench = self.bench(config='Mode=normal\n')
        bench.terminate()
        os.chmod(bench.path('conf'), 0o666)
        bench.config = None
        bench.start_daemon(wait=False)
        self.assertTrue(bench.poll(lambda: bench.daemon.poll() is not None, 10))
        self.assertEqual(bench.daemon.returncode, 1)
        bench.daemon = None

    def test_arguments(self):
        program = os.environ['USERUNITD']
        self.assertEqual(subprocess.run([program, '--version'], capture_output=True).returncode, 0)
        self.assertEqual(subprocess.run([program, '--nonsense'], capture_output=True).returncode, 1)
        self.assertEqual(subprocess.run([program, 'word'], capture_output=True).returncode, 1)
        said = subprocess.run([program, '--help'], capture_output=True, text=True)
        self.assertEqual(said.returncode, 0)
        self.assertIn('--config', said.stdout)


class ReadOnlyTest(BusTest):
    def test_every_change_is_refused(self):
        bench = self.bench(config='Mode=read-only\n')
        peer = bench.caller()
        for method in bench.methods():
            with self.subTest(method=method['name']):
                bench.effects.clear()
                bench.polkit.questions.clear()
                call = bench.request(peer, method['name'], **bench.parameters_for(method, 'svc-web'))
                if method['changes']:
                    self.assert_error(call, 'ReadOnly', 'Mode=read-only')
                    self.assertEqual((bench.polkit.questions, bench.effects), ([], []))
                else:
                    self.assertIsNone(call.error, call.text)
                if method['place'] == 'journal':  # the reply does not wait for what is read
                    bench.wait(lambda: bench.effects)
                for fd in call.reply.fds:
                    os.close(fd)

    def test_patterns_are_no_way_around(self):
        bench = self.bench(config='Mode=read-only\n')
        open(f'{bench.path("linger")}/svc-web', 'w').close()
        call = bench.request(bench.caller(), 'units.stop', targets=['*/app.service'])
        self.assert_error(call, 'ReadOnly')
        self.assertEqual(bench.effects, [])


if __name__ == '__main__':
    main()
