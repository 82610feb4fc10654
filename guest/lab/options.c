// SPDX-License-Identifier: GPL-2.0-or-later
/* Parsing of the lab tool's command line. */
#include "guest/lab/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_NPT = 256, OPT_FRESH, OPT_NO_SNAPSHOT, OPT_TIMEOUT };

static const struct option long_options[] = {
	{ "npt", required_argument, NULL, OPT_NPT },
	{ "cpus", required_argument, NULL, 'c' },
	{ "memory", required_argument, NULL, 'm' },
	{ "fresh", no_argument, NULL, OPT_FRESH },
	{ "no-snapshot", no_argument, NULL, OPT_NO_SNAPSHOT },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "verbose", no_argument, NULL, 'v' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

void options_usage(FILE *to)
{
	fputs("Usage: lab [options] [--] PROGRAM [ARGS...]\n"
	      "\n"
	      "Runs PROGRAM on a Linux with KVM that runs in emulation (QEMU TCG), so that\n"
	      "/dev/kvm is there on a machine without VMX or SVM. PROGRAM sees this machine's\n"
	      "files under their own paths; /dev, /proc, /sys and /run are the lab's. Input,\n"
	      "output and exit status are PROGRAM's.\n"
	      "\n"
	      "      --npt 0|1      KVM with shadow paging or nested paging (default: 1)\n"
	      "  -c, --cpus N       CPUs of the lab, 1 to 64 (default: 2)\n"
	      "  -m, --memory SIZE  memory of the lab, with K, M, G or T (default: 2G)\n"
	      "      --timeout S    end PROGRAM after S seconds\n"
	      "      --fresh        boot anew and replace the saved state\n"
	      "      --no-snapshot  boot anew and save nothing\n"
	      "  -v, --verbose      say what is done; show the lab's console\n"
	      "  -q, --quiet        no progress messages\n"
	      "\n"
	      "Exit status: PROGRAM's (128 + n for signal n); 1 the lab failed, 2 usage,\n"
	      "77 QEMU is missing; 126 and 127 PROGRAM cannot be run or found.\n",
	      to);
}

/* A whole number from lo to hi, nothing behind it. */
static int parse_number(const char *s, unsigned lo, unsigned hi, unsigned *to)
{
	char *end;
	unsigned long n;

	if (*s < '0' || *s > '9')
		return -EINVAL;
	errno = 0;
	n = strtoul(s, &end, 10);
	if (errno || *end || n < lo || n > hi)
		return -EINVAL;
	*to = (unsigned)n;
	return 0;
}

static int parse_size(const char *s, uint64_t *to)
{
	static const char units[] = "KMGT";
	const char *unit;
	unsigned shift = 0;
	uint64_t n;
	char *end;

	if (*s < '0' || *s > '9')
		return -EINVAL;
	errno = 0;
	n = strtoull(s, &end, 10);
	unit = *end ? strchr(units, *end & ~0x20) : NULL;
	if (unit) {
		shift = 10 * (unsigned)(unit - units + 1);
		end++;
	}
	if (errno || *end || n > UINT64_MAX >> shift)
		return -EINVAL;
	n <<= shift;
	if (n < LAB_MEMORY_MIN || n > LAB_MEMORY_MAX || n & 0xfffff)
		return -EINVAL;
	*to = n;
	return 0;
}

static int bad_value(struct diag *d, const char *option, const char *value, const char *valid)
{
	char object[64];

	snprintf(object, sizeof(object), "lab: %s", option);
	return diag_usage(d, object, NULL, "'%s' is not %s", value, valid);
}

static int parse_one(struct lab_options *o, int c, const char *arg, struct diag *d)
{
	unsigned n;

	switch (c) {
	case OPT_NPT:
		if (parse_number(arg, 0, 1, &n))
			return bad_value(d, "--npt", arg, "0 or 1");
		o->npt = n;
		return 0;
	case 'c':
		if (parse_number(arg, 1, LAB_CPUS_MAX, &o->cpus))
			return bad_value(d, "--cpus", arg, "a number from 1 to 64");
		return 0;
	case 'm':
		if (parse_size(arg, &o->memory))
			return bad_value(d, "--memory", arg,
					 "a size in whole MiB from 256M to 1T, such as 2G");
		return 0;
	case OPT_TIMEOUT:
		if (parse_number(arg, 1, 1000000, &o->timeout))
			return bad_value(d, "--timeout", arg, "a number of seconds, 1 or more");
		return 0;
	case OPT_FRESH:
		o->fresh = true;
		return 0;
	case OPT_NO_SNAPSHOT:
		o->no_snapshot = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	default:
		return -EINVAL;
	}
}

int options_parse(struct lab_options *o, int argc, char **argv, struct diag *d)
{
	int c, err;

	*o = (struct lab_options){ .npt = true, .cpus = 2, .memory = 2ull << 30 };
	opterr = 0;
	optind = 0; /* the GNU way to start over: a process may parse twice */
	while ((c = getopt_long(argc, argv, "+:c:m:vqh", long_options, NULL)) != -1) {
		const char *word = argv[optind - 1];

		if (c == 'h') {
			o->help = true;
			return 0;
		}
		if (c == ':')
			return diag_usage(d, "lab", "lab --help lists the options",
					  "option %s needs a value", word);
		if (c == '?')
			return diag_usage(d, "lab", "lab --help lists the options",
					  "unknown option %s", word);
		err = parse_one(o, c, optarg, d);
		if (err)
			return err;
	}
	if (!argv[optind])
		return diag_usage(d, "lab", "as in: lab -- ls -l /dev/kvm", "no program to run");
	o->program = argv + optind;
	return 0;
}
