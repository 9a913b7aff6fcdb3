# SPDX-License-Identifier: LGPL-2.1-or-later
"""userunit-spawner (daemon/spawner/protocol.h), and workers that say what the script wants (common/frame.h)."""

import array
import json
import os
import socket
import struct

HEADER = struct.Struct('=IIII')
HELLO = struct.Struct('=IIIIII')
SPAWN = struct.Struct('=IIIIIIII64I')
KILL = struct.Struct('=IIIIQ')
REPLY = struct.Struct('=IIIIIIQ')
EXITED = struct.Struct('=IIIIQiI')
MAGIC = 0x77737575
VERSION = 1
T_HELLO, T_SPAWN, T_KILL, T_REPLY, T_EXITED = 1, 2, 3, 4, 5
ERROR_VERSION, ERROR_UID, ERROR_LIMIT = 1, 3, 6

FRAME = struct.Struct('=IHHQ')
F_REQUEST, F_STREAM_REQUEST, F_PART, F_REPLY, F_WAITING, F_ERROR = 1, 2, 3, 4, 5, 6


class Request:
    """A frame that a worker got."""

    def __init__(self, worker, kind, serial, payload, fds, verdicts):
        self.worker, self.kind, self.serial, self.fds = worker, kind, serial, fds
        home, _, text = payload.partition(b'\0')
        self.only_if_files = home.startswith(b'?')
        self.home = home.decode().removeprefix('?')
        body = json.loads(text)
        assert set(body) == {'method', 'parameters'}, body
        self.method, self.parameters = body['method'], body['parameters']
        self.verdicts = verdicts  # records of verdicts that were there before

    @property
    def uid(self):
        return self.worker.uid

    @property
    def units(self):
        return self.parameters.get('units', [])


class Worker:
    def __init__(self, spawner, child, uid, gid, groups, sock):
        self.spawner, self.child, self.uid, self.gid, self.groups = spawner, child, uid, gid, groups
        self.sock = sock
        self.data = bytearray()
        self.fds = []
        self.unsent = []
        self.dead = False
        sock.setblocking(False)
        spawner.loop.watch(sock, self.on_readable)

    def on_readable(self):
        try:
            data, fds, _, _ = socket.recv_fds(self.sock, 1 << 20, 32)
        except ConnectionResetError:
            data, fds = b'', []
        self.fds += fds
        if not data:
            self.exit()
            return
        self.data += data
        while len(self.data) >= FRAME.size and not self.dead:
            size, kind, n_fds, serial = FRAME.unpack_from(self.data)
            if len(self.data) < FRAME.size + size:
                return
            payload = bytes(self.data[FRAME.size:FRAME.size + size])
            del self.data[:FRAME.size + size]
            fds, self.fds = self.fds[:n_fds], self.fds[n_fds:]
            assert len(fds) == n_fds and kind in (F_REQUEST, F_STREAM_REQUEST)
            self.spawner.on_frame(Request(self, kind, serial, payload, fds, self.spawner.verdicts()))

    def bytes(self, data, fds=()):
        """Sends what the daemon takes, and the rest when it takes more."""
        self.unsent.append((data, fds))
        if len(self.unsent) == 1:
            self.flush()

    def flush(self):
        while self.unsent and not self.dead:
            data, fds = self.unsent[0]
            ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))] if fds else []
            try:
                sent = self.sock.sendmsg([data], ancillary)
            except BlockingIOError:
                self.spawner.loop.later(0.002, self.flush)
                return
            except (BrokenPipeError, ConnectionResetError):
                return  # the daemon has given us up
            if sent < len(data):
                self.unsent[0] = (data[sent:], ())
            else:
                del self.unsent[0]

    def frame(self, kind, serial, payload=b'', fds=(), size=None, n_fds=None):
        if not isinstance(payload, bytes):
            payload = json.dumps(payload).encode()
        head = FRAME.pack(len(payload) if size is None else size, kind, len(fds) if n_fds is None else n_fds, serial)
        self.bytes(head + payload, fds)

    def reply(self, request, result, fds=()):
        self.frame(F_REPLY, request.serial, result, fds)

    def part(self, request, result):
        self.frame(F_PART, request.serial, result)

    def waiting(self, request):
        self.frame(F_WAITING, request.serial)

    def error(self, request, name, message='played'):
        self.frame(F_ERROR, request.serial, {'name': name, 'message': message})

    def close(self):
        """Its socket ends; that the process has ended is another matter."""
        if not self.dead:
            self.dead = True
            self.spawner.loop.unwatch(self.sock)
            self.sock.close()
            for fd in self.fds:
                os.close(fd)

    def exit(self, status=9):
        self.close()
        self.spawner.report_exit(self, status)


