#!/usr/bin/env python3
"""Checks the tree's shape: arrows go one way, every room has a README that names each of its files and none that is not there,
no file knows the machine it was made on, what a comment cites is there: rules (proto/PROTOCOL.md and every RULES.md, each in one
of them; where those of the protocol stand: tests/unit/core/README.md), files, functions; that a tag means one thing, that drawings are
whole; tests/README.md has each step of tests/run; the rooms that promise most say what they promise: so many asserts a function;
and all C is written in one dialect: `!p`, `if (rc)`, `return 0`.

    layers.py ROOT                   complaints, one a line (`file:line: why`); exit 1 if there is one
    layers.py --circles ROOT BUILD   circles between the object files of a room, as they call each other (built in BUILD)
    layers.py --planted              plants every kind of violation in a temporary tree and expects its complaint

Called by ctest (tests `layers`, `circles` and `layers_planted`). Looks at the files that git knows, or at all where there
is no git.
"""
import functools
import os
import re
import subprocess
import sys
import tempfile

# What each room may include besides itself. An arrow that is not here is a violation, so a new room must be entered.
BASE = ["crypto", "proto", "topology"]
STATE = BASE + ["node/store"]
WORK = STATE + ["node/insight", "node/matter", "node/field", "node/line"]
EDGE = WORK + ["node/vault", "node/blob", "node/core"]
MAY_INCLUDE = {
    "crypto": [],
    "proto": ["crypto"],
    "topology": ["crypto", "proto"],
    "node/store": BASE,
    "node/blob": STATE,  # beside the store too
    "node/vault": STATE,  # beside the store: no projection touches it
    "node/insight": STATE,
    "node/field": STATE,
    "node/line": STATE,
    "node/matter": STATE + ["node/insight"],  # the matter's projection drives the board, never the other way
    "node/core": WORK + ["node/vault", "node/blob"],
    "node/link": EDGE,
    "node/http": EDGE + ["node/link", "node/web"],  # embeds the pages; shows the state of the links; a link knows nothing of who watches it
    "node/sink": EDGE,
    "node/web": [],  # the console, embedded as bytes
    "node/config": EDGE + ["node/link", "node/http", "node/sink"],
    "node/cli": EDGE + ["node/link", "node/http", "node/sink", "node/web", "node/config"],
    "node": EDGE + ["node/link", "node/http", "node/sink", "node/web", "node/config", "node/cli"],  # main.c
}
# Inside a room, the floors from the bottom up: a file includes its own floor and those below. What lies directly in the
# room's folder is the top.
FLOORS = {
    "node/http": ["wire", "shape", "calls", "open311"],
}
# Rooms whose object files must call each other without a circle: every room that has more than one.
NO_CIRCLES = ["crypto", "proto", "topology", "node/store", "node/vault", "node/blob", "node/line", "node/field", "node/config",
              "node/insight", "node/matter", "node/core", "node/link", "node/http", "node/sink", "node/cli"]
# (room, caller, called): arrows that are no calls but a table's: it names its handlers, which call back what serves all.
# called None: the file is nothing but a table, and all of its arrows are the table's.
DISPATCH = [("node/core", "node/core/effects.c", None), ("node/cli", "node/cli/table.c", None)]
# Asserts a function, in hundredths: what a room has reached, and never falls below. The goal is 100 in each of them.
# A function whose body has no more than SHORT lines (it only hands on, or gives out a field) is not counted; its asserts are.
ASSERTS = {"node/store": 100, "node/link": 100, "node/core": 93}
SHORT = 3
LACKING = 5  # so many files of a room are named
# Parts that other rooms must not lean on directly.
SEALED_PARTS = {
    "zmq.h": ["node/link", "node/cli"],  # cli: the versions that `qipan doctor` tells
    "microhttpd.h": ["node/http", "node/cli"],
    "lmdb.h": ["node/store", "node/vault", "node/cli"],
    "confuse.h": ["node/config"],
    "geos_c.h": ["topology"],
    "jpeglib.h": ["node/blob"],
    "png.h": ["node/blob"],
}

INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.M)
EARLY = re.compile(rb"^[^#\n]*[^|\n]\|[ \t]*(head\b|grep -[a-zA-Z]*q|sed [^\n|]*\bq\b)", re.M)
# Written in halves, so that this file may look at itself.
MACHINE = re.compile(rb"(?<![\w.~-])/(?:wo" rb"rk|ro" rb"ot)/")
HOSTS = re.compile(rb"\b(?:deb\.deb" rb"ian\.org|security\.deb" rb"ian\.org|registry\.npm" rb"js\.org|registry\.npm" rb"mirror\.com"
                   rb"|registry\.yarn" rb"pkg\.com|pypi\.o" rb"rg|files\.python" rb"hosted\.org)\b")


def files_of(root):
    if os.path.exists(os.path.join(root, ".git")):
        out = subprocess.run(["git", "-C", root, "-c", "safe.directory=*", "ls-files", "-z"], check=True, stdout=subprocess.PIPE)
        names = [n for n in out.stdout.decode().split("\0") if n]
        return sorted(n for n in names if os.path.isfile(os.path.join(root, n)))
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if f not in ("build", "node_modules", "__pycache__")]
        found += [os.path.relpath(os.path.join(folder, n), root) for n in names]
    return sorted(found)


def room_of(name):
    """node/store/journal.c -> node/store; node/main.c -> node; crypto/hash.c -> crypto."""
    parts = name.split("/")[:-1]
    return "/".join(parts[:2]) if parts[:1] == ["node"] else "/".join(parts[:1])


