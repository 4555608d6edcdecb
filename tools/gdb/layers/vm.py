"""L5: spaces, their regions, and the processes that they are of."""

import struct
from collections import namedtuple

from layers import memory, pmm, pt
from layers.memory import CHUNK_SIZE, PAGE_SIZE

SPACES_MAX = PROCESSES_MAX = 40000      # a longer list is a damaged one
REGIONS_MAX = 65530
STACK_GUARD = 1 << 20
USER_END = memory.DIRECT_MAP_START

Space = namedtuple("Space", "address root value")
Region = namedtuple("Region", "start end flags object first_page")


def flag(name):
    kind = "vm_rights" if name in memory.enum("vm_rights") else "vm_flags"
    return memory.enum(kind)[name]


# ---------------------------------------------------------------- processes

def processes():
    """(address, process), in the order of their birth."""
    return memory.members("process.c", "family.all", "struct process", "all",
                          PROCESSES_MAX)


def find_process(pid):
    return next((process for _, process in processes()
                 if int(process["pid"]) == pid), None)


def name_of(process):
    return bytes(int(c) & 255 for c in memory.elements(process["name"])) \
        .split(b"\0")[0].decode("latin-1")


def owner(space):
    """Words for whose space it is."""
    for _, process in processes():
        if int(process["space"]) == space:
            return f"process {int(process['pid'])} '{name_of(process)}'"
    return "a space without a process"


# ------------------------------------------------------------------- spaces

def space_at(address):
    value = memory.value(address, "struct vm_space")
    return Space(address, int(value["pt"]["directory"]["n"]) * PAGE_SIZE,
                 value)


def spaces():
    for address, _ in memory.members("vm.c", "vm.spaces", "struct vm_space",
                                     "node", SPACES_MAX):
        yield space_at(address)


def space_of_directory(root):
    """The space that a page directory is of, or None."""
    if root == pt.kernel_directory():
        return None
    return next((space for space in spaces() if space.root == root), None)


def regions(space):
    head = space.address + memory.offset_of("struct vm_space", "regions")
    for _, region in memory.members_at(head, "struct vm_region", "node",
                                       REGIONS_MAX):
        yield Region(*(int(region[field]) for field in Region._fields))


def page_tables():
    """(address, directory) of all of L2's, as tour_next_space() has them."""
    for address, table in memory.members("pt.c", "pt_state.spaces",
                                         "struct page_table", "node",
                                         SPACES_MAX):
        root = int(table["directory"]["n"]) * PAGE_SIZE
        if pt.is_table(root):
            yield address, root


def entries(table):
    return struct.unpack("<1024I", memory.read(
        memory.DIRECT_MAP_START + (table & ~(PAGE_SIZE - 1)), PAGE_SIZE))


def tables(root):
    """(number of the chunk, entries of its table) of those that there are."""
    for chunk, pde in enumerate(entries(root)):
        if pde & (pt.PRESENT | pt.LARGE) == pt.PRESENT and \
                pt.is_table(pde & ~(PAGE_SIZE - 1)):
            yield chunk, pde, entries(pde)


def pages_there(space):
    """The numbers of its pages of which the entry is not 0."""
    return [chunk * 1024 + index for chunk, _, table in tables(space.root)
            if chunk < USER_END // CHUNK_SIZE
            for index, entry in enumerate(table) if entry]


# -------------------------------------------------------------------- telling

def rights(region):
    return "".join(letter if region.flags & flag(name) else "-"
                   for letter, name in
                   zip("rwx", ["VM_READ", "VM_WRITE", "VM_EXEC"])) + \
        ("s" if region.flags & flag("VM_SHARED") else "p")


def file_of(region):
    if not region.object:
        return None
    name = memory.value(region.object, "struct vm_object")["name"]
    return memory.text(name) if int(name) else None


def region_name(space, region):
    if region.object:
        return "file" if file_of(region) is not None else "shared memory"
    if region.flags & flag("VM_GROWS_DOWN"):
        return "stack"
    if region.start < int(space.value["heap_end"]) and \
            region.end > int(space.value["heap_start"]):
        return "heap"
    return "private memory"


def region_text(space, region):
    said = f"0x{region.start:08x}-0x{region.end - 1:08x} {rights(region)}, " \
        f"{region_name(space, region)}"
    file = file_of(region)
    return said if file is None else \
        f"{said} '{file}' from page {region.first_page} on"


