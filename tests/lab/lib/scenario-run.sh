# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs scenarios: each in a clean lab of its own, the Debians side by side, and counts what they say.
# shellcheck shell=bash

# A scenario that has not ended by then hangs; one that takes longer says so in a line "# seconds: N".
LAB_SCENARIO_SECONDS=${USERUNIT_LAB_SCENARIO_SECONDS:-300}

# scenario_wants FILE: package, bare or offline, from its "# lab:" line.
scenario_wants() {
        local wants
        wants=$(sed -n '1,10s/^# lab: *\([a-z]*\).*/\1/p' "$1" | head -n 1)
        echo "${wants:-package}"
}

# A build with sanitizers needs more memory, and no leak check: it would trace the process, which the sandbox forbids.
lab_allow_sanitizers() {
        local unit
        for unit in userunitd userunit-spawner userunit-accounts userunit-journal; do
                lab_enter "$1" sh -c 'mkdir -p "$1" && cat >"$1/50-sanitizers.conf"' sh "/etc/systemd/system/$unit.service.d" <<'DROPIN'
[Service]
MemoryMax=infinity
Environment=ASAN_OPTIONS=detect_leaks=0:abort_on_error=0:handle_abort=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
DROPIN
        done
}

scenario_done() {
        [ "$2" = yes ] || [ ! -d "$LAB_STATE/$1" ] || lab_stop "$1"
        rm -f "$3"
}

# run_scenario SUITE FILE DEB SANITIZE KEEP: prints its TAP.
run_scenario() (
        suite=$1 file=$2 deb=$3 sanitize=$4 keep=$5
        wants=$(scenario_wants "$file")
        name=${file##*/}
        lab=t-$suite-$$-${name%%-*}
        logs=$LAB_LOGS/$suite-$name
        export LAB_DIR LAB_DEB=$deb SUITE=$suite LAB='' LAB_ROOT='' USER_BUS=no LAB_SANITIZE=$sanitize
        out=$(mktemp "${TMPDIR:-/tmp}/userunitd-tap-XXXXXX")
        rm -rf "$logs"

        if [ "$wants" != offline ]; then
                trap 'scenario_done "$lab" "$keep" "$out"' EXIT
                (lab_boot "$lab" "$suite" '' yes) || { echo "not ok 1 - $name: the lab boots"; exit; }
                [ "$sanitize" = no ] || lab_allow_sanitizers "$lab"
                if [ "$wants" = package ]; then
                        said=$(lab_install "$lab" "$deb" 2>&1) || {
                                echo "not ok 1 - $name: the package can be installed"
                                printf '%s\n' "$said" | sed 's/^/#   /'
                                exit
                        }
                fi
                LAB=$lab LAB_ROOT=$LAB_STATE/$lab/fs/root USER_BUS=$(cat "$LAB_STATE/$lab/bus")
        else
                trap 'rm -f "$out"' EXIT
        fi

        seconds=$(sed -n '1,10s/^# seconds: *\([0-9]*\)$/\1/p' "$file")
        timeout --kill-after=10 "${seconds:-$LAB_SCENARIO_SECONDS}" "$file" >"$out" 2>&1 </dev/null
        code=$?
        cat "$out"
        grep -Eq '^1\.\.[1-9]' "$out" || echo "not ok 0 - $name: runs to its end (exit code $code)"

        [ -n "$LAB" ] || exit
        crashes=$(lab_crashes "$lab")
        if [ -z "$crashes" ]; then
                echo "ok 0 - no crash and no sanitizer report"
        else
                echo "not ok 0 - no crash and no sanitizer report"
                printf '%s\n' "$crashes" | head -n 40 | sed 's/^/#   /'
        fi
        if [ -n "$crashes" ] || grep -q '^not ok' "$out" || ! grep -Eq '^1\.\.[1-9]' "$out"; then
                lab_collect "$lab" "$logs"
                cp "$out" "$logs/result.tap"
                echo "# logs: $logs"
        fi
        [ "$keep" = no ] || echo "# the lab stays: tests/lab/lab run $lab root … ; tests/lab/lab stop $lab"
)

# run_suite SUITE SANITIZE KEEP DEB RESULTS FILE…: one after the other; each block of lines is printed whole.
run_suite() {
        local suite=$1 sanitize=$2 keep=$3 deb=$4 results=$5 file block start
        shift 5
        if [ -n "$deb" ]; then
                [ -f "$deb" ]
        elif [ "$sanitize" = yes ]; then
                deb=$(lab_build --sanitize "$suite")
        else
                deb=$(lab_build "$suite")
        fi || { echo "not ok 0 - $suite: the package can be built" | tee -a "$results"; return; }
        for file; do
                start=$SECONDS
                block=$(run_scenario "$suite" "$file" "$deb" "$sanitize" "$keep")
                printf '%s\n' "$block" >>"$results"
                (
                        flock 9
                        printf '\n# %s: %s (%d s)\n%s\n' "$suite" "${file##*/}" $((SECONDS - start)) "$block"
                ) 9>"$LAB_STATE/.lock-output"
        done
}

# lab_test [--suite=S] [--sanitize] [--full] [--keep] [--deb=FILE] [PATTERN]: everything, or the scenarios with PATTERN in their
# name. The last line is the count; with USERUNIT_RESULTS set, it goes as "PASSED FAILED SKIPPED" into that file instead.
lab_test() {
        local suites=("${LAB_SUITES[@]}") sanitize=no keep=no full=no deb='' pattern='' file files=() suite dir jobs=()
        while [ $# -gt 0 ]; do
                case $1 in
                --suite=*) need_suite "${1#*=}"; suites=("${1#*=}") ;;
                --sanitize) sanitize=yes ;;
                --full) full=yes ;;
                --keep) keep=yes ;;
                --deb=*) deb=${1#*=} ;;
                --*) die "unknown option $1" ;;
                *) pattern=$1 ;;
                esac
                shift
        done
        for file in "$LAB_DIR"/scenarios/[0-9]*; do
                [[ ${file##*/} == *$pattern* ]] || continue
                # Scenarios that take long say so and run with --full, or by name.
                if [ "$full" = no ] && [ -z "$pattern" ] && sed -n 1,10p "$file" | grep -q '^# full:'; then
                        continue
                fi
                files+=("$file")
        done
        [ ${#files[@]} -gt 0 ] || die "no scenario has \"$pattern\" in its name"
        dir=$(mktemp -d "${TMPDIR:-/tmp}/userunitd-results-XXXXXX")
        for suite in "${suites[@]}"; do
                run_suite "$suite" "$sanitize" "$keep" "$deb" "$dir/$suite" "${files[@]}" &
                jobs+=($!)
        done
        wait "${jobs[@]}"

        local passed failed skipped
        passed=$(cat "$dir"/* | grep '^ok ' | grep -vc '# SKIP')
        failed=$(cat "$dir"/* | grep -c '^not ok ')
        skipped=$(cat "$dir"/* | grep '^ok ' | grep -c '# SKIP')
        rm -rf "$dir"
        if [ -n "${USERUNIT_RESULTS:-}" ]; then
                echo "$passed $failed $skipped" >>"$USERUNIT_RESULTS"
        else
                printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
        fi
        [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