def floor_of(name):
    """The number of a file's floor in its room; the folder of the room itself is the highest. The room's manual
    (`room/room.h`) says what all of it is about and may be read on every floor."""
    room = room_of(name)
    floors = FLOORS.get(room, [])
    if name == f"{room}/{room.split('/')[-1]}.h":
        return -1 if floors else 0
    below = name[len(room) + 1 :].split("/")[0]
    return floors.index(below) if below in floors else len(floors)


def line_at(data, at):
    return data.count(b"\n", 0, at) + 1


def check_includes(name, data):
    room = room_of(name)
    is_test = name.startswith("tests/")
    if not is_test and room not in MAY_INCLUDE:
        yield f"{name}:1: the folder {room or '.'} is not in the list of rooms in tests/unit/layers.py"
        return
    for found in INCLUDE.finditer(data):
        quoted, target = found.group(1) == b'"', found.group(2).decode()
        where = f"{name}:{line_at(data, found.start())}"
        if not quoted:
            owners = SEALED_PARTS.get(target)
            if owners and not is_test and room not in owners:
                yield f"{where}: <{target}> belongs to {' and '.join(owners)} only"
            continue
        other = room_of(target)
        if target.startswith("tests/"):
            if not is_test:
                yield f"{where}: {room} includes the test file {target}"
        elif other not in MAY_INCLUDE or ".." in target.split("/"):
            yield f"{where}: \"{target}\" does not begin with a room: includes are rooted at the repository"
        elif not is_test and other != room and other not in MAY_INCLUDE[room]:
            yield f"{where}: {room} includes {target}, but {other} is not below {room}"
        elif not is_test and other == room and floor_of(name) < floor_of(target):
            yield f"{where}: {name} includes {target}, which lies on a floor above it"


def check_bytes(name, data):
    for pattern, what in ((MACHINE, "a path of one machine"), (HOSTS, "the host of a package registry")):
        for found in pattern.finditer(data):
            yield f"{name}:{line_at(data, found.start())}: {what}: {found.group().decode()}"


# A compiler leaves out a memset of what nobody reads again.
UNWIPED = re.compile(rb"memset\(\s*&?(?:\w+(?:->|\.))*((?:\w*_)?(?:sk|seed|secret|password)(?:_\w*)?)\s*,\s*0\s*,")


def check_wiped(name, data):
    for found in UNWIPED.finditer(data):
        yield f"{name}:{line_at(data, found.start())}: memset of `{found.group(1).decode()}`: a compiler may leave it out, call qp_wipe"


def check_pipes(name, data):
    """A reader that ends early ends the writer by SIGPIPE, and with pipefail the whole script."""
    if b"pipefail" in data and data.startswith(b"#!"):
        for found in EARLY.finditer(data):
            yield f"{name}:{line_at(data, found.start())}: {found.group(1).decode()} ends the pipe early, and with pipefail the script"


def check_readmes(names):
    """Each folder on the first level, and on the second under node/ and tests/."""
    folders = set()
    for name in names:
        parts = name.split("/")[:-1]
        if parts and not parts[0].startswith("."):
            folders.add(parts[0])
            if len(parts) > 1 and parts[0] in ("node", "tests"):
                folders.add("/".join(parts[:2]))
    for folder in sorted(folders):
        if folder + "/README.md" not in names:
            yield f"{folder}: has no README.md"


# What the README of a folder must name, but for files of unit tests, which are named like what they test.
TOLD = (".c", ".h", ".proto", ".py", ".mjs", ".js", ".pml")
UNTOLD = ("tests/unit/", "node/web/vendor/")
DRAWN = re.compile(r"^```[^\n]*\n.*?^```|^(?: {4}.*\n)+", re.M | re.S)
QUOTED = re.compile(r"`([^`\n]+)`")
ANY = re.compile(r"[A-Z]\w*\.(?!md$)")  # X.js, NAME.mjs: any file of that kind
SPOKEN = re.compile(r"(?<![\w./*-])(?:(?:\.\./|[\w-]+/)*\w[\w.-]*)(?<![.-])(?![\w/*])")


def words_of(text):
    """The files that a README may name: whole names in `quotes` and in drawings; where a word stands alone there, without its ending too."""
    drawn = [w for found in DRAWN.finditer(text) for w in SPOKEN.findall(found.group())]
    for span in QUOTED.findall(DRAWN.sub("", text)):
        found = SPOKEN.findall(span)
        drawn += found if found == [span] else [w for w in found if w.endswith(TOLD)]
    return drawn


def readme_of(name, names):
    """The README that tells of a file: in its folder, else in the nearest one above; None."""
    folder = os.path.dirname(name)
    while folder and folder + "/README.md" not in names:
        folder = os.path.dirname(folder)
    return folder + "/README.md" if folder else None


def check_told(names, read):
    """Each file stands in its README, x.c and x.h as one; of two that have one name, in two folders of one README, both do. And what a
    README names is there: beside or below it, from the root, or (of unit tests) in the room that they are about."""
    have, told = set(names), {}
    for name in names:
        if name.endswith(TOLD) and not name.startswith(UNTOLD) and not name.endswith("/__init__.py") and readme_of(name, have):
            told.setdefault(readme_of(name, have), {}).setdefault(os.path.splitext(name)[0], name)
    for readme in (n for n in names if os.path.basename(n) == "README.md"):
        text, folder = read(readme).decode(), os.path.dirname(readme)
        words = words_of(text)
        for n, line in enumerate(DRAWN.sub(lambda m: "\n" * m.group().count("\n"), text).split("\n"), 1):
            if line.count("`") % 2 and not line.strip().startswith("```"):
                yield f"{readme}:{n}: a quote goes on behind the line's end: nobody can copy it, and what it names is not seen here"
        stems = told.get(readme, {})
        for stem, name in stems.items():
            alike = [s for s in stems if os.path.basename(s) == os.path.basename(stem)]
            ways = {way + ending for s in alike for way in (os.path.basename(s), os.path.relpath(s, folder)) for ending in ("",) + TOLD}
            if sum(w in ways for w in words) < len(alike):
                yield f"{readme}: does not name {os.path.relpath(name, folder)}: say in a few words what is in it"
        bases = [folder, ""] + (["node", "node" + folder[len("tests/unit") :], folder[len("tests/unit/") :]] if folder.startswith("tests/unit/") else [])
        below = ["/" + n for n in names if not folder or n.startswith(folder + "/")]
        for word in sorted(w for w in set(words) if w.endswith(TOLD + (".md",)) and not ANY.search(w)):
            if not any(os.path.normpath(os.path.join(base, word)) in have for base in bases) and not any(n.endswith("/" + word) for n in below):
                yield f"{readme}: names {word}, which is not there"


