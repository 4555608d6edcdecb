/*
 * user_room.c - a program's memory for a test that has no program.
 */
#include "user_room.h"

#include "kernel/thread.h"
#include "mm/vm.h"

#include "strata_test.h"

static struct vm_space *space;

bool user_room_enter(u32 pages)
{
    const struct vm_request request = {
        .at = USER_ROOM,
        .bytes = pages * PAGE_SIZE,
        .flags = VM_READ | VM_WRITE,
        .place = VM_NO_REPLACE,
    };
    virt_addr_t at;

    space = vm_space_create();
    if (!space)
        return false;
    if (vm_map(space, &request, &at) != OK) {
        vm_space_put(space);
        return false;
    }
    user_room_join();
    return true;
}

void user_room_join(void)
{
    thread_current()->space = space;
    thread_set_space(space);
}

void user_room_part(void)
{
    thread_set_space(NULL);
}

void user_room_leave(void)
{
    user_room_part();
    vm_space_put(space);
}

void user_room_set(u32 offset, u8 byte)
{
    EXPECT(user_write(user_room(offset), &byte, 1));
}

u8 user_room_get(u32 offset)
{
    u8 byte = 0;

    EXPECT(user_read(&byte, user_room(offset), 1));
    return byte;
}
