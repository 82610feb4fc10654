/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds .modinfo in a module with every offset checked, and walks its strings. */
#include "guest/image/modinfo.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool inside(const struct blob *b, uint64_t offset, uint64_t len)
{
	return offset <= b->size && len <= b->size - offset;
}

static int section(const struct blob *ko, const Elf64_Ehdr *eh, unsigned index, Elf64_Shdr *ret)
{
	uint64_t offset;

	if (__builtin_add_overflow(eh->e_shoff, (uint64_t)index * sizeof(*ret), &offset) ||
	    !inside(ko, offset, sizeof(*ret)))
		return -ENOEXEC;
	memcpy(ret, ko->data + offset, sizeof(*ret));
	if (ret->sh_type != SHT_NOBITS && !inside(ko, ret->sh_offset, ret->sh_size))
		return -ENOEXEC;
	return 0;
}

static bool named(const struct blob *ko, const Elf64_Shdr *names, uint32_t at, const char *name)
{
	size_t len = strlen(name) + 1;

	return names->sh_type == SHT_STRTAB && at <= names->sh_size && len <= names->sh_size - at &&
	       !memcmp(ko->data + names->sh_offset + at, name, len);
}

int modinfo_find(const struct blob *ko, const char **info, size_t *size)
{
	Elf64_Ehdr eh;
	Elf64_Shdr names, sh;
	int err;

	if (!inside(ko, 0, sizeof(eh)))
		return -ENOEXEC;
	memcpy(&eh, ko->data, sizeof(eh));
	if (memcmp(eh.e_ident, ELFMAG, SELFMAG) || eh.e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh.e_shentsize != sizeof(sh) || eh.e_shstrndx >= eh.e_shnum)
		return -ENOEXEC;
	err = section(ko, &eh, eh.e_shstrndx, &names);
	for (unsigned i = 0; i < eh.e_shnum && !err; i++) {
		err = section(ko, &eh, i, &sh);
		if (err || sh.sh_type != SHT_PROGBITS || !named(ko, &names, sh.sh_name, ".modinfo"))
			continue;
		*info = (const char *)ko->data + sh.sh_offset;
		*size = sh.sh_size;
		return 0;
	}
	return err ? err : -ENOENT;
}

const char *modinfo_next(const char *info, size_t size, size_t *at, const char *key)
{
	size_t key_len = strlen(key);

	while (*at < size) {
		const char *s = info + *at;
		size_t len = strnlen(s, size - *at);

		if (len == size - *at)
			break; /* the last string has no end */
		*at += len + 1;
		if (len > key_len && s[key_len] == '=' && !memcmp(s, key, key_len))
			return s + key_len + 1;
	}
	*at = size;
	return NULL;
}
