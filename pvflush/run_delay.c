/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run delay from schedstat: "<on cpu> <run delay> <slices>" (kernel: proc_pid_schedstat). */
#include "pvflush/run_delay.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

uint64_t run_delay_advance(struct run_delay *d)
{
	unsigned long long running, delay;
	char line[96];
	uint64_t delta;
	ssize_t n;

	if (d->fd == 0) {
		int fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);

		d->fd = fd < 0 ? -1 : fd + 1;
	}
	if (d->fd < 0)
		return 0;
	n = pread(d->fd - 1, line, sizeof(line) - 1, 0);
	if (n <= 0)
		return 0;
	line[n] = 0;
	if (sscanf(line, "%llu %llu", &running, &delay) != 2)
		return 0;
	delta = delay - d->last;
	d->last = delay;
	return delta;
}

void run_delay_close(struct run_delay *d)
{
	if (d->fd > 0)
		close(d->fd - 1);
	d->fd = 0;
}
