/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For core.pml: the two stores whose order against later loads is what the protocol
 * stands on (mode = VCPU_IN, pending = 1), and the fence between.
 *
 * With STORE_BUFFERS each thread has a buffer of one such store, which drains at any
 * time; a fence or a locked instruction waits until it is empty, and a second store
 * until the first is out. Without, stores are visible at once: with the fence in
 * place that makes no difference, and there are fewer states.
 */

#ifdef STORE_BUFFERS
byte store_mode;       /* mode = VCPU_IN, not yet visible to others */
byte store_pending[N]; /* pending = 1 of this vCPU (a mask of one), likewise */

#define drained		 (!(store_mode & ME) && store_pending[self] == 0)
#define STORE_MODE_IN	 store_mode = store_mode | ME
#define STORE_PENDING(v) store_pending[self] = BIT(v)

#define DRAIN(v)                                                                   \
	:: atomic { store_mode & BIT(v) -> mode_in = mode_in | BIT(v);             \
		store_mode = store_mode & ~BIT(v) }                                \
	:: atomic { store_pending[v] != 0 -> pending = pending | store_pending[v]; \
		store_pending[v] = 0 }

active proctype store_buffers()
{
end_idle:
	do
	DRAIN(0)
	DRAIN(1)
#if N > 2
	DRAIN(2)
#endif
	od
}
#else
#define drained		 true
#define STORE_MODE_IN	 mode_in = mode_in | ME
#define STORE_PENDING(v) pending = pending | BIT(v)
#endif

/* Initiator's and target's have one name: each reads only its own thread's buffer. */
#ifdef NO_FENCE
#define fence true
#else
#define fence drained
#endif
