#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# flushwork's positive control, without any hypervisor of ours: a stock kernel under plain
# QEMU runs it clean, then the kernel's remote flush is turned into a bare return, and every
# kind of work must see what is stale. An emulator keeps translations until it is told.
# shellcheck disable=SC2154 # variables of lib.sh and qemu.sh
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/qemu.sh"

gdb=$work/gdb
qemu_prepare "${1:-cloud}" -f "$build/guest/flushwork=/bin/flushwork"
qemu_boot 2 "shootdown.keep nokaslr" -chardev "socket,id=g,path=$gdb,server=on,wait=off" -gdb chardev:g

expect 0 in_guest flushwork -s 3 -p all || fail "not clean on a sound kernel"
has "$work/out" 'stale 0$'

in_guest cat /proc/kallsyms >"$work/symbols"
address=$(sed -n 's/ . native_flush_tlb_multi$//p' "$work/symbols")
[ -n "$address" ] || skip "this kernel has no native_flush_tlb_multi"
# One run, begun before: the kernel leaves its own CPU's flush to that function too, so that
# even a fork goes wrong afterwards. Not the kind fork, which would corrupt its own stack.
kinds=pte,pmd,pud,pgd,protect,discard,move,huge
in_guest flushwork -k -t 2 -s 12 -p $kinds >"$work/out" &
run=$!
sleep 5
"$build/tests/gdb_poke" "$gdb" "$address" "${2:-0f}" c3 || fail "the kernel was not changed"
wait $run
status=$?
[ $status = 1 ] || fail "status $status, not 1, without flushes"
for kind in $(echo $kinds | tr , ' '); do
	has "$work/out" "^flushwork: $kind: "
done
qemu_kill
finish
