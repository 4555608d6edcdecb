/*
 * abi/ldt.h - set_thread_area(): a segment of a thread, for what is its own.
 */
#ifndef ABI_LDT_H
#define ABI_LDT_H

#include "lib/types.h"

struct user_desc {
    u32 entry; /* of the GDT; ~0: any free one, answered here */
    u32 base;
    u32 limit;
    u32 flags; /* enum user_desc_flag, or'ed                  */
};

enum user_desc_flag {
    USER_DESC_32_BITS = 1 << 0,
    USER_DESC_GROWS_DOWN = 1 << 1,
    USER_DESC_CODE = 1 << 2,
    USER_DESC_READ_ONLY = 1 << 3,
    USER_DESC_PAGES = 1 << 4, /* the limit counts pages */
    USER_DESC_ABSENT = 1 << 5,
    USER_DESC_USABLE = 1 << 6,
    USER_DESC_ALL = (1 << 7) - 1,
};

#endif
