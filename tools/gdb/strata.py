"""GDB commands for Strata's memory. `make debug` loads them.

    strata walk ADDR        how the processor looks the address up, and what is
                            there
    strata frame N          what L1 has written down about a frame
    strata kva              L3's ranges
    strata heap [ADDR]      L4: caches and blocks, or what ADDR is in
    strata what ADDR        all that any layer knows of the address
    strata what phys ADDR   the same of a physical address

They answer in the words of the shell's pt, frames, kva, heap and what. But
they read memory and nothing else, so they answer wherever the kernel stands:
before paging is on, after a panic, after a triple fault.
"""

import os
import sys

import gdb

sys.dont_write_bytecode = True
sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from layers import heap, kva, memory, place, pmm, pt, words


def lines_of(part, *arguments):
    """What a part has to say, up to where memory is damaged."""
    try:
        yield from part(*arguments)
    except memory.Damaged as why:
        yield f"damaged: {why}"


def answer(parts, *arguments):
    """The answer, folded; as a list of lines."""
    with memory.standing_still():
        return [folded for part in parts
                for line in lines_of(part, *arguments)
                for folded in words.fold(line)]


def walk(argument):
    return answer([pt.explain, place.there], memory.number(argument))


def frame(argument):
    return answer([pmm.explain], memory.number(argument))


def ranges(argument):
    return answer([kva.dump])


def blocks(argument):
    if argument:
        return answer([heap.explain_block], memory.number(argument))
    return answer([heap.dump])


def what(argument):
    if not argument.startswith("phys "):
        return answer(place.EVERYTHING, memory.number(argument))
    address = memory.number(argument.removeprefix("phys "))
    if address < memory.DIRECT_MAP_FRAMES * memory.PAGE_SIZE:
        return answer(place.EVERYTHING, memory.DIRECT_MAP_START + address)
    return answer([pmm.explain], address // memory.PAGE_SIZE)


class Strata(gdb.Command):
    """Strata's memory: strata walk, frame, kva, heap, what."""

    def __init__(self):
        super().__init__("strata", gdb.COMMAND_DATA, prefix=True)


class StrataCommand(gdb.Command):
    """A command that prints lines."""

    def __init__(self, name, tell, usage, needs_argument=True):
        self.__doc__ = f"strata {name} {usage}"
        self.tell, self.needs_argument = tell, needs_argument
        super().__init__(f"strata {name}", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        if self.needs_argument and not argument:
            raise gdb.GdbError(f"Usage: {self.__doc__}")
        print(*self.tell(argument), sep="\n")


# The kernel is built with -freg-struct-return: what `finish` shows of a pfn_t
# is in EAX.
gdb.execute("set struct-convention reg")

Strata()
StrataCommand("walk", walk, "ADDR: how it is looked up, and what is there")
StrataCommand("frame", frame, "N: what L1 knows of the frame")
StrataCommand("kva", ranges, ": the kernel's ranges", False)
StrataCommand("heap", blocks, "[ADDR]: the heap, or what ADDR is in", False)
StrataCommand("what", what, "[phys] ADDR: all that any layer knows of it")
