# SPDX-License-Identifier: LGPL-2.1-or-later
"""Types into a real interactive shell on a terminal of its own, and looks at what completion makes of it. Speaks TAP.

    completion.py SHELL CASES       CASES is JSON: [[NAME, KEYS, EXPECTED], ...]

KEYS ends in a tab. What then stands on the line is printed by the shell itself, word by word: an X is typed, so that a
blank that was put behind the word can be seen, and `show` is written before it all. EXPECTED is the words, less the
first; or {"offers": [...], "not": [...]} for what is listed on the screen, and what is not.
"""

import json
import os
import pty
import re
import select
import signal
import sys
import time

SHELLS = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        [
            ". /usr/share/bash-completion/bash_completion",
            "bind 'set show-all-if-ambiguous on'",
            "bind 'set bell-style none'",
            "bind 'set completion-query-items 0'",
            "bind 'set page-completions off'",
        ],
        "show() { printf '<%s>' \"$@\"; printf '\\n%s\\n' D\"\"ONE; }",
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        ["bindkey -e", "autoload -Uz compinit", "compinit -u -D", "setopt no_beep", "LISTMAX=100000"],
        "show() { printf '<%s>' \"$@\"; printf '\\n%s\\n' D\"\"ONE }",
    ),
    "fish": (
        ["fish", "--private", "-i"],
        ["set -g fish_autosuggestion_enabled 0", "set fish_greeting", "function fish_prompt; echo '$ '; end"],
        "function show; printf '<%s>' $argv; printf '\\n%s\\n' D\"\"ONE; end",
    ),
}
ESCAPES = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[\[?][0-9;?>=<]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>78M]|[\x00-\x08\x0e\x0f\r]")


class Shell:
    def __init__(self, name):
        command, setup, show = SHELLS[name]
        self.text = ""
        pid, self.fd = pty.fork()
        if pid == 0:
            os.environ.update(TERM="xterm", COLUMNS="200", LINES="100", PS1="$ ", HISTFILE="/dev/null", INPUTRC="/dev/null")
            os.chdir("/")
            os.execvp(command[0], command)
        self.pid = pid
        time.sleep(0.5)
        for line in [*setup, show, "stty rows 100 columns 200"]:
            self.type(line + "\n")
            self.settle(0.3)
        self.type("show ready\n")
        self.wait_for(r"<ready>\s+DONE", 20)

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def read(self, seconds):
        """What comes within some seconds; False for nothing."""
        if not select.select([self.fd], [], [], max(seconds, 0))[0]:
            return False
        try:
            raw = os.read(self.fd, 65536).decode(errors="replace")
        except OSError:
            sys.exit("Bail out! the shell has ended: " + self.text[-2000:])
        # Some shells ask the terminal what it is, and wait.
        if "\x1b[c" in raw or "\x1b[0c" in raw:
            self.type("\x1b[?62;c")
        if "\x1b[6n" in raw:
            self.type("\x1b[1;1R")
        self.text += raw
        return True

    def settle(self, quiet):
        """Until nothing has come for a while."""
        end = time.monotonic() + 10
        while time.monotonic() < end and self.read(quiet):
            pass

    def screen(self):
        return ESCAPES.sub("", self.text)

    def wait_for(self, pattern, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if re.search(pattern, self.screen()):
                return True
            self.read(min(0.2, end - time.monotonic()))
        return bool(re.search(pattern, self.screen()))

    def clear(self):
        self.type("\x15")
        self.settle(0.15)
        self.text = ""

    def complete(self, keys, quiet=0.4):
        self.clear()
        self.type(keys[:-1])
        self.settle(0.15)
        self.type("\t")
        self.settle(quiet)

    def words(self, keys):
        """The words of the line after completion, as the shell reads them."""
        self.complete(keys)
        self.type("X\x01show \n")
        self.wait_for(r"\nDONE", 5)
        found = re.findall(r"(?:^|\n)((?:<[^>\n]*>)+)\s*\nDONE", self.screen())
        return re.findall(r"<([^>]*)>", found[-1]) if found else []

    def listing(self, keys, words):
        """What is on the screen when all of the words are, or when nothing comes any more."""
        self.complete(keys)
        self.type("\t")
        self.settle(0.4)
        for word in words:
            self.wait_for(re.escape(word), 5)
        text = self.screen()
        self.type("\x03")
        self.settle(0.2)
        return text

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def check(shell, keys, expected):
    if isinstance(expected, list):
        words = shell.words(keys)
        return words[1:] == expected, f"words: {words}, expected: {expected}"
    text = shell.listing(keys, expected.get("offers", []))
    missing = [w for w in expected.get("offers", []) if w not in text]
    excess = [w for w in expected.get("not", []) if w in text]
    return not missing and not excess, f"missing: {missing}, not expected: {excess}, screen: {text[-1500:]!r}"


def main():
    name, cases = sys.argv[1], json.loads(sys.argv[2])
    shell = Shell(name)
    failed = 0
    for number, (title, keys, expected) in enumerate(cases, 1):
        good, why = check(shell, keys, expected)
        print(f"{'ok' if good else 'not ok'} {number} - {name}: {title}")
        if not good:
            failed += 1
            print(f"# {why}")
    shell.close()
    print(f"1..{len(cases)}")
    return 1 if failed else 0


sys.exit(main())
