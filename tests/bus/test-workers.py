# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workers that lie, die, hang or drip: the request fails in time and by name, and the next one works."""

import json
import os

from bench import API, SHORT, UNIT, WEB, BusTest, about_accounts, body, main, needs_test_build, sample
from mock_spawner import F_ERROR, F_PART, F_REPLY, F_REQUEST, F_WAITING, FRAME

GOOD_LIST = {'units': [{'unit': 'a.service', 'load': 'loaded', 'active': 'active', 'sub': 'running',
                        'description': 'A'}]}


def change(**members):
    """A row of units.list with something else in it."""
    return {'units': [{**GOOD_LIST['units'][0], **members}]}


# What the daemon gets in place of an answer to units.list.
LIES = {
    'empty': b'',
    'no JSON': b'hello',
    'cut off': json.dumps(GOOD_LIST)[:-1].encode(),
    'two': json.dumps(GOOD_LIST).encode() * 2,
    'an array': b'[]',
    'null': b'null',
    'NUL behind': json.dumps(GOOD_LIST).encode() + b'\0',
    'nothing in it': b'{}',
    'other members': b'{"files":[]}',
    'a member more': json.dumps({**GOOD_LIST, 'account': 'svc-api'}).encode(),
    'the daemon\'s own member': json.dumps({**GOOD_LIST, 'complete': True}).encode(),
    'a field more': json.dumps(change(account='svc-api')).encode(),
    'a field less': json.dumps({'units': [{'unit': 'a.service'}]}).encode(),
    'a field of another type': json.dumps(change(active=1)).encode(),
    'rows that are none': b'{"units":["a.service"]}',
    'duplicate member': b'{"units":[],"units":[]}',
    'invalid UTF-8': json.dumps(change(description='x')).encode().replace(b'"x"', b'"\xff"'),
    'overlong UTF-8': json.dumps(change(description='x')).encode().replace(b'"x"', b'"\xc0\xaf"'),
    'lone surrogate': json.dumps(change(description='x')).encode().replace(b'"x"', b'"\\ud800"'),
    'escaped NUL': json.dumps(change(description='x')).encode().replace(b'"x"', b'"\\u0000"'),
    'far too deep': b'{"units":' + b'[' * 100000,
}

# Frames that are against the rules, as functions of a worker and a request.
BREACHES = {
    'wrong serial': lambda w, r: w.frame(F_REPLY, r.serial + 1, GOOD_LIST),
    'serial of nobody': lambda w, r: w.frame(F_REPLY, 0, GOOD_LIST),
    'unknown type': lambda w, r: w.frame(77, r.serial, GOOD_LIST),
    'type of the daemon\'s': lambda w, r: w.frame(F_REQUEST, r.serial, GOOD_LIST),
    'part of no stream': lambda w, r: w.frame(F_PART, r.serial, GOOD_LIST),
    'waits for no job': lambda w, r: w.frame(F_WAITING, r.serial),
    'too large': lambda w, r: w.frame(F_REPLY, r.serial, b'', size=1 << 21),
    'far too large': lambda w, r: w.frame(F_REPLY, r.serial, b'', size=0xffffffff),
    'a descriptor not announced': lambda w, r: w.frame(F_REPLY, r.serial, GOOD_LIST, [0], n_fds=0),
    'a descriptor announced and not sent': lambda w, r: w.frame(F_REPLY, r.serial, GOOD_LIST, n_fds=1),
    'a descriptor that the method has not': lambda w, r: w.frame(F_REPLY, r.serial, GOOD_LIST, [0]),
    'many descriptors': lambda w, r: w.frame(F_REPLY, r.serial, GOOD_LIST, [0] * 200, n_fds=200),
    'cut off in the head': lambda w, r: (w.bytes(b'\1\2\3'), w.exit()),
    'cut off in the payload': lambda w, r: (w.frame(F_REPLY, r.serial, b'{"uni', size=100), w.exit()),
    'garbage': lambda w, r: w.bytes(os.urandom(4096)),
    'death': lambda w, r: w.exit(),
    'an end without death': lambda w, r: w.close(),
    'error that is none': lambda w, r: w.frame(F_ERROR, r.serial, b'x'),
    'error with too little': lambda w, r: w.frame(F_ERROR, r.serial, {'name': 'NoSuchUnit'}),
    'error of no name': lambda w, r: w.error(r, 'Whatever'),
    'error that polkit decides': lambda w, r: w.error(r, 'NotAuthorized', 'polkit said no'),
    'error that the daemon decides': lambda w, r: w.error(r, 'AccountChanged'),
    'no error': lambda w, r: w.error(r, 'None'),
    'error that is too long': lambda w, r: w.error(r, 'NoSuchUnit', 'x' * 8192),
}


