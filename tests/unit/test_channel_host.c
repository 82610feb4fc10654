/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's end of the guest channel: frames, flow control, and what a hostile guest may try. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <endian.h>
#include <errno.h>

#include "devices/channel_host.h"

/* What the callbacks were given. */
struct seen {
	uint8_t sent[3 << 20];
	size_t sent_len;
	char out[2][65536];
	size_t out_len[2];
	int status, exits;
};

static struct seen seen;

static void on_send(void *opaque, const void *data, size_t len)
{
	struct seen *s = opaque;

	assert_true(len <= sizeof(s->sent) - s->sent_len);
	memcpy(s->sent + s->sent_len, data, len);
	s->sent_len += len;
}

static void on_output(void *opaque, int stream, const void *data, size_t len)
{
	struct seen *s = opaque;

	assert_in_range(stream, 1, 2);
	assert_true(len > 0);
	assert_true(len <= sizeof(s->out[0]) - s->out_len[stream - 1]);
	memcpy(s->out[stream - 1] + s->out_len[stream - 1], data, len);
	s->out_len[stream - 1] += len;
}

static void on_exited(void *opaque, int status)
{
	struct seen *s = opaque;

	s->status = status;
	s->exits++;
}

static const struct channel_host_ops ops = { on_send, on_output, on_exited };

static struct channel_host *start(char *const *argv, char *const *env, const char *cwd)
{
	struct channel_exec e = { .argv = argv, .env = env, .cwd = cwd, .rows = 24, .columns = 80 };
	struct channel_host *c = NULL;

	memset(&seen, 0, sizeof(seen));
	assert_int_equal(channel_host_create(&c, &e, &ops, &seen), 0);
	return c;
}

static size_t frame(uint8_t *to, uint8_t type, const void *payload, uint32_t len)
{
	struct channel_header h = { .type = type, .len = htole32(len) };

	memcpy(to, &h, sizeof(h));
	if (len)
		memcpy(to + sizeof(h), payload, len);
	return sizeof(h) + len;
}

static int receive(struct channel_host *c, uint8_t type, const void *payload, uint32_t len)
{
	uint8_t b[sizeof(struct channel_header) + CHANNEL_MAX_PAYLOAD];

	return channel_host_receive(c, b, frame(b, type, payload, len));
}

static int receive32(struct channel_host *c, uint8_t type, uint32_t value)
{
	value = htole32(value);
	return receive(c, type, &value, 4);
}

static int hello(struct channel_host *c)
{
	return receive32(c, CHANNEL_HELLO, CHANNEL_VERSION);
}

static char *const cat[] = { (char[]){ "cat" }, NULL };

static void exec_says_what_was_asked(void **state)
{
	char *const argv[] = { (char[]){ "printf" }, (char[]){ "" }, (char[]){ "x y" }, NULL };
	char *const env[] = { (char[]){ "A=1" }, NULL };
	struct channel_host *c = start(argv, env, "/tmp");
	static const char strings[] = "printf\0\0x y\0\0A=1\0\0/tmp";
	uint8_t want[64];
	uint8_t payload[64] = { 0, 3, 0, 0, 24, 0, 80, 0 }; /* flags: argc 3; rows; columns */
	size_t len;

	memcpy(payload + 8, strings, sizeof(strings));
	len = frame(want, CHANNEL_EXEC, payload, 8 + sizeof(strings));

	assert_false(channel_host_ready(c));
	assert_int_equal(channel_host_stdin_room(c), 0);
	assert_int_equal(channel_host_stdin(c, "x", 1), -EAGAIN);
	assert_int_equal(channel_host_signal(c, 15), -EAGAIN);
	assert_int_equal(seen.sent_len, 0);
	assert_int_equal(hello(c), 0);
	assert_true(channel_host_ready(c));
	assert_int_equal(seen.sent_len, len);
	assert_memory_equal(seen.sent, want, len);
	channel_host_destroy(c);
}

static void shell_has_no_arguments(void **state)
{
	char *const none[] = { NULL };
	struct channel_host *c = start(none, NULL, NULL);
	static const uint8_t want[] = { 'E', 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 40, 0, 90, 0,
					0, 0, '/', 0 };

	assert_int_equal(channel_host_winsize(c, 40, 90), 0); /* before HELLO: goes with EXEC */
	assert_int_equal(hello(c), 0);
	assert_int_equal(seen.sent_len, sizeof(want));
	assert_memory_equal(seen.sent, want, sizeof(want));
	channel_host_destroy(c);
}

