/* SPDX-License-Identifier: GPL-2.0-or-later */
/* struct kvm_steal_time in guest RAM: the operations on it, each one step of the protocol. */
#ifndef PVFLUSH_KVM_AREA_H
#define PVFLUSH_KVM_AREA_H

#include <asm/kvm_para.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

_Static_assert(sizeof(struct kvm_steal_time) == 64, "steal-time area is 64 bytes");
_Static_assert(offsetof(struct kvm_steal_time, version) == 8, "version at 8");
_Static_assert(offsetof(struct kvm_steal_time, preempted) == 16, "preempted at 16");

/* Bits 1 to 5 of the MSR are reserved, bit 0 enables. */
#define STEAL_MSR_ENABLE   1ull
#define STEAL_MSR_RESERVED 0x3eull

static inline _Atomic uint8_t *area_preempted(struct kvm_steal_time *a)
{
	return (_Atomic uint8_t *)&a->preempted;
}

/* S2. */
static inline void area_show(struct kvm_steal_time *a)
{
	atomic_fetch_or(area_preempted(a), KVM_VCPU_PREEMPTED);
}

/* F3, S3: the byte as it was, now zero. */
static inline uint8_t area_take(struct kvm_steal_time *a)
{
	return atomic_exchange(area_preempted(a), 0);
}

/*
 * Add ns to steal under the version's seqlock: odd, write, even. The guest's reader
 * pairs with both release orders (kernel: kvm_steal_clock).
 */
static inline void area_add_steal(struct kvm_steal_time *a, uint64_t ns)
{
	_Atomic uint32_t *version = (_Atomic uint32_t *)&a->version;
	_Atomic uint64_t *steal = (_Atomic uint64_t *)&a->steal;
	uint32_t v = atomic_load_explicit(version, memory_order_relaxed) | 1;

	atomic_store_explicit(version, v, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(steal, atomic_load_explicit(steal, memory_order_relaxed) + ns,
			      memory_order_relaxed);
	atomic_store_explicit(version, v + 1, memory_order_release);
}

#endif
