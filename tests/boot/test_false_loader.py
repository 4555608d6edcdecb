#!/usr/bin/env -S python3 -B
"""The kernel, started by a loader that lies.

    tests/boot/test_false_loader.py [SEED...]

tests/boot/false_loader.asm starts the kernel with a memory map of
tests/model, by its seed, and with other information that may be wrong in any
way. Only what it calls usable lies within the machine's RAM. The kernel has to
boot and to count its memory as the model does; or, where there is too little
memory, to refuse with a sentence. With seeds, just these are tried, and all is
shown. TEST_LONG in the environment asks for ten times as many.
"""

import os
import random
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from machine import PASSED, PROMPT, ROOT, Ended, Hang, Machine, build_folder
from tap import Tap

KERNEL = build_folder("gcc") / "strata.elf"
LOADER = build_folder("gcc") / "false_loader.elf"
STORY = ROOT / "build/fuzz/story"
CASES, CASES_LONG = 20, 200
BOUND = 30              # seconds; a boot takes one
ROOM = 700 * 24         # bytes of a story
RECORDED = 17           # the first so many seeds are recorded maps
MAGIC = 0x2badb002
MIB = 1 << 20
LOW_END = 768 * MIB     # of what the kernel needs some of
LOADER_HIGH = 0x280000  # where it may lie: above the kernel, below its loader
NOWHERE = [0xffffffff, 0xfffffff0, 0xdeadbeef, 0x30000000, 0x2ffffff8,
           0xa0000, 0xfee00000, 0x2f000000, 1]

# How the kernel refuses, as far as this program gives it reason to.
REFUSALS = [
    "not started by a Multiboot loader",
    "the boot loader's information, at 0x",
    "the boot loader says nothing about memory",
    "memmap: no usable memory in ",
    "the boot loader's memory map does not say that there is RAM where the "
    "kernel is",
    "pmm: no room below 768 MiB for ",
    "pt: no frame for a page table of the kernel",
]

SAYS = re.compile(r"memmap: (\d+) KiB of RAM managed, (\d+) MiB beyond 4 GiB; "
                  r"(\d+) entries")


def kernel_end():
    symbols = subprocess.run(["nm", KERNEL], check=True, text=True,
                             capture_output=True).stdout
    return int(re.search(r"(\w+) . image_end", symbols)[1], 16) - 0xc0000000


class Story:
    """What build/fuzz/story prints of a map."""

    def __init__(self, seed, ram):
        command = [STORY, str(seed), str(ROOM), f"{ram:x}",
                   f"{kernel_end():x}"]
        run = subprocess.run(command, check=True, text=True,
                             capture_output=True)
        self.text, self.bytes, self.sums = run.stdout, b"", {}
        self.true, self.modules = [], []
        for line in run.stdout.splitlines():
            word, rest = line.split(" ", 1)
            if word == "bytes":
                self.bytes = bytes.fromhex(rest)
            elif word == "sums":
                words = rest.split()
                self.sums = dict(zip(words[::2],
                                     (int(n, 16) for n in words[1::2])))
            elif word in ("true", "taken"):
                start, end, kind = rest.split(" ", 2)
                place = int(start, 16), int(end, 16), kind
                if word == "true":
                    self.true.append(place)
                elif kind == "module":
                    self.modules.append(place[:2])

    def has_kernel(self):
        return any(kind == "kernel" and start == MIB and end >= kernel_end()
                   for start, end, kind in self.true)

    def has_room(self):
        """Is there so much memory in a row that nothing can go wrong?"""
        usable = [(start, end) for start, end, kind in self.true
                  if kind == "usable"]
        tables = max((end for _, end in usable), default=0) // 800
        low = [min(end, LOW_END) - start for start, end in usable
               if start < LOW_END]
        return max(low, default=0) >= 4 * tables + 2 * MIB