COMMENT = re.compile(rb"/\*.*?\*/|//[^\n]*", re.S)
PROSE = re.compile(rb'"""(?:.*?)"""|^[ \t]*#[^\n]*', re.S | re.M)  # of a .py
# E6, K8, CL2, CU1 ...: whatever looks like a rule is one, so that a new book of rules needs no entry here.
RULE = re.compile(rb"(?<![\w.-])([A-Z]{1,3}\d+)(?![\w%]|[.]\d)")
# What looks like a rule and is none: names of others.
NO_RULES = {
    b"APP1",  # a JPEG's segment
    b"BD09", b"GCJ02", b"CRS84", b"WGS84",  # maps' systems of positions
    b"ES2020", b"F1",  # JavaScript's; a mean of precision and recall
    b"GB18030", b"LEB128", b"Z85",  # how text and bytes are written
    b"SHA1", b"SHA256", b"X25519",
}
NAMED = re.compile(rb"(?<![\w/.:-])((?:\w+/)*\w+\.(?:c|h|py|js|mjs|css))(?![\w-])")
OTHERS = {b"lmdb.h", b"sodium.h", b"zmq.h"}  # of the libraries
OWN_NAME = re.compile(rb"\bqp_[a-z]\w*")
SCRIPT = re.compile(rb"^[ \t]*#[^\n]*", re.M)
PAGE = re.compile(rb"<!--.*?-->", re.S)


def told_in(name, data):
    """What a file tells people: [(where it begins, bytes)]."""
    kind = PAGE if name.endswith(".html") else PROSE if name.endswith(".py") else COMMENT
    if name.endswith(".md"):
        return [(0, data)]
    if name.endswith(("CMakeLists.txt", ".yml", ".conf", ".service")) or (data.startswith(b"#!") and kind is COMMENT):
        kind = SCRIPT
    elif not name.endswith((".c", ".h", ".proto", ".js", ".mjs", ".css", ".pml", ".html", ".py")):
        return []
    return [(found.start(), found.group()) for found in kind.finditer(data)]


def check_cited(names, read):
    """What a comment or a README names, a stranger must find: the rule, the file, the function."""
    books = [n for n in names if n == "proto/PROTOCOL.md" or os.path.basename(n) == "RULES.md"]
    rules = {}
    for book in books:
        text = read(book)
        for found in re.finditer(rb"\*\*([A-Z]{1,3}\d+)\*\*", text):
            rule, at = found.group(1), f"{book}:{line_at(text, found.start())}"
            if rule in rules:
                yield f"{at}: the rule {rule.decode()} is written at {rules[rule]} already: cite it there as ({rule.decode()}), or give this one a number of its own"
            if rule in NO_RULES:
                yield f"{at}: {rule.decode()} is among NO_RULES in tests/unit/layers.py, so that nobody looks where it is cited"
            rules.setdefault(rule, at)
    files = {os.path.basename(n).encode() for n in names} | {n.encode() for n in names} | OTHERS
    own = [n for n in names if "vendor/" not in n and b"\0" not in read(n)[:8192]]
    code = {w for n in own if not n.endswith(".md") for w in OWN_NAME.findall(COMMENT.sub(b"", read(n)) if n.endswith((".c", ".h")) else read(n))}
    for name in own:
        data = read(name)
        for begin, text in told_in(name, data):
            for rule in sorted(set(RULE.findall(text)) - set(rules) - NO_RULES):
                yield f"{name}:{line_at(data, begin + text.find(rule))}: cites the rule {rule.decode()}, which neither proto/PROTOCOL.md nor a RULES.md has"
            if not name.endswith((".c", ".h", ".proto", ".js", ".mjs", ".css", ".md")):
                continue
            for word in sorted(set(OWN_NAME.findall(text)) - code):
                if not (word.endswith(b"_") and any(w.startswith(word) for w in code)):  # qp_matter_…: several
                    yield f"{name}:{line_at(data, begin + text.find(word))}: names {word.decode()}, which is nowhere in the code"
            for file in sorted(set(NAMED.findall(text)) if not name.endswith(".md") else ()):
                if file not in files and not any(n.endswith(b"/" + file) for n in files):
                    yield f"{name}:{line_at(data, begin + text.find(file))}: names {file.decode()}, which is not in the repository"


DRAWING = re.compile("^ \\* {3,}\\S.*(?:─|►|◄|│|->).*\n \\* ?(?![ /])\\S".encode(), re.M)


def check_drawn(name, data):
    """A drawing is as wide as the page: what the formatter has broken goes on in the first column, where a sentence would begin."""
    for comment in COMMENT.finditer(data):
        for found in DRAWING.finditer(comment.group()):
            at = line_at(data, comment.start() + found.end() - 1)
            yield f"{name}:{at}: a drawing goes on in the first column: redraw it in 110 columns, and leave an empty line behind it"


