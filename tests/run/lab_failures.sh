#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What goes wrong ends in a message and a status, soon, and leaves nothing behind.
. "$(dirname "$0")/lab.sh"

# Processes of ours that emulate: QEMU takes the mark from our environment.
LAB_TEST_MARK=lab-test-$$
export LAB_TEST_MARK
marked() { { tr '\0' '\n' <"/proc/$1/environ" | grep -qx "LAB_TEST_MARK=$LAB_TEST_MARK"; } 2>/dev/null; }
emulators() {
	for p in /proc/[0-9]*; do
		case $(readlink "$p/exe" 2>/dev/null) in
		*qemu-system*) marked "${p#/proc/}" && echo "${p#/proc/}" ;;
		esac
	done
}
# until SECONDS COMMAND...: try it until it succeeds.
until_true() {
	tries=$(($1 * 10))
	shift
	while ! "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}
emulating() { [ -n "$(emulators)" ]; }
not_emulating() { [ -z "$(emulators)" ]; }

expect 2 "$LAB" --bogus -- true </dev/null
has "$work/err" '^shootdown: lab: unknown option --bogus'
expect 2 "$LAB" </dev/null
expect 2 "$LAB" --cpus 0 -- true </dev/null
expect 2 "$LAB" --memory 10M -- true </dev/null
expect 77 env SHOOTDOWN_QEMU=/nonexistent "$LAB" -- true </dev/null
has "$work/err" 'make deps, or: apt install qemu-system-x86'
expect 1 env SHOOTDOWN_QEMU=/bin/false "$LAB" -- true </dev/null
[ "$(grep -c 'starting it again' "$work/err")" = 2 ] || fail "not tried three times: $(cat "$work/err")"

# A QEMU that fails at first is tried again, and the program runs once.
cat >"$work/qemu" <<-SH
	#!/bin/sh
	[ -e $work/tried ] || { touch $work/tried; echo 'no luck today' >&2; exit 1; }
	exec qemu-system-x86_64 "\$@"
SH
chmod +x "$work/qemu"
expect 5 env SHOOTDOWN_QEMU="$work/qemu" "$LAB" -q -- sh -c "echo ran >>$work/ran; exit 5" </dev/null
has "$work/err" 'no luck today.*starting it again'
[ "$(cat "$work/ran")" = ran ] || fail "the program ran more than once"

# Timeouts, signals.
expect 1 "$LAB" --timeout 2 -- sleep 100 </dev/null
has "$work/err" '^shootdown: lab: the program had not ended after 2 s'
"$LAB" -- sh -c "trap 'echo got it; exit 9' TERM; echo >$work/up; sleep 100 & wait" </dev/null >"$work/out" &
lab=$!
until_true 60 test -e "$work/up" || fail "the program did not start"
kill -TERM $lab
wait $lab
[ $? = 9 ] || fail "SIGTERM did not reach the program"
has "$work/out" 'got it'
until_true 5 not_emulating || fail "QEMU is left after SIGTERM"

# Killed outright: nothing is left.
"$LAB" -- sleep 100 </dev/null &
lab=$!
until_true 30 emulating || fail "no QEMU found: this test looks in the wrong place"
kill -KILL $lab
wait $lab 2>/dev/null
until_true 5 not_emulating || fail "QEMU is left after SIGKILL"

# QEMU dies under a running program: an error, and no second start.
"$LAB" -- sh -c "echo up >>$work/starts; sleep 100" </dev/null 2>"$work/err" &
lab=$!
until_true 60 test -e "$work/starts" || fail "the program did not start"
emulators | xargs kill -KILL
wait $lab
[ $? = 1 ] || fail "status after QEMU's death"
has "$work/err" '^shootdown: lab: QEMU ended while it waited for the program to end'
[ "$(cat "$work/starts")" = up ] || fail "the program was started again"

# L1's kernel panics: its words are shown.
expect 1 "$LAB" -- sh -c 'echo c >/proc/sysrq-trigger' </dev/null
has "$work/err" "^shootdown: lab: L1's kernel panicked while it waited for the program to end"
has "$work/err" 'Kernel panic - not syncing: sysrq triggered crash'

# L1 stops dead under a running program: named within half a minute.
rm -f "$work/starts"
timeout 60 "$LAB" -- sh -c "echo up >>$work/starts; sleep 100" </dev/null 2>"$work/err" &
lab=$!
until_true 60 test -e "$work/starts" || fail "the program did not start"
emulators | xargs kill -STOP
wait $lab
status=$?
[ $status = 1 ] || fail "status $status after a hang (124: it was not noticed)"
has "$work/err" '^shootdown: lab: L1 hangs: its CPU [01] has not run for [0-9]+ s'
finish
