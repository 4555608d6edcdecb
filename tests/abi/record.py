#!/usr/bin/env -S python3 -B
"""Record what the programs of tests/abi and user/ print on Linux.

    tests/abi/record.py VMLINUZ [PROGRAM...]

Boots VMLINUZ, a Linux for i386, in QEMU, once for each program with the program
as its init, and writes what it prints to tests/abi/expected. That is done by
hand, when a program has changed; the records are those of Debian's 6.1 for 686
(tools/fetch.sh brings it: linux-image-6.1...-686-unsigned). The archives are
those that the tests give to our own kernel; `make test` makes them.
"""

import stat
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests/boot"), str(ROOT / "tools")]
import initrd
import programs
from machine import Machine

DEVICES = {"dev/console": (5, 1), "dev/null": (1, 3), "dev/zero": (1, 5),
           "dev/tty": (5, 0)}
BOUND = 1200


def device(name, major, minor):
    """An entry of a character device, which our own archives never have."""
    entry = initrd.entry(1 << 20, name, stat.S_IFCHR | 0o600, b"")
    fields = b"%08X%08X" % (major, minor)
    at = len(initrd.MAGIC) + 9 * 8
    return entry[:at] + fields + entry[at + len(fields):]


def record(kernel, program):
    archive = initrd.entry(1 << 21, "dev", stat.S_IFDIR | 0o755, b"") + \
        b"".join(device(name, *numbers)
                 for name, numbers in DEVICES.items()) + \
        (ROOT / program.archive).read_bytes()
    with tempfile.NamedTemporaryFile() as file:
        file.write(archive)
        file.flush()
        command = "console=ttyS0 quiet loglevel=0 panic=-1 " \
            f"rdinit={program.path} -- {program.quoted_arguments()}"
        with Machine("-kernel", kernel, "-initrd", file.name,
                     "-append", command, memory=512, bound=BOUND) as machine:
            program.type_at(machine)
    program.record.parent.mkdir(parents=True, exist_ok=True)
    program.record.write_text(machine.log)


def main(kernel, *names):
    every = {program.record: program for program in programs.every(long=True)}
    for path, program in every.items():
        if not names or path.name in names:
            print(path.relative_to(ROOT), flush=True)
            record(kernel, program)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
