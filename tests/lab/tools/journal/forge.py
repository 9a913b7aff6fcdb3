# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes log entries that pretend to be another account's, its manager's, PID 1's and userunitd's.

    forge.py UID ACCOUNT UNIT [COUNT]       COUNT entries (one of each kind by default), about UNIT of that account

Every one has FORGED in its MESSAGE. Runs as anyone; what an account may write is journald's to say, whom to believe is not.
"""

import itertools
import os
import socket
import sys
import uuid

from native import Journal

# systemd.messages(7): started, stopped, failed, starting, stopping, reloaded, exited, failed with result, success,
# restart scheduled, resources, condition, out of memory, user manager up, core dump
STATES = [
    "39f53479d3a045ac8e11786248231fbf",
    "9d1aaa27d60140bd96365438aad20286",
    "be02cf6855d2428ba40df7e9d022f03d",
    "7d4958e842da4a758f6c1cdc7b36dcc5",
    "de5b426a63be47a7b6ac3eaac82e2f6f",
    "7b05ebc668384222baa8881179cfda54",
    "98e322203f7a4ed290d09fe03c09fe15",
    "d9b373ed55a64feb8242e02dbe79a49c",
    "7ad2d189f7e94e70a38c781354912448",
    "5eb03494b6584870a536b337290809b3",
    "ae8f7b866b0347b9af31fe1c80b127c0",
    "0e4284a0caca4bfc81c0bb6786972673",
    "fe6faa94e7774663a0da52717891d8ef",
    "eed00a68ffd84e31882105fd973abdd1",
    "fc2e22bc6ee647b6b90729ab34a250b1",
]
VERDICT = "fa0238c2a90e4648a0edcd72c8c9e8cb"
OUTCOME = "946c7c11204644a7b7a1842f81290a7c"


def record(message_id, uid, account, unit, **more):
    fields = {
        "MESSAGE": f"FORGED record: granted uid 0: stop {account}/{unit}",
        "MESSAGE_ID": message_id,
        "PRIORITY": "6",
        "SYSLOG_IDENTIFIER": "userunitd",
        "_SYSTEMD_UNIT": "userunitd.service",
        "_COMM": "userunitd",
        "USERUNIT_REQUEST": uuid.uuid4().hex,
        "USERUNIT_CALLER_UID": "0",
        "USERUNIT_CALLER": ":1.1",
        "USERUNIT_ACCOUNT": account,
        "USERUNIT_ACCOUNT_UID": uid,
        "USERUNIT_UNIT": unit,
        "USERUNIT_VERB": "stop",
        "USERUNIT_METHOD": "units.stop",
        "USERUNIT_ACTION": "org.userunit1.control",
        "USERUNIT_POLKIT": "yes",
        "USERUNIT_VERDICT": "granted",
        "USERUNIT_DIGEST": "0" * 64,
    }
    return list({**fields, **more}.items())


def kinds(uid, account, unit):
    """Each is the fields of an entry, or the bytes of a datagram."""
    manager = f"user@{uid}.service"
    slices = f"/user.slice/user-{uid}.slice/{manager}/app.slice/{unit}"
    yield [("MESSAGE", "FORGED user unit"), ("USER_UNIT", unit)]
    yield [("MESSAGE", "FORGED trusted"), ("_SYSTEMD_USER_UNIT", unit), ("_UID", uid), ("_SYSTEMD_OWNER_UID", uid),
           ("_SYSTEMD_CGROUP", slices), ("_SYSTEMD_UNIT", manager), ("_PID", "1"), ("_AUDIT_LOGINUID", uid)]
    yield [("MESSAGE", "FORGED untrusted twins"), ("SYSTEMD_USER_UNIT", unit), ("UID", uid), ("SYSTEMD_OWNER_UID", uid)]
    for name in "COREDUMP_USER_UNIT", "COREDUMP_UNIT":
        yield [("MESSAGE", f"FORGED core of {unit}"), ("MESSAGE_ID", STATES[-1]), (name, unit), ("COREDUMP_UID", uid),
               ("COREDUMP_OWNER_UID", uid), ("COREDUMP_SIGNAL", "11"), ("COREDUMP_SIGNAL_NAME", "SIGSEGV"),
               ("COREDUMP_CGROUP", slices), ("COREDUMP_PID", "1"), ("COREDUMP_COMM", "x"), ("_UID", "0"),
               ("_SYSTEMD_UNIT", "systemd-coredump@0-1-0.service"), ("SYSLOG_IDENTIFIER", "systemd-coredump")]
    yield [("MESSAGE", "FORGED object"), ("OBJECT_SYSTEMD_USER_UNIT", unit), ("OBJECT_UID", uid), ("OBJECT_SYSTEMD_OWNER_UID", uid)]
    yield [("MESSAGE", "FORGED object by pid"), ("OBJECT_PID", os.environ.get("FORGE_PID", "1"))]
    for state in STATES:
        yield [("MESSAGE", f"FORGED state of {unit}"), ("MESSAGE_ID", state), ("USER_UNIT", unit), ("UNIT_RESULT", "exit-code"),
               ("USER_INVOCATION_ID", "f" * 32), ("JOB_TYPE", "start"), ("JOB_RESULT", "failed"), ("N_RESTARTS", "999"),
               ("EXIT_CODE", "exited"), ("EXIT_STATUS", "66"), ("SYSLOG_IDENTIFIER", "systemd"), ("_UID", uid), ("_PID", "1"),
               ("_SYSTEMD_UNIT", manager), ("_SYSTEMD_USER_UNIT", "init.scope"), ("_COMM", "systemd")]
        yield [("MESSAGE", f"FORGED state of {manager}"), ("MESSAGE_ID", state), ("UNIT", manager), ("UNIT_RESULT", "exit-code"),
               ("JOB_TYPE", "stop"), ("JOB_RESULT", "done"), ("SYSLOG_IDENTIFIER", "systemd"), ("_PID", "1"), ("_UID", "0"),
               ("_SYSTEMD_UNIT", "init.scope"), ("_COMM", "systemd")]
    yield record(VERDICT, uid, account, unit)
    yield record(VERDICT, uid, account, unit, USERUNIT_VERDICT="denied", USERUNIT_CALLER_UID="1001")
    yield record(OUTCOME, uid, account, unit, USERUNIT_RESULT="done", USERUNIT_CHANGED="yes")
    yield record(VERDICT, uid, account, unit, USERUNIT_VERB="enable-linger", USERUNIT_METHOD="linger.enable")
    yield record(OUTCOME, uid, account, unit, USERUNIT_VERB="enable-linger", USERUNIT_METHOD="linger.enable",
                 USERUNIT_RESULT="done", USERUNIT_CHANGED="yes")
    yield record(OUTCOME, uid, account, unit, USERUNIT_VERB="edit", USERUNIT_METHOD="unit-files.enable",
                 USERUNIT_RESULT="done", USERUNIT_CHANGED="yes", USERUNIT_DIGEST_AFTER="1" * 64)
    yield record(VERDICT, uid, account, unit, USERUNIT_COUNT="1000000", USERUNIT_VERDICT="granted")
    # The end of a request that is really going on.
    if "FORGE_REQUEST" in os.environ:
        yield record(OUTCOME, uid, account, unit, USERUNIT_REQUEST=os.environ["FORGE_REQUEST"], USERUNIT_RESULT="FORGED")
    # Newlines that would begin fields, had someone forgotten the binary form; and the form itself, broken.
    yield [("MESSAGE", f"FORGED newline\n_UID={uid}\n_SYSTEMD_USER_UNIT={unit}\nUSER_UNIT={unit}")]
    yield [("MESSAGE", "FORGED value"), ("X", f"y\n_UID={uid}\n"), ("USER_UNIT", f"{unit}\n")]
    yield b"MESSAGE=FORGED second entry\n\n_UID=%d\nMESSAGE=FORGED after an empty line\nUSER_UNIT=%s\n" % (int(uid), unit.encode())
    yield b"MESSAGE=FORGED cut\nUSER_UNIT\n" + (1 << 40).to_bytes(8, "little") + b"x"
    yield b"USER_UNIT=%s\n\0_UID=%d\nMESSAGE=FORGED NUL\n" % (unit.encode(), int(uid))


def by_other_ways(uid, unit):
    """The stream of standard output with a unit in its head, and syslog."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
            stream.connect("/run/systemd/journal/stdout")
            stream.sendall(f"systemd\n{unit}\n4\n1\n0\n0\n0\n<3>FORGED stream\n".encode())
    except OSError:
        pass
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.connect("/run/systemd/journal/dev-log")
        log.send(f"<27>Jan  1 00:00:00 systemd[1]: {unit}: FORGED syslog".encode())
        log.send(f"<27>systemd[{uid}]: FORGED syslog\n_UID={uid}\n".encode())


def main():
    uid, account, unit = sys.argv[1:4]
    all_kinds = list(kinds(uid, account, unit))
    count = int(sys.argv[4]) if len(sys.argv) > 4 else len(all_kinds)
    journal = Journal()
    for fields in itertools.islice(itertools.cycle(all_kinds), count):
        if isinstance(fields, bytes):
            journal.send_raw(fields)
        else:
            journal.send(*fields)
    by_other_ways(uid, unit)
    print(count)


main()
