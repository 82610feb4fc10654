/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For core.pml: smaller options.
 *
 * IN_FLIGHT asks more than P1: an instruction whose PIO, MMIO or MSR exit is half done
 * counts as a guest step also when KVM completes it in the next KVM_RUN, with the
 * translations that it began with. COMPLETE_FIRST is a protocol that keeps this:
 * such an exit is handled without leave_guest(), so the vCPU counts as in guest mode
 * until the instruction is done.
 */

#ifdef IN_FLIGHT
byte half;	  /* vCPUs with such an exit */
byte half_old[N]; /* those that have had it since before request i */
byte half_stale;  /* those that have had it since before a request that completed */

#define COMPLETED                          \
	assert(!(half_stale & ME));        \
	half = half & ~ME;                 \
	half_stale = half_stale & ~ME;     \
	EACH_CLEAR(half_old, ME)
#define REQUEST_BEGINS half_old[self] = half
#define REQUEST_ENDS   half_stale = half_stale | half_old[self]; half_old[self] = 0
#ifdef COMPLETE_FIRST
#define AFTER_EXIT     half = half | ME; goto kvm_run
#else
#define AFTER_EXIT     half = half | ME; goto left
#endif
#else
#define COMPLETED      skip
#define REQUEST_BEGINS skip
#define REQUEST_ENDS   skip
#define AFTER_EXIT     goto left
#endif

#ifdef NO_WAIT
#define EARLY true
#else
#define EARLY false
#endif

#ifdef LOST_KICK
#define KICK skip
#else
#define KICK kicked = kicked | BIT(vp)
#endif

/* A stop request reaches everybody. */
#ifdef LEVER_FAILS
byte stopped;

active proctype all_stop()
{
end_running:
	timeout -> assert(!stop || stopped == ALL)
}
#endif
