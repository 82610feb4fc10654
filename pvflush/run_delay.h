/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long this thread was runnable but not running: the host's own steal time. */
#ifndef PVFLUSH_RUN_DELAY_H
#define PVFLUSH_RUN_DELAY_H

#include <stdint.h>

/* Zero-initialise; belongs to one thread. */
struct run_delay {
	int fd; /* /proc/thread-self/schedstat + 1, 0: not open yet, < 0: not there */
	uint64_t last;
};

/* Nanoseconds of run delay since the last call (the first call: since the thread began); 0 when unknown. */
uint64_t run_delay_advance(struct run_delay *d);
void run_delay_close(struct run_delay *d);

#endif
