/*
 * Every operation that makes a program ready to run, with too little memory.
 */
#include "abi/errno.h"
#include "kernel/elf.h"
#include "nth.h"
#include "programs.h"
#include "stage.h"

static struct {
    struct program program;
    struct vm_space *space;
} swept;

static void give_up(void)
{
    program_close(&swept.program);
    swept.program = (struct program){ .text = NULL };
    if (swept.space)
        vm_space_put(swept.space);
    swept.space = NULL;
}

static void give_up_and_leave(void)
{
    give_up();
    stage_leave();
}

/* What the program was given stays with it, until it is closed. */
static bool is_done(i32 result)
{
    if (result)
        give_up();
    return stage_is_done(result);
}

/* ------------------------------------------------------------ what is given */

/* The file that is always there may not be executed. */
static i32 but_for_rights(i32 result)
{
    return result == -EACCES ? 0 : result;
}

static bool open(u32 unused)
{
    (void)unused;
    return is_done(but_for_rights(program_open(&swept.program, STAGE_FILE)));
}

SWEEP(program_open, opens_no_file)
{
    stage_sweep(NULL, open, give_up, 0);
}

static bool open_user(u32 unused)
{
    (void)unused;
    return is_done(but_for_rights(
        program_open_user(&swept.program, USER_ROOM + STAGE_PATH)));
}

SWEEP(program_open_user, opens_no_file)
{
    stage_sweep(stage_enter, open_user, give_up_and_leave, 0);
}

static bool add(u32 unused)
{
    (void)unused;
    return is_done(program_add(&swept.program, "word"));
}

SWEEP(program_add, keeps_no_string)
{
    stage_sweep(NULL, add, give_up, 0);
}

/* So many pointers to the same word: the block has to grow. */
static void make_vector(u32 count)
{
    u32 word = USER_ROOM + STAGE_PATH;

    stage_enter(0);
    for (u32 i = 0; i < count; i++)
        EXPECT(user_write(user_room(STAGE_EMPTY + i * 4), &word, 4));
}

static bool add_vectors(u32 unused)
{
    enum { VECTOR = USER_ROOM + STAGE_EMPTY };

    (void)unused;
    return is_done(program_add_vectors(&swept.program, VECTOR, VECTOR));
}

SWEEP(program_add_vectors, keeps_no_string)
{
    stage_sweep(make_vector, add_vectors, give_up_and_leave, 1);
    stage_sweep(make_vector, add_vectors, give_up_and_leave, 500);
}

/* ---------------------------------------------------- a file becomes memory */

PROGRAM(halt, "hlt\n");

static void make_program(u32 unused)
{
    (void)unused;
    programs_make(halt, halt_end);
}

static bool load_elf(u32 unused)
{
    struct elf_image image;
    const char *wrong;
    i32 result = programs_open(&swept.program);

    (void)unused;
    swept.space = vm_space_create();
    if (result == 0)
        result = !swept.space ? -ENOMEM
                              : elf_load(swept.space, swept.program.file,
                                         &image, &wrong);
    return is_done(result);
}

SWEEP(elf_load, keeps_nothing_of_the_file)
{
    stage_sweep(make_program, load_elf, give_up, 0);
}

static bool load(u32 unused)
{
    struct trap_frame frame;
    i32 result = programs_open(&swept.program);

    (void)unused;
    if (result == 0) {
        result = program_load(&swept.program, CHUNK_SIZE, &swept.space,
                              &frame);
        EXPECT((swept.space != NULL) == (result == 0));
    }
    return is_done(result);
}

SWEEP(program_load, leaves_no_space)
{
    stage_sweep(make_program, load, give_up, 0);
}
