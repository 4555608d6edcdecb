/*
 * Tests of the tree of files, on the archive that tests/boot/test_initrd.py
 * makes; its folder /fixture is what they know of.
 */
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "kernel/devices.h"
#include "kernel/initrd.h"
#include "kernel/string.h"
#include "mm/kheap.h"
#include "mm/vm.h"

#include "strata_test.h"
#include "user_room.h"

enum { FILE_BYTES = 10000, PERIOD = 251 };

/* Static text, and that the archive is there. */
#define NEED_FIXTURE()                                                   \
    do {                                                                 \
        struct spot fixture;                                             \
        if (initrd_find(NULL, "/fixture", true, &fixture))               \
            SKIP("needs the archive of tests/boot/test_initrd.py");      \
    } while (0)

static u8 expected(u32 offset)
{
    return (u8)(offset * 7 % PERIOD);
}

static i32 find(const char *path)
{
    struct spot node;

    return initrd_find(NULL, path, true, &node);
}

static u32 inode_of(const char *path, bool follow)
{
    struct file_status about;
    struct spot node;

    if (initrd_find(NULL, path, follow, &node))
        return 0;
    initrd_describe(&node, &about);
    return about.inode;
}

static bool is_same(const char *one, const char *other)
{
    return inode_of(one, true) && inode_of(one, true) == inode_of(other, true);
}

TEST(initrd, paths_lead_where_they_should)
{
    static const char *const same[][2] = {
        { "/", "/.." }, { "/", "/fixture/../." }, { "fixture", "/fixture" },
        { "//fixture///file", "/fixture/file" },
        { "/fixture/", "/fixture" }, { "/fixture/./file", "/fixture/file" },
        { "/fixture/deep/a/../../file", "/fixture/file" },
        { "/fixture/link", "/fixture/file" },
        { "/fixture/absolute", "/fixture/file" },
        { "/fixture/here/here/here/file", "/fixture/file" },
        { "/fixture/here/", "/fixture" },
        { "/fixture/up/fixture/file", "/fixture/file" },
        { "/fixture/chain39", "/fixture/file" },
        { "/fixture/first", "/fixture/second" },
    };

    NEED_FIXTURE();
    for (u32 i = 0; i < ARRAY_SIZE(same); i++)
        EXPECT(is_same(same[i][0], same[i][1]));
    EXPECT(inode_of("/fixture/link", false) != inode_of("/fixture/link", true));
    EXPECT(inode_of("/fixture/here/", false) == inode_of("/fixture", true));
}

TEST(initrd, paths_that_lead_nowhere_say_why)
{
    static const struct {
        const char *path;
        i32 error;
    } wrong[] = {
        { "", -ENOENT }, { "/nothing", -ENOENT }, { "/nothing/more", -ENOENT },
        { "/fixture/file/", -ENOTDIR }, { "/fixture/file/.", -ENOTDIR },
        { "/fixture/file/..", -ENOTDIR }, { "/fixture/file/more", -ENOTDIR },
        { "/fixture/link/", -ENOTDIR }, { "/fixture/loop", -ELOOP },
        { "/fixture/loop/more", -ELOOP }, { "/fixture/chain41", -ELOOP },
        { "/fixture/nowhere", -ENOENT }, { "/fixture/nowhere/", -ENOENT },
        { "/fixture/escape", -ENOENT }, { "/escape", -ENOENT },
    };

    NEED_FIXTURE();
    for (u32 i = 0; i < ARRAY_SIZE(wrong); i++)
        EXPECT_EQ(find(wrong[i].path), wrong[i].error);
}

TEST(initrd, a_name_has_at_most_255_characters)
{
    char path[12 + NAME_MAX + 2] = "/fixture/";

    NEED_FIXTURE();
    for (u32 i = 9; i < 9 + NAME_MAX; i++)
        path[i] = 'n';
    EXPECT_EQ(find(path), 0);
    path[9 + NAME_MAX] = 'n';
    EXPECT_EQ(find(path), -ENAMETOOLONG);
}

TEST(initrd, names_that_make_no_sense_are_left_out)
{
    NEED_FIXTURE();
    EXPECT_EQ(find("/fixture/dotted"), 0);
    EXPECT_EQ(find("/fixture/rooted"), 0);
    EXPECT_EQ(find("/fixture/deep/a/b/c"), 0);
    EXPECT_EQ(find("/fixture/file/below"), -ENOTDIR);
    EXPECT_EQ(find("/fixture/odd"), -ENOENT);
}

static i32 try_open(const char *path, u32 flags)
{
    struct file *file;
    i32 error = initrd_open(path, flags, &file);

    if (!error)
        file_put(file);
    return error;
}

