#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The check can fail: an engine that answers success without flushing is found out by flushwork
# where stale translations are visible (shadow paging), and only then.
. "$(dirname "$0")/lib.sh"

run() {
	"$SHOOTDOWN" lab --npt 0 run -q --timeout 280 -c 2 "$@" -- flushwork -t 2 -s 5
}
# Status 1 is also that of a run that did not come to its end: the finding itself must be there.
expect 1 run --mutant drop-flush
has "$work/out" "stale [1-9]"
expect 0 run && has "$work/out" "stale 0"
finish
