/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What L1 was last seen doing, from the bytes of its debug port (l1/stage.h, l1/beat.h),
 * and whether it has hung. Plain state: time is passed in, in milliseconds.
 */
#ifndef GUEST_LAB_WATCH_H
#define GUEST_LAB_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "guest/lab/l1/beat.h"
#include "guest/lab/l1/stage.h"

enum {
	WATCH_BOOT_MS = 60000,	/* from power on until L1's init runs */
	WATCH_STEP_MS = 30000,	/* for any later step of a start */
	WATCH_BEAT_MS = 20000,	/* a CPU that beats no more for so long has hung */
	WATCH_PAUSE_MS = 3000,	/* we were away for so long: nobody can be blamed */
};

struct watch {
	unsigned cpus;
	enum stage stage;
	bool ready;		/* HELLO was seen or restored: the next step is the program's */
	bool told;		/* EXEC went out */
	long long since;	/* when the current step began */
	long long looked;	/* when watch_check() was last called */
	long long beat[BEAT_CPUS_MAX]; /* 0: none yet */
	char text[96];
};

void watch_init(struct watch *w, unsigned cpus, long long now);

/* Bytes of the debug port. */
void watch_bytes(struct watch *w, const unsigned char *bytes, size_t n, long long now);

/* L1 waits for EXEC / EXEC was sent: a new step begins. */
void watch_ready(struct watch *w, long long now);
void watch_told(struct watch *w, long long now);

/* The program was started: nothing but a hang of L1 is late any more. */
bool watch_started(const struct watch *w);

/*
 * NULL while all is well; else what is wrong, in words, valid until the next call.
 * Call it about once a second.
 */
const char *watch_check(struct watch *w, long long now);

/* What is awaited, in words: "L1's kernel to boot". */
const char *watch_awaits(const struct watch *w);

#endif
