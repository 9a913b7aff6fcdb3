# SPDX-License-Identifier: LGPL-2.1-or-later
"""One connection to the bus: of a caller, or of a service that is played."""

import array
import os
import socket
import time

import wire

NO_SUCH_MEMBER = 'org.freedesktop.DBus.Error.UnknownMethod'


class Call:
    """A call under way."""

    def __init__(self, message):
        self.message = message
        self.started = time.monotonic()
        self.elapsed = None
        self.reply = None

    @property
    def done(self):
        return self.reply is not None

    @property
    def error(self):
        """The name of the error it ended with, or None."""
        return self.reply.error_name

    @property
    def text(self):
        """The sentence of the error."""
        return self.reply.body[0] if self.reply.error_name and self.reply.body else ''


def connect_as(uid, path):
    """A connected socket whose credentials say that uid; another one than our own takes root."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    own = os.geteuid()
    if uid != own:
        os.seteuid(uid)
    try:
        sock.connect(path)
    finally:
        if uid != own:
            os.seteuid(own)
    return sock


class Peer:
    def __init__(self, loop, path, uid=None):
        self.loop = loop
        self.uid = os.geteuid() if uid is None else uid
        self.sock = connect_as(self.uid, path)
        self.sock.settimeout(20)
        self.serial = 0
        self.calls = {}
        self.handlers = {}
        self.signals = []
        self.data = bytearray()
        self.fds = []
        self.closed = False
        self.authenticate()
        loop.watch(self.sock, self.on_readable)
        self.name = self.ask('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'Hello')[0]

    def authenticate(self):
        self.sock.sendall(b'\0AUTH EXTERNAL ' + str(self.uid).encode().hex().encode() + b'\r\n')
        self.expect(b'OK ')
        self.sock.sendall(b'NEGOTIATE_UNIX_FD\r\n')
        self.expect(b'AGREE_UNIX_FD')
        self.sock.sendall(b'BEGIN\r\n')

    def expect(self, start):
        line = b''
        while not line.endswith(b'\r\n'):
            line += self.sock.recv(1)
        assert line.startswith(start), line

    def close(self):
        if not self.closed:
            self.closed = True
            self.loop.unwatch(self.sock)
            self.sock.close()
            for fd in self.fds:
                os.close(fd)

    def on_readable(self):
        data, fds, _, _ = socket.recv_fds(self.sock, 1 << 20, 64)
        self.fds += fds
        self.data += data
        if not data:
            self.close()
        while not self.closed and len(self.data) >= 16:
            size = wire.message_size(self.data)
            if len(self.data) < size:
                break
            raw = bytes(self.data[:size])
            del self.data[:size]
            message = wire.decode(raw, self.fds)
            taken, self.fds = self.fds[:message.unix_fds or 0], self.fds[message.unix_fds or 0:]
            message.fds = taken
            self.dispatch(message)

    def dispatch(self, message):
        if message.kind == wire.SIGNAL:
            self.signals.append(message)
        elif message.kind == wire.CALL:
            handler = self.handlers.get((message.interface, message.member))
            if handler:
                handler(message)
            else:
                self.error(message, NO_SUCH_MEMBER, 'Nobody plays this.')
        else:
            call = self.calls.pop(message.reply_serial, None)
            if call:
                call.elapsed = time.monotonic() - call.started
                call.reply = message

    def send(self, message):
        self.serial += 1
        message.serial = self.serial
        data, fds = message.encode()
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))] if fds else []
        sent = self.sock.sendmsg([data], ancillary)
        self.sock.sendall(data[sent:])

    # ---- as a caller ----

    def call(self, destination, path, interface, member, signature=None, *args, flags=0):
        """Sends a call and returns at once."""
        message = wire.Message(wire.CALL, flags, body=args, destination=destination, path=path, interface=interface,
                               member=member, signature=signature)
        call = Call(message)
        self.send(message)
        if not flags & wire.NO_REPLY_EXPECTED:
            self.calls[message.serial] = call
        return call

    def wait(self, *calls, seconds=15):
        self.loop.run(lambda: self.closed or all(c.done for c in calls), seconds)
        for call in calls:
            if not call.done:
                why = 'the connection was closed' if self.closed else f'no reply in {seconds} s'
                raise AssertionError(f'{why}: {call.message.member}{call.message.body}')
        return calls[0]

    def ask(self, *args, **kwargs):
        """Calls, waits, and returns the values of the reply; an error is not expected."""
        call = self.wait(self.call(*args, **kwargs))
        if call.error:
            raise AssertionError(f'{call.error}: {call.text}')
        return call.reply.body

    def ask_bus(self, member, signature=None, *args):
        return self.ask('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', member, signature,
                        *args)

    def request_name(self, name):
        assert self.ask_bus('RequestName', 'su', name, 4) == (1,), name

    def release_name(self, name):
        self.ask_bus('ReleaseName', 's', name)

    # ---- as a service ----

    def handle(self, interface, member, handler):
        self.handlers[interface, member] = handler

    def reply(self, call, signature=None, *values):
        if not self.closed and not call.flags & wire.NO_REPLY_EXPECTED:
            self.send(wire.Message(wire.RETURN, wire.NO_REPLY_EXPECTED, body=values, destination=call.sender,
                                   reply_serial=call.serial, signature=signature))

    def error(self, call, name, text=''):
        if not self.closed and not call.flags & wire.NO_REPLY_EXPECTED:
            self.send(wire.Message(wire.ERROR, wire.NO_REPLY_EXPECTED, body=(text,), destination=call.sender,
                                   reply_serial=call.serial, error_name=name, signature='s'))

    def signal(self, destination, path, interface, member, signature=None, *values):
        self.send(wire.Message(wire.SIGNAL, wire.NO_REPLY_EXPECTED, body=values, destination=destination, path=path,
                               interface=interface, member=member, signature=signature))
