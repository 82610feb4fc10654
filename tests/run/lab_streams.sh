#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What goes through the lab's channel is exact: streams, statuses, arguments, environment.
. "$(dirname "$0")/lab.sh"

same() { [ "$1" = "$2" ] || fail "$3: '$1', not '$2'"; }

same "$(printf abc | "$LAB" -- cat; echo .)" abc. "three bytes through cat"
expect 7 "$LAB" -- sh -c 'echo out; echo err >&2; exit 7' </dev/null
same "$(cat "$work/out")" out "standard output"
same "$(cat "$work/err")" err "standard error"
# shellcheck disable=SC2016 # the lab's shell expands it
expect 137 "$LAB" -- sh -c 'kill -9 $$' </dev/null
expect 127 "$LAB" -- /nonexistent </dev/null
has "$work/err" '^shootdown: lab: /nonexistent: No such file'
expect 126 "$LAB" -- /etc/passwd </dev/null

# Arguments that are empty, or hold blanks, quotes and newlines.
newline='a
b'
"$LAB" -- printf '[%s]' '' 'a b' "'" '"$x`' "$newline" </dev/null >"$work/out"
printf '[%s]' '' 'a b' "'" '"$x`' "$newline" | cmp - "$work/out" || fail "arguments changed"
# shellcheck disable=SC2016
same "$(MARK='x y' "$LAB" -- sh -c 'echo "$MARK"; pwd' </dev/null)" "x y
$(pwd -P)" "environment and working directory"

# All byte values, more than any window or queue holds, both ways at once.
head -c 67108864 /dev/urandom >"$work/in"
"$LAB" -- cat <"$work/in" >"$work/out" || fail "64 MiB through cat: status $?"
cmp "$work/in" "$work/out" || fail "64 MiB came back changed"
"$LAB" -- sh -c 'cat >&2; exit 143' <"$work/in" 2>"$work/out" >"$work/none"
same $? 143 "status of 64 MiB through standard error"
cmp "$work/in" "$work/out" || fail "64 MiB came back changed on standard error"

# Ends of streams: nobody reads, nobody writes, closed ones.
same "$(timeout 60 "$LAB" -- yes | head -n 1)" y "a reader that leaves"
same "$(timeout 60 sh -c '"$0" <&- -- sh -c "cat; echo ok"' "$LAB")" ok "closed input"
same "$(timeout 60 "$LAB" -- sh -c 'exec >&-; sleep 1; exit 5' </dev/null; echo $?)" 5 \
	"an output that the program closes"

# A terminal when we have one.
if command -v script >/dev/null; then
	script -qec "$LAB -- sh -c 'tty; exit 3'" /dev/null </dev/null >"$work/out"
	same $? 3 "status on a terminal"
	has "$work/out" '/dev/pts/[0-9]'
fi
finish
