/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Putting a virtual machine together, bottom up; taking it apart, top down. */
#include "vmm/cli/vm.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "devices/power.h"
#include "devices/rtc.h"
#include "devices/serial.h"
#include "devices/virtio_blk.h"
#include "devices/virtio_rng.h"
#include "pvflush/hyperv.h"
#include "pvflush/kvm_pv.h"
#include "vmm/acpi.h"
#include "vmm/boot/image.h"
#include "vmm/cli/facts.h"
#include "vmm/regs.h"

int vm_cmdline(char *to, size_t size, const struct options *o)
{
	const char *quiet = o->verbose ? "" : " quiet";
	int n = snprintf(to, size, "console=ttyS0%s panic=-1%s%s", quiet, o->append ? " " : "",
			 o->append ? o->append : "");

	return n < (int)size ? 0 : -E2BIG;
}

/* virtio slots: the channel (if any), the entropy device, then the disks. */
static int create_devices(struct vm *vm, const struct options *o,
			  const struct channel_config *channel, unsigned *slots, struct diag *d)
{
	struct serial_config serial = { .in_fd = vm->console_in, .out_fd = vm->console_out };
	int err = serial_create(&vm->serial, vm->m, &serial);

	*slots = 0;
	if (!err)
		err = power_create(&vm->power, vm->m);
	if (!err)
		err = rtc_create(&vm->rtc, vm->m, NULL);
	if (!err && channel)
		err = virtio_console_create(&vm->channel, vm->m, (*slots)++, channel);
	if (!err)
		err = virtio_rng_create(&vm->rng, vm->m, (*slots)++);
	if (err)
		return diag_errno(d, err, "devices", NULL);
	for (unsigned i = 0; i < o->disks && !err; i++)
		err = virtio_blk_create(&vm->disk[i], vm->m, (*slots)++, o->disk[i].path,
					o->disk[i].ro, d);
	return err;
}

static int create_personality(struct vm *vm, const struct options *o, struct diag *d)
{
	static const struct hyperv_options all = { .xmm_input = true, .ex_masks = true,
						   .reference_tsc = true };

	switch (o->pv) {
	case PV_HYPERV: return hyperv_create(&vm->hyperv, vm->m, &all, d);
	case PV_KVM: return kvm_pv_create(&vm->kvm_pv, vm->m, STEAL_VMM, d);
	case PV_KVM_KERNEL: return kvm_pv_create(&vm->kvm_pv, vm->m, STEAL_KERNEL, d);
	default: return kvm_pv_create(&vm->kvm_pv, vm->m, STEAL_NONE, d);
	}
}

/* Personality, then lever, then engine: the order of the hooks (vmm/vcpu.h, pvflush/lever.h). */
static int create_flush(struct vm *vm, const struct options *o, const struct host_facts *facts,
			struct diag *d)
{
	enum lever_kind kind = LEVER_NONE;
	int err = create_personality(vm, o, d);

	if (!err && (o->pv == PV_HYPERV || o->pv == PV_KVM))
		kind = o->lever_given ? o->lever : facts->lever;
	if (err)
		return err;
	err = lever_create(&vm->lever, vm->m, kind);
	if (err)
		return diag_errno(d, err, "--lever", "'shootdown doctor' says which levers work here");
	for (unsigned i = 0; i < vm->m->vcpus && !err; i++)
		err = lever_vcpu_init(vm->lever, vm->m->vcpu[i]);
	if (!err)
		err = tlb_create(&vm->tlb, vm->m, vm->lever, o->mutant);
	if (err)
		return diag_errno(d, err, "flush engine", NULL);
	tlb_stats(vm->tlb)->personality = options_pv_name(o->pv);
	if (vm->hyperv)
		hyperv_attach(vm->hyperv, vm->tlb);
	if (vm->kvm_pv)
		kvm_pv_attach(vm->kvm_pv, vm->tlb);
	return 0;
}

static int set_entry(struct vm *vm, const struct boot_entry *entry, struct diag *d)
{
	int fd = vm->m->vcpu[0]->fd;
	struct kvm_sregs s;
	struct kvm_regs r;
	int err = kvm_get_sregs(fd, &s);

	if (!err)
		err = regs_boot(&s, &r, vm->m->mem, entry);
	if (!err)
		err = kvm_set_sregs(fd, &s);
	if (!err)
		err = kvm_set_regs(fd, &r);
	return err ? diag_errno(d, err, "boot vCPU", NULL) : 0;
}

static int load(struct vm *vm, const struct options *o, const struct guest_files *f,
		unsigned virtio, struct diag *d)
{
	struct acpi_config acpi = { .vcpus = vm->m->vcpus, .virtio = virtio, .com1 = true };
	struct boot_request r = { .kernel_name = f->kernel, .initrd_name = f->initrd };
	const void *kernel = NULL, *initrd = NULL;
	struct boot_entry entry;
	char cmdline[4096];
	int err = vm_cmdline(cmdline, sizeof(cmdline), o);

	if (err)
		return diag_errno(d, err, "--append", NULL);
	err = acpi_build(vm->m->mem, &acpi, &r.rsdp);
	if (err)
		return diag_errno(d, err, "ACPI tables", NULL);
	err = files_map(f->kernel, &kernel, &r.kernel_size, d);
	if (!err && f->initrd[0])
		err = files_map(f->initrd, &initrd, &r.initrd_size, d);
	r.kernel = kernel;
	r.initrd = initrd;
	r.cmdline = cmdline;
	if (!err)
		err = boot_load(&entry, vm->m->mem, &r, d);
	if (kernel)
		munmap((void *)(uintptr_t)kernel, r.kernel_size);
	if (initrd)
		munmap((void *)(uintptr_t)initrd, r.initrd_size);
	return err ? err : set_entry(vm, &entry, d);
}

int vm_create(struct vm *vm, const struct options *o, const struct guest_files *f,
	      const struct channel_config *channel, int console_in, int console_out, struct diag *d)
{
	struct machine_config c = { .memory = o->memory, .vcpus = o->cpus, .hugepages = o->hugepages };
	struct host_facts facts;
	unsigned virtio;
	int err;

	memset(vm, 0, sizeof(*vm));
	vm->console_in = console_in;
	vm->console_out = console_out;
	err = facts_get(&facts, d);
	if (err)
		return err;
	c.no_xsave = !facts.xsave;
	err = machine_create(&vm->m, &c, d);
	if (!err)
		err = create_devices(vm, o, channel, &virtio, d);
	if (!err)
		err = create_flush(vm, o, &facts, d);
	if (!err)
		err = load(vm, o, f, virtio, d);
	if (err)
		vm_destroy(vm);
	return err;
}

void vm_destroy(struct vm *vm)
{
	if (!vm->m)
		return;
	machine_quiesce(vm->m);
	tlb_destroy(vm->tlb);
	hyperv_destroy(vm->hyperv);
	kvm_pv_destroy(vm->kvm_pv);
	lever_destroy(vm->lever);
	for (unsigned i = 0; i < OPTIONS_MAX_DISKS; i++)
		virtio_blk_destroy(vm->disk[i]);
	virtio_rng_destroy(vm->rng);
	virtio_console_destroy(vm->channel);
	rtc_destroy(vm->rtc);
	power_destroy(vm->power);
	serial_destroy(vm->serial);
	machine_destroy(vm->m);
	memset(vm, 0, sizeof(*vm));
}
