/* circular_html.c: a circular to be printed: its total with what each figure counts, tables by area, desk, source and
 * category, what was found, and by what it can be checked. Without scripts; its one style sheet is /circular.css. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/shape/circular_form.h"
#include "node/insight/circular/print.h"

enum { COLUMNS = 7, SENTENCE = 512 }; /* figures in one table: what a page takes */

const char qp_form_css[] =
    "@page{size:A4;margin:16mm 14mm}*{box-sizing:border-box}"
    "body{margin:0 auto;padding:24px;max-width:820px;color:#191b1d;background:#fff;font:14px/1.5 "
    "-apple-system,"
    "\"Segoe UI\",\"PingFang SC\",\"Microsoft YaHei\",\"Noto Sans CJK SC\",\"WenQuanYi Micro "
    "Hei\",sans-serif;"
    "font-variant-numeric:tabular-nums}"
    "header{text-align:center;border-bottom:2px solid #b3261e}"
    "h1{margin:8px 0;color:#b3261e;font:600 26px/1.3 \"Songti SC\",STSong,SimSun,\"Noto Serif CJK SC\",serif}"
    ".org{color:#b3261e}.line{display:flex;justify-content:space-between;gap:16px;margin:8px "
    "0;flex-wrap:wrap}"
    "h2{margin:20px 0 6px;font-size:15px}table{width:100%;border-collapse:collapse;font-size:12px}"
    "th,td{padding:4px 6px;border-bottom:1px solid #d9dbde;text-align:right;vertical-align:top}"
    "th{border-bottom:1px solid "
    "#191b1d;font-weight:600}th:first-child,td:first-child,td.what,th.what{text-align:left}"
    "thead{display:table-header-group}tr{break-inside:avoid}td "
    "small{display:block;color:#5c6066;font-size:12px}"
    "tr.total td{font-weight:600}ul{margin:0;padding-left:20px}"
    "footer{margin-top:20px;border-top:1px solid #191b1d;padding-top:8px;font-size:12px;color:#5c6066;"
    "overflow-wrap:anywhere}.note{border-left:4px solid #c77700;padding:4px 10px;margin:12px 0}"
    "nav{margin-bottom:12px}@media print{nav{display:none}body{padding:0;max-width:none}}";

/* Text in which nothing is markup. */
static void put(FILE *o, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<': fputs("&lt;", o); break;
        case '>': fputs("&gt;", o); break;
        case '&': fputs("&amp;", o); break;
        case '"': fputs("&quot;", o); break;
        case '\'': fputs("&#39;", o); break;
        default: fputc(*text, o);
        }
    }
}

static void put_cell(FILE *o, const char *text)
{
    fputs("<td>", o);
    put(o, text);
    fputs("</td>", o);
}

/* ---- one figure ---- */

static void number_text(char out[QP_FIGURE_TEXT], enum qp_figure_kind kind, const uint64_t n[2])
{
    if (kind == QP_FIGURE_COUNT) {
        snprintf(out, QP_FIGURE_TEXT, "%llu", (unsigned long long)n[0]);
        return;
    }
    char share[QP_FIGURE_TEXT];
    qp_share_text(share, n[0], n[1], QP_SHARE_DIGITS);
    snprintf(out, QP_FIGURE_TEXT, "%.50s%s", share, n[1] ? " %" : "");
}

static void change_text(char out[QP_FIGURE_TEXT], const struct qp_form *f, enum qp_figure_kind kind,
                        const uint64_t is[2], const uint64_t was[2], bool there)
{
    char text[QP_FIGURE_TEXT];
    if (!there) {
        snprintf(out, QP_FIGURE_TEXT, "%s", QP_NO_VALUE);
        return;
    }
    if (kind == QP_FIGURE_COUNT)
        qp_count_change(text, is[0], was[0], QP_SHARE_DIGITS);
    else
        qp_share_change(text, is, was, QP_SHARE_DIGITS);
    const char *unit = strcmp(text, QP_NO_VALUE) == 0 ? ""
                       : kind == QP_FIGURE_COUNT      ? " %"
                                                      : qp_form_word(f, " 点", " pt");
    snprintf(out, QP_FIGURE_TEXT, "%.40s%s", text, unit);
}

static void put_parts(FILE *o, const struct qp_figure_row *x, const uint64_t n[2])
{
    if (x->kind == QP_FIGURE_SHARE)
        fprintf(o, "<small>%llu/%llu</small>", (unsigned long long)n[0], (unsigned long long)n[1]);
}

/* ---- the total ---- */

