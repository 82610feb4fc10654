/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KVM's binary statistics (KVM_GET_STATS_FD, Documentation/virt/kvm/api.rst 4.131) by
 * name. The set of names also tells what a host kernel knows to do.
 */
#ifndef VMM_KVM_STATS_H
#define VMM_KVM_STATS_H

#include <stdint.h>

/*
 * The first value of statistic name of a VM or vCPU fd. -ENOTTY or -EINVAL: the kernel
 * has no binary statistics (before 5.14); -ENOENT: no such name; -EBADMSG: a file that
 * contradicts itself; -errno of read. value may be NULL.
 */
int kvm_stat(int fd, const char *name, uint64_t *value);

#endif
