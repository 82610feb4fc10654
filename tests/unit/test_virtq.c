/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walking split rings: what is taken, what is given back, and every way a ring can be malformed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "devices/virtq.h"
#include "vmm/layout.h"

#define SIZE  8
#define DESC  0x1000ull
#define AVAIL 0x2000ull
#define USED  0x3000ull
#define TABLE 0x4000ull /* an indirect table */
#define DATA  0x100000ull

static struct memory *mem;
static struct vring_desc *desc, *table;
static struct vring_avail *avail;
static struct vring_used *used;
static struct virtq q;
static struct virtq_chain c;

static const struct virtq_place place = { SIZE, { DESC }, { AVAIL }, { USED } };

static void fresh(bool indirect, bool event_idx)
{
	memset(desc, 0, 0x5000);
	assert_int_equal(virtq_init(&q, mem, &place, indirect, event_idx), 0);
}

static void set(struct vring_desc *d, uint64_t addr, uint32_t len, uint16_t flags, uint16_t next)
{
	*d = (struct vring_desc){ addr, len, flags, next };
}

static void offer(uint16_t head)
{
	avail->ring[avail->idx % SIZE] = head;
	avail->idx++;
}

static void init_checks_the_place(void **state)
{
	static const struct {
		struct virtq_place p;
		int err;
	} bad[] = {
		{ { 0, { DESC }, { AVAIL }, { USED } }, -EINVAL },
		{ { 3, { DESC }, { AVAIL }, { USED } }, -EINVAL },
		{ { 512, { DESC }, { AVAIL }, { USED } }, -EINVAL },
		{ { 0x80000000u, { DESC }, { AVAIL }, { USED } }, -EINVAL },
		{ { 8, { DESC + 8 }, { AVAIL }, { USED } }, -EINVAL },
		{ { 8, { DESC }, { AVAIL + 1 }, { USED } }, -EINVAL },
		{ { 8, { DESC }, { AVAIL }, { USED + 2 } }, -EINVAL },
		{ { 8, { 4ull << 20 }, { AVAIL }, { USED } }, -EFAULT },
		{ { 8, { ~0ull << 4 }, { AVAIL }, { USED } }, -EFAULT },
		{ { 8, { (4ull << 20) - 112 }, { AVAIL }, { USED } }, -EFAULT },
		{ { 8, { DESC }, { (4ull << 20) - 20 }, { USED } }, -EFAULT },
		{ { 8, { DESC }, { AVAIL }, { (4ull << 20) - 68 } }, -EFAULT },
	};
	/* Rings that end with RAM: 16 * 8, 6 + 2 * 8, 6 + 8 * 8 bytes (and 2 to align). */
	static const struct virtq_place tight = { 8, { (4ull << 20) - 128 }, { (4ull << 20) - 22 },
						  { (4ull << 20) - 72 } };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(virtq_init(&q, mem, &bad[i].p, false, false), bad[i].err);
	assert_int_equal(virtq_init(&q, mem, &tight, false, false), 0);
}

static void a_chain_is_taken_and_given_back(void **state)
{
	fresh(false, false);
	assert_int_equal(virtq_pop(&q, &c), 0);
	set(&desc[3], DATA, 16, VRING_DESC_F_NEXT, 5);
	set(&desc[5], DATA + 0x1000, 512, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 1);
	set(&desc[1], DATA + 0x2000, 1, VRING_DESC_F_WRITE, 77);
	offer(3);
	assert_int_equal(virtq_pop(&q, &c), 1);
	assert_int_equal(c.head, 3);
	assert_int_equal(c.out, 1);
	assert_int_equal(c.in, 2);
	assert_int_equal(c.out_len, 16);
	assert_int_equal(c.in_len, 513);
	assert_ptr_equal(c.iov[0].iov_base, mem_ptr(mem, gpa(DATA), 16));
	assert_int_equal(c.iov[0].iov_len, 16);
	assert_ptr_equal(c.iov[1].iov_base, mem_ptr(mem, gpa(DATA + 0x1000), 512));
	assert_int_equal(c.iov[1].iov_len, 512);
	assert_ptr_equal(c.iov[2].iov_base, mem_ptr(mem, gpa(DATA + 0x2000), 1));
	assert_int_equal(virtq_pop(&q, &c), 0);
	virtq_push(&q, 3, 513);
	assert_int_equal(used->idx, 1);
	assert_int_equal(used->ring[0].id, 3);
	assert_int_equal(used->ring[0].len, 513);
}

