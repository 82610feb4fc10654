/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shootdown doctor: what this host offers, measured, and what is missing. */
#include "vmm/cli/doctor.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>

#include "vmm/cli/host.h"
#include "vmm/cli/verbs.h"
#include "vmm/kvm.h"

static void missing(struct doctor *d, const struct diag *what, bool fatal)
{
	if (d->missings < DOCTOR_MAX_MISSING)
		d->missing[d->missings++] = *what;
	d->fatal |= fatal;
}

static void check_caps(struct doctor *d)
{
	for (unsigned i = 0; i < d->caps; i++) {
		struct diag why = { 0 };

		if (!d->cap[i].required || d->cap[i].value)
			continue;
		diag_missing(&why, d->cap[i].name, "a newer host kernel, 5.10 at least",
			     "this host's KVM lacks a capability: %s", d->cap[i].use);
		missing(d, &why, !d->qemu[0]);
	}
}

static void measure(struct doctor *d)
{
	bool denied;

	probe_run(&d->probe, &d->probe_why);
	if (!d->probe.ran)
		missing(d, &d->probe_why, false);
	d->lever_known = d->probe.ran && probe_choose(&d->probe, &d->lever) == 0;
	if (d->paging == PAGING_UNKNOWN && d->probe.ran) {
		d->paging = d->probe.shadow ? PAGING_SHADOW : PAGING_TDP;
		d->paging_measured = true;
	}
	stops_run(&d->stops, &d->stops_why);
	if (!d->stops.ran)
		missing(d, &d->stops_why, false);
	d->linux_direct = host_runs_linux(&denied, &d->linux_why);
}

static void check_lab(struct doctor *d)
{
	struct diag why = { 0 };

	if (d->qemu[0])
		return;
	diag_missing(&why, "qemu-system-x86_64",
		     "install it (Debian: apt install qemu-system-x86), for `shootdown lab`",
		     "not found in PATH%s",
		     d->linux_direct
			 ? ""
			 : ", and this host's KVM cannot run a stock kernel without the lab");
	missing(d, &why, !d->linux_direct);
}

static void examine(struct doctor *d)
{
	struct diag why = { 0 };
	struct kvm k;

	doctor_host(d);
	if (kvm_open(&k, "/dev/kvm", &why)) {
		missing(d, &why, false);
	} else {
		d->kvm = true;
		doctor_kvm(d, k.fd);
		kvm_close(&k);
		check_caps(d);
		measure(d);
	}
	check_lab(d);
}

static int show(const struct doctor *d, bool json)
{
	struct diag why = { 0 };

	if (!json)
		doctor_text(d, stdout);
	else if (doctor_json(d, stdout)) {
		diag_errno(&why, -ENOMEM, "doctor", NULL);
		return diag_print(&why, stderr);
	}
	if (fflush(stdout) || ferror(stdout)) {
		diag_errno(&why, -errno, "standard output", NULL);
		return diag_print(&why, stderr);
	}
	return d->fatal ? STATUS_MISSING : STATUS_OK;
}

static const struct argp_option options[] = { { "json", 'j', NULL, 0, "The same as JSON", 0 },
					      { 0 } };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key == 'j')
		*(bool *)state->input = true;
	else if (key == ARGP_KEY_ARG)
		argp_error(state, "%s: doctor takes no argument", arg);
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc =
	    "What this host offers: KVM and its features, flush levers, ways to stop a vCPU, and "
	    "whether stale translations are visible. Measured on private machines, in about a "
	    "second.\vExit status: 0; 77 when something is missing without which no guest runs; "
	    "2 for a wrong command line.",
};

int cmd_doctor(int argc, char **argv)
{
	struct doctor *d;
	bool json = false;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &json))
		return STATUS_USAGE;
	d = calloc(1, sizeof(*d));
	if (!d)
		return STATUS_FAILURE;
	examine(d);
	status = show(d, json);
	free(d);
	return status;
}