class Case:
    """A machine, and what it is told about itself."""

    def __init__(self, seed):
        self.seed = seed
        chance = self.chance = random.Random(seed)
        self.memory = chance.choice([8, 16, 64, 128, 256, 512])
        self.board = chance.choice(["pc", "pc", "q35"])
        self.story = Story(seed, self.memory * MIB)
        self.lies = seed >= RECORDED
        self.base = chance.choice([0x20000, LOADER_HIGH])
        self.block = bytearray(64)      # the Multiboot information, first
        self.magic = 0x2badb003 if self.lie(60) else MAGIC
        self.info = 0xfffffff0 if self.lie(60) else self.base
        self.has_map = not self.lie(30)
        self.write_info()

    def lie(self, one_in):
        return self.lies and self.chance.randrange(one_in) == 0

    def put(self, data, align=1):
        """Append bytes to the block. Returns their address."""
        self.block += bytes(-len(self.block) % align) + data
        return self.base + len(self.block) - len(data)

    def command_line(self):
        # The tests are for whoever has some memory.
        if self.story.has_room() and not self.list_lies and not self.lie(3):
            return self.put(self.chance.choice([b"test=memmap\0",
                                                b"test=pmm\0"]))
        return self.chance.choice(
            NOWHERE + [self.put(b"strata " + b"x" * 3000),
                       self.put(self.chance.randbytes(300) + b"\0")])

    def name(self):
        if self.lie(3):
            return self.chance.choice(NOWHERE)
        return self.put(b"module name\0" if not self.lie(4) else b"m" * 200)

    def module_list(self):
        """(how many are claimed, where)"""
        entries = [struct.pack("<4I", *place, self.name(), 0)
                   for place in self.story.modules]
        if self.lie(4):
            entries.append(struct.pack("<4I", 0x5000, 0x1000, 0, 0))
        place = self.put(b"".join(entries), self.chance.choice([1, 4]))
        self.list_lies = self.lie(5)    # what it is taken for may take all
        if self.list_lies and self.lie(2):
            return self.chance.choice([5, 1 << 28]), self.chance.choice(NOWHERE)
        return len(entries) + 20 * self.list_lies, place

    def sizes(self):
        """mem_lower and mem_upper: true if they are to be heeded."""
        if self.has_map and self.story.sums["entries"] > 2:
            return self.chance.choice(
                [(0, 0), (639, 0xffffffff), (0xffffffff, 1)])
        return 639, (self.memory - 1) * 1024 - 128

    def write_info(self):
        flags = 0x5 | 0x8 * bool(self.story.modules) | 0x40 * self.has_map
        if self.lie(4):
            flags |= self.chance.getrandbits(32) & ~0x48
        modules = self.module_list()
        line = self.command_line()
        self.map = self.put(self.story.bytes, self.chance.choice([1, 4, 4096]))
        struct.pack_into("<13I", self.block, 0, flags, *self.sizes(), 0, line,
                         *modules, 0, 0, 0, 0, len(self.story.bytes), self.map)

    def file(self):
        return struct.pack("<4I", self.magic, self.info, self.base,
                           len(self.block)) + self.block + bytes(8)

    def may_refuse(self):
        return (self.magic != MAGIC or self.info != self.base or
                self.list_lies or not self.story.has_kernel() or
                not self.story.has_room())


def boot(case, folder):
    """(what the serial port said, how it ended: "prompt", "halt" or QEMU's
    status)"""
    path = Path(folder, "case")
    path.write_bytes(case.file())
    with Machine("-kernel", LOADER, "-M", case.board,
                 "-initrd", f"{KERNEL},{path}", memory=case.memory,
                 bound=BOUND) as machine:
        try:
            for line in machine.lines():
                if line.startswith("panic: "):
                    return machine.log, "halt"
                if line.startswith("boot: ") and "to prompt" in line:
                    machine.read_until("strata> ")
                    return machine.log, "prompt"
            return machine.log, machine.wait()
        except (Hang, Ended) as end:
            return machine.log, str(end)


def sums_differ(case, log):
    """Does the kernel count otherwise than the model? None: it does not."""
    said, sums = SAYS.search(log), case.story.sums
    if not said:
        return "the kernel does not say what memory there is"
    if not case.has_map or "no memory map;" in log or "did not fit" in log:
        return None
    counted = tuple(int(number) for number in said.groups())
    true = (sums["managed"] >> 10, sums["beyond"] >> 20, sums["entries"])
    return None if counted == true else f"counted {counted}, true is {true}"


def wrong(case, log, end):
    """What is wrong with how it went? None: nothing."""
    if end == "halt":
        sentence = re.search(r"^panic: (.*)", log, re.M)[1]
        if not any(words in sentence for words in REFUSALS):
            return f"a panic that is no refusal: {sentence}"
        return None if case.may_refuse() else f"refused in vain: {sentence}"
    if end not in ("prompt", PASSED):
        return f"ended with: {end}"
    if case.magic != MAGIC or case.info != case.base:
        return "it booted without the information"
    return sums_differ(case, log)


def main():
    assert kernel_end() <= LOADER_HIGH, "the kernel reaches to what is copied"
    tap = Tap("false loader")
    asked = [int(word) for word in sys.argv[1:]]
    count = CASES_LONG if os.environ.get("TEST_LONG") else CASES
    # Every recorded map in the long run; in the usual one, a few.
    first = 0 if count > RECORDED * 4 else RECORDED - 6
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        for seed in asked or range(first, first + count):
            case = Case(seed)
            log, end = boot(case, folder)
            objection = wrong(case, log, end)
            tap.ok(not objection, f"story {seed}: {case.memory} MiB are "
                   "understood, or refused with a sentence", objection,
                   f"repeat it with tests/boot/test_false_loader.py {seed}",
                   log)
            if asked:
                tap.note(f"{case.story.text}{log}\nend: {end}")
    tap.done()


main()
