/*
 * Page faults with too little memory: of the kernel, which touches a program's
 * memory and goes on without, and of programs, which are killed for it.
 */
#include "kernel/file.h"
#include "nth.h"
#include "programs.h"
#include "stage.h"

/* ------------------------------------------------------------ of the kernel */

enum { NEAR = USER_ROOM + CHUNK_SIZE / 2 }; /* in a chunk that has a table */

static struct {
    struct vm_space *copy;
    struct program program; /* whose file is mapped...          */
    u32 at;                 /* here                             */
} swept;

/* Each page of the room is shared with a copy of the space. */
static void make_copy(u32 unused)
{
    stage_enter(unused);
    swept.copy = vm_space_fork(thread_current()->space);
    EXPECT(swept.copy != NULL);
}

PROGRAM(nothing, "hlt\n");

static void map_file(u32 at, u32 flags)
{
    struct vm_request request = { .at = at, .bytes = PAGE_SIZE, .flags = flags,
                                  .place = VM_NO_REPLACE };
    virt_addr_t got;

    stage_enter(0);
    programs_make(nothing, nothing_end);
    EXPECT_EQ(programs_open(&swept.program), 0);
    EXPECT_EQ(file_object(swept.program.file, &request.object), 0);
    EXPECT_EQ(vm_map(thread_current()->space, &request, &got), OK);
    swept.at = at;
}

/* The object has a table, and would keep it: its second page, which cannot be
 * read, was asked for. */
static void map_cold_file(u32 flags)
{
    u8 byte;

    map_file(NEAR, flags);
    EXPECT(file_load(swept.program.file, PAGE_SIZE, &byte, 1) < 0);
}

/* The object has the page, and would keep it. */
static void map_warm_file(u32 flags)
{
    u8 byte;

    map_file(STAGE_FAR + CHUNK_SIZE, flags);
    EXPECT_EQ(file_load(swept.program.file, 0, &byte, 1), 1);
}

static void leave(void)
{
    if (swept.copy)
        vm_space_put(swept.copy);
    program_close(&swept.program);
    swept.copy = NULL;
    swept.program = (struct program){ .text = NULL };
    stage_leave();
}

static bool read_byte(u32 at)
{
    u8 byte;

    return user_read(&byte, user_addr(at), 1);
}

static bool write_byte(u32 at)
{
    u8 byte = 1;

    return user_write(user_addr(at), &byte, 1);
}

static bool read_file(u32 unused)
{
    (void)unused;
    return read_byte(swept.at);
}

static bool write_file(u32 unused)
{
    (void)unused;
    return write_byte(swept.at);
}

SWEEP(trap_of_kernel, that_finds_no_page_ends_the_copy)
{
    stage_sweep(stage_enter, read_byte, leave, STAGE_FAR);
    stage_sweep(stage_enter, write_byte, leave, STAGE_FAR);
    stage_sweep(make_copy, write_byte, leave, USER_ROOM + STAGE_EMPTY);
}

SWEEP(trap_of_kernel, that_finds_no_page_of_a_file_ends_the_copy)
{
    stage_sweep(map_cold_file, read_file, leave, VM_READ);
    stage_sweep(map_warm_file, read_file, leave, VM_READ);
    stage_sweep(map_warm_file, read_file, leave, VM_READ | VM_SHARED);
    stage_sweep(map_warm_file, write_file, leave, VM_READ | VM_WRITE);
}

/* -------------------------------------------------------------- of programs */

/* That of each one's first instruction needs a page table, too. */
#define EXIT "xor %ebx, %ebx\n mov $1, %eax\n int $0x80\n"

PROGRAM(read_zeros, "mov 0x0804b000, %eax\n" EXIT);
PROGRAM(write_zeros, "movl $1, 0x0804b000\n" EXIT);
PROGRAM(read_and_write, "mov 0x0804b000, %eax\n movl $1, 0x0804b000\n" EXIT);
PROGRAM(grow_stack, "movl $1, -0x20000(%esp)\n" EXIT);
PROGRAM(read_file_page, "mov 0x0804e000, %eax\n" EXIT);
PROGRAM(copy_file_page, "movl $1, 0x0804e000\n" EXIT);

SWEEP(trap_of_user, kills_the_program_that_finds_no_page)
{
    stage_sweep_program(read_zeros);
    stage_sweep_program(write_zeros);
    stage_sweep_program(read_and_write);
    stage_sweep_program(grow_stack);
}

SWEEP(trap_of_user, kills_the_program_that_finds_no_page_of_its_file)
{
    stage_sweep_program(read_file_page);
    stage_sweep_program(copy_file_page);
}

/* Eight pages that nobody promised. */
PROGRAM(take_unpromised,
    "xor %ebx, %ebx\n mov $0x8000, %ecx\n mov $3, %edx\n mov $0x4022, %esi\n"
    "mov $-1, %edi\n xor %ebp, %ebp\n mov $192, %eax\n int $0x80\n"
    "test %eax, %eax\n js 2f\n mov $8, %ecx\n"
    "1: movl $1, (%eax)\n add $4096, %eax\n loop 1b\n" EXIT
    "2: neg %eax\n mov %eax, %ebx\n mov $1, %eax\n int $0x80\n");

SWEEP(process_make_room, has_all_of_the_one_that_goes)
{
    stage_sweep_program(take_unpromised);
}
