/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's /init: sets the system up, then runs the host's command over the channel
 * (channel.h) and powers the machine off. It serves two places: guests of shootdown, and
 * the lab's own machine, which is kept between commands (shootdown.keep).
 *
 * As process 1 it must not die: every failure ends in a line in the kernel log and a
 * power-off.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/agent/log.h"
#include "guest/agent/session.h"
#include "guest/agent/setup.h"

#define HOOK "/lab-setup"

static void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	log_error("cannot power off: %s", strerror(errno));
	for (;;)
		pause();
}

/* SIGCHLD comes as something to poll; SIGPIPE comes as EPIPE. */
static int make_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* 0, 1 and 2 must be taken, so that no stream of a command gets their numbers. */
static void hold_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* A shell on the serial console, for a machine without the channel. */
static void serve_serial(void)
{
	char name[] = "-sh", *const argv[] = { name, NULL };
	sigset_t none;
	pid_t pid = fork();

	if (pid == 0) {
		int tty = open("/dev/ttyS0", O_RDWR | O_NOCTTY);

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGPIPE, SIG_DFL);
		setsid();
		ioctl(tty, TIOCSCTTY, 0);
		for (int i = 0; i < 3; i++)
			dup2(tty, i);
		execv("/bin/sh", argv);
		log_error("cannot run /bin/sh: %s", strerror(errno));
		_exit(127);
	}
	/* Buries every orphan too, until the shell ends. */
	while (pid > 0 && waitpid(-1, NULL, 0) != pid)
		;
}

static void serve_channel(int watch, int signals, bool keep)
{
	static struct port port; /* large, and as long-lived as the process */
	int err = port_wait(&port, watch);

	if (err) {
		log_error("no channel to the host: %s", strerror(-err));
		return;
	}
	setup_run_hook(HOOK);
	session_serve(&port, signals);
	while (keep) {
		session_wait_gone(&port, signals);
		session_serve(&port, signals);
	}
}

int main(void)
{
	struct boot_options options;
	int watch, signals;

	if (getpid() != 1)
		return 2; /* would power the machine off */
	signals = make_signals();
	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 1);
	setup_system();
	hold_standard_streams();
	setup_read_options(&options);
	watch = port_watch();
	setup_load_modules();
	if (options.serial)
		serve_serial();
	else if (signals < 0)
		log_error("no signalfd: %s", strerror(errno));
	else
		serve_channel(watch, signals, options.keep);
	power_off();
	return 1;
}
