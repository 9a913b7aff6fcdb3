# SPDX-License-Identifier: LGPL-2.1-or-later
"""logind and PID 1 as the daemon sees them: lingering, and the units user@UID.service."""

import os
import re

from peer import Peer

LOGIND = 'org.freedesktop.login1'
PID1 = 'org.freedesktop.systemd1'
PID1_PATH = '/org/freedesktop/systemd1'
JOBS = ('StartUnit', 'StopUnit', 'RestartUnit')


class System:
    """`effect` is called with the name of each call that would change something, and the uid it is about."""

    def __init__(self, loop, path, linger_directory, accounts, effect):
        self.loop, self.path, self.linger_directory = loop, path, linger_directory
        self.accounts, self.effect = accounts, effect
        self.active = {}  # uid: active state
        self.job_result = 'done'
        self.job_script = None  # in place of doing the job: a function of the mock, the call, the verb and the uid
        self.linger_script = None
        self.list_script = None
        self.job = 0
        self.pid1 = self.logind = None

    def start(self):
        self.pid1 = Peer(self.loop, self.path)
        manager = PID1 + '.Manager'
        self.pid1.handle(manager, 'Subscribe', self.pid1.reply)
        self.pid1.handle(manager, 'ListUnitsByPatterns', self.on_list)
        for verb in JOBS:
            self.pid1.handle(manager, verb, self.on_job)
        self.pid1.request_name(PID1)

        self.logind = Peer(self.loop, self.path)
        self.logind.handle(LOGIND + '.Manager', 'SetUserLinger', self.on_linger)
        self.logind.request_name(LOGIND)

    def stop(self):
        for peer in (self.pid1, self.logind):
            if peer:
                peer.close()

    def on_list(self, message):
        if self.list_script:
            self.list_script(self, message)
            return
        rows = [(f'user@{uid}.service', f'Manager for {uid}', 'loaded', active,
                 'running' if active == 'active' else 'dead', '', f'{PID1_PATH}/unit/{uid}', 0, '', '/')
                for uid, active in self.active.items()]
        self.pid1.reply(message, 'a(ssssssouso)', rows)

    def on_job(self, message):
        unit, _ = message.body
        uid = int(re.fullmatch(r'user@(\d+)\.service', unit)[1])
        self.effect(message.member, uid)
        if self.job_script:
            self.job_script(self, message, message.member, uid)
        else:
            self.do_job(message, uid)

    def do_job(self, message, uid):
        self.job += 1
        path = f'{PID1_PATH}/job/{self.job}'
        self.pid1.reply(message, 'o', path)
        if self.job_result == 'done':
            self.active[uid] = 'inactive' if message.member == 'StopUnit' else 'active'
        self.end_job(self.pid1, self.job, message.body[0], self.job_result)

    def end_job(self, peer, job, unit, result):
        peer.signal(None, PID1_PATH, PID1 + '.Manager', 'JobRemoved', 'uoss', job, f'{PID1_PATH}/job/{job}', unit,
                    result)

    def on_linger(self, message):
        uid, enable, _ = message.body
        self.effect('SetUserLinger', uid)
        if self.linger_script:
            self.linger_script(self, message)
            return
        file = os.path.join(self.linger_directory, self.accounts.by_uid(uid).name)
        if enable:
            open(file, 'w').close()
            self.active[uid] = 'active'
        elif os.path.exists(file):
            os.unlink(file)
            self.active[uid] = 'inactive'
        self.logind.reply(message)
