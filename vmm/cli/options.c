/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared options: parsing and defaults. */
#include "vmm/cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/layout.h"

enum { OPT_PV = 256, OPT_CONSOLE, OPT_STATS, OPT_STATS_FILE, OPT_DRY, OPT_HOST, OPT_HUGE, OPT_LEVER,
       OPT_MUTANT };

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "Guest:", 1 },
	{ "kernel", 'k', "KERNEL", 0,
	  "A bzImage or ELF file, a directory with vmlinuz and modules, or the name of a Debian "
	  "kernel that is fetched when missing: cloud (default), generic, 6.1, 6.12, ... "
	  "('KERNEL@SUITE' for another suite)", 0 },
	{ "initrd", 'i', "FILE", 0, "Initial RAM disk instead of the self-built one", 0 },
	{ "append", 'a', "TEXT", 0, "Added to the kernel command line", 0 },
	{ "cpus", 'c', "N", 0, "vCPUs, 1 to 256 (default 2)", 0 },
	{ "memory", 'm', "SIZE", 0, "Guest RAM with suffix K, M or G (default 512M)", 0 },
	{ "hugepages", OPT_HUGE, NULL, 0, "Back guest RAM with 2 MiB huge pages", 0 },
	{ "disk", 'd', "PATH[,ro]", 0, "A virtio disk (/dev/vda, vdb, ...); repeatable", 0 },
	{ NULL, 0, NULL, 0, "Flush:", 2 },
	{ "pv", OPT_PV, "KIND", 0,
	  "What the guest's remote TLB flush uses: hyperv (default), kvm, kvm,steal=kernel, none",
	  0 },
	{ "lever", OPT_LEVER, "NAME", 0, "How a vCPU's TLB is flushed: steal, sregs (default: probed)",
	  0 },
	{ "stats", OPT_STATS, "json", OPTION_ARG_OPTIONAL,
	  "Print what was served when the guest ends, on standard error", 0 },
	{ "stats-file", OPT_STATS_FILE, "PATH", 0, "Write them there instead", 0 },
	{ NULL, 0, NULL, 0, "Running:", 3 },
	{ "console", OPT_CONSOLE, "WHERE", 0, "Serial console: stdio, file=PATH or none", 0 },
	{ "host", OPT_HOST, NULL, 0, "Insist on this host's KVM: never use the software lab", 0 },
	{ "dry-run", OPT_DRY, NULL, 0, "Say what would be run, and do not run it", 0 },
	{ "quiet", 'q', NULL, 0, "Only errors", 0 },
	{ "verbose", 'v', NULL, 0, "Say more; twice: the guest's console on standard error", 0 },
	{ "mutant", OPT_MUTANT, "NAME", OPTION_HIDDEN, "Plant a defect in the flush engine", 0 },
	{ 0 },
};

void options_init(struct options *o)
{
	*o = (struct options){
		.cpus = 2,
		.memory = 512ull << 20,
		.pv = PV_HYPERV,
	};
}

void options_free(struct options *o)
{
	for (unsigned i = 0; i < o->disks; i++)
		free(o->disk[i].path);
}

int options_size(const char *text, uint64_t *ret)
{
	unsigned long long n;
	unsigned shift = 0;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno)
		return -EINVAL;
	switch (*end) {
	case 'K': case 'k': shift = 10; end++; break;
	case 'M': case 'm': shift = 20; end++; break;
	case 'G': case 'g': shift = 30; end++; break;
	default: break;
	}
	if (*end || n == 0 || n > UINT64_MAX >> shift)
		return -EINVAL;
	*ret = (uint64_t)n << shift;
	return 0;
}

static int parse_cpus(struct options *o, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || end == text || *text == '-' || n < 1 || n > LAYOUT_MAX_VCPUS)
		return diag_usage(&o->diag, "--cpus", NULL, "'%s': must be a number from 1 to %d",
				  text, LAYOUT_MAX_VCPUS);
	o->cpus = (unsigned)n;
	return 0;
}

static int parse_memory(struct options *o, const char *text)
{
	if (options_size(text, &o->memory))
		return diag_usage(&o->diag, "--memory", "for example 512M or 4G", "'%s' is not a size",
				  text);
	if (o->memory < 16ull << 20 || o->memory > 1ull << 40)
		return diag_usage(&o->diag, "--memory", NULL, "'%s': must be 16M to 1024G", text);
	return 0;
}

