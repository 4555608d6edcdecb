#!/usr/bin/env -S python3 -B
"""The soak of tests/unit/test_soak.c, in a machine of its own.

    tests/boot/test_soak.py [--time SECONDS] [--seed N] [--memory MIB]
                            [--kernel release|checked]

As one of the tests it is short, and tries whether a seed repeats what it did.
With a time it is `make soak`, with a seed of its own if none is given.
"""

import argparse
import re
import threading
import time

from machine import PASSED, Machine, image
from tap import Tap

SHORT = 8           # seconds
ROUND_BOUND = 300   # for the last round; ten times what a slow machine takes


def soak(tap, seconds, seed, memory, kernel):
    """Returns what the kernel says of each round."""
    tap.note(f"soak: {seconds} s, seed {seed}, {memory} MiB, {kernel} kernel")
    rounds = []
    with Machine(*image(kernel=kernel, append=f"test=soak soak seed={seed}"),
                 memory=memory, bound=seconds + ROUND_BOUND) as machine:
        enough = threading.Timer(seconds, machine.send, "\r")
        enough.daemon = True
        for line in machine.lines():
            if line.startswith("# soak: round 1,"):
                enough.start()
            if line.startswith("#"):
                rounds.append(line)
                tap.line(line)
        enough.cancel()
        status = machine.wait()
    end = re.search(r"^# soak: the end, after (\d+) rounds; (\d+) frames "
                    r"free, (\d+) at first$", machine.log, re.M)
    report = "\n".join(line for line in machine.log.splitlines()
                       if not line.startswith("#"))
    tap.ok(status == PASSED and "\nok 1 - soak: " in machine.log,
           f"{seconds} s of random work at all layers end with a clean audit",
           report, f"repeat it: make soak SEED={seed} MEM={memory}")
    tap.ok(end and int(end[1]) > 0 and end[2] == end[3],
           "and with the free frames it began with", report)
    return rounds[:-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--time", type=int)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--memory", type=int, default=128)
    parser.add_argument("--kernel", default="release")
    arguments = parser.parse_args()
    tap = Tap("soak")
    if arguments.time:
        soak(tap, arguments.time, arguments.seed, arguments.memory,
             arguments.kernel)
    else:
        one = soak(tap, SHORT, 1, arguments.memory, "release")
        other = soak(tap, SHORT, 1, arguments.memory, "release")
        both = min(len(one), len(other))
        tap.ok(both >= 2 and one[:both] == other[:both],
               "the same seed does the same again", one, other)
        soak(tap, SHORT, 2, arguments.memory, "checked")
    tap.done()


main()
