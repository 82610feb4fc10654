#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The KVM steal-time protocol with more vCPUs than CPUs: PREEMPTED is shown, FLUSH_TLB comes and is
# served, steal time passes, nothing stale is seen.
. "$(dirname "$0")/lib.sh"

expect 0 "$SHOOTDOWN" run -q --timeout 250 --pv kvm -c 4 --stats=json --stats-file "$work/stats" \
	-- sh -c 'flushwork -t 4 -s 10 && dmesg && cat /proc/stat' || finish
has "$work/out" "KVM setup pv remote TLB flush"
has "$work/out" "stale 0"
lacks "$work/out" "Hyper-V|unchecked MSR access|TSC unstable|WARNING:|BUG:|Oops|Call Trace"
json "$work/stats" 'sum(v["preempted_shown"] for v in j["vcpus"]) > 0'
json "$work/stats" 'j["kinds"]["kvm_flush_tlb"]["requests"] > 0'
json "$work/stats" 'sum(v["flushed"] for v in j["vcpus"]) >= j["kinds"]["kvm_flush_tlb"]["requests"]'
# user nice system idle iowait irq softirq steal: the last one must have moved
awk '$1 == "cpu" { exit !($9 > 0) }' "$work/out" || fail "no steal time in /proc/stat"
finish