/* Indices are 16 bits and run freely: go round the ring, and round 65536, a few times. */
static void indices_wrap(void **state)
{
	fresh(false, false);
	set(&desc[2], DATA, 4, 0, 0);
	for (unsigned i = 0; i < 140000; i++) {
		offer(2);
		assert_int_equal(virtq_pop(&q, &c), 1);
		virtq_push(&q, c.head, i);
		assert_int_equal(used->idx, (uint16_t)(i + 1));
		assert_int_equal(used->ring[i % SIZE].len, i);
		assert_int_equal(virtq_pop(&q, &c), 0);
	}
}

static void too_many_available(void **state)
{
	fresh(false, false);
	set(&desc[0], DATA, 4, 0, 0);
	avail->idx = SIZE;
	assert_int_equal(virtq_pop(&q, &c), 1);
	fresh(false, false);
	set(&desc[0], DATA, 4, 0, 0);
	avail->idx = SIZE + 1;
	assert_int_equal(virtq_pop(&q, &c), -EPROTO);
	avail->idx = 0xffff;
	assert_int_equal(virtq_pop(&q, &c), -EPROTO);
}

static void malformed_chains(void **state)
{
	enum { N = VRING_DESC_F_NEXT, W = VRING_DESC_F_WRITE, I = VRING_DESC_F_INDIRECT };
	static const struct {
		const char *what;
		uint16_t head;
		struct vring_desc d[2];
	} bad[] = {
		{ "head past the table", SIZE, { { DATA, 4, 0, 0 } } },
		{ "head far past it", 0xffff, { { DATA, 4, 0, 0 } } },
		{ "next past the table", 0, { { DATA, 4, N, SIZE } } },
		{ "loop of one", 0, { { DATA, 4, N, 0 } } },
		{ "loop of two", 0, { { DATA, 4, N, 1 }, { DATA, 4, N, 0 } } },
		{ "empty buffer", 0, { { DATA, 0, 0, 0 } } },
		{ "buffer outside RAM", 0, { { 64ull << 20, 4, 0, 0 } } },
		{ "buffer across the end", 0, { { (4ull << 20) - 2, 4, 0, 0 } } },
		{ "wrapping buffer", 0, { { ~0ull - 1, 16, 0, 0 } } },
		{ "in the hole", 0, { { LAYOUT_HOLE, 4, 0, 0 } } },
		{ "readable after writable", 0, { { DATA, 4, N | W, 1 }, { DATA, 4, 0, 0 } } },
		{ "indirect, not negotiated", 0, { { TABLE, 16, I, 0 } } },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fresh(false, false);
		desc[0] = bad[i].d[0];
		desc[1] = bad[i].d[1];
		set(&table[0], DATA, 4, 0, 0);
		offer(bad[i].head);
		if (virtq_pop(&q, &c) != -EPROTO)
			fail_msg("accepted: %s", bad[i].what);
		assert_int_equal(q.next_avail, 0); /* nothing was taken */
	}
}

static void indirect_tables(void **state)
{
	fresh(true, false);
	set(&desc[0], DATA, 8, VRING_DESC_F_NEXT, 1);
	set(&desc[1], TABLE, 48, VRING_DESC_F_INDIRECT, 0);
	set(&table[0], DATA + 0x100, 16, VRING_DESC_F_NEXT, 2);
	set(&table[2], DATA + 0x200, 32, VRING_DESC_F_WRITE, 0);
	offer(0);
	assert_int_equal(virtq_pop(&q, &c), 1);
	assert_int_equal(c.out, 2);
	assert_int_equal(c.in, 1);
	assert_int_equal(c.out_len, 24);
	assert_int_equal(c.in_len, 32);
	assert_ptr_equal(c.iov[1].iov_base, mem_ptr(mem, gpa(DATA + 0x100), 16));
}

