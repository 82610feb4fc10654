// SPDX-License-Identifier: GPL-2.0-or-later
/* A QMP client; see qmp.h. */
#include "guest/lab/qmp.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest/lab/clock.h"

#define LINE_MAX_BYTES (1u << 20)
#define READ_SIZE      4096u

void qmp_init(struct qmp *q, int fd)
{
	*q = (struct qmp){ .fd = fd };
}

void qmp_deinit(struct qmp *q)
{
	free(q->in);
	q->in = NULL;
}

/* --- lines ------------------------------------------------------------------------ */

/* More bytes, without waiting. 0, -EAGAIN, or -EPIPE. */
static int fill(struct qmp *q)
{
	ssize_t n;

	if (q->room - q->have < READ_SIZE) {
		size_t room = q->room + READ_SIZE;
		char *grown = room > LINE_MAX_BYTES ? NULL : realloc(q->in, room);

		if (!grown)
			return -ENOMEM;
		q->in = grown;
		q->room = room;
	}
	n = recv(q->fd, q->in + q->have, READ_SIZE, MSG_DONTWAIT);
	if (n < 0)
		return errno == EINTR || errno == EWOULDBLOCK ? -EAGAIN : -errno;
	q->have += (size_t)n;
	return n ? 0 : -EPIPE;
}

/* The first whole line as JSON, removed from the buffer; NULL: none there. */
static json_t *next_message(struct qmp *q)
{
	char *end;
	json_t *m = NULL;

	while (!m && q->have && (end = memchr(q->in, '\n', q->have))) {
		size_t len = (size_t)(end - q->in) + 1;

		m = json_loadb(q->in, len, 0, NULL); /* NULL for what is not JSON: skipped */
		memmove(q->in, end + 1, q->have - len);
		q->have -= len;
	}
	if (m && !strcmp(json_string_value(json_object_get(m, "event")) ?: "", "RESUME"))
		q->resumed = true;
	return m;
}

/* Wait until deadline for bytes. */
static int wait_bytes(struct qmp *q, long long deadline)
{
	struct pollfd p = { .fd = q->fd, .events = POLLIN };
	long long left = deadline - clock_ms();

	if (left <= 0)
		return -ETIMEDOUT;
	if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

/* The next message, an event or not. */
static int receive(struct qmp *q, json_t **m, long long deadline)
{
	int err;

	while (!(*m = next_message(q))) {
		err = fill(q);
		if (err == -EAGAIN)
			err = wait_bytes(q, deadline);
		if (err)
			return err;
	}
	return 0;
}

/* --- commands ---------------------------------------------------------------------- */

static int send_line(struct qmp *q, char *line, int pass_fd)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { line, strlen(line) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	ssize_t n;

	if (pass_fd >= 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &pass_fd, sizeof(int));
	}
	do {
		n = sendmsg(q->fd, &m, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	/* One short line into an empty socket: it goes whole or not at all. */
	return n < 0 ? -errno : (size_t)n == iov.iov_len ? 0 : -EIO;
}

static int send_command(struct qmp *q, const char *name, json_t *args, int pass_fd)
{
	json_t *m = json_pack("{s:s, s:o*}", "execute", name, "arguments", args);
	char *line = m ? json_dumps(m, JSON_COMPACT) : NULL;
	int err = line ? send_line(q, line, pass_fd) : -ENOMEM;

	free(line);
	json_decref(m);
	return err;
}

static int failed(struct diag *d, int err, const char *name)
{
	char object[64];

	snprintf(object, sizeof(object), "lab: QEMU: %s", name);
	if (err == -ETIMEDOUT)
		return diag_set(d, err, object, NULL, "no answer in time");
	if (err == -EPIPE || err == -ECONNRESET)
		return diag_set(d, err, object, NULL, "QEMU ended");
	return diag_errno(d, err, object, NULL);
}

/* A reply taken apart; consumes m. */
static int judge(json_t *m, const char *name, json_t **ret, struct diag *d)
{
	json_t *value = json_object_get(m, "return");
	char object[64];
	int err = 0;

	if (value && ret)
		*ret = json_incref(value);
	if (!value) {
		snprintf(object, sizeof(object), "lab: QEMU: %s", name);
		value = json_object_get(json_object_get(m, "error"), "desc");
		err = diag_set(d, -EREMOTEIO, object, NULL, "%s",
			       json_string_value(value) ?: "refused");
	}
	json_decref(m);
	return err;
}

int qmp_command(struct qmp *q, const char *name, json_t *args, int pass_fd, json_t **ret,
		int timeout_ms, struct diag *d)
{
	long long deadline = clock_ms() + timeout_ms;
	int err = send_command(q, name, args, pass_fd);
	json_t *m;

	while (!err) {
		err = receive(q, &m, deadline);
		if (err)
			break;
		if (json_object_get(m, "return") || json_object_get(m, "error"))
			return judge(m, name, ret, d);
		json_decref(m);
	}
	return failed(d, err, name);
}

int qmp_open(struct qmp *q, int timeout_ms, struct diag *d)
{
	json_t *greeting;
	int err = receive(q, &greeting, clock_ms() + timeout_ms);

	if (err)
		return failed(d, err, "start");
	json_decref(greeting);
	return qmp_command(q, "qmp_capabilities", NULL, -1, NULL, timeout_ms, d);
}

int qmp_wait_resume(struct qmp *q, int timeout_ms, struct diag *d)
{
	long long deadline = clock_ms() + timeout_ms;
	json_t *m;
	int err;

	while (!q->resumed) {
		err = receive(q, &m, deadline);
		if (err)
			return failed(d, err, "resume");
		json_decref(m);
	}
	return 0;
}

int qmp_drain(struct qmp *q)
{
	json_t *m;
	int err;

	do {
		while ((m = next_message(q)))
			json_decref(m);
		err = fill(q);
	} while (!err);
	return err == -EAGAIN ? 0 : -EPIPE;
}
