# SPDX-License-Identifier: LGPL-2.1-or-later
"""Asks `userunitctl logs` as adm and `journalctl` as root the same, and requires the same answer. Runs as root in the lab; prints TAP.

    compare-logs.py [PATTERN]           only the cases whose name has it

What is JSON is compared entry for entry: cursor, members, values. Text is compared byte for byte, and so are exit codes.
journalctl is asked before and after, as something may be written meanwhile. The entries of a unit are those that
`matches()` names: its own, its manager's about it, its coredumps, and what root's programs say about it.
"""

import dataclasses
import fnmatch
import json
import os
import pwd
import subprocess
import sys

ADM = pwd.getpwnam("adm")
ACCOUNTS = {name: pwd.getpwnam(name).pw_uid for name in ("svc-web", "svc-api", "svc-priv")}
UNIT_FIELDS = "_SYSTEMD_USER_UNIT", "USER_UNIT", "COREDUMP_USER_UNIT", "OBJECT_SYSTEMD_USER_UNIT"


def journalctl(*arguments):
    return subprocess.run(["journalctl", "--no-pager", "--quiet", *arguments], capture_output=True, check=True).stdout


def known_units():
    lines = b"".join(journalctl(f"--field={field}") for field in UNIT_FIELDS)
    return sorted(set(lines.decode(errors="replace").splitlines()))


# systemd-coredump is the account that crashed, or root, or has a user of its own for those of the system.
def coredump_handlers():
    yield ["_UID=0"]
    try:
        yield [f"_UID={pwd.getpwnam('systemd-coredump').pw_uid}", "_SYSTEMD_SLICE=system-systemd\\x2dcoredump.slice"]
    except KeyError:
        pass


def unit_groups(uid, unit):
    yield [f"_SYSTEMD_USER_UNIT={unit}", f"_UID={uid}"]
    yield [f"_SYSTEMD_USER_UNIT={unit}", f"_SYSTEMD_OWNER_UID={uid}"]
    yield [f"USER_UNIT={unit}", f"_UID={uid}"]
    yield [f"COREDUMP_USER_UNIT={unit}", f"_UID={uid}"]
    for handler in coredump_handlers():
        yield [f"COREDUMP_USER_UNIT={unit}", f"COREDUMP_UID={uid}", *handler]
    yield [f"OBJECT_SYSTEMD_USER_UNIT={unit}", f"_UID={uid}"]
    yield [f"OBJECT_SYSTEMD_USER_UNIT={unit}", f"OBJECT_UID={uid}", "_UID=0"]


def account_groups(uid):
    yield [f"_UID={uid}"]
    yield [f"_SYSTEMD_OWNER_UID={uid}", f"_SYSTEMD_UNIT=user@{uid}.service"]
    for handler in coredump_handlers():
        yield [f"COREDUMP_UID={uid}", *handler]
    yield [f"OBJECT_UID={uid}", f"OBJECT_SYSTEMD_UNIT=user@{uid}.service", "_UID=0"]
    yield [f"UNIT=user@{uid}.service", "_PID=1", "_UID=0"]


def matches(targets):
    """The arguments that make journalctl show what the targets stand for."""
    groups = []
    for target in targets:
        account, _, unit = target.partition("/")
        for name, uid in ACCOUNTS.items():
            if not fnmatch.fnmatchcase(name, account):
                continue
            if not unit:
                groups += account_groups(uid)
                continue
            full = unit if "." in unit else unit + ".service"
            names = [u for u in known_units() if fnmatch.fnmatchcase(u, full)] if any(c in full for c in "*?[") else [full]
            for one in names:
                groups += unit_groups(uid, one)
    return [word for i, group in enumerate(groups) for word in (["+"] if i else []) + group]


