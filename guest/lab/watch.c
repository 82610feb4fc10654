// SPDX-License-Identifier: GPL-2.0-or-later
/* L1's progress and its hangs; see watch.h. */
#include "guest/lab/watch.h"

#include <stdio.h>

void watch_init(struct watch *w, unsigned cpus, long long now)
{
	*w = (struct watch){ .cpus = cpus, .since = now, .looked = now };
}

void watch_bytes(struct watch *w, const unsigned char *bytes, size_t n, long long now)
{
	for (size_t i = 0; i < n; i++) {
		unsigned cpu = bytes[i] & ~BEAT_FLAG & 0xffu;

		if (!(bytes[i] & BEAT_FLAG)) {
			w->stage = bytes[i];
			w->since = now;
		} else if (cpu < BEAT_CPUS_MAX) {
			w->beat[cpu] = now;
		}
	}
}

/* The CPUs beat from setup on: those of a restored L1 are due even before the first beat. */
void watch_ready(struct watch *w, long long now)
{
	w->ready = true;
	w->since = now;
	for (unsigned cpu = 0; cpu < w->cpus && cpu < BEAT_CPUS_MAX; cpu++)
		w->beat[cpu] = now;
}

void watch_told(struct watch *w, long long now)
{
	w->told = true;
	w->since = now;
}

bool watch_started(const struct watch *w)
{
	return w->told && w->stage == STAGE_EXEC;
}

const char *watch_awaits(const struct watch *w)
{
	if (!w->ready) {
		if (w->stage == STAGE_NONE)
			return "L1's kernel to boot";
		if (w->stage == STAGE_CPUS)
			return "L1 to start its CPUs";
		return w->stage == STAGE_READY ? "L1's agent to say hello" : "L1 to set up KVM";
	}
	if (!w->told)
		return "L1 to be saved or restored";
	switch ((int)w->stage) {
	case STAGE_EXEC:
		return "the program to end";
	case STAGE_MOUNT:
		return "L1 to mount this machine's files";
	case STAGE_CHROOT:
		return "L1 to reach the working directory";
	default:
		return "L1's agent to begin";
	}
}

static const char *missing_beat(struct watch *w, long long now)
{
	for (unsigned cpu = 0; cpu < w->cpus && cpu < BEAT_CPUS_MAX; cpu++) {
		if (!w->beat[cpu] || now - w->beat[cpu] < WATCH_BEAT_MS)
			continue;
		snprintf(w->text, sizeof(w->text), "L1 hangs: its CPU %u has not run for %lld s",
			 cpu, (now - w->beat[cpu]) / 1000);
		return w->text;
	}
	return NULL;
}

/* This process was stopped or starved: start all clocks again. */
static void forgive(struct watch *w, long long now)
{
	w->since = now;
	for (unsigned cpu = 0; cpu < BEAT_CPUS_MAX; cpu++)
		if (w->beat[cpu])
			w->beat[cpu] = now;
}

const char *watch_check(struct watch *w, long long now)
{
	int limit = w->stage == STAGE_NONE && !w->ready ? WATCH_BOOT_MS : WATCH_STEP_MS;

	if (now - w->looked > WATCH_PAUSE_MS)
		forgive(w, now);
	w->looked = now;
	if (missing_beat(w, now))
		return w->text;
	if (watch_started(w) || now - w->since < limit)
		return NULL;
	snprintf(w->text, sizeof(w->text), "waited %d s for %s", limit / 1000, watch_awaits(w));
	return w->text;
}