def state_of_absent(region, address):
    page = region.first_page + (address - region.start) // PAGE_SIZE
    if not region.flags & flag("VM_RIGHTS"):
        return "PAGE_FORBIDDEN"
    if not region.object:
        return "PAGE_UNTOUCHED"
    object_ = memory.value(region.object, "struct vm_object")
    if page >= int(object_["pages"]):
        return "PAGE_BEYOND"
    table = memory.word(int(object_["frames"]) + page // 1024 * 4)
    has = table and memory.word(table + page % 1024 * 4) != 0xFFFFFFFF
    return "PAGE_ELSEWHERE" if has else "PAGE_UNREAD"


def state_of(region, address, found):
    """As kernel/place_user.c has it."""
    pte = found.pte or 0
    if pte & pt.HELD:
        return "PAGE_HELD"
    if found.phys is None:
        return state_of_absent(region, address)
    if not pte & pt.COUNTED:
        return "PAGE_ZEROS"
    writable, shared = flag("VM_WRITE"), flag("VM_SHARED")
    if pte & pt.WRITE or region.flags & (writable | shared) != writable:
        return "PAGE_PLAIN"
    frame = found.phys // PAGE_SIZE
    if pmm.kind(frame) != pmm.kinds()["FRAME_USER"]:
        return "PAGE_OBJECTS"
    return "PAGE_SHARED" if pmm.payload(frame) > 1 else "PAGE_ALONE"


def page_lines(space, region, address):
    found = pt.walk(address)
    lines = [f"byte 0x{address - region.start:x} of a region of "
             f"{owner(space.address)},", f"  {region_text(space, region)}"]
    if found.phys is not None:
        frame = found.phys // PAGE_SIZE
        lines.append(f"  frame 0x{frame:x}: {pmm.use(frame)}")
    state = memory.enum("page_state")[state_of(region, address, found)]
    said = memory.name_of("place_user.c", "page_states", state)
    return lines + ([f"  {said}"] if said else [])


def neighbour(space, side, region):
    if region is None:
        return f"  no region {side}"
    return f"  nearest {side}: {region_text(space, region)}"


def fate_below_stack(space, below, stack, page):
    if stack.end - page > int(space.value["stack_max"]):
        return "  farther below the stack than it may grow"
    if below and below.flags & flag("VM_RIGHTS") and \
            not below.flags & flag("VM_GROWS_DOWN") and \
            page - below.end < STACK_GUARD:
        return "  in the gap of 1 MiB that stays free below a stack"
    return "  a touch lets the stack grow down to here, if there is memory"


def user_lines(space, address):
    """What place_print_user() says."""
    below = above = None
    for region in regions(space):
        if region.start <= address:
            below = region
        elif above is None:
            above = region
    if below and address < below.end:
        return page_lines(space, below, address)
    lines = [f"nothing: no region of {owner(space.address)} is here",
             neighbour(space, "below", below),
             neighbour(space, "above", above)]
    if above and above.flags & flag("VM_GROWS_DOWN"):
        lines.append(fate_below_stack(space, below, above,
                                      address // PAGE_SIZE * PAGE_SIZE))
    return lines


# -------------------------------------------------------- who uses a frame

def uses(frame):
    """(page table, address) of each entry that holds a reference, and of each
    chunk that it is the table of: pt_find_uses()."""
    kernel, _ = memory.place_of("pt.c", "pt_state.kernel")
    for place, root in page_tables():
        for chunk, pde, table in tables(root):
            start = chunk * CHUNK_SIZE
            if (start >= USER_END) != (place == kernel):
                continue
            if pde // PAGE_SIZE == frame:
                yield place, start
            if USER_END <= start < memory.KVA_START or \
                    start >= memory.WINDOWS_START:
                continue
            for index, entry in enumerate(table):
                if entry // PAGE_SIZE == frame and entry & pt.COUNTED:
                    yield place, start + index * PAGE_SIZE


def is_for_programs(frame):
    kinds = pmm.kinds()
    return pmm.kind(frame) in [kinds["FRAME_USER"], kinds["FRAME_FILE"],
                               kinds["FRAME_TABLE"]]


def users(frame):
    """What place_print_users() says."""
    kernel, _ = memory.place_of("pt.c", "pt_state.kernel")
    offset = memory.offset_of("struct vm_space", "pt")
    for space in spaces():
        if space.root // PAGE_SIZE == frame:
            yield f"  the page directory of {owner(space.address)}"
    if pt.kernel_directory() // PAGE_SIZE == frame:
        yield "  the page directory of the kernel"
    is_table = pmm.kind(frame) == pmm.kinds()["FRAME_TABLE"]
    found = list(uses(frame))
    said = ", and at ".join(
        f"0x{address:08x} of " +
        ("the kernel" if place == kernel else owner(place - offset))
        for place, address in found[:2])
    if len(found) > 2:
        said += f", and {len(found) - 2} times more"
    if found:
        yield f"  {'the page table for' if is_table else 'mapped at'} {said}"


def explain_entry(address):
    """Of an address in a page table: which entry it is."""
    table = (address - memory.DIRECT_MAP_START) // PAGE_SIZE
    if not memory.is_direct(address) or \
            pmm.kind(table) != pmm.kinds()["FRAME_TABLE"]:
        return
    index = address % PAGE_SIZE // 4
    said = f"entry {index}, 0x{memory.word(address & ~3):08x}, of "
    if any(root // PAGE_SIZE == table for _, root in page_tables()):
        yield said + f"a page directory: for 0x{index * CHUNK_SIZE:08x}"
        return
    found = next(uses(table), None)
    if found:
        yield said + f"a page table: for 0x{found[1] + index * PAGE_SIZE:08x}"
    else:
        yield said + "a page table that no space has"


# ------------------------------------------------------------- maps and ps

def dump(process):
    """The shell's `maps PID`."""
    if not int(process["space"]):
        return
    space = space_at(int(process["space"]))
    there = pages_there(space)
    yield f"process {int(process['pid'])} '{name_of(process)}':"
    for region in regions(space):
        file = file_of(region)
        count = sum(region.start <= page * PAGE_SIZE < region.end
                    for page in there)
        yield f"  {region.start:08x}-{region.end - 1:08x}  " \
            f"{rights(region)}  {(region.end - region.start) >> 10:7} KiB, " \
            f"{count:5} pages there  {region_name(space, region)}" + \
            (f" '{file}'" if file is not None else "")
    yield f"  {int(space.value['region_count'])} regions of " \
        f"{int(space.value['mapped_pages']) * 4} KiB, {len(there)} pages " \
        f"there; {int(space.value['promised'])} frames promised"


def dump_all():
    for _, process in processes():
        yield from dump(process)


def dump_pid(pid):
    process = find_process(pid)
    if process is not None and int(process["space"]):
        yield from dump(process)
        return
    why = "it has ended" if process is not None else \
        "there is no such process" if pid else \
        "it is the kernel (see pt and kva)"
    yield f"maps: process {pid} has no space: {why}"


def stack_used(thread):
    start, end = int(thread["stack"]), int(thread["stack_end"])
    for at in range(start, min(end, start + (1 << 16)), 4):
        if memory.word(at):
            return end - at
    return 0


def thread_line(address, thread):
    process, space = int(thread["process"]), int(thread["space"])
    parent = 0
    if process:
        parent = int(memory.value(memory.value(process, "struct process")
                                  ["parent"], "struct process")["pid"])
    running = int(memory.variable("sched.c", "thread_running"))
    state = "running" if address == running else \
        memory.name_of("cmd_proc.c", "thread_states",
                       int(thread["state"])) or "?"
    said = f"{int(thread['id']):5} {parent:6}  {name_of(thread):15}  " \
        f"{state:7}  {stack_used(thread):5} of " \
        f"{int(thread['stack_end']) - int(thread['stack']):5}"
    if space:
        found = space_at(space)
        said += f"  {int(found.value['mapped_pages']) * 4:7}   " \
            f"{len(pages_there(found)) * 4:7}"
    return said


def threads():
    """The shell's `ps`."""
    yield "   id parent  name             state    kernel stack      mapped, " \
        "there: KiB"
    for address, thread in memory.members("thread.c", "state.threads",
                                          "struct thread", "all",
                                          PROCESSES_MAX):
        yield thread_line(address, thread)
    for _, process in processes():
        if int(process["exited"]):
            parent = memory.value(process["parent"], "struct process")
            yield f"{int(process['pid']):5} {int(parent['pid']):6}  " \
                f"{name_of(process):15}  has ended; its parent has not " \
                "waited for it"
