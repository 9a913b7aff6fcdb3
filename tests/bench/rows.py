# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rows of the benchmark: what is measured, against what, and what is to be reached."""

import contextlib
import dataclasses
import json
import statistics
import subprocess
import threading
import time

from bench_lab import FIRST_UID, GUEST, LAB, OPERATOR, UNIT, account, private_kib, pss_kib

# The account that single requests are about.
ONE = account(1)
ONE_UID = FIRST_UID + 1
NO_WORKERS = 'pkill -KILL -x userunit-worker; sleep 0.1'
LIST = 'userunitctl', 'list-units'


@dataclasses.dataclass
class Row:
    name: str
    work: str
    against: str
    goal: float                 # at most; with `at_least` at least
    measure: object             # (lab, row) -> Result
    runs: int
    unit: str = 'ms'
    at_least: bool = False
    accounts: int = 2           # that the lab must have
    journal: bool = False       # … and a journal full of entries
    goals: dict = None          # by suite, where they differ


@dataclasses.dataclass
class Result:
    ours: float
    peer: float | None
    value: float                # what the goal is about
    runs: int
    spread: float = 0.0         # half the distance of the quartiles of the pairs' ratios
    cpu: dict = None            # {'ours': {service: ms for each run}, 'peer': …}, where it was asked for


def goal_of(row, suite):
    return (row.goals or {}).get(suite, row.goal)


def reached(row, result, suite):
    goal = goal_of(row, suite)
    return result.value >= goal if row.at_least else result.value <= goal


def spread(ratios):
    if len(ratios) < 4:
        return (max(ratios) - min(ratios)) / 2
    q = statistics.quantiles(ratios, n=4)
    return (q[2] - q[0]) / 2


def run_pairs(lab, runs, warm, *commands):
    """Commands interleaved; each is (uid, exit code, command before, arguments…). Wall times in ms, by command."""
    line = ['bench-pairs', runs, warm]
    for uid, code, before, *arguments in commands:
        line += ['--', f'{uid},{code},{before}' if before else f'{uid},{code}', *arguments]
    times = [[] for _ in commands]
    for said in lab.measure(*line).splitlines():
        index, wall, _ = said.split()
        times[int(index)].append(int(wall) / 1000)
    return times


def cpu_of(lab, runs, command):
    """CPU time of everything in the lab for one run of a command, less what the lab does without it."""
    uid, _, before, *_ = command
    spent = []
    for what in (command, (uid, 0, before, 'true')):
        start = lab.cpu()
        run_pairs(lab, runs, 0, what)
        spent.append({name: (value - start[name]) / runs for name, value in lab.cpu().items()})
    return {name: round(max(value - spent[1][name], 0), 2) for name, value in spent[0].items()}


