/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel modules for an initramfs: compressed, damaged, hostile, and in load order. */
#include "tests/unit/test_initramfs.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "guest/image/modinfo.h"
#include "guest/image/modules.h"
#include "guest/image/unpack.h"

/* --- decompression ----------------------------------------------------------------------- */

static void check_unpacked(struct blob *b, const char *name, const uint8_t *expected, size_t len)
{
	assert_int_equal(unpack(b, name), 0);
	assert_int_equal(b->size, len);
	assert_memory_equal(b->data, expected, len);
	blob_free(b);
}

static void all_compressions(void **state)
{
	static uint8_t plain[300000], packed[400000];
	struct blob b = { 0 };
	size_t n = 0;
	z_stream z = { .next_in = plain,
		       .avail_in = sizeof(plain),
		       .next_out = packed,
		       .avail_out = sizeof(packed) };

	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(i * i >> 7);
	assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, plain, sizeof(plain),
						 packed, &n, sizeof(packed)),
			 LZMA_OK);
	blob_of(&b, packed, n);
	check_unpacked(&b, "m.ko.xz", plain, sizeof(plain));
	blob_of(&b, packed, n - 20); /* cut short */
	assert_int_equal(unpack(&b, "m.ko.xz"), -EBADMSG);

	n = ZSTD_compress(packed, sizeof(packed), plain, sizeof(plain), 1);
	blob_of(&b, packed, n);
	check_unpacked(&b, "m.ko.zst", plain, sizeof(plain));
	blob_of(&b, packed, n - 20);
	assert_int_equal(unpack(&b, "m.ko.zst"), -EBADMSG);

	assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	blob_of(&b, packed, z.total_out);
	check_unpacked(&b, "m.ko.gz", plain, sizeof(plain));
	blob_of(&b, packed, z.total_out - 20);
	assert_int_equal(unpack(&b, "m.ko.gz"), -EBADMSG);
	deflateEnd(&z);

	blob_of(&b, plain, 100);
	check_unpacked(&b, "m.ko", plain, 100);
	for (unsigned i = 0; i < 3; i++) {
		static const char *const names[] = { "a.xz", "a.zst", "a.gz" };

		blob_of(&b, "not compressed at all", 21);
		assert_int_equal(unpack(&b, names[i]), -EBADMSG);
		blob_free(&b);
		assert_int_equal(unpack(&b, names[i]), -EBADMSG); /* empty */
	}
}

static void bombs_are_refused(void **state)
{
	static uint8_t zeros[1 << 20];
	struct blob packed = { 0 };
	static uint8_t out[1 << 20];
	ZSTD_CStream *s = ZSTD_createCStream();
	ZSTD_outBuffer to = { out, sizeof(out), 0 };

	ZSTD_initCStream(s, 1);
	for (unsigned i = 0; i < 65; i++) { /* 65 MiB of nothing */
		ZSTD_inBuffer from = { zeros, sizeof(zeros), 0 };

		while (from.pos < from.size)
			assert_false(ZSTD_isError(ZSTD_compressStream(s, &to, &from)));
	}
	assert_int_equal(ZSTD_endStream(s, &to), 0);
	ZSTD_freeCStream(s);
	blob_of(&packed, out, to.pos);
	assert_int_equal(unpack(&packed, "m.zst"), -EFBIG);
	blob_free(&packed);
}

/* --- order ------------------------------------------------------------------------------- */

static void check_order(const struct modules *m, const char *const *expected)
{
	size_t i = 0;

	for (; expected[i]; i++) {
		assert_true(i < m->count);
		assert_string_equal(m->list[i].file, expected[i]);
	}
	assert_int_equal(m->count, i);
}

