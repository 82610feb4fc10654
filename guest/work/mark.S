/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shortest /init: powers the machine off as soon as user space is reached
 * (rdinit=/bin/mark; for boot-time measurements).
 */
	.globl _start
	.text
_start:
	mov	$169, %eax		/* reboot */
	mov	$0xfee1dead, %edi	/* LINUX_REBOOT_MAGIC1 */
	mov	$672274793, %esi	/* LINUX_REBOOT_MAGIC2 */
	mov	$0x4321fedc, %edx	/* LINUX_REBOOT_CMD_POWER_OFF */
	xor	%r10d, %r10d
	syscall
1:	mov	$34, %eax		/* pause */
	syscall
	jmp	1b
	.section .note.GNU-stack, "", @progbits
