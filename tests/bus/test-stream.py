# SPDX-License-Identifier: LGPL-2.1-or-later
"""Open: lines of JSON in a pipe, whose last one says that it was the last."""

import json
import os

import mock_polkit as polkit
from bench import API, WEB, BusTest, about_accounts, main, needs_test_build

ROW = {'unit': 'u.service', 'load': 'loaded', 'active': 'active', 'sub': 'running', 'description': 'd' * 900}


class Reader:
    """The caller's end of the pipe."""

    def __init__(self, bench, call):
        assert not call.error, f'{call.error}: {call.text}'
        self.bench, self.fd = bench, call.reply.body[0]
        self.data = b''
        self.ended = False
        os.set_blocking(self.fd, False)
        self.go_on()

    def go_on(self):
        self.bench.loop.watch(self.fd, self.on_readable)

    def on_readable(self):
        try:
            data = os.read(self.fd, 1 << 20)
        except BlockingIOError:
            return
        self.data += data
        if not data:
            self.close()
            self.ended = True

    def close(self):
        if self.fd >= 0:
            self.bench.loop.unwatch(self.fd)
            os.close(self.fd)
            self.fd = -1

    def read_all(self, seconds=10):
        self.bench.wait(lambda: self.ended, seconds)
        return self.lines

    @property
    def lines(self):
        assert not self.ended or not self.data or self.data.endswith(b'\n'), self.data[-100:]
        return [json.loads(line) for line in self.data.split(b'\n')[:-1]]


