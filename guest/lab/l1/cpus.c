// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Turns on L1's CPUs, which booted with one (maxcpus=1): the kernel patches its text
 * while it boots, loads modules and runs its first VM, and that must not happen while
 * another emulated CPU runs; keys.c says why.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "guest/lab/l1/l1.h"

static int start(long cpu)
{
	char path[64];
	int fd, err;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%ld/online", cpu);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno; /* it cannot be turned off: it is on */
	err = write(fd, "1", 1) == 1 ? 0 : -errno;
	close(fd);
	return err;
}

int cpus_start(void)
{
	long count = sysconf(_SC_NPROCESSORS_CONF);
	int err = 0;

	for (long cpu = 1; cpu < count && !err; cpu++)
		err = start(cpu);
	return err;
}
