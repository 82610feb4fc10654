/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork() makes the parent's pages read-only and flushes the whole address space. A thread
 * of the parent that keeps a stale writable entry goes on writing to the page that is now
 * the child's too: the child watches the words that the threads write.
 */
#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/work/backing.h"
#include "guest/work/kinds.h"

#define LOOKS 200 /* at every word, by the child */
#define EVERY 8   /* steps per fork, as a fork is dear */

static int init_fork(struct work *w, struct slot *s, unsigned index)
{
	int sharing;

	s->va[0] = backing_address(AREA_FORK, index);
	s->pages = 4;
	s->fixed_contents = s->stores = true;
	if (!s->va[0])
		return -ENOTSUP;
	/* Planted: memory that the child really shares. */
	sharing = w->options.plant ? MAP_SHARED : MAP_PRIVATE;
	if (mmap(slot_address(s, 0), slot_bytes(s), PROT_READ | PROT_WRITE,
		 sharing | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -errno;
	for (size_t i = 0; i < s->pages; i++)
		page_fill(slot_page(s, 0, i), w->mm, s->va[0] + i * PAGE_SIZE, 1);
	slot_announce(s, 1, PHASE_READABLE | PHASE_WRITABLE);
	return 0;
}

/* In the child, alone: do the words stand still? */
static bool words_change(const struct work *w, const struct slot *s)
{
	uint64_t sum[2] = { 0, 0 };

	for (unsigned look = 0; look < LOOKS; look++) {
		sum[look > 0] = 0;
		for (size_t i = 0; i < s->pages; i++)
			for (unsigned t = 0; t < w->options.threads; t++)
				sum[look > 0] += *(volatile uint64_t *)&slot_page(s, 0, i)
						      ->scratch[t % PAGE_SCRATCH];
		if (look > 0 && sum[1] != sum[0])
			return true;
	}
	return false;
}

static int step_fork(struct work *w, struct slot *s)
{
	struct report r = {
		.what = "stale: wrote to a page shared with a child",
		.kind = s->kind->name,
		.thread = s->owner,
		.cpu = sched_getcpu(),
		.va = s->va[0],
		.mm = w->mm,
	};
	int status;
	pid_t pid;

	if (++s->generation % EVERY)
		return 1;
	pid = fork();
	if (pid == 0)
		_exit(words_change(w, s));
	if (pid < 0)
		return errno == EAGAIN ? 1 : -errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (status != 0)
		report_add(w, &r);
	return 0;
}

const struct kind kind_fork = {
	.name = "fork",
	.help = "fork, and watch the child's copy",
	.init = init_fork,
	.step = step_fork,
	.per_thread = 1,
	.on_request = true,
};
