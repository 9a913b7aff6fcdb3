# SPDX-License-Identifier: LGPL-2.1-or-later
"""A lab with many running managers, and the programs that measure in it."""

import io
import json
import os
import pathlib
import subprocess
import tarfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
LAB = TOP / 'tests/lab/lab'

FIRST_UID = 10000
UNIT = 'app.service'
OPERATOR, GUEST = 3001, 3002    # with a polkit rule, and without
TOOLS = 'entries', 'limit', 'pairs', 'rate'
OURS = 'userunitd', 'userunit-spawner', 'userunit-accounts', 'userunit-journal', 'userunit-worker', 'userunitctl'

# Where CPU time is counted: the managers of the accounts and what people type are in user.slice.
CPU_GROUPS = {
    'userunitd': 'system.slice/userunitd.service',
    'spawner and workers': 'system.slice/userunit-spawner.service',
    'accounts helper': 'system.slice/userunit-accounts.service',
    'journal helper': 'system.slice/userunit-journal.service',
    'dbus': 'system.slice/dbus.service',
    'polkit': 'system.slice/polkit.service',
    'journald': 'system.slice/systemd-journald.service',
    'PID 1': 'init.scope',
    'managers and commands': 'user.slice',
}

UNIT_FILE = '''[Unit]
Description=Something that runs
StartLimitIntervalSec=0

[Service]
ExecStart=/bin/sleep infinity

[Install]
WantedBy=default.target
'''

# The accounts do nothing but to wait, so one journal is enough for all of them; a journal file of its own for each would
# fill the lab's memory.
ONE_JOURNAL = '[Journal]\nSplitMode=none\nSystemMaxUse=256M\n'
# As it is where nobody configures anything, but that nothing is thrown away.
LARGE_JOURNAL = '[Journal]\nSystemMaxUse=3500M\nSystemKeepFree=1M\nRateLimitIntervalSec=0\nMaxFileSec=0\n'

RULE = '''polkit.addRule(function(action, subject) {
        if (subject.user == "op" && action.id.indexOf("org.userunit1.") == 0)
                return polkit.Result.YES;
});
'''


def run(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, text=True, stdout=subprocess.PIPE, **options).stdout


def account(i):
    return f'acct{i:04d}'


def build_tools(directory):
    """The programs beside this file: static, so that every Debian takes them."""
    for tool in TOOLS:
        run('cc', '-O2', '-std=gnu17', '-D_GNU_SOURCE', '-static', f'-I{TOP}', '-o', directory / f'bench-{tool}',
            HERE / f'{tool}.c', HERE / 'wire.c')


class Files:
    """A tar archive in the making, for the root of a lab."""

    def __init__(self):
        self.data = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.data, mode='w')

    def add(self, path, content=None, mode=0o644, uid=0, link=None):
        """A file, a link, or a directory where there is neither content nor link."""
        info = tarfile.TarInfo(path.lstrip('/'))
        info.uid = info.gid = uid
        info.mode, info.mtime = mode, int(time.time())
        if link is not None:
            info.type, info.linkname = tarfile.SYMTYPE, link
        elif content is None:
            info.type = tarfile.DIRTYPE
        else:
            content = content.encode() if isinstance(content, str) else content
            info.size = len(content)
        self.tar.addfile(info, io.BytesIO(content) if content is not None else None)

    def bytes(self):
        self.tar.close()
        return self.data.getvalue()


