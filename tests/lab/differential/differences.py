# SPDX-License-Identifier: LGPL-2.1-or-later
"""What userunitctl deliberately does otherwise than systemctl: the one table of it, for the test and for the manual."""

import json
import re
from dataclasses import dataclass
from typing import Callable, Optional


@dataclass
class Said:
    """What one command said, and what a difference needs to know about it."""

    out: str
    code: int
    verb: str
    words: list
    account: str
    environment: dict
    way: str  # address: as ACCOUNT/UNIT; account, machine: by an option; own: by the account itself
    kind: str  # text, table or json
    refused: bool  # wrong use
    pattern: bool  # a unit is named by a pattern
    version: int  # systemd's
    root: str  # where the file system of the machine is that was asked


@dataclass
class Difference:
    name: str
    where: str
    systemctl: str
    userunitctl: str
    reason: str
    # These change what was said so that the difference is gone, and return whether there was one: `ours` makes of
    # userunitctl's what systemctl would have said, `theirs` takes from systemctl's what does not count.
    ours: Optional[Callable] = None
    theirs: Optional[Callable] = None
    since: int = 0  # the first and the last version of systemd where there can be this difference
    until: int = 999


def replace(said, pattern, by, flags=re.M):
    """Whether anything was replaced."""
    before, said.out = said.out, re.sub(pattern, by, said.out, flags=flags)
    return before != said.out


def own_name(ours, theirs):
    return ours.verb.startswith("list-") and replace(ours, "'userunitctl list-unit-files'", "'systemctl list-unit-files'")


TEXT_ONLY = ("list-jobs", "list-dependencies")


def account_member(ours, theirs):
    if ours.kind != "json" or not ours.out or ours.verb in TEXT_ONLY:
        return False
    value = json.loads(ours.out)
    rows = value if isinstance(value, list) else [value]
    if not all(row.pop("account", None) == ours.account for row in rows):
        return False
    ours.out = json.dumps(value, ensure_ascii=False)
    return bool(rows)


def account_in_header(ours, theirs):
    account = re.escape(ours.account)
    if ours.verb == "list-dependencies":
        return replace(ours, rf"^{account}/", "")
    return ours.verb == "status" and replace(ours, rf"^(\S+ ){account}/", r"\1")


def newer_lines(ours, theirs):
    return (
        ours.verb == "status"
        and ours.version < 257
        and replace(ours, r"^( Invocation: [0-9a-f]{32}|        Job: \d+|   FD Store: \d+ \(limit: \d+\))\n", "")
    )


def newer_lists(said, other):
    """list-timers with "left" behind what is left and nothing for no unit, and list-sockets with paths first, up to 252."""
    if said.version >= 257:
        return False
    if said.verb == "list-timers":
        return any(
            [
                replace(said, r" left(?= )", "     "),
                replace(said, r"(\.timer) +-? *$", r"\1"),
                replace(said, r'"activates"(\s*:\s*)""', r'"activates"\1null'),
            ]
        )
    before = said.out
    if said.verb == "list-sockets" and said.kind == "json" and said.out:
        said.out = json.dumps(sorted(json.loads(said.out), key=json.dumps))
    elif said.verb == "list-sockets":
        said.out = "\n".join(sorted(said.out.split("\n")))
    return said.out != before


def passed(said, other):
    """What has passed since a timer's last elapse, which systemctl 257 tells as a time on the monotonic clock."""
    if said.verb != "list-timers" or said.kind != "json" or said.version < 257:
        return False
    return replace(said, r'"passed"\s*:\s*\d+', '"passed":1')


def more_json(ours, theirs):
    """systemctl prints text there, whatever --output= says."""
    if ours.kind != "json" or ours.verb not in TEXT_ONLY or theirs.out.startswith("["):
        return False
    rows = json.loads(ours.out)
    words = re.findall(r"[^\s├└─│]+", theirs.out)
    shortened = tuple(w[:-1] for w in words if w.endswith("…"))
    if not all(row["unit"] in words or row["unit"].startswith(shortened or "\n") for row in rows):
        return False
    if not all(row["account"] == ours.account for row in rows) or ours.code != theirs.code:
        return False
    line = r"^ *\d+ \S+\.\S+" if ours.verb == "list-jobs" else r"^."
    if len(rows) != len(re.findall(line, theirs.out, re.M)):
        return False
    ours.kind = "text"
    ours.out = theirs.out
    return True


