# SPDX-License-Identifier: LGPL-2.1-or-later
"""journald's native socket: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/"""

import os
import socket
import struct

VERDICT = 'fa0238c2a90e4648a0edcd72c8c9e8cb'
OUTCOME = '946c7c11204644a7b7a1842f81290a7c'
EVENT = '68e8a83b7f4b400b9b340f47ddeb127e'


def parse(data):
    """The fields of one datagram; asserts what the protocol asks for."""
    fields = {}
    while data:
        line, _, rest = data.partition(b'\n')
        name, equals, value = line.partition(b'=')
        if not equals:
            (size,) = struct.unpack_from('<Q', rest)
            value, rest = rest[8:8 + size], rest[8 + size:]
            assert rest.startswith(b'\n')
            rest = rest[1:]
        assert name.replace(b'_', b'').isalnum() and name.isupper(), name
        assert name not in fields, name
        fields[name.decode()] = value.decode()
        data = rest
    return fields


class Journal:
    def __init__(self, loop, path):
        self.loop, self.path = loop, path
        self.records = []
        self.sock = None
        self.reading = False

    def start(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.sock.bind(self.path)
        self.go_on()

    def go_on(self):
        self.reading = True
        self.loop.watch(self.sock, self.drain)

    def hang(self):
        """Stays there and reads no more, with a queue that is full."""
        self.drain()
        self.reading = False
        self.loop.unwatch(self.sock)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as filler:
            try:
                while True:
                    filler.sendto(b'MESSAGE=filler\n', self.path)
            except BlockingIOError:
                pass

    def remove(self):
        if self.sock:
            self.loop.unwatch(self.sock)
            self.sock.close()
            self.sock = None
            self.reading = False
            os.unlink(self.path)

    def drain(self):
        """Takes what is there. The daemon has one thread: what it recorded before it did something else is in the
        queue when that is seen."""
        while self.reading:
            try:
                fields = parse(self.sock.recv(1 << 18))
            except BlockingIOError:
                return
            if fields['MESSAGE'] != 'filler':
                self.records.append(fields)

    def find(self, message_id, **wanted):
        """Records of that kind whose fields (without USERUNIT_) have these values."""
        self.drain()
        return [r for r in self.records if r['MESSAGE_ID'] == message_id and
                all(r.get('USERUNIT_' + name.upper()) == value for name, value in wanted.items())]

    def verdicts(self, **wanted):
        return self.find(VERDICT, **wanted)

    def outcomes(self, **wanted):
        return self.find(OUTCOME, **wanted)
