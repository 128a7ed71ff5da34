/* circular_check.c: `qipan circular check FILE.csv`: do the figures that somebody has printed follow from their parts?
 * Columns id, kind (share, sum, mean), num, den, said are looked for by name; others are passed over. A line that does not
 * hold is told with its reason (the rules are node/insight/circular/print.h's). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/circular.h"
#include "node/insight/circular/print.h"
#include "topology/areas.h"

enum { ID, KIND, NUM, DEN, SAID, COLUMNS };
static const char *const names[COLUMNS] = {"id", "kind", "num", "den", "said"};
static const char *const verdicts[] = {"", "equal", "rounding", "differs", "unreadable"};

struct checking {
    struct qp_cli *c;
    size_t at[COLUMNS]; /* of each name its column + 1; 0: it is not there */
    size_t lines, stopped;
    json_t *out;
};

static int bytes(void *arg, char *buf, size_t cap)
{
    size_t n = fread(buf, 1, cap, arg);
    return n == 0 && ferror((FILE *)arg) ? -1 : (int)n;
}

static void head(struct checking *k, char **fields, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (int name = 0; name < COLUMNS; name++)
            if (strcmp(fields[i], names[name]) == 0)
                k->at[name] = i + 1;
}

static const char *field(const struct checking *k, char **fields, size_t n, int name)
{
    return k->at[name] > 0 && k->at[name] <= n ? fields[k->at[name] - 1] : "";
}

static void line_check(struct checking *k, char **fields, size_t n)
{
    const char *id = field(k, fields, n, ID), *kind = field(k, fields, n, KIND),
               *said = field(k, fields, n, SAID);
    struct qp_printed p = {.verdict = QP_PRINTED_UNREADABLE};
    char reason[400];
    enum qp_printed_kind as = strcmp(kind, "share") == 0  ? QP_PRINTED_SHARE
                              : strcmp(kind, "sum") == 0  ? QP_PRINTED_SUM
                              : strcmp(kind, "mean") == 0 ? QP_PRINTED_MEAN
                                                          : 0;
    if (as)
        qp_printed_check(&p, as, field(k, fields, n, NUM), field(k, fields, n, DEN), said);
    qp_printed_reason(reason, sizeof reason, &p, said, k->c->zh);
    k->lines++;
    k->stopped += p.verdict != QP_PRINTED_EQUAL;
    json_array_append_new(k->out, json_pack("{s:s,s:s,s:s,s:s}", "id", id, "verdict", verdicts[p.verdict],
                                            "value", p.value, "reason", reason));
    if (reason[0] != 0)
        qp_tell(k->c, "%s: %s", id, reason);
}

static int lines_check(struct checking *k, FILE *in, const char *name, struct qp_err *e)
{
    char **fields;
    size_t n;
    long line;
    struct qp_csv *csv = qp_csv_open(bytes, in, name);
    int got = csv ? qp_csv_next(csv, &fields, &n, &line, e) : -1;
    if (!csv)
        return qp_fail(e, QP_ENOMEM, "out of memory");
    if (got > 0)
        head(k, fields, n);
    for (int i = 0; i < COLUMNS && got >= 0; i++)
        if (k->at[i] == 0) {
            qp_fail(e, QP_EINVAL, "%s: there is no column `%s`: id, kind, num, den, said are looked for",
                    name, names[i]);
            got = -1;
        }
    while (got > 0 && (got = qp_csv_next(csv, &fields, &n, &line, e)) > 0)
        line_check(k, fields, n);
    qp_csv_close(csv);
    return got < 0 ? (e->code != 0 ? e->code : QP_EINVAL) : 0;
}

int qp_circular_check_file(struct qp_cli *c, const char *file)
{
    struct checking k = {.c = c, .out = json_array()};
    struct qp_err e = {0};
    FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
    if (!in) {
        json_decref(k.out);
        return qp_complain(c, errno == ENOENT ? QP_EXIT_NOT_FOUND : QP_EXIT_FAILED, "%s: %s", file,
                           strerror(errno));
    }
    int rc = lines_check(&k, in, file, &e);
    if (in != stdin)
        fclose(in);
    if (!rc && c->json)
        qp_print_json(k.out);
    else
        json_decref(k.out);
    if (rc) {
        qp_complain_err(c, &e);
        return rc == QP_EIO ? QP_EXIT_FAILED : QP_EXIT_USAGE;
    }
    qp_tell(c, QP_TR(c, "%zu of %zu figures follow from their parts", "%2$zu 个数中有 %1$zu 个与其组成相符"),
            k.lines - k.stopped, k.lines);
    return k.stopped > 0 ? QP_EXIT_FAILED : QP_EXIT_OK;
}
