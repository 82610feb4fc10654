/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shootdown lab VERB ...: hand over to the lab program. */
#include "vmm/cli/lab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmm/cli/spawn.h"
#include "vmm/cli/verbs.h"

#define INSIDE	 "SHOOTDOWN_LAB" /* in the environment of everything that runs in the lab */
#define MAX_ARGS 512
#define LAB_CPUS 2
#define MIB	 (1ull << 20)

int lab_inside(void)
{
	return getenv(INSIDE) != NULL;
}

/* A few sizes only, so that a few saved labs serve everybody: the guest's RAM and 1 GiB. */
static unsigned lab_mib(const struct lab_guest *g)
{
	uint64_t need = g->memory / MIB + 1024, size = 2048;

	while (size < need)
		size += 2048;
	return (unsigned)size;
}

/*
 * QEMU's emulation of nested guests, with a thread per CPU, now and then breaks a guest with several
 * vCPUs (a triple fault in 2 of 45 boots with 4 vCPUs on 2 CPUs, seen with 2 vCPUs as well; none in
 * 24 on 1 CPU). So such a guest gets a lab with one CPU, unless --cpus asks for more.
 */
static unsigned lab_cpus(const struct lab_guest *g)
{
	return g->vcpus > 1 ? 1 : LAB_CPUS;
}

int lab_exec(char *const options[], char *const args[], const struct lab_guest *guest,
	     struct diag *d)
{
	static char opt_memory[] = "--memory", opt_cpus[] = "--cpus", dashes[] = "--";
	char helper[4096], self[4096], memory[32], cpus[16], *argv[MAX_ARGS];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int argc = 0, err = spawn_find(helper, sizeof(helper), "libexec", "lab", d);

	if (err)
		return err;
	if (n < 0)
		return diag_errno(d, -errno, "/proc/self/exe", NULL);
	self[n] = 0;
	snprintf(memory, sizeof(memory), "%uM", lab_mib(guest));
	snprintf(cpus, sizeof(cpus), "%u", lab_cpus(guest));
	argv[argc++] = helper;
	argv[argc++] = opt_memory;
	argv[argc++] = memory;
	argv[argc++] = opt_cpus;
	argv[argc++] = cpus;
	while (*options && argc < MAX_ARGS - 4)
		argv[argc++] = *options++;
	argv[argc++] = dashes;
	argv[argc++] = self;
	while (*args && argc < MAX_ARGS - 1)
		argv[argc++] = *args++;
	if (*args)
		return diag_usage(d, "lab", NULL, "more than %d arguments", MAX_ARGS);
	argv[argc] = NULL;
	setenv(INSIDE, "1", 1);
	execv(helper, argv);
	return diag_errno(d, -errno, helper, NULL);
}

static int help(FILE *to)
{
	fputs("Usage: shootdown lab [LAB OPTIONS] VERB [options] [-- command]\n\n"
	      "Runs a verb inside the software lab: QEMU's emulation of a machine with SVM, running a\n"
	      "stock Debian kernel with KVM. Slow, complete, and the same everywhere.\n\n"
	      "  --npt 0|1       nested paging (default 1); with 0, shadow paging, a missing flush shows\n"
	      "  --cpus N        CPUs of the lab (default 2; 1 for guests with more than 1 vCPU)\n"
	      "  --memory SIZE   RAM of the lab (default: what the guest needs)\n"
	      "  --fresh         start anew instead of from the saved state, and save again\n"
	      "  --timeout S     give up after S seconds\n"
	      "  -v, -q          more, or less, said\n\n"
	      "Examples:\n"
	      "  shootdown lab run -- uname -a\n"
	      "  shootdown lab --npt 0 run --mutant drop-flush -- flushwork -s 5\n"
	      "  shootdown lab doctor\n",
	      to);
	return to == stdout ? STATUS_OK : STATUS_USAGE;
}

/* Options that take a value as the next argument. */
static int takes_value(const char *option)
{
	static const char *const with[] = { "--npt", "--cpus", "--memory", "--timeout" };

	for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++)
		if (strcmp(option, with[i]) == 0)
			return 1;
	return 0;
}

int cmd_lab(int argc, char **argv)
{
	static const struct lab_guest little;
	char *options[MAX_ARGS];
	struct diag d = { 0 };
	int i, n = 0;

	for (i = 1; i < argc && argv[i][0] == '-' && n < MAX_ARGS - 2; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return help(stdout);
		options[n++] = argv[i];
		if (takes_value(argv[i]) && i + 1 < argc)
			options[n++] = argv[++i];
	}
	options[n] = NULL;
	if (i >= argc)
		return help(stderr);
	if (strcmp(argv[i], "run") == 0)
		return run_in_lab(argc - i, argv + i, options);
	lab_exec(options, argv + i, &little, &d);
	return diag_print(&d, stderr);
}
