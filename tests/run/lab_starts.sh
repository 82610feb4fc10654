#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The lab starts, every time: 50 starts in a row (LAB_STARTS changes that), none of them
# silently tried twice.
. "$(dirname "$0")/lab.sh"

n=${LAB_STARTS:-50} i=0
: >"$work/times"
while [ "$i" -lt "$n" ]; do
	begin=$(date +%s%N)
	timeout 120 "$LAB" -- true </dev/null >"$work/out" 2>"$work/err"
	status=$?
	echo $(($(date +%s%N) - begin)) >>"$work/times"
	[ $status = 0 ] || fail "start $i: status $status: $(cat "$work/err")"
	[ -s "$work/out" ] && fail "start $i: output: $(cat "$work/out")"
	[ -s "$work/err" ] && fail "start $i: not at the first try: $(cat "$work/err")"
	i=$((i + 1))
done
sort -n "$work/times" | awk '{ t[NR] = $1 / 1e9 }
	END { printf "%d starts: min %.2f median %.2f max %.2f s\n", NR, t[1], t[int((NR + 1) / 2)], t[NR] }'
finish