TAG = re.compile(rb"^[ \t]*(?:(?:typedef|static|extern|const)[ \t]+)*(?:struct|enum|union)[ \t]+(\w+)\s*\{", re.M)
# Tags of which each file that defines one has its own, and why.
ALIKE = {b"qp_sink"}  # node/sink/sink.h declares it, and each target keeps in it what it needs


def check_tags(names, read):
    """A tag with the house's prefix, or in a header, means one thing in the product: whoever needs both headers would not build, and
    who reads one thinks of the other. What a .c file calls its own, without the prefix, is its own."""
    first = {}
    for name in names:
        if not name.endswith((".c", ".h")) or name.startswith("tests/") or "vendor/" in name:
            continue
        data = COMMENT.sub(lambda m: b"\n" * m.group().count(b"\n"), read(name))
        for found in TAG.finditer(data):
            tag, at = found.group(1), f"{name}:{line_at(data, found.start(1))}"
            if tag in ALIKE or not (tag.startswith(b"qp_") or name.endswith(".h")):
                continue
            if tag in first:
                yield f"{at}: {tag.decode()} is defined at {first[tag]} already: call this one what it is"
            first.setdefault(tag, at)


PLACES, STEPS = "tests/unit/core/README.md", "tests/README.md"


def check_placed(names, read):
    """The table that says where each rule of the protocol stands has all of them, and each test that it names is one. The table of
    what is promised has each step of tests/run."""
    if "tests/run" in names and STEPS in names:
        promised = set(re.findall(r"`([\w-]+)`", " ".join(line for line in read(STEPS).decode().splitlines() if line.startswith("|"))))
        for step in re.findall(r"^ +step ([\w-]+) \d", read("tests/run").decode(), re.M):
            if step not in promised:
                yield f"{STEPS}: has no row with the step {step} of tests/run: say what it shows"
    if PLACES not in names:
        return
    rows = [line.split("|") for line in read(PLACES).decode().splitlines() if line.startswith("|")]
    placed = set(re.findall(r"\b[A-Z]{1,3}\d+\b", " ".join(row[1] for row in rows)))
    for rule in re.findall(r"\*\*([A-Z]{1,3}\d+)\*\*", read("proto/PROTOCOL.md").decode()):
        if rule not in placed:
            yield f"{PLACES}: has no row for the rule {rule}: say where it stands and which test holds it, or that it is not built"
    tests = b"".join(read(n) for n in names if n.startswith("tests/unit/") and n.endswith(".c")).decode()
    for row in rows:
        for name in re.findall(r"`(\w+)…`", row[-2]):
            if "void " + name not in tests:
                yield f"{PLACES}: names the test {name}…, which is not there"


ASSERT = re.compile(rb"(?<![\w.])assert\(")
# As clang-format writes them: a body's braces stand alone in the first column, and nothing else's do.
BODY = re.compile(rb"^\{\n(.*?)^\}", re.M | re.S)


def asserts_of(data):
    """(functions, asserts) of a C file. What a comment says of an assert is none."""
    data = COMMENT.sub(lambda m: b"\n" * m.group().count(b"\n"), data)
    bodies = [found.group(1) for found in BODY.finditer(data)]
    return sum(b.count(b"\n") > SHORT for b in bodies), sum(len(ASSERT.findall(b)) for b in bodies)


def check_asserts(names, read):
    for room, least in ASSERTS.items():
        counts = {n: asserts_of(read(n)) for n in names if n.startswith(room + "/") and n.endswith(".c")}
        functions, asserts = sum(f for f, _ in counts.values()), sum(a for _, a in counts.values())
        if asserts * 100 >= least * functions:
            continue
        worst = sorted(counts, key=lambda n: (counts[n][1] - counts[n][0], n))[:LACKING]
        lack = ", ".join(f"{n} {counts[n][1]} in {counts[n][0]}" for n in worst if counts[n][1] < counts[n][0])
        yield (f"{room}: {asserts} asserts in {functions} functions, and {least} in 100 were reached (ASSERTS in tests/unit/layers.py): "
               f"assert what a function was promised and what it promises; most lack {lack}")


TEXT = re.compile(rb'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*', re.S)
# What is written in another dialect of C, and how it is said here. A count is none: `n == 0` stays; so does QP_OK where it is a row
# of a table or the label of a case.
DIALECT = [
    (re.compile(rb"[!=]=\s+NULL\b"), "asks whether a pointer is NULL: write `!p`, or `p`, or `!!p` where a number is wanted"),
    (re.compile(rb"\b(?:\w+_)?rc\s+[!=]=\s+0\b(?!\.)"), "compares a return code with 0: write `!rc`, or `rc`, or `!!rc` where a number is wanted"),
    (re.compile(rb"(?:\breturn|[=?:,])\s+QP_OK\s*(?:[;:)?]|&&|\|\|)"), "names success: write `return 0`, `!rc`, `rc`"),
]
SPOKEN_IN = ("crypto/", "proto/", "topology/", "node/", "tests/")


def check_dialect(name, data):
    """Once for each file and dialect: the first place, and how many there are. Comments and strings may say what they like."""
    if not name.startswith(SPOKEN_IN) or "/vendor/" in name:
        return
    code = TEXT.sub(lambda m: b" " + b"\n" * m.group().count(b"\n"), data)
    for pattern, what in DIALECT:
        places = [found.start() for found in pattern.finditer(code)]
        if places:
            yield f"{name}:{line_at(code, places[0])}: {what} ({len(places)} in this file)"


