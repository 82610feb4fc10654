/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUEST_LAB_CLOCK_H
#define GUEST_LAB_CLOCK_H

#include <time.h>

/* Milliseconds of CLOCK_MONOTONIC, for deadlines. */
static inline long long clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

#endif
