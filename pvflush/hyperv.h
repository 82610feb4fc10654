/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Hyper-V personality: CPUID leaves, MSRs, hypercall page and the four flush
 * hypercalls. It decodes and validates; it never flushes (tlb.h does).
 */
#ifndef PVFLUSH_HYPERV_H
#define PVFLUSH_HYPERV_H

#include <stdbool.h>
#include <stdint.h>

#include "pvflush/tlb.h"
#include "vmm/diag.h"
#include "vmm/memory.h"

struct machine;
struct hyperv;

/* HV_STATUS of TLFS appendix B that this VMM returns. */
enum hv_status {
	HV_STATUS_SUCCESS = 0x00,
	HV_STATUS_INVALID_HYPERCALL_CODE = 0x02,
	HV_STATUS_INVALID_HYPERCALL_INPUT = 0x03,
	HV_STATUS_INVALID_ALIGNMENT = 0x04,
	HV_STATUS_INVALID_PARAMETER = 0x05,
	HV_STATUS_ACCESS_DENIED = 0x06,
};

struct hyperv_options {
	bool xmm_input;	    /* CPUID 0x40000003.EDX[4]: XMM fast input offered */
	bool ex_masks;	    /* CPUID 0x40000004.EAX[11]: Ex forms offered */
	bool reference_tsc; /* CPUID 0x40000003.EAX[9,1]: TSC page and reference counter */
};

#define HV_OVERLAY_PAGES 2 /* hypercall page, reference TSC page */

/* A hypercall as the registers show it (TLFS 3.4-3.7), before anything was believed. */
struct hv_call {
	uint64_t control;  /* hypercall input value */
	uint64_t input;	   /* input GPA, or fast parameter 1 */
	uint64_t output;   /* output GPA, or fast parameter 2 */
	uint64_t xmm[12];  /* XMM0-5 low, high; read only when fast */
	bool have_xmm;	   /* XMM input is offered to this guest */
	bool have_ex;	   /* Ex forms are offered to this guest */
	uint64_t overlay[HV_OVERLAY_PAGES]; /* GPAs of overlay pages, HV_NO_PAGE for none */
};

#define HV_NO_PAGE UINT64_MAX /* not a page address: its low bits are set */

/* What decoding gives. status != 0: no effect (F6). */
struct hv_result {
	enum hv_status status;
	uint32_t reps;	 /* reps completed, absolute */
	bool flush;	 /* request holds a flush to execute */
	bool undefined;	 /* answer #UD instead of a status */
	struct flush_request request;
};

/*
 * Decode and validate one hypercall. A pure function of its arguments and of one
 * copy of the input block out of m: no side effects. vcpus bounds "all processors"
 * and the targets. An input block on an overlay page is refused.
 */
void hv_decode(struct hv_result *ret, const struct hv_call *call, const struct memory *m,
	       unsigned vcpus);

/* True if decoding a call with this control word looks at call->xmm. */
bool hv_call_reads_xmm(uint64_t control);

/* RAX of the result (TLFS 3.8): status | reps << 32. */
static inline uint64_t hv_result_value(const struct hv_result *r)
{
	return (uint64_t)r->status | (uint64_t)r->reps << 32;
}

/*
 * Creates the personality: registers its MSR range and hypercall port with m and
 * adds its CPUID leaves to m->cpuid. After machine_create, before machine_start;
 * hyperv_attach gives it the engine (which must be created last).
 */
int hyperv_create(struct hyperv **ret, struct machine *m, const struct hyperv_options *o,
		  struct diag *d);
void hyperv_attach(struct hyperv *h, struct tlb *t);
void hyperv_destroy(struct hyperv *h);

#endif
