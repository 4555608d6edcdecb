#!/usr/bin/env -S python3 -B
"""Real programs do with our malloc what they do with their C library's."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/boot"))
import real
from tap import Tap

BOUND = 300     # seconds for one program
CHECKED = {"STRATA_MALLOC": "poison,quarantine"}
SHOWN = 1000    # bytes of what a program says

# Says whether malloc() is ours, which nothing else tells.
IN_FRONT = real.Program("perl", "perl", [
    "-e", 'open M, "/proc/self/maps"; print grep /strata-malloc/, <M>'])


def run(world, program, heap):
    """The status, what it says, and what it complains of."""
    command, how = real.started(world, program, heap)
    with how["stdin"]:
        done = subprocess.run(command, timeout=BOUND, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, **how)
    return done.returncode, done.stdout, done.stderr


def with_checks(program):
    return program._replace(variables=program.variables | CHECKED)


def say_the_same(tap, world, program):
    claims = [f"{world.name} {program.name} says the same with our malloc",
              f"{world.name} {program.name} says the same when what is free "
              "is poisoned, and not soon used again"]
    if not world.find(program.program):
        for claim in claims:
            tap.skip(claim, f"there is no {program.program} here")
        return
    expected = run(world, program, None)
    tap.ok(expected[0] == 0 and expected[1],
           f"{world.name} {program.name} has something to say", *expected)
    for claim, tried in zip(claims, [program, with_checks(program)]):
        found = run(world, tried, world.heap)
        tap.ok(found == expected, claim, f"status {found[0]}",
               found[1][-SHOWN:], found[2][-SHOWN:])


def is_in_front(tap, world):
    claim = f"{world.name} programs have our malloc when they are told to"
    if not world.find("perl"):
        tap.skip(claim, "there is no perl here")
        return
    _, said, complaints = run(world, IN_FRONT, world.heap)
    tap.ok(said and not complaints, claim, complaints)


def main():
    tap = Tap("preload")
    real.make_inputs()
    for world in real.Host(), real.I386():
        is_in_front(tap, world)
        for program in real.programs(world):
            say_the_same(tap, world, program)
    tap.done()


main()
