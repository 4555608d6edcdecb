"""GDB commands for Strata's memory. `make debug` loads them.

    strata walk ADDR        how the processor looks the address up, and what is
                            there
    strata frame N          what L1 has written down about a frame
    strata kva              L3's ranges
    strata heap [ADDR]      L4: caches and blocks, or what ADDR is in
    strata ps               L5: threads and processes
    strata maps [PID]       the regions of a process, or of all
    strata what ADDR        all that any layer knows of the address
    strata what PID:ADDR    the same of an address of process PID
    strata what phys ADDR   the same of a physical address

They answer in the words of the shell's commands. (walk is its pt, frame its
frames; PID:ADDR will do wherever it takes an ADDR to look up.) But
they read memory and nothing else, so they answer wherever the kernel stands:
before paging is on, after a panic, after a triple fault.
"""

import os
import sys

import gdb

sys.dont_write_bytecode = True
sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from layers import heap, kva, memory, place, pt, vm, words


def lines_of(part, *arguments):
    """What a part has to say, up to where memory is damaged."""
    try:
        yield from part(*arguments)
    except memory.Damaged as why:
        yield f"damaged: {why}"


def answer(parts, *arguments, pid=None):
    """The answer, folded; as a list of lines."""
    with memory.standing_still():
        if pid is not None:
            parts = [of_process(pid, parts)]
        return [folded for part in parts
                for line in lines_of(part, *arguments)
                for folded in words.fold(line)]


def of_process(pid, parts):
    """The parts, of an address of a process."""
    def tell(*arguments):
        process = vm.find_process(pid)
        if process is None or not int(process["space"]):
            yield f"process {pid} is none that there is (see strata ps)"
            return
        memory.choose_directory(vm.space_at(int(process["space"])).root)
        for part in parts:
            yield from lines_of(part, *arguments)
    return tell


def look_up(parts, argument):
    """An address, be it of a process."""
    pid, colon, address = argument.partition(":")
    if colon and pid.strip().isdigit():
        return answer(parts, memory.number(address), pid=int(pid))
    return answer(parts, memory.number(argument))


def walk(argument):
    return look_up([pt.explain, place.there], argument)


def frame(argument):
    return answer([place.explain_frame], memory.number(argument))


def ranges(argument):
    return answer([kva.dump])


def blocks(argument):
    if argument:
        return answer([heap.explain_block], memory.number(argument))
    return answer([heap.dump])


def threads(argument):
    return answer([vm.threads])


def maps(argument):
    if argument:
        return answer([vm.dump_pid], memory.number(argument))
    return answer([vm.dump_all])


def what(argument):
    if not argument.startswith("phys "):
        return look_up(place.EVERYTHING, argument)
    address = memory.number(argument.removeprefix("phys "))
    if address < memory.DIRECT_MAP_FRAMES * memory.PAGE_SIZE:
        return answer(place.EVERYTHING, memory.DIRECT_MAP_START + address)
    return answer([place.explain_frame], address // memory.PAGE_SIZE)


class Strata(gdb.Command):
    """Strata's memory: strata walk, frame, kva, heap, ps, maps, what."""

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
        try:
            print(*self.tell(argument), sep="\n")
        except gdb.error as why:    # of an argument that has no value
            raise gdb.GdbError(str(why)) from None


# The kernel is built with -freg-struct-return: what `finish` shows of a pfn_t
# is in EAX.
gdb.execute("set struct-convention reg")

Strata()
StrataCommand("walk", walk,
              "[PID:]ADDR: how it is looked up, and what is there")
StrataCommand("frame", frame, "N: what L1 knows of the frame")
StrataCommand("kva", ranges, ": the kernel's ranges", False)
StrataCommand("heap", blocks, "[ADDR]: the heap, or what ADDR is in", False)
StrataCommand("ps", threads, ": threads and processes", False)
StrataCommand("maps", maps, "[PID]: the regions of a process, or of all",
              False)
StrataCommand("what", what, "[PID:|phys ]ADDR: all that any layer knows of it")
