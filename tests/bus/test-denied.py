# SPDX-License-Identifier: LGPL-2.1-or-later
"""What polkit does not allow does not happen: every method of the contract, for one's own account and for another's,
with a polkit that says no, errs, lies, hangs, dies or is not there."""

import mock_polkit as polkit
from bench import SHORT, TEST_BUILD, BusTest, about_accounts, main, needs_test_build, own_and_other

# Records of denials are counted after the first 20 of a caller, so no bench sees more.
CHUNK = 20

# Replies that are none, and what they could be taken for.
GARBAGE = {
    'nothing': polkit.raw(None),
    'a boolean': polkit.raw('b', True),
    'two booleans': polkit.raw('bb', True, False),
    'too little': polkit.raw('(bb)', (True, False)),
    'text': polkit.raw('s', 'yes'),
    'numbers': polkit.raw('(uua{ss})', (1, 0, {})),
    'other details': polkit.raw('(bba{sv})', (True, False, {})),
    'more behind': polkit.raw('(bba{ss}s)', (True, False, {}, 'x')),
    'an array': polkit.raw('a(bba{ss})', [(True, False, {})]),
}


class DeniedTest(BusTest):
    def check_denied(self, script, error, word, recorded, without=()):
        """Every method, a few at a time, with a fresh daemon for each handful."""
        pairs = own_and_other(self.bench())
        for at in range(0, len(pairs), CHUNK):
            bench = self.bench(polkit=script, without=without)
            peer = bench.caller()
            for method, account in pairs[at:at + CHUNK]:
                with self.subTest(method=method['name'], account=account):
                    if script is polkit.die and not bench.polkit.peer:
                        bench.polkit.start()
                    call = bench.request(peer, method['name'], **bench.parameters_for(method, account))
                    self.assert_error(call, error, word)
                    self.check_record(bench, method, account, recorded)
                    # Even a client that asks again does not wear it down.
                    self.assertEqual(bench.effects, [])
            bench.terminate()

    def check_record(self, bench, method, account, recorded):
        (record,) = bench.journal.verdicts(method=method['name'], account=account)
        self.assertEqual(record['USERUNIT_VERDICT'], 'denied')
        self.assertEqual(record['USERUNIT_POLKIT'], recorded)
        self.assertEqual(record['USERUNIT_ACTION'], method['action_own' if account == 'me' else 'action_other'])
        self.assertEqual(record['USERUNIT_ERROR'],
                         'NotAuthorized' if recorded in ('no', 'challenge') else 'Unavailable')
        self.assertEqual(bench.journal.outcomes(), [])

    def test_no(self):
        self.check_denied(polkit.no, 'NotAuthorized', 'needs the polkit action', 'no')

    def test_challenge(self):
        self.check_denied(polkit.challenge, 'NotAuthorized', 'password', 'challenge')

    def test_error(self):
        self.check_denied(polkit.error(), 'Unavailable', 'polkit', 'error')

    def test_error_that_looks_like_ours(self):
        self.check_denied(polkit.error('org.userunit1.Error.None', ''), 'Unavailable', 'polkit', 'error')

    def test_absent(self):
        self.check_denied(polkit.yes, 'Unavailable', 'polkit', 'error', without=['polkit'])

    def test_killed(self):
        self.check_denied(polkit.die, 'Unavailable', 'polkit', 'error')

    def test_garbage(self):
        bench = self.bench()
        peer = bench.caller()
        for name, script in GARBAGE.items():
            bench.polkit.script = script
            for method in bench.methods():
                if about_accounts(method) and method['changes']:
                    with self.subTest(garbage=name, method=method['name']):
                        call = bench.request(peer, method['name'], **bench.parameters_for(method, 'svc-web'))
                        self.assert_error(call, 'Unavailable', 'polkit', 'no answer')
        self.assertEqual(bench.effects, [])
        self.assert_works(bench)

    def test_hung(self):
        """Each within the deadline, four at a time: that is how many questions a caller has open. Without a test
        build the deadline is the real one, and four methods have to do."""
        bench = self.bench(polkit=polkit.never, short=['POLKIT'])
        peer = bench.caller()
        pairs = own_and_other(bench)
        deadline = SHORT['POLKIT'] / 1000 if TEST_BUILD else 5
        for at in range(0, len(pairs) if TEST_BUILD else 4, 4):
            calls = [(bench.send(peer, m['name'], **bench.parameters_for(m, a)), m, a) for m, a in pairs[at:at + 4]]
            peer.wait(*(call for call, _, _ in calls))
            for call, method, account in calls:
                with self.subTest(method=method['name'], account=account):
                    self.assert_error(call, 'Unavailable', 'polkit', 'in time')
                    self.assertGreater(call.elapsed, deadline * 0.9)
                    self.assertLess(call.elapsed, deadline + 2)
        # A question that nobody waits for is taken back.
        bench.wait(lambda: len(bench.polkit.cancelled) == len(bench.polkit.questions))
        self.assertEqual(bench.polkit.cancelled, [q.cancellation for q in bench.polkit.questions])

        # The answer that comes too late changes nothing.
        for question in bench.polkit.questions:
            polkit.yes(bench.polkit, question)
        bench.loop.rest(0.1)
        self.assertEqual(bench.effects, [])
        self.assert_works(bench)

    @needs_test_build
    def test_prompt_that_nobody_answers(self):
        bench = self.bench(polkit=polkit.prompt(polkit.never), short=['POLKIT_PROMPT'])
        call = bench.request(bench.caller(), 'units.stop', interactive=True, accounts=['svc-web'], units=['app'])
        self.assert_error(call, 'Unavailable', 'in time')
        self.assertGreater(call.elapsed, SHORT['POLKIT_PROMPT'] * 0.9 / 1000)
        bench.wait(lambda: bench.polkit.cancelled)
        self.assertEqual(bench.polkit.cancelled, [bench.polkit.questions[0].cancellation])
        self.assertEqual(bench.effects, [])

    def test_refusal_says_what_would_help(self):
        bench = self.bench(polkit=polkit.no)
        call = bench.request(bench.caller(), 'units.restart', accounts=['svc-web'], units=['app'])
        sentence, empty, rule = call.text.partition('\n\n')
        for word in ('restart', 'svc-web', 'app.service', 'org.userunit1.control'):
            self.assertIn(word, sentence)
            self.assertIn(word, rule)
        self.assertEqual(sentence.count('\n'), 0)
        self.assertTrue(rule.startswith('polkit.addRule(function(action, subject) {'), rule)
        for condition in ('action.lookup("account") == "svc-web"', 'action.lookup("unit") == "app.service"',
                          'action.lookup("verb") == "restart"'):
            self.assertIn(condition, rule)

    def test_rule_for_a_name_that_was_made_up(self):
        bench = self.bench(polkit=polkit.no)
        name = f'run-r{"0123456789abcdef" * 2}.service'
        for unit, named in ((name, False), ('job.service', True), (f'{name[:-8]}0.service', True)):
            call = bench.request(bench.caller(), 'units.run', accounts=['svc-web'], units=[unit], command=['true'])
            sentence, _, rule = call.text.partition('\n\n')
            self.assertEqual((unit in sentence, f'action.lookup("unit") == "{unit}"' in rule), (named, named))
            self.assertEqual(('--unit=' in sentence, 'lookup("unit")' in rule), (not named, named))
            self.assertIn('as good as a shell as svc-web', sentence)
        call = bench.request(bench.caller(), 'units.restart', accounts=['svc-web'], units=[name])
        self.assertIn(f'action.lookup("unit") == "{name}"', call.text)
        self.assertNotIn('shell', call.text)
        call = bench.request(bench.caller(), 'manager.set-environment', accounts=['svc-web'], assignments=['A=1'])
        self.assertIn('as good as a shell as svc-web', call.text)

    def test_no_reply_wanted_is_no_way_around(self):
        bench = self.bench(polkit=polkit.no)
        peer = bench.caller()
        peer.call('org.userunit1', '/org/userunit1', 'org.userunit1.Manager', 'Call', 'sah',
                  '{"method":"units.stop","parameters":{"accounts":["svc-web"],"units":["app"]}}', [], flags=1)
        bench.wait(lambda: bench.journal.verdicts())
        self.assertEqual(bench.journal.verdicts()[0]['USERUNIT_VERDICT'], 'denied')
        self.assertEqual(bench.effects, [])


if __name__ == '__main__':
    main()
