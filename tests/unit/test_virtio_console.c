/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The channel through the virtio console: the test is the guest's driver and its
 * agent on one side, and pipes on the other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <linux/virtio_console.h>
#include <linux/virtio_ids.h>
#include <signal.h>

#include "devices/virtio_console.h"
#include "tests/unit/virtio_driver.h"

#define MULTIPORT (1ull << VIRTIO_CONSOLE_F_MULTIPORT)
#define CONTROL_RX 2
#define CONTROL_TX 3
#define RX 4
#define TX 5
#define TX_AT	   BUFFERS
#define CONTROL_AT (BUFFERS + 0x40000)
#define RX_AT	   (BUFFERS + 0x80000) /* 32 buffers of 4 KiB */
#define RX_SIZE	   4096u

static struct driver d;
static struct virtio_console *con;
static int in[2], out[2], err[2]; /* pipes: [0] read end, [1] write end */
static _Atomic int exited_status, exits;
static char *const cat[] = { (char[]){ "cat" }, NULL };

/* The agent's end of the port: bytes received in order. */
static uint8_t got[1 << 20];
static size_t got_len, got_at;

static void on_exited(void *opaque, int status)
{
	exited_status = status;
	exits++;
}

static int setup_fds(int in_fd, int out_fd, int err_fd)
{
	struct channel_config c = { .exec = { .argv = cat }, .in_fd = in_fd, .out_fd = out_fd,
				    .err_fd = err_fd, .exited = on_exited };

	got_len = got_at = 0;
	exits = 0;
	exited_status = -1000;
	driver_machine(&d);
	return virtio_console_create(&con, &d.m, 0, &c);
}

static int open_pipes(void)
{
	return pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC);
}

static int setup(void **state)
{
	return open_pipes() || setup_fds(in[0], out[1], err[1]);
}

static int setup_no_stdin(void **state)
{
	return open_pipes() || setup_fds(-1, out[1], err[1]);
}

static int setup_one_output(void **state)
{
	return open_pipes() || setup_fds(-1, out[1], out[1]);
}

static int setup_nonblocking(void **state)
{
	if (open_pipes())
		return -1;
	fcntl(in[0], F_SETFL, O_NONBLOCK);
	fcntl(out[1], F_SETFL, O_NONBLOCK);
	return setup_fds(in[0], out[1], err[1]);
}

static void close_fd(int *f)
{
	if (*f >= 0)
		close(*f);
	*f = -1;
}

static int teardown(void **state)
{
	driver_stop_ring(&d);
	virtio_console_destroy(con);
	driver_end(&d);
	for (int i = 0; i < 2; i++) {
		close_fd(&in[i]);
		close_fd(&out[i]);
		close_fd(&err[i]);
	}
	return 0;
}

/* --- the guest's driver ------------------------------------------------------------- */

static void control(uint32_t id, uint16_t event, uint16_t value)
{
	struct virtio_console_control m = { id, event, value };
	struct buf b = { CONTROL_AT, sizeof(m), false };

	memcpy(at(&d, CONTROL_AT), &m, sizeof(m));
	add(&d, CONTROL_TX, &b, 1);
	kick(&d, CONTROL_TX);
	used_next(&d, CONTROL_TX);
}

/* Offer one control buffer, wait for its message: returns its length. */
static uint32_t hear(struct virtio_console_control *m, char *text)
{
	struct buf b = { CONTROL_AT + 0x1000, 256, true };
	uint32_t len;

	memset(at(&d, b.addr), 0, 256);
	add(&d, CONTROL_RX, &b, 1);
	kick(&d, CONTROL_RX);
	len = used_next(&d, CONTROL_RX).len;
	memcpy(m, at(&d, b.addr), sizeof(*m));
	strcpy(text, (char *)at(&d, b.addr + sizeof(*m)));
	return len;
}

static void offer_rx(unsigned n)
{
	struct buf b = { RX_AT + n * RX_SIZE, RX_SIZE, true };

	add(&d, RX, &b, 1);
	kick(&d, RX);
}

