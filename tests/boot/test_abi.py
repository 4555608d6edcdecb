#!/usr/bin/env -S python3 -B
"""Programs say in the kernel what they say on Linux.

What Linux says is in tests/abi/expected; tests/abi/record.py has written it.
Where this host can run programs for i386, it is asked, too."""

import os

import programs
from machine import Ended, Hang, Machine, image
from tap import Tap

LONG = bool(os.environ.get("TEST_LONG"))
BOUND = 600 if LONG else 240
MEMORY = 128

# The kernels that programs are run on which need no library; others, on the
# first.
KERNELS = [("gcc", "release"), ("gcc", "checked"), ("clang", "checked")]


def is_in_order(lines, log):
    """Does the log have these lines in this order, with others between?"""
    rest = iter(log)
    return all(line in rest for line in lines)


def difference(expected, log):
    """The first line that is not found behind the ones before it."""
    rest = log
    for line in expected:
        if line not in rest:
            return f"missing: {line}"
        rest = rest[rest.index(line) + 1:]
    return "other lines are between"


def runs(tap, program, compiler, kernel):
    call = f"{program.path} {program.quoted_arguments()}".strip()
    claim = f"{call} on the {kernel} kernel of {compiler} says what it says " \
        "on Linux"
    if not program.file.exists():
        tap.skip(claim, "it, or its library, could not be fetched")
        return
    append = f"init={program.path} -- {program.quoted_arguments()}"
    try:
        with Machine(*image(compiler, kernel, append=append), "-initrd",
                     programs.ROOT / program.archive, memory=MEMORY,
                     bound=BOUND) as machine:
            status = program.type_at(machine)
    except (Ended, Hang) as hang:
        tap.ok(False, claim, hang, machine.log[-4000:])
        return
    log, expected = programs.without_free(machine.log), program.expected()
    lines = expected.splitlines()
    same = is_in_order(lines, log.splitlines()) if program.dies \
        else expected in log
    tap.ok(same, claim, difference(lines, log.splitlines()), log[-4000:])
    tap.ok(status == program.status << 1 | 1,
           f"{program.path} ends the machine with its status",
           f"QEMU's status is {status}")


def runs_here(tap, program):
    claim = f"{program.path} says on this host what was recorded on Linux"
    if program.is_shell:
        tap.skip(claim, "its script knows the archive's paths only")
        return
    if program.only_32_bits:
        tap.skip(claim, "some answers are those of a 32-bit kernel")
        return
    said = program.run_here(BOUND) if program.file.exists() else None
    if said is None:
        tap.skip(claim, "this host has not got, or cannot run, the program")
        return
    tap.ok(said == program.expected(), claim, said[-4000:])


def finds_the_built_in_archive(tap):
    with Machine(*image(append="init=/hello"), memory=MEMORY) as machine:
        machine.wait()
    tap.ok("Hello from a program." in machine.log, "where the loader brings "
           "no archive, there is one in the image", machine.log)


def shows_nothing_of_the_kernel(tap, compiler, kernel):
    with Machine(*image(compiler, kernel, append="test=taint"), "-initrd",
                 programs.ROOT / "build/abi.cpio", memory=MEMORY) as machine:
        machine.wait()
    tap.ok("\nok 1 - taint: " in machine.log and "# SKIP" not in machine.log,
           "no byte of what all the kernel's memory is filled with reaches "
           f"a program on the {kernel} kernel of {compiler}", machine.log)


def main():
    tap = Tap("abi")
    for program in programs.every(LONG):
        runs_here(tap, program)
        first, *others = KERNELS
        runs(tap, program, *first)
        for other in others:
            if program.is_bare:
                runs(tap, program, *other)
    for kernel in KERNELS:
        shows_nothing_of_the_kernel(tap, *kernel)
    finds_the_built_in_archive(tap)
    tap.done()


main()
