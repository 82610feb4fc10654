#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fetch a stock Debian kernel into the cache, once, and print the directory that
# holds it:
#
#   vmlinuz   the bzImage          release   uname -r of it
#   config    its configuration    package   PACKAGE=VERSION it came from
#   modules/  its lib/modules/RELEASE tree
#
# apt does the work, with a private state: nothing is installed, no root is
# needed, the machine's package lists and sources stay as they are. Its mirror and
# proxy settings are honoured, and signatures are checked by apt against
# debian-archive-keyring. A kernel that is in the cache is answered without apt.

set -eu
umask 022

cache=${SHOOTDOWN_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/shootdown}
store=$cache/kernels
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
quiet=
refresh=
name=
work=

usage()
{
	cat <<-'TEXT'
	Usage: kernel [--quiet] [--refresh] NAME
	       kernel --list

	Prints the directory of a Debian kernel, fetching it when it is not in the cache.

	NAME is one of
	  cloud          the newest cloud kernel of this Debian release (else of bookworm)
	  generic        the same, with all drivers
	  6.1  6.12.107  the newest cloud kernel of that version, from any suite that has it
	  6.1-generic    the same, with all drivers
	  PACKAGE        an exact package, such as linux-image-6.1.0-50-cloud-amd64
	  PACKAGE=VERSION
	and may be followed by @SUITE: bullseye, bookworm, bookworm-backports, trixie,
	trixie-backports, forky, sid.

	  --list     what the cache holds, and under which names
	  --refresh  look for a newer package even when NAME is in the cache
	  --quiet    no progress on stderr

	The cache is $SHOOTDOWN_CACHE, or shootdown/ under $XDG_CACHE_HOME or ~/.cache.
	Exit status: 0; 1 failure; 2 usage; 77 apt or the network is missing.
	TEXT
}

# die STATUS OBJECT REASON [HINT]
die()
{
	printf 'shootdown: %s: %s\n' "$2" "$3" >&2
	if [ -n "${4:-}" ]; then
		printf '  %s\n' "$4" >&2
	fi
	exit "$1"
}

say()
{
	[ -n "$quiet" ] || printf 'shootdown: %s\n' "$*" >&2
}

# ---- names and suites --------------------------------------------------------------

# The Debian release that this machine runs, or bookworm.
own_suite()
{
	own_id=
	own_codename=
	if [ -r /etc/os-release ]; then
		while IFS='=' read -r key value; do
			value=${value#\"}
			value=${value%\"}
			case $key in
			ID) own_id=$value ;;
			VERSION_CODENAME) own_codename=$value ;;
			esac
		done </etc/os-release
	fi
	case $own_id-$own_codename in
	debian-bullseye | debian-bookworm | debian-trixie | debian-forky) suite=$own_codename ;;
	*) suite=bookworm ;;
	esac
}

# Sets $what (the name without its suite), $suite (may be empty) and $key.
parse_name()
{
	case $name in
	'' | -* | .* | *[!A-Za-z0-9.+~:=@_-]*)
		die 2 "kernel '$name'" "not a kernel name" "see: kernel --help"
		;;
	esac
	what=${name%%@*}
	suite=
	case $name in
	*@*)
		suite=${name#*@}
		case $suite in
		bullseye | bookworm | bookworm-backports | trixie | trixie-backports | forky | sid) ;;
		*) die 2 "kernel $name" "unknown suite '$suite'" \
			"valid: bullseye bookworm bookworm-backports trixie trixie-backports forky sid" ;;
		esac
		;;
	esac
	case $what in
	cloud | generic) [ -n "$suite" ] || own_suite ;;
	[0-9]*.[0-9]* | linux-*) ;;
	*) die 2 "kernel $name" "not a kernel name" \
		"valid: cloud, generic, a version such as 6.1 or 6.12-generic, or a package" ;;
	esac
	key=$what${suite:+@$suite}
}

# The suites to look in, the likeliest first: each costs a download of its index.
candidate_suites()
{
	if [ -n "$suite" ]; then
		echo "$suite"
		return
	fi
	case $what in
	5.10* | linux-image-5.10*) first="bullseye" ;;
	6.1 | 6.1.* | 6.1-* | linux-image-6.1.*) first="bookworm" ;;
	6.12* | *bpo12* ) first="trixie bookworm-backports" ;;
	*bpo13*) first="trixie-backports" ;;
	[7-9].* | linux-*-[7-9].*) first="forky sid trixie-backports" ;;
	*) first= ;;
	esac
	own_suite
	order="$first $suite bookworm trixie forky sid trixie-backports bookworm-backports bullseye"
	suite=
	for candidate in $order; do
		case " ${seen:=} " in
		*" $candidate "*) continue ;;
		esac
		seen="$seen $candidate"
		echo "$candidate"
	done
}

