/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flushwork: a work load that makes the kernel flush TLBs all the time, in every way that
 * a program can cause, and finds out by itself when a flush did not happen. Command line.
 */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guest/work/work.h"

static void usage(FILE *to)
{
	fputs("Usage: flushwork [options]\n"
	      "\n"
	      "Threads pinned to all CPUs change a common address space and check that no thread\n"
	      "ever uses a translation that a finished system call has removed.\n"
	      "\n"
	      "  -t, --threads N    threads (default: one per CPU)\n"
	      "  -s, --seconds S    how long (default: 10)\n"
	      "  -m, --memory SIZE  memory for contents, K/M/G (default: 32M)\n"
	      "  -p, --pattern LIST kinds of work, comma-separated, or \"all\" (below)\n"
	      "  -H, --huge         also huge pages: adds the kinds huge and hugetlb\n"
	      "  -j, --json         print one JSON object\n"
	      "  -k, --keep-going   do not stop at the first finding\n"
	      "      --plant        announce every change before it is made: must fail\n"
	      "  -h, --help\n"
	      "\n"
	      "Kinds of work (* not by default):\n",
	      to);
	for (unsigned k = 0; work_kinds[k]; k++)
		fprintf(to, "  %c%-8s %s\n", work_kinds[k]->on_request ? '*' : ' ',
			work_kinds[k]->name, work_kinds[k]->help);
	fputs(
	    "\n"
	    "Every page carries its process, address and generation. A thread announces a change\n"
	    "only when the system call for it has returned; whoever has seen the announcement and\n"
	    "still sees the old page used a stale translation. There is no timing in this.\n"
	    "\n"
	    "Exit status: 0 clean; 1 something stale was seen, or a system call failed; 2 usage.\n"
	    "Example: flushwork -t 4 -s 10 -p pte,pmd\n",
	    to);
}

static int complain(const char *option, const char *value, const char *hint)
{
	fprintf(stderr, "flushwork: %s %s: %s\n", option, value, hint);
	return -EINVAL;
}

static int choose_named(struct options *o, const char *name, size_t len)
{
	bool known = false;

	for (unsigned k = 0; work_kinds[k]; k++) {
		bool match =
		    (len == 3 && !memcmp(name, "all", 3)) ||
		    (strlen(work_kinds[k]->name) == len && !memcmp(work_kinds[k]->name, name, len));

		o->chosen[k] |= match;
		known |= match;
	}
	return known ? 0 : -EINVAL;
}

static int choose(struct options *o)
{
	const char *p = o->patterns;

	for (unsigned k = 0; work_kinds[k] && !p; k++)
		o->chosen[k] = !work_kinds[k]->on_request;
	while (p) {
		size_t len = strcspn(p, ",");

		if (choose_named(o, p, len) < 0)
			return complain("--pattern", o->patterns, "unknown kind; see --help");
		p = p[len] ? p + len + 1 : NULL;
	}
	if (o->huge)
		return choose_named(o, "huge", 4) | choose_named(o, "hugetlb", 7);
	return 0;
}

static int parse_threads(struct options *o, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || n < 1 || n > WORK_THREADS_MAX)
		return complain("--threads", text, "a number from 1 to 256 is needed");
	o->threads = (unsigned)n;
	return 0;
}

static int parse_seconds(struct options *o, const char *text)
{
	char *end;

	o->seconds = strtod(text, &end);
	if (end == text || *end || !(o->seconds > 0 && o->seconds <= 1e6))
		return complain("--seconds", text, "a number above 0 is needed");
	return 0;
}

static int parse_memory(struct options *o, const char *text)
{
	static const char units[] = "KMG";
	char *end;
	unsigned long long n = strtoull(text, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

	if (*text < '0' || *text > '9' || (*end && (!unit || end[1])) || n == 0 || n >> 24)
		return complain("--memory", text, "a size such as 32M is needed");
	o->memory = n << shift;
	return 0;
}

enum { OPT_PLANT = 256 };

static const struct option long_options[] = {
	{ "threads", required_argument, NULL, 't' }, { "seconds", required_argument, NULL, 's' },
	{ "memory", required_argument, NULL, 'm' },  { "pattern", required_argument, NULL, 'p' },
	{ "huge", no_argument, NULL, 'H' },          { "json", no_argument, NULL, 'j' },
	{ "plant", no_argument, NULL, OPT_PLANT },   { "help", no_argument, NULL, 'h' },
	{ "keep-going", no_argument, NULL, 'k' },    { NULL, 0, NULL, 0 },
};

/* 0, 1 when help was asked for, -EINVAL after a message. */
static int parse(struct options *o, int argc, char **argv)
{
	int c, err = 0;

	while (!err && (c = getopt_long(argc, argv, "t:s:m:p:Hjkh", long_options, NULL)) != -1) {
		switch (c) {
		case 't':
			err = parse_threads(o, optarg);
			break;
		case 's':
			err = parse_seconds(o, optarg);
			break;
		case 'm':
			err = parse_memory(o, optarg);
			break;
		case 'p':
			o->patterns = optarg;
			break;
		case 'H':
			o->huge = true;
			break;
		case 'j':
			o->json = true;
			break;
		case 'k':
			o->keep_going = true;
			break;
		case OPT_PLANT:
			o->plant = true;
			break;
		case 'h':
			return 1;
		default:
			return -EINVAL;
		}
	}
	if (!err && optind < argc)
		return complain("argument", argv[optind], "not expected; see --help");
	return err ? err : choose(o);
}

static unsigned all_cpus(void)
{
	cpu_set_t may;
	int count = sched_getaffinity(0, sizeof(may), &may) < 0 ? 1 : CPU_COUNT(&may);

	return count > WORK_THREADS_MAX ? WORK_THREADS_MAX : (unsigned)count;
}

/* Differs between processes, so that a page of another one is told apart. */
static uint64_t make_mm(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)getpid() << 40 ^ (uint64_t)t.tv_sec << 30 ^ (uint64_t)t.tv_nsec;
}

static int run(struct work *w)
{
	const char *what = NULL;
	int err;

	page_catch_faults();
	err = work_prepare(w, &what);
	if (!err) {
		what = "threads";
		err = work_run(w);
	}
	if (!err && w->error) {
		what = w->error_kind;
		err = w->error;
	}
	if (err)
		fprintf(stderr, "flushwork: %s: %s\n", what, strerror(-err));
	if (w->elapsed > 0)
		report_print(w, stdout);
	return err || atomic_load(&w->stale) ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct work w = {
		.options = { .threads = all_cpus(), .seconds = 10, .memory = 32u << 20 },
		.mm = make_mm(),
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.stopped = PTHREAD_COND_INITIALIZER,
	};
	int r = parse(&w.options, argc, argv);

	if (r < 0)
		fprintf(stderr, "flushwork: see --help\n");
	if (r > 0)
		usage(stdout);
	return r < 0 ? 2 : r > 0 ? 0 : run(&w);
}
