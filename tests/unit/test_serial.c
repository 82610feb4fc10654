/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 16550A: what drivers probe for, interrupts, input that is not lost, output in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <linux/serial_reg.h>
#include <pthread.h>
#include <signal.h>

#include "devices/serial.h"
#include "tests/unit/virtio_driver.h"

static struct driver d;
static struct serial *s;
static int in[2], out[2];

static int setup(void **state)
{
	struct serial_config c;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return -1;
	c = (struct serial_config){ in[0], out[1] };
	driver_machine(&d);
	return serial_create(&s, &d.m, &c);
}

static int teardown(void **state)
{
	driver_stop_ring(&d);
	serial_destroy(s);
	driver_end(&d);
	for (int i = 0; i < 2; i++) {
		close(in[i]);
		close(out[i]);
	}
	return 0;
}

static uint8_t get(unsigned reg)
{
	return (uint8_t)bus_read(&d.m.pio, NULL, LAYOUT_PORT_COM1 + reg, 1);
}

static void put(unsigned reg, uint8_t value)
{
	bus_write(&d.m.pio, NULL, LAYOUT_PORT_COM1 + reg, 1, value);
}

static int irq(void)
{
	return irq_level[LAYOUT_IRQ_COM1];
}

static void await_irq(void)
{
	for (int i = 0; i < WAIT_S * 10000 && !irq(); i++)
		usleep(100);
	assert_int_equal(irq(), 1);
}

