/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MADT (ACPI 6.5, 5.2.12): processors and interrupt routing. A local APIC entry holds an
 * 8-bit id, and 255 is the broadcast id, so processor 255 and up get x2APIC entries.
 *
 * ISA interrupts are GSIs of the same number, the timer too: KVM's default routing wires
 * its PIT to IOAPIC pin 0, where PCs use pin 2 and say so in an override.
 */
#include "vmm/acpi_tables.h"
#include "vmm/layout.h"

#define MADT_REVISION	5
#define PCAT_COMPAT	1 /* dual 8259s present */
#define ENABLED		1
#define FIRST_X2APIC_ID 255
#define ACTIVE_HIGH	(1 << 0)
#define LEVEL		(3 << 2)
#define LINT_NMI	1

enum {
	TYPE_LAPIC = 0,
	TYPE_IOAPIC = 1,
	TYPE_OVERRIDE = 2,
	TYPE_LAPIC_NMI = 4,
	TYPE_X2APIC = 9,
	TYPE_X2APIC_NMI = 10,
};

struct lapic {
	uint8_t type, length, uid, id;
	uint32_t flags;
} __attribute__((packed));

struct x2apic {
	uint8_t type, length;
	uint16_t reserved;
	uint32_t id, flags, uid;
} __attribute__((packed));

struct ioapic {
	uint8_t type, length, id, reserved;
	uint32_t address, first_gsi;
} __attribute__((packed));

struct override {
	uint8_t type, length, bus, source;
	uint32_t gsi;
	uint16_t flags;
} __attribute__((packed));

struct lapic_nmi {
	uint8_t type, length, uid;
	uint16_t flags;
	uint8_t lint;
} __attribute__((packed));

struct x2apic_nmi {
	uint8_t type, length;
	uint16_t flags;
	uint32_t uid;
	uint8_t lint, reserved[3];
} __attribute__((packed));

_Static_assert(sizeof(struct lapic) == 8, "5.2.12.2");
_Static_assert(sizeof(struct ioapic) == 12, "5.2.12.3");
_Static_assert(sizeof(struct override) == 10, "5.2.12.5");
_Static_assert(sizeof(struct lapic_nmi) == 6, "5.2.12.7");
_Static_assert(sizeof(struct x2apic) == 16, "5.2.12.12");
_Static_assert(sizeof(struct x2apic_nmi) == 12, "5.2.12.13");

static void processor(struct aml *t, unsigned id)
{
	const struct lapic lapic = { TYPE_LAPIC, sizeof(lapic), (uint8_t)id, (uint8_t)id, ENABLED };
	const struct x2apic x2apic = { TYPE_X2APIC, sizeof(x2apic), 0, id, ENABLED, id };

	if (id < FIRST_X2APIC_ID)
		aml_bytes(t, &lapic, sizeof(lapic));
	else
		aml_bytes(t, &x2apic, sizeof(x2apic));
}

/* LINT1 of all processors (uid: all ones) is the NMI, with the bus's polarity and trigger. */
static void nmi(struct aml *t, unsigned vcpus)
{
	const struct lapic_nmi lapic = { TYPE_LAPIC_NMI, sizeof(lapic), 0xff, 0, LINT_NMI };
	const struct x2apic_nmi x2apic = {
		TYPE_X2APIC_NMI, sizeof(x2apic), 0, 0xffffffff, LINT_NMI, { 0 },
	};

	aml_bytes(t, &lapic, sizeof(lapic));
	if (vcpus > FIRST_X2APIC_ID)
		aml_bytes(t, &x2apic, sizeof(x2apic));
}

void acpi_madt(struct aml *t, unsigned vcpus)
{
	const struct acpi_header header = acpi_header("APIC", MADT_REVISION);
	const struct ioapic ioapic = { TYPE_IOAPIC, sizeof(ioapic), 0, 0, LAYOUT_IOAPIC, 0 };
	const struct override sci = {
		TYPE_OVERRIDE, sizeof(sci), 0, LAYOUT_IRQ_SCI, LAYOUT_IRQ_SCI, ACTIVE_HIGH | LEVEL,
	};

	aml_bytes(t, &header, sizeof(header));
	aml_le(t, LAYOUT_LAPIC, 4);
	aml_le(t, PCAT_COMPAT, 4);
	for (unsigned id = 0; id < vcpus; id++)
		processor(t, id);
	aml_bytes(t, &ioapic, sizeof(ioapic));
	aml_bytes(t, &sci, sizeof(sci));
	nmi(t, vcpus);
}
