/*
 * user/args.c - what a program finds on its stack when it starts: arguments,
 * environment, and behind them what the kernel tells (lib/crt0.asm has a
 * drawing).
 *
 *      run /args one "two three"
 */
#include "abi/elf.h"
#include "lib/print.h"
#include "lib/syscall.h"

void _start(void);

static void tell_number(const struct auxv_pair *pair)
{
    print("%u\n", pair->value);
}

static void tell_string(const struct auxv_pair *pair)
{
    print("%s\n", (const char *)pair->value);
}

static void tell_entry(const struct auxv_pair *pair)
{
    print("%s\n", pair->value == (u32)_start ? "_start" : "somewhere else");
}

/* They lie in the first segment, so a program can read them. */
static void tell_headers(const struct auxv_pair *pair)
{
    const struct elf_program_header *first = (const void *)pair->value;

    print("the first segment is at 0x%x\n", first->address);
}

static void tell_random(const struct auxv_pair *pair)
{
    const u32 *words = (const void *)pair->value;

    print("%s\n", words[0] | words[1] | words[2] | words[3]
                      ? "16 bytes, not all 0" : "16 zeros");
}

static const struct {
    enum auxv_type type;
    const char *name;
    void (*tell)(const struct auxv_pair *pair);
} known[] = {
    { AT_PHDR, "program headers", tell_headers },
    { AT_PHENT, "bytes of each", tell_number },
    { AT_PHNUM, "how many", tell_number },
    { AT_PAGESZ, "bytes of a page", tell_number },
    { AT_ENTRY, "it starts at", tell_entry },
    { AT_RANDOM, "random", tell_random },
    { AT_SECURE, "more rights than its user", tell_number },
    { AT_EXECFN, "file", tell_string },
};

/* In the order of `known`, as kernels have orders of their own. */
static void tell_auxv(const struct auxv_pair *auxv)
{
    for (u32 i = 0; i < ARRAY_SIZE(known); i++)
        for (const struct auxv_pair *pair = auxv; pair->type; pair++)
            if (pair->type == known[i].type) {
                print("%s: ", known[i].name);
                known[i].tell(pair);
            }
}

int main(int argc, char *argv[], char *envp[])
{
    print("%d arguments\n", argc);
    for (u32 i = 0; argv[i]; i++)
        print("argument %u: %s\n", i, argv[i]);
    for (; *envp; envp++)
        print("environment: %s\n", *envp);
    tell_auxv((const void *)(envp + 1));
    return 0;
}
