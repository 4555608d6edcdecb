/*
 * kernel/elf.h - executable files: are they sound, and where does what go?
 */
#ifndef KERNEL_ELF_H
#define KERNEL_ELF_H

#include "abi/elf.h"
#include "lib/types.h"

struct file;
struct vm_space;

/* A program in memory. */
struct elf_image {
    u32 bias;            /* to be added to each address of the file       */
    u32 entry;           /* from here on addresses in memory: of the first
                            instruction                                   */
    u32 program_headers; /* 0: they are in none of the segments           */
    u32 program_header_count;
    u32 end;             /* page-aligned: behind the last segment         */
};

/*
 * Is the first part of a file the header of a program for this machine? Then
 * its table of program headers lies within the file, too.
 *
 * Returns:  NULL if so; otherwise what is wrong, to be put behind the file's
 *           name in a sentence.
 * Cost:     O(1).
 * Context:  any.
 */
NODISCARD const char *elf_check_header(const struct elf_header *header,
                                       u32 file_bytes);

/*
 * Can the segments be put into a space? Each within the file and the user half,
 * rising, no two in one page, the entry in one of them.
 *
 * header:   one that elf_check_header() has passed.
 * table:    its program headers.
 * image:    receives what they make.
 * Returns:  as elf_check_header().
 * Cost:     O(program headers).
 * Context:  any.
 */
NODISCARD const char *elf_check_segments(const struct elf_header *header,
                                         const struct elf_program_header *table,
                                         u32 file_bytes,
                                         struct elf_image *image);

/*
 * Map a program into a space, and zero what its file does not fill.
 *
 * image:    receives where it is.
 * wrong:    receives what is wrong with the file, or NULL.
 * Returns:  0; -ENOEXEC: *wrong says why; -ENOMEM; -EACCES: it cannot be
 *           mapped; -EIO. Then part of it may be mapped.
 * Cost:     O(program headers), a vm_map() or two a segment, and at most one
 *           page touched for each.
 * Context:  thread; `space` need not be the loaded one.
 */
NODISCARD i32 elf_load(struct vm_space *space, struct file *file,
                       struct elf_image *image, const char **wrong);

#endif
