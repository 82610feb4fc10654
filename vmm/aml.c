/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AML encodings, ACPI 6.5 section 20.2. See aml.h. */
#include "vmm/aml.h"

#include <string.h>

enum {
	OP_ZERO = 0x00,
	OP_ONE = 0x01,
	OP_NAME = 0x08,
	OP_BYTE = 0x0a,
	OP_WORD = 0x0b,
	OP_DWORD = 0x0c,
	OP_STRING = 0x0d,
	OP_SCOPE = 0x10,
	OP_BUFFER = 0x11,
	OP_PACKAGE = 0x12,
	OP_EXT = 0x5b,
	OP_EXT_DEVICE = 0x82,
	TAG_END = 0x79, /* resource descriptor, 6.4.2.9 */
};

void aml_bytes(struct aml *a, const void *p, size_t n)
{
	if (a->full || n > a->cap - a->len) {
		a->full = true;
		return;
	}
	memcpy(a->buf + a->len, p, n);
	a->len += n;
}

void aml_le(struct aml *a, uint64_t v, unsigned bytes)
{
	aml_bytes(a, &v, bytes);
}

void aml_integer(struct aml *a, uint32_t v)
{
	if (v <= 1) {
		aml_le(a, v ? OP_ONE : OP_ZERO, 1);
	} else if (v <= 0xff) {
		aml_le(a, OP_BYTE, 1);
		aml_le(a, v, 1);
	} else if (v <= 0xffff) {
		aml_le(a, OP_WORD, 1);
		aml_le(a, v, 2);
	} else {
		aml_le(a, OP_DWORD, 1);
		aml_le(a, v, 4);
	}
}

void aml_string(struct aml *a, const char *s)
{
	aml_le(a, OP_STRING, 1);
	aml_bytes(a, s, strlen(s) + 1);
}

static unsigned hex(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'A') + 10;
}

/* Three letters of 5 bits, four hexadecimal digits; big endian in a DWordConst (19.6.36). */
void aml_eisaid(struct aml *a, const char *id)
{
	unsigned letters = (id[0] - 0x40u) << 10 | (id[1] - 0x40u) << 5 | (id[2] - 0x40u);
	const uint8_t b[5] = {
		OP_DWORD, (uint8_t)(letters >> 8), (uint8_t)letters,
		(uint8_t)(hex(id[3]) << 4 | hex(id[4])), (uint8_t)(hex(id[5]) << 4 | hex(id[6])),
	};

	aml_bytes(a, b, sizeof(b));
}

static void name_string(struct aml *a, const char *name)
{
	aml_bytes(a, name, strlen(name));
}

void aml_name(struct aml *a, const char *name)
{
	aml_le(a, OP_NAME, 1);
	name_string(a, name);
}

size_t aml_open_scope(struct aml *a, const char *name)
{
	size_t mark;

	aml_le(a, OP_SCOPE, 1);
	mark = a->len;
	name_string(a, name);
	return mark;
}

size_t aml_open_device(struct aml *a, const char *name)
{
	size_t mark;

	aml_le(a, OP_EXT, 1);
	aml_le(a, OP_EXT_DEVICE, 1);
	mark = a->len;
	name_string(a, name);
	return mark;
}

size_t aml_open_package(struct aml *a, uint8_t elements)
{
	size_t mark;

	aml_le(a, OP_PACKAGE, 1);
	mark = a->len;
	aml_le(a, elements, 1);
	return mark;
}

/* PkgLength (20.2.4): 1 byte for up to 63, else 4 bits and 1 to 3 more bytes. It counts itself. */
static unsigned encode_length(uint8_t b[4], size_t body)
{
	unsigned more = 0;
	size_t len;

	if (body + 1 < 1 << 6) {
		b[0] = (uint8_t)(body + 1);
		return 1;
	}
	do
		len = body + 1 + ++more;
	while (more < 3 && len >> (4 + 8 * more));
	b[0] = (uint8_t)(more << 6 | (len & 0xf));
	for (unsigned i = 0; i < more; i++)
		b[1 + i] = (uint8_t)(len >> (4 + 8 * i));
	return 1 + more;
}

void aml_close(struct aml *a, size_t mark)
{
	uint8_t length[4];
	unsigned n = encode_length(length, a->len - mark);

	if (a->full || n > a->cap - a->len) {
		a->full = true;
		return;
	}
	memmove(a->buf + mark + n, a->buf + mark, a->len - mark);
	memcpy(a->buf + mark, length, n);
	a->len += n;
}

void aml_crs(struct aml *a, const void *p, size_t n)
{
	size_t mark;

	aml_name(a, "_CRS");
	aml_le(a, OP_BUFFER, 1);
	mark = a->len;
	aml_integer(a, (uint32_t)n + 2);
	aml_bytes(a, p, n);
	aml_le(a, TAG_END, 1);
	aml_le(a, 0, 1); /* checksum 0: treated as right (6.4.2.9) */
	aml_close(a, mark);
}
