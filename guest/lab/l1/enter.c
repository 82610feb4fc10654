// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * After EXEC: sets the clock and the random pool right (both are as old as the
 * snapshot), mounts the host's files, puts L1's own /dev, /proc, /sys and /run
 * over the host's, and becomes the program. Paths mean the same as on the host.
 *
 *   enter [-t SECONDS.NANOSECONDS] [-s HEX] [-C DIRECTORY] -- PROGRAM ARGS...
 *
 * The mount is made here and not before the snapshot because QEMU does not
 * migrate a mounted 9p device. cache=mmap: reads and writes go to the host at
 * once, so files are the same on both sides at any time and nothing is lost when
 * L1 is killed, while executables and mapped files still use the page cache.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "guest/lab/l1/l1.h"
#include "guest/lab/l1/stage.h"

#define ROOT	  "/lab"
#define SEED_MAX  64
#define MOUNT_OPT "trans=virtio,version=9p2000.L,msize=512000,cache=mmap,access=client"

struct enter_options {
	struct timespec now;
	unsigned char seed[SEED_MAX];
	size_t seed_len;
	const char *cwd;
};

static int fail(const char *object, const char *reason)
{
	fprintf(stderr, "shootdown: lab: %s: %s\n", object, reason);
	return ENTER_FAILED;
}

static int parse_hex(const char *s, unsigned char *to, size_t max, size_t *len)
{
	unsigned byte;

	for (*len = 0; s[0] && s[1] && *len < max; s += 2) {
		if (sscanf(s, "%2x", &byte) != 1)
			return -EINVAL;
		to[(*len)++] = (unsigned char)byte;
	}
	return *s ? -EINVAL : 0;
}

static int parse_time(const char *s, struct timespec *to)
{
	char *end;

	to->tv_sec = strtoll(s, &end, 10);
	to->tv_nsec = *end == '.' ? strtol(end + 1, &end, 10) : 0;
	return *end || to->tv_nsec < 0 || to->tv_nsec > 999999999 ? -EINVAL : 0;
}

static int parse(int argc, char **argv, struct enter_options *o)
{
	int c, err = 0;

	while (!err && (c = getopt(argc, argv, "+t:s:C:")) != -1) {
		if (c == 't')
			err = parse_time(optarg, &o->now);
		else if (c == 's')
			err = parse_hex(optarg, o->seed, SEED_MAX, &o->seed_len);
		else if (c == 'C')
			o->cwd = optarg;
		else
			err = -EINVAL;
	}
	return err ? err : optind < argc ? 0 : -EINVAL;
}

/* Every run restored from one snapshot would otherwise draw the same random numbers. */
static void reseed(const struct enter_options *o)
{
	/* struct rand_pool_info: bits of entropy, bytes, the bytes */
	int pool[2 + SEED_MAX / sizeof(int)];
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	pool[0] = (int)o->seed_len * 8;
	pool[1] = (int)o->seed_len;
	memcpy(pool + 2, o->seed, o->seed_len);
	if (o->seed_len)
		(void)ioctl(fd, RNDADDENTROPY, pool);
	(void)ioctl(fd, RNDRESEEDCRNG);
	close(fd);
}

static void raise_limit(int resource)
{
	struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };

	if (resource == RLIMIT_NOFILE)
		r.rlim_cur = r.rlim_max = 65536;
	(void)setrlimit(resource, &r);
}

static int mount_own(void)
{
	static const char *const own[] = { "dev", "proc", "sys", "run" };
	char from[16], to[32];
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(*own); i++) {
		snprintf(from, sizeof(from), "/%s", own[i]);
		snprintf(to, sizeof(to), ROOT "/%s", own[i]);
		if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) && errno != ENOENT)
			return fail(from, strerror(errno));
	}
	return 0;
}

static int mount_host(void)
{
	stage_report(STAGE_MOUNT);
	if (mount(L1_MOUNT_TAG, ROOT, "9p", 0, MOUNT_OPT))
		return fail("the host's files", strerror(errno));
	return mount_own();
}

static int change_root(const char *cwd)
{
	stage_report(STAGE_CHROOT);
	if (chroot(ROOT))
		return fail(ROOT, strerror(errno));
	if (chdir(cwd))
		return fail(cwd, strerror(errno));
	return 0;
}

int enter_main(int argc, char **argv)
{
	struct enter_options o = { .cwd = "/" };
	int status, err;

	stage_report(STAGE_ENTER);
	if (parse(argc, argv, &o))
		return fail("enter", "wrong arguments");
	if (o.now.tv_sec)
		(void)clock_settime(CLOCK_REALTIME, &o.now);
	reseed(&o);
	raise_limit(RLIMIT_NOFILE);
	raise_limit(RLIMIT_MEMLOCK);
	status = mount_host();
	if (!status)
		status = change_root(o.cwd);
	if (status)
		return status;
	stage_report(STAGE_EXEC);
	execvp(argv[optind], argv + optind);
	err = errno;
	fail(argv[optind], strerror(err));
	return err == ENOENT ? ENTER_NOT_FOUND : ENTER_NOT_EXECUTABLE;
}
