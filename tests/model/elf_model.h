/*
 * elf_model.h - which ELF files are programs, judged in the plainest way: in 64
 * bits, where no sum wraps, each pair of segments against each other.
 */
#ifndef ELF_MODEL_H
#define ELF_MODEL_H

#include "kernel/elf.h"

/* A file: its header, and the table of program headers that it leads to if that
 * lies within the file. */
struct elf_case {
    struct elf_header header;
    const struct elf_program_header *table;
    u32 file_bytes;
};

/*
 * Give a file to kernel/proc/elf_check.c.
 *
 * Returns: NULL if the judgement is the model's, and with it what is told of
 *          the image; else a sentence that says what differs.
 */
const char *elf_model_try(const struct elf_case *file);

/* Make a file from random numbers: a sound one, then some words of it are
 * replaced by others that are near a limit. `table` has room for 8. */
struct elf_case elf_model_make(u32 *seed, struct elf_program_header *table);

#endif
