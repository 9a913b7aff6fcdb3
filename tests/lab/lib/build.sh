# SPDX-License-Identifier: LGPL-2.1-or-later
# The package for a suite, built in that suite's build root: no network, unprivileged, nothing of the host but the sources.
# shellcheck shell=bash

# build_in_root ROOT SOURCES OUT SANITIZE CHECK: runs in a mount, PID and network namespace of its own; the overlay goes with it.
build_in_root() {
        local root=$1 sources=$2 out=$3 sanitize=$4 check=$5
        unshare --mount --pid --net --ipc --uts --fork --kill-child bash -eu -c '
                root=$1 sources=$2 out=$3 sanitize=$4 check=$5
                mount --make-rprivate /
                mount -t tmpfs -o size=6g,mode=0755 none "$out/mnt"
                mkdir "$out/mnt/upper" "$out/mnt/work" "$out/mnt/root"
                mount -t overlay -o "lowerdir=$root,upperdir=$out/mnt/upper,workdir=$out/mnt/work" none "$out/mnt/root"
                new=$out/mnt/root
                mount -t proc proc "$new/proc"
                mount -t tmpfs -o mode=1777 none "$new/dev/shm"
                for node in null zero full random urandom tty; do
                        [ -e "$new/dev/$node" ] || touch "$new/dev/$node"
                        mount --bind "/dev/$node" "$new/dev/$node"
                done
                ip link set lo up 2>/dev/null || true
                cp -a "$sources" "$new/home/builder/source"
                mkdir "$new/home/builder/out"
                chroot "$new" chown -R builder: /home/builder
                chroot "$new" setpriv --reuid=builder --regid=builder --clear-groups --no-new-privs \
                        env -i HOME=/home/builder USER=builder LOGNAME=builder LANG=C.UTF-8 \
                        PATH=/usr/local/bin:/usr/bin:/bin USERUNIT_SANITIZE="$sanitize" \
                        DEB_BUILD_OPTIONS="terse parallel=$(nproc) $([ "$check" = 1 ] || echo nocheck)" CHECK="$check" \
                        bash -eu -c "cd /home/builder/source
                                dpkg-buildpackage --build=binary --no-sign
                                cp ../*.deb ../*.changes ../*.buildinfo ../out/
                                mkdir ../out/tools
                                find obj-*/tests/lab/tools -maxdepth 1 -type f -executable \\
                                        -exec cp -t ../out/tools {} + 2>/dev/null || true
                                [ \$CHECK = 0 ] || lintian --fail-on error ../*.changes"
                cp -r "$new"/home/builder/out/* "$out/"
        ' build-in-root "$root" "$sources" "$out" "$sanitize" "$check"
}

# lab_build [--sanitize] [--no-check] SUITE: prints the path of the .deb, which has the programs of tests/lab/tools
# beside it in tools/. Cached under a key made of the sources. Without a check (no tests, no lintian, no tools) it takes
# a fraction of the time.
lab_build() {
        local sanitize=0 check=1 suite root sources key out new
        while [[ ${1:-} == --* ]]; do
                case $1 in
                --sanitize) sanitize=1 ;;
                --no-check) check=0 ;;
                *) die "unknown option $1" ;;
                esac
                shift
        done
        suite=${1:-}
        need_suite "$suite"
        root=$(lab_buildroot "$suite") || exit 1
        touch "$root"
        sources=$(mktemp -d "${TMPDIR:-/tmp}/userunitd-sources-XXXXXX")
        "$LAB_TOP/packaging/build-deb" --copy-sources "$sources" || die "cannot copy the sources"
        # Writing a scenario is no reason to build again; the tools are programs, and go with the build.
        find "$sources/tests/lab" -mindepth 1 -maxdepth 1 ! -name tools -exec rm -rf {} +
        key=$( (cd "$sources" && echo "$root" "$sanitize" && declare -f build_in_root && find . -type f -printf '%m %p\n' | LC_ALL=C sort &&
                find . -type f -print0 | LC_ALL=C sort -z | xargs -0 cat) | content_key)
        out=$LAB_CACHE/deb-$suite-$key
        [ $check = 1 ] || [ -d "$out" ] || out=$out-unchecked
        (
                flock 9
                [ ! -d "$out" ] || exit 0
                say "building the package for $suite"
                new=$(mktemp -d "$LAB_CACHE/.new-XXXXXX")
                mkdir "$new/mnt"
                if ! build_in_root "$root" "$sources" "$new" "$sanitize" "$check" >"$new/build.log" 2>&1; then
                        mkdir -p "$LAB_LOGS"
                        mv "$new/build.log" "$LAB_LOGS/build-$suite.log"
                        rm -rf "$new"
                        tail -n 60 "$LAB_LOGS/build-$suite.log" >&2
                        say "the whole log: $LAB_LOGS/build-$suite.log"
                        exit 1
                fi
                rmdir "$new/mnt"
                chmod 0755 "$new"
                mv -T "$new" "$out"
        ) 9>"$LAB_CACHE/.lock-deb-$suite" || { rm -rf "$sources"; die "the package for $suite could not be built"; }
        rm -rf "$sources"
        touch "$out"
        ls "$out"/userunitd_*.deb
}
