/*
 * tests/runner.c - runs the tests and prints TAP; the same in both worlds.
 *
 * After each test the count of free frames must be what it was (the heap's
 * reserve given back before counting), and the audit of all layers clean; on
 * machines of more than 128 MiB, where that takes long, it is made after the
 * last test only.
 */
#include "strata_test.h"

#include "kernel/printf.h"
#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/memmap.h"
#include "mm/pmm.h"
#include "mm/pt_user.h"
#include "mm/vm.h"
#include "nth.h"

extern const struct test *const selftest_records_start[];
extern const struct test *const selftest_records_end[];

bool test_panic_expected;
test_place_t test_panic_place;

static struct {
    u32 number;  /* of tests begun         */
    u32 failed;  /* tests                  */
    bool failing; /* the one that runs      */
    const char *skipped; /* why it was left */
    char sentence[512];  /* of the last panic that was expected */
} run;

/* ----------------------------------------------------------- expectations */

bool test_expect(bool holds, const char *file, int line, const char *text)
{
    if (!holds) {
        run.failing = true;
        test_print("# %s:%d: does not hold: %s", file, line, text);
    }
    return holds;
}

void test_expect_equal(u32 left, u32 right, const char *file, int line,
                       const char *text)
{
    if (!test_expect(left == right, file, line, text))
        test_print("#   left is %u (0x%x), right is %u (0x%x)", left, left,
                   right, right);
}

void test_skip(const char *why)
{
    run.skipped = why;
}

/* ------------------------------------------------------------------ panics */

void test_panic(const char *sentence)
{
    u32 i = 0;

    if (!test_panic_expected)
        return;
    test_panic_expected = false;
    for (; sentence[i] && i < sizeof run.sentence - 1; i++)
        run.sentence[i] = sentence[i];
    run.sentence[i] = '\0';
    TEST_GO_BACK(test_panic_place);
}

void test_panic_missing(const char *file, int line, const char *statement)
{
    test_panic_expected = false;
    run.failing = true;
    test_print("# %s:%d: does not panic: %s", file, line, statement);
}

/* A space in a pattern stands for an underscore, too. */
static bool same_letter(char pattern, char letter)
{
    return pattern == letter || (pattern == ' ' && letter == '_') ||
           (pattern == '_' && letter == ' ');
}

static bool starts_with(const char *text, const char *pattern)
{
    while (*pattern && same_letter(*pattern, *text)) {
        pattern++;
        text++;
    }
    return *pattern == '\0';
}

static bool contains(const char *text, const char *pattern)
{
    while (*text && !starts_with(text, pattern))
        text++;
    return starts_with(text, pattern);
}

void test_panic_came(const char *words, const char *file, int line)
{
    if (contains(run.sentence, words))
        return;
    run.failing = true;
    test_print("# %s:%d: the panic does not say \"%s\", but: %s", file, line,
               words, run.sentence);
}

/* ------------------------------------------------------------------- audit */

enum { SENTENCE_MAX = 160, SENTENCES_MAX = 24 };

static void print_sentence(void *context, const char *format,
                           va_list arguments)
{
    char sentence[SENTENCE_MAX];
    u32 *left = context;

    if (*left == 0)
        return;
    --*left;
    kvsnprintf(sentence, sizeof sentence, format, arguments);
    test_print("#   %s", sentence);
}

bool test_expect_audit_clean(const char *file, int line)
{
    u32 left = SENTENCES_MAX;
    u32 count = test_audit(NULL, NULL);

    if (count == 0)
        return true;
    run.failing = true;
    test_print("# %s:%d: audit: %u contradictions", file, line, count);
    test_audit(print_sentence, &left);
    return false;
}

/* ----------------------------------------------------------------- helpers */

u32 test_free_frames(void)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    return stats.free[ZONE_LOW];
}

/* The page tables of the kernel half, which stay once they are made. */
u32 test_kernel_tables(void)
{
    u32 tables = 0;

    for (virt_addr_t va = DIRECT_MAP_START; va < KVA_END; va += CHUNK_SIZE) {
        u32 pde = pt_walk(pt_kernel(), va).pde.bits;
        tables += (pde & (PTE_PRESENT | PTE_LARGE)) == PTE_PRESENT;
    }
    return tables;
}

u32 test_all_frames(void)
{
    struct pmm_stats stats;

    test_trim();
    vm_trim();
    pt_trim();
    pmm_stats(&stats);
    return stats.kinds[FRAME_FREE] + test_kernel_tables();
}

u32 test_random(u32 *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* ----------------------------------------------------------------- running */

enum { TITLE_MAX = 160 };

/* "suite: claim in words" */
static void make_title(const struct test *test, char title[TITLE_MAX])
{
    const char *parts[] = { test->suite, ": ", test->claim };
    u32 used = 0;

    for (u32 i = 0; i < ARRAY_SIZE(parts); i++)
        for (const char *c = parts[i]; *c && used < TITLE_MAX - 1; c++)
            title[used++] = *c == '_' ? ' ' : *c;
    title[used] = '\0';
}

void test_check_world(const char *where)
{
    test_expect_audit_clean(where, 0);
    kva_check();
    kheap_check();
}

static bool is_small_machine(void)
{
    struct memmap_stats map;

    memmap_stats(&map);
    return map.managed <= 128u << 20;
}

static void run_one(const struct test *test, const char *title)
{
    u32 before = test_all_frames();

    run.failing = false;
    run.skipped = NULL;
    run.number++;
    test->run();
    if (is_small_machine())
        test_check_world(test->claim);
    test_expect_equal(test_all_frames(), before, test->claim, 0,
                      "free frames after == before");
    if (run.failing) {
        run.failed++;
        test_print("not ok %u - %s", run.number, title);
    } else if (run.skipped) {
        test_print("ok %u - %s # SKIP %s", run.number, title, run.skipped);
    } else {
        test_print("ok %u - %s", run.number, title);
    }
}

u32 test_run(const char *pattern)
{
    char title[TITLE_MAX];

    run.number = 0;
    run.failed = 0;
    for (const struct test *const *test = selftest_records_start;
         test < selftest_records_end; test++) {
        make_title(*test, title);
        if (!pattern || contains(title, pattern))
            run_one(*test, title);
    }
    if (run.number == 0) {
        test_print("not ok 1 - no test is called \"%s\"", pattern);
        run.failed = run.number = 1;
    }
    run.failing = false;
    test_check_world("after the last test");
    run.failed += run.failing;
    nth_report();
    test_print("1..%u", run.number);
    return run.failed;
}
