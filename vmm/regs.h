/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registers with which the boot vCPU starts, for each way of entering a kernel
 * (boot/image.h). The other vCPUs need nothing: with the in-kernel irqchip KVM keeps
 * them waiting for INIT and SIPI.
 *
 * Not set here, left as KVM resets them: FPU and XMM state, debug registers, MTRRs,
 * PAT and all other MSRs, the APIC (sregs.apic_base is kept as read), CR2, CR8.
 * Zero on entry: all general registers but the one that carries the argument, RSP
 * with them, so a kernel brings its own stack. The IDT is empty: an exception before
 * the kernel has loaded its own shuts the VM down.
 */
#ifndef VMM_REGS_H
#define VMM_REGS_H

#include <linux/kvm.h>

#include "vmm/boot/image.h"
#include "vmm/memory.h"

/* Selectors in the boot GDT: __BOOT_CS and __BOOT_DS of the Linux boot protocol. */
#define REGS_BOOT_CS 0x10
#define REGS_BOOT_DS 0x18

/*
 * s: in, KVM_GET_SREGS of a fresh vCPU; out, what to KVM_SET_SREGS. r: out, for
 * KVM_SET_REGS. Writes the boot GDT to LAYOUT_GDT and, for BOOT_LONG64, page tables that
 * map the first 4 GiB to themselves to LAYOUT_PAGE_TABLES. -EFAULT: guest RAM is too small.
 */
int regs_boot(struct kvm_sregs *s, struct kvm_regs *r, const struct memory *m,
	      const struct boot_entry *e);

#endif
