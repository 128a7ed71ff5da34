/* import_file.c: the file of records: each row becomes a record; bad rows are put aside whole. See import.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/import.h"
#include "node/cli/place.h"
#include "proto/codec.h"

struct qp_im_file {
    char *name;
    struct qp_im_text *text;
    struct qp_csv *csv;
    char separator;
    char *header; /* as it stands in the file */
    struct qp_map_columns columns;
    struct qp_map_record row;
};

/* The row just read, without its line end; malloc'd. A NUL would end it: it becomes a byte that is no text either. */
static char *raw_row(const struct qp_csv *csv)
{
    size_t len;
    const char *raw = qp_csv_raw(csv, &len);
    while (len > 0 && (raw[len - 1] == '\n' || raw[len - 1] == '\r'))
        len--;
    char *row = malloc(len + 1);
    for (size_t i = 0; row && i < len; i++)
        row[i] = (char)(raw[i] != '\0' ? raw[i] : '\xFF');
    if (row)
        row[len] = '\0';
    return row;
}

static int open_csv(struct qp_import *im, struct qp_im_file *f, struct qp_err *e)
{
    char **fields;
    size_t n;
    long line;
    f->separator = qp_map_separator(im->map);
    if (f->separator == 0)
        f->separator = qp_im_text_separator(f->text);
    f->csv = qp_csv_open(qp_im_text_read, f->text, f->name);
    if (!f->csv)
        return qp_fail(e, QP_ENOMEM, "no memory to read %s", f->name);
    qp_csv_separate_by(f->csv, f->separator);
    int got = qp_csv_next(f->csv, &fields, &n, &line, e);
    if (got < 0) {
        qp_im_text_why(f->text, e);
        return e->code != 0 ? e->code : QP_EINVAL;
    }
    if (got == 0)
        return qp_fail(e, QP_EINVAL, "%s is empty: a header row is needed", f->name);
    f->header = raw_row(f->csv);
    return f->header ? qp_map_bind(&f->columns, im->map, fields, n, e)
                     : qp_fail(e, QP_ENOMEM, "no memory to read %s", f->name);
}

int qp_im_file_open(struct qp_import *im, const char *name, struct qp_err *e)
{
    struct qp_im_file *f = im->file = calloc(1, sizeof *f);
    if (!f || !(f->name = strdup(strcmp(name, "-") == 0 ? "standard input" : name)))
        return qp_fail(e, QP_ENOMEM, "no memory for the file");
    int rc = qp_im_text_open(&f->text, name, qp_map_encoding(im->map), e);
    return rc ? rc : open_csv(im, f, e);
}

void qp_im_file_close(struct qp_import *im)
{
    struct qp_im_file *f = im->file;
    if (!f)
        return;
    if (f->csv)
        qp_csv_close(f->csv);
    qp_im_text_close(f->text);
    free(f->header);
    free(f->name);
    free(f);
    im->file = NULL;
}

double qp_im_file_part(const struct qp_import *im)
{
    return qp_im_text_part(im->file->text);
}

const char *qp_im_file_encoding(const struct qp_import *im)
{
    return qp_im_text_encoding(im->file->text);
}

char qp_im_file_separator(const struct qp_import *im)
{
    return im->file->separator;
}

/* ---- what is put aside ---- */

/* A mark that says it is UTF-8: spreadsheet programs ask for it. Two columns go before the file's own, whose
 * names stay as they are: mended, it is read by the same map. */
static void open_rejected(struct qp_import *im)
{
    const char *path = im->rejected_path ? im->rejected_path : im->rejected_default;
    char by = im->file ? im->file->separator : ',';
    im->rejected = strcmp(path, "-") == 0 ? stdout : qp_private_file(path);
    if (!im->rejected) {
        qp_complain(im->cli, 0, "%s: cannot be written: %s", path, strerror(errno));
        im->rejected = stderr;
    }
    fprintf(im->rejected, "%srejected_line%crejected_reason%c%s\n",
            im->rejected != stderr ? "\xEF\xBB\xBF" : "", by, by, im->file ? im->file->header : "row");
}

/* What is no UTF-8 becomes the character that stands for it: the file of rejected rows can be opened
 * anywhere. */
static void put_row(FILE *f, const char *row)
{
    size_t left = strlen(row);
    while (left > 0) {
        size_t n = 1;
        while (n < 4 && n < left && !qp_utf8_ok(row, n))
            n++;
        bool ok = qp_utf8_ok(row, n);
        n = ok ? n : 1;
        fwrite(ok ? row : "\xEF\xBF\xBD", 1, ok ? n : 3, f);
        row += n;
        left -= n;
    }
    fputc('\n', f);
}

