# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the integration tests. SHOOTDOWN names the program under test.
# shellcheck shell=sh

set -u
SHOOTDOWN=${SHOOTDOWN:-build/shootdown}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

# Skip the whole test: names the requirement that is missing.
skip() {
	echo "$*"
	exit 77
}

fail() {
	echo "FAIL: $*"
	failures=$((failures + 1))
}

# expect STATUS COMMAND...: run it with output to $work/out and $work/err, check its status.
expect() {
	want=$1
	shift
	"$@" >"$work/out" 2>"$work/err"
	got=$?
	if [ "$got" != "$want" ]; then
		fail "status $got, not $want: $*"
		sed 's/^/  out: /' "$work/out" | head -20
		sed 's/^/  err: /' "$work/err" | tail -40
		return 1
	fi
}

# has FILE PATTERN / lacks FILE PATTERN: an extended regular expression in a file.
has() { grep -Eq "$2" "$1" || { fail "no '$2' in:"; tail -20 "$1" | sed 's/^/  /'; return 1; }; }
lacks() { ! grep -E "$2" "$1" >"$work/found" || { fail "'$2' found:"; sed 's/^/  /' "$work/found"; return 1; }; }

# json FILE EXPRESSION: a Python expression over the parsed file `j` that must be true.
json() {
	python3 - "$1" "$2" <<-'PY' || { fail "not true: $2"; tail -5 "$1"; return 1; }
		import json, sys
		text = open(sys.argv[1]).read()
		j = json.loads(text[text.index('{'):])
		sys.exit(0 if eval(sys.argv[2]) else 1)
	PY
}

finish() {
	[ "$failures" = 0 ] || echo "$failures failures"
	[ "$failures" = 0 ]
	exit
}
