/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-blk over real files and the real event ring: data, bounds, errors, several in flight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <linux/virtio_blk.h>
#include <stdio.h>
#include <sys/stat.h>

#include "devices/virtio_blk.h"
#include "devices/virtio_mmio.h"
#include "tests/unit/virtio_driver.h"

#define SECTORS 2048u
#define HEADER	BUFFERS
#define STATUS	(BUFFERS + 0x1000)
#define DATA	(BUFFERS + 0x10000)
#define FLUSH	(1ull << VIRTIO_BLK_F_FLUSH)

static struct driver d;
static struct virtio_blk *blk;
static char path[64];
static int fd;

static int setup_mode(bool ro)
{
	struct diag diag = { 0 };

	driver_machine(&d);
	snprintf(path, sizeof(path), "/tmp/test_virtio_blk.XXXXXX");
	fd = mkstemp(path);
	if (fd < 0 || ftruncate(fd, SECTORS * 512))
		return -1;
	for (uint32_t s = 0; s < SECTORS; s++)
		if (pwrite(fd, &s, sizeof(s), s * 512) != sizeof(s))
			return -1;
	return virtio_blk_create(&blk, &d.m, 0, path, ro, &diag);
}

static int setup(void **state)
{
	return setup_mode(false);
}

static int setup_ro(void **state)
{
	return setup_mode(true);
}

static int teardown(void **state)
{
	driver_stop_ring(&d);
	virtio_blk_destroy(blk);
	driver_end(&d);
	close(fd);
	unlink(path);
	return 0;
}

static void header(uint64_t addr, uint32_t type, uint64_t sector)
{
	struct virtio_blk_outhdr h = { .type = type, .sector = sector };

	memcpy(at(&d, addr), &h, sizeof(h));
}

/* One request with its data in one piece; returns the status byte, *len what used says. */
static uint8_t request(uint32_t type, uint64_t sector, uint64_t data, uint32_t size, uint32_t *len)
{
	bool in = type == VIRTIO_BLK_T_IN || type == VIRTIO_BLK_T_GET_ID;
	struct buf b[3] = { { HEADER, 16, false }, { data, size, in }, { STATUS, 1, true } };
	struct vring_used_elem e;
	uint16_t head;

	if (size == 0)
		b[1] = b[2];
	header(HEADER, type, sector);
	*(uint8_t *)at(&d, STATUS) = 0xaa;
	head = add(&d, 0, b, size ? 3 : 2);
	kick(&d, 0);
	e = used_next(&d, 0);
	assert_int_equal(e.id, head);
	if (len)
		*len = e.len;
	return *(uint8_t *)at(&d, STATUS);
}

static uint32_t on_file(uint32_t sector)
{
	uint32_t v = 0;

	assert_int_equal(pread(fd, &v, sizeof(v), sector * 512), sizeof(v));
	return v;
}

static void configuration(void **state)
{
	uint64_t f = offered(&d);

	assert_int_equal(rd(&d, 0x008), VIRTIO_ID_BLOCK);
	assert_int_equal(rd(&d, 0x100), SECTORS);
	assert_int_equal(rd(&d, 0x104), 0);
	assert_int_equal(rd(&d, 0x100 + 12), 126); /* seg_max */
	assert_int_equal(rd(&d, 0x100 + 20), 512); /* blk_size */
	assert_int_equal(f & 0xffffff, 1 << VIRTIO_BLK_F_SEG_MAX | 1 << VIRTIO_BLK_F_BLK_SIZE |
						FLUSH | 1 << VIRTIO_BLK_F_DISCARD |
						1 << VIRTIO_BLK_F_WRITE_ZEROES);
}

static void reads_and_writes(void **state)
{
	uint32_t len, *data = at(&d, DATA);

	start_driver(&d, V1 | FLUSH, 1, 128);
	assert_int_equal(request(VIRTIO_BLK_T_IN, 7, DATA, 1024, &len), VIRTIO_BLK_S_OK);
	assert_int_equal(len, 1025);
	assert_int_equal(data[0], 7);
	assert_int_equal(data[128], 8);
	data[0] = 0xdeadbeef;
	assert_int_equal(request(VIRTIO_BLK_T_OUT, SECTORS - 1, DATA, 512, &len), VIRTIO_BLK_S_OK);
	assert_int_equal(len, 1);
	assert_int_equal(on_file(SECTORS - 1), 0xdeadbeef);
	assert_int_equal(request(VIRTIO_BLK_T_FLUSH, 0, 0, 0, &len), VIRTIO_BLK_S_OK);
	assert_int_equal(len, 1);
}