# ---- apt, kept private -------------------------------------------------------------

need_tools()
{
	for tool in apt-get apt-cache apt-config dpkg-deb flock; do
		command -v "$tool" >/dev/null 2>&1 ||
			die 77 "kernel $name" "$tool is missing" \
				"a Debian or Ubuntu machine has it; else unpack a kernel and use -k PATH"
	done
	[ -r "$keyring" ] ||
		die 77 "kernel $name" "the Debian archive keyring is missing" \
			"apt install debian-archive-keyring"
}

# The machine's own mirrors, so that a local one is used; $SHOOTDOWN_MIRROR where apt
# knows no Debian mirror.
find_mirrors()
{
	mirror=${SHOOTDOWN_MIRROR:-}
	security=
	# shellcheck disable=SC2016 # apt expands it
	uris=$(apt-get indextargets --no-release-info --format '$(REPO_URI)' 2>/dev/null || :)
	for uri in $uris; do
		case $uri in
		*/debian-security | */debian-security/ | */debian-security.list) : "${security:=$uri}" ;;
		*/debian | */debian/ | */debian.list) : "${mirror:=$uri}" ;;
		esac
	done
	[ -n "$mirror" ] ||
		die 77 "kernel $name" "apt knows no mirror of Debian's archive" \
			"set SHOOTDOWN_MIRROR to the URL of one"
}

# A configuration for apt that takes only the transport settings of the machine's:
# no hooks, no extra index targets. Lives in $work, as a proxy may carry a password.
write_apt_config()
{
	(
		umask 077
		{
			apt-config dump | grep -E \
				'^Acquire::(http|https|ftp|Retries|ForceIPv[46]|Check-)[^ ]* ".+";$' || :
			cat <<-TEXT
			Dir::Etc::main "/dev/null";
			Dir::Etc::Parts "/dev/null";
			Dir::Etc::SourceParts "/dev/null";
			Dir::Etc::Preferences "/dev/null";
			Dir::Etc::PreferencesParts "/dev/null";
			Acquire::Languages "none";
			Acquire::GzipIndexes "true";
			APT::Architecture "amd64";
			APT::Architectures "amd64";
			APT::Update::Error-Mode "any";
			Dir::Cache::pkgcache "";
			Dir::Cache::srcpkgcache "";
			TEXT
			if [ "$(id -u)" = 0 ]; then
				echo 'APT::Sandbox::User "root";'
			fi
		} >"$work/apt.conf"
	)
	APT_CONFIG=$work/apt.conf
	LC_ALL=C
	export APT_CONFIG LC_ALL
}

# Point apt at one suite's private state.
select_suite()
{
	state=$cache/apt/$1
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
	: >"$state/status"
	{
		echo "deb [arch=amd64 signed-by=$keyring] $mirror $1 main"
		case $1 in
		bullseye | bookworm | trixie)
			[ -z "$security" ] ||
				echo "deb [arch=amd64 signed-by=$keyring] $security $1-security main"
			;;
		esac
	} >"$state/sources.list"
	set -- -o "Dir::Etc::SourceList=$state/sources.list" -o "Dir::State=$state" \
		-o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache"
	apt_options=
	for option; do
		apt_options="$apt_options$option
"
	done
}

# apt COMMAND ARGS...: one of the apt tools on the selected suite.
apt()
{
	command=$1
	shift
	# The options hold no newline; a cache directory may hold blanks.
	saved_ifs=$IFS
	IFS='
'
	set -f
	# shellcheck disable=SC2086
	set -- $apt_options "$@"
	set +f
	IFS=$saved_ifs
	"$command" "$@"
}

# explain LOG DOING: end with what apt said. Status 77 when the network is the reason.
explain()
{
	reason=$(grep -m1 -E '^E: ' "$1" | cut -c4-200 || :)
	status=1
	hint="the whole of it: $1"
	if grep -q -E -i 'resolv|connect|unreachable|timed out|no route|network' "$1"; then
		status=77
		hint="the network or the mirror cannot be reached; with a kernel at hand use -k PATH"
	fi
	cp "$1" "$cache/apt/last-error.log" 2>/dev/null && hint=$(printf '%s' "$hint" |
		sed "s|$1|$cache/apt/last-error.log|")
	die "$status" "kernel $name" "$2: ${reason:-apt failed}" "$hint"
}

