# SPDX-License-Identifier: LGPL-2.1-or-later
# What a scenario says and checks with; README.md has the table. Sourced by scenarios, which the runner starts with
# LAB, LAB_DIR, LAB_ROOT, LAB_DEB, SUITE and USER_BUS set.
# shellcheck shell=bash
set -u -o pipefail

LAB_COMMAND=$LAB_DIR/lab
LAB_COUNT=0
LAB_FAILED=0
LAB_SAID=$(mktemp "${TMPDIR:-/tmp}/userunitd-said-XXXXXX")
LAB_SINCE=@0

as() { "$LAB_COMMAND" run "$LAB" "$@"; }
on_terminal() { "$LAB_COMMAND" tty "$LAB" "$@"; }

note() { printf '# %s\n' "$*"; }

# passed NAME, failed NAME: one line of the result. What the check printed stands below a failure.
passed() {
        LAB_COUNT=$((LAB_COUNT + 1))
        printf 'ok %d - %s\n' "$LAB_COUNT" "$1"
}

failed() {
        LAB_COUNT=$((LAB_COUNT + 1))
        LAB_FAILED=$((LAB_FAILED + 1))
        printf 'not ok %d - %s\n' "$LAB_COUNT" "$1"
        shift
        [ $# -eq 0 ] || printf '%s\n' "$@" | head -c 4000 | sed 's/^/#   /'
}

skip() {
        LAB_COUNT=$((LAB_COUNT + 1))
        printf 'ok %d - %s # SKIP %s\n' "$LAB_COUNT" "$1" "$2"
}

# said COMMAND…: runs it with its output kept for a failure's explanation.
said() { "$@" >"$LAB_SAID" 2>&1; }

try() {
        local name=$1 code
        shift
        said "$@"
        code=$?
        if [ $code -eq 0 ]; then
                passed "$name"
        else
                failed "$name" "command: $*" "exit code: $code" "$(cat "$LAB_SAID")"
        fi
}

refuse() {
        local name=$1
        shift
        if said "$@"; then
                failed "$name" "command: $*" "succeeded" "$(cat "$LAB_SAID")"
        else
                passed "$name"
        fi
}

fails_with() {
        local expected=$1 name=$2 code
        shift 2
        said "$@"
        code=$?
        if [ $code -eq "$expected" ]; then
                passed "$name"
        else
                failed "$name" "command: $*" "exit code: $code, expected $expected" "$(cat "$LAB_SAID")"
        fi
}

is() {
        if [ "$2" = "$3" ]; then
                passed "$1"
        else
                failed "$1" "expected: $2" "is:       $3"
        fi
}

like() {
        if grep -Eq -- "$2" <<<"$3"; then
                passed "$1"
        else
                failed "$1" "expected a match of: $2" "in:" "$3"
        fi
}

unlike() {
        if grep -Eq -- "$2" <<<"$3"; then
                failed "$1" "expected no match of: $2" "in:" "$3"
        else
                passed "$1"
        fi
}

# embed NAME COMMAND…: a program that speaks TAP by itself; its lines become ours.
embed() {
        local name=$1 line code before=$LAB_COUNT
        shift
        said "$@"
        code=$?
        while IFS= read -r line; do
                case $line in
                "ok "*"# SKIP"*) line=${line#* - }; skip "${line%%# SKIP*}" "${line##*# SKIP}" ;;
                "ok "*) passed "${line#* - }" ;;
                "not ok "*) failed "${line#* - }" ;;
                1..*) ;;
                *) note "  $line" ;;
                esac
        done <"$LAB_SAID"
        if [ $LAB_COUNT -gt "$before" ]; then
                is "$name: exit code" 0 $code
        else
                failed "$name" "exit code: $code" "$(cat "$LAB_SAID")"
        fi
}

eventually() {
        local deadline=$((SECONDS + $1))
        shift
        until "$@"; do
                [ $SECONDS -lt $deadline ] || return 1
                sleep 0.1
        done
}

# The journal since the scenario began, or since the last mark_journal. Entries that are on their way are waited for. By
# time, not by cursor: journalctl 252 skips an entry after a cursor that it printed itself with --lines=0.
mark_journal() { LAB_SINCE=@$(date +%s.%6N); }

journal_since() {
        as root journalctl --sync
        as root journalctl --no-pager --quiet --since="$LAB_SINCE" "$@"
}

journal_json() { journal_since --output=json "$@"; }
in_journal() { journal_since --output=cat | grep -E -- "$1"; }

# The path is seen from inside; the file is root's, mode 0644.
file_in_lab() { as root sh -c 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod 0644 "$1"' sh "$1"; }

# A program of tests/lab/tools/, as it was built with the package.
tool_in_lab() {
        as root sh -c 'cat >"/usr/local/bin/$1" && chmod 0755 "/usr/local/bin/$1"' sh "$1" <"${LAB_DEB%/*}/tools/$1"
}

scenario_end() {
        local code=$?
        rm -f "$LAB_SAID"
        # A script that stopped early has no plan line, which the runner counts as a failure.
        [ $code -ne 0 ] || printf '1..%d\n' "$LAB_COUNT"
}
trap scenario_end EXIT

[ -z "${LAB:-}" ] || mark_journal
