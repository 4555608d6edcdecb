/*
 * Tests of kernel/proc/elf_check.c: what a stranger's file claims, each claim
 * broken in turn; and random files against the model.
 */
#include "elf_model.h"
#include "strata_test.h"

enum { FILE_BYTES = 0x5000 };

static struct elf_header header;
static struct elf_program_header table[8];
static struct elf_image image;

/* Text of a page and a half, data of 0x800 bytes and as many zeros behind. */
static void begin(void)
{
    header = (struct elf_header){
        .ident = { 0x7f, 'E', 'L', 'F', 1, 1, 1 },
        .type = ELF_EXECUTABLE,
        .machine = ELF_MACHINE_386,
        .entry = 0x08048100,
        .program_headers = 52,
        .program_header_bytes = 32,
        .program_header_count = 2,
    };
    table[0] = (struct elf_program_header){
        .type = ELF_LOAD, .offset = 0, .address = 0x08048000,
        .file_bytes = 0x1800, .memory_bytes = 0x1800,
    };
    table[1] = (struct elf_program_header){
        .type = ELF_LOAD, .offset = 0x1800, .address = 0x0804a800,
        .file_bytes = 0x800, .memory_bytes = 0x1000,
    };
}

static const char *check(void)
{
    const char *wrong = elf_check_header(&header, FILE_BYTES);

    return wrong ? wrong
                 : elf_check_segments(&header, table, FILE_BYTES, &image);
}

TEST(elf, a_static_program_is_accepted)
{
    begin();
    EXPECT(check() == NULL);
    EXPECT_EQ(image.bias, 0);
    EXPECT_EQ(image.entry, 0x08048100);
    EXPECT_EQ(image.program_headers, 0x08048034);
    EXPECT_EQ(image.end, 0x0804c000);
}

TEST(elf, a_program_that_runs_anywhere_goes_to_4_mib)
{
    begin();
    header.type = ELF_DYNAMIC;
    header.entry = 0x1100;
    table[0].address = 0x1000;
    table[1].address = 0x3800;
    EXPECT(check() == NULL);
    EXPECT_EQ(image.entry, 0x00400100);
    EXPECT_EQ(image.program_headers, 0x00400034);
    EXPECT_EQ(image.end, 0x00404000);
}

TEST(elf, one_that_needs_an_interpreter_is_refused)
{
    begin();
    header.program_header_count = 3;
    table[2] = (struct elf_program_header){ .type = ELF_INTERPRETER };
    EXPECT(check() != NULL);
}

TEST(elf, a_script_and_a_short_file_are_refused)
{
    begin();
    EXPECT(elf_check_header(&header, 51) != NULL);
    header.ident[0] = '#';
    header.ident[1] = '!';
    EXPECT(check() != NULL);
}

TEST(elf, a_table_of_program_headers_lies_within_the_file)
{
    begin();
    header.program_headers = FILE_BYTES - 64;
    EXPECT(elf_check_header(&header, FILE_BYTES) == NULL);
    header.program_headers = FILE_BYTES - 63;
    EXPECT(check() != NULL);
    header.program_headers = 0xffffffe0; /* and wraps */
    EXPECT(check() != NULL);
}

TEST(elf, a_table_is_neither_empty_nor_huge_nor_of_another_shape)
{
    begin();
    header.program_header_count = 0;
    EXPECT(check() != NULL);
    header.program_header_count = 0xffff;
    EXPECT(elf_check_header(&header, 0xffffffff) != NULL);
    begin();
    header.program_header_bytes = 56;
    EXPECT(check() != NULL);
}

TEST(elf, a_segment_lies_within_the_file)
{
    begin();
    table[1].offset = FILE_BYTES - 0x800;
    EXPECT(check() == NULL);
    table[1].offset += 0x1000;
    EXPECT(check() != NULL);
    table[1].offset = 0xfffff800; /* and wraps */
    EXPECT(check() != NULL);
}

TEST(elf, a_segment_has_no_more_in_the_file_than_in_memory)
{
    begin();
    table[1].memory_bytes = 0x7ff;
    EXPECT(check() != NULL);
}

TEST(elf, a_segment_is_aligned_as_its_file_is)
{
    begin();
    table[1].offset = 0x1900;
    EXPECT(check() != NULL);
}

TEST(elf, a_segment_stays_out_of_null_and_of_the_kernel)
{
    begin();
    table[0].address = 0xf000;
    EXPECT(check() != NULL);
    begin();
    table[1].address = 0xbffff800;
    table[1].memory_bytes = 0x800;
    EXPECT(check() == NULL);
    table[1].memory_bytes = 0x801;
    EXPECT(check() != NULL);
    table[1].address = 0xfffff800;
    EXPECT(check() != NULL);
    table[1].memory_bytes = 0xffffffff; /* and wraps */
    EXPECT(check() != NULL);
}

TEST(elf, two_segments_share_no_page)
{
    begin();
    table[1].address = 0x08049800; /* where the first ends */
    EXPECT(check() != NULL);
    begin();
    table[1].address = 0x08040800; /* below the first */
    EXPECT(check() != NULL);
}

TEST(elf, a_program_starts_in_one_of_its_segments)
{
    begin();
    header.entry = 0x08049800;
    EXPECT(check() != NULL);
    header.entry = 0x0804b7ff; /* among the zeros: as on Linux */
    EXPECT(check() == NULL);
    header.entry = 0xc0100000;
    EXPECT(check() != NULL);
    header.program_header_count = 1;
    table[0].type = ELF_PROGRAM_HEADERS;
    EXPECT(check() != NULL);
}

TEST(elf, random_files_are_judged_as_the_model_does)
{
    u32 seed = 1;

    for (u32 i = 0; i < test_rounds(20000); i++) {
        struct elf_case file = elf_model_make(&seed, table);
        const char *wrong = elf_model_try(&file);

        if (!EXPECT(wrong == NULL)) {
            test_print("# file %u: %s", i, wrong);
            return;
        }
    }
}