update_suite()
{
	select_suite "$1"
	say "reading the package lists of $1"
	apt apt-get -q update >"$work/log" 2>&1 || explain "$work/log" "cannot read the lists of $1"
}

# ---- from a name to packages ---------------------------------------------------------

# The newest of the versions on stdin, one "VERSION PACKAGE" a line.
newest()
{
	best=
	best_package=
	while read -r version package; do
		if [ -z "$best" ] || dpkg --compare-versions "$version" gt "$best"; then
			best=$version
			best_package=$package
		fi
	done
	if [ -n "$best" ]; then
		echo "$best_package=$best"
	fi
}

# All versions of kernel packages whose name matches the pattern.
versions_of()
{
	apt apt-cache search --names-only "^linux-image-[0-9].*amd64\$" |
		cut -d' ' -f1 | grep -E "^$1\$" >"$work/found" || return 0
	# shellcheck disable=SC2046
	apt apt-cache madison $(cat "$work/found") | awk -F' *[|] *' '{ gsub(/ /, "", $1); print $2, $1 }'
}

# Prints PACKAGE=VERSION for $what in the selected suite, or nothing.
resolve()
{
	case $what in
	cloud) resolve_exact linux-image-cloud-amd64 ;;
	generic) resolve_exact linux-image-amd64 ;;
	linux-*) resolve_exact "$what" ;;
	*)
		flavour=-cloud
		number=$what
		case $what in
		*-generic) flavour='' number=${what%-generic} ;;
		*-cloud) number=${what%-cloud} ;;
		esac
		number=$(printf '%s' "$number" | sed 's/[.+]/\\&/g')
		# Debian's own numbering follows: 6.1.0-50, 6.12.107+deb13; not -rt, not -unsigned.
		versions_of "linux-image-$number([.+][0-9a-z.+~]+)?(-[0-9][0-9a-z.]*)?$flavour-amd64" |
			newest
		;;
	esac
}

resolve_exact()
{
	exact=${1%%=*}
	apt apt-cache madison "$exact" | awk -F' *[|] *' -v want="${1#"$exact"}" \
		'want == "" || want == "=" $2 { print $2; }' | while read -r version; do
		echo "$version $exact"
	done | newest
}

# All packages that make up $1: through the meta package to image, binary and modules.
closure()
{
	todo=$1
	parts=
	image=
	while [ -n "$todo" ]; do
		part=${todo%% *}
		case $todo in
		*' '*) todo=${todo#* } ;;
		*) todo= ;;
		esac
		case " $parts " in
		*" $part "*) continue ;;
		esac
		apt apt-cache show "$part" >"$work/show" 2>>"$work/log" ||
			die 1 "kernel $name" "$part is not in the archive any more" "try --refresh"
		case $part in
		linux-image-[0-9]*) : "${image:=$part}" ;;
		esac
		parts="$parts $part"
		todo="$todo$(sed -n 's/^Depends: //p' "$work/show" | tr ',' '\n' |
			sed -n -E 's/^ *(linux-(image|binary|modules|base)-[0-9][^ ]*) \(= ([^)]*)\).*/ \1=\3/p' |
			tr -d '\n')"
		todo=${todo# }
	done
	[ -n "$image" ] || die 1 "kernel $name" "$1 leads to no kernel image" ""
}

# ---- fetching ---------------------------------------------------------------------------

fetch_parts()
{
	mkdir "$work/debs" "$work/root"
	for part in $parts; do
		case $part in
		linux-image-*amd64=*) [ "$part" = "$image" ] || continue ;;
		esac
		size=$(apt apt-cache show "$part" | sed -n 's/^Size: //p' | head -n 1)
		say "fetching ${part%%=*} ($(((${size:-0} + 999999) / 1000000)) MB)"
		(cd "$work/debs" && apt apt-get -q download "$part") >"$work/log" 2>&1 ||
			explain "$work/log" "cannot fetch $part"
	done
	for deb in "$work"/debs/*.deb; do
		dpkg-deb -x "$deb" "$work/root" 2>"$work/log" ||
			die 1 "kernel $name" "cannot unpack ${deb##*/}: $(head -n 1 "$work/log")" \
				"is there room in $cache?"
		rm -f "$deb"
	done
}

