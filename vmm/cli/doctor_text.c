/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doctor's findings for people: short aligned lines, then what is missing. */
#include "vmm/cli/doctor.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#define LABEL "%-12s "

static const char *yes_no(bool b)
{
	return b ? "yes" : "no";
}

static void show_host(const struct doctor *d, FILE *to)
{
	fprintf(to, LABEL "%s %s, %ld CPUs, %s%s%s\n", "host", d->uts.sysname, d->uts.release,
		d->cpus, d->cpu_vendor, d->hypervisor[0] ? ", itself a virtual machine of " : "",
		d->hypervisor);
}

static void show_pv(const struct doctor *d, FILE *to)
{
	fprintf(to, "%-12s", "pv features");
	for (unsigned bit = 0; bit < 32; bit++)
		if (d->pv_features >> bit & 1 && doctor_pv_name(bit))
			fprintf(to, " %s", doctor_pv_name(bit));
	fprintf(to, "\n");
}

static void show_caps(const struct doctor *d, FILE *to)
{
	fprintf(to, "\ncapabilities\n");
	for (unsigned i = 0; i < d->caps; i++) {
		const struct doctor_cap *c = &d->cap[i];
		char value[16];

		if (c->number)
			snprintf(value, sizeof(value), "%d", c->value);
		else
			snprintf(value, sizeof(value), "%s", yes_no(c->value != 0));
		fprintf(to, "  %-26s %-8s %s%s\n", c->name, value, c->use,
			c->required ? " (required)" : "");
	}
}

/* Length of a crash report's first words, before its registers. */
static int summary(const char *reason)
{
	const char *end = strstr(reason, " at rip");

	return (int)(end ? end - reason : (ptrdiff_t)strlen(reason));
}

static void show_kvm(const struct doctor *d, FILE *to)
{
	if (!d->kvm) {
		fprintf(to, LABEL "not usable: see below\n", "kvm");
		return;
	}
	fprintf(to, LABEL "%s, %s paging%s\n", "kvm", d->module[0] ? d->module : "module unknown",
		doctor_paging_name(d->paging), d->paging_measured ? " (measured)" : "");
	if (d->linux_direct)
		fprintf(to, LABEL "a stock kernel runs directly\n", "linux");
	else
		fprintf(to, LABEL "a stock kernel does not run directly (%.*s): %s\n", "linux",
			summary(d->linux_why.reason), d->linux_why.reason,
			d->qemu[0] ? "run uses the lab" : "the lab is needed");
	show_pv(d, to);
}

static void show_lever(const struct doctor *d, enum lever_kind kind, FILE *to)
{
	const struct probe_lever *l = &d->probe.lever[kind];
	char cost[32] = "";

	if (l->timed)
		snprintf(cost, sizeof(cost), "%+.1f us", (double)l->cost_ns / 1e3);
	if (d->lever_known && d->lever == kind)
		fprintf(to, "  %-26s %-8s %-10s in use\n", lever_kind_name(kind),
			probe_verdict_name(l->works), cost);
	else
		fprintf(to, "  %-26s %-8s %s\n", lever_kind_name(kind),
			probe_verdict_name(l->works), cost);
}

static void show_levers(const struct doctor *d, FILE *to)
{
	const struct probe_result *p = &d->probe;

	fprintf(to, "\nflush levers                 verdict  cost over an exit");
	if (p->exit_ns)
		fprintf(to, " of %.1f us", (double)p->exit_ns / 1e3);
	fprintf(to, "\n");
	show_lever(d, LEVER_STEAL, to);
	show_lever(d, LEVER_SREGS, to);
	if (p->ran && !p->stale_across_exit)
		fprintf(
		    to,
		    "  Stale translations do not outlive an exit here: a lever cannot be seen to "
		    "work, sregs\n  is used because the architecture defines its effect.\n");
}

static void show_stale(const char *what, bool seen, uint32_t n, uint32_t of, FILE *to)
{
	fprintf(to, "  %-26s %-8s %" PRIu32 " of %" PRIu32 " rounds\n", what, yes_no(seen), n, of);
}

static void show_staleness(const struct doctor *d, FILE *to)
{
	const struct probe_result *p = &d->probe;
	const struct probe_count *a = p->raw.action, *e = &a[PROBE_EXIT];
	uint32_t rounds = 0, before = 0;

	for (unsigned i = 0; i < PROBE_ACTIONS; i++) {
		rounds += a[i].rounds;
		before += a[i].before;
	}
	fprintf(to, "\nstale translations           visible\n");
	show_stale("at CPL3", p->stale_cpl3, before, rounds, to);
	show_stale("at CPL3, after an exit", p->stale_across_exit, e->after, e->before, to);
	show_stale("at CPL0", p->stale_cpl0, p->raw.reader0.before, p->raw.reader0.rounds, to);
	show_stale("tables written at CPL0", p->stale_writer0, p->raw.writer0.before,
		   p->raw.writer0.rounds, to);
}

static const char *stop_text(char text[24], const struct stop_measure *m)
{
	if (m->works)
		snprintf(text, 24, "yes %.1f us", (double)m->cost_ns / 1e3);
	else if (m->hits)
		snprintf(text, 24, "%u of %u", m->hits, m->tries);
	else
		snprintf(text, 24, "no");
	return text;
}

static void show_stops(const struct doctor *d, FILE *to)
{
	char a[24], b[24];

	fprintf(to, "\nways to stop a vCPU          CPL0             CPL3\n");
	for (unsigned i = STOP_OUT; i < STOP_MECHS; i++)
		fprintf(to, "  %-26s %-16s %s\n", stop_mech_name((enum stop_mech)i),
			stop_text(a, &d->stops.m[i][0]), stop_text(b, &d->stops.m[i][1]));
}

static void show_missing(const struct doctor *d, FILE *to)
{
	if (d->missings)
		fprintf(to, "\nmissing\n");
	for (unsigned i = 0; i < d->missings; i++) {
		fprintf(to, "  %s: %s\n", d->missing[i].object, d->missing[i].reason);
		if (d->missing[i].hint[0])
			fprintf(to, "    %s\n", d->missing[i].hint);
	}
}

void doctor_text(const struct doctor *d, FILE *to)
{
	show_host(d, to);
	show_kvm(d, to);
	fprintf(to, LABEL "%s\n", "lab", d->qemu[0] ? d->qemu : "no QEMU");
	if (d->kvm) {
		show_caps(d, to);
		show_levers(d, to);
		show_staleness(d, to);
		show_stops(d, to);
	}
	show_missing(d, to);
}