static void put_total_row(FILE *o, const struct qp_form *f, const struct qp_form_row *row, int i)
{
    const struct qp_figure_row *x = &qp_figure_rows[i];
    char text[QP_FIGURE_TEXT];
    fputs("<tr><td>", o);
    put(o, qp_form_word(f, x->zh, x->en));
    fputs("</td><td>", o);
    number_text(text, x->kind, row->now.n[i]);
    put(o, text);
    put_parts(o, x, row->now.n[i]);
    fputs("</td>", o);
    change_text(text, f, x->kind, row->now.n[i], row->before.n[i], true);
    put_cell(o, text);
    change_text(text, f, x->kind, row->now.n[i], row->year.n[i], f->body->year);
    put_cell(o, text);
    fputs("<td class=\"what\">", o);
    put(o, qp_form_word(f, x->above_zh, x->above_en));
    if (x->kind == QP_FIGURE_SHARE) {
        fputs(" ÷ ", o);
        put(o, qp_form_word(f, x->below_zh, x->below_en));
    }
    fputs("</td></tr>", o);
}

/* CI6: where two denominators are usual both are given. */
static void put_of_reached(FILE *o, const struct qp_form *f, const struct qp_form_row *row)
{
    static const int of[] = {QP_CF_RESOLVED, QP_CF_SATISFIED};
    uint64_t reached = qp_numbers_reached(&row->now);
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        char text[QP_FIGURE_TEXT];
        const struct qp_figure_row *x = &qp_figure_rows[of[i]];
        const uint64_t n[2] = {row->now.n[of[i]][0], reached};
        number_text(text, QP_FIGURE_SHARE, n);
        fputs("<tr><td>", o);
        put(o, qp_form_word(f, x->zh, x->en));
        put(o, qp_form_word(f, "（联系上的）", " (of those reached)"));
        fputs("</td><td>", o);
        put(o, text);
        put_parts(o, x, n);
        fputs("</td><td></td><td></td><td class=\"what\">", o);
        put(o, qp_form_word(f, x->above_zh, x->above_en));
        fputs(" ÷ ", o);
        put(o, qp_form_word(f, "联系上", "reached"));
        fputs("</td></tr>", o);
    }
}

static void put_total(FILE *o, const struct qp_form *f, struct qp_form_row *row)
{
    if (f->body->n_rows == 0 || !qp_form_row(row, f, 0))
        return;
    fprintf(o,
            "<h2>%s</h2><table><thead><tr><th>%s</th><th>%s</th><th>%s</th><th>%s</th><th "
            "class=\"what\">%s</th></tr></thead><tbody>",
            qp_form_word(f, "总体情况", "The whole"), qp_form_word(f, "指标", "figure"),
            qp_form_word(f, "本期", "this period"), qp_form_word(f, "环比", "on the period before"),
            qp_form_word(f, "同比", "on the year before"),
            qp_form_word(f, "口径：分子 ÷ 分母", "what it counts: above ÷ below"));
    for (int i = 0; i < QP_CIRCULAR_FIGURE_N; i++)
        put_total_row(o, f, row, i);
    put_of_reached(o, f, row);
    fputs("</tbody></table>", o);
}

/* ---- tables ---- */

static void put_table_row(FILE *o, const struct qp_form_row *row, int from)
{
    fputs(row->r->by == QP_CB_TOTAL ? "<tr class=\"total\"><td>" : "<tr><td>", o);
    put(o, row->title);
    fputs("</td>", o);
    for (int i = from; i < from + COLUMNS && i < QP_CIRCULAR_FIGURE_N; i++) {
        char text[QP_FIGURE_TEXT];
        number_text(text, qp_figure_rows[i].kind, row->now.n[i]);
        fputs("<td>", o);
        put(o, text);
        put_parts(o, &qp_figure_rows[i], row->now.n[i]);
        fputs("</td>", o);
    }
    fputs("</tr>", o);
}

static bool has_rows(const struct qp_form *f, uint32_t by)
{
    for (size_t i = 0; i < f->body->n_rows; i++)
        if (f->body->rows[i]->by == by)
            return true;
    return false;
}

static void put_table(FILE *o, const struct qp_form *f, uint32_t by, int from, struct qp_form_row *row)
{
    fprintf(o, "<table><thead><tr><th>%s</th>", qp_form_word(f, "对象", "key"));
    for (int i = from; i < from + COLUMNS && i < QP_CIRCULAR_FIGURE_N; i++) {
        fputs("<th>", o);
        put(o, qp_form_word(f, qp_figure_rows[i].zh, qp_figure_rows[i].en));
        fputs("</th>", o);
    }
    fputs("</tr></thead><tbody>", o);
    for (size_t i = 0; i < f->body->n_rows; i++)
        if (f->body->rows[i]->by == by && qp_form_row(row, f, i))
            put_table_row(o, row, from);
    if (by != QP_CB_VIEW && qp_form_row(row, f, 0))
        put_table_row(o, row, from);
    fputs("</tbody></table>", o);
}

static void put_tables(FILE *o, const struct qp_form *f, struct qp_form_row *row)
{
    for (uint32_t by = QP_CB_AREA; by < QP_CIRCULAR_BY_N; by++) {
        if (!has_rows(f, by))
            continue;
        fprintf(o, "<h2>%s</h2>", qp_form_word(f, qp_by_rows[by].zh, qp_by_rows[by].en));
        for (int from = 0; from < QP_CIRCULAR_FIGURE_N; from += COLUMNS)
            put_table(o, f, by, from, row);
    }
}

/* ---- the rest of the page ---- */

