#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks the models of docs/model with Spin: the protocol as built must verify, in
# every interleaving; each planted defect must be found, by the property that it
# breaks; and so must each known limit, lest it goes away unnoticed. Prints KTAP.
# Exit status: 0; 1 if a line is "not ok"; 2 usage; 77 without Spin or a compiler.
# Usage: tests/model/check.sh [-t] [NAME...]   only these lines; -t: with the trail

set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
models=$top/docs/model
megabytes=2000 # of memory for one run
seconds=300    # of time

# kind | model | name | what Spin must say | options of the model
stale='assertion violated  !((stale'
hang='invalid end state'
owed='assertion violated  !((owed'
table="
verify|core|2 vCPUs, store buffers|errors: 0|-DN=2 -DSTORE_BUFFERS
verify|core|2 vCPUs, failing lever|errors: 0|-DN=2 -DLEVER_FAILS
verify|core|2 vCPUs, COMPLETE_FIRST|errors: 0|-DN=2 -DIN_FLIGHT -DCOMPLETE_FIRST
verify|core|3 vCPUs, one flushes, store buffers|errors: 0|-DINITIATORS=1 -DSTORE_BUFFERS
verify|core|3 vCPUs, one flushes, failing lever|errors: 0|-DINITIATORS=1 -DLEVER_FAILS
verify|core|3 vCPUs, all flush|errors: 0|
verify|steal|3 vCPUs|errors: 0|
verify|lever|1 vCPU|errors: 0|
defect|core|NO_WAIT|$stale|-DN=2
defect|core|LOST_PENDING|$stale|-DN=2
defect|core|NO_FENCE|$stale|-DN=2 -DSTORE_BUFFERS
defect|core|NO_RECHECK|$stale|-DN=2
defect|core|LEVER_LOST|$stale|-DN=2
defect|core|NO_LEFT|$hang|-DN=2
defect|core|LOST_WAKE|$hang|-DN=2
defect|core|LOST_KICK|$hang|-DN=2
defect|core|CLEAR_LATE|$hang|-DN=2
defect|steal|EXCHANGE_AFTER_FLUSH|$owed|
defect|steal|TAKE_IN_TWO|$owed|
defect|steal|HOOK_ORDER|$owed|
defect|steal|PLAIN_STORE_REMARK|$owed|
defect|steal|SHOW_MID_INSN|assertion violated  !((preempted&half|
defect|lever|ALWAYS_STEAL|assertion violated  !(owed|
defect|lever|OLD_KVM|assertion violated  !(owed|
defect|lever|REGISTER_ONCE|assertion violated  !(owed|
limit|core|IN_FLIGHT|assertion violated  !((half_stale|-DN=2
"

skip() {
	echo "1..0 # SKIP $1"
	echo "$1"
	exit 77
}

# explore MODEL OPTIMISATION SEARCH OPTION...: what Spin says in ./out
explore() {
	rm -f pan* ./*.trail out
	file=$models/$1.pml optimise=$2 search=$3
	shift 3
	# shellcheck disable=SC2086
	spin -a "$@" "$file" >out 2>&1 &&
		"$CC" $optimise -w -DSAFETY $search -DMEMLIM=$megabytes -o pan pan.c >>out 2>&1 &&
		timeout $seconds ./pan -m5000000 >>out 2>&1
}

# Nothing but a complete search counts.
searched_all() {
	! grep -q -e 'max search depth' -e MEMLIM -e 'out of memory' -e 'not completed' \
		-e Interrupted out
}

states() { sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' out; }
elapsed() { sed -n 's/^pan: elapsed time \([0-9.e+]*\) seconds$/\1/p' out; }

# one KIND MODEL NAME SAYS OPTIONS: the result in $text. Depth first needs less memory;
# breadth first finds the shortest way to an error.
one() {
	# shellcheck disable=SC2086
	if [ "$1" = verify ]; then
		explore "$2" -O2 '' $5
		text="model $2, $3: verified ($(states) states, $(elapsed) s)"
		grep -q "$4\$" out && searched_all
	else
		explore "$2" -O0 -DBFS "-D$3" $5
		text="$1 $3: found"
		grep -qF "$4" out
	fi
}

show_trail() {
	[ ! -e "$model.pml.trail" ] ||
		./pan -r "$model.pml.trail" 2>/dev/null | sed -e "s#$models/##" -e 's/^/# /'
}

report() { # NUMBER OK
	if [ "$2" = 0 ]; then
		echo "ok $1 $text"
		return
	fi
	failed=1
	case $kind in
	verify) echo "not ok $1 model $model, $name: not verified" ;;
	*) echo "not ok $1 $kind $name: not found" ;;
	esac
	sed -n -e '/^Depth/d' -e 's/^/# /p' out | head -n 20
}

echo 'KTAP version 1'
command -v spin >/dev/null || skip 'spin is missing (Debian package spin)'
CC=${CC:-cc}
command -v "$CC" >/dev/null || skip "$CC is missing (Debian package gcc)"

trail=
[ "${1-}" = -t ] && trail=1 && shift
names=
for name; do names="$names|$name|"; done
lines=$(printf '%s' "$table" | while IFS='|' read -r kind model name rest; do
	case ${names:-|$name|} in
	*"|$name|"*) [ -z "$kind" ] || echo "$kind|$model|$name|$rest" ;;
	esac
done)
[ -n "$lines" ] || { echo "check.sh: no such model, defect or limit: $*" >&2; exit 2; }
echo "1..$(printf '%s\n' "$lines" | wc -l)"

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir" || exit 1
i=0 failed=0
while IFS='|' read -r kind model name says options; do
	i=$((i + 1))
	one "$kind" "$model" "$name" "$says" "$options"
	report $i $?
	[ -z "$trail" ] || show_trail
done <<EOF
$lines
EOF
exit $failed
