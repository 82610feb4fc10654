/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running a machine: hooks, MSR filter, start, stop, interrupt lines. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vmm/machine.h"

int machine_add_hook(struct machine *m, const struct vcpu_hook *ops, void *opaque)
{
	if (m->hooks == MACHINE_MAX_HOOKS)
		return -ENOSPC;
	m->hook[m->hooks].ops = ops;
	m->hook[m->hooks].opaque = opaque;
	m->hooks++;
	return 0;
}

/* One filter range per MSR range, all bits zero: deny, that is, exit to user space. */
static int install_filter(struct machine *m)
{
	static const uint8_t deny[0x600]; /* KVM's limit: 0x3000 MSRs in a range */
	struct kvm_msr_filter f = { .flags = KVM_MSR_FILTER_DEFAULT_ALLOW };

	_Static_assert(MSR_MAX_RANGES <= KVM_MSR_FILTER_MAX_RANGES, "ranges fit KVM's filter");
	if (m->msr.n == 0)
		return 0;
	for (unsigned i = 0; i < m->msr.n; i++) {
		if (m->msr.range[i].len > sizeof(deny) * 8)
			return -E2BIG;
		f.ranges[i] = (struct kvm_msr_filter_range){
			.flags = KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE,
			.nmsrs = m->msr.range[i].len,
			.base = m->msr.range[i].base,
			.bitmap = (__u8 *)(uintptr_t)deny, /* KVM only reads it */
		};
	}
	if (kvm_enable(m->vm_fd, KVM_CAP_X86_USER_SPACE_MSR, KVM_MSR_EXIT_REASON_FILTER))
		return -ENOTSUP;
	return kvm_set_msr_filter(m->vm_fd, &f);
}

static int install_cpuid(struct machine *m, struct vcpu *v)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entry[CPUID_MAX];
	} *c = calloc(1, sizeof(*c));
	struct cpuid_table *t = malloc(sizeof(*t));
	int err = -ENOMEM;

	if (c && t) {
		cpuid_for_vcpu(t, &m->cpuid, v->id);
		c->head.nent = t->n;
		memcpy(c->entry, t->entry, t->n * sizeof(t->entry[0]));
		err = kvm_set_cpuid2(v->fd, &c->head);
	}
	free(c);
	free(t);
	return err;
}

int machine_install_cpuid(struct machine *m)
{
	int err = 0;

	for (unsigned i = 0; i < m->vcpus && !err; i++)
		err = install_cpuid(m, m->vcpu[i]);
	return err;
}

int machine_start(struct machine *m, struct diag *d)
{
	int err = install_filter(m);

	if (err == -ENOTSUP)
		return diag_missing(d, "MSR filter", "Linux 5.10 or newer is needed on the host",
				    "KVM_CAP_X86_USER_SPACE_MSR is not there");
	if (err)
		return diag_errno(d, err, "KVM_X86_SET_MSR_FILTER", NULL);
	err = machine_install_cpuid(m);
	if (err)
		return diag_errno(d, err, "KVM_SET_CPUID2", NULL);
	for (unsigned i = 0; i < m->vcpus && !err; i++)
		err = vcpu_start(m->vcpu[i]);
	if (err) {
		machine_stop(m, STOP_CRASH, 0, NULL);
		machine_wait(m);
		return diag_errno(d, err, "vCPU thread", NULL);
	}
	pthread_mutex_lock(&m->lock);
	m->running = true;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
	return 0;
}

void machine_stop(struct machine *m, enum stop_reason why, int status, const struct diag *d)
{
	pthread_mutex_lock(&m->lock);
	if (atomic_load(&m->stop_reason) == STOP_NONE) {
		m->stop_status = status;
		if (d)
			m->stop_diag = *d;
		atomic_store(&m->stop_reason, why);
		m->running = true; /* threads that wait to start see their stop request instead */
		pthread_cond_broadcast(&m->changed);
	}
	pthread_mutex_unlock(&m->lock);
	for (unsigned i = 0; i < m->vcpus; i++)
		vcpu_request(m->vcpu[i], VCPU_REQ_STOP);
}

enum stop_reason machine_wait(struct machine *m)
{
	enum stop_reason why;

	pthread_mutex_lock(&m->lock);
	while (atomic_load(&m->stop_reason) == STOP_NONE)
		pthread_cond_wait(&m->changed, &m->lock);
	why = (enum stop_reason)atomic_load(&m->stop_reason);
	pthread_mutex_unlock(&m->lock);
	for (unsigned i = 0; i < m->vcpus; i++)
		vcpu_join(m->vcpu[i]);
	return why;
}

void machine_quiesce(struct machine *m)
{
	ring_destroy(m->ring);
	m->ring = NULL;
}

int machine_irq(struct machine *m, unsigned gsi, int level)
{
	return kvm_irq_line(m->vm_fd, gsi, level ? 1 : 0);
}

int machine_ioeventfd(struct machine *m, gpa_t addr, unsigned size, uint64_t value, int *fd)
{
	int err, e;

	if (!kvm_check(m->vm_fd, KVM_CAP_IOEVENTFD))
		return -ENOTSUP;
	e = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (e < 0)
		return -errno;
	err = kvm_ioeventfd(m->vm_fd, addr, size, value, e);
	if (err) {
		close(e);
		return err == -ENOSPC ? -ENOTSUP : err;
	}
	*fd = e;
	return 0;
}
