/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtio transport with a device of the test's own behind it: registers, the
 * status state machine, notification paths, interrupt, reset with requests in
 * flight, and malformed queues.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/virtio_mmio.h"
#include "tests/unit/virtio_driver.h"

#define FEATURE (1ull << 5)

/* Takes every request; pushes it at once, or holds it like one under I/O. */
struct toy {
	struct virtio_device dev;
	struct virtq_chain chain;
	bool hold;
	uint16_t held[64];
	unsigned holding;
	_Atomic unsigned notified;
	unsigned resets;
	struct ring_op release;
	uint8_t config[12];
};

static struct toy toy;
static struct driver d;

static void toy_notify(struct virtio_device *dev, unsigned queue)
{
	assert_true(ring_here(dev->m->ring));
	toy.notified++;
	while (virtio_pop(dev, queue, &toy.chain)) {
		if (toy.hold && toy.holding < 64)
			toy.held[toy.holding++] = toy.chain.head;
		else
			virtio_push(dev, queue, toy.chain.head, 4);
	}
}

static void toy_reset(struct virtio_device *dev)
{
	toy.resets++;
}

static void on_release(struct ring_op *op, int res)
{
	virtio_lock(&toy.dev);
	while (toy.holding)
		virtio_push(&toy.dev, 0, toy.held[--toy.holding], 8);
	virtio_unlock(&toy.dev);
}

static const struct virtio_ops toy_ops = { "toy", 42, 2, 64, toy_notify, toy_reset };

static int setup(void **state)
{
	driver_machine(&d);
	memset(&toy, 0, sizeof(toy));
	for (unsigned i = 0; i < sizeof(toy.config); i++)
		toy.config[i] = (uint8_t)(0x10 + i);
	toy.release.done = on_release;
	assert_int_equal(virtio_create(&toy.dev, &d.m, 0, &toy_ops, FEATURE, toy.config,
				       sizeof(toy.config)), 0);
	return 0;
}

static int setup_ioeventfd(void **state)
{
	use_ioeventfd = true;
	return setup(state);
}

static int teardown(void **state)
{
	driver_stop_ring(&d);
	virtio_destroy(&toy.dev);
	driver_end(&d);
	use_ioeventfd = false;
	return 0;
}

static const struct buf one = { BUFFERS, 64, true };

static void registers_read_as_specified(void **state)
{
	assert_int_equal(rd(&d, 0x000), 0x74726976);
	assert_int_equal(rd(&d, 0x004), 2);
	assert_int_equal(rd(&d, 0x008), 42);
	assert_int_equal(offered(&d), 1ull << 32 | 1 << 29 | 1 << 28 | FEATURE);
	wr(&d, 0x014, 2); /* no third bank of features */
	assert_int_equal(rd(&d, 0x010), 0);
	assert_int_equal(rd(&d, 0x034), 64);
	wr(&d, 0x030, 2); /* no third queue */
	assert_int_equal(rd(&d, 0x034), 0);
	wr(&d, 0x030, ~0u);
	assert_int_equal(rd(&d, 0x034), 0);
	assert_int_equal(rd(&d, 0x044), 0);
	assert_int_equal(rd(&d, 0x0b0), ~0u); /* shared memory: none */
	assert_int_equal(rd(&d, 0x0bc), ~0u);
	assert_int_equal(rd(&d, 0x0fc), 0);
}

static void access_sizes(void **state)
{
	assert_int_equal(bus_read(&d.m.mmio, NULL, d.base, 1), 0);
	assert_int_equal(bus_read(&d.m.mmio, NULL, d.base + 2, 4), 0);
	assert_int_equal(bus_read(&d.m.mmio, NULL, d.base, 8), 0);
	bus_write(&d.m.mmio, NULL, d.base + 0x70, 1, 1);
	assert_int_equal(rd(&d, 0x70), 0);
	assert_int_equal(bus_read(&d.m.mmio, NULL, d.base + 0x101, 1), 0x11);
	assert_int_equal(bus_read(&d.m.mmio, NULL, d.base + 0x102, 2), 0x1312);
	assert_int_equal(bus_read(&d.m.mmio, NULL, d.base + 0x100, 8), 0x1716151413121110ull);
	assert_int_equal(bus_read(&d.m.mmio, NULL, d.base + 0x10b, 1), 0x1b);
	assert_int_equal(bus_read(&d.m.mmio, NULL, d.base + 0x10b, 2), 0); /* half outside */
	assert_int_equal(bus_read(&d.m.mmio, NULL, d.base + 0xffc, 4), 0);
	wr(&d, 0x100, 0x55);
	assert_int_equal(toy.config[0], 0x10);
}

