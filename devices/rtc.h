/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clock and memory of an MC146818 at ports 0x70 and 0x71, so that a guest knows
 * what time it is at boot. The clock shows the host's UTC and cannot be set; modes
 * (binary or BCD, 12 or 24 hours) and the SET bit work. The other bytes are RAM.
 *
 * No interrupts: alarm, periodic and update-ended interrupts never come.
 */
#ifndef DEVICES_RTC_H
#define DEVICES_RTC_H

#include <time.h>

#include "vmm/machine.h"

#define RTC_PORT 0x70

struct rtc;

/* 0 or negative errno. now: the clock, NULL for CLOCK_REALTIME. Before machine_start(). */
int rtc_create(struct rtc **ret, struct machine *m, void (*now)(struct timespec *));
/* After machine_quiesce(). NULL is allowed. */
void rtc_destroy(struct rtc *r);

#endif