/* Up to a port that a process has opened, with all receive buffers offered. */
static void open_port(void)
{
	struct virtio_console_control m;
	char text[256];

	start_driver(&d, V1 | MULTIPORT, 6, 32);
	for (unsigned i = 0; i < 32; i++)
		offer_rx(i);
	control(VIRTIO_CONSOLE_BAD_ID, VIRTIO_CONSOLE_DEVICE_READY, 1);
	hear(&m, text);
	control(1, VIRTIO_CONSOLE_PORT_READY, 1);
	hear(&m, text);
	hear(&m, text);
	control(1, VIRTIO_CONSOLE_PORT_OPEN, 1);
}

/* --- the agent ---------------------------------------------------------------------- */

/* Starts a write of len bytes through the port; they are used when the host has taken them. */
static void begin_write(const void *data, uint32_t len)
{
	struct buf b = { TX_AT + d.q[TX].avail_idx % 12 * 0x5000ull, len, false };

	memcpy(at(&d, b.addr), data, len);
	add(&d, TX, &b, 1);
	kick(&d, TX);
}

static void write_port(const void *data, uint32_t len)
{
	begin_write(data, len);
	used_next(&d, TX);
}

static void say(uint8_t type, const void *payload, uint32_t len)
{
	uint8_t b[sizeof(struct channel_header) + CHANNEL_MAX_PAYLOAD] = { type, 0, 0, 0 };

	memcpy(b + 4, &len, 4);
	if (len)
		memcpy(b + 8, payload, len);
	write_port(b, 8 + len);
}

static void say32(uint8_t type, uint32_t value)
{
	say(type, &value, 4);
}

/* n bytes that the host sent. */
static const uint8_t *receive(size_t n)
{
	while (got_len - got_at < n) {
		unsigned buffer = d.q[RX].used_idx % 32u;
		struct vring_used_elem e = used_next(&d, RX);

		assert_int_equal(e.id, buffer);
		assert_true(e.len > 0 && e.len <= RX_SIZE);
		memcpy(got + got_len, at(&d, RX_AT + buffer * RX_SIZE), e.len);
		got_len += e.len;
		offer_rx(buffer);
	}
	got_at += n;
	return got + got_at - n;
}

/* The next frame: its type; payload and length through the arguments. */
static uint8_t receive_frame(const uint8_t **payload, uint32_t *len)
{
	struct channel_header h;

	memcpy(&h, receive(sizeof(h)), sizeof(h));
	*len = h.len;
	*payload = receive(h.len);
	return h.type;
}

static void start_command(void)
{
	const uint8_t *p;
	uint32_t len;

	open_port();
	say32(CHANNEL_HELLO, CHANNEL_VERSION);
	assert_int_equal(receive_frame(&p, &len), CHANNEL_EXEC);
	assert_int_equal(len, 8 + sizeof("cat\0\0\0/"));
	assert_memory_equal(p + 8, "cat\0\0\0/", sizeof("cat\0\0\0/"));
}

static void await_exit(int status)
{
	for (int i = 0; i < WAIT_S * 10000 && !exits; i++)
		usleep(100);
	assert_int_equal(exits, 1);
	assert_int_equal(exited_status, status);
}

static void expect_read(int f, const char *want)
{
	char b[256] = "";

	assert_int_equal(read(f, b, strlen(want)), strlen(want));
	assert_string_equal(b, want);
}

/* --- tests -------------------------------------------------------------------------- */

static void the_port_introduces_itself(void **state)
{
	struct virtio_console_control m;
	char text[256];

	assert_int_equal(rd(&d, 0x008), VIRTIO_ID_CONSOLE);
	assert_int_equal(rd(&d, 0x104), 2); /* max_nr_ports */
	start_driver(&d, V1 | MULTIPORT, 6, 32);
	control(VIRTIO_CONSOLE_BAD_ID, VIRTIO_CONSOLE_DEVICE_READY, 1);
	assert_int_equal(hear(&m, text), 8);
	assert_int_equal(m.id, 1);
	assert_int_equal(m.event, VIRTIO_CONSOLE_PORT_ADD);
	control(0, VIRTIO_CONSOLE_PORT_READY, 1); /* not our port */
	control(1, VIRTIO_CONSOLE_PORT_READY, 1);
	assert_int_equal(hear(&m, text), 8 + strlen(CHANNEL_PORT_NAME));
	assert_int_equal(m.id, 1);
	assert_int_equal(m.event, VIRTIO_CONSOLE_PORT_NAME);
	assert_string_equal(text, CHANNEL_PORT_NAME);
	assert_int_equal(hear(&m, text), 8);
	assert_int_equal(m.event, VIRTIO_CONSOLE_PORT_OPEN);
	assert_int_equal(m.value, 1);
	assert_false(used_any(&d, CONTROL_RX));
}

