// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU's migration to and from a file; see migrate.h. */
#include "guest/lab/migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "guest/lab/clock.h"

#define MIGRATE_MS 30000

/* RAM stays in its file; -incoming and migrate both need to know. */
static int leave_ram_out(struct emu *e, struct diag *d)
{
	json_t *args = json_pack("{s:[{s:s, s:b}]}", "capabilities", "capability",
				 "x-ignore-shared", "state", 1);

	return qmp_command(&e->qmp, "migrate-set-capabilities", args, -1, NULL, MIGRATE_MS, d);
}

/* `command` (migrate or migrate-incoming) from or to the file at path. */
static int migrate(struct emu *e, const char *command, const char *path, int flags,
		   struct diag *d)
{
	int fd = open(path, flags | O_CLOEXEC, 0666), err;

	if (fd < 0)
		return diag_errno(d, -errno, path, NULL);
	err = leave_ram_out(e, d);
	if (!err)
		err = qmp_command(&e->qmp, "getfd", json_pack("{s:s}", "fdname", "state"), fd, NULL,
				  MIGRATE_MS, d);
	close(fd);
	if (err)
		return err;
	return qmp_command(&e->qmp, command, json_pack("{s:s}", "uri", "fd:state"), -1, NULL,
			   MIGRATE_MS, d);
}

/* 1 while it goes on, 0 when all is written, negative errno with d filled. */
static int migration_status(struct emu *e, struct diag *d)
{
	json_t *info = NULL;
	const char *status;
	int ret = qmp_command(&e->qmp, "query-migrate", NULL, -1, &info, MIGRATE_MS, d);

	if (ret)
		return ret;
	status = json_string_value(json_object_get(info, "status")) ?: "?";
	ret = 1;
	if (!strcmp(status, "completed"))
		ret = 0;
	else if (!strcmp(status, "failed") || !strcmp(status, "cancelled"))
		ret = diag_set(d, -EIO, "lab: saving L1", "is there room in the cache?", "%s",
			       json_string_value(json_object_get(info, "error-desc")) ?: status);
	json_decref(info);
	return ret;
}

int migrate_save(struct emu *e, const char *path, struct diag *d)
{
	long long deadline = clock_ms() + MIGRATE_MS;
	int ret = migrate(e, "migrate", path, O_WRONLY | O_CREAT | O_TRUNC, d);

	if (ret)
		return ret;
	while ((ret = migration_status(e, d)) > 0) {
		if (clock_ms() > deadline)
			return diag_set(d, -ETIME, "lab: saving L1", NULL, "not done in %d s",
					MIGRATE_MS / 1000);
		usleep(2000);
	}
	return ret;
}

int migrate_restore(struct emu *e, const char *path, struct diag *d)
{
	int err = migrate(e, "migrate-incoming", path, O_RDONLY, d);

	return err ? err : qmp_wait_resume(&e->qmp, MIGRATE_MS, d);
}
