/* circular_form.c: what all forms of a circular share, and the plainest of them, CSV. See circular_form.h. */
#include "node/http/shape/circular_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool qp_form_row(struct qp_form_row *out, const struct qp_form *f, size_t i)
{
    const Qp__CircularRow *r = out->r = f->body->rows[i];
    if (r->by >= QP_CIRCULAR_BY_N || qp_numbers_read(&out->now, r->now) ||
        qp_numbers_read(&out->before, r->before) || qp_numbers_read(&out->year, r->year_ago))
        return false;
    if (r->rest)
        snprintf(out->title, sizeof out->title, "%s", qp_form_word(f, "其余", "the rest"));
    else if (r->by == QP_CB_TOTAL)
        snprintf(out->title, sizeof out->title, "%s", qp_form_word(f, "合计", "total"));
    else if (r->by == QP_CB_AREA)
        qp_place_title(out->title, sizeof out->title, f->r, r->key);
    else
        qp_text_cut(out->title, sizeof out->title,
                    r->key[0] ? r->key : qp_form_word(f, "（未定）", "(none)"));
    return true;
}

void qp_form_day(char out[40], const struct qp_form *f, int64_t at_us)
{
    qp_local_text(out, f->zone, at_us, false);
}

void qp_form_name(char *out, size_t cap, const struct qp_form *f)
{
    static const char *const zh[] = {"", "日通报", "周通报", "月通报"};
    static const char *const en[] = {"", "daily circular", "weekly circular", "monthly circular"};
    char name[32];
    uint32_t p = f->body->period <= QP_PERIOD_MONTH ? f->body->period : 0;
    qp_period_text(name, (enum qp_circular_period)p, f->body->from_us, f->body->to_us, f->zone);
    snprintf(out, cap, f->zh ? "%.300s社会治理工作%s %s" : "%.300s: %s %s",
             f->body->title[0] ? f->body->title : f->body->area, f->zh ? zh[p] : en[p], name);
}

/* ---- CSV ---- */

/* Quoted; and so that no spreadsheet takes a key for a formula. */
static void put_text(FILE *o, const char *text)
{
    fputc('"', o);
    if (*text && strchr("=+-@\t\r", *text))
        fputc('\'', o);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', o);
        fputc(*text, o);
    }
    fputc('"', o);
}

static void put_numbers(FILE *o, enum qp_figure_kind kind, const uint64_t n[2], bool there)
{
    if (!there)
        fputs(",,", o);
    else if (kind == QP_FIGURE_COUNT)
        fprintf(o, ",%llu,", (unsigned long long)n[0]);
    else
        fprintf(o, ",%llu,%llu", (unsigned long long)n[0], (unsigned long long)n[1]);
}

static void put_value(FILE *o, enum qp_figure_kind kind, const uint64_t n[2])
{
    if (kind == QP_FIGURE_COUNT || n[1] == 0)
        fputc(',', o);
    else
        fprintf(o, ",%.9f", (double)n[0] / (double)n[1]);
}

static void put_row(FILE *o, const struct qp_form *f, const struct qp_form_row *row)
{
    for (int i = 0; i < QP_CIRCULAR_FIGURE_N; i++) {
        const struct qp_figure_row *x = &qp_figure_rows[i];
        fputs(x->name, o);
        fputc(',', o);
        put_text(o, qp_form_word(f, x->zh, x->en));
        fprintf(o, ",%s,", qp_by_rows[row->r->by].name);
        put_text(o, row->r->rest ? "…" : row->r->key);
        fputc(',', o);
        put_text(o, row->title);
        put_numbers(o, x->kind, row->now.n[i], true);
        put_value(o, x->kind, row->now.n[i]);
        put_numbers(o, x->kind, row->before.n[i], true);
        put_numbers(o, x->kind, row->year.n[i], f->body->year);
        fputs("\r\n", o);
    }
}

char *qp_form_csv(const struct qp_form *f, size_t *len)
{
    char *text = NULL;
    FILE *o = open_memstream(&text, len);
    struct qp_form_row *row = malloc(sizeof *row);
    if (o && row) {
        fputs("\xef\xbb\xbf"
              "name,figure,by,key,title,numerator,denominator,value,before_numerator,before_denominator,"
              "year_ago_numerator,year_ago_denominator\r\n",
              o); /* the mark of UTF-8: without it spreadsheets take Chinese for something else */
        for (size_t i = 0; i < f->body->n_rows; i++)
            if (qp_form_row(row, f, i))
                put_row(o, f, row);
    }
    bool whole = o && row && !ferror(o);
    free(row);
    if (o && fclose(o) != 0)
        whole = false;
    if (whole)
        return text;
    free(text);
    return NULL;
}