def check(root):
    names = files_of(root)
    complaints = list(check_readmes(set(names)))

    @functools.cache
    def read(name):
        with open(os.path.join(root, name), "rb") as f:
            return f.read()

    complaints += check_told(names, read)
    complaints += check_cited(names, read)
    complaints += check_tags(names, read)
    complaints += check_placed(names, read)
    complaints += check_asserts(names, read)
    for name in names:
        data = read(name)
        if b"\0" in data[:8192]:
            continue  # pictures, archives
        complaints += check_bytes(name, data)
        complaints += check_pipes(name, data)
        if name.endswith((".c", ".h")):
            complaints += check_drawn(name, data)
            complaints += check_includes(name, data)
            complaints += check_wiped(name, data)
            complaints += check_dialect(name, data)
    return complaints


# ---- circles between object files ----


def objects_of(room, root, build):
    """Source's name -> object file. An object whose source is gone (moved since) is none."""
    found = {}
    for folder, _, names in os.walk(os.path.join(build, room, "CMakeFiles")):
        for name in names:
            path = os.path.join(folder, name)
            inside = re.sub(r"^[^/]+\.dir/", "", os.path.relpath(path, os.path.join(build, room, "CMakeFiles")))
            source = f"{room}/{inside[: -len('.o')]}"
            if name.endswith(".c.o") and os.path.isfile(os.path.join(root, source)):
                found[source] = path
    return found


def arrows_of(objects):
    """caller -> {called: [names]}, from the names that nm sees defined and wanted."""
    owner, wanted, arrows = {}, [], {}
    for source, path in sorted(objects.items()):
        out = subprocess.run(["nm", "-P", "-g", path], check=True, stdout=subprocess.PIPE, text=True).stdout
        for line in out.splitlines():
            name, kind = line.split()[:2]
            if kind == "U":
                wanted.append((source, name))
            else:
                owner[name] = source
    for source, name in wanted:
        if owner.get(name, source) != source:
            arrows.setdefault(source, {}).setdefault(owner[name], []).append(name)
    return arrows


def circle_of(arrows):
    """The first circle found, as a list of sources; None."""
    done, way = set(), []

    def walk(at):
        if at in way:
            return way[way.index(at) :]
        if at in done:
            return None
        way.append(at)
        for to in sorted(arrows.get(at, {})):
            found = walk(to)
            if found:
                return found
        done.add(way.pop())
        return None

    for start in sorted(arrows):
        found = walk(start)
        if found:
            return found
    return None


def check_circles(root, build, rooms, dispatch):
    for room in rooms:
        objects = objects_of(room, root, build)
        if not objects:
            yield f"{room}: no object files under {build}: build it first"
            continue
        arrows = arrows_of(objects)
        for where, caller, called in dispatch:
            if where == room and called is None:
                if not arrows.pop(caller, None):
                    yield f"{room}: {caller} names nothing any more: take it out of DISPATCH in tests/unit/layers.py"
            elif where == room and arrows.get(caller, {}).pop(called, None) is None:
                yield f"{room}: {caller} names nothing of {called} any more: take it out of DISPATCH in tests/unit/layers.py"
        circle = circle_of(arrows)
        if circle:
            ring = circle + circle[:1]
            steps = [f"{a} calls {b} ({', '.join(arrows[a][b][:3])})" for a, b in zip(ring, ring[1:])]
            yield f"{room}: a circle: " + ", ".join(steps)


# ---- the checker, proved by planted violations ----

