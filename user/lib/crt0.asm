; user/lib/crt0.asm - from the kernel to main(), and back.
;
; A program starts at _start, with a stack that the kernel has prepared:
;
;      esp ->  argc                      a word
;              argv[0] ... argv[argc-1]  addresses of strings
;              NULL
;              envp[0] ...               likewise
;              NULL
;              type, value ...           the auxiliary vector: what the kernel
;              0, 0                      tells of itself and of the program
;
; No return address is there: a program that is done says so to the kernel.
; Before main(), each function is called that stands in section .init_array, as
; constructors do. `environ` is for whoever looks for a variable.

bits 32

SYS_exit_group          equ 252

extern main
extern init_array_start, init_array_end

global environ

section .bss
environ: resd 1

section .text

global _start
_start:
        xor ebp, ebp                    ; a back-trace ends here
        mov eax, [esp]                  ; argc
        lea ecx, [esp + 4]              ; argv
        lea edx, [ecx + eax * 4 + 4]    ; envp
        mov [environ], edx
        and esp, -16
        sub esp, 4
        push edx
        push ecx
        push eax
        mov ebx, init_array_start
.next:  cmp ebx, init_array_end
        je .ready
        call [ebx]
        add ebx, 4
        jmp .next
.ready:
        call main
        mov ebx, eax
        mov eax, SYS_exit_group
        int 0x80

section .note.GNU-stack noalloc noexec nowrite progbits