def compare(lab, row, ours, peer, warm=3, scale=1.0):
    a, b = run_pairs(lab, row.runs, warm, ours, peer)
    mine, other = statistics.median(a), statistics.median(b)
    ratios = [x / y * scale for x, y in zip(a, b)]
    result = Result(mine, other, mine / other * scale, row.runs, spread(ratios))
    if lab.want_cpu:
        runs = max(row.runs // 3, 2)
        result.cpu = {'ours': cpu_of(lab, runs, ours), 'peer': cpu_of(lab, runs, peer)}
    return result


def some(lab, n):
    """Patterns that stand for the first n accounts."""
    if n == lab.accounts:
        return ['-A']
    if n == 32:
        return ['acct000?/', 'acct001?/', 'acct002?/', 'acct003[01]/']
    assert n % 100 == 0 and n <= lab.accounts
    return ['acct0???/'] if n == 1000 else [f'acct{i:02d}??/' for i in range(n // 100)]


def warm(lab, row):
    return compare(lab, row, (OPERATOR, 0, '', *LIST, f'{ONE}/'), (ONE_UID, 0, '', 'systemctl', '--user', 'list-units'))


def cold(lab, row):
    return compare(lab, row, (OPERATOR, 0, NO_WORKERS, *LIST, f'{ONE}/'),
                   (ONE_UID, 0, NO_WORKERS, 'systemctl', '--user', 'list-units'))


def warm_machine(lab, row):
    return compare(lab, row, (OPERATOR, 0, '', *LIST, f'{ONE}/'),
                   (0, 0, '', 'systemctl', '--user', '-M', f'{ONE}@', 'list-units'))


def all_cold(lab, row):
    return compare(lab, row, (OPERATOR, 0, NO_WORKERS, *LIST, *some(lab, 200)),
                   (0, 0, NO_WORKERS, 'bench-limit', 8, FIRST_UID, 200), warm=1)


def again_warm(lab, row):
    return compare(lab, row, (OPERATOR, 0, '', *LIST, *some(lab, 32)), (0, 0, '', 'bench-limit', 8, FIRST_UID, 32))


def all_machine(lab, row):
    loop = 'for i in $(seq -f %04g 0 199); do systemctl --user -M acct$i@ list-units; done'
    return compare(lab, row, (OPERATOR, 0, NO_WORKERS, *LIST, *some(lab, 200)), (0, 0, '', 'sh', '-c', loop), warm=0)


def scale(lab, row):
    return compare(lab, row, (OPERATOR, 0, NO_WORKERS, *LIST, *some(lab, 1000)),
                   (OPERATOR, 0, NO_WORKERS, *LIST, *some(lab, 100)), warm=1, scale=0.1)


def restart(lab, row):
    return compare(lab, row, (OPERATOR, 0, '', 'userunitctl', 'restart', f'{ONE}/{UNIT}'),
                   (ONE_UID, 0, '', 'systemctl', '--user', 'restart', UNIT))


def refusal(lab, row):
    request = 'userunitctl', '--no-ask-password', 'list-units', f'{ONE}/'
    return compare(lab, row, (GUEST, 4, '', *request), (OPERATOR, 0, '', *request))


def rate(lab, row):
    owner = lab.root('id', '-u', 'userunitd').strip()
    printed = lab.measure('bench-rate', 8, 1500, row.runs, OPERATOR, owner, ONE, ONE_UID, UNIT)
    rounds = [tuple(map(float, line.split())) for line in printed.splitlines()]
    mine, other = (statistics.median(column) for column in zip(*rounds))
    return Result(mine, other, mine / other, row.runs, spread([a / b for a, b in rounds]))


def run_list(lab, n):
    command = [str(LAB), 'run', lab.name, 'op', *LIST, *some(lab, n)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def pss_sum(lab, names):
    return sum(pss_kib(pid) or 0 for name, pid in lab.processes() if name in names) / 1024


def idle_memory(lab, row):
    lab.root('systemctl', 'restart', 'userunit-spawner', 'userunit-accounts', 'userunitd')
    run_list(lab, 32).wait()
    for _ in range(60):
        time.sleep(1)
        if not any(name == 'userunit-worker' for name, _ in lab.processes()):
            break
    values = []
    for _ in range(row.runs):
        values.append(pss_sum(lab, ('userunitd', 'userunit-spawner', 'userunit-accounts')))
        time.sleep(1)
    return Result(statistics.median(values), None, statistics.median(values), row.runs)


def worker_memory(lab, row):
    values = []
    for _ in range(row.runs):
        run_list(lab, 32).wait()
        time.sleep(1.5)
        values += [pss_kib(pid) / 1024 for name, pid in lab.processes() if name == 'userunit-worker']
    return Result(statistics.median(values), None, statistics.median(values), row.runs)


def peak_memory(lab, row):
    peaks = []
    for _ in range(row.runs):
        lab.root('bash', '-c', f'{NO_WORKERS}; true')
        peak, process = 0.0, run_list(lab, 1000)
        while process.poll() is None:
            peak = max(peak, sum(pss_kib(pid) or 0 for _, pid in lab.processes()) / 1024)
        peaks.append(peak)
    return Result(statistics.median(peaks), None, statistics.median(peaks), row.runs)


COREDUMP = 'MESSAGE_ID=fc2e22bc6ee647b6b90729ab34a250b1', f'COREDUMP_USER_UNIT={UNIT}'
SERVICES = 'userunitd', 'userunit-spawner', 'userunit-accounts', 'userunit-journal'
WATCHERS = 20


def journal_matches(n):
    """What journalctl is asked for the logs of UNIT of the first n accounts."""
    groups = []
    for uid in range(FIRST_UID, FIRST_UID + n):
        groups += [(f'_SYSTEMD_USER_UNIT={UNIT}', f'_UID={uid}'), (f'_SYSTEMD_USER_UNIT={UNIT}', f'_SYSTEMD_OWNER_UID={uid}'),
                   (f'USER_UNIT={UNIT}', f'_UID={uid}'), (*COREDUMP, f'COREDUMP_UID={uid}', '_UID=0'),
                   (f'OBJECT_SYSTEMD_USER_UNIT={UNIT}', f'OBJECT_UID={uid}', '_UID=0')]
    return [word for i, group in enumerate(groups) for word in (['+'] if i else []) + list(group)]


def logs_throughput(lab, row):
    ours, peer = run_pairs(lab, row.runs, 1, (OPERATOR, 0, '', 'userunitctl', 'logs', '-o', 'json', f'acct000?/{UNIT}', f'acct001?/{UNIT}'),
                           (0, 0, '', 'journalctl', '-o', 'json', *journal_matches(20)))
    mine, other = statistics.median(ours), statistics.median(peer)
    count = lab.entries / lab.accounts * 20
    # Entries in a ms are thousands of them in a second.
    return Result(count / mine, count / other, other / mine, row.runs, spread([b / a for a, b in zip(ours, peer)]))


def logs_first(lab, row):
    return compare(lab, row, (OPERATOR, 0, '', 'userunitctl', 'logs', '-n', '20', f'{ONE}/{UNIT}'),
                   (0, 0, '', 'journalctl', '-n', '20', *journal_matches(2)[len(journal_matches(1)) + 1:]))


@contextlib.contextmanager
def running(lab, *arguments):
    """A userunitctl of the operator in the lab, whose lines can be read."""
    process = subprocess.Popen([str(LAB), 'run', lab.name, 'op', 'userunitctl', *arguments], stdout=subprocess.PIPE)
    try:
        time.sleep(1)
        yield process
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            lab.root('pkill', '-x', 'userunitctl')
        process.stdout.close()
        process.wait()


def latency(lab, row, arguments, write, sent):
    """From when something was written to when its line has come; `sent` has the former of a line, in µs."""
    delays = []
    with running(lab, *arguments) as process:
        writer = threading.Thread(target=write)
        writer.start()
        while len(delays) < row.runs:
            line = process.stdout.readline()
            now = time.time()
            if not line:
                break
            when = sent(line)
            if when:
                delays.append(now * 1000 - when / 1000)
        writer.join()
    middle = statistics.median(delays) if delays else float('inf')
    return Result(middle, None, middle, len(delays))


def logs_latency(lab, row):
    def write():
        lab.root('bench-entries', ONE_UID, 1, UNIT, row.runs + 5, 37)

    def sent(line):
        words = json.loads(line).get('MESSAGE', '').split()
        return int(words[1]) if words[:1] == ['at'] else None

    return latency(lab, row, ('logs', '-f', '-n', '0', '-o', 'json', f'{ONE}/{UNIT}'), write, sent)


def watch_latency(lab, row):
    """From the journal's time of a failure."""
    def write():
        ask = f'setpriv --reuid={ONE_UID} --regid={ONE_UID} --clear-groups env XDG_RUNTIME_DIR=/run/user/{ONE_UID} systemctl --user'
        lab.root('sh', '-c', f'for i in $(seq {row.runs + 2}); do {ask} kill -s KILL {UNIT}; sleep 0.1; {ask} start {UNIT}; done')

    def sent(line):
        event = json.loads(line)
        return event['time'] if event.get('event') == 'failed' else None

    return latency(lab, row, ('watch', '-o', 'json', f'{ONE}/'), write, sent)


def watch_all(lab, stack):
    """WATCHERS of all accounts, by two: one account may have 16 requests at a time."""
    for who, count in ('op', WATCHERS // 2), ('root', WATCHERS - WATCHERS // 2):
        command = f'for i in $(seq {count}); do userunitctl watch -o json >/dev/null & done; wait'
        process = subprocess.Popen([str(LAB), 'run', lab.name, who, 'sh', '-c', command])
        stack.callback(process.wait)
    stack.callback(lab.root, 'pkill', '-x', 'userunitctl')
    time.sleep(5)


def watch_memory(lab, row):
    """Of our own: the files of the journal are in the page cache anyway."""
    with contextlib.ExitStack() as stack:
        watch_all(lab, stack)
        values = []
        for _ in range(row.runs):
            values.append(sum(private_kib(pid) or 0 for name, pid in lab.processes() if name in SERVICES) / 1024)
            time.sleep(1)
    middle = statistics.median(values)
    return Result(middle, None, middle, row.runs)


def watch_cpu(lab, row):
    seconds = 5
    with contextlib.ExitStack() as stack:
        watch_all(lab, stack)
        values = []
        for _ in range(row.runs):
            before = lab.cpu()
            time.sleep(seconds)
            after = lab.cpu()
            values.append(sum(after[name] - before[name] for name in ('userunitd', 'spawner and workers', 'accounts helper',
                                                                      'journal helper')) / seconds)
    middle = statistics.median(values)
    return Result(middle, None, middle, row.runs)


ROWS = [
    Row('warm', 'one list-units of another account, warm', 'systemctl --user, by the account', 1.0, warm, 100,
        goals={'bookworm': 1.1}),
    Row('cold', 'the same, cold', 'systemctl --user, by the account', 1.4, cold, 40),
    Row('machine', 'the same, warm', 'systemctl --user -M', 0.15, warm_machine, 20),
    Row('all-cold', 'list-units of 200 accounts, cold', 'bare C, 8 at a time', 1.3, all_cold, 15, accounts=200),
    Row('again', 'list-units of 32 accounts, warm', 'bare C, cold', 0.5, again_warm, 40, accounts=32),
    Row('all-machine', 'list-units of 200 accounts, cold', 'a loop of systemctl --user -M', 0.05, all_machine, 3,
        accounts=200),
    Row('scale', 'time per account, 1,000 accounts', 'the same, 100 accounts', 1.1, scale, 9, accounts=1000),
    Row('restart', 'restart of one unit, with wait', 'systemctl --user, by the account', 1.1, restart, 40),
    Row('rate', 'is-active per second, 8 connections', "polkit's answers per second", 0.8, rate, 7, unit='/s',
        at_least=True),
    Row('refusal', 'a refusal without agent', 'the same, granted', 1.2, refusal, 60),
    Row('idle-memory', 'daemon, spawner, accounts helper, idle', '', 8.0, idle_memory, 5, unit='MiB', accounts=32),
    Row('worker-memory', 'one warm worker after a list', '', 0.8, worker_memory, 3, unit='MiB', accounts=32),
    Row('peak-memory', 'peak of all processes, 1,000 accounts', '', 48.0, peak_memory, 3, unit='MiB', accounts=1000),
    Row('logs', 'logs -o json, 20 units', 'journalctl -o json, by root', 0.9, logs_throughput, 9, unit='k/s', at_least=True,
        accounts=200, journal=True),
    Row('logs-first', 'logs -n 20', 'journalctl -n 20, by root', 1.2, logs_first, 40, accounts=200, journal=True),
    Row('logs-latency', 'a line of a service to logs -f', '', 50, logs_latency, 60, accounts=200, journal=True),
    Row('watch-latency', 'an event to watch', '', 50, watch_latency, 30, accounts=200, journal=True),
    Row('watch-memory', f'services, {WATCHERS} watchers of 200 accounts', '', 16.0, watch_memory, 5, unit='MiB', accounts=200,
        journal=True),
    Row('watch-cpu', 'the same, idle: CPU for each second', '', 1.0, watch_cpu, 5, accounts=200, journal=True),
]
