"""L1: what is written down about a frame."""

from layers import memory
from layers.memory import PAGE_SIZE

ORDER_TAIL = 15     # as in mm/pmm_internal.h


def kinds():
    return memory.enum("frame_kind")


def span():
    return int(memory.variable("pmm.c", "pmm")["span"])


def entry(frame):
    return memory.word(int(memory.variable("pmm.c", "pmm")["entries"]) +
                       4 * frame)


def waits_here(entry_):
    return entry_ >> 28 == 0


def kind(frame):
    if frame >= span():
        return kinds()["FRAME_RESERVED"]
    return entry(frame) >> 28 or kinds()["FRAME_FREE"]


def order(frame):
    return entry(frame) >> 24 & 15


def payload(frame):
    return entry(frame) & 0xFFFFFF


def name(kind_):
    return memory.name_of("pmm.c", "kind_names", kind_) or "?"


def is_in_bitmap(frame):
    """By the words of the frame's chunk: those that are wholly free are in the
    last of its masks only."""
    chunk_type = memory.gdb.lookup_type("struct chunk")
    chunks = int(memory.variable("pmm_bitmap.c", "bitmap")["chunks"])
    chunk = memory.value(chunks + frame // 1024 * chunk_type.sizeof,
                         chunk_type)
    place, bit = divmod(frame % 1024, 32)
    if int(memory.elements(chunk["by_fits"])[-1]) >> place & 1:
        return True
    return bool(int(chunk["words"][place]) >> bit & 1)


def is_head(entry_):
    """Not so of a tail, nor of a frame that is free in the bitmap."""
    return entry_ != kinds()["FRAME_FREE"] << 28 and \
        entry_ >> 24 & 15 != ORDER_TAIL


def head(frame):
    """The first frame of the run that it lies in."""
    if is_head(entry(frame)) or is_in_bitmap(frame):
        return frame
    for size in range(1, 11):
        first = frame >> size << size
        if is_head(entry(first)) and order(first) >= size:
            return first
    return frame


def waits(frame):
    """In the store, be it the run's head or a tail?"""
    return frame < span() and waits_here(entry(head(frame)))


def is_free(frame):
    return frame < span() and (is_in_bitmap(frame) or waits(frame))


# -------------------------------------------------------------------- telling

def use(frame):
    """What it is used for: place_print_use()."""
    if is_free(frame) or kind(frame) == kinds()["FRAME_RESERVED"]:
        return name(kind(frame))
    first = head(frame)
    said = name(kind(first))
    if first != frame:
        said = f"inside the run of frame 0x{first:x}: {said}"
    if order(first) > 0:
        said += f", a run of {1 << order(first)} frames"
    meaning = memory.name_of("place.c", "payload_names", kind(first))
    return said + (f", {payload(first)} {meaning}" if meaning else "")


def where_free(frame):
    if not waits(frame):
        return " in the bitmap"
    first = head(frame)
    if order(first) == 0:
        return ", waits in the store"
    return (f", waits in the store: in the run of {1 << order(first)} frames "
            f"from 0x{first:x} on")


def explain(frame):
    """What the shell's `frames N` begins with."""
    if frame >= span():
        yield (f"frames: there is no frame 0x{frame:x}, the last is "
               f"0x{span() - 1:x}" if span() else "L1 is not up yet")
        return
    phys = frame * PAGE_SIZE
    where = "above the direct map"
    if frame < memory.DIRECT_MAP_FRAMES:
        where = f"direct map at 0x{memory.DIRECT_MAP_START + phys:08x}"
    yield f"frame 0x{frame:x}: physical 0x{phys:08x}, {where}"
    yield f"  {use(frame)}{where_free(frame) if is_free(frame) else ''}"
