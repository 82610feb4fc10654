/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A heartbeat of every CPU of L1, so that the lab on the host can tell a CPU that
 * hangs from a program that is quiet. Each beat is one byte on the debug console
 * port: BEAT_FLAG | CPU number. stage.h has the port.
 */
#ifndef GUEST_LAB_L1_BEAT_H
#define GUEST_LAB_L1_BEAT_H

#define BEAT_FLAG      0x80
#define BEAT_CPUS_MAX  64
#define BEAT_PERIOD_MS 1000

/*
 * Starts one pinned thread a CPU, above ordinary processes so that a busy CPU still
 * beats. They run until the process ends. 0 or negative errno.
 */
int beat_start(void);

#endif
