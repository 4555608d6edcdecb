; kernel.asm - from the loader to kernel_main(magic, information).
;
; The loader switched to 32 bits and left paging off: address n is byte n of
; memory, and stays so. It wants a header in the first 8 KiB of the file.

bits 32

MAGIC           equ 0x1badb002
MEMORY          equ 1 << 1              ; tell us about memory
STACK_BYTES     equ 16384

extern kernel_main

section .multiboot align=4
        dd MAGIC
        dd MEMORY
        dd -(MAGIC + MEMORY)

section .text
global start
start:
        mov esp, stack_top
        push ebx                        ; what the loader has to say
        push eax                        ; and that it is a Multiboot loader
        call kernel_main                ; does not return

section .bss align=16
        resb STACK_BYTES
stack_top:

section .note.GNU-stack noalloc noexec nowrite progbits
