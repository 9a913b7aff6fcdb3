# SPDX-License-Identifier: LGPL-2.1-or-later
"""Requests about several pairs of account and unit, and about every account of the host: what is asked in which
order, and what partial rights give."""


import mock_polkit as polkit
from bench import ADMIN, API, ME, WEB, BusTest, body, main
from mock_journal import EVENT

MANY = 'control-many'


class PairsTest(BusTest):
    PAIRS = ['svc-web/a.service', 'svc-web/b.service', 'svc-api/c.service', 'me/d.service']

    def asked(self, bench):
        return [(q.short, q.interactive) for q in bench.polkit.questions]

    def stop(self, bench, interactive=True, targets=PAIRS):
        return bench.request(bench.caller(), 'units.stop', interactive=interactive, targets=targets)

    FIRST = [(('control', 'svc-web', 'a.service'), False), (('control', 'svc-web', 'b.service'), False),
             (('control', 'svc-api', 'c.service'), False), (('control-own', 'me', 'd.service'), False)]

    def test_no_question_is_interactive_at_first(self):
        bench = self.bench()
        self.assertTrue(body(self.stop(bench))['complete'])
        self.assertEqual(self.asked(bench), self.FIRST)
        self.assertEqual(sorted((e.uid, *e.units) for e in bench.effects),
                         sorted([(WEB, 'a.service', 'b.service'), (API, 'c.service'), (ME, 'd.service')]))

    def test_what_is_left_is_asked_once(self):
        bench = self.bench(polkit=polkit.when(lambda q: q.details['account'] == 'me', polkit.yes,
                                              polkit.prompt(polkit.yes)))
        self.assertTrue(body(self.stop(bench))['complete'])
        together = 'svc-web/a.service svc-web/b.service svc-api/c.service'
        self.assertEqual(self.asked(bench), self.FIRST + [((MANY, '*', together), True)])
        self.assertEqual(bench.polkit.questions[-1].details,
                         {'account': '*', 'unit': together, 'verb': 'stop', 'method': 'units.stop'})
        self.assertEqual({e.uid for e in bench.effects}, {WEB, API, ME})
        records = bench.journal.verdicts()
        self.assertEqual([(r['USERUNIT_UNIT'], r['USERUNIT_ACTION'].rpartition('.')[2]) for r in records],
                         [('a.service', MANY), ('b.service', MANY), ('c.service', MANY), ('d.service', 'control-own')])
        self.assertEqual({r['USERUNIT_VERDICT'] for r in records}, {'granted'})

    def test_password_is_refused(self):
        """Each way of not saying yes to the sum leaves what was allowed without it, and nothing else."""
        for last in (polkit.no, polkit.error(), polkit.raw('b', True), polkit.challenge, polkit.die):
            bench = self.bench(polkit=polkit.when(lambda q: q.details['account'] == 'me', polkit.yes,
                                                  polkit.when(lambda q: MANY in q.action, last, polkit.challenge)))
            reply = body(self.stop(bench))
            self.assertFalse(reply['complete'])
            self.assertEqual([(e.uid, e.units) for e in bench.effects], [(ME, ['d.service'])])
            self.assertEqual({a['account']: a['error']['name'] for a in reply['accounts'] if 'error' in a},
                             {'svc-web': 'NotAuthorized', 'svc-api': 'NotAuthorized'})
            self.assertEqual(len(bench.journal.verdicts(verdict='denied')), 3)

    def test_a_plain_no_is_not_asked_again(self):
        bench = self.bench(polkit=polkit.when(lambda q: not q.interactive and q.details['unit'] == 'a.service',
                                              polkit.no, polkit.prompt(polkit.yes)))
        reply = body(self.stop(bench))
        self.assertEqual(bench.polkit.questions[-1].details['unit'],
                         'svc-web/b.service svc-api/c.service me/d.service')
        self.assertEqual([(r['account'], r['unit']) for r in reply['refused']], [('svc-web', 'a.service')])
        self.assertNotIn('a.service', [u for e in bench.effects for u in e.units])

    def test_without_interaction_it_ends_there(self):
        bench = self.bench(polkit=polkit.prompt(polkit.yes))
        reply = body(self.stop(bench, interactive=False))
        self.assertEqual(self.asked(bench), self.FIRST)
        self.assertEqual(bench.effects, [])
        self.assertEqual([a['error']['name'] for a in reply['accounts']], ['NotAuthorized'] * 3)
        self.assertFalse(reply['complete'])

    def test_every_refused_pair_is_listed(self):
        bench = self.bench(polkit=polkit.when(lambda q: q.details['account'] == 'me', polkit.yes))
        reply = body(self.stop(bench))
        self.assertEqual([(r['account'], r['unit'], r['error']['name']) for r in reply['refused']],
                         [('svc-web', 'a.service', 'NotAuthorized'), ('svc-web', 'b.service', 'NotAuthorized'),
                          ('svc-api', 'c.service', 'NotAuthorized')])

    def test_one_left_is_asked_about_itself(self):
        bench = self.bench(polkit=polkit.when(lambda q: q.details['account'] != 'svc-api', polkit.yes,
                                              polkit.prompt(polkit.yes)))
        self.assertTrue(body(self.stop(bench))['complete'])
        self.assertEqual(self.asked(bench), self.FIRST + [(('control', 'svc-api', 'c.service'), True)])

    def test_privileged_is_no_part_of_the_sum(self):
        bench = self.bench(polkit=polkit.prompt(polkit.yes))
        reply = body(self.stop(bench, targets=self.PAIRS + ['boss/a.service', 'boss/x.service']))
        self.assertNotIn('boss', bench.polkit.questions[-1].details['unit'])
        self.assertNotIn(ADMIN, {e.uid for e in bench.effects})
        self.assertEqual([a['account'] for a in reply['accounts'] if 'error' in a], ['boss'])

    def test_what_is_a_shell_is_never_summed(self):
        """One password for many is for starting and stopping: unit files are asked about one by one or not at all."""
        bench = self.bench(polkit=polkit.prompt(polkit.yes))
        for method in bench.methods():
            if method['changes'] and method['action_other'] != 'org.userunit1.control':
                bench.polkit.questions.clear()
                units = {'units': ['a', 'b']} if method['takes_units'] else {}
                bench.request(bench.caller(), method['name'], interactive=True, accounts=['svc-web', 'svc-api'],
                              **units)
                self.assertEqual([q for q in bench.polkit.questions if MANY in q.action], [])
                for question in bench.polkit.questions:
                    self.assertIn(question.details['account'], ('svc-web', 'svc-api'))
                    self.assertIn(question.details['unit'], ('', 'a.service', 'b.service'))

    def test_account_changes_under_the_sum(self):
        bench = self.bench(polkit=polkit.prompt(polkit.yes))
        asked = []

        def script(reply, key):
            asked.append(key)
            reply.account(bench.accounts.by_uid(API if key == 'svc-web' and asked.count(key) > 1 else
                                                bench.accounts.find(key).uid))

        bench.accounts.script = script
        reply = body(self.stop(bench))
        self.assertEqual(sorted((e.uid, *e.units) for e in bench.effects),
                         sorted([(API, 'c.service'), (ME, 'd.service')]))
        self.assertFalse(reply['complete'])

    def test_reads_ask_one_after_the_other(self):
        """Polkit remembers the first password; a refused one ends it."""
        bench = self.bench(polkit=polkit.prompt(polkit.yes))
        both = {'accounts': ['svc-web', 'svc-api'], 'units': ['a']}
        call = bench.request(bench.caller(), 'units.state', interactive=True, **both)
        self.assertTrue(body(call)['complete'])
        self.assertEqual([q.interactive for q in bench.polkit.questions], [False, False, True, True])

        bench = self.bench(polkit=polkit.prompt(polkit.no))
        call = bench.request(bench.caller(), 'units.state', interactive=True, **both)
        self.assertEqual([q.interactive for q in bench.polkit.questions], [False, False, True])
        self.assertEqual(bench.effects, [])
        self.assertFalse(body(call)['complete'])

    def test_reads_ask_again_only_where_a_password_helps(self):
        bench = self.bench(polkit=polkit.when(lambda q: q.details['account'] == 'svc-api', polkit.prompt(polkit.yes)))
        call = bench.request(bench.caller(), 'units.state', interactive=True, accounts=['svc-web', 'svc-api'],
                             units=['a'])
        self.assertFalse(body(call)['complete'])
        self.assertEqual([(q.details['account'], q.interactive) for q in bench.polkit.questions],
                         [('svc-web', False), ('svc-api', False), ('svc-api', True)])

    def test_a_unit_named_twice_is_one(self):
        bench = self.bench()
        body(self.stop(bench, targets=['svc-web/a', 'svc-web/a.service', 'svc-web/a']))
        self.assertEqual([q.short for q in bench.polkit.questions], [('control', 'svc-web', 'a.service')])
        self.assertEqual([e.units for e in bench.effects], [['a.service']])

    def test_partial_rights_in_one_account(self):
        """Units of one account, of which some are allowed: the worker hears of no other."""
        bench = self.bench(polkit=polkit.when(lambda q: q.details['unit'] == 'b.service', polkit.yes))
        # Nor does the journal hear of others, whatever the worker says.
        bench.work = lambda bench, request: request.worker.reply(request, {
            'units': [{'unit': f'{u}.service', 'result': 'done', 'changed': True} for u in 'abc'], 'changed': True})
        reply = body(self.stop(bench, targets=['svc-web/a', 'svc-web/b', 'svc-web/c']))
        self.assertEqual([(e.what, e.units) for e in bench.effects], [('units.stop', ['b.service'])])
        self.assertEqual([r['unit'] for r in reply['refused']], ['a.service', 'c.service'])
        self.assertEqual([r['USERUNIT_UNIT'] for r in bench.journal.outcomes()], ['b.service'])
        self.assertFalse(reply['complete'])


