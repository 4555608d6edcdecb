#!/usr/bin/env -S python3 -B
"""The boot to the prompt, and a dialogue with the shell there."""

import re

from machine import PROMPT, Machine, image
from tap import Tap

CONTROL_A, CONTROL_E, CONTROL_U, BACKSPACE, TAB, UP = \
    "\x01", "\x05", "\x15", "\x7f", "\t", "\x1b[A"

COLUMNS = 80
LAYERS = ["memmap", "pmm", "pt", "kva", "kheap", "vm"]

# What is typed; what the answer must have in it, as patterns.
DIALOGUE = [
    ("help", ["mem", "meminfo", "map", "frames", "pt", "peek", "kva", "heap",
              "check", "audit", "what", "run", "ps", "maps", "test", "panic",
              "reboot", "off"]),
    ("mem", [r"bytes said usable", r"\d+ free \+ \d+ used \+ \d+ reserved = "
             r"\d+ frames spanned"]),
    ("meminfo", [r"\nMemTotal: +\d+ kB\nMemFree: ", r"\nCommitted_AS: "]),
    ("check", [f"{layer}: ok" for layer in LAYERS]),
    ("audit", [r"\naudit: clean$"]),
    ("map", [r"00100000-\w+ .* kernel\n"]),
    ("frames", [r"reserved", r"a page table", r"below 16 MiB"]),
    ("frames 256", [r"physical 0x00100000", r"boot memory"]),
    ("pt", [r"r-x"]),
    ("pt 0xc0100000", [r"directory entry 768", r"table entry 256",
                       r"byte 0x00100000", r"r-x", r"there: kernel code"]),
    ("pt 0", [r"0x00000000  not present", r"there: null$"]),
    ("what 0xc0100000", [r"there: kernel code", r"frame 0x100: physical",
                         r"boot memory"]),
    ("what 0", [r"there: null$"]),
    ("what", [r"Usage: what \[PID:\]ADDR"]),
    ("what 9:0x1000", [r"no process that there is", r"Usage: what \[P:\]ADDR"]),
    ("what nine:0x1000", [r"is not a process and an address"]),
    ("what 4294967296:0", [r"is not a process and an address"]),
    ("what 12345678901:0", [r"is not a process and an address"]),
    ("peek 0xc0100000", [r"\n0xc0100000: 0x\w{8}"]),
    ("peek", [r"Usage: peek ADDR"]),
    ("kva", [r"ranges"]),
    ("heap", [r"slabs"]),
    ("alloc 100", [r"byte 0 of a block of 104 bytes .* slab, in use"]),
    ("alloc 9000000", [r"of 9003008 bytes .* mapped, in use"]),
    ("audit", [r"\naudit: clean$"]),
    ("kva", [r"f0005000-\w+ .* heap block", r"2 ranges"]),
    ("free 0xf0005000", []),
    ("kva", [r"1 ranges"]),
    ("alloc", [r"Usage: alloc BYTES"]),
    ("free", [r"Usage: free ADDR"]),
    ("ps", [r"\n +0 +0 +kernel +running"]),
    ("maps", [r"^maps$"]),
    ("maps 0", [r"it is the kernel"]),
    ("maps 77", [r"there is no such process"]),
    ("run", [r"Usage: run PATH ARGS", r"/ has .* hello .* dev/"]),
    ("run &", [r"Usage: run PATH ARGS"]),
    ("run /dev", [r"\n/dev has +console  "]),
    ("run /hello", [r"\nHello from a program\.$"]),
    ("run hello", [r"\nHello from a program\.$"]),
    ("run /nonsense", [r"\n/nonsense cannot be run: there is no such file"]),
    ("run /nonsense &", [r"\n/nonsense cannot be run: there is no such file"]),
    ("run /args a  \"b c\"", [r"argument 1: a\n", r"argument 2: b c\n"]),
    ("run /stack", [
        r"write to 0xbf7\w+, where nothing is mapped; killed\s+\(SIGSEGV\)",
        r"no region of process \d+ 'stack' is here",
        r"nearest below: 0x0804\w+-0x0804\w+ rw-p, private memory",
        r"nearest above: 0xbf800000-0xbfffffff rw-p, stack",
        r"farther below the stack than it may grow",
        r"likely cause: the stack is full"]),
    ("run /guard", [r"---p, private memory", r"nobody may touch it",
                    r"likely cause: an index or a loop ran into a guard"]),
    ("run /oom", [r"error 12\n"]),
    ("audit", [r"\naudit: clean$"]),
    ("test bitset", [r"ok 1 - bitset: ", r"\n1\.\.[1-9]"]),
    ("test no such test", [r"not ok 1 - no test is called \"no such test\""]),
    ("nonsense", [r"unknown command: nonsense"]),
    ("check 3", [r"\"3\" is too much"]),
    ("frames 12x", [r"frames: \"12x\""]),
    ("", [r"^\s*$"]),
]

