/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypercall port, and putting the personality together: registers of the exit
 * -> struct hv_call -> hv_decode() -> tlb_flush() -> registers. See hyperv.h.
 */
#include "pvflush/hyperv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pvflush/hv_msr.h"
#include "pvflush/hv_page.h"
#include "vmm/machine.h"
#include "vmm/tsc.h"

#define MSR_IA32_TSC 0x10
#define CR0_PE	     1ull
#define LOW32	     0xffffffffull

struct hyperv {
	struct machine *m;
	struct tlb *tlb; /* NULL until attached */
	struct hv_msrs msrs;
};

/* --- registers (TLFS "Hypercall Inputs": one convention per mode) ------------------- */

static uint64_t pair(uint64_t high, uint64_t low)
{
	return high << 32 | (low & LOW32);
}

static void read_call(struct hv_call *c, const struct kvm_regs *r, bool long_mode)
{
	c->control = long_mode ? r->rcx : pair(r->rdx, r->rax);
	c->input = long_mode ? r->rdx : pair(r->rbx, r->rcx);
	c->output = long_mode ? r->r8 : pair(r->rdi, r->rsi);
}

/*
 * The text has rep calls leave the new start index in RCX as well. KVM does not, and
 * no guest looks: only the result registers change.
 */
static void write_result(struct kvm_regs *r, uint64_t value, bool long_mode)
{
	r->rax = long_mode ? value : value & LOW32;
	if (!long_mode)
		r->rdx = value >> 32;
}

static int read_xmm(struct hv_call *c, struct vcpu *v)
{
	struct kvm_fpu f;
	int err = kvm_get_fpu(v->fd, &f);

	_Static_assert(sizeof(c->xmm) == 6 * sizeof(f.xmm[0]),
		       "XMM0 to XMM5, low half first");
	if (!err)
		memcpy(c->xmm, f.xmm, sizeof(c->xmm));
	return err;
}

static void gather(const struct hyperv *h, struct hv_call *c, const struct kvm_regs *r,
		   bool long_mode)
{
	const struct hv_features *f = &h->msrs.features;

	memset(c, 0, sizeof(*c));
	read_call(c, r, long_mode);
	c->have_xmm = f->misc & HV_MISC_XMM_INPUT;
	c->have_ex = f->hints & HV_HINT_EX_MASKS;
	for (unsigned i = 0; i < HV_OVERLAY_PAGES; i++)
		c->overlay[i] = atomic_load(&h->msrs.page[i]);
}

/* --- one hypercall --------------------------------------------------------------------- */

/* The host failed us (an ioctl on a vCPU): nothing can be told to the guest. */
static void host_failed(struct vcpu *v, int err, const char *what)
{
	struct diag d = { 0 };

	diag_errno(&d, err, what, NULL);
	machine_stop(v->machine, STOP_CRASH, 0, &d);
}

/*
 * #UD at the OUT. Host kernels differ in where RIP is while the exit is handled: at the
 * OUT or already behind it. So the exit is completed first; if RIP moved by that, it
 * had been at the instruction, else the instruction of our page lies before it. (Where
 * somebody else's OUT has another length, the fault shows an address inside it.)
 */
static void undefined(struct vcpu *v)
{
	const struct kvm_regs *before = vcpu_regs(v);
	uint64_t rip = before ? before->rip : 0;
	struct kvm_regs *r;
	int err = before ? vcpu_complete_io(v) : -EIO;

	r = err ? NULL : vcpu_regs(v);
	if (!r) {
		host_failed(v, err ? err : -EIO, "KVM_RUN");
		return;
	}
	r->rip = r->rip != rip ? rip : rip - HV_PAGE_OUT_SIZE;
	vcpu_regs_dirty(v);
	err = vcpu_inject(v, VECTOR_UD, -1);
	if (err)
		host_failed(v, err, "KVM_SET_VCPU_EVENTS");
}

/*
 * The port is open to whoever may do I/O, a user process with ioperm() included: what
 * makes a hypercall is privilege, protected mode and a page that the guest enabled.
 */
