# SPDX-License-Identifier: LGPL-2.1-or-later
"""userunit-journal (daemon/journal/protocol.h), which reads what the script wants."""

import json
import os
import socket

from mock_spawner import F_REPLY, F_STREAM_REQUEST, FRAME

F_CANCEL = 7


class Query:
    """A frame that asks for something to be read."""

    def __init__(self, connection, serial, payload, fd):
        self.connection, self.serial, self.fd = connection, serial, fd
        head, nul, text = payload.partition(b'\0')
        assert nul
        head = json.loads(head)
        assert set(head) == {'method', 'parameters'}, head
        self.method, self.parameters = head['method'], head['parameters']
        self.query = json.loads(text)
        assert set(self.query) | {'everyone'} == {'grants', 'everyone', 'preface', 'end'}, self.query
        self.grants = {g['account']: g['units'] for g in self.query['grants']}
        self.uids = {g['account']: g['uid'] for g in self.query['grants']}
        self.everyone = self.query.get('everyone', False)
        self.cancelled = False

    def line(self, line):
        """Into the caller's pipe, as it is or as JSON."""
        text = line if isinstance(line, str) else json.dumps(line)
        try:
            os.write(self.fd, text.encode() + b'\n')
        except BrokenPipeError:
            pass

    def preface(self):
        for line in self.query['preface']:
            self.line(line)

    def end(self):
        self.line(self.query['end'])
        self.done()

    def done(self):
        """The pipe is closed, and the daemon told."""
        self.close()
        self.connection.frame(F_REPLY, self.serial)

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class Connection:
    def __init__(self, reader, sock):
        self.reader, self.sock = reader, sock
        self.data = bytearray()
        self.fds = []
        self.queries = []
        self.closed = False
        self.ended = False  # by the daemon
        reader.loop.watch(sock, self.on_readable)

    def on_readable(self):
        try:
            data, fds, _, _ = socket.recv_fds(self.sock, 1 << 20, 32)
        except ConnectionResetError:
            data, fds = b'', []
        self.fds += fds
        self.data += data
        if not data:
            self.ended = True
            self.close()
        while not self.closed and len(self.data) >= FRAME.size:
            size, kind, n_fds, serial = FRAME.unpack_from(self.data)
            if len(self.data) < FRAME.size + size:
                return
            payload = bytes(self.data[FRAME.size:FRAME.size + size])
            del self.data[:FRAME.size + size]
            if kind == F_CANCEL:
                assert (size, n_fds) == (0, 0)
                for query in self.queries:
                    if query.serial == serial:
                        query.cancelled = True
                        query.close()
                continue
            assert (kind, n_fds) == (F_STREAM_REQUEST, 1), (kind, n_fds)
            query = Query(self, serial, payload, self.fds.pop(0))
            assert query.serial not in [q.serial for q in self.queries]
            # Those of events.watch share a connection, all others have one each.
            assert not self.queries or {q.method for q in self.queries + [query]} == {'events.watch'}
            self.queries.append(query)
            self.reader.queries.append(query)
            self.reader.on_query(query)

    def frame(self, kind, serial, payload=b''):
        self.bytes(FRAME.pack(len(payload), kind, 0, serial) + payload)

    def bytes(self, data):
        try:
            self.sock.send(data)
        except (BrokenPipeError, ConnectionResetError, OSError):
            pass  # the daemon has given us up

    def close(self):
        """It ends, and with it whatever was read on it."""
        if not self.closed:
            self.closed = True
            self.reader.loop.unwatch(self.sock)
            self.sock.close()
            for query in self.queries:
                query.close()
            for fd in self.fds:
                os.close(fd)
            self.reader.connections.remove(self)


class JournalReader:
    def __init__(self, loop, path, on_query):
        self.loop, self.path, self.on_query = loop, path, on_query
        self.queries = []  # all there were
        self.connections = []
        self.listener = None
        self.killed = 0  # so many connections are closed before they are read

    def start(self, backlog=64):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen(backlog)
        self.loop.watch(self.listener, self.on_connection)

    def hang(self):
        """Its socket is there, and nobody looks at it."""
        self.loop.unwatch(self.listener)

    def stop(self):
        if self.listener:
            self.loop.unwatch(self.listener)
            self.listener.close()
            self.listener = None
            os.unlink(self.path)
        for connection in list(self.connections):
            connection.close()

    def on_connection(self):
        sock, _ = self.listener.accept()
        if self.killed:
            self.killed -= 1
            sock.recv(1)  # closed with something unread
            sock.close()
            return
        self.connections.append(Connection(self, sock))