void qp_im_reject(struct qp_import *im, long line, const char *row, const char *reason)
{
    char by = im->file ? im->file->separator : ',';
    if (im->check) {
        if (im->sums.told++ < QP_IM_TOLD && !im->cli->json)
            qp_tell(im->cli, QP_TR(im->cli, "line %ld: %s", "第 %ld 行：%s"), line, reason);
        return;
    }
    if (!im->rejected)
        open_rejected(im);
    fprintf(im->rejected, "%ld%c\"", line, by);
    for (const char *p = reason; *p; p++)
        fprintf(im->rejected, *p == '"' ? "\"\"" : "%c", *p);
    fprintf(im->rejected, "\"%c", by);
    put_row(im->rejected, row);
}

/* ---- records ---- */

static void note(struct qp_import *im, const struct qp_map_record *m)
{
    im->sums.shortened += m->shortened;
    im->sums.raised += m->raised;
    im->sums.no_position += m->dropped_position;
}

static void note_skip(struct qp_import *im, const char *why)
{
    size_t most = sizeof im->sums.skips / sizeof *im->sums.skips, i = 0;
    im->sums.skipped++;
    while (i < most - 1 && im->sums.skips[i].why && strcmp(im->sums.skips[i].why, why) != 0)
        i++;
    im->sums.skips[i].why = why;
    im->sums.skips[i].n++;
}

static int record_of(struct qp_import *im, const struct qp_map_record *m, long line,
                     struct qp_im_record **out, struct qp_err *e)
{
    struct qp_im_record *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r)
        return qp_fail(e, QP_ENOMEM, "no memory for a record");
    long area = im->full.n > 0 ? qp_map_area_of(m, &im->full) : 0;
    bool named = m->n_codes + m->n_names > 0 && !(m->n_codes > 0 && m->codes[0][0] == '\0');
    im->sums.no_area += im->full.n > 1 && named && area == 0;
    r->line = line;
    r->target = im->node_of ? im->node_of[area] : 0;
    r->entry = m->enter == QP_MAP_ENTER_TOP ? 0 : r->target;
    r->ref = strdup(m->source_ref);
    r->row = raw_row(im->file->csv);
    int rc = r->ref && r->row ? qp_im_lines(im, m, r, e) : qp_fail(e, QP_ENOMEM, "no memory for a record");
    if (!rc)
        *out = r;
    else
        qp_im_record_free(r);
    return rc;
}

/* A record whose times the nodes would refuse half way is refused before its first step (the map looks at
 * their order). */
static bool times_sound(const struct qp_import *im, const struct qp_map_record *m, struct qp_err *e)
{
    int64_t most_us = qp_now_us() + INT64_C(86400000000);
    if (!im->clock_source || !m->has_opened)
        return true;
    if (m->opened_us <= 0)
        return qp_fail(e, QP_EINVAL, "it was opened before 1970") == 0;
    if (m->opened_us > most_us)
        return qp_fail(e, QP_EINVAL, "it was opened more than a day ahead of now") == 0;
    for (size_t i = 0; i < m->n_steps; i++) {
        const struct qp_map_step *s = &m->steps[i];
        if (s->has_at && s->at_us > most_us)
            return qp_fail(e, QP_EINVAL, "its step `%s` lies more than a day ahead of now", s->step) == 0;
    }
    return true;
}

/* One row. QP_OK with *r NULL: it was left out. */
static int row(struct qp_import *im, char **fields, size_t n, long line, struct qp_im_record **r,
               struct qp_err *why)
{
    struct qp_im_file *f = im->file;
    *r = NULL;
    int rc = qp_map_record(&f->row, im->map, &f->columns, fields, n, why);
    if (!rc && f->row.skip) {
        note_skip(im, f->row.skip);
        return 0;
    }
    if (!rc && !times_sound(im, &f->row, why))
        rc = why->code;
    if (!rc)
        rc = record_of(im, &f->row, line, r, why);
    if (!rc)
        note(im, &f->row);
    return rc;
}

static int cut_short(const struct qp_im_file *f, long line, struct qp_err *e)
{
    int rc = qp_im_text_why(f->text, e);
    if (rc)
        return rc;
    return qp_fail(e, QP_EIO,
                   "%s: it is damaged or cut short from line %ld on; what stands before is imported, and the "
                   "whole file can be imported again",
                   f->name, line);
}

int qp_im_file_next(struct qp_import *im, struct qp_im_record **r, struct qp_err *e)
{
    struct qp_im_file *f = im->file;
    char **fields;
    size_t n;
    long line = 0;
    for (;;) {
        struct qp_err why = {0};
        *r = NULL;
        int got = qp_csv_next(f->csv, &fields, &n, &line, &why);
        if (got == 0)
            return 0;
        if (got < 0 && why.code == QP_EIO)
            return cut_short(f, line, e);
        im->sums.rows++;
        int rc = got < 0 ? QP_EINVAL : row(im, fields, n, line, r, &why);
        if (*r)
            return 0;
        if (rc == QP_ENOMEM)
            return qp_fail(e, QP_ENOMEM, "%s", why.text);
        if (!rc)
            continue;
        char *raw = raw_row(f->csv);
        im->sums.bad++;
        qp_im_reject(im, line, raw ? raw : "", why.text);
        free(raw);
    }
}