class StreamTest(BusTest):
    def open(self, bench, peer, method='units.list', **kwargs):
        reader = Reader(bench, bench.request(peer, method, open=True, **kwargs))
        self.addCleanup(reader.close)
        return reader

    def test_every_method_that_streams(self):
        bench = self.bench()
        open(f'{bench.path("linger")}/svc-web', 'w').close()
        peer = bench.caller()
        for method in bench.methods():
            if 'open' in method['kinds']:
                with self.subTest(method=method['name']):
                    line, end = self.open(bench, peer, method['name'],
                                          **bench.parameters_for(method, 'svc-web')).read_all()
                    self.assertEqual((line['account'], line['uid']), ('svc-web', WEB))
                    self.assertEqual((list(end), end['end']['complete'], end['end']['method']),
                                     (['end'], True, method['name']))

    def test_denied_is_an_error_of_the_call(self):
        """Before there is a pipe; for each method that streams."""
        for script, error in ((polkit.no, 'NotAuthorized'), (polkit.error(), 'Unavailable'),
                              (polkit.raw('b', True), 'Unavailable')):
            bench = self.bench(polkit=script)
            peer = bench.caller()
            for method in bench.methods():
                if 'open' in method['kinds'] and about_accounts(method):
                    call = bench.request(peer, method['name'], open=True, **bench.parameters_for(method, 'svc-web'))
                    self.assert_error(call, error)
            self.assertEqual(bench.effects, [])

    def test_parts(self):
        bench = self.bench()

        def parts(bench, request):
            for name in 'abc':
                request.worker.part(request, {'units': [{**ROW, 'unit': name}]})
            request.worker.reply(request, {'units': []})

        bench.work = parts
        lines = self.open(bench, bench.caller(), accounts=['svc-web', 'svc-api']).read_all()
        self.assertTrue(lines.pop()['end']['complete'])
        for account in ('svc-web', 'svc-api'):
            self.assertEqual([[u['unit'] for u in line['units']] for line in lines if line['account'] == account],
                             [['a'], ['b'], ['c'], []])

    def test_partial_rights(self):
        bench = self.bench(polkit=polkit.when(lambda q: q.details['account'] == 'svc-web', polkit.yes))
        lines = self.open(bench, bench.caller(), accounts=['svc-web', 'svc-api']).read_all()
        end = lines.pop()['end']
        self.assertFalse(end['complete'])
        self.assertEqual({line['account']: 'error' in line for line in lines}, {'svc-web': False, 'svc-api': True})
        self.assertEqual([e.uid for e in bench.effects], [WEB])

    def test_worker_lies_in_the_middle(self):
        bench = self.bench()

        def lie(bench, request):
            request.worker.part(request, {'units': [ROW]})
            request.worker.part(request, {'units': [{'unit': 1}]})

        bench.work = lie
        peer = bench.caller()
        good, bad, end = self.open(bench, peer, accounts=['svc-web']).read_all()
        self.assertNotIn('error', good)
        self.assertEqual(bad['error']['name'], 'WorkerFailed')
        self.assertFalse(end['end']['complete'])

    def test_worker_dies_in_the_middle(self):
        bench = self.bench()

        def die(bench, request):
            if request.uid == API:
                bench.right_answer(request)
                return
            request.worker.part(request, {'units': [ROW]})
            request.worker.exit()

        bench.work = die
        lines = self.open(bench, bench.caller(), accounts=['svc-web', 'svc-api']).read_all()
        self.assertFalse(lines.pop()['end']['complete'])
        self.assertEqual([line['error']['name'] for line in lines if 'error' in line], ['WorkerFailed'])

    @needs_test_build
    def test_worker_hangs_in_the_middle(self):
        bench = self.bench(short=['EXCHANGE'])
        bench.work = lambda bench, request: request.worker.part(request, {'units': [ROW]})
        lines = self.open(bench, bench.caller(), accounts=['svc-web']).read_all()
        self.assertEqual(lines[1]['error']['name'], 'Timeout')
        self.assertFalse(lines[-1]['end']['complete'])

    def test_large_answer(self):
        """More than a reply may carry goes through a pipe."""
        n_rows = 200
        bench = self.bench()
        bench.work = lambda bench, request: request.worker.reply(request, {'units': [ROW] * n_rows})
        for i in range(20):
            bench.accounts.add(f'acc{i}', 61200 + i)
        lines = self.open(bench, bench.caller(), accounts=[f'acc{i}' for i in range(20)]).read_all()
        self.assertEqual(list(lines[-1]), ['end'])
        self.assertTrue(lines[-1]['end']['complete'])
        self.assertEqual(sum(len(line['units']) for line in lines[:-1]), 20 * n_rows)

    def test_part_without_end(self):
        """What one worker may send for one request is bounded."""
        bench = self.bench()

        def flood(bench, request):
            for _ in range(60):
                request.worker.part(request, {'units': [ROW] * 700})

        bench.work = flood
        lines = self.open(bench, bench.caller(), accounts=['svc-web']).read_all()
        self.assertEqual((lines[-2]['error']['name'], lines[-1]['end']['complete']), ('WorkerFailed', False))
        self.assertLess(len(lines), 30)
        bench.work = type(bench).right_answer
        self.assert_works(bench, account='svc-api')

    def test_reader_goes_away(self):
        bench = self.bench()
        held = []
        bench.work = lambda bench, request: held.append(request)
        peer = bench.caller()
        for _ in range(10):
            reader = self.open(bench, peer, accounts=['svc-web'])
            bench.wait(lambda: held)
            reader.close()
            bench.loop.rest(0.01)
            bench.right_answer(held.pop())
        bench.work = type(bench).right_answer
        # All ten are off the books: eight more may be in flight.
        calls = [bench.send(peer, 'units.list', accounts=['svc-web']) for _ in range(8)]
        peer.wait(*calls)
        self.assertEqual([c.error for c in calls], [None] * 8)

    def test_reader_that_does_not_read(self):
        """Its lines are kept up to a limit, then nothing more is begun; when it reads, all of it comes."""
        bench = self.bench()
        bench.work = lambda bench, request: request.worker.reply(request, {'units': [ROW] * 200})
        for i in range(60):
            bench.accounts.add(f'acc{i}', 61200 + i)
        peer = bench.caller()
        reader = Reader(bench, bench.request(peer, 'units.list', open=True, accounts=[f'acc{i}' for i in range(60)]))
        self.addCleanup(reader.close)
        bench.loop.unwatch(reader.fd)
        bench.loop.rest(0.5)
        started = len(bench.effects)
        self.assertLess(started, 40)
        # Others are not held up by it.
        bench.work, work = type(bench).right_answer, bench.work
        self.assert_works(bench, peer)
        bench.work = work
        reader.go_on()
        lines = reader.read_all()
        self.assertTrue(lines[-1]['end']['complete'])
        self.assertEqual(len(lines), 61)

    def test_worker_faster_than_the_reader(self):
        """One account alone sends more than is kept: its worker has to wait, and nothing is lost."""
        bench = self.bench()

        def parts(bench, request):
            for _ in range(12):
                request.worker.part(request, {'units': [ROW] * 700})
            request.worker.reply(request, {'units': []})

        bench.work = parts
        peer = bench.caller()
        reader = Reader(bench, bench.request(peer, 'units.list', open=True, accounts=['svc-web']))
        self.addCleanup(reader.close)
        bench.loop.unwatch(reader.fd)
        bench.loop.rest(0.5)
        self.assertNotEqual(bench.spawner.workers[0].unsent, [])
        self.assert_works(bench, peer, account='svc-api')
        reader.go_on()
        lines = reader.read_all()
        self.assertTrue(lines[-1]['end']['complete'])
        self.assertEqual(len(lines), 14)

    def test_ended_streams_that_nobody_reads(self):
        """What is left in their pipes is the service's memory: a uid may have so much of it, and no more."""
        bench = self.bench()
        limits = {limit['name']: limit['value'] for limit in bench.describe()['limits']}
        peer, most = bench.caller(), limits['unread_streams_per_uid']

        def left():
            reader = self.open(bench, peer, accounts=['svc-web'])
            bench.loop.unwatch(reader.fd)
            bench.loop.rest(0.02)
            return reader

        readers = [left() for _ in range(most)]
        for caller in (peer, bench.caller()):
            call = bench.request(caller, 'units.list', open=True, accounts=['svc-web'])
            self.assert_error(call, 'LimitExceeded')
        # Calls are no streams.
        self.assert_works(bench, peer)

        # To have it read is as good as to close it.
        readers[0].close()
        readers[1].go_on()
        self.assertTrue(readers[1].read_all()[-1]['end']['complete'])
        readers[:2] = [left(), left()]
        self.assert_error(bench.request(peer, 'units.list', open=True, accounts=['svc-web']), 'LimitExceeded')
        # The looking took nothing out of the others, and they end where they should.
        for reader in readers:
            reader.go_on()
            self.assertTrue(reader.read_all()[-1]['end']['complete'])
        self.open(bench, peer, accounts=['svc-web']).read_all()

    def test_abandoned_streams(self):
        """The same where the caller has left and its descriptor lives on."""
        bench = self.bench()
        limits = {limit['name']: limit['value'] for limit in bench.describe()['limits']}

        bench.work = lambda bench, request: request.uid == WEB and bench.right_answer(request)
        for _ in range(limits['unread_streams_per_uid']):
            peer = bench.caller()
            reader = self.open(bench, peer, accounts=['svc-web', 'svc-api'])
            bench.loop.unwatch(reader.fd)
            bench.loop.rest(0.02)
            bench.hang_up(peer)
        bench.loop.rest(0.1)
        bench.work = type(bench).right_answer
        peer = bench.caller()
        self.assert_error(bench.request(peer, 'units.list', open=True, accounts=['svc-web']), 'LimitExceeded')
        reader.close()
        self.open(bench, peer, accounts=['svc-web']).read_all()

    def test_caller_goes_away(self):
        """The stream ends with the connection that asked for it."""
        bench = self.bench()
        bench.work = lambda bench, request: None
        peer = bench.caller()
        reader = self.open(bench, peer, accounts=['svc-web'])
        bench.hang_up(peer)
        bench.wait(lambda: reader.ended)
        self.assertEqual(reader.lines, [])

    def test_pipe_is_for_reading(self):
        bench = self.bench()
        reader = self.open(bench, bench.caller(), accounts=['svc-web'])
        self.assertRaises(OSError, os.write, reader.fd, b'x')
        reader.read_all()


if __name__ == '__main__':
    main()
