/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flush race: what its guest (race.c) and its host (tests/kvm/test_race.c) share. */
#ifndef GUEST_MICRO_RACE_H
#define GUEST_MICRO_RACE_H

#include <stdint.h>

/* MICRO_PORT_CALL: flush all other vCPUs; return when that is done. */
#define RACE_CALL_FLUSH 1u
/* A reader leaves guest mode for a moment, so that flushes find it out. */
#define RACE_CALL_EXIT 2u

struct race_data {
	uint64_t rounds;  /* rewrites of the entry, each followed by a flush */
	uint64_t loads;	  /* by readers */
	uint64_t settled; /* of these: no rewrite was under way, so that the page is certain */
	uint64_t stale;	  /* of these: the old page. O2: used after its flush had completed */
	uint64_t foreign; /* neither page */
};

#endif
