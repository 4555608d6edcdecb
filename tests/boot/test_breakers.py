#!/usr/bin/env -S python3 -B
"""Programs that want to break the kernel, in machines of their own: the suite
`breakers` with the archive that has them. With TEST_LONG the random calls are
10^6."""

import os
import random

from machine import PASSED, ROOT, Machine, image
from tap import Tap

LONG = bool(os.environ.get("TEST_LONG"))
BOUND = 3000 if LONG else 400
MACHINES = [("gcc", "release", 64), ("gcc", "checked", 64),
            ("clang", "checked", 128)]


def try_on(tap, compiler, kernel, memory, seed):
    append = f"test=breakers seed={seed}" + " long" * LONG
    with Machine(*image(compiler, kernel, append=append), "-initrd",
                 ROOT / "build/abi.cpio", memory=memory,
                 bound=BOUND) as machine:
        status = machine.wait()
    tap.ok(status == PASSED and "# SKIP" not in machine.log,
           f"no program breaks the {kernel} kernel of {compiler} with "
           f"{memory} MiB, or takes a frame of it (seed {seed})",
           machine.log[-6000:])


def main():
    tap = Tap("breakers")
    seed = int(os.environ.get("SEED", 0)) or random.randrange(1, 10**6)
    tap.note(f"seed {seed}; SEED={seed} makes the same calls again")
    for place, machine in enumerate(MACHINES[:1] if LONG else MACHINES):
        try_on(tap, *machine, seed + place)
    tap.done()


main()