static void malformed_indirect_tables(void **state)
{
	enum { N = VRING_DESC_F_NEXT, I = VRING_DESC_F_INDIRECT };
	static const struct {
		const char *what;
		struct vring_desc d, t;
	} bad[] = {
		{ "empty table", { TABLE, 0, I, 0 }, { DATA, 4, 0, 0 } },
		{ "not whole entries", { TABLE, 24, I, 0 }, { DATA, 4, 0, 0 } },
		{ "table outside RAM", { 64ull << 20, 16, I, 0 }, { DATA, 4, 0, 0 } },
		{ "huge table", { TABLE, 0xfffffff0u, I, 0 }, { DATA, 4, 0, 0 } },
		{ "goes on after the table", { TABLE, 16, I | N, 1 }, { DATA, 4, 0, 0 } },
		{ "next past the table", { TABLE, 16, I, 0 }, { DATA, 4, N, 1 } },
		{ "table in a table", { TABLE, 16, I, 0 }, { TABLE, 16, I, 0 } },
		{ "loop in the table", { TABLE, 16, I, 0 }, { DATA, 4, N, 0 } },
		{ "the queue's own table, for ever", { DESC, 16, I, 0 }, { DATA, 4, 0, 0 } },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fresh(true, false);
		desc[0] = bad[i].d;
		table[0] = bad[i].t;
		offer(0);
		if (virtq_pop(&q, &c) != -EPROTO)
			fail_msg("accepted: %s", bad[i].what);
	}
}

static void longest_chain(void **state)
{
	fresh(true, false);
	set(&desc[0], TABLE, 256 * 16, VRING_DESC_F_INDIRECT, 0);
	for (uint16_t i = 0; i < VIRTQ_MAX_SEGS; i++)
		set(&table[i], DATA, 4, VRING_DESC_F_NEXT, i + 1);
	table[VIRTQ_MAX_SEGS - 1].flags = 0;
	offer(0);
	assert_int_equal(virtq_pop(&q, &c), 1);
	assert_int_equal(c.out, VIRTQ_MAX_SEGS);
	table[VIRTQ_MAX_SEGS - 1].flags = VRING_DESC_F_NEXT;
	set(&table[VIRTQ_MAX_SEGS], DATA, 4, 0, 0);
	offer(0);
	assert_int_equal(virtq_pop(&q, &c), -EPROTO);
}

static void interrupts_as_asked_by_flag(void **state)
{
	fresh(false, false);
	assert_false(virtq_wants_interrupt(&q)); /* nothing was pushed */
	virtq_push(&q, 0, 0);
	assert_true(virtq_wants_interrupt(&q));
	assert_false(virtq_wants_interrupt(&q));
	avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
	virtq_push(&q, 0, 0);
	assert_false(virtq_wants_interrupt(&q));
}

static void interrupts_as_asked_by_index(void **state)
{
	uint16_t *event = &avail->ring[SIZE];

	fresh(false, true);
	avail->flags = VRING_AVAIL_F_NO_INTERRUPT; /* has no meaning now */
	*event = 0;				   /* wants to hear of the first */
	virtq_push(&q, 0, 0);
	assert_true(virtq_wants_interrupt(&q));
	*event = 3; /* of the fourth */
	virtq_push(&q, 0, 0);
	virtq_push(&q, 0, 0);
	assert_false(virtq_wants_interrupt(&q));
	virtq_push(&q, 0, 0);
	assert_true(virtq_wants_interrupt(&q));
	virtq_push(&q, 0, 0);
	assert_false(virtq_wants_interrupt(&q)); /* it was told and did not ask again */

	q.next_used = q.signalled = 0xfffe; /* the same across the wrap of the index */
	*event = 0;
	virtq_push(&q, 0, 0);
	virtq_push(&q, 0, 0);
	assert_int_equal(used->idx, 0);
	assert_false(virtq_wants_interrupt(&q));
	virtq_push(&q, 0, 0);
	assert_true(virtq_wants_interrupt(&q));
}

