#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel fetcher, without the network: answers from the cache, names, complaints.
# shellcheck disable=SC2154 # work, of lib.sh
. "$(dirname "$0")/lib.sh"

fetch=$(dirname "$SHOOTDOWN")/libexec/kernel
export SHOOTDOWN_CACHE="$work/a cache" # a blank in the name is no accident
store=$SHOOTDOWN_CACHE/kernels

# cached NAME ENTRY: as if NAME had led to ENTRY earlier.
cached() {
	mkdir -p "$store/$2/modules" "$store/names"
	: >"$store/$2/vmlinuz"
	echo "${2%_*}=${2#*_}" >"$store/$2/package"
	echo "$2" >"$store/names/$1"
}

# The second line of a message is its hint.
refused() {
	want=$1 pattern=$2
	shift 2
	expect "$want" "$fetch" "$@" || return
	has "$work/err" "$pattern"
	[ "$(grep -v -c 'reading the package lists' "$work/err")" -le 2 ] || fail "more than two lines: $*"
	[ ! -s "$work/out" ] || fail "a message on stdout: $*"
}

cached 6.1 linux-image-6.1.0-99-cloud-amd64_6.1.999-1
cached 6.12@trixie linux-image-6.12.999+deb13-cloud-amd64_6.12.999-1
http_proxy=http://127.0.0.1:9/
export http_proxy # nobody is there: whoever asks the network is told so

expect 0 "$fetch" 6.1
[ "$(cat "$work/out")" = "$store/linux-image-6.1.0-99-cloud-amd64_6.1.999-1" ] || fail "wrong directory"
[ ! -s "$work/err" ] || fail "a cached kernel is worth no words"
expect 0 "$fetch" --quiet 6.12@trixie
expect 0 "$fetch" --list
has "$work/out" '^linux-image-6.1.0-99-cloud-amd64=6.1.999-1	.*	6.1$'
[ "$(wc -l <"$work/out")" = 2 ] || fail "--list shows $(cat "$work/out")"

# A cache entry that lost its kernel is no answer.
rm "$store/linux-image-6.12.999+deb13-cloud-amd64_6.12.999-1/vmlinuz"

refused 2 "not a kernel name" nonsense
refused 2 "not a kernel name" ../../etc
refused 2 "not a kernel name" "6.1 6.2"
refused 2 "unknown suite 'wheezy'" cloud@wheezy
refused 2 "unknown option" --frobnicate
refused 2 "one NAME at a time" 6.1 6.12
expect 0 "$fetch" --help
has "$work/out" '^Usage: kernel'

command -v apt-get >/dev/null || skip "apt-get is missing; the cache works without"
refused 77 "cannot read the lists of trixie" 6.12@trixie
refused 77 "cannot read the lists of bookworm" --refresh 6.1
expect 0 "$fetch" 6.1 # what was there stays

# Without a place to keep things.
SHOOTDOWN_CACHE=/dev/null/nowhere
refused 1 "cannot be made" cloud
finish