class Spawner:
    """`script` is a function of a request, for each frame that comes to a worker."""

    def __init__(self, loop, path, script, verdicts):
        self.loop, self.path, self.script, self.verdicts = loop, path, script, verdicts
        self.requests = []
        self.workers = []
        self.kills = []
        self.children = 100
        self.version = VERSION
        self.spawn_script = None  # in place of a spawn: a function of the mock and the packet
        self.hello = True
        self.immortal = False  # children that are killed do not die
        self.listener = None
        self.connection = None

    def start(self):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path)
        self.listener.listen(4)
        self.loop.watch(self.listener, self.on_connection)

    def stop(self):
        self.drop()
        if self.listener:
            self.loop.unwatch(self.listener)
            self.listener.close()
            self.listener = None
            os.unlink(self.path)

    def drop(self):
        """The line ends, and the children with it."""
        if self.connection:
            self.loop.unwatch(self.connection)
            self.connection.close()
            self.connection = None
        for worker in self.workers:
            worker.close()

    def on_connection(self):
        connection, _ = self.listener.accept()
        self.drop()
        self.connection = connection
        self.loop.watch(connection, self.on_packet)

    def send(self, packet, fds=()):
        if self.connection:
            try:
                if fds:
                    socket.send_fds(self.connection, [packet], fds)
                else:
                    self.connection.send(packet)
            except (BrokenPipeError, ConnectionResetError):
                pass

    def on_packet(self):
        try:
            packet = self.connection.recv(4096)
        except ConnectionResetError:
            packet = b''
        if not packet:
            self.drop()
            return
        magic, version, kind, zero = HEADER.unpack_from(packet)
        assert (magic, version, zero) == (MAGIC, VERSION, 0), packet[:16]
        if kind == T_HELLO:
            assert len(packet) == HELLO.size
            if self.hello:
                error = 0 if self.version == VERSION else ERROR_VERSION
                self.send(HELLO.pack(MAGIC, self.version, T_HELLO, 0, error, 0))
                if error:
                    self.drop()
        elif kind == T_SPAWN:
            assert len(packet) == SPAWN.size
            (self.spawn_script or Spawner.spawn)(self, packet)
        elif kind == T_KILL:
            assert len(packet) == KILL.size
            self.on_kill(KILL.unpack(packet)[4])
        else:
            raise AssertionError(f'packet of type {kind}')

    def spawn(self, packet):
        kind, uid, gid, n_groups, *groups = SPAWN.unpack(packet)[4:]
        assert kind == 1
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.children += 1
        self.workers.append(Worker(self, self.children, uid, gid, groups[:n_groups], ours))
        self.send(REPLY.pack(MAGIC, VERSION, T_REPLY, 0, 0, 0, self.children), [theirs.fileno()])
        theirs.close()

    def refuse(self, error):
        self.send(REPLY.pack(MAGIC, VERSION, T_REPLY, 0, error, 0, 0))

    def on_kill(self, child):
        self.kills.append(child)
        for worker in self.workers:
            if worker.child == child and not self.immortal:
                worker.exit()

    def report_exit(self, worker, status):
        if worker in self.workers and not self.immortal:
            self.workers.remove(worker)
            self.send(EXITED.pack(MAGIC, VERSION, T_EXITED, 0, worker.child, status, 0))

    def on_frame(self, request):
        self.requests.append(request)
        self.script(request)
