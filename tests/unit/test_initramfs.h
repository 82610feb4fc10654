/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the tests of the initramfs builder: a directory to work in, small files, and
 * made-up kernel modules and a kernel directory of them.
 */
#ifndef TESTS_UNIT_TEST_INITRAMFS_H
#define TESTS_UNIT_TEST_INITRAMFS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <elf.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/image/blob.h"

static inline int enter_directory(void **state)
{
	char *path = strdup("/tmp/test_initramfs.XXXXXX");

	if (!path || !mkdtemp(path) || chdir(path) < 0)
		return -1;
	*state = path;
	return 0;
}

static inline int leave_directory(void **state)
{
	char *command = format("rm -rf %s", (char *)*state);
	int r = command && chdir("/") == 0 ? system(command) : -1;

	free(command);
	free(*state);
	return r;
}

static inline void put_file(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static inline void make_directory(const char *path)
{
	char *command = format("mkdir -p %s", path);

	assert_int_equal(system(command), 0);
	free(command);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, enter_directory, leave_directory)

static inline void blob_of(struct blob *b, const void *data, size_t len)
{
	blob_free(b);
	assert_int_equal(blob_append(b, data, len), 0);
}

/* A module with nothing but .modinfo: header, strings, names, three section headers. */
static inline void make_module(struct blob *b, const char *info, size_t info_len)
{
	static const char names[] = "\0.modinfo\0.shstrtab";
	Elf64_Ehdr eh = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
			  .e_type = ET_REL,
			  .e_shentsize = sizeof(Elf64_Shdr),
			  .e_shnum = 3,
			  .e_shstrndx = 2,
			  .e_shoff = sizeof(eh) + info_len + sizeof(names) };
	Elf64_Shdr sh[3] = {
		{ 0 },
		{ .sh_name = 1,
		  .sh_type = SHT_PROGBITS,
		  .sh_offset = sizeof(eh),
		  .sh_size = info_len },
		{ .sh_name = 10,
		  .sh_type = SHT_STRTAB,
		  .sh_offset = sizeof(eh) + info_len,
		  .sh_size = sizeof(names) },
	};

	assert_int_equal(blob_append(b, &eh, sizeof(eh)), 0);
	assert_int_equal(blob_append(b, info, info_len), 0);
	assert_int_equal(blob_append(b, names, sizeof(names)), 0);
	assert_int_equal(blob_append(b, sh, sizeof(sh)), 0);
}

static inline void put_module(const char *path, const char *info, size_t info_len)
{
	struct blob b = { 0 };

	make_module(&b, info, info_len);
	put_file(path, b.data, b.size);
	blob_free(&b);
}

#define MODULE(path, info) put_module("kernel/modules/kernel/" path, info, sizeof(info))

static inline void make_kernel(void)
{
	static const char order[] = "kernel/a/virtio.ko\nkernel/a/virtio_ring.ko\n"
				    "kernel/b/virtio_mmio.ko\nkernel/b/virtio_console.ko\n"
				    "kernel/b/virtio-rng.ko\nkernel/c/loop1.ko\nkernel/c/loop2.ko\n"
				    "kernel/c/gone.ko\nkernel/c/needy.ko\nkernel/c/soft.ko\n";
	static const char builtin[] = "kernel/x/rng-core.ko\nkernel/x/ext4.ko\n";

	make_directory("kernel/modules/kernel/a kernel/modules/kernel/b kernel/modules/kernel/c");
	put_file("kernel/modules/modules.order", order, sizeof(order) - 1);
	put_file("kernel/modules/modules.builtin", builtin, sizeof(builtin) - 1);
	MODULE("a/virtio.ko", "license=GPL\0depends=virtio_ring");
	MODULE("a/virtio_ring.ko", "license=GPL\0depends=");
	MODULE("b/virtio_mmio.ko", "depends=virtio,virtio_ring\0name=virtio_mmio");
	MODULE("b/virtio_console.ko", "depends=virtio,virtio_ring");
	MODULE("b/virtio-rng.ko", "depends=virtio_ring,virtio,rng-core");
	MODULE("c/loop1.ko", "depends=loop2");
	MODULE("c/loop2.ko", "depends=loop1");
	MODULE("c/needy.ko", "depends=missing");
	MODULE("c/soft.ko", "depends=\0softdep=pre: virtio missing post: loop1");
}

#endif