# Arrange what was unpacked as the head of this file says, then put it in place.
install_parts()
{
	out=$work/out
	mkdir "$out"
	for tree in "$work"/root/lib/modules/* "$work"/root/usr/lib/modules/*; do
		[ -d "$tree/kernel" ] || [ -e "$tree/modules.builtin" ] || continue
		release=${tree##*/}
		mv "$tree" "$out/modules"
		break
	done
	[ -n "${release:-}" ] || die 1 "kernel $name" "${image%%=*} holds no modules" ""
	for file in vmlinuz config; do
		for at in "$work/root/boot/$file-$release" "$work/root/usr/lib/linux/$file-$release" \
			"$out/modules/$file"; do
			if [ -f "$at" ]; then
				mv "$at" "$out/$file"
				break
			fi
		done
	done
	[ -f "$out/vmlinuz" ] || die 1 "kernel $name" "${image%%=*} holds no vmlinuz" ""
	[ -f "$out/config" ] || : >"$out/config"
	rm -f "$out/modules/build" "$out/modules/source"
	echo "$release" >"$out/release"
	echo "$image" >"$out/package"
	chmod -R u+w "$out"
	rm -rf "${store:?}/$entry"
	mv "$out" "$store/$entry"
}

remember()
{
	mkdir -p "$store/names"
	printf '%s\n' "$entry" >"$work/name"
	mv "$work/name" "$store/names/$key"
}

# ---- the cache ----------------------------------------------------------------------------

# Prints the directory of $key if the cache has it.
lookup()
{
	[ -r "$store/names/$key" ] || return 1
	read -r entry <"$store/names/$key" || return 1
	[ -n "$entry" ] && [ -f "$store/$entry/vmlinuz" ] || return 1
	printf '%s\n' "$store/$entry"
}

list()
{
	for directory in "$store"/*/; do
		[ -f "$directory/vmlinuz" ] || continue
		directory=${directory%/}
		names=
		for alias in "$store"/names/*; do
			[ -r "$alias" ] || continue
			read -r entry <"$alias" || continue
			[ "$entry" != "${directory##*/}" ] || names="$names ${alias##*/}"
		done
		printf '%s\t%s\t%s\n' "$(cat "$directory/package")" "$directory" "${names# }"
	done
}

clean_up()
{
	[ -z "$work" ] || rm -rf "$work"
}

lock()
{
	mkdir -p "$store" "$cache/apt" 2>/dev/null ||
		die 1 "$cache" "cannot be made" "set SHOOTDOWN_CACHE to a directory of yours"
	exec 9>"$store/.lock"
	if ! flock -n 9; then
		say "waiting for another fetch to end"
		flock 9
	fi
	rm -rf "$store"/.work.*
	work=$(mktemp -d "$store/.work.XXXXXX")
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

fetch()
{
	need_tools
	lock
	if [ -z "$refresh" ] && lookup; then # another process was first
		return
	fi
	find_mirrors
	write_apt_config
	for candidate in $(candidate_suites); do
		update_suite "$candidate"
		found=$(resolve)
		[ -z "$found" ] || break
	done
	[ -n "${found:-}" ] ||
		die 1 "kernel $name" "no such kernel in Debian${suite:+ $suite}" \
			"see: kernel --help; a suite can be given as $what@SUITE"
	closure "$found"
	entry=$(printf '%s' "$image" | tr '=' '_')
	if [ ! -f "$store/$entry/vmlinuz" ]; then
		fetch_parts
		install_parts
	fi
	remember
	lookup || die 1 "kernel $name" "the cache entry $entry did not appear" ""
}

while [ $# -gt 0 ]; do
	case $1 in
	--help | -h)
		usage
		exit 0
		;;
	--list)
		list
		exit 0
		;;
	--quiet | -q) quiet=1 ;;
	--refresh) refresh=1 ;;
	--) ;;
	-*) die 2 "kernel $1" "unknown option" "see: kernel --help" ;;
	*)
		[ -z "$name" ] || die 2 "kernel $1" "one NAME at a time" "see: kernel --help"
		name=$1
		;;
	esac
	shift
done
: "${name:=cloud}"
parse_name
if [ -z "$refresh" ] && lookup; then
	exit 0
fi
fetch
