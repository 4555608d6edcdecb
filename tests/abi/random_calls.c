/*
 * tests/abi/random_calls.c - a long random sequence of the calls that change an
 * address space, with reads, writes and forks between. Every answer and all
 * that memory then holds go into one hash: two kernels on which it prints the
 * same agree in all of it. It needs no C library.
 *
 *      random_calls SEED CALLS [FIRST]
 *
 * With FIRST, each call from that one on is told: so the first difference is
 * found by comparing two logs.
 *
 * Everything happens in a window of addresses that nobody else uses; what the
 * kernel puts elsewhere is given back at once. Memory is touched by the kernel
 * for us (through a pipe: what may not be touched is then an error, not a
 * signal), or, where it is sure that it may be written to, directly.
 *
 * What is left out is what Linux itself does not promise: whether neighbours
 * are one region. mremap() of pages that are in two is an error; so the pages
 * which it is given have had the very same calls made on them. (What is freed
 * by MADV_FREE is forgotten at once; a child does not ask what is resident.)
 */
#include "window.h"

/* --- the calls ------------------------------------------------------------ */

/* Some pages: most of the time few, not always aligned. */
struct range {
    u32 first, count; /* pages                */
    u32 at, bytes;    /* what the call is given */
};

static struct range draw_range(void)
{
    struct range r = { .first = draw(PAGES) };

    r.count = 1 + draw(min_u32(once_in(20) ? PAGES : LENGTH_MAX,
                               PAGES - r.first));
    r.at = START + r.first * PAGE;
    r.bytes = r.count * PAGE - (once_in(8) ? draw(PAGE) : 0);
    if (once_in(50))
        r.at += 1 + draw(PAGE - 1);
    if (once_in(50))
        r.bytes = 0;
    return r;
}

static u32 draw_rights(void)
{
    static const u8 rights[] = {
        PROT_NONE, PROT_READ, PROT_READ, PROT_READ | PROT_WRITE,
        PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_WRITE,
        PROT_READ | PROT_EXEC, PROT_READ | PROT_WRITE | PROT_EXEC,
    };

    return rights[draw(ARRAY_SIZE(rights))];
}

static void call_map(void)
{
    static const u32 places[] = { 0, MAP_FIXED, MAP_FIXED,
                                  MAP_FIXED_NOREPLACE };
    struct range r = draw_range();
    u32 type = once_in(3) ? MAP_SHARED : MAP_PRIVATE;
    u32 flags = type | places[draw(ARRAY_SIZE(places))];
    u32 rights = draw_rights();

    if (once_in(10))
        flags |= MAP_NORESERVE;
    u32 at = (u32)map((void *)r.at, r.bytes, rights, flags);
    tell("mmap2", r.at, r.bytes, flags << 8 | rights, at);
    if (at >= (u32)-ERRNO_MAX)
        return;
    if (relative(at) == ELSEWHERE) {
        munmap((void *)at, r.bytes);
        return;
    }
    for (u32 page = r.first; page < r.first + r.count; page++)
        state.pages[page] = (struct page){
            .history = mix(state.call, 1) | 1,
            .sure = type == MAP_PRIVATE,
            .writable = type == MAP_PRIVATE && rights & PROT_WRITE,
            .shared = type == MAP_SHARED,
        };
}

static void call_unmap(void)
{
    struct range r = draw_range();
    i32 answer = munmap((void *)r.at, r.bytes);

    tell("munmap", r.at, r.bytes, 0, (u32)answer);
    if (answer == 0)
        forget(r.first, r.count);
}

static void call_protect(void)
{
    struct range r = draw_range();
    u32 rights = draw_rights();
    i32 answer = mprotect((void *)r.at, r.bytes, rights);

    tell("mprotect", r.at, r.bytes, rights, (u32)answer);
    if (r.bytes == 0)
        return;
    note(r.first, r.count);
    note_rights(r.first, r.count, answer == 0 && rights & PROT_WRITE);
}

static void call_advise(void)
{
    static const u8 advices[] = {
        MADV_NORMAL, MADV_RANDOM, MADV_WILLNEED, MADV_DONTNEED,
        MADV_DONTNEED, MADV_FREE, MADV_DONTFORK, MADV_DOFORK,
        MADV_WIPEONFORK, MADV_KEEPONFORK, 5,
    };
    struct range r = draw_range();
    u32 advice = advices[draw(ARRAY_SIZE(advices))];
    i32 answer = madvise((void *)r.at, r.bytes, advice);

    tell("madvise", r.at, r.bytes, advice, (u32)answer);
    if (advice == MADV_FREE)
        found((u32)madvise((void *)r.at, r.bytes, MADV_DONTNEED));
    note(r.first, r.count);
    for (u32 i = 0; advice == MADV_DONTFORK && i < r.count; i++)
        state.pages[r.first + i].sure = state.pages[r.first + i].writable =
            false;
}

static void call_core(void)
{
    struct range r = draw_range();
    u8 resident[PAGES];

    if (state.child)
        return;
    i32 answer = mincore((void *)r.at, r.bytes, resident);
    tell("mincore", r.at, r.bytes, 0, (u32)answer);
    for (u32 i = 0; answer == 0 && r.bytes && i < r.count; i++)
        found(resident[i] & 1u);
}

