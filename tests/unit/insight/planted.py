#!/usr/bin/env python3
"""Plants one fault at a time in the board's and the warnings' sources and expects the tests to notice: a list of what they are there for.

    planted.py ROOT BUILD CC [FLAG...]     BUILD holds the room's libraries, compiled by CC with FLAGs
    planted.py --stale                     only looks whether each text still stands once in its file

Only the changed file is compiled again; it is linked before the library, whose own copy then stays out. Exit 1 when a fault goes
unnoticed, or when its text is no longer in the source.
"""
import os
import subprocess
import sys
import tempfile

# (file, what stands there, what is put there instead, the tests that must notice)
PLANTED = [
    ("facts.c", "f->at_us[QP_M_CLOSING] <= f->deadline_us", "f->at_us[QP_M_CLOSING] < f->deadline_us", "facts"),
    ("facts.c", ".overdue = row->overdue,", ".overdue = false,", "facts board"),
    ("facts.c", "(handled_us / 1000000)", "(handled_us / 1000)", "facts board"),
    ("facts.c", "case 31: f->deadline_us", "case 29: f->deadline_us", "facts"),
    ("facts.c", "case 43: f->extend_granted", "case 44: f->extend_granted", "facts query"),
    ("facts.c", ".extend_asked = face->extend_asked != 0", ".extend_asked = face->extend_granted != 0", "facts board"),
    ("sketch.c", "if (*last != before)", "if (*last < 0)", "sketch board"),
    ("sketch.c", "return (n - 1) * llround", "return n * llround", "sketch"),
    ("sketch.c", "#define MIDDLE ((0.99 * GAMMA + 1.01) / 2)", "#define MIDDLE 1.0", "sketch"),
    ("sketch.c", "if (got < 0 || count < 0)", "if (got < 0)", "sketch"),
    ("names.c", "x->noted_old |= old;", "x->noted_old |= false;", "board"),
    ("names.c", "!qp_path_within(x->text, n->self_path)", "strncmp(x->text, n->self_path, strlen(n->self_path)) != 0", "board"),
    ("board.c", "if (x->grain == QP_G_HOUR) {", "if (x->grain == QP_G_HOUR && from_hour(x)) {", "board"),
    ("board.c", "change_add(change_of(c, QP_G_MONTH, qp_bucket_month(p->day), 0), p, sign);", "", "board"),
    ("board.c", "was == is && from == to", "was == is", "board"),
    ("board.c", "x->n_handled = i; /*", "; /*", "board"),
    ("gather.c", "h.count += h->count;", "h.count = h->count;", "board"),
    ("gather.c", "if (++g->round == 0) {", "if (g->round == 0) {", "board"),
    ("flush.c", "if (order <= 0)", "if (order < 0)", "board"),
    ("flush.c", "sketch_len = old.sketch_len;", "sketch_len = 0;", "board"),
    ("flush.c", "if (b->len > 0) {", "if (b->len > 0 || !found) {", "board"),
    ("range.c", "int64_t reach = after < before ? (before - after) / 60 + 1 : 0;", "int64_t reach = before - before + after - after;", "range"),
    ("range.c", "first += month_first_day(first) < lo;", "", "range query"),
    ("range.c", "to_us - 1))", "to_us))", "range query"),
    ("walk.c", "want.bucket = before ? at.bucket : at.bucket + 1;", "want.bucket = at.bucket + 1;", "query"),
    ("walk.c", "if (k.bucket < w->span->lo || k.bucket > w->span->hi)", "if (k.bucket < w->span->lo)", "query"),
    ("query.c", "return !rc && a->take ? row_add(a, a->own, c, -1) : rc;", "return rc;", "query"),
    ("query.c", "return filter == dimension_of(q->by);", "return true;", "query"),
    ("scan.c", "x = x->levels > 1 ? x->at[1] : x;", "x = x->at[0];", "query"),
    ("scan.c", "strlen(wanted) == t.len && ", "", "query"),
    ("answer.c", "if (order(&out->rows[i - 1], &out->rows[i]) > 0) {", "if (false) {", "query"),
    ("warning/gpnb.c", "y = fmin(y, mu + r->clip", "y = fmax(y, mu + r->clip", "warning"),
    ("warning/gpnb.c", "if (g->steps >= r->guard)\n        work_in", "if (g->steps >= 1)\n        work_in", "warning"),
    ("warning/gpnb.c", "if (back >= r->guard ||", "if (back > 100 ||", "warning"),
    ("warning/gpnb.c", "variance += 2 * c * (", "variance += 0 * c * (", "warning"),
    ("warning/gpnb.c", "x -= 2 * log(p);", "x = fmax(x, -2 * log(p));", "warning"),
    ("warning/dist.c", "gamma_inc(df / 2, x / 2, true)", "gamma_inc(df / 2, x, true)", "warning"),
    ("warning/season.c", "abs(off) < abs(best)", "abs(off) > abs(best)", "warning"),
    ("warning/season.c", "distance > 17", "distance > 18", "warning"),
    ("warning/tail.c", "if (z <= turn)", "if (true)", "warning"),
    ("warning/gpnb.c", "v->score = 0 - log10(", "v->score = -log10(", "warning"),
    ("warning/tail.c", "double half = pk / 2;", "double half = pk;", "warning"),
    ("warning/dist.c", "qp_beta_inc(1 - prob, k + 1, size)", "qp_beta_inc(1 - prob, k + 2, size)", "warning"),
    ("warning/glm.c", "sum += u[j] * u[j];", "sum += u[j];", "warning"),
    ("warning/ears.c", "double limit = m.mean + z * m.sigma;", "double limit = m.mean - z * m.sigma;", "warning"),
    ("warning/bayes.c", "y->y[t] > limit}", "false}", "warning"),
    ("warning/farrington.c", "row.alarm = row.score > 1", "row.alarm = row.score > 1e9", "warning"),
    ("warning/run.c", "(struct qp_warn_row){NAN, NAN, NAN, false}", "(struct qp_warn_row){0, 0, 0, false}", "warning"),
    ("warning/method.c", "!(v >= row->low && v <= row->high)", "(v < row->low || v > row->high)", "warning"),
    ("warning/method.c", "row->words && v != floor(v)", "false", "warning"),
    ("warning/method.c", '"--set %.*s：须写作', '"--set %.*s: write', "warning"),
]


