/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest-physical address map and the interrupt lines: every fixed number of
 * the machine in one place.
 */
#ifndef VMM_LAYOUT_H
#define VMM_LAYOUT_H

/* --- low memory (first MiB), used until the guest kernel takes over ---------- */
#define LAYOUT_GDT		0x00000500ull /* boot GDT, 4 entries */
#define LAYOUT_PVH_START_INFO	0x00006000ull /* hvm_start_info, modules, memory map: 1 page */
#define LAYOUT_ZERO_PAGE	0x00007000ull /* struct boot_params: 1 page */
#define LAYOUT_PAGE_TABLES	0x00009000ull /* PML4, PDPT, 4 PDs: identity map of 4 GiB */
#define LAYOUT_CMDLINE		0x00020000ull /* kernel command line, at most 64 KiB */
#define LAYOUT_LOW_RAM_END	0x0009fc00ull /* e820: RAM up to the EBDA */
#define LAYOUT_ACPI		0x000e0000ull /* RSDP here (SDM-less: ACPI 5.2.5.1), tables follow */
#define LAYOUT_ACPI_END		0x00100000ull
#define LAYOUT_KERNEL		0x00100000ull /* bzImage payload; the kernel relocates itself */

/* --- the hole below 4 GiB ---------------------------------------------------- */
#define LAYOUT_HOLE		0xc0000000ull /* RAM ends here at the latest and goes on at 4 GiB */
#define LAYOUT_VIRTIO_MMIO	0xd0000000ull /* one page per device */
#define LAYOUT_VIRTIO_STRIDE	0x1000ull
#define LAYOUT_IOAPIC		0xfec00000ull
#define LAYOUT_LAPIC		0xfee00000ull
#define LAYOUT_STEAL		0xfeb00000ull /* VMM-private steal-time areas (pvflush/lever.h) */
#define LAYOUT_STEAL_SIZE	0x00010000ull /* 64 bytes for each of up to 1024 vCPUs */
#define LAYOUT_KVM_IDENTITY_MAP 0xfffbc000ull /* KVM_SET_IDENTITY_MAP_ADDR, 1 page */
#define LAYOUT_KVM_TSS		0xfffbd000ull /* KVM_SET_TSS_ADDR, 3 pages */
#define LAYOUT_HIGH_RAM		0x100000000ull

/* --- interrupt lines (GSI = IOAPIC pin) -------------------------------------- */
#define LAYOUT_IRQ_COM1	  4
#define LAYOUT_IRQ_SCI	  9
#define LAYOUT_VIRTIO_MAX 12

/* GSI of the n-th virtio-mmio device: pins 16..23 first, then free ISA lines. */
static inline unsigned layout_virtio_gsi(unsigned n)
{
	static const unsigned char gsi[LAYOUT_VIRTIO_MAX] = { 16, 17, 18, 19, 20, 21,
							      22, 23, 5,  6,  10, 11 };
	return gsi[n];
}

/* --- I/O ports ---------------------------------------------------------------- */
#define LAYOUT_PORT_COM1	0x3f8
#define LAYOUT_PORT_DEBUG_EXIT	0xf4 /* isa-debug-exit: status = value << 1 | 1 */
#define LAYOUT_PORT_RESET	0xcf9
#define LAYOUT_PORT_I8042	0x64
#define LAYOUT_PORT_HYPERCALL	0xea /* imm8 of the hypercall page's OUT (pvflush/hyperv.h) */
#define LAYOUT_PORT_PM		0x600 /* ACPI PM1a event block 4 bytes, PM1a control 2 bytes at +4 */
#define LAYOUT_PORT_PM_TIMER	0x608 /* 4 bytes, 3.579545 MHz */

/* --- limits ------------------------------------------------------------------- */
#define LAYOUT_MAX_VCPUS 256

#endif
