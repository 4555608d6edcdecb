#!/usr/bin/env -S python3 -B
"""mm/ without this kernel: what docs/porting.md says of it, and the examples.

The guide's table is read from the guide: the files that it lists are copied
into an empty folder and compiled there, with the flags that it gives.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/boot"))
from machine import Machine, build_folder
from tap import Tap

GUIDE = (ROOT / "docs/porting.md").read_text()
COMPILERS = {
    "gcc": ["i686-linux-gnu-gcc"],
    "clang": ["clang", "--target=i686-linux-gnu"],
}
WITH, WITHOUT = "-freg-struct-return", "-fpcc-struct-return"
MISMATCH = "mm/ and its caller return structs in two ways"

ARENA_SAYS = [
    r"memmap: 16384 KiB of RAM managed, ",
    r"pmm: 4096 frames spanned = \d+ free \+ \d+ used \+ 0 reserved",
    r"kheap: \d+ size classes",
    r"1000 of 1000 blocks kept what was written",
    r"2[45]\d blocks of 64 KiB, then NULL",
    r"  1\d{3} allocations, 1\d{3} frees, 1 refused",
    r"(\d+) frames were free, \1 are$",
]

KERNEL_SAYS = [
    r"memmap: 65\d{3} KiB of RAM managed, ",
    r"pmm: 16352 frames spanned = ",
    r"kheap: \d+ size classes",
    r"a frame at 0x\w+000, eight more from 0x\w+[08]000 on",
    r"a block from 0x0\w+ to 0x0\w+000: kept by a move",
    r"a block of 1 GiB: refused",
    r"  00000000-0009efff      636 KiB  kernel",
    r"  1 large blocks of 25 frames, 0 mapped blocks of 0 pages",
    r"all invariants hold; now a block is freed twice",
    r"panic: kfree of 0x0\w+000, by 0x001\w+: it is free already; freed "
    r"before by 0x001\w+$",
]
KERNEL_STATUS = 3       # a panic writes 1 to isa-debug-exit


def run(*command, folder=ROOT):
    """The status, and all that the command printed."""
    done = subprocess.run(command, cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def build(*command, folder=ROOT):
    status, text = run(*command, folder=folder)
    if status:
        raise RuntimeError(text)
    return text


def first_missing(patterns, text):
    """The first pattern that no line after the ones before it begins with."""
    lines = iter(text.splitlines())
    return next((pattern for pattern in patterns
                 if not any(re.match(pattern, line) for line in lines)), None)


# ------------------------------------------------------------------ examples

def arena(tap, compiler, bits):
    status, text = run(build_folder(compiler) / f"port/arena-{bits}")
    missing = first_missing(ARENA_SAYS, text)
    tap.ok(status == 0 and not missing,
           f"{compiler}, {bits} bit: a Linux program has a heap in an arena",
           f"status {status}, missing: {missing}", text)


def kernel(tap, compiler):
    image = build_folder(compiler) / "port/kernel.elf"
    with Machine("-kernel", image, memory=64) as machine:
        status = machine.wait()
        machine.reader.join()
        missing = first_missing(KERNEL_SAYS, machine.log)
        tap.ok(status == KERNEL_STATUS and not missing and
               "nobody noticed" not in machine.log,
               f"{compiler}: a kernel without paging boots, has a heap, and "
               "is told of a double free",
               f"status {status}, missing: {missing}", machine.log)
    symbols = build("nm", image)
    higher = re.findall(r" [TtBbDd] ((?:pt|kva)_\w+)", symbols)
    tap.ok(not higher and " T kalloc" in symbols,
           f"{compiler}: the heap brings no page tables along", higher)


# ------------------------------------------------------------------ the flag

def compile_to(folder, compiler, source, *flags):
    out = f"{folder}/{Path(source).stem}.o"
    build(*COMPILERS[compiler], "-std=gnu11", "-ffreestanding", "-fno-pie",
          "-Iinclude", "-DCHECKED=0", *flags, "-c", source, "-o", out)
    return out


def mixed(tap, compiler, caller, library, level):
    """The caller is the example; of the library, the files of L0."""
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        objects = [compile_to(folder, compiler, "tests/port/arena.c", level,
                              "-mstackrealign", caller)]
        objects += [compile_to(folder, compiler, source.relative_to(ROOT),
                               level, library)
                    for source in ROOT.glob("mm/memmap*.c")]
        program = f"{folder}/program"
        build("i686-linux-gnu-gcc", "-static", "-no-pie", "-o", program,
              *objects, "build/lib/kheap_unmapped.o",
              "build/lib/libstrata-mm.a")
        status, text = run(program)
    tap.ok(status == 1 and text.startswith(MISMATCH) and
           text.count("\n") == 1 and WITH in text,
           f"{compiler} {level}: caller {caller}, mm/ {library}: told before "
           "anything else", f"status {status}", text)


# ----------------------------------------------------------------- the table

def read_cell(text, before, everything):
    taken, _, left = text.partition("without")
    names = re.findall(r"`(.+?)`", taken)
    if taken.startswith("the same"):
        names += before
    if taken.startswith("all"):
        names += everything
    return [name for name in names if name not in re.findall(r"`(.+?)`", left)]


def read_table():
    """For each row: what is taken, of mm, include/mm, include/lib, and what it
    asks for."""
    table = GUIDE[GUIDE.index("| you take |"):].split("\n\n")[0]
    before = [[]] * 4
    for line in table.splitlines()[2:]:
        name, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        before = [read_cell(cell, names, ["*"])
                  for cell, names in zip(cells, before)]
        left = re.findall(r"without `(.+?)`", cells[0])
        yield name, *before, left


def copy_files(folder, room, patterns, left):
    (folder / room).mkdir(parents=True)
    for pattern in patterns:
        for file in (ROOT / room).glob(pattern):
            if file.name not in left:
                shutil.copy(file, folder / room)


def prefix(tap, name, sources, mm_headers, lib_headers, asks, left):
    flags = re.search(r"for a kernel: `(.*?)`", GUIDE, re.DOTALL)[1].split()
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as temporary:
        folder = Path(temporary)
        copy_files(folder, "mm", sources, left)
        copy_files(folder, "include/mm", mm_headers, [])
        copy_files(folder, "include/lib", lib_headers, [])
        status, text = run("i686-linux-gnu-gcc", *flags, "-Wall", "-Wextra",
                           "-Werror", "-nostdlib", "-r", "-o", "all.o",
                           *folder.glob("mm/*.c"), folder=folder)
        if tap.ok(status == 0, f"{name}: the files of the guide's table are "
                  "all that it takes to compile", text):
            needed = set(build("nm", "-u", folder / "all.o").split()) - {"U"}
            unsaid = needed - set(asks)
            unused = {ask for ask in asks if ask.startswith("platform")}
            tap.ok(not unsaid and not unused - needed,
                   f"{name}: it asks for what the table says",
                   f"unsaid: {unsaid}", f"unused: {unused - needed}")


def main():
    tap = Tap("port")
    for row in read_table():
        prefix(tap, *row)
    for compiler in COMPILERS:
        for bits in (32, 64):
            arena(tap, compiler, bits)
        kernel(tap, compiler)
        for level in ("-O0", "-O2"):
            mixed(tap, compiler, WITHOUT, WITH, level)
            mixed(tap, compiler, WITH, WITHOUT, level)
    tap.done()


main()
