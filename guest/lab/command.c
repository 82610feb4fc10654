// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line and environment of a program in L1. */
#include "guest/lab/command.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "guest/lab/l1/l1.h"

#define SEED_BYTES 32

/* They name sockets, displays or descriptors that L1 does not have. */
static const char *const dropped[] = {
	"DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "NOTIFY_SOCKET",
	"SSH_AUTH_SOCK", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "SHOOTDOWN_LAB",
};

static bool is_dropped(const char *variable)
{
	size_t len = strcspn(variable, "=");

	for (size_t i = 0; i < sizeof(dropped) / sizeof(*dropped); i++)
		if (strlen(dropped[i]) == len && !memcmp(dropped[i], variable, len))
			return true;
	return !len;
}

static void add_time(struct args *a)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	args_add(a, "-t");
	args_add(a, "%lld.%09ld", (long long)t.tv_sec, t.tv_nsec);
}

static void add_seed(struct args *a)
{
	unsigned char seed[SEED_BYTES];
	char hex[2 * SEED_BYTES + 1];

	if (getrandom(seed, sizeof(seed), 0) != sizeof(seed))
		return;
	for (size_t i = 0; i < sizeof(seed); i++)
		snprintf(hex + 2 * i, 3, "%02x", seed[i]);
	args_add(a, "-s");
	args_add(a, "%s", hex);
}

int command_build(struct command *c, const struct lab_options *o, char *const *environment)
{
	char cwd[PATH_MAX];

	memset(c, 0, sizeof(*c));
	if (!getcwd(cwd, sizeof(cwd)))
		return -errno;
	args_add(&c->argv, L1_PROGRAM);
	args_add(&c->argv, "enter");
	add_time(&c->argv);
	add_seed(&c->argv);
	args_add(&c->argv, "-C");
	args_add(&c->argv, "%s", cwd);
	args_add(&c->argv, "--");
	for (char **p = o->program; *p; p++)
		args_add(&c->argv, "%s", *p);
	for (; *environment; environment++)
		if (!is_dropped(*environment))
			args_add(&c->env, "%s", *environment);
	args_add(&c->env, "SHOOTDOWN_LAB=npt%d", o->npt);
	if (!c->argv.err && !c->env.err)
		return 0;
	command_free(c);
	return -ENOMEM;
}

void command_free(struct command *c)
{
	args_free(&c->argv);
	args_free(&c->env);
}
