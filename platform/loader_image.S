/* The loader's file, whole, as part of capbox: it is copied to a memfd for the guests to execute. */
	.section .rodata
	.balign 4096
	.globl loader_image_start, loader_image_end
loader_image_start:
	.incbin LOADER_PATH
loader_image_end:
	.section .note.GNU-stack, "", @progbits
