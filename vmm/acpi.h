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
	unsigned vcpus;		/* MADT: local APIC (id < 255) or x2APIC entries, one each, ids 0.. */
	unsigned virtio;	/* DSDT: this many LNRO0005 devices at layout.h's addresses and GSIs */
	bool com1;		/* DSDT: PNP0501 at 0x3f8 IRQ 4 */
};

/* Builds and writes the tables into m. *rsdp gets the address to hand to the kernel. -E2BIG, -EFAULT. */
int acpi_build(const struct memory *m, const struct acpi_config *c, gpa_t *rsdp);

#endif
