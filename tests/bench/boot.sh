#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make bench-boot: boot time and memory of the monitor, side by side with QEMU microvm, in the lab.
# Figures from the lab (an emulated CPU) compare; they are not what hardware gives.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
SHOOTDOWN=$(realpath "${SHOOTDOWN:-build/shootdown}")
TIMER=$(realpath "${TIMER:-build/bench/boot_timer}")
export SHOOTDOWN TIMER
plan=$("$SHOOTDOWN" run --dry-run -- true)
kernel=$(dirname "$(echo "$plan" | sed -n 's/^kernel *//p')")
initrd=$(echo "$plan" | sed -n 's/^initrd *//p')
SHOOTDOWN_AGENT_INITRD=$initrd SHOOTDOWN_LAB=1
export SHOOTDOWN_AGENT_INITRD SHOOTDOWN_LAB
echo "in the software lab (TCG): ratios and orders of magnitude, not publishable absolutes"
exec "$(dirname "$SHOOTDOWN")/libexec/lab" --memory 4G -- "$here/boot_lab.sh" "${ROUNDS:-7}" "$kernel" "$initrd"
