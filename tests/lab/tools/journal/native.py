# SPDX-License-Identifier: LGPL-2.1-or-later
"""journald's native protocol (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/), with nothing kept from anyone."""

import array
import errno
import os
import socket

SOCKET = "/run/systemd/journal/socket"


def as_bytes(value):
    return value if isinstance(value, bytes) else str(value).encode()


def datagram(fields):
    """FIELDS is [(name, value)], so that a name may stand there twice. Values with a newline go in binary form."""
    out = bytearray()
    for name, value in fields:
        name, value = as_bytes(name), as_bytes(value)
        if b"\n" in value:
            out += name + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"
        else:
            out += name + b"=" + value + b"\n"
    return bytes(out)


class Journal:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.connect(SOCKET)

    def send(self, *fields, **named):
        self.send_raw(datagram(list(fields) + list(named.items())))

    def send_raw(self, data):
        """Waits where journald does not keep up. What is too long for a datagram goes as a sealed file."""
        try:
            self.socket.send(data)
        except OSError as error:
            if error.errno not in (errno.EMSGSIZE, errno.ENOBUFS):
                raise
            self.send_file(data)

    def send_file(self, data):
        fd = os.memfd_create("journal", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
        try:
            with open(fd, "wb", closefd=False) as file:
                file.write(data)
            # F_ADD_SEALS, with F_SEAL_SEAL, SHRINK, GROW and WRITE
            import fcntl

            fcntl.fcntl(fd, 1033, 0xF)
            self.socket.sendmsg([b""], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
        finally:
            os.close(fd)