class LyingTest(BusTest):
    def check(self, bench, peer, method='units.list', **parameters):
        call = bench.request(peer, method, accounts=['svc-web'], **parameters)
        self.assert_error(call, 'WorkerFailed')
        self.assertLess(call.elapsed, 5)
        self.assert_works(bench, peer)
        return call

    def test_answers(self):
        bench = self.bench()
        peer = bench.caller()
        for what, payload in LIES.items():
            with self.subTest(lie=what):
                bench.work = lambda bench, request: request.worker.frame(F_REPLY, request.serial, payload)
                self.check(bench, peer)

    def test_every_method_is_checked(self):
        """A member that the row has not, whatever the row is; and of its own members one that is missing."""
        bench = self.bench()
        peer = bench.caller()
        for method in bench.methods():
            if not about_accounts(method) or method['name'] in ('linger.list', 'linger.disable', 'manager.stop') or \
                    method['place'] == 'journal':
                continue
            good = sample(method['result'], [UNIT])
            lies = [{**good, 'more': 1}]
            if good:
                lies.append({k: v for k, v in good.items() if k != min(good)})
            for lie in lies:
                with self.subTest(method=method['name'], lie=lie):
                    bench.work = lambda bench, request: request.worker.reply(request, lie)
                    call = bench.request(peer, method['name'], **bench.parameters_for(method, 'svc-web'))
                    if method['place'] == 'daemon and worker':  # of which something is known without a worker
                        self.assertEqual(body(call)['accounts'][0]['error']['name'], 'WorkerFailed')
                    else:
                        self.assert_error(call, 'WorkerFailed', 'svc-web')
                    if method['changes']:
                        outcome = bench.journal.outcomes(method=method['name'])[-1]
                        self.assertEqual(outcome['USERUNIT_ERROR'], 'WorkerFailed')

    def test_a_liar_is_given_up(self):
        bench = self.bench()
        peer = bench.caller()
        bench.work = lambda bench, request: request.worker.frame(F_REPLY, request.serial, b'hello')
        call = bench.request(peer, 'units.list', accounts=['svc-web'])
        self.assert_error(call, 'WorkerFailed')
        bench.wait(lambda: bench.spawner.kills)
        self.assert_works(bench, peer)
        self.assertEqual(bench.spawner.children, 102)

    def test_frames(self):
        bench = self.bench()
        peer = bench.caller()
        for what, breach in BREACHES.items():
            with self.subTest(breach=what):
                spawned = bench.spawner.children
                bench.work = lambda bench, request: breach(request.worker, request)
                self.check(bench, peer)
                # The next one had a worker of its own.
                self.assertEqual(bench.spawner.children, spawned + 1 if spawned > 100 else 102)

    def test_descriptor_of_the_wrong_method(self):
        bench = self.bench()
        bench.work = lambda bench, request: request.worker.reply(request, sample(
            bench.method(request.method)['result'], [UNIT]), [bench.some_file()])
        peer = bench.caller()
        call = bench.request(peer, 'units.cat', accounts=['svc-web'], units=['app'])
        self.assertIsNone(call.error)
        os.close(call.reply.fds[0])
        self.check(bench, peer, 'units.state', units=['app'])

    def test_answers_about_others(self):
        """A worker speaks for its own account: what it says of others stays words in its own row, and the journal
        gets no outcome of a unit that nobody asked about."""
        bench = self.bench()
        bench.work = lambda bench, request: request.worker.reply(
            request, {'units': [{'unit': UNIT, 'result': 'done', 'changed': True},
                                {'unit': 'other.service', 'result': 'done', 'changed': True}], 'changed': True})
        bench.request(bench.caller(), 'units.stop', accounts=['svc-web'], units=['app'])
        self.assertEqual([r['USERUNIT_UNIT'] for r in bench.journal.outcomes()], [UNIT])

    def test_outcome_of_a_unit_that_the_answer_leaves_out(self):
        bench = self.bench()
        bench.work = lambda bench, request: request.worker.reply(
            request, {'units': [{'unit': 'other.service', 'result': 'done'}], 'changed': True})
        bench.request(bench.caller(), 'units.stop', accounts=['svc-web'], units=['app'])
        (outcome,) = bench.journal.outcomes()
        self.assertEqual(outcome['USERUNIT_UNIT'], UNIT)
        self.assertNotEqual(outcome['USERUNIT_RESULT'], 'done')

    def test_answer_in_the_name_of_another_account(self):
        """The serial of another account's exchange is as wrong as any."""
        bench = self.bench()
        held = {}
        bench.work = lambda bench, request: held.__setitem__(request.uid, request)
        peer = bench.caller()
        web, api = (bench.send(peer, 'units.list', accounts=[a]) for a in ('svc-web', 'svc-api'))
        bench.wait(lambda: len(held) == 2)
        held[WEB].worker.frame(F_REPLY, held[API].serial, change(description='forged'))
        peer.wait(web)
        self.assert_error(web, 'WorkerFailed')
        self.assertFalse(api.done)
        bench.right_answer(held[API])
        peer.wait(api)
        self.assertNotIn('forged', api.reply.body[0])

    def test_second_answer(self):
        """An answer too many hits nobody: the worker is given up."""
        bench = self.bench()

        def twice(bench, request):
            request.worker.reply(request, GOOD_LIST)
            request.worker.reply(request, GOOD_LIST)

        bench.work = twice
        peer = bench.caller()
        self.assertIsNone(bench.request(peer, 'units.list', accounts=['svc-web']).error)
        bench.wait(lambda: bench.spawner.kills)
        self.assert_works(bench, peer)

    def test_speaks_unasked(self):
        """Warm, and then it says something."""
        bench = self.bench()
        peer = bench.caller()
        self.assert_works(bench, peer)
        bench.spawner.workers[0].frame(F_REPLY, 1, GOOD_LIST)
        bench.wait(lambda: bench.spawner.kills)
        self.assert_works(bench, peer)

    def test_errors_are_passed_on(self):
        bench = self.bench()
        peer = bench.caller()
        for name in ('NoSuchUnit', 'UnitRefused', 'ManagerFailed', 'HomeUnavailable'):
            bench.work = lambda bench, request: request.worker.error(request, name, 'The text of the worker.')
            call = bench.request(peer, 'units.stop', accounts=['svc-web'], units=['app'])
            self.assert_error(call, name, 'The text of the worker.')
            self.assertEqual(bench.journal.outcomes()[-1]['USERUNIT_ERROR'], name)
        bench.work = lambda bench, request: request.worker.error(request, 'ManagerNotRunning', 'x')
        call = bench.request(peer, 'units.start', accounts=['svc-web'], units=['app'])
        self.assert_error(call, 'ManagerNotRunning', 'userunitctl enable-linger svc-web', 'manager start svc-web')

    def test_unreachable_manager(self):
        """A worker sees that nobody answers; what to do about it depends on what PID 1 knows."""
        bench = self.bench()
        peer = bench.caller()
        bench.work = lambda bench, request: request.worker.error(request, 'ManagerNotRunning', 'x')
        for state, words in (('inactive', ('is not running', 'userunitctl enable-linger svc-web')),
                             ('failed', ('has failed', 'userunitctl doctor svc-web', 'manager restart svc-web')),
                             ('activating', ('is starting', 'try again')),
                             ('deactivating', ('is stopping', 'try again')),
                             ('active', ('socket is gone or stale', 'userunitctl doctor svc-web'))):
            for method in ('units.start', 'units.stop'):
                with self.subTest(state=state, method=method):
                    bench.system.active[WEB] = state
                    call = bench.request(peer, method, accounts=['svc-web'], units=['app'])
                    self.assert_error(call, 'ManagerNotRunning', *words)
        bench.system.list_script = lambda system, message: system.pid1.error(message, 'org.example.Error', 'x')
        call = bench.request(peer, 'units.start', accounts=['svc-web'], units=['app'])
        self.assert_error(call, 'ManagerNotRunning', 'userunitctl enable-linger svc-web')

    def test_caller_leaves_an_unreachable_manager(self):
        """PID 1 is being asked when the caller goes: nothing is left, and the next request is served."""
        bench = self.bench()
        peer = bench.caller()
        bench.work = lambda bench, request: request.worker.error(request, 'ManagerNotRunning', 'x')
        asked = []
        bench.system.list_script = lambda system, message: asked.append(message)
        bench.send(peer, 'units.list', accounts=['svc-web'])
        bench.wait(lambda: asked)
        bench.hang_up(peer)
        bench.system.list_script = None
        call = bench.request(bench.caller(), 'units.start', accounts=['svc-web'], units=['app'])
        self.assert_error(call, 'ManagerNotRunning')
        bench.system.on_list(asked[0])
        call = bench.request(bench.caller(), 'units.start', accounts=['svc-web'], units=['app'])
        self.assert_error(call, 'ManagerNotRunning')


