# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who asks: the caller's uid and connection, and callers that leave while they are asked about."""

import random

import mock_polkit as polkit
from bench import ME, OTHERS, UNIT, WEB, BusTest, about_accounts, body, main, needs_root


class GoneTest(BusTest):
    """The caller leaves the bus."""

    def test_while_polkit_is_asked(self):
        bench = self.bench(polkit=polkit.never)
        for n, method in enumerate(m for m in bench.methods() if about_accounts(m)):
            with self.subTest(method=method['name']):
                peer = bench.caller()
                bench.send(peer, method['name'], interactive=n % 2 == 0, **bench.parameters_for(method, 'svc-web'))
                bench.wait(lambda: len(bench.polkit.questions) == n + 1)
                bench.hang_up(peer)
                bench.wait(lambda: len(bench.polkit.cancelled) == n + 1)
                self.assertEqual(bench.polkit.cancelled[-1], bench.polkit.questions[-1].cancellation)
                # An answer after all this is nobody's.
                polkit.yes(bench.polkit, bench.polkit.questions[-1])
        bench.loop.rest(0.05)
        self.assertEqual(bench.effects, [])
        for record in bench.journal.verdicts():
            self.assertEqual((record['USERUNIT_VERDICT'], record['USERUNIT_ERROR']), ('refused', 'Cancelled'))
        self.assertEqual(bench.journal.outcomes(), [])
        self.assert_works(bench)

    def test_access_questions_are_taken_back_too(self):
        bench = self.bench(polkit=polkit.never)
        peer = bench.caller()
        bench.send(peer, 'access.list')
        bench.wait(lambda: len(bench.polkit.questions) == 4)
        bench.hang_up(peer)
        bench.wait(lambda: len(bench.polkit.cancelled) == 4)
        bench.loop.rest(0.05)
        self.assertEqual(len(bench.polkit.questions), 4)

    def test_while_the_account_is_looked_up(self):
        bench = self.bench()
        bench.accounts.script = lambda reply, key: None
        peer = bench.caller()
        bench.send(peer, 'units.stop', accounts=['svc-web'], units=['app'])
        bench.wait(lambda: bench.accounts.asked)
        bench.hang_up(peer)
        bench.wait(lambda: bench.journal.verdicts(error='Cancelled'))
        bench.accounts.script = None
        self.assert_works(bench)
        self.assertEqual([e.what for e in bench.effects], ['units.list'])

    def test_between_answer_and_act(self):
        """Gone while the account is confirmed: nothing is done, and the journal does not say that it was."""
        bench = self.bench()
        held = []
        bench.accounts.script = lambda reply, key: \
            held.append(reply) if len(bench.accounts.asked) > 1 else reply.account(bench.accounts.find(key))
        peer = bench.caller()
        bench.send(peer, 'units.stop', accounts=['svc-web'], units=['app'])
        bench.wait(lambda: held)
        bench.hang_up(peer)
        bench.wait(lambda: bench.journal.verdicts(error='Cancelled'))
        held[0].account(bench.accounts.by_uid(WEB))
        bench.loop.rest(0.05)
        self.assertEqual((bench.effects, bench.journal.verdicts(verdict='granted')), ([], []))

    def test_while_a_change_is_made(self):
        """What was begun comes to its end, and the journal hears of it."""
        bench = self.bench()
        held = []
        bench.work = lambda bench, request: held.append(request)
        peer = bench.caller()
        bench.send(peer, 'units.restart', accounts=['svc-web'], units=['app'])
        bench.wait(lambda: held)
        bench.hang_up(peer)
        bench.loop.rest(0.05)
        bench.right_answer(held[0])
        bench.wait(lambda: bench.journal.outcomes())
        (outcome,), (verdict,) = bench.journal.outcomes(), bench.journal.verdicts()
        self.assertEqual(outcome['USERUNIT_REQUEST'], verdict['USERUNIT_REQUEST'])
        self.assertEqual(outcome['USERUNIT_UNIT'], UNIT)

    def test_while_a_read_is_made(self):
        bench = self.bench()
        held = []
        bench.work = lambda bench, request: held.append(request)
        peer = bench.caller()
        bench.send(peer, 'units.list', accounts=['svc-web'])
        bench.wait(lambda: held)
        bench.hang_up(peer)
        bench.loop.rest(0.05)
        bench.right_answer(held[0])
        self.assert_works(bench)

    def test_race(self):
        """Callers that leave at any moment of a request; security.md's disconnect_race."""
        bench = self.bench(polkit=polkit.never)
        self.assert_works(bench)
        bench.effects.clear()
        fds = bench.count_descriptors()
        dice = random.Random(2)
        for turn in range(300):
            peer = bench.caller()
            # Polkit answers yes, but only ever to a caller that has left.
            before = len(bench.polkit.questions)
            bench.send(peer, 'units.stop', accounts=['svc-web'], units=['app'])
            bench.loop.rest(dice.uniform(0, 0.004))
            bench.hang_up(peer)
            for question in bench.polkit.questions[before:]:
                polkit.yes(bench.polkit, question)
        bench.poll(lambda: len(bench.polkit.cancelled) == len(bench.polkit.questions), 2)
        bench.loop.rest(0.1)
        # Where the answer overtook the news of the departure, the daemon could not know; nothing else happened.
        self.assertLessEqual(len(bench.effects), len(bench.journal.verdicts(verdict='granted')))
        bench.polkit.script = polkit.yes
        self.assert_works(bench)
        self.assertTrue(bench.poll(lambda: bench.count_descriptors() == fds, 2))

    def test_leaves_without_waiting(self):
        """Polkit says no to everyone, at once: 500 callers that leave within the first moments get nothing done."""
        bench = self.bench(polkit=polkit.no)
        for _ in range(500):
            peer = bench.caller()
            bench.send(peer, 'units.stop', accounts=['svc-web'], units=['app'])
            bench.hang_up(peer)
        self.assert_works(bench)
        self.assertEqual([e.what for e in bench.effects], ['units.list'])


