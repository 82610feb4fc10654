/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The staleness probe: does a stale translation survive on this host, and does a
 * flush lever remove it? A lever is trusted only after this.
 *
 * A private machine with two vCPUs runs guest/micro/probe.c. Its positive control is
 * built in: a round counts only if the stale page was seen before the lever was
 * pulled, and a lever is judged only if, without one, the stale page was still seen
 * after leaving and entering the guest. Where it is not (nested paging under an
 * emulator that flushes at each entry), the verdict on levers is "unknown".
 */
#ifndef PVFLUSH_PROBE_H
#define PVFLUSH_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/micro/probe.h"
#include "pvflush/lever.h"
#include "vmm/diag.h"

enum probe_verdict {
	PROBE_UNKNOWN, /* staleness is not visible across an exit here: no way to tell */
	PROBE_WORKS,
	PROBE_FAILS,   /* the stale page was seen after the lever */
	PROBE_REFUSED, /* lever_create or lever_vcpu_init: this host's KVM cannot do it */
};

struct probe_lever {
	enum probe_verdict works;
	int64_t cost_ns; /* if timed: median of pull + exit + entry, less exit_ns */
	bool timed;
};

struct probe_result {
	bool ran;		/* enough rounds for verdicts */
	bool stale_cpl3;	/* stale pages seen, reader and writer at CPL3 */
	bool stale_cpl0;	/* the same with the reader at CPL0 */
	bool stale_writer0;	/* the same with the writer at CPL0, reader at CPL3 */
	bool stale_across_exit; /* still seen after KVM_RUN returned and was called again */
	struct probe_lever lever[2]; /* [LEVER_STEAL], [LEVER_SREGS] */
	bool shadow;		/* KVM shadowed the guest's page tables: no EPT or NPT */
	int64_t exit_ns;	/* median of a plain exit + entry by OUT at CPL3 */
	struct probe_data raw;	/* the counts behind the verdicts */
};

/*
 * Runs the probe: less than a tenth of a second on an idle host, a second on any. 0 with
 * *ret filled; else negative errno and d says why; *ret then holds what was found until
 * then, ran false.
 */
int probe_run(struct probe_result *ret, struct diag *d);

/* The verdicts on counts: exposed for tests. */
void probe_judge(struct probe_result *r);

/*
 * The lever to use: steal if it was seen to work, else sregs, whose effect the
 * architecture defines. sregs FAILS: there is none, -EOPNOTSUPP.
 */
int probe_choose(const struct probe_result *r, enum lever_kind *ret);

const char *probe_verdict_name(enum probe_verdict v);

#endif
