# SPDX-License-Identifier: LGPL-2.1-or-later
"""The bench that the bus tests work at: the real daemon on a bus of its own, and everything around it played.

Each test makes a Bench, which has a temporary directory, a dbus-daemon and a userunitd, and ends with a SIGTERM to
the daemon, which has to leave with exit code 0 and without a word from a sanitizer. Nothing outside the directory is
touched, so that all of it runs in a build chroot, unprivileged, as root, and many at a time.

From the environment: USERUNITD, the daemon; USERUNIT_TEST_BUILD, "1" where it takes short deadlines.
"""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import mock_polkit
import wire
from loop import Loop
from mock_accounts import Accounts
from mock_journal import Journal
from mock_journal_reader import JournalReader
from mock_polkit import Polkit
from mock_spawner import Spawner
from mock_system import System
from peer import Peer

SKIP = 77
BUS_NAME, BUS_PATH, INTERFACE = 'org.userunit1', '/org/userunit1', 'org.userunit1.Manager'
ERROR = 'org.userunit1.Error.'
UNIT = 'app.service'
TEST_BUILD = os.environ.get('USERUNIT_TEST_BUILD') == '1'

# Callers. A test that runs as root plays people that are not, since root has no account of its own here; dbus-daemon
# takes only uids that the system knows.
ME, *OTHERS = [os.getuid()] if os.getuid() else sorted({p.pw_uid for p in pwd.getpwall()} - {0, 65534})[:8]
# Accounts that only the mock knows.
WEB, API, ADMIN = 61101, 61102, 61103

# Deadlines in ms that a test of a hung peer may ask for, in a test build. All others have the real ones: nothing else
# is to fail on a machine that is slow.
SHORT = {'POLKIT': 300, 'POLKIT_PROMPT': 600, 'ACCOUNT_LOOKUP': 700, 'EXCHANGE': 400, 'DRAIN': 600, 'ROW': 800,
         'WORKER_IDLE': 200, 'JOURNAL': 500}

BUS_CONFIG = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>custom</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
  </policy>
  <!-- What the system bus has. -->
  <limit name="max_replies_per_connection">128</limit>
  <limit name="max_connections_per_user">256</limit>
  <limit name="max_incoming_bytes">133169152</limit>
  <limit name="max_message_unix_fds">16</limit>
