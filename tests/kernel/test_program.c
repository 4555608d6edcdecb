/*
 * Tests of how a program's file gets into a space: what cannot be loaded leaves
 * nothing behind.
 */
#include "abi/errno.h"
#include "abi/wait.h"
#include "programs.h"
#include "strata_test.h"

PROGRAM(nothing, "xor %ebx, %ebx\n mov $1, %eax\n int $0x80\n");

/* Load the file that was made, and forget it. */
static i32 load(void)
{
    struct program program;
    struct vm_space *space;
    struct trap_frame frame;
    i32 result = programs_open(&program);

    if (result == 0)
        result = program_load(&program, 1 << 20, &space, &frame);
    if (result == 0)
        vm_space_put(space);
    program_close(&program);
    return result;
}

static struct program_file *make(void)
{
    return programs_make(nothing, nothing_end);
}

TEST(program, a_sound_file_is_loaded)
{
    make();
    EXPECT_EQ(load(), 0);
}

TEST(program, a_file_that_is_none_is_refused)
{
    make()->header.ident[1] = 'F';
    EXPECT_EQ(load(), -ENOEXEC);
    make()->header.program_header_count = 0xffff;
    EXPECT_EQ(load(), -ENOEXEC);
    make()->table[1].address = 0xc0000000;
    EXPECT_EQ(load(), -ENOEXEC);
    make()->table[1].address = PROGRAMS_START;
    EXPECT_EQ(load(), -ENOEXEC);
}

TEST(program, one_that_leaves_no_room_for_a_stack_is_refused)
{
    make()->table[1].address = 0xbffff000;
    EXPECT_EQ(load(), -ENOMEM);
}

TEST(program, one_that_needs_more_than_there_is_is_refused)
{
    struct vm_stats stats;

    vm_stats(&stats);
    if (stats.limit > 0xb0000000 >> PAGE_SHIFT)
        SKIP("there may be as much");
    make()->table[1].memory_bytes = 0xb0000000;
    EXPECT_EQ(load(), -ENOMEM);
}

/* A segment whose zeros begin in the file's page: they are written. */
TEST(program, what_the_file_does_not_fill_is_zero)
{
    struct program_file *file = make();
    struct program program;
    struct vm_space *space;
    struct trap_frame frame;
    u8 bytes[2] = { 1, 1 };

    file->table[1] = file->table[0];
    file->table[1].address += PAGE_SIZE;
    file->table[1].file_bytes = 4;
    file->table[1].memory_bytes = 3 * PAGE_SIZE;
    file->table[1].flags = ELF_READ | ELF_WRITE;
    EXPECT_EQ(programs_open(&program), 0);
    if (EXPECT(program_load(&program, 1 << 20, &space, &frame) == 0)) {
        EXPECT(vm_read(space, PROGRAMS_START + PAGE_SIZE + 3, bytes, 2));
        EXPECT(bytes[0] == 'F' && bytes[1] == 0);
        EXPECT(vm_read(space, PROGRAMS_START + 2 * PAGE_SIZE - 1, bytes, 2));
        EXPECT(bytes[0] == 0 && bytes[1] == 0);
        vm_space_put(space);
    }
    program_close(&program);
}

/* What a process needs can fail at any of its allocations. */
TEST(program, one_for_which_there_is_not_enough_memory_leaves_nothing)
{
    u32 status, refused = 0;

    make();
    for (u32 spare = 0; spare < 60; spare++) {
        test_drain(ZONE_ANY, spare);
        i32 pid = programs_start();
        if (pid > 0)
            EXPECT_EQ(process_wait(NULL, pid, true, &status, NULL), pid);
        else
            refused++;
        test_refill();
        if (pid < 0)
            EXPECT_EQ(pid, -ENOMEM);
        EXPECT_EQ(programs_count(), 0);
    }
    EXPECT(refused > 0 && refused < 60);
    EXPECT_EQ(status, 0);
}