/* A driver that never took FLUSH: data must be written through. It must work at least. */
static void writes_through_without_flush(void **state)
{
	uint32_t *data = at(&d, DATA);

	start_driver(&d, V1, 1, 128);
	data[0] = 4711;
	assert_int_equal(request(VIRTIO_BLK_T_OUT, 3, DATA, 512, NULL), VIRTIO_BLK_S_OK);
	assert_int_equal(on_file(3), 4711);
}

static void bounds(void **state)
{
	static const struct {
		uint64_t sector;
		uint32_t size;
		uint8_t status;
	} row[] = {
		{ SECTORS - 2, 1024, VIRTIO_BLK_S_OK },
		{ SECTORS - 1, 1024, VIRTIO_BLK_S_IOERR },
		{ SECTORS, 512, VIRTIO_BLK_S_IOERR },
		{ SECTORS, 0, VIRTIO_BLK_S_OK }, /* nothing, at the end */
		{ SECTORS + 1, 0, VIRTIO_BLK_S_IOERR },
		{ ~0ull, 512, VIRTIO_BLK_S_IOERR },
		{ ~0ull >> 9, 512, VIRTIO_BLK_S_IOERR }, /* times 512 wraps to just below 2^64 */
		{ 1ull << 55, 512, VIRTIO_BLK_S_IOERR }, /* times 512 is 0 */
		{ 0, 511, VIRTIO_BLK_S_IOERR },
		{ 0, 513, VIRTIO_BLK_S_IOERR },
	};

	start_driver(&d, V1 | FLUSH, 1, 128);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(request(VIRTIO_BLK_T_IN, row[i].sector, DATA, row[i].size, NULL),
				 row[i].status);
		assert_int_equal(request(VIRTIO_BLK_T_OUT, row[i].sector, DATA, row[i].size, NULL),
				 row[i].status);
	}
	assert_int_equal(rd(&d, 0x70), 0xf);
}

/* Nothing depends on how the driver cuts a request into buffers. */
static void any_framing(void **state)
{
	const struct buf write[] = { { HEADER, 5, false },	 { HEADER + 5, 11, false },
				     { DATA, 1, false },	 { DATA + 1, 300, false },
				     { DATA + 301, 211, false }, { STATUS, 1, true } };
	const struct buf read[] = { { HEADER, 16, false },
				    { DATA, 100, true },
				    { DATA + 100, 413, true } }; /* its last byte is the status */
	uint32_t *data = at(&d, DATA);

	start_driver(&d, V1 | FLUSH, 1, 128);
	data[0] = 1234567;
	header(HEADER, VIRTIO_BLK_T_OUT, 9);
	add(&d, 0, write, 6);
	kick(&d, 0);
	assert_int_equal(used_next(&d, 0).len, 1);
	assert_int_equal(*(uint8_t *)at(&d, STATUS), VIRTIO_BLK_S_OK);
	assert_int_equal(on_file(9), 1234567);
	memset(data, 0xff, 600);
	header(HEADER, VIRTIO_BLK_T_IN, 9);
	add(&d, 0, read, 3);
	kick(&d, 0);
	assert_int_equal(used_next(&d, 0).len, 513);
	assert_int_equal(data[0], 1234567);
	assert_int_equal(*(uint8_t *)at(&d, DATA + 511), 0);
	assert_int_equal(*(uint8_t *)at(&d, DATA + 512), VIRTIO_BLK_S_OK);
}

static void header_and_data_in_one_buffer(void **state)
{
	const struct buf write[] = { { HEADER, 16 + 512, false }, { STATUS, 1, true } };

	start_driver(&d, V1 | FLUSH, 1, 128);
	header(HEADER, VIRTIO_BLK_T_OUT, 20);
	memcpy(at(&d, HEADER + 16), "\x78\x56\x34\x12", 4);
	add(&d, 0, write, 2);
	kick(&d, 0);
	used_next(&d, 0);
	assert_int_equal(on_file(20), 0x12345678);
}

