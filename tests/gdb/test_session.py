#!/usr/bin/env -S python3 -B
"""GDB sessions: on a machine of ours, and what `make debug` runs."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/boot"))
from machine import PROMPT, Machine, image
from tap import Tap


def session(tap, machine, script):
    """Pass on the results of a script that GDB runs."""
    said = machine.gdb(f"source tools/gdb/strata.py\n{script}",
                       "build/strata.elf")
    before = tap.count
    for line in said.splitlines():
        if line.startswith(("ok ", "not ok ")):
            tap.passed_on(line)
        elif line.startswith("# "):
            tap.line(line)
    tap.ok(f"1..{tap.count - before}" in said.splitlines(),
           "the session came to its end", said)


def sessions(tap):
    with Machine(*image(), "-S") as machine, \
            tempfile.NamedTemporaryFile("w") as account:
        session(tap, machine, "source tests/gdb/steps.py")
        machine.read_until(PROMPT)
        machine.monitor("stop")
        account.write(machine.monitor("info tlb"))
        account.flush()
        session(tap, machine, f"set $account = \"{account.name}\"\n"
                "source tests/gdb/walks.py")


def make_debug(tap):
    """One terminal; here GDB's commands come from a pipe."""
    run = subprocess.run(
        ["tools/gdb/debug.sh", "build", "kernel_main", "qemu-system-i386"],
        input="backtrace\nquit\n", text=True, cwd=ROOT, timeout=60,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    tap.ok("#0  kernel_main" in run.stdout,
           "make debug stops the kernel at kernel_main", run.stdout)
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline")
            if "unix:build/gdb.sock" in path.read_text(errors="replace")]
    tap.ok(not left, "and leaves no machine behind", left)


def documented_breakpoints(tap):
    """Each is where GDB can stop, even if it was expanded inline."""
    text = "".join(path.read_text() for path in
                   [ROOT / "README.md", ROOT / "docs/tour.md",
                    ROOT / "tools/targets.mk"])
    names = sorted(set(re.findall(r"BREAK=([a-z]\w+)", text)))
    said = subprocess.run(
        ["gdb", "-nx", "-batch", "build/strata.elf",
         *(word for name in names for word in ["-ex", f"break {name}"])],
        text=True, cwd=ROOT, timeout=60, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    tap.ok(len(names) > 5 and said.count("Breakpoint ") == len(names),
           "every breakpoint that the documents name exists", said)


def main():
    tap = Tap("gdb")
    sessions(tap)
    documented_breakpoints(tap)
    make_debug(tap)
    tap.done()


main()
