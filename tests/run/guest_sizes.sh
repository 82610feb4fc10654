#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Machine sizes: one vCPU, eight, little and much memory.
. "$(dirname "$0")/lib.sh"

# size CPUS MEMORY MIN_MIB: boots, shows that many CPUs and at least that much memory.
size() {
	expect 0 "$SHOOTDOWN" run -q --timeout 280 -c "$1" -m "$2" -- sh -c \
		'nproc; awk "/MemTotal/ { print int(\$2 / 1024) }" /proc/meminfo; dmesg' </dev/null || return
	[ "$(sed -n 1p "$work/out")" = "$1" ] || fail "$1 vCPUs: the guest sees $(sed -n 1p "$work/out")"
	[ "$(sed -n 2p "$work/out")" -ge "$3" ] || fail "-m $2: the guest has $(sed -n 2p "$work/out") MiB"
	lacks "$work/out" "WARNING:|BUG:|Oops|Call Trace"
}
size 1 128M 60
size 8 4G 3700
finish