static void identity_and_unknown_types(void **state)
{
	uint32_t len;

	start_driver(&d, V1, 1, 128);
	memset(at(&d, DATA), 0xff, 32);
	assert_int_equal(request(VIRTIO_BLK_T_GET_ID, 0, DATA, 20, &len), VIRTIO_BLK_S_OK);
	assert_int_equal(len, 21);
	assert_string_equal((char *)at(&d, DATA), "shootdown");
	assert_int_equal(request(VIRTIO_BLK_T_GET_ID, 0, DATA, 4, &len), VIRTIO_BLK_S_OK);
	assert_int_equal(len, 5);
	assert_int_equal(request(77, 0, DATA, 512, &len), VIRTIO_BLK_S_UNSUPP);
	assert_int_equal(len, 1);
}

static void all_in_flight_at_once(void **state)
{
	enum { N = 42 };

	start_driver(&d, V1 | FLUSH, 1, 128);
	for (uint32_t i = 0; i < N; i++) {
		struct buf b[3] = { { HEADER + i * 16, 16, false },
				    { DATA + i * 4096, 4096, true },
				    { STATUS + i, 1, true } };

		header(HEADER + i * 16, VIRTIO_BLK_T_IN, i * 8);
		*(uint8_t *)at(&d, STATUS + i) = 0xaa;
		add(&d, 0, b, 3);
	}
	kick(&d, 0);
	for (unsigned i = 0; i < N; i++)
		used_next(&d, 0);
	for (uint32_t i = 0; i < N; i++) {
		assert_int_equal(*(uint8_t *)at(&d, STATUS + i), VIRTIO_BLK_S_OK);
		for (uint32_t s = 0; s < 8; s++)
			assert_int_equal(((uint32_t *)at(&d, DATA + i * 4096))[s * 128], i * 8 + s);
	}
}

/* The same head many times over. */
static void a_head_in_flight_many_times(void **state)
{
	const struct buf b[3] = { { HEADER, 16, false }, { DATA, 512, true }, { STATUS, 1, true } };
	unsigned left = 1000;

	start_driver(&d, V1 | FLUSH, 1, 128);
	header(HEADER, VIRTIO_BLK_T_IN, 5);
	add(&d, 0, b, 3);
	for (unsigned i = 1; i < 128; i++)
		publish(&d, 0, 0);
	kick(&d, 0);
	while (left--) {
		used_next(&d, 0);
		if (left >= 128) {
			publish(&d, 0, 0);
			kick(&d, 0);
		}
	}
	assert_int_equal(*(uint32_t *)at(&d, DATA), 5);
}

/* On the event thread: a full house of requests, and more, before any of them is submitted. */
static void overfill(struct ring_op *op, int res)
{
	struct virtio_device *dev = (struct virtio_device *)(void *)blk; /* its first member */

	virtio_lock(dev);
	dev->queue[0].budget = 128;
	dev->ops->notify(dev, 0);
	assert_int_equal(dev->in_flight, VIRTIO_BLK_REQUESTS);
	for (unsigned i = 0; i < 72; i++)
		publish(&d, 0, 0);
	dev->ops->notify(dev, 0);
	assert_int_equal(dev->in_flight, VIRTIO_BLK_REQUESTS);
	virtio_unlock(dev);
}

static void more_requests_than_slots(void **state)
{
	const struct buf b[3] = { { HEADER, 16, false }, { DATA, 512, true }, { STATUS, 1, true } };
	struct ring_op op = { .done = overfill };

	start_driver(&d, V1 | FLUSH, 1, 128);
	usleep(20000); /* the notification of DRIVER_OK has been served */
	header(HEADER, VIRTIO_BLK_T_IN, 5);
	add(&d, 0, b, 3);
	for (unsigned i = 1; i < 128; i++)
		publish(&d, 0, 0);
	ring_post(d.m.ring, &op);
	for (unsigned i = 0; i < 200; i++)
		used_next(&d, 0);
	assert_int_equal(*(uint32_t *)at(&d, DATA), 5);
}

static uint8_t zero(uint32_t type, uint64_t sector, uint32_t n, uint32_t flags)
{
	struct virtio_blk_discard_write_zeroes s = { .sector = sector, .num_sectors = n,
						     .flags = flags };

	memcpy(at(&d, DATA), &s, sizeof(s));
	return request(type, 0, DATA, sizeof(s), NULL);
}

