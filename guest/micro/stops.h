/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways to stop a vCPU at a chosen instruction: what the guest that is stopped
 * (stops.c) and its host (pvflush/stops.c) share.
 */
#ifndef GUEST_MICRO_STOPS_H
#define GUEST_MICRO_STOPS_H

#include <stdint.h>

/* PLAIN: no stop, the base line of costs. */
enum stop_mech { STOP_PLAIN, STOP_OUT, STOP_HWBP, STOP_STEP, STOP_MECHS };

#define STOP_ROUNDS 7u

/* MICRO_PORT_CALL, 32 bits: a round begins or ends; with mechanism and privilege level. */
#define STOP_BEGIN	0x100u
#define STOP_END	0x200u
#define STOP_MECH(call)	 ((call) & 0xfu)
#define STOP_LEVEL(call) ((call) >> 4 & 3u)
#define STOP_CALL(what, mech, level) ((what) | (level) << 4 | (mech))

/*
 * At site stand STOP_SITE_LEN one-byte no-ops. RDX holds the port and AL this value, so
 * that OUT DX, AL put in place of the first tells the host that it was reached.
 */
#define STOP_SITE_LEN 4u
#define STOP_HIT      0x55u

/* MICRO_DATA of the guest. */
struct stop_sites {
	uint64_t site;
};

#endif
