/*
 * tests/fuzz/elf_fuzz.c - any bytes as an executable file, for libFuzzer:
 * kernel/proc/elf_check.c against the model.
 */
#include <stdlib.h>
#include <string.h>

#include "elf_model.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* The table is a copy of just its bytes: a read behind them is seen. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct elf_case file = { .file_bytes = (u32)size };
    struct elf_program_header *table = NULL;

    memcpy(&file.header, data, size < sizeof file.header ? size
                                                         : sizeof file.header);
    if (!elf_check_header(&file.header, file.file_bytes)) {
        size_t bytes = file.header.program_header_count * sizeof *table;

        table = malloc(bytes);
        memcpy(table, data + file.header.program_headers, bytes);
    }
    file.table = table;
    if (elf_model_try(&file))
        abort();
    free(table);
    return 0;
}
