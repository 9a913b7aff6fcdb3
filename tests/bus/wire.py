# SPDX-License-Identifier: LGPL-2.1-or-later
"""The wire format of D-Bus, as much of it as the tests need.

A library would not send what the daemon has to survive (replies of wrong types, calls with arguments that do not
fit), and none of the usual ones connects as several uids out of one process. So the tests have no dependency but
Python and dbus-daemon.
"""

import struct
from typing import NamedTuple

CALL, RETURN, ERROR, SIGNAL = 1, 2, 3, 4
NO_REPLY_EXPECTED, NO_AUTO_START, ALLOW_INTERACTIVE_AUTHORIZATION = 1, 2, 4

_BASIC = {'y': 'B', 'n': 'h', 'q': 'H', 'i': 'i', 'u': 'I', 'x': 'q', 't': 'Q', 'd': 'd', 'b': 'I', 'h': 'I'}
_ALIGN = {'y': 1, 'n': 2, 'q': 2, 'i': 4, 'u': 4, 'x': 8, 't': 8, 'd': 8, 'b': 4, 'h': 4,
          's': 4, 'o': 4, 'g': 1, 'v': 1, 'a': 4, '(': 8, '{': 8}
_FIELDS = {1: ('path', 'o'), 2: ('interface', 's'), 3: ('member', 's'), 4: ('error_name', 's'),
           5: ('reply_serial', 'u'), 6: ('destination', 's'), 7: ('sender', 's'), 8: ('signature', 'g'),
           9: ('unix_fds', 'u')}


class Variant(NamedTuple):
    signature: str
    value: object


def complete_type(signature, at=0):
    """The first complete type of a signature, from an offset on."""
    end = at
    while signature[end] == 'a':
        end += 1
    if signature[end] in '({':
        depth = 0
        while True:
            depth += (signature[end] in '({') - (signature[end] in ')}')
            end += 1
            if depth == 0:
                break
    else:
        end += 1
    return signature[at:end]


def types_of(signature):
    at = 0
    while at < len(signature):
        one = complete_type(signature, at)
        yield one
        at += len(one)


class Writer:
    """Marshals values; descriptors are collected in fds."""

    def __init__(self):
        self.data = bytearray()
        self.fds = []

    def align(self, n):
        self.data += bytes(-len(self.data) % n)

    def put(self, kind, value):
        self.align(_ALIGN[kind[0]])
        if kind == 'h':
            self.fds.append(value)
            value = len(self.fds) - 1
        if kind in _BASIC:
            self.data += struct.pack('=' + _BASIC[kind], value)
        elif kind in ('s', 'o'):
            raw = value if isinstance(value, bytes) else value.encode()
            self.data += struct.pack('=I', len(raw)) + raw + b'\0'
        elif kind == 'g':
            self.data += bytes([len(value)]) + value.encode() + b'\0'
        elif kind == 'v':
            self.put('g', value.signature)
            self.put(value.signature, value.value)
        elif kind[0] == 'a':
            self.put_array(kind[1:], value)
        else:
            for one, item in zip(types_of(kind[1:-1]), value, strict=True):
                self.put(one, item)

    def put_array(self, kind, values):
        at = len(self.data)
        self.data += bytes(4)
        self.align(_ALIGN[kind[0]])
        start = len(self.data)
        for item in values.items() if kind[0] == '{' else values:
            self.put(kind, item)
        struct.pack_into('=I', self.data, at, len(self.data) - start)


class Reader:
    def __init__(self, data, order, fds=()):
        self.data, self.order, self.fds, self.at = data, order, fds, 0

    def align(self, n):
        self.at += -self.at % n

    def take(self, kind):
        self.align(_ALIGN[kind[0]])
        if kind in _BASIC:
            (value,) = struct.unpack_from(self.order + _BASIC[kind], self.data, self.at)
            self.at += struct.calcsize('=' + _BASIC[kind])
            if kind == 'h':
                return self.fds[value]
            return bool(value) if kind == 'b' else value
        if kind in ('s', 'o', 'g'):
            size = self.take('y') if kind == 'g' else self.take('u')
            self.at += size + 1
            return bytes(self.data[self.at - size - 1:self.at - 1]).decode()
        if kind == 'v':
            return self.take(self.take('g'))
        if kind[0] == 'a':
            return self.take_array(kind[1:])
        return tuple(self.take(one) for one in types_of(kind[1:-1]))

    def take_array(self, kind):
        size = self.take('u')
        self.align(_ALIGN[kind[0]])
        end = self.at + size
        items = []
        while self.at < end:
            items.append(self.take(kind))
        return dict(items) if kind[0] == '{' else items


class Message:
    """One message; header fields are attributes, None where they are missing."""

    def __init__(self, kind, flags=0, serial=0, body=(), fds=(), **fields):
        self.kind, self.flags, self.serial = kind, flags, serial
        self.body, self.fds = tuple(body), list(fds)
        for name, _ in _FIELDS.values():
            setattr(self, name, fields.get(name))

    def encode(self):
        """Returns the bytes, and the descriptors that go with them."""
        body = Writer()
        for one, value in zip(types_of(self.signature or ''), self.body, strict=True):
            body.put(one, value)
        if body.fds:
            self.unix_fds = len(body.fds)

        head = Writer()
        head.data += struct.pack('=BBBBII', ord('l') if struct.pack('=H', 1)[0] else ord('B'),
                                 self.kind, self.flags, 1, len(body.data), self.serial)
        head.put('a(yv)', [(code, Variant(kind, getattr(self, name))) for code, (name, kind) in _FIELDS.items()
                           if getattr(self, name) is not None])
        head.align(8)
        return bytes(head.data + body.data), body.fds


def message_size(data):
    """How long the message is whose first 16 bytes (at least) are given."""
    order = '<' if data[0] == ord('l') else '>'
    body, _, fields = struct.unpack_from(order + 'III', data, 4)
    return 16 + fields + (-fields % 8) + body


def decode(data, fds):
    order = '<' if data[0] == ord('l') else '>'
    reader = Reader(data, order)
    _, kind, flags, _, body_size, serial = (reader.take(k) for k in 'yyyyuu')
    fields = {_FIELDS[code][0]: value for code, value in reader.take('a(yv)') if code in _FIELDS}
    body = Reader(data[len(data) - body_size:], order, fds)
    values = [body.take(one) for one in types_of(fields.get('signature', ''))]
    return Message(kind, flags, serial, values, fds, **fields)
