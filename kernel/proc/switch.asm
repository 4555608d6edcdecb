; kernel/proc/switch.asm - from one thread's stack to another's.
;
; A thread that does not run has on its stack the registers which a C function
; keeps for its caller, and the address where it goes on. A new one finds there
; what makes it begin (kernel/proc/thread.c).
;
;       esp ->  edi, esi, ebx, ebp
;               where to go on
;
; All other registers are the caller's business, and he has saved them; but
; those of the FPU, which kernel/proc/sched.c sees to.
;
; Cost: 12 instructions.

bits 32

extern thread_exit

section .text

; void thread_switch(u32 *save_esp, u32 load_esp), in EAX and EDX
global thread_switch
thread_switch:
        push ebp
        push ebx
        push esi
        push edi
        mov [eax], esp
        mov esp, edx
        pop edi
        pop esi
        pop ebx
        pop ebp
        ret

; Where a thread of the kernel begins: EBX(ESI), interrupts on. EBP is 0, so
; that a back-trace ends here.
global thread_begin
thread_begin:
        sti
        mov eax, esi
        call ebx
        call thread_exit

section .note.GNU-stack noalloc noexec nowrite progbits
