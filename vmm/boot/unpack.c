/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The compressions of Linux kernels, by their libraries. See unpack.h. */
#include "vmm/boot/unpack.h"

#include <errno.h>
#include <limits.h>
#include <lz4.h>
#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define LZ4_LEGACY_MAGIC 0x184c2102u
#define XZ_MEMORY_LIMIT	 (512ull << 20)
#define GZIP_WINDOW	 (15 + 16) /* largest window, gzip header and trailer expected */

int unpack_gzip(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	z_stream z = {
		.next_in = (uint8_t *)(uintptr_t)in, .avail_in = (uInt)n,
		.next_out = out, .avail_out = (uInt)size,
	};
	int err;

	if (n > UINT_MAX || size > UINT_MAX)
		return -EINVAL;
	if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
		return -ENOMEM;
	err = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (err == Z_MEM_ERROR)
		return -ENOMEM;
	return err == Z_STREAM_END && z.avail_out == 0 ? 0 : -EINVAL;
}

int unpack_xz(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	uint64_t limit = XZ_MEMORY_LIMIT;
	size_t in_pos = 0, out_pos = 0;
	lzma_ret err = lzma_stream_buffer_decode(&limit, 0, NULL, in, &in_pos, n, out, &out_pos,
						 size);

	if (err == LZMA_MEM_ERROR)
		return -ENOMEM;
	return err == LZMA_OK && out_pos == size ? 0 : -EINVAL;
}

int unpack_zstd(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	/* The buffer may hold padding after the frame: unpack the frame alone. */
	size_t frame = ZSTD_findFrameCompressedSize(in, n);

	if (ZSTD_isError(frame) || ZSTD_decompress(out, size, in, frame) != size)
		return -EINVAL;
	return 0;
}

static uint32_t le32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/*
 * LZ4 "legacy" frames: a magic number, then blocks of at most 8 MiB unpacked, each
 * after its packed size. Frames may follow one another.
 */
int unpack_lz4(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	size_t at = 0, done = 0;

	while (n - at >= 4) {
		uint32_t block = le32(in + at);
		int got;

		at += 4;
		if (block == LZ4_LEGACY_MAGIC)
			continue;
		if (block == 0 || block > n - at || block > INT_MAX || size - done > INT_MAX)
			return -EINVAL;
		got = LZ4_decompress_safe((const char *)in + at, (char *)out + done, (int)block,
					  (int)(size - done));
		if (got < 0)
			return -EINVAL;
		at += block;
		done += (size_t)got;
	}
	return at == n && done == size ? 0 : -EINVAL;
}
