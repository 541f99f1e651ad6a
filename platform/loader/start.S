/*
 * Entry and exit of the loader. It works on the program's own stack, far enough below the block
 * that the kernel left there to let that block grow downward (stack.c). The program starts as
 * Linux starts it: rsp at argc, every other register and every flag zero.
 */
#include "platform/loader/stack.h"

	.text
	.globl _start
	.hidden _start
	.type _start, @function
_start:
	mov %rsp, %rdi
	sub $STACK_GROWTH_MAX, %rsp
	and $-16, %rsp
	xor %ebp, %ebp
	call loader_main
	mov %rdx, -16(%rax)
	mov %rax, %rsp
	xor %eax, %eax
	xor %ebx, %ebx
	xor %ecx, %ecx
	xor %edx, %edx
	xor %esi, %esi
	xor %edi, %edi
	xor %r8d, %r8d
	xor %r9d, %r9d
	xor %r10d, %r10d
	xor %r11d, %r11d
	xor %r12d, %r12d
	xor %r13d, %r13d
	xor %r14d, %r14d
	xor %r15d, %r15d
	push $0
	popf
	jmp *-16(%rsp)
	.size _start, . - _start

	.section .note.GNU-stack, "", @progbits