class UidTest(BusTest):
    @needs_root
    def test_uid_decides_what_is_ones_own(self):
        bench = self.bench()
        bench.accounts.add('you', OTHERS[0])
        you = OTHERS[0]
        for uid, account, action in ((ME, 'me', 'control-own'), (ME, 'you', 'control'), (you, 'you', 'control-own'),
                                     (you, 'me', 'control'), (0, 'me', 'control')):
            bench.polkit.questions.clear()
            call = bench.request(bench.caller(uid), 'units.stop', accounts=[account], units=['app'])
            self.assertIsNone(call.error, call.text)
            self.assertEqual([q.short for q in bench.polkit.questions], [(action, account, UNIT)])
            self.assertEqual(bench.journal.verdicts()[-1]['USERUNIT_CALLER_UID'], str(uid))

    def test_without_an_account_it_is_ones_own(self):
        bench = self.bench()
        reply = body(bench.request(bench.caller(), 'units.stop', units=['app']))
        self.assertEqual([a['account'] for a in reply['accounts']], ['me'])
        self.assertEqual([q.short for q in bench.polkit.questions], [('control-own', 'me', UNIT)])
        self.assertEqual([e.uid for e in bench.effects], [ME])

    def test_own_name_of_another_uid_is_not_ones_own(self):
        """A name is nobody's proof: what counts is the uid that the name service gives it."""
        bench = self.bench()
        bench.accounts.script = lambda reply, key: reply.account(bench.accounts.by_uid(WEB))
        bench.request(bench.caller(), 'units.stop', accounts=['me'], units=['app'])
        self.assertEqual([q.action for q in bench.polkit.questions], ['org.userunit1.control'])

    def test_subject_is_the_connection(self):
        """Two connections of one person: each is asked about under its own name."""
        bench = self.bench()
        for peer in (bench.caller(), bench.caller()):
            bench.request(peer, 'units.stop', units=['app'])
            self.assertEqual((bench.polkit.questions[-1].subject_kind, bench.polkit.questions[-1].subject),
                             ('system-bus-name', {'name': peer.name}))

    def test_requests_before_the_uid_is_known(self):
        """The first requests of a connection wait for the bus driver's word; all get their answers."""
        bench = self.bench()
        peer = bench.caller()
        calls = [bench.send(peer, 'units.list', accounts=['svc-web']) for _ in range(8)]
        peer.wait(*calls)
        for call in calls:
            body(call)