class DyingTest(BusTest):
    def test_killed_in_the_middle(self):
        """The request fails at once, the outcome says so, the next one works."""
        bench = self.bench()
        peer = bench.caller()
        for method in bench.methods():
            if method['place'] == 'worker':
                with self.subTest(method=method['name']):
                    bench.work = lambda bench, request: request.worker.exit()
                    call = bench.request(peer, method['name'], **bench.parameters_for(method, 'svc-web'))
                    self.assert_error(call, 'WorkerFailed')
                    self.assertLess(call.elapsed, 2)
                    outcomes = bench.journal.outcomes(method=method['name'], error='WorkerFailed')
                    self.assertEqual(len(outcomes), 1 if method['changes'] else 0)
        self.assert_works(bench, peer)

    def test_killed_while_it_waits_for_a_job(self):
        bench = self.bench()
        bench.work = lambda bench, request: request.worker.waiting(request)
        peer = bench.caller()
        calls = [bench.send(peer, 'units.restart', accounts=['svc-web'], units=[u]) for u in 'abc']
        bench.wait(lambda: len(bench.effects) == 3)
        bench.loop.rest(0.05)
        for worker in list(bench.spawner.workers):
            worker.exit()
        peer.wait(*calls)
        for call in calls:
            self.assert_error(call, 'WorkerFailed', 'the job itself goes on')
        self.assertEqual({r['USERUNIT_ERROR'] for r in bench.journal.outcomes()}, {'WorkerFailed'})
        self.assertEqual(len(bench.journal.outcomes()), 3)
        self.assert_works(bench, peer)

    def test_killed_when_warm(self):
        bench = self.bench()
        peer = bench.caller()
        for _ in range(20):
            self.assert_works(bench, peer)
            bench.spawner.workers[0].exit()
            # The next request may meet the dying one: it fails or works, and the one after it works.
            call = bench.request(peer, 'units.list', accounts=['svc-web'])
            self.assertIn(call.error, (None, 'org.userunit1.Error.WorkerFailed'))

    def test_unkillable(self):
        """A worker stuck in a dead home: its account gets HomeUnavailable at once, the others do not notice."""
        bench = self.bench()
        peer = bench.caller()
        bench.work = lambda bench, request: request.worker.frame(F_REPLY, 0, b'{}')
        bench.spawner.immortal = True
        self.assert_error(bench.request(peer, 'units.list', accounts=['svc-web']), 'WorkerFailed')
        bench.loop.rest(0.6)
        bench.work = type(bench).right_answer
        for method in bench.methods():
            if method['place'] == 'worker' and method['changes']:
                call = bench.request(peer, method['name'], **bench.parameters_for(method, 'svc-web'))
                self.assert_error(call, 'HomeUnavailable')
                self.assertLess(call.elapsed, 0.5)
        self.assert_works(bench, peer, account='svc-api')
        bench.spawner.immortal = False
        for worker in list(bench.spawner.workers):
            if worker.uid == WEB:
                worker.exit()
        bench.loop.rest(0.05)
        self.assert_works(bench, peer)

    def test_account_was_changed_since(self):
        """A warm worker of an account that is another one now is not asked anything."""
        bench = self.bench()
        peer = bench.caller()
        self.assert_works(bench, peer)
        bench.accounts.find('svc-web').home = '/home/new'
        self.assert_works(bench, peer)
        self.assertEqual([r.home for r in bench.spawner.requests], ['/home/svc-web', '/home/new'])
        self.assertEqual(len({r.worker.child for r in bench.spawner.requests}), 2)

    def test_warm_worker_is_used_again(self):
        bench = self.bench()
        peer = bench.caller()
        for _ in range(10):
            self.assert_works(bench, peer)
        self.assertEqual(bench.spawner.children, 101)

    @needs_test_build
    def test_idle_worker_goes(self):
        bench = self.bench(short=['WORKER_IDLE'])
        self.assert_works(bench)
        self.assertEqual(len(bench.spawner.workers), 1)
        bench.wait(lambda: not bench.spawner.workers, 4)


