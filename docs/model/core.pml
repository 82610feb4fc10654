/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flush engine (pvflush/tlb.c) on the vCPU loop (vmm/vcpu.c), for the model
 * checker Spin: N vCPU threads run a guest, exit, flush each other and are kicked,
 * without end. Spin visits every interleaving.
 *
 * P1  assert in the guest: no guest step with a translation older than a request
 *     that has completed.
 * P2  no invalid end state: nobody waits for ever. A guest may stay inside for ever
 *     (end_stay), and then only a kick brings it out.
 *
 * README.md has the options and planted defects (-D), and the map to the C code.
 */

#ifndef N
#define N 3
#endif
#ifndef INITIATORS
#define INITIATORS ALL
#endif

#define BIT(v) (1 << (v))
#define ALL    (BIT(N) - 1)
#define ME     BIT(self)

/* struct tlb_vcpu; one bit for each vCPU, set: mode is VCPU_IN, pending is 1. */
byte mode_in;
byte pending;
byte waiters[N];
/*
 * `left` is only ever compared with a snapshot. So all of it is this: the vCPUs
 * whose `left` still equals the snapshot that initiator i took.
 */
byte unmoved[N];
byte asleep[N]; /* initiators in FUTEX_WAIT on the `left` of v */

byte kicked; /* the signal is on its way, or its handler has set immediate_exit */
bit stop;    /* VCPU_REQ_STOP, for all */

/* What the properties talk about; no code reads it. */
byte old[N]; /* TLBs not flushed since request i began */
byte stale;  /* TLBs that hold what a completed request should have removed */

#if N > 2
#define EACH_CLEAR(a, who) a[0] = a[0] & ~(who); a[1] = a[1] & ~(who); a[2] = a[2] & ~(who)
#else
#define EACH_CLEAR(a, who) a[0] = a[0] & ~(who); a[1] = a[1] & ~(who)
#endif

/* Why it left KVM_RUN. RETRY: it did not get there. */
#define RETRY 0
#define CALL  1
#define EINTR 2
#ifdef LEVER_FAILS
#define EXIT  3
#else
#define EXIT  RETRY /* makes no difference */
#endif

#include "stores.h"
#include "in_flight.h"

/* ---- the target's side ------------------------------------------------------------ */

#define TLB_FLUSHED EACH_CLEAR(old, ME); stale = stale & ~ME

/* Nothing fills a TLB before the guest runs, so the lever's pull counts as the flush. */
inline flush_now()
{
#ifdef LOST_PENDING
	if
	:: kicked & ME
	:: else -> TLB_FLUSHED
	fi
#else
	TLB_FLUSHED
#endif
}

/* A lever that keeps failing (F2). machine_stop() kicks everybody. */
inline give_up()
{
	pending = pending | ME;
	stop = 1;
	kicked = ALL;
	why = EINTR
}

#ifdef NO_LEFT /* the futex is `mode` then */
#define LEFT_INC skip
#define UNMOVED	 (mode_in & BIT(vp))
#else
#define LEFT_INC EACH_CLEAR(unmoved, ME)
#define UNMOVED	 (unmoved[self] & BIT(vp))
#endif

#ifdef LOST_WAKE
#define FUTEX_WAKE skip
#else
#define FUTEX_WAKE asleep[self] = 0
#endif

/* A locked instruction, as exchange() and fetch_add() are, waits for the store buffer. */
inline leave_guest()
{
	atomic { drained -> mode_in = mode_in & ~ME };
	atomic { LEFT_INC };
	if
	:: atomic { waiters[self] != 0 -> FUTEX_WAKE }
	:: atomic { waiters[self] == 0 }
	fi
}

/* ---- the initiator's side --------------------------------------------------------- */

/* vp: the next target from vp on; N: none. */
inline next()
{
	do
	:: vp < N && !(targets & BIT(vp)) -> vp++
	:: else -> break
	od
}

inline first()
{
	vp = 0;
	next()
}

#define HAS_LEFT (!UNMOVED || !(mode_in & BIT(vp)))

/* wait_left() is over for vp; the rest of tlb_flush() is counters. */
inline target_done()
{
	targets = targets & ~BIT(vp);
	unmoved[self] = unmoved[self] & ~BIT(vp);
	next()
}

