/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Test helper: change one byte of a running guest's memory through QEMU's gdb stub.
 *
 *   gdb_poke SOCKET ADDRESS OLD NEW      (hexadecimal, guest-virtual)
 *
 * Refuses (status 1) when the byte there is not OLD: then the address is wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

static char next_byte(int fd)
{
	char c;

	if (read(fd, &c, 1) != 1) {
		fprintf(stderr, "gdb_poke: the stub hung up\n");
		exit(1);
	}
	return c;
}

static void next_packet(int fd, char *reply, size_t size)
{
	size_t len = 0;
	char c;

	while (next_byte(fd) != '$')
		;
	while ((c = next_byte(fd)) != '#')
		if (len + 1 < size)
			reply[len++] = c;
	reply[len] = '\0';
	next_byte(fd); /* checksum */
	next_byte(fd);
	if (write(fd, "+", 1) != 1)
		exit(1);
}

/* Send a packet; its answer goes to reply. The news that the guest has stopped is not it. */
static void ask(int fd, const char *packet, char *reply, size_t size)
{
	char frame[128];
	unsigned char sum = 0;
	int n;

	for (const char *p = packet; *p; p++)
		sum += (unsigned char)*p;
	n = snprintf(frame, sizeof(frame), "$%s#%02x", packet, sum);
	if (write(fd, frame, (size_t)n) != n)
		exit(1);
	do
		next_packet(fd, reply, size);
	while (reply[0] == 'T');
}

int main(int argc, char **argv)
{
	char packet[64], reply[256];
	int fd;

	if (argc != 5)
		return 2;
	fd = connect_to(argv[1]); /* stops the guest */
	snprintf(packet, sizeof(packet), "m%s,1", argv[2]);
	ask(fd, packet, reply, sizeof(reply));
	if (strcmp(reply, argv[3]) != 0) {
		fprintf(stderr, "gdb_poke: %s holds %s, not %s\n", argv[2], reply, argv[3]);
		return 1;
	}
	snprintf(packet, sizeof(packet), "M%s,1:%s", argv[2], argv[4]);
	ask(fd, packet, reply, sizeof(reply));
	if (strcmp(reply, "OK") != 0)
		return 1;
	ask(fd, "D", reply, sizeof(reply)); /* detach: the guest runs on */
	return strcmp(reply, "OK") != 0;
}
