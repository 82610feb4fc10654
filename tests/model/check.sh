#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks the models of docs/model with Spin: the protocol as built must verify, in
# every interleaving, and each planted defect must be found, by the property that it
# breaks. Prints KTAP. Exit status: 0; 1 if one line is "not ok"; 77 without Spin.
# Usage: tests/model/check.sh [-t] [NAME...]   only these lines; -t: with the trail

set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
models=$top/docs/model
megabytes=2000 # of memory for one run
seconds=300    # of time

# model, name, what must come out, options of the model
stale='assertion violated  !((stale'
hang='invalid end state'
table="
core.pml|2 vCPUs, store buffers|verified|-DN=2 -DSTORE_BUFFERS
core.pml|2 vCPUs, failing lever|verified|-DN=2 -DLEVER_FAILS
core.pml|3 vCPUs, one flushes, store buffers|verified|-DINITIATORS=1 -DSTORE_BUFFERS
core.pml|3 vCPUs, one flushes, failing lever|verified|-DINITIATORS=1 -DLEVER_FAILS
core.pml|3 vCPUs, all flush|verified|-DSIMPLE_WAIT
core.pml|COMPLETE_FIRST|verified|-DINITIATORS=3 -DSIMPLE_WAIT -DIN_FLIGHT -DCOMPLETE_FIRST
steal.pml|3 vCPUs|verified|
core.pml|NO_WAIT|$stale|-DN=2
core.pml|LOST_PENDING|$stale|-DN=2
core.pml|NO_FENCE|$stale|-DN=2 -DSTORE_BUFFERS
core.pml|NO_RECHECK|$stale|-DN=2
core.pml|LEVER_LOST|$stale|-DN=2
core.pml|NO_LEFT|$hang|-DN=2
core.pml|LOST_WAKE|$hang|-DN=2
core.pml|LOST_KICK|$hang|-DN=2
core.pml|CLEAR_LATE|$hang|-DN=2
core.pml|IN_FLIGHT|assertion violated  !((half_stale|-DN=2
steal.pml|EXCHANGE_AFTER_FLUSH|assertion violated  !((owed|
steal.pml|TAKE_IN_TWO|assertion violated  !((owed|
steal.pml|HOOK_ORDER|assertion violated  !((owed|
steal.pml|PLAIN_STORE_REMARK|assertion violated  !((owed|
steal.pml|SHOW_MID_INSN|assertion violated  !((preempted&half|
"

skip() {
	echo "1..0 # SKIP $1"
	exit 77
}

echo 'KTAP version 1'
command -v spin >/dev/null || skip 'spin is missing (Debian package spin)'
CC=${CC:-cc}
command -v "$CC" >/dev/null || skip "$CC is missing"

trail=
[ "${1-}" = -t ] && trail=1 && shift
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir" || exit 1

# explore MODEL SEARCH OPTION...: output in ./out. Depth first wants a stack, breadth
# first finds the shortest way to an error.
explore() {
	rm -f pan* ./*.trail out
	model=$1 search=$2
	shift 2
	spin -a "$@" "$models/$model" >out 2>&1 &&
		"$CC" -O2 -w -DSAFETY $search -DMEMLIM=$megabytes -o pan pan.c >>out 2>&1 &&
		timeout $seconds ./pan -m5000000 >>out 2>&1
}

# Nothing but a complete search without an error counts.
verified() {
	grep -q 'errors: 0$' out && ! grep -q -e 'max search depth' -e 'MEMLIM' -e 'out of memory' \
		-e 'Search not completed' -e 'Interrupted' out
}

value() { # LABEL: the number of "NUMBER LABEL" or "LABEL NUMBER" in ./out
	sed -n -e "s/^ *\([0-9.e+]*\) $1.*/\1/p" -e "s/^pan: $1 \([0-9.e+]*\) seconds$/\1/p" out | head -n 1
}

show_trail() {
	[ -e "$1.trail" ] || return 0
	./pan -r "$1.trail" 2>/dev/null | sed 's/^/# /'
}

wanted() { # NAME: is it among $names, or is there no choice?
	[ -z "$names" ] || case "|$names|" in *"|$1|"*) ;; *) return 1 ;; esac
}

one() { # MODEL NAME OUTCOME OPTIONS: the text of the result line in $text
	what=${1%.pml}
	if [ "$3" = verified ]; then
		case $2 in [A-Z]*) define=-D$2 ;; *) define= ;; esac
		# shellcheck disable=SC2086
		explore "$1" '' $define $4
		text="model $what, $2: verified ($(value 'states, stored') states, $(value 'elapsed time') s)"
		verified
	else
		# shellcheck disable=SC2086
		explore "$1" -DBFS "-D$2" $4
		text="defect $2: found"
		grep -qF "$3" out
	fi
}

names=
for name; do names=${names:+$names|}$name; done
lines=$(printf '%s' "$table" | while IFS='|' read -r m n rest; do
	[ -n "$m" ] && wanted "$n" && echo "$m|$n|$rest"
done)
[ -n "$lines" ] || { echo "check.sh: no such model or defect: $names" >&2; exit 2; }
echo "1..$(printf '%s\n' "$lines" | wc -l)"

i=0 failed=0
while IFS='|' read -r model name outcome options; do
	i=$((i + 1))
	if one "$model" "$name" "$outcome" "$options"; then
		echo "ok $i $text"
	else
		failed=1
		case $outcome in
		verified) echo "not ok $i model ${model%.pml}, $name: not verified" ;;
		*) echo "not ok $i defect $name: not found" ;;
		esac
		sed -n -e '/^Depth/d' -e 's/^/# /p' out | head -n 20
	fi
	[ -z "$trail" ] || show_trail "$model"
done <<EOF
$lines
EOF
exit $failed
