/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times several virtual machine monitors that boot the same guest, in turns (A B A B ...):
 * from exec to the first entry into the guest (KVM's own tracepoint kvm_entry) and
 * to the end of the process (the guest powers off as soon as it reaches user space). Needs root and tracefs.
 *
 * Usage: boot_timer ROUNDS NAME COMMAND... [:: NAME COMMAND...]...
 * Prints a line per monitor: medians and quartiles in milliseconds. The first round is
 * dropped: it finds the file caches cold.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRACEFS	   "/sys/kernel/tracing/"
#define MAX_VMMS   4
#define MAX_ROUNDS 200

struct vmm {
	const char *name;
	char **argv;
	double first[MAX_ROUNDS], total[MAX_ROUNDS];
	unsigned rounds;
	int status;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static bool set(const char *file, const char *value)
{
	char path[256];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), TRACEFS "%s", file);
	fd = open(path, O_WRONLY | O_TRUNC);
	if (fd < 0)
		return false;
	ok = write(fd, value, strlen(value)) == (ssize_t)strlen(value);
	close(fd);
	return ok;
}

/* The oldest event is kept, later ones are dropped: only the first entry matters. */
static bool trace_on(void)
{
	return set("trace_clock", "mono") && set("options/overwrite", "0") &&
	       set("buffer_size_kb", "16") && set("events/kvm/kvm_entry/enable", "1");
}

/* Time stamp (ms) of the earliest event in the buffer, or -1. */
static double first_entry(void)
{
	FILE *f = fopen(TRACEFS "trace", "r");
	double first = -1, t;
	char line[512];

	while (f && fgets(line, sizeof(line), f)) {
		char *at = strstr(line, ": kvm_entry");

		if (line[0] == '#' || !at)
			continue;
		while (at > line && at[-1] != ' ')
			at--;
		t = strtod(at, NULL) * 1e3;
		if (first < 0 || t < first)
			first = t;
	}
	if (f)
		fclose(f);
	return first;
}

static void once(struct vmm *v, bool keep)
{
	double start, first;
	int status;
	pid_t pid;

	set("trace", "");
	start = now();
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		execvp(v->argv[0], v->argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	v->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (!keep)
		return;
	v->total[v->rounds] = now() - start;
	first = first_entry();
	v->first[v->rounds++] = first < 0 ? -1 : first - start;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print(const char *what, double *t, unsigned n)
{
	qsort(t, n, sizeof(t[0]), ascending);
	printf("  %-28s median %8.1f   quartiles %8.1f %8.1f   min %8.1f\n", what, t[n / 2], t[n / 4],
	       t[3 * n / 4], t[0]);
}

static unsigned parse(struct vmm *v, int argc, char **argv)
{
	unsigned n = 0;

	for (int i = 2; i < argc && n < MAX_VMMS; n++) {
		v[n].name = argv[i++];
		v[n].argv = argv + i;
		while (i < argc && strcmp(argv[i], "::"))
			i++;
		if (i < argc)
			argv[i++] = NULL;
	}
	return n;
}

int main(int argc, char **argv)
{
	static struct vmm v[MAX_VMMS];
	unsigned n = parse(v, argc, argv), rounds = argc > 2 ? (unsigned)atoi(argv[1]) : 0;

	if (!n || !rounds || rounds >= MAX_ROUNDS) {
		fprintf(stderr, "Usage: boot_timer ROUNDS NAME COMMAND... [:: NAME COMMAND...]...\n");
		return 2;
	}
	if (!trace_on()) {
		fprintf(stderr, "boot_timer: " TRACEFS ": no kvm_entry tracepoint here (root? tracefs?)\n");
		return 77;
	}
	for (unsigned r = 0; r <= rounds; r++) {
		for (unsigned i = 0; i < n; i++)
			once(&v[i], r > 0);
		fprintf(stderr, "\rround %u of %u", r, rounds);
	}
	fprintf(stderr, "\n");
	for (unsigned i = 0; i < n; i++) {
		printf("%s (exit status %d)\n", v[i].name, v[i].status);
		print("exec to first guest entry ms", v[i].first, v[i].rounds);
		print("exec to user space and off ms", v[i].total, v[i].rounds);
	}
	return 0;
}
