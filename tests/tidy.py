"""tidy: the style rules that a machine can check. Fails with FILE:LINE: what.

* a .c or .h file opens with a comment that says what it is
* no function longer than 70 lines, no file longer than 800, no line over 100 columns
* banned calls: unbounded copies, shells, and exits inside rooms
* no leftover notes to ourselves
* a room includes only rooms of a lower layer
* docs/MAP.md names every source file, and ROOMS of docs/make-map every folder of src/
"""
import os
import re
import runpy
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FUNCTION_MAX, FILE_MAX, COLUMNS_MAX, TAB = 70, 800, 100, 8
BANNED = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|gets|system|popen|alloca|strtok)\s*\(")
NOTES = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
ROOMS = runpy.run_path(os.path.join(ROOT, "docs", "make-map"))["ROOMS"]
LAYER = {room: layer for layer, room, _ in ROOMS}
PURE = {"ike", "l2tp", "ppp", "hub", "dhcp", "wire"}
IMPURE_HEADERS = re.compile(r'#include <(sys/socket|sys/ioctl|unistd|time|sys/time|fcntl|poll|'
                            r'pthread|signal|sys/stat|uv)\.h>')

problems = []


def problem(path, line, text):
    problems.append("%s:%d: %s" % (os.path.relpath(path, ROOT), line, text))


def functions(lines):
    """(name, first line, length) of each function: a body from '{' to '}' in column 0."""
    start = None
    for i, line in enumerate(lines):
        if line.startswith("{"):
            start = i
        elif line.startswith("}") and start is not None:
            yield lines[start - 1].strip(), start + 1, i - start + 1
            start = None


def check_includes(path, lines, room, is_test):
    for i, line in enumerate(lines, 1):
        m = re.match(r'#include "([a-z]+)/', line)
        if not m or m.group(1) not in LAYER or m.group(1) == room or is_test:
            continue
        if LAYER[m.group(1)] >= LAYER[room]:
            problem(path, i, "%s may not include %s: same or higher layer" % (room, m.group(1)))
    if room in PURE and not is_test:
        for i, line in enumerate(lines, 1):
            if IMPURE_HEADERS.match(line):
                problem(path, i, "a protocol room does no I/O: " + line.strip())


def check_source(path):
    with open(path, encoding="utf-8") as f:
        lines = f.read().split("\n")
    room = os.path.relpath(path, os.path.join(ROOT, "src")).split(os.sep)[0]
    name = os.path.basename(path)
    is_test = name.startswith(("test_", "fuzz_"))
    if not lines[0].startswith("/*"):
        problem(path, 1, "does not open with a comment that says what it is")
    if len(lines) > FILE_MAX:
        problem(path, len(lines), "longer than %d lines" % FILE_MAX)
    for i, line in enumerate(lines, 1):
        if len(line.expandtabs(TAB)) > COLUMNS_MAX:
            problem(path, i, "longer than %d columns" % COLUMNS_MAX)
        comment = line.lstrip().startswith(("*", "/*"))
        if BANNED.search(line) and not comment and not is_test:
            problem(path, i, "banned call: " + line.strip())
        if NOTES.search(line):
            problem(path, i, "a note to ourselves: " + line.strip())
    for what, line, length in functions(lines):
        if length > FUNCTION_MAX and not is_test:
            problem(path, line, "%s is %d lines long" % (what, length))
    if room in LAYER:
        check_includes(path, lines, room, is_test)


def sources():
    for top, dirs, files in os.walk(os.path.join(ROOT, "src")):
        dirs[:] = [d for d in dirs if d != "corpus"]
        for name in sorted(files):
            if name.endswith((".c", ".h")):
                yield os.path.join(top, name)


def check_map():
    """docs/MAP.md names every source file: it is made from them, room by room."""
    for room in sorted(os.listdir(os.path.join(ROOT, "src"))):
        if room not in LAYER:
            problem(os.path.join(ROOT, "src", room), 1, "no room of docs/make-map")
    made = subprocess.run([os.path.join(ROOT, "docs", "make-map"), "--check"], capture_output=True)
    if made.returncode:
        problem(os.path.join(ROOT, "docs", "MAP.md"), 1, made.stdout.decode().strip())


def main():
    for path in sources():
        check_source(path)
    check_map()
    for script in ("check", "quickstart", "packaging/deps"):
        shell = subprocess.run(["bash", "-n", os.path.join(ROOT, script)], capture_output=True)
        if shell.returncode:
            problem(os.path.join(ROOT, script), 1, shell.stderr.decode().strip())
    print("\n".join(problems) if problems else "tidy")
    return 1 if problems else 0


sys.exit(main())
