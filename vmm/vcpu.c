/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One vCPU: creation, thread, the KVM_RUN loop and the kick. */
#include "vmm/vcpu.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmm/crash.h"
#include "vmm/exit.h"
#include "vmm/machine.h"

/* A standard signal: it coalesces. Real-time signals queue, and are refused at RLIMIT_SIGPENDING. */
#define KICK_SIGNAL SIGUSR1

/* The kvm_run of the vCPU that this thread runs: all that the signal handler may touch. */
static _Thread_local struct kvm_run *volatile this_run;

static void on_kick(int sig)
{
	struct kvm_run *run = this_run;

	if (run)
		*(volatile __u8 *)&run->immediate_exit = 1;
}

static int install_kick(void)
{
	struct sigaction sa = { .sa_handler = on_kick };

	return sigaction(KICK_SIGNAL, &sa, NULL) < 0 ? -errno : 0;
}

void vcpu_kick(struct vcpu *v)
{
	int tid = atomic_load(&v->tid);

	if (tid)
		tgkill(getpid(), tid, KICK_SIGNAL);
}

void vcpu_request(struct vcpu *v, unsigned bits)
{
	atomic_fetch_or(&v->requests, bits);
	vcpu_kick(v);
}

int vcpu_create(struct vcpu **ret, struct machine *m, unsigned id)
{
	int sync = kvm_check(m->kvm.fd, KVM_CAP_SYNC_REGS);
	unsigned want = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
	struct vcpu *v = calloc(1, sizeof(*v));
	int err;

	if (!v)
		return -ENOMEM;
	v->machine = m;
	v->id = id;
	v->fd = kvm_create_vcpu(m->vm_fd, id);
	if (v->fd < 0) {
		err = v->fd;
		free(v);
		return err;
	}
	v->run = mmap(NULL, m->kvm.run_size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	if (v->run == MAP_FAILED) {
		err = -errno;
		close(v->fd);
		free(v);
		return err;
	}
	v->sync_regs = ((unsigned)sync & want) == want;
	v->run->kvm_valid_regs = v->sync_regs ? want : 0;
	*ret = v;
	return 0;
}

void vcpu_destroy(struct vcpu *v)
{
	if (!v)
		return;
	munmap(v->run, v->machine->kvm.run_size);
	close(v->fd);
	free(v);
}

static void enter_hooks(struct vcpu *v)
{
	struct machine *m = v->machine;

	for (unsigned i = 0; i < m->hooks; i++)
		if (m->hook[i].ops->enter)
			m->hook[i].ops->enter(m->hook[i].opaque, v);
}

static void leave_hooks(struct vcpu *v)
{
	struct machine *m = v->machine;

	for (unsigned i = m->hooks; i-- > 0;)
		if (m->hook[i].ops->leave)
			m->hook[i].ops->leave(m->hook[i].opaque, v);
}

static void yield_hooks(struct vcpu *v)
{
	struct machine *m = v->machine;

	atomic_fetch_and(&v->requests, ~(unsigned)VCPU_REQ_YIELD);
	for (unsigned i = 0; i < m->hooks; i++)
		if (m->hook[i].ops->yield)
			m->hook[i].ops->yield(m->hook[i].opaque, v);
}

/*
 * -EINTR: a kick. immediate_exit goes down before the loop looks at requests again;
 * this order is the kick's guarantee (vcpu.h).
 */
static void interrupted(struct vcpu *v)
{
	*(volatile __u8 *)&v->run->immediate_exit = 0;
	atomic_thread_fence(memory_order_seq_cst);
	atomic_fetch_add_explicit(&v->interrupted, 1, memory_order_relaxed);
}

bool vcpu_step(struct vcpu *v)
{
	unsigned requests = atomic_load(&v->requests);
	int r;

	if (requests & VCPU_REQ_STOP)
		return false;
	/* Only -EINTR is an instruction boundary for sure; after another exit the kick that came
	 * with the request makes the next KVM_RUN complete that exit and return -EINTR. */
	if (requests & VCPU_REQ_YIELD && v->last_run_interrupted)
		yield_hooks(v);
	enter_hooks(v);
	r = vcpu_write_back(v);
	if (!r)
		r = kvm_run(v->fd);
	leave_hooks(v);
	v->regs_valid = v->sregs_valid = false;
	v->last_run_interrupted = r == -EINTR;
	if (r == -EINTR)
		interrupted(v);
	else if (r < 0 && r != -EAGAIN) /* -EAGAIN: an AP still waits for its SIPI */
		return crash_run(v, r);
	else if (r == 0)
		return exit_handle(v);
	return true;
}

static void wait_running(struct machine *m)
{
	pthread_mutex_lock(&m->lock);
	while (!m->running)
		pthread_cond_wait(&m->changed, &m->lock);
	pthread_mutex_unlock(&m->lock);
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *v = arg;
	char name[16];

	snprintf(name, sizeof(name), "vcpu%u", v->id);
	pthread_setname_np(pthread_self(), name);
	this_run = v->run;
	atomic_store(&v->tid, gettid());
	wait_running(v->machine);
	while (vcpu_step(v))
		;
	atomic_store(&v->tid, 0);
	this_run = NULL;
	return NULL;
}

int vcpu_start(struct vcpu *v)
{
	int err = install_kick();

	if (!err)
		err = -pthread_create(&v->thread, NULL, vcpu_thread, v);
	v->has_thread = !err;
	return err;
}

void vcpu_join(struct vcpu *v)
{
	if (v->has_thread)
		pthread_join(v->thread, NULL);
	v->has_thread = false;
}
