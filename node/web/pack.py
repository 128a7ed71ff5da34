#!/usr/bin/env python3
"""Makes the bytes that the binary embeds of this folder: what `manifest` lists, as it is and gzipped, with an ETag.

    pack.py MANIFEST OUT        writes OUT/N.raw, OUT/N.gz and OUT/assets.inc, the table that node/http/calls/page.c includes
    pack.py --depends MANIFEST  the files that it reads, one a line (for the build)
    pack.py --sizes MANIFEST    each page's bytes on the way, gzipped

A module (`.js` of type module) is written out with those that it imports, each in a function of its own, so that a page is
one request; from a --web-root the same files are served one by one, and the browser puts them together. A style sheet
is written out with what its first lines import. What this cannot take apart it refuses by file and line.
"""
import gzip
import hashlib
import os
import re
import sys

IMPORT = re.compile(r'^import\s*(?:\{([^}]*)\}|(\w+))\s*from\s*["\'](\./[^"\']+|\.\./[^"\']+)["\'];?', re.M)
ANY_IMPORT = re.compile(r"^import\b[^(]", re.M)
EXPORT_HEAD = re.compile(r"^export\s+(?:async\s+)?(?:function\s*\*?\s*|const\s+|class\s+)(\w+)", re.M)
EXPORT_LIST = re.compile(r"\bexport\s*\{([^}]*)\}\s*;?")
STYLE_IMPORT = re.compile(r'^@import "(\.{1,2}/[^"]+)";\n', re.M)


class Refused(Exception):
    pass


def names(text, to):
    """`a, b as c` as properties: of an import `a, b: c`, of an export `a, c: b`."""
    out = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        a, _, b = part.partition(" as ")
        a, b = a.strip(), b.strip()
        out.append(a if not b else f"{a}: {b}" if to == "import" else f"{b}: {a}")
    return ", ".join(out)


def slug(path):
    return "m_" + re.sub(r"\W", "_", os.path.splitext(os.path.relpath(path, HERE))[0])


class Bundle:
    """The modules that one needs, each after those that it imports."""

    def __init__(self, top):
        self.parts, self.done, self.files, self.out = [], set(), [], {}
        self.add(top, [])
        if self.out[top]:  # one that a page reads when it wants it, by import(): as from a --web-root
            self.parts.append(f"export const {{ {', '.join(self.out[top])} }} = {slug(top)};")

    def add(self, path, above):
        if path in above:
            raise Refused(f"{path}: imports itself by way of {above[-1]}")
        if path in self.done:
            return
        with open(path, encoding="utf-8") as f:
            text = f.read()
        self.files.append(path)
        inside = []

        def take(m):
            other = os.path.normpath(os.path.join(os.path.dirname(path), m.group(3)))
            self.add(other, above + [path])
            inside.append(f"const {{ {names(m.group(1), 'import') if m.group(1) is not None else f'default: {m.group(2)}'} }} = {slug(other)};")
            return ""

        text = IMPORT.sub(take, text)
        # vendored files are one line: what follows the first import is looked at again
        text = re.sub(r'^import\{([^}]*)\}from"(\./[^"]+)";', lambda m: take(Fake(m)), text)
        left = ANY_IMPORT.search(text)
        if left:
            raise Refused(f"{path}:{text[:left.start()].count(chr(10)) + 1}: write an import as `import {{ a, b as c }} from './x.js';`, on lines of its own")
        out = [n for n in EXPORT_HEAD.findall(text)]
        text = EXPORT_HEAD.sub(lambda m: m.group(0)[len("export"):].lstrip(), text)
        for m in EXPORT_LIST.finditer(text):
            out.append(names(m.group(1), "export"))
        text = EXPORT_LIST.sub("", text)
        if "export default " in text:
            text = text.replace("export default ", "const its_default = ", 1)
            out.append("default: its_default")
        if re.search(r"^export\b", text, re.M):
            raise Refused(f"{path}: exports are functions, consts, classes, or a list of names")
        text = "\n".join(line for line in text.split("\n") if not re.match(r"^\s*//", line)).strip()
        self.parts.append(f"const {slug(path)} = (() => {{\n{chr(10).join(inside)}\n{text}\nreturn {{ {', '.join(out)} }};\n}})();")
        self.done.add(path)
        self.out[path] = [n for n in out if not n.startswith("default:")]

    def text(self):
        return "\n".join(self.parts) + "\n"


class Fake:
    """The vendored form of an import, with the groups of the other."""

    def __init__(self, m):
        self.groups = {1: m.group(1), 2: None, 3: m.group(2)}

    def group(self, n):
        return self.groups[n]


def style(path, files):
    files.append(path)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    return STYLE_IMPORT.sub(lambda m: style(os.path.normpath(os.path.join(os.path.dirname(path), m.group(1))), files), text)


def manifest(path):
    """(url, type, file, how) of each line."""
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.split("#")[0].split()
            if not line:
                continue
            if len(line) != 3 or line[1] not in TYPES:
                raise Refused(f"{path}:{number}: write URL KIND FILE; a kind is one of {' '.join(TYPES)}")
            yield line[0], line[1], os.path.normpath(os.path.join(HERE, line[2]))


TYPES = {
    "page": "text/html; charset=utf-8",
    "module": "text/javascript; charset=utf-8",
    "script": "text/javascript; charset=utf-8",
    "style": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "app": "application/manifest+json",
}


def content(kind, path, files):
    if kind == "module":
        b = Bundle(path)
        files += b.files
        return b.text().encode()
    if kind == "style":
        return style(path, files).encode()
    files.append(path)
    with open(path, "rb") as f:
        return f.read()


def main(args):
    global HERE
    mode = args.pop(0) if args and args[0].startswith("--") else ""
    HERE = os.path.dirname(os.path.abspath(args[0]))
    files, table = [args[0]], []
    for i, (url, kind, path) in enumerate(manifest(args[0])):
        raw = content(kind, path, files)
        table.append((i, url, kind, raw, gzip.compress(raw, 9, mtime=0)))
    if mode == "--depends":
        print("\n".join(sorted({os.path.abspath(f) for f in files} | {os.path.abspath(__file__)})))
        return
    if mode == "--sizes":
        for _, url, kind, raw, packed in table:
            print(f"{len(packed):7} {len(raw):8} {url}")
        return
    os.makedirs(args[1], exist_ok=True)
    lines = []
    for i, url, kind, raw, packed in table:
        for end, data in (("raw", raw), ("gz", packed)):
            with open(f"{args[1]}/{i}.{end}", "wb") as f:
                f.write(data)
        lines.append(f'ASSET({i}, "{url}", "{TYPES[kind]}", "\\"{hashlib.sha256(raw).hexdigest()[:32]}\\"")\n')
    with open(f"{args[1]}/assets.inc", "w", encoding="utf-8") as f:
        f.writelines(lines)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Refused, OSError) as e:
        sys.exit(f"pack.py: {e}")
