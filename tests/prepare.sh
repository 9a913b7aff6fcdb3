# SPDX-License-Identifier: LGPL-2.1-or-later
# Gets what the two commands of the README need onto this host. Sourced by tests/run and tests/demo.
# shellcheck shell=bash

# install_missing PACKAGE…: with apt where something is missing and we are root; a sentence where we are not.
install_missing() {
        local missing=() package
        for package; do
                [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
                        missing+=("$package")
        done
        [ ${#missing[@]} -gt 0 ] || return 0
        if [ "$(id -u)" -ne 0 ]; then
                echo "missing: ${missing[*]}; as root: apt-get install ${missing[*]}" >&2
                return 1
        fi
        echo "installing ${missing[*]}" >&2
        apt_get update && apt_get install "${missing[@]}"
}

# install_build_dependencies CONTROL: what a debian/control asks for.
install_build_dependencies() {
        dpkg-checkbuilddeps "$1" >/dev/null 2>&1 && return
        if [ "$(id -u)" -ne 0 ]; then
                dpkg-checkbuilddeps "$1"
                echo "as root: apt-get build-dep $(dirname "$(dirname "$1")")" >&2
                return 1
        fi
        echo "installing build dependencies" >&2
        apt_get update && apt_get build-dep "$(dirname "$(dirname "$1")")"
}

apt_get() {
        local command=$1
        shift
        # Its output is kept out of ours: our standard output is a report.
        DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet --yes --no-install-recommends \
                -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$command" "$@" >&2
}

LAB_TOOLS=(mmdebstrap systemd-container debian-archive-keyring git)