static bool allowed(const struct hyperv *h, struct vcpu *v)
{
	const struct kvm_sregs *s = vcpu_sregs(v);

	return s && s->cr0 & CR0_PE && vcpu_cpl(v) == 0 && h->tlb && hv_msrs_enabled(&h->msrs);
}

static void execute(struct hyperv *h, struct vcpu *v, const struct hv_result *result)
{
	struct flush_vcpu_stats *st = &tlb_stats(h->tlb)->vcpu[v->id];

	_Static_assert(HV_STATUS_ACCESS_DENIED < STATS_STATUSES, "every status has a counter");
	if (result->flush)
		tlb_flush(h->tlb, v, &result->request);
	atomic_fetch_add_explicit(&st->status[result->status], 1, memory_order_relaxed);
}

static void hypercall(struct hyperv *h, struct vcpu *v, struct kvm_regs *r)
{
	bool long_mode = vcpu_long_mode(v);
	struct hv_result result;
	struct hv_call call;
	int err = 0;

	gather(h, &call, r, long_mode);
	if (call.have_xmm && hv_call_reads_xmm(call.control))
		err = read_xmm(&call, v);
	if (err) {
		host_failed(v, err, "KVM_GET_FPU");
		return;
	}
	hv_decode(&result, &call, h->m->mem, h->m->vcpus);
	if (result.undefined) {
		undefined(v);
		return;
	}
	execute(h, v, &result);
	write_result(r, hv_result_value(&result), long_mode);
	vcpu_regs_dirty(v);
}

/*
 * Anything but a single byte is not our page's OUT and is ignored: a string OUT would
 * bring thousands of calls in one exit.
 */
static void on_port(void *opaque, struct vcpu *v, uint64_t offset, unsigned size, uint64_t value)
{
	struct kvm_regs *r;

	if (size != 1 || v->run->io.count != 1)
		return;
	if (!allowed(opaque, v)) {
		undefined(v);
		return;
	}
	r = vcpu_regs(v);
	if (r)
		hypercall(opaque, v, r);
	else
		host_failed(v, -EIO, "KVM_GET_REGS");
}

static const struct bus_ops port_ops = {
	.name = "hypercall",
	.write = on_port,
};

/* --- life cycle -------------------------------------------------------------------------- */

static void read_time(struct hv_time *t, struct vcpu *v)
{
	uint64_t tsc = 0;
	int khz = kvm_get_tsc_khz(v->fd);

	if (kvm_get_msr(v->fd, MSR_IA32_TSC, &tsc))
		khz = 0;
	hv_time_init(t, khz, tsc, hv_time_clock());
}

static int enroll(struct hyperv *h, const struct hyperv_options *o)
{
	struct machine *m = h->m;
	struct hv_features f;
	struct hv_time t;
	int err;

	read_time(&t, m->vcpu[0]);
	hv_features_init(&f, o, t.tsc_hz != 0, tsc_is_invariant(&m->cpuid), m->vcpus);
	err = hv_msrs_init(&h->msrs, m->mem, &m->overlays, &f, &t);
	if (!err)
		err = hv_cpuid_add(&m->cpuid, &f);
	if (!err)
		err = msr_add(&m->msr, HV_MSR_BASE, HV_MSR_COUNT, &hv_msr_ops, &h->msrs);
	if (!err)
		err = bus_add(&m->pio, LAYOUT_PORT_HYPERCALL, 1, &port_ops, h);
	return err;
}

int hyperv_create(struct hyperv **ret, struct machine *m, const struct hyperv_options *o,
		  struct diag *d)
{
	struct hyperv *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return diag_errno(d, -ENOMEM, "Hyper-V personality", NULL);
	h->m = m;
	err = enroll(h, o);
	if (err) {
		hyperv_destroy(h);
		return diag_errno(d, err, "Hyper-V personality", NULL);
	}
	*ret = h;
	return 0;
}

void hyperv_attach(struct hyperv *h, struct tlb *t)
{
	h->tlb = t;
}

void hyperv_destroy(struct hyperv *h)
{
	if (!h)
		return;
	if (h->msrs.assist)
		hv_msrs_deinit(&h->msrs);
	free(h);
}
