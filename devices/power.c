/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACPI fixed hardware, reset and debug exit. See power.h. */
#include "devices/power.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define PM_TIMER_HZ 3579545ull
#define NS_PER_S    1000000000ull

#define PM1_ENABLE	 2 /* offset of PM1_EN in the event block; PM1_STS is at 0 */
#define PM1_CONTROL	 4 /* offset of PM1_CNT, the block after it */
#define PM1_SCI_EN	 (1u << 0)
#define PM1_SLP_TYP(x)	 ((x) >> 10 & 7u)
#define PM1_SLP_EN	 (1u << 13)
#define PM1_CONTROL_KEPT 0x1c02u /* BM_RLD, SLP_TYP; GBL_RLS and SLP_EN read as 0 */
#define PM1_EVENTS	 0x4721u /* enable bits that exist: timer, GBL, buttons, RTC, PCIe wake */

#define RESET_CPU	 (1u << 2)
#define I8042_PULSE_RESET 0xfeu

struct power {
	struct machine *m;
	_Atomic uint16_t pm1_enable, pm1_control;
};

/* --- PM1a --------------------------------------------------------------------------- */

static uint64_t pm_read(void *opaque, struct vcpu *v, uint64_t offset, unsigned size)
{
	struct power *p = opaque;
	uint64_t all = (uint64_t)atomic_load(&p->pm1_enable) << 8 * PM1_ENABLE |
		       (uint64_t)(atomic_load(&p->pm1_control) | PM1_SCI_EN) << 8 * PM1_CONTROL;

	return all >> 8 * offset;
}

static void write_control(struct power *p, uint16_t value)
{
	atomic_store(&p->pm1_control, value & PM1_CONTROL_KEPT);
	if ((value & PM1_SLP_EN) && PM1_SLP_TYP(value) == POWER_SLP_TYP_S5)
		machine_stop(p->m, STOP_POWEROFF, 0, NULL);
}

/* The registers are 16 bits wide; a byte goes to its half, a 32-bit access to both of a block. */
static uint16_t merge(uint16_t old, uint64_t reg, uint64_t offset, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++) {
		uint64_t at = offset + i - reg;

		if (offset + i >= reg && at < 2)
			old = (uint16_t)((old & ~(0xffu << 8 * at)) |
					 (value >> 8 * i & 0xff) << 8 * at);
	}
	return old;
}

static void pm_write(void *opaque, struct vcpu *v, uint64_t offset, unsigned size, uint64_t value)
{
	struct power *p = opaque;
	uint16_t enable = merge(atomic_load(&p->pm1_enable), PM1_ENABLE, offset, size, value);

	/* PM1_STS: write one to clear, and no bit is ever set. */
	atomic_store(&p->pm1_enable, enable & PM1_EVENTS);
	if (offset + size > PM1_CONTROL)
		write_control(p, merge(atomic_load(&p->pm1_control), PM1_CONTROL, offset, size,
				       value));
}

static const struct bus_ops pm_ops = { "acpi-pm1a", pm_read, pm_write };

static uint64_t timer_read(void *opaque, struct vcpu *v, uint64_t offset, unsigned size)
{
	struct timespec t;
	uint64_t ticks;

	clock_gettime(CLOCK_MONOTONIC, &t);
	ticks = (uint64_t)t.tv_sec * PM_TIMER_HZ + (uint64_t)t.tv_nsec * PM_TIMER_HZ / NS_PER_S;
	return (ticks & 0xffffffffu) >> 8 * offset;
}

static const struct bus_ops timer_ops = { "acpi-pm-timer", timer_read, NULL };

/* --- reset and exit ----------------------------------------------------------------- */

static uint64_t read_zero(void *opaque, struct vcpu *v, uint64_t offset, unsigned size)
{
	return 0;
}

static void reset_write(void *opaque, struct vcpu *v, uint64_t offset, unsigned size,
			uint64_t value)
{
	struct power *p = opaque;

	if (value & RESET_CPU)
		machine_stop(p->m, STOP_RESET, 0, NULL);
}

static const struct bus_ops reset_ops = { "reset-control", read_zero, reset_write };

static void i8042_write(void *opaque, struct vcpu *v, uint64_t offset, unsigned size,
			uint64_t value)
{
	struct power *p = opaque;

	if (value == I8042_PULSE_RESET)
		machine_stop(p->m, STOP_RESET, 0, NULL);
}

static const struct bus_ops i8042_ops = { "i8042", read_zero, i8042_write };

static void debug_exit_write(void *opaque, struct vcpu *v, uint64_t offset, unsigned size,
			     uint64_t value)
{
	struct power *p = opaque;

	machine_stop(p->m, STOP_DEBUG_EXIT, (int)(uint32_t)value, NULL);
}

static const struct bus_ops debug_exit_ops = { "debug-exit", read_zero, debug_exit_write };

/* --- life --------------------------------------------------------------------------- */

int power_create(struct power **ret, struct machine *m)
{
	static const struct {
		uint64_t port, len;
		const struct bus_ops *ops;
	} ranges[] = {
		{ LAYOUT_PORT_PM, 6, &pm_ops },
		{ LAYOUT_PORT_PM_TIMER, 4, &timer_ops },
		{ LAYOUT_PORT_RESET, 1, &reset_ops },
		{ LAYOUT_PORT_I8042, 1, &i8042_ops },
		{ LAYOUT_PORT_DEBUG_EXIT, 4, &debug_exit_ops },
	};
	struct power *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->m = m;
	for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		int err = bus_add(&m->pio, ranges[i].port, ranges[i].len, ranges[i].ops, p);

		if (err) {
			power_destroy(p);
			return err;
		}
	}
	*ret = p;
	return 0;
}

void power_destroy(struct power *p)
{
	free(p);
}
