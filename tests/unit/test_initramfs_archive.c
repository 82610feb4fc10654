/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Archives of the initramfs builder, read back field by field with a parser of the test's own. */
#include "tests/unit/test_initramfs.h"

#include <sys/sysmacros.h>

#include "guest/image/cpio.h"
#include "guest/image/memo.h"
#include "guest/image/output.h"
#include "guest/image/sha256.h"

/* --- hash -------------------------------------------------------------------------------- */

static void check_hash(const char *text, const char *expected)
{
	struct sha256 s;
	char hex[65];

	sha256_init(&s);
	for (const char *p = text; *p; p++) /* byte by byte: block boundaries too */
		sha256_update(&s, p, 1);
	sha256_final(&s, hex);
	assert_string_equal(hex, expected);
	sha256_init(&s);
	sha256_update(&s, text, strlen(text));
	sha256_final(&s, hex);
	assert_string_equal(hex, expected);
}

static void sha256_known_answers(void **state)
{
	check_hash("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	check_hash("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	check_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		   "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	check_hash("0123456789012345678901234567890123456789012345678901234567890123",
		   "9674d9e078535b7cec43284387a6ee39956188e735a85452b0050b55341cda56");
}

/* --- cpio -------------------------------------------------------------------------------- */

static int to_blob(void *opaque, const void *data, size_t len)
{
	return blob_append(opaque, data, len);
}

struct found {
	uint32_t ino, mode, nlink, mtime, rmajor, rminor, size;
	const char *name;
	const uint8_t *data;
};

/* Reads the member at *at, as the kernel would; checks magic, alignment and bounds. */
static void next_member(const struct blob *b, size_t *at, struct found *f)
{
	char digits[9] = "";
	uint32_t field[13];

	assert_true(*at % 4 == 0 && *at + 110 <= b->size);
	assert_memory_equal(b->data + *at, "070701", 6);
	for (unsigned i = 0; i < 13; i++) {
		char *end;

		memcpy(digits, b->data + *at + 6 + 8 * i, 8);
		field[i] = (uint32_t)strtoul(digits, &end, 16);
		assert_int_equal(*end, '\0');
	}
	*f = (struct found){ .ino = field[0],
			     .mode = field[1],
			     .nlink = field[4],
			     .mtime = field[5],
			     .size = field[6],
			     .rmajor = field[9],
			     .rminor = field[10] };
	assert_int_equal(field[2] | field[3] | field[12], 0); /* owners, check */
	f->name = (const char *)b->data + *at + 110;
	assert_int_equal(strlen(f->name) + 1, field[11]);
	*at = (*at + 110 + field[11] + 3) & ~(size_t)3;
	f->data = b->data + *at;
	*at += (f->size + 3) & ~3u;
	assert_true(*at <= b->size);
}

static void text_file(struct tree *t, const char *path, mode_t mode, const char *text)
{
	struct blob b = { 0 };

	assert_int_equal(blob_append(&b, text, strlen(text)), 0);
	assert_int_equal(tree_file(t, path, mode, &b), 0);
}

static void archive_of(struct tree *t, struct blob *b)
{
	struct sink to = { to_blob, b };

	assert_int_equal(tree_finish(t), 0);
	assert_int_equal(cpio_write(t, &to), 0);
	assert_int_equal(b->size % 512, 0);
}

static void expect(const struct blob *b, size_t *at, const char *name, uint32_t mode,
		   const char *data)
{
	struct found f;

	next_member(b, at, &f);
	assert_string_equal(f.name, name);
	assert_int_equal(f.mode, mode);
	assert_int_equal(f.mtime, 0);
	assert_int_equal(f.nlink, S_ISDIR(mode) ? 2 : 1);
	assert_int_equal(f.size, strlen(data));
	assert_memory_equal(f.data, data, strlen(data));
}

static void cpio_holds_the_tree(void **state)
{
	struct tree t = { 0 };
	struct blob b = { 0 };
	struct found f;
	size_t at = 0;

	text_file(&t, "/etc/motd", 0644, "hello");
	text_file(&t, "/bin/tool", 0755, "1234");
	assert_int_equal(tree_link(&t, "/bin/sh", "/bin/busybox"), 0);
	assert_int_equal(tree_directory(&t, "/tmp", 01777), 0);
	assert_int_equal(tree_character_device(&t, "/dev/console", 0600, makedev(5, 1)), 0);
	archive_of(&t, &b);
	expect(&b, &at, "bin", S_IFDIR | 0755, "");
	expect(&b, &at, "bin/sh", S_IFLNK | 0777, "/bin/busybox");
	expect(&b, &at, "bin/tool", S_IFREG | 0755, "1234");
	expect(&b, &at, "dev", S_IFDIR | 0755, "");
	next_member(&b, &at, &f);
	assert_string_equal(f.name, "dev/console");
	assert_int_equal(f.mode, S_IFCHR | 0600);
	assert_int_equal(f.rmajor, 5);
	assert_int_equal(f.rminor, 1);
	assert_int_equal(f.ino, 5);
	expect(&b, &at, "etc", S_IFDIR | 0755, "");
	expect(&b, &at, "etc/motd", S_IFREG | 0644, "hello");
	expect(&b, &at, "tmp", S_IFDIR | 01777, "");
	expect(&b, &at, "TRAILER!!!", 0, "");
	tree_free(&t);
	blob_free(&b);
}

