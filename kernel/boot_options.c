/*
 * kernel/boot_options.c - the command line, word by word.
 *
 * Loaders pass different things. QEMU's -kernel puts the path of the file in
 * front; GRUB does not, but quotes a whole word where a value has spaces, and
 * puts a backslash before quotes and backslashes. So for
 * `test="pmm: a frame"` there arrives
 *
 *      build/strata.elf test="pmm: a frame"      from QEMU
 *      "test=pmm: a frame"                       from GRUB
 *
 * and both are understood: quotes may start anywhere in a word, and a first
 * word that looks like a file is passed over.
 */
#include "kernel/boot_options.h"

#include "kernel/printf.h"
#include "kernel/string.h"

struct option {
    const char *name;
    const char *value; /* NULL: not given */
};

static struct option options[] = {
    { "test", NULL },  /* run the self-tests, all or those that match */
    { "long", NULL },  /* 100 times as many rounds of their loops     */
    { "soak", NULL },  /* work at all layers until a key is pressed   */
    { "seed", NULL },  /* the first one of random work                */
    { "plain", NULL }, /* no colours, no redrawing                    */
    { "heap", NULL },  /* what the heap is to check: slab_switch()    */
    { "init", NULL },  /* the program to run: process 1               */
};

static char *arguments = (char[]){ "" }; /* behind `--` */

static struct option *find(const char *name, size_t length)
{
    for (u32 i = 0; i < ARRAY_SIZE(options); i++)
        if (strlen(options[i].name) == length &&
            strncmp(options[i].name, name, length) == 0)
            return &options[i];
    return NULL;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* Cut the next word off `*rest`, without its quotes; NULL at the end. What
 * is written never overtakes what is read. */
char *boot_next_word(char **rest)
{
    char *read = *rest;

    while (is_space(*read))
        read++;
    if (*read == '\0')
        return NULL;

    char *word = read, *write = read;
    bool quoted = false;
    for (; *read && (quoted || !is_space(*read)); read++) {
        if (*read == '"') {
            quoted = !quoted;
            continue;
        }
        if (*read == '\\' && read[1])
            read++;
        *write++ = *read;
    }
    *rest = *read ? read + 1 : read;
    *write = '\0';
    return word;
}

static size_t name_length(const char *word)
{
    const char *equals = strchr(word, '=');

    return equals ? (size_t)(equals - word) : strlen(word);
}

/* `init=/bin/x` is no file, but `/boot/strata.elf` and `strata.elf` are. */
static bool is_file_name(const char *word)
{
    size_t length = name_length(word);

    for (size_t i = 0; i < length; i++)
        if (word[i] == '/')
            return true;
    return length >= 4 && strncmp(word + length - 4, ".elf", 4) == 0;
}

static void take_option(const char *word)
{
    size_t length = name_length(word);
    struct option *option = find(word, length);

    if (option)
        option->value = word[length] ? word + length + 1 : "";
    else
        kprintf("unknown option: %s\n", word);
}

void boot_options_parse(char *line)
{
    char *word = boot_next_word(&line);

    if (word && is_file_name(word))
        word = boot_next_word(&line);
    for (; word && strcmp(word, "--") != 0; word = boot_next_word(&line))
        take_option(word);
    arguments = line;
}

char *boot_arguments(void)
{
    return arguments;
}

const char *boot_option(const char *name)
{
    struct option *option = find(name, strlen(name));

    return option ? option->value : NULL;
}