def environment_json(ours, theirs):
    if ours.verb != "show-environment" or ours.kind != "json":
        return False
    rows = json.loads(ours.out)
    if len(rows) != 1 or set(rows[0]) != {"environment"}:
        return False
    ours.out = json.dumps(rows[0]["environment"], ensure_ascii=False)
    return True


def without_log(said):
    """A block of lines of the journal stands behind each unit, an empty line before it."""
    line = r"(?:[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d .*|Warning: .*journal.*|Hint: .*|-- .* --)"
    return said.verb == "status" and replace(said, rf"\n\n{line}\n(?:(?:{line}| {{10,}}.*)\n)*(?=\n|\Z)", "\n")


def log_of_others(theirs, ours):
    return without_log(theirs)


def log_of_ours(ours, theirs):
    return without_log(ours)


LEGEND = re.compile(r"^(?:Legend: | {8})?([A-Z]+) +(?:=|→|->) (.*)$", re.M)


def legend(said, other):
    """In one spelling, without the empty lines around it, of which systemctl has had various numbers."""
    before = said.out
    if said.verb.startswith("list-"):
        said.out = LEGEND.sub(r"\1 = \2", said.out)
        if said.verb == "list-units" and said.kind == "text":
            said.out = re.sub(r"\n{2,}", "\n", said.out).lstrip("\n")
    return said.out != before


def colors(said, other):
    if "SYSTEMD_COLORS" not in said.environment:
        return False
    found = replace(said, r"\033\[[0-9;:]*m", "")
    replace(said, r" +$", "")  # what was underlined
    return found


def control(theirs, ours):
    """A control character in what a unit calls itself is text for userunitctl."""
    if theirs.verb not in ("list-units", "show", "status") or theirs.kind != "text" or "SYSTEMD_COLORS" in theirs.environment:
        return False
    before = theirs.out
    theirs.out = re.sub(r"[\x00-\x09\x0b-\x1f\x7f]", lambda m: f"\\x{ord(m[0]):02x}", theirs.out)
    return theirs.out != before


def in_order(said, other):
    """What stands between empty lines, in one order."""
    before = said.out
    if said.verb in ("list-jobs", "show-environment") and not said.out.startswith(("[", "{")):
        head, *lines = re.split(r"\n(?! *[└├])", said.out)
        said.out = "\n".join([head] + sorted(lines) if "STATE" in head else sorted([head] + lines))
        return said.out != before
    if not said.pattern or said.verb not in ("show", "status", "cat"):
        return False
    parts = (part.strip("\n") for part in said.out.split("\n\n"))
    said.out = "\n\n".join(sorted(part for part in parts if part))
    return said.out != before.strip("\n")


def wrong_use(ours, theirs):
    if ours.refused and ours.code == 2 and theirs.code == 1:
        ours.code = 1
        return True
    return False


ENABLED = {"enabled", "enabled-runtime", "static", "alias", "indirect", "generated"}


def missing_unit(ours, theirs):
    """4 is "no such unit" for every verb that asks about one, and one missing unit does not stop is-enabled."""
    if ours.verb not in ("is-active", "is-failed", "is-enabled", "cat") or ours.out.startswith("# "):
        return False
    if ours.verb == "is-enabled" and theirs.version < 257 and theirs.code == 1 and "not-found\n" in ours.out:
        words = ours.out.split()
        if len(words) != len([w for w in ours.words if w.startswith("@")]):
            return False
        if ours.code != (4 if set(words) == {"not-found"} else 0 if ENABLED & set(words) else 1):
            return False
        ours.out, ours.code = theirs.out, theirs.code
        return True
    quiet = "-q" in ours.words or "--quiet" in ours.words
    if ours.verb == "is-enabled" and not quiet:
        return False
    if ours.code == 4 and theirs.code in (1, 3) and ours.out == theirs.out:
        ours.code = theirs.code
        return True
    return False


def template(ours, theirs):
    """is-active and is-failed of a template, which cannot be in any state."""
    if ours.verb in ("is-active", "is-failed") and any(re.search(r"@\.[a-z]+$", w) for w in ours.words):
        if (ours.out, ours.code, theirs.out, theirs.code) == ("inactive\n", 4, "", 1):
            ours.out, ours.code = theirs.out, theirs.code
            return True
    return False