static void later_entry_replaces(void **state)
{
	struct tree t = { 0 };
	struct blob b = { 0 };
	size_t at = 0;

	assert_int_equal(tree_link(&t, "/sh", "/busybox"), 0);
	text_file(&t, "/sh", 0755, "mine");
	archive_of(&t, &b);
	expect(&b, &at, "sh", S_IFREG | 0755, "mine");
	expect(&b, &at, "TRAILER!!!", 0, "");
	tree_free(&t);
	blob_free(&b);
}

static void bad_paths_are_refused(void **state)
{
	static const char *const bad[] = { "",      "/",  "a",   "a/b",   "/a/",     "//a",
					   "/a//b", "/.", "/..", "/a/..", "/a/../b", "/./a" };
	static const char *const good[] = { "/a", "/a/b", "/...", "/..a", "/a./b" };
	struct tree t = { 0 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(tree_directory(&t, bad[i], 0755), -EINVAL);
	assert_int_equal(t.count, 0);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(tree_directory(&t, good[i], 0755), 0);
	tree_free(&t);
	text_file(&t, "/a", 0644, "x");
	text_file(&t, "/a/b", 0644, "y");
	assert_int_equal(tree_finish(&t), -ENOTDIR);
	tree_free(&t);
}

static int full_after(void *opaque, const void *data, size_t len)
{
	size_t *room = opaque;

	if (len > *room)
		return -ENOSPC;
	*room -= len;
	return 0;
}

static void sink_errors_come_back(void **state)
{
	struct tree t = { 0 };

	text_file(&t, "/a", 0644, "hello");
	assert_int_equal(tree_finish(&t), 0);
	for (size_t room = 0; room < 512; room++) {
		size_t left = room;
		struct sink to = { full_after, &left };

		assert_int_equal(cpio_write(&t, &to), -ENOSPC);
	}
	tree_free(&t);
}

/* --- the cache --------------------------------------------------------------------------- */

static void same_inputs_same_name(void **state)
{
	struct tree t = { 0 };
	struct diag d = { 0 };
	char *first, *second, *third;

	text_file(&t, "/a", 0644, "hello");
	assert_int_equal(tree_finish(&t), 0);
	assert_int_equal(output_cached(&t, "deep/cache", &first, &d), 0);
	assert_int_equal(output_cached(&t, "deep/cache", &second, &d), 0);
	assert_string_equal(first, second);
	assert_int_equal(access(first, R_OK), 0);
	text_file(&t, "/a", 0644, "hellp");
	assert_int_equal(output_cached(&t, "deep/cache", &third, &d), 0);
	assert_string_not_equal(first, third);
	free(first);
	free(second);
	free(third);
	tree_free(&t);
}

/* An input as it would look had it been made an hour ago. */
static void age(struct inputs *in)
{
	for (size_t i = 0; i < in->count; i++) {
		in->list[i].st.st_ctim.tv_sec -= 3600;
		in->list[i].st.st_mtim.tv_sec -= 3600;
	}
}

static void notes_know_changes(void **state)
{
	struct inputs in = { 0 };
	struct diag d = { 0 };
	struct blob b = { 0 };
	char *found = NULL;

	put_file("archive", "x", 1);
	put_file("input", "x", 1);
	assert_false(memo_lookup("note", &found));
	assert_int_equal(file_read(&b, &in, "input", &d), 0);
	assert_int_equal(memo_write("note", "archive", &in), 0);
	assert_int_equal(access("note", F_OK), -1); /* too young to be sure */
	age(&in);
	assert_int_equal(memo_write("note", "archive", &in), 0);
	assert_false(memo_lookup("note", &found)); /* its times are others now */
	inputs_free(&in);
	assert_int_equal(inputs_note(&in, "/bin/sh"), 0); /* a file that is old */
	assert_int_equal(memo_write("note", "archive", &in), 0);
	assert_true(memo_lookup("note", &found));
	assert_string_equal(found, "archive");
	free(found);
	found = NULL;
	assert_int_equal(unlink("archive"), 0);
	assert_false(memo_lookup("note", &found));
	assert_null(found);
	inputs_free(&in);
	blob_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_known_answers),  cmocka_unit_test(cpio_holds_the_tree),
		cmocka_unit_test(later_entry_replaces),  cmocka_unit_test(bad_paths_are_refused),
		cmocka_unit_test(sink_errors_come_back), IN_DIRECTORY(same_inputs_same_name),
		IN_DIRECTORY(notes_know_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
