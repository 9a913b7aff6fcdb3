# SPDX-License-Identifier: LGPL-2.1-or-later
"""How much one caller may ask for at a time, and that the others do not notice."""

import os

import mock_polkit as polkit
from bench import ME, OTHERS, BusTest, body, limit, main, needs_root


# What all but root have of the requests in flight: INFLIGHT_MAX less INFLIGHT_RESERVED.
RESERVED_FROM = 96


class LimitsTest(BusTest):
    def flood(self, bench, peer, n, **kwargs):
        return [bench.send(peer, 'units.stop', accounts=['svc-web'], units=[f'u{i}'], **kwargs) for i in range(n)]

    def refused(self, calls):
        return [c for c in calls if c.done and c.error and c.error.endswith('LimitExceeded')]

    def test_per_connection(self):
        bench = self.bench(polkit=polkit.never)
        peer = bench.caller()
        most = limit('in_flight_per_connection')
        calls = self.flood(bench, peer, most + 1)
        bench.wait(lambda: calls[-1].done)
        self.assert_error(calls[-1], 'LimitExceeded', str(most))
        self.assertEqual([c.done for c in calls[:-1]], [False] * most)
        # Another connection is served, and this one when one of its requests has ended.
        bench.wait(lambda: len(bench.polkit.questions) == 4)
        polkit.no(bench.polkit, bench.polkit.questions[0])
        bench.wait(lambda: len([c for c in calls if c.done]) == 2)
        call = bench.send(peer, 'units.stop', units=['more'])
        bench.loop.rest(0.1)
        self.assertFalse(call.done)

    def test_per_uid(self):
        bench = self.bench(polkit=polkit.never)
        most = limit('in_flight_per_uid')
        calls = [c for _ in range(3) for c in self.flood(bench, bench.caller(), 6)]
        bench.wait(lambda: len(self.refused(calls)) == 18 - most)
        self.assertEqual(len([c for c in calls if c.done]), 18 - most)
        self.assertIn(str(most), self.refused(calls)[0].text)

    @needs_root
    def test_in_all(self):
        bench = self.bench(polkit=polkit.never)
        uids = [ME, *OTHERS]
        calls = [c for uid in uids for _ in range(2) for c in self.flood(bench, bench.caller(uid), 8)]
        bench.wait(lambda: len(self.refused(calls)) == len(calls) - RESERVED_FROM)
        bench.loop.rest(0.1)
        self.assertEqual(len([c for c in calls if not c.done]), RESERVED_FROM)
        # Root gets in all the same.
        self.assertLess(RESERVED_FROM, limit('in_flight'))
        self.assert_works(bench, bench.caller(0))

    @needs_root
    def test_jobs_of_callers_that_left_count(self):
        """One person starts long jobs and leaves the bus, over and over: others are served."""
        bench = self.bench()
        bench.work = lambda bench, request: request.worker.waiting(request)
        for _ in range(20):
            peer = bench.caller()
            calls = self.flood(bench, peer, 8)
            bench.wait(lambda: all(c.done for c in calls) or len(bench.effects) % 8 == 0 and bench.effects, 2)
            bench.loop.rest(0.02)
            bench.hang_up(peer)
        bench.loop.rest(0.2)
        # What was let in before the others waited is in flight, and at most so much.
        self.assertLessEqual(len(bench.effects), limit('waiting_per_uid') + limit('in_flight_per_uid'))
        self.assert_works(bench, bench.caller(OTHERS[0]), account='svc-api')

    def test_waiting_is_not_in_flight(self):
        """A connection whose requests all wait for jobs has room for more, until too many wait."""
        bench = self.bench()
        bench.work = lambda bench, request: request.worker.waiting(request)
        peer = bench.caller()
        most = limit('waiting_per_uid')
        for n in range(1, most + 1):
            self.flood(bench, peer, 1)
            bench.wait(lambda: len(bench.effects) == n)
            bench.loop.rest(0.02)
        call = bench.send(peer, 'units.stop', accounts=['svc-web'], units=['more'])
        bench.wait(lambda: call.done)
        self.assert_error(call, 'LimitExceeded', 'requests that wait')
        # What does not wait is none of that; and each that ends makes room for another.
        self.assert_works(bench, peer)
        self.assertEqual(len(bench.effects), most + 1)

    def test_questions_open_at_polkit(self):
        """At most four of a uid, and no question of the daemon's own is forgotten when one ends."""
        bench = self.bench(polkit=polkit.never)
        most = limit('questions_per_uid')
        calls = [c for _ in range(2) for c in self.flood(bench, bench.caller(), 8)]
        bench.loop.rest(0.1)
        self.assertEqual(len(bench.polkit.questions), most)
        answered = 0
        while answered < 16:
            polkit.no(bench.polkit, bench.polkit.questions[answered])
            answered += 1
            bench.wait(lambda: len(bench.polkit.questions) == min(16, answered + most))
        bench.wait(lambda: all(c.done for c in calls))
        self.assertEqual({c.error for c in calls}, {'org.userunit1.Error.NotAuthorized'})

    def test_prompts_do_not_queue(self):
        """A fifth password prompt is refused, and questions without a prompt go on beside four."""
        bench = self.bench(polkit=polkit.prompt(polkit.never))
        peer = bench.caller()
        calls = self.flood(bench, peer, 5, interactive=True)
        bench.wait(lambda: self.refused(calls))
        self.assert_error(self.refused(calls)[0], 'LimitExceeded', 'password')
        self.assertEqual(len(bench.polkit.questions), 4)
        self.assert_error(bench.request(peer, 'units.stop', units=['app']), 'NotAuthorized')
        self.assertEqual(bench.effects, [])

    @needs_root
    def test_prompts_in_all(self):
        """Prompts do not use up what questions without one need."""
        bench = self.bench(polkit=polkit.prompt(polkit.never))
        uids = [ME, *OTHERS]
        for uid in uids:
            self.flood(bench, bench.caller(uid), 4, interactive=True)
        bench.wait(lambda: len(bench.polkit.questions) == 4 * len(uids))
        self.assertEqual(len(bench.polkit.questions), 32)
        call = bench.request(bench.caller(0), 'units.stop', interactive=True, accounts=['svc-web'], units=['app'])
        self.assert_error(call, 'LimitExceeded', 'password')
        self.assert_works(bench, bench.caller(0))

    def test_pairs_of_a_change(self):
        bench = self.bench()
        peer = bench.caller()
        most = limit('change_pairs')
        for method in bench.methods():
            if method['changes'] and method['takes_units']:
                units = [f'u{i}.service' for i in range(most + 1)]
                self.assert_error(bench.request(peer, method['name'], accounts=['svc-web'], units=units),
                                  'LimitExceeded', str(most))
        self.assertEqual((bench.polkit.questions, bench.effects), ([], []))
        reply = body(bench.request(peer, 'units.stop', accounts=['svc-web'], units=units[:most]))
        # Where the kernel lets few datagrams wait (10, in a container without a boot), journald's queue is full before.
        refused = reply.get('refused', [])
        self.assertEqual(len(reply['accounts'][0]['units']) + len(refused), most)
        self.assertLessEqual({r['error']['name'] for r in refused}, {'RecordUnavailable'})
        self.assertEqual(len(bench.polkit.questions), most)

    def test_units_of_an_account(self):
        bench = self.bench()
        units = [f'u{i}.service' for i in range(513)]
        call = bench.request(bench.caller(), 'units.show', accounts=['svc-web'], units=units)
        self.assert_error(call, 'LimitExceeded')
        self.assertEqual(bench.polkit.questions, [])

    def test_workers_of_an_account(self):
        bench = self.bench()
        held = []
        bench.work = lambda bench, request: held.append(request)
        peer = bench.caller()
        calls = [bench.send(peer, 'units.list', accounts=['svc-web']) for _ in range(5)]
        bench.wait(lambda: len(held) == 2)
        bench.loop.rest(0.05)
        self.assertEqual((len(held), len(bench.spawner.workers)), (2, 2))
        while not all(c.done for c in calls):
            bench.wait(lambda: held)
            bench.right_answer(held.pop(0))
            bench.loop.rest(0.02)
        self.assertEqual(len(bench.effects), 5)

    def test_workers_in_all(self):
        bench = self.bench()
        held = []
        bench.work = lambda bench, request: held.append(request)
        for i in range(20):
            bench.accounts.add(f'acc{i}', 61200 + i)
        peer = bench.caller()
        call = bench.send(peer, 'units.list', accounts=[f'acc{i}' for i in range(20)])
        bench.wait(lambda: len(held) == 16)
        bench.loop.rest(0.05)
        self.assertEqual(len(held), 16)
        while not call.done:
            bench.wait(lambda: held or call.done)
            while held:
                bench.right_answer(held.pop(0))
        self.assertEqual(len(body(call)['accounts']), 20)

    @needs_root
    def test_turns(self):
        """One person's fifteen requests do not delay another one's."""
        bench = self.bench()
        held = []
        bench.work = lambda bench, request: held.append(request)
        peers = [bench.caller(), bench.caller()]
        calls = [bench.send(p, 'units.list', accounts=['svc-web']) for p in peers for _ in range(7)]
        bench.wait(lambda: len(held) == 2)
        other = bench.caller(OTHERS[0])
        call = bench.send(other, 'units.list', accounts=['svc-web'])
        bench.wait(lambda: len(bench.polkit.questions) == 15)
        bench.loop.rest(0.05)
        for _ in range(3):
            bench.wait(lambda: held)
            bench.right_answer(held.pop(0))
            bench.loop.rest(0.02)
        self.assertTrue(call.done)
        self.assertFalse(calls[-1].done)

    def test_flood_of_one_connection(self):
        """Thousands of requests from one connection, faster than anyone answers: each is answered, a second caller
        waits for less than a second, and the daemon is the same afterwards."""
        bench = self.bench(polkit=polkit.no)
        peer, other = bench.caller(), bench.caller()
        self.assert_works(bench, other)
        calls = []
        for _ in range(20):
            calls += [bench.send(peer, 'units.stop', units=['app']) for _ in range(100)]
            call = bench.request(other, 'units.list', accounts=['svc-web'])
            self.assertLess(call.elapsed, 1)
        peer.wait(*calls)
        self.assertLessEqual({c.error.rpartition('.')[2] for c in calls}, {'LimitExceeded', 'NotAuthorized'})
        self.assert_works(bench, other)
        if not bench.sanitized():
            with open(f'/proc/{bench.daemon.pid}/status') as f:
                resident = int(next(line for line in f if line.startswith('VmHWM')).split()[1])
            self.assertLess(resident, 32 * 1024)

    def test_flood_of_garbage(self):
        bench = self.bench()
        peer = bench.caller()
        calls = [bench.send_text(peer, '[' * 50000) for _ in range(200)]
        peer.wait(*calls)
        self.assert_works(bench, peer)

    def test_many_connections(self):
        """As many callers as the bus lets one person have; the daemon remembers some and serves all."""
        bench = self.bench(bus_limits={'max_connections_per_user': 400})
        for _ in range(330):
            body(bench.request(bench.caller(), 'units.list', accounts=['svc-web']))

    def test_reply_that_is_too_large(self):
        bench = self.bench()
        row = {'unit': 'u.service', 'load': 'l', 'active': 'a', 'sub': 's', 'description': 'd' * 900}

        def large(bench, request):
            request.worker.reply(request, {'units': [row] * 600})

        bench.work = large
        peer = bench.caller()
        self.assertIsNone(bench.request(peer, 'units.list', accounts=['svc-web']).error)
        call = bench.request(peer, 'units.list', accounts=['svc-web', 'svc-api'])
        self.assert_error(call, 'ReplyTooLarge', 'Open')
        self.assert_works(bench, peer)

    def test_descriptors_of_a_reply(self):
        """More accounts than descriptors fit beside one reply: the others say so."""
        bench = self.bench()
        most = limit('reply_descriptors')
        for i in range(most + 2):
            bench.accounts.add(f'acc{i}', 61200 + i)
        call = bench.request(bench.caller(), 'units.cat', accounts=[f'acc{i}' for i in range(most + 2)], units=['app'])
        reply = body(call)
        errors = [a['error']['name'] for a in reply['accounts'] if 'error' in a]
        self.assertEqual((errors, reply['complete']), (['ReplyTooLarge'] * 2, False))
        self.assertEqual(sorted(a['fd'] for a in reply['accounts'] if 'fd' in a), list(range(most)))
        for fd in call.reply.fds:
            os.close(fd)


if __name__ == '__main__':
    main()