# The same line, `frames 256`, typed in more difficult ways.
EDITING = [
    ("backspace takes back", "framxx" + 2 * BACKSPACE + "es 256"),
    ("a line can be mended in front", "rames 256" + CONTROL_A + "f"),
    ("and continued at its end", "rames" + CONTROL_A + "f" + CONTROL_E +
     " 256"),
    ("Ctrl-U forgets the line", "off" + CONTROL_U + "frames 256"),
    ("Tab completes a command", "fra" + TAB + "256"),
    ("an older line comes back", UP),
]


def boots_to_the_prompt(tap, claim, *arguments, memory):
    with Machine(*arguments, memory=memory) as machine:
        log = machine.read_until(PROMPT)
        places = [log.find(f"\n{layer}: ") for layer in LAYERS]
        tap.ok(-1 not in places and places == sorted(places),
               f"{claim}; each layer says a line, in order", log)


def dialogue(tap):
    with Machine(*image()) as machine:
        machine.read_until(PROMPT)
        for command, patterns in DIALOGUE:
            answer = machine.ask(command)
            missing = [pattern for pattern in patterns
                       if not re.search(pattern, answer)]
            tap.ok(not missing, f"\"{command}\" answers as it should",
                   f"missing: {missing}", answer)
            wide = [line for line in answer.splitlines()
                    if len(line) > COLUMNS and not line.startswith("ok ")]
            tap.ok(not wide, f"the answer to \"{command}\" fits the screen",
                   wide)
        for claim, keys in EDITING:
            answer = machine.ask(keys)
            tap.ok("physical 0x00100000" in answer, claim, answer)
        machine.send("off\r")
        tap.ok(machine.wait() == 0, "\"off\" turns the machine off",
               machine.log)


def runs_where_memory_is_short(tap):
    with Machine(*image(), memory=4) as machine:
        machine.read_until(PROMPT)
        for command, words in [("run /hello", "Hello from a program."),
                               ("run /stack", "no child: error 12"),
                               ("run /oom", "then: error 12"),
                               ("audit", "audit: clean")]:
            answer = machine.ask(command)
            tap.ok(words in answer, f"with 4 MiB, \"{command}\" says: {words}",
                   answer)


