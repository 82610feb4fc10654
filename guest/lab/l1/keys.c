// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Holds KVM's static keys.
 *
 * KVM patches kernel text when the first VM is made, when the last one goes, and
 * when the number of local APICs of some kind leaves or reaches zero. QEMU before
 * 8.1 translates code without holding the page's lock, so a vCPU that translates
 * while another patches can keep a translation of the temporary int3. Memory then
 * has the new instruction, the int3 handler says "not mine, try again", and the
 * CPU spins for ever with interrupts off. L1 therefore never lets those counts
 * reach zero: the VMs made here stay for as long as the process that made them.
 *
 *   preempt_notifier_key   any VM
 *   kvm_has_noapic_vcpu    a vCPU of a VM without an in-kernel irqchip
 *   apic_sw_disabled       a vCPU whose local APIC is as it comes out of reset
 *   apic_hw_disabled       a vCPU with APIC_BASE.EN clear
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "guest/lab/l1/l1.h"

#define APIC_BASE_ENABLE (1ull << 11)
#define PAGE		 4096u

static int new_vcpu(int vm, unsigned long id)
{
	int fd = ioctl(vm, KVM_CREATE_VCPU, id);

	return fd < 0 ? -errno : fd;
}

static int disable_apic(int vcpu)
{
	struct kvm_sregs s;

	if (ioctl(vcpu, KVM_GET_SREGS, &s))
		return -errno;
	s.apic_base &= ~APIC_BASE_ENABLE;
	return ioctl(vcpu, KVM_SET_SREGS, &s) ? -errno : 0;
}

/* A VM with an irqchip: one vCPU as reset leaves it, one with its APIC off. */
static int hold_apic_keys(int kvm)
{
	int vm = ioctl(kvm, KVM_CREATE_VM, 0ul), vcpu;

	if (vm < 0 || ioctl(vm, KVM_CREATE_IRQCHIP, 0ul))
		return -errno;
	vcpu = new_vcpu(vm, 0);
	if (vcpu < 0)
		return vcpu;
	vcpu = new_vcpu(vm, 1);
	return vcpu < 0 ? vcpu : disable_apic(vcpu);
}

/* Real mode, HLT at address 0: the first entry's one-time work is done before the snapshot. */
static int run_once(int kvm, int vm, int vcpu)
{
	struct kvm_userspace_memory_region region = { .memory_size = PAGE };
	int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0ul);
	uint8_t *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kvm_run *run;
	struct kvm_sregs s;
	struct kvm_regs r = { .rflags = 2 };

	if (page == MAP_FAILED || size < (int)sizeof(*run))
		return -ENOMEM;
	page[0] = 0xf4;
	region.userspace_addr = (uintptr_t)page;
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED || ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) ||
	    ioctl(vcpu, KVM_GET_SREGS, &s))
		return -errno;
	s.cs.base = 0;
	s.cs.selector = 0;
	if (ioctl(vcpu, KVM_SET_SREGS, &s) || ioctl(vcpu, KVM_SET_REGS, &r) ||
	    ioctl(vcpu, KVM_RUN, 0ul))
		return -errno;
	return run->exit_reason == KVM_EXIT_HLT ? 0 : -EIO;
}

/* A VM without an irqchip: its vCPU has no local APIC, and HLT comes to user space. */
static int hold_noapic_key(int kvm)
{
	int vm = ioctl(kvm, KVM_CREATE_VM, 0ul), vcpu;

	if (vm < 0)
		return -errno;
	vcpu = new_vcpu(vm, 0);
	return vcpu < 0 ? vcpu : run_once(kvm, vm, vcpu);
}

int keys_hold(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), err;

	if (kvm < 0)
		return -errno;
	err = hold_apic_keys(kvm);
	return err ? err : hold_noapic_key(kvm);
}
