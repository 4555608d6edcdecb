/*
 * programs.h - executable files for the tests of processes, made by hand.
 *
 *      PROGRAM(answer, "mov $42, %ebx\n mov $1, %eax\n int $0x80\n");
 *      EXPECT_EQ(programs_run(answer), W_EXITCODE(42, 0));
 */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include "abi/elf.h"
#include "kernel/program.h"
#include "mm/vm.h"

enum {
    PROGRAMS_CODE = 0x100,       /* where in the file                      */
    PROGRAMS_START = 0x08048000, /* where in memory the file's page is     */
    PROGRAMS_DATA = 0x0804a000,  /* a page to write to                     */
};

/* A program's code, which may only jump within itself. */
#define PROGRAM(name, code)                              \
    extern const u8 name[], name##_end[];                \
    __asm__(".pushsection .text\n" #name ":\n" code      \
            "\n" #name "_end:\n.popsection\n")

/* A file of two pages, of which the second cannot be read; its headers may be
 * changed. */
struct program_file {
    struct elf_header header;
    struct elf_program_header table[4];
};

/* Make the file of a program: a segment for code, one of zeros for data.
 * Returns: its headers, static. */
struct program_file *programs_make(const u8 *code, const u8 *end);

/* Open the file that was made, as `program`. Returns: 0 or -errno. */
i32 programs_open(struct program *program);

/* Start the file that was made. Returns: its number, or -errno. */
i32 programs_start(void);

/* Make, start and wait. Returns: the status of wait4(); ~0: not started. */
u32 programs_run_code(const u8 *code, const u8 *end);
#define programs_run(name) programs_run_code(name, name##_end)

/* How many processes there are, zombies too. */
u32 programs_count(void);

#endif
