/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unpacking the kernel inside a bzImage: each compression, and each kind of damage. */
#include "tests/unit/test_boot.h"

#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "vmm/boot/payload.h"

#define KERNEL_SIZE 300000u
#define PACKED_MAX  400000u

/* A stand-in for vmlinux: ELF magic, then bytes that compress, but not to nothing. */
static uint8_t *kernel(void)
{
	uint8_t *k = malloc(KERNEL_SIZE);
	uint32_t x = 1;

	for (size_t i = 0; i < KERNEL_SIZE; i++) {
		x = x * 1664525 + 1013904223;
		k[i] = (uint8_t)(x >> 30);
	}
	memcpy(k, ELFMAG, SELFMAG);
	return k;
}

typedef size_t pack_fn(uint8_t *out, const uint8_t *in, size_t n);

static size_t pack_gzip(uint8_t *out, const uint8_t *in, size_t n)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)in, .avail_in = (uInt)n,
		       .next_out = out, .avail_out = PACKED_MAX };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

static size_t pack_xz(uint8_t *out, const uint8_t *in, size_t n)
{
	size_t len = 0;

	assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, in, n, out, &len,
						 PACKED_MAX), LZMA_OK);
	return len;
}

static size_t pack_zstd(uint8_t *out, const uint8_t *in, size_t n)
{
	size_t len = ZSTD_compress(out, PACKED_MAX, in, n, 3);

	assert_false(ZSTD_isError(len));
	return len;
}

static void put32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

/* Two legacy frames, the second of two blocks. */
static size_t pack_lz4(uint8_t *out, const uint8_t *in, size_t n)
{
	const size_t cut[4] = { 0, n / 3, n / 2, n };
	size_t at = 0;

	for (int i = 0; i < 3; i++) {
		int len;

		if (i < 2) {
			put32(out + at, 0x184c2102);
			at += 4;
		}
		len = LZ4_compress_default((const char *)in + cut[i], (char *)out + at + 4,
					   (int)(cut[i + 1] - cut[i]), (int)(PACKED_MAX - at - 4));
		assert_true(len > 0);
		put32(out + at, (uint32_t)len);
		at += 4 + (size_t)len;
	}
	return at;
}

/* A bzImage around payload[0..n). */
static struct file wrap(const uint8_t *payload, size_t n)
{
	size_t code = 0x400 + n;
	struct setup_header h = bz_header(code);

	h.payload_offset = 0x400;
	h.payload_length = (uint32_t)n;
	return bz_build(&h, code, payload, n);
}

static int unpack(const uint8_t *payload, size_t n, void **out, size_t *size, struct diag *d)
{
	struct file f = wrap(payload, n);
	int err = payload_unpack(f.data, f.size, out, size, d);

	free(f.data);
	return err;
}

/* Packs, appends the size as a kernel's build does, unpacks, compares; then damages it. */
static void round_trip(pack_fn *pack, bool own_size)
{
	uint8_t *k = kernel(), *packed = malloc(PACKED_MAX + 4);
	size_t n = pack(packed, k, KERNEL_SIZE), size = 0;
	void *out = NULL;
	struct diag d;

	if (!own_size) {
		put32(packed + n, KERNEL_SIZE);
		n += 4;
	}
	assert_int_equal(unpack(packed, n, &out, &size, &d), 0);
	assert_int_equal(size, KERNEL_SIZE);
	assert_memory_equal(out, k, KERNEL_SIZE);
	free(out);
	/* a wrong size either way, then cut short with the right size at the end */
	put32(packed + n - 4, KERNEL_SIZE - 1);
	assert_int_equal(unpack(packed, n, &out, &size, &d), -ENOEXEC);
	put32(packed + n - 4, KERNEL_SIZE + 1);
	assert_int_equal(unpack(packed, n, &out, &size, &d), -ENOEXEC);
	put32(packed + n / 2, KERNEL_SIZE);
	assert_int_equal(unpack(packed, n / 2 + 4, &out, &size, &d), -ENOEXEC);
	assert_non_null(strstr(d.reason, "damaged"));
	put32(packed + n - 4, PAYLOAD_MAX + 1);
	assert_int_equal(unpack(packed, n, &out, &size, &d), -E2BIG);
	put32(packed + n - 4, 0);
	assert_int_equal(unpack(packed, n, &out, &size, &d), -ENOEXEC);
	free(packed);
	free(k);
}

static void test_gzip(void **state)
{
	uint8_t *k = kernel(), *packed = malloc(PACKED_MAX + 4);
	size_t n = pack_gzip(packed, k, KERNEL_SIZE), size;
	struct diag d;
	void *out;

	round_trip(pack_gzip, true);
	/* bytes after gzip's own trailer, which would be taken for the size */
	put32(packed + n, KERNEL_SIZE + 1);
	assert_int_equal(unpack(packed, n + 4, &out, &size, &d), -ENOEXEC);
	free(packed);
	free(k);
}

static void test_xz(void **state)
{
	round_trip(pack_xz, false);
}

static void test_zstd(void **state)
{
	round_trip(pack_zstd, false);
}

static void test_lz4(void **state)
{
	round_trip(pack_lz4, false);
}

static void test_not_elf(void **state)
{
	uint8_t *k = kernel(), *packed = malloc(PACKED_MAX + 4);
	struct diag d;
	size_t n, size;
	void *out;

	k[0] = 'x';
	n = pack_lz4(packed, k, KERNEL_SIZE);
	put32(packed + n, KERNEL_SIZE);
	assert_int_equal(unpack(packed, n + 4, &out, &size, &d), -ENOEXEC);
	assert_non_null(strstr(d.reason, "ELF"));
	free(packed);
	free(k);
}

static void test_other_compression(void **state)
{
	static const uint8_t bzip2[16] = "BZh91AY&SY", noise[16] = "????";
	struct diag d;
	size_t size;
	void *out;

	assert_int_equal(unpack(bzip2, sizeof(bzip2), &out, &size, &d), -ENOTSUP);
	assert_non_null(strstr(d.reason, "bzip2"));
	assert_int_equal(unpack(noise, sizeof(noise), &out, &size, &d), -ENOTSUP);
	assert_int_equal(unpack(bzip2, 10, &out, &size, &d), -ENOEXEC);
	assert_int_equal(unpack(bzip2, 0, &out, &size, &d), -ENOEXEC);
	assert_int_equal(payload_unpack("text", 4, &out, &size, &d), -ENOEXEC);
}

/* Block sizes of an LZ4 stream that point beyond it. */
static void test_lz4_bounds(void **state)
{
	uint8_t p[16] = { 0x02, 0x21, 0x4c, 0x18 };
	const uint32_t block[] = { 0, 5, 0x7fffffff, 0x80000000, UINT32_MAX };
	struct diag d;
	size_t size;
	void *out;

	put32(p + 12, 4096);
	for (size_t i = 0; i < sizeof(block) / sizeof(block[0]); i++) {
		put32(p + 4, block[i]);
		assert_int_equal(unpack(p, sizeof(p), &out, &size, &d), -ENOEXEC);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gzip),	cmocka_unit_test(test_xz),
		cmocka_unit_test(test_zstd),	cmocka_unit_test(test_lz4),
		cmocka_unit_test(test_not_elf), cmocka_unit_test(test_other_compression),
		cmocka_unit_test(test_lz4_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
