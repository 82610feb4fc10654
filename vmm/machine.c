/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building a machine, and tearing it down. Running it is machine_run.c. */
#include "vmm/machine.h"
#include "vmm/tsc.h"
#include "vmm/xstate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int create_memory(struct machine *m, const struct machine_config *c, struct diag *d)
{
	const struct mem_region *r;
	unsigned n;
	int err = mem_create(&m->mem, c->memory, c->hugepages);

	if (err)
		return diag_errno(d, err, "guest RAM",
				  c->hugepages ? "reserve huge pages first: sysctl vm.nr_hugepages=N"
					       : "try a smaller -m");
	n = mem_regions(m->mem, &r);
	for (unsigned i = 0; i < n && !err; i++)
		err = kvm_set_memory(m->vm_fd, i, 0, r[i].base, r[i].size, r[i].host);
	return err ? diag_errno(d, err, "KVM_SET_USER_MEMORY_REGION", NULL) : 0;
}

static int create_irqchip(struct machine *m, struct diag *d)
{
	int err = kvm_create_irqchip(m->vm_fd);

	if (err)
		return diag_errno(d, err, "KVM_CREATE_IRQCHIP", "this VMM needs the in-kernel irqchip");
	err = kvm_create_pit2(m->vm_fd);
	return err ? diag_errno(d, err, "KVM_CREATE_PIT2", NULL) : 0;
}

static int create_vm(struct machine *m, const struct machine_config *c, struct diag *d)
{
	int limit;

	m->vm_fd = kvm_create_vm(&m->kvm);
	if (m->vm_fd < 0)
		return diag_errno(d, m->vm_fd, "KVM_CREATE_VM", NULL);
	limit = kvm_check(m->vm_fd, KVM_CAP_MAX_VCPUS);
	if (limit && c->vcpus > (unsigned)limit)
		return diag_usage(d, "--cpus", "use fewer", "%u, and this host's KVM offers %d",
				  c->vcpus, limit);
	/* Only VMX without unrestricted guest needs these two; elsewhere they change nothing. */
	kvm_set_tss_addr(m->vm_fd, gpa(LAYOUT_KVM_TSS));
	kvm_set_identity_map_addr(m->vm_fd, gpa(LAYOUT_KVM_IDENTITY_MAP));
	if (c->vcpus > 254 &&
	    kvm_enable(m->vm_fd, KVM_CAP_X2APIC_API,
		       KVM_X2APIC_API_USE_32BIT_IDS | KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK))
		return diag_missing(d, "--cpus", "use at most 254",
				    "more than 254 vCPUs need KVM_CAP_X2APIC_API");
	return c->no_irqchip ? 0 : create_irqchip(m, d);
}

static int create_vcpus(struct machine *m, unsigned n, struct diag *d)
{
	m->vcpu = calloc(n, sizeof(struct vcpu *));
	if (!m->vcpu)
		return diag_errno(d, -ENOMEM, "vCPUs", NULL);
	for (; m->vcpus < n; m->vcpus++) {
		int err = vcpu_create(&m->vcpu[m->vcpus], m, m->vcpus);

		if (err)
			return diag_errno(d, err, "KVM_CREATE_VCPU", NULL);
	}
	return 0;
}

static int create_cpuid(struct machine *m, const struct machine_config *c, struct diag *d)
{
	int err = cpuid_supported(&m->cpuid, m->kvm.fd);

	if (err)
		return diag_errno(d, err, "KVM_GET_SUPPORTED_CPUID", NULL);
	cpuid_sanitize(&m->cpuid, c->vcpus);
	if (tsc_trusted())
		tsc_show_invariant(&m->cpuid);
	if (c->no_xsave)
		xstate_hide(&m->cpuid);
	return 0;
}

static int build(struct machine *m, const struct machine_config *c, struct diag *d)
{
	int err = kvm_open(&m->kvm, "/dev/kvm", d);

	if (!err)
		err = create_vm(m, c, d);
	if (!err)
		err = create_memory(m, c, d);
	if (!err)
		err = create_cpuid(m, c, d);
	if (!err)
		err = create_vcpus(m, c->vcpus, d);
	if (err)
		return err;
	err = ring_create(&m->ring);
	return err ? diag_errno(d, err, "io_uring_setup",
				"Linux 5.6 or newer with io_uring allowed "
				"(sysctl kernel.io_uring_disabled=0) is needed")
		   : 0;
}

int machine_create(struct machine **ret, const struct machine_config *c, struct diag *d)
{
	struct machine *m;
	int err;

	if (c->vcpus < 1 || c->vcpus > LAYOUT_MAX_VCPUS)
		return diag_usage(d, "--cpus", NULL, "%u: must be 1 to %d", c->vcpus,
				  LAYOUT_MAX_VCPUS);
	m = calloc(1, sizeof(*m));
	if (!m)
		return diag_errno(d, -ENOMEM, "machine", NULL);
	m->kvm.fd = m->vm_fd = -1;
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->changed, NULL);
	err = build(m, c, d);
	if (err) {
		machine_destroy(m);
		return err;
	}
	*ret = m;
	return 0;
}

void machine_destroy(struct machine *m)
{
	if (!m)
		return;
	ring_destroy(m->ring);
	for (unsigned i = 0; i < m->vcpus; i++)
		vcpu_destroy(m->vcpu[i]);
	free(m->vcpu);
	if (m->vm_fd >= 0)
		close(m->vm_fd);
	mem_destroy(m->mem);
	kvm_close(&m->kvm);
	pthread_cond_destroy(&m->changed);
	pthread_mutex_destroy(&m->lock);
	free(m);
}
