/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mounts, the loopback interface, boot options, and the set-up hook. */
#include "guest/agent/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/agent/log.h"

struct mount_point {
	const char *type, *target, *options;
	unsigned long flags;
	bool optional; /* not every kernel has it */
};

static const struct mount_point mounts[] = {
	{ "devtmpfs", "/dev", "mode=0755", MS_NOSUID, false },
	{ "proc", "/proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, false },
	{ "sysfs", "/sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, false },
	{ "devpts", "/dev/pts", "mode=0620,gid=5,ptmxmode=0666", MS_NOSUID | MS_NOEXEC, false },
	{ "tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV, false },
	{ "tmpfs", "/run", "mode=0755", MS_NOSUID | MS_NODEV, false },
	{ "tmpfs", "/tmp", "mode=1777", MS_NOSUID | MS_NODEV, false },
	{ "hugetlbfs", "/dev/hugepages", NULL, MS_NOSUID | MS_NODEV, true },
	{ "debugfs", "/sys/kernel/debug", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, true },
	{ "tracefs", "/sys/kernel/tracing", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, true },
};

static void mount_all(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		const struct mount_point *m = &mounts[i];

		if (mkdir(m->target, 0755) < 0 && errno != EEXIST && m->optional)
			continue;
		/* EBUSY: the kernel mounted devtmpfs already. */
		if (mount(m->type, m->target, m->type, m->flags, m->options) < 0 &&
		    errno != EBUSY && !m->optional)
			log_error("cannot mount %s on %s: %s", m->type, m->target, strerror(errno));
	}
}

/* Where udev would make these. */
static void link_standard_streams(void)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" },
		{ "/proc/self/fd/2", "/dev/stderr" },
	};

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlink(links[i][0], links[i][1]) < 0 && errno != EEXIST)
			log_error("cannot link %s: %s", links[i][1], strerror(errno));
}

static void raise_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return; /* a kernel without networking */
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		log_info("no loopback interface: %s", strerror(errno));
	close(fd);
}

void setup_system(void)
{
	mount_all();
	link_standard_streams();
	raise_loopback();
	if (sethostname("shootdown", strlen("shootdown")) < 0)
		log_info("cannot set the host name: %s", strerror(errno));
}

void setup_read_options(struct boot_options *ret)
{
	char line[4096];
	char *rest = line, *word;
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

	*ret = (struct boot_options){ 0 };
	if (fd >= 0)
		close(fd);
	line[n < 0 ? 0 : n] = '\0';
	while ((word = strsep(&rest, " \n"))) {
		if (!strcmp(word, "shootdown.agent=serial"))
			ret->serial = true;
		else if (!strcmp(word, "shootdown.keep"))
			ret->keep = true;
	}
}

void setup_run_hook(const char *path)
{
	char *const argv[] = { (char *)(uintptr_t)path, NULL };
	int status = 0;
	sigset_t none;
	pid_t pid;

	if (access(path, X_OK) < 0)
		return;
	sigemptyset(&none);
	pid = fork();
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &none, NULL);
		execv(path, argv);
		log_error("cannot run %s: %s", path, strerror(errno));
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid < 0 || status != 0)
		log_error("%s failed (%s %d)", path, pid < 0 ? "fork: errno" : "wait status",
			  pid < 0 ? errno : status);
}
