/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways to switch the machine off or over, and the ACPI fixed hardware:
 *
 *   PM1a event and control block (ACPI 6.4, 4.8.3): SLP_EN with SLP_TYP POWER_SLP_TYP_S5
 *     powers off. SCI_EN always reads as 1: there is no legacy mode to leave.
 *   PM timer (4.8.3.3): 32 bits at 3.579545 MHz, from CLOCK_MONOTONIC.
 *   Reset control 0xcf9 (bit 2), keyboard controller command 0xfe: reset.
 *   Debug exit: ends the run with the value written.
 *
 * No fixed event is ever raised: no power button, no SCI. The keyboard controller
 * is its command port only and always reads as idle.
 */
#ifndef DEVICES_POWER_H
#define DEVICES_POWER_H

#include "vmm/machine.h"

#define POWER_SLP_TYP_S5 5u /* what \_S5 in the DSDT must say */

struct power;

/* Registers all the ports above. 0 or negative errno. Before machine_start(). */
int power_create(struct power **ret, struct machine *m);
/* After machine_quiesce(). NULL is allowed. */
void power_destroy(struct power *p);

#endif
