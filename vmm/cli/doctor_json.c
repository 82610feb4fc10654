/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doctor's findings for programs. Times are in nanoseconds. */
#include "vmm/cli/doctor.h"

#include <errno.h>
#include <jansson.h>

static json_t *diag_json(const struct diag *d)
{
	return json_pack("{s:s, s:s, s:s}", "object", d->object, "reason", d->reason, "hint",
			 d->hint);
}

static json_t *host_json(const struct doctor *d)
{
	return json_pack("{s:s, s:I, s:s, s:s}", "kernel", d->uts.release, "cpus",
			 (json_int_t)d->cpus, "cpu_vendor", d->cpu_vendor, "hypervisor",
			 d->hypervisor);
}

static json_t *pv_json(const struct doctor *d)
{
	json_t *a = json_array();

	for (unsigned bit = 0; bit < 32; bit++)
		if (d->pv_features >> bit & 1 && doctor_pv_name(bit))
			json_array_append_new(a, json_string(doctor_pv_name(bit)));
	return a;
}

static json_t *caps_json(const struct doctor *d)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < d->caps; i++)
		json_object_set_new(o, d->cap[i].name, json_integer(d->cap[i].value));
	return o;
}

static json_t *kvm_json(const struct doctor *d)
{
	json_t *o = json_pack("{s:b}", "usable", d->kvm);

	if (!o || !d->kvm)
		return o;
	json_object_set_new(o, "module", json_string(d->module));
	json_object_set_new(o, "paging", json_string(doctor_paging_name(d->paging)));
	json_object_set_new(o, "paging_measured", json_boolean(d->paging_measured));
	json_object_set_new(o, "pv_features", pv_json(d));
	json_object_set_new(o, "capabilities", caps_json(d));
	json_object_set_new(o, "stock_linux", json_boolean(d->linux_direct));
	if (!d->linux_direct)
		json_object_set_new(o, "stock_linux_why", diag_json(&d->linux_why));
	return o;
}

static json_t *count_json(const struct probe_count *c)
{
	return json_pack("{s:I, s:I, s:I}", "rounds", (json_int_t)c->rounds, "stale",
			 (json_int_t)c->before, "stale_after_exit", (json_int_t)c->after);
}

static json_t *lever_json(const struct probe_lever *l, const struct probe_count *c)
{
	json_t *o = json_pack("{s:s, s:o}", "verdict", probe_verdict_name(l->works), "counts",
			      count_json(c));

	if (o && l->timed)
		json_object_set_new(o, "cost_ns", json_integer(l->cost_ns));
	return o;
}

static json_t *levers_json(const struct doctor *d)
{
	const struct probe_result *p = &d->probe;

	return json_pack("{s:o, s:o, s:s?}", "steal",
			 lever_json(&p->lever[LEVER_STEAL], &p->raw.action[PROBE_STEAL]), "sregs",
			 lever_json(&p->lever[LEVER_SREGS], &p->raw.action[PROBE_SREGS]), "in_use",
			 d->lever_known ? lever_kind_name(d->lever) : NULL);
}

static json_t *stale_json(const struct probe_result *p)
{
	return json_pack("{s:b, s:b, s:b, s:b, s:o, s:o, s:o, s:I, s:I}", "cpl3", p->stale_cpl3,
			 "cpl3_across_exit", p->stale_across_exit, "cpl0", p->stale_cpl0,
			 "writer_cpl0", p->stale_writer0, "no_lever",
			 count_json(&p->raw.action[PROBE_EXIT]), "reader_cpl0_counts",
			 count_json(&p->raw.reader0), "writer_cpl0_counts",
			 count_json(&p->raw.writer0), "void_rounds", (json_int_t)p->raw.unready,
			 "exit_ns", (json_int_t)p->exit_ns);
}

static json_t *stop_json(const struct stop_measure *m)
{
	json_t *o = json_pack("{s:b, s:I, s:I}", "works", m->works, "hits", (json_int_t)m->hits,
			      "tries", (json_int_t)m->tries);

	if (o && m->works)
		json_object_set_new(o, "cost_ns", json_integer(m->cost_ns));
	return o;
}

static json_t *stops_json(const struct stops_result *s)
{
	static const char *const name[] = { NULL, "patched_out", "hardware_breakpoint",
					    "single_step" };
	json_t *o = json_object();

	for (unsigned i = STOP_OUT; i < STOP_MECHS; i++)
		json_object_set_new(o, name[i],
				    json_pack("{s:o, s:o}", "cpl0", stop_json(&s->m[i][0]), "cpl3",
					      stop_json(&s->m[i][1])));
	return o;
}

static json_t *missing_json(const struct doctor *d)
{
	json_t *a = json_array();

	for (unsigned i = 0; i < d->missings; i++)
		json_array_append_new(a, diag_json(&d->missing[i]));
	return a;
}

int doctor_json(const struct doctor *d, FILE *to)
{
	json_t *o = json_pack("{s:o, s:o, s:s, s:o, s:b}", "host", host_json(d), "kvm", kvm_json(d),
			      "qemu", d->qemu, "missing", missing_json(d), "fatal", d->fatal);
	int err;

	if (o && d->kvm) {
		json_object_set_new(o, "levers", levers_json(d));
		json_object_set_new(o, "staleness", stale_json(&d->probe));
		json_object_set_new(o, "stops", stops_json(&d->stops));
	}
	err = o && json_dumpf(o, to, JSON_INDENT(2)) == 0 && fputc('\n', to) != EOF ? 0 : -ENOMEM;
	json_decref(o);
	return err;
}
