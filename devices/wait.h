/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting on a condition variable for a number of milliseconds. */
#ifndef DEVICES_WAIT_H
#define DEVICES_WAIT_H

#include <pthread.h>
#include <time.h>

/* 0, or ETIMEDOUT. ms < 1000. May wake early: look at what you wait for. */
static inline int wait_ms(pthread_cond_t *c, pthread_mutex_t *lock, unsigned ms)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += (long)ms * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return pthread_cond_timedwait(c, lock, &t);
}

#endif
