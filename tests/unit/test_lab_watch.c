// SPDX-License-Identifier: GPL-2.0-or-later
/* The lab's watch: what it calls late, what it calls hung, and what it lets pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "guest/lab/watch.h"

#define T0 1000000ll

static void say(struct watch *w, unsigned char byte, long long now)
{
	watch_bytes(w, &byte, 1, now);
}

/* Checks once a second, as the lab does; returns the last answer. */
static const char *idle(struct watch *w, long long from, long long to)
{
	const char *wrong = NULL;

	for (long long t = from; t <= to && !wrong; t += 1000)
		wrong = watch_check(w, t);
	return wrong;
}

static void boot_is_late_after_its_limit(void **state)
{
	struct watch w;

	watch_init(&w, 2, T0);
	assert_null(idle(&w, T0, T0 + WATCH_BOOT_MS - 1));
	assert_string_equal(idle(&w, T0 + WATCH_BOOT_MS - 1000, T0 + WATCH_BOOT_MS),
			    "waited 60 s for L1's kernel to boot");
}

static void each_step_has_its_own_time(void **state)
{
	struct watch w;
	long long t = T0;

	watch_init(&w, 2, t);
	assert_null(idle(&w, t, t + 50000));
	say(&w, STAGE_SETUP, t += 50000);
	assert_null(idle(&w, t, t + WATCH_STEP_MS - 1));
	assert_string_equal(idle(&w, t + 29000, t + WATCH_STEP_MS),
			    "waited 30 s for L1 to set up KVM");
	say(&w, STAGE_READY, t += 30000);
	assert_string_equal(idle(&w, t, t + WATCH_STEP_MS),
			    "waited 30 s for L1's agent to say hello");
}

static void keep_beating(struct watch *w, unsigned cpus, long long from, long long to)
{
	for (long long t = from; t <= to; t += 1000) {
		for (unsigned cpu = 0; cpu < cpus; cpu++)
			say(w, (unsigned char)(BEAT_FLAG | cpu), t);
		assert_null(watch_check(w, t));
	}
}

static void started(struct watch *w, unsigned cpus)
{
	watch_init(w, cpus, T0);
	watch_ready(w, T0);
	watch_told(w, T0);
	assert_false(watch_started(w));
	assert_string_equal(watch_awaits(w), "L1's agent to begin");
	say(w, STAGE_ENTER, T0);
	say(w, STAGE_MOUNT, T0);
	assert_string_equal(watch_awaits(w), "L1 to mount this machine's files");
	say(w, STAGE_EXEC, T0);
	assert_true(watch_started(w));
	assert_string_equal(watch_awaits(w), "the program to end");
}

static void a_started_program_may_take_for_ever(void **state)
{
	struct watch w;

	started(&w, 2);
	keep_beating(&w, 2, T0, T0 + 24 * 3600 * 1000ll);
}

static void a_mount_that_hangs_is_named(void **state)
{
	struct watch w;

	watch_init(&w, 1, T0);
	watch_ready(&w, T0);
	watch_told(&w, T0);
	say(&w, STAGE_MOUNT, T0);
	keep_beating(&w, 1, T0, T0 + WATCH_STEP_MS - 1000);
	say(&w, BEAT_FLAG, T0 + WATCH_STEP_MS);
	assert_string_equal(watch_check(&w, T0 + WATCH_STEP_MS),
			    "waited 30 s for L1 to mount this machine's files");
}

static void a_silent_cpu_has_hung(void **state)
{
	struct watch w;

	started(&w, 2);
	keep_beating(&w, 2, T0, T0 + 5000);
	for (long long t = T0 + 6000; t < T0 + 5000 + WATCH_BEAT_MS; t += 1000) {
		say(&w, BEAT_FLAG | 0, t);
		assert_null(watch_check(&w, t));
	}
	assert_string_equal(watch_check(&w, T0 + 5000 + WATCH_BEAT_MS),
			    "L1 hangs: its CPU 1 has not run for 20 s");
}

/* A restored L1 that never beats at all is not overlooked. */
static void silence_from_the_start_is_a_hang(void **state)
{
	struct watch w;

	started(&w, 2);
	assert_string_equal(idle(&w, T0, T0 + WATCH_BEAT_MS),
			    "L1 hangs: its CPU 0 has not run for 20 s");
}

static void our_own_pause_is_forgiven(void **state)
{
	struct watch w;

	started(&w, 2);
	assert_null(watch_check(&w, T0));
	assert_null(watch_check(&w, T0 + 600000)); /* stopped for ten minutes */
	assert_null(idle(&w, T0 + 601000, T0 + 600000 + WATCH_BEAT_MS - 1));
	assert_non_null(idle(&w, T0 + 600000 + WATCH_BEAT_MS - 1000, T0 + 600000 + WATCH_BEAT_MS));
}

static void bytes_from_no_cpu_are_harmless(void **state)
{
	struct watch w;
	unsigned char all[256];

	watch_init(&w, BEAT_CPUS_MAX, T0);
	for (unsigned i = 0; i < sizeof(all); i++)
		all[i] = (unsigned char)i;
	watch_bytes(&w, all, sizeof(all), T0);
	assert_true(w.beat[BEAT_CPUS_MAX - 1] == T0);
	assert_null(watch_check(&w, T0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boot_is_late_after_its_limit),
		cmocka_unit_test(each_step_has_its_own_time),
		cmocka_unit_test(a_started_program_may_take_for_ever),
		cmocka_unit_test(a_mount_that_hangs_is_named),
		cmocka_unit_test(a_silent_cpu_has_hung),
		cmocka_unit_test(silence_from_the_start_is_a_hang),
		cmocka_unit_test(our_own_pause_is_forgiven),
		cmocka_unit_test(bytes_from_no_cpu_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
