# SPDX-License-Identifier: LGPL-2.1-or-later
# What the scenarios of logs and events have in common: accounts that write into the journal, and a journal that is kept
# here or there, cut off and damaged. Sourced behind scenario.sh.
# shellcheck shell=bash

JOURNAL_TOOLS=/usr/local/share/journal
# The lab's accounts that run, with their uids: above 1000, below it, and one whose home is closed.
declare -A JOURNAL_UID=([svc-web]=1101 [svc-api]=905 [svc-priv]=1103)

# journal_setup: the programs of tests/lab/tools/journal/, and a unit speak@KIND:KIND….service in each account; nothing
# is dropped because there is too much of it.
journal_setup() {
        local account
        tar -C "$LAB_DIR/tools" -cf - --exclude=__pycache__ journal | as root tar -C "${JOURNAL_TOOLS%/*}" -xf - --no-same-owner
        file_in_lab /etc/systemd/journald.conf.d/50-lab.conf <<'CONF'
[Journal]
RateLimitIntervalSec=0
SystemMaxUse=512M
RuntimeMaxUse=512M
CONF
        as root systemctl restart systemd-journald
        # svc-web has containers.
        as root sh -c 'echo svc-web:100000:65536 >>/etc/subuid'
        for account in "${!JOURNAL_UID[@]}"; do
                journal_unit "$account" speak@.service <<UNIT
[Unit]
Description=Speaker %i
StartLimitIntervalSec=0
[Service]
Type=oneshot
ExecStart=/usr/bin/python3 $JOURNAL_TOOLS/speak.py %i
TimeoutStartSec=60
UNIT
                journal_unit "$account" talk@.service <<UNIT
[Unit]
Description=Talker %i
StartLimitIntervalSec=0
[Service]
ExecStart=/usr/bin/python3 $JOURNAL_TOOLS/speak.py %i
UNIT
                as "$account" systemctl --user daemon-reload
        done
}

# journal_unit ACCOUNT UNIT: standard input becomes a unit file of the account.
journal_unit() {
        as root sh -c 'home=$(getent passwd "$1" | cut -d: -f6)
                mkdir -p "$home/.config/systemd/user" && cat >"$home/.config/systemd/user/$2"' sh "$1" "$2"
}

# speak ACCOUNT KIND…: one run of speak@.service with these kinds (tools/journal/speak.py), until it has ended.
speak() {
        local account=$1 IFS=:
        shift
        as "$account" systemctl --user start "speak@$*.service"
}

# in_cgroup ACCOUNT UNIT UID COMMAND…: as a process of that (running) unit with a uid of its own, as in a container without root.
in_cgroup() {
        local group uid=$3
        group=$(as "$1" systemctl --user show -p ControlGroup --value "$2")
        shift 3
        as root sh -c 'group=$1 uid=$2; shift 2; echo $$ >"/sys/fs/cgroup$group/cgroup.procs"
                exec setpriv --reuid="$uid" --regid="$uid" --clear-groups "$@"' sh "$group" "$uid" "$@"
}

# say ACCOUNT UNIT TEXT: a line of that (running) unit. Its writer lives until journald has looked where it belongs.
say() {
        in_cgroup "$1" "$2" "${JOURNAL_UID[$1]}" env PYTHONPATH="$JOURNAL_TOOLS" python3 -c '
import sys, time
from native import Journal
Journal().send(MESSAGE=sys.argv[1], PRIORITY="6", SYSLOG_IDENTIFIER="say")
time.sleep(0.3)' "$3"
}

# dump_core ACCOUNT UNIT [UID]: the record that systemd-coredump leaves, from where it leaves it. The kernel of the host
# hands cores to nobody in a lab.
dump_core() {
        local uid=${JOURNAL_UID[$1]} by
        # It becomes the account that crashed, or systemd-coredump for those of the system.
        by=$uid
        [ "$uid" -ge 1000 ] || by=root
        as root systemd-run --quiet --wait --collect --unit="systemd-coredump@$RANDOM-1-0" --uid="$by" \
                python3 "$JOURNAL_TOOLS/core.py" "$uid" "$2"
}

# journal_storage volatile|persistent: a journal of that kind, as good as empty. Services keep their standard output.
journal_storage() {
        as root sh -c 'printf "[Journal]\nStorage=%s\n" "$1" >/etc/systemd/journald.conf.d/60-storage.conf
                [ "$1" = volatile ] || { mkdir -p /var/log/journal; systemd-tmpfiles --create --prefix /var/log/journal; }
                systemctl restart systemd-journald
                [ "$1" = volatile ] || journalctl --flush
                [ "$1" = persistent ] || rm -rf /var/log/journal
                journalctl --rotate
                find /var/log/journal /run/log/journal -name "*@*" -delete 2>/dev/null
                true' sh "$1"
}

# journal_directory: where the files are.
journal_directory() {
        as root sh -c 'for d in /var/log/journal /run/log/journal; do ls -d "$d/$(cat /etc/machine-id)" 2>/dev/null && exit; done'
}

# What root's journalctl says, once all that is on its way has arrived.
journal_sync() { as root journalctl --sync; }
rooted() { as root journalctl --no-pager --quiet "$@"; }

# about_process ACCOUNT UNIT: root's programs may write about a process of others (OBJECT_PID=).
about_process() {
        local pid
        pid=$(as "$1" systemctl --user show -p MainPID --value "$2")
        as root env PYTHONPATH="$JOURNAL_TOOLS" python3 -c "
from native import Journal
Journal().send(MESSAGE='about $2', OBJECT_PID='$pid', SYSLOG_IDENTIFIER='watcher')"
}
