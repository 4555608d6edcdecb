/*
 * kernel/lib/printf.c - formatted text.
 *
 *      %  [-] [0] [width] [.precision] [l ll z]  conversion
 *           |   |     |         |
 *           |   |     |         +-- of %s: at most so many characters
 *           |   |     +-- at least so many characters; * takes an int
 *           |   +-- a number is filled with zeros, not spaces
 *           +-- filled on the right
 *
 *      c  character      d i  signed decimal       x X  hexadecimal
 *      s  string         u    unsigned decimal     %    a percent sign
 *      p  address, 0x and 8 digits. A return address also says who called, and
 *         in which line: 0xc0101234 <pmm_alloc+0x12> (mm/pmm.c:123)
 *      pI the same of an instruction's own address, or a function's
 *
 * What is no conversion of these is printed as it stands, so that a mistake
 * shows. There is no floating point, and no buffer that could be too small:
 * every character goes to the sink at once.
 *
 * Cost: some 10 instructions a character, 20 a digit. Decimals of 64 bits
 * are divided in steps of 32 bits, as i386 has no wider division and the
 * kernel no libgcc.
 */
#include "kernel/printf.h"
#include "kernel/string.h"
#include "kernel/symbols.h"

enum {
    DIGITS_MAX = 20, /* of 2^64 - 1 */
    NO_PRECISION = -1,
};

/* One conversion: what stands between the % and its letter. */
struct spec {
    bool left;
    bool zeros;
    bool upper;
    int width;
    int precision;
    u32 longs; /* how many l */
    bool size; /* z */
    bool instruction; /* I, behind p */
};

struct printer {
    struct print_sink *sink;
    u32 count;
    va_list arguments;
};

/* Text on its way into the sink: digits, with what comes before them. */
struct field {
    const char *text;
    u32 length;
    const char *prefix; /* "-", "0x", "" : stands before filling zeros */
};

static void put(struct printer *p, char c)
{
    p->sink->put(p->sink, c);
    p->count++;
}

static void put_text(struct printer *p, const char *text, u32 length)
{
    for (u32 i = 0; i < length; i++)
        put(p, text[i]);
}

static void put_fill(struct printer *p, char c, int count)
{
    for (int i = 0; i < count; i++)
        put(p, c);
}

static void put_field(struct printer *p, const struct spec *spec,
                      const struct field *field)
{
    u32 prefix_length = (u32)strlen(field->prefix);
    int fill = spec->width - (int)(prefix_length + field->length);
    bool zeros = spec->zeros && !spec->left;

    if (!zeros && !spec->left)
        put_fill(p, ' ', fill);
    put_text(p, field->prefix, prefix_length);
    if (zeros)
        put_fill(p, '0', fill);
    put_text(p, field->text, field->length);
    if (spec->left)
        put_fill(p, ' ', fill);
}

/* Divide by 10 with divisions of 32 bits only, as on paper: the digits are
 * the upper half and two quarters, and no remainder exceeds 9. */
static u64 divide_by_ten(u64 n, u32 *remainder)
{
    u32 upper = (u32)(n >> 32);
    u32 low = (u32)n;
    u32 middle = (upper % 10) << 16 | low >> 16;
    u32 lowest = (middle % 10) << 16 | (low & 0xffff);

    *remainder = lowest % 10;
    return (u64)(upper / 10) << 32 | (u64)(middle / 10) << 16 | lowest / 10;
}

/* The digits are written backwards, from `end`; the first is returned. */
static char *decimal_digits(char *end, u64 n)
{
    while (n >> 32) {
        u32 digit;

        n = divide_by_ten(n, &digit);
        *--end = (char)('0' + digit);
    }
    u32 rest = (u32)n;
    do
        *--end = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    return end;
}

static char *hexadecimal_digits(char *end, u64 n, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

    do
        *--end = digits[n & 15];
    while ((n >>= 4) != 0);
    return end;
}

static void put_digits(struct printer *p, const struct spec *spec,
                       const char *prefix, const char *from, const char *end)
{
    struct field field = { from, (u32)(end - from), prefix };

    put_field(p, spec, &field);
}

static u64 next_unsigned(struct printer *p, const struct spec *spec)
{
    if (spec->size)
        return va_arg(p->arguments, size_t);
    if (spec->longs == 0)
        return va_arg(p->arguments, unsigned int);
    if (spec->longs == 1)
        return va_arg(p->arguments, unsigned long);
    return va_arg(p->arguments, unsigned long long);
}

static long long next_signed(struct printer *p, const struct spec *spec)
{
    if (spec->size)
        return va_arg(p->arguments, ptrdiff_t);
    if (spec->longs == 0)
        return va_arg(p->arguments, int);
    if (spec->longs == 1)
        return va_arg(p->arguments, long);
    return va_arg(p->arguments, long long);
}

static void convert_signed(struct printer *p, struct spec *spec)
{
    char digits[DIGITS_MAX];
    char *end = digits + DIGITS_MAX;
    long long n = next_signed(p, spec);
    u64 size = n < 0 ? 0 - (u64)n : (u64)n;

    put_digits(p, spec, n < 0 ? "-" : "", decimal_digits(end, size), end);
}

static void convert_unsigned(struct printer *p, struct spec *spec)
{
    char digits[DIGITS_MAX];
    char *end = digits + DIGITS_MAX;

    put_digits(p, spec, "", decimal_digits(end, next_unsigned(p, spec)), end);
}

static void convert_hexadecimal(struct printer *p, struct spec *spec)
{
    char digits[DIGITS_MAX];
    char *end = digits + DIGITS_MAX;
    u64 n = next_unsigned(p, spec);

    put_digits(p, spec, "", hexadecimal_digits(end, n, spec->upper), end);
}

