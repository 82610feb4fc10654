/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dispatch of port I/O, MMIO and MSR exits to whoever registered the range.
 *
 * Registration happens before the first vCPU runs; afterwards a bus is read-only,
 * so that vCPU threads look ranges up without a lock. Handlers run on the thread
 * of the vCPU that made the access and must not block; they serialise access to
 * their own device.
 */
#ifndef VMM_BUS_H
#define VMM_BUS_H

#include <stdint.h>

struct vcpu;

/*
 * offset: from the start of the range. size: 1, 2, 4 or 8 bytes (ports: up to 4).
 * A NULL handler reads as all ones and ignores writes, as an empty bus does.
 */
struct bus_ops {
	const char *name;
	uint64_t (*read)(void *opaque, struct vcpu *v, uint64_t offset, unsigned size);
	void (*write)(void *opaque, struct vcpu *v, uint64_t offset, unsigned size, uint64_t value);
};

#define BUS_MAX_RANGES 48

struct bus_range {
	uint64_t base, len;
	const struct bus_ops *ops;
	void *opaque;
};

/* Zero-initialise; ranges are kept sorted by base. */
struct bus {
	struct bus_range range[BUS_MAX_RANGES];
	unsigned n;
};

/* 0, -EINVAL for an empty or wrapping range, -EEXIST for an overlap, -ENOSPC. ops must stay valid. */
int bus_add(struct bus *b, uint64_t base, uint64_t len, const struct bus_ops *ops, void *opaque);

/* One access. Accesses that no range covers whole read as all ones and write nothing. */
uint64_t bus_read(const struct bus *b, struct vcpu *v, uint64_t addr, unsigned size);
void bus_write(const struct bus *b, struct vcpu *v, uint64_t addr, unsigned size, uint64_t value);

/*
 * MSR handlers return 0, or -1 to make the access raise #GP in the guest. A NULL
 * handler raises #GP (SDM vol. 3, "MSRs": access to a reserved MSR).
 */
struct msr_ops {
	const char *name;
	int (*read)(void *opaque, struct vcpu *v, uint32_t index, uint64_t *value);
	int (*write)(void *opaque, struct vcpu *v, uint32_t index, uint64_t value);
};

#define MSR_MAX_RANGES 8

struct msr_range {
	uint32_t base, len;
	const struct msr_ops *ops;
	void *opaque;
};

struct msr_bus {
	struct msr_range range[MSR_MAX_RANGES];
	unsigned n;
};

/*
 * Every guest access to [base, base + len) comes to ops: the machine builds KVM's
 * MSR filter (KVM_X86_SET_MSR_FILTER) from these ranges. Errors as bus_add.
 * 0x800-0x8ff (x2APIC) cannot be filtered: -EINVAL.
 */
int msr_add(struct msr_bus *b, uint32_t base, uint32_t len, const struct msr_ops *ops, void *opaque);
int msr_read(const struct msr_bus *b, struct vcpu *v, uint32_t index, uint64_t *value);
int msr_write(const struct msr_bus *b, struct vcpu *v, uint32_t index, uint64_t value);

#endif