/* The steps by which Linux' 8250 driver tells a 16550A from its relatives. */
static void looks_like_a_16550a(void **state)
{
	put(UART_IER, 0);
	assert_int_equal(get(UART_IER), 0);
	put(UART_IER, UART_IERX_SLEEP | 0x0f);
	assert_int_equal(get(UART_IER), 0x0f);
	put(UART_IER, 0xff);
	assert_int_equal(get(UART_IER), 0x0f); /* no XScale UART enable bit either */
	put(UART_IER, 0);

	put(UART_MCR, UART_MCR_LOOP | UART_MCR_OUT2 | UART_MCR_RTS);
	assert_int_equal(get(UART_MSR) & 0xf0, UART_MSR_DCD | UART_MSR_CTS);
	put(UART_MCR, 0);

	put(UART_FCR, UART_FCR_ENABLE_FIFO);
	assert_int_equal(get(UART_IIR), 0xc1);
	put(UART_LCR, UART_LCR_CONF_MODE_B); /* no EFR: offset 2 stays IIR */
	assert_int_equal(get(UART_EFR), 0xc1);
	put(UART_LCR, UART_LCR_DLAB);
	put(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR7_64BYTE);
	assert_int_equal(get(UART_IIR) >> 5, 6); /* a 16750 would say 7 */
	put(UART_LCR, 0);
	put(UART_FCR, 0);
	assert_int_equal(get(UART_IIR), 0x01);

	put(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
	put(UART_DLL, 0x12);
	put(UART_DLM, 0x34);
	assert_int_equal(get(UART_DLL), 0x12);
	assert_int_equal(get(UART_DLM), 0x34);
	assert_int_equal(bus_read(&d.m.pio, NULL, LAYOUT_PORT_COM1, 2), 0x3412);
	put(UART_LCR, UART_LCR_WLEN8);
	assert_int_equal(get(UART_LCR), UART_LCR_WLEN8);
	assert_int_equal(get(UART_IER), 0); /* the divisor went elsewhere */
	put(UART_SCR, 0xa5);
	assert_int_equal(get(UART_SCR), 0xa5);
	put(UART_LSR, 0xff);
	assert_int_equal(get(UART_LSR), UART_LSR_THRE | UART_LSR_TEMT);
}

/* In loopback the receive FIFO holds 16 bytes, whatever we queue from the host. */
static void fifo_is_16_deep_in_loopback(void **state)
{
	unsigned n = 0;

	put(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR | UART_FCR_CLEAR_XMIT);
	put(UART_MCR, UART_MCR_LOOP);
	for (unsigned i = 0; i < 256; i++)
		put(UART_TX, (uint8_t)i);
	assert_int_equal(get(UART_LSR) & (UART_LSR_OE | UART_LSR_DR), UART_LSR_OE | UART_LSR_DR);
	assert_int_equal(get(UART_LSR) & UART_LSR_OE, 0); /* reading it clears it */
	while (get(UART_LSR) & UART_LSR_DR)
		assert_int_equal(get(UART_RX), n++);
	assert_int_equal(n, 16);
	put(UART_MCR, 0);
	assert_int_equal(serial_drain(s, 1000), 0);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	assert_int_equal(read(out[0], &n, 1), -1); /* nothing went out */
}

static void clearing_the_fifo(void **state)
{
	put(UART_FCR, UART_FCR_ENABLE_FIFO);
	put(UART_MCR, UART_MCR_LOOP);
	put(UART_TX, 'x');
	put(UART_FCR, UART_FCR_ENABLE_FIFO);
	assert_int_equal(get(UART_LSR) & UART_LSR_DR, UART_LSR_DR);
	put(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR);
	assert_int_equal(get(UART_LSR) & UART_LSR_DR, 0);
	put(UART_TX, 'x');
	put(UART_FCR, 0);
	assert_int_equal(get(UART_LSR) & UART_LSR_DR, 0);
	assert_int_equal(get(UART_RX), 0);
}

static void thre_interrupt(void **state)
{
	put(UART_FCR, UART_FCR_ENABLE_FIFO);
	assert_int_equal(irq(), 0);
	put(UART_IER, UART_IER_THRI); /* enabling it while THR is empty raises it */
	assert_int_equal(irq(), 1);
	assert_int_equal(get(UART_IIR) & 0x0f, UART_IIR_THRI);
	assert_int_equal(irq(), 0); /* and reading IIR acknowledges */
	assert_int_equal(get(UART_IIR) & 0x0f, UART_IIR_NO_INT);
	put(UART_IER, UART_IER_THRI); /* no change, no event */
	assert_int_equal(irq(), 0);
	put(UART_TX, 'a');
	assert_int_equal(irq(), 1);
	{
		unsigned before = irq_changes[LAYOUT_IRQ_COM1];

		put(UART_TX, 'b'); /* not acknowledged: a new edge all the same */
		assert_int_equal(irq_changes[LAYOUT_IRQ_COM1], before + 2);
	}
	assert_int_equal(irq(), 1);
	put(UART_IER, 0);
	assert_int_equal(irq(), 0);
	assert_int_equal(get(UART_IIR) & 0x0f, UART_IIR_NO_INT);
	put(UART_IER, UART_IER_THRI);
	assert_int_equal(get(UART_IIR) & 0x0f, UART_IIR_THRI);
}

static void interrupts_by_priority(void **state)
{
	put(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_R_TRIG_10);
	put(UART_MCR, UART_MCR_LOOP); /* lines change: modem status */
	for (int i = 0; i < 17; i++)
		put(UART_TX, (uint8_t)i); /* data, and one overrun */
	put(UART_IER, 0x0f);
	assert_int_equal(get(UART_IIR) & 0x0f, UART_IIR_RLSI);
	get(UART_LSR);
	assert_int_equal(get(UART_IIR) & 0x0f, UART_IIR_RDI);
	for (int i = 0; i < 8; i++)
		get(UART_RX);
	assert_int_equal(get(UART_IIR) & 0x0f, UART_IIR_RDI); /* 8 left: the trigger level */
	get(UART_RX);
	assert_int_equal(get(UART_IIR) & 0x0f, UART_IIR_RX_TIMEOUT);
	for (int i = 0; i < 7; i++)
		get(UART_RX);
	assert_int_equal(get(UART_IIR) & 0x0f, UART_IIR_THRI);
	assert_int_equal(get(UART_IIR) & 0x0f, UART_IIR_MSI);
	assert_int_equal(irq(), 1);
	assert_int_equal(get(UART_MSR), UART_MSR_DDCD | UART_MSR_DDSR | UART_MSR_DCTS);
	assert_int_equal(irq(), 0);
	put(UART_MCR, UART_MCR_LOOP | UART_MCR_OUT1);
	assert_int_equal(get(UART_MSR), UART_MSR_RI); /* ring: no delta on its rising edge */
	put(UART_MCR, UART_MCR_LOOP);
	assert_int_equal(get(UART_MSR), UART_MSR_TERI);
}

static void output_keeps_its_order(void **state)
{
	char b[1000];
	size_t n = 0;

	for (unsigned i = 0; i < sizeof(b); i++)
		put(UART_TX, (uint8_t)(i * 3));
	assert_int_equal(serial_drain(s, 5000), 0);
	while (n < sizeof(b))
		n += (size_t)read(out[0], b + n, sizeof(b) - n);
	for (unsigned i = 0; i < sizeof(b); i++)
		assert_int_equal((uint8_t)b[i], (uint8_t)(i * 3));
}

static void *slow_reader(void *arg)
{
	size_t *n = arg;
	uint8_t b[4096];
	ssize_t r;

	usleep(50000);
	while (*n < 200000 && (r = read(out[0], b, sizeof(b))) > 0)
		for (ssize_t i = 0; i < r; i++, ++*n)
			if (b[i] != (uint8_t)(*n * 5 >> 2))
				return (void *)1;
	return NULL;
}

/* More than pipe and buffer hold: the writer waits, and no byte is lost. */
static void a_slow_console_loses_nothing(void **state)
{
	pthread_t t;
	size_t n = 0;
	void *bad = NULL;

	assert_int_equal(pthread_create(&t, NULL, slow_reader, &n), 0);
	for (size_t i = 0; i < 200000; i++)
		put(UART_TX, (uint8_t)(i * 5 >> 2));
	pthread_join(t, &bad);
	assert_null(bad);
	assert_int_equal(n, 200000);
}

/* A console that nobody reads does not keep a vCPU from stopping. */
static void stopping_ends_the_wait(void **state)
{
	struct vcpu v = { .requests = VCPU_REQ_STOP };
	static const char full[65536];

	assert_int_equal(write(out[1], full, sizeof(full)), sizeof(full)); /* what a pipe holds */
	for (size_t i = 0; i < 3 * SERIAL_BUFFER; i++)
		bus_write(&d.m.pio, &v, LAYOUT_PORT_COM1, 1, 'x');
	assert_int_equal(serial_drain(s, 30), -ETIMEDOUT);
}

static void a_closed_console_drops(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	close(out[0]);
	put(UART_TX, 'x');
	assert_int_equal(serial_drain(s, 1000), -EPIPE);
	for (size_t i = 0; i < 2 * SERIAL_BUFFER; i++)
		put(UART_TX, 'x');
	assert_int_equal(serial_drain(s, 1000), -EPIPE);
	out[0] = dup(in[0]);
}

/* Nothing is read before the driver listens; then everything arrives, in order. */
static void input_waits_for_the_driver(void **state)
{
	enum { TOTAL = 5000 };
	uint8_t b[TOTAL];
	unsigned n = 0;

	for (unsigned i = 0; i < TOTAL; i++)
		b[i] = (uint8_t)(i * 11 >> 1);
	assert_int_equal(write(in[1], b, TOTAL), TOTAL);
	usleep(20000);
	assert_int_equal(get(UART_LSR) & UART_LSR_DR, 0);
	/* What Linux does when it opens the port. */
	put(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR | UART_FCR_CLEAR_XMIT);
	usleep(5000);
	put(UART_FCR, 0);
	usleep(5000);
	get(UART_RX);
	put(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_R_TRIG_10);
	put(UART_IER, UART_IER_RDI | UART_IER_RLSI);
	while (n < TOTAL) {
		await_irq();
		assert_int_equal(get(UART_IIR) & 0x07, UART_IIR_RDI); /* or time-out: bit 3 */
		while (get(UART_LSR) & UART_LSR_DR)
			assert_int_equal(get(UART_RX), b[n++]);
	}
	assert_int_equal(irq(), 0);
}

static void end_of_input_is_quiet(void **state)
{
	put(UART_IER, UART_IER_RDI);
	close(in[1]);
	usleep(20000);
	assert_int_equal(irq(), 0);
	assert_int_equal(get(UART_LSR) & UART_LSR_DR, 0);
	in[1] = dup(out[1]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(looks_like_a_16550a),
		TEST(fifo_is_16_deep_in_loopback),
		TEST(clearing_the_fifo),
		TEST(thre_interrupt),
		TEST(interrupts_by_priority),
		TEST(output_keeps_its_order),
		TEST(a_slow_console_loses_nothing),
		TEST(stopping_ends_the_wait),
		TEST(a_closed_console_drops),
		TEST(input_waits_for_the_driver),
		TEST(end_of_input_is_quiet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
