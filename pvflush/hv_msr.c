/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Synthetic MSRs (TLFS "Synthetic MSRs"; table of what each needs at the end).
 *
 * Two are accepted although their privilege bit is not offered, because Linux
 * writes them without asking: VP_ASSIST_PAGE on every CPU that comes up, and a
 * disabling write to REFERENCE_TSC on its way to kexec.
 */
#include "pvflush/hv_msr.h"

#include <errno.h>
#include <stdlib.h>

#include "pvflush/hv_page.h"
#include "vmm/kvm.h"
#include "vmm/vcpu.h"

#define MSR_IA32_TSC   0x10
#define APIC_FREQUENCY 1000000000ull /* KVM's local APIC timer counts 1 ns per bus cycle */

enum { GP = -1 }; /* bus.h: the access raises #GP */

/* --- pages over guest RAM -------------------------------------------------------- */

static uint64_t page_at(const struct hv_msrs *h, unsigned which)
{
	return atomic_load_explicit(&h->page[which], memory_order_relaxed);
}

static void remove_page(struct hv_msrs *h, unsigned which)
{
	overlay_unmap(h->overlays, h->mem, h->overlay[which]);
	h->overlay[which] = -1;
	atomic_store(&h->page[which], HV_NO_PAGE);
}

/*
 * Lay contents over the page at base. Where it lies already its bytes are renewed in
 * place: the RAM below must not shine through while other vCPUs call into it.
 * The old place is given up only once the new one is taken.
 */
static int place_page(struct hv_msrs *h, unsigned which, uint64_t base, const uint8_t *contents)
{
	int handle;

	if (page_at(h, which) == base)
		return mem_write(h->mem, gpa(base), contents, GPA_PAGE_SIZE);
	handle = overlay_map(h->overlays, h->mem, gpa(base), contents);
	if (handle < 0)
		return handle;
	remove_page(h, which);
	h->overlay[which] = handle;
	atomic_store(&h->page[which], base);
	return 0;
}

bool hv_msrs_enabled(const struct hv_msrs *h)
{
	return atomic_load(&h->page[HV_PAGE_HYPERCALL]) != HV_NO_PAGE;
}

/* --- identity and hypercall page ------------------------------------------------- */

static int read_guest_os_id(struct hv_msrs *h, struct vcpu *v, uint64_t *value)
{
	*value = h->guest_os_id;
	return 0;
}

/* A guest that withdraws its identity loses the hypercall page. */
static int write_guest_os_id(struct hv_msrs *h, struct vcpu *v, uint64_t value)
{
	h->guest_os_id = value;
	if (value == 0) {
		h->hypercall &= ~HV_PAGE_ENABLE;
		remove_page(h, HV_PAGE_HYPERCALL);
	}
	return 0;
}

static int read_hypercall(struct hv_msrs *h, struct vcpu *v, uint64_t *value)
{
	*value = h->hypercall;
	return 0;
}

/*
 * Without an identity the write is dropped. Bits 11:2 are kept as written: the text
 * asks guests to preserve them and says nothing of a fault. Every enabling write renews
 * the page: a guest that resumes from disk may have overwritten it.
 */
static int write_hypercall(struct hv_msrs *h, struct vcpu *v, uint64_t value)
{
	uint8_t page[GPA_PAGE_SIZE];

	if (h->hypercall & HV_HYPERCALL_LOCKED)
		return GP;
	if (h->guest_os_id == 0)
		return 0;
	if (value & HV_PAGE_ENABLE) {
		hv_page_hypercall(page);
		if (place_page(h, HV_PAGE_HYPERCALL, HV_PAGE_ADDRESS(value), page))
			return GP;
	} else {
		remove_page(h, HV_PAGE_HYPERCALL);
	}
	h->hypercall = value;
	return 0;
}

/* --- virtual processors ------------------------------------------------------------ */

static int read_vp_index(struct hv_msrs *h, struct vcpu *v, uint64_t *value)
{
	*value = v->id;
	return 0;
}

static int read_vp_assist(struct hv_msrs *h, struct vcpu *v, uint64_t *value)
{
	*value = h->assist[v->id];
	return 0;
}

/*
 * The first dword of the page says "no EOI required" in bit 0; this VMM never sets it,
 * and clears what the page holds when it is enabled.
 */
static int write_vp_assist(struct hv_msrs *h, struct vcpu *v, uint64_t value)
{
	static const uint32_t eoi_assist;

	if (value & HV_PAGE_ENABLE && mem_write(h->mem, gpa(HV_PAGE_ADDRESS(value)), &eoi_assist,
						sizeof(eoi_assist)))
		return GP;
	h->assist[v->id] = value;
	return 0;
}

/* --- time ---------------------------------------------------------------------------- */

static int read_time_ref_count(struct hv_msrs *h, struct vcpu *v, uint64_t *value)
{
	uint64_t tsc;

	if (h->time.tsc_hz && kvm_get_msr(v->fd, MSR_IA32_TSC, &tsc) == 0)
		*value = hv_time_at_tsc(&h->time, tsc);
	else
		*value = hv_time_at_clock(&h->time, hv_time_clock());
	return 0;
}

static bool has(const struct hv_msrs *h, uint32_t privilege)
{
	return h->features.privileges & privilege;
}

static int read_reference_tsc(struct hv_msrs *h, struct vcpu *v, uint64_t *value)
{
	*value = h->reference_tsc; /* 0 where it is not offered */
	return 0;
}

