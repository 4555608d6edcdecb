/*
 * user_room.h - a program's memory for a test that has no program.
 */
#ifndef USER_ROOM_H
#define USER_ROOM_H

#include "kernel/usercopy.h"

enum { USER_ROOM = 0x400000 }; /* where it begins */

/*
 * Let the running thread be in a space, which has `pages` pages from USER_ROOM
 * on that may be read and written, and nothing else. Returns: false if there is
 * no memory.
 */
NODISCARD bool user_room_enter(u32 pages);
void user_room_leave(void);

/* The address of a byte of it. */
static inline user_addr_t user_room(u32 offset)
{
    return user_addr(USER_ROOM + offset);
}

/* Let another thread, which runs this, be in the same space; and out again,
 * before it ends. */
void user_room_join(void);
void user_room_part(void);

/* Put a byte there, or get it. */
void user_room_set(u32 offset, u8 byte);
u8 user_room_get(u32 offset);

#endif
