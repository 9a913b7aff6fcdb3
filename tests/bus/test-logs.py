# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is read from the journal: who may, what userunit-journal is told, and what becomes of a reader when it, the
caller or the service goes away. The helper is played."""

import json
import os
import signal
import time

import mock_polkit as polkit
from bench import ME, OTHERS, SHORT, WEB, BusTest, body, limit, main, needs_root, needs_test_build, read_all
from mock_spawner import F_ERROR, F_PART, F_REPLY, FRAME

JOURNAL = ('logs.read', 'events.list', 'events.watch', 'history.list')
WIDE = JOURNAL[1:]


def hold(bench, query):
    """A reader that goes on."""


def may(*accounts):
    return polkit.when(lambda q: q.details['account'] in accounts, polkit.yes)


class LogsTest(BusTest):
    def logs_bench(self, *linger, **kwargs):
        """A bench with accounts for patterns to find."""
        bench = self.bench(**kwargs)
        for name in linger or ('me', 'svc-web', 'svc-api'):
            open(f'{bench.path("linger")}/{name}', 'w').close()
        return bench

    def open(self, bench, peer, method='logs.read', wait=True, **parameters):
        """The end to read of a pipe, and what the helper was asked."""
        n = len(bench.reader.queries)
        call = bench.request(peer, method, **parameters)
        self.assertIsNone(call.error, call.text)
        (fd,) = call.reply.fds
        self.addCleanup(os.close, fd)
        if wait:
            bench.wait(lambda: len(bench.reader.queries) > n)
        return fd, bench.reader.queries[-1] if wait else None

    def assert_cut_off(self, bench, fd):
        self.assertFalse([line for line in read_all(bench, fd) if set(line) & {'end', 'error'}])


class AuthorisedTest(LogsTest):
    def test_call_is_refused(self):
        bench = self.bench()
        for method in JOURNAL:
            call = bench.send_text(bench.caller(), '{"method":"%s","parameters":{"accounts":["svc-web"]}}' % method)
            call.bench.wait(lambda: call.done)
            self.assert_error(call, 'InvalidRequest', 'Open', method)
        self.assertEqual((bench.polkit.questions, bench.reader.queries), ([], []))

    def test_query(self):
        bench = self.bench()
        fd, query = self.open(bench, bench.caller(), accounts=['svc-web'], units=['app.service', 'web-*'], follow=True,
                              lines=0, since=1 << 53, grep='a\u001bb', priorities=['err', 'info'])
        self.assertEqual(query.query['grants'],
                         [{'uid': WEB, 'account': 'svc-web', 'units': ['app.service', 'web-*']}])
        self.assertEqual(query.parameters, {'follow': True, 'lines': 0, 'since': 1 << 53, 'grep': 'a\u001bb',
                                            'priorities': ['err', 'info']})
        self.assertNotIn('everyone', query.query)
        line, end = read_all(bench, fd)
        self.assertEqual(line, {'account': 'svc-web', 'uid': WEB})
        self.assertEqual((end['end']['complete'], end['end']['method']), (True, 'logs.read'))
        self.assertNotIn('journald', end['end'])
        self.assertEqual([q.short for q in bench.polkit.questions],
                         [('read-logs', 'svc-web', 'app.service'), ('read-logs', 'svc-web', 'web-*')])

    def test_own(self):
        for method, action in zip(JOURNAL, ('read-logs-own', 'inspect-own', 'inspect-own', 'inspect-own')):
            bench = self.bench()
            _, query = self.open(bench, bench.caller(), method, accounts=['me'])
            self.assertEqual([q.short for q in bench.polkit.questions], [(action, 'me', '*')])
            self.assertEqual((query.grants, query.everyone), ({'me': ['*']}, False))

    def test_denied(self):
        """An error of the call, with the rule that would be needed, and nothing is read."""
        bench = self.bench(polkit=polkit.no)
        for method in JOURNAL:
            call = bench.request(bench.caller(), method, accounts=['svc-web'], units=['app.service'])
            action = 'org.userunit1.read-logs' if method == 'logs.read' else 'org.userunit1.inspect'
            self.assert_error(call, 'NotAuthorized', f'"{action}"', 'polkit.addRule', '"account") == "svc-web"',
                              '"unit") == "app.service"', f'"verb") == "{bench.method(method)["verb"]}"')
        bench.loop.rest(0.1)
        self.assertEqual(bench.reader.queries, [])

    def test_prompt(self):
        """One that is named may cost a password."""
        bench = self.bench(polkit=polkit.prompt(polkit.yes))
        peer = bench.caller()
        self.assert_error(bench.request(peer, 'logs.read', accounts=['svc-web']), 'NotAuthorized', 'password')
        self.assertTrue(body(bench.request(peer, 'logs.read', interactive=True, accounts=['svc-web'],
                                           units=['app.service']))['complete'])
        self.assertEqual([q.flags for q in bench.polkit.questions], [0, 1])

    def test_pattern_never_prompts(self):
        bench = self.logs_bench(polkit=polkit.prompt(polkit.yes))
        reply = body(bench.request(bench.caller(), 'logs.read', interactive=True, accounts=['svc-*']))
        self.assertEqual((reply['complete'], reply['accounts']), (False, []))
        self.assertEqual({q.flags for q in bench.polkit.questions}, {0})
        self.assertEqual(bench.reader.queries, [])

    def test_pattern_of_logs(self):
        """Each account is asked about: no right stands for the logs of all."""
        bench = self.logs_bench(polkit=polkit.when(lambda q: q.details['account'] != 'svc-api', polkit.yes))
        reply = body(bench.request(bench.caller(), 'logs.read', accounts=['*'], units=['app.service']))
        (query,) = bench.reader.queries
        self.assertEqual((query.grants, query.everyone), ({'me': ['app.service'], 'svc-web': ['app.service']}, False))
        self.assertEqual(sorted(q.short for q in bench.polkit.questions), [
            ('read-logs', 'svc-api', 'app.service'), ('read-logs', 'svc-web', 'app.service'),
            ('read-logs-own', 'me', 'app.service')])
        self.assertEqual((reply['complete'], query.query['preface']), (False, []))
        self.assertNotIn('refused', reply)
        (verdict,) = bench.journal.verdicts()
        self.assertEqual((verdict['USERUNIT_VERDICT'], verdict['USERUNIT_ACCOUNT'], verdict['USERUNIT_ACTION']),
                         ('granted', '*', 'org.userunit1.read-logs'))

    def test_pattern_denied(self):
        bench = self.logs_bench(polkit=polkit.no)
        for method in JOURNAL:
            reply = body(bench.request(bench.caller(), method, accounts=['svc-*']))
            self.assertEqual((reply['complete'], reply['accounts']), (False, []))
            (verdict,) = bench.journal.verdicts(method=method)
            self.assertEqual(verdict['USERUNIT_VERDICT'], 'denied')
        self.assertEqual(bench.reader.queries, [])

    def test_no_account_means_own(self):
        bench = self.logs_bench()
        _, query = self.open(bench, bench.caller(), units=['app.service'])
        self.assertEqual(query.grants, {'me': ['app.service']})

    def test_everyone(self):
        """One right stands for all there are or will be, and were; where it is granted, and asked for."""
        for method in WIDE:
            bench = self.logs_bench()
            for parameters, everyone in (({}, True), ({'accounts': ['*']}, True), ({'targets': ['*/']}, True),
                                         ({'targets': ['*/', 'svc-web/app.service']}, True),
                                         ({'accounts': ['svc-*']}, False), ({'targets': ['*/app.service']}, False),
                                         ({'accounts': ['*'], 'units': ['app.service']}, False)):
                with self.subTest(method=method, parameters=parameters):
                    fd, query = self.open(bench, bench.caller(), method, **parameters)
                    self.assertEqual(query.everyone, everyone)
                    self.assertTrue(read_all(bench, fd)[-1]['end']['complete'])
                    self.assertLessEqual({'svc-web', 'svc-api'}, set(query.grants))
            self.assertEqual({q.short[:2] for q in bench.polkit.questions}, {('inspect-all', '*')})

    def test_everyone_refused(self):
        for method in WIDE:
            bench = self.logs_bench(polkit=may('me', 'svc-web'))
            fd, query = self.open(bench, bench.caller(), method)
            self.assertEqual((query.grants, query.everyone), ({'me': ['*'], 'svc-web': ['*']}, False))
            self.assertFalse(read_all(bench, fd)[-1]['end']['complete'])

    def test_everyone_of_the_configuration(self):
        """What the service may not touch is not read about either."""
        bench = self.logs_bench(config='Accounts=svc-*;!\n')
        for method in WIDE:
            _, query = self.open(bench, bench.caller(), method)
            self.assertEqual((set(query.grants), query.everyone), ({'svc-web', 'svc-api'}, False))

    def test_everyone_is_not_incomplete(self):
        """Nothing is missing where all is read, whatever the name service says about one of them."""
        bench = self.logs_bench('svc-web', 'svc-api')
        bench.accounts.script = lambda reply, key: reply.account(bench.accounts.find(key)) \
            if key != 'svc-api' else reply.failed()
        for method in WIDE:
            fd, query = self.open(bench, bench.caller(), method)
            end = read_all(bench, fd)[-1]['end']
            self.assertEqual((query.grants, query.everyone, end['complete']), ({'svc-web': ['*']}, True, True))
            self.assertNotIn('missing', end)
        fd, query = self.open(bench, bench.caller(), accounts=['svc-*'])
        self.assertFalse(read_all(bench, fd)[-1]['end']['complete'])

    def test_partial(self):
        bench = self.bench(polkit=may('svc-web'))
        fd, query = self.open(bench, bench.caller(),
                              targets=['svc-web/app.service', 'svc-api/app.service', 'nobody-such/x.service'])
        self.assertEqual(query.grants, {'svc-web': ['app.service']})
        *lines, end = read_all(bench, fd)
        self.assertEqual({line['account']: line.get('error', {}).get('name') for line in lines},
                         {'svc-web': None, 'svc-api': 'NotAuthorized', 'nobody-such': 'NoSuchAccount'})
        self.assertEqual(lines[-1], {'account': 'svc-web', 'uid': WEB})
        self.assertFalse(end['end']['complete'])
        (refused,) = end['end']['refused']
        self.assertEqual((refused['account'], refused['unit'], refused['error']['name']),
                         ('svc-api', 'app.service', 'NotAuthorized'))
        self.assertIn('polkit.addRule', refused['error']['message'])

    def test_one_unit_of_two(self):
        bench = self.bench(polkit=polkit.when(lambda q: q.details['unit'] == 'a.service', polkit.yes))
        fd, query = self.open(bench, bench.caller(), accounts=['svc-web'], units=['a.service', 'b.service'])
        self.assertEqual((query.grants, query.query['preface']), ({'svc-web': ['a.service']}, []))
        end = read_all(bench, fd)[-1]['end']
        self.assertEqual((end['complete'], [r['unit'] for r in end['refused']]), (False, ['b.service']))

    def test_several_refused(self):
        """Nothing is left to read: the helper is not even asked."""
        bench = self.bench(polkit=polkit.no)
        reply = body(bench.request(bench.caller(), 'logs.read', accounts=['svc-web', 'svc-api'], follow=True))
        self.assertEqual([a['error']['name'] for a in reply['accounts']], ['NotAuthorized'] * 2)
        self.assertFalse(reply['complete'])
        self.assertEqual(bench.reader.queries, [])

    def test_unknown_account(self):
        bench = self.bench()
        for method in JOURNAL:
            self.assert_error(bench.request(bench.caller(), method, accounts=['nobody-such']), 'NoSuchAccount')
        self.assertEqual(bench.reader.queries, [])

    def test_account_that_changes_meanwhile(self):
        bench = self.bench(polkit=lambda mock, q: (setattr(bench.accounts.find('svc-web'), 'home', '/elsewhere'),
                                                   polkit.yes(mock, q)))
        self.assert_error(bench.request(bench.caller(), 'logs.read', accounts=['svc-web']), 'AccountChanged')
        self.assertEqual(bench.reader.queries, [])

    def test_pid1_is_not_asked(self):
        bench = self.logs_bench()
        asked = []
        bench.system.list_script = lambda system, message: asked.append(message)
        for method in JOURNAL:
            self.assertTrue(body(bench.request(bench.caller(), method, accounts=['svc-*']))['complete'])
        self.assertEqual(asked, [])

    def test_many_accounts(self):
        """More than a socket takes at once."""
        bench = self.bench()
        names, unit = [f'svc-x{i}' for i in range(1000)], 'u' * 240 + '.service'
        for i, name in enumerate(names):
            bench.accounts.add(name, 100000 + i)
            open(f'{bench.path("linger")}/{name}', 'w').close()
        bench.read = hold
        fd, query = self.open(bench, bench.caller(), 'events.watch', targets=[f'svc-x*/{unit}'], events=['failed'])
        self.assertEqual(query.grants, {name: [unit] for name in names})
        self.assertGreater(len(str(query.query)), 250000)
        query.end()
        self.assertTrue(read_all(bench, fd)[-1]['end']['complete'])

    def test_too_much(self):
        bench = self.bench()
        units = [f'{"u" * 240}-{i}.service' for i in range(500)]
        for i in range(12):
            bench.accounts.add(f'big-{i}', 100000 + i)
        call = bench.request(bench.caller(), 'logs.read',
                             targets=[f'big-{i}/{u}' for i in range(2) for u in units])
        self.assertIsNone(call.error, call.text)
        os.close(call.reply.fds[0])
        for i in range(12):
            open(f'{bench.path("linger")}/big-{i}', 'w').close()
        call = bench.request(bench.caller(), 'logs.read', targets=[f'big-*/{u}' for u in units])
        self.assert_error(call, 'LimitExceeded', 'fewer')


class HelperTest(LogsTest):
    def read_line(self, bench, fd):
        """The last line, and not the end behind it: what was sent to a helper that hangs has the pipe's other end
        until the helper is gone."""
        ready = []
        bench.loop.watch(fd, lambda: ready.append(fd))
        bench.wait(lambda: ready)
        bench.loop.unwatch(fd)
        return json.loads(os.read(fd, 4096))

    def test_absent(self):
        bench = self.logs_bench(without=['reader'])
        peer = bench.caller()
        for method in JOURNAL:
            call = bench.request(peer, method, accounts=['svc-web'])
            self.assert_error(call, 'Unavailable', 'userunit-journal.socket')
            self.assertLess(call.elapsed, 3)
        self.assert_works(bench, peer)
        call = bench.send(peer, 'logs.read', accounts=['svc-web'])
        bench.loop.rest(0.2)
        bench.reader.start()
        peer.wait(call)
        self.assertTrue(body(call)['complete'])

    def test_someone_else(self):
        """Who listens is known by the kernel's word for it."""
        if os.getuid() != 0:
            self.skipTest('another uid takes root')
        bench = self.bench(without=['reader'])
        os.chmod(bench.directory, 0o777)
        os.seteuid(65534)
        try:
            bench.reader.start()
        finally:
            os.seteuid(0)
        os.chmod(bench.path('journal'), 0o777)
        self.assert_error(bench.request(bench.caller(), 'logs.read', accounts=['svc-web']), 'Unavailable', 'else')
        self.assertEqual(bench.reader.queries, [])

    @needs_test_build
    def test_hung(self):
        """Nobody takes the request: the caller, who has the pipe already, reads why."""
        for method in JOURNAL:
            bench = self.bench(short=['JOURNAL'])
            bench.reader.hang()
            peer = bench.caller()
            started = time.monotonic()
            fd, _ = self.open(bench, peer, method, wait=False, accounts=['svc-web'])
            line = self.read_line(bench, fd)
            self.assertEqual(line['error']['name'], 'Unavailable')
            self.assertIn('in time', line['error']['message'])
            self.assertGreater(time.monotonic() - started, SHORT['JOURNAL'] * 0.9 / 1000)
            self.assert_works(bench, peer)

    @needs_test_build
    def test_hung_with_a_full_backlog(self):
        bench = self.bench(short=['JOURNAL'], without=['reader'])
        bench.reader.start(backlog=0)
        bench.reader.hang()
        peer = bench.caller()
        first, _ = self.open(bench, peer, wait=False, accounts=['svc-web'])
        call = bench.request(peer, 'logs.read', accounts=['svc-web'])
        self.assert_error(call, 'Unavailable', 'in time')
        self.assertLess(call.elapsed, 3)
        self.assertEqual(self.read_line(bench, first)['error']['name'], 'Unavailable')

    @needs_test_build
    def test_taken_is_not_hung(self):
        """What it has taken may go on for as long as it likes."""
        bench = self.bench(short=['JOURNAL'])
        bench.read = hold
        peer = bench.caller()
        queries = [self.open(bench, peer, m, accounts=['svc-web'], **({'follow': True} if m == 'logs.read' else {}))
                   for m in ('logs.read', 'events.watch', 'events.watch')]
        bench.loop.rest(SHORT['JOURNAL'] / 1000 + 0.3)
        for fd, query in queries:
            query.line({'n': 1})
            query.end()
            self.assertEqual(len(read_all(bench, fd)), 2)

    def test_dies(self):
        """A pipe without its last line was cut off."""
        for method in JOURNAL:
            bench = self.bench()
            bench.read = lambda bench, query: (query.line({'n': 1}), query.connection.close())
            peer = bench.caller()
            fd, _ = self.open(bench, peer, method, accounts=['svc-web'])
            self.assert_cut_off(bench, fd)
            bench.read = type(bench).right_lines
            self.assertTrue(body(bench.request(peer, method, accounts=['svc-web']))['complete'])

    def test_dies_before_it_reads(self):
        """What it has not read it has not begun, so it is asked once more, and once only."""
        bench = self.bench()
        peer = bench.caller()
        for method in ('logs.read', 'events.list', 'history.list'):
            bench.reader.killed = 1
            self.assertTrue(body(bench.request(peer, method, accounts=['svc-web']))['complete'])
        bench.reader.killed = 2
        fd, _ = self.open(bench, peer, wait=False, accounts=['svc-web'])
        (line,) = read_all(bench, fd)
        self.assertEqual((line['error']['name'], bench.reader.killed), ('Unavailable', 0))
        self.assertIn('userunit-journal failed', line['error']['message'])

    def test_watchers_lose_their_process(self):
        bench = self.bench()
        bench.read = hold
        peer = bench.caller()
        fds = [self.open(bench, peer, 'events.watch', accounts=['svc-web'])[0] for _ in range(3)]
        self.assertEqual(len(bench.reader.connections), 1)
        bench.reader.connections[0].close()
        for fd in fds:
            self.assert_cut_off(bench, fd)
        # The next one has a process again.
        self.open(bench, peer, 'events.watch', accounts=['svc-web'])

    def test_garbage(self):
        garbage = {
            'no frame': b'x' * 100,
            'too large': FRAME.pack(1 << 30, F_REPLY, 0, 1),
            'a result': FRAME.pack(2, F_REPLY, 0, 1) + b'{}',
            'a part': FRAME.pack(2, F_PART, 0, 1) + b'{}',
            'an error': FRAME.pack(2, F_ERROR, 0, 1) + b'{}',
            'another serial': FRAME.pack(0, F_REPLY, 0, 99),
            'half a frame': FRAME.pack(9, F_REPLY, 0, 1) + b'{',
        }
        for name, data in garbage.items():
            for method in JOURNAL:
                if (name, method) == ('another serial', 'events.watch'):
                    continue  # of one that was cancelled just then
                with self.subTest(garbage=name, method=method):
                    bench = self.bench()
                    bench.read = lambda bench, query: query.connection.bytes(data)
                    peer = bench.caller()
                    fd, query = self.open(bench, peer, method, accounts=['svc-web'])
                    if name == 'half a frame':
                        query.connection.close()
                    self.assert_cut_off(bench, fd)
                    bench.wait(lambda: not bench.reader.connections)
                    self.assertTrue(bench.poll(lambda: 'Lost a reader' in bench.stderr(), 5))
                    self.assert_works(bench, peer)

    def test_cancelled_and_ended_at_once(self):
        """What crosses the cancellation on its way is nothing to complain about."""
        bench = self.bench()
        bench.read = hold
        peer, other = bench.caller(), bench.caller()
        _, gone = self.open(bench, other, 'events.watch', accounts=['svc-web'])
        fd, query = self.open(bench, peer, 'events.watch', accounts=['svc-web'])
        bench.hang_up(other)
        bench.wait(lambda: gone.cancelled)
        gone.connection.frame(F_REPLY, gone.serial)
        bench.loop.rest(0.05)
        query.end()
        self.assertTrue(read_all(bench, fd)[-1]['end']['complete'])


