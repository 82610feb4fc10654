/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --stats: flush counters and exits, as text or as JSON. */
#include "vmm/cli/stats_out.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>

#include "vmm/exit.h"
#include "vmm/machine.h"

static uint64_t exits(const struct machine *m, unsigned reason)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < m->vcpus; i++)
		n += atomic_load_explicit(&m->vcpu[i]->exits[reason], memory_order_relaxed);
	return n;
}

static uint64_t interrupted(const struct machine *m)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < m->vcpus; i++)
		n += atomic_load_explicit(&m->vcpu[i]->interrupted, memory_order_relaxed);
	return n;
}

static void text(const struct machine *m, const struct flush_stats *s, FILE *to)
{
	stats_print(s, to);
	fprintf(to, "exits to user space:");
	for (unsigned r = 0; r < VCPU_EXIT_REASONS; r++)
		if (exits(m, r))
			fprintf(to, " %s %" PRIu64, exit_name(r), exits(m, r));
	fprintf(to, " (kick) %" PRIu64 "\n", interrupted(m));
}

static int json(const struct machine *m, const struct flush_stats *s, FILE *to)
{
	json_t *o = stats_json(s), *e = json_object();
	int err;

	for (unsigned r = 0; r < VCPU_EXIT_REASONS; r++)
		if (exits(m, r))
			json_object_set_new(e, exit_name(r), json_integer((json_int_t)exits(m, r)));
	json_object_set_new(e, "kick", json_integer((json_int_t)interrupted(m)));
	json_object_set_new(o, "exits", e);
	err = json_dumpf(o, to, JSON_INDENT(1)) ? -EIO : 0;
	fputc('\n', to);
	json_decref(o);
	return err;
}

int stats_out(const struct options *o, struct machine *m, const struct flush_stats *s,
	      struct diag *d)
{
	FILE *to = stderr;
	int err = 0;

	if (o->stats == STATS_OFF)
		return 0;
	if (o->stats_file)
		to = fopen(o->stats_file, "we");
	if (!to)
		return diag_errno(d, -errno, o->stats_file, NULL);
	if (o->stats == STATS_JSON)
		err = json(m, s, to);
	else
		text(m, s, to);
	if (to != stderr && fclose(to))
		err = -errno;
	return err ? diag_errno(d, err, o->stats_file ? o->stats_file : "stderr", NULL) : 0;
}