class Lab:
    def __init__(self, suite, accounts, name=None, entries=0):
        """With `entries` the journal is one of that many lines, a file for each account."""
        self.suite, self.accounts, self.entries = suite, accounts, entries
        self.want_cpu = False
        self.name = name or f'bench-{suite}'

    def boot(self):
        """Boots twice: the accounts are made in the first life, and their managers started by the second."""
        run(LAB, 'boot', f'--suite={self.suite}', '--user-bus=yes', '--no-accounts', self.name)
        self.make_accounts()
        run(LAB, 'reboot', self.name)
        self.await_managers()

    def stop(self):
        run(LAB, 'stop', self.name)

    def root(self, *command, **options):
        return run(LAB, 'run', self.name, 'root', *command, **options)

    def put(self, files):
        """Unpacks Files in the lab."""
        command = [str(LAB), 'run', self.name, 'root', 'tar', '-C', '/', '-x']
        subprocess.run(command, check=True, input=files.bytes())

    def append(self, path, lines):
        self.root('bash', '-c', 'cat >>"$1"', 'append', path, input=''.join(line + '\n' for line in lines))

    def make_accounts(self):
        people = [('op', OPERATOR, '/bin/bash'), ('guest', GUEST, '/bin/bash')]
        everyone = people + [(account(i), FIRST_UID + i, '/usr/sbin/nologin') for i in range(self.accounts)]
        self.append('/etc/passwd', [f'{n}:x:{u}:{u}::/home/{n}:{shell}' for n, u, shell in everyone])
        self.append('/etc/group', [f'{n}:x:{u}:' for n, u, _ in everyone])
        self.append('/etc/shadow', [f'{n}:!:20000:0:99999:7:::' for n, _, _ in everyone])

        files = Files()
        for name, uid, _ in everyone:
            files.add(f'/home/{name}', uid=uid, mode=0o755)
        for i in range(self.accounts):
            self.make_home(files, account(i), FIRST_UID + i)
        files.add('/etc/systemd/journald.conf.d', mode=0o755)
        files.add('/etc/systemd/journald.conf.d/60-bench.conf', LARGE_JOURNAL if self.entries else ONE_JOURNAL)
        files.add('/var/log/journal', mode=0o755)
        # Or each login would mount a runtime directory, which every manager of the host sees and handles.
        for name, _, _ in people:
            files.add(f'/var/lib/systemd/linger/{name}', '')
        files.add('/etc/polkit-1/rules.d/60-bench.rules', RULE)
        files.add('/etc/sudoers.d/bench', 'op ALL=(root) NOPASSWD: ALL\n', mode=0o440)
        self.put(files)

    @staticmethod
    def make_home(files, name, uid):
        path = f'/home/{name}'
        for part in '.config', 'systemd', 'user', 'default.target.wants':
            path += f'/{part}'
            files.add(path, uid=uid, mode=0o755)
        files.add(f'/home/{name}/.config/systemd/user/{UNIT}', UNIT_FILE, uid=uid)
        files.add(f'{path}/{UNIT}', link=f'../{UNIT}', uid=uid)
        files.add(f'/var/lib/systemd/linger/{name}', '')

    def await_managers(self):
        """Until every manager runs, and the machine has become quiet."""
        for _ in range(600):
            units = self.root('systemctl', 'list-units', '--plain', '--no-legend', '--state=active', 'user@*.service')
            if len(units.splitlines()) >= self.accounts + 2:
                return self.await_quiet()
            time.sleep(0.5)
        raise RuntimeError(f'{self.name}: the managers have not come up')

    @staticmethod
    def await_quiet():
        for _ in range(60):
            before = pathlib.Path('/proc/stat').read_text().split()[1:9]
            time.sleep(1)
            after = pathlib.Path('/proc/stat').read_text().split()[1:9]
            spent = [int(a) - int(b) for a, b in zip(after, before)]
            if spent[3] + spent[4] > 0.9 * sum(spent):
                return

    def install(self, deb, tools):
        run(LAB, 'install', self.name, deb)
        self.put_tools(tools)

    def fill_journal(self):
        """Entries of UNIT of every account, in turn."""
        self.root('bench-entries', FIRST_UID, self.accounts, UNIT, self.entries)
        self.root('journalctl', '--sync')

    def put_tools(self, tools):
        files = Files()
        for tool in TOOLS:
            files.add(f'/usr/local/bin/bench-{tool}', (tools / f'bench-{tool}').read_bytes(), mode=0o755)
        self.put(files)

    def measure(self, *command):
        """Runs a program of ours as root, inside a login session of the operator."""
        return run(LAB, 'run', self.name, 'op', 'sudo', '-n', 'env', 'LANG=C.UTF-8', *command)

    def versions(self):
        wanted = 'systemd', 'polkitd', 'dbus', 'userunitd', 'libjson-c5', 'libsmartcols1'
        listed = self.root('dpkg-query', '-W', '-f', '${Package} ${Version}\n', *wanted)
        return dict(line.split(' ', 1) for line in listed.splitlines())

    def state(self, name):
        """A file of the lab's own state (tests/lab/lib/boot.sh)."""
        top = pathlib.Path(os.environ.get('USERUNIT_LAB_STATE', '/run/userunitd-lab'))
        return (top / self.name / name).read_text().split()[0]

    def leader(self):
        return int(self.state('leader'))

    def cpu(self):
        """CPU time so far in ms, by service. Exact, dead processes included, and nearly the same on a busy machine."""
        top = pathlib.Path(self.state('cgroup')) / 'payload'
        spent = {}
        for name, path in CPU_GROUPS.items():
            try:
                spent[name] = int((top / path / 'cpu.stat').read_text().split()[1]) / 1000
            except OSError:
                spent[name] = 0.0
        return spent

    def processes(self):
        """Our processes in this lab as [(name, pid as seen from here)]."""
        namespace = os.readlink(f'/proc/{self.leader()}/ns/pid')
        found = []
        for entry in os.listdir('/proc'):
            if not entry.isdigit():
                continue
            try:
                name = pathlib.Path(f'/proc/{entry}/comm').read_text().strip()
                name = next((o for o in OURS if o[:15] == name), None)
                if name and os.readlink(f'/proc/{entry}/ns/pid') == namespace:
                    found.append((name, int(entry)))
            except OSError:
                continue
        return found


def pss_kib(pid):
    """Proportional set size, or None where the process has gone."""
    try:
        for line in pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines():
            if line.startswith('Pss:'):
                return int(line.split()[1])
    except OSError:
        pass
    return None


def private_kib(pid):
    """The same without the files of the journal: what is mapped of them is the page cache's, whoever looks at it."""
    total, counted = 0, True
    try:
        for line in pathlib.Path(f'/proc/{pid}/smaps').read_text().splitlines():
            if not line.split(' ', 1)[0].endswith(':'):
                counted = '/log/journal/' not in line
            elif counted and line.startswith('Pss:'):
                total += int(line.split()[1])
    except OSError:
        return None
    return total


def machine():
    cpuinfo = pathlib.Path('/proc/cpuinfo').read_text().splitlines()
    model = next((line.split(':', 1)[1].strip() for line in cpuinfo if line.startswith('model name')), 'unknown')
    memory = int(pathlib.Path('/proc/meminfo').read_text().split()[1]) // 1024
    return {'cores': os.cpu_count() if not hasattr(os, 'sched_getaffinity') else len(os.sched_getaffinity(0)),
            'cpu': model, 'memory_mib': memory, 'kernel': os.uname().release}


def to_json(value):
    return json.dumps(value, indent=1)