@dataclasses.dataclass
class Case:
    name: str
    targets: list
    options: list = dataclasses.field(default_factory=list)
    theirs: list = None         # journalctl's options, where they are not the same
    environment: dict = dataclasses.field(default_factory=dict)
    fails: bool = False         # both are to fail; what journalctl does take is compared
    empty: bool = False         # there may be nothing to show
    in_memory: bool = True      # journalctl takes that with a volatile journal too
    usage: bool = False         # options that userunitctl does not take are 2, of all its verbs
    since: int = 0              # the systemd whose journalctl does what its manual says


@dataclasses.dataclass
class Said:
    code: int
    out: bytes
    err: bytes


def run(command, environment, uid=None):
    env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **environment}
    if uid is not None:
        command = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--init-groups", *command]
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, cwd="/", check=False)
    return Said(done.returncode, done.stdout, done.stderr)


def entries(text):
    """JSON objects as dictionaries; a member that stands there twice is a fault."""
    def once(pairs):
        assert len({k for k, _ in pairs}) == len(pairs), f"a member twice: {pairs}"
        return dict(pairs)

    decoder, text, found = json.JSONDecoder(object_pairs_hook=once), text.decode(), []
    at = 0
    while at < len(text):
        entry, at = decoder.raw_decode(text, at)
        assert text[at] == "\n", f"something behind an object: {text[at:at + 20]!r}"
        found.append(entry)
        at += 1
    return found


def without_order(text):
    """The fields of an entry stand in the journal's order, with _BOOT_ID before them in ours: lines of an entry are sorted."""
    blocks = []
    for line in text.splitlines():
        if not line.startswith(b" ") or not blocks:
            blocks.append([line])
        else:
            blocks[-1].append(line)
    return b"\n".join(line for block in blocks for line in block[:1] + sorted(block[1:]))


def first_difference(case, ours, theirs):
    """Says how they differ, or None."""
    if ours.code != theirs.code and not (case.usage and (ours.code, theirs.code) == (2, 1)):
        return f"exit code {ours.code}, journalctl's {theirs.code}: {ours.err.decode(errors='replace').strip()[:300]}"
    kind = kind_of(case.options)
    if kind == "json":
        try:
            a, b = entries(ours.out), entries(theirs.out)
        except (ValueError, AssertionError) as error:
            return f"no JSON: {str(error)[:300]}"
        for i, (x, y) in enumerate(zip(a, b)):
            if x.get("__CURSOR") != y.get("__CURSOR"):
                return f"entry {i}: {str(x)[:400]}\n      instead of {str(y)[:400]}"
            for member in sorted(set(x) | set(y)):
                if member not in x or member not in y or x[member] != y[member]:
                    return (f"entry {i}: {member} is {str(x.get(member, 'missing'))[:200]}, "
                            f"journalctl's {str(y.get(member, 'missing'))[:200]}")
        if len(a) != len(b):
            return f"{len(a)} entries, journalctl has {len(b)}; first of the rest: {str((a + b)[min(len(a), len(b))])[:300]}"
        return None
    ours_out, theirs_out = ours.out, theirs.out
    if kind == "verbose":
        ours_out, theirs_out = without_order(ours_out), without_order(theirs_out)
    if ours_out == theirs_out:
        return None
    a, b = ours_out.splitlines(), theirs_out.splitlines()
    for i, (x, y) in enumerate(zip(a, b)):
        if x != y:
            return f"line {i + 1}: {x[:300]!r}\n      instead of {y[:300]!r}"
    return f"{len(a)} lines ({len(ours.out)} bytes), journalctl's {len(b)} ({len(theirs.out)})"


def commands(case):
    ours = ["userunitctl", "--no-pager", "logs", *case.options, *case.targets]
    theirs = ["journalctl", "--no-pager", *(case.options if case.theirs is None else case.theirs)]
    return ours, theirs + matches(case.targets)


def kind_of(options):
    mode = options[options.index("-o") + 1] if "-o" in options else "short"
    return "json" if mode.startswith("json") else mode if mode == "verbose" else "text"


