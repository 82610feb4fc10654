/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 16550A UART. See serial.h for what it does and does not.
 *
 * One lock guards everything: register accesses come from any vCPU thread, input
 * and output completions from the event thread.
 */
#include "devices/serial.h"

#include <errno.h>
#include <linux/serial_reg.h>
#include <stdlib.h>

#include "devices/container.h"
#include "devices/input.h"
#include "devices/output.h"
#include "devices/wait.h"

#define RX_SIZE	    64u	 /* bytes taken from the host ahead of the guest */
#define FIFO_DEPTH  16u	 /* what the guest may find out by filling it in loopback */
#define IER_BITS    0x0f /* no sleep modes: those would be a 16750 */
#define FULL_WAIT_MS 20
#define GATHER_NS    500000 /* one write for a line, not one for each byte of it */

/* Modem lines of a terminal that is always there. */
#define MSR_PRESENT (UART_MSR_DCD | UART_MSR_DSR | UART_MSR_CTS)

struct serial {
	struct machine *m;
	pthread_mutex_t lock;
	pthread_cond_t drained; /* the output queue made progress */
	struct output out;
	struct input in;

	uint8_t rx[RX_SIZE];
	unsigned rx_head, rx_len;

	uint8_t ier, fcr, lcr, mcr, scr, dll, dlm;
	uint8_t msr;	     /* lines and their delta bits */
	bool overrun;
	bool thr_interrupt;  /* THR ran empty and IIR has not told yet */
	bool line;	     /* level of the interrupt line */
};

/* --- interrupt ---------------------------------------------------------------------- */

static unsigned rx_trigger(const struct serial *s)
{
	static const uint8_t level[4] = { 1, 4, 8, 14 };

	return s->fcr & UART_FCR_ENABLE_FIFO ? level[s->fcr >> 6] : 1;
}

/* The pending interrupt of highest priority (PC16550D, table IV). */
static uint8_t interrupt(const struct serial *s)
{
	if ((s->ier & UART_IER_RLSI) && s->overrun)
		return UART_IIR_RLSI;
	if ((s->ier & UART_IER_RDI) && s->rx_len) /* below the trigger, time-out comes at once */
		return s->rx_len >= rx_trigger(s) ? UART_IIR_RDI : UART_IIR_RX_TIMEOUT;
	if ((s->ier & UART_IER_THRI) && s->thr_interrupt)
		return UART_IIR_THRI;
	if ((s->ier & UART_IER_MSI) && (s->msr & UART_MSR_ANY_DELTA))
		return UART_IIR_MSI;
	return UART_IIR_NO_INT;
}

static void update_line(struct serial *s)
{
	bool level = interrupt(s) != UART_IIR_NO_INT;

	if (level == s->line)
		return;
	s->line = level;
	machine_irq(s->m, LAYOUT_IRQ_COM1, level);
}

/* --- input -------------------------------------------------------------------------- */

static void want_input(struct serial *s)
{
	if ((s->ier & UART_IER_RDI) && s->rx_len < RX_SIZE)
		input_want(&s->in, RX_SIZE - s->rx_len);
}

static void rx_push(struct serial *s, uint8_t byte)
{
	s->rx[(s->rx_head + s->rx_len++) % RX_SIZE] = byte;
}

static void got_input(struct input *i, const uint8_t *data, size_t len)
{
	struct serial *s = container_of(i, struct serial, in);

	/* A loopback test may have filled the queue meanwhile; it does not get past RX_SIZE. */
	for (size_t n = 0; n < len && s->rx_len < RX_SIZE; n++)
		rx_push(s, data[n]);
	update_line(s);
	want_input(s);
}

static uint8_t read_rbr(struct serial *s)
{
	uint8_t byte;

	if (s->rx_len == 0)
		return 0;
	byte = s->rx[s->rx_head];
	s->rx_head = (s->rx_head + 1) % RX_SIZE;
	s->rx_len--;
	want_input(s);
	return byte;
}

/* --- output ------------------------------------------------------------------------- */

static void made_progress(struct output *o)
{
	struct serial *s = container_of(o, struct serial, out);

	pthread_cond_broadcast(&s->drained);
}

/* Waits for room; false when the machine stops first. */
static bool wait_for_room(struct serial *s, struct vcpu *v)
{
	while (output_room(&s->out) == 0) {
		if (v && (atomic_load(&v->requests) & VCPU_REQ_STOP))
			return false;
		wait_ms(&s->drained, &s->lock, FULL_WAIT_MS);
	}
	return true;
}

static void write_thr(struct serial *s, struct vcpu *v, uint8_t byte)
{
	if (s->mcr & UART_MCR_LOOP) {
		if (s->rx_len < FIFO_DEPTH)
			rx_push(s, byte);
		else
			s->overrun = true;
	} else if (wait_for_room(s, v)) {
		output_put(&s->out, &byte, 1);
	}
	/* Written clears the interrupt, and empty again at once raises it: an edge on the line. */
	s->thr_interrupt = false;
	update_line(s);
	s->thr_interrupt = true;
}

/* --- registers ---------------------------------------------------------------------- */

static uint8_t read_lsr(struct serial *s)
{
	uint8_t lsr = UART_LSR_THRE | UART_LSR_TEMT;

	if (s->rx_len)
		lsr |= UART_LSR_DR;
	if (s->overrun)
		lsr |= UART_LSR_OE;
	s->overrun = false;
	return lsr;
}

static uint8_t read_iir(struct serial *s)
{
	uint8_t iir = interrupt(s);

	if (iir == UART_IIR_THRI)
		s->thr_interrupt = false;
	return iir | (s->fcr & UART_FCR_ENABLE_FIFO ? 0xc0 : 0);
}

