// SPDX-License-Identifier: GPL-2.0-or-later
/* The heartbeat's threads; see beat.h. */
#include "guest/lab/l1/beat.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/io.h>
#include <time.h>
#include <unistd.h>

#include "guest/lab/l1/stage.h"

static void *beat(void *arg)
{
	const struct timespec period = { BEAT_PERIOD_MS / 1000,
					 (BEAT_PERIOD_MS % 1000) * 1000000l };
	uint8_t byte = (uint8_t)(BEAT_FLAG | (uintptr_t)arg);

	for (;;) {
		outb(byte, STAGE_PORT);
		nanosleep(&period, NULL);
	}
	return NULL;
}

static int start_on(unsigned cpu, pthread_attr_t *attr)
{
	pthread_t thread;
	cpu_set_t set;
	int err;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	err = pthread_attr_setaffinity_np(attr, sizeof(set), &set);
	if (!err)
		err = pthread_create(&thread, attr, beat, (void *)(uintptr_t)cpu);
	return -err;
}

int beat_start(void)
{
	struct sched_param priority = { .sched_priority = 1 };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_attr_t attr;
	int err = 0;

	if (ioperm(STAGE_PORT, 1, 1)) /* threads inherit it */
		return -errno;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &priority);
	for (long cpu = 0; cpu < cpus && cpu < BEAT_CPUS_MAX && !err; cpu++)
		err = start_on((unsigned)cpu, &attr);
	pthread_attr_destroy(&attr);
	return err;
}
