#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what shootdown needs to be built, run and tested. Silent when nothing is missing.
# Usage: .ci/deps.sh [build|all]     build: compiler and libraries; all: QEMU and test tools too

set -eu
what=${1:-all}

# How to tell that it is there : Debian package that brings it
build='
cmd:gcc gcc
file:/usr/include/stdio.h libc6-dev
file:/usr/include/linux/kvm.h linux-libc-dev
hdr:liburing.h liburing-dev
hdr:jansson.h libjansson-dev
hdr:libelf.h libelf-dev
hdr:lz4.h liblz4-dev
hdr:lzma.h liblzma-dev
hdr:zstd.h libzstd-dev
hdr:zlib.h zlib1g-dev
cmd:ar binutils
cmd:busybox busybox-static
cmd:dpkg-deb dpkg
'
rest='
cmd:qemu-system-x86_64 qemu-system-x86
hdr:cmocka.h libcmocka-dev
cmd:python3 python3
cmd:spin spin
'
[ "$what" = build ] || build="$build$rest"

present() {
	case $1 in
	cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
	file:*) [ -e "${1#file:}" ] ;;
	hdr:*)
		f=${1#hdr:}
		[ -e "/usr/include/$f" ] || [ -e "/usr/include/$(uname -m)-linux-gnu/$f" ] ||
			ls /usr/lib/gcc/*/*/include/"$f" >/dev/null 2>&1
		;;
	esac
}

# A dynamic busybox would not run in the guest: only the static package counts.
static_busybox() {
	f=$(command -v busybox) && ! ldd "$f" >/dev/null 2>&1
}

missing=
while read -r probe package; do
	[ -n "$probe" ] || continue
	case $probe in
	cmd:busybox) static_busybox ;;
	*) present "$probe" ;;
	esac || missing="$missing $package"
done <<EOF
$build
EOF
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	echo "shootdown: deps: these Debian packages (or what your distribution calls them) are missing:" >&2
	echo " $missing" >&2
	exit 77
fi
sudo=
if [ "$(id -u)" != 0 ]; then
	sudo=sudo
	if ! command -v sudo >/dev/null 2>&1; then
		echo "shootdown: deps: not root, and there is no sudo" >&2
		echo "  as root: apt-get install$missing" >&2
		exit 77
	fi
fi
echo "installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
$sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 || {
	$sudo apt-get update -qq
	$sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
