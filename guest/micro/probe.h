/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The staleness probe: what its guest (probe.c) and its host (pvflush/probe.c) share.
 */
#ifndef GUEST_MICRO_PROBE_H
#define GUEST_MICRO_PROBE_H

#include <stdint.h>

#define PROBE_READER 1u /* the vCPU that reads: one that was started by INIT, as most are */

/* What the host is to do while the reader is out of guest mode. */
enum probe_action { PROBE_EXIT, PROBE_STEAL, PROBE_SREGS, PROBE_ACTIONS };

/* Values of MICRO_PORT_CALL: an action, in a round or in a timing loop. */
#define PROBE_CALL_ACT	 0x100u
#define PROBE_CALL_TIME	 0x200u
#define PROBE_CALL_YIELD 0x400u /* waiting for the other CPU: let it run */
#define PROBE_CALL_MASK	 0x0ffu

#define PROBE_ROUNDS	   16u /* for each action */
#define PROBE_TIMES	   33u /* for each action */
#define PROBE_EXTRA_ROUNDS 8u  /* for each privilege level variant */

struct probe_count {
	uint32_t rounds; /* page-table entry rewritten under the reader */
	uint32_t before; /* of these: reader saw the old page, before any exit */
	uint32_t after;	 /* of these: reader still saw it after the exit with the action */
};

/* Grows while the guest runs; the host may look any time. */
struct probe_data {
	struct probe_count action[PROBE_ACTIONS]; /* reader and writer at CPL3 */
	struct probe_count reader0;		  /* reader at CPL0, no exit */
	struct probe_count writer0;		  /* writer at CPL0, no exit */
	uint32_t unready; /* rounds void: INVLPG did not show the current page */
	uint32_t foreign; /* reads that gave neither page */
};

#endif
