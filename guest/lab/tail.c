// SPDX-License-Identifier: GPL-2.0-or-later
/* The last bytes of a stream. */
#include "guest/lab/tail.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void tail_put(struct tail *t, const void *data, size_t len)
{
	const char *from = data;
	size_t keep;

	if (len > TAIL_SIZE) {
		from += len - TAIL_SIZE;
		len = TAIL_SIZE;
	}
	keep = TAIL_SIZE - len;
	if (t->have > keep) {
		memmove(t->data, t->data + t->have - keep, keep);
		t->have = keep;
	}
	memcpy(t->data + t->have, from, len);
	t->have += len;
}

/* Text only: firmware sends terminal controls that would clear the user's screen. */
static void echo_text(const char *p, size_t len, FILE *to)
{
	for (; len; len--, p++)
		if (*p == '\n' || *p == '\t' || ((unsigned char)*p >= ' ' && *p != 0x7f))
			fputc(*p, to);
}

bool tail_read(struct tail *t, int fd, FILE *echo)
{
	char buf[4096];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	tail_put(t, buf, (size_t)n);
	if (echo)
		echo_text(buf, (size_t)n, echo);
	return n > 0;
}

static bool is_end(char c)
{
	return c == '\n' || c == '\r';
}

/* The line that ends before `end`, without line ends: its length; *start is where it begins. */
static size_t line_before(const struct tail *t, size_t *end, size_t *start)
{
	while (*end && is_end(t->data[*end - 1]))
		(*end)--;
	*start = *end;
	while (*start && !is_end(t->data[*start - 1]))
		(*start)--;
	return *end - *start;
}

/* Cut to size, control characters made visible. */
static void copy_line(char *to, size_t size, const char *from, size_t len)
{
	if (len > size - 1)
		len = size - 1;
	memcpy(to, from, len);
	to[len] = 0;
	for (char *p = to; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '.';
}

void tail_line(const struct tail *t, char *to, size_t size)
{
	size_t end = t->have, start, len = line_before(t, &end, &start);

	copy_line(to, size, t->data + start, len);
}

bool tail_find(const struct tail *t, const char *text, char *to, size_t size)
{
	size_t end = t->have, start, len;

	while ((len = line_before(t, &end, &start))) {
		if (memmem(t->data + start, len, text, strlen(text))) {
			copy_line(to, size, t->data + start, len);
			return true;
		}
		end = start;
	}
	return false;
}

void tail_print(const struct tail *t, unsigned lines, const char *indent, FILE *to)
{
	size_t end = t->have, start = t->have;

	for (unsigned i = 0; i < lines; i++) {
		end = start;
		if (!line_before(t, &end, &start))
			break;
	}
	for (bool fresh = true; start < t->have; start++) {
		char c = t->data[start];

		if (is_end(c)) {
			if (!fresh)
				fputc('\n', to);
			fresh = true;
			continue;
		}
		if (fresh)
			fputs(indent, to);
		fputc((unsigned char)c < ' ' && c != '\t' ? '.' : c, to);
		fresh = false;
	}
	if (t->have && !is_end(t->data[t->have - 1]))
		fputc('\n', to);
}
