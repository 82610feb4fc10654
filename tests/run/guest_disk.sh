#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# virtio-blk: what is written and flushed is in the file, what is in the file is read.
. "$(dirname "$0")/lib.sh"

size=${SIZE:-256}
truncate -s "${size}M" "$work/disk"
head -c 4194304 /dev/urandom >"$work/ro"
# shellcheck disable=SC2016
expect 0 "$SHOOTDOWN" run -q --timeout 280 -m 1G -d "$work/disk" -d "$work/ro,ro" -- sh -c '
	set -e
	dd if=/dev/urandom of=/tmp/r bs=1M count='"$size"' 2>/dev/null
	dd if=/tmp/r of=/dev/vda bs=1M conv=fsync 2>/dev/null
	echo 3 >/proc/sys/vm/drop_caches
	sha256sum </tmp/r; sha256sum </dev/vda; sha256sum </dev/vdb
	blockdev --getro /dev/vdb
	if dd if=/dev/zero of=/dev/vdb bs=512 count=1 oflag=direct 2>/dev/null; then exit 9; fi
' </dev/null || finish
sha256sum <"$work/disk" >"$work/sum_disk"
sha256sum <"$work/ro" >"$work/sum_ro"
sed -n 1p "$work/out" | cmp - "$work/sum_disk" || fail "the file is not what the guest wrote"
sed -n 2p "$work/out" | cmp - "$work/sum_disk" || fail "the guest read back something else"
sed -n 3p "$work/out" | cmp - "$work/sum_ro" || fail "the guest read the read-only disk wrongly"
[ "$(sed -n 4p "$work/out")" = 1 ] || fail "the read-only disk is not read-only to the guest"
finish
