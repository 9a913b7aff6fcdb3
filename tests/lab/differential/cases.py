# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is asked in both ways: the command lines of the differential test.

A word that begins with @ is a unit or a pattern: systemctl gets what follows, userunitctl the same with the account in
front, or with the account as an option. A lone @ is the account as a whole, for which systemctl gets nothing.
"""

import re
import shlex
from dataclasses import dataclass, field

# One of each kind of the zoo (tests/lab/recipe/zoo).
UNITS = r"""
simple.service also-simple.service exec.service forking.service children.service oneshot.service oneshot-remains.service
notify.service notify-utf8.service dbus-name.service idle.service never-started.service hidden.service settings.service
preferences.service conflicting.service worker@1.service worker@two-three.service worker@special.service worker@new.service
once@a-b\x2dc.service path-like@var-tmp.service sliced.service
failed-exit.service failed-signal.service failed-timeout.service failed-start-limit.service failed-exec.service
failed-chdir.service failed-pre.service failed-post.service failed-protocol.service failed-watchdog.service
failed-condition-command.service skipped-condition-command.service skipped-condition.service skipped-assert.service
dependency-failed.service auto-restart.service activating.service waiting.service deactivating.service reloading.service
bad-nothing.service bad-setting.service bad-syntax.service bad-empty.service unreadable.service dangling.service
nowhere.service no-such-unit.service masked.service masked-running.service masked-by-admin.service masked-until-boot.service
calendar.timer past.timer boot.timer startup.timer repeating.timer since-inactive.timer elapsed.timer lasting.timer
failing.timer inactive.timer tick@4.timer bad-timer.timer masked-timer.timer missing.timer
echo.socket many.socket fifo.socket netlink.socket queue.socket special.socket special-inactive.socket taken.socket
exists.path glob.path changed.path there.path inactive.path
zoo.target after-zoo.target waiting.target default.target bad.target
zoo.slice zoo-inner-deep.slice app.slice -.slice init.scope scoped.scope
var-tmp-zoo.mount var-tmp-zoo.swap elsewhere.automount -.mount
esc\x2daped\x20name.service co:lon_under.score-dash.service 0.service UPPER.service dots...service
a-very-long-name-that-goes-on-and-on-for-longer-than-anybody-would-type-because-someone-generated-it-from-a-path-and-a-host-name-and-a-date-and-a-version-and-then-added-the-branch-and-the-number-of-the-build-and-a-random-suffix-d41d8cd98f00b204e.service
text-utf8.service text-quotes.service text-continued.service text-none.service text-crlf.service text-control.service
text-latin1.service text-no-newline.service text-comment-only.service at@with\x20blank.service
dropped.service dropped-by-prefix.service only-dropin.service admin.service overridden.service until-boot.service
local-share.service linked.service linked-only.service indirect.service stale.service vanished.service
generated.service generated-early.timer generated-late.service
transient.service transient-done.service transient-failed.service transient-timer.timer transient-path.path
transient-socket.socket
""".split()

# These take part in fewer questions: what is true of one template is true of them.
TEMPLATES = ["worker@.service", "once@.service", "echo@.service", "tick@.timer", "no-such@.service"]

LISTS = r"""
list-units @
list-units --all @
list-units -a --type=service @
list-units -t timer,socket @
list-units --type=path --type=slice -a @
list-units --type=scope @
list-units --type=target --all @
list-units --type=mount @
list-units --type=automount,swap,device -a @
list-units --failed @
list-units --state=failed @
list-units --state=active,failed --all @
list-units --state=inactive @
list-units --state=not-found --all @
list-units --state=masked --all @
list-units --state=bad-setting --all @
list-units --state=error -a @
list-units --state=loaded @
list-units --state=running @
list-units --state=running,exited --type=service @
list-units --state=dead @
list-units --state=activating @
list-units --state=auto-restart -a @
list-units --state=reloading @
list-units --state=elapsed @
list-units --state=waiting --type=timer @
list-units --failed --type=timer @
list-units @worker@*
list-units @*.timer
list-units --all @*.timer @*.socket
list-units @worker@1.service
list-units @worker@1
list-units @nothing*
list-units -a @[u-z]*.service
list-units @?.service
list-units @esc*
list-units @esc\x2daped\x20name.service
list-units --all @text-*
list-units @masked-running.service
list-units --plain @
list-units --plain --failed @
list-units --no-legend @*.target
list-units --legend=no @*.target
list-units --legend=yes --quiet @*.target
list-units --full --all @
list-units -q @nothing*
list-units --state=bogus @
list-units --no-pager --no-legend --plain -a @
list-units -o json @
list-units -a -o json @
list-units --output=json --failed @
list-units -o json --type=timer,path -a @
list-units -o json @nothing*
list-units -o json @worker@*
list-units -o json-pretty @*.slice
list-unit-files @
list-unit-files --all @
list-unit-files --type=timer @
list-unit-files --type=service,socket @
list-unit-files --state=enabled @
list-unit-files --state=disabled,static @
list-unit-files --state=masked @
list-unit-files --state=masked-runtime,linked,linked-runtime,enabled-runtime @
list-unit-files --state=alias @
list-unit-files --state=indirect @
list-unit-files --state=generated @
list-unit-files --state=transient @
list-unit-files --state=bad @
list-unit-files --state=enabled --type=timer @
list-unit-files @worker@*
list-unit-files @*.socket @*.path
list-unit-files @simple.service
list-unit-files @nothing*
list-unit-files @text-*
list-unit-files --no-legend @a*
list-unit-files --plain @a*
list-unit-files --full @a*
list-unit-files -q @nothing*
list-unit-files -o json @
list-unit-files -o json --state=masked @
list-unit-files -o json --type=target @
list-unit-files -o json @nothing*
list-unit-files -o json-pretty @*.slice
list-timers @
list-timers --all @
list-timers @calendar.timer
list-timers -a @inactive*
list-timers @nothing*
list-timers --no-legend @
list-timers --full --all @
list-timers --state=active @
list-timers -a --state=inactive @
list-timers -o json @
list-timers --all -o json @
list-timers -o json @nothing*
list-timers -o json-pretty @c*
list-sockets @
list-sockets --all @
list-sockets --show-types @
list-sockets --show-types --all @
list-sockets @many.socket
list-sockets @many*
list-sockets @nothing*
list-sockets --no-legend @
list-sockets --full @
list-sockets -a --state=inactive @
list-sockets -o json @
list-sockets --all -o json @
list-sockets -o json @nothing*
list-sockets --show-types -o json-pretty @e*
list-paths @
list-paths --all @
list-paths @c*
list-paths @nothing*
list-paths --no-legend @
list-paths -o json @
list-paths --all -o json @
list-paths -o json @nothing*
list-jobs @
list-jobs @w*
list-jobs @waiting.service
list-jobs @nothing*
list-jobs --after @
list-jobs --before @
list-jobs --after --before @
list-jobs --no-legend @
list-jobs -o json @
list-jobs -o json @nothing*
list-dependencies @
list-dependencies --all @
list-dependencies --plain @
list-dependencies --reverse @
list-dependencies @simple.service
list-dependencies @zoo.target
list-dependencies --all @zoo.target
list-dependencies --plain @zoo.target
list-dependencies --plain --all @zoo.target
list-dependencies --reverse @zoo.target
list-dependencies --reverse --all @exec.service
list-dependencies --reverse --plain @exec.service
list-dependencies --before @zoo.target
list-dependencies --after @zoo.target
list-dependencies --after --plain @waiting.target
list-dependencies --before --all --plain @exec.service
list-dependencies @bad.target
list-dependencies --state=active @zoo.target
list-dependencies --type=service @default.target
list-dependencies @zoo.target @waiting.target
list-dependencies @no-such-unit.service
list-dependencies @esc\x2daped\x20name.service
list-dependencies @default.target
list-dependencies @timers.target
list-dependencies --plain @sockets.target
list-dependencies --reverse @nowhere.service
list-dependencies @worker@1
list-dependencies -o json @zoo.target
show-environment @
show-environment -o json @
show-environment -o json-pretty @
is-system-running @
is-system-running --quiet @
get-default @
"""

QUESTIONS = r"""
is-active @simple.service @exec.service
is-active @simple.service @failed-exit.service
is-active @failed-exit.service @no-such-unit.service
is-active @no-such-unit.service @masked.service
is-active @activating.service @auto-restart.service @reloading.service @deactivating.service
is-active --quiet @simple.service
is-active -q @failed-exit.service
is-active @simple
is-active @worker@*
is-active @*.timer
is-active @nothing*
is-failed @simple.service @exec.service
is-failed @simple.service @failed-exit.service
is-failed @failed-exit.service @no-such-unit.service
is-failed @no-such-unit.service
is-failed --quiet @simple.service
is-failed -q @failed-exit.service
is-failed @failed-*
is-failed @nothing*
is-failed @
is-enabled @simple.service @exec.service
is-enabled @simple.service @never-started.service
is-enabled @never-started.service @masked.service
is-enabled @no-such-unit.service @simple.service
is-enabled @no-such-unit.service @nowhere.service
is-enabled --quiet @simple.service
is-enabled -q @never-started.service
is-enabled -q @no-such-unit.service
is-enabled @simple
is-enabled @also-simple
show @
show --all @
show --property=Version,Features,Architecture @
show --property=Version --value @
show -p NNames -p DefaultTimeoutStartUSec -p UnitPath -p Environment @
show -p NoSuchProperty @
show -P SystemState @
show @simple.service @exec.service
show --property=Id --property=Names @simple.service @also-simple.service @nowhere.service
show -p Id,ActiveState,SubState,LoadState @worker@*
show -p Id @*.timer
show -p Id -a @*.slice
show -p Id @nothing*
show -p ExecStart,Environment,MemoryMax,CPUQuotaPerSecUSec --value @settings.service
show -P ExecStart @simple.service
show -P MainPID @simple.service @exec.service
show -p NoSuchProperty @simple.service
show -p id @simple.service
show -p Id,NoSuchProperty,ActiveState @simple.service
show --property= @simple.service
show --all @simple.service
show --all @calendar.timer
show --all @many.socket
show --all --value @changed.path
show -p Triggers,TriggeredBy @calendar.timer @oneshot.service
show @simple
show -p TimersCalendar,TimersMonotonic,NextElapseUSecRealtime,LastTriggerUSec @calendar.timer @repeating.timer @past.timer
show -p Listen,Symlinks,Accept @many.socket @echo.socket
show -p Paths @changed.path @glob.path
show --value -p Description @text-utf8.service @text-quotes.service @text-continued.service
show -p LoadError,LoadState @bad-setting.service @unreadable.service @masked.service @nowhere.service
show -p DropInPaths,FragmentPath,NeedDaemonReload @dropped.service @stale.service @vanished.service
show -p UnitFileState,UnitFilePreset @simple.service @linked.service @generated.service @transient.service
show -p ActiveEnterTimestamp,ExecMainStartTimestamp,StateChangeTimestampMonotonic @simple.service
show --timestamp=unix -p ActiveEnterTimestamp @simple.service
show --timestamp=utc -p ActiveEnterTimestamp,InactiveExitTimestamp @simple.service
show --timestamp=us -p ActiveEnterTimestamp @simple.service
show --timestamp=us+utc -p ActiveEnterTimestamp @simple.service
status @simple.service @exec.service
status @simple.service @failed-exit.service
status @simple.service @no-such-unit.service
status @worker@*
status @*.timer
status @failed-*
status @nothing*
status --full @children.service
status -l -n 0 @settings.service
status @simple
status --plain @many.socket
status --no-pager @zoo.target
status --quiet @simple.service
status --state=failed @*
status --type=timer @*
cat @simple.service
cat @simple.service @exec.service
cat @simple.service @no-such-unit.service
cat @dropped.service @worker@1.service
cat @simple
cat @worker@*
cat @nothing*
"""

# Wrong use: what counts is that both refuse.
WRONG = r"""
is-active
is-enabled
cat
no-such-verb
list-unit @
list-units --no-such-option @
list-units --type=bogus @
list-units -o bogus @
list-units --legend=bogus @
list-units --output @
list-timers --type=bogus @
show --timestamp=bogus @simple.service
get-default surplus
is-active @no.such.suffix.
is-active @bad/slash@.service
"""

# Where it is right that nothing is printed.
MAY_BE_EMPTY = [
    "--quiet|-q ",
    "NoSuchProperty|-p id |--property= ",
    r"^(is-|cat|show|status).*nothing\*",
    "^is-enabled .*no-such",
]

# What these print contains times and counters.
MOVES = ["status", "show", "list-timers"]

# In which other words a person asks the same: rotated over the cases.
WORDS = ["account", "machine", "own"]


@dataclass
class Case:
    words: list
    kind: str = "text"  # text, json, table
    empty: bool = False  # both may print nothing
    refused: bool = False  # neither may succeed
    environment: dict = field(default_factory=dict)
    each: bool = False  # one of a row that asks the same of every unit
    since: int = 0  # the systemd that has it
    key: str = ""

    @property
    def verb(self):
        return next((w for w in self.words if not w.startswith("-")), "")

    def name(self):
        shown = [f"{k}={v}" for k, v in self.environment.items()] + self.words
        return " ".join(w if len(w) < 60 else w[:57] + "…" for w in shown)

    def systemctl(self):
        return ["systemctl", "--user"] + [w[1:] if w.startswith("@") else w for w in self.words if w != "@"]

    def userunitctl(self, account, way):
        """The same of an account, as somebody else ("address", "account", "machine") or as itself ("own")."""
        if way == "address":
            return ["userunitctl"] + [f"{account}/{w[1:]}" if w.startswith("@") else w for w in self.words]
        option = {"account": [f"--account={account}"], "machine": ["-M", f"{account}@"], "own": []}[way]
        return ["userunitctl"] + option + [w[1:] if w.startswith("@") else w for w in self.words if w != "@"]


def case(line, **more):
    words = shlex.split(line.replace("\\", "\\\\"))
    c = Case(words, **more)
    if "json" in line:
        c.kind = "json"
    elif c.verb in ("list-timers", "list-sockets", "list-paths", "list-jobs"):
        c.kind = "table"
    c.empty = c.refused or any(re.search(pattern, line) for pattern in MAY_BE_EMPTY)
    if c.verb == "list-paths" or c.verb == "list-dependencies" and re.search("--(state|type)", line):
        c.since = 254
    return c


def lines(text, **more):
    return [case(line, **more) for line in text.strip().splitlines()]


def cases():
    found = lines(LISTS) + lines(QUESTIONS) + lines(WRONG, refused=True)
    for unit in UNITS + TEMPLATES:
        unit = "-- @" + unit if unit.startswith("-") else "@" + unit
        found += [case(f"{question} {unit}", each=True) for question in ("status --lines=0", "cat")]
    # A missing unit changes the exit code of a whole row: a few at a time.
    for few in (UNITS[i : i + 4] for i in range(0, len(UNITS), 4)):
        targets = " ".join("@" + unit for unit in few)
        targets = "-- " + targets if " @-" in " " + targets else targets
        found += [case(f"{question} {targets}", each=True) for question in ("show", "is-active", "is-failed")]
    for unit in UNITS[2::3] + TEMPLATES:
        found += [case(f"{question} @{unit}", each=True) for question in ("is-enabled", "is-active", "is-failed")]

    ascii_only = {"LC_ALL": "C"}
    for line in ("list-units @", "status @children.service", "list-dependencies @zoo.target", "list-units -a @text-*"):
        found.append(case(line, environment=ascii_only))
    colors = {"SYSTEMD_COLORS": "1", "SYSTEMD_URLIFY": "0"}
    for line in ("list-units --all @", "list-unit-files @", "status @children.service", "status @failed-exit.service",
                 "list-timers --all @", "list-dependencies @zoo.target", "list-jobs @", "cat @dropped.service"):
        found.append(case(line, environment=colors))

    for number, c in enumerate(found):
        c.key = f"{number:04}"
    return found


def ask(number, c, accounts):
    """Of which accounts in which way the case is asked."""
    ways = ["address"] + WORDS
    if c.each or c.refused:
        return [(accounts[number // 4 % len(accounts)], ways[number % 4])]
    return [(account, ways[i and 1 + number % 3]) for i, account in enumerate(accounts)]