static void discard_and_write_zeroes(void **state)
{
	const uint32_t ZEROES = VIRTIO_BLK_T_WRITE_ZEROES, DISCARD = VIRTIO_BLK_T_DISCARD;
	struct stat st;

	start_driver(&d, V1 | FLUSH, 1, 128);
	assert_int_equal(zero(ZEROES, 10, 2, 0), VIRTIO_BLK_S_OK);
	assert_int_equal(on_file(9), 9);
	assert_int_equal(on_file(10), 0);
	assert_int_equal(on_file(11), 0);
	assert_int_equal(on_file(12), 12);
	assert_int_equal(zero(ZEROES, 16, 8, VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP), VIRTIO_BLK_S_OK);
	assert_int_equal(on_file(16), 0);
	assert_int_equal(zero(DISCARD, 64, 64, 0), VIRTIO_BLK_S_OK);
	assert_int_equal(on_file(64), 0);
	assert_int_equal(on_file(128), 128);

	assert_int_equal(zero(DISCARD, 64, 8, 1), VIRTIO_BLK_S_UNSUPP);
	assert_int_equal(zero(ZEROES, 64, 8, 2), VIRTIO_BLK_S_UNSUPP);
	assert_int_equal(zero(ZEROES, SECTORS - 1, 2, 0), VIRTIO_BLK_S_IOERR);
	assert_int_equal(zero(ZEROES, ~0ull, 8, 0), VIRTIO_BLK_S_IOERR);
	assert_int_equal(zero(ZEROES, 0, 0, 0), VIRTIO_BLK_S_IOERR);
	assert_int_equal(zero(DISCARD, 0, ~0u, 0), VIRTIO_BLK_S_IOERR);
	assert_int_equal(request(DISCARD, 0, DATA, 8, NULL), VIRTIO_BLK_S_UNSUPP);
	assert_int_equal(request(DISCARD, 0, DATA, 32, NULL), VIRTIO_BLK_S_UNSUPP);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, SECTORS * 512);
}

static void read_only_means_it(void **state)
{
	assert_true(offered(&d) & 1 << VIRTIO_BLK_F_RO);
	assert_false(offered(&d) & 1 << VIRTIO_BLK_F_DISCARD);
	start_driver(&d, V1 | 1 << VIRTIO_BLK_F_RO, 1, 128);
	memset(at(&d, DATA), 0x55, 512);
	assert_int_equal(request(VIRTIO_BLK_T_OUT, 1, DATA, 512, NULL), VIRTIO_BLK_S_IOERR);
	assert_int_equal(zero(VIRTIO_BLK_T_WRITE_ZEROES, 1, 1, 0), VIRTIO_BLK_S_IOERR);
	assert_int_equal(zero(VIRTIO_BLK_T_DISCARD, 1, 1, 0), VIRTIO_BLK_S_IOERR);
	assert_int_equal(on_file(1), 1);
	assert_int_equal(request(VIRTIO_BLK_T_IN, 1, DATA, 512, NULL), VIRTIO_BLK_S_OK);
	assert_int_equal(*(uint32_t *)at(&d, DATA), 1);
}

static void a_file_that_shrank(void **state)
{
	start_driver(&d, V1 | FLUSH, 1, 128);
	assert_int_equal(ftruncate(fd, 512 * 10 + 100), 0);
	assert_int_equal(request(VIRTIO_BLK_T_IN, 20, DATA, 512, NULL), VIRTIO_BLK_S_IOERR);
	assert_int_equal(request(VIRTIO_BLK_T_IN, 9, DATA, 1024, NULL), VIRTIO_BLK_S_IOERR);
	assert_int_equal(request(VIRTIO_BLK_T_IN, 9, DATA, 512, NULL), VIRTIO_BLK_S_OK);
}