SOUND = {
    "proto/PROTOCOL.md": "- **K8** A snapshot ...\n",
    "topology/RULES.md": "- **CL2** A duration ...\n",
    "topology/geo/RULES.md": "- **GR1** A grid ...\n",
    "node/insight/lead/RULES.md": "- **LD1** Text ...\n",
    "node/core/held.c": "/* K8, CL2, GR1, LD1: see turn.c, and lmdb.h */\n",
    "node/core/held.h": "struct qp_held {\n    int a;\n};\nstruct qp_sink;\n",
    "node/core/apart.c": "struct row {\n    int a;\n};\nstruct qp_sink {\n    int a;\n};\n",
    "crypto/hash.c": '#include "crypto/hash.h"\n#include <sodium.h>\n',
    "crypto/hash.h": "",
    "topology/says.c": '/* p == NULL, rc == 0: return QP_OK; */ "p == NULL, rc == 0", n == 0, src == 0, rc == 0.5, {QP_OK, 1}, qp_exit_of(QP_OK), case QP_OK: // rc != 0\n',
    "proto/codec.c": '#include "proto/event.pb-c.h"\n#include "crypto/hash.h"\n',
    "topology/path.c": '#include "proto/codec.h"\n',
    "node/store/journal.c": '#include "topology/path.h"\n#include <lmdb.h>\n',
    "node/insight/board.c": '#include "node/store/tables.h"\n',
    "node/matter/project.c": '#include "node/insight/board.h"\n',
    "node/core/turn.c": '#include "node/matter/project.h"\n#include "node/store/journal.h"\n',
    "node/link/dial.c": '#include "node/core/turn.h"\n#include <zmq.h>\n',
    "node/http/server.c": '#include "node/core/turn.h"\n#include "node/link/dial.h"\n#include "node/http/wire/call.h"\n',
    "node/http/http.h": "",
    "node/http/wire/call.h": '#include "node/http/http.h"\n',
    "node/http/shape/query.c": '#include "node/http/wire/call.h"\n',
    "node/config/config.c": '#include "node/http/server.h"\n',
    "node/cli/serve.c": '#include "node/config/config.h"\n',
    "node/main.c": '#include "node/cli/serve.h"\n',
    "tests/unit/turn_test.c": '#include "node/core/turn.h"\n#include "tests/unit/help.h"\n',
    "tests/unit/help.h": "/* A URL such as http://127.0.0.1/work is no path. */\n",
}
PLANTED = [  # file, text, what the complaint must say
    ("crypto/text.c", '#include "proto/codec.h"\n', "proto is not below crypto"),
    ("proto/json.c", '\n#include "topology/path.h"\n', "proto/json.c:2: proto includes topology/path.h"),
    ("topology/tree.c", '#  include "node/store/tables.h"\n', "node/store is not below topology"),
    ("node/store/tables.c", '#include "node/core/turn.h"\n', "node/core is not below node/store"),
    ("node/insight/sketch.c", '#include "node/matter/project.h"\n', "node/matter is not below node/insight"),
    ("node/core/route.c", '#include "node/link/dial.h"\n', "node/link is not below node/core"),
    ("node/link/routes.c", '#include "node/http/server.h"\n', "node/http is not below node/link"),
    ("node/link/bind.c", '#include "node/config/config.h"\n', "node/config is not below node/link"),
    ("node/config/load.c", '#include "node/cli/serve.h"\n', "node/cli is not below node/config"),
    ("node/core/seal.c", "#include <zmq.h>\n", "<zmq.h> belongs to node/link and node/cli only"),
    ("node/core/near.c", '#include "turn.h"\n', "rooted at the repository"),
    ("node/core/up.c", '#include "node/core/../store/tables.h"\n', "rooted at the repository"),
    ("node/core/help.c", '#include "tests/unit/help.h"\n', "includes the test file"),
    ("node/core/renew.c", "memset(k->sk, 0, sizeof k->sk);\n", "memset of `sk`: a compiler may leave it out"),
    ("node/core/again.c", "memset(&seed, 0, sizeof seed);\n", "memset of `seed`: a compiler may leave it out"),
    ("node/utils/any.c", "", "not in the list of rooms"),
    ("node/http/wire/up.c", '#include "node/http/shape/query.h"\n', "lies on a floor above it"),
    ("node/http/calls/up.c", '#include "node/http/routes.h"\n', "lies on a floor above it"),
    ("deploy/up", "cd /wo" "rk/main\n", "deploy/up:1: a path of one machine"),
    ("tests/run", "HOME=/ro" "ot/x\n", "a path of one machine"),
    ("deploy/packages", "# nothing\ncurl https://registry.npm" "js.org/x\n", "deploy/packages:2: the host of a package registry"),
    ("deploy/down", "#!/usr/bin/env bash\nset -euo pipefail\nls | head -n 1\n", "deploy/down:3: head ends the pipe early"),
    ("node/core/cites.c", "/* as K9 says */\n", "cites the rule K9"),
    ("node/core/cites.c", "/* as CL9 says */\n", "cites the rule CL9"),
    ("topology/geo/cites.c", "/* as GR1 and GR9 say */\n", "cites the rule GR9"),
    ("node/insight/clue/cites.c", "/* as LD1 and CU\u0031 say */\n", "cites the rule CU1"),  # a prefix that nobody entered
    ("node/core/cites.c", "/* as K\u00310 says; K8 in SHA256 */\n", "cites the rule K10"),
    ("node/core/RULES.md", "- **WGS84** A position\n", "WGS84 is among NO_RULES"),
    ("tests/unit/CMakeLists.txt", "# as X\u0059\u005a7 says\n", "cites the rule XYZ7"),
    ("node/core/draws.c", "/* turn ─► qp_nowhere_at_all */\n", "names qp_nowhere_at_all, which is nowhere in the code"),
    ("node/core/NOTES.md", "`qp_nowhere_at_all` does it.\n", "names qp_nowhere_at_all, which is nowhere in the code"),
    ("node/core/tags.h", "struct qp_one {\n    int a;\n};\n/* struct qp_sink { */\nenum qp_one { QP_A };\n", "node/core/tags.h:5: qp_one is defined at node/core/tags.h:1"),
    ("node/core/tags.c", "struct row {\n    int a;\n};\nstruct qp_sink {\n    int a;\n};\nstruct qp_held {\n    int a;\n};\n", "qp_held is defined at node/core/held.h:1"),
    ("node/core/broken.c", "/* broken.c\n *\n *   one ─► two ─►\n * three\n */\n", "node/core/broken.c:4: a drawing goes on"),
    ("node/insight/lead/cites.c", "/* as LD1 and LD9 say */\n", "cites the rule LD9"),
    ("node/field/geo.c", "#include <geos_c.h>\n", "<geos_c.h> belongs to topology only"),
    ("node/core/asks.c", "int a(int *p)\n{\n    return p\n        == NULL;\n}\n", "node/core/asks.c:4: asks whether a pointer is NULL"),
    ("node/core/asks.h", "#define GONE(p) ((p)->of != NULL)\n", "node/core/asks.h:1: asks whether a pointer is NULL"),
    ("tests/sim/asks.c", "/* it's */ if (c == '\"' && p == NULL && q != NULL)\n", "(2 in this file)"),
    ("topology/code.c", "while (n > 0 && rc == 0)\n", "topology/code.c:1: compares a return code with 0"),
    ("topology/code.c", "told = m_rc != 0;\n", "topology/code.c:1: compares a return code with 0"),
    ("proto/code.c", "int a(void)\n{\n    return QP_OK;\n}\n", "proto/code.c:3: names success"),
    ("proto/code.c", "return had ? QP_OK : QP_ENOTFOUND;\n", "proto/code.c:1: names success"),
    ("proto/code.c", "return gone ? QP_ENOTFOUND : QP_OK;\n", "proto/code.c:1: names success"),
    ("proto/code.c", "if (code != QP_OK && p)\n", "proto/code.c:1: names success"),
    ("tests/unit/code.c", "assert_int_equal(f(x), QP_OK);\n", "tests/unit/code.c:1: names success"),
    ("node/core/RULES.md", "- **RE1** One\n- **GR1** A grid once more\n", "the rule GR1 is written at"),
    ("node/core/names.c", "/* see nowhere_at_all.c */\n", "names nowhere_at_all.c"),
    ("tests/system/cites.py", '"""As VA' '9 says."""\n', "cites the rule VA9"),
    ("node/store/NOTES.md", "As S9 says.\n", "cites the rule S9"),
    ("proto/extra.proto", "// Nobody's business (RE9).\n", "cites the rule RE9"),
    ("deploy/sources", "deb http://deb.deb" "ian.org/debian x\n", "the host of a package registry"),
]


