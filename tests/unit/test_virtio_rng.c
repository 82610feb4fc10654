/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-rng: bytes that differ, bounded, into any framing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/virtio_ids.h>

#include "devices/virtio_rng.h"
#include "tests/unit/virtio_driver.h"

static struct driver d;
static struct virtio_rng *rng;

static int setup(void **state)
{
	driver_machine(&d);
	return virtio_rng_create(&rng, &d.m, 0);
}

static int teardown(void **state)
{
	driver_stop_ring(&d);
	virtio_rng_destroy(rng);
	driver_end(&d);
	return 0;
}

static uint32_t ask(const struct buf *b, unsigned n)
{
	add(&d, 0, b, n);
	kick(&d, 0);
	return used_next(&d, 0).len;
}

static unsigned zeroes(uint64_t addr, unsigned n)
{
	const uint8_t *p = at(&d, addr);
	unsigned z = 0;

	for (unsigned i = 0; i < n; i++)
		z += p[i] == 0;
	return z;
}

static void fills_buffers(void **state)
{
	const struct buf small = { BUFFERS, 64, true }, big = { BUFFERS + 0x1000, 8192, true };
	const struct buf two[] = { { BUFFERS + 0x4000, 3, true }, { BUFFERS + 0x5000, 100, true } };

	assert_int_equal(rd(&d, 0x008), VIRTIO_ID_RNG);
	start_driver(&d, V1, 1, 8);
	assert_int_equal(ask(&small, 1), 64);
	assert_in_range(zeroes(BUFFERS, 64), 0, 16); /* more by chance: < 2^-64 */
	assert_int_equal(zeroes(BUFFERS + 64, 64), 64);
	assert_int_equal(ask(&big, 1), 1024);
	assert_in_range(zeroes(BUFFERS + 0x1000, 1024), 0, 64);
	assert_int_equal(zeroes(BUFFERS + 0x1000 + 1024, 7168), 7168);
	assert_int_equal(ask(two, 2), 103);
	assert_in_range(zeroes(BUFFERS + 0x5000, 100), 0, 16);
	assert_int_equal(zeroes(BUFFERS + 0x5000 + 100, 16), 16);
}

static void writes_only_where_it_may(void **state)
{
	const struct buf readable = { BUFFERS, 64, false };

	start_driver(&d, V1, 1, 8);
	assert_int_equal(ask(&readable, 1), 0);
	assert_int_equal(zeroes(BUFFERS, 64), 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fills_buffers, setup, teardown),
		cmocka_unit_test_setup_teardown(writes_only_where_it_may, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
