/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steal-time byte of the KVM personality (pvflush/kvm_pv.c, kvm_area.h) on the
 * vCPU loop of vmm/vcpu.c, for the model checker Spin: three vCPU threads yield, show
 * themselves as preempted, take the byte back and flush; their guests leave flushes
 * with each other. Spin visits every interleaving.
 *
 * P3  PREEMPTED is never visible while the vCPU runs, or while an instruction of it
 *     is half done.
 * P4  A FLUSH_TLB that another vCPU has set is served before the next guest step.
 *
 * README.md has the planted defects (-D) and the map to the C code.
 */

#define N      3
#define NONE   N
#define BIT(v) (1 << (v))
#define ME     BIT(self)

/* The byte `preempted` of each vCPU, one mask for each of its two bits. */
byte preempted; /* KVM_VCPU_PREEMPTED */
byte flush_tlb; /* KVM_VCPU_FLUSH_TLB */

byte pending; /* struct tlb_vcpu */
byte yield;   /* VCPU_REQ_YIELD */
byte kicked;  /* the signal is on its way, or its handler has set immediate_exit */

/* What the properties talk about; no code reads it. */
byte running; /* in the guest */
byte half;    /* a PIO, MMIO or MSR exit that KVM has yet to complete */
byte owed;    /* a guest has relied on FLUSH_TLB, and no flush since */

active proctype properties()
{
	atomic {
		preempted & running || preempted & half || owed & running ->
		assert(!(preempted & running)); /* P3 */
		assert(!(preempted & half));	/* P3 */
		assert(!(owed & running))	/* P4 */
	}
end_holds:
	false
}

/* slicer.c: vcpu_request(VCPU_REQ_YIELD), at any time. */
active proctype slicer()
{
end_idle:
	do
	:: atomic { !(yield & 1) -> yield = yield | 1; kicked = kicked | 1 }
	:: atomic { !(yield & 2) -> yield = yield | 2; kicked = kicked | 2 }
	:: atomic { !(yield & 4) -> yield = yield | 4; kicked = kicked | 4 }
	od
}

/* vcpu_step(): only -EINTR is an instruction boundary for sure. */
#ifdef SHOW_MID_INSN
#define may_yield (yield & ME)
#else
#define may_yield ((yield & ME) && eintr)
#endif

/* area_show() */
#ifdef PLAIN_STORE_REMARK
#define SHOW preempted = preempted | ME; flush_tlb = flush_tlb & ~ME
#else
#define SHOW preempted = preempted | ME
#endif

#define FLUSH owed = owed & ~ME

/* area_take(): one exchange, for both bits. */
#define TAKEN preempted = preempted & ~ME; flush_tlb = flush_tlb & ~ME

inline take_and_mark()
{
#ifdef TAKE_IN_TWO
	atomic {
		if
		:: flush_tlb & ME -> pending = pending | ME
		:: else
		fi
	};
	atomic { TAKEN }
#else
	atomic {
		if
		:: flush_tlb & ME -> pending = pending | ME
		:: else
		fi;
		TAKEN
	}
#endif
}

/* Of tlb_enter(), what concerns the vCPU's own pending. */
inline flush_pending()
{
	atomic {
		if
		:: pending & ME -> pending = pending & ~ME; FLUSH
		:: else
		fi
	}
}

inline enter_hooks()
{
#if defined(EXCHANGE_AFTER_FLUSH)
	atomic {
		if
		:: flush_tlb & ME -> FLUSH
		:: else
		fi
	};
	atomic { TAKEN }
#elif defined(HOOK_ORDER)
	flush_pending();
	take_and_mark()
#else
	take_and_mark();
	flush_pending()
#endif
}

/*
 * The guest's side, one instruction at a time, since it may leave between any two:
 * look at somebody's byte; if PREEMPTED is set, add FLUSH_TLB by compare-and-exchange.
 * Otherwise it sends an IPI, which is not this protocol's concern.
 */
inline guest_look(v)
{
	atomic {
		other == NONE && v != self && (preempted & BIT(v)) ->
		other = v;
		seen = (flush_tlb & BIT(v)) != 0
	}
}

inline guest_cmpxchg()
{
	atomic {
		other != NONE ->
		if
		:: (preempted & BIT(other)) && seen == ((flush_tlb & BIT(other)) != 0) ->
			flush_tlb = flush_tlb | BIT(other);
			owed = owed | BIT(other)
		:: else
		fi;
		other = NONE;
		seen = 0
	}
}

proctype vcpu(byte self)
{
	byte other = NONE;
	bit seen, eintr;

step:
	if
	:: atomic { may_yield -> yield = yield & ~ME; SHOW };
		/* The second marking is what a hold does to a vCPU that is off the CPU already. */
		if
		:: atomic { true -> SHOW }
		:: true
		fi
	:: atomic { !may_yield }
	fi;
	enter_hooks();

	/* KVM_RUN: completes what is half done, which may take one more exit. */
	if
	:: atomic { half & ME -> eintr = 0; goto step }
	:: atomic { kicked & ME -> half = half & ~ME; goto interrupted }
	:: atomic { true -> half = half & ~ME; running = running | ME }
	fi;
	do
	:: guest_look(0)
	:: guest_look(1)
	:: guest_look(2)
	:: guest_cmpxchg()
	:: atomic { kicked & ME -> running = running & ~ME; goto interrupted }
	:: atomic { true -> running = running & ~ME; half = half | ME; eintr = 0; goto step }
	:: atomic { true -> running = running & ~ME; eintr = 0; goto step } /* HLT and its like */
	od;

interrupted: /* immediate_exit = 0 */
	atomic { kicked = kicked & ~ME; eintr = 1; goto step }
}

init
{
	atomic { run vcpu(0); run vcpu(1); run vcpu(2) }
}
