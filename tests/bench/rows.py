# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rows of the benchmark: what is measured, against what, and what is to be reached."""

import dataclasses
import statistics
import subprocess
import threading
import time

from bench_lab import FIRST_UID, GUEST, LAB, OPERATOR, UNIT, account, pss_kib

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
]
