# SPDX-License-Identifier: LGPL-2.1-or-later
# A lab: an overlay above a cached root, booted by systemd-nspawn in a cgroup, a network and a PID namespace of its own.
# Works with and without systemd as the host's PID 1, any number of labs at the same time.
# State of the lab NAME: $LAB_STATE/NAME/{suite,bus,pid,leader,cgroup,console.log}, its files in the tmpfs $LAB_STATE/NAME/fs.
# shellcheck shell=bash

lab_cgroup_mount() {
        local mounted
        mounted=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
        if [ -z "$mounted" ]; then
                mounted=$LAB_STATE/.cgroup
                mkdir -p "$mounted"
                mount -t cgroup2 none "$mounted" || die "no cgroup2 file system and none can be mounted"
        fi
        echo "$mounted"
}

# Prints the path of a lab's state, which must exist.
lab_state() {
        [ -d "$LAB_STATE/$1" ] || die "no lab named $1 (tests/lab/lab list)"
        echo "$LAB_STATE/$1"
}

lab_mount() {
        local state=$1 root=$2
        mkdir -p "$state/fs"
        mount -t tmpfs -o size=4g,mode=0755 userunitd-lab "$state/fs"
        mkdir "$state/fs/upper" "$state/fs/work" "$state/fs/root"
        mount -t overlay -o "lowerdir=$root,upperdir=$state/fs/upper,workdir=$state/fs/work" userunitd-lab "$state/fs/root"
}

# The container's PID 1, as this host numbers it.
lab_find_leader() {
        local child
        for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
                [ "$(awk '/^NSpid:/ { print $NF }' "/proc/$child/status" 2>/dev/null)" = 1 ] && echo "$child" && return
        done
        return 1
}

# lab_start NAME: boots what is mounted; also used for the second start after a reboot.
lab_start() {
        local name=$1 state pid leader='' try cgroup
        state=$(lab_state "$name") || exit 1
        cgroup=$(cat "$state/cgroup")
        mkdir -p "$cgroup"
        (
                echo "$BASHPID" >"$cgroup/cgroup.procs"
                cd /
                exec 9>&-
                SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 exec setsid systemd-nspawn --quiet --directory="$state/fs/root" \
                        --machine="lab-$name" --register=no --keep-unit --private-network --boot \
                        </dev/null >>"$state/console.log" 2>&1
        ) &
        pid=$!
        echo "$pid $(start_time "$pid")" >"$state/pid"
        for ((try = 0; try < 200; try++)); do
                leader=$(lab_find_leader "$pid") && break
                kill -0 "$pid" 2>/dev/null || break
                sleep 0.05
        done
        if [ -z "$leader" ]; then
                tail -n 20 "$state/console.log" >&2
                die "systemd-nspawn did not start (see above)"
        fi
        echo "$leader $(start_time "$leader")" >"$state/leader"
        disown "$pid" 2>/dev/null || true
        lab_wait "$name"
}

# Until every start job has ended, for a minute at most: running or degraded (a lab may have a failed unit on purpose).
lab_wait() {
        local name=$1 state answer='' try
        state=$(lab_state "$name") || exit 1
        for ((try = 0; try < 300; try++)); do
                answer=$(lab_enter "$name" timeout 60 systemctl is-system-running --wait 2>/dev/null) || true
                case $answer in
                running | degraded) return 0 ;;
                esac
                sleep 0.2
        done
        tail -n 40 "$state/console.log" >&2
        die "lab $name has not come up: ${answer:-no answer}"
}

# lab_boot NAME SUITE USER_BUS ACCOUNTS
lab_boot() {
        local name=$1 suite=$2 bus=$3 accounts=$4 root state
        [[ $name =~ ^[a-z][a-z0-9-]{0,30}$ ]] || die "bad name for a lab: $name"
        [ -d "$LAB_STATE/$name" ] && die "lab $name exists (tests/lab/lab stop $name)"
        [ -n "$bus" ] || { [ "$suite" = bookworm ] && bus=yes || bus=no; }
        root=$(lab_rootfs "$suite" "$bus") || exit 1
        touch "$root"
        state=$LAB_STATE/$name
        mkdir -p "$state"
        echo "$suite" >"$state/suite"
        echo "$bus" >"$state/bus"
        echo "$(lab_cgroup_mount)/userunitd-lab-$name" >"$state/cgroup"
        lab_mount "$state" "$root"
        echo "lab-$name" >"$state/fs/root/etc/hostname"
        printf '127.0.0.1 localhost lab-%s\n::1 localhost\n' "$name" >"$state/fs/root/etc/hosts"
        [ "$accounts" = no ] || "$LAB_DIR/recipe/accounts" "$state/fs/root" || die "the accounts could not be made"
        lab_start "$name"
}

