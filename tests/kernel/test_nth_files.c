/*
 * Every operation on files and descriptors that allocates, with too little
 * memory.
 */
#include "kernel/devices.h"
#include "kernel/files.h"
#include "kernel/initrd.h"
#include "kernel/pipe.h"
#include "nth.h"
#include "programs.h"
#include "stage.h"

enum { MANY = 100 }; /* a descriptor that needs a larger table */

static struct {
    struct files *files, *made;
    struct file *file, *opened;
    struct file *ends[2];
} swept;

static void put_all(void)
{
    struct file *const files[] = { swept.opened, swept.ends[0], swept.ends[1],
                                   swept.file };

    if (swept.made)
        files_put(swept.made);
    if (swept.files)
        files_put(swept.files);
    for (u32 i = 0; i < ARRAY_SIZE(files); i++)
        if (files[i])
            file_put(files[i]);
    swept.files = swept.made = NULL;
    swept.file = swept.opened = swept.ends[0] = swept.ends[1] = NULL;
}

static void sweep(void (*prepare)(u32 size), bool (*run)(u32 size))
{
    stage_sweep(prepare, run, put_all, 0);
}

/* -------------------------------------------------------------- descriptors */

static const struct file_operations operations;

static bool create_files(u32 unused)
{
    (void)unused;
    swept.made = files_create();
    return swept.made != NULL;
}

SWEEP(files_create, leaves_no_table)
{
    sweep(NULL, create_files);
}

/* A file, and a table that has it as its descriptor 0. */
static void make_files(u32 unused)
{
    (void)unused;
    swept.files = files_create();
    swept.file = file_create(&operations, 0, NULL);
    file_get(swept.file);
    EXPECT_EQ(files_add(swept.files, swept.file, 0, false), 0);
}

static void make_many_files(u32 unused)
{
    make_files(unused);
    file_get(swept.file);
    EXPECT_EQ(files_add(swept.files, swept.file, MANY, false), MANY);
}

static bool copy_files(u32 unused)
{
    (void)unused;
    swept.made = files_copy(swept.files);
    EXPECT_EQ(swept.file->references, swept.made ? 5 : 3);
    return swept.made != NULL;
}

SWEEP(files_copy, takes_no_reference)
{
    sweep(make_many_files, copy_files);
}

/* The table takes over the reference, or it stays the caller's. */
static bool take_over(i32 fd)
{
    EXPECT_EQ(swept.file->references, 3);
    EXPECT(files_at(swept.files, MANY) == (fd == MANY ? swept.file : NULL));
    if (fd != MANY)
        file_put(swept.file);
    return stage_is_done(fd);
}

static bool add(u32 unused)
{
    (void)unused;
    file_get(swept.file);
    return take_over(files_add(swept.files, swept.file, MANY, true));
}

SWEEP(files_add, leaves_the_file_to_its_caller)
{
    sweep(make_files, add);
}

static bool replace(u32 unused)
{
    (void)unused;
    file_get(swept.file);
    return take_over(files_replace(swept.files, swept.file, MANY, true));
}

SWEEP(files_replace, leaves_the_file_to_its_caller)
{
    sweep(make_files, replace);
}

/* -------------------------------------------------------------------- files */

static bool create_file(u32 unused)
{
    (void)unused;
    swept.opened = file_create(&operations, 0, NULL);
    return swept.opened != NULL;
}

SWEEP(file_create, leaves_no_file)
{
    sweep(NULL, create_file);
}

static bool open_console(u32 unused)
{
    (void)unused;
    swept.opened = console_open();
    return swept.opened != NULL;
}

SWEEP(console_open, leaves_no_file)
{
    sweep(NULL, open_console);
}

static bool create_pipe(u32 unused)
{
    i32 result = pipe_create(swept.ends, 0);

    (void)unused;
    if (result)
        swept.ends[0] = swept.ends[1] = NULL;
    return stage_is_done(result);
}

SWEEP(pipe_create, leaves_no_end)
{
    sweep(NULL, create_pipe);
}

PROGRAM(nothing, "hlt\n");

/* The object's table is there, and would stay: its second page, which cannot be
 * read, was asked for. */
static void make_file(u32 unused)
{
    struct program program;
    u8 byte;

    (void)unused;
    programs_make(nothing, nothing_end);
    EXPECT_EQ(programs_open(&program), 0);
    swept.file = program.file;
    file_get(swept.file);
    program_close(&program);
    EXPECT_EQ(file_load(swept.file, PAGE_SIZE, &byte, 1), -EIO);
}

static bool load(u32 unused)
{
    u8 byte = 0;
    i32 result = file_load(swept.file, 1, &byte, 1);

    (void)unused;
    EXPECT_EQ(byte, result == 1 ? 'E' : 0);
    return stage_is_done(result);
}

SWEEP(file_load, fills_no_page)
{
    sweep(make_file, load);
}

/* ----------------------------------------------------------------- the tree */

static bool open(u32 unused)
{
    (void)unused;
    return stage_is_done(initrd_open(STAGE_FILE, O_RDWR, &swept.opened));
}

SWEEP(initrd_open, leaves_no_file)
{
    sweep(NULL, open);
}

static bool open_at(u32 unused)
{
    struct spot dev;

    (void)unused;
    EXPECT_EQ(initrd_find(NULL, "/dev", true, &dev), 0);
    return stage_is_done(initrd_open_at(&dev, "zero", O_RDWR, &swept.opened));
}

SWEEP(initrd_open_at, leaves_no_file)
{
    sweep(NULL, open_at);
}

static bool find(u32 unused)
{
    struct spot node;

    (void)unused;
    return stage_is_done(initrd_find(NULL, "/fixture/link", true, &node));
}

SWEEP(initrd_find, of_a_link_finds_nothing)
{
    struct spot link;

    if (initrd_find(NULL, "/fixture/link", false, &link))
        SKIP("needs the archive of tests/boot/test_initrd.py");
    sweep(NULL, find);
}
