/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shootdown run: boot a kernel, run a command in it. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/cli/files.h"
#include "vmm/cli/host.h"
#include "vmm/cli/lab.h"
#include "vmm/cli/options.h"
#include "vmm/cli/session.h"
#include "vmm/cli/verbs.h"
#include "vmm/cli/vm.h"

struct run_options {
	struct options common;
	unsigned timeout_s;
	int argc;
	char **argv;
	char *const *lab_options; /* not NULL: the lab was asked for */
};

static const char doc[] =
	"Boot an unmodified Linux kernel and run COMMAND in it: its standard input, output and error "
	"are yours, byte for byte, its exit status is shootdown's. Without COMMAND, an interactive "
	"shell (Ctrl-A x leaves it). Remote TLB flushes of the guest are served here; --stats says "
	"what was served. Where this host's KVM cannot run Linux, the software lab is used."
	"\vExamples:\n"
	"  shootdown run -- dmesg\n"
	"  shootdown run -c 4 --stats -- flushwork -t 4 -s 10\n"
	"  shootdown run --pv kvm -k 6.12 -- uname -r\n"
	"  shootdown run -d disk.img,ro -- dd if=/dev/vda of=/dev/null bs=1M\n";

enum { OPT_TIMEOUT = 512 };

static const struct argp_option own_options[] = {
	{ "timeout", OPT_TIMEOUT, "SECONDS", 0, "End the guest after that time, with status 1", 3 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run_options *r = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &r->common;
		return 0;
	case OPT_TIMEOUT:
		r->timeout_s = (unsigned)strtoul(arg, &end, 10);
		if (*end || end == arg || *arg == '-' || !r->timeout_s)
			return -diag_usage(&r->common.diag, "--timeout", NULL,
					   "'%s' is not a number of seconds", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The same command line for the lab, with what was resolved out here. */
static int enter_lab(const struct run_options *r, const struct guest_files *f, struct diag *d)
{
	static char *none[] = { NULL };
	struct lab_guest guest = { .memory = r->common.memory, .vcpus = r->common.cpus };
	char *kernel = strdup(f->kernel_dir[0] ? f->kernel_dir : f->kernel);
	char **args = calloc((size_t)r->argc + 8, sizeof(char *));
	int n = 0, options = (int)(r->common.command - r->argv);

	if (!args || !kernel)
		return -ENOMEM;
	if (options > 1 && strcmp(r->argv[options - 1], "--") == 0)
		options--;
	args[n++] = (char[]){ "run" };
	for (int i = 1; i < options; i++)
		args[n++] = r->argv[i];
	args[n++] = (char[]){ "--host" };
	args[n++] = (char[]){ "-k" };
	args[n++] = kernel;
	args[n++] = (char[]){ "--" };
	for (char **c = r->common.command; *c; c++)
		args[n++] = *c;
	if (f->agent)
		setenv("SHOOTDOWN_AGENT_INITRD", f->initrd, 1);
	return lab_exec(r->lab_options ? r->lab_options : none, args, &guest, d);
}

static int dry_run(const struct options *o, const struct guest_files *f, bool lab)
{
	char cmdline[4096];

	if (vm_cmdline(cmdline, sizeof(cmdline), o))
		return STATUS_FAILURE;
	printf("where    %s\nkernel   %s\ninitrd   %s\ncmdline  %s\nvcpus    %u\nmemory   %llu MiB\n"
	       "pv       %s\n",
	       lab ? "the software lab" : "this host's KVM", f->kernel,
	       f->initrd[0] ? f->initrd : "(none)", cmdline, o->cpus,
	       (unsigned long long)(o->memory >> 20), options_pv_name(o->pv));
	for (unsigned i = 0; i < o->disks; i++)
		printf("disk     %s%s\n", o->disk[i].path, o->disk[i].ro ? " (read-only)" : "");
	return STATUS_OK;
}

/* True: the lab; false: here. *err is set when neither is right. */
static bool wants_lab(const struct run_options *r, int *err, struct diag *d)
{
	struct diag why = { 0 };
	bool denied = false;

	*err = 0;
	if (r->lab_options)
		return true;
	if (r->common.host || lab_inside() || host_runs_linux(&denied, &why))
		return false;
	if (denied) {
		*err = diag_set(d, -EACCES, "/dev/kvm",
				"add yourself to the group that owns it (often: sudo adduser $USER "
				"kvm, then log in again), or use: shootdown lab run ...",
				"permission denied");
		return false;
	}
	if (!r->common.quiet && !r->common.dry_run)
		fprintf(stderr, "shootdown: this host's KVM cannot run stock Linux (%.*s): using the "
				"software lab\n", (int)strcspn(why.reason, "("), why.reason);
	return true;
}

static int run(struct run_options *r, struct diag *d)
{
	struct guest_files f;
	int err = files_resolve(&f, &r->common, d);
	bool lab;

	if (err)
		return err;
	if (r->common.command[0] && !f.agent)
		return diag_usage(d, "--initrd", "leave -i out, or leave the command out",
				  "a command needs the self-built initial RAM disk");
	lab = wants_lab(r, &err, d);
	if (err)
		return err;
	if (r->common.dry_run)
		return dry_run(&r->common, &f, lab);
	if (lab)
		return enter_lab(r, &f, d);
	return session_run(&r->common, &f, r->timeout_s);
}

static int run_main(int argc, char **argv, char *const *lab_options)
{
	static const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = { own_options, parse, "[--] [COMMAND...]", doc, children,
					  NULL, NULL };
	struct run_options r = { .argc = argc, .argv = argv, .lab_options = lab_options };
	struct diag d = { 0 };
	int status;

	options_init(&r.common);
	r.common.command = argv + argc;
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &r)) {
		options_free(&r.common);
		return diag_print(&r.common.diag, stderr);
	}
	status = run(&r, &d);
	options_free(&r.common);
	/* A helper program that failed has explained itself already. */
	if (status < 0 && d.reason[0] == 0 && d.status)
		return d.status;
	return status < 0 ? diag_print(&d, stderr) : status;
}

int cmd_run(int argc, char **argv)
{
	return run_main(argc, argv, NULL);
}

int run_in_lab(int argc, char **argv, char *const lab_options[])
{
	return run_main(argc, argv, lab_options);
}