class HostWideTest(BusTest):
    def host(self, **kwargs):
        bench = self.bench(**kwargs)
        for name in ('me', 'svc-web', 'svc-api'):
            open(f'{bench.path("linger")}/{name}', 'w').close()
            bench.system.active[bench.accounts.find(name).uid] = 'active'
        # The daemon looks those up, for the record of who lingers.
        bench.wait(lambda: len(bench.journal.find(EVENT)) == 3)
        bench.accounts.asked.clear()
        return bench

    def read(self, bench, **kwargs):
        return body(bench.request(bench.caller(), 'units.list', accounts=['*'], **kwargs))

    def test_everything_with_one_question(self):
        bench = self.host()
        reply = self.read(bench)
        self.assertEqual({a['account'] for a in reply['accounts']}, {'me', 'svc-web', 'svc-api'})
        self.assertTrue(reply['complete'])
        (question,) = bench.polkit.questions
        self.assertEqual((question.short, question.flags), (('inspect-all', '*', '*'), 0))
        self.assertEqual(question.details, {'account': '*', 'unit': '*', 'verb': 'list-units', 'method': 'units.list'})

    def test_partial_rights(self):
        """The visible part, marked incomplete, without a word about the rest; and never a prompt."""
        bench = self.host(polkit=polkit.when(lambda q: q.details['account'] == 'svc-api', polkit.yes,
                                             polkit.prompt(polkit.yes)))
        reply = self.read(bench, interactive=True)
        self.assertEqual([a['account'] for a in reply['accounts']], ['svc-api'])
        self.assertFalse(reply['complete'])
        self.assertNotIn('refused', reply)
        self.assertEqual(sorted(q.short for q in bench.polkit.questions),
                         [('inspect', 'svc-api', '*'), ('inspect', 'svc-web', '*'), ('inspect-all', '*', '*'),
                          ('inspect-own', 'me', '*')])
        self.assertEqual({q.flags for q in bench.polkit.questions}, {0})
        self.assertEqual([e.uid for e in bench.effects], [API])

    def test_no_rights(self):
        for script in (polkit.no, polkit.challenge, polkit.error(), polkit.raw('b', True)):
            bench = self.host(polkit=script)
            reply = self.read(bench)
            self.assertEqual((reply['accounts'], reply['complete'], bench.effects), ([], False, []))
            (record,) = bench.journal.verdicts()
            self.assertEqual((record['USERUNIT_VERDICT'], record['USERUNIT_ACCOUNT']), ('denied', '*'))

    def test_question_covers_every_pattern(self):
        """A rule may look at the unit: what is shown may not be more than it was asked about."""
        bench = self.host(polkit=polkit.when(lambda q: q.details['unit'] == 'app.service', polkit.yes))
        call = bench.request(bench.caller(), 'units.list', targets=['svc-w*/app.service', 'svc-*/secret.service'])
        self.assertEqual([u for e in bench.effects for u in e.units if u != 'app.service'], [], call.text)

    def test_patterns_add_up(self):
        bench = self.host()
        body(bench.request(bench.caller(), 'units.list', targets=['*/app.service', 'svc-*/other.service']))
        self.assertEqual({e.uid: sorted(e.units) for e in bench.effects},
                         {ME: ['app.service'], WEB: ['app.service', 'other.service'],
                          API: ['app.service', 'other.service']})

    def test_question_covers_every_unit(self):
        bench = self.host(polkit=polkit.when(lambda q: q.details['unit'] == 'app.service', polkit.yes))
        bench.request(bench.caller(), 'units.list', accounts=['*'], units=['app.service', 'secret.service'])
        self.assertEqual([u for e in bench.effects for u in e.units if u != 'app.service'], [])

    def test_privileged_is_inspected_without_more(self):
        bench = self.host()
        open(f'{bench.path("linger")}/boss', 'w').close()
        self.read(bench)
        self.assertEqual(len(bench.polkit.questions), 1)

    def test_one_look_after_the_answer(self):
        """The question about every account names none: accounts are looked up once, when it has been answered."""
        looks, before = [], []

        def asked(question):
            before.append(list(looks))
            return True

        bench = self.host(polkit=polkit.when(asked, polkit.yes))

        def script(reply, key):
            looks.append(key)
            reply.account(bench.accounts.find(key))

        bench.accounts.script = script
        self.assertTrue(self.read(bench)['complete'])
        self.assertEqual(before, [[]])
        self.assertEqual(len(looks), 3)

    def test_account_changes_meanwhile(self):
        """Where polkit is asked account by account, each is looked up again after its answer."""
        bench = self.host(polkit=polkit.when(lambda q: q.details['account'] != '*', polkit.yes))
        n = []

        def script(reply, key):
            n.append(key)
            reply.account(bench.accounts.find(key) if n.count(key) == 1 or key != 'svc-web' else None)

        bench.accounts.script = script
        reply = self.read(bench)
        self.assertNotIn(WEB, {e.uid for e in bench.effects})
        self.assertFalse(reply['complete'])

    def test_an_account_that_cannot_be_looked_up(self):
        bench = self.host()
        bench.accounts.script = lambda reply, key: \
            reply.failed() if key == 'svc-web' else reply.account(bench.accounts.find(key))
        reply = self.read(bench)
        self.assertEqual({a['account'] for a in reply['accounts']}, {'me', 'svc-api'})
        self.assertFalse(reply['complete'])

    def test_leftover_of_an_account_that_is_no_more(self):
        bench = self.host()
        open(f'{bench.path("linger")}/ghost', 'w').close()
        reply = self.read(bench)
        self.assertTrue(reply['complete'])
        self.assertNotIn('ghost', {a['account'] for a in reply['accounts']})

    def test_one_fails(self):
        """A failed manager is a row with an error, and the answer is not complete."""
        bench = self.host()
        bench.work = lambda bench, request: bench.right_answer(request) if request.uid != WEB else \
            request.worker.error(request, 'ManagerFailed', 'played')
        reply = self.read(bench)
        errors = {a['account']: a['error']['name'] for a in reply['accounts'] if 'error' in a}
        self.assertEqual((errors, reply['complete']), ({'svc-web': 'ManagerFailed'}, False))

    def test_changes_over_a_pattern_are_asked_pair_by_pair(self):
        bench = self.host(polkit=polkit.when(lambda q: q.details['account'] == 'svc-api', polkit.yes))
        reply = body(bench.request(bench.caller(), 'units.stop', accounts=['*'], units=['app']))
        self.assertNotIn('inspect-all', {q.short[0] for q in bench.polkit.questions})
        self.assertEqual([e.uid for e in bench.effects], [API])
        self.assertFalse(reply['complete'])
        self.assertEqual({a['account']: a['error']['name'] for a in reply['accounts'] if 'error' in a},
                         {'me': 'NotAuthorized', 'svc-web': 'NotAuthorized'})

    def test_a_pattern_of_one(self):
        """Even where the pattern stands for a single account, nobody is asked for a password."""
        bench = self.host(polkit=polkit.prompt(polkit.yes))
        reply = body(bench.request(bench.caller(), 'units.list', interactive=True, accounts=['svc-w*']))
        self.assertEqual((reply['accounts'], reply['complete'], bench.effects), ([], False, []))
        self.assertEqual({q.flags for q in bench.polkit.questions}, {0})

    def test_too_many_patterns(self):
        bench = self.host()
        call = bench.request(bench.caller(), 'units.list', accounts=[f'x{i}*' for i in range(17)])
        self.assert_error(call, 'LimitExceeded')
        self.assertEqual(bench.polkit.questions, [])

    def test_narrower_pattern(self):
        bench = self.host()
        reply = body(bench.request(bench.caller(), 'units.list', accounts=['svc-*']))
        self.assertEqual({a['account'] for a in reply['accounts']}, {'svc-web', 'svc-api'})

    def test_who_is_in_the_passwd_alone(self):
        """Where a manager is needed they are none; where files are enough a worker looks whether they have any."""
        bench = self.host()
        bench.accounts.add('idle', 61140)
        bench.accounts.add('userunitd', 61141)
        with open(bench.path('passwd'), 'w') as f:
            f.write('idle:x:61140:61140::/home/idle:/bin/sh\nuserunitd:x:61141:61141::/:/bin/false\n')
        three = {'me', 'svc-web', 'svc-api'}
        self.assertEqual({a['account'] for a in self.read(bench)['accounts']}, three)
        self.assertNotIn(61140, {e.uid for e in bench.effects})

        for has in (True, False):
            def work(bench, request):
                self.assertEqual(request.only_if_files, request.uid == 61140)
                if request.only_if_files and not has:
                    request.worker.error(request, 'Cancelled', 'played')
                else:
                    bench.right_answer(request)

            bench.work = work
            for method in ('unit-files.list', 'unit-files.state', 'units.state', 'accounts.list', 'manager.status'):
                units = {'units': ['app']} if method.endswith('.state') else {}
                reply = body(bench.request(bench.caller(), method, accounts=['*'], **units))
                self.assertEqual({a['account'] for a in reply['accounts']}, three | ({'idle'} if has else set()), method)
                self.assertTrue(reply['complete'], method)

    def test_host_wide_by_default(self):
        """accounts.list and linger.list without accounts are about all of them."""
        bench = self.host()
        for method in bench.methods():
            if method['host_wide']:
                bench.polkit.questions.clear()
                reply = body(bench.request(bench.caller(), method['name']))
                self.assertEqual({a['account'] for a in reply['accounts']}, {'me', 'svc-web', 'svc-api'})
                self.assertEqual([q.short[0] for q in bench.polkit.questions], ['inspect-all'])

    def test_pid1_is_silent_about_states(self):
        """Without PID 1's word the answer is there, and says that something is missing."""
        bench = self.host(without=['system'])
        reply = self.read(bench)
        self.assertEqual({a['account'] for a in reply['accounts']}, {'me', 'svc-web', 'svc-api'})
        self.assertFalse(reply['complete'])


if __name__ == '__main__':
    main()
