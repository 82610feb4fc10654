/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the staleness probe's counts to verdicts and to a lever. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pvflush/probe.h"

/* rounds, stale before, stale after: without a lever, with steal, with sregs. */
struct row {
	const char *name;
	struct probe_count exit, steal, sregs;
	bool steal_refused;
	enum probe_verdict want_steal, want_sregs;
	int choose; /* 0 or -errno */
	enum lever_kind lever;
};

/* clang-format off */
static const struct row rows[] = {
	{ "everything visible, both work",
	  { 16, 16, 16 }, { 16, 16, 0 }, { 16, 16, 0 }, false,
	  PROBE_WORKS, PROBE_WORKS, 0, LEVER_STEAL },
	{ "one stale page after the steal lever condemns it",
	  { 16, 16, 16 }, { 16, 16, 1 }, { 16, 16, 0 }, false,
	  PROBE_FAILS, PROBE_WORKS, 0, LEVER_SREGS },
	{ "both fail: there is no lever",
	  { 16, 16, 16 }, { 16, 16, 16 }, { 16, 16, 16 }, false,
	  PROBE_FAILS, PROBE_FAILS, -EOPNOTSUPP, LEVER_NONE },
	{ "an exit flushes: no power, the architecture's word for sregs",
	  { 16, 16, 0 }, { 16, 16, 0 }, { 16, 16, 0 }, false,
	  PROBE_UNKNOWN, PROBE_UNKNOWN, 0, LEVER_SREGS },
	{ "half of the stale pages survive an exit: not enough power",
	  { 16, 16, 8 }, { 16, 16, 0 }, { 16, 16, 0 }, false,
	  PROBE_UNKNOWN, PROBE_UNKNOWN, 0, LEVER_SREGS },
	{ "more than half: power",
	  { 16, 16, 9 }, { 16, 16, 0 }, { 16, 16, 0 }, false,
	  PROBE_WORKS, PROBE_WORKS, 0, LEVER_STEAL },
	{ "no control rounds",
	  { 16, 3, 3 }, { 16, 16, 0 }, { 16, 16, 0 }, false,
	  PROBE_UNKNOWN, PROBE_UNKNOWN, 0, LEVER_SREGS },
	{ "a lever with too few stale rounds is not judged",
	  { 16, 16, 16 }, { 16, 3, 0 }, { 16, 4, 0 }, false,
	  PROBE_UNKNOWN, PROBE_WORKS, 0, LEVER_SREGS },
	{ "failure needs no power",
	  { 16, 0, 0 }, { 16, 2, 1 }, { 16, 0, 0 }, false,
	  PROBE_FAILS, PROBE_UNKNOWN, 0, LEVER_SREGS },
	{ "steal refused by the host",
	  { 16, 16, 16 }, { 16, 16, 16 }, { 16, 16, 0 }, true,
	  PROBE_REFUSED, PROBE_WORKS, 0, LEVER_SREGS },
	{ "nothing ran",
	  { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 }, false,
	  PROBE_UNKNOWN, PROBE_UNKNOWN, 0, LEVER_SREGS },
};
/* clang-format on */

static void verdicts(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct probe_result p = { .raw.action = { r->exit, r->steal, r->sregs } };
		enum lever_kind k = LEVER_NONE;

		if (r->steal_refused)
			p.lever[LEVER_STEAL].works = PROBE_REFUSED;
		probe_judge(&p);
		if (p.lever[LEVER_STEAL].works != r->want_steal ||
		    p.lever[LEVER_SREGS].works != r->want_sregs ||
		    probe_choose(&p, &k) != r->choose || k != r->lever)
			fail_msg("%s: steal %s, sregs %s, chosen %s", r->name,
				 probe_verdict_name(p.lever[LEVER_STEAL].works),
				 probe_verdict_name(p.lever[LEVER_SREGS].works),
				 lever_kind_name(k));
	}
}

static void visibility(void **state)
{
	struct probe_result p = { .raw.action[PROBE_STEAL] = { 16, 1, 0 } };

	probe_judge(&p);
	assert_true(p.stale_cpl3);
	assert_false(p.stale_across_exit);
	assert_false(p.stale_cpl0);
	assert_false(p.stale_writer0);
	p = (struct probe_result){ .raw.action[PROBE_EXIT] = { 16, 2, 1 },
				   .raw.reader0 = { 8, 1, 0 },
				   .raw.writer0 = { 8, 0, 0 } };
	probe_judge(&p);
	assert_true(p.stale_cpl3);
	assert_true(p.stale_across_exit);
	assert_true(p.stale_cpl0);
	assert_false(p.stale_writer0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(visibility),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
