#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The machine's files in the lab: the same paths, the same bytes, at once, both ways.
. "$(dirname "$0")/lab.sh"

head -c 20000000 /dev/urandom >"$work/in"
sum=$(cksum <"$work/in")
"$LAB" -- sh -c "cksum <$work/in; cp $work/in $work/copy; echo end" </dev/null >"$work/out"
[ "$(head -n 1 "$work/out")" = "$sum" ] || fail "read in the lab: $(cat "$work/out")"
cmp "$work/in" "$work/copy" || fail "a file that was copied in the lab"

# In place, synchronised, in the middle.
head -c 4096 /dev/urandom >"$work/block"
"$LAB" -- dd if="$work/block" of="$work/copy" bs=4096 seek=1000 conv=notrunc,fsync status=none </dev/null ||
	fail "dd: status $?"
dd if="$work/block" of="$work/in" bs=4096 seek=1000 conv=notrunc status=none
cmp "$work/in" "$work/copy" || fail "a block that was written in the lab"

# Through a shared mapping, never flushed by the program.
"$LAB" -- python3 -c "
import mmap, os
f = open('$work/copy', 'r+b')
m = mmap.mmap(f.fileno(), 0)
m[5000000:5000005] = b'hello'
os._exit(0)" </dev/null || fail "mmap: status $?"
printf hello | dd of="$work/in" bs=1 seek=5000000 conv=notrunc status=none
cmp "$work/in" "$work/copy" || fail "a mapping that was written in the lab"

# While the program runs: what one side writes the other reads.
echo one >"$work/talk"
"$LAB" -- sh -c "cat $work/talk; echo two >$work/answer; while ! grep -q three $work/talk; do sleep 0.1; done; cat $work/talk" \
	</dev/null >"$work/out" &
i=0
while [ ! -s "$work/answer" ] && [ $i -lt 300 ]; do
	sleep 0.1
	i=$((i + 1))
done
[ "$(cat "$work/answer")" = two ] || fail "what the lab wrote cannot be read"
echo three >"$work/talk"
wait $! || fail "status $?"
[ "$(tr '\n' ' ' <"$work/out")" = "one three " ] || fail "the lab read: $(cat "$work/out")"

# Names, modes, links, removal.
mkdir "$work/dir"
"$LAB" -- sh -c "cd $work/dir && touch a && ln -s a link && mkdir -m 700 sub && mv a b && chmod 741 b" \
	</dev/null || fail "names: status $?"
[ "$(stat -c '%a %n' "$work"/dir/* | sed "s|$work/dir/||" | tr '\n' ' ')" = "741 b 777 link 700 sub " ] ||
	fail "names: $(ls -la "$work/dir")"

# The lab's own trees are not the machine's.
expect 0 "$LAB" -- sh -c 'test -c /dev/kvm && test -e /run/shootdown-lab && ls /proc/self/exe' </dev/null
[ -e /run/shootdown-lab ] && fail "the lab's /run is the machine's"
# Time is right, random numbers are not those of the last run.
now=$("$LAB" -- date +%s </dev/null)
late=$(($(date +%s) - now))
{ [ $late -ge 0 ] && [ $late -le 15 ]; } || fail "the lab's clock is $late s behind"
one=$("$LAB" -- head -c 16 /dev/urandom </dev/null | od -An -tx1)
two=$("$LAB" -- head -c 16 /dev/urandom </dev/null | od -An -tx1)
{ [ -n "$one" ] && [ "$one" != "$two" ]; } || fail "two labs drew the same random numbers: $one"
finish
