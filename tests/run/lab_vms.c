// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes and destroys VMs with two vCPUs, one after the other, each vCPU leaving the
 * guest a number of times. KVM's bookkeeping for the first and the last VM is what
 * used to hang an emulated Linux (guest/lab/l1/keys.c).
 *
 *   lab_vms [VMS]      0, or 1 with what KVM did instead; 77 without /dev/kvm
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define VCPUS 2
#define EXITS 20
#define PORT  0xf4
#define PAGE  4096u

static const uint8_t code[] = { 0xe6, PORT, 0xeb, 0xfc }; /* again: out %al, $PORT; jmp again */

struct vcpu {
	int vm, fd;
	struct kvm_run *run;
	size_t run_size;
	unsigned long id;
	char wrong[160];
};

static int complain(struct vcpu *v, const char *what)
{
	snprintf(v->wrong, sizeof(v->wrong), "vCPU %lu: %s: %s", v->id, what, strerror(errno));
	return -1;
}

/* Real mode at address 0; the second vCPU does not wait for a startup IPI. */
static int set_state(struct vcpu *v)
{
	struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_regs regs = { .rflags = 2 };
	struct kvm_sregs sregs;

	if (ioctl(v->fd, KVM_GET_SREGS, &sregs))
		return complain(v, "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(v->fd, KVM_SET_SREGS, &sregs) || ioctl(v->fd, KVM_SET_REGS, &regs) ||
	    ioctl(v->fd, KVM_SET_MP_STATE, &state))
		return complain(v, "registers");
	return 0;
}

static int run_once(struct vcpu *v)
{
	if (ioctl(v->fd, KVM_RUN, 0ul))
		return complain(v, "KVM_RUN");
	if (v->run->exit_reason == KVM_EXIT_IO && v->run->io.port == PORT)
		return 0;
	snprintf(v->wrong, sizeof(v->wrong), "vCPU %lu: exit %u (suberror %u, %llx %llx)", v->id,
		 v->run->exit_reason, v->run->internal.suberror,
		 (unsigned long long)v->run->internal.data[0],
		 (unsigned long long)v->run->internal.data[1]);
	return -1;
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *v = arg;

	v->fd = ioctl(v->vm, KVM_CREATE_VCPU, v->id);
	if (v->fd < 0) {
		complain(v, "KVM_CREATE_VCPU");
		return NULL;
	}
	v->run = mmap(NULL, v->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	if (v->run == MAP_FAILED)
		complain(v, "mmap");
	else if (!set_state(v))
		for (int i = 0; i < EXITS && !run_once(v); i++)
			;
	if (v->run != MAP_FAILED)
		munmap(v->run, v->run_size);
	close(v->fd);
	return NULL;
}

static int run_vcpus(int vm, size_t run_size, unsigned n)
{
	struct vcpu v[VCPUS] = { 0 };
	pthread_t thread[VCPUS];
	int wrong = 0;

	for (unsigned long i = 0; i < VCPUS; i++) {
		v[i] = (struct vcpu){ .vm = vm, .id = i, .run_size = run_size };
		if (pthread_create(&thread[i], NULL, vcpu_thread, &v[i]))
			abort();
	}
	for (unsigned i = 0; i < VCPUS; i++) {
		pthread_join(thread[i], NULL);
		if (!v[i].wrong[0])
			continue;
		fprintf(stderr, "VM %u: %s\n", n, v[i].wrong);
		wrong = 1;
	}
	return wrong;
}

static int run_vm(int kvm, size_t run_size, unsigned n)
{
	struct kvm_userspace_memory_region region = { .memory_size = PAGE };
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int vm = ioctl(kvm, KVM_CREATE_VM, 0ul), wrong;

	if (page == MAP_FAILED || vm < 0 || ioctl(vm, KVM_CREATE_IRQCHIP, 0ul)) {
		perror("KVM_CREATE_VM");
		return 1;
	}
	memcpy(page, code, sizeof(code));
	region.userspace_addr = (uintptr_t)page;
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region)) {
		perror("KVM_SET_USER_MEMORY_REGION");
		return 1;
	}
	wrong = run_vcpus(vm, run_size, n);
	close(vm);
	munmap(page, PAGE);
	return wrong;
}

int main(int argc, char **argv)
{
	unsigned vms = argc > 1 ? (unsigned)atoi(argv[1]) : 200;
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), size, wrong = 0;

	if (kvm < 0) {
		perror("/dev/kvm");
		return 77;
	}
	size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0ul);
	for (unsigned i = 0; i < vms && !wrong; i++)
		wrong = run_vm(kvm, (size_t)size, i);
	if (!wrong)
		printf("%u VMs\n", vms);
	return wrong;
}