static void call_brk(void)
{
    u32 end = draw(HEAP_BYTES + 1);
    u32 now = brk(state.heap + end) - state.heap;

    tell("brk", START, end, 0, START + now);
    if (now >= PAGE) {
        poke(state.heap + now - 8, state.call);
        found(peek(state.heap + draw(now / 4) * 4));
    }
}

/* Pages were moved, and perhaps grew or shrank on the way. */
static void note_remap(u32 from, u32 old, u32 to, u32 new, bool stays)
{
    struct page moved[LENGTH_MAX];

    note(from, old);
    for (u32 i = 0; i < new; i++) {
        moved[i] = state.pages[from + min_u32(i, old ? old - 1 : 0)];
        moved[i].history = mix(moved[i].history, i < old) | 1;
    }
    if (!stays)
        forget(from, old);
    for (u32 i = 0; i < new; i++)
        state.pages[to + i] = moved[i];
}

static void call_remap(void)
{
    static const u8 kinds[] = {
        0, MREMAP_MAYMOVE, MREMAP_MAYMOVE, MREMAP_MAYMOVE | MREMAP_FIXED,
        MREMAP_MAYMOVE | MREMAP_FIXED, MREMAP_MAYMOVE | MREMAP_DONTUNMAP,
        MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, MREMAP_FIXED, 8,
    };
    u32 flags = kinds[draw(ARRAY_SIZE(kinds))];
    u32 from = draw(PAGES), to = draw(PAGES);
    u32 old = 1 + draw(min_u32(alike(from), LENGTH_MAX));
    u32 new = 1 + draw(min_u32(LENGTH_MAX,
                               PAGES - (from > to ? from : to)));

    if (state.pages[from].history == 0 || state.child)
        flags &= MREMAP_MAYMOVE; /* of two errors, either may be told */
    bool stays = flags & MREMAP_DONTUNMAP;
    if (stays && !once_in(8)) /* they must be the same */
        old = new = min_u32(old, PAGES - to);
    if (flags == (MREMAP_MAYMOVE | MREMAP_FIXED) && once_in(8) &&
        state.pages[from].history && state.pages[from].shared)
        old = 0;
    u32 at = START + from * PAGE;
    u32 now = (u32)mremap((void *)at, old * PAGE, new * PAGE, flags,
                          (void *)(START + to * PAGE));
    tell("mremap", at, old << 16 | new, flags << 16 | to, now);
    if (now >= (u32)-ERRNO_MAX)
        return;
    if (relative(now) == ELSEWHERE) {
        munmap((void *)now, new * PAGE);
        if (!stays)
            forget(from, old);
        return;
    }
    note_remap(from, old, (now - START) / PAGE, new, stays);
}

static void touch_pages(void)
{
    for (u32 i = 0; i < 4; i++)
        touch_page(draw(PAGES));
}

static void look_at_pages(void)
{
    u32 first = draw(PAGES);

    check_pages(first, 1 + draw(min_u32(LENGTH_MAX, PAGES - first)));
}

static void step(void);

/* What the child sees and does is its own; the parent is told the hash. */
static void call_fork(void)
{
    u32 status = 0, hash = 0;

    if (state.child)
        return;
    i32 pid = fork();
    if (pid == 0) {
        state.child = true;
        check_pages(0, PAGES);
        for (u32 i = 0; i < CHILD_CALLS; i++)
            step();
        check_pages(0, PAGES);
        write(state.probe[1], &state.hash, sizeof state.hash);
        exit(42);
    }
    waitpid(pid, &status, 0);
    read(state.probe[0], &hash, sizeof hash);
    tell("fork", START, 0, hash, WEXITSTATUS(status));
    found(status);
    found(hash);
}

static const struct {
    u32 weight;
    void (*make)(void);
} calls[] = {
    { 20, call_map }, { 8, call_unmap }, { 18, call_protect },
    { 16, call_remap }, { 12, call_advise }, { 4, call_core },
    { 4, call_brk }, { 40, touch_pages }, { 10, look_at_pages },
    { 1, call_fork },
};

enum { WEIGHTS = 133 };

static void step(void)
{
    u32 chance = draw(WEIGHTS), i = 0;

    while (chance >= calls[i].weight)
        chance -= calls[i++].weight;
    calls[i].make();
}

static u32 number(const char *text)
{
    u32 n = 0;

    for (; *text; text++)
        n = n * 10 + (u32)(*text - '0');
    return n;
}

int main(int argc, char *argv[])
{
    if (argc < 3 || pipe2(state.probe, O_NONBLOCK) < 0)
        return 1;
    u32 count = number(argv[2]);

    state.random = 2 * number(argv[1]) + 1;
    state.first_told = argc > 3 ? number(argv[3]) : ~0u;
    state.heap = round_up(brk(0), PAGE);
    for (state.call = 1; state.call <= count; state.call++) {
        step();
        if (state.call % (count / CHECKPOINTS) == 0) {
            check_pages(0, PAGES);
            print("%u calls, hash %x\n", state.call, state.hash);
        }
    }
    return 0;
}