class OracleTest(BusTest):
    def test_a_unit_is_not_told_from_none(self):
        """Who may not look is not told whether a unit is there: the answers differ in its name only."""
        bench = self.bench(polkit=polkit.no)
        bench.work = lambda bench, request: request.worker.error(request, 'NoSuchUnit')
        peer = bench.caller()
        for method in bench.methods():
            if method['takes_units'] and about_accounts(method):
                texts = [bench.request(peer, method['name'], accounts=['svc-web'], units=[u]).text.replace(u, 'UNIT')
                         for u in ('app.service', 'missing.service')]
                self.assertEqual(texts[0], texts[1])
        self.assertEqual(bench.effects, [])


class AccessTest(BusTest):
    """What may I do: answers, and nothing else."""

    def test_check_asks_what_would_be_asked(self):
        bench = self.bench(polkit=polkit.when(lambda q: q.action.endswith('control'), polkit.challenge, polkit.yes))
        peer = bench.caller()
        for method in bench.methods():
            if not about_accounts(method):
                continue
            for account, action in (('me', method['action_own']), ('svc-web', method['action_other'])):
                with self.subTest(method=method['name'], account=account):
                    bench.polkit.questions.clear()
                    units = {'units': ['app']} if method['takes_units'] else {}
                    reply = body(bench.request(peer, 'access.check', interactive=True, verb=method['verb'],
                                               accounts=[account], **units))
                    (answer,) = reply['answers']
                    wanted = 'password' if action == 'org.userunit1.control' else 'yes'
                    self.assertEqual((answer['answer'], answer['action'], answer['method']),
                                     (wanted, action, method['name']))
                    (question,) = bench.polkit.questions
                    self.assertEqual((question.action, question.flags), (action, 0))
                    self.assertEqual([question.details[k] for k in ('verb', 'method', 'account')],
                                     [method['verb'], method['name'], account])
        self.assertEqual(bench.effects, [])

    def test_check_of_itself(self):
        """What has no action is never allowed, and polkit is not asked about nothing."""
        bench = self.bench()
        for verb in ('can', 'can-list', 'access.check'):
            reply = body(bench.request(bench.caller(), 'access.check', verb=verb, accounts=['svc-web'], units=['app']))
            self.assertEqual({a['answer'] for a in reply['answers']}, {'no'})
        self.assertEqual(bench.polkit.questions, [])

    def test_check_needs_both_for_privileged_accounts(self):
        bench = self.bench(polkit=polkit.when(lambda q: q.action.endswith('privileged-account'), polkit.no,
                                              polkit.yes))
        reply = body(bench.request(bench.caller(), 'access.check', verb='restart', accounts=['boss'], units=['app']))
        self.assertEqual(reply['answers'][0]['answer'], 'no')

    def test_list(self):
        bench = self.bench(polkit=polkit.when(lambda q: q.action.endswith('-own'), polkit.yes, polkit.error()))
        reply = body(bench.request(bench.caller(), 'access.list', interactive=True))
        answers = {a['action']: a['answer'] for a in reply['actions']}
        self.assertEqual(set(answers.values()), {'yes', 'no'})
        for action, answer in answers.items():
            self.assertEqual(answer, 'yes' if action.endswith('-own') else 'no')
        self.assertEqual({q.flags for q in bench.polkit.questions}, {0})
        self.assertEqual(bench.effects, [])

    def test_errors_are_no(self):
        for script in (polkit.error(), polkit.raw('s', 'yes'), polkit.no):
            bench = self.bench(polkit=script)
            reply = body(bench.request(bench.caller(), 'access.check', verb='restart', accounts=['svc-web'],
                                       units=['app']))
            self.assertEqual(reply['answers'][0]['answer'], 'no')


if __name__ == '__main__':
    main()
