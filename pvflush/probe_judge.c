/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the staleness probe's counts to verdicts, and from verdicts to a lever. */
#include "pvflush/probe.h"

#include <errno.h>

#define MIN_ROUNDS 4

static const struct {
	enum probe_action action;
	enum lever_kind kind;
} used[] = { { PROBE_STEAL, LEVER_STEAL }, { PROBE_SREGS, LEVER_SREGS } };

#define USED (sizeof(used) / sizeof(used[0]))

/* The control: most stale pages survive an exit; then none surviving the lever means something. */
static bool has_power(const struct probe_count *exit)
{
	return exit->before >= MIN_ROUNDS && exit->after * 2 > exit->before;
}

static enum probe_verdict judge(const struct probe_count *c, bool power)
{
	if (c->after)
		return PROBE_FAILS;
	return power && c->before >= MIN_ROUNDS ? PROBE_WORKS : PROBE_UNKNOWN;
}

void probe_judge(struct probe_result *r)
{
	const struct probe_data *raw = &r->raw;
	bool power = has_power(&raw->action[PROBE_EXIT]);

	for (unsigned a = 0; a < PROBE_ACTIONS; a++)
		r->stale_cpl3 |= raw->action[a].before != 0;
	r->stale_cpl0 = raw->reader0.before != 0;
	r->stale_writer0 = raw->writer0.before != 0;
	r->stale_across_exit = raw->action[PROBE_EXIT].after != 0;
	for (unsigned i = 0; i < USED; i++)
		if (r->lever[used[i].kind].works != PROBE_REFUSED)
			r->lever[used[i].kind].works = judge(&raw->action[used[i].action], power);
}

int probe_choose(const struct probe_result *r, enum lever_kind *ret)
{
	if (r->lever[LEVER_STEAL].works == PROBE_WORKS)
		*ret = LEVER_STEAL;
	else if (r->lever[LEVER_SREGS].works != PROBE_FAILS)
		*ret = LEVER_SREGS;
	else
		return -EOPNOTSUPP;
	return 0;
}

const char *probe_verdict_name(enum probe_verdict v)
{
	static const char *const name[] = { [PROBE_UNKNOWN] = "unknown",
					    [PROBE_WORKS] = "works",
					    [PROBE_FAILS] = "fails",
					    [PROBE_REFUSED] = "refused" };

	return name[v];
}