# lab_enter NAME COMMAND…: as root in the container, outside of every session and service, with a bare environment.
lab_enter() {
        local name=$1 state leader start cgroup
        shift
        state=$(lab_state "$name") || exit 1
        read -r leader start <"$state/leader" 2>/dev/null || return 125
        is_running "$leader" "$start" || { say "lab $name is not running"; return 125; }
        cgroup=$(cat "$state/cgroup")/payload/lab
        mkdir -p "$cgroup" 2>/dev/null
        (
                echo "$BASHPID" >"$cgroup/cgroup.procs" || exit 125
                exec nsenter --target "$leader" --mount --uts --ipc --net --pid --cgroup \
                        env -i --chdir=/ PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root USER=root \
                        LOGNAME=root LANG=C.UTF-8 "TERM=${TERM:-dumb}" "$@"
        )
}

# lab_run NAME USER COMMAND…: a login of that person through PAM, hence with a logind session and a polkit subject, as
# over ssh: no seat. The person's shell may be nologin. Standard input, output, error and the exit code are the command's.
lab_run() {
        local name=$1 user=$2
        shift 2
        if [ "$user" = root ]; then
                lab_enter "$name" "$@"
        else
                lab_enter "$name" su --login --shell /bin/bash --command 'exec "$@"' -- "$user" lab "$@"
        fi
}

# lab_tty NAME USER [COMMAND…]: the same on a terminal of the container's own.
lab_tty() {
        local name=$1 user=$2 words
        shift 2
        words=$(printf '%q ' su --login --shell /bin/bash "$user")
        # With --command su would take the terminal away.
        [ $# -eq 0 ] || words=$(printf '%q ' su --login --shell /bin/bash --session-command 'exec "$@"' -- "$user" lab "$@")
        lab_enter "$name" script --quiet --return --command "$words" /dev/null
}

lab_install() {
        local name=$1 state deb names=()
        shift
        state=$(lab_state "$name") || exit 1
        for deb; do
                cp "$deb" "$state/fs/root/var/tmp/" || die "cannot copy $deb"
                names+=("/var/tmp/${deb##*/}")
        done
        lab_enter "$name" env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --allow-downgrades \
                --no-install-recommends --option Dpkg::Use-Pty=0 "${names[@]}"
}

# lab_reboot NAME: an orderly shutdown and a second start of the same file system.
lab_reboot() {
        local name=$1 state pid start
        state=$(lab_state "$name") || exit 1
        read -r pid start <"$state/pid"
        lab_enter "$name" systemctl --no-block reboot 2>/dev/null || true
        lab_await_end "$pid" "$start" 90 || lab_kill "$state"
        lab_start "$name"
}

lab_await_end() {
        local try
        for ((try = 0; try < $3 * 10; try++)); do
                is_running "$1" "$2" || return 0
                sleep 0.1
        done
        return 1
}

lab_kill() {
        local state=$1 what pid start
        for what in leader pid; do
                read -r pid start <"$state/$what" 2>/dev/null || continue
                ! is_running "$pid" "$start" || kill -KILL "$pid" 2>/dev/null || true
                lab_await_end "$pid" "$start" 10 || say "process $pid does not end"
        done
}

# lab_collect NAME DIR: what one wants to see after a failure: the journal, the console, core files, sanitizer output.
lab_collect() {
        local name=$1 out=$2 state
        state=$(lab_state "$name") || exit 1
        mkdir -p "$out"
        cp "$state/console.log" "$out/console.log"
        lab_enter "$name" journalctl --sync >/dev/null 2>&1 || true
        lab_enter "$name" journalctl --no-pager --output=short-precise >"$out/journal.txt" 2>/dev/null || true
        lab_enter "$name" ps -eo user,pid,ppid,stat,args >"$out/processes.txt" 2>/dev/null || true
        find "$state/fs/upper" -xdev -type f \( -name core -o -name 'core.[0-9]*' -o -name 'asan.*' \) -exec cp -t "$out" {} + || true
}

# lab_crashes NAME: prints what must never be there: sanitizer reports and services that died by a signal of their own fault.
lab_crashes() {
        local name=$1
        lab_enter "$name" journalctl --no-pager --quiet --output=short-precise 2>/dev/null | grep -E \
                'ERROR: (Address|Leak|Thread|UndefinedBehavior)Sanitizer|: runtime error: |userunit.*(code=dumped|code=killed, status=(4/ILL|5/TRAP|6/ABRT|7/BUS|8/FPE|11/SEGV|31/SYS))'
        find "$(lab_state "$name")/fs/upper" -xdev -type f \( -name core -o -name 'core.[0-9]*' \) -printf 'core file /%P\n'
}

lab_stop() {
        local name=$1 state dir
        state=$(lab_state "$name") || exit 1
        lab_kill "$state"
        umount "$state/fs/root" 2>/dev/null || umount --lazy "$state/fs/root" 2>/dev/null || true
        umount "$state/fs" 2>/dev/null || umount --lazy "$state/fs" 2>/dev/null || true
        if [ -f "$state/cgroup" ] && dir=$(cat "$state/cgroup") && [ -d "$dir" ]; then
                find "$dir" -depth -type d -exec rmdir {} + 2>/dev/null || true
        fi
        grep -qF " $state/fs" /proc/mounts && die "$state/fs is still mounted"
        rm -rf --one-file-system "$state"
}
