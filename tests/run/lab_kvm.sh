#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# KVM works in the lab, with nested and with shadow paging, and 200 VMs in a row do not
# hang it.
. "$(dirname "$0")/lab.sh"
vms=$(dirname "$SHOOTDOWN")/tests/lab_vms
[ -x "$vms" ] || skip "$vms is not built"

for npt in 1 0; do
	yes_no=$([ $npt = 1 ] && echo Y || echo N)
	found=$("$LAB" -q --npt $npt -- cat /sys/module/kvm_amd/parameters/npt </dev/null)
	[ "$found" = "$yes_no" ] || fail "--npt $npt: kvm-amd says '$found'"
	expect 0 timeout 200 "$LAB" --npt $npt -- "$vms" 200 </dev/null
	has "$work/out" '^200 VMs$'
	[ -s "$work/err" ] && fail "--npt $npt: $(cat "$work/err")"
done
found=$("$LAB" -q --cpus 3 -- nproc </dev/null)
[ "$found" = 3 ] || fail "--cpus 3: $found CPUs"
finish
