/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DSDT: what Linux cannot find by itself: how to power off, the serial port, and the
 * virtio-mmio devices. Resource descriptors: ACPI 6.5, 6.4.
 */
#include <stdio.h>

#include "vmm/acpi_tables.h"
#include "vmm/layout.h"

#define DSDT_REVISION 2 /* integers of 64 bits */

/* IRQ descriptor without flags: edge, active high, exclusive. */
#define IRQ_NO_FLAGS 0x22
#define IO_PORT	     0x47
#define DECODE16     1

#define MEMORY32_FIXED	   0x86
#define MEMORY_WRITABLE	   1
#define INTERRUPT_EXTENDED 0x89
#define INTERRUPT_CONSUMER 1 /* and level, active high, exclusive: the other bits clear */

struct io_port {
	uint8_t tag, decode;
	uint16_t min, max;
	uint8_t align, len;
} __attribute__((packed));

struct irq {
	uint8_t tag;
	uint16_t mask;
} __attribute__((packed));

struct memory32 {
	uint8_t tag;
	uint16_t length;
	uint8_t writable;
	uint32_t base, size;
} __attribute__((packed));

struct interrupt {
	uint8_t tag;
	uint16_t length;
	uint8_t flags, count;
	uint32_t gsi;
} __attribute__((packed));

#define LARGE_HEADER 3 /* tag and length are not counted in length */

static void s5(struct aml *t)
{
	size_t package;

	aml_name(t, "\\_S5_");
	package = aml_open_package(t, 4);
	aml_integer(t, ACPI_S5_SLEEP_TYPE); /* PM1a */
	aml_integer(t, ACPI_S5_SLEEP_TYPE); /* PM1b: there is none */
	aml_integer(t, 0);
	aml_integer(t, 0);
	aml_close(t, package);
}

static void com1(struct aml *t)
{
	const struct {
		struct io_port io;
		struct irq irq;
	} __attribute__((packed)) crs = {
		{ IO_PORT, DECODE16, LAYOUT_PORT_COM1, LAYOUT_PORT_COM1, 1, 8 },
		{ IRQ_NO_FLAGS, 1 << LAYOUT_IRQ_COM1 },
	};
	size_t device = aml_open_device(t, "COM1");

	aml_name(t, "_HID");
	aml_eisaid(t, "PNP0501");
	aml_name(t, "_UID");
	aml_integer(t, 1);
	aml_crs(t, &crs, sizeof(crs));
	aml_close(t, device);
}

static void virtio(struct aml *t, unsigned n)
{
	const struct {
		struct memory32 mmio;
		struct interrupt irq;
	} __attribute__((packed)) crs = {
		{ MEMORY32_FIXED, sizeof(crs.mmio) - LARGE_HEADER, MEMORY_WRITABLE,
		  (uint32_t)(LAYOUT_VIRTIO_MMIO + n * LAYOUT_VIRTIO_STRIDE), LAYOUT_VIRTIO_STRIDE },
		{ INTERRUPT_EXTENDED, sizeof(crs.irq) - LARGE_HEADER, INTERRUPT_CONSUMER, 1,
		  layout_virtio_gsi(n) },
	};
	char name[5];
	size_t device;

	snprintf(name, sizeof(name), "V%03u", n % 1000);
	device = aml_open_device(t, name);
	aml_name(t, "_HID");
	aml_string(t, "LNRO0005");
	aml_name(t, "_UID");
	aml_integer(t, n);
	aml_crs(t, &crs, sizeof(crs));
	aml_close(t, device);
}

void acpi_dsdt(struct aml *t, const struct acpi_config *c)
{
	const struct acpi_header header = acpi_header("DSDT", DSDT_REVISION);
	size_t scope;

	aml_bytes(t, &header, sizeof(header));
	s5(t);
	scope = aml_open_scope(t, "\\_SB_");
	if (c->com1)
		com1(t);
	for (unsigned i = 0; i < c->virtio; i++)
		virtio(t, i);
	aml_close(t, scope);
}
