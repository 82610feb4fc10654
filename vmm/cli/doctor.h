/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `shootdown doctor` finds out about this host, as data; doctor.c collects it,
 * doctor_text.c and doctor_json.c show it.
 */
#ifndef VMM_CLI_DOCTOR_H
#define VMM_CLI_DOCTOR_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "pvflush/probe.h"
#include "pvflush/stops.h"
#include "vmm/diag.h"

#define DOCTOR_MAX_CAPS	   24
#define DOCTOR_MAX_MISSING 8

enum doctor_paging { PAGING_UNKNOWN, PAGING_TDP, PAGING_SHADOW };

/* One KVM capability that this program uses. */
struct doctor_cap {
	const char *name; /* without KVM_CAP_ */
	const char *use;  /* what for */
	bool required;
	bool number;	  /* value is an amount */
	int value;	  /* KVM_CHECK_EXTENSION: 0 is absent */
};

struct doctor {
	/* the machine */
	struct utsname uts;
	long cpus;
	char cpu_vendor[13];
	char hypervisor[13]; /* signature, when this host is itself a virtual machine, else empty */

	/* KVM */
	bool kvm;	     /* /dev/kvm can be used */
	char module[32];     /* "kvm_intel", "kvm_amd", ...; empty: unknown */
	enum doctor_paging paging;
	bool paging_measured; /* told by KVM's statistics instead of a module parameter */
	struct doctor_cap cap[DOCTOR_MAX_CAPS];
	unsigned caps;
	uint32_t pv_features; /* CPUID 0x40000001 EAX that KVM supports */
	bool linux_direct;    /* a stock kernel runs on this KVM */
	struct diag linux_why;

	/* measured on a private machine */
	struct probe_result probe;
	struct diag probe_why; /* when !probe.ran */
	bool lever_known;
	enum lever_kind lever; /* the one that would be used */
	struct stops_result stops;
	struct diag stops_why;

	/* the software lab */
	char qemu[256]; /* path; empty: not found */

	struct diag missing[DOCTOR_MAX_MISSING];
	unsigned missings;
	bool fatal; /* something required is missing: no guest can run here */
};

/* doctor_host.c: the parts that need no guest. k is an open /dev/kvm. */
void doctor_host(struct doctor *d);
void doctor_kvm(struct doctor *d, int kvm_fd);
const char *doctor_paging_name(enum doctor_paging p);
/* Name of bit n of CPUID 0x40000001 EAX, or NULL. */
const char *doctor_pv_name(unsigned bit);

void doctor_text(const struct doctor *d, FILE *to);
/* 0, or -ENOMEM. */
int doctor_json(const struct doctor *d, FILE *to);

#endif
