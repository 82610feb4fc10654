/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of virtual processors: 64 banks of 64 (TLFS 7.8.7.3, HV_VP_SET sparse
 * form: at most 4096 VPs). Plain value, no ownership.
 */
#ifndef PVFLUSH_VPSET_H
#define PVFLUSH_VPSET_H

#include <stdbool.h>
#include <stdint.h>

#define VPSET_BANKS 64
#define VPSET_MAX   (VPSET_BANKS * 64)

struct vpset {
	uint64_t bank[VPSET_BANKS];
};

static inline void vpset_clear(struct vpset *s)
{
	for (unsigned i = 0; i < VPSET_BANKS; i++)
		s->bank[i] = 0;
}

static inline void vpset_add(struct vpset *s, unsigned vp)
{
	if (vp < VPSET_MAX)
		s->bank[vp / 64] |= 1ull << (vp % 64);
}

static inline bool vpset_has(const struct vpset *s, unsigned vp)
{
	return vp < VPSET_MAX && (s->bank[vp / 64] >> (vp % 64) & 1);
}

/* The set {0 .. n-1}. */
void vpset_first(struct vpset *s, unsigned n);

/* Number of members. */
unsigned vpset_count(const struct vpset *s);

/* Smallest member >= from, or VPSET_MAX: for (vp = vpset_next(s, 0); vp < VPSET_MAX; vp = vpset_next(s, vp + 1)) */
unsigned vpset_next(const struct vpset *s, unsigned from);

/* Remove every member >= n (a guest may name VPs that do not exist). */
void vpset_limit(struct vpset *s, unsigned n);

#endif
