/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The payload of a bzImage ends with the size of the unpacked kernel, 4 bytes little
 * endian: gzip has it in its own trailer, for the others the kernel's build adds it.
 */
#include "vmm/boot/payload.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/boot/bzimage.h"
#include "vmm/boot/unpack.h"

#define OBJECT	   "kernel payload"
#define HINT_AGAIN "copy or fetch the kernel again"
#define SIZE_BYTES 4

struct format {
	const char *name;
	uint8_t magic[6];
	uint8_t magic_len;
	bool own_size; /* the last 4 bytes belong to the compressed data */
	unpack_fn *unpack; /* NULL: known by name only */
};

static const struct format formats[] = {
	{ "gzip", { 0x1f, 0x8b }, 2, true, unpack_gzip },
	{ "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, false, unpack_xz },
	{ "lz4", { 0x02, 0x21, 0x4c, 0x18 }, 4, false, unpack_lz4 },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, false, unpack_zstd },
	{ "bzip2", { 'B', 'Z', 'h' }, 3, false, NULL },
	{ "lzma", { 0x5d, 0, 0 }, 3, false, NULL },
	{ "lzo", { 0x89, 'L', 'Z', 'O' }, 4, false, NULL },
};

static const struct format *find_format(const struct bzimage *b)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!memcmp(b->payload, formats[i].magic, formats[i].magic_len))
			return &formats[i];
	return NULL;
}

static int check_payload(const struct bzimage *b, const struct format **f, uint32_t *size,
			 struct diag *d)
{
	if (b->payload_size <= sizeof(formats[0].magic) + SIZE_BYTES)
		return diag_set(d, -ENOEXEC, OBJECT, HINT_AGAIN, "the bzImage has none");
	*f = find_format(b);
	if (!*f || !(*f)->unpack)
		return diag_set(d, -ENOTSUP, OBJECT, "gzip, xz, lz4 and zstd can be unpacked",
				"compressed with %s", *f ? (*f)->name : "something unknown");
	memcpy(size, b->payload + b->payload_size - SIZE_BYTES, SIZE_BYTES);
	if (*size > PAYLOAD_MAX)
		return diag_set(d, -E2BIG, OBJECT, NULL, "%u bytes unpacked, more than %u", *size,
				PAYLOAD_MAX);
	if (*size < sizeof(Elf64_Ehdr))
		return diag_set(d, -ENOEXEC, OBJECT, HINT_AGAIN, "%u bytes unpacked: no kernel",
				*size);
	return 0;
}

int payload_unpack(const void *bzimage, size_t n, void **vmlinux, size_t *size, struct diag *d)
{
	const struct format *f = NULL;
	struct bzimage b;
	uint32_t unpacked = 0;
	uint8_t *out;
	int err = bzimage_parse(&b, bzimage, n, "kernel", d);

	if (!err)
		err = check_payload(&b, &f, &unpacked, d);
	if (err)
		return err;
	out = malloc(unpacked);
	if (!out)
		return diag_errno(d, -ENOMEM, OBJECT, NULL);
	err = f->unpack(out, unpacked, b.payload, b.payload_size - (f->own_size ? 0 : SIZE_BYTES));
	if (!err && memcmp(out, ELFMAG, SELFMAG))
		err = -EINVAL;
	if (err) {
		free(out);
		return err == -ENOMEM ? diag_errno(d, err, OBJECT, NULL) :
					diag_set(d, -ENOEXEC, OBJECT, HINT_AGAIN,
						 "damaged (%s), or it holds no ELF file", f->name);
	}
	*vmlinux = out;
	*size = unpacked;
	return 0;
}
