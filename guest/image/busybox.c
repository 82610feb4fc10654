/* SPDX-License-Identifier: GPL-2.0-or-later */
/* busybox and its applet links. */
#include "guest/image/busybox.h"

#include <elf.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define HINT "apt install busybox-static, or --busybox PATH to a static one"

int elf_is_dynamic(const struct blob *elf)
{
	Elf64_Ehdr eh;
	Elf64_Phdr ph;

	if (elf->size < sizeof(eh))
		return 0;
	memcpy(&eh, elf->data, sizeof(eh));
	if (memcmp(eh.e_ident, ELFMAG, SELFMAG) || eh.e_phentsize != sizeof(ph))
		return 0;
	for (unsigned i = 0; i < eh.e_phnum; i++) {
		uint64_t at;

		if (__builtin_add_overflow(eh.e_phoff, (uint64_t)i * sizeof(ph), &at) ||
		    at > elf->size || sizeof(ph) > elf->size - at)
			return 0;
		memcpy(&ph, elf->data + at, sizeof(ph));
		if (ph.p_type == PT_INTERP)
			return 1;
	}
	return 0;
}

/* Start `busybox --list-full`; its output comes from *out. */
static int list_applets(const char *path, FILE **out, pid_t *pid)
{
	char *const argv[] = { strdup("busybox"), strdup("--list-full"), NULL };
	posix_spawn_file_actions_t actions;
	int fds[2], err = 0;

	if (!argv[0] || !argv[1] || posix_spawn_file_actions_init(&actions))
		err = -ENOMEM;
	else if (pipe(fds) < 0)
		err = -errno;
	if (!err) {
		posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
		posix_spawn_file_actions_addclose(&actions, fds[0]);
		err = -posix_spawn(pid, path, &actions, NULL, argv, environ);
		posix_spawn_file_actions_destroy(&actions);
		close(fds[1]);
		*out = err ? NULL : fdopen(fds[0], "r");
		if (!*out)
			close(fds[0]);
	}
	free(argv[0]);
	free(argv[1]);
	return err;
}

static int add_links(struct tree *t, FILE *list)
{
	char line[256], path[260];
	int err = 0;

	while (!err && fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = '\0';
		snprintf(path, sizeof(path), "/%s", line);
		if (line[0] && strcmp(path, "/bin/busybox") != 0)
			err = tree_link(t, path, "/bin/busybox");
	}
	return err;
}

static int add_applets(struct tree *t, const char *path)
{
	FILE *list = NULL;
	pid_t pid = -1;
	int status = 0;
	int err = list_applets(path, &list, &pid);

	if (list)
		err = add_links(t, list);
	else if (!err)
		err = -ENOMEM;
	if (list)
		fclose(list);
	if (pid > 0 && waitpid(pid, &status, 0) == pid && !err && status != 0)
		err = -ENOEXEC;
	return err;
}

int busybox_add(struct tree *t, struct inputs *in, const char *path, struct diag *d)
{
	struct blob program = { 0 };
	int err = file_read(&program, in, path, d);

	if (err == -ENOENT) {
		diag_missing(d, path, HINT, "busybox is missing");
		return err;
	}
	if (err)
		return err;
	if (elf_is_dynamic(&program)) {
		blob_free(&program);
		return diag_set(d, -EINVAL, path, HINT, "this busybox is not a static program");
	}
	err = tree_file(t, "/bin/busybox", 0755, &program);
	if (!err)
		err = add_applets(t, path);
	if (err)
		diag_set(d, err, path, HINT, "cannot list its applets: %s", strerror(-err));
	return err;
}
