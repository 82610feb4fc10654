/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that every verb which runs a guest shares. */
#ifndef VMM_CLI_OPTIONS_H
#define VMM_CLI_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "pvflush/lever.h"
#include "pvflush/tlb.h"
#include "vmm/diag.h"

#define OPTIONS_MAX_DISKS 10

enum pv_kind { PV_NONE, PV_KVM, PV_KVM_KERNEL, PV_HYPERV };
enum stats_form { STATS_OFF, STATS_TEXT, STATS_JSON };
enum console_kind { CONSOLE_DEFAULT, CONSOLE_STDIO, CONSOLE_FILE, CONSOLE_NONE };

struct disk_option {
	char *path; /* owned */
	bool ro;
};

struct options {
	const char *kernel;  /* path, directory or name; NULL: the default cloud kernel */
	const char *initrd;
	const char *append;
	unsigned cpus;
	uint64_t memory;     /* bytes */
	bool hugepages;
	struct disk_option disk[OPTIONS_MAX_DISKS];
	unsigned disks;
	enum pv_kind pv;
	enum console_kind console;
	const char *console_path;
	enum stats_form stats;
	const char *stats_file; /* NULL: standard error */
	bool dry_run, quiet, host;
	int verbose;
	enum flush_mutant mutant;
	enum lever_kind lever;
	bool lever_given;
	char **command; /* NULL-terminated tail of argv; empty: none */
	struct diag diag; /* why parsing failed */
};

/* The argp child that parses the shared options into the struct options given as input. */
extern const struct argp options_argp;

void options_init(struct options *o);
void options_free(struct options *o);

/* "512M", "4G", "65536K", plain bytes. 0 or -EINVAL; bytes in *ret. */
int options_size(const char *text, uint64_t *ret);

/* "hyperv", "kvm", "kvm,steal=kernel", ... 0 or negative errno with d filled. */
int options_pv(const char *text, enum pv_kind *ret, struct diag *d);
const char *options_pv_name(enum pv_kind pv);

#endif
