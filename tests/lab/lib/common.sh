# SPDX-License-Identifier: LGPL-2.1-or-later
# What every part of the lab shares: places, messages, the host's package mirror.
# shellcheck shell=bash

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LAB_TOP=$(cd "$LAB_DIR/../.." && pwd)
LAB_CACHE=${USERUNIT_LAB_CACHE:-/var/cache/userunitd-lab}
LAB_STATE=${USERUNIT_LAB_STATE:-/run/userunitd-lab}
LAB_LOGS=${USERUNIT_LAB_LOGS:-/var/tmp/userunitd-lab-logs}
LAB_SUITES=(bookworm trixie)

say() { printf 'lab: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Prints a number that changes when any of the named files or strings change.
content_key() {
        sha256sum | cut -c1-16
}

need_root() {
        [ "$(id -u)" -eq 0 ] || die "the lab has to be run as root"
}

need_suite() {
        case $1 in
        bookworm | trixie) ;;
        *) die "no such suite: $1 (bookworm, trixie)" ;;
        esac
}

# The archive this host installs from, for the suite given: "URI SUITE COMPONENT" lines read from apt's own
# configuration, whichever format its sources have. Another Debian release is taken from the same archive.
mirror_lines() {
        local suite=$1 host lines
        host=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
        lines=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
                awk -v host="$host" -v suite="$suite" '
                        $3 == "main" && ($2 == host || $2 == host "-updates" || $2 == host "-security") {
                                sub("^" host, suite, $2)
                                print "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]", $1, $2, $3
                        }' | sort -u)
        [ -n "$lines" ] || die "apt is configured with no Debian archive for $host"
        printf '%s\n' "$lines"
}

# The host's own way to the archive (proxy, certificates, dates), as options for mmdebstrap.
mirror_options() {
        local key value
        for key in Acquire::http::Proxy Acquire::https::Proxy Acquire::https::CaInfo Acquire::Check-Valid-Until \
                Acquire::Check-Date; do
                value=$(apt-config dump --format '%v' "$key")
                [ -z "$value" ] || printf -- '--aptopt=%s "%s"\n' "$key" "$value"
        done
}

# Kills a process only while it is still the one whose start time was noted ("PID STARTTIME").
start_time() {
        local stat
        stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
        # The command's name may hold blanks: count from the last bracket.
        set -- ${stat##*) }
        echo "${20}"
}

is_running() {
        [ -n "${1:-}" ] && [ "$(start_time "$1")" = "${2:-none}" ]
}