/* A command line longer than a frame arrives whole, in frames that say MORE but for the last. */
static void long_exec_spans_frames(void **state)
{
	static char big[40000];
	char *const argv[] = { (char[]){ "echo" }, big, NULL };
	struct channel_host *c;
	uint8_t *strings = calloc(1, 1 << 20);
	size_t at = 0, n = 0, frames = 0;

	memset(big, 'b', sizeof(big) - 1);
	c = start(argv, NULL, NULL);
	assert_int_equal(hello(c), 0);
	while (at < seen.sent_len) {
		struct channel_header h;
		uint32_t flags, len;

		memcpy(&h, seen.sent + at, sizeof(h));
		len = le32toh(h.len);
		assert_int_equal(h.type, CHANNEL_EXEC);
		assert_in_range(len, 9, CHANNEL_MAX_PAYLOAD);
		memcpy(&flags, seen.sent + at + sizeof(h), 4);
		at += sizeof(h) + len;
		assert_int_equal(flags, 2u << 8 | (at < seen.sent_len ? CHANNEL_EXEC_MORE : 0));
		memcpy(strings + n, seen.sent + at - len + 8, len - 8);
		n += len - 8;
		frames++;
	}
	assert_int_equal(frames, 3);
	assert_int_equal(n, 5 + sizeof(big) + 1 + 1 + 2);
	assert_string_equal((char *)strings, "echo");
	assert_string_equal((char *)strings + 5, big);
	assert_memory_equal(strings + 5 + sizeof(big), "\0\0/", 4);
	free(strings);
	channel_host_destroy(c);
}

static void exec_has_a_limit(void **state)
{
	size_t size = 1 << 20;
	char *big = calloc(1, size);
	char *const argv[] = { big, NULL };
	struct channel_exec e = { .argv = argv };
	struct channel_host *c = NULL;

	memset(big, 'x', size - 1);
	assert_int_equal(channel_host_create(&c, &e, &ops, &seen), -E2BIG);
	big[size - 5] = 0; /* with "/" and the separators: exactly 1 MiB */
	assert_int_equal(channel_host_create(&c, &e, &ops, &seen), 0);
	channel_host_destroy(c);
	big[size - 5] = 'x';
	big[size - 4] = 0;
	assert_int_equal(channel_host_create(&c, &e, &ops, &seen), -E2BIG);
	free(big);
}

static void output_is_byte_exact_however_split(void **state)
{
	uint8_t all[4096];
	char payload[200];
	size_t len = 0;

	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (char)i;
	{
		uint32_t v = htole32(CHANNEL_VERSION), status = htole32(7);

		len += frame(all + len, CHANNEL_HELLO, &v, 4);
		len += frame(all + len, CHANNEL_STDOUT, payload, sizeof(payload));
		len += frame(all + len, CHANNEL_STDERR, "oops", 4);
		len += frame(all + len, CHANNEL_STDOUT, NULL, 0);
		len += frame(all + len, CHANNEL_STDOUT, "end", 3);
		len += frame(all + len, CHANNEL_EXIT, &status, 4);
	}
	for (size_t step = 1; step <= len; step++) {
		struct channel_host *c = start(cat, NULL, NULL);

		for (size_t at = 0; at < len; at += step) {
			size_t n = at + step < len ? step : len - at;

			assert_int_equal(channel_host_receive(c, all + at, n), 0);
		}
		assert_int_equal(seen.out_len[0], sizeof(payload) + 3);
		assert_memory_equal(seen.out[0], payload, sizeof(payload));
		assert_memory_equal(seen.out[0] + sizeof(payload), "end", 3);
		assert_int_equal(seen.out_len[1], 4);
		assert_memory_equal(seen.out[1], "oops", 4);
		assert_int_equal(seen.exits, 1);
		assert_int_equal(seen.status, 7);
		assert_false(channel_host_ready(c));
		channel_host_destroy(c);
	}
}

static void stdin_keeps_to_the_window(void **state)
{
	static uint8_t data[CHANNEL_STDIN_WINDOW];
	struct channel_host *c = start(cat, NULL, NULL);

	assert_int_equal(hello(c), 0);
	assert_int_equal(channel_host_stdin_room(c), CHANNEL_STDIN_WINDOW);
	seen.sent_len = 0;
	assert_int_equal(channel_host_stdin(c, data, sizeof(data)), 0);
	assert_int_equal(seen.sent_len, sizeof(data) + 4 * sizeof(struct channel_header));
	assert_int_equal(channel_host_stdin_room(c), 0);
	assert_int_equal(channel_host_stdin(c, data, 1), -EAGAIN);
	assert_int_equal(receive32(c, CHANNEL_STDIN_ACK, 1000), 0);
	assert_int_equal(channel_host_stdin_room(c), 1000);
	assert_int_equal(channel_host_stdin(c, data, 1001), -EAGAIN);
	seen.sent_len = 0;
	assert_int_equal(channel_host_stdin(c, NULL, 0), 0);
	assert_int_equal(seen.sent_len, 8);
	assert_memory_equal(seen.sent, "i\0\0\0\0\0\0\0", 8);
	assert_int_equal(channel_host_stdin_room(c), 0);
	assert_int_equal(channel_host_stdin(c, data, 1), -EPIPE);
	assert_int_equal(channel_host_stdin(c, NULL, 0), -EPIPE);
	channel_host_destroy(c);
}

