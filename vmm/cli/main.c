/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line's entry: find the verb, run it. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "vmm/cli/verbs.h"
#include "vmm/diag.h"

#ifndef SHOOTDOWN_VERSION
#define SHOOTDOWN_VERSION "0.1"
#endif

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} verbs[] = {
	{ "run", cmd_run, "boot a stock Linux kernel, run a command in it, serve its TLB flushes" },
	{ "doctor", cmd_doctor, "what this host can do: KVM, flush levers, how stale TLBs show" },
	{ "lab", cmd_lab, "any verb again, inside the software lab (no VMX or SVM needed)" },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int help(FILE *to)
{
	fprintf(to, "Usage: shootdown VERB [options] [-- command]\n\n"
		    "A small KVM hypervisor for TLB-shootdown correctness.\n\nVerbs:\n");
	for (size_t i = 0; i < VERBS; i++)
		fprintf(to, "  %-8s %s\n", verbs[i].name, verbs[i].summary);
	fprintf(to, "\n'shootdown VERB --help' tells more. For a start:\n"
		    "  shootdown run -- dmesg                 boot, print the kernel log\n"
		    "  shootdown run --stats -- flushwork     make it flush, see what was served\n"
		    "  shootdown run --pv kvm -c 4            an interactive shell on 4 vCPUs\n"
		    "\nExit status: the guest command's own for run; 1 failure, 2 usage, 42 findings,\n"
		    "43 inconclusive, 77 a requirement is missing (named on standard error).\n");
	return to == stdout ? STATUS_OK : STATUS_USAGE;
}

int main(int argc, char **argv)
{
	static char title[64];
	struct diag d = { 0 };

	argp_err_exit_status = STATUS_USAGE;
	if (argc < 2)
		return help(stderr);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return help(stdout);
	if (strcmp(argv[1], "--version") == 0) {
		puts("shootdown " SHOOTDOWN_VERSION);
		return STATUS_OK;
	}
	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(argv[1], verbs[i].name))
			continue;
		snprintf(title, sizeof(title), "shootdown %s", verbs[i].name);
		argv[1] = title;
		return verbs[i].run(argc - 1, argv + 1);
	}
	diag_usage(&d, argv[1], "one of: run, doctor, lab ('shootdown --help' says what they do)",
		   "unknown verb");
	return diag_print(&d, stderr);
}