def looks_at_a_program(tap):
    """One that runs beside the shell."""
    with Machine(*image()) as machine:
        machine.read_until(PROMPT)
        said = machine.ask("run /regions 5 &")
        pid = int((re.search(r"process (\d+)", said) or [0, 0])[1])
        tap.ok(pid > 1, "run with & tells the program's number, and the shell "
               "goes on", said)
        machine.read_until("from the beginning\n")
        machine.ask("")
        for command, patterns in [
                ("ps", [rf"\n +{pid} +0 +regions +(waiting|ready) ",
                        rf"\n +{pid + 1} +{pid} +regions +(waiting|ready) "]),
                (f"maps {pid}", [
                    r"\n  08048000-\w+  r-xp .* file 'regions'",
                    r"\n  40030000-40033fff  rw-s +16 KiB, +1 pages there  "
                    r"shared memory", r"\n  40040000-40043fff  ---p "]),
                (f"what {pid}:0x40020000", [
                    rf"region of process {pid} 'regions'",
                    r"shared since a fork: who writes gets a copy",
                    rf"mapped at 0x40020000 of process {pid}\s.* and at\s+"
                    rf"0x40020000\s+of\s+process\s+{pid + 1}\s"]),
                (f"pt {pid}:0x40000000", [r"not present", r"not touched yet"]),
                ("run /hello", ["Hello from a program"]),
                ("audit", [r"\naudit: clean$"])]:
            answer = machine.ask(command)
            missing = [pattern for pattern in patterns
                       if not re.search(pattern, answer, re.S)]
            tap.ok(not missing, f"\"{command.replace(str(pid), 'PID')}\" "
                   "tells of it", f"missing: {missing}", answer)
        while "regions" in (answer := machine.ask("ps")):
            pass
        tap.ok("audit: clean" in machine.ask("audit"), "nothing is left when "
               "it has ended", answer)


# What is damaged, in GDB; what the audit is to say of it, line by line.
DAMAGES = [
    ("a count", "set var pmm.taken[10] += 1",
     ["audit: 1 contradictions", "0 frames are a file page, L1 counts 1"]),
    ("and a page of the boot", "set var pmm.entries[256] = 0x90000000",
     ["audit: 1 contradictions", "frame 0x100: kernel in the memory map, a "
      "user page in its entry (0x90000000)"]),
    ("and many more", "set $n = 257\nwhile $n < 296\n"
     "set var pmm.entries[$n++] = 0x90000000\nend",
     ["audit: 40 contradictions", *(
         f"frame 0x{n:x}: kernel in the memory map, a user page in its entry "
         "(0x90000000)" for n in range(256, 280)), "and 16 more"]),
]


def audits_what_is_damaged(tap):
    with Machine(*image()) as machine:
        machine.read_until(PROMPT)
        for what, script, lines in DAMAGES:
            machine.gdb(script, "build/strata.elf")
            answer = machine.ask("audit")
            said = [line.strip() for line in answer.splitlines()]
            tap.ok(said[said.index(lines[0]) if lines[0] in said else 0:]
                   [:len(lines)] == lines,
                   f"the audit names what is damaged: {what}", answer)


def reboots(tap):
    with Machine(*image(), "-action", "reboot=reset") as machine:
        machine.read_until(PROMPT)
        machine.send("reboot\r")
        machine.read_until("\nmemmap: ")
        machine.read_until(PROMPT)
        tap.ok(True, "\"reboot\" starts the machine again")


def panics(tap):
    with Machine(*image()) as machine:
        machine.read_until(PROMPT)
        machine.send("panic on purpose\r")
        machine.read_until("\npanic: on purpose\n")
        report = machine.read_until("halted")
        missing = [part for part in
                   ["eax", "cr3", "<command_panic+0x", "<kernel_main+0x",
                    *(f"{layer}: " for layer in LAYERS)]
                   if part not in report]
        tap.ok(not missing, "a panic prints registers, a back-trace and "
               "each layer's counters", f"missing: {missing}", report)
        tap.ok("panic: on purpose" in machine.screen(),
               "a panic is on the screen, too", machine.screen())


def names_unknown_words(tap):
    with Machine(*image(append="plain nonsense bug=none")) as machine:
        log = machine.read_until(PROMPT)
        said = re.findall(r"unknown option: (.*)", log)
        tap.ok(said == ["nonsense", "bug=none"],
               "unknown words on the command line are named", log)


def main():
    tap = Tap("shell")
    boots_to_the_prompt(tap, "3 MiB suffice for the prompt", *image(),
                        memory=3)
    boots_to_the_prompt(tap, "GRUB's menu leads to the prompt by itself",
                        *image(way="iso"), memory=128)
    dialogue(tap)
    looks_at_a_program(tap)
    runs_where_memory_is_short(tap)
    audits_what_is_damaged(tap)
    reboots(tap)
    panics(tap)
    names_unknown_words(tap)
    tap.done()


main()
