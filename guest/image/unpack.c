/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xz, zstd and gzip, each as one loop that fills a chunk and appends it. */
#include "guest/image/unpack.h"

#include <errno.h>
#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define CHUNK        (64u << 10)
#define UNPACKED_MAX (64u << 20)

const char *const unpack_suffixes[] = { "", ".xz", ".zst", ".gz", NULL };

static int emit(struct blob *out, const uint8_t *chunk, size_t n)
{
	return n > UNPACKED_MAX - out->size ? -EFBIG : blob_append(out, chunk, n);
}

static int unpack_xz(struct blob *out, const struct blob *in)
{
	uint8_t chunk[CHUNK];
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret r = lzma_stream_decoder(&s, UNPACKED_MAX, 0);
	int err = 0;

	s.next_in = in->data;
	s.avail_in = in->size;
	while (r == LZMA_OK && !err) {
		s.next_out = chunk;
		s.avail_out = sizeof(chunk);
		r = lzma_code(&s, LZMA_FINISH);
		err = emit(out, chunk, sizeof(chunk) - s.avail_out);
	}
	lzma_end(&s);
	if (err)
		return err;
	return r == LZMA_STREAM_END ? 0 : r == LZMA_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

static int unpack_zst(struct blob *out, const struct blob *in)
{
	uint8_t chunk[CHUNK];
	ZSTD_DStream *s = ZSTD_createDStream();
	ZSTD_inBuffer from = { in->data, in->size, 0 };
	size_t r = 1; /* 0: a frame is complete */
	int err = s ? 0 : -ENOMEM;

	while (!err && (from.pos < from.size || r)) {
		ZSTD_outBuffer to = { chunk, sizeof(chunk), 0 };
		size_t before = from.pos;

		r = ZSTD_decompressStream(s, &to, &from);
		if (ZSTD_isError(r) || (r && to.pos == 0 && from.pos == before))
			err = -EBADMSG; /* damaged, or cut short */
		else
			err = emit(out, chunk, to.pos);
	}
	ZSTD_freeDStream(s);
	return err;
}

static int unpack_gz(struct blob *out, const struct blob *in)
{
	uint8_t chunk[CHUNK];
	z_stream s = { .next_in = in->data, .avail_in = (uInt)in->size };
	int r = inflateInit2(&s, 15 + 16 /* with a gzip header */);
	int err = r == Z_OK ? 0 : -ENOMEM;

	while (!err && r == Z_OK) {
		s.next_out = chunk;
		s.avail_out = sizeof(chunk);
		r = inflate(&s, Z_NO_FLUSH);
		err = emit(out, chunk, sizeof(chunk) - s.avail_out);
	}
	inflateEnd(&s);
	if (err)
		return err;
	return r == Z_STREAM_END ? 0 : r == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

static int ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

int unpack(struct blob *b, const char *path)
{
	struct blob out = { 0 };
	int err;

	if (ends_with(path, ".xz"))
		err = unpack_xz(&out, b);
	else if (ends_with(path, ".zst"))
		err = unpack_zst(&out, b);
	else if (ends_with(path, ".gz"))
		err = unpack_gz(&out, b);
	else
		return 0;
	if (err) {
		blob_free(&out);
		return err;
	}
	blob_free(b);
	*b = out;
	return 0;
}
