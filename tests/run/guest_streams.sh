#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The command's streams are byte-exact, its status is ours.
. "$(dirname "$0")/lib.sh"

printf 'abc' | "$SHOOTDOWN" run -q --timeout 100 -- cat >"$work/out" 2>"$work/err"
[ "$(cat "$work/out"; echo .)" = "abc." ] || fail "abc came back as: $(cat "$work/out" "$work/err")"
expect 7 "$SHOOTDOWN" run -q --timeout 100 -- sh -c 'echo out; echo err >&2; exit 7' </dev/null
[ "$(cat "$work/out")" = out ] || fail "stdout is not 'out'"
[ "$(cat "$work/err")" = err ] || fail "stderr is not 'err'"
# All byte values, more than any window or queue holds, both ways at once.
head -c 3000000 /dev/urandom >"$work/in"
"$SHOOTDOWN" run -q --timeout 200 -- sh -c 'cat; exit 143' <"$work/in" >"$work/out" 2>"$work/err"
[ $? = 143 ] || fail "status of a big pipe: $(cat "$work/err")"
cmp "$work/in" "$work/out" || fail "a big pipe came back changed"
finish