TEST(initrd, opening_follows_the_rules_of_a_read_only_system)
{
    static const struct {
        const char *path;
        u32 flags;
        i32 error;
    } tries[] = {
        { "/fixture/file", O_RDONLY, 0 },
        { "/fixture/file", O_RDONLY | O_CREAT, 0 },
        { "/fixture/file", O_RDONLY | O_CREAT | O_EXCL, -EEXIST },
        { "/fixture/link", O_RDONLY | O_CREAT | O_EXCL, -EEXIST },
        { "/fixture/nowhere", O_RDONLY | O_CREAT | O_EXCL, -EEXIST },
        { "/fixture/file", O_WRONLY, -EROFS },
        { "/fixture/file", O_RDWR, -EROFS },
        { "/fixture/file", O_RDONLY | O_TRUNC, -EROFS },
        { "/fixture/new", O_RDONLY, -ENOENT },
        { "/fixture/new", O_WRONLY | O_CREAT, -EROFS },
        { "/fixture/new/file", O_WRONLY | O_CREAT, -ENOENT },
        { "/fixture/nowhere", O_WRONLY | O_CREAT, -EROFS },
        { "/fixture", O_RDONLY, 0 },
        { "/fixture", O_RDONLY | O_DIRECTORY, 0 },
        { "/fixture", O_WRONLY, -EISDIR },
        { "/fixture", O_RDONLY | O_CREAT, -EISDIR },
        { "/fixture/file", O_RDONLY | O_DIRECTORY, -ENOTDIR },
        { "/fixture/link", O_RDONLY | O_NOFOLLOW, -ELOOP },
        { "/fixture/link", O_PATH | O_NOFOLLOW, 0 },
        { "/fixture/here/file", O_RDONLY | O_NOFOLLOW, 0 },
        { "/fixture/fifo", O_RDONLY, -ENXIO },
        { "/fixture/disk", O_RDONLY, -ENXIO },
        { "/fixture/device", O_RDONLY, -ENXIO },
        { "/fixture", O_TMPFILE | O_RDWR, -EROFS },
        { "/dev/null", O_RDWR, 0 },
        { "/dev/zero", O_RDWR | O_TRUNC, 0 },
        { "/dev/console", O_RDWR, 0 },
        { "/dev/null", O_RDWR | O_DIRECTORY, -ENOTDIR },
    };

    NEED_FIXTURE();
    for (u32 i = 0; i < ARRAY_SIZE(tries); i++)
        EXPECT_EQ(try_open(tries[i].path, tries[i].flags), tries[i].error);
}

/* Does so much of the room show the file from `offset` on? */
static bool room_shows(u32 offset, u32 bytes)
{
    for (u32 i = 0; i < bytes; i++)
        if (user_room_get(i) != expected(offset + i))
            return false;
    return true;
}

static i32 read_to_room(struct file *file, u32 bytes)
{
    struct user_buffer buffer = user_buffer(user_room(0), bytes);

    return file_read(file, &buffer);
}

TEST(initrd, a_file_reads_as_it_was_written)
{
    struct file *file;

    NEED_FIXTURE();
    if (!user_room_enter(3))
        SKIP("needs a space");
    EXPECT_EQ(initrd_open("/fixture/file", O_RDONLY, &file), 0);
    EXPECT_EQ(read_to_room(file, 1), 1);
    EXPECT(room_shows(0, 1));
    EXPECT_EQ(read_to_room(file, 5000), 5000);
    EXPECT(room_shows(1, 5000));
    EXPECT_EQ(read_to_room(file, 3 * PAGE_SIZE), FILE_BYTES - 5001);
    EXPECT(room_shows(5001, FILE_BYTES - 5001));
    EXPECT_EQ(read_to_room(file, 1), 0);
    file->offset = 1ull << 33;
    EXPECT_EQ(read_to_room(file, 1), 0);
    file_put(file);
    user_room_leave();
}

