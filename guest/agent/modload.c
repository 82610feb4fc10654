/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel modules: /modules/load holds one "FILE PARAMETERS" a line, in load order. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest/agent/log.h"
#include "guest/agent/setup.h"

static void load_module(const char *file, const char *params)
{
	char path[288];
	int fd;

	snprintf(path, sizeof(path), "/modules/%s", file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || (syscall(SYS_finit_module, fd, params, 0) < 0 && errno != EEXIST))
		log_error("cannot load %s: %s", file, strerror(errno));
	if (fd >= 0)
		close(fd);
}

void setup_load_modules(void)
{
	char line[256];
	FILE *list = fopen("/modules/load", "re");

	if (!list)
		return; /* everything is built in */
	while (fgets(line, sizeof(line), list)) {
		char *params = line;
		char *file = strsep(&params, " \n");

		if (params)
			params[strcspn(params, "\n")] = '\0';
		if (*file)
			load_module(file, params ? params : "");
	}
	fclose(list);
}