def run(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def libraries(build):
    names = ["tests/unit/insight/libqp_town.a", "node/insight/libqp_insight.a", "node/insight/warning/libqp_warning.a", "node/store/libqp_store.a",
             "topology/libqp_topology.a", "proto/libqp_proto.a", "crypto/libqp_crypto.a"]
    return [os.path.join(build, n) for n in names] + ["-lcmocka", "-llmdb", "-lprotobuf-c", "-ljansson", "-lsodium", "-lm", "-lpthread"]


def test_object(root, build, cc, flags, scratch, test):
    """The test's own program text is compiled once."""
    made = os.path.join(scratch, test + "_test.o")
    if not os.path.exists(made):
        subprocess.run([cc, *flags, *include(root, build), "-c", os.path.join(root, "tests/unit/insight", test + "_test.c"), "-o", made], check=True)
    return made


def include(root, build):
    return ["-D_GNU_SOURCE", "-std=c11", "-w", "-I" + root, "-I" + build]


def noticed(root, build, cc, flags, scratch, plant):
    name, old, new, tests = plant
    with open(os.path.join(root, "node/insight", name), encoding="utf-8") as f:
        source = f.read()
    if source.count(old) != 1:
        return "its text stands %d times in the source" % source.count(old)
    changed = source.replace(old, new)
    if "from_hour(x)" in new:
        changed = changed.replace("static void changes_put(", "static bool from_hour(const struct change *x)\n{\n    return x->n_handled > 0;\n}\n\nstatic void changes_put(", 1)
    file = os.path.join(scratch, os.path.basename(name))
    with open(file, "w", encoding="utf-8") as f:
        f.write(changed)
    for test in tests.split():
        program = os.path.join(scratch, "planted")
        made = run([cc, *flags, *include(root, build), test_object(root, build, cc, flags, scratch, test),
                    file, "-o", program, *libraries(build)])
        if made.returncode != 0:
            return "it does not compile:\n" + made.stdout
        try:
            if run([program], cwd=root, timeout=120, env={**os.environ, "QP_SEED": "1"}).returncode == 0:
                return "the %s tests pass" % test
        except subprocess.TimeoutExpired:
            pass  # a fault that hangs is noticed too
    return None


def main(root, build, cc, *flags):
    missed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for plant in PLANTED:
            why = noticed(root, build, cc, flags, scratch, plant)
            print("%-10s %s: %s" % ("noticed" if why is None else "MISSED", plant[0], plant[1]), flush=True)
            if why is not None:
                missed += 1
                print("           " + why)
    print("%d planted, %d missed" % (len(PLANTED), missed))
    return 1 if missed else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--stale"]:
        sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "core"))
        import planted
        planted.BUGS[:] = [("node/insight/" + name, old, "", old.strip()) for name, old, *_ in PLANTED]
        sys.exit(planted.stale())
    sys.exit(main(*sys.argv[1:]))