static void a_refused_port_ends_the_run(void **state)
{
	start_driver(&d, V1 | MULTIPORT, 6, 32);
	control(1, VIRTIO_CONSOLE_PORT_READY, 0);
	await_exit(-ENODEV);
}

static void a_command_runs(void **state)
{
	const uint8_t *p;
	uint32_t len;

	assert_int_equal(write(in[1], "abc", 3), 3);
	start_command();
	assert_int_equal(receive_frame(&p, &len), CHANNEL_STDIN);
	assert_int_equal(len, 3);
	assert_memory_equal(p, "abc", 3);
	say32(CHANNEL_STDIN_ACK, 3);
	close_fd(&in[1]);
	assert_int_equal(receive_frame(&p, &len), CHANNEL_STDIN);
	assert_int_equal(len, 0);
	say(CHANNEL_STDOUT, "abc", 3);
	say(CHANNEL_STDERR, "warning", 7);
	say32(CHANNEL_EXIT, 7);
	/* The agent powers off when it has this, not before. */
	assert_int_equal(receive_frame(&p, &len), CHANNEL_BYE);
	await_exit(7);
	expect_read(out[0], "abc");
	expect_read(err[0], "warning");
	assert_int_equal(virtio_console_signal(con, 15), -EPIPE);
}

static void without_stdin_there_is_end_of_file(void **state)
{
	const uint8_t *p;
	uint32_t len;

	start_command();
	assert_int_equal(receive_frame(&p, &len), CHANNEL_STDIN);
	assert_int_equal(len, 0);
}

static void signals_reach_the_command(void **state)
{
	const uint8_t *p;
	uint32_t len;

	assert_int_equal(virtio_console_signal(con, 15), -EAGAIN);
	start_command();
	receive_frame(&p, &len);
	assert_int_equal(virtio_console_signal(con, 15), 0);
	assert_int_equal(receive_frame(&p, &len), CHANNEL_SIGNAL);
	assert_memory_equal(p, "\x0f\0\0\0", 4);
	assert_int_equal(virtio_console_winsize(con, 24, 80), 0);
	assert_int_equal(receive_frame(&p, &len), CHANNEL_WINSIZE);
	assert_memory_equal(p, "\x18\0\x50\0", 4);
}

/* Much stdin, the agent acknowledging as it takes it: in order, none lost. */
static void much_stdin(void **state)
{
	enum { TOTAL = 600000 };
	uint8_t b[4096];
	size_t fed = 0, taken = 0;
	const uint8_t *p;
	uint32_t len = 1;

	fcntl(in[1], F_SETFL, O_NONBLOCK);
	start_command();
	while (len) {
		while (fed < TOTAL) {
			size_t want = TOTAL - fed < sizeof(b) ? TOTAL - fed : sizeof(b);
			ssize_t n;

			for (size_t i = 0; i < want; i++)
				b[i] = (uint8_t)((fed + i) * 7 >> 3);
			n = write(in[1], b, want);
			if (n < 0)
				break;
			fed += (size_t)n;
		}
		if (fed == TOTAL)
			close_fd(&in[1]);
		assert_int_equal(receive_frame(&p, &len), CHANNEL_STDIN);
		for (uint32_t i = 0; i < len; i++)
			assert_int_equal(p[i], (uint8_t)((taken + i) * 7 >> 3));
		taken += len;
		if (got_at == got_len)
			got_at = got_len = 0;
		if (len)
			say32(CHANNEL_STDIN_ACK, len);
	}
	assert_int_equal(taken, TOTAL);
}

