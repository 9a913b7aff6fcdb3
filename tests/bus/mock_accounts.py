# SPDX-License-Identifier: LGPL-2.1-or-later
"""userunit-accounts, with accounts of the test's own making: daemon/accounts/account-protocol.h."""

import os
import socket
import struct
from dataclasses import dataclass, field

REQUEST = struct.Struct('=IHHII256s')
HEAD = struct.Struct('=IHHIIIHH')
MAGIC = 0x74636175
VERSION = 1
OK, NO_SUCH_ACCOUNT, FAILED = 0, 1, 2


@dataclass
class Account:
    name: str
    uid: int
    gid: int = 0
    home: str = ''
    shell: str = '/bin/sh'
    groups: dict = field(default_factory=dict)  # gid: name, besides the primary one
    truncated: bool = False

    def __post_init__(self):
        self.gid = self.gid or self.uid
        self.home = self.home or '/home/' + self.name


def encode(account, serial, magic=MAGIC, status=OK):
    if status != OK:
        return HEAD.pack(magic, VERSION, status, serial, 0, 0, 0, 0)
    groups = {account.gid: account.name, **account.groups}
    strings = b''.join(s.encode() + b'\0' for s in (account.name, account.home, account.shell))
    return (HEAD.pack(magic, VERSION, OK, serial, account.uid, account.gid, len(groups), account.truncated << 1) +
            strings + struct.pack(f'={len(groups)}I', *groups) + b''.join(g.encode() + b'\0' for g in groups.values()))


class Accounts:
    def __init__(self, loop, path):
        self.loop, self.path = loop, path
        self.all = []
        self.asked = []  # names and uids, in order
        self.script = None  # in place of answering: a function of the mock, a function that replies, key and serial
        self.listener = None
        self.connections = []

    def add(self, *args, **kwargs):
        self.all.append(Account(*args, **kwargs))
        return self.all[-1]

    def by_uid(self, uid):
        return next((a for a in self.all if a.uid == uid), None)

    def find(self, key):
        return self.by_uid(key) if isinstance(key, int) else next((a for a in self.all if a.name == key), None)

    def start(self):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path)
        self.listener.listen(16)
        self.loop.watch(self.listener, self.on_connection)

    def stop(self):
        """The socket is gone, and whoever served is."""
        if self.listener:
            self.loop.unwatch(self.listener)
            self.listener.close()
            self.listener = None
            os.unlink(self.path)
        for connection in list(self.connections):
            self.hang_up(connection)

    def hang_up(self, connection):
        if connection in self.connections:
            self.connections.remove(connection)
            self.loop.unwatch(connection)
            connection.close()

    def on_connection(self):
        connection, _ = self.listener.accept()
        self.connections.append(connection)
        self.loop.watch(connection, lambda: self.on_request(connection))

    def on_request(self, connection):
        try:
            data = connection.recv(4096)
        except ConnectionResetError:
            data = b''
        if not data:
            self.hang_up(connection)
            return
        magic, version, kind, serial, uid, name = REQUEST.unpack(data)
        assert (magic, version) == (MAGIC, VERSION)
        key = name.rstrip(b'\0').decode() if kind == 1 else uid
        self.asked.append(key)
        reply = Reply(self, connection, serial)
        if self.script:
            self.script(reply, key)
        else:
            reply.account(self.find(key))


class Reply:
    """The way back for one request."""

    def __init__(self, accounts, connection, serial):
        self.accounts, self.connection, self.serial = accounts, connection, serial

    def raw(self, data):
        try:
            self.connection.send(data)
        except OSError:
            pass  # nobody waits any more

    def account(self, account):
        self.raw(encode(account, self.serial) if account else encode(None, self.serial, status=NO_SUCH_ACCOUNT))

    def failed(self):
        self.raw(encode(None, self.serial, status=FAILED))

    def hang_up(self):
        self.accounts.hang_up(self.connection)