static void requests_without_a_frame(void **state)
{
	const struct buf no_status[] = { { HEADER, 16, false } };
	const struct buf no_header[] = { { STATUS, 1, true } };
	const struct buf short_header[] = { { HEADER, 15, false }, { STATUS, 1, true } };
	const struct {
		const struct buf *b;
		unsigned n;
	} bad[] = { { no_status, 1 }, { no_header, 1 }, { short_header, 2 } };

	for (unsigned i = 0; i < 3; i++) {
		start_driver(&d, V1, 1, 128);
		header(HEADER, VIRTIO_BLK_T_IN, 0);
		add(&d, 0, bad[i].b, bad[i].n);
		kick(&d, 0);
		await_reg(&d, 0x70, ~0u, 0xf | VIRTIO_CONFIG_S_NEEDS_RESET);
	}
	start_driver(&d, V1, 1, 128);
	assert_int_equal(request(VIRTIO_BLK_T_IN, 30, DATA, 512, NULL), VIRTIO_BLK_S_OK);
	assert_int_equal(*(uint32_t *)at(&d, DATA), 30);
}

static void reset_under_load(void **state)
{
	for (unsigned round = 0; round < 50; round++) {
		const struct buf b[3] = { { HEADER, 16, false }, { DATA, 65536, true },
					  { STATUS, 1, true } };

		start_driver(&d, V1 | FLUSH, 1, 128); /* checks that its reset completes */
		header(HEADER, VIRTIO_BLK_T_IN, 0);
		for (unsigned i = 0; i < 40; i++)
			add(&d, 0, b, 3);
		kick(&d, 0);
		usleep(round * 20);
	}
	start_driver(&d, V1 | FLUSH, 1, 128);
	assert_int_equal(request(VIRTIO_BLK_T_IN, 1, DATA, 512, NULL), VIRTIO_BLK_S_OK);
}

static void refuses_what_is_no_disk(void **state)
{
	struct diag diag = { 0 };
	struct virtio_blk *b = NULL;

	driver_machine(&d);
	assert_int_equal(virtio_blk_create(&b, &d.m, 0, "/no/such/disk", false, &diag), -ENOENT);
	assert_string_equal(diag.object, "/no/such/disk");
	assert_string_equal(diag.reason, "no such file");
	assert_int_equal(virtio_blk_create(&b, &d.m, 0, "/tmp", false, &diag), -EISDIR);
	assert_string_equal(diag.reason, "is a directory");
	assert_int_equal(virtio_blk_create(&b, &d.m, 0, "/tmp", true, &diag), -EISDIR);
	assert_string_equal(diag.reason, "is a directory");
	assert_int_equal(virtio_blk_create(&b, &d.m, 0, "/dev/null", false, &diag), -ENOTBLK);
	snprintf(path, sizeof(path), "/tmp/test_virtio_blk.XXXXXX");
	fd = mkstemp(path);
	assert_int_equal(virtio_blk_create(&b, &d.m, 0, path, false, &diag), -EINVAL);
	assert_string_equal(diag.reason, "is empty");
	assert_int_equal(ftruncate(fd, 1000), 0);
	assert_int_equal(virtio_blk_create(&b, &d.m, 0, path, false, &diag), -EINVAL);
	assert_string_equal(diag.reason, "its size of 1000 bytes is not a multiple of 512");
	assert_int_equal(ftruncate(fd, 1024), 0);
	if (geteuid() != 0) {
		assert_int_equal(fchmod(fd, 0400), 0);
		assert_int_equal(virtio_blk_create(&b, &d.m, 0, path, false, &diag), -EACCES);
		assert_string_equal(diag.reason, "is not writable");
		assert_int_equal(fchmod(fd, 0), 0);
		assert_int_equal(virtio_blk_create(&b, &d.m, 0, path, true, &diag), -EACCES);
		assert_string_equal(diag.reason, "permission denied");
	}
	assert_null(b);
	driver_stop_ring(&d);
	driver_end(&d);
	close(fd);
	unlink(path);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(configuration),
		TEST(reads_and_writes),
		TEST(writes_through_without_flush),
		TEST(bounds),
		TEST(any_framing),
		TEST(header_and_data_in_one_buffer),
		TEST(identity_and_unknown_types),
		TEST(all_in_flight_at_once),
		TEST(a_head_in_flight_many_times),
		TEST(more_requests_than_slots),
		TEST(discard_and_write_zeroes),
		cmocka_unit_test_setup_teardown(read_only_means_it, setup_ro, teardown),
		TEST(a_file_that_shrank),
		TEST(requests_without_a_frame),
		TEST(reset_under_load),
		cmocka_unit_test(refuses_what_is_no_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