static void stdin_stops_at_the_window(void **state)
{
	static uint8_t b[16384];
	size_t taken = 0;
	const uint8_t *p;
	uint32_t len;

	fcntl(in[1], F_SETFL, O_NONBLOCK);
	start_command();
	while (taken < CHANNEL_STDIN_WINDOW) {
		while (write(in[1], b, sizeof(b)) > 0)
			;
		receive_frame(&p, &len);
		taken += len;
	}
	assert_int_equal(taken, CHANNEL_STDIN_WINDOW);
	usleep(50000);
	assert_false(used_any(&d, RX));
	say32(CHANNEL_STDIN_ACK, 5);
	assert_int_equal(receive_frame(&p, &len), CHANNEL_STDIN);
	assert_int_equal(len, 5);
}

/* Nobody reads our stdout: the guest's write waits until somebody does, no byte is lost. */
static void a_slow_reader_holds_the_guest_back(void **state)
{
	enum { FRAMES = 40 };
	uint8_t frame[8 + CHANNEL_MAX_PAYLOAD] = { CHANNEL_STDOUT }, b[4096];
	uint32_t size = CHANNEL_MAX_PAYLOAD;
	unsigned sent = 0, taken = 0;
	size_t n = 0;

	start_command();
	memcpy(frame + 4, &size, 4);
	while (taken == sent && sent < FRAMES) { /* until the host takes no more */
		memset(frame + 8, 'a' + (int)(sent % 26), size);
		begin_write(frame, sizeof(frame));
		sent++;
		for (int i = 0; i < 2000 && !used_any(&d, TX); i++)
			usleep(100);
		if (used_any(&d, TX)) {
			used_next(&d, TX);
			taken++;
		}
	}
	assert_in_range(sent, 5, 12); /* 64 KiB of pipe and 64 KiB of ours */
	assert_int_equal(taken, sent - 1);
	while (n < (size_t)sent * size) {
		ssize_t got_now = read(out[0], b, sizeof(b));

		assert_true(got_now > 0);
		for (ssize_t i = 0; i < got_now; i++, n++)
			assert_int_equal(b[i], 'a' + (int)(n / size % 26));
	}
	used_next(&d, TX);
	say32(CHANNEL_EXIT, 0);
	await_exit(0);
}

static void exit_waits_for_the_output(void **state)
{
	uint8_t frame[8 + CHANNEL_MAX_PAYLOAD] = { CHANNEL_STDOUT }, b[16384];
	uint32_t size = CHANNEL_MAX_PAYLOAD;
	size_t n = 0;

	start_command();
	memcpy(frame + 4, &size, 4);
	for (int i = 0; i < 6; i++) /* more than the pipe holds, less than pipe and buffer */
		write_port(frame, sizeof(frame));
	say32(CHANNEL_EXIT, 3);
	usleep(50000);
	assert_int_equal(exits, 0);
	assert_int_equal(virtio_console_drain(con, 50), -ETIMEDOUT);
	while (n < 6 * (size_t)size)
		n += (size_t)read(out[0], b, sizeof(b));
	await_exit(3);
	assert_int_equal(virtio_console_drain(con, 1000), 0);
}

/* The guest wrote and was stopped at once: its bytes are still taken and written. */
static void drain_takes_what_was_sent(void **state)
{
	use_ioeventfd = true; /* a notification that only the event thread knows of */
	for (int i = 0; i < 200; i++) {
		uint8_t frame[] = { CHANNEL_STDOUT, 0, 0, 0, 4, 0, 0, 0, 'l', 'a', 's', 't' };

		setup_no_stdin(NULL);
		start_command();
		begin_write(frame, sizeof(frame));
		assert_int_equal(virtio_console_drain(con, 5000), 0);
		fcntl(out[0], F_SETFL, O_NONBLOCK); /* it is there now, or not in time */
		expect_read(out[0], "last");
		teardown(NULL);
	}
	use_ioeventfd = false;
	setup(NULL);
}

