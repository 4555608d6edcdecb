; kernel/x86/traps.asm - where the processor enters the kernel, and leaves it.
;
; A gate of the IDT tells the processor where to go, and nothing tells the
; code there which vector it was: so each that the processor or a device may
; come by has a stub of its own, which pushes the number. Some exceptions come
; with an error code; for the others the stub pushes a 0, so that all frames
; look alike:
;
;       high    ss, esp                 only from ring 3
;               eflags, cs, eip         by the processor
;               error                   by the processor, or 0 by the stub
;               vector                  by the stub
;               ds, es, fs, gs
;       low     eax ... edi             ESP points here: struct trap_frame
;
; A system call has an entry of its own, and its frame holds the call's number
; as the error.
;
; From ring 3 the processor takes the stack that ends at the struct thread of
; the thread that runs: so above a program's frame lies the word that says
; whether there is something to do before it goes on (struct thread.work).
;
; The kernel uses neither FS nor GS, and what is in them may be a program's:
; it is loaded anew on the way to ring 3 only.
;
; The kernel's C code takes its first three arguments in EAX, EDX and ECX
; (-mregparm=3), but for functions with a variable number of them.
;
; Cost: of a system call 32 instructions, besides what it is called for.

bits 32

STUBS                   equ 32 + 16     ; exceptions, and lines of the PIC
STUB_BYTES              equ 9           ; two pushes and a jump
ENTRY_ALIGN             equ 16
; The exceptions 8, 10 to 14, 17, 21, 29 and 30 push an error code.
WITH_ERROR_CODE         equ 0x60227d00
KERNEL_DATA             equ 0x10
TRAP_NO_RETURN          equ 15
TRAP_SYSCALL            equ 0x80
TRAP_NONE               equ 256
CLAC_LAST_BYTE          equ 0xca

; struct trap_frame
FRAME_EAX               equ 7 * 4
FRAME_CS                equ 15 * 4
FRAME_BYTES             equ 17 * 4      ; without ss and esp
USER_FRAME_BYTES        equ 19 * 4

; include/abi/syscall.h
SYSCALL_NUMBERS         equ 440
STACK_ARGUMENTS         equ 3           ; of six

extern trap_of_kernel
extern trap_of_user
extern trap_check_paid
extern thread_do_work
extern syscall_slots
extern syscall_handlers
extern syscall_unknown
extern panic_report

; Three bytes that do nothing. With SMAP they are CLAC:
; whoever was interrupted inside the brackets of include/x86/user_access.h,
; the kernel starts outside of them.
%macro LEAVE_USER_MEMORY 0
%%here: lea esi, [byte esi + 0]
        [section user_access_sites]
%%site: dd %%here, CLAC_LAST_BYTE
        __SECT__
%endmacro

; If what stands here faults, go on at %1: the table of x86/user_access.h.
%macro FAULT_GOES_TO 1
%%here:
        [section user_copy_fixups]
%%fixup: dd %%here, %1
        __SECT__
%endmacro

section user_access_sites progbits alloc noexec nowrite align=4
section user_copy_fixups progbits alloc noexec nowrite align=4

section .text

; Stub n lies at trap_stubs + n * STUB_BYTES.
global trap_stubs
align ENTRY_ALIGN
trap_stubs:
%assign vector 0
%rep STUBS
        times trap_stubs + vector * STUB_BYTES - $ int3
%if vector >= 32 || (WITH_ERROR_CODE >> vector & 1) == 0
        push byte 0
%endif
        push byte vector
        jmp trap_enter
%assign vector vector + 1
%endrep

align ENTRY_ALIGN
trap_enter:
        LEAVE_USER_MEMORY
        push ds
        push es
        push fs
        push gs
        pushad
        cld
        mov eax, KERNEL_DATA
        mov ds, eax
        mov es, eax
        mov eax, esp                    ; struct trap_frame *
        test byte [esp + FRAME_CS], 3
        jnz .from_ring_3

        call trap_of_kernel
        popad
        add esp, 2 * 4                  ; gs, fs
        pop es
        pop ds
        add esp, 2 * 4                  ; vector, error
        iretd

; A program's EBP leads nowhere that a back-trace may go.
.from_ring_3:
        xor ebp, ebp
        call trap_of_user
        jmp user_return

; int 0x80: the number in EAX, the arguments in EBX, ECX, EDX, ESI, EDI, EBP.
; All six go to the handler, which takes as many as it has parameters: three
; in registers, as everywhere in the kernel, and three on the stack.
global syscall_enter
align ENTRY_ALIGN
syscall_enter:
        push eax                        ; error
        push dword TRAP_SYSCALL         ; vector
        LEAVE_USER_MEMORY
        push ds
        push es
        push fs
        push gs
        pushad
        cld
        push ebp
        push edi
        push esi
        mov esi, KERNEL_DATA
        mov ds, esi
        mov es, esi
        xor ebp, ebp
        cmp eax, SYSCALL_NUMBERS
        jae .unknown
        movzx esi, byte [syscall_slots + eax]
        mov esi, [syscall_handlers + esi * 4]
.call:
        mov eax, ebx
        xchg edx, ecx
        call esi
        add esp, STACK_ARGUMENTS * 4
        mov [esp + FRAME_EAX], eax

; On to ring 3, with the frame that ESP points to. From the look at the word
; on, no interrupt may change it. A register may name a segment that is no
; more: then it gets 0, which names none. And if the frame as a whole leads
; nowhere, that is the program's fault, as if it had made it in ring 3.
global user_return
user_return:
        cli
%if CHECKED
        call trap_check_paid
%endif
        cmp dword [esp + USER_FRAME_BYTES], 0
        jne .work
        popad
.gs:    FAULT_GOES_TO .no_gs
        pop gs
.fs:    FAULT_GOES_TO .no_fs
        pop fs
.es:    FAULT_GOES_TO .no_es
        pop es
.ds:    FAULT_GOES_TO .no_ds
        pop ds
        add esp, 2 * 4                  ; vector, error
        FAULT_GOES_TO .no_return
        iretd

.work:
        call thread_do_work
        jmp user_return

.no_gs: mov dword [esp], 0
        jmp .gs
.no_fs: mov dword [esp], 0
        jmp .fs
.no_es: mov dword [esp], 0
        jmp .es
.no_ds: mov dword [esp], 0
        jmp .ds
.no_return:
        push dword 0                    ; error
        push dword TRAP_NO_RETURN
        jmp trap_enter

syscall_enter.unknown:
        mov esi, syscall_unknown
        jmp syscall_enter.call

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
        lea ecx, [esp + FRAME_BYTES + 8] ; va_list: where the arguments lie
        mov edx, [ecx - 4]              ; format
        mov eax, esp
        call panic_report

section .note.GNU-stack noalloc noexec nowrite progbits