static void features_must_be_agreed(void **state)
{
	negotiate(&d, 0); /* a driver without VERSION_1 */
	assert_int_equal(rd(&d, 0x70), 3);
	negotiate(&d, V1 | 1 << 7); /* not offered */
	assert_int_equal(rd(&d, 0x70), 3);
	wr(&d, 0x70, 0xf); /* DRIVER_OK without FEATURES_OK */
	assert_int_equal(rd(&d, 0x70), 3);
	negotiate(&d, V1 | FEATURE);
	assert_int_equal(rd(&d, 0x70), 0xb);
	accept_features(&d, V1); /* too late */
	virtio_lock(&toy.dev);
	assert_true(virtio_has(&toy.dev, 5));
	virtio_unlock(&toy.dev);
	wr(&d, 0x70, 1); /* bits are not taken back */
	assert_int_equal(rd(&d, 0x70), 0xb);
	wr(&d, 0x70, 0xb | 0x80);
	assert_int_equal(rd(&d, 0x70), 0x8b);
	wr(&d, 0x70, 0);
	assert_int_equal(rd(&d, 0x70), 0);
	assert_false(virtio_has(&toy.dev, 5));
}

static void queues_are_set_up_in_their_time(void **state)
{
	wr(&d, 0x70, 3);
	setup_queue(&d, 0, 8); /* before FEATURES_OK */
	assert_int_equal(rd(&d, 0x44), 0);
	negotiate(&d, V1);
	setup_queue(&d, 0, 8);
	assert_int_equal(rd(&d, 0x44), 1);
	wr(&d, 0x44, 0);
	assert_int_equal(rd(&d, 0x44), 0);
	setup_queue(&d, 0, 16);
	assert_int_equal(rd(&d, 0x44), 1);
	wr(&d, 0x38, 32); /* ready: does not move any more */
	assert_int_equal(toy.dev.queue[0].place.size, 16);
	assert_int_equal(rd(&d, 0x70), 0xb);
}

static void a_bad_place_needs_a_reset(void **state)
{
	negotiate(&d, V1);
	setup_queue(&d, 0, 63);
	assert_int_equal(rd(&d, 0x44), 0);
	assert_int_equal(rd(&d, 0x70), 0xb | VIRTIO_CONFIG_S_NEEDS_RESET);
	assert_int_equal(irq_level[d.gsi], 0); /* no interrupt before DRIVER_OK */
	negotiate(&d, V1);
	setup_queue(&d, 0, 128); /* more than QueueNumMax */
	assert_int_equal(rd(&d, 0x70), 0xb | VIRTIO_CONFIG_S_NEEDS_RESET);
	negotiate(&d, V1);
	wr(&d, 0x30, 0);
	wr(&d, 0x38, 8);
	wr(&d, 0x80, 0x1000);
	wr(&d, 0x84, 0xffffffff); /* descriptors far outside RAM */
	wr(&d, 0x44, 1);
	assert_int_equal(rd(&d, 0x70), 0xb | VIRTIO_CONFIG_S_NEEDS_RESET);
	start_driver(&d, V1, 2, 64);
}

static void a_request_goes_round(void **state)
{
	struct vring_used_elem e;
	uint16_t head;

	start_driver(&d, V1, 2, 64);
	head = add(&d, 1, &one, 1);
	assert_int_equal(irq_level[d.gsi], 0);
	kick(&d, 1);
	e = used_next(&d, 1);
	assert_int_equal(e.id, head);
	assert_int_equal(e.len, 4);
	await_reg(&d, 0x60, ~0u, 1);
	assert_int_equal(irq_level[d.gsi], 1);
	wr(&d, 0x64, 2); /* not ours */
	assert_int_equal(irq_level[d.gsi], 1);
	wr(&d, 0x64, 1);
	assert_int_equal(rd(&d, 0x60), 0);
	assert_int_equal(irq_level[d.gsi], 0);
}