TEST(initrd, its_object_shows_the_same_and_zeros_behind)
{
    struct vm_object *object;
    struct file *file;
    pfn_t frame;
    u8 bytes[100];

    NEED_FIXTURE();
    EXPECT_EQ(initrd_open("/fixture/file", O_RDONLY, &file), 0);
    EXPECT_EQ(file_load(file, PAGE_SIZE - 50, bytes, 100), 100);
    for (u32 i = 0; i < 100; i++)
        EXPECT_EQ(bytes[i], expected(PAGE_SIZE - 50 + i));
    EXPECT_EQ(file_load(file, FILE_BYTES - 10, bytes, 100), 10);
    EXPECT_EQ(file_load(file, FILE_BYTES, bytes, 100), 0);
    EXPECT_EQ(file_load(file, ~0u, bytes, 100), 0);

    EXPECT_EQ(file_object(file, &object), 0);
    EXPECT_EQ(vm_object_frame(object, 2, &frame), OK);
    u8 *memory = window_map(frame);
    EXPECT_EQ(memory[FILE_BYTES % PAGE_SIZE - 1], expected(FILE_BYTES - 1));
    EXPECT_EQ(memory[FILE_BYTES % PAGE_SIZE], 0);
    window_unmap(memory);
    EXPECT_EQ(vm_object_frame(object, 3, &frame), ERR_BUS);
    file_put(file);
    EXPECT(initrd_trim() >= 1);
}

TEST(initrd, one_file_may_have_several_names_and_one_content)
{
    struct file_status about;
    struct spot node;
    struct file *file;
    u8 bytes[8];

    NEED_FIXTURE();
    EXPECT_EQ(initrd_find(NULL, "/fixture/first", true, &node), 0);
    initrd_describe(&node, &about);
    EXPECT_EQ(about.links, 2);
    EXPECT_EQ(about.size, 6);
    EXPECT_EQ(initrd_open("/fixture/first", O_RDONLY, &file), 0);
    EXPECT_EQ(file_load(file, 0, bytes, sizeof bytes), 6);
    EXPECT(memcmp(bytes, "linked", 6) == 0);
    file_put(file);
    initrd_trim();
}

TEST(initrd, a_name_that_comes_twice_is_the_later_file)
{
    struct file *file;
    u8 bytes[8];

    NEED_FIXTURE();
    EXPECT_EQ(initrd_open("/fixture/twice", O_RDONLY, &file), 0);
    EXPECT_EQ(file_load(file, 0, bytes, sizeof bytes), 3);
    EXPECT(memcmp(bytes, "two", 3) == 0);
    file_put(file);
    initrd_trim();
}

TEST(initrd, a_link_can_be_read)
{
    struct spot node;
    char text[8];

    NEED_FIXTURE();
    EXPECT_EQ(initrd_find(NULL, "/fixture/link", false, &node), 0);
    EXPECT_EQ(initrd_read_link(&node, text, sizeof text), 4);
    EXPECT(memcmp(text, "file", 4) == 0);
    EXPECT_EQ(initrd_read_link(&node, text, 2), 2);
    EXPECT_EQ(initrd_find(NULL, "/fixture/file", false, &node), 0);
    EXPECT_EQ(initrd_read_link(&node, text, sizeof text), -EINVAL);
}

/* Entries seen of /fixture/deep, which has the directory a, and file, f. */
struct seen {
    u32 count, most;
    char initials[8];
};

static bool see(const struct file_entry *entry, u64 offset_behind,
                void *context)
{
    struct seen *seen = context;

    if (seen->count == seen->most)
        return false;
    seen->initials[seen->count++] = entry->name[0];
    EXPECT_EQ(offset_behind, seen->count);
    return true;
}

TEST(initrd, a_directory_lists_its_entries_whoever_stops_between)
{
    struct file *file;

    NEED_FIXTURE();
    for (u32 step = 1; step <= 5; step++) {
        struct seen seen = { .count = 0 };

        EXPECT_EQ(initrd_open("/fixture/deep", O_RDONLY, &file), 0);
        for (u32 i = 0; i < 5; i++) {
            seen.most = min_u32(seen.count + step, 7);
            file->operations->entries(file, see, &seen);
        }
        EXPECT_EQ(seen.count, 4);
        EXPECT(memcmp(seen.initials, "..af", 4) == 0);
        file_put(file);
    }
}

TEST(initrd, devices_are_there_without_an_archive)
{
    struct file *file;

    if (!user_room_enter(1))
        SKIP("needs a space");
    user_room_set(0, 1);
    EXPECT_EQ(initrd_open("/dev/null", O_RDWR, &file), 0);
    EXPECT_EQ(read_to_room(file, 10), 0);
    file_put(file);
    EXPECT_EQ(initrd_open("/dev/zero", O_RDONLY, &file), 0);
    EXPECT_EQ(read_to_room(file, 10), 10);
    EXPECT_EQ(user_room_get(0), 0);
    EXPECT_EQ(read_to_room(file, PAGE_SIZE + 10), PAGE_SIZE);
    file_put(file);
    EXPECT_EQ(try_open("/dev/console", O_RDWR), 0);
    EXPECT_EQ(try_open("/dev/tty", O_RDWR), -ENXIO);
    user_room_leave();
}