static void convert_upper_hexadecimal(struct printer *p, struct spec *spec)
{
    spec->upper = true;
    convert_hexadecimal(p, spec);
}

static void put_string(struct printer *p, const char *text)
{
    put_text(p, text, (u32)strlen(text));
}

/* " <pmm_alloc+0x12> (mm/pmm.c:123)" */
static void put_symbol(struct printer *p, const struct symbol *symbol)
{
    struct spec plain = { .width = 0 };
    char digits[DIGITS_MAX];
    char *end = digits + DIGITS_MAX;

    put_string(p, " <");
    put_string(p, symbol->name);
    put_digits(p, &plain, "+0x",
               hexadecimal_digits(end, symbol->offset, false), end);
    put(p, '>');
    if (!symbol->file)
        return;
    put_string(p, " (");
    put_string(p, symbol->file);
    put_digits(p, &plain, ":", decimal_digits(end, symbol->line), end);
    put(p, ')');
}

static void convert_address(struct printer *p, struct spec *spec)
{
    struct spec full = { .zeros = true, .width = 10 };
    char digits[DIGITS_MAX];
    char *end = digits + DIGITS_MAX;
    uintptr_t address = (uintptr_t)va_arg(p->arguments, void *);
    struct symbol symbol;
    bool known = spec->instruction ? symbol_find((u32)address, &symbol)
                                   : symbol_find_call((u32)address, &symbol);

    if (!known && spec->width > full.width)
        full.width = spec->width;
    put_digits(p, &full, "0x", hexadecimal_digits(end, address, false), end);
    if (known)
        put_symbol(p, &symbol);
}

static void convert_character(struct printer *p, struct spec *spec)
{
    char c = (char)va_arg(p->arguments, int);
    struct field field = { &c, 1, "" };

    put_field(p, spec, &field);
}

static void convert_string(struct printer *p, struct spec *spec)
{
    const char *text = va_arg(p->arguments, const char *);
    struct field field = { text ? text : "(null)", 0, "" };
    u32 most = spec->precision == NO_PRECISION ? ~0u : (u32)spec->precision;

    while (field.length < most && field.text[field.length])
        field.length++;
    spec->zeros = false;
    put_field(p, spec, &field);
}

static void convert_percent(struct printer *p, struct spec *spec)
{
    (void)spec;
    put(p, '%');
}

static const struct {
    char letter;
    void (*convert)(struct printer *p, struct spec *spec);
} conversions[] = {
    { 's', convert_string },
    { 'u', convert_unsigned },
    { 'x', convert_hexadecimal },
    { 'd', convert_signed },
    { 'i', convert_signed },
    { 'c', convert_character },
    { 'p', convert_address },
    { 'X', convert_upper_hexadecimal },
    { '%', convert_percent },
};

static const char *read_flags(const char *at, struct spec *spec)
{
    for (; *at == '-' || *at == '0'; at++) {
        spec->left |= *at == '-';
        spec->zeros |= *at == '0';
    }
    return at;
}

/* A width or a precision: digits, or * for the next argument. */
static const char *read_count(struct printer *p, const char *at, int *count)
{
    if (*at == '*') {
        *count = va_arg(p->arguments, int);
        return at + 1;
    }
    for (*count = 0; *at >= '0' && *at <= '9'; at++)
        *count = *count * 10 + (*at - '0');
    return at;
}

/* As in C, a negative * means: to the left, and no precision. */
static const char *read_spec(struct printer *p, const char *at,
                             struct spec *spec)
{
    at = read_flags(at, spec);
    at = read_count(p, at, &spec->width);
    if (spec->width < 0) {
        spec->left = true;
        spec->width = -spec->width;
    }
    if (*at == '.') {
        at = read_count(p, at + 1, &spec->precision);
        if (spec->precision < 0)
            spec->precision = NO_PRECISION;
    }
    for (; *at == 'l'; at++)
        spec->longs++;
    if (*at == 'z') {
        spec->size = true;
        at++;
    }
    return at;
}

/* `at` stands behind a %. Returns what follows the conversion. */
static const char *put_conversion(struct printer *p, const char *at)
{
    struct spec spec = { .precision = NO_PRECISION };
    const char *letter = read_spec(p, at, &spec);

    for (u32 i = 0; i < ARRAY_SIZE(conversions); i++)
        if (*letter == conversions[i].letter) {
            spec.instruction = letter[0] == 'p' && letter[1] == 'I';
            conversions[i].convert(p, &spec);
            return letter + 1 + spec.instruction;
        }
    put(p, '%');
    return at;
}

u32 kvprintf(struct print_sink *sink, const char *format, va_list arguments)
{
    struct printer p = { .sink = sink };

    va_copy(p.arguments, arguments);
    while (*format)
        if (*format != '%')
            put(&p, *format++);
        else
            format = put_conversion(&p, format + 1);
    va_end(p.arguments);
    return p.count;
}

struct buffer_sink {
    struct print_sink sink;
    char *next;
    size_t room; /* the final 0 byte not counted */
};

static void buffer_put(struct print_sink *sink, char c)
{
    struct buffer_sink *buffer = CONTAINER_OF(sink, struct buffer_sink, sink);

    if (buffer->room == 0)
        return;
    *buffer->next++ = c;
    buffer->room--;
}

u32 kvsnprintf(char *buffer, size_t size, const char *format,
               va_list arguments)
{
    struct buffer_sink to = { { buffer_put }, buffer, size ? size - 1 : 0 };
    u32 length = kvprintf(&to.sink, format, arguments);

    if (size)
        *to.next = '\0';
    return length;
}

u32 ksnprintf(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    u32 length = kvsnprintf(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}
