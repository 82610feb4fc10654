/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Typed wrappers of /dev/kvm ioctls: a value >= 0, or negative errno. */
#include "vmm/kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int ctl(int fd, unsigned long request, unsigned long arg)
{
	int r = ioctl(fd, request, arg);

	return r < 0 ? -errno : r;
}

static int ctlp(int fd, unsigned long request, const void *arg)
{
	return ctl(fd, request, (unsigned long)arg);
}

static int open_failed(struct diag *d, const char *path, int err)
{
	if (err == -ENOENT || err == -ENXIO || err == -ENODEV)
		return diag_set(d, err, path,
				"load kvm_intel or kvm_amd (and enable virtualization in the "
				"firmware), or use the software lab: shootdown lab run ...",
				"no KVM on this machine");
	if (err == -EACCES || err == -EPERM)
		return diag_set(d, err, path,
				"add yourself to the group that owns it (often: sudo adduser "
				"$USER kvm, then log in again)",
				"permission denied");
	return diag_errno(d, err, path, NULL);
}

int kvm_open(struct kvm *k, const char *path, struct diag *d)
{
	int version, size, fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return open_failed(d, path, -errno);
	version = ctl(fd, KVM_GET_API_VERSION, 0);
	size = ctl(fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (version != KVM_API_VERSION || size < (int)sizeof(struct kvm_run)) {
		close(fd);
		return diag_set(d, -ENODEV, path, "this is not the KVM device of a supported kernel",
				"KVM API version %d, want %d", version, KVM_API_VERSION);
	}
	k->fd = fd;
	k->run_size = (size_t)size;
	return 0;
}

void kvm_close(struct kvm *k)
{
	if (k->fd >= 0)
		close(k->fd);
	k->fd = -1;
}

int kvm_check(int fd, long cap)
{
	int r = ctl(fd, KVM_CHECK_EXTENSION, (unsigned long)cap);

	return r < 0 ? 0 : r;
}

int kvm_enable(int fd, uint32_t cap, uint64_t arg0)
{
	struct kvm_enable_cap c = { .cap = cap, .args = { arg0 } };

	return ctlp(fd, KVM_ENABLE_CAP, &c);
}

int kvm_create_vm(const struct kvm *k)
{
	return ctl(k->fd, KVM_CREATE_VM, 0);
}

int kvm_set_memory(int vm_fd, uint32_t slot, uint32_t flags, gpa_t base, uint64_t size, void *host)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot,
		.flags = flags,
		.guest_phys_addr = base.v,
		.memory_size = size,
		.userspace_addr = (uintptr_t)host,
	};

	return ctlp(vm_fd, KVM_SET_USER_MEMORY_REGION, &r);
}

int kvm_create_irqchip(int vm_fd)
{
	return ctl(vm_fd, KVM_CREATE_IRQCHIP, 0);
}

int kvm_create_pit2(int vm_fd)
{
	struct kvm_pit_config c = { .flags = KVM_PIT_SPEAKER_DUMMY };

	return ctlp(vm_fd, KVM_CREATE_PIT2, &c);
}

int kvm_set_tss_addr(int vm_fd, gpa_t a)
{
	return ctl(vm_fd, KVM_SET_TSS_ADDR, a.v);
}

int kvm_set_identity_map_addr(int vm_fd, gpa_t a)
{
	return ctlp(vm_fd, KVM_SET_IDENTITY_MAP_ADDR, &a.v);
}

int kvm_irq_line(int vm_fd, uint32_t gsi, uint32_t level)
{
	struct kvm_irq_level l = { .irq = gsi, .level = level };

	return ctlp(vm_fd, KVM_IRQ_LINE, &l);
}

int kvm_ioeventfd(int vm_fd, gpa_t addr, uint32_t len, uint64_t match, int fd)
{
	struct kvm_ioeventfd e = {
		.datamatch = match,
		.addr = addr.v,
		.len = len,
		.fd = fd,
		.flags = KVM_IOEVENTFD_FLAG_DATAMATCH,
	};

	return ctlp(vm_fd, KVM_IOEVENTFD, &e);
}

int kvm_set_msr_filter(int vm_fd, const struct kvm_msr_filter *f)
{
	return ctlp(vm_fd, KVM_X86_SET_MSR_FILTER, f);
}

int kvm_create_vcpu(int vm_fd, unsigned id)
{
	return ctl(vm_fd, KVM_CREATE_VCPU, id);
}

int kvm_run(int vcpu_fd)
{
	return ctl(vcpu_fd, KVM_RUN, 0);
}

int kvm_get_regs(int vcpu_fd, struct kvm_regs *r)
{
	return ctlp(vcpu_fd, KVM_GET_REGS, r);
}

int kvm_set_regs(int vcpu_fd, const struct kvm_regs *r)
{
	return ctlp(vcpu_fd, KVM_SET_REGS, r);
}

int kvm_get_sregs(int vcpu_fd, struct kvm_sregs *s)
{
	return ctlp(vcpu_fd, KVM_GET_SREGS, s);
}

int kvm_set_sregs(int vcpu_fd, const struct kvm_sregs *s)
{
	return ctlp(vcpu_fd, KVM_SET_SREGS, s);
}

int kvm_get_fpu(int vcpu_fd, struct kvm_fpu *f)
{
	return ctlp(vcpu_fd, KVM_GET_FPU, f);
}

int kvm_set_fpu(int vcpu_fd, const struct kvm_fpu *f)
{
	return ctlp(vcpu_fd, KVM_SET_FPU, f);
}

/* KVM_GET_MSRS and KVM_SET_MSRS with one entry; they return how many entries worked. */
struct one_msr {
	struct kvm_msrs head;
	struct kvm_msr_entry entry;
};

int kvm_get_msr(int vcpu_fd, uint32_t index, uint64_t *value)
{
	struct one_msr m = { .head.nmsrs = 1, .entry.index = index };
	int r = ctlp(vcpu_fd, KVM_GET_MSRS, &m);

	if (r < 0)
		return r;
	*value = m.entry.data;
	return r == 1 ? 0 : -ENOENT;
}

int kvm_set_msr(int vcpu_fd, uint32_t index, uint64_t value)
{
	struct one_msr m = { .head.nmsrs = 1, .entry = { .index = index, .data = value } };
	int r = ctlp(vcpu_fd, KVM_SET_MSRS, &m);

	return r < 0 ? r : r == 1 ? 0 : -ENOENT;
}

int kvm_get_supported_cpuid(int kvm_fd, struct kvm_cpuid2 *c)
{
	return ctlp(kvm_fd, KVM_GET_SUPPORTED_CPUID, c);
}

int kvm_set_cpuid2(int vcpu_fd, const struct kvm_cpuid2 *c)
{
	return ctlp(vcpu_fd, KVM_SET_CPUID2, c);
}

int kvm_get_vcpu_events(int vcpu_fd, struct kvm_vcpu_events *e)
{
	return ctlp(vcpu_fd, KVM_GET_VCPU_EVENTS, e);
}

int kvm_set_vcpu_events(int vcpu_fd, const struct kvm_vcpu_events *e)
{
	return ctlp(vcpu_fd, KVM_SET_VCPU_EVENTS, e);
}

int kvm_get_tsc_khz(int vcpu_fd)
{
	return ctl(vcpu_fd, KVM_GET_TSC_KHZ, 0);
}
