/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Test helper: the host's end of the guest channel over a Unix socket, for an agent under
 * QEMU. Runs one command in the guest with our stdin, stdout, stderr and exit status.
 *
 *   agent_client [-t ROWSxCOLUMNS] [-s SIGNAL] [-x] [-d DIR] [-e KEY=VALUE] SOCKET [ARG...]
 *
 * -s sends a signal at the first output, -w a new window size then; -x disconnects then.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "devices/channel_host.h"

struct client {
	struct channel_host *channel;
	int socket;
	int status; /* -1 until EXIT */
	int signal;
	uint16_t rows, columns; /* new size to send, 0: none */
	bool disconnect, seen_output;
};

static void write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			perror("agent_client: write");
			exit(120);
		}
		p += n;
		len -= (size_t)n;
	}
}

static void send_bytes(void *opaque, const void *data, size_t len)
{
	write_all(((struct client *)opaque)->socket, data, len);
}

static void output(void *opaque, int stream, const void *data, size_t len)
{
	((struct client *)opaque)->seen_output = true;
	write_all(stream, data, len);
}

static void exited(void *opaque, int status)
{
	((struct client *)opaque)->status = status;
}

static const struct channel_host_ops ops = { send_bytes, output, exited };

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror(path);
		exit(121);
	}
	return fd;
}

static void from_guest(struct client *c)
{
	char data[65536];
	ssize_t n = read(c->socket, data, sizeof(data));

	if (n <= 0) {
		fprintf(stderr, "agent_client: the guest hung up\n");
		exit(122);
	}
	if (channel_host_receive(c->channel, data, (size_t)n) < 0) {
		fprintf(stderr, "agent_client: the guest broke the protocol\n");
		exit(123);
	}
	if (!c->seen_output)
		return;
	if (c->disconnect)
		exit(0);
	if (c->rows)
		channel_host_winsize(c->channel, c->rows, c->columns);
	if (c->signal)
		channel_host_signal(c->channel, c->signal);
	c->signal = c->rows = 0;
}

/* False at the end of our stdin. */
static bool from_stdin(struct client *c)
{
	char data[CHANNEL_STDIN_WINDOW];
	ssize_t n = read(STDIN_FILENO, data, channel_host_stdin_room(c->channel));

	channel_host_stdin(c->channel, data, n > 0 ? (size_t)n : 0);
	return n > 0;
}

static int run(struct client *c)
{
	bool open = true;

	while (c->status < 0) {
		bool want = open && channel_host_stdin_room(c->channel) > 0;
		struct pollfd fds[] = {
			{ .fd = c->socket, .events = POLLIN },
			{ .fd = want ? STDIN_FILENO : -1, .events = POLLIN },
		};

		if (poll(fds, 2, -1) < 0)
			return 124;
		if (fds[0].revents)
			from_guest(c);
		if (fds[1].revents && c->status < 0)
			open = from_stdin(c);
	}
	return c->status;
}

int main(int argc, char **argv)
{
	struct client c = { .status = -1 };
	struct channel_exec exec = { 0 };
	char *env[16] = { 0 };
	size_t envc = 0;
	int opt;

	while ((opt = getopt(argc, argv, "+t:s:w:xd:e:")) != -1) {
		switch (opt) {
		case 't':
			exec.tty = sscanf(optarg, "%hux%hu", &exec.rows, &exec.columns) == 2;
			break;
		case 'w':
			sscanf(optarg, "%hux%hu", &c.rows, &c.columns);
			break;
		case 's':
			c.signal = atoi(optarg);
			break;
		case 'x':
			c.disconnect = true;
			break;
		case 'd':
			exec.cwd = optarg;
			break;
		case 'e':
			env[envc < 15 ? envc++ : 14] = optarg;
			break;
		default:
			return 2;
		}
	}
	if (optind >= argc)
		return 2;
	c.socket = connect_to(argv[optind]);
	exec.argv = argv + optind + 1;
	exec.env = env;
	if (channel_host_create(&c.channel, &exec, &ops, &c) < 0)
		return 125;
	opt = run(&c);
	channel_host_destroy(c.channel);
	return opt;
}
