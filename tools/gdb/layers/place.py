"""What lives at an address: the sentences of kernel/place.c."""

from layers import heap, kva, memory, pmm, pt, vm, words
from layers.memory import DIRECT_MAP_START, PAGE_SIZE, Damaged


def frame_in_direct_map(address):
    """Where pfn_to_ptr() comes from; the sum may have wrapped around."""
    return (address - DIRECT_MAP_START & 0xFFFFFFFF) // PAGE_SIZE


def is_ram(frame):
    return pmm.kind(frame) != pmm.kinds()["FRAME_RESERVED"]


def frame_text(frame):
    return f"frame 0x{frame:x}: {pmm.use(frame)}"


def beyond(address):
    frame = frame_in_direct_map(address)
    what = pmm.use(frame) if frame < pmm.span() else "there is none"
    return [f"  (if the direct map went on, here would be frame 0x{frame:x}: "
            f"{what})"]


# ------------------------------------------------------- the areas, in rising
# order: each answers with lines

def null(address):
    said = "null"
    if address:
        said += f" + 0x{address:x}: a field of a null struct, or an element " \
            "of a null array"
    more = is_ram(frame_in_direct_map(address))
    return [said] + (beyond(address) if more else [])


def user(address):
    space = vm.space_of_directory(pt.directory()[0])
    if space:
        return vm.user_lines(space, address)
    found, same = pt.walk(address), address // PAGE_SIZE
    if found.phys is not None:
        return ["the user half, " + frame_text(found.phys // PAGE_SIZE)]
    lines = ["nothing: in the user half, the loaded space maps no page here"]
    if is_ram(same):
        lines += [f"  (as a physical address it is in {frame_text(same)})"]
    if is_ram(frame_in_direct_map(address)):
        lines += beyond(address)
    return lines


def image_part(address):
    """The kernel's own entry for the part that holds the address."""
    for part in memory.elements(memory.variable("image.c", "parts")):
        start = int(part["start"]) // PAGE_SIZE * PAGE_SIZE
        if start <= address < -(-int(part["end"]) // PAGE_SIZE) * PAGE_SIZE:
            return part
    return None


def guard(address, name, start, end):
    side = "below" if address < start else "above"
    return f"guard page {side} '{name}', 0x{start:08x}-0x{end - 1:08x}"


def image(address, part):
    name = memory.text(part["name"])
    if int(part["access"]) == 0:
        part = image_part(int(part["end"]))
        if part is None:
            raise Damaged("the table of the image's parts is overwritten")
        return [guard(address, memory.text(part["name"]), int(part["start"]),
                      int(part["end"]))]
    symbol = words.symbol(address)
    function = f", {symbol.split()[0]}" if symbol else ""
    return [f"{name}{function}; direct map of "
            f"{frame_text(frame_in_direct_map(address))}"]


def memory_kind(phys):
    """What L0 calls it."""
    machine = memory.variable("memmap.c", "machine")
    for range_ in memory.elements(machine["ranges"])[:int(machine["count"])]:
        if int(range_["start"]) <= phys < int(range_["end"]):
            return memory.name_of("memmap_check.c", "kind_names",
                                  int(range_["kind"])) or "?"
    return "not said to be memory"


def direct(address):
    part, frame = image_part(address), frame_in_direct_map(address)
    if part:
        return image(address, part)
    if is_ram(frame):
        return ["direct map of " + frame_text(frame)]
    phys = address - DIRECT_MAP_START
    if frame < pmm.span():
        said = f"physical 0x{phys:08x} is {memory_kind(phys)}"
    else:
        said = f"the last frame is 0x{pmm.span() - 1 & 0xFFFFFFFF:x}"
    return [f"direct map of frame 0x{frame:x}, where no RAM of ours is:",
            f"  {said}"]


def range_lines(address, found):
    name = memory.text(found.name)
    if not kva.start(found) <= address < kva.end(found):
        return [guard(address, name, kva.start(found), kva.end(found))]
    said = f"byte 0x{address - kva.start(found):x} of kernel range '{name}', " \
        f"{kva.span(found)}"
    phys = pt.walk(address).phys
    if phys is None:
        return [said]
    return [said + ";", "  " + frame_text(phys // PAGE_SIZE)]


def neighbour(side, found):
    if not found:
        return f"  no range {side}"
    return f"  nearest {side}: '{memory.text(found.name)}', {kva.span(found)}"


def gap(address):
    below, above = kva.around(address) if heap.is_up() else (None, None)
    return ["nothing: between the kernel ranges", neighbour("below", below),
            neighbour("above", above)] + beyond(address)


def in_kva(address):
    found = kva.find(address) if heap.is_up() else None
    if found:
        return range_lines(address, found)
    freed = kva.freed(address) if heap.is_up() else None
    if not freed:
        return gap(address)
    return [f"nothing any more: kernel range '{memory.text(freed[0].name)}', "
            f"{kva.span(freed[0])},",
            f"  was freed by {words.caller(freed[1])}"]


def window(address):
    said = f"window {(address - memory.WINDOWS_START) // PAGE_SIZE}, "
    phys = pt.walk(address).phys
    if phys is None:
        return [said + "closed"] + beyond(address)
    return [said + "open onto " + frame_text(phys // PAGE_SIZE)]


def top(address):
    return ["nothing: the last 4 MiB are never mapped; as a number, "
            f"-0x{(1 << 32) - address:x}"]


def there(address):
    """The shell's `there:`."""
    for start, tell in [(memory.WINDOWS_END, top),
                        (memory.WINDOWS_START, window),
                        (memory.KVA_START, in_kva), (DIRECT_MAP_START, direct),
                        (memory.USER_START, user), (0, null)]:
        if address >= start:
            first, *more = tell(address)
            return [f"there: {first}"] + more


def code(address):
    said = words.code(address)
    return [said] if said else []


def explain_frame(frame):
    """The shell's `frames N`."""
    yield from pmm.explain(frame)
    if frame < pmm.span() and vm.is_for_programs(frame):
        yield from vm.users(frame)


def frame_behind(address):
    """The lines of the frame that answers at the address, or would."""
    phys = pt.walk(address).phys
    if phys is None and memory.is_direct(address):
        phys = address - DIRECT_MAP_START
    if phys is None or phys // PAGE_SIZE >= pmm.span():
        return []
    return explain_frame(phys // PAGE_SIZE)


# All that is known of an address, in parts: if one is damaged, the others are
# told none the less.
EVERYTHING = [pt.explain, there, code, frame_behind, vm.explain_entry,
              heap.explain]
