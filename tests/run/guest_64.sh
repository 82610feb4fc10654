#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# 65 vCPUs: VP index 64 is in the second bank, so the guest must use the Ex calls.
. "$(dirname "$0")/lib.sh"

expect 0 "$SHOOTDOWN" run -q --timeout 580 -c 65 -m 1G --stats=json --stats-file "$work/stats" -- \
	sh -c 'nproc; flushwork -t 65 -s 5; dmesg' </dev/null || finish
[ "$(sed -n 1p "$work/out")" = 65 ] || fail "the guest sees $(sed -n 1p "$work/out") CPUs"
lacks "$work/out" "WARNING:|BUG:|Oops|unchecked MSR"
json "$work/stats" 'j["kinds"]["hv_space_ex"]["requests"] + j["kinds"]["hv_list_ex"]["requests"] > 0'
json "$work/stats" 'set(j["hypercall_status"]) == {"0x00"}'
finish
