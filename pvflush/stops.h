/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which ways to stop a vCPU at a chosen guest instruction work on this host, at CPL0
 * and at CPL3, and what one stop costs. Measured, since hosts differ: some KVMs do not
 * arm debug registers, some hand a single-step trap to the guest.
 *
 *   STOP_OUT   the instruction's first byte replaced by OUT DX, AL (1 byte). CPL3 needs the
 *              port open in the TSS I/O bitmap
 *   STOP_HWBP  a host-owned execution breakpoint (KVM_GUESTDBG_USE_HW_BP)
 *   STOP_STEP  KVM_GUESTDBG_SINGLESTEP, every instruction reported in order
 */
#ifndef PVFLUSH_STOPS_H
#define PVFLUSH_STOPS_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/micro/stops.h"
#include "vmm/diag.h"

struct stop_measure {
	unsigned tries, hits;
	bool works;	 /* every try, at exactly the instruction */
	int64_t cost_ns; /* of one stop (STOP_STEP: of one step), arming included; if works */
};

struct stops_result {
	bool ran;
	/* [mechanism][0: CPL0, 1: CPL3]; STOP_PLAIN holds the cost of the exits alone. */
	struct stop_measure m[STOP_MECHS][2];
};

/* Measures; a fraction of a second. 0, or negative errno and d says why. */
int stops_run(struct stops_result *ret, struct diag *d);

/* "patched OUT", "hardware breakpoint", "single-step". */
const char *stop_mech_name(enum stop_mech m);

#endif
