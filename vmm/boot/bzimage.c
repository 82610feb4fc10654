/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bzImage header: which bytes of the file are what, each checked. */
#include "vmm/boot/bzimage.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define SECTOR		  512u
#define HEADER_OFFSET	  0x1f1u /* setup_header in the file */
#define HEADER_MAGIC	  0x53726448u /* "HdrS" */
#define HEADER_END_BASE	  0x202u /* header ends here + the jump's offset byte at 0x201 */
#define HEADER_END_OFFSET 0x201u
#define BOOT_FLAG	  0xaa55u
#define PROTOCOL_MIN	  0x020c /* 2.12: xloadflags, 64-bit entry */
#define PARAGRAPH	  16u	 /* syssize counts these */

_Static_assert(offsetof(struct setup_header, header) == 0x202 - HEADER_OFFSET, "boot protocol");
_Static_assert(offsetof(struct setup_header, init_size) == 0x260 - HEADER_OFFSET, "boot protocol");

#define HINT_AGAIN "copy or fetch the kernel again"

bool bzimage_probe(const void *file, size_t size)
{
	struct setup_header h;

	if (size < HEADER_OFFSET + offsetof(struct setup_header, version))
		return false;
	memcpy(&h, (const uint8_t *)file + HEADER_OFFSET, offsetof(struct setup_header, version));
	return h.boot_flag == BOOT_FLAG && h.header == HEADER_MAGIC;
}

/* Copies the header as long as the image says that it is. */
static int read_header(struct setup_header *h, const uint8_t *file, size_t size, const char *name,
		       struct diag *d)
{
	size_t end = HEADER_END_BASE + (size > HEADER_END_OFFSET ? file[HEADER_END_OFFSET] : 0);
	size_t len = end - HEADER_OFFSET;

	memset(h, 0, sizeof(*h));
	if (size < end)
		return diag_set(d, -ENOEXEC, name, HINT_AGAIN,
				"truncated bzImage: %zu bytes, its header alone promises %zu", size,
				end);
	memcpy(h, file + HEADER_OFFSET, len < sizeof(*h) ? len : sizeof(*h));
	return 0;
}

static int check_protocol(const struct setup_header *h, const char *name, struct diag *d)
{
	if (h->version < PROTOCOL_MIN)
		return diag_set(d, -ENOEXEC, name, "Linux 3.8 and newer speak it",
				"boot protocol %u.%02u, but 2.12 or newer is needed",
				h->version >> 8, h->version & 0xff);
	if (!(h->xloadflags & XLF_KERNEL_64))
		return diag_set(d, -ENOEXEC, name, "give an amd64 kernel",
				"a 32-bit kernel (it has no 64-bit entry point)");
	if (!(h->loadflags & LOADED_HIGH))
		return diag_set(d, -ENOEXEC, name, NULL, "a zImage, not a bzImage");
	if (h->kernel_alignment & (h->kernel_alignment - 1))
		return diag_set(d, -ENOEXEC, name, NULL,
				"damaged header: kernel_alignment %#x is not a power of two",
				h->kernel_alignment);
	return 0;
}

int bzimage_parse(struct bzimage *ret, const void *file, size_t size, const char *name,
		  struct diag *d)
{
	struct bzimage b = { 0 };
	uint64_t setup, promised;
	int err = read_header(&b.hdr, file, size, name, d);

	if (!err)
		err = check_protocol(&b.hdr, name, d);
	if (err)
		return err;
	/* 0 sectors means 4, for reasons older than the header. */
	setup = ((b.hdr.setup_sects ? b.hdr.setup_sects : 4) + 1ull) * SECTOR;
	promised = setup + (uint64_t)b.hdr.syssize * PARAGRAPH;
	/* syssize is rounded up, the file need not be. */
	if (size <= setup + BZIMAGE_ENTRY64 || size + PARAGRAPH <= promised)
		return diag_set(d, -ENOEXEC, name, HINT_AGAIN,
				"truncated bzImage: %zu bytes, its header promises %llu", size,
				(unsigned long long)promised);
	b.code = (const uint8_t *)file + setup;
	b.code_size = size - setup;
	if (b.hdr.payload_offset > b.code_size ||
	    b.hdr.payload_length > b.code_size - b.hdr.payload_offset)
		return diag_set(d, -ENOEXEC, name, HINT_AGAIN,
				"damaged header: payload of %u bytes at %#x, but %zu bytes follow",
				b.hdr.payload_length, b.hdr.payload_offset, b.code_size);
	b.payload = b.code + b.hdr.payload_offset;
	b.payload_size = b.hdr.payload_length;
	*ret = b;
	return 0;
}
