#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The agent in a real guest: plain QEMU without KVM, the channel on a Unix socket. One
# guest is kept for all conversations; a second one powers off by itself.
# shellcheck disable=SC2016,SC2154 # commands for the guest's shell; $work is lib.sh's
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/qemu.sh"

qemu_prepare "${1:-cloud}"

# talk CLIENT-OPTIONS -- ARGS...: one conversation, its output in $work/out and $work/err.
talk() {
	sleep 0.5 # the guest must see that the last host has gone (guest/agent/channel.h)
	options=
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # options hold no blanks
	timeout 120 "$client" $options "$socket" "$@" >"$work/out" 2>"$work/err" <"$input"
	status=$?
}

# answered STATUS STDOUT STDERR
answered() {
	[ "$status" = "$1" ] || fail "$what: status $status, not $1"
	[ "$(cat "$work/out")" = "$2" ] || fail "$what: stdout is '$(head -c 200 "$work/out")'"
	[ "$(cat "$work/err")" = "$3" ] || fail "$what: stderr is '$(head -c 200 "$work/err")'"
}

qemu_boot 2 shootdown.keep
head -c 8000000 /dev/urandom >"$work/random"
printf 'abc' >"$work/abc"
input=/dev/null

what="three streams and a status"
input=$work/abc
talk -- sh -c 'cat; echo oops >&2; exit 7'
answered 7 abc oops
input=/dev/null

what="killed by a signal"
talk -- sh -c 'kill -9 $$'
answered 137 '' ''

what="no such command"
talk -- nosuch
answered 127 '' 'shootdown: nosuch: No such file or directory'

what="not a program"
talk -- /etc/passwd
answered 126 '' 'shootdown: /etc/passwd: Permission denied'

what="arguments, environment, directory"
talk -d /tmp -e A=b -e C=d -- sh -c 'pwd; echo $A $C $# "$2"' x '' 'y  z'
answered 0 "/tmp
b d 2 y  z" ''

what="no such directory"
talk -d /nosuch -- true
answered 127 '' 'shootdown: /nosuch: No such file or directory'

what="8 MB there and back"
input=$work/random
talk -- cat
[ "$status" = 0 ] || fail "$what: status $status"
cmp -s "$work/out" "$work/random" || fail "$what: not the same"

what="a command that reads only the beginning"
talk -- head -c 3
[ "$(wc -c <"$work/out")" = 3 ] || fail "$what: $(wc -c <"$work/out") bytes"

what="a command that reads nothing"
talk -- true
answered 0 '' ''

# The guest's output waits for us, our input waits for the guest, and neither is lost.
what="both directions full"
sleep 0.5
timeout 120 "$client" "$socket" sh -c 'sleep 1; cat >/dev/null; dd if=/dev/zero bs=1M count=20; exit 3' \
	<"$work/random" 2>/dev/null | (sleep 2; wc -c) >"$work/out"
[ "$(cat "$work/out")" = 20971520 ] || fail "$what: $(cat "$work/out") bytes"
input=/dev/null

what="a process left in the background"
talk -- sh -c 'sleep 100 & echo done'
answered 0 'done' ''

what="a background process that never stops writing"
talk -- sh -c 'while :; do echo x; done & sleep 0.1; exit 5'
[ "$status" = 5 ] || fail "$what: status $status"

what="a signal"
talk -s 15 -- sh -c 'echo here; sleep 100'
answered 143 'here' ''

cr=$(printf '\r')
what="a terminal"
talk -t 24x80 -- sh -c 'stty size; test -t 0 && test -t 1 && test -t 2 && echo tty; echo e >&2'
answered 0 "24 80$cr
tty$cr
e$cr" ''

what="a terminal of another size, told by a signal"
talk -t 10x10 -w 33x99 -- sh -c 'trap "stty size; exit 5" WINCH; echo a; while :; do sleep 0.1; done'
answered 5 "a$cr
33 99$cr" ''

what="a host that goes away"
talk -x -- sh -c 'echo here; exec sleep 4242'
answered 0 here ''
talk -- sh -c 'ps | grep -c "[s]leep 4242"'
answered 1 0 ''

what="orphans"
talk -- sh -c 'i=0; while [ $i -lt 50 ]; do (sh -c "sleep 0.05" &); i=$((i + 1)); done; sleep 0.3; ps | grep -c " [Z] "'
answered 1 0 ''

what="many conversations"
i=0
while [ $i -lt 20 ]; do
	talk -- echo $i
	answered 0 $i ''
	i=$((i + 1))
done
talk -- dmesg
if grep -q -E 'BUG|WARNING|Oops' "$work/out"; then
	fail "the guest's kernel complains: $(grep -m1 -E 'BUG|WARNING|Oops' "$work/out")"
fi
qemu_kill

what="power off after the command, with all of its output"
qemu_boot 2 ""
timeout 120 "$client" "$socket" dd if=/dev/zero bs=1M count=20 2>/dev/null | (sleep 3; wc -c) >"$work/out"
[ "$(cat "$work/out")" = 20971520 ] || fail "$what: $(cat "$work/out") bytes"
wait $qemu || fail "$what: QEMU ended with $?"
grep -q "Power down" "$work/console" || fail "$what: no power-off on the console"
finish
