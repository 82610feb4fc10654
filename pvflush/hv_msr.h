/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The synthetic MSRs of one partition: a table of registers, and the state behind
 * them. HYPERCALL and REFERENCE_TSC lay pages over guest RAM (hv_page.h).
 */
#ifndef PVFLUSH_HV_MSR_H
#define PVFLUSH_HV_MSR_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "pvflush/hv_cpuid.h"
#include "pvflush/hv_time.h"
#include "vmm/bus.h"
#include "vmm/memory.h"
#include "vmm/overlay.h"

enum { HV_PAGE_HYPERCALL, HV_PAGE_TSC };

struct hv_msrs {
	/* Fixed after hv_msrs_init. */
	const struct memory *mem;
	struct overlays *overlays; /* the machine's; of its pages this owns two */
	struct hv_features features;
	struct hv_time time;

	pthread_mutex_t lock; /* guards what follows, down to overlay[] */
	uint64_t guest_os_id;
	uint64_t hypercall;
	uint64_t reference_tsc;
	uint64_t tsc_invariant;
	uint32_t tsc_sequence;
	int overlay[HV_OVERLAY_PAGES]; /* handles, -1: none */

	/*
	 * GPAs of the pages that are laid over, or HV_NO_PAGE. Written under the lock, read by
	 * hypercalls without it: a call that races with the move of its own page may see either.
	 */
	_Atomic uint64_t page[HV_OVERLAY_PAGES];

	uint64_t *assist; /* VP_ASSIST_PAGE [vcpus]; each touched by its vCPU's thread only */
};

/* mem and overlays stay the caller's and must outlive h. -ENOMEM. */
int hv_msrs_init(struct hv_msrs *h, const struct memory *mem, struct overlays *overlays,
		 const struct hv_features *f, const struct hv_time *t);
void hv_msrs_deinit(struct hv_msrs *h);

/* True while the hypercall page is enabled: else a hypercall does not exist (#UD). */
bool hv_msrs_enabled(const struct hv_msrs *h);

/*
 * Handlers for all of HV_MSR_BASE .. + HV_MSR_COUNT; opaque is a struct hv_msrs.
 * Registers that are not offered raise #GP.
 */
extern const struct msr_ops hv_msr_ops;

#endif
