/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where CPUs come in. CPU 0: ELF entry, long mode, identity map, RSI = zero page
 * (boot_params). The others: the trampoline below, copied to RT_AP_BASE, entered in
 * real mode by a start-up IPI (SDM vol. 3, 9.4.4).
 */
#include "guest/micro/rt/ap.h"

	.section .text.entry, "ax"
	.globl _start
_start:
	cli
	cld
	lea	rt_boot_stack_top(%rip), %rsp
	xor	%ebp, %ebp
	mov	%rsi, %rdi
	call	rt_boot
1:	cli
	hlt
	jmp	1b

#define AT(sym) (RT_AP_BASE + (sym) - rt_ap_begin)

	.section .text
	.globl rt_ap_begin
	.code16
rt_ap_begin:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	lgdtl	AT(ap_gdtr)
	movl	$0x20, %eax		/* PAE */
	movl	%eax, %cr4
	movl	AT(ap_cr3), %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx
	rdmsr
	orl	$0x900, %eax		/* LME, NXE */
	wrmsr
	movl	$0x80000011, %eax	/* PG, ET, PE */
	movl	%eax, %cr0
	ljmpl	$8, $AT(ap_long)
	.code64
ap_long:
	mov	AT(ap_stack), %rsp
	mov	AT(ap_cpu), %rdi
	xor	%ebp, %ebp
	mov	$rt_ap_boot, %rax
	call	*%rax
1:	cli
	hlt
	jmp	1b
	.balign 8
ap_gdt:	.quad 0
	.quad 0x00af9b000000ffff	/* 64-bit code */
ap_gdtr:
	.word 15
	.long AT(ap_gdt)
	.balign 8
ap_params:				/* struct rt_ap_params */
ap_cr3:	.quad 0
ap_stack: .quad 0
ap_cpu:	.quad 0
ap_end:

	.section .rodata
	.globl rt_ap_size, rt_ap_params_offset
	.balign 8
rt_ap_size:
	.quad ap_end - rt_ap_begin
rt_ap_params_offset:
	.quad ap_params - rt_ap_begin

	.section .bss
	.balign 16
	.space 16384
rt_boot_stack_top:
	.section .note.GNU-stack, "", @progbits
