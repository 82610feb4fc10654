/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * initramfs: builds the file system that a guest starts from, without root and the same
 * bytes for the same inputs. See usage() for the options.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest/image/memo.h"
#include "guest/image/output.h"
#include "guest/image/recipe.h"
#include "guest/image/sha256.h"

struct options {
	struct recipe recipe;
	const char *out, *cache;
	char **modules, **files;
};

static void usage(FILE *to)
{
	fputs("Usage: initramfs [options] (-o OUT | --cache DIR)\n"
	      "\n"
	      "Builds an initramfs (newc cpio, not compressed) and prints its path.\n"
	      "\n"
	      "  -k, --kernel DIR       kernel directory, with modules/ (default: no modules)\n"
	      "  -f, --file HOST=GUEST  add a file (repeatable); GUEST is an absolute path\n"
	      "      --module NAME      add a module and what it needs (repeatable);\n"
	      "                         'NAME PARAMETERS' passes parameters\n"
	      "      --agent PATH       program for /init (default: the agent of this build)\n"
	      "      --busybox PATH     static busybox (default: /bin/busybox)\n"
	      "      --kind run|lab     for a guest of shootdown (default), or for the lab\n"
	      "  -o, --output OUT       write it here\n"
	      "      --cache DIR        keep it in DIR, named by its contents; built when needed\n"
	      "\n"
	      "Exit status: 0; 1 failure; 2 usage; 77 busybox is missing.\n",
	      to);
}

/* The agent of a build lies in ../guest/, that of an installation beside this program. */
static char *default_agent(void)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *path;

	if (len <= 0)
		return NULL;
	self[len] = '\0';
	*strrchr(self, '/') = '\0';
	path = format("%s/../guest/agent", self);
	if (path && access(path, R_OK) < 0) {
		free(path);
		path = format("%s/agent", self);
	}
	return path;
}

static int append(char ***list, size_t *count, char *value)
{
	char **grown = realloc(*list, (*count + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	*list = grown;
	grown[(*count)++] = value;
	return 0;
}

enum { OPT_MODULE = 256, OPT_AGENT, OPT_BUSYBOX, OPT_KIND, OPT_CACHE };

static const struct option long_options[] = {
	{ "kernel", required_argument, NULL, 'k' },
	{ "file", required_argument, NULL, 'f' },
	{ "output", required_argument, NULL, 'o' },
	{ "module", required_argument, NULL, OPT_MODULE },
	{ "agent", required_argument, NULL, OPT_AGENT },
	{ "busybox", required_argument, NULL, OPT_BUSYBOX },
	{ "kind", required_argument, NULL, OPT_KIND },
	{ "cache", required_argument, NULL, OPT_CACHE },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* 0, 1 when help was asked for, negative errno with d filled. */
static int parse(struct options *o, int argc, char **argv, struct diag *d)
{
	struct recipe *r = &o->recipe;
	int c, err = 0;

	while (!err && (c = getopt_long(argc, argv, "k:f:o:h", long_options, NULL)) != -1) {
		switch (c) {
		case 'k':
			r->kernel = optarg;
			break;
		case 'o':
			o->out = optarg;
			break;
		case 'f':
			err = append(&o->files, &r->file_count, optarg);
			break;
		case OPT_MODULE:
			err = append(&o->modules, &r->module_count, optarg);
			break;
		case OPT_AGENT:
			r->agent = optarg;
			break;
		case OPT_BUSYBOX:
			r->busybox = optarg;
			break;
		case OPT_KIND:
			r->kind = optarg;
			break;
		case OPT_CACHE:
			o->cache = optarg;
			break;
		case 'h':
			return 1;
		default:
			return diag_usage(d, "initramfs", NULL, "wrong options; see --help");
		}
	}
	if (err)
		return diag_errno(d, err, "initramfs", NULL);
	if (optind < argc)
		return diag_usage(d, argv[optind], "see: initramfs --help", "unexpected argument");
	if (!o->out == !o->cache)
		return diag_usage(d, "initramfs", "see: initramfs --help",
				  "one of -o and --cache is needed");
	r->files = o->files;
	r->modules = o->modules;
	return 0;
}

/* --- the note of an earlier build -------------------------------------------------------- */

static void hash_string(struct sha256 *h, const char *s)
{
	sha256_update(h, s ? s : "\1none", strlen(s ? s : "\1none") + 1);
}

/* The note's file: named by the command line. NULL when out of memory. */
static char *note_path(const struct options *o)
{
	const struct recipe *r = &o->recipe;
	const char *const fixed[] = { r->kind, r->kernel, r->agent, r->busybox };
	struct sha256 h;
	char hex[65];

	sha256_init(&h);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		hash_string(&h, fixed[i]);
	for (size_t i = 0; i < r->module_count; i++)
		hash_string(&h, r->modules[i]);
	hash_string(&h, "");
	for (size_t i = 0; i < r->file_count; i++)
		hash_string(&h, r->files[i]);
	sha256_final(&h, hex);
	return format("%s/%.32s.note", o->cache, hex);
}

static int build(const struct options *o, const char *note, char **path, struct diag *d)
{
	struct tree t = { 0 };
	struct inputs in = { 0 };
	int err = recipe_build(&o->recipe, &t, &in, d);

	if (!err && o->out) {
		*path = strdup(o->out);
		err = output_file(&t, o->out, d);
	} else if (!err) {
		err = output_cached(&t, o->cache, path, d);
		/* Another version of this program may build something else. */
		if (!err && inputs_note(&in, "/proc/self/exe") == 0)
			(void)memo_write(note, *path, &in); /* saves time only */
	}
	inputs_free(&in);
	tree_free(&t);
	return err;
}

static int run(const struct options *o, struct diag *d)
{
	char *note = o->cache ? note_path(o) : NULL;
	char *path = NULL;
	int err = 0;

	if (o->cache && !note)
		err = diag_errno(d, -ENOMEM, "initramfs", NULL);
	else if (!note || !memo_lookup(note, &path))
		err = build(o, note, &path, d);
	if (!err && (printf("%s\n", path) < 0 || fflush(stdout)))
		err = diag_errno(d, -errno, "stdout", NULL);
	free(path);
	free(note);
	return err;
}

int main(int argc, char **argv)
{
	struct options o = { .recipe = { .kind = "run", .busybox = "/bin/busybox" } };
	struct diag d = { 0 };
	char *agent = default_agent();
	int err;

	o.recipe.agent = agent ? agent : "agent";
	err = parse(&o, argc, argv, &d);
	if (err == 1)
		usage(stdout);
	else if (!err)
		err = run(&o, &d);
	free(agent);
	free(o.files);
	free(o.modules);
	return err < 0 ? diag_print(&d, stderr) : 0;
}
