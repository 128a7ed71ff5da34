/* circular_xlsx.c: a circular as a spreadsheet, by libxlsxwriter: a sheet for each kind of rows, numbers as numbers, shares
 * as formulas' values would be (a fraction with a per cent format), so that whoever goes on counting counts on with them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "node/http/shape/circular_form.h"

struct sheet {
    const struct qp_form *f;
    lxw_workbook *book;
    lxw_worksheet *at;
    lxw_format *bold, *share;
    lxw_row_t row;
};

static void put_head(struct sheet *s)
{
    lxw_col_t col = 0;
    worksheet_write_string(s->at, s->row, col++, qp_form_word(s->f, "对象", "key"), s->bold);
    worksheet_write_string(s->at, s->row, col++, qp_form_word(s->f, "名称", "title"), s->bold);
    for (int i = 0; i < QP_CIRCULAR_FIGURE_N; i++) {
        const struct qp_figure_row *x = &qp_figure_rows[i];
        char text[200];
        if (x->kind == QP_FIGURE_SHARE) {
            worksheet_write_string(s->at, s->row, col++, qp_form_word(s->f, x->above_zh, x->above_en),
                                   s->bold);
            worksheet_write_string(s->at, s->row, col++, qp_form_word(s->f, x->below_zh, x->below_en),
                                   s->bold);
        }
        worksheet_write_string(s->at, s->row, col++, qp_form_word(s->f, x->zh, x->en), s->bold);
        snprintf(text, sizeof text, "%s %s", qp_form_word(s->f, x->zh, x->en),
                 qp_form_word(s->f, "上期", "before"));
        worksheet_write_string(s->at, s->row, col++, text, s->bold);
        snprintf(text, sizeof text, "%s %s", qp_form_word(s->f, x->zh, x->en),
                 qp_form_word(s->f, "去年同期", "a year ago"));
        worksheet_write_string(s->at, s->row, col++, text, s->bold);
    }
    worksheet_set_column(s->at, 0, 1, 24, NULL);
    worksheet_set_column(s->at, 2, (lxw_col_t)(col - 1), 14, NULL);
    worksheet_freeze_panes(s->at, 1, 2);
    s->row++;
}

/* Without a value the cell says so: an empty one could be taken for nothing. */
static void put_value(struct sheet *s, lxw_col_t col, enum qp_figure_kind kind, const uint64_t n[2],
                      bool there)
{
    if (!there || (kind == QP_FIGURE_SHARE && n[1] == 0))
        worksheet_write_string(s->at, s->row, col, "–", NULL);
    else if (kind == QP_FIGURE_COUNT)
        worksheet_write_number(s->at, s->row, col, (double)n[0], NULL);
    else
        worksheet_write_number(s->at, s->row, col, (double)n[0] / (double)n[1], s->share);
}

static void put_row(struct sheet *s, const struct qp_form_row *r)
{
    lxw_col_t col = 0;
    worksheet_write_string(s->at, s->row, col++, r->r->rest ? "…" : r->r->key, NULL);
    worksheet_write_string(s->at, s->row, col++, r->title, NULL);
    for (int i = 0; i < QP_CIRCULAR_FIGURE_N; i++) {
        enum qp_figure_kind kind = qp_figure_rows[i].kind;
        if (kind == QP_FIGURE_SHARE) {
            worksheet_write_number(s->at, s->row, col++, (double)r->now.n[i][0], NULL);
            worksheet_write_number(s->at, s->row, col++, (double)r->now.n[i][1], NULL);
        }
        put_value(s, col++, kind, r->now.n[i], true);
        put_value(s, col++, kind, r->before.n[i], true);
        put_value(s, col++, kind, r->year.n[i], s->f->body->year);
    }
    s->row++;
}

