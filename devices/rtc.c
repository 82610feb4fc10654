/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MC146818 real-time clock. See rtc.h. */
#include "devices/rtc.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

enum {
	REG_SECONDS = 0, REG_MINUTES = 2, REG_HOURS = 4, REG_WEEKDAY = 6, REG_DAY = 7,
	REG_MONTH = 8, REG_YEAR = 9, REG_A = 10, REG_B = 11, REG_C = 12, REG_D = 13,
	REG_CENTURY = 0x32, /* where PCs keep it, and Linux looks by default */
};

#define A_UIP	 0x80 /* update in progress */
#define A_32KHZ	 0x20 /* divider: running from 32768 Hz */
#define A_1024HZ 0x06
#define B_SET	 0x80 /* updates inhibited */
#define B_BINARY 0x04
#define B_24H	 0x02
#define D_VALID	 0x80
#define HOUR_PM	 0x80

/* UIP rises 244 us before an update of 1984 us (data sheet, table 5), over at the full second. */
#define UIP_NS (244000 + 1984000)

struct rtc {
	pthread_mutex_t lock;
	void (*now)(struct timespec *);
	uint8_t index;
	uint8_t a, b;
	struct timespec held; /* the time when SET was written */
	uint8_t ram[128];     /* alarm registers and everything that is not the clock */
};

static void host_now(struct timespec *t)
{
	clock_gettime(CLOCK_REALTIME, t);
}

static uint8_t encode(const struct rtc *r, int value)
{
	return (uint8_t)(r->b & B_BINARY ? value : (value / 10) << 4 | value % 10);
}

static uint8_t hours(const struct rtc *r, int hour)
{
	int twelve = hour % 12 ? hour % 12 : 12;

	if (r->b & B_24H)
		return encode(r, hour);
	return encode(r, twelve) | (hour >= 12 ? HOUR_PM : 0);
}

static void current(const struct rtc *r, struct timespec *t)
{
	if (r->b & B_SET)
		*t = r->held;
	else
		r->now(t);
}

static uint8_t read_a(const struct rtc *r)
{
	struct timespec t;

	r->now(&t);
	return r->a | (!(r->b & B_SET) && t.tv_nsec >= 1000000000 - UIP_NS ? A_UIP : 0);
}

static uint8_t read_register(const struct rtc *r, unsigned reg)
{
	struct timespec t;
	struct tm tm;

	current(r, &t);
	gmtime_r(&t.tv_sec, &tm);
	switch (reg) {
	case REG_SECONDS:
		return encode(r, tm.tm_sec);
	case REG_MINUTES:
		return encode(r, tm.tm_min);
	case REG_HOURS:
		return hours(r, tm.tm_hour);
	case REG_WEEKDAY:
		return encode(r, tm.tm_wday + 1);
	case REG_DAY:
		return encode(r, tm.tm_mday);
	case REG_MONTH:
		return encode(r, tm.tm_mon + 1);
	case REG_YEAR:
		return encode(r, tm.tm_year % 100);
	case REG_CENTURY:
		return encode(r, (tm.tm_year + 1900) / 100);
	case REG_A:
		return read_a(r);
	case REG_B:
		return r->b;
	case REG_C: /* no interrupt is ever pending */
		return 0;
	case REG_D:
		return D_VALID;
	default:
		return r->ram[reg];
	}
}

static void write_register(struct rtc *r, unsigned reg, uint8_t value)
{
	if (reg == REG_A)
		r->a = value & (uint8_t)~A_UIP;
	else if (reg == REG_B && (value & B_SET) && !(r->b & B_SET))
		r->now(&r->held);
	if (reg == REG_B)
		r->b = value;
	r->ram[reg] = value; /* clock registers read from the clock all the same */
}

static uint64_t rtc_read(void *opaque, struct vcpu *v, uint64_t offset, unsigned size)
{
	struct rtc *r = opaque;
	uint64_t value = 0xff; /* the index port is write-only */

	pthread_mutex_lock(&r->lock);
	if (offset == 1)
		value = read_register(r, r->index);
	pthread_mutex_unlock(&r->lock);
	return value;
}

static void rtc_write(void *opaque, struct vcpu *v, uint64_t offset, unsigned size, uint64_t value)
{
	struct rtc *r = opaque;

	pthread_mutex_lock(&r->lock);
	if (offset == 0)
		r->index = value & 0x7f; /* bit 7 masks NMIs: there are none */
	else
		write_register(r, r->index, (uint8_t)value);
	if (offset == 0 && size == 2) /* index and data in one access */
		write_register(r, r->index, (uint8_t)(value >> 8));
	pthread_mutex_unlock(&r->lock);
}

static const struct bus_ops rtc_ops = { "rtc", rtc_read, rtc_write };

int rtc_create(struct rtc **ret, struct machine *m, void (*now)(struct timespec *))
{
	struct rtc *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	pthread_mutex_init(&r->lock, NULL);
	r->now = now ? now : host_now;
	r->a = A_32KHZ | A_1024HZ;
	r->b = B_24H;
	err = bus_add(&m->pio, RTC_PORT, 2, &rtc_ops, r);
	if (err) {
		rtc_destroy(r);
		return err;
	}
	*ret = r;
	return 0;
}

void rtc_destroy(struct rtc *r)
{
	if (!r)
		return;
	pthread_mutex_destroy(&r->lock);
	free(r);
}
