# SPDX-License-Identifier: LGPL-2.1-or-later
"""Descriptors beside a request: as many and of such kinds as the method says, and none stays with the daemon."""

import json
import os
import socket
import stat

import mock_polkit
from bench import BusTest, body, main
from mock_spawner import ERROR_LIMIT

KINDS = {
    'a directory': lambda: os.open('/', os.O_RDONLY),
    'a name': lambda: os.open('/dev/null', os.O_PATH),
    'a name of a directory': lambda: os.open('/', os.O_PATH | os.O_DIRECTORY),
    'a name of a link': lambda: os.open('/proc/self/exe', os.O_PATH | os.O_NOFOLLOW),
    'a counter': lambda: os.eventfd(0),
}


def run(**parameters):
    return json.dumps({'method': 'units.run', 'parameters': {
        'accounts': ['svc-web'], 'units': ['job.service'], 'command': ['/bin/true'], **parameters}})


def identity(fd):
    st = os.fstat(fd)
    return st.st_dev, st.st_ino, st.st_rdev


class DescriptorTest(BusTest):
    def setUp(self):
        self.open = []

    def tearDown(self):
        for fd in self.open:
            os.close(fd)

    def keep(self, *fds):
        self.open += fds
        return list(fds)

    def streams(self):
        """Three that a command may have: a pipe to read from, and two to write to."""
        reader, writer = self.keep(*os.pipe())
        return [reader, *self.keep(os.open('/dev/null', os.O_WRONLY)), writer]

    def ask(self, bench, peer, fds, **parameters):
        return peer.wait(bench.send_text(peer, run(**parameters), fds=fds))

    def assert_none_left(self, bench, before):
        self.assertTrue(bench.poll(lambda: bench.count_descriptors() == before, 5),
                        (before, bench.count_descriptors()))

    def answer(self, seen):
        def work(bench, request):
            seen.append([identity(fd) for fd in request.fds])
            for fd in request.fds:
                os.close(fd)
            bench.right_answer(request)
        return work

    def test_they_reach_the_worker_in_order(self):
        bench = self.bench()
        peer = bench.caller()
        seen = []
        bench.work = self.answer(seen)
        fds = self.streams()
        reply = body(self.ask(bench, peer, fds, pipe=True))
        self.assertEqual([a['account'] for a in reply['accounts']], ['svc-web'])
        self.assertEqual(seen, [[identity(fd) for fd in fds]])

        body(self.ask(bench, peer, []))
        self.assertEqual(seen[1:], [[]])

    def test_kinds_that_are_taken(self):
        bench = self.bench()
        peer = bench.caller()
        seen = []
        bench.work = self.answer(seen)
        a, b = socket.socketpair()
        device = self.keep(os.open('/dev/null', os.O_RDWR))[0]
        sockets = self.keep(a.detach(), b.detach())
        reader, writer = self.keep(*os.pipe())
        memory = self.keep(os.memfd_create('x'))[0]
        for fd in (*sockets, device, reader, writer, memory):
            self.assertIsNone(self.ask(bench, peer, [fd] * 3, pipe=True).error)
        self.assertEqual(len(seen), 6)

    def test_wrong_number(self):
        bench = self.bench()
        peer = bench.caller()
        before = bench.count_descriptors()
        fds = self.streams()
        for n in range(1, 17):
            if n != 3:
                call = self.ask(bench, peer, (fds * 6)[:n], pipe=True)
                self.assert_error(call, 'InvalidRequest', 'units.run takes no descriptors, or 3')
        self.assert_error(self.ask(bench, peer, [], pipe=True), 'InvalidRequest', '"pipe" needs 3 descriptors')
        self.assert_error(self.ask(bench, peer, fds), 'InvalidRequest', '"pipe" is not set')
        self.assert_error(self.ask(bench, peer, fds, pipe=False), 'InvalidRequest', '"pipe" is not set')
        self.assertEqual((bench.polkit.questions, bench.effects), ([], []))
        self.assert_none_left(bench, before)

    def test_wrong_kinds(self):
        bench = self.bench()
        peer = bench.caller()
        before = bench.count_descriptors()
        fds = self.streams()
        for what, make in KINDS.items():
            fd = self.keep(make())[0]
            for place in range(3):
                some = fds[:]
                some[place] = fd
                with self.subTest(kind=what, place=place):
                    call = self.ask(bench, peer, some, pipe=True)
                    self.assert_error(call, 'InvalidRequest', f'descriptor {place} ')
        self.assertEqual((bench.polkit.questions, bench.effects), ([], []))
        self.assert_none_left(bench, before)

    def test_terminal(self):
        """Who has it reads what its owner types."""
        try:
            terminal = self.keep(*os.openpty())[1]
        except OSError:
            self.skipTest('there are no terminals here')
        bench = self.bench()
        call = self.ask(bench, bench.caller(), [terminal] * 3, pipe=True)
        self.assert_error(call, 'InvalidRequest', 'a terminal is not handed')
        self.assertEqual(bench.effects, [])

    def test_block_device(self):
        devices = [os.path.join('/dev', name) for name in os.listdir('/dev')]
        devices = [d for d in devices if stat.S_ISBLK(os.stat(d, follow_symlinks=False).st_mode)]
        for device in devices:
            try:
                fd = self.keep(os.open(device, os.O_RDONLY | os.O_NONBLOCK))[0]
            except OSError:
                continue
            bench = self.bench()
            call = self.ask(bench, bench.caller(), [fd] * 3, pipe=True)
            self.assert_error(call, 'InvalidRequest', 'descriptor 0 ')
            return
        self.skipTest('there is no block device that may be opened')

    def test_one_unit_of_one_account(self):
        """What is handed over once can reach one worker only."""
        bench = self.bench()
        peer = bench.caller()
        for parameters in ({'units': ['a.service', 'b.service']}, {'accounts': ['svc-web', 'svc-api']},
                           {'accounts': ['*']}):
            call = self.ask(bench, peer, self.streams(), pipe=True, **parameters)
            self.assert_error(call, 'InvalidRequest', 'one unit of one account')
        self.assertEqual((bench.polkit.questions, bench.effects), ([], []))

    def test_not_beside_a_stream(self):
        bench = self.bench()
        peer = bench.caller()
        call = peer.wait(bench.send_text(peer, run(pipe=True), open=True, fds=self.streams()))
        self.assert_error(call, 'InvalidRequest', 'Call and not Open')

    def test_daemon_lets_go_of_them(self):
        """As soon as the worker has them, although the request goes on; a reader of the pipe sees its end."""
        bench = self.bench()
        peer = bench.caller()
        requests = []

        def work(bench, request):
            requests.append(request)
            request.worker.waiting(request)

        bench.work = work
        fds = self.streams()
        call = bench.send_text(peer, run(pipe=True, wait=True), fds=fds)
        bench.wait(lambda: requests)
        for fd in requests[0].fds:
            os.close(fd)
        os.close(fds[2])  # the writing end
        self.open.remove(fds[2])
        os.set_blocking(fds[0], False)

        def at_end():
            try:
                return os.read(fds[0], 1) == b''
            except BlockingIOError:
                return False

        self.assertTrue(bench.poll(at_end, 5), 'somebody holds the pipe open')
        bench.right_answer(requests[0])
        body(peer.wait(call))

    def test_refused(self):
        """By polkit, by a configuration, by a worker that dies: none is left."""
        bench = self.bench(mock_polkit.no)
        peer = bench.caller()
        self.assert_works(bench, peer)
        before = bench.count_descriptors()
        for _ in range(20):
            self.assert_error(self.ask(bench, peer, self.streams(), pipe=True), 'NotAuthorized')
        self.assert_none_left(bench, before)

        bench = self.bench(config='Mode=read-only\n')
        peer = bench.caller()
        before = bench.count_descriptors()
        self.assert_error(self.ask(bench, peer, self.streams(), pipe=True), 'ReadOnly')
        self.assert_none_left(bench, before)

        bench = self.bench()
        peer = bench.caller()
        self.assert_works(bench, peer)
        bench.work = lambda bench, request: request.worker.exit()
        self.ask(bench, peer, self.streams(), pipe=True)
        before = bench.count_descriptors()
        self.assert_error(self.ask(bench, peer, self.streams(), pipe=True), 'WorkerFailed')
        self.assert_none_left(bench, before)

    def test_no_worker(self):
        """What waits for a worker that does not come."""
        bench = self.bench()
        peer = bench.caller()
        body(bench.request(peer, 'units.list', accounts=['svc-api']))
        bench.spawner.spawn_script = lambda spawner, packet: spawner.refuse(ERROR_LIMIT)
        self.assert_error(self.ask(bench, peer, self.streams(), pipe=True), 'Unavailable')
        before = bench.count_descriptors()
        for _ in range(10):
            self.assert_error(self.ask(bench, peer, self.streams(), pipe=True), 'Unavailable')
        self.assert_none_left(bench, before)

    def test_caller_leaves(self):
        """While polkit is asked: the request and what it brought are dropped."""
        bench = self.bench(lambda polkit, question: None)
        stayer = bench.caller()
        self.assert_works(bench, stayer)
        before = bench.count_descriptors()
        for _ in range(4):
            peer = bench.caller()
            bench.send_text(peer, run(pipe=True), fds=self.streams())
            n = len(bench.polkit.questions)
            bench.wait(lambda: len(bench.polkit.questions) > n)
            bench.hang_up(peer)
        self.assert_none_left(bench, before)
        self.assert_works(bench, stayer)

    def test_a_thousand(self):
        """None is leaked, whatever becomes of the request."""
        bench = self.bench()
        peer = bench.caller()
        seen = []
        bench.work = self.answer(seen)
        self.ask(bench, peer, self.streams(), pipe=True)
        self.assert_works(bench, peer)
        before = bench.count_descriptors()
        fds = self.streams()
        directory = self.keep(os.open('/', os.O_RDONLY))[0]
        for i in range(1000):
            some = (fds, fds[:2], fds[:2] + [directory], fds * 5, fds)[i % 5]
            call = self.ask(bench, peer, some, pipe=i % 5 != 4)
            self.assertEqual(call.error is None, i % 5 == 0)
        self.assertEqual(len(seen), 201)
        self.assert_none_left(bench, before)


if __name__ == '__main__':
    main()
