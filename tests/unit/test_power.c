/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power, reset, PM timer, debug exit and the real-time clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "devices/power.h"
#include "devices/rtc.h"
#include "tests/unit/virtio_driver.h"

static struct driver d;
static struct power *power;
static struct rtc *rtc;
static struct timespec fake;

static void fake_now(struct timespec *t)
{
	*t = fake;
}

static int setup(void **state)
{
	driver_machine(&d);
	fake = (struct timespec){ 1709251199, 0 }; /* 2024-02-29 23:59:59 UTC, a Thursday */
	return power_create(&power, &d.m) || rtc_create(&rtc, &d.m, fake_now);
}

static int teardown(void **state)
{
	driver_stop_ring(&d);
	power_destroy(power);
	rtc_destroy(rtc);
	driver_end(&d);
	return 0;
}

static uint32_t in(uint16_t port, unsigned size)
{
	return (uint32_t)bus_read(&d.m.pio, NULL, port, size);
}

static void out(uint16_t port, unsigned size, uint32_t value)
{
	bus_write(&d.m.pio, NULL, port, size, value);
}

static void s5_powers_off(void **state)
{
	assert_int_equal(in(LAYOUT_PORT_PM + 4, 2), 1); /* SCI_EN */
	out(LAYOUT_PORT_PM + 4, 2, 5 << 10 | 1); /* Linux writes the type first, */
	assert_int_equal(stop_why, STOP_NONE);
	assert_int_equal(in(LAYOUT_PORT_PM + 4, 2), 5 << 10 | 1);
	out(LAYOUT_PORT_PM + 4, 2, 4 << 10 | 1 << 13); /* another type is no S5 */
	assert_int_equal(stop_why, STOP_NONE);
	out(LAYOUT_PORT_PM + 4, 2, 5 << 10 | 1 << 13 | 1); /* then the type with SLP_EN */
	assert_int_equal(stop_why, STOP_POWEROFF);
}

static void s5_by_bytes(void **state)
{
	out(LAYOUT_PORT_PM + 5, 1, 5 << 2 | 1 << 5);
	assert_int_equal(stop_why, STOP_POWEROFF);
}

static void pm1_event_block(void **state)
{
	assert_int_equal(in(LAYOUT_PORT_PM, 4), 0);
	out(LAYOUT_PORT_PM, 2, 0xffff); /* status: write one to clear */
	assert_int_equal(in(LAYOUT_PORT_PM, 2), 0);
	out(LAYOUT_PORT_PM + 2, 2, 0x0121);
	assert_int_equal(in(LAYOUT_PORT_PM + 2, 2), 0x0121);
	assert_int_equal(in(LAYOUT_PORT_PM, 4), 0x01210000);
	assert_int_equal(in(LAYOUT_PORT_PM + 3, 1), 0x01);
	out(LAYOUT_PORT_PM + 3, 1, 0);
	assert_int_equal(in(LAYOUT_PORT_PM + 2, 2), 0x0021);
	out(LAYOUT_PORT_PM, 4, 0x01000000 | 5 << 10 | 1 << 13); /* not the control block */
	assert_int_equal(in(LAYOUT_PORT_PM + 2, 2), 0x0100);
	assert_int_equal(stop_why, STOP_NONE);
}

static void resets(void **state)
{
	assert_int_equal(in(LAYOUT_PORT_RESET, 1), 0);
	assert_int_equal(in(LAYOUT_PORT_I8042, 1), 0);
	out(LAYOUT_PORT_RESET, 1, 2);
	out(LAYOUT_PORT_I8042, 1, 0x20);
	assert_int_equal(stop_why, STOP_NONE);
	out(LAYOUT_PORT_RESET, 1, 6);
	assert_int_equal(stop_why, STOP_RESET);
	stop_why = STOP_NONE;
	out(LAYOUT_PORT_I8042, 1, 0xfe);
	assert_int_equal(stop_why, STOP_RESET);
	stop_why = STOP_NONE;
	out(0xcf8, 4, 0x80000600); /* a PCI address that covers 0xcf9 */
	assert_int_equal(stop_why, STOP_NONE);
}

static void debug_exit(void **state)
{
	out(LAYOUT_PORT_DEBUG_EXIT, 1, 0x31);
	assert_int_equal(stop_why, STOP_DEBUG_EXIT);
	assert_int_equal(stop_value, 0x31);
	out(LAYOUT_PORT_DEBUG_EXIT, 4, 0x12345);
	assert_int_equal(stop_value, 0x12345);
}

static void pm_timer_keeps_time(void **state)
{
	struct timespec t0, t1;
	uint32_t a, ticks;
	double ns;

	clock_gettime(CLOCK_MONOTONIC, &t0);
	a = in(LAYOUT_PORT_PM_TIMER, 4);
	usleep(50000);
	ticks = in(LAYOUT_PORT_PM_TIMER, 4) - a;
	clock_gettime(CLOCK_MONOTONIC, &t1);
	ns = (double)(t1.tv_sec - t0.tv_sec) * 1e9 + (double)(t1.tv_nsec - t0.tv_nsec);
	assert_true(ticks >= 178000); /* 50 ms less a few ticks */
	assert_true(ticks <= ns * 3.579545e-3 + 1);
	out(LAYOUT_PORT_PM_TIMER, 4, 0); /* read-only */
	assert_true(in(LAYOUT_PORT_PM_TIMER, 4) - a >= ticks);
}