def cat_unloadable(ours, theirs):
    m = re.fullmatch(r"# Unit (\S+) could not be loaded\.\n", theirs.out)
    shown = re.match(rf"# (/\S*/{re.escape(m[1])})\n", ours.out) if m else None
    if ours.verb != "cat" or not shown:
        return False
    with open(ours.root + shown[1], encoding="utf-8", errors="surrogateescape", newline="") as f:
        if ours.out != shown[0] + f.read():
            return False
    ours.out = theirs.out
    return True


def cat_masked(ours, theirs):
    if ours.verb != "cat" or not re.fullmatch(r"# Unit \S+ is masked\.\n", theirs.out):
        return False
    return replace(ours, r"\A# /\S*/(\S+)\n\Z", r"# Unit \1 is masked.\n")


def cat_bytes(ours, theirs):
    return ours.verb == "cat" and replace(ours, "\r$", "")


def unprintable(theirs, ours):
    return theirs.verb == "show" and "--value" in theirs.words and replace(theirs, r"^\w+=(?=\[unprintable\]$)", "")


def suffix(ours, theirs):
    """A name without a suffix is a service's also where systemctl takes it for a pattern that has to match as it is."""
    if ours.verb not in ("list-units", "list-unit-files") or not any(re.fullmatch(r"@[\w@-]+", w) for w in ours.words):
        return False
    if not ours.out.strip() or ".service " not in ours.out or ".service " in theirs.out:
        return False
    ours.out, ours.code = theirs.out, theirs.code
    return True


def unknown_word(ours, theirs):
    if ours.verb.startswith("list-") and any("bogus" in w for w in ours.words) and ours.code == 2 and theirs.code != 2:
        ours.out, ours.code = theirs.out, theirs.code
        return True
    return False


def dots(ours, theirs):
    """Only where systemctl is too old to print them."""
    changing = r"^[●*] (?=.* (?:activating|deactivating|reloading) )"
    return ours.verb == "list-units" and ours.version < 253 and replace(ours, changing, "  ")


def state_of_manager(ours, theirs):
    if ours.verb == "is-failed" and not any(w.startswith("@") and len(w) > 1 for w in ours.words) and ours.code == 2:
        ours.out, ours.code = theirs.out, theirs.code
        return True
    return False


