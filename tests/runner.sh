#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs tests one by one: each is a program that exits 0 (pass), 77 (skip; the last line
# of its output names what is missing) or anything else (fail). A test has $TEST_TIMEOUT
# seconds (default 300). Output of a failing test is shown; the last line is the count.
#
# Usage: tests/runner.sh TEST...      TEST may be LABEL=PROGRAM

set -u
limit=${TEST_TIMEOUT:-300}
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0 n=0

now() { date +%s.%N; }

echo "TAP version 13"
echo "1..$#"
for t in "$@"; do
	n=$((n + 1))
	case $t in
	*=*) name=${t%%=*} program=${t#*=} ;;
	*) name=$(basename "$t") program=$t ;;
	esac
	start=$(now)
	timeout -k 10 "$limit" "$program" >"$log" 2>&1 </dev/null
	rc=$?
	took=$(echo "$start $(now)" | awk '{ printf "%.1f s", $2 - $1 }')
	case $rc in
	0)
		passed=$((passed + 1))
		echo "ok $n $name # $took"
		;;
	77)
		skipped=$((skipped + 1))
		echo "ok $n $name # SKIP $(tail -n 1 "$log")"
		;;
	*)
		failed=$((failed + 1))
		[ $rc = 124 ] && echo "(no end within $limit s)" >>"$log"
		sed 's/^/# /' "$log"
		echo "not ok $n $name # status $rc, $took"
		;;
	esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] && [ $((passed + failed)) -gt 0 ]
