/*
 * kernel/sys/sys_memory.c - the calls about memory, over include/mm/vm.h.
 *
 * mm/ knows what the calls mean. What is here: what Linux refuses before it
 * looks at any region, in the order in which it refuses; descriptors; and the
 * flags of mmap2 as those of a region.
 */
#include "abi/errno.h"
#include "abi/mman.h"
#include "kernel/files.h"
#include "kernel/process.h"
#include "kernel/syscalls.h"
#include "kernel/usercopy.h"
#include "mm/vm.h"

enum {
    PROT_KNOWN = PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM,
    /* What MAP_SHARED_VALIDATE knows of; MAP_FIXED_NOREPLACE is not. */
    MAP_KNOWN = MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_GROWSDOWN |
                MAP_DENYWRITE | MAP_EXECUTABLE | MAP_LOCKED | MAP_NORESERVE |
                MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB,
};

static struct vm_space *space_current(void)
{
    return process_current()->space;
}

/* Bytes as whole pages; 0 if that is more than 32 bits can say. */
static u32 whole_pages(u32 bytes)
{
    return round_up(bytes, PAGE_SIZE);
}

/* -------------------------------------------------------------------- mmap2 */

/* The flags of a region that shows nothing, or everybody the same. */
static i32 check_anonymous(u32 flags, struct vm_request *request)
{
    u32 type = flags & MAP_TYPE;

    if (flags & MAP_HUGETLB)
        return -EINVAL;
    if (type == MAP_PRIVATE)
        return 0;
    if (type != MAP_SHARED || (flags & MAP_GROWSDOWN))
        return -EINVAL;
    request->flags |= VM_SHARED | VM_MAY_WRITE;
    request->first_page = 0;
    return 0;
}

static i32 check_shared(const struct file *file, u32 rights,
                        struct vm_request *request)
{
    if ((rights & PROT_WRITE) && !file_may_write(file))
        return -EACCES;
    request->flags |= VM_SHARED;
    if (file_may_write(file))
        request->flags |= VM_MAY_WRITE;
    return 0;
}

static i32 check_file(struct file *file, u32 rights, u32 flags,
                      struct vm_request *request)
{
    u32 type = flags & MAP_TYPE;
    i32 result = 0;

    if (type == MAP_SHARED_VALIDATE && (flags & ~(u32)MAP_KNOWN))
        return -EOPNOTSUPP;
    if (type == MAP_SHARED || type == MAP_SHARED_VALIDATE)
        result = check_shared(file, rights, request);
    else if (type != MAP_PRIVATE)
        result = -EINVAL;
    if (result == 0 && !file_may_read(file))
        result = -EACCES;
    if (result == 0)
        result = file_object(file, &request->object);
    if (result == 0 && (flags & MAP_GROWSDOWN))
        result = -EINVAL;
    return result;
}

static u32 region_flags(u32 rights, u32 flags)
{
    return (rights & VM_RIGHTS) |
           (flags & MAP_GROWSDOWN ? VM_GROWS_DOWN : 0) |
           (flags & MAP_NORESERVE ? VM_NO_RESERVE : 0) |
           (flags & MAP_LOCKED ? VM_LOCKED : 0);
}

static enum vm_place place_of(u32 flags)
{
    if (flags & MAP_FIXED_NOREPLACE)
        return VM_NO_REPLACE;
    return flags & MAP_FIXED ? VM_REPLACE : VM_ANYWHERE;
}

static void note_overlap(const struct vm_region *region, void *context)
{
    struct vm_request *request = context;

    if (region->start < request->at + request->bytes &&
        request->at < region->end)
        request->bytes = 0;
}

/* A call with several things wrong: Linux looks at the place first. What is
 * wrong with that, or else `result`. */
static i32 refuse(struct vm_request *request, i32 result)
{
    if (request->bytes > USER_END)
        return -ENOMEM;
    if (request->place == VM_ANYWHERE)
        return result;
    if (request->at > USER_END - request->bytes)
        return -ENOMEM;
    if (request->at % PAGE_SIZE != 0)
        return -EINVAL;
    if (request->at < USER_START) /* a null pointer is to be a fault */
        return -EPERM;
    if (request->place == VM_NO_REPLACE)
        vm_each_region(space_current(), note_overlap, request);
    return request->bytes == 0 ? -EEXIST : result;
}

static bool is_forbidden(const struct vm_request *request)
{
    return request->place != VM_ANYWHERE && request->at < USER_START;
}

/* All of it now, as far as there is memory: nobody is told how far. */
static void populate(u32 at, u32 bytes)
{
    (void)!vm_lock(space_current(), at, bytes, true);
    (void)!vm_lock(space_current(), at, bytes, false);
}

static i32 map(u32 rights, u32 flags, struct file *file,
               struct vm_request *request)
{
    virt_addr_t at;

    if (request->bytes == 0)
        return -EINVAL;
    request->bytes = whole_pages(request->bytes);
    if (request->bytes == 0)
        return -ENOMEM;
    if (request->first_page + request->bytes / PAGE_SIZE < request->first_page)
        return -EOVERFLOW;
    i32 result = file ? check_file(file, rights, flags, request)
                      : check_anonymous(flags, request);
    if (result != 0 || is_forbidden(request))
        return refuse(request, result);
    result = errno_of(vm_map(space_current(), request, &at));
    if (result != 0)
        return result;
    if (flags & MAP_POPULATE)
        populate(at, request->bytes);
    return (i32)at;
}

