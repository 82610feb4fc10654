/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ACPI tables made in process: RSDP at LAYOUT_ACPI, XSDT, FADT, FACS, MADT, DSDT.
 */
#ifndef VMM_ACPI_H
#define VMM_ACPI_H

#include <stdbool.h>

#include "vmm/gpa.h"
#include "vmm/memory.h"

struct acpi_config {
	unsigned vcpus;		/* MADT: one local APIC or x2APIC (id >= 255) each, ids 0.. */
	unsigned virtio;	/* DSDT: so many LNRO0005 devices, placed by layout.h */
	bool com1;		/* DSDT: PNP0501 at 0x3f8 IRQ 4 */
};

/*
 * The value that a guest writes to SLP_TYPx (bits 10-12 of the PM1a control register)
 * together with SLP_EN (bit 13) to power off: \_S5 of the DSDT (ACPI 6.5, 4.8.3.2.1).
 */
#define ACPI_S5_SLEEP_TYPE 5

/*
 * Builds and writes the tables into m, all inside LAYOUT_ACPI..LAYOUT_ACPI_END. *rsdp gets
 * the address to hand to the kernel. -EINVAL: no vCPU; -E2BIG: more vCPUs or devices
 * than layout.h allows; -EFAULT: guest RAM ends below; -ENOMEM.
 */
int acpi_build(const struct memory *m, const struct acpi_config *c, gpa_t *rsdp);

#endif
