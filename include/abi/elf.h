/*
 * abi/elf.h - executable files, and what a program finds on its stack.
 */
#ifndef ABI_ELF_H
#define ABI_ELF_H

#include "lib/types.h"

enum {
    ELF_CLASS_32 = 1,
    ELF_LITTLE_ENDIAN = 1,
    ELF_VERSION = 1,
    ELF_MACHINE_386 = 3,
};

enum elf_ident {
    ELF_IDENT_CLASS = 4,
    ELF_IDENT_DATA = 5,
    ELF_IDENT_VERSION = 6,
    ELF_IDENT_BYTES = 16,
};

enum elf_type {
    ELF_EXECUTABLE = 2, /* its addresses are fixed */
    ELF_DYNAMIC = 3,    /* it runs anywhere        */
};

/* The first bytes of the file. */
struct elf_header {
    u8 ident[ELF_IDENT_BYTES];
    u16 type;
    u16 machine;
    u32 version;
    u32 entry;                 /* where it starts                   */
    u32 program_headers;       /* where in the file they are        */
    u32 section_headers;
    u32 flags;
    u16 header_bytes;
    u16 program_header_bytes;  /* of each                           */
    u16 program_header_count;
    u16 section_header_bytes;
    u16 section_header_count;
    u16 section_names;
};

enum elf_segment_type {
    ELF_LOAD = 1,
    ELF_INTERPRETER = 3,
    ELF_PROGRAM_HEADERS = 6,
};

enum elf_segment_flag {
    ELF_EXEC = 1,
    ELF_WRITE = 2,
    ELF_READ = 4,
};

/* What lies where: one a segment. */
struct elf_program_header {
    u32 type;
    u32 offset;       /* in the file                                */
    u32 address;      /* in memory                                  */
    u32 physical;
    u32 file_bytes;   /* that come from the file                    */
    u32 memory_bytes; /* in all; the rest is zeros                  */
    u32 flags;
    u32 align;
};

/* What the pairs at the end of the initial stack tell. */
enum auxv_type {
    AT_NULL = 0,
    AT_PHDR = 3,
    AT_PHENT = 4,
    AT_PHNUM = 5,
    AT_PAGESZ = 6,
    AT_BASE = 7,
    AT_FLAGS = 8,
    AT_ENTRY = 9,
    AT_UID = 11,
    AT_EUID = 12,
    AT_GID = 13,
    AT_EGID = 14,
    AT_PLATFORM = 15,
    AT_HWCAP = 16,
    AT_CLKTCK = 17,
    AT_SECURE = 23,
    AT_RANDOM = 25,
    AT_EXECFN = 31,
};

struct auxv_pair {
    u32 type;
    u32 value;
};

#endif
