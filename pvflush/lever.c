/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flush levers; lever.h has the arguments for their correctness. */
#include "pvflush/lever.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "vmm/kvm_stats.h"
#include "vmm/machine.h"

#define MSR_KVM_STEAL_TIME 0x4b564d03u
#define KVM_MSR_ENABLED    1u
#define KVM_VCPU_FLUSH_TLB (1u << 1)
#define CR0_ET             (1ull << 4)
#define CR4_PGE            (1ull << 7)
#define STEAL_SLOT         256 /* memory slot; guest RAM uses the first few */

/* struct kvm_steal_time (Documentation/virt/kvm/x86/msr.rst), for x86. */
struct steal_area {
	uint64_t steal;
	uint32_t version;
	uint32_t flags;
	_Atomic uint8_t preempted;
	uint8_t pad[47];
};

_Static_assert(sizeof(struct steal_area) == 64, "one area is 64 bytes");
_Static_assert(offsetof(struct steal_area, preempted) == 16, "the byte that KVM looks at");
_Static_assert(LAYOUT_MAX_VCPUS * sizeof(struct steal_area) <= LAYOUT_STEAL_SIZE, "areas fit");

/* A CR4 that could not be written back, so that the next pull does. The vCPU thread's own. */
struct cr4_debt {
	bool owed;
	uint64_t value;
};

struct lever {
	struct machine *m;
	enum lever_kind kind;
	struct cr4_debt *debt;   /* one per vCPU */
	struct steal_area *area; /* LAYOUT_STEAL_SIZE bytes, LEVER_STEAL only */
};

static const char *const names[] = {
	[LEVER_STEAL] = "steal", [LEVER_SREGS] = "sregs", [LEVER_NONE] = "none"
};

const char *lever_kind_name(enum lever_kind kind)
{
	return names[kind];
}

const char *lever_name(const struct lever *l)
{
	return names[l->kind];
}

int lever_parse(const char *name, enum lever_kind *ret)
{
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i])) {
			*ret = (enum lever_kind)i;
			return 0;
		}
	return -EINVAL;
}

/* ---- steal ------------------------------------------------------------------------ */

/* No handlers: a guest that touches the MSR gets #GP. */
static const struct msr_ops guard = { .name = "steal lever" };

static int steal_create(struct lever *l)
{
	struct machine *m = l->m;
	int err;

	if (m->vcpus == 0 || kvm_stat(m->vcpu[0]->fd, "preemption_reported", NULL))
		return -EOPNOTSUPP;
	l->area = mmap(NULL, LAYOUT_STEAL_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	if (l->area == MAP_FAILED) {
		l->area = NULL;
		return -errno;
	}
	err =
	    kvm_set_memory(m->vm_fd, STEAL_SLOT, 0, gpa(LAYOUT_STEAL), LAYOUT_STEAL_SIZE, l->area);
	if (err)
		return err;
	err = msr_add(&m->msr, MSR_KVM_STEAL_TIME, 1, &guard, NULL);
	return err == -EEXIST ? 0 : err;
}

static void steal_destroy(struct lever *l)
{
	if (!l->area)
		return;
	for (unsigned i = 0; i < l->m->vcpus; i++)
		kvm_set_msr(l->m->vcpu[i]->fd, MSR_KVM_STEAL_TIME, 0);
	/* KVM must let go of the pages before they are unmapped. */
	kvm_set_memory(l->m->vm_fd, STEAL_SLOT, 0, gpa(LAYOUT_STEAL), 0, l->area);
	munmap(l->area, LAYOUT_STEAL_SIZE);
}

static int steal_register(const struct vcpu *v)
{
	uint64_t at = LAYOUT_STEAL + v->id * sizeof(struct steal_area);
	int err = kvm_set_msr(v->fd, MSR_KVM_STEAL_TIME, at | KVM_MSR_ENABLED);

	return err == -ENOENT ? -EOPNOTSUPP : err; /* steal time without CONFIG_SCHED_INFO */
}

/*
 * Registered anew each time: an INIT may have reset the MSR (lever.h). KVM reads the
 * byte in the next KVM_RUN of this same thread: program order is enough.
 */
static int steal_pull(struct lever *l, const struct vcpu *v)
{
	int err = steal_register(v);

	if (!err)
		atomic_fetch_or(&l->area[v->id].preempted, KVM_VCPU_FLUSH_TLB);
	return err;
}

/* ---- sregs ------------------------------------------------------------------------- */

/*
 * The vCPU's sregs as they are now. CR0.ET reads as 1 always (SDM vol. 3, 2.5): a copy
 * without it was never filled in, since the vCPU has not run yet.
 */
static int current_sregs(struct vcpu *v, struct kvm_sregs *s)
{
	const struct kvm_sregs *cached = vcpu_sregs(v);

	if (cached && cached->cr0 & CR0_ET) {
		*s = *cached;
		return 0;
	}
	return kvm_get_sregs(v->fd, s);
}

static int sregs_pull(struct lever *l, struct vcpu *v)
{
	struct cr4_debt *debt = &l->debt[v->id];
	struct kvm_sregs s, flipped;
	int err = current_sregs(v, &s);

	if (err)
		return err;
	if (debt->owed)
		s.cr4 = debt->value;
	flipped = s;
	flipped.cr4 ^= CR4_PGE;
	err = vcpu_set_sregs(v, &flipped);
	if (err)
		return err;
	err = vcpu_set_sregs(v, &s);
	*debt = (struct cr4_debt){ err != 0, s.cr4 };
	return err;
}

/* ---- both --------------------------------------------------------------------------- */

int lever_create(struct lever **ret, struct machine *m, enum lever_kind kind)
{
	struct lever *l = calloc(1, sizeof(*l));
	int err = 0;

	if (!l)
		return -ENOMEM;
	l->m = m;
	l->kind = kind;
	l->debt = calloc(m->vcpus, sizeof(l->debt[0]));
	if (!l->debt)
		err = -ENOMEM;
	else if (kind == LEVER_STEAL)
		err = steal_create(l);
	if (err) {
		lever_destroy(l);
		return err;
	}
	*ret = l;
	return 0;
}

void lever_destroy(struct lever *l)
{
	if (!l)
		return;
	steal_destroy(l);
	free(l->debt);
	free(l);
}

int lever_vcpu_init(struct lever *l, struct vcpu *v)
{
	return l->kind == LEVER_STEAL ? steal_register(v) : 0;
}

int lever_pull(struct lever *l, struct vcpu *v)
{
	switch (l->kind) {
	case LEVER_STEAL:
		if (v->last_run_interrupted)
			return sregs_pull(l, v);
		return steal_pull(l, v);
	case LEVER_SREGS:
		return sregs_pull(l, v);
	case LEVER_NONE:
		return 0;
	}
	return -EINVAL;
}
