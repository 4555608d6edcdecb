#!/usr/bin/env -S python3 -B
"""The harness sees what goes wrong, and says which: boot.py is given machines
that misbehave, tests/run.pl is given programs that do."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/boot"))
from tap import Tap

NAME = "gcc-release-kernel-64-pc-max"

# In place of QEMU: it says some words on the serial port, and ends.
FAKE_MACHINE = """#!/usr/bin/env python3
import os, re, sys, time
fd = int(re.search(r"id=serial,fd=(\\d+)", " ".join(sys.argv)).group(1))
os.write(fd, {text!r}.encode())
time.sleep({seconds})
sys.exit({status})
"""

# In place of our kernel, on a true QEMU.
BROKEN_KERNEL = """bits 32
dd 0x1badb002, 0, -0x1badb002
global _start
_start: {code}
"""
ON_QEMU = """#!/bin/sh
exec qemu-system-i386 "$@" -kernel {kernel}
"""

TWO = "ok 1 - a: b\r\nok 2 - c: d # SKIP needs e\r\n"

# The claim; what the machine says, its status, how long it stays; what the
# verdict must have in it. 33 is what QEMU makes of "all passed".
MACHINES = [
    ("a good machine passes", f"hello\r\n{TWO}1..2\r\n", 33, 0,
     "ok 3 - boot: the machine ends as it should\n1..3\n"),
    ("a missing end of the results is told", TWO, 33, 0,
     "# no end of the results; QEMU's status is 33"),
    ("a triple fault is told", TWO, 0, 0, "# triple fault"),
    ("a hang is told", TWO, 0, 30, "# hang: nothing more within"),
    ("a wrong status is told", f"{TWO}1..2\r\n", 1, 0,
     "# wrong status: QEMU's is 1, expected 33"),
    ("success of a machine with a failed test is told",
     "not ok 1 - a: b\r\n1..1\r\n", 33, 0,
     "# wrong status: QEMU's is 33, expected 35"),
    ("lost results are told", f"{TWO}1..3\r\n", 33, 0,
     "# 3 results are planned, 2 came"),
    ("a panic is told by its sentence", f"{TWO}\r\npanic: no more\r\n", 35,
     0, "# panic: no more"),
    ("a failed test is passed on", "# why\r\nnot ok 1 - a: b\r\n1..1\r\n",
     35, 0, "# why\nnot ok 1 - a: b\nok 2 - boot: "),
]

KERNELS = [
    ("a true triple fault is told", "lidt [zero]\nint3\nzero: dq 0",
     "# triple fault"),
    ("a true hang is told", "jmp $", "# hang: nothing more within"),
    ("a machine without a word is told",
     "mov dx, 0xf4\nmov al, 16\nout dx, al\njmp $",
     "# no end of the results; QEMU's status is 33"),
]

# The claim; test programs in shell; the last line; whose names are told.
PROGRAMS = [
    ("what passes is counted", {"good": "echo ok 1; echo ok 2; echo 1..2"},
     "2 passed, 0 failed, 0 skipped"),
    ("what is skipped is counted",
     {"skips": "echo ok 1 '# SKIP no'; echo 1..1",
      "skips-all": "echo 1..0 '# SKIP no'"},
     "0 passed, 0 failed, 2 skipped"),
    ("what fails is counted and named",
     {"good": "echo ok 1; echo 1..1",
      "bad": "echo not ok 1; echo ok 2; echo 1..2; exit 1"},
     "2 passed, 1 failed, 0 skipped"),
    ("a missing plan fails", {"planless": "echo ok 1"},
     "1 passed, 1 failed, 0 skipped"),
    ("a wrong plan fails", {"planner": "echo ok 1; echo 1..2"},
     "1 passed, 1 failed, 0 skipped"),
    ("a program that is killed fails",
     {"killed": "echo ok 1; echo 1..1; kill -9 $$"},
     "1 passed, 1 failed, 0 skipped"),
    ("a program with a bad status fails",
     {"broken": "echo ok 1; echo 1..1; exit 3"},
     "1 passed, 1 failed, 0 skipped"),
    ("a silent program fails", {"silent": "exit 0"},
     "0 passed, 1 failed, 0 skipped"),
]


def program(folder, name, text):
    path = Path(folder, name)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def assemble(folder, code):
    source, kernel = Path(folder, "kernel.asm"), Path(folder, "kernel.elf")
    source.write_text(BROKEN_KERNEL.format(code=code))
    subprocess.run(["nasm", "-f", "elf32", "-o", f"{folder}/o", source],
                   check=True)
    subprocess.run(["ld.lld", "-m", "elf_i386", "-Ttext=0x100000", "-n",
                    "-o", kernel, f"{folder}/o"], check=True)
    return kernel


def judges_machine(tap, claim, machine, verdict):
    run = subprocess.run([ROOT / "tests/boot/boot.py", NAME, "--bound", "2",
                          "--qemu", machine], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True)
    fails = "not ok" in run.stdout
    tap.ok(verdict in run.stdout and run.returncode == fails, claim,
           f"expected: {verdict}", run.stdout)


def judges_programs(tap, claim, programs, last):
    run = subprocess.run([ROOT / "tests/run.pl", "--programs", *programs],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True)
    fails = " 0 failed" not in last
    lines = run.stdout.splitlines()
    named = not fails or programs[-1] in run.stdout
    tap.ok(lines[-1] == last and run.returncode == fails and named, claim,
           f"expected: {last}", run.stdout)


def main():
    tap = Tap("harness")
    for claim, text, status, seconds, verdict in MACHINES:
        with tempfile.TemporaryDirectory() as folder:
            machine = program(folder, "qemu", FAKE_MACHINE.format(
                text=text, status=status, seconds=seconds))
            judges_machine(tap, claim, machine, verdict)
    for claim, code, verdict in KERNELS:
        with tempfile.TemporaryDirectory() as folder:
            kernel = assemble(folder, code)
            machine = program(folder, "qemu", ON_QEMU.format(kernel=kernel))
            judges_machine(tap, claim, machine, verdict)
    for claim, scripts, last in PROGRAMS:
        with tempfile.TemporaryDirectory() as folder:
            programs = [program(folder, name, f"#!/bin/sh\n{text}\n")
                        for name, text in scripts.items()]
            judges_programs(tap, claim, programs, last)
    tap.done()


main()
