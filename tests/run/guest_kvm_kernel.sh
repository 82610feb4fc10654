#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The host kernel's own steal time, for comparison, and native IPIs.
. "$(dirname "$0")/lib.sh"

expect 0 "$SHOOTDOWN" run -q --timeout 250 --pv kvm,steal=kernel -c 2 -- sh -c 'flushwork -s 3 && dmesg' &&
	has "$work/out" "KVM setup pv remote TLB flush" && has "$work/out" "stale 0"
expect 0 "$SHOOTDOWN" run -q --timeout 250 --pv none -c 2 -- sh -c 'flushwork -s 3 && dmesg' &&
	lacks "$work/out" "remote TLB flush|unchecked MSR access|TSC unstable|WARNING:|BUG:" &&
	has "$work/out" "stale 0"
finish
