/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shortest /init: tells the hypervisor that user space was reached, by a write to the
 * debug-exit port, which ends the machine (rdinit=/bin/mark; for boot-time measurements).
 */
	.globl _start
	.text
_start:
	mov	$172, %eax	/* iopl */
	mov	$3, %edi
	syscall
	mov	$0x31, %al
	mov	$0xf4, %dx
	out	%al, (%dx)
1:	mov	$34, %eax	/* pause */
	syscall
	jmp	1b
	.section .note.GNU-stack, "", @progbits
