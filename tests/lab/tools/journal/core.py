# SPDX-License-Identifier: LGPL-2.1-or-later
"""The record of a crash, as systemd-coredump writes it: core.py UID UNIT"""

import sys

from native import Journal

uid, unit = sys.argv[1:3]
Journal().send(
    ("MESSAGE", f"Process 4711 (app) of user {uid} dumped core.\n\nStack trace of thread 4711:\n#0  0x00005555 main (app)"),
    ("MESSAGE_ID", "fc2e22bc6ee647b6b90729ab34a250b1"),
    ("PRIORITY", "2"),
    ("SYSLOG_IDENTIFIER", "systemd-coredump"),
    ("COREDUMP_PID", "4711"),
    ("COREDUMP_UID", uid),
    ("COREDUMP_GID", uid),
    ("COREDUMP_SIGNAL", "11"),
    ("COREDUMP_SIGNAL_NAME", "SIGSEGV"),
    ("COREDUMP_UNIT", f"user@{uid}.service"),
    ("COREDUMP_USER_UNIT", unit),
    ("COREDUMP_OWNER_UID", uid),
    ("COREDUMP_SLICE", f"user-{uid}.slice"),
    ("COREDUMP_CGROUP", f"/user.slice/user-{uid}.slice/user@{uid}.service/app.slice/{unit}"),
    ("COREDUMP_COMM", "app"),
    ("COREDUMP_EXE", "/usr/bin/app"),
)