class HangingTest(BusTest):
    @needs_test_build
    def test_silent(self):
        bench = self.bench(short=['EXCHANGE'])
        peer = bench.caller()
        for name in ('units.list', 'units.restart', 'units.kill'):
            bench.work = lambda bench, request: None
            kills = len(bench.spawner.kills)
            units = {} if name == 'units.list' else {'units': ['app']}
            call = bench.request(peer, name, accounts=['svc-web'], **units)
            self.assert_error(call, 'Timeout')
            self.assertGreater(call.elapsed, SHORT['EXCHANGE'] * 0.9 / 1000)
            self.assertLess(call.elapsed, 3)
            self.assertEqual(len(bench.spawner.kills), kills + 1)
            self.assert_works(bench, peer)
        self.assertEqual([r['USERUNIT_ERROR'] for r in bench.journal.outcomes()], ['Timeout', 'Timeout'])

    @needs_test_build
    def test_silent_where_the_row_has_a_deadline_of_its_own(self):
        bench = self.bench(short=['ROW'])
        peer = bench.caller()
        bench.work = lambda bench, request: None
        for name in ('manager.reload', 'unit-files.enable'):
            method = bench.method(name)
            call = bench.request(peer, name, **bench.parameters_for(method, 'svc-web'))
            self.assert_error(call, 'Timeout')
            self.assertGreater(call.elapsed, SHORT['ROW'] * 0.9 / 1000)

    @needs_test_build
    def test_drips(self):
        """A byte at a time: the deadline counts from the question."""
        bench = self.bench(short=['EXCHANGE'])
        peer = bench.caller()

        def drip(bench, request):
            data = FRAME.pack(1000, F_REPLY, 0, request.serial) + b'{' * 1000

            def next_byte(at):
                if not request.worker.dead and at < len(data):
                    request.worker.bytes(data[at:at + 1])
                    bench.loop.later(0.02, lambda: next_byte(at + 1))

            next_byte(0)

        bench.work = drip
        call = bench.request(peer, 'units.list', accounts=['svc-web'])
        self.assert_error(call, 'Timeout')
        self.assertLess(call.elapsed, 3)
        self.assert_works(bench, peer)

    def test_others_do_not_wait(self):
        bench = self.bench()
        bench.work = lambda bench, request: None if request.uid == WEB else bench.right_answer(request)
        peer = bench.caller()
        stuck = bench.send(peer, 'units.list', accounts=['svc-web'])
        for _ in range(5):
            call = bench.request(peer, 'units.list', accounts=['svc-api'])
            self.assertIsNone(call.error)
            self.assertLess(call.elapsed, 1)
        self.assertFalse(stuck.done)

    @needs_test_build
    def test_queue_is_bounded_too(self):
        """Who waits for a worker of an account that hangs waits no longer than the deadline."""
        bench = self.bench(short=['EXCHANGE'])
        bench.work = lambda bench, request: None
        peer = bench.caller()
        calls = [bench.send(peer, 'units.list', accounts=['svc-web']) for _ in range(8)]
        peer.wait(*calls)
        for call in calls:
            self.assertIn(call.error.rpartition('.')[2], ('Timeout', 'HomeUnavailable', 'WorkerFailed'))
            self.assertLess(call.elapsed, 3)