static void many_requests_by_event_index(void **state)
{
	start_driver(&d, V1 | 1 << VIRTIO_RING_F_EVENT_IDX, 1, 64);
	for (unsigned i = 0; i < 20000; i++) {
		uint16_t *avail_event = (uint16_t *)(void *)&used_of(&d, 0)->ring[64];
		uint16_t old = d.q[0].avail_idx;

		add(&d, 0, &one, 1);
		atomic_thread_fence(memory_order_seq_cst);
		/* Kick only when asked to (2.7.10): a lost request would show as a time-out. */
		if (__atomic_load_n(avail_event, __ATOMIC_RELAXED) == old)
			kick(&d, 0);
		if (i % 32 == 31)
			while (d.q[0].used_idx != d.q[0].avail_idx)
				used_next(&d, 0);
	}
	assert_int_equal(d.q[0].used_idx, d.q[0].avail_idx);
}

static void requests_before_driver_ok_wait(void **state)
{
	negotiate(&d, V1);
	setup_queue(&d, 0, 64);
	add(&d, 0, &one, 1);
	kick(&d, 0);
	usleep(20000);
	assert_false(used_any(&d, 0));
	assert_int_equal(toy.notified, 0);
	wr(&d, 0x70, 0xf); /* now, without another kick */
	used_next(&d, 0);
}

static void await_in_flight(unsigned n)
{
	unsigned now = ~0u;

	for (int i = 0; i < WAIT_S * 10000 && now != n; i++) {
		virtio_lock(&toy.dev);
		now = toy.dev.in_flight;
		virtio_unlock(&toy.dev);
		usleep(100);
	}
	assert_int_equal(now, n);
}

static void reset_waits_for_what_is_in_flight(void **state)
{
	toy.hold = true;
	start_driver(&d, V1, 1, 64);
	add(&d, 0, &one, 1);
	add(&d, 0, &one, 1);
	kick(&d, 0);
	await_in_flight(2);
	wr(&d, 0x70, 0);
	assert_int_equal(toy.resets, 2); /* one from negotiate() */
	wr(&d, 0x70, 1); /* no set-up yet */
	setup_queue(&d, 0, 8);
	ring_post(d.m.ring, &toy.release);
	assert_int_equal(rd(&d, 0x70), 0); /* the read waits for it */
	assert_false(used_any(&d, 0));
	await_in_flight(0);
	toy.hold = false;
	start_driver(&d, V1, 1, 64);
	add(&d, 0, &one, 1);
	kick(&d, 0);
	used_next(&d, 0);
}

static void reset_that_takes_long_shows(void **state)
{
	toy.hold = true;
	start_driver(&d, V1, 1, 64);
	add(&d, 0, &one, 1);
	kick(&d, 0);
	await_in_flight(1);
	wr(&d, 0x70, 0);
	assert_int_equal(rd(&d, 0x70), 0xf); /* after its second of patience */
	ring_post(d.m.ring, &toy.release);
	await_reg(&d, 0x70, ~0u, 0);
}

static void reset_lowers_the_line(void **state)
{
	start_driver(&d, V1, 1, 64);
	add(&d, 0, &one, 1);
	kick(&d, 0);
	used_next(&d, 0);
	await_reg(&d, 0x60, ~0u, 1);
	wr(&d, 0x70, 0);
	assert_int_equal(irq_level[d.gsi], 0);
	assert_int_equal(rd(&d, 0x60), 0);
	assert_int_equal(rd(&d, 0x70), 0);
}

static void a_stopped_queue_stays_stopped(void **state)
{
	start_driver(&d, V1, 2, 64);
	wr(&d, 0x30, 0);
	wr(&d, 0x44, 0);
	assert_int_equal(rd(&d, 0x44), 0);
	wr(&d, 0x44, 1);
	assert_int_equal(rd(&d, 0x44), 0);
	add(&d, 0, &one, 1);
	kick(&d, 0);
	add(&d, 1, &one, 1);
	kick(&d, 1);
	used_next(&d, 1); /* the other one works */
	assert_false(used_any(&d, 0));
}

