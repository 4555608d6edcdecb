#!/usr/bin/env -S python3 -B
"""What GDB says of addresses, frames, ranges and the heap, against what the
shell says of the same; and that it goes on saying so of a machine that has
panicked, has lost its page tables, or is damaged."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/boot"))
from machine import PASSED, PROMPT, Machine, image
from questions import KERNEL, ask_gdb, ask_shell, boot, run_regions
from tap import Tap

CLAIMS = {
    "what": "strata what says of every address what the shell's what does",
    "pt": "strata walk says what the shell's pt does",
    "frames": "strata frame says what the shell's frames does",
    "heap": "strata heap says what the shell's heap does",
    "kva": "strata kva says what the shell's kva does",
    "maps": "strata maps says what the shell's maps does",
    "ps": "strata ps says what the shell's ps does",
}
# What there must be an example of.
SENTENCES = [
    "in use", ": slab, free", "was last freed by", ": frames, in use",
    ": mapped, in use", "guard page below 'heap block'", "nothing any more",
    "nothing: between the kernel ranges", "nearest below", "kernel code",
    "kernel constants", "kernel data", "the boot stack",
    "guard page below 'the boot stack'", "where no RAM of ours is",
    "window 0, closed", "there: null", "nothing: in the user half",
    "of a page directory: for 0x", "of a page table: for 0xf000",
    "the last 4 MiB are never mapped", "free in the bitmap",
    "waits in the store: in the run of 4", "inside the run of frame",
    "(kernel/main.c:", "'slab descriptors'"]

# The same of programs.
OF_PROGRAMS = [
    "not touched yet: a read", "the page of zeros, which all share",
    "shared since a fork", "its frame is kept while nobody may touch it",
    "nobody may touch it", "has no frame for it yet", "file 'regions' from",
    ", shared memory", ", heap", ", private memory", ", stack",
    "no region of process", "no region below", "nearest above: 0xbff",
    "farther below the stack", "a touch lets the stack grow",
    "mapped at 0x40020000 of process", ", and at 0x40020000 of process",
    "the page table for 0x40000000 of process", "the page directory of process",
    "of a page directory: for", "of a page table: for 0x4",
    "there is no such process", "it is the kernel", " waiting "]

# Once it has panicked, or triple-faulted, the processor has noted more.
NOTES = re.compile(" (accessed|dirty)\\b")


def differing(ours, theirs):
    return [(question, ours.get(question), theirs[question])
            for question in theirs if ours.get(question) != theirs[question]]


def told(difference):
    return "\n".join("\n".join([question, "GDB:", *(ours or ["nothing"]),
                                "the shell:", *theirs])
                     for question, ours, theirs in difference[:3])


def without_notes(answers):
    """Accessed and dirty left out, of the words and of the entries; and what
    is said in front of a walk if it is not the loaded directory's."""
    def clean(lines):
        text = " ".join(line.strip() for line in lines)
        text = re.sub(r"^.*?by the kernel's own( directory)?: ?", "", text)
        text = re.sub(r"(entry \d+[:,]) 0x(\w{8})", lambda m: f"{m[1]} "
                      f"{int(m[2], 16) & ~0x60:08x}", text)
        return NOTES.sub("", text)
    return {question: clean(lines) for question, lines in answers.items()}


def same(tap, claim, ours, theirs):
    wrong = [(question, [one], [other]) for question, one, other in
             differing(without_notes(ours), without_notes(theirs))]
    tap.ok(len(ours) == len(theirs) > 100 and not wrong, claim,
           f"{len(wrong)} of {len(theirs)} differ", told(wrong))


def alive(tap, machine, questions, kind=""):
    shell = ask_shell(machine, questions)
    machine.monitor("stop")
    ours = ask_gdb(machine, questions)
    asked = {question.split()[0] for question in questions}
    for name, claim in CLAIMS.items():
        if name not in asked:
            continue
        of_this = {q: lines for q, lines in shell.items()
                   if q.split()[0] == name}
        wrong = differing(ours, of_this)
        tap.ok(of_this and not wrong, claim + kind,
               f"{len(wrong)} of {len(of_this)} differ", told(wrong))
    machine.monitor("cont")
    return shell


def has_examples(tap, shell, sentences=SENTENCES):
    text = " ".join(" ".join(line.strip() for line in lines)
                    for lines in shell.values())
    missing = [sentence for sentence in sentences if sentence not in text]
    tap.ok(not missing, "the questions have an example of every answer",
           missing)


def paging_off(tap, machine, questions, shell):
    """GDB turns it off, and on again before the machine goes on."""
    ours = ask_gdb(machine, questions,
                   "set $was = (unsigned int)$cr0\nset $cr0 = 0x11",
                   "set $cr0 = $was")
    same(tap, "the answers are the same with paging off", ours, shell)
    tap.ok("paging is off" in " ".join(ours["what 0x0"]),
           "but it is said that it is", ours["what 0x0"])