class JobTest(BusTest):
    """FRAME_WAITING: the worker waits for jobs and is free for others meanwhile."""

    def restart(self, bench, peer, unit='app'):
        return bench.send(peer, 'units.restart', accounts=['svc-web'], units=[unit])

    def test_waits(self):
        bench = self.bench()
        held = []

        def wait(bench, request):
            if request.method == 'units.restart':
                held.append(request)
                request.worker.waiting(request)
            else:
                bench.right_answer(request)

        bench.work = wait
        peer = bench.caller()
        calls = [self.restart(bench, peer, u) for u in 'abcd']
        bench.wait(lambda: len(held) == 4)
        self.assertIsNone(bench.request(peer, 'units.list', accounts=['svc-web']).error)
        self.assertLessEqual(len(bench.spawner.workers), 2)
        # In any order.
        for request in reversed(held):
            bench.right_answer(request)
        peer.wait(*calls)
        for call, unit in zip(calls, 'abcd'):
            self.assertEqual(body(call)['accounts'][0]['units'][0]['unit'], unit + '.service')
        self.assertEqual(len(bench.journal.outcomes()), 4)

    def test_waits_twice(self):
        bench = self.bench()

        def twice(bench, request):
            request.worker.waiting(request)
            request.worker.waiting(request)

        bench.work = twice
        peer = bench.caller()
        self.assert_error(peer.wait(self.restart(bench, peer)), 'WorkerFailed')
        self.assert_works(bench, peer)

    def test_waits_with_a_payload(self):
        bench = self.bench()
        bench.work = lambda bench, request: request.worker.frame(F_WAITING, request.serial, b'{}')
        peer = bench.caller()
        self.assert_error(peer.wait(self.restart(bench, peer)), 'WorkerFailed')

    def test_too_many_jobs(self):
        """A worker cannot be made to wait for more than it keeps track of; sixteen is what one person may have."""
        bench = self.bench()
        bench.work = lambda bench, request: request.worker.waiting(request)
        calls = [self.restart(bench, p, f'u{i}') for p in (bench.caller(), bench.caller()) for i in range(8)]
        bench.wait(lambda: len(bench.effects) == 16)
        self.assertEqual([c for c in calls if c.done], [])

    @needs_test_build
    def test_job_that_never_ends(self):
        bench = self.bench(short=['ROW'])
        held = []

        def wait(bench, request):
            held.append(request)
            request.worker.waiting(request)

        bench.work = wait
        peer = bench.caller()
        call = peer.wait(self.restart(bench, peer))
        self.assert_error(call, 'Timeout', 'goes on')
        self.assertGreater(call.elapsed, SHORT['ROW'] * 0.9 / 1000)
        # The worker is still good, and its late answer hits nobody.
        self.assertEqual(bench.spawner.kills, [])
        held[0].worker.reply(held[0], sample(bench.method('units.restart')['result'], [UNIT]))
        self.assert_works(bench, peer)
        self.assertEqual(bench.spawner.children, 101)

    def test_job_results(self):
        bench = self.bench()
        bench.work = lambda bench, request: request.worker.reply(request, {
            'units': [{'unit': u, 'result': 'failed', 'changed': True, 'active': 'failed',
                       'service_result': 'exit-code'} for u in request.units], 'changed': True})
        reply = body(bench.request(bench.caller(), 'units.start', accounts=['svc-web'], units=['app']))
        self.assertEqual(reply['accounts'][0]['units'][0]['service_result'], 'exit-code')
        self.assertTrue(reply['changed'])
        self.assertEqual(bench.journal.outcomes()[0]['USERUNIT_RESULT'], 'failed')


if __name__ == '__main__':
    main()
