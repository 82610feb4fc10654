/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contents of the two pages that the personality lays over guest RAM. */
#ifndef PVFLUSH_HV_PAGE_H
#define PVFLUSH_HV_PAGE_H

#include <stdint.h>

#include "pvflush/hv_abi.h"
#include "pvflush/hv_time.h"
#include "vmm/gpa.h"

/* Length of the OUT that exits: `out imm8, al`. */
#define HV_PAGE_OUT_SIZE 2

/* The hypercall page: a function that callers reach with a near call. */
void hv_page_hypercall(uint8_t page[GPA_PAGE_SIZE]);

/*
 * Publishes t in a reference TSC page in guest memory, by the protocol that readers
 * rely on: sequence 0, then the values, then a sequence that was not there before.
 * *sequence is the last one published, 0 at first.
 */
void hv_page_tsc(struct hv_tsc_page *page, const struct hv_time *t, uint32_t *sequence);

#endif
