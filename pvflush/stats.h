/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters of the flush engine, per vCPU (as initiator or as target) and per kind.
 * Each counter has one writing thread, the vCPU's own, unless it says otherwise;
 * readers may see a slightly old value, never a torn one.
 */
#ifndef PVFLUSH_STATS_H
#define PVFLUSH_STATS_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#define STATS_KINDS 6	/* == FLUSH_KINDS */
#define STATS_BUCKETS 24 /* latency histogram: bucket i counts [2^i, 2^(i+1)) ns * 64 */
#define STATS_STATUSES 32

/* One initiator's view of one kind of flush. */
struct flush_kind_stats {
	_Atomic uint64_t requests; /* served */
	_Atomic uint64_t targets;  /* vCPUs named, caller included */
	_Atomic uint64_t kicked;   /* of these: in guest mode, made to leave */
	_Atomic uint64_t elided;   /* of these: out of guest mode, flush left pending, no kick */
	_Atomic uint64_t ranges;   /* GVA ranges named */
	_Atomic uint64_t latency[STATS_BUCKETS];
	_Atomic uint64_t latency_ns; /* sum */
};

struct flush_vcpu_stats {
	struct flush_kind_stats kind[STATS_KINDS];
	_Atomic uint64_t flushed;	 /* levers pulled on this vCPU */
	_Atomic uint64_t lever_failed;	 /* lever reported an error; pending was kept */
	_Atomic uint64_t preempted_shown; /* PREEMPTED published (kvm) */
	_Atomic uint64_t preempted_flush; /* of these: FLUSH_TLB found when taken back */
	_Atomic uint64_t status[STATS_STATUSES]; /* hypercalls completed with this status (hyperv, xen) */
};

struct flush_stats {
	unsigned vcpus;
	const char *personality;
	const char *lever;
	struct flush_vcpu_stats *vcpu; /* [vcpus] */
};

/*
 * Print the counters for people. Kinds that were never used are left out.
 */
void stats_print(const struct flush_stats *s, FILE *to);

/* The same and more as one JSON object (jansson); NULL when out of memory. The caller decrefs. */
struct json_t *stats_json(const struct flush_stats *s);

#endif