class EndTest(LogsTest):
    def test_caller_gone(self):
        """A reader's connection is closed, a watcher is cancelled, and the others go on."""
        bench = self.bench()
        bench.read = hold
        peer, other = bench.caller(), bench.caller()
        _, reader = self.open(bench, peer, accounts=['svc-web'], follow=True)
        _, watcher = self.open(bench, peer, 'events.watch', accounts=['svc-web'])
        fd, stays = self.open(bench, other, 'events.watch', accounts=['svc-api'])
        bench.hang_up(peer)
        bench.wait(lambda: reader.connection.ended and watcher.cancelled)
        self.assertFalse(stays.connection.ended or stays.cancelled)
        stays.end()
        self.assertTrue(read_all(bench, fd)[-1]['end']['complete'])
        bench.wait(lambda: not bench.reader.connections)

    def test_caller_gone_before(self):
        bench = self.bench(polkit=polkit.never)
        peer = bench.caller()
        bench.send(peer, 'logs.read', accounts=['svc-web'])
        bench.wait(lambda: bench.polkit.questions)
        bench.hang_up(peer)
        bench.loop.rest(0.1)
        self.assertEqual(bench.reader.queries, [])

    def test_reader_closes_its_end(self):
        """The helper notices, and tells; the daemon does not hold the pipe open."""
        bench = self.bench()
        bench.read = hold
        call = bench.request(bench.caller(), 'logs.read', accounts=['svc-web'])
        bench.wait(lambda: bench.reader.queries)
        (query,) = bench.reader.queries
        bench.loop.rest(0.3)
        os.close(call.reply.fds[0])
        with self.assertRaises(BrokenPipeError):
            os.write(query.fd, b'x')
        query.done()
        bench.wait(lambda: not bench.reader.connections)

    def test_end_is_passed_on(self):
        """Once the helper has closed the pipe nothing else keeps it open."""
        bench = self.bench()
        bench.read = lambda bench, query: query.close()
        fd, _ = self.open(bench, bench.caller(), accounts=['svc-web'])
        started = time.monotonic()
        self.assertEqual(read_all(bench, fd), [])
        self.assertLess(time.monotonic() - started, 1)

    def test_stop(self):
        """A service that stops does not wait for those who follow, and gives the others their time."""
        for parameters, method in (({'follow': True}, 'logs.read'), ({}, 'events.watch'),
                                   ({'follow': True}, 'history.list')):
            bench = self.bench()
            bench.read = hold
            peer = bench.caller()
            fd, query = self.open(bench, peer, method, accounts=['svc-web'], **parameters)
            bench.daemon.send_signal(signal.SIGTERM)
            started = time.monotonic()
            bench.wait(lambda: query.connection.ended)
            self.assert_cut_off(bench, fd)
            bench.await_exit(0)
            self.assertLess(time.monotonic() - started, 2)

    def test_stop_waits_for_what_ends(self):
        bench = self.bench()
        bench.read = hold
        fd, query = self.open(bench, bench.caller(), accounts=['svc-web'])
        bench.daemon.send_signal(signal.SIGTERM)
        bench.loop.rest(0.2)
        self.assertIsNone(bench.daemon.poll())
        query.line({'n': 1})
        query.end()
        self.assertEqual(len(read_all(bench, fd)), 2)
        bench.await_exit(0)

    @needs_test_build
    def test_deadline_of_the_row(self):
        bench = self.bench(short=['ROW'])
        bench.read = hold
        fd, query = self.open(bench, bench.caller(), accounts=['svc-web'], follow=True)
        bench.wait(lambda: query.connection.ended)
        self.assert_cut_off(bench, fd)


