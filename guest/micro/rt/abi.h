/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a micro guest and its host agree on: a few I/O ports and the records that
 * the guest hands over through them. Included by both sides.
 *
 * The ports are open to CPL3 as well (TSS I/O bitmap), so that unprivileged guest
 * code can reach the host without a detour through CPL0.
 */
#ifndef GUEST_MICRO_RT_ABI_H
#define GUEST_MICRO_RT_ABI_H

#include <stdint.h>

#define MICRO_PORT	  0x540
#define MICRO_PORT_LEN	  16
#define MICRO_PORT_CPUS	  (MICRO_PORT + 0) /* in, 32 bits: vCPUs of this machine */
#define MICRO_PORT_REPORT (MICRO_PORT + 4) /* out, 32 bits: address of a struct micro_report */
#define MICRO_PORT_CALL	  (MICRO_PORT + 8) /* out, 32 bits: the program's own meaning */

enum micro_kind {
	MICRO_PASS = 1, /* a check held; text names it */
	MICRO_FAIL,	/* a check failed: text is the expression, value[] its operands */
	MICRO_SKIP,	/* text says what is missing */
	MICRO_DATA,	/* value[0]: address, value[1]: bytes of a structure for the host */
	MICRO_PANIC,	/* the runtime cannot go on; value: vector, error code, rip, cr2 */
	MICRO_DONE,	/* the program has ended */
};

/* Lives in guest memory below 4 GiB, 8-byte aligned, until the OUT has completed. */
struct micro_report {
	uint32_t kind; /* enum micro_kind */
	uint32_t line; /* of file */
	uint32_t cpu;
	uint32_t zero;
	uint64_t value[4];
	uint64_t file; /* addresses of NUL-terminated strings, or 0 */
	uint64_t text;
};

#endif