static void listening_says_what_it_missed(void **state)
{
	uint16_t *avail_event = (uint16_t *)(void *)&used->ring[SIZE];

	fresh(false, true);
	set(&desc[0], DATA, 4, 0, 0);
	*avail_event = 99;
	assert_false(virtq_listen(&q));
	assert_int_equal(*avail_event, 0);
	offer(0);
	assert_true(virtq_listen(&q));
	assert_int_equal(virtq_pop(&q, &c), 1);
	assert_false(virtq_listen(&q));
	assert_int_equal(*avail_event, 1);

	fresh(false, false);
	*avail_event = 99;
	assert_false(virtq_listen(&q));
	assert_int_equal(*avail_event, 99); /* not negotiated: not ours to write */
}

/* Any bytes at all in the rings: pop must end, and what it returns must lie in RAM. */
static void random_rings(void **state)
{
	const char *base = mem_ptr(mem, gpa(0), 4ull << 20);

	srandom(1);
	for (unsigned round = 0; round < 20000; round++) {
		fresh(round & 1, round & 2);
		for (unsigned i = 0; i < SIZE; i++) {
			set(&desc[i], (uint64_t)random() % 0x410000, (uint32_t)random() % 0x3000,
			    (uint16_t)(random() & 7), (uint16_t)(random() % (SIZE + 1)));
			set(&table[i], (uint64_t)random() % 0x410000, (uint32_t)random() % 0x3000,
			    (uint16_t)(random() & 3), (uint16_t)(random() % (SIZE + 1)));
			if (random() % 4 == 0)
				set(&desc[i], TABLE, 16 * SIZE, VRING_DESC_F_INDIRECT, 0);
			avail->ring[i] = (uint16_t)(random() % (SIZE + 1));
		}
		avail->idx = (uint16_t)(random() % (SIZE + 2));
		for (unsigned n = 0; n <= SIZE && virtq_pop(&q, &c) > 0; n++) {
			assert_in_range(c.out + c.in, 1, VIRTQ_MAX_SEGS);
			for (unsigned i = 0; i < c.out + c.in; i++) {
				const char *p = c.iov[i].iov_base;

				assert_true(p >= base && p < base + (4ull << 20));
				assert_true(c.iov[i].iov_len <= (size_t)(base + (4ull << 20) - p));
			}
			virtq_push(&q, c.head, 1);
		}
	}
}

static int setup(void **state)
{
	if (mem_create(&mem, 4ull << 20, false))
		return -1;
	desc = mem_ptr(mem, gpa(DESC), 0x1000);
	avail = mem_ptr(mem, gpa(AVAIL), 0x1000);
	used = mem_ptr(mem, gpa(USED), 0x1000);
	table = mem_ptr(mem, gpa(TABLE), 0x2000);
	return 0;
}

static int teardown(void **state)
{
	mem_destroy(mem);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_checks_the_place),
		cmocka_unit_test(a_chain_is_taken_and_given_back),
		cmocka_unit_test(indices_wrap),
		cmocka_unit_test(too_many_available),
		cmocka_unit_test(malformed_chains),
		cmocka_unit_test(indirect_tables),
		cmocka_unit_test(malformed_indirect_tables),
		cmocka_unit_test(longest_chain),
		cmocka_unit_test(interrupts_as_asked_by_flag),
		cmocka_unit_test(interrupts_as_asked_by_index),
		cmocka_unit_test(listening_says_what_it_missed),
		cmocka_unit_test(random_rings),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
