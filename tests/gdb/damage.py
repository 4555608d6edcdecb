"""Random words are written into what the layers keep, of a machine that has
panicked; then everything is asked. There must be an answer, be it that memory
is damaged. GDB runs it. Prints TAP."""

import os
import random
import re
import struct
import sys

import gdb

sys.path += ["tests/boot", "tools/gdb"]
from layers import kva, memory, pmm, pt
from tap import Tap

ROUNDS, WORDS = (400 if "TEST_LONG" in os.environ else 16), 12
VICTIMS = [("pmm.c", "pmm"), ("pmm_bitmap.c", "bitmap"), ("kva.c", "kva"),
           ("slab.c", "slabs"), ("kheap_classes.c", "kheap_classes.all"),
           ("pt.c", "pt_state"), ("pt_batch.c", "pt_batch"),
           ("slab_report.c", "slab_frees"), ("memmap.c", "machine"),
           ("vm.c", "vm"), ("process.c", "family"), ("thread.c", "state")]
KINDS = ["FRAME_TABLE", "FRAME_RANGE", "FRAME_SLAB", "FRAME_LARGE"]


def frames():
    """Of the layers and the heap, with their entries."""
    table = int(memory.variable("pmm.c", "pmm")["entries"])
    entries = struct.unpack(f"<{pmm.span()}I",
                            memory.read(table, 4 * pmm.span()))
    kinds = [pmm.kinds()[name] for name in KINDS]
    for frame, entry in enumerate(entries):
        if entry >> 28 in kinds:
            yield memory.DIRECT_MAP_START + frame * memory.PAGE_SIZE, \
                memory.PAGE_SIZE
            yield table + 4 * frame, 4


def victims():
    """(address, size) of every place that may be written to."""
    with memory.standing_still():
        places = [memory.place_of(*victim) for victim in VICTIMS]
        return [(address, kind.sizeof) for address, kind in places], \
            list(frames())


def commands(places):
    """Questions about some of what is damaged."""
    return ["heap", "kva", "ps", "maps", "what 2:0x40000000",
            "what 0xf0002000", "what 0xf8000000", "what 0xc00a0000",
            "heap 0xf0001000"] + \
        [f"what 0x{address:x}" for address, _ in places] + \
        [f"frame 0x{address - memory.DIRECT_MAP_START >> 12:x}"
         for address, _ in places]


def write(address, data):
    """Physically: what translates addresses is damaged, too."""
    with memory.standing_still():
        gdb.selected_inferior().write_memory(
            address - memory.DIRECT_MAP_START, data)


def read(address):
    with memory.standing_still():
        return memory.read(address, 4)


def spoil(places, rng):
    """Words in each of the places, and what they were."""
    was = []
    for start, size in places:
        address = start + rng.randrange(size // 4) * 4
        was.append((address, read(address)))
        word = rng.choice([0, 1, 0xFFFFFFFF, rng.getrandbits(32),
                           0xC0000000 + rng.getrandbits(24),
                           rng.choice([4, 5, 6, 7, 15]) << 28])
        write(address, struct.pack("<I", word))
    return was


def at_random(tap):
    states, owned = victims()
    raised = []
    for round_ in range(ROUNDS):
        rng = random.Random(round_)
        places = rng.choices(states, k=WORDS) + rng.choices(owned, k=WORDS)
        was = spoil(places, rng)
        for command in commands(places[-6:]):
            try:
                gdb.execute(f"strata {command}", to_string=True)
            except gdb.error as error:
                raised.append((round_, command, str(error)))
        for address, data in reversed(was):
            write(address, data)
    tap.ok(not raised, "of damaged memory there is always an answer",
           *raised[:5])


def cases():
    """(address, word, command, sentence) of damage that has a name."""
    with memory.standing_still():
        caches, _ = memory.place_of("slab.c", "slabs.caches")
        node = memory.word(caches)
        starts, _ = memory.place_of("kva.c", "kva.starts")
        pde = memory.DIRECT_MAP_START + pt.directory()[0] + 4 * 960
        record, _ = memory.place_of(
            "kva.c", f"kva.first_sheet.records[{kva.starts()[1]}].name")
    return [
        (caches, 0x12345678, "heap", "a pointer says 0x12345"),
        (node, node, "heap", "the list of caches does not end"),
        (starts, 0, "kva", "L3 has no edge"),
        (record, 0xC00A0000, "kva", "a pointer says 0xc00a0000, where"),
        (record, 0xF7000000, "kva", "a pointer says 0xf7000000, where"),
        (pde, 0x00100003, "walk 0xf0001000",
         "frame 0x100 is no page table, but boot memory: damaged"),
    ]


def known(tap):
    for address, word, command, sentence in cases():
        was = read(address)
        write(address, struct.pack("<I", word))
        said = gdb.execute(f"strata {command}", to_string=True)
        write(address, was)
        tap.ok(re.search(sentence, " ".join(said.split())),
               f"strata {command} can say: {sentence}", said)


def main(tap):
    at_random(tap)
    known(tap)
    print("end of damage")


main(Tap("what"))