def compare(case):
    ours_command, theirs_command = commands(case)
    before = run(theirs_command, case.environment)
    ours = run(ours_command, case.environment, ADM.pw_uid)
    after = run(theirs_command, case.environment)
    difference = first_difference(case, ours, before)
    if difference and first_difference(case, ours, after) is None:
        difference = None
    if not difference and ours.code != 0 and case.fails and not ours.err.strip():
        difference = "it says nothing"
    if not difference and not case.fails and not case.empty and not ours.out:
        difference = f"there is nothing to compare: {' '.join(theirs_command)}"
    return difference, ours, before


def cases():
    """Everything that is asked. Times and cursors are of entries that are there."""
    web, api, priv = "svc-web/speak@lines", "svc-api/speak@controls", "svc-priv/speak@plain"
    everything = [f"{account}/speak@*" for account in ACCOUNTS]
    hostile = ["priorities", "controls", "lines", "binary", "repeated", "names", "long"]

    def entry(target, which):
        return entries(journalctl("-o", "json", "--output-fields=MESSAGE", *matches([target])))[which]

    some = [entry(everything[0], i) for i in (5, 40, -10)]
    times = [int(e["__REALTIME_TIMESTAMP"]) for e in some]
    second = [f"@{t // 1000000}" for t in times]
    exact = [f"@{t // 1000000}.{t % 1000000:06d}" for t in times]

    def clock(t, form):
        return run(["date", "-u", f"-d@{t // 1000000}", form], {}).out.decode().strip()

    def json_case(name, targets, options=(), **more):
        return Case(name, targets, [*options, "-o", "json"], **more)

    for kind in hostile:
        for account in ACCOUNTS:
            yield json_case(f"JSON, {account}, {kind}", [f"{account}/speak@{kind}"])
        yield Case(f"short, {kind}", [f"svc-web/speak@{kind}"])
        yield Case(f"cat, {kind}", [f"svc-api/speak@{kind}"], ["-o", "cat"])
        yield Case(f"verbose, {kind}", [f"svc-priv/speak@{kind}"], ["-o", "verbose"])
    for form in ("short-full", "short-iso", "short-iso-precise", "short-precise", "short-unix", "short-monotonic", "with-unit",
                 "json-pretty"):
        yield Case(f"format {form}", [web, api], ["-o", form])
    yield json_case("JSON, several units, merged", [web, api, priv])
    yield json_case("JSON, globs over accounts, merged", everything)
    yield Case("short, globs over accounts", everything)
    yield json_case("JSON, a glob for the account", ["svc-*/speak@plain"])
    yield json_case("JSON, whole accounts", ["svc-api/", "svc-priv/"])
    yield Case("a whole account as text", ["svc-web/"])
    yield json_case("JSON, app.service of above 1000, with coredump and a container's uid", ["svc-web/app"])
    yield json_case("JSON, api.service of below 1000, with coredump", ["svc-api/api.service"])
    yield Case("app.service as text", ["svc-web/app.service"])
    yield json_case("JSON, -a, fields whole", ["svc-web/speak@long"], ["-a"])
    yield json_case("JSON, -a, 10 MiB in a field", ["svc-web/speak@huge"], ["-a"])
    yield json_case("JSON, 10 MiB left out", ["svc-web/speak@huge"])
    yield Case("cat, 10 MiB", ["svc-web/speak@huge"], ["-o", "cat"])
    yield Case("short, 10 MiB", ["svc-web/speak@huge"])
    yield Case("short, -a", [api], ["-a"])
    yield Case("verbose, -a", ["svc-web/speak@long"], ["-a", "-o", "verbose"])
    for number in "0", "1", "7", "100000":
        yield json_case(f"JSON, -n {number}", everything, ["-n", number], empty=number == "0")
    yield Case("-n without a number is 10", everything, ["-n", "all"])
    yield Case("--lines=5", [web], ["--lines=5"])
    yield Case("-r", [web, api], ["-r"])
    yield json_case("JSON, -r -n", everything, ["-r", "-n", "12"])
    yield json_case("JSON, --since, to the microsecond", everything, ["--since", exact[1]])
    yield json_case("JSON, --until, to the microsecond", everything, ["--until", exact[1]])
    yield json_case("JSON, --since and --until", everything, ["--since", exact[0], "--until", exact[2]])
    yield json_case("JSON, --since, -r, -n", everything, ["--since", exact[0], "-r", "-n", "3"])
    yield json_case("JSON, -S, -U, seconds", everything, ["-S", second[0], "-U", second[2]], empty=True)
    yield json_case("JSON, --until, -n", everything, ["--until", exact[2], "-n", "3"], since=254)
    for text in "-1h", "1 hour ago", "today", "yesterday", "2020-01-01", "2020-01-01 10:00", "2020-01-01 10:00:00.5", "-2h30min", "00:00":
        yield json_case(f"JSON, --since '{text}'", [web], ["--since", text])
    for text in "now", "+1h", "tomorrow", "1 hour left":
        yield json_case(f"JSON, --until '{text}'", [web], ["--until", text])
    yield json_case("JSON, a date and a time of day", everything, ["--since", clock(times[1], "+%Y-%m-%d %H:%M:%S")])
    yield json_case("JSON, a date in UTC", everything, ["--since", clock(times[1], "+%Y-%m-%d %H:%M:%S UTC")],
                    environment={"TZ": "Asia/Kolkata"})
    yield Case("short in another time zone", [web], [], environment={"TZ": "Asia/Kolkata"})
    yield Case("short-iso in another time zone", [web], ["-o", "short-iso"], environment={"TZ": "America/St_Johns"})
    yield Case("--utc", [web], ["--utc", "-o", "short-full"], environment={"TZ": "Asia/Kolkata"})
    yield Case("--no-hostname", [web], ["--no-hostname"])
    for priority in "err", "3", "warning", "debug", "emerg", "emerg..err", "3..5", "info..info":
        yield json_case(f"JSON, -p {priority}", [*everything, "svc-web/app"], ["-p", priority], empty=True)
    yield Case("-p err as text", ["svc-web/speak@priorities"], ["-p", "err"])
    for pattern in "priority [0-3]", "PLAIN", "plain", "pl.*1", "^plain 1$", "(?i)PLAIN 7", "漢", "second|third", "\\bof\\b":
        yield json_case(f"JSON, -g '{pattern}'", everything, ["-g", pattern], empty=True)
    yield Case("-g as text", everything, ["-g", "plain 1", "-n", "4"])
    yield json_case("JSON, -g, --case-sensitive", everything, ["-g", "PLAIN", "--case-sensitive"], empty=True)
    yield json_case("JSON, -g, --case-sensitive=no", everything, ["-g", "Plain", "--case-sensitive=no"])
    yield json_case("JSON, -g that finds nothing", everything, ["-g", "no such text"], empty=True)
    yield json_case("JSON, -g -r -n", everything, ["-g", "plain", "-r", "-n", "3"])
    yield json_case("JSON, -b", everything, ["-b"])
    yield json_case("JSON, -b 0", everything, ["-b", "0"])
    yield json_case("JSON, -b by id", everything, ["-b", some[0]["_BOOT_ID"]])
    yield json_case("JSON, --boot=1, the first", everything, ["--boot=1"], in_memory=False)
    yield json_case("JSON, -t", everything, ["-t", "python3", "-t", "me"])
    yield json_case("JSON, --output-fields", [web], ["--output-fields=MESSAGE,PRIORITY,_PID"])
    yield Case("verbose, --output-fields", [web], ["-o", "verbose", "--output-fields=MESSAGE,PRIORITY"])
    cursor = some[1]["__CURSOR"]
    yield json_case("JSON, --cursor", everything, ["--cursor", cursor])
    yield json_case("JSON, --after-cursor", everything, ["--after-cursor", cursor])
    yield json_case("JSON, -c, -n", everything, ["-c", cursor, "-n", "3"])
    yield json_case("JSON, --after-cursor, -n", everything, ["--after-cursor", cursor, "-n", "3"])
    yield json_case("JSON, --cursor, -r", everything, ["--cursor", cursor, "-r"])
    yield Case("--show-cursor", [web], ["--show-cursor", "-n", "2"])
    yield Case("a unit that never was", ["svc-web/no-such-unit"], empty=True)
    yield json_case("JSON, a unit that never was", ["svc-web/no-such-unit"], empty=True)
    yield json_case("JSON, a pattern of no unit", ["svc-web/no-such-*"], theirs=["-o", "json", "MESSAGE_ID=no-such"], empty=True)
    # What is no question.
    for name, options in (
        ("a time that is none", ["--since", "soon"]),
        ("a date that is none", ["--until", "2020-13-45"]),
        ("an end before the beginning", ["--since", exact[1], "--until", exact[0]]),
        ("a pattern that is none", ["-g", "("]),
        ("a priority that is none", ["-p", "loud"]),
        ("a number that is none", ["-n", "-5"]),
        ("a format that is none", ["-o", "xml"]),
        ("a boot that is none", ["--boot=zzz"]),
        ("a boot id that never was", ["-b", "f" * 32]),
        ("a cursor that is none", ["--cursor", "nonsense"]),
        ("an empty cursor", ["--after-cursor", ""]),
        ("two cursors", ["--cursor", cursor, "--after-cursor", cursor]),
        ("a cursor and a time", ["--cursor", cursor, "--since", "today"]),
        ("-f and -r", ["-f", "-r"]),
        ("an option that is none", ["--no-such-option"]),
    ):
        yield Case(name, [web], options, fails=True, usage=name in ("a number that is none", "a format that is none", "an option that is none"))
    yield Case("a boot that never was", [web], ["-b", "-9"], fails=True, in_memory=False)
    # That of another machine is none of ours, and journalctl seeks it by its time.
    elsewhere = "s=" + "a" * 32 + cursor[cursor.index(";") :]
    yield json_case("JSON, a cursor of another machine", everything, ["--cursor", elsewhere], empty=True)