static bool put_sheet(struct sheet *s, uint32_t by, struct qp_form_row *row)
{
    s->row = 0;
    s->at = NULL;
    for (size_t i = 0; i < s->f->body->n_rows; i++) {
        if (s->f->body->rows[i]->by != by || !qp_form_row(row, s->f, i))
            continue;
        if (!s->at) {
            s->at = workbook_add_worksheet(s->book, qp_form_word(s->f, qp_by_rows[by].zh, qp_by_rows[by].en));
            if (!s->at)
                return false;
            put_head(s);
        }
        put_row(s, row);
    }
    return true;
}

static bool put_about(struct sheet *s)
{
    const struct qp_form *f = s->f;
    char text[QP_TITLE_BYTES + 128], id[27], day[40];
    s->row = 0;
    s->at = workbook_add_worksheet(s->book, qp_form_word(f, "说明", "about"));
    if (!s->at)
        return false;
    qp_form_name(text, sizeof text, f);
    worksheet_write_string(s->at, s->row++, 0, text, s->bold);
    qp_id_text(id, f->head->said->id.data);
    worksheet_write_string(s->at, s->row, 0, qp_form_word(f, "通报", "circular"), NULL);
    worksheet_write_string(s->at, s->row++, 1, id, NULL);
    qp_form_day(day, f, f->head->issued_us);
    worksheet_write_string(s->at, s->row, 0, qp_form_word(f, "签发", "issued"), NULL);
    worksheet_write_string(s->at, s->row++, 1, day, NULL);
    for (size_t i = 0; i < f->body->n_findings; i++) {
        qp_finding_text(text, sizeof text, f->body->findings[i], f->zone, f->zh);
        worksheet_write_string(s->at, s->row, 0, qp_form_word(f, "检查", "found"), NULL);
        worksheet_write_string(s->at, s->row++, 1, text, NULL);
    }
    for (int i = 0; i < QP_CIRCULAR_FIGURE_N; i++) {
        const struct qp_figure_row *x = &qp_figure_rows[i];
        worksheet_write_string(s->at, s->row, 0, qp_form_word(f, x->zh, x->en), NULL);
        snprintf(text, sizeof text, "%s%s%s", qp_form_word(f, x->above_zh, x->above_en),
                 x->kind == QP_FIGURE_SHARE ? " ÷ " : "", qp_form_word(f, x->below_zh, x->below_en));
        worksheet_write_string(s->at, s->row++, 1, text, NULL);
    }
    worksheet_set_column(s->at, 0, 0, 24, NULL);
    worksheet_set_column(s->at, 1, 1, 80, NULL);
    return true;
}

static bool write_book(const struct qp_form *f, const char *path)
{
    struct sheet s = {.f = f, .book = workbook_new(path)};
    struct qp_form_row *row = malloc(sizeof *row);
    if (!s.book || !row) {
        if (s.book)
            workbook_close(s.book);
        free(row);
        return false;
    }
    s.bold = workbook_add_format(s.book);
    s.share = workbook_add_format(s.book);
    bool whole = s.bold && s.share;
    if (whole) {
        format_set_bold(s.bold);
        format_set_text_wrap(s.bold);
        format_set_num_format(s.share, "0.0%");
        whole = put_about(&s);
    }
    for (uint32_t by = 0; whole && by < QP_CIRCULAR_BY_N; by++)
        whole = put_sheet(&s, by, row);
    free(row);
    return workbook_close(s.book) == LXW_NO_ERROR && whole;
}

/* The library writes a file: here one that is in memory only. */
char *qp_form_xlsx(const struct qp_form *f, size_t *len)
{
    char path[64], *out = NULL;
    struct stat st;
    int fd = memfd_create("circular", MFD_CLOEXEC);
    if (fd < 0)
        return NULL;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (write_book(f, path) && fstat(fd, &st) == 0 && st.st_size > 0) {
        *len = (size_t)st.st_size;
        out = malloc(*len);
        if (out && pread(fd, out, *len, 0) != st.st_size) {
            free(out);
            out = NULL;
        }
    }
    close(fd);
    return out;
}
