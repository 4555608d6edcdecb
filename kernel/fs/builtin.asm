; kernel/fs/builtin.asm - the archive that is part of the kernel's image, for
; when the loader brings none: build/builtin.cpio, which tools/user.mk makes.

bits 32

section .initrd progbits alloc noexec nowrite align=4096

global builtin_initrd_start, builtin_initrd_end
builtin_initrd_start:
        incbin "builtin.cpio"
builtin_initrd_end:

section .note.GNU-stack noalloc noexec nowrite progbits
