# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the tests of the lab: LAB names the program, beside shootdown.
# shellcheck shell=sh

# shellcheck source=tests/run/lib.sh
. "$(dirname "$0")/lib.sh"
LAB=${LAB:-$(dirname "$SHOOTDOWN")/libexec/lab}
command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is not installed"
# The first use fetches a kernel: without a network there is nothing to test.
"$LAB" -q -- true </dev/null >"$work/out" 2>"$work/err"
case $? in
0) ;;
77) skip "$(cat "$work/err")" ;;
*)
	cat "$work/err"
	exit 1
	;;
esac
