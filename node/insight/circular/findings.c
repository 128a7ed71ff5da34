/* findings.c: a circular is looked over before it is issued, and says what was found (CI4). See body.h. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/insight/circular/body.h"

static const char *const names[] = {[QP_FINDING_NONE] = "?",
#define X(NAME, name) [QP_FINDING_##NAME] = #name,
                                    QP_CIRCULAR_FINDING_LIST(X)
#undef X
};

const char *qp_finding_name(uint32_t kind)
{
    return names[kind < QP_FINDINGS_N ? kind : 0];
}

/* ---- sentences ---- */

static const struct qp_figure_row *figure_of(const Qp__CircularFinding *f)
{
    return &qp_figure_rows[f->figure >= 1 && f->figure <= QP_CIRCULAR_FIGURE_N ? f->figure - 1 : 0];
}

static void text_zh(char *out, size_t cap, const Qp__CircularFinding *f, const char *when)
{
    const char *figure = figure_of(f)->zh, *by = qp_by_rows[f->by < QP_CIRCULAR_BY_N ? f->by : 0].zh;
    unsigned long long is = f->is, was = f->was;
    switch (f->kind) {
    case QP_FINDING_OPEN: snprintf(out, cap, "本期尚未结束，数字截至签发时"); return;
    case QP_FINDING_SILENT:
        snprintf(out, cap, is != 0 ? "%s 自 %s 起未收到任何消息：其后的数字不在内" : "%s 从未收到任何消息",
                 f->key, when);
        return;
    case QP_FINDING_ZERO: snprintf(out, cap, "%s 零报告：本期无受理", f->key); return;
    case QP_FINDING_OVER:
        snprintf(out, cap, "%s %s%s 超过 100 %%：%llu/%llu", by, f->key, figure, is, was);
        return;
    case QP_FINDING_PARTS: snprintf(out, cap, "%s的%s之和为 %llu，合计为 %llu", by, figure, is, was); return;
    case QP_FINDING_BASE:
        snprintf(out, cap, "比较基数已修订：%s原通报为 %llu，现为 %llu", figure, was, is);
        return;
    case QP_FINDING_REST: snprintf(out, cap, "%s：另有 %llu 项合并为一行", by, is); return;
    case QP_FINDING_STALE:
        snprintf(out, cap, "比较的通报按指标第 %llu 版统计，本通报按第 %llu 版", was, is);
        return;
    default: snprintf(out, cap, "本节点不认识的检查结果 %u", f->kind);
    }
}

static void text_en(char *out, size_t cap, const Qp__CircularFinding *f, const char *when)
{
    const char *figure = figure_of(f)->en, *by = qp_by_rows[f->by < QP_CIRCULAR_BY_N ? f->by : 0].en;
    unsigned long long is = f->is, was = f->was;
    switch (f->kind) {
    case QP_FINDING_OPEN:
        snprintf(out, cap, "the period is not over: the figures are those of the issue");
        return;
    case QP_FINDING_SILENT:
        snprintf(out, cap,
                 is != 0 ? "%s has not been heard since %s: what happened there since is not in here"
                         : "%s was never heard",
                 f->key, when);
        return;
    case QP_FINDING_ZERO: snprintf(out, cap, "%s reports that nothing was opened there", f->key); return;
    case QP_FINDING_OVER:
        snprintf(out, cap, "%s %s: %s is over 100 %%, %llu of %llu", by, f->key, figure, is, was);
        return;
    case QP_FINDING_PARTS:
        snprintf(out, cap, "%s, %s: the parts add up to %llu, the whole is %llu", by, figure, is, was);
        return;
    case QP_FINDING_BASE:
        snprintf(out, cap,
                 "the base of a comparison was revised: %s was %llu when it was issued, and is %llu", figure,
                 was, is);
        return;
    case QP_FINDING_REST: snprintf(out, cap, "%s: %llu more stand in one row", by, is); return;
    case QP_FINDING_STALE:
        snprintf(
            out, cap,
            "the circular that it is compared with counted by version %llu of the figures, this one by %llu",
            was, is);
        return;
    default: snprintf(out, cap, "a finding that this build does not know: %u", f->kind);
    }
}

void qp_finding_text(char *out, size_t cap, const Qp__CircularFinding *f, const struct qp_zone *zone, bool zh)
{
    char when[40] = "";
    if (f->kind == QP_FINDING_SILENT && f->is != 0 && f->is <= INT64_MAX)
        qp_local_text(when, zone, (int64_t)f->is, false);
    (zh ? text_zh : text_en)(out, cap, f, when);
}

/* ---- checks ---- */

struct checking {
    Qp__Circular *c;
    struct qp_arena *a;
    size_t cap;
    bool failed;
};

static void found(struct checking *k, const Qp__CircularFinding *f)
{
    if (k->failed || k->c->n_findings == QP_CIRCULAR_FINDINGS)
        return;
    if (k->c->n_findings == k->cap) {
        size_t cap = k->cap > 0 ? k->cap * 2 : 16;
        Qp__CircularFinding **v = qp_arena_take(k->a, cap * sizeof *v);
        k->failed = !v;
        if (k->failed)
            return;
        if (k->c->n_findings > 0)
            memcpy(v, k->c->findings, k->c->n_findings * sizeof *v);
        k->c->findings = v;
        k->cap = cap;
    }
    Qp__CircularFinding *copy = qp_arena_copy(k->a, f, sizeof *f);
    k->failed = !copy;
    if (!k->failed)
        k->c->findings[k->c->n_findings++] = copy;
}