static void a_malformed_ring_stops_the_device(void **state)
{
	start_driver(&d, V1, 2, 64);
	add(&d, 0, &one, 1);
	desc_of(&d, 0)[0].addr = 1ull << 40;
	kick(&d, 0);
	await_reg(&d, 0x70, ~0u, 0xf | VIRTIO_CONFIG_S_NEEDS_RESET);
	assert_int_equal(rd(&d, 0x60), VIRTIO_MMIO_INT_CONFIG);
	assert_int_equal(irq_level[d.gsi], 1);
	add(&d, 1, &one, 1);
	kick(&d, 1);
	usleep(20000);
	assert_false(used_any(&d, 1));
	start_driver(&d, V1, 2, 64); /* a reset brings it back */
	add(&d, 1, &one, 1);
	kick(&d, 1);
	used_next(&d, 1);
}

/* A driver that makes requests without end does not keep the event thread from others. */
static void endless_requests_give_way(void **state)
{
	start_driver(&d, V1, 1, 2);
	toy.notified = 0;
	avail_of(&d, 0)->ring[0] = avail_of(&d, 0)->ring[1] = 0;
	desc_of(&d, 0)[0] = (struct vring_desc){ BUFFERS, 64, VRING_DESC_F_WRITE, 0 };
	for (unsigned i = 1; i <= 1000; i++) { /* keep the ring full behind the device's back */
		uint16_t used = __atomic_load_n(&used_of(&d, 0)->idx, __ATOMIC_ACQUIRE);

		__atomic_store_n(&avail_of(&d, 0)->idx, (uint16_t)(used + 2), __ATOMIC_RELEASE);
		kick(&d, 0);
	}
	while (__atomic_load_n(&used_of(&d, 0)->idx, __ATOMIC_ACQUIRE) != avail_of(&d, 0)->idx)
		usleep(100);
	assert_true(toy.notified >= 2);
}

static void configuration_changes_are_announced(void **state)
{
	start_driver(&d, V1, 1, 8);
	virtio_lock(&toy.dev);
	toy.config[0] = 0x99;
	virtio_config_changed(&toy.dev);
	virtio_unlock(&toy.dev);
	assert_int_equal(rd(&d, 0xfc), 1);
	assert_int_equal(rd(&d, 0x60), VIRTIO_MMIO_INT_CONFIG);
	assert_int_equal(bus_read(&d.m.mmio, NULL, d.base + 0x100, 1), 0x99);
}

static void slots_are_limited(void **state)
{
	struct toy other = { 0 };

	assert_int_equal(virtio_create(&other.dev, &d.m, 0, &toy_ops, 0, NULL, 0), -EEXIST);
	virtio_destroy(&other.dev);
	assert_int_equal(virtio_create(&other.dev, &d.m, LAYOUT_VIRTIO_MAX, &toy_ops, 0, NULL, 0),
			 -ENOSPC);
	virtio_destroy(&other.dev);
}

/* Any write at all to any register leaves a device that a reset brings back. */
static void random_writes(void **state)
{
	srandom(7);
	for (unsigned i = 0; i < 30000; i++) {
		uint32_t value = (uint32_t)random();

		if (random() % 2)
			value %= 64;
		wr(&d, (uint64_t)random() % 64 * 4, value);
		if (random() % 64 == 0)
			start_driver(&d, V1, 2, 8);
	}
	start_driver(&d, V1, 2, 64);
	add(&d, 0, &one, 1);
	kick(&d, 0);
	used_next(&d, 0);
}

#define TEST(f)	    cmocka_unit_test_setup_teardown(f, setup, teardown)
#define TEST_EVENT(f) { #f " (ioeventfd)", f, setup_ioeventfd, teardown, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(registers_read_as_specified),
		TEST(access_sizes),
		TEST(features_must_be_agreed),
		TEST(queues_are_set_up_in_their_time),
		TEST(a_bad_place_needs_a_reset),
		TEST(a_request_goes_round),
		TEST_EVENT(a_request_goes_round),
		TEST(many_requests_by_event_index),
		TEST_EVENT(many_requests_by_event_index),
		TEST(requests_before_driver_ok_wait),
		TEST(reset_waits_for_what_is_in_flight),
		TEST(reset_that_takes_long_shows),
		TEST(reset_lowers_the_line),
		TEST(a_stopped_queue_stays_stopped),
		TEST(a_malformed_ring_stops_the_device),
		TEST(endless_requests_give_way),
		TEST(configuration_changes_are_announced),
		TEST(slots_are_limited),
		TEST(random_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
