#!/usr/bin/env python3
"""said.py: every sentence by which a request is refused has its row in Chinese (proto/said.h).

    said.py ROOT [--list] | --planted

Walks the code that can refuse a request and lists the sentences without a row. A folder may lack as many as its bound
says and no more; one that lacks fewer wants its bound lowered, so that it only falls. A row that no code says any more is
a mistake too, and one that says of a step something else than `why_zh` does (node/matter/may.c, node/core/step_may.c)."""
import pathlib
import re
import sys

# What a folder still lacks: mostly what a machine without memory or with damaged tables says, whose kind is said in Chinese.
BOUNDS = {"node/http": 0, "node/matter": 28, "node/core": 96, "node/vault": 11, "node/line": 13, "node/blob": 6}
SAYS = re.compile(r"\b(qp_fail|qp_fault_set|qp_answer_error|qp_fields_fault|qp_query_fault|qp_call_refuse|qp_why_set|need_superior|"
                  r"fault|wrong|refuse|refused|deny|bad)\(|(?:UNKNOWN(?:\[\])?\s*=?\s*(?=\"))")
LITERAL = re.compile(r'(?:"(?:[^"\\]|\\.)*"\s*(?:PRI\w+\s*)?)+')
ROW = re.compile(r'X\("((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"\)')
FIELD = re.compile(r"^[a-z_]+: ")
# At a start, before anybody asks; or in the answers of another door, which has its own words.
NOT_ASKED = re.compile(r"^(http|http\.tls_listen): ")
OTHER_DOORS = ("node/http/open311/", "node/http/wire/address.c", "node/http/wire/listen.c", "node/http/wire/tls.c")


PIECES = {"an `area`", "a `category`", "who had it"}  # of a sentence that has its row


def joined(literal):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literal))


def arguments(text, at):
    """What stands between the parenthesis at `at` and its end."""
    depth, quoted, i = 0, False, at
    while i < len(text):
        c = text[i]
        if quoted:
            i += c == "\\"
            quoted = c != '"'
        elif c == '"':
            quoted = True
        elif c in "()":
            depth += 1 if c == "(" else -1
            if depth == 0:
                return text[at:i]
        i += 1
    return ""


def sentences(text):
    """(sentence, what follows it in the same call) of one file."""
    for m in SAYS.finditer(text):
        call = arguments(text, m.end() - 1) if m.group(1) else LITERAL.match(text, m.end()).group(0)
        said = [joined(x) for x in LITERAL.findall(call)]
        said = [x + "%s" * x.endswith(" ") for x in said if not x.startswith(" ") and x not in PIECES]
        said = [x for x in said if re.search("[\u4e00-\u9fff]", x) or " " in x.strip() and re.search("[a-z]{2}", x)]
        for i, one in enumerate(said):
            if not re.search("[\u4e00-\u9fff]", one):
                zh = said[i + 1] if i + 1 < len(said) and re.search("[\u4e00-\u9fff]", said[i + 1]) else None
                yield one, zh


def rows_of(root):
    return dict(ROW.findall("".join((root / "proto" / n).read_text() for n in ("said_door.h", "said_turn.h"))))


def numbered(zh):
    count = iter(range(1, 9))
    return re.sub("%s", lambda _: f"%{next(count)}", zh)


def look(root, rows, bounds):
    """(mistakes, {folder: [sentence]} that lack a row)"""
    wrong, lack, used = [], {}, set()
    for folder, bound in bounds.items():
        lack[folder] = []
        for path in sorted((root / folder).rglob("*.c")):
            name = path.relative_to(root).as_posix()
            for one, zh in sentences(path.read_text()):
                bare = one if one in rows else FIELD.sub("", one)
                used.add(bare)
                if bare not in rows:
                    if not NOT_ASKED.match(one) and not name.startswith(OTHER_DOORS) and bare not in lack[folder]:
                        lack[folder].append(bare)
                elif zh and name in ("node/matter/may.c", "node/core/step_may.c") and rows[bare] != numbered(zh):
                    wrong.append(f"{name}: `{one}` is `{rows[bare]}` in its row, and `{zh}` there")
        if len(lack[folder]) != bound:
            wrong.append(f"{folder}: {len(lack[folder])} sentences have no row, the bound is {bound}: " + (
                "write their rows (proto/said.h)" if len(lack[folder]) > bound else "lower it"))
    everything = "\n".join(joined(x) for folder in ("node", "proto", "topology", "crypto") for p in (root / folder).rglob("*.c")
                           for x in LITERAL.findall(p.read_text()))
    for en, zh in rows.items():
        if en not in used and en.removesuffix("%s") not in everything:
            wrong.append(f"no code says `{en}` any more: its row is to go")
        holes = len(re.findall(r"%[-.*0-9lzhjt]*[sdiuxg]", en.replace("%%", "")))
        if "%%" not in en and [n for n in re.findall(r"[%&](\d)", zh) if int(n) > holes]:
            wrong.append(f"`{zh}` asks for more than `{en}` has")
    return wrong, lack


def planted(root):
    rows = rows_of(root)
    assert look(root, rows, BOUNDS)[0] == [], "the real ones have mistakes"
    for word, change in (("forgotten", lambda r: r.pop("no lead with this id is known here")),
                         ("stale", lambda r: r.update({"nobody says this": "无"})),
                         ("another than why_zh", lambda r: r.update({"no part of it is open": "没有"})),
                         ("asks for too much", lambda r: r.update({"no part of it is open": "%1"}))):
        other = dict(rows)
        change(other)
        assert look(root, other, BOUNDS)[0], f"a row that is {word} is not noticed"
    print("4 mistakes are noticed")


def main():
    root = pathlib.Path(sys.argv[1])
    if "--planted" in sys.argv:
        return planted(root)
    wrong, lack = look(root, rows_of(root), BOUNDS)
    if "--list" in sys.argv or any("the bound is" in w for w in wrong):
        for folder, said in lack.items():
            for one in said:
                print(f"{folder}\t{one}")
    for one in wrong:
        print(one)
    return 1 if wrong else 0


sys.exit(main())
