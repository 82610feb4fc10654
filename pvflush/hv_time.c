/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reference time from the TSC or from the host's clock. See hv_time.h. */
#include "pvflush/hv_time.h"

#include <time.h>

#define TICKS_PER_SECOND 10000000ull
#define NS_PER_TICK	 100

typedef unsigned __int128 u128;

static uint64_t scaled(uint64_t tsc, uint64_t scale)
{
	return (uint64_t)((u128)tsc * scale >> 64);
}

void hv_time_init(struct hv_time *t, int64_t khz, uint64_t tsc, uint64_t now_ns)
{
	*t = (struct hv_time){ .start_ns = now_ns };
	if (khz <= (int64_t)(TICKS_PER_SECOND / 1000) || khz > INT64_MAX / 1000)
		return;
	t->tsc_hz = (uint64_t)khz * 1000;
	t->scale = (uint64_t)(((u128)TICKS_PER_SECOND << 64) / t->tsc_hz);
	t->offset = (int64_t)(0 - scaled(tsc, t->scale));
}

uint64_t hv_time_at_tsc(const struct hv_time *t, uint64_t tsc)
{
	return scaled(tsc, t->scale) + (uint64_t)t->offset;
}

uint64_t hv_time_at_clock(const struct hv_time *t, uint64_t now_ns)
{
	return (now_ns - t->start_ns) / NS_PER_TICK;
}

uint64_t hv_time_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}