static void signals_and_sizes_go_out(void **state)
{
	struct channel_host *c = start(cat, NULL, NULL);
	static const uint8_t want[] = { 's', 0, 0, 0, 4, 0, 0, 0, 15, 0, 0, 0,
					'w', 0, 0, 0, 4, 0, 0, 0, 50, 0, 200, 0 };

	assert_int_equal(hello(c), 0);
	seen.sent_len = 0;
	assert_int_equal(channel_host_signal(c, 15), 0);
	assert_int_equal(channel_host_winsize(c, 50, 200), 0);
	assert_int_equal(seen.sent_len, sizeof(want));
	assert_memory_equal(seen.sent, want, sizeof(want));
	assert_int_equal(receive32(c, CHANNEL_EXIT, 0), 0);
	assert_int_equal(channel_host_signal(c, 15), -EPIPE);
	assert_int_equal(channel_host_winsize(c, 1, 1), -EPIPE);
	assert_int_equal(channel_host_stdin(c, "x", 1), -EPIPE);
	channel_host_destroy(c);
}

static void nothing_counts_after_exit(void **state)
{
	struct channel_host *c = start(cat, NULL, NULL);

	assert_int_equal(hello(c), 0);
	assert_int_equal(receive32(c, CHANNEL_EXIT, 255), 0);
	assert_int_equal(receive32(c, CHANNEL_EXIT, 1), 0);
	assert_int_equal(receive(c, CHANNEL_STDOUT, "late", 4), 0);
	assert_int_equal(channel_host_receive(c, "garbage!garbage!", 16), 0);
	assert_int_equal(seen.exits, 1);
	assert_int_equal(seen.status, 255);
	assert_int_equal(seen.out_len[0], 0);
	channel_host_destroy(c);
}

/* One frame of each kind that must end the conversation, and for good. */
static void malformed_frames_are_refused(void **state)
{
	static const struct {
		bool after_hello;
		uint8_t bytes[12];
		size_t len;
	} bad[] = {
		{ false, { 'o', 0, 0, 0, 1, 0, 0, 0, 'x' }, 9 },	      /* not HELLO */
		{ false, { 'H', 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0 }, 12 },      /* another version */
		{ false, { 'H', 0, 0, 0, 3, 0, 0, 0, 1, 0, 0 }, 11 },	      /* short HELLO */
		{ true, { 'H', 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0 }, 12 },	      /* HELLO twice */
		{ true, { 'o', 0, 0, 0, 1, 0x40, 0, 0 }, 8 },		      /* 16385 bytes */
		{ true, { 'e', 0, 0, 0, 0xff, 0xff, 0xff, 0xff }, 8 },	      /* 4 GiB */
		{ true, { 'o', 0, 1, 0, 1, 0, 0, 0 }, 8 },		      /* reserved byte */
		{ true, { 'i', 0, 0, 0, 1, 0, 0, 0 }, 8 },		      /* wrong direction */
		{ true, { 0, 0, 0, 0, 0, 0, 0, 0 }, 8 },		      /* no type */
		{ true, { 'a', 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0 }, 12 },	      /* ACK of nothing */
		{ true, { 'a', 0, 0, 0, 8, 0, 0, 0 }, 8 },		      /* long ACK */
		{ true, { 'x', 0, 0, 0, 4, 0, 0, 0, 0, 1, 0, 0 }, 12 },	      /* status 256 */
		{ true, { 'x', 0, 0, 0, 0, 0, 0, 0 }, 8 },		      /* empty EXIT */
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct channel_host *c = start(cat, NULL, NULL);

		if (bad[i].after_hello)
			assert_int_equal(hello(c), 0);
		assert_int_equal(channel_host_receive(c, bad[i].bytes, bad[i].len), -EPROTO);
		assert_int_equal(channel_host_receive(c, "", 0), -EPROTO);
		assert_int_equal(receive(c, CHANNEL_STDOUT, "x", 1), -EPROTO);
		assert_int_equal(seen.exits, 0);
		assert_int_equal(seen.out_len[0], 0);
		assert_int_equal(channel_host_stdin_room(c), 0);
		assert_int_equal(channel_host_stdin(c, "x", 1), -EPIPE);
		channel_host_destroy(c);
	}
}

/* What came before a malformed frame in the same piece is not lost. */
static void frames_before_a_bad_one_count(void **state)
{
	struct channel_host *c = start(cat, NULL, NULL);
	uint8_t b[64];
	size_t len = frame(b, CHANNEL_STDOUT, "abc", 3);

	len += frame(b + len, 'Z', NULL, 0);
	assert_int_equal(hello(c), 0);
	assert_int_equal(channel_host_receive(c, b, len), -EPROTO);
	assert_int_equal(seen.out_len[0], 3);
	assert_memory_equal(seen.out[0], "abc", 3);
	channel_host_destroy(c);
	channel_host_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exec_says_what_was_asked),
		cmocka_unit_test(shell_has_no_arguments),
		cmocka_unit_test(long_exec_spans_frames),
		cmocka_unit_test(exec_has_a_limit),
		cmocka_unit_test(output_is_byte_exact_however_split),
		cmocka_unit_test(stdin_keeps_to_the_window),
		cmocka_unit_test(signals_and_sizes_go_out),
		cmocka_unit_test(nothing_counts_after_exit),
		cmocka_unit_test(malformed_frames_are_refused),
		cmocka_unit_test(frames_before_a_bad_one_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