</busconfig>
'''


def needs_test_build(test):
    return unittest.skipUnless(TEST_BUILD, 'takes a build with -Dtest-build=true')(test)


def needs_root(test):
    return unittest.skipUnless(os.geteuid() == 0, 'callers of several uids take root')(test)


def sample(fields, units, row=False):
    """An answer that the contract allows: what must be there for each of the units, and in a row also what may."""
    values = {'boolean': True, 'unsigned': 1, 'string': 'word', 'strings': [], 'properties': {'Id': 'x'}}
    result = {}
    for f in fields:
        if f['optional'] and not (row and f['type'] in values):
            continue
        if f['type'] == 'objects':
            result[f['name']] = [{**sample(f['fields'], [], True), **({'unit': u} if f['name'] == 'units' else {})}
                                 for u in units]
        elif f['type'] == 'object':
            result[f['name']] = sample(f['fields'], [])
        else:
            result[f['name']] = values[f['type']]
    return result


class Effect:
    """Something that would have changed or told something outside the daemon."""

    def __init__(self, what, uid, units, parameters, verdicts, request=None, query=None):
        self.what, self.uid, self.units, self.parameters = what, uid, units, parameters
        self.verdicts = verdicts  # records of verdicts that journald had by then
        self.request, self.query = request, query

    def __repr__(self):
        return f'{self.what} as {self.uid} of {self.units}'


class Bench:
    contract = None
    only_open = set()

    def __init__(self, config=None, without=(), short=(), bus_limits=()):
        self.directory = tempfile.mkdtemp(prefix='userunit-bus-')
        os.chmod(self.directory, 0o711)
        for name in ('linger', 'users'):
            os.mkdir(self.path(name))
        open(self.path('passwd'), 'w').close()
        self.loop = Loop()
        self.peers = []
        self.effects = []
        self.daemon = None
        self.config = config
        self.short = short
        try:
            self.start_bus(bus_limits)
            self.make_mocks(without)
            self.start_daemon()
            self.describe()
        except BaseException:
            self.clean()
            raise

    def path(self, name):
        return os.path.join(self.directory, name)

    def start_bus(self, limits):
        self.bus_path = self.path('bus')
        config = BUS_CONFIG.format(socket=self.bus_path)
        for name, value in dict(limits).items():
            config = config.replace('</busconfig>', f'<limit name="{name}">{value}</limit></busconfig>')
        with open(self.path('bus.conf'), 'w') as f:
            f.write(config)
        with open(self.path('bus.stderr'), 'wb') as log:
            self.bus = subprocess.Popen(
                ['dbus-daemon', '--config-file=' + self.path('bus.conf'), '--nofork', '--print-address=1'],
                stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, stderr=log)
        if not self.bus.stdout.readline():
            with open(self.path('bus.stderr')) as f:
                raise AssertionError('dbus-daemon did not start: ' + f.read())
        os.chmod(self.bus_path, 0o666)

    def make_mocks(self, without):
        self.journal = Journal(self.loop, self.path('journal.sock'))
        self.accounts = Accounts(self.loop, self.path('accounts'))
        self.spawner = Spawner(self.loop, self.path('spawner'), self.on_frame, lambda: self.journal.verdicts())
        self.polkit = Polkit(self.loop, self.bus_path)
        self.system = System(self.loop, self.bus_path, self.path('linger'), self.accounts, self.on_system)
        self.reader = JournalReader(self.loop, self.path('journal'), self.on_query)
        self.read = Bench.right_lines  # what userunit-journal does: a function of the bench and a query
        self.work = Bench.right_answer  # what workers do: a function of the bench and a request
        self.accounts.add('me', ME)
        self.accounts.add('svc-web', WEB)
        self.accounts.add('svc-api', API)
        self.accounts.add('boss', ADMIN, groups={4: 'adm'})
        for name in ('journal', 'accounts', 'spawner', 'polkit', 'system', 'reader'):
            if name not in without:
                getattr(self, name).start()

    def start_daemon(self, wait=True):
        if self.config is not None:
            with open(self.path('conf'), 'w') as f:
                f.write('[Service]\n' + self.config)
        environment = {**os.environ, 'DBUS_SYSTEM_BUS_ADDRESS': 'unix:path=' + self.bus_path}
        if TEST_BUILD:
            environment |= {f'USERUNIT_DEADLINE_{k}_MSEC': str(SHORT[k]) for k in self.short}
        environment |= {'ASAN_OPTIONS': 'detect_leaks=1:halt_on_error=1:exitcode=99',
                        'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1:exitcode=99'}
        with open(self.path('stderr'), 'ab') as log:
            self.daemon = subprocess.Popen(
                [os.environ['USERUNITD'], '--runtime-dir=' + self.directory, '--config=' + self.path('conf'),
                 '--journal=' + self.path('journal.sock'), '--linger-dir=' + self.path('linger'),
                 '--users-dir=' + self.path('users'), '--passwd=' + self.path('passwd'),
                 f'--spawner-uid={os.getuid()}'],
                env=environment, stderr=log, stdin=subprocess.DEVNULL)
        if wait:
            self.wait_for_name()

    def wait_for_name(self):
        watcher = self.caller()
        end = time.monotonic() + 20
        while not watcher.ask_bus('NameHasOwner', 's', BUS_NAME)[0]:
            assert self.daemon.poll() is None, 'the daemon ended: ' + self.stderr()
            assert time.monotonic() < end, 'the daemon did not claim its name: ' + self.stderr()
            self.loop.rest(0.01)
        self.daemon_name = watcher.ask_bus('GetNameOwner', 's', BUS_NAME)[0]
        self.hang_up(watcher)

    def stderr(self):
        with open(self.path('stderr'), errors='replace') as f:
            return f.read()

    def count_descriptors(self):
        """How many the daemon has open; None where nobody may look, since it is not dumpable."""
        try:
            return len(os.listdir(f'/proc/{self.daemon.pid}/fd'))
        except PermissionError:
            return None

    def sanitized(self):
        """Whether the daemon's memory is not its own."""
        with open(os.environ['USERUNITD'], 'rb') as f:
            return b'__asan_init' in f.read()

    # ---- the end ----

    def leave(self):
        """All callers leave, so that the daemon need not wait for what nobody answers here."""
        for peer in self.peers:
            peer.close()

    def terminate(self):
        """What has to hold at the end of each test."""
        if self.daemon and self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
        self.await_exit(0)

    def await_exit(self, code):
        if not self.daemon:
            return
        if not self.loop.run(lambda: self.daemon.poll() is not None, 0) and \
                not self.poll(lambda: self.daemon.poll() is not None, 15):
            raise AssertionError('the daemon does not end: ' + self.stderr())
        daemon, self.daemon = self.daemon, None
        said = self.stderr()
        assert 'Sanitizer' not in said and 'runtime error' not in said, said
        assert daemon.returncode == code, f'the daemon ended with {daemon.returncode}: {said}'

    def poll(self, condition, seconds):
        """For conditions that no event of the loop tells of."""
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            self.loop.rest(0.005)
        return condition()

    def clean(self):
        for peer in self.peers:
            peer.close()
        if self.daemon and self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()
        if hasattr(self, 'polkit'):
            self.polkit.die()
            self.system.stop()
            self.spawner.stop()
            self.accounts.stop()
            self.reader.stop()
            self.journal.remove()
        self.loop.selector.close()
        self.bus.kill()
        self.bus.wait()
        self.bus.stdout.close()
        shutil.rmtree(self.directory)

    # ---- what is played ----

    def effect(self, what, uid, units=(), parameters=None, request=None, query=None):
        self.effects.append(
            Effect(what, uid, list(units), parameters or {}, self.journal.verdicts(), request, query))

    def on_frame(self, request):
        self.effect(request.method, request.uid, request.units, request.parameters, request)
        self.work(self, request)

    def on_query(self, query):
        for account, units in query.grants.items():
            self.effect(query.method, query.uids[account], units, query.parameters, query=query)
        self.read(self, query)

    def right_lines(self, query):
        query.preface()
        for account, uid in query.uids.items():
            query.line({'account': account, 'uid': uid})
        query.end()

    def on_system(self, what, uid):
        self.effect(what, uid)

    def right_answer(self, request):
        named = request.units or ([] if self.method(request.method)['changes'] else [UNIT])
        request.worker.reply(request, sample(self.method(request.method)['result'], named),
                             fds=[self.some_file()] if self.method(request.method)['reply_descriptors'] else ())

    def some_file(self):
        fd = os.memfd_create('text')
        os.pwrite(fd, b'[Service]\n', 0)
        self.loop.later(0, lambda: os.close(fd))
        return fd

    # ---- callers ----

    def caller(self, uid=ME):
        peer = Peer(self.loop, self.bus_path, uid)
        self.peers.append(peer)
        return peer

    def hang_up(self, peer):
        peer.close()
        self.peers.remove(peer)

    def send(self, peer, method, interactive=False, open=False, **parameters):
        """Puts a request and returns at once; as a call where the method answers calls."""
        open = open or method in self.only_open
        return self.send_text(peer, json.dumps({'method': method, 'parameters': parameters}), interactive, open)

    def send_text(self, peer, text, interactive=False, open=False, fds=()):
        call = peer.call(BUS_NAME, BUS_PATH, INTERFACE, 'Open' if open else 'Call', 'sah', text, list(fds),
                         flags=wire.ALLOW_INTERACTIVE_AUTHORIZATION if interactive else 0)
        call.bench = self
        return call

    def request(self, peer, method, **kwargs):
        """Puts a request and waits for its end."""
        return peer.wait(self.send(peer, method, **kwargs))

    def wait(self, condition, seconds=10):
        if not self.loop.run(condition, seconds):
            raise AssertionError(f'did not happen in {seconds} s')

    # ---- the contract ----

    def describe(self):
        """The contract, asked for once."""
        if not Bench.contract:
            peer = self.caller()
            Bench.contract = json.loads(peer.ask(BUS_NAME, BUS_PATH, INTERFACE, 'Describe')[0])
            self.hang_up(peer)
            Bench.only_open = {m['name'] for m in Bench.contract['methods'] if 'call' not in m['kinds']}
        return Bench.contract

    def methods(self):
        return self.describe()['methods']

    def method(self, name):
        return next(m for m in self.methods() if m['name'] == name)

    def parameters_for(self, method, account, unit=UNIT):
        """The plainest valid request of a method about one account."""
        if method['no_account']:
            return {}
        parameters = {'accounts': [account]}
        if method['needs_unit']:
            parameters['units'] = [unit]
        if any(p['name'] == 'verb' for p in method['parameters']):
            parameters |= {'verb': 'restart', 'units': [unit]}
        return parameters


def body(call):
    """The parameters of a reply that is no error; of a stream the last line's, with the lines before as accounts."""
    assert not call.error, f'{call.error}: {call.text}'
    if isinstance(call.reply.body[0], int):
        *lines, end = read_all(call.bench, call.reply.body[0])
        return {**end['end'], 'accounts': lines}
    return json.loads(call.reply.body[0])['parameters']


def read_all(bench, fd, seconds=10):
    """All lines of a pipe, as they are; the descriptor stays open."""
    data, ended = b'', False

    def on_readable():
        nonlocal data, ended
        chunk = os.read(fd, 1 << 20)
        data, ended = data + chunk, not chunk

    bench.loop.watch(fd, on_readable)
    try:
        bench.wait(lambda: ended, seconds)
    finally:
        bench.loop.unwatch(fd)
    return [json.loads(line) for line in data.splitlines()]


def limit(name):
    return next(x['value'] for x in Bench.contract['limits'] if x['name'] == name)


def about_accounts(method):
    """Whether the method goes the whole way: not those that only tell what the caller may do."""
    return not method['name'].startswith('access.')


def own_and_other(bench):
    """Pairs of a method and an account: for each method one's own and another's."""
    return [(m, account) for m in bench.methods() if about_accounts(m) for account in ('me', 'svc-web')]


class BusTest(unittest.TestCase):
    maxDiff = 4000

    def bench(self, polkit=mock_polkit.yes, **kwargs):
        bench = Bench(**kwargs)
        bench.polkit.script = polkit
        # Last in, first out: callers leave, what has to hold at the end is checked, and all is taken down.
        self.addCleanup(bench.clean)
        self.addCleanup(bench.terminate)
        self.addCleanup(bench.leave)
        return bench

    def assert_error(self, call, name, *words):
        self.assertTrue(call.reply.error_name, f'no error but {call.reply.body}')
        self.assertEqual(call.error.removeprefix(ERROR), name, call.text)
        for word in words:
            self.assertIn(word, call.text)
        self.assertRegex(call.text, r'^[^\n]{10,}')

    def assert_works(self, bench, peer=None, account='svc-web'):
        """The daemon is well: a read gets its answer."""
        polkit, bench.polkit.script = bench.polkit.script, mock_polkit.yes
        work, bench.work = bench.work, Bench.right_answer
        reply = body(bench.request(peer or bench.caller(), 'units.list', accounts=[account]))
        self.assertEqual([a['account'] for a in reply['accounts']], [account])
        bench.polkit.script, bench.work = polkit, work


class Result(unittest.TextTestResult):
    """Says how long each test took."""

    def startTest(self, test):
        self.started = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        self.stream.write(f'{time.monotonic() - self.started:.2f} s ')
        super().addSuccess(test)


class Runner(unittest.TextTestRunner):
    resultclass = Result


def main():
    """Runs the tests of the calling file; exit code 77 where they cannot run, or all were skipped."""
    if not shutil.which('dbus-daemon'):
        print('skipped: there is no dbus-daemon')
        sys.exit(SKIP)
    program = unittest.main(exit=False, verbosity=2, testRunner=Runner)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIP if result.testsRun and len(result.skipped) == result.testsRun else 0)
