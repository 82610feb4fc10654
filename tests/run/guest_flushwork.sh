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
expect 0 "$build/tests/gdb_poke" "$gdb" "$address" "${2:-0f}" c3 || finish

# Not fork: without flushes it corrupts its own stack before it can tell.
for kind in pte pmd pud pgd protect discard move huge; do
	expect 1 in_guest flushwork -t 2 -s 20 -p $kind || fail "$kind saw nothing in 20 s"
	has "$work/out" "^flushwork: $kind: "
done
qemu_kill
finish