DIFFERENCES = [
    Difference(
        "colors",
        "colours",
        "256 colours, underlined headers and groups",
        "the eight colours of the terminal's palette, no underlining",
        "They are readable on every background that a person has chosen.",
        ours=colors,
        theirs=colors,
    ),
    Difference(
        "own-name",
        "hints",
        "names itself: `systemctl list-unit-files`",
        "names itself: `userunitctl list-unit-files`",
        "The hint is for the command that is in use.",
        ours=own_name,
    ),
    Difference(
        "account",
        "`-o json`",
        "",
        "each object has `account` besides",
        "One answer may hold several accounts.",
        ours=account_member,
    ),
    Difference(
        "header",
        "the first line of `status`, `list-dependencies`",
        "`app.service`",
        "`svc-web/app.service` for another account's unit",
        "One screen may show units of several accounts; the name can be copied into the next command.",
        ours=account_in_header,
    ),
    Difference(
        "newer-lines",
        "`status`",
        "the lines `Job:`, `Invocation:` and `FD Store:` of newer versions",
        "these lines with every systemd",
        "A client prints the same whatever the manager's age.",
        ours=newer_lines,
        until=256,
    ),
    Difference(
        "newer-lists",
        "`list-timers`, `list-sockets`",
        "up to systemd 252 `5h left` where it is `5h` since, and sockets with a path first",
        "as newer versions",
        "A client prints the same whatever the manager's age.",
        ours=newer_lists,
        theirs=newer_lists,
        until=256,
    ),
    Difference(
        "passed",
        "`passed` in `list-timers -o json`",
        "up to systemd 252 when the timer elapsed last, since then on the monotonic clock",
        "when the timer elapsed last, as `last`",
        "It is the older meaning, and one that a reader of the file can use after a reboot.",
        ours=passed,
        theirs=passed,
        since=257,
    ),
    Difference(
        "environment-json",
        "`show-environment -o json`",
        "one object",
        "an array with `account` and `environment` of each account",
        "A variable may be called `account`.",
        ours=environment_json,
    ),
    Difference(
        "log-lines",
        "`status`",
        "those lines of the unit's log that the account may read itself: of one below uid 1000 none",
        "the last ten lines of it, as root would see them, where one has org.userunit1.read-logs",
        "That an account is the system's does not make its log a secret to itself.",
        ours=log_of_ours,
        theirs=log_of_others,
    ),
    Difference(
        "legend",
        "the explanation below a table",
        "`LOAD = …` up to systemd 252, `Legend: LOAD → …` since",
        "`LOAD = …`",
        "A client prints the same whatever the manager's age.",
        ours=legend,
        theirs=legend,
    ),
    Difference(
        "control",
        "control characters in descriptions and properties",
        "as they are",
        "as `\\x1b`; tabs too",
        "A unit of another account must not reach the terminal of who looks at it.",
        theirs=control,
    ),
    Difference(
        "order",
        "`show`, `status`, `cat` with a pattern; `list-jobs`, `show-environment`",
        "in the order of the manager's table",
        "sorted",
        "The same question has the same answer.",
        ours=in_order,
        theirs=in_order,
    ),
    Difference(
        "wrong-use",
        "exit code of wrong use",
        "1",
        "2",
        "A script can tell a slip in its own line from an answer; LSB has this code for an invalid argument.",
        ours=wrong_use,
    ),
    Difference(
        "template",
        "`is-active`, `is-failed` of a template",
        "an error, 1",
        "`inactive`, 4",
        "There is no such unit, as with any other name.",
        ours=template,
    ),
    Difference(
        "missing-unit",
        "exit code where there is no such unit",
        "`is-active` 3, `is-failed` and `is-enabled` 1 up to systemd 252, 4 since; `cat` 1",
        "4; `is-enabled` says `not-found` and goes on with the other units",
        "One code with every systemd, the newer one.",
        ours=missing_unit,
    ),
    Difference(
        "cat-unloadable",
        "`cat` of a unit that the manager cannot load",
        "`# Unit … could not be loaded.`",
        "the file",
        "Who asks for it wants to see what is wrong with it.",
        ours=cat_unloadable,
    ),
    Difference(
        "cat-masked",
        "`cat` of a masked unit",
        "`# Unit … is masked.`",
        "the path of the link that masks it",
        "It says which link to remove.",
        ours=cat_masked,
    ),
    Difference(
        "cat-bytes",
        "`cat` into a pipe or a file",
        "line ends made uniform",
        "byte by byte",
        "What is written back is what was there.",
        ours=cat_bytes,
    ),
    Difference(
        "unprintable",
        "`show --all --value` of a property that has no text form",
        "`Name=[unprintable]`",
        "`[unprintable]`",
        "`--value` is without names.",
        theirs=unprintable,
    ),
    Difference(
        "suffix",
        "`list-units app`, `list-unit-files app`",
        "matches nothing",
        "`app.service`",
        "A name without a suffix is a service everywhere.",
        ours=suffix,
    ),
    Difference(
        "unknown-word",
        "`--state=` and `--type=` with a word that does not exist",
        "an unknown state matches nothing",
        "refused with 2, and the valid words are named",
        "A slip does not look like good news.",
        ours=unknown_word,
    ),
    Difference(
        "state-of-manager",
        "`is-failed` without a unit",
        "since systemd 253 the state of the manager",
        "refused; `is-system-running` tells it",
        "One verb for it, with every systemd.",
        ours=state_of_manager,
    ),
    Difference(
        "dots",
        "`list-units`",
        "since systemd 253 a dot before a unit that is about to change",
        "with every systemd",
        "A client prints the same whatever the manager's age.",
        ours=dots,
        until=252,
    ),
    Difference(
        "more-json",
        "`-o json` of `list-jobs` and `list-dependencies`",
        "text all the same",
        "JSON",
        "Every list has it.",
        ours=more_json,
    ),
]


def document():
    """The table of docs/differences.md."""
    lines = ["| where | systemctl | userunitctl | why |", "|---|---|---|---|"]
    for d in DIFFERENCES:
        cells = [t.replace("|", "\\|") for t in (d.where, d.systemctl or "–", d.userunitctl, d.reason)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
