# SPDX-License-Identifier: GPL-2.0-or-later
# A guest under plain QEMU, without KVM and without shootdown: for tests of what runs inside
# guests. To be sourced after lib.sh.
# shellcheck shell=sh
# shellcheck disable=SC2154 # work, from lib.sh

build=$(dirname "$SHOOTDOWN")
client=$build/tests/agent_client
socket=$work/channel

# qemu_prepare KERNEL-NAME INITRAMFS-OPTIONS...: sets $kernel and $initrd, or skips the test.
qemu_prepare() {
	command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is missing"
	kernel=$("$build/libexec/kernel" "$1") || exit $?
	shift
	initrd=$work/initrd
	"$build/libexec/initramfs" -k "$kernel" --kind lab -o "$initrd" "$@" >/dev/null || exit 1
}

# qemu_boot CPUS KERNEL-OPTIONS QEMU-OPTIONS...: its console goes to $work/console.
qemu_boot() {
	cpus=$1 append=$2
	shift 2
	rm -f "$socket"
	timeout 240 qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp "$cpus" -m 512 -M q35 \
		-nodefaults -display none -no-reboot -serial "file:$work/console" \
		-kernel "$kernel/vmlinuz" -initrd "$initrd" \
		-append "console=ttyS0 quiet panic=-1 $append" -device virtio-serial-pci \
		-chardev "socket,id=c,path=$socket,server=on,wait=off" \
		-device virtserialport,chardev=c,nr=1,name=org.shootdown.channel "$@" 2>"$work/qemu" &
	qemu=$!
	while [ ! -S "$socket" ] && kill -0 $qemu 2>/dev/null; do
		sleep 0.1
	done
}

qemu_kill() {
	kill $qemu 2>/dev/null
	wait $qemu 2>/dev/null
}

# in_guest ARGS...: a command in the guest, on our streams. A kept guest must see that the last
# host has gone before the next one comes (guest/agent/channel.h).
in_guest() {
	sleep 0.5
	timeout 120 "$client" "$socket" "$@"
}
