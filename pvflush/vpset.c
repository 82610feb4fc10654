/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of virtual processors: whole-set operations on 64 banks of 64 bits. See vpset.h. */
#include "pvflush/vpset.h"

/* The low n bits of a bank, n in 0..64. */
static uint64_t low_bits(unsigned n)
{
	return n >= 64 ? ~0ull : (1ull << n) - 1;
}

/* How many of the first n VPs fall into bank i: 0..64. */
static unsigned share(unsigned i, unsigned n)
{
	unsigned base = i * 64;

	if (n <= base)
		return 0;
	return n - base < 64 ? n - base : 64;
}

void vpset_first(struct vpset *s, unsigned n)
{
	for (unsigned i = 0; i < VPSET_BANKS; i++)
		s->bank[i] = low_bits(share(i, n));
}

void vpset_limit(struct vpset *s, unsigned n)
{
	for (unsigned i = 0; i < VPSET_BANKS; i++)
		s->bank[i] &= low_bits(share(i, n));
}

unsigned vpset_count(const struct vpset *s)
{
	unsigned count = 0;

	for (unsigned i = 0; i < VPSET_BANKS; i++)
		count += (unsigned)__builtin_popcountll(s->bank[i]);
	return count;
}

unsigned vpset_next(const struct vpset *s, unsigned from)
{
	uint64_t bits;

	if (from >= VPSET_MAX)
		return VPSET_MAX;
	bits = s->bank[from / 64] & ~low_bits(from % 64);
	for (unsigned i = from / 64;; bits = s->bank[i]) {
		if (bits)
			return i * 64 + (unsigned)__builtin_ctzll(bits);
		if (++i == VPSET_BANKS)
			return VPSET_MAX;
	}
}
