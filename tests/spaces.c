/*
 * tests/spaces.c - see spaces.h.
 */
#include "spaces.h"

#include "kernel/printf.h"
#include "mm/pt_user.h"
#include "mm/vm.h"

/* ---------------------------------------------------------------- requests */

struct vm_space *space_new(void)
{
    struct vm_space *space = vm_space_create();

    EXPECT(space != NULL);
    return space;
}

void space_show(struct vm_space *space, virt_addr_t at, u32 pages, u32 flags,
                struct vm_object *object, u32 first_page)
{
    struct vm_request request = { .at = at, .bytes = PAGES(pages),
                                  .flags = flags, .place = VM_REPLACE,
                                  .object = object, .first_page = first_page };
    virt_addr_t got = 0;

    EXPECT_EQ(vm_map(space, &request, &got), OK);
    EXPECT_EQ(got, at);
}

void space_map(struct vm_space *space, virt_addr_t at, u32 pages, u32 flags)
{
    space_show(space, at, pages, flags, NULL, 0);
}

enum status space_try(struct vm_space *space, virt_addr_t at, u32 bytes,
                      u32 flags, enum vm_place place)
{
    struct vm_request request = { .at = at, .bytes = bytes, .flags = flags,
                                  .place = place };
    virt_addr_t got;

    return vm_map(space, &request, &got);
}

virt_addr_t space_place(struct vm_space *space, virt_addr_t hint, u32 pages,
                        u32 flags)
{
    struct vm_request request = { .at = hint, .bytes = PAGES(pages),
                                  .flags = flags };
    virt_addr_t got = 0;

    return vm_map(space, &request, &got) == OK ? got : 0;
}

void space_unmap(struct vm_space *space, virt_addr_t at, u32 pages)
{
    EXPECT_EQ(vm_unmap(space, at, PAGES(pages)), OK);
}

/* ------------------------------------------------------------------- memory */

enum status space_touch(struct vm_space *space, virt_addr_t va,
                        enum vm_rights access)
{
    struct pt_walk walk = pt_walk(&space->pt, va);
    u32 need = access & VM_WRITE ? PT_WRITE | PT_USER : PT_USER;

    if (va < USER_END && walk.mapped && (walk.access & need) == need)
        return OK;
    return vm_fault(space, va, access);
}

u32 space_peek(struct vm_space *space, virt_addr_t va)
{
    u32 word;

    return vm_read(space, va, &word, sizeof word) ? word : UNREADABLE;
}

bool space_poke(struct vm_space *space, virt_addr_t va, u32 word)
{
    return vm_write(space, va, &word, sizeof word);
}

pfn_t space_frame(const struct vm_space *space, virt_addr_t va)
{
    struct pt_walk walk = pt_walk(&space->pt, va);

    return walk.mapped ? phys_to_pfn(walk.phys) : PFN_NONE;
}

/* -------------------------------------------------------------------- shape */

enum { SHAPE_MAX = 200 };

struct shape {
    char words[SHAPE_MAX];
    u32 used;
    virt_addr_t end; /* of the region before; 0: there is none */
};

PRINTF_LIKE(2, 3)
static void say(struct shape *shape, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    kvsnprintf(shape->words + shape->used, SHAPE_MAX - shape->used, format,
               arguments);
    va_end(arguments);
    while (shape->words[shape->used])
        shape->used++;
}

static void say_region(const struct vm_region *region, void *context)
{
    static const struct {
        u32 flag;
        char letter;
    } letters[] = {
        { VM_READ, 'r' }, { VM_WRITE, 'w' }, { VM_EXEC, 'x' },
        { VM_SHARED, 's' }, { VM_GROWS_DOWN, 'g' }, { VM_NO_RESERVE, 'n' },
        { VM_LOCKED, 'l' }, { VM_WIPE_ON_FORK, 'z' }, { VM_NOT_ON_FORK, 'o' },
    };
    struct shape *shape = context;

    if (shape->end && region->start != shape->end)
        say(shape, " .%u", (region->start - shape->end) / PAGE_SIZE);
    if (shape->end)
        say(shape, " ");
    if (!(region->flags & VM_RIGHTS))
        say(shape, "-");
    for (u32 i = 0; i < ARRAY_SIZE(letters); i++)
        if (region->flags & letters[i].flag)
            say(shape, "%c", letters[i].letter);
    say(shape, "%u", (region->end - region->start) / PAGE_SIZE);
    shape->end = region->end;
}

static bool same_text(const char *left, const char *right)
{
    while (*left && *left == *right) {
        left++;
        right++;
    }
    return *left == *right;
}

void space_expect_shape(const struct vm_space *space, const char *words,
                        const char *file, int line)
{
    struct shape shape = { .used = 0 };

    vm_each_region(space, say_region, &shape);
    if (!test_expect(same_text(shape.words, words), file, line, words))
        test_print("#   the space has: %s", shape.words);
}

/* ------------------------------------------------------------------- counts */

static u32 promised_by_us;

u32 space_promised(void)
{
    struct vm_stats stats;

    vm_stats(&stats);
    return stats.promised;
}

u32 space_free_frames(void)
{
    struct pmm_stats stats;

    vm_trim();
    pt_trim();
    pmm_stats(&stats);
    return stats.kinds[FRAME_FREE];
}

/* As much as there is, in smaller and smaller steps. */
void space_promise_all_but(u32 frames)
{
    u32 before = promised_by_us;

    for (u32 step = FRAMES_MAX; step > 0; step /= 2)
        while (vm_promise(step))
            promised_by_us += step;
    u32 back = min_u32(frames, promised_by_us - before);
    vm_release(back);
    promised_by_us -= back;
}

void space_release_all(void)
{
    vm_release(promised_by_us);
    promised_by_us = 0;
}

enum status space_starve(enum status (*step)(void *context), void *context)
{
    enum { SPARE_MAX = 200 };
    enum status status = ERR_NOMEM;

    for (u32 spare = 0; status == ERR_NOMEM && spare < SPARE_MAX; spare++) {
        test_drain(ZONE_ANY, spare);
        u32 promised = space_promised();
        u32 free = space_free_frames();
        status = step(context);
        if (status == ERR_NOMEM) {
            EXPECT_EQ(space_promised(), promised);
            EXPECT_EQ(space_free_frames(), free);
            vm_check();
        }
        test_refill();
    }
    return status;
}
