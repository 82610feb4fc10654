// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Before HELLO: makes L1 a machine that can run VMs. The agent has already
 * mounted the usual file systems and loaded the modules of the initramfs; this
 * checks that KVM came of it, and leaves behind a keeper: a process that holds
 * KVM's static keys (keys.c) and beats (beat.c) for as long as L1 lives. Between the
 * two the other CPUs start: after the last patching of kernel text.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/lab/l1/beat.h"
#include "guest/lab/l1/l1.h"
#include "guest/lab/l1/stage.h"

static int complain(const char *object, const char *reason)
{
	fprintf(stderr, "lab-setup: %s: %s\n", object, reason);
	return 1;
}

static void __attribute__((noreturn)) keeper(int report)
{
	int err = keys_hold();

	setsid();
	stage_report(STAGE_CPUS);
	if (!err)
		err = cpus_start();
	if (!err)
		err = beat_start();
	if (write(report, &err, sizeof(err)) != (ssize_t)sizeof(err) || err)
		_exit(1);
	close(report);
	for (;;)
		pause();
}

/* Returns when the keeper keeps: 0, or negative errno. */
static int start_keeper(void)
{
	int fd[2], err = -EPIPE;
	pid_t pid;

	if (pipe(fd))
		return -errno;
	pid = fork();
	if (!pid)
		keeper(fd[1]);
	close(fd[1]);
	if (pid < 0)
		err = -EAGAIN;
	else if (read(fd[0], &err, sizeof(err)) != (ssize_t)sizeof(err))
		err = -EPIPE;
	close(fd[0]);
	return err;
}

static int make_mark(void)
{
	int fd = open(L1_MARK, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	return fd < 0 ? -errno : close(fd);
}

/*
 * Guest RAM is shared memory: with 2 MiB pages behind it a nested guest takes a
 * fraction of the page faults, each of which is dear here. Without them, it is slower, no more.
 */
static void allow_huge_shared_memory(void)
{
	int fd = open("/sys/kernel/mm/transparent_hugepage/shmem_enabled", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (write(fd, "advise", 6) < 0)
			complain("shmem_enabled", strerror(errno));
		close(fd);
	}
}

int setup_main(void)
{
	int err;

	stage_report(STAGE_SETUP);
	if (mkdir("/lab", 0755) && errno != EEXIST)
		return complain("/lab", strerror(errno));
	err = make_mark();
	if (err)
		return complain(L1_MARK, strerror(-err));
	allow_huge_shared_memory();
	if (access("/dev/kvm", R_OK | W_OK))
		return complain("/dev/kvm", "kvm-amd did not load in L1");
	stage_report(STAGE_KEYS);
	err = start_keeper();
	if (err)
		return complain("the keeper of KVM's static keys", strerror(-err));
	stage_report(STAGE_READY);
	return 0;
}