def put(root, name, text):
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    folder = os.path.dirname(name)
    while folder:
        tell(root, folder)
        folder = os.path.dirname(folder)


def tell(root, folder):
    """A README that names what lies in the folder."""
    lies = sorted(n for n in os.listdir(os.path.join(root, folder)) if n.endswith(TOLD))
    with open(os.path.join(root, folder, "README.md"), "w", encoding="utf-8") as f:
        f.write("# room\n\n" + "".join(f"- `{n}`\n" for n in lies))


def take(root, name):
    os.remove(os.path.join(root, name))
    tell(root, os.path.dirname(name))


def expect(what, got, wanted):
    """wanted None: no complaint; else exactly one that contains it."""
    if (wanted is None and not got) or (wanted and len(got) == 1 and wanted in got[0]):
        return 0
    print(f"{what}: expected {wanted or 'no complaint'!r}, got {got}")
    return 1


CIRCLE = {  # a.c calls b.c calls c.c, and c.c calls back
    "node/link/a.c": "void b(void); void a(void); void a(void) { b(); }\n",
    "node/link/b.c": "void c(void); void b(void); void b(void) { c(); }\n",
    "node/link/deep/c.c": "void a(void); void c(void); void c(void) { a(); }\n",
}


def planted_circles():
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="qp-circles-") as root:
        build = os.path.join(root, "build")
        for name, text in CIRCLE.items():
            put(root, name, text)
            target = os.path.join(build, "node/link/CMakeFiles/qp_link.dir", name[len("node/link/") :] + ".o")
            os.makedirs(os.path.dirname(target), exist_ok=True)
            subprocess.run(["cc", "-c", "-o", target, os.path.join(root, name)], check=True)

        def circles(dispatch):
            return list(check_circles(root, build, ["node/link"], dispatch))

        back = ("node/link", "node/link/deep/c.c", "node/link/a.c")
        wrong += expect("a circle", circles([]), "node/link/deep/c.c calls node/link/a.c (a)")
        wrong += expect("a circle through a dispatch table", circles([back]), None)
        wrong += expect("a circle through a file that is a table", circles([("node/link", "node/link/deep/c.c", None)]), None)
        wrong += expect("a table that is none", circles([back, ("node/link", "node/link/x.c", None)]), "DISPATCH")
        wrong += expect("a dispatch that is none", circles([back, ("node/link", "node/link/a.c", "node/link/x.c")]), "DISPATCH")
        os.remove(os.path.join(root, "node/link/deep/c.c"))
        wrong += expect("an object without its source", circles([]), None)
        wrong += expect("a room that is not built", list(check_circles(root, build, ["node/core"], [])), "build it first")
    return wrong


def function(name, asserts, lines=SHORT + 1):
    body = ["assert(a > 0);"] * asserts + ["a++;"] * (lines - asserts)
    return f"static int {name}(int a)\n{{\n" + "".join(f"    {x}\n" for x in body) + "}\n\n"


ENOUGH = function("one", 1) + function("two", 1)
ASSERTED = [  # what, files of node/store, what the complaint must say (None: there is none)
    ("enough asserts", {"a.c": ENOUGH}, None),
    ("one function without", {"a.c": ENOUGH, "b.c": function("three", 0)}, "2 asserts in 3 functions"),
    ("the file that lacks it is named", {"a.c": ENOUGH, "b.c": function("three", 0)}, "most lack node/store/b.c 0 in 1"),
    ("a short function is not counted", {"a.c": ENOUGH + function("field", 0, SHORT)}, None),
    ("a struct is no function", {"a.c": ENOUGH + "struct s {\n    int a;\n    int b;\n    int c;\n    int d;\n};\n"}, None),
    ("an assert in a comment is none", {"a.c": function("one", 0).replace("a++;", "a++; /* assert(a > 0) */", 1)}, "0 asserts in 1 functions"),
    ("a static assert is none", {"a.c": function("one", 0).replace("a++;", "_Static_assert(1, \"\");", 1)}, "0 asserts in 1 functions"),
    ("another room's are not its own", {"a.c": function("one", 0), "../../crypto/x.c": ENOUGH}, "0 asserts in 1 functions"),
]


def planted_asserts():
    wrong = 0
    for what, files, wanted in ASSERTED:
        with tempfile.TemporaryDirectory(prefix="qp-asserts-") as root:
            for name, text in files.items():
                put(root, os.path.normpath(f"node/store/{name}"), text)
            wrong += expect(what, check(root), wanted)
    return wrong


