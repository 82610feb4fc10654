/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent's reading of EXEC, against what the host's end really sends, and against what
 * a broken host might send.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <endian.h>
#include <errno.h>

#include "devices/channel_host.h"
#include "guest/agent/command.h"

struct wire {
	uint8_t data[4 << 20];
	size_t len;
};

static void on_send(void *opaque, const void *data, size_t len)
{
	struct wire *w = opaque;

	assert_true(len <= sizeof(w->data) - w->len);
	memcpy(w->data + w->len, data, len);
	w->len += len;
}

static void on_output(void *opaque, int stream, const void *data, size_t len)
{
	fail();
}

static void on_exited(void *opaque, int status)
{
	fail();
}

static const struct channel_host_ops ops = { on_send, on_output, on_exited };

/* What the host sends for exec, fed frame by frame; the number of frames. */
static size_t deliver(struct command *c, const struct channel_exec *exec)
{
	static struct wire w;
	const uint8_t hello[12] = { CHANNEL_HELLO, 0, 0, 0, 4, 0, 0, 0, CHANNEL_VERSION };
	struct channel_host *host;
	size_t at = 0, frames = 0;
	int r = 0;

	w.len = 0;
	assert_int_equal(channel_host_create(&host, exec, &ops, &w), 0);
	assert_int_equal(channel_host_receive(host, hello, sizeof(hello)), 0);
	channel_host_destroy(host);
	while (at < w.len) {
		struct channel_header h;

		assert_int_equal(r, 0); /* complete, and yet more? */
		memcpy(&h, w.data + at, sizeof(h));
		assert_int_equal(h.type, CHANNEL_EXEC);
		r = command_feed(c, w.data + at + sizeof(h), le32toh(h.len));
		at += sizeof(h) + le32toh(h.len);
		frames++;
	}
	assert_int_equal(r, 1);
	return frames;
}

static void what_the_host_sends_arrives(void **state)
{
	char a[] = "sh", b[] = "", d[] = "a b\n", x[] = "A=1", y[] = "B=";
	char *argv[] = { a, b, d, NULL }, *env[] = { x, y, NULL };
	struct channel_exec exec = {
		.argv = argv, .env = env, .cwd = "/tmp", .tty = true, .rows = 24, .columns = 300
	};
	struct command c = { 0 };

	assert_int_equal(deliver(&c, &exec), 1);
	assert_string_equal(c.argv[0], "sh");
	assert_string_equal(c.argv[1], "");
	assert_string_equal(c.argv[2], "a b\n");
	assert_null(c.argv[3]);
	assert_string_equal(c.env[0], "A=1");
	assert_string_equal(c.env[1], "B=");
	assert_null(c.env[2]);
	assert_string_equal(c.cwd, "/tmp");
	assert_true(c.tty);
	assert_int_equal(c.rows, 24);
	assert_int_equal(c.columns, 300);
	command_free(&c);
	assert_null(c.argv);
}

static void nothing_means_a_shell(void **state)
{
	char *none[] = { NULL };
	struct channel_exec exec = { .argv = none };
	struct command c = { 0 };

	assert_int_equal(deliver(&c, &exec), 1);
	assert_null(c.argv[0]);
	assert_null(c.env[0]);
	assert_string_equal(c.cwd, "/");
	assert_false(c.tty);
	command_free(&c);
}

static void long_commands_span_frames(void **state)
{
	static char big[100000], other[50000];
	char *argv[] = { big, other, NULL };
	struct channel_exec exec = { .argv = argv };
	struct command c = { 0 };

	memset(big, 'x', sizeof(big) - 1);
	memset(other, 'y', sizeof(other) - 1);
	assert_int_equal(deliver(&c, &exec), 10);
	assert_string_equal(c.argv[0], big);
	assert_string_equal(c.argv[1], other);
	assert_null(c.argv[2]);
	command_free(&c);
}

/* One frame with argc and these strings. */
static int feed(struct command *c, uint32_t argc, uint32_t flags, const char *text, size_t len)
{
	uint8_t frame[256] = { 0 };
	uint32_t word = htole32(argc << CHANNEL_EXEC_ARGC_SHIFT | flags);

	memcpy(frame, &word, sizeof(word));
	memcpy(frame + 8, text, len);
	return command_feed(c, frame, 8 + len);
}

static void nonsense_is_refused(void **state)
{
	static const struct {
		uint32_t argc;
		const char *text;
		size_t len;
		int expected;
	} cases[] = {
		{ 1, "a\0\0\0/", 6, 1 }, /* the literal's own NUL ends the directory */
		{ 1, "a\0\0E=1\0\0/", 10, 1 },  { 0, "\0\0/", 4, 1 },
		{ 1, "a\0\0\0/x", 6, -EPROTO }, /* the directory has no end */
		{ 2, "a\0\0\0/", 6, -EPROTO },  /* fewer strings than said */
		{ 0, "a\0\0\0/", 6, -EPROTO },  /* more */
		{ 1, "a\0b\0\0/", 7, -EPROTO }, { 1, "a\0\0\0/\0junk", 10, -EPROTO },
		{ 1, "a\0\0", 3, -EPROTO },     { 1, "a", 1, -EPROTO },
		{ 1, "", 0, -EPROTO },          { 0xffffff, "a\0\0\0/", 6, -EPROTO },
	};
	uint8_t runt[7] = { 0 };
	struct command c = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(feed(&c, cases[i].argc, 0, cases[i].text, cases[i].len),
				 cases[i].expected);
		command_free(&c);
	}
	for (size_t len = 0; len <= sizeof(runt); len++)
		assert_int_equal(command_feed(&c, runt, len), -EPROTO);
	command_free(&c);
}

static void endless_commands_are_refused(void **state)
{
	static uint8_t frame[CHANNEL_MAX_PAYLOAD];
	struct command c = { 0 };
	unsigned frames = 0;
	int r;

	frame[0] = CHANNEL_EXEC_MORE;
	while ((r = command_feed(&c, frame, sizeof(frame))) == 0 && frames < 1000)
		frames++;
	assert_int_equal(r, -E2BIG);
	assert_int_equal(frames, (2 << 20) / (CHANNEL_MAX_PAYLOAD - 8));
	command_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_host_sends_arrives),
		cmocka_unit_test(nothing_means_a_shell),
		cmocka_unit_test(long_commands_span_frames),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(endless_commands_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
