; user/lib/syscall.asm - the way into the kernel.
;
; i32 system_call(u32 number, ...): the number goes to EAX, up to six arguments
; to EBX, ECX, EDX, ESI, EDI and EBP. The kernel answers in EAX, and leaves
; all other registers as they are; C wants four of them back as they were.

bits 32

section .text

global system_call
system_call:
        push ebx
        push esi
        push edi
        push ebp
        mov eax, [esp + 20]
        mov ebx, [esp + 24]
        mov ecx, [esp + 28]
        mov edx, [esp + 32]
        mov esi, [esp + 36]
        mov edi, [esp + 40]
        mov ebp, [esp + 44]
        int 0x80
        pop ebp
        pop edi
        pop esi
        pop ebx
        ret

section .note.GNU-stack noalloc noexec nowrite progbits
