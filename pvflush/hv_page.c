/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypercall page and reference TSC page. See hv_page.h. */
#include "pvflush/hv_page.h"

#include <string.h>

#include "vmm/layout.h"

/*
 * ENDBR64 first: kernels of 2023 to 2025 look for it and switch indirect-branch
 * tracking off for the whole guest when it is missing. It is a NOP in 32-bit code, where
 * this page lacks ENDBR32: no 32-bit guest of ours uses tracking.
 *
 * The immediate form of OUT, because DX carries a parameter; OUT and not IN, because KVM
 * stores into RAX when it completes an IN. The rest is INT3.
 */
void hv_page_hypercall(uint8_t page[GPA_PAGE_SIZE])
{
	static const uint8_t code[] = {
		0xf3, 0x0f, 0x1e, 0xfa,	     /* endbr64 */
		0xe6, LAYOUT_PORT_HYPERCALL, /* out imm8, al */
		0xc3,			     /* ret */
	};

	_Static_assert(LAYOUT_PORT_HYPERCALL <= 0xff, "the port is an immediate byte");
	memset(page, 0xcc, GPA_PAGE_SIZE);
	memcpy(page, code, sizeof(code));
}

/* 0 says "not valid"; all ones said so in old texts. */
static uint32_t next_sequence(uint32_t s)
{
	return ++s == UINT32_MAX ? 1 : s; /* so that it never gets round to 0 */
}

void hv_page_tsc(struct hv_tsc_page *page, const struct hv_time *t, uint32_t *sequence)
{
	*sequence = next_sequence(*sequence);
	__atomic_store_n(&page->sequence, 0, __ATOMIC_RELAXED);
	/* Release: whoever sees a new value has seen sequence 0, or sees it on its second look. */
	__atomic_store_n(&page->scale, t->scale, __ATOMIC_RELEASE);
	__atomic_store_n(&page->offset, t->offset, __ATOMIC_RELEASE);
	/* Release: whoever sees the new sequence sees the new values. */
	__atomic_store_n(&page->sequence, *sequence, __ATOMIC_RELEASE);
}