static int parse_disk(struct options *o, const char *text)
{
	struct disk_option *d = &o->disk[o->disks];
	char *comma;

	if (o->disks == OPTIONS_MAX_DISKS)
		return diag_usage(&o->diag, "--disk", NULL, "at most %d disks", OPTIONS_MAX_DISKS);
	d->path = strdup(text);
	if (!d->path)
		return -ENOMEM;
	o->disks++;
	comma = strrchr(d->path, ',');
	if (!comma)
		return 0;
	if (strcmp(comma, ",ro") != 0)
		return diag_usage(&o->diag, "--disk", "the only one is: ro",
				  "unknown disk option '%s'", comma + 1);
	*comma = 0;
	d->ro = true;
	return 0;
}

static int parse_console(struct options *o, const char *text)
{
	if (strcmp(text, "stdio") == 0) {
		o->console = CONSOLE_STDIO;
	} else if (strcmp(text, "none") == 0) {
		o->console = CONSOLE_NONE;
	} else if (strncmp(text, "file=", 5) == 0 && text[5]) {
		o->console = CONSOLE_FILE;
		o->console_path = text + 5;
	} else {
		return diag_usage(&o->diag, "--console", "one of: stdio, file=PATH, none",
				  "unknown console '%s'", text);
	}
	return 0;
}

static const struct {
	const char *name;
	enum pv_kind pv;
} pv_names[] = {
	{ "hyperv", PV_HYPERV },
	{ "kvm", PV_KVM },
	{ "kvm,steal=vmm", PV_KVM },
	{ "kvm,steal=kernel", PV_KVM_KERNEL },
	{ "none", PV_NONE },
};

int options_pv(const char *text, enum pv_kind *ret, struct diag *d)
{
	for (size_t i = 0; i < sizeof(pv_names) / sizeof(pv_names[0]); i++) {
		if (strcmp(text, pv_names[i].name) == 0) {
			*ret = pv_names[i].pv;
			return 0;
		}
	}
	return diag_usage(d, "--pv", "one of: hyperv, kvm, kvm,steal=kernel, none",
			  "unknown personality '%s'", text);
}

const char *options_pv_name(enum pv_kind pv)
{
	switch (pv) {
	case PV_HYPERV: return "hyperv";
	case PV_KVM: return "kvm";
	case PV_KVM_KERNEL: return "kvm,steal=kernel";
	default: return "none";
	}
}

static int parse_lever(struct options *o, const char *text)
{
	if (lever_parse(text, &o->lever) || o->lever == LEVER_NONE)
		return diag_usage(&o->diag, "--lever", "one of: steal, sregs", "unknown lever '%s'",
				  text);
	o->lever_given = true;
	return 0;
}

static int parse_mutant(struct options *o, const char *text)
{
	char list[200] = "one of:";

	if (flush_mutant_parse(text, &o->mutant) == 0)
		return 0;
	for (unsigned i = 0; flush_mutant_names[i]; i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), " %s",
			 flush_mutant_names[i]);
	return diag_usage(&o->diag, "--mutant", list, "unknown mutant '%s'", text);
}

static int parse_stats(struct options *o, const char *text)
{
	if (!text || strcmp(text, "text") == 0)
		o->stats = STATS_TEXT;
	else if (strcmp(text, "json") == 0)
		o->stats = STATS_JSON;
	else
		return diag_usage(&o->diag, "--stats", "one of: text, json", "unknown form '%s'", text);
	return 0;
}

/* A wrong value: the caller of argp_parse prints o->diag. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'k': o->kernel = arg; return 0;
	case 'i': o->initrd = arg; return 0;
	case 'a': o->append = arg; return 0;
	case 'c': return -parse_cpus(o, arg);
	case 'm': return -parse_memory(o, arg);
	case 'd': return -parse_disk(o, arg);
	case 'q': o->quiet = true; return 0;
	case 'v': o->verbose++; return 0;
	case OPT_HUGE: o->hugepages = true; return 0;
	case OPT_PV: return -options_pv(arg, &o->pv, &o->diag);
	case OPT_LEVER: return -parse_lever(o, arg);
	case OPT_MUTANT: return -parse_mutant(o, arg);
	case OPT_CONSOLE: return -parse_console(o, arg);
	case OPT_STATS: return -parse_stats(o, arg);
	case OPT_STATS_FILE:
		o->stats_file = arg;
		if (o->stats == STATS_OFF)
			o->stats = STATS_TEXT;
		return 0;
	case OPT_DRY: o->dry_run = true; return 0;
	case OPT_HOST: o->host = true; return 0;
	case ARGP_KEY_ARGS:
		o->command = state->argv + state->next;
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

const struct argp options_argp = { .options = table, .parser = parse };
