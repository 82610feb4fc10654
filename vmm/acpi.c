/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Laying the ACPI tables out: the RSDP first, where a BIOS search would find it, then
 * FACS, DSDT, FADT, MADT and XSDT, each on a 64-byte boundary (the FACS needs it).
 */
#include "vmm/acpi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/acpi_tables.h"
#include "vmm/layout.h"

#define AREA	      (LAYOUT_ACPI_END - LAYOUT_ACPI)
#define ALIGN	      64
#define OEM_ID	      "SHOOTD"
#define OEM_TABLE_ID  "SHOOTDWN"
#define CREATOR_ID    "SHDN"
#define RSDP_REVISION 2
#define RSDP_V1_SIZE  20
#define XSDT_REVISION 1

uint8_t acpi_sum(const void *p, size_t n)
{
	const uint8_t *b = p;
	uint8_t sum = 0;

	while (n--)
		sum = (uint8_t)(sum + *b++);
	return sum;
}

struct acpi_header acpi_header(const char signature[static 4], uint8_t revision)
{
	struct acpi_header h = {
		.revision = revision, .oem_id = OEM_ID, .oem_table_id = OEM_TABLE_ID,
		.oem_revision = 1, .creator_id = CREATOR_ID, .creator_revision = 1,
	};

	memcpy(h.signature, signature, sizeof(h.signature));
	return h;
}

/* Where the next table goes; *start is its place in the buffer. */
static uint64_t begin(struct aml *t, size_t *start)
{
	static const uint8_t zero[ALIGN];

	aml_bytes(t, zero, -t->len & (ALIGN - 1));
	*start = t->len;
	return LAYOUT_ACPI + t->len;
}

/* Fills length and checksum of the table begun at start in. */
static void finish(struct aml *t, size_t start)
{
	struct acpi_header h;

	if (t->full)
		return;
	memcpy(&h, t->buf + start, sizeof(h));
	h.length = (uint32_t)(t->len - start);
	memcpy(t->buf + start, &h, sizeof(h));
	h.checksum = (uint8_t)-acpi_sum(t->buf + start, h.length);
	memcpy(t->buf + start, &h, sizeof(h));
}

static uint64_t xsdt(struct aml *t, uint64_t fadt, uint64_t madt)
{
	const struct acpi_header h = acpi_header("XSDT", XSDT_REVISION);
	size_t start;
	uint64_t at = begin(t, &start);

	aml_bytes(t, &h, sizeof(h));
	aml_le(t, fadt, 8);
	aml_le(t, madt, 8);
	finish(t, start);
	return at;
}

static void write_rsdp(uint8_t *at, uint64_t xsdt_address)
{
	struct acpi_rsdp r = {
		.signature = "RSD PTR ", .oem_id = OEM_ID, .revision = RSDP_REVISION,
		.length = sizeof(r), .xsdt = xsdt_address,
	};

	r.checksum = (uint8_t)-acpi_sum(&r, RSDP_V1_SIZE);
	r.extended_checksum = (uint8_t)-acpi_sum(&r, sizeof(r));
	memcpy(at, &r, sizeof(r));
}

static int build(struct aml *t, const struct acpi_config *c)
{
	uint64_t facs, dsdt, fadt, madt;
	size_t start;

	t->len = sizeof(struct acpi_rsdp); /* written last, when the XSDT's place is known */
	facs = begin(t, &start);
	acpi_facs(t);
	dsdt = begin(t, &start);
	acpi_dsdt(t, c);
	finish(t, start);
	fadt = begin(t, &start);
	acpi_fadt(t, facs, dsdt);
	finish(t, start);
	madt = begin(t, &start);
	acpi_madt(t, c->vcpus);
	finish(t, start);
	write_rsdp(t->buf, xsdt(t, fadt, madt));
	return t->full ? -E2BIG : 0;
}

int acpi_build(const struct memory *m, const struct acpi_config *c, gpa_t *rsdp)
{
	struct aml t = { .cap = AREA };
	int err;

	if (c->vcpus == 0)
		return -EINVAL;
	if (c->vcpus > LAYOUT_MAX_VCPUS || c->virtio > LAYOUT_VIRTIO_MAX)
		return -E2BIG;
	t.buf = calloc(1, t.cap);
	if (!t.buf)
		return -ENOMEM;
	err = build(&t, c);
	if (!err)
		err = mem_write(m, gpa(LAYOUT_ACPI), t.buf, t.len);
	free(t.buf);
	if (!err)
		*rsdp = gpa(LAYOUT_ACPI);
	return err;
}
