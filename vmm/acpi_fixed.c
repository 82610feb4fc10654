/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FADT and FACS: the fixed hardware of a small PC that is always in ACPI mode: PM1a
 * block, PM timer, SCI, reset register. No GPEs, no SMI, no 8042, no VGA. Of the 8042
 * only the reset command works, which a driver would take for a broken keyboard.
 */
#include "vmm/acpi_tables.h"
#include "vmm/layout.h"

#define FADT_REVISION 6
#define RESET_VALUE   6 /* hard reset, as on PCs with a PIIX or ICH */
#define NO_LATENCY    0xffff /* C2, C3: not supported */

/*
 * IA-PC boot architecture flags, table 5.11. Clear: legacy devices and 8042 (neither is
 * there), "no CMOS RTC" (there is one).
 */
enum {
	BOOT_NO_VGA = 1 << 2,
};

/* Fixed feature flags, table 5.10. */
enum {
	FLAG_WBINVD = 1 << 0,
	FLAG_PROC_C1 = 1 << 2,
	FLAG_NO_POWER_BUTTON = 1 << 4, /* not as fixed hardware, that is */
	FLAG_NO_SLEEP_BUTTON = 1 << 5,
	FLAG_NO_FIXED_RTC = 1 << 6,
	FLAG_TIMER_32_BITS = 1 << 8,
	FLAG_RESET_REGISTER = 1 << 10,
};

enum access { BYTE = 1, WORD, DWORD };

static struct acpi_address io_port(uint16_t port, uint8_t bits, enum access access)
{
	return (struct acpi_address){ .space = 1, .bits = bits, .access = (uint8_t)access,
				      .address = port };
}

void acpi_fadt(struct aml *t, uint64_t facs, uint64_t dsdt)
{
	const struct acpi_fadt f = {
		.header = acpi_header("FACP", FADT_REVISION),
		.facs = (uint32_t)facs,
		.dsdt = (uint32_t)dsdt,
		.x_dsdt = dsdt,
		.sci = LAYOUT_IRQ_SCI,
		.pm1a_event = LAYOUT_PORT_PM,
		.pm1_event_len = 4,
		.x_pm1a_event = io_port(LAYOUT_PORT_PM, 32, WORD),
		.pm1a_control = LAYOUT_PORT_PM + 4,
		.pm1_control_len = 2,
		.x_pm1a_control = io_port(LAYOUT_PORT_PM + 4, 16, WORD),
		.pm_timer = LAYOUT_PORT_PM_TIMER,
		.pm_timer_len = 4,
		.x_pm_timer = io_port(LAYOUT_PORT_PM_TIMER, 32, DWORD),
		.c2_latency = NO_LATENCY,
		.c3_latency = NO_LATENCY,
		.boot_flags = BOOT_NO_VGA,
		.flags = FLAG_WBINVD | FLAG_PROC_C1 | FLAG_NO_POWER_BUTTON | FLAG_NO_SLEEP_BUTTON |
			 FLAG_NO_FIXED_RTC | FLAG_TIMER_32_BITS | FLAG_RESET_REGISTER,
		.reset = io_port(LAYOUT_PORT_RESET, 8, BYTE),
		.reset_value = RESET_VALUE,
	};

	aml_bytes(t, &f, sizeof(f));
}

void acpi_facs(struct aml *t)
{
	const struct acpi_facs f = { "FACS", .length = sizeof(f), .version = 2 };

	aml_bytes(t, &f, sizeof(f));
}