static void put_findings(FILE *o, const struct qp_form *f)
{
    fprintf(o, "<h2>%s</h2>", qp_form_word(f, "签发前检查", "Checked before it was issued"));
    if (f->body->n_findings == 0)
        fprintf(o, "<p>%s</p>", qp_form_word(f, "未发现问题。", "Nothing was found."));
    fputs("<ul>", o);
    for (size_t i = 0; i < f->body->n_findings; i++) {
        char text[SENTENCE];
        qp_finding_text(text, sizeof text, f->body->findings[i], f->zone, f->zh);
        fputs("<li>", o);
        put(o, text);
        fputs("</li>", o);
    }
    fputs("</ul>", o);
}

static void put_head(FILE *o, const struct qp_form *f)
{
    char name[QP_TITLE_BYTES + 128], id[27], from[40], to[40], issued[40];
    qp_form_name(name, sizeof name, f);
    qp_id_text(id, f->head->said->id.data);
    qp_form_day(from, f, f->body->from_us);
    qp_form_day(to, f, f->body->to_us);
    qp_form_day(issued, f, f->head->issued_us);
    fprintf(o,
            "<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
            "content=\"width=device-width\"><title>",
            f->zh ? "zh" : "en");
    put(o, name);
    fprintf(o,
            "</title><link rel=\"stylesheet\" href=\"/circular.css\"></head><body><nav><a "
            "href=\"?lang=%s\">%s</a> · "
            "<a href=\"%s.xlsx?lang=%s\">XLSX</a> · <a href=\"%s.csv?lang=%s\">CSV</a> · <a "
            "href=\"/circulars\">%s</a></nav><main><header>"
            "<h1>",
            f->zh ? "en" : "zh", f->zh ? "English" : "中文", id, f->zh ? "zh" : "en", id, f->zh ? "zh" : "en",
            qp_form_word(f, "全部通报", "all circulars"));
    put(o, name);
    fputs("</h1><div class=\"line\">", o);
    fprintf(o,
            f->zh ? "<span>第 %llu 号</span><span>统计期 %s — %s</span><span>%s 签发</span>"
                  : "<span>No. %llu</span><span>period %s — %s</span><span>issued %s</span>",
            (unsigned long long)f->head->said->number, from, to, issued);
    fputs("</div></header>", o);
}

static void put_notes(FILE *o, const struct qp_form *f)
{
    const Qp__CircularHead *h = f->head;
    char id[27];
    if (h->said->corrects.len == QP_ID_LEN) {
        qp_id_text(id, h->said->corrects.data);
        fprintf(o, "<p class=\"note\">%s %s</p>", qp_form_word(f, "本通报更正：", "This circular corrects"),
                id);
    }
    if (h->corrected.len == QP_ID_LEN) {
        qp_id_text(id, h->corrected.data);
        fprintf(o, "<p class=\"note\">%s <a href=\"%s.html?lang=%s\">%s</a></p>",
                qp_form_word(f, "本通报已由此更正：", "This circular was corrected by"), id,
                f->zh ? "zh" : "en", id);
    }
    if (h->n_words > 0) {
        const Qp__CircularWord *w = h->words[h->n_words - 1];
        fprintf(o, "<p class=\"note\">%s",
                w->verb == QP_CIRCULAR_ACCEPT ? qp_form_word(f, "上级已接受。", "Accepted above.")
                                              : qp_form_word(f, "上级退回：", "Sent back from above: "));
        put(o, w->reason);
        fputs("</p>", o);
    }
}

static void put_foot(FILE *o, const struct qp_form *f)
{
    char id[27], hash[2 * QP_HASH_LEN + 1] = "";
    qp_id_text(id, f->head->said->id.data);
    if (f->head->said->hash.len == QP_HASH_LEN)
        qp_hex(hash, f->head->said->hash.data, QP_HASH_LEN);
    fprintf(o, "</main><footer>%s · %s %s<br>",
            qp_form_word(f, "签发后不改，更正另发", "never altered; corrections are issued anew"),
            qp_form_word(f, "通报", "circular"), id);
    fprintf(o, "%s %u · %s ", qp_form_word(f, "指标第", "figures, version"), f->body->figures,
            qp_form_word(f, "版 · 策略", "policy"));
    put(o, f->body->policy);
    if (f->body->figures >= QP_FIGURES_WITHOUT_DRILLS)
        fprintf(o, " · %s", qp_form_word(f, "演练不计入", "drills do not count"));
    fprintf(o, " · %s %llu · BLAKE2b %s<br>qipan circular verify</footer></body></html>",
            qp_form_word(f, "日志位置", "journal position"), (unsigned long long)f->body->through, hash);
}

char *qp_form_html(const struct qp_form *f, size_t *len)
{
    char *text = NULL;
    FILE *o = open_memstream(&text, len);
    struct qp_form_row *row = malloc(sizeof *row);
    if (o && row) {
        put_head(o, f);
        put_notes(o, f);
        put_total(o, f, row);
        put_tables(o, f, row);
        put_findings(o, f);
        put_foot(o, f);
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