/* Lays an empty page (sequence 0: not valid) and then publishes in it, in the order of readers. */
static int place_tsc_page(struct hv_msrs *h, uint64_t base)
{
	static const uint8_t empty[GPA_PAGE_SIZE];

	if (page_at(h, HV_PAGE_TSC) != base && place_page(h, HV_PAGE_TSC, base, empty))
		return -EFAULT;
	hv_page_tsc(mem_ptr(h->mem, gpa(base), GPA_PAGE_SIZE), &h->time, &h->tsc_sequence);
	return 0;
}

static int write_reference_tsc(struct hv_msrs *h, struct vcpu *v, uint64_t value)
{
	if (!(value & HV_PAGE_ENABLE))
		remove_page(h, HV_PAGE_TSC);
	else if (!has(h, HV_PRIV_REFERENCE_TSC) || place_tsc_page(h, HV_PAGE_ADDRESS(value)))
		return GP;
	if (has(h, HV_PRIV_REFERENCE_TSC))
		h->reference_tsc = value;
	return 0;
}

static int read_tsc_frequency(struct hv_msrs *h, struct vcpu *v, uint64_t *value)
{
	*value = h->time.tsc_hz;
	return 0;
}

static int read_apic_frequency(struct hv_msrs *h, struct vcpu *v, uint64_t *value)
{
	*value = APIC_FREQUENCY;
	return 0;
}

static int read_tsc_invariant(struct hv_msrs *h, struct vcpu *v, uint64_t *value)
{
	*value = h->tsc_invariant;
	return 0;
}

/* Set once, never cleared by the guest. */
static int write_tsc_invariant(struct hv_msrs *h, struct vcpu *v, uint64_t value)
{
	if (value & ~HV_INVARIANT_ENABLE || value < h->tsc_invariant)
		return GP;
	h->tsc_invariant = value;
	return 0;
}

/* --- table --------------------------------------------------------------------------- */

struct msr {
	uint32_t index;
	uint32_t needs; /* HV_PRIV_* that must be offered; 0: always there */
	int (*read)(struct hv_msrs *h, struct vcpu *v, uint64_t *value);
	int (*write)(struct hv_msrs *h, struct vcpu *v, uint64_t value);
};

static const struct msr table[] = {
	{ HV_MSR_GUEST_OS_ID, HV_PRIV_HYPERCALL, read_guest_os_id, write_guest_os_id },
	{ HV_MSR_HYPERCALL, HV_PRIV_HYPERCALL, read_hypercall, write_hypercall },
	{ HV_MSR_VP_INDEX, HV_PRIV_VP_INDEX, read_vp_index, NULL },
	{ HV_MSR_TIME_REF_COUNT, HV_PRIV_TIME_REF_COUNT, read_time_ref_count, NULL },
	{ HV_MSR_REFERENCE_TSC, 0, read_reference_tsc, write_reference_tsc },
	{ HV_MSR_TSC_FREQUENCY, HV_PRIV_FREQUENCY, read_tsc_frequency, NULL },
	{ HV_MSR_APIC_FREQUENCY, HV_PRIV_FREQUENCY, read_apic_frequency, NULL },
	{ HV_MSR_VP_ASSIST_PAGE, 0, read_vp_assist, write_vp_assist },
	{ HV_MSR_TSC_INVARIANT, HV_PRIV_TSC_INVARIANT, read_tsc_invariant, write_tsc_invariant },
};

static const struct msr *find_msr(const struct hv_msrs *h, uint32_t index)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].index == index)
			return table[i].needs && !has(h, table[i].needs) ? NULL : &table[i];
	return NULL;
}

static int on_read(void *opaque, struct vcpu *v, uint32_t index, uint64_t *value)
{
	struct hv_msrs *h = opaque;
	const struct msr *r = find_msr(h, index);
	int err;

	if (!r)
		return GP;
	pthread_mutex_lock(&h->lock);
	err = r->read(h, v, value);
	pthread_mutex_unlock(&h->lock);
	return err;
}

static int on_write(void *opaque, struct vcpu *v, uint32_t index, uint64_t value)
{
	struct hv_msrs *h = opaque;
	const struct msr *r = find_msr(h, index);
	int err;

	if (!r || !r->write)
		return GP;
	pthread_mutex_lock(&h->lock);
	err = r->write(h, v, value);
	pthread_mutex_unlock(&h->lock);
	return err;
}

const struct msr_ops hv_msr_ops = {
	.name = "Hyper-V",
	.read = on_read,
	.write = on_write,
};

int hv_msrs_init(struct hv_msrs *h, const struct memory *mem, struct overlays *overlays,
		 const struct hv_features *f, const struct hv_time *t)
{
	*h = (struct hv_msrs){
		.mem = mem,
		.overlays = overlays,
		.features = *f,
		.time = *t,
		.assist = calloc(f->vcpus, sizeof(h->assist[0])),
	};
	if (!h->assist)
		return -ENOMEM;
	pthread_mutex_init(&h->lock, NULL);
	for (unsigned i = 0; i < HV_OVERLAY_PAGES; i++) {
		h->overlay[i] = -1;
		atomic_init(&h->page[i], HV_NO_PAGE);
	}
	return 0;
}

void hv_msrs_deinit(struct hv_msrs *h)
{
	pthread_mutex_destroy(&h->lock);
	free(h->assist);
	h->assist = NULL;
}
