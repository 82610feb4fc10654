/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One virtual CPU: its thread, its KVM_RUN loop, its registers, its kick.
 *
 * The kick that cannot be lost. vcpu_kick() sends a signal to the thread; the
 * handler stores run->immediate_exit = 1. The thread clears immediate_exit only
 * right after KVM_RUN came back, before it looks at anything that a kicker may
 * have published. So for "publish; vcpu_kick()": either the thread's look comes
 * after the publication and sees it, or the handler runs after the clear and the
 * next KVM_RUN returns -EINTR at once, and the thread looks again.
 */
#ifndef VMM_VCPU_H
#define VMM_VCPU_H

#include <linux/kvm.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct machine;

#define VCPU_EXIT_REASONS 64

/* What other threads may ask of a vCPU thread; bits of vcpu->requests. */
enum {
	VCPU_REQ_STOP = 1 << 0,	 /* leave the loop for good */
	VCPU_REQ_YIELD = 1 << 1, /* give the CPU away once, at an instruction boundary */
};

struct vcpu {
	struct machine *machine;
	unsigned id;		 /* index in the machine = APIC id = Hyper-V VP index */
	int fd;
	struct kvm_run *run;	 /* shared with the kernel, run_size bytes */
	pthread_t thread;
	bool has_thread;
	bool sync_regs;		 /* KVM_CAP_SYNC_REGS carries regs and sregs on each exit */
	bool regs_valid, sregs_valid; /* copies below are those of this exit */
	bool regs_dirty;	 /* regs below are to be written back */
	struct kvm_regs regs;	 /* used when sync_regs is false */
	struct kvm_sregs sregs;
	_Atomic unsigned requests; /* VCPU_REQ_* */
	_Atomic int tid;	 /* kernel thread id once running, else 0 */
	_Atomic uint64_t exits[VCPU_EXIT_REASONS]; /* by KVM_EXIT_*; the last slot counts the rest */
	_Atomic uint64_t interrupted; /* KVM_RUN came back with -EINTR */
	bool last_run_interrupted;    /* the last KVM_RUN ended with -EINTR */
};

/*
 * Called around every KVM_RUN on the vCPU's own thread. enter() hooks run in the
 * order of registration, leave() hooks in reverse: the flush engine registers
 * last, so that "in guest" is published last and withdrawn first. enter() may
 * issue vCPU ioctls. There is no exit to guest between the last enter() and KVM_RUN.
 */
struct vcpu_hook {
	const char *name;
	void (*enter)(void *opaque, struct vcpu *v);
	void (*leave)(void *opaque, struct vcpu *v);
	/* Called at an instruction boundary for VCPU_REQ_YIELD; does the yielding. May be NULL. */
	void (*yield)(void *opaque, struct vcpu *v);
	/* KVM_EXIT_DEBUG, to whoever armed it; true: mine, and handled. May be NULL. */
	bool (*debug)(void *opaque, struct vcpu *v);
};

/* Creates vCPU number id of m. 0, or -errno of the failing ioctl/mmap. */
int vcpu_create(struct vcpu **ret, struct machine *m, unsigned id);
void vcpu_destroy(struct vcpu *v);

/* Starts the thread; it waits for machine_run(). */
int vcpu_start(struct vcpu *v);
void vcpu_join(struct vcpu *v);

/* Make the thread leave guest mode soon. Any thread, any time; harmless when it is not in it. */
void vcpu_kick(struct vcpu *v);

/* Set request bits and kick. */
void vcpu_request(struct vcpu *v, unsigned bits);

/*
 * Registers of the exit being handled: vCPU thread only. The pointers are good
 * until the next KVM_RUN. After writing through one, mark it dirty: it is then
 * written back before the next entry. NULL when the ioctl failed.
 */
struct kvm_regs *vcpu_regs(struct vcpu *v);
struct kvm_sregs *vcpu_sregs(struct vcpu *v);
void vcpu_regs_dirty(struct vcpu *v);
/* Writes dirty registers back (vCPU loop only). 0 or -errno. */
int vcpu_write_back(struct vcpu *v);
/* Writes sregs at once (KVM_SET_SREGS). 0 or -errno. */
int vcpu_set_sregs(struct vcpu *v, const struct kvm_sregs *s);

/* Current privilege level (SS.DPL; SDM vol. 3, 5.5) and "64-bit code" (EFER.LMA and CS.L). */
unsigned vcpu_cpl(struct vcpu *v);
bool vcpu_long_mode(struct vcpu *v);

/*
 * Complete the PIO, MMIO or MSR access whose exit is being handled, without
 * entering the guest: KVM_RUN with immediate_exit. Afterwards registers are those
 * of an instruction boundary. 0, or -errno.
 */
int vcpu_complete_io(struct vcpu *v);

/* Queue a hardware exception for the next entry (SDM vol. 3, 6.15). error < 0: none pushed. */
int vcpu_inject(struct vcpu *v, unsigned vector, int64_t error);
#define VECTOR_UD 6
#define VECTOR_GP 13

/* The body of the thread, one exit at a time: runs the guest once and handles the exit. Exposed for tests. */
bool vcpu_step(struct vcpu *v);

#endif
