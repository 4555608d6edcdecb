; boot/entry.asm - from the boot loader to kernel_main().
;
; A Multiboot loader finds the header, copies the image to 1 MiB and jumps to
; boot_start: 32 bits, paging off, interrupts off, EAX = its magic number,
; EBX = the physical address of its information. Nothing else is sure: not
; the descriptor tables, not the stack, not the caches.
;
; The kernel is linked to run at 0xc0100000, where there is no memory yet. So
; this section alone is linked where it is loaded, and makes the map in which
; the rest lives. Pages of 4 MiB need nothing but a directory:
;
;      directory entry       maps                    to
;      0                     0x00000000 + 4 MiB      0    for the jump only;
;                                                         pt_init() drops it
;      768 ... 959           0xc0000000 + 768 MiB    0    the direct map
;
; Cost: some 2000 instructions, most of them for the 192 entries.

bits 32

%define KERNEL_BASE     0xc0000000
%define PHYS(address)   ((address) - KERNEL_BASE)
%define PAGE_SIZE       4096

MULTIBOOT_MAGIC         equ 0x1badb002
MULTIBOOT_PAGE_ALIGN    equ 1 << 0      ; modules start on a page
MULTIBOOT_MEMORY        equ 1 << 1      ; tell us about memory
MULTIBOOT_FLAGS         equ MULTIBOOT_PAGE_ALIGN | MULTIBOOT_MEMORY

EFLAGS_ID               equ 1 << 21
CPUID_PSE               equ 1 << 3
CPUID_TSC               equ 1 << 4
CR4_PSE                 equ 1 << 4
; Said in full, as loaders differ: protection on, paging on, read-only pages
; bind ring 0 too, x87 errors are exceptions; caches on (CD and NW are 0).
CR0_KERNEL              equ 1 << 31 | 1 << 16 | 1 << 5 | 1 << 4 | 1 << 0

LARGE_PAGE              equ 0x83        ; present, writable, 4 MiB
CHUNK_SIZE              equ 4 << 20
DIRECT_MAP_CHUNKS       equ 192
STACK_SIZE              equ 16384

UART                    equ 0x3f8
UART_LINE_STATUS        equ UART + 5
UART_ROOM               equ 1 << 5
VGA_TEXT                equ 0xb8000
WHITE_ON_RED            equ 0x4f

extern kernel_main

; ------------------------------------------------------------------ at 1 MiB
section .boot progbits alloc exec nowrite align=16

align 4
multiboot_header:
        dd MULTIBOOT_MAGIC
        dd MULTIBOOT_FLAGS
        dd -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

global boot_start
boot_start:
        cli
        cld
        mov esp, PHYS(boot_stack_top)
        mov esi, eax                    ; magic
        mov edi, ebx                    ; information: CPUID overwrites EBX

        ; Where EFLAGS.ID cannot be changed, there is no CPUID.
        pushfd
        pop ecx
        mov eax, ecx
        xor eax, EFLAGS_ID
        push eax
        popfd
        pushfd
        pop eax
        cmp eax, ecx
        je refuse

        mov eax, 1
        cpuid
        mov ebp, edx
        test ebp, CPUID_TSC
        jz .no_clock
        rdtsc
        mov [PHYS(boot_entry_ticks)], eax
        mov [PHYS(boot_entry_ticks) + 4], edx
.no_clock:
        test ebp, CPUID_PSE
        jz refuse

        mov eax, LARGE_PAGE
        mov [PHYS(boot_directory)], eax
        mov ebx, PHYS(boot_directory) + (KERNEL_BASE >> 20)
        mov ecx, DIRECT_MAP_CHUNKS
.next_chunk:
        mov [ebx], eax
        add ebx, 4
        add eax, CHUNK_SIZE
        loop .next_chunk

        mov eax, CR4_PSE
        mov cr4, eax
        mov eax, PHYS(boot_directory)
        mov cr3, eax
        mov eax, CR0_KERNEL
        mov cr0, eax

        ; A jump relative to here would stay at 1 MiB.
        mov eax, boot_high
        jmp eax

; No CPUID, or no large pages: say so on the serial port and on the screen,
; where no driver is yet.
refuse:
        mov esi, refusal
        mov ebx, VGA_TEXT
.next_char:
        lodsb
        test al, al
        jz .stop
        cmp al, ' '
        jb .send                        ; the end of the line
        mov [ebx], al
        mov byte [ebx + 1], WHITE_ON_RED
        add ebx, 2
.send:
        mov ah, al
        mov ecx, 1 << 20                ; a port that is not there stays full
        mov dx, UART_LINE_STATUS
.wait_for_room:
        in al, dx
        test al, UART_ROOM
        loopz .wait_for_room
        mov dx, UART
        mov al, ah
        out dx, al
        jmp .next_char
.stop:
        cli
        hlt
        jmp .stop

refusal:
        db "Strata needs a processor with CPUID and 4 MiB pages (PSE); "
        db "this one has not.", 13, 10, 0

; ------------------------------------------------------------- at 0xc0100000
section .text

; Void of a return address and a frame, so that a back-trace ends here.
boot_high:
        add esp, KERNEL_BASE
        xor ebp, ebp
        mov eax, esi                    ; u32 magic
        mov edx, edi                    ; phys_addr_t info
        push ebp                        ; no return address
        jmp kernel_main

section .bss align=PAGE_SIZE

; A stack that overflows must hit something that is not mapped: pt_init()
; unmaps the page below it.
global boot_stack_guard, boot_stack, boot_stack_top
boot_stack_guard:
        resb PAGE_SIZE
boot_stack:
        resb STACK_SIZE
boot_stack_top:

global boot_directory
boot_directory:
        resb PAGE_SIZE

; The time stamp counter at boot_start; 0 if the processor has none.
global boot_entry_ticks
boot_entry_ticks:
        resq 1

section .note.GNU-stack noalloc noexec nowrite progbits
