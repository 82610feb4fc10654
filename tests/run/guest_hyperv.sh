#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A stock kernel uses our Hyper-V flush: says so, flushes for real, and nothing goes wrong.
# Usage: guest_hyperv.sh [KERNEL]
. "$(dirname "$0")/lib.sh"
kernel=${1:-cloud}

expect 0 "$SHOOTDOWN" run -q --timeout 250 -k "$kernel" --pv hyperv -c 4 --stats=json \
	--stats-file "$work/stats" -- sh -c 'flushwork -t 4 -s 10 && dmesg' || finish
has "$work/out" "Hyper-V: Using hypercall for remote TLB flush"
has "$work/out" "stale 0"
lacks "$work/out" "unchecked MSR access|TSC unstable|WARNING:|BUG:|Oops|Call Trace"
lacks "$work/out" "KVM setup pv remote TLB flush"
json "$work/stats" 'j["kinds"]["hv_space"]["requests"] > 0 and j["kinds"]["hv_list"]["requests"] > 0'
json "$work/stats" 'j["kinds"]["hv_list"]["ranges"] >= j["kinds"]["hv_list"]["requests"]'
json "$work/stats" 'all(k["kicked"] + k["elided"] == k["targets"] for k in j["kinds"].values())'
json "$work/stats" 'set(j["hypercall_status"]) == {"0x00"} and sum(v["lever_failed"] for v in j["vcpus"]) == 0'
finish
