/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lever `steal` (pvflush/lever.c) against the part of the host's KVM that it
 * relies on, for the model checker Spin: one vCPU thread pulls the lever at any time
 * out of KVM_RUN; KVM_RUN is aborted, entered, left and preempted at any point; the
 * guest resets the vCPU by INIT. KVM's own store to the byte must never lose a flush.
 *
 * P5  assert in the guest: no guest step while a flush that was pulled is not done.
 *
 * KVM's functions are those of arch/x86/kvm/x86.c. README.md has the planted defects
 * (-D) and the map to the C code.
 */

/* The private area's byte `preempted`. */
bit flush_tlb; /* KVM_VCPU_FLUSH_TLB; KVM_VCPU_PREEMPTED itself matters to nobody here */

/* struct kvm_vcpu */
bit msr_enabled = 1;	     /* MSR_KVM_STEAL_TIME: lever_vcpu_init() has registered the area */
bit steal_update;	     /* KVM_REQ_STEAL_UPDATE */
bit at_instruction_boundary; /* the last exit of the guest was a host interrupt */
bit shown;		     /* arch.st.preempted: PREEMPTED is in the byte already */

bit last_run_interrupted; /* struct vcpu */
bit owed;		  /* no code reads it: a flush was pulled and is not done */

#ifdef OLD_KVM /* hosts before the rule, which lever_create() refuses */
#define may_show true
#else
#define may_show at_instruction_boundary
#endif

/*
 * The scheduler takes the CPU away, or not. kvm_steal_time_set_preempted() stores the
 * whole byte; kvm_arch_vcpu_load() asks for an update when the thread is back.
 */
inline preempt()
{
	atomic {
		if
		:: true ->
			if
			:: may_show && msr_enabled && !shown -> flush_tlb = 0; shown = 1
			:: else
			fi;
			steal_update = 1
		:: true
		fi
	}
}

#ifdef ALWAYS_STEAL
#define use_sregs false
#else
#define use_sregs last_run_interrupted
#endif

#ifdef REGISTER_ONCE
#define REGISTER skip
#else
#define REGISTER msr_enabled = 1; steal_update = 1
#endif

/* lever_pull(). Each ioctl loads the vCPU, and the thread may be preempted in it. */
inline lever_pull()
{
	if
	:: atomic { use_sregs }; preempt(); owed = 0
	:: atomic { !use_sregs -> owed = 1 };
		atomic { REGISTER };
		preempt();
		flush_tlb = 1
	fi
}

/* record_steal_time() */
inline record_steal_time()
{
	atomic {
		if
		:: steal_update ->
			steal_update = 0;
			if
			:: msr_enabled ->
				if
				:: flush_tlb -> owed = 0
				:: else
				fi;
				flush_tlb = 0;
				shown = 0
			:: else
			fi
		:: else
		fi
	}
}

active proctype thread()
{
step:
	if
	:: lever_pull()
	:: true
	fi;

	/* KVM_RUN */
	steal_update = 1;
	preempt();
	if
	:: atomic { true -> last_run_interrupted = 1; goto step } /* immediate_exit */
	:: true
	fi;

again:	/* vcpu_run() */
	at_instruction_boundary = 0;
	preempt();
	if
	/* INIT: kvm_vcpu_reset() empties the TLB and disables the MSR. */
	:: atomic { true -> msr_enabled = 0; owed = 0 }
	:: true
	fi;
	preempt();
serve:	/* vcpu_enter_guest() */
	record_steal_time();
	preempt();
	/* From here to the guest there is no preemption; a new request is served first. */
	if
	:: atomic { steal_update -> goto serve }
	:: atomic { !steal_update -> assert(!owed) }
	fi;
	if
	:: at_instruction_boundary = 1 /* a host interrupt */
	:: true			       /* an exit that KVM handles */
	:: atomic { true -> last_run_interrupted = 0; goto out } /* one that it does not */
	fi;
	preempt();
	if
	:: atomic { true -> last_run_interrupted = 1; goto out } /* a signal */
	:: goto again
	fi;
out:
	preempt();
	goto step
}
