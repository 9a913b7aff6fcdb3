# SPDX-License-Identifier: LGPL-2.1-or-later
# Root file systems: one to boot and one to build in, for each Debian release, cached under a key made of what goes
# into them. Nobody writes into a cached root: labs and builds put an overlay above it.
# shellcheck shell=bash

# What a machine that runs userunitd has: the package's own dependencies, a way in by ssh, the tools of the scenarios.
LAB_PACKAGES=(
        systemd systemd-sysv dbus polkitd libpam-systemd
        libsmartcols1 libjson-c5 libseccomp2
        openssh-server openssh-client
        sudo procps jq strace expect
        bash-completion zsh fish
        libasan8 libubsan1
)

BUILD_PACKAGES=(build-essential debhelper fakeroot lintian)

# lab_packages SUITE USER_BUS
lab_packages() {
        local list=("${LAB_PACKAGES[@]}")
        case $1 in
        bookworm) list+=(libglib2.0-0) ;;
        *) list+=(libglib2.0-0t64) ;;
        esac
        [ "$2" = yes ] && list+=(dbus-user-session)
        printf '%s\n' "${list[@]}"
}

# The build root has what debian/control asks for, so that it is made again when that changes. Of alternatives the
# first one that the release has is taken (apt does so by itself; mmdebstrap would take the name literally).
build_packages() {
        printf '%s\n' "${BUILD_PACKAGES[@]}"
        sed -n '/^Build-Depends:/,/^[A-Z]/p' "$LAB_TOP/packaging/debian/control"
}

# make_root OUT SUITE INCLUDE HOOK…: OUT appears whole or not at all.
make_root() {
        local out=$1 suite=$2 include=$3 options=() tmp
        shift 3
        mapfile -t options < <(mirror_options)
        tmp=$(mktemp -d "$LAB_CACHE/.new-XXXXXX")
        say "making ${out##*/} (about half a minute)"
        if ! mirror_lines "$suite" | mmdebstrap --quiet --variant=minbase --include="$include" "${options[@]}" \
                --aptopt='APT::Install-Recommends "false"' \
                --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
                "$@" "$suite" "$tmp" - >"$tmp.log" 2>&1; then
                cat "$tmp.log" >&2
                rm -rf "$tmp" "$tmp.log"
                die "mmdebstrap failed for $suite"
        fi
        rm -f "$tmp.log"
        chmod 0755 "$tmp"
        mv -T "$tmp" "$out"
}

# lab_rootfs SUITE USER_BUS: prints the path of a root to boot.
lab_rootfs() {
        local suite=$1 bus=$2 packages key out
        need_suite "$suite"
        packages=$(lab_packages "$suite" "$bus")
        key=$( (echo "$suite"; echo "$packages"; declare -f make_root lab_rootfs) | content_key)
        out=$LAB_CACHE/root-$suite-$key
        mkdir -p "$LAB_CACHE"
        (
                flock 9
                [ -d "$out" ] || make_root "$out" "$suite" "${packages//$'\n'/,}" \
                        --customize-hook='rm -f "$1/etc/machine-id" "$1/var/lib/dbus/machine-id" "$1/etc/resolv.conf"' \
                        --customize-hook='echo uninitialized >"$1/etc/machine-id"' \
                        --customize-hook='rm -f "$1"/etc/systemd/system/*/getty@tty1.service' \
                        --customize-hook='ln -sf /dev/null "$1/etc/systemd/system/console-getty.service"' \
                        --customize-hook='for t in apt-daily apt-daily-upgrade dpkg-db-backup e2scrub_all fstrim; do
                                ln -sf /dev/null "$1/etc/systemd/system/$t.timer"; done'
        ) 9>"$LAB_CACHE/.lock-$suite" || exit 1
        echo "$out"
}

# lab_buildroot SUITE: prints the path of a root with the build dependencies of the package.
lab_buildroot() {
        local suite=$1 key out include
        need_suite "$suite"
        key=$( (echo "$suite"; build_packages; declare -f make_root lab_buildroot) | content_key)
        out=$LAB_CACHE/build-$suite-$key
        include=$(IFS=,; echo "${BUILD_PACKAGES[*]}")
        mkdir -p "$LAB_CACHE"
        (
                flock 9
                [ -d "$out" ] || make_root "$out" "$suite" "$include" \
                        --customize-hook='mkdir -p "$1/tmp/deps/debian"' \
                        --customize-hook="cp '$LAB_TOP/packaging/debian/control' \"\$1/tmp/deps/debian/\"" \
                        --customize-hook='chroot "$1" sh -ec "cd /tmp/deps && apt-get build-dep -y --no-install-recommends ./ && rm -rf /tmp/deps"' \
                        --customize-hook='chroot "$1" useradd --create-home --uid 1000 builder'
        ) 9>"$LAB_CACHE/.lock-build-$suite" || exit 1
        echo "$out"
}

# Old keys: what no recipe names any more and nothing has used for two weeks.
lab_prune() {
        local dir
        for dir in "$LAB_CACHE"/root-* "$LAB_CACHE"/build-* "$LAB_CACHE"/deb-*; do
                [ -d "$dir" ] || continue
                [ -n "$(find "$dir" -maxdepth 0 -mtime +14)" ] || continue
                grep -qF " $dir/" /proc/mounts || grep -qF "lowerdir=$dir," /proc/mounts || rm -rf --one-file-system "$dir"
        done
}
