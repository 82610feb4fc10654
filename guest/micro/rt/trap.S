/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trap entries, and the two ways to run a function under rt_call().
 */
	.text
/* 256 entries of 16 bytes: push an error code where the CPU does not, and the vector. */
	.globl rt_trap_entries
	.balign 16
rt_trap_entries:
	.set vector, 0
	.rept 256
	.balign 16
	/* 8, 10-14, 17, 21, 29, 30 bring an error code (SDM vol. 3, table 6-1) */
	.if vector > 31 || !((1 << (vector & 31)) & 0x60227d00)
	push	$0
	.endif
	push	$vector
	jmp	trap_common
	.set vector, vector + 1
	.endr

/* struct rt_frame; the CPU has aligned the stack, so the call is aligned as well. */
	.balign 16
trap_common:
	push	%rax
	push	%rbx
	push	%rcx
	push	%rdx
	push	%rsi
	push	%rdi
	push	%rbp
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	cld
	mov	%rsp, %rdi
	call	rt_trap
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rbp
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rbx
	pop	%rax
	add	$16, %rsp
	iretq

	.macro save_callee
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	pushfq
	.endm

/*
 * uint64_t rt_enter_user(uint64_t *rsp, rt_fn fn, uint64_t arg, uint64_t stack,
 *			  uint64_t rsp0)
 * rsp0: address of the TSS field. Traps from CPL3 arrive right below what is saved
 * here; rt_leave() comes back.
 */
	.globl rt_enter_user
rt_enter_user:
	save_callee
	mov	%rsp, (%rdi)
	mov	%rsp, (%r8)
	lea	rt_user_return(%rip), %rax
	sub	$8, %rcx
	mov	%rax, (%rcx)
	push	$0x1b			/* user data */
	push	%rcx
	/* IF, and IOPL 3 beside the I/O bitmap: an emulated SVM may refuse the bitmap of a
	 * TSS that is marked busy, kvm_pvm takes IOPL away. */
	push	$0x3202
	push	$0x23			/* user code */
	push	%rsi
	mov	%rdx, %rdi
	iretq

/* What fn returns to at CPL3: RT_SYS_RETURN by #BP, value in RDI. */
rt_user_return:
	mov	%rax, %rdi
	mov	$0x52455455524e, %rax
	int3
	ud2

/* uint64_t rt_enter_kernel(uint64_t *rsp, rt_fn fn, uint64_t arg) */
	.globl rt_enter_kernel
rt_enter_kernel:
	save_callee
	mov	%rsp, (%rdi)
	mov	%rdx, %rdi
	mov	%rsp, %rbx
	and	$-16, %rsp
	call	*%rsi
	mov	%rbx, %rdi
	mov	%rax, %rsi
	/* fall through */

/*
 * noreturn rt_leave(uint64_t rsp, uint64_t value)
 * Returns value from the rt_enter_*() that saved rsp.
 */
	.globl rt_leave
rt_leave:
	mov	%rdi, %rsp
	mov	%rsi, %rax
	popfq
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.section .note.GNU-stack, "", @progbits