def panicked(tap, machine, questions, shell):
    machine.send("panic on purpose\r")
    machine.read_until("halted")
    same(tap, "the answers are the same after a panic",
         ask_gdb(machine, questions), shell)


def programs(tap):
    """What an address is depends on the process, and the shell runs on."""
    with Machine(*image(), memory=64, bound=200) as machine:
        questions = run_regions(machine)
        shell = alive(tap, machine, questions, ", of programs too")
        has_examples(tap, shell, OF_PROGRAMS)
        before = {q: lines for q, lines in shell.items() if q != "ps"}
        panicked(tap, machine, list(before), before)
        damaged(tap, machine)


def program_faults(tap):
    """The program's space is the loaded one, and its report comes next."""
    with Machine(*image(), memory=64) as machine:
        machine.read_until(PROMPT)
        machine.monitor("stop")
        machine.send("run /stack\r")
        said = machine.gdb("source tools/gdb/strata.py\nhbreak process_trap\n"
                           "continue\ndelete\nstrata ps\necho @\\n\n"
                           "strata what $cr2\nstrata maps 3", KERNEL)
        report = machine.read_until(PROMPT)
        ps, answers = said.split("@\n")
        there = answers[answers.index("there:"):answers.index("process 3 "
                                                              "'stack':")]
        tap.ok("no region of process 3 'stack'" in there and there in report,
               "where a program faults, the answer is that of the report which "
               "follows", answers)
        tap.ok("    3      2  stack            running" in ps and
               "bf800000-bfffffff  rw-p     8192 KiB,  2048 pages there  stack"
               in answers, "and ps and maps know the program that runs", said)


def triple_faulted(tap):
    """With a page directory of nonsense not even the double fault is handled.
    """
    with Machine(*image(), "-no-shutdown", memory=1024,
                 bound=200) as machine:
        questions = boot(machine)
        shell = ask_shell(machine, questions)
        machine.monitor("stop")
        machine.gdb("set $cr3 = 0xa1000", KERNEL)
        machine.monitor("cont")
        while "shutdown" not in machine.monitor("info status"):
            pass
        ours = ask_gdb(machine, questions)
        same(tap, "the answers are the same after a triple fault", ours, shell)
        tap.ok("CR3 says 0x000a1000, which is no page directory"
               in " ".join(ours["what 0x0"]), "but the bad CR3 is named",
               ours["what 0x0"])


def damaged(tap, machine):
    said = machine.gdb("source tools/gdb/strata.py\n"
                       "source tests/gdb/damage.py", KERNEL)
    for line in said.splitlines():
        if line.startswith(("ok ", "not ok ")):
            tap.passed_on(line)
        elif line.startswith("# "):
            tap.line(line)
    tap.ok("end of damage" in said, "the damaging came to its end", said)


# What the self-tests come by; the sentence; where tests/gdb/midway.py stops.
MIDWAY = [
    ("a flush is owed", "debt", "its flush is owed", "test=debt"),
    ("a window is open", "window", "open onto frame", "test=window"),
    ("a user space is loaded", "user", "the user half", "test=fault"),
]


def midway(tap, claim, stop, sentence, tests):
    """What was printed in the middle of self-tests, which go on then."""
    with Machine(*image(append=tests), "-S", memory=1024) as machine:
        said = machine.gdb(f"set $stop = \"{stop}\"\n"
                           "source tools/gdb/strata.py\n"
                           "source tests/gdb/midway.py", KERNEL)
        list(machine.lines())
        answers = said.split("@\n")[1]
        tap.ok(sentence in answers and answers in machine.log,
               f"the answers are the kernel's where {claim}", answers)
        tap.ok(machine.wait() == PASSED,
               f"and where {claim}, the self-tests go on undisturbed",
               machine.log[-2000:])


def before_anything_is_up(tap):
    with Machine(*image(), "-S") as machine:
        said = machine.gdb("source tools/gdb/strata.py\nhbreak boot_start\n"
                           "continue\nstrata what 0xc0100000\nstrata heap\n"
                           "strata kva\nstrata frame 5", KERNEL)
        tap.ok("paging is off" in said and "L1 is not up yet" in said and
               "L3 has no edge" in said and "refused" in said,
               "at the kernel's first instruction all commands answer", said)


def main():
    tap = Tap("what")
    with Machine(*image(), memory=1024, bound=200) as machine:
        questions = boot(machine)
        shell = alive(tap, machine, questions)
        has_examples(tap, shell)
        paging_off(tap, machine, questions, shell)
        panicked(tap, machine, questions, shell)
        damaged(tap, machine)
    with Machine(*image(), memory=64, bound=200) as machine:
        alive(tap, machine, boot(machine), ", with 64 MiB too")
    programs(tap)
    program_faults(tap)
    triple_faulted(tap)
    for stop in MIDWAY:
        midway(tap, *stop)
    before_anything_is_up(tap)
    tap.done()


if __name__ == "__main__":
    main()
