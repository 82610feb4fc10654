/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The KVM personality: the KVM CPUID leaves and, emulated here, the steal-time
 * protocol of MSR_KVM_STEAL_TIME (Documentation/virt/kvm/x86/msr.rst), through
 * which a guest leaves its flush with a preempted vCPU instead of sending an IPI.
 *
 * The area (64 bytes, one per vCPU, in guest RAM) and who writes what:
 *   steal, version  this vCPU's thread, version odd while it writes
 *   preempted       byte 16. This VMM sets PREEMPTED (show), and takes the whole byte
 *                   back with one atomic exchange (take). A guest that finds PREEMPTED
 *                   adds FLUSH_TLB by compare-and-exchange.
 *
 * Invariants (F2 to F4 of tlb.h)
 *   S1 show happens on the vCPU's own thread, out of KVM_RUN, at an instruction
 *      boundary only (a half-done PIO, MMIO or MSR exit is completed first).
 *   S2 show never stores over the byte: it is an atomic OR, so a FLUSH_TLB that the
 *      guest set since an earlier show survives (the lesson of CVE-2019-3016).
 *   S3 take precedes the flush engine's enter hook, which flushes before entry.
 *      take's exchange pairs with the guest's compare-and-exchange: either the guest
 *      finds PREEMPTED and its FLUSH_TLB is seen here, or it fails and sends an IPI.
 */
#ifndef PVFLUSH_KVM_PV_H
#define PVFLUSH_KVM_PV_H

#include <stdbool.h>

#include "pvflush/tlb.h"
#include "vmm/diag.h"

struct machine;
struct kvm_pv;

enum kvm_pv_steal {
	STEAL_NONE,   /* --pv none: KVM's clock only, no steal time, no PV flush */
	STEAL_VMM,    /* emulated here */
	STEAL_KERNEL, /* --pv kvm,steal=kernel: the host's KVM does it, for comparison */
};

/*
 * Adds the KVM leaves to m->cpuid and, for STEAL_VMM, registers the MSR and the vCPU
 * hook (before tlb_create). With more vCPUs than CPUs, vCPUs are made to yield in
 * turn, and are shown as preempted while they are off the CPU.
 */
int kvm_pv_create(struct kvm_pv **ret, struct machine *m, enum kvm_pv_steal steal, struct diag *d);
/* The engine that serves FLUSH_TLB; created last. */
void kvm_pv_attach(struct kvm_pv *k, struct tlb *t);
void kvm_pv_destroy(struct kvm_pv *k);

#endif