/* --- clock -------------------------------------------------------------------------- */

static uint8_t cmos(uint8_t reg)
{
	out(0x70, 1, reg);
	return (uint8_t)in(0x71, 1);
}

static void cmos_set(uint8_t reg, uint8_t value)
{
	out(0x70, 1, reg);
	out(0x71, 1, value);
}

static void clock_in_bcd(void **state)
{
	static const uint8_t want[][2] = { { 0, 0x59 }, { 2, 0x59 },	{ 4, 0x23 },   { 6, 0x05 },
					   { 7, 0x29 }, { 8, 0x02 },
					   { 9, 0x24 }, { 0x32, 0x20 }, { 10, 0x26 },
					   { 11, 0x02 }, { 12, 0x00 }, { 13, 0x80 } };

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(cmos(want[i][0]), want[i][1]);
	assert_int_equal(cmos(0x80 | 7), 0x29); /* NMI mask bit in the index */
	fake.tv_sec++;
	assert_int_equal(cmos(7), 0x01);
	assert_int_equal(cmos(8), 0x03);
	assert_int_equal(cmos(4), 0x00);
}

static void clock_modes(void **state)
{
	cmos_set(11, 0x06); /* binary, 24 hours */
	assert_int_equal(cmos(4), 23);
	assert_int_equal(cmos(0), 59);
	assert_int_equal(cmos(9), 24);
	cmos_set(11, 0x04); /* binary, 12 hours */
	assert_int_equal(cmos(4), 11 | 0x80);
	cmos_set(11, 0x00); /* BCD, 12 hours */
	assert_int_equal(cmos(4), 0x11 | 0x80);
	fake.tv_sec++; /* midnight is 12 AM */
	assert_int_equal(cmos(4), 0x12);
	fake.tv_sec += 12 * 3600;
	assert_int_equal(cmos(4), 0x12 | 0x80);
}

static void update_in_progress(void **state)
{
	fake.tv_nsec = 0;
	assert_int_equal(cmos(10) & 0x80, 0);
	fake.tv_nsec = 1000000000 - 2228000 - 1;
	assert_int_equal(cmos(10) & 0x80, 0);
	fake.tv_nsec = 1000000000 - 2228000;
	assert_int_equal(cmos(10) & 0x80, 0x80);
	fake.tv_nsec = 999999999;
	assert_int_equal(cmos(10) & 0x80, 0x80);
	cmos_set(11, 0x82); /* SET: no updates */
	assert_int_equal(cmos(10) & 0x80, 0);
	fake.tv_sec += 30;
	assert_int_equal(cmos(0), 0x59);
	cmos_set(11, 0x02);
	assert_int_equal(cmos(0), 0x29);
}

static void clock_cannot_be_set_ram_can(void **state)
{
	cmos_set(0, 0x11);
	cmos_set(9, 0x99);
	assert_int_equal(cmos(0), 0x59);
	assert_int_equal(cmos(9), 0x24);
	cmos_set(13, 0);
	assert_int_equal(cmos(13), 0x80);
	cmos_set(1, 0x33); /* alarm */
	cmos_set(0x0f, 0x0a);
	cmos_set(0x7f, 0x55);
	assert_int_equal(cmos(1), 0x33);
	assert_int_equal(cmos(0x0f), 0x0a);
	assert_int_equal(cmos(0x7f), 0x55);
	assert_int_equal(in(0x70, 1), 0xff);
}

static void host_clock_is_utc(void **state)
{
	struct rtc *real = NULL;
	struct timespec before, after;
	struct tm tm = { 0 };

	rtc_destroy(rtc);
	rtc = NULL;
	d.m.pio.n = 0;
	assert_int_equal(rtc_create(&real, &d.m, NULL), 0);
	cmos_set(11, 0x06);
	do { /* all from one second */
		clock_gettime(CLOCK_REALTIME, &before);
		tm.tm_sec = cmos(0);
		tm.tm_min = cmos(2);
		tm.tm_hour = cmos(4);
		tm.tm_mday = cmos(7);
		tm.tm_mon = cmos(8) - 1;
		tm.tm_year = cmos(9) + cmos(0x32) * 100 - 1900;
		clock_gettime(CLOCK_REALTIME, &after);
	} while (before.tv_sec != after.tv_sec);
	assert_int_equal(timegm(&tm), before.tv_sec);
	rtc_destroy(real);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(s5_powers_off),
		TEST(s5_by_bytes),
		TEST(pm1_event_block),
		TEST(resets),
		TEST(debug_exit),
		TEST(pm_timer_keeps_time),
		TEST(clock_in_bcd),
		TEST(clock_modes),
		TEST(update_in_progress),
		TEST(clock_cannot_be_set_ram_can),
		TEST(host_clock_is_utc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
