"""Results in TAP, the plan last."""

import re
import sys


class Tap:
    def __init__(self, suite):
        self.suite = suite
        self.count = 0
        self.failed = 0

    def line(self, text):
        print(text, flush=True)

    def passed_on(self, result):
        """Count a result line which somebody else wrote, and print it with
        a number of ours."""
        self.count += 1
        result = re.sub(r"\d+", str(self.count), result, count=1)
        self.failed += result.startswith("not ok")
        self.line(result)

    def ok(self, holds, claim, *diagnostics):
        """One result; the diagnostics are printed if it does not hold."""
        word = "ok" if holds else "not ok"
        self.passed_on(f"{word} 0 - {self.suite}: {claim}")
        if not holds:
            for text in diagnostics:
                self.note(text)
        return holds

    def skip(self, claim, why):
        self.passed_on(f"ok 0 - {self.suite}: {claim} # SKIP {why}")

    def note(self, text):
        for line in str(text).splitlines():
            self.line(f"# {line}")

    def done(self):
        """Print the plan, and end the program."""
        self.line(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)