static void a_closed_stdout_is_sigpipe(void **state)
{
	start_command();
	close_fd(&out[0]);
	say(CHANNEL_STDOUT, "x", 1);
	await_exit(128 + SIGPIPE);
	say(CHANNEL_STDOUT, "more", 4); /* goes nowhere, and the guest is not stuck */
	say32(CHANNEL_EXIT, 0);
	usleep(20000);
	assert_int_equal(exits, 1);
}

static void a_full_disk_is_reported(void **state)
{
	driver_stop_ring(&d);
	virtio_console_destroy(con);
	driver_end(&d);
	close_fd(&out[1]);
	out[1] = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(setup_fds(-1, out[1], err[1]), 0);
	start_command();
	say(CHANNEL_STDOUT, "x", 1);
	await_exit(-ENOSPC);
}

/* stdout and stderr on the same file: bytes appear as the guest wrote them. */
static void one_file_keeps_the_order(void **state)
{
	char want[3001], b[3001] = "";
	size_t n = 0;

	start_command();
	for (unsigned i = 0; i < 1000; i++) {
		char t[4];

		snprintf(t, sizeof(t), "%03u", i);
		memcpy(want + i * 3, t, 3);
		say(i % 2 ? CHANNEL_STDERR : CHANNEL_STDOUT, t, 3);
	}
	want[3000] = 0;
	say32(CHANNEL_EXIT, 0);
	await_exit(0);
	while (n < 3000)
		n += (size_t)read(out[0], b + n, 3000 - n);
	assert_string_equal(b, want);
}

static void nonsense_from_the_guest(void **state)
{
	start_command();
	say(CHANNEL_STDOUT, "before", 6);
	write_port("nonsense", 8);
	await_exit(-EPROTO);
	expect_read(out[0], "before");
	say(CHANNEL_STDOUT, "after", 5); /* taken and ignored */
	assert_int_equal(virtio_console_drain(con, 1000), 0);
}

static void small_control_buffers(void **state)
{
	struct buf b = { CONTROL_AT, 7, true };

	start_driver(&d, V1 | MULTIPORT, 6, 32);
	add(&d, CONTROL_RX, &b, 1);
	control(VIRTIO_CONSOLE_BAD_ID, VIRTIO_CONSOLE_DEVICE_READY, 1);
	await_reg(&d, 0x70, ~0u, 0xf | VIRTIO_CONFIG_S_NEEDS_RESET);
}

/* A driver that is reset while its write is held back: the reset completes. */
static void reset_while_held_back(void **state)
{
	uint8_t frame[8 + CHANNEL_MAX_PAYLOAD] = { CHANNEL_STDOUT };
	uint32_t size = CHANNEL_MAX_PAYLOAD;

	start_command();
	memcpy(frame + 4, &size, 4);
	for (int i = 0; i < 12; i++)
		begin_write(frame, sizeof(frame));
	usleep(20000);
	wr(&d, 0x70, 0);
	assert_int_equal(rd(&d, 0x70), 0);
}

#define TEST(f)	      cmocka_unit_test_setup_teardown(f, setup, teardown)
#define WITH(s, f)    cmocka_unit_test_setup_teardown(f, s, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_port_introduces_itself),
		TEST(a_refused_port_ends_the_run),
		TEST(a_command_runs),
		WITH(setup_nonblocking, a_command_runs),
		WITH(setup_no_stdin, without_stdin_there_is_end_of_file),
		WITH(setup_no_stdin, signals_reach_the_command),
		TEST(much_stdin),
		WITH(setup_nonblocking, much_stdin),
		TEST(stdin_stops_at_the_window),
		TEST(a_slow_reader_holds_the_guest_back),
		WITH(setup_nonblocking, a_slow_reader_holds_the_guest_back),
		TEST(exit_waits_for_the_output),
		cmocka_unit_test_setup_teardown(drain_takes_what_was_sent, NULL, teardown),
		TEST(a_closed_stdout_is_sigpipe),
		WITH(setup_no_stdin, a_full_disk_is_reported),
		WITH(setup_one_output, one_file_keeps_the_order),
		TEST(nonsense_from_the_guest),
		TEST(small_control_buffers),
		TEST(reset_while_held_back),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
