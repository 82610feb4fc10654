// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMU's command line. Devices: the channel's serial port, the host's files over 9p,
 * a console, the debug port of stage.h; nothing else, so that boot and restore are fast.
 */
#include "guest/lab/qemu_args.h"

#include "guest/agent/channel.h"
#include "guest/lab/l1/l1.h"
#include "guest/lab/l1/stage.h"

/*
 * L1's kernel command line. The first group makes the clock right: QEMU's TSC is
 * steady, but the kernel's watchdog distrusts it under emulation. The second leaves
 * out what costs seconds of emulated boot and serves no lab. An RCU grace period is
 * waited for at every end of a VM: expedited. The other CPUs stay off until the kernel
 * has done patching itself (l1/keys.c has the reason, l1/cpus.c turns them on).
 */
#define KERNEL_ARGS                                                                            \
	"console=ttyS0 quiet panic=-1 nokaslr "                                                \
	"tsc=reliable no_timer_check random.trust_cpu=on "                                     \
	"init_on_alloc=0 cryptomgr.notests nowatchdog mitigations=off apparmor=0 audit=0 "     \
	"initcall_blacklist=ftrace_check_for_weak_functions rcupdate.rcu_expedited=1 "         \
	"maxcpus=1 noreplace-smp shootdown.keep"

void qemu_args_machine(struct args *a, const struct qemu_config *c)
{
	args_add(a, "-nodefaults");
	args_add(a, "-no-user-config");
	args_add(a, "-no-reboot");
	args_add(a, "-display");
	args_add(a, "none");
	args_add(a, "-machine");
	args_add(a, "q35,memory-backend=ram,graphics=off,sata=off,smbus=off");
	args_add(a, "-accel");
	args_add(a, "tcg,thread=multi");
	/* 4-level tables: L1's KVM would otherwise walk five at every nested TLB miss. */
	args_add(a, "-cpu");
	args_add(a, "max,-la57");
	args_add(a, "-smp");
	args_add(a, "%u", c->options->cpus);
	args_add(a, "-m");
	args_add(a, "%lluM", (unsigned long long)(c->options->memory >> 20));
	args_add(a, "-kernel");
	args_add(a, "%s", c->image->kernel);
	args_add(a, "-initrd");
	args_add(a, "%s", c->image->initrd);
	args_add(a, "-append");
	args_add(a, KERNEL_ARGS);
	args_add(a, "-device");
	args_add(a, "virtio-serial-pci");
	args_add(a, "-device");
	args_add(a, "virtserialport,chardev=channel,name=" CHANNEL_PORT_NAME);
	args_add(a, "-fsdev");
	args_add(a, "local,id=host,path=/,security_model=none,multidevs=remap");
	args_add(a, "-device");
	args_add(a, "virtio-9p-pci,fsdev=host,mount_tag=" L1_MOUNT_TAG);
	args_add(a, "-device");
	args_add(a, "isa-debugcon,iobase=0x%x,chardev=stage", STAGE_PORT);
	args_add(a, "-chardev");
	args_add(a, "stdio,id=console,signal=off");
	args_add(a, "-serial");
	args_add(a, "chardev:console");
}

/* In an option's value a comma is written twice. */
static void escape_commas(char to[2 * PATH_MAX], const char *from)
{
	for (; *from; *to++ = *from++)
		if (*from == ',')
			*to++ = ',';
	*to = 0;
}

void qemu_args_start(struct args *a, const struct qemu_config *c, enum qemu_start how,
		     const char *ram)
{
	unsigned long long mib = c->options->memory >> 20;
	char path[2 * PATH_MAX] = "";

	args_add(a, "-object");
	if (ram)
		escape_commas(path, ram);
	if (how == QEMU_BOOT)
		args_add(a, "memory-backend-ram,id=ram,size=%lluM", mib);
	else
		args_add(a, "memory-backend-file,id=ram,size=%lluM,mem-path=%s,share=%s", mib, path,
			 how == QEMU_RESTORE ? "off" : "on");
	if (how != QEMU_RESTORE)
		return;
	args_add(a, "-incoming");
	args_add(a, "defer");
}

void qemu_args_fds(struct args *a, const struct qemu_child_fds *fds)
{
	args_add(a, "-chardev");
	args_add(a, "socket,id=channel,fd=%d", fds->channel);
	args_add(a, "-chardev");
	args_add(a, "socket,id=stage,fd=%d", fds->stage);
	args_add(a, "-chardev");
	args_add(a, "socket,id=monitor,fd=%d", fds->monitor);
	args_add(a, "-mon");
	args_add(a, "chardev=monitor,mode=control");
}
