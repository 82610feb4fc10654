/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding the port: sysfs names it, devtmpfs has the node. A port is added before the
 * host tells its name, so every device event is a reason to look again.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "guest/agent/log.h"
#include "guest/agent/port.h"

#define CLASS    "/sys/class/virtio-ports"
#define PATIENCE 3000  /* ms until the wait is mentioned in the kernel log */
#define LIMIT    60000 /* ms until it is given up: emulators on busy machines are slow */

int port_watch(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd =
	    socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool has_name(const char *port)
{
	char path[512], name[64] = "";
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), CLASS "/%s/name", port);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, name, sizeof(name) - 1);
	close(fd);
	if (n <= 0)
		return false;
	name[strcspn(name, "\n")] = '\0';
	return !strcmp(name, CHANNEL_PORT_NAME);
}

/* The port's descriptor, or -1 while it is not there. */
static int find_port(void)
{
	char path[512];
	DIR *class = opendir(CLASS);
	struct dirent *e;
	int fd = -1;

	while (class && fd < 0 && (e = readdir(class))) {
		if (e->d_name[0] == '.' || !has_name(e->d_name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", e->d_name);
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
		if (fd < 0 && errno != ENOENT)
			log_error("cannot open %s: %s", path, strerror(errno));
	}
	if (class)
		closedir(class);
	return fd;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until the next device event or ms have passed. Without events: look 50 times a second. */
static void wait_event(int watch, long ms)
{
	struct pollfd pfd = { .fd = watch, .events = POLLIN };
	char event[8192];

	if (watch < 0 && ms > 20)
		ms = 20;
	if (poll(&pfd, 1, (int)ms) == 1)
		while (recv(watch, event, sizeof(event), 0) > 0)
			;
}

static int add_to_epoll(struct port *p)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET };

	p->events = epoll_create1(EPOLL_CLOEXEC);
	if (p->events < 0 || epoll_ctl(p->events, EPOLL_CTL_ADD, p->fd, &event) < 0)
		return -errno;
	return 0;
}

int port_wait(struct port *p, int watch)
{
	long start = now_ms(), waited = 0;
	bool mentioned = false;

	memset(p, 0, sizeof(*p));
	while ((p->fd = find_port()) < 0 && waited < LIMIT) {
		wait_event(watch, mentioned ? LIMIT - waited : PATIENCE);
		waited = now_ms() - start;
		if (!mentioned && waited >= PATIENCE) {
			mentioned = true;
			log_error("waiting for the virtio-serial port " CHANNEL_PORT_NAME);
		}
	}
	if (watch >= 0)
		close(watch);
	if (p->fd < 0) {
		log_error("no virtio-serial port " CHANNEL_PORT_NAME
			  " after %ld s: is virtio_console "
			  "in the kernel or in /modules?",
			  waited / 1000);
		return -ETIMEDOUT;
	}
	return add_to_epoll(p);
}