static uint8_t read_msr(struct serial *s)
{
	uint8_t msr = s->msr;

	s->msr &= (uint8_t)~UART_MSR_ANY_DELTA;
	return msr;
}

/* The modem lines changed: note which (TERI: ring went away). */
static void set_modem_lines(struct serial *s, uint8_t lines)
{
	uint8_t changed = (s->msr ^ lines) & 0xf0;
	uint8_t delta = (changed >> 4) & (UART_MSR_DDCD | UART_MSR_DDSR | UART_MSR_DCTS);

	if ((changed & UART_MSR_RI) && !(lines & UART_MSR_RI))
		delta |= UART_MSR_TERI;
	s->msr = lines | (s->msr & UART_MSR_ANY_DELTA) | delta;
}

/* In loopback the modem outputs come back as modem inputs. */
static void write_mcr(struct serial *s, uint8_t value)
{
	uint8_t lines = 0;

	s->mcr = value & 0x1f;
	if (!(value & UART_MCR_LOOP)) {
		set_modem_lines(s, MSR_PRESENT);
		return;
	}
	if (value & UART_MCR_DTR)
		lines |= UART_MSR_DSR;
	if (value & UART_MCR_RTS)
		lines |= UART_MSR_CTS;
	if (value & UART_MCR_OUT1)
		lines |= UART_MSR_RI;
	if (value & UART_MCR_OUT2)
		lines |= UART_MSR_DCD;
	set_modem_lines(s, lines);
}

static void write_ier(struct serial *s, uint8_t value)
{
	uint8_t on = value & IER_BITS & ~s->ier;

	s->ier = value & IER_BITS;
	if (on & UART_IER_THRI) /* THR is always empty: enabling tells so */
		s->thr_interrupt = true;
	want_input(s);
}

static void write_fcr(struct serial *s, uint8_t value)
{
	/* Switching FIFOs on or off empties them as well. */
	if ((value & UART_FCR_CLEAR_RCVR) || ((value ^ s->fcr) & UART_FCR_ENABLE_FIFO))
		s->rx_len = 0;
	s->fcr = value & (UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_MASK);
	if (!(value & UART_FCR_ENABLE_FIFO))
		s->fcr = 0;
	want_input(s);
}

static uint8_t read_register(struct serial *s, unsigned reg)
{
	bool dlab = s->lcr & UART_LCR_DLAB;

	switch (reg) {
	case UART_RX:
		return dlab ? s->dll : read_rbr(s);
	case UART_IER:
		return dlab ? s->dlm : s->ier;
	case UART_IIR:
		return read_iir(s);
	case UART_LCR:
		return s->lcr;
	case UART_MCR:
		return s->mcr;
	case UART_LSR:
		return read_lsr(s);
	case UART_MSR:
		return read_msr(s);
	default:
		return s->scr;
	}
}

static void write_register(struct serial *s, struct vcpu *v, unsigned reg, uint8_t value)
{
	bool dlab = s->lcr & UART_LCR_DLAB;

	switch (reg) {
	case UART_TX:
		if (dlab)
			s->dll = value;
		else
			write_thr(s, v, value);
		break;
	case UART_IER:
		if (dlab)
			s->dlm = value;
		else
			write_ier(s, value);
		break;
	case UART_FCR:
		write_fcr(s, value);
		break;
	case UART_LCR:
		s->lcr = value;
		break;
	case UART_MCR:
		write_mcr(s, value);
		break;
	case UART_SCR:
		s->scr = value;
		break;
	default: /* LSR and MSR are read-only */
		break;
	}
}

/* An access wider than a byte is one to each of the next registers, as on an 8-bit bus. */
static uint64_t serial_read(void *opaque, struct vcpu *v, uint64_t offset, unsigned size)
{
	struct serial *s = opaque;
	uint64_t value = 0;

	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)read_register(s, (unsigned)offset + i) << 8 * i;
	update_line(s);
	pthread_mutex_unlock(&s->lock);
	return value;
}

static void serial_write(void *opaque, struct vcpu *v, uint64_t offset, unsigned size,
			 uint64_t value)
{
	struct serial *s = opaque;

	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < size; i++)
		write_register(s, v, (unsigned)offset + i, (uint8_t)(value >> 8 * i));
	update_line(s);
	pthread_mutex_unlock(&s->lock);
}

static const struct bus_ops serial_ops = { "serial", serial_read, serial_write };

/* --- life --------------------------------------------------------------------------- */

int serial_create(struct serial **ret, struct machine *m, const struct serial_config *c)
{
	struct serial *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->m = m;
	s->msr = MSR_PRESENT;
	s->dll = 1; /* 115200 */
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->drained, NULL);
	err = output_create(&s->out, SERIAL_BUFFER, m->ring, c->out_fd, &s->lock);
	if (!err)
		err = input_create(&s->in, RX_SIZE, m->ring, c->in_fd, &s->lock);
	s->out.progress = made_progress;
	s->out.delay_ns = GATHER_NS;
	s->in.got = got_input;
	if (!err)
		err = bus_add(&m->pio, LAYOUT_PORT_COM1, 8, &serial_ops, s);
	if (err) {
		serial_destroy(s);
		return err;
	}
	*ret = s;
	return 0;
}

void serial_destroy(struct serial *s)
{
	if (!s)
		return;
	output_destroy(&s->out);
	input_destroy(&s->in);
	pthread_cond_destroy(&s->drained);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

int serial_drain(struct serial *s, unsigned ms)
{
	int err;

	pthread_mutex_lock(&s->lock);
	err = output_drain(&s->out, &s->drained, ms);
	if (!err)
		err = s->out.error;
	pthread_mutex_unlock(&s->lock);
	return err;
}
