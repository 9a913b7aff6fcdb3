# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service that has much to say: writes log entries of one kind or several, as what it runs as.

    speak.py KIND...            or KIND:KIND..., as the name of a unit has it

plain       20 lines on standard output, one after the other
priorities  a line of each priority, by its <N> prefix, then prefixes that are none
controls    control characters, escape sequences, what is not UTF-8, marks that turn text around
lines       several lines in one entry, empty ones, lines that look like fields and like other entries
binary      fields that are no text, with NUL, with newlines, without MESSAGE
repeated    300 times the same field
names       identifiers, names and process ids of others
long        lines about the limits of journald and of journalctl
huge        10 MiB in one field
steady      a line every 10 ms, until it is stopped
count.N     N entries "count 1" … "count N"
"""

import os
import sys
import time

from native import Journal

ESC = b"\x1b"


def line(text):
    os.write(1, (text if isinstance(text, bytes) else text.encode()) + b"\n")


def plain():
    for i in range(20):
        line(f"plain {i}")


def priorities():
    for level in range(8):
        line(f"<{level}>of priority {level}")
    for text in "<8>eight", "<>none", "<3", "<3>", "<33>two digits", "<-1>below", "no prefix":
        line(text)
    journal = Journal()
    for level in 0, 3, 7, "9", "-1", "three", "", "3x":
        journal.send(MESSAGE=f"sent with priority {level}", PRIORITY=level)
    journal.send(("PRIORITY", "3"), ("PRIORITY", "6"), MESSAGE="sent with two priorities")


CONTROLS = [
    b"red: " + ESC + b"[31mred" + ESC + b"[0m plain",
    b"title: " + ESC + b"]0;owned\x07 done",
    b"answer: " + ESC + b"[c" + ESC + b"[6n" + ESC + b"P+q544e" + ESC + b"\\",
    b"cursor: " + ESC + b"[2J" + ESC + b"[H" + ESC + b"[1A hidden",
    b"bell \x07 backspace a\x08b delete \x7f form feed \x0c vertical \x0b",
    b"carriage return: good\rbad",
    b"tab\tbetween",
    b"trailing blanks   \t ",
    b"C1 as bytes: \x9b31m \x9d0;x\x9c",
    "C1 as characters: \u009b31m \u009d0;x\u009c".encode(),
    b"not UTF-8: \xff\xfe\xc3\x28 \xc0\xaf \xed\xa0\x80 \xf5\x80\x80\x80",
    b"cut off: \xe2\x82",
    "text: ä ß € 漢字 😀 e\u0301".encode(),
    "turned: \u202egnp.exe \u2066x\u2069 \u200f".encode(),
    "invisible: a\u200bb\ufeffc\u00ad".encode(),
    "lines: a\u2028b\u2029c\u0085d".encode(),
    b"quotes: \" ' \\ \\n \\x1b %s %n $(id) `id` </script> &amp;",
    b"noncharacters: \xef\xbf\xbe \xef\xbf\xbf \xf4\x8f\xbf\xbf",
]


def controls():
    journal = Journal()
    for text in CONTROLS:
        line(text)
        journal.send(MESSAGE=text)
    line(b"NUL: before\0after")
    journal.send(MESSAGE=b"NUL: before\0after")


def lines():
    line("")
    line("   ")
    journal = Journal()
    for text in (
        "first\nsecond\nthird",
        "ends with a newline\n",
        "\nbegins with one",
        "\n",
        "\n\n\n",
        "",
        "empty\n\nbetween",
        "like a field\n_UID=0\nUSER_UNIT=app.service",
        "like another entry\nJan 01 00:00:00 lab systemd[1]: Started app.service.",
        'like JSON\n{"end": {}}\n{"error": {"name": "x"}}',
        "\n".join(f"line {i} of 100" for i in range(100)),
        "tabs\n\tand\n\t\tmore",
        "with " + "\x1b[31mcolour\nover two\x1b[0m lines",
    ):
        journal.send(MESSAGE=text)


def binary():
    journal = Journal()
    everything = bytes(range(256))
    journal.send(MESSAGE="a field of all bytes", BINARY=everything)
    journal.send(MESSAGE=everything)
    journal.send(MESSAGE="fields with newlines", TEXT="a\nb", CONTROL="a\x01b", BINARY=b"\xff\n\0", EMPTY="")
    journal.send(NO_MESSAGE="an entry without MESSAGE", PRIORITY="4")
    journal.send(MESSAGE="the longest name", **{"A" * 64: "x", "B" * 65: "is dropped"})
    journal.send(MESSAGE="names that are none", lower="x", _TRUSTED="x", **{"1DIGIT": "x", "": "x", "A B": "x"})
    journal.send(("MESSAGE", "two messages, the first"), ("MESSAGE", "two messages, the second"))
    journal.send(("MESSAGE", b"\xff first of two"), ("MESSAGE", "second of two"), PRIORITY="4")
    journal.send(MESSAGE="numbers", INTEGER="123", FLOAT="1.5e3", TRUE="true", NULL="null", ARRAY="[1]", LEADING="007")


def repeated():
    journal = Journal()
    journal.send(*[("REPEATED", f"value {i}") for i in range(300)], MESSAGE="300 times the same field")
    journal.send(*[("MIXED", b"\xff" if i % 3 else f"value {i}") for i in range(300)], MESSAGE="300 of both kinds")
    journal.send(*[("SAME", "same") for _ in range(300)], MESSAGE="300 times the same value")
    journal.send(*[(f"FIELD_{i}", i) for i in range(300)], MESSAGE="300 fields")


def names():
    journal = Journal()
    for name in "", "systemd", "userunitd", "a b", "a: b[1]", "ü", "\x1b[31mx", "x" * 300, "a\nb", b"\xff":
        journal.send(MESSAGE="with an identifier of my own", SYSLOG_IDENTIFIER=name)
    for pid in "1", "0", "-1", "999999999999", "x", "":
        journal.send(MESSAGE="with a pid of my own", SYSLOG_PID=pid, SYSLOG_IDENTIFIER="me")
    journal.send(MESSAGE="with a facility", SYSLOG_FACILITY="10", SYSLOG_RAW="<86>raw", SYSLOG_TIMESTAMP="Jan  1 00:00:00 ")
    journal.send(MESSAGE="with the time of another", _SOURCE_REALTIME_TIMESTAMP="1", SOURCE_REALTIME_TIMESTAMP="1")
    journal.send(MESSAGE="with a host", HOSTNAME="elsewhere", _HOSTNAME="elsewhere", COMM="x", UNIT="x.service")


def long():
    journal = Journal()
    for size in 299, 300, 301, 2047, 2048, 2049, 4000, 4095, 4096, 4097, 48 * 1024 - 1, 48 * 1024, 100 * 1024:
        line(f"{size} " + "x" * (size - len(str(size)) - 1))
    for size in 4080, 4088, 4096, 65536:
        journal.send(MESSAGE=f"{size} " + "y" * (size - len(str(size)) - 1), OTHER="z" * size)
    journal.send(MESSAGE=f"wide {'漢' * 2000}", LAST="x")
    # Of 4096 bytes with and without the name.
    journal.send(MESSAGE="at the threshold", **{"F" * 10: "a" * (4096 - 11), "G" * 10: "a" * (4097 - 11), "H": "a" * 4096})


def huge():
    journal = Journal()
    journal.send(MESSAGE="10 MiB beside it", HUGE="h" * (10 << 20))
    journal.send(MESSAGE="10 MiB it is " + "m" * (10 << 20))
    journal.send(MESSAGE="10 MiB of lines\n" + "line\n" * ((10 << 20) // 5))


def steady():
    for i in range(1 << 30):
        line(f"steady {i} {time.time():.6f}")
        time.sleep(0.01)


def count(n):
    for i in range(n):
        line(f"count {i + 1}")


def main():
    kinds = {f.__name__: f for f in (plain, priorities, controls, lines, binary, repeated, names, long, huge, steady)}
    for kind in ":".join(sys.argv[1:]).split(":"):
        if kind.startswith("count."):
            count(int(kind[6:]))
        else:
            kinds[kind]()


main()
