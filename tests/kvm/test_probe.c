/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The staleness probe and the stop measurement on the host's own KVM. */
#include "pvflush/probe.h"
#include "pvflush/stops.h"
#include "tests/kvm/need_kvm.h"

static int check(bool ok, const char *what)
{
	printf("%s: %s\n", ok ? "ok" : "FAIL", what);
	return !ok;
}

static int check_stops(void)
{
	struct stops_result s;
	struct diag d = { 0 };
	int bad;

	if (stops_run(&s, &d))
		return diag_print(&d, stdout);
	bad = check(s.m[STOP_OUT][0].works, "a patched OUT stops at CPL0");
	bad += check(s.m[STOP_OUT][1].works, "a patched OUT stops at CPL3");
	bad += check(s.m[STOP_OUT][0].tries == STOP_ROUNDS, "every round was tried");
	return bad;
}

int main(void)
{
	struct probe_result r;
	struct diag d = { 0 };
	enum lever_kind kind;
	int bad;

	need_kvm();
	if (probe_run(&r, &d)) {
		diag_print(&d, stdout);
		return 1;
	}
	printf("steal %s, sregs %s; shadow paging %d\n",
	       probe_verdict_name(r.lever[LEVER_STEAL].works),
	       probe_verdict_name(r.lever[LEVER_SREGS].works), r.shadow);
	printf("stale: cpl3 %d, across an exit %d, cpl0 %d, writer at cpl0 %d\n", r.stale_cpl3,
	       r.stale_across_exit, r.stale_cpl0, r.stale_writer0);
	bad = check(r.raw.foreign == 0, "every load gave the old or the new page");
	bad += check(r.raw.unready <= 2, "INVLPG shows the current page");
	bad += check(r.lever[LEVER_SREGS].works != PROBE_FAILS, "no stale page after sregs");
	bad += check(r.lever[LEVER_STEAL].works != PROBE_FAILS, "no stale page after steal");
	bad += check(probe_choose(&r, &kind) == 0, "there is a lever");
	bad += check(r.stale_cpl3 || !r.stale_across_exit, "the counts agree with each other");
	bad += check_stops();
	return bad != 0;
}