static Qp__CircularFinding finding(enum qp_circular_finding kind, uint64_t is, uint64_t was)
{
    Qp__CircularFinding f = QP__CIRCULAR_FINDING__INIT;
    f.kind = kind;
    f.is = is;
    f.was = was;
    return f;
}

static void check_below(struct checking *k)
{
    for (size_t i = 0; i < k->c->n_below; i++) {
        const Qp__CircularBelow *b = k->c->below[i];
        Qp__CircularFinding f = finding(QP_FINDING_SILENT, (uint64_t)b->as_of_us, 0);
        f.key = b->area;
        bool silent = b->state == QP_HEARD_CUT || b->state == QP_HEARD_NEVER;
        if (silent)
            found(k, &f);
        f.kind = QP_FINDING_ZERO;
        f.is = 0;
        if (b->number > 0 && b->opened == 0)
            found(k, &f);
    }
}

static void check_shares(struct checking *k)
{
    for (size_t i = 0; i < k->c->n_rows; i++) {
        struct qp_numbers n;
        const Qp__CircularRow *r = k->c->rows[i];
        if (qp_numbers_read(&n, r->now))
            continue;
        for (int f = 0; f < QP_CIRCULAR_FIGURE_N; f++) {
            if (qp_figure_rows[f].kind != QP_FIGURE_SHARE || n.n[f][0] <= n.n[f][1])
                continue;
            Qp__CircularFinding x = finding(QP_FINDING_OVER, n.n[f][0], n.n[f][1]);
            x.by = r->by;
            x.key = r->key;
            x.figure = (uint32_t)f + 1;
            found(k, &x);
        }
    }
}

static bool total_of(const Qp__Circular *c, struct qp_numbers *out)
{
    return c->n_rows > 0 && c->rows[0]->by == QP_CB_TOTAL && !qp_numbers_read(out, c->rows[0]->now);
}

/* What stands in no view at all is not in these rows; patrols are of a place, and of no desk, source or category. */
static void check_parts(struct checking *k)
{
    struct qp_numbers whole, n, sum[QP_CIRCULAR_BY_N] = {0};
    if (!total_of(k->c, &whole))
        return;
    for (size_t i = 1; i < k->c->n_rows; i++) {
        const Qp__CircularRow *r = k->c->rows[i];
        if (r->by >= QP_CIRCULAR_BY_N || qp_numbers_read(&n, r->now))
            continue;
        for (int f = 0; f < QP_CIRCULAR_FIGURE_N; f++) {
            sum[r->by].n[f][0] += n.n[f][0];
            sum[r->by].n[f][1] += n.n[f][1];
        }
    }
    for (uint32_t by = QP_CB_AREA; by < QP_CB_VIEW; by++)
        for (uint32_t f = 0; f < QP_CIRCULAR_FIGURE_N; f++)
            for (int part = 0; part < 2; part++) {
                Qp__CircularFinding x = finding(QP_FINDING_PARTS, sum[by].n[f][part], whole.n[f][part]);
                x.by = by;
                x.figure = f + 1;
                if (x.is != x.was && (f != QP_CF_PATROLS || by == QP_CB_AREA))
                    found(k, &x);
            }
}

/* Of what was issued then, against what is known of that period now. */
static void check_base(struct checking *k, const struct qp_circular_base *base, ProtobufCBinaryData now)
{
    struct qp_numbers was, is;
    if (!base->body || !total_of(base->body, &was) || qp_numbers_read(&is, now))
        return;
    const ProtobufCBinaryData id = {QP_ID_LEN, (uint8_t *)(uintptr_t)base->id};
    if (base->body->figures != QP_FIGURES_VERSION) {
        Qp__CircularFinding x = finding(QP_FINDING_STALE, QP_FIGURES_VERSION, base->body->figures);
        x.circular = id;
        found(k, &x);
        return;
    }
    for (uint32_t f = 0; f < QP_CIRCULAR_FIGURE_N; f++)
        for (int part = 1; part >= 0; part--) {
            if (was.n[f][part] == is.n[f][part])
                continue;
            Qp__CircularFinding x = finding(QP_FINDING_BASE, is.n[f][part], was.n[f][part]);
            x.figure = f + 1;
            x.circular = id;
            found(k, &x);
            break;
        }
}

bool qp_circular_check(Qp__Circular *c, const struct qp_circular_base *before,
                       const struct qp_circular_base *year, int64_t now_us, const struct qp_census_result *r,
                       struct qp_arena *a)
{
    struct checking k = {.c = c, .a = a};
    assert(c->n_findings == 0 && c->n_rows > 0);
    Qp__CircularFinding x = finding(QP_FINDING_OPEN, 0, 0);
    if (c->to_us > now_us)
        found(&k, &x);
    check_below(&k);
    check_shares(&k);
    check_parts(&k);
    check_base(&k, before, c->rows[0]->before);
    check_base(&k, year, c->rows[0]->year_ago);
    for (uint32_t by = 0; by < QP_CIRCULAR_BY_N; by++) {
        x = finding(QP_FINDING_REST, r->cut[by], 0);
        x.by = by;
        if (r->cut[by] > 0)
            found(&k, &x);
    }
    return !k.failed;
}