static void modules_follow_their_needs(void **state)
{
	static const char *const expected[] = { "virtio_ring.ko",
						"virtio.ko",
						"virtio_mmio.ko",
						"virtio_console.ko",
						"virtio-rng.ko",
						"soft.ko",
						NULL };
	struct inputs in = { 0 };
	struct modules m;
	struct diag d = { 0 };

	make_kernel();
	assert_int_equal(modules_open(&m, "kernel", &in, &d), 0);
	assert_int_equal(modules_add(&m, "virtio_mmio", true, &d), 0);
	assert_int_equal(modules_add(&m, "virtio-console", true, &d), 0); /* - is _ */
	assert_int_equal(modules_add(&m, "virtio_rng", false, &d), 0);
	assert_int_equal(modules_add(&m, "virtio_mmio", true, &d), 0); /* once only */
	assert_int_equal(modules_add(&m, "ext4", true, &d), 0);        /* built in */
	assert_int_equal(modules_add(&m, "nosuch", false, &d), 0);
	assert_int_equal(modules_add(&m, "soft debug=1 x=y", true, &d), 0);
	check_order(&m, expected);
	assert_string_equal(m.list[0].params, "");
	assert_string_equal(m.list[5].params, "debug=1 x=y");
	assert_int_equal(in.count, 2 + 6); /* the lists, and each module once */
	modules_close(&m);
	inputs_free(&in);
}

static void check_refused(const char *want, int err, const char *reason)
{
	struct inputs in = { 0 };
	struct modules m;
	struct diag d = { 0 };

	assert_int_equal(modules_open(&m, "kernel", &in, &d), 0);
	assert_int_equal(modules_add(&m, want, true, &d), err);
	assert_string_equal(d.reason, reason);
	modules_close(&m);
	inputs_free(&in);
}

static void bad_modules_are_refused(void **state)
{
	struct modules m;
	struct diag d = { 0 };

	make_kernel();
	check_refused("nosuch", -ENOENT, "this kernel has no module nosuch");
	check_refused("needy", -ENOENT, "this kernel has no module missing");
	check_refused("gone", -ENOENT, "modules/kernel/c/gone.ko is missing");
	check_refused("loop1", -ELOOP, "modules that need each other");
	put_file("kernel/modules/kernel/c/gone.ko", "text", 4);
	check_refused("gone", -ENOEXEC, "a module is not an ELF module");
	assert_int_equal(modules_open(&m, "nowhere", NULL, &d), -ENOENT);
	assert_string_equal(d.reason, "not a kernel directory");
}

/* Every damaged byte of a module must be survived, whatever comes of it. */
static void hostile_modules_are_survived(void **state)
{
	static const char info[] = "depends=a\0softdep=b";
	struct blob good = { 0 };

	make_module(&good, info, sizeof(info));
	for (size_t cut = 0; cut < good.size; cut++) {
		struct blob b = { 0 };
		const char *found;
		size_t size;
		int r;

		blob_of(&b, good.data, cut ? cut : 1);
		r = modinfo_find(&b, &found, &size);
		assert_true(r == -ENOEXEC || r == -ENOENT);
		blob_free(&b);
	}
	for (size_t i = 0; i < good.size; i++) {
		static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };

		for (size_t v = 0; v < sizeof(values); v++) {
			uint8_t old = good.data[i];
			const char *found;
			size_t size, at = 0;

			good.data[i] = values[v];
			if (modinfo_find(&good, &found, &size) == 0)
				while (modinfo_next(found, size, &at, "depends"))
					;
			good.data[i] = old;
		}
	}
	blob_free(&good);
}

static void modinfo_values(void **state)
{
	static const char info[] = "a=1\0depends=x\0\0dependsy=2\0depends=\0depends=end";
	size_t at = 0, size = sizeof(info);

	assert_string_equal(modinfo_next(info, size, &at, "depends"), "x");
	assert_string_equal(modinfo_next(info, size, &at, "depends"), "");
	assert_string_equal(modinfo_next(info, size, &at, "depends"), "end");
	assert_null(modinfo_next(info, size, &at, "depends"));
	at = 0; /* without the last NUL the last string does not count */
	assert_string_equal(modinfo_next(info, size - 1, &at, "depends"), "x");
	assert_string_equal(modinfo_next(info, size - 1, &at, "depends"), "");
	assert_null(modinfo_next(info, size - 1, &at, "depends"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_compressions),
		cmocka_unit_test(bombs_are_refused),
		IN_DIRECTORY(modules_follow_their_needs),
		IN_DIRECTORY(bad_modules_are_refused),
		cmocka_unit_test(hostile_modules_are_survived),
		cmocka_unit_test(modinfo_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
