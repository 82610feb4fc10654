/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flush levers: what makes KVM flush the guest TLB of one vCPU, with stock ioctls.
 *
 * A lever is pulled on the vCPU's own thread while the vCPU is out of KVM_RUN. After
 * lever_pull() returned 0, the vCPU executes no guest instruction before everything
 * was flushed: all PCIDs, global entries, paging-structure caches (F5 of tlb.h),
 * however often KVM_RUN is aborted before it reaches the guest.
 *
 * LEVER_STEAL. Each vCPU has a struct kvm_steal_time in a page that only the VMM
 * uses, registered by KVM_SET_MSRS (MSR_KVM_STEAL_TIME; Documentation/virt/kvm/x86/
 * msr.rst). KVM_VCPU_FLUSH_TLB in its `preempted` byte is what a guest writes for a
 * preempted vCPU; here the VMM writes it. KVM looks at the byte once in each KVM_RUN
 * that gets as far as entering the guest (record_steal_time), flushes, and clears
 * it. An aborted KVM_RUN either leaves the byte alone, or has done the flush.
 *
 *   Hazard: when the thread is preempted while KVM has the vCPU loaded (kvm_sched_out), KVM
 *   stores KVM_VCPU_PREEMPTED over the byte, and a flush not yet seen is lost. It does so only if
 *   at_instruction_boundary is set, which it is by an exit for a host interrupt, and
 *   which is reset at the top of each turn of vcpu_run(), before requests are served.
 *   From "reset" to "byte consumed" the store cannot happen; so the hazard is the time
 *   before vcpu_run(), and there at_instruction_boundary is the one that the previous
 *   KVM_RUN left behind. It leaves it set only when it broke its loop right after a
 *   host interrupt: to deliver a signal, that is, with -EINTR (the other way,
 *   KVM_EXIT_IRQ_WINDOW_OPEN, is never asked for here). So after -EINTR
 *   (vcpu->last_run_interrupted) the lever takes the SREGS way, for that one time.
 *   Hosts before the at_instruction_boundary rule (5.19; backported) store at any
 *   preemption. They lack the statistic `preemption_reported`, which came with it:
 *   there lever_create() refuses.
 *
 *   Why the MSR is written at every pull: INIT disables it (kvm_vcpu_reset), and KVM
 *   handles INIT inside KVM_RUN, where this program cannot see it (an AP's first
 *   start, CPU hotplug, kexec). A request in an area that KVM no longer reads would be
 *   lost. An INIT between the pull and the consumption loses nothing: it empties the TLB.
 *
 *   A guest that maps LAYOUT_STEAL can clear its own flush requests: it harms only itself.
 *   The lever keeps the guest from moving the area: it takes MSR_KVM_STEAL_TIME
 *   (#GP), unless a personality has taken it before. So create it after the
 *   personality, and do not use it where the guest's steal time is left to KVM.
 *
 * LEVER_SREGS. CR4.PGE flipped and flipped back by two KVM_SET_SREGS: a changed CR4
 * makes KVM reset the MMU, which is a flush (SDM vol. 3, 4.10.4.1: a change of
 * CR4.PGE invalidates everything). Works on every KVM; costs two ioctls.
 *
 * LEVER_NONE. No flush: the negative control.
 *
 * Both leave all guest-visible state as it was.
 */
#ifndef PVFLUSH_LEVER_H
#define PVFLUSH_LEVER_H

struct machine;
struct vcpu;
struct lever;

enum lever_kind { LEVER_STEAL, LEVER_SREGS, LEVER_NONE };

/*
 * After machine_create and the personality, before machine_start. -EOPNOTSUPP: this
 * host's KVM cannot do it safely; -ENOMEM; -errno of KVM.
 */
int lever_create(struct lever **ret, struct machine *m, enum lever_kind kind);
/* After the vCPU threads have ended, before machine_destroy. NULL is fine. */
void lever_destroy(struct lever *l);

/* "steal", "sregs", "none". */
const char *lever_kind_name(enum lever_kind kind);
const char *lever_name(const struct lever *l);
/* By name; -EINVAL. */
int lever_parse(const char *name, enum lever_kind *ret);

/* Once for each vCPU: before machine_start, or on its own thread. 0 or -errno of KVM. */
int lever_vcpu_init(struct lever *l, struct vcpu *v);

/* See above. On a negative errno nothing is promised: keep the flush pending and pull again. */
int lever_pull(struct lever *l, struct vcpu *v);

#endif
