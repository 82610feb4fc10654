#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Bad input ends in one clear line (and at most one hint) and status 1 or 2.
. "$(dirname "$0")/lib.sh"

# refused STATUS PATTERN ARGS...: shootdown ARGS says PATTERN on its first line, two lines at most.
refused() {
	want=$1 pattern=$2
	shift 2
	expect "$want" "$SHOOTDOWN" "$@" || return
	has "$work/err" "$pattern"
	[ "$(wc -l <"$work/err")" -le 2 ] || fail "more than two lines: $*"
	[ "$(head -c 11 "$work/err")" = "shootdown: " ] || fail "does not begin with shootdown:"
}

head -c 3000 /dev/urandom >"$work/noise"
echo "hello, world" >"$work/text"
mkdir "$work/empty"
kernel=$("$SHOOTDOWN" run --dry-run -- true 2>/dev/null | sed -n 's/^kernel *//p')
initrd=$("$SHOOTDOWN" run --dry-run -- true 2>/dev/null | sed -n 's/^initrd *//p')
[ -r "$kernel" ] || fail "no kernel to cut short"
head -c 5000000 "$kernel" >"$work/short"

refused 2 "unknown verb" frobnicate
refused 2 "must be a number from 1 to 256" run -c 0 -- true
refused 2 "must be a number from 1 to 256" run -c 10000 -- true
refused 2 "must be a number from 1 to 256" run -c -1 -- true
refused 2 "must be a number from 1 to 256" run -c two -- true
refused 2 "is not a size" run -m lots -- true
refused 2 "must be 16M" run -m 4K -- true
refused 2 "unknown personality 'vmware'" run --pv vmware -- true
has "$work/err" "hyperv, kvm, kvm,steal=kernel, none"
refused 2 "unknown lever" run --lever pull -- true
refused 2 "unknown console" run --console tape -- true
refused 2 "unknown form" run --stats=xml -- true
refused 2 "unknown mutant" run --mutant x-men -- true
has "$work/err" "drop-flush"
refused 2 "unknown disk option" run -d "$work/text,rw" -- true
refused 2 "is not a number of seconds" run --timeout soon -- true
refused 1 "No such file" run -k "$work/nothing" -- true
refused 1 "No such file|vmlinuz" run -k "$work/empty" -- true

# These need a machine: none is built before everything else is known to be right.
if [ -r /dev/kvm ] && [ -w /dev/kvm ]; then
	refused 1 "not a bzImage or ELF" run --host -k "$work/text" -i "$work/noise"
	refused 1 "not a bzImage or ELF" run --host -k "$work/noise" -i "$work/noise"
	refused 1 "truncated|bytes" run --host -k "$work/short" -i "$work/noise"
	refused 1 "No such file" run --host -k "$kernel" -i "$work/nothing"
	refused 1 "not a regular file" run --host -k "$kernel" -i /dev/null
	: >"$work/nil"
	refused 1 "empty" run --host -k "$kernel" -i "$work/nil"
	truncate -s 300M "$work/huge"
	refused 1 "initrd|RAM" run --host -m 128M -k "$kernel" -i "$work/huge"
	refused 1 "kernel needs .* the guest has" run --host -m 16M -k "$kernel" -i "$initrd"
	refused 1 "no such file" run --host -d "$work/nothing" -k "$kernel" -- true
	refused 1 "directory" run --host -d "$work/empty" -k "$kernel" -- true
	if [ "$(id -u)" != 0 ]; then
		cp "$work/noise" "$work/ro" && truncate -s 4096 "$work/ro" && chmod 444 "$work/ro"
		refused 1 "read-only|denied" run --host -d "$work/ro" -k "$kernel" -- true
	fi
	refused 2 "a command needs the self-built" run --host -k "$kernel" -i "$initrd" -- true
fi

# No /dev/kvm, and one without permission: in a mount namespace of our own.
if [ "$(id -u)" = 0 ] && [ -e /dev/kvm ] && unshare -m true 2>/dev/null; then
	expect 1 unshare -m sh -c "mount --bind /dev/null /dev/kvm && exec $SHOOTDOWN run --host -- true"
	has "$work/err" "/dev/kvm: KVM API version"
	expect 1 unshare -m sh -c "mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 &&
		exec $SHOOTDOWN run --host -- true"
	has "$work/err" "/dev/kvm: no KVM on this machine"
	if command -v setpriv >/dev/null; then
		chmod 755 "$work" && chmod -R a+rX "$(dirname "$kernel")" 2>/dev/null
		expect 1 unshare -m sh -c "mount -t tmpfs none /dev && mknod -m 600 /dev/kvm c 10 232 &&
			mknod -m 666 /dev/null c 1 3 &&
			SHOOTDOWN_CACHE=$work exec setpriv --reuid 65534 --clear-groups \
			$SHOOTDOWN run --host -k $work/text -i $work/text"
		has "$work/err" "/dev/kvm: permission denied"
	fi
fi

expect 0 "$SHOOTDOWN" --help
has "$work/out" "^Verbs:"
expect 0 "$SHOOTDOWN" run --help
has "$work/out" "shootdown run -- dmesg"
lacks "$work/out" "mutant"
expect 2 "$SHOOTDOWN"
expect 2 "$SHOOTDOWN" run --no-such-option
finish
