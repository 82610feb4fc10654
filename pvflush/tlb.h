/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flush engine: the one place where guest TLBs are flushed.
 *
 * Per vCPU it keeps
 *   mode      VCPU_OUT, or VCPU_IN: in guest mode or about to be
 *   pending   a flush is owed before the next guest instruction
 *   left      counts departures from guest mode
 *
 * Invariants of the protocol
 *   F1 A request completes only when every target has either left guest mode after
 *      the request began, or was out of it and has pending set. Nobody ever waits
 *      for the flush itself, so mutual flushes cannot deadlock.
 *      Limit: a target whose MMIO or PIO exit is half done counts as out. KVM finishes
 *      that one instruction before it serves the flush, from operands that it has read and
 *      addresses that it has translated already (docs/model/README.md, IN_FLIGHT).
 *   F2 pending is never lost: marking twice, an aborted entry, EINTR, a failed
 *      lever, all keep it.
 *   F3 On resume: take the guest's `preempted` byte atomically -> flush if asked ->
 *      enter. No other order.
 *   F4 A vCPU is shown as preempted only at an instruction boundary.
 *   F5 A flush covers all PCIDs and paging-structure caches; over-flushing is
 *      legal, under-flushing never.
 *   F6 A request that fails validation has no effect (it never gets here).
 *   F7 No guest input can make the VMM exit, hang, or touch memory outside guest RAM.
 *
 * The protocol is Dekker's, between an initiator and a target:
 *
 *   target (enter hook)                    initiator (tlb_flush)
 *     while (exchange(pending, 0))           pending = 1
 *         pull the lever
 *     mode = VCPU_IN
 *     fence(seq_cst)             pairs with  fence(seq_cst)
 *     if (pending)                           if (mode == VCPU_IN)
 *         mode = VCPU_OUT, again                 kick, wait until left changed or mode != VCPU_IN
 *     KVM_RUN
 *     mode = VCPU_OUT, left++    pairs with  the loads in that wait (acquire)
 *
 * One of the two sees the other's store. `left` is needed beside `mode` because a
 * target may leave and enter again (flushing on the way, as pending is set) while
 * the initiator is not looking.
 */
#ifndef PVFLUSH_TLB_H
#define PVFLUSH_TLB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "pvflush/stats.h"
#include "pvflush/vpset.h"

struct machine;
struct vcpu;
struct tlb;
struct lever;

/* Who asked; one counter row each. */
enum flush_kind {
	FLUSH_HV_SPACE,	   /* HvFlushVirtualAddressSpace   0x0002 */
	FLUSH_HV_LIST,	   /* HvFlushVirtualAddressList    0x0003 */
	FLUSH_HV_SPACE_EX, /* HvFlushVirtualAddressSpaceEx 0x0013 */
	FLUSH_HV_LIST_EX,  /* HvFlushVirtualAddressListEx  0x0014 */
	FLUSH_KVM_STEAL,   /* KVM_VCPU_FLUSH_TLB found in `preempted` at re-entry */
	FLUSH_XEN,	   /* HVMOP_flush_tlbs */
	FLUSH_KINDS
};

/* A validated request: what a personality's decoder produces, free of guest pointers. */
struct flush_request {
	enum flush_kind kind;
	struct vpset targets; /* may include the caller; members >= the machine's vCPUs are ignored */
	uint32_t ranges;      /* GVA ranges named, 0 for a whole space: for the counters only (F5) */
};

/* Planted defects for the positive controls (--mutant). A flush engine has at most one. */
enum flush_mutant {
	MUTANT_NONE,
	MUTANT_DROP_FLUSH,   /* answer success, flush nothing, from request MUTANT_GRACE on */
	MUTANT_EARLY_REPLY,  /* do not wait for targets to leave guest mode */
	MUTANT_LOST_PENDING, /* forget pending when an entry is aborted */
	MUTANT_SELF_MISSED,  /* never flush the caller's own vCPU */
};
/* A guest whose first flushes are dropped does not come up; boot takes a handful. */
#define MUTANT_GRACE 16

/* By name ("drop-flush"); -EINVAL. names: NULL-terminated list of valid ones. */
int flush_mutant_parse(const char *name, enum flush_mutant *ret);
extern const char *const flush_mutant_names[];

/*
 * Creates the engine for m and registers its entry and leave hooks: call it after
 * every other hook was registered (vcpu.h has the order). lever (lever.h) stays the caller's.
 */
int tlb_create(struct tlb **ret, struct machine *m, struct lever *lever, enum flush_mutant mutant);
void tlb_destroy(struct tlb *t);

/*
 * Execute r on behalf of self, whose vCPU thread is the caller and is out of guest
 * mode. Returns when F1 holds for every target. Cannot fail.
 */
void tlb_flush(struct tlb *t, struct vcpu *self, const struct flush_request *r);

/* Owe self a flush before its next guest instruction. self's own thread only. */
void tlb_flush_self(struct tlb *t, struct vcpu *self, enum flush_kind kind);

/* The counters (stats.h). */
struct flush_stats *tlb_stats(struct tlb *t);

#endif
