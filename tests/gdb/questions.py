"""The same questions, put to the shell and to GDB."""

import re
import subprocess

from machine import PROMPT, ROOT

KERNEL = "build/strata.elf"
IN_GDB = {"what": "what", "pt": "walk", "frames": "frame", "heap": "heap",
          "kva": "kva", "ps": "ps", "maps": "maps"}

# What no layer has to be asked for: the edges of the address map, and holes.
EDGES = [0, 0x14, 0xFFFF, 0x10000, 0x100000, 0xBFFFFFFF, 0xC0000000,
         0xC00A0000, 0xC00B8000, 0xC0100000, 0xEFFFFFFF, 0xF0000000,
         0xF8000000, 0xFF7FFFFF, 0xFF800000, 0xFFBFF000, 0xFFC00000,
         0xFFFFFFFF]
LABELS = ["kernel_main", "text_start", "rodata_start", "data_start", "slabs",
          "kva", "boot_stack_guard", "boot_stack", "boot_directory",
          "selftest_start", "selftest_text_start", "ksyms_start", "image_end"]


def labels():
    """{name: address} of what the kernel's file says."""
    told = subprocess.run(["nm", KERNEL], cwd=ROOT, check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return {name: int(address, 16) for address, _, name in
            (line.split() for line in told.splitlines())}


def alloc(machine, size):
    return int(re.search(r"at (0x\w+)", machine.ask(f"alloc {size}"))[1], 16)


def freed(machine, size):
    address = alloc(machine, size)
    machine.ask(f"free 0x{address:x}")
    return address


def descriptor(machine, address):
    """Of the slab that the address lies in."""
    said = machine.ask(f"frames {(address - 0xC0000000) >> 12}")
    return 0xC0000000 + 64 * int(re.search(r"(\d+)\s+is its descriptor",
                                           said)[1])


def heap_addresses(machine):
    """A block or two of each sort, in use and freed."""
    small, neighbour = alloc(machine, 100), alloc(machine, 100)
    medium, large = alloc(machine, 8192), alloc(machine, 100000)
    mapped, last = alloc(machine, 9000000), alloc(machine, 40 << 20)
    gone, large_gone = freed(machine, 100), freed(machine, 20000)
    mapped_gone = freed(machine, 9000000)
    return [small, small + 50, neighbour + 3, gone, gone + 100, small + 4095,
            descriptor(machine, small), medium + 5000, large, large + 0x12345,
            large + 0x18FFF, large_gone, large_gone + 0x4000, mapped,
            mapped - 1, mapped + 0x234567, last - 1, last + (40 << 20),
            mapped_gone, mapped_gone + 0x1234, last + (60 << 20)]


def table_addresses(machine):
    """In the directory and two page tables."""
    directory = re.search(r"CR3=(\w+)", machine.monitor("info registers"))[1]
    tables = [re.search(r" table at (0x\w+)", machine.ask(f"pt {address}"))[1]
              for address in ["0xf0001000", "0xc0100000"]]
    return [0xC0000000 + int(place, 16) + offset for place, offset in
            [(directory, 0), (directory, 960 * 4 + 1), (tables[0], 8),
             (tables[1], 0x404)]]


def all_questions(machine):
    """They change what the heap has, once, before the first is put."""
    address_of = labels()
    addresses = EDGES + [address_of[name] for name in LABELS] + \
        [address_of["kernel_main"] + 7] + heap_addresses(machine) + \
        table_addresses(machine)
    last = int(re.search(r"(\d+) frames spanned", machine.ask("mem"))[1]) - 1
    frames = [0, 1, 0xA0, 0x100, last, last + 1, last - 5, 0xFFFFF] + \
        [address - 0xC0000000 >> 12 for address in addresses
         if 0xC8000000 > address >= 0xC0000000]
    return [f"what 0x{address:x}" for address in addresses] + \
        [f"pt 0x{address:x}" for address in addresses] + \
        [f"heap 0x{address:x}" for address in addresses] + \
        [f"frames 0x{frame:x}" for frame in dict.fromkeys(frames)] + \
        ["heap", "kva"]


def ask_shell(machine, questions):
    """{question: lines}; the first that comes is the echo."""
    return {question: machine.ask(question).splitlines()[1:]
            for question in questions}


def ask_gdb(machine, questions, before="", after=""):
    """The same of GDB, between commands of its own."""
    script = [f"source tools/gdb/strata.py\n{before}"]
    for question in questions:
        name, *argument = question.split()
        script.append(f"echo @{question}\\n\n"
                      f"strata {' '.join([IN_GDB[name], *argument])}")
    said = machine.gdb("\n".join(script) + f"\necho @\\n\n{after}", KERNEL)
    parts = [part.splitlines() for part in said.split("@")[1:-1]]
    return {part[0]: part[1:] for part in parts}


def boot(machine):
    machine.read_until(PROMPT)
    return all_questions(machine)


# Where user/regions.c has what, and where it has nothing.
OF_REGIONS = [0, 0x30, 0x10000, 0x08048123, 0x08049004, 0x0804A000, 0x0804F000,
              0x20000000, *(0x40000000 + offset for offset in
                            [0, 0xFFFF, 0x10000, 0x10FFF, 0x11000, 0x20000,
                             0x21000, 0x30000, 0x31000, 0x40000, 0x41000,
                             0x50000, 0x60000]), 0x40050000 + 0x80000,
              0xBF000000, 0xBFF00000, 0xBFFFFFFF, 0xC0100000, 0xF0000000]


def run_regions(machine):
    """Questions about a program that runs beside the shell, and its child."""
    machine.read_until(PROMPT)
    machine.send("run /regions 600 &\r")
    pid = int(re.search(r"process (\d+)", machine.read_until(PROMPT))[1])
    machine.read_until("from the beginning\n")
    machine.ask("")
    shown = machine.ask(f"what {pid}:0x40020000")
    frames = re.findall(r" at 0x(\w{5})000:", shown) + \
        re.findall(r"frame 0x(\w+):", machine.ask(f"what {pid}:0x40030000")) + \
        re.findall(r"CR3=(\w{5})000", machine.monitor("info registers"))
    return [f"{name} {of}:0x{address:x}" for name in ["what", "pt"]
            for of in [pid, pid + 1] for address in OF_REGIONS] + \
        [f"what 0x{address:x}" for address in OF_REGIONS] + \
        [f"frames 0x{frame}" for frame in frames] + \
        [f"what 0x{0xC0000000 + int(frame, 16) * 4096 + 0x80:x}"
         for frame in frames] + \
        ["maps", f"maps {pid}", "maps 0", "maps 99", "ps"]
