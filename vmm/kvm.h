/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Typed wrappers of the raw /dev/kvm ioctls. Every wrapper returns a value >= 0 or
 * negative errno; none prints. Names follow Documentation/virt/kvm/api.rst.
 */
#ifndef VMM_KVM_H
#define VMM_KVM_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/diag.h"
#include "vmm/gpa.h"

struct kvm {
	int fd;		    /* /dev/kvm */
	size_t run_size;    /* KVM_GET_VCPU_MMAP_SIZE */
};

/* Opens path (normally "/dev/kvm"), checks KVM_GET_API_VERSION. On failure d has the hint to print. */
int kvm_open(struct kvm *k, const char *path, struct diag *d);
void kvm_close(struct kvm *k);

/* KVM_CHECK_EXTENSION on the system or a VM fd: 0 when absent, else the capability's value. */
int kvm_check(int fd, long cap);
/* KVM_ENABLE_CAP on a VM or vCPU fd. */
int kvm_enable(int fd, uint32_t cap, uint64_t arg0);

int kvm_create_vm(const struct kvm *k);
int kvm_set_memory(int vm_fd, uint32_t slot, uint32_t flags, gpa_t base, uint64_t size, void *host);
int kvm_create_irqchip(int vm_fd);
int kvm_create_pit2(int vm_fd);
int kvm_set_tss_addr(int vm_fd, gpa_t a);
int kvm_set_identity_map_addr(int vm_fd, gpa_t a);
int kvm_irq_line(int vm_fd, uint32_t gsi, uint32_t level);
int kvm_ioeventfd(int vm_fd, gpa_t addr, uint32_t len, uint64_t match, int fd);
int kvm_set_msr_filter(int vm_fd, const struct kvm_msr_filter *f);

int kvm_create_vcpu(int vm_fd, unsigned id);
int kvm_run(int vcpu_fd);
int kvm_get_regs(int vcpu_fd, struct kvm_regs *r);
int kvm_set_regs(int vcpu_fd, const struct kvm_regs *r);
int kvm_get_sregs(int vcpu_fd, struct kvm_sregs *s);
int kvm_set_sregs(int vcpu_fd, const struct kvm_sregs *s);
int kvm_get_fpu(int vcpu_fd, struct kvm_fpu *f);
int kvm_set_fpu(int vcpu_fd, const struct kvm_fpu *f);
int kvm_get_msr(int vcpu_fd, uint32_t index, uint64_t *value);
int kvm_set_msr(int vcpu_fd, uint32_t index, uint64_t value);
/* c->nent: room on entry, entries on return. */
int kvm_get_supported_cpuid(int kvm_fd, struct kvm_cpuid2 *c);
int kvm_set_cpuid2(int vcpu_fd, const struct kvm_cpuid2 *c);
int kvm_get_vcpu_events(int vcpu_fd, struct kvm_vcpu_events *e);
int kvm_set_vcpu_events(int vcpu_fd, const struct kvm_vcpu_events *e);
int kvm_get_tsc_khz(int vcpu_fd);

#endif
