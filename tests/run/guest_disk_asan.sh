#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The disk test with a VMM that checks its own memory accesses.
SHOOTDOWN=$(dirname "${SHOOTDOWN:-build/shootdown}")-address-undefined/shootdown SIZE=16 \
	exec "$(dirname "$0")/guest_disk.sh"
