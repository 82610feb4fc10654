#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the lab: boots the same kernel and initial RAM disk under shootdown and under QEMU microvm,
# in turns. Usage: boot_lab.sh ROUNDS KERNEL_DIR INITRD   (with SHOOTDOWN and TIMER set)
set -eu
rounds=$1 kernel=$2 initrd=$3
mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
append="console=ttyS0 quiet panic=-1 rdinit=/bin/mark"
cpu=host,-xsave,kvm=off,hv-vpindex,hv-time,hv-frequencies,hv-tlbflush

echo "environment: $(uname -r), $(nproc) CPUs, nested in $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)"
echo "QEMU $(qemu-system-x86_64 --version | sed -n 's/.*version \([^ ]*\).*/\1/p') microvm; guest: 2 vCPUs, 512 MiB, $(basename "$kernel")"
"$TIMER" "$rounds" \
	shootdown "$SHOOTDOWN" run --host -q -k "$kernel" -c 2 -m 512M -a rdinit=/bin/mark \
	:: "qemu microvm" qemu-system-x86_64 -M microvm,acpi=on,pit=on,pic=on,rtc=on,isa-serial=on -accel kvm \
	-cpu "$cpu" -smp 2 -m 512 -nodefaults -no-user-config -display none -no-reboot -serial null \
	-device virtio-serial-device -device virtio-rng-device \
	-kernel "$kernel/vmlinuz" -initrd "$initrd" -append "$append"

# Memory of the monitor itself: PSS less guest RAM, while an idle guest runs.
pss() {
	awk '/^[0-9a-f]+-[0-9a-f]+ / { ram = $0 ~ /guest-ram|memory-backend-memfd/ }
	     /^Pss:/ && !ram { n += $2 } END { print n + 0 }' "/proc/$1/smaps"
}
idle() {
	"$@" >/dev/null 2>&1 </dev/null &
	pid=$!
	sleep "${SETTLE:-40}"
	pss "$pid"
	kill -9 "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
}
echo "PSS less guest RAM, KiB, guest idle:"
echo "  shootdown     $(idle "$SHOOTDOWN" run --host -q -k "$kernel" -c 2 -m 512M -- sleep 1000)"
echo "  qemu microvm  $(idle qemu-system-x86_64 -M microvm,acpi=on,memory-backend=m -accel kvm -cpu "$cpu" \
	-smp 2 -m 512 -object memory-backend-memfd,id=m,size=512M -nodefaults -no-user-config -display none \
	-serial null -kernel "$kernel/vmlinuz" -initrd "$initrd" -append "console=ttyS0 quiet")"
