; kernel/x86/traps.asm - where the processor enters the kernel.
;
; A gate of the IDT tells the processor where to go, and nothing tells the
; code there which vector it was: so each of the 256 has a stub of its own,
; which pushes the number. Some exceptions come with an error code; for the
; others the stub pushes a 0, so that all frames look alike:
;
;       high    ss, esp                 only from ring 3
;               eflags, cs, eip         by the processor
;               error                   by the processor, or 0 by the stub
;               vector                  by the stub
;               ds, es, fs, gs
;       low     eax ... edi             ESP points here: struct trap_frame

bits 32

VECTORS                 equ 256
STUB_BYTES              equ 16
; The exceptions 8, 10 to 14, 17, 21, 29 and 30 push an error code.
WITH_ERROR_CODE         equ 0x60227d00
KERNEL_DATA             equ 0x10
TRAP_NONE               equ 256
CLAC_LAST_BYTE          equ 0xca

extern trap_handle
extern panic_report

section .text

; Stub n lies at trap_stubs + n * STUB_BYTES.
global trap_stubs
align STUB_BYTES
trap_stubs:
%assign vector 0
%rep VECTORS
        align STUB_BYTES
%if vector >= 32 || (WITH_ERROR_CODE >> vector & 1) == 0
        push byte 0
%endif
        push dword vector
        jmp trap_enter
%assign vector vector + 1
%endrep

; With SMAP, the NOPs are CLAC: whoever was interrupted inside the brackets of
; include/x86/user_access.h, the kernel starts outside of them.
align STUB_BYTES
trap_enter:
.leave_user_memory:
        nop
        nop
        nop
        push ds
        push es
        push fs
        push gs
        pushad
        cld
        mov eax, KERNEL_DATA
        mov ds, eax
        mov es, eax

        push esp                        ; struct trap_frame *
        call trap_handle
        add esp, 4

        popad
        pop gs
        pop fs
        pop es
        pop ds
        add esp, 8                      ; vector, error
        iretd

; panic(format, ...), and mm's name for it: take a picture of the caller's
; registers as if it had been interrupted, then panic_report(frame, format,
; the other arguments).
global panic, platform_panic
panic:
platform_panic:
        pushfd
        push cs
        push dword [esp + 8]            ; eip: the return address
        push byte 0
        push dword TRAP_NONE
        push ds
        push es
        push fs
        push gs
        pushad
        lea ecx, [esp + FRAME_BYTES + 8]
        mov edx, [ecx - 4]              ; format
        mov eax, esp
        push ecx                        ; va_list: where the arguments lie
        push edx
        push eax
        call panic_report

FRAME_BYTES             equ 17 * 4      ; without ss and esp

section user_access_sites progbits alloc noexec nowrite align=4
        dd trap_enter.leave_user_memory, CLAC_LAST_BYTE

section .note.GNU-stack noalloc noexec nowrite progbits