i32 sys_mmap2(u32 address, u32 bytes, u32 rights, u32 flags, u32 fd, u32 page)
{
    struct vm_request request = {
        .at = address,
        .bytes = bytes,
        .flags = region_flags(rights, flags),
        .place = place_of(flags),
        .first_page = page,
    };
    struct file *file = NULL;

    if (!(flags & MAP_ANONYMOUS)) {
        file = files_at(process_current()->files, fd);
        if (!file || (file->flags & O_PATH))
            return -EBADF;
        if (flags & MAP_HUGETLB)
            return -EINVAL;
    }
    return map(rights, flags, file, &request);
}

/* --------------------------------------------------- what is mapped already */

i32 sys_munmap(u32 address, u32 bytes)
{
    if (bytes > USER_END)
        return -EINVAL;
    return errno_of(vm_unmap(space_current(), address, whole_pages(bytes)));
}

/* PROT_GROWSDOWN: from the start of the region on, which is a stack. */
static i32 extend_down(u32 *address, u32 *bytes)
{
    const struct vm_region *region = vm_region_at(space_current(), *address);

    if (!region)
        return -ENOMEM;
    if (!(region->flags & VM_GROWS_DOWN))
        return -EINVAL;
    *bytes += *address - region->start;
    *address = region->start;
    return 0;
}

i32 sys_mprotect(u32 address, u32 bytes, u32 rights)
{
    u32 grows = rights & (PROT_GROWSDOWN | PROT_GROWSUP);

    rights &= ~grows;
    if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) || address % PAGE_SIZE != 0)
        return -EINVAL;
    if (bytes == 0)
        return 0;
    bytes = whole_pages(bytes);
    if (address + bytes <= address)
        return -ENOMEM;
    if ((rights & ~(u32)PROT_KNOWN) || grows == PROT_GROWSUP)
        return -EINVAL;

    i32 result = grows ? extend_down(&address, &bytes) : 0;
    if (result != 0)
        return result;
    return errno_of(vm_protect(space_current(), address, bytes,
                               (enum vm_rights)(rights & VM_RIGHTS)));
}

i32 sys_mremap(u32 address, u32 old_bytes, u32 new_bytes, u32 flags, u32 to)
{
    virt_addr_t at = address;
    enum status status = vm_remap(space_current(), &at, whole_pages(old_bytes),
                                  whole_pages(new_bytes), flags, to);

    return status == OK ? (i32)at : errno_of(status);
}

i32 sys_madvise(u32 address, u32 bytes, u32 advice)
{
    u32 whole = whole_pages(bytes);

    if (whole < bytes)
        return -EINVAL;
    return errno_of(vm_advise(space_current(), address, whole, advice));
}

i32 sys_brk(u32 end)
{
    return (i32)vm_brk(space_current(), end);
}

/* --------------------------------------------------- is it there, and stays */

struct resident {
    u32 count;
    u8 page[256];
};

static bool note_resident(bool is, void *context)
{
    struct resident *out = context;

    out->page[out->count++] = is;
    return true;
}

COLD i32 sys_mincore(u32 address, u32 bytes, u32 vector)
{
    struct resident out;

    if (address % PAGE_SIZE != 0)
        return -EINVAL;
    if (!user_range_is_sane(user_addr(address), bytes))
        return -ENOMEM;

    u32 pages = whole_pages(bytes) / PAGE_SIZE;
    if (!user_range_is_sane(user_addr(vector), pages))
        return -EFAULT;
    for (u32 done = 0; done < pages; done += out.count) {
        u32 part = min_u32(pages - done, sizeof out.page);

        out.count = 0;
        i32 result = errno_of(vm_each_page(
            space_current(), address + done * PAGE_SIZE, part * PAGE_SIZE,
            note_resident, &out));
        if (result != 0)
            return result;
        if (!user_write(user_addr(vector + done), out.page, out.count))
            return -EFAULT;
    }
    return 0;
}

/* There is no disk to write to, and everybody sees the same pages. */
COLD i32 sys_msync(u32 address, u32 bytes, u32 flags)
{
    u32 whole = whole_pages(bytes);

    if ((flags & ~(u32)(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
        address % PAGE_SIZE != 0 ||
        (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
        return -EINVAL;
    if (address + whole < address ||
        !vm_is_mapped(space_current(), address, whole))
        return -ENOMEM;
    return 0;
}

static i32 set_locked(u32 address, u32 bytes, bool locked)
{
    u32 start = round_down(address, PAGE_SIZE);
    u32 whole = whole_pages(bytes + address % PAGE_SIZE);

    if (start + whole < start)
        return -EINVAL;
    if (whole == 0)
        return 0;
    enum status status = vm_lock(space_current(), start, whole, locked);
    return status == ERR_INVAL || status == OK ? errno_of(status) : -ENOMEM;
}

COLD i32 sys_mlock(u32 address, u32 bytes)
{
    return set_locked(address, bytes, true);
}

COLD i32 sys_munlock(u32 address, u32 bytes)
{
    return set_locked(address, bytes, false);
}
