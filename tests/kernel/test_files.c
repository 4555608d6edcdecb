/*
 * Tests of kernel/fs/files.c: descriptors.
 */
#include "kernel/files.h"

#include "strata_test.h"

static struct {
    struct files *files;
    struct file *file; /* that the test holds a reference of */
    u32 released;
} world;

static void release(struct file *file)
{
    (void)file;
    world.released++;
}

static const struct file_operations operations = { .release = release };

static bool enter(void)
{
    world.files = files_create();
    world.file = file_create(&operations, 0, NULL);
    world.released = 0;
    return world.files && world.file;
}

/* Everything is closed but what the test itself holds. */
static void leave(void)
{
    files_put(world.files);
    EXPECT_EQ(world.file->references, 1);
    file_put(world.file);
    EXPECT_EQ(world.released, 1);
}

static i32 add(u32 from, bool cloexec)
{
    i32 fd = files_add(world.files, world.file, from, cloexec);

    if (fd >= 0)
        file_get(world.file);
    return fd;
}

TEST(files, the_lowest_free_descriptor_is_given)
{
    if (!enter())
        SKIP("needs some heap");
    for (i32 fd = 0; fd < 20; fd++)
        EXPECT_EQ(add(0, false), fd);
    EXPECT_EQ(files_close(world.files, 3), 0);
    EXPECT_EQ(files_close(world.files, 17), 0);
    EXPECT_EQ(add(4, false), 17);
    EXPECT_EQ(add(0, false), 3);
    EXPECT_EQ(add(100, false), 100);
    EXPECT_EQ(add(0, false), 20);
    leave();
}

TEST(files, there_are_1024_and_no_more)
{
    if (!enter())
        SKIP("needs some heap");
    for (i32 fd = 0; fd < FILES_MAX; fd++)
        EXPECT_EQ(add(0, false), fd);
    EXPECT_EQ(add(0, false), -EMFILE);
    EXPECT_EQ(add(FILES_MAX, false), -EMFILE);
    EXPECT(files_at(world.files, FILES_MAX - 1) == world.file);
    EXPECT(files_at(world.files, FILES_MAX) == NULL);
    EXPECT(files_at(world.files, ~0u) == NULL);
    EXPECT_EQ(files_close(world.files, 500), 0);
    EXPECT_EQ(add(0, false), 500);
    leave();
}

TEST(files, a_descriptor_is_closed_once)
{
    if (!enter())
        SKIP("needs some heap");
    EXPECT_EQ(add(0, false), 0);
    EXPECT_EQ(files_close(world.files, 0), 0);
    EXPECT_EQ(files_close(world.files, 0), -EBADF);
    EXPECT_EQ(files_close(world.files, 1023), -EBADF);
    EXPECT_EQ(files_close(world.files, ~0u), -EBADF);
    leave();
}

TEST(files, a_copy_has_the_same_files_and_its_own_descriptors)
{
    if (!enter())
        SKIP("needs some heap");
    EXPECT_EQ(add(0, false), 0);
    EXPECT_EQ(add(700, true), 700);
    struct files *copy = files_copy(world.files);
    if (EXPECT(copy != NULL)) {
        EXPECT_EQ(world.file->references, 5);
        EXPECT(files_at(copy, 700) == world.file);
        EXPECT(files_is_cloexec(copy, 700));
        EXPECT(!files_is_cloexec(copy, 0));
        EXPECT_EQ(files_close(copy, 0), 0);
        EXPECT(files_at(world.files, 0) == world.file);
        EXPECT_EQ(files_add(copy, world.file, 1, false), 1);
        file_get(world.file);
        files_put(copy);
    }
    EXPECT_EQ(world.file->references, 3);
    leave();
}

TEST(files, exec_closes_what_it_is_to_close)
{
    if (!enter())
        SKIP("needs some heap");
    for (u32 fd = 0; fd < 100; fd++)
        EXPECT_EQ(add(0, fd % 3 == 0), (i32)fd);
    files_set_cloexec(world.files, 0, false);
    files_set_cloexec(world.files, 1, true);
    files_close_on_exec(world.files);
    EXPECT(files_at(world.files, 0) != NULL);
    EXPECT(files_at(world.files, 1) == NULL);
    for (u32 fd = 2; fd < 100; fd++)
        EXPECT_EQ(files_at(world.files, fd) == NULL, fd % 3 == 0);
    EXPECT_EQ(add(0, false), 1);
    EXPECT(!files_is_cloexec(world.files, 1));
    leave();
}

TEST(files, a_descriptor_that_is_replaced_closes_its_file)
{
    if (!enter())
        SKIP("needs some heap");
    EXPECT_EQ(add(0, true), 0);
    struct file *other = file_create(&operations, 0, NULL);
    if (EXPECT(other != NULL)) {
        EXPECT_EQ(files_replace(world.files, other, 0, false), 0);
        EXPECT_EQ(world.file->references, 1);
        EXPECT(!files_is_cloexec(world.files, 0));
        file_get(other);
        EXPECT_EQ(files_replace(world.files, other, 1023, true), 1023);
        EXPECT_EQ(files_close(world.files, 0), 0);
        EXPECT_EQ(world.released, 0);
        EXPECT_EQ(files_close(world.files, 1023), 0);
        EXPECT_EQ(world.released, 1);
        world.released = 0;
    }
    leave();
}
