/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing ACPI tables: bytes appended to a buffer, with the AML encodings that the
 * DSDT needs (ACPI 6.5, chapter 20). A buffer that runs full sets `full` and
 * drops what follows; the caller looks once, at the end.
 */
#ifndef VMM_AML_H
#define VMM_AML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct aml {
	uint8_t *buf; /* the caller's */
	size_t cap, len;
	bool full;
};

void aml_bytes(struct aml *a, const void *p, size_t n);
void aml_le(struct aml *a, uint64_t v, unsigned bytes); /* little endian, 1..8 bytes */

/* Data objects: the shortest constant for v, a string, an EISA id as in "PNP0501". */
void aml_integer(struct aml *a, uint32_t v);
void aml_string(struct aml *a, const char *s);
void aml_eisaid(struct aml *a, const char *id);

/* Name(NAME, ...): the object follows. A name has 4 characters, '\\' may precede it. */
void aml_name(struct aml *a, const char *name);

/*
 * Terms with a length: what is appended between open and close is their body.
 * aml_open_* return the mark that aml_close() wants; nest them like brackets.
 */
size_t aml_open_scope(struct aml *a, const char *name);
size_t aml_open_device(struct aml *a, const char *name);
size_t aml_open_package(struct aml *a, uint8_t elements);
void aml_close(struct aml *a, size_t mark);

/* Name(_CRS, ResourceTemplate() { n bytes of descriptors at p }): adds the end tag. n <= 4000. */
void aml_crs(struct aml *a, const void *p, size_t n);

#endif