README = [  # what, files, the README of node/http, what the complaint must say (None: there is none)
    ("each is named", ["http.c", "calls/list.c"], "`http.c`, `calls/list.c`", None),
    ("named without its folder", ["calls/list.c"], "| `list.c` | lists |", None),
    ("x.c and x.h are one", ["wire/gate.c", "wire/gate.h"], "`gate.h`", None),
    ("in a drawing, without its ending", ["wire/gate.c"], "who?\n\n    bytes ─► gate ─► call\n", None),
    ("in quotes, alone", ["wire/gate.c"], "`gate` is a door", None),
    ("a forgotten file", ["http.c", "calls/list.c"], "`http.c`", "node/http/README.md: does not name calls/list.c"),
    ("a word of a sentence is no file", ["calls/list.c"], "the list of calls", "does not name calls/list.c"),
    ("a word of a command is no file", ["calls/list.c"], "`qipan list`", "does not name calls/list.c"),
    ("another's longer name is not its own", ["calls/list.c"], "`list.c.old` `blacklist`", "does not name calls/list.c"),
    ("one of two that have one name", ["calls/door.c", "wire/door.c"], "`door.c`", "does not name"),
    ("both of them", ["calls/door.c", "wire/door.c"], "`door.c` of calls, `wire/door.c`", None),
    ("a file that is gone", ["http.c"], "`http.c`, then `gone.c`", "node/http/README.md: names gone.c, which is not there"),
    ("from the root, from beside", ["http.c"], "`http.c` `node/store/store.h` `../store/store.h`", None),
    ("beside it, as if it were below", ["http.c"], "`http.c` `store.h`", "names store.h, which is not there"),
    ("a quote that is broken", ["http.c"], "`http.c` `GET\n/x`", "node/http/README.md:1: a quote goes on behind the line's end"),
    ("a name that stands for any", ["http.c"], "`http.c` `pages/X.js` `NAME.mjs`", None),
]


def planted_readmes():
    wrong = 0
    for what, files, text, wanted in README:
        with tempfile.TemporaryDirectory(prefix="qp-readmes-") as root:
            put(root, "node/store/store.h", "")
            for name in files:
                put(root, "node/http/" + name, "")
            for folder in {os.path.dirname(name) for name in files} - {""}:
                os.remove(os.path.join(root, "node/http", folder, "README.md"))
            with open(os.path.join(root, "node/http/README.md"), "w", encoding="utf-8") as f:
                f.write(text + "\n")
            got = check(root)
            wrong += expect("README: " + what, got[:1] if wanted else got, wanted)
    return wrong


ROWS = [  # a row of the rules' or of the promises' table, what the complaint must say (None: there is none)
    ("| K8 | `held.c` | held: `a_snapshot…` |", None),
    ("| all | `held.c` | held: `a_snapshot…` |", "has no row for the rule K8"),
    ("| K8 | `held.c` | held: `a_promise…` |", "names the test a_promise…, which is not there"),
    ("| held | `tests/run` | `held` |", None),
    ("| held | `tests/run` | `helm` |", "tests/README.md: has no row with the step held of tests/run"),
]


def planted_places():
    wrong = 0
    for row, wanted in ROWS:
        with tempfile.TemporaryDirectory(prefix="qp-places-") as root:
            put(root, "proto/PROTOCOL.md", "- **K8** A snapshot ...\n")
            put(root, "node/core/held.c", "")
            put(root, "tests/unit/core/held_test.c", "static void a_snapshot_is_believed(void **state)\n")
            put(root, "tests/run", "#!/bin/sh\n    step held 60 tests/held.py\n")
            rows = {PLACES: "| K8 | `held.c` | held: `a_snapshot…` |", STEPS: "| | | `held` |"}
            rows[STEPS if "tests/run" in row else PLACES] = row
            for name, text in rows.items():
                with open(os.path.join(root, name), "w", encoding="utf-8") as f:
                    f.write(text + "\n")
            wrong += expect(row, check(root), wanted)
    return wrong


def planted():
    wrong = planted_circles() + planted_asserts() + planted_readmes() + planted_places()
    with tempfile.TemporaryDirectory(prefix="qp-layers-") as root:
        for name, text in SOUND.items():
            put(root, name, text)
        wrong += expect("the sound tree", check(root), None)
        for name, text, wanted in PLANTED:
            put(root, name, text)
            wrong += expect(name, check(root), wanted)
            take(root, name)
        os.remove(os.path.join(root, "node/store/README.md"))
        wrong += expect("a room without README", check(root)[:1], "node/store: has no README.md")
        # With git, only what git knows is looked at.
        put(root, "node/store/journal.c", SOUND["node/store/journal.c"])
        subprocess.run(["git", "init", "-q", root], check=True)
        subprocess.run(["git", "-C", root, "add", "."], check=True)
        put(root, "crypto/text.c", PLANTED[0][1])
        put(root, "crypto/hash.h", "")
        with open(os.path.join(root, "crypto/README.md"), "w", encoding="utf-8") as f:
            f.write("`hash.c`\n")
        wrong += expect("a file unknown to git", check(root), None)
        put(root, "crypto/text.c", PLANTED[0][1])
        subprocess.run(["git", "-C", root, "add", "."], check=True)
        wrong += expect("a file known to git", check(root), PLANTED[0][2])
    print(f"{len(PLANTED) + len(ASSERTED) + len(README) + len(ROWS) + 5} planted violations, {wrong} wrong")
    return wrong


def main():
    if sys.argv[1:] == ["--planted"]:
        return 1 if planted() else 0
    if len(sys.argv) == 4 and sys.argv[1] == "--circles":
        complaints = list(check_circles(sys.argv[2], sys.argv[3], NO_CIRCLES, DISPATCH))
    elif len(sys.argv) == 2 and not sys.argv[1].startswith("-"):
        complaints = check(sys.argv[1])
    else:
        print(__doc__)
        return 2
    for line in complaints:
        print(line)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