def falsified(ours):
    lines = ours.out.splitlines(keepends=True)
    middle = len(lines) // 2
    yield "one left out", Said(ours.code, b"".join(lines[:middle] + lines[middle + 1 :]), b"")
    yield "one twice", Said(ours.code, b"".join(lines[: middle + 1] + lines[middle:]), b"")
    yield "the last left out", Said(ours.code, b"".join(lines[:-1]), b"")
    yield "two exchanged", Said(ours.code, b"".join(lines[:middle] + [lines[middle + 1], lines[middle]] + lines[middle + 2 :]), b"")
    yield "a letter changed", Said(ours.code, ours.out.replace(b"plain 7", b"plain 8"), b"")
    yield "another exit code", Said(ours.code + 1, ours.out, b"")


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    number = failed = asked = 0
    version = int(subprocess.run(["journalctl", "--version"], capture_output=True, check=True, text=True).stdout.split()[1])

    in_memory = not os.path.isdir("/var/log/journal")

    def say(fine, name, why=""):
        nonlocal number, failed
        number += 1
        failed += not fine
        print(f"{'ok' if fine else 'not ok'} {number} - {name}", flush=True)
        if not fine:
            print(f"#   {why}", flush=True)

    for case in cases():
        if wanted not in case.name:
            continue
        if version < case.since or (in_memory and not case.in_memory):
            number += 1
            print(f"ok {number} - {case.name} # SKIP journalctl {version} does otherwise")
            continue
        difference, ours, theirs = compare(case)
        asked += 1
        say(not difference, case.name, f"{difference}\n#   {' '.join(commands(case)[0])}"[:2000])
        if case.name in ("JSON, svc-priv, plain", "format short-full", "JSON, globs over accounts, merged"):
            for name, false in falsified(ours):
                if false.out != ours.out or false.code != ours.code:
                    say(first_difference(case, false, theirs), f"… {name} would be noticed", "it was not")
    if not wanted:
        say(asked >= 30, f"{asked} questions were asked")
    print(f"1..{number}")
    sys.exit(1 if failed else 0)


os.umask(0o022)
main()
