#!/usr/bin/env python3
"""Plants one fault at a time in the leads' sources and expects the tests to notice.

    planted.py ROOT BUILD CC [FLAG...]     BUILD holds the libraries, compiled by CC with FLAGs
    planted.py --stale                     only looks whether each text still stands once in its file

Only the changed file is compiled again; it is linked before the library, whose own copy then stays out. Exit 1 when a fault goes
unnoticed, or when its text is no longer in the source.
"""
import os
import subprocess
import sys
import tempfile

PLANTED = [  # file, what stands there, what is put there instead
    ("shy.c", "NUMBER_DIGITS = 7", "NUMBER_DIGITS = 12"),
    ("shy.c", "|| c == '*'", ""),
    ("shy.c", "    hide_written_numbers(t);\n}", "}"),
    ("shy.c", "    hide_persons(t);\n", ""),
    ("text.c", "    if (cut)\n", "    if (false)\n"),
    ("text.c", "    if (cut)\n", ""),
    ("text.c", "i < t->n && t->kind[i] == QP_CP_WHITE;", "false;"),
    ("weigh.c", "(all - rare)", "all"),
    ("weigh.c", "return one < other ? one : other;", "return one;"),
    ("posting.c", "    memmove(item + i, item + i + 1, (l->n - i) * sizeof *item);\n", ""),
    ("posting.c", "if (from->n > 0)\n            list[", "if (from->n > 1)\n            list["),
    ("shelf.c", "if (((i - home) & mask) < ((i - gap) & mask))", "if (i != home)"),
    ("shelf.c", "older(&due[child + 1], &due[child])", "older(&due[child], &due[child + 1])"),
    ("shelf.c", "return a->entry->at_us < b->entry->at_us;", "return a->entry->at_us > b->entry->at_us;"),
    ("leads.c", "return places_differ(x, y) ? ppm / 2 : ppm;", "return ppm;"),
    ("leads.c", "if (g->n < 3)", "if (g->n < 4)"),
    ("leads.c", "return (first + second) / 2;", "return first;"),
    ("leads.c", "return g->dismissed;", "return false;"),
    ("leads.c", "s->nearest->seq < y->seq)", "s->nearest->seq > y->seq)"),
    ("leads.c", "l->dot[l->touched[i]] = 0;", "l->dot[l->touched[0]] = 0;"),
    ("leads.c", "strcmp(x->family, y->family) != 0 || ", ""),
    ("leads.c", "|| !is_near(x, y, l->rules.named_m)", ""),
    ("leads.c", "if (s->barred[i] == g)", "if (false)"),
    ("leads.c", "s->hash[i] > (i > 0 ? s->hash[i - 1] : 0)", "true"),
    ("shelf.c", "    if (l->stale)\n", "    if (false)\n"),
    ("shelf.c", "l->due[0].at_us = x->group->last_us;", "l->due[0].at_us = x->at_us;"),
    ("groups.c", "g->n == 1 || x->at_us > g->last_us ? x->at_us", "g->n == 1 ? x->at_us"),
    ("groups.c", "for (; i > 0 && g->member[i - 1]->seq > x->seq; i--)", "for (; false; i--)"),
    ("groups.c", "if (traceless && g->uid + 1 == l->next_uid) {", "if (false) {"),
    ("groups.c", "l->move[i].from == g->uid)\n            return;", "false)\n            return;"),
    ("hand.c", "    x->proposed = m.proposed;\n", ""),
    ("hand.c", "m->kind != QP_MOVE_SPLIT || ", ""),
    ("keep.c", "        if (g->dead)\n            continue;\n", ""),
    ("keep.c", "    qsort(all, n, sizeof(void *), by_seq);\n", ""),
    ("load.c", "in->bad = in->bad || in->p != in->end;", ""),
    ("load.c", "x->proposed_ppm = (uint32_t)ppm;", ""),
    ("why.c", "w->told[at] ? 0 : part", "0"),
]


def noticed(root, build, cc, flags, scratch, plant):
    name, old, new = plant
    with open(os.path.join(root, "node/insight/lead", name), encoding="utf-8") as f:
        source = f.read()
    if source.count(old) != 1:
        return "its text stands %d times in the source" % source.count(old)
    changed = os.path.join(scratch, name)
    with open(changed, "w", encoding="utf-8") as f:
        f.write(source.replace(old, new))
    command = [cc, *flags, "-D_GNU_SOURCE", "-std=c11", "-w", "-I" + root, "-I" + build]
    libraries = [os.path.join(build, n) for n in ("node/insight/lead/libqp_lead.a", "proto/libqp_proto.a", "crypto/libqp_crypto.a")]
    for test in ("hand", "lead"):
        program, made = os.path.join(scratch, "planted"), os.path.join(scratch, test + "_test.o")
        if not os.path.exists(made):
            subprocess.run([*command, "-c", os.path.join(root, "tests/unit/lead", test + "_test.c"), "-o", made], check=True)
        built = subprocess.run([*command, made, changed, "-o", program, *libraries, "-lcmocka", "-lutf8proc", "-lprotobuf-c",
                                "-ljansson", "-lsodium", "-lm"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if built.returncode != 0:
            return "it does not compile:\n" + built.stdout
        try:
            if subprocess.run([program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120,
                              env={**os.environ, "QP_SEED": "1"}).returncode != 0:
                return None
        except subprocess.TimeoutExpired:
            return None  # a fault that hangs is noticed too
    return "the tests pass"


def main(root, build, cc, *flags):
    missed = 0
    with tempfile.TemporaryDirectory(prefix="qp-lead-") as scratch:
        for plant in PLANTED:
            why = noticed(root, build, cc, flags, scratch, plant)
            print("%-8s %s: %s" % ("noticed" if why is None else "MISSED", plant[0], plant[1].strip()), flush=True)
            if why is not None:
                missed += 1
                print("         " + why)
    print("%d planted, %d missed" % (len(PLANTED), missed))
    return 1 if missed else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--stale"]:
        sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "core"))
        import planted
        planted.BUGS[:] = [("node/insight/lead/" + name, old, "", old.strip()) for name, old, *_ in PLANTED]
        sys.exit(planted.stale())
    sys.exit(main(*sys.argv[1:]))
