"""Objects, dictionaries and strings: a program is read, compiled and written
out again, and documents go through JSON. Prints what must come out the same
whatever the heap does."""

import ast
import json
import zlib
from pathlib import Path

HERE = Path(__file__).parent


def through_json():
    documents = [{"number": n, "name": "n" * (n % 90),
                  "list": list(range(n % 40)), "inner": {str(n): [n / 7]}}
                 for n in range(4000)]
    text = json.dumps(documents)
    same = json.loads(text) == documents
    print(len(text), zlib.crc32(text.encode()), same)


def through_the_compiler():
    program = (HERE / "objects.py").read_text() * 8
    tree = ast.parse(program)
    written = ast.unparse(tree)
    code = compile(tree, "objects", "exec")
    print(len(list(ast.walk(tree))), zlib.crc32(written.encode()),
          len(code.co_code))


def strings():
    parts, text = [], ""
    for n in range(20000):
        text += chr(97 + n % 26)
        if n % 50 == 0:
            parts.append(text * (n % 7))
    joined = "".join(sorted(parts, reverse=True))
    print(len(joined), zlib.crc32(joined.encode()))


def main():
    through_json()
    through_the_compiler()
    strings()


if __name__ == "__main__":
    main()
