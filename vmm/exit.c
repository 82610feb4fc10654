/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exit table. Each handler completes one exit; what cannot go on is reported by crash.c. */
#include "vmm/exit.h"

#include <errno.h>
#include <string.h>

#include "vmm/crash.h"
#include "vmm/machine.h"

/* One element of a PIO exit; string instructions bring several. */
static void pio_element(struct vcpu *v, uint8_t *data)
{
	const struct kvm_run *run = v->run;
	const struct bus *b = &v->machine->pio;
	unsigned size = run->io.size;
	uint64_t value = 0;

	if (run->io.direction == KVM_EXIT_IO_OUT) {
		memcpy(&value, data, size);
		bus_write(b, v, run->io.port, size, value);
	} else {
		value = bus_read(b, v, run->io.port, size);
		memcpy(data, &value, size);
	}
}

static bool on_io(struct vcpu *v)
{
	const struct kvm_run *run = v->run;
	/* KVM promises size and count to fit the shared page; a handler must not make it more. */
	uint32_t count = run->io.count;
	uint8_t *data = (uint8_t *)v->run + run->io.data_offset;

	for (uint32_t i = 0; i < count; i++)
		pio_element(v, data + (size_t)i * run->io.size);
	return true;
}

static bool on_mmio(struct vcpu *v)
{
	struct kvm_run *run = v->run;
	const struct bus *b = &v->machine->mmio;
	uint64_t value = 0;

	if (run->mmio.is_write) {
		memcpy(&value, run->mmio.data, run->mmio.len);
		bus_write(b, v, run->mmio.phys_addr, run->mmio.len, value);
	} else {
		value = bus_read(b, v, run->mmio.phys_addr, run->mmio.len);
		memcpy(run->mmio.data, &value, run->mmio.len);
	}
	return true;
}

static bool on_rdmsr(struct vcpu *v)
{
	uint64_t value = 0;

	v->run->msr.error = msr_read(&v->machine->msr, v, v->run->msr.index, &value) ? 1 : 0;
	v->run->msr.data = value;
	return true;
}

static bool on_wrmsr(struct vcpu *v)
{
	v->run->msr.error =
		msr_write(&v->machine->msr, v, v->run->msr.index, v->run->msr.data) ? 1 : 0;
	return true;
}

static bool on_nothing(struct vcpu *v)
{
	return true;
}

static bool on_shutdown(struct vcpu *v)
{
	return crash_shutdown(v);
}

static bool on_fatal(struct vcpu *v)
{
	return crash_exit(v);
}

/* A breakpoint or single-step that a hook armed; nobody's is an error of this VMM. */
static bool on_debug(struct vcpu *v)
{
	const struct machine *m = v->machine;

	for (unsigned i = 0; i < m->hooks; i++)
		if (m->hook[i].ops->debug && m->hook[i].ops->debug(m->hook[i].opaque, v))
			return true;
	return crash_exit(v);
}

static bool on_system_event(struct vcpu *v)
{
	enum stop_reason why = v->run->system_event.type == KVM_SYSTEM_EVENT_SHUTDOWN ? STOP_POWEROFF
										       : STOP_RESET;

	machine_stop(v->machine, why, 0, NULL);
	return false;
}

static const struct {
	const char *name;
	bool (*handle)(struct vcpu *v);
} table[] = {
	[KVM_EXIT_UNKNOWN] = { "UNKNOWN", on_fatal },
	[KVM_EXIT_EXCEPTION] = { "EXCEPTION", on_fatal },
	[KVM_EXIT_IO] = { "IO", on_io },
	[KVM_EXIT_HYPERCALL] = { "HYPERCALL", on_fatal },
	[KVM_EXIT_DEBUG] = { "DEBUG", on_debug },
	[KVM_EXIT_HLT] = { "HLT", on_nothing },
	[KVM_EXIT_MMIO] = { "MMIO", on_mmio },
	[KVM_EXIT_IRQ_WINDOW_OPEN] = { "IRQ_WINDOW_OPEN", on_nothing },
	[KVM_EXIT_SHUTDOWN] = { "SHUTDOWN", on_shutdown },
	[KVM_EXIT_FAIL_ENTRY] = { "FAIL_ENTRY", on_fatal },
	[KVM_EXIT_INTR] = { "INTR", on_nothing },
	[KVM_EXIT_SET_TPR] = { "SET_TPR", on_nothing },
	[KVM_EXIT_TPR_ACCESS] = { "TPR_ACCESS", on_nothing },
	[KVM_EXIT_NMI] = { "NMI", on_nothing },
	[KVM_EXIT_INTERNAL_ERROR] = { "INTERNAL_ERROR", on_fatal },
	[KVM_EXIT_SYSTEM_EVENT] = { "SYSTEM_EVENT", on_system_event },
	[KVM_EXIT_IOAPIC_EOI] = { "IOAPIC_EOI", on_nothing },
	[KVM_EXIT_HYPERV] = { "HYPERV", on_fatal },
	[KVM_EXIT_X86_RDMSR] = { "X86_RDMSR", on_rdmsr },
	[KVM_EXIT_X86_WRMSR] = { "X86_WRMSR", on_wrmsr },
	[KVM_EXIT_DIRTY_RING_FULL] = { "DIRTY_RING_FULL", on_nothing },
	[KVM_EXIT_X86_BUS_LOCK] = { "X86_BUS_LOCK", on_nothing },
	[KVM_EXIT_XEN] = { "XEN", on_fatal },
	[CRASH_MEMORY_FAULT] = { "MEMORY_FAULT", on_fatal },
};

#define TABLE_SIZE (sizeof(table) / sizeof(table[0]))

_Static_assert(TABLE_SIZE < VCPU_EXIT_REASONS, "exit counters hold every known reason");

const char *exit_name(unsigned reason)
{
	return reason < TABLE_SIZE && table[reason].name ? table[reason].name : "?";
}

bool exit_handle(struct vcpu *v)
{
	uint32_t reason = v->run->exit_reason;
	unsigned slot = reason < VCPU_EXIT_REASONS - 1 ? reason : VCPU_EXIT_REASONS - 1;

	atomic_fetch_add_explicit(&v->exits[slot], 1, memory_order_relaxed);
	if (reason < TABLE_SIZE && table[reason].handle)
		return table[reason].handle(v);
	return on_fatal(v);
}