class LimitsTest(LogsTest):
    def fill(self, bench, peer, method, n, **parameters):
        return [self.open(bench, peer, method, accounts=['svc-web'], **parameters) for _ in range(n)]

    def test_readers_of_a_uid(self):
        """They do not count as in flight, only as waiting, and leave room for everything else."""
        bench = self.bench()
        bench.read = hold
        peer = bench.caller()
        most = limit('journal_readers_per_uid')
        readers = self.fill(bench, peer, 'logs.read', most, follow=True)
        n = len(bench.polkit.questions)
        for method in ('logs.read', 'events.list', 'history.list'):
            self.assert_error(bench.request(bench.caller(), method, accounts=['svc-web']), 'LimitExceeded', str(most))
        self.assertEqual(len(bench.polkit.questions), n)
        self.assert_works(bench, peer)
        self.fill(bench, peer, 'events.watch', 1)

        fd, query = readers[0]
        query.end()
        read_all(bench, fd)
        bench.wait(lambda: query.connection.closed)
        self.fill(bench, peer, 'logs.read', 1)

    def test_race_for_the_last(self):
        """Who passed while there was room finds none left when polkit has answered."""
        bench = self.bench(polkit=polkit.later(0.3, polkit.yes))
        bench.read = hold
        peers = [bench.caller() for _ in range(2)]
        most = limit('journal_readers_per_uid')
        calls = [bench.send(peers[i % 2], 'logs.read', accounts=['svc-web']) for i in range(most + 3)]
        bench.wait(lambda: all(c.done for c in calls))
        for call in calls:
            for fd in call.reply.fds:
                self.addCleanup(os.close, fd)
        self.assertEqual(sorted(c.error or '' for c in calls),
                         [''] * most + ['org.userunit1.Error.LimitExceeded'] * 3)

    def test_watchers_of_a_uid(self):
        bench = self.bench()
        bench.read = hold
        peer = bench.caller()
        self.fill(bench, peer, 'events.watch', limit('waiting_per_uid'))
        self.assertEqual(len(bench.reader.connections), 1)
        self.assert_error(bench.request(bench.caller(), 'events.watch', accounts=['svc-web']), 'LimitExceeded')
        self.assert_works(bench, peer)

    @needs_root
    def test_readers_in_all(self):
        """The last places are root's."""
        bench = self.bench()
        bench.read = hold
        each, most = limit('journal_readers_per_uid'), limit('journal_readers')
        uids = ([ME] + OTHERS)[:most // each]
        self.assertEqual(len(uids), most // each)
        for uid in uids[:-1]:
            self.fill(bench, bench.caller(uid), 'logs.read', each)
        call = bench.request(bench.caller(uids[-1]), 'logs.read', accounts=['svc-web'])
        self.assert_error(call, 'LimitExceeded', str(most))
        self.fill(bench, bench.caller(0), 'logs.read', each)
        self.assert_error(bench.request(bench.caller(0), 'logs.read', accounts=['svc-web']), 'LimitExceeded')

    def test_a_slow_reader_costs_nothing(self):
        """The daemon is not in between: a pipe that nobody reads holds up the helper's process and nobody else."""
        bench = self.bench()
        bench.read = hold
        peer = bench.caller()
        _, query = self.open(bench, peer, accounts=['svc-api'])
        os.set_blocking(query.fd, False)
        with self.assertRaises(BlockingIOError):
            while True:
                os.write(query.fd, b'x' * 4096)
        bench.read = type(bench).right_lines
        self.assertTrue(body(bench.request(peer, 'logs.read', accounts=['svc-web']))['complete'])
        self.assert_works(bench, peer)


if __name__ == '__main__':
    main()
