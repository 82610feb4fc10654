/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Partition reference time: 100 ns ticks since the machine was created, the same
 * on every VP, computed from the guest's TSC (TLFS "Partition Reference Time
 * Enlightenment"):
 *
 *   ticks = (tsc * scale >> 64) + offset
 *
 * The guest evaluates the formula from the TSC page, the VMM for reads of
 * TIME_REF_COUNT: both give the same time. Where the TSC frequency is not known, only
 * TIME_REF_COUNT is offered, and it counts CLOCK_MONOTONIC_RAW.
 */
#ifndef PVFLUSH_HV_TIME_H
#define PVFLUSH_HV_TIME_H

#include <stdbool.h>
#include <stdint.h>

struct hv_time {
	uint64_t tsc_hz; /* 0: not known; then scale and offset are unused */
	uint64_t scale;
	int64_t offset;
	uint64_t start_ns; /* host clock at time zero */
};

/*
 * Time zero is the moment when the guest's TSC reads tsc and the host's clock reads
 * now_ns. khz: the guest's TSC frequency; not positive, or at most 10 MHz (scale would not
 * fit in 64 bits), means not known.
 */
void hv_time_init(struct hv_time *t, int64_t khz, uint64_t tsc, uint64_t now_ns);

/* Ticks at a guest TSC value; tsc_hz != 0. */
uint64_t hv_time_at_tsc(const struct hv_time *t, uint64_t tsc);
/* Ticks at a host clock value. */
uint64_t hv_time_at_clock(const struct hv_time *t, uint64_t now_ns);

/* The host clock of this file: CLOCK_MONOTONIC_RAW in ns. */
uint64_t hv_time_clock(void);

#endif