inline request_done()
{
	vp = 0;
	targets = 0;
	unmoved[self] = 0;
	stale = stale | old[self];
	old[self] = 0;
	REQUEST_ENDS
}

/* ---- one vCPU thread --------------------------------------------------------------- */

proctype vcpu(byte self)
{
	byte targets, vp, why;

step:	/* vcpu_step() */
#ifdef LEVER_FAILS
	if
	:: atomic { stop -> stopped = stopped | ME; goto end_stopped }
	:: atomic { !stop }
	fi;
#endif
enter:	/* tlb_enter() */
	do
	:: atomic { drained && (pending & ME) -> pending = pending & ~ME; flush_now() }
	:: atomic { drained && !(pending & ME) -> break }
#ifdef LEVER_FAILS
	:: atomic { drained && (pending & ME) -> pending = pending & ~ME; give_up(); goto left }
#endif
#ifdef LEVER_LOST
	:: atomic { drained && (pending & ME) -> pending = pending & ~ME }
#endif
	od;
	STORE_MODE_IN;
#ifdef NO_RECHECK
	fence;
#else
	if
	:: atomic { fence && (pending & ME) -> goto left }
	:: atomic { fence && !(pending & ME) }
	fi;
#endif
#ifdef CLEAR_LATE
	kicked = kicked & ~ME;
#endif
kvm_run:
	if
	:: atomic { kicked & ME -> COMPLETED; kicked = kicked & ~ME; why = EINTR; goto left }
	:: atomic { true -> COMPLETED }
	fi;
	do
	:: assert(!(stale & ME))
	:: atomic { kicked & ME -> kicked = kicked & ~ME; why = EINTR; goto left }
	:: atomic { true -> why = EXIT; AFTER_EXIT }
	:: atomic { INITIATORS & ME -> why = CALL; goto left }
	:: atomic { true -> goto end_stay }
	od;
end_stay:
	atomic { kicked & ME -> kicked = kicked & ~ME; why = EINTR };
left:
	leave_guest();
	if
	:: atomic { why == RETRY -> goto enter }
	/* interrupted(): immediate_exit = 0; a kick that came since KVM_RUN goes with it. */
	:: atomic { why == EINTR -> why = RETRY; goto step }
	:: atomic { why == EINTR && (kicked & ME) -> kicked = kicked & ~ME; why = RETRY; goto step }
#ifdef LEVER_FAILS
	:: atomic { why == EXIT -> why = RETRY; goto step }
#endif
	:: atomic { why == CALL -> why = RETRY;
			old[self] = ALL; REQUEST_BEGINS;
			pending = pending | ME; targets = ALL & ~ME; first() }
	fi;

mark:	/* mark_and_kick() */
	atomic {
		drained -> STORE_PENDING(vp);
		vp++; next();
		if
		:: vp < N -> goto mark
		:: else -> first()
		fi
	};
look:
	atomic { fence -> unmoved[self] = unmoved[self] | BIT(vp) };
	atomic {
		if
		:: mode_in & BIT(vp) -> KICK
		:: else -> targets = targets & ~BIT(vp); unmoved[self] = unmoved[self] & ~BIT(vp)
		fi;
		vp++; next();
		if
		:: vp < N -> goto look
		:: else -> first()
		fi;
		if
		:: vp < N && !EARLY
		:: else -> request_done(); goto step
		fi
	};
wait:	/* wait_left() */
	atomic { drained -> waiters[vp]++ };
check:
	if
	:: atomic { HAS_LEFT ->
			waiters[vp]--; target_done();
			if
			:: vp < N -> goto wait
			:: else -> request_done(); goto step
			fi }
	:: atomic { !HAS_LEFT }
	fi;
	/* FUTEX_WAIT: compare and sleep in one step. */
	if
	:: atomic { UNMOVED -> asleep[vp] = asleep[vp] | ME }
	:: atomic { !UNMOVED -> goto check }
	fi;
	atomic { !(asleep[vp] & ME) -> goto check };

end_stopped:
	false
}

init
{
	atomic {
		run vcpu(0);
		run vcpu(1);
#if N > 2
		run vcpu(2)
#endif
	}
}
