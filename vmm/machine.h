/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtual machine: owner of the VM, the memory, the buses and the vCPUs. It
 * knows no device and no personality; those register ranges and hooks with it
 * between machine_create() and machine_run().
 */
#ifndef VMM_MACHINE_H
#define VMM_MACHINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "vmm/bus.h"
#include "vmm/cpuid.h"
#include "vmm/diag.h"
#include "vmm/kvm.h"
#include "vmm/layout.h"
#include "vmm/memory.h"
#include "vmm/overlay.h"
#include "vmm/ring.h"
#include "vmm/vcpu.h"

#define MACHINE_MAX_HOOKS 4

/* Why the machine stopped. */
enum stop_reason {
	STOP_NONE,
	STOP_POWEROFF,	 /* ACPI S5 */
	STOP_RESET,	 /* 0xcf9, i8042, triple fault asked for by reboot=t */
	STOP_DEBUG_EXIT, /* port 0xf4; status holds the value written */
	STOP_HOST,	 /* asked for by the host side (signal, end of the guest command) */
	STOP_CRASH,	 /* the guest or the VMM cannot go on; diag says why */
};

struct machine_config {
	uint64_t memory;    /* bytes of guest RAM */
	unsigned vcpus;	    /* 1..LAYOUT_MAX_VCPUS */
	bool hugepages;
	bool no_irqchip;    /* micro guests that need none */
	bool no_xsave;	    /* hide XSAVE and what depends on it (xsetbv.h) */
};

struct machine {
	struct kvm kvm;	    /* /dev/kvm */
	int vm_fd;
	struct memory *mem;
	struct overlays overlays;
	struct ring *ring;
	struct bus pio, mmio;
	struct msr_bus msr;
	struct cpuid_table cpuid; /* common part; APIC ids are filled in per vCPU */
	struct vcpu **vcpu;
	unsigned vcpus;
	struct {
		const struct vcpu_hook *ops;
		void *opaque;
	} hook[MACHINE_MAX_HOOKS];
	unsigned hooks;

	/* Stopping: first caller of machine_stop wins. */
	_Atomic int stop_reason; /* enum stop_reason */
	int stop_status;
	struct diag stop_diag;
	pthread_mutex_t lock;	 /* guards stop_* and running */
	pthread_cond_t changed;
	bool running;
};

/*
 * Opens KVM, creates the VM, RAM, memory slots, irqchip, event ring and the vCPUs
 * (not started), and the CPUID table from KVM_GET_SUPPORTED_CPUID (cpuid.h).
 * On failure d says what and why; *ret is untouched.
 */
int machine_create(struct machine **ret, const struct machine_config *c, struct diag *d);
void machine_destroy(struct machine *m);

/* Registers a hook; vcpu.h has the order. Before machine_run only. -ENOSPC. */
int machine_add_hook(struct machine *m, const struct vcpu_hook *ops, void *opaque);

/* KVM_SET_CPUID2 on every vCPU now, for registers that need it; machine_start does it again. */
int machine_install_cpuid(struct machine *m);

/* Installs CPUID and the MSR filter, starts the vCPU threads. 0 or negative errno with d filled. */
int machine_start(struct machine *m, struct diag *d);

/* Waits until somebody calls machine_stop(), then joins all vCPU threads. */
enum stop_reason machine_wait(struct machine *m);

/*
 * After machine_wait(): stops the event thread, so that devices and personalities
 * with operations in flight may be destroyed (before machine_destroy).
 */
void machine_quiesce(struct machine *m);

/* Stops the machine: any thread, first call wins. status: see enum stop_reason. d may be NULL. */
void machine_stop(struct machine *m, enum stop_reason why, int status, const struct diag *d);

/* Drives an interrupt line of the in-kernel irqchip (KVM_IRQ_LINE): 0 or -errno. Any thread. */
int machine_irq(struct machine *m, unsigned gsi, int level);

/*
 * An eventfd that is signalled when the guest writes value (size bytes: 1, 2, 4, 8)
 * to the guest-physical addr, without an exit to user space (KVM_IOEVENTFD). The fd is the
 * caller's to close. 0 or negative errno; -ENOTSUP: handle the write on the MMIO bus instead.
 */
int machine_ioeventfd(struct machine *m, gpa_t addr, unsigned size, uint64_t value, int *fd);

#endif
