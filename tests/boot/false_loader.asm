; tests/boot/false_loader.asm - a boot loader that says what it is told to.
;
; A loader loads it (it is a Multiboot program itself) with two modules: the
; kernel's ELF file, and a case: what to claim, as bytes.
;
;      case    dd EAX, EBX                     at the kernel's entry
;              dd address, count; db ...       bytes to copy to an address
;              ...
;              dd 0, 0                         the end
;
; It puts the kernel's segments where they belong, copies the bytes, and jumps
; to the kernel's entry. Of what it was itself told by its own loader nothing
; is left. It is linked at 3 MiB, and its modules lie behind it: so kernel and
; copied bytes must stay below.

bits 32

MULTIBOOT_MAGIC         equ 0x1badb002
MULTIBOOT_PAGE_ALIGN    equ 1 << 0

; Offsets in the Multiboot information and in the list of modules.
MODULES                 equ 24
MODULE_START            equ 0
MODULE_BYTES            equ 16          ; of an entry of the list

; Offsets in an ELF file and in a program header.
ELF_ENTRY               equ 24
ELF_HEADERS             equ 28
ELF_HEADER_BYTES        equ 42
ELF_HEADER_COUNT        equ 44
SEGMENT_TYPE            equ 0
SEGMENT_OFFSET          equ 4
SEGMENT_PHYSICAL        equ 12
SEGMENT_FILE_BYTES      equ 16
SEGMENT_MEMORY_BYTES    equ 20
SEGMENT_LOAD            equ 1

section .text

align 4
        dd MULTIBOOT_MAGIC
        dd MULTIBOOT_PAGE_ALIGN
        dd -(MULTIBOOT_MAGIC + MULTIBOOT_PAGE_ALIGN)

global start
start:
        cli
        cld
        mov esp, stack_top
        mov eax, [ebx + MODULES]
        mov ebp, [eax + MODULE_START]                   ; the kernel's file
        push dword [eax + MODULE_BYTES + MODULE_START]  ; the case

        movzx edx, word [ebp + ELF_HEADER_COUNT]
        mov ebx, [ebp + ELF_HEADERS]
        add ebx, ebp
.segment:
        cmp dword [ebx + SEGMENT_TYPE], SEGMENT_LOAD
        jne .next_segment
        mov esi, [ebx + SEGMENT_OFFSET]
        add esi, ebp
        mov edi, [ebx + SEGMENT_PHYSICAL]
        mov ecx, [ebx + SEGMENT_FILE_BYTES]
        rep movsb
        mov ecx, [ebx + SEGMENT_MEMORY_BYTES]
        sub ecx, [ebx + SEGMENT_FILE_BYTES]
        xor eax, eax
        rep stosb
.next_segment:
        movzx eax, word [ebp + ELF_HEADER_BYTES]
        add ebx, eax
        dec edx
        jnz .segment

        pop esi
        lodsd
        mov edx, eax                                    ; for EAX
        lodsd
        mov ebx, eax
.bytes:
        lodsd
        mov edi, eax
        lodsd
        mov ecx, eax
        or eax, edi
        jz .jump
        rep movsb
        jmp .bytes
.jump:
        mov eax, edx
        jmp [ebp + ELF_ENTRY]

section .bss
        resd 16
stack_top:

section .note.GNU-stack noalloc noexec nowrite progbits
