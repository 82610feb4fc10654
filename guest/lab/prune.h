/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUEST_LAB_PRUNE_H
#define GUEST_LAB_PRUNE_H

#define PRUNE_KEEP 8

/*
 * Remove all but the PRUNE_KEEP snapshots of dir that were used last; never `keep` (a
 * path), nor one that another process is using. Errors leave things as they are.
 */
void prune(const char *dir, const char *keep);

#endif
