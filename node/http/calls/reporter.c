/* reporter.c: /r: how a report stands, for the one who made it, by number and code; and what he says of it (RC1 to RC5 in
 * RULES.md of this folder). A page without scripts, and the same in JSON for a portal.
 *
 *   GET ─► the form     POST ─► slowed? ─► found? ─► the answer
 *                                             └──► rating: comment, and the holder's step ─► parked ─► the answer */
#include <stdio.h>
#include <string.h>

#include "node/core/policy.h"
#include "node/http/calls/calls.h"
#include "node/http/shape/plain.h"
#include "node/http/shape/receipt.h"
#include "node/http/shape/reporter_page.h"

enum { JOB_ARENA = 256 * 1024, HISTORY = 200, LINES = 60, WINDOW_DAYS = 15 };
static const int64_t DAY_US = INT64_C(86400000000);

struct asked {
    struct qp_call *c;
    struct qp_reporter_view view; /* what the answer shows */
    struct qp_sent_form form;
    struct qp_fault f;
    bool json;
};

static enum MHD_Result answer(struct asked *q, unsigned status)
{
    return q->json ? qp_reporter_json(q->c, status, &q->view) : qp_reporter_page(q->c, status, &q->view);
}

static void begin(struct asked *q, struct qp_call *c)
{
    const char *accept = qp_call_header(c, "Accept"), *lang;
    *q = (struct asked){.c = c};
    q->json = accept && strstr(accept, "application/json") && !strstr(accept, "text/html");
    q->view.zh = qp_plain_zh(c);
    qp_said_read(&q->form, c, &q->f);
    lang = qp_said_get(&q->form, "lang");
    if (lang)
        q->view.zh = strcmp(lang, "en") != 0;
    q->view.number = qp_said_get(&q->form, "number");
    q->view.code = qp_said_get(&q->form, "code");
}

static enum MHD_Result told(struct asked *q, unsigned status, const char *zh, const char *en)
{
    q->view.message = q->view.zh ? zh : en;
    q->view.known = false;
    return answer(q, status);
}

enum MHD_Result qp_reporter_get(struct qp_call *c)
{
    struct asked q;
    begin(&q, c);
    q.view.code = NULL; /* no code from an address */
    if (q.f.e.code)
        return told(&q, 400, "请求格式有误", "The request cannot be read");
    return answer(&q, 200);
}

/* ---- what is told (RC4) ---- */

/* Until when something may be said of it; 0: not now. */
static int64_t window_until(struct qp_call *c, const Qp__Face *f)
{
    if (f->state == QP_HANDLED || f->state == QP_VISITED)
        return INT64_MAX;
    if (f->state != QP_CLOSED || !f->closed_us)
        return 0;
    int64_t days = WINDOW_DAYS;
    struct qp_in_force *rules = qp_core_policy_hold(c->h->core);
    const struct qp_policy_category *k = rules ? qp_policy_find(rules->policy, f->category) : NULL;
    if (k && k->keep_personal.said) {
        const struct qp_duration *d = &k->keep_personal.d;
        int64_t most = qp_unit_measure(d->unit) == QP_MEASURE_DAYS ? d->n : qp_duration_us(d) / DAY_US;
        days = most < days ? most : days;
    }
    qp_in_force_release(rules);
    int64_t until = f->closed_us + days * DAY_US;
    return until > qp_wall_us() ? until : 0;
}

/* The lines as they grow: what came several times in a row is one, with when last and how often. */
struct lines {
    struct qp_reporter_line v[LINES];
    size_t n, times; /* times: of the last one */
    struct qp_arena *a;
};

static void end_run(struct lines *l)
{
    struct qp_reporter_line *last = l->n ? &l->v[l->n - 1] : NULL;
    size_t most = last ? strlen(last->words) + 32 : 0;
    char *counted = l->times > 1 ? qp_arena_take(l->a, most) : NULL;
    if (!counted)
        return;
    snprintf(counted, most, "%s ×%zu", last->words, l->times);
    last->words = counted;
}

/* Where there is no room the oldest goes: how it ended is what he asks. */
static void add_line(struct lines *l, int64_t at_us, const char *words)
{
    if (l->n && strcmp(l->v[l->n - 1].words, words) == 0) {
        l->v[l->n - 1].at_us = at_us;
        l->times++;
        return;
    }
    end_run(l);
    if (l->n == LINES)
        memmove(l->v, l->v + 1, --l->n * sizeof *l->v);
    l->v[l->n++] = (struct qp_reporter_line){at_us, words};
    l->times = 1;
}

static void view_lines(struct asked *q, struct qp_read *r, const Qp__Face *f, struct qp_arena *a)
{
    struct qp_history *h = qp_arena_take(a, HISTORY * sizeof *h);
    struct lines *l = qp_arena_take(a, sizeof *l);
    long n = h && l ? qp_matter_newest(r, f->id.data, h, HISTORY, a, NULL) : 0;
    if (!l)
        return;
    l->n = l->times = 0;
    l->a = a;
    for (long i = 0; i < n; i++) {
        const Qp__Event *ev = h[i].event;
        const char *words = qp_plain_event(ev, q->view.zh);
        if (ev->body_case == QP__EVENT__BODY_COMMENTED && strcmp(ev->by, "reporter") == 0) {
            words = q->view.zh ? "您已评价" : "You said how it went";
            q->view.rated = ev->at_us > q->view.rated ? ev->at_us : q->view.rated;
        }
        if (words)
            add_line(l, ev->at_us, words);
    }
    end_run(l);
    q->view.lines = l->v;
    q->view.nlines = l->n;
}

static void view_service(struct asked *q, const Qp__Face *f, struct qp_arena *a)
{
    struct qp_in_force *rules = qp_core_policy_hold(q->c->h->core);
    const struct qp_policy_category *k = rules ? qp_policy_find(rules->policy, f->category) : NULL;
    const char *title = k && *k->code ? (!q->view.zh && k->title_en ? k->title_en : k->title) : NULL;
    q->view.service = qp_arena_text(a, title ? title : f->category);
    qp_in_force_release(rules);
}

static void view_matter(struct asked *q, struct qp_read *r, const Qp__Face *f, struct qp_arena *a)
{
    struct qp_node_entry n;
    struct qp_reporter_view *v = &q->view;
    v->known = true;
    v->state = qp_state_name(f->state);
    v->words = qp_plain_state(f, v->zh);
    v->unit =
        !qp_node_by_path(r, f->holder_path, &n) && *n.title ? qp_arena_text(a, n.title) : f->holder_path;
    v->reported_us = f->opened_us;
    v->updated_us = f->updated_us;
    v->expected_us = f->deadline_us;
    v->closed_us = f->closed_us;
    v->result = f->state == QP_CLOSED || f->state == QP_VISITED || f->state == QP_HANDLED ? f->result : "";
    v->until_us = window_until(q->c, f);
    v->zone = q->c->h->zone;
    view_service(q, f, a);
    view_lines(q, r, f, a);
    if (v->rated && v->rated >= (f->closed_us ? f->closed_us : f->handled_us))
        v->until_us = 0; /* once */
}

/* ---- finding it (RC2, RC3) ---- */

static int look(struct asked *q, Qp__Row **row)
{
    struct qp_read r;
    struct qp_arena *a = qp_call_arena(q->c);
    int rc = a ? qp_read_begin(q->c->h->store, &r, &q->f.e) : qp_fail(&q->f.e, QP_ENOMEM, "out of memory");
    if (rc)
        return rc;
    rc = qp_receipt_find(&r, q->view.number, q->view.code, row, a, &q->f.e);
    if (!rc)
        view_matter(q, &r, (*row)->face, a);
    qp_read_end(&r);
    return rc;
}

/* 0, or it was answered: too often, or not found. */
static int find(struct asked *q, Qp__Row **row, enum MHD_Result *done)
{
    uint8_t from[QP_ID_LEN], to[QP_ID_LEN];
    char canonical[QP_RECEIPT_TEXT];
    enum qp_guess_lane lane;
    if (!q->view.number || !q->view.code) {
        *done = told(q, 400, "请填写编号和查询码", "Please fill in the number and the code");
        return QP_EINVAL;
    }
    if (!qp_receipt_parse(from, to, canonical, q->view.number)) {
        *done = told(q, 404, "编号或查询码不正确，请核对",
                     "Number or code are not right: please look at them again");
        return QP_ENOTFOUND; /* told by its check character alone: nothing was tried */
    }
    struct qp_guess guess = {canonical, true, q->c->from};
    if (qp_guess_begin(&q->c->h->receipts, &guess, q->c->h->guesses_us(), &lane, &q->c->retry_s, &q->f.e)) {
        *done = told(q, 429, "查询次数过多，请稍后再试", "Too many wrong tries: please try again later");
        return QP_EBUSY;
    }
    int rc = look(q, row);
    qp_guess_done(&q->c->h->receipts, &guess, !rc || rc == QP_ENOTFOUND, !rc, q->c->h->guesses_us());
    if (rc == QP_ENOTFOUND)
        *done = told(q, 404, "编号或查询码不正确，请核对",
                     "Number or code are not right: please look at them again");
    else if (rc)
        *done =
            told(q, 503, "暂时无法查询，请稍后再试", "This cannot be looked up now: please try again later");
    else {
        char *printed = qp_arena_text(qp_call_arena(q->c), canonical);
        q->view.number = printed ? printed : q->view.number;
    }
    return rc;
}

/* ---- what he says of it (RC5) ---- */

static Qp__Event *draft(struct qp_job *job, const Qp__Face *f, const char *key, Qp__Event__BodyCase kind)
{
    static const struct qp_auth REPORTER = {.by = "reporter",
                                            .rights = QP_RIGHT_STEP}; /* by number and code */
    Qp__Event *ev;
    if (!qp_job_add(job, QP_OP_STEP, &REPORTER, &ev))
        return NULL;
    ev->matter.data = qp_arena_copy(job->arena, f->id.data, QP_ID_LEN);
    ev->matter.len = QP_ID_LEN;
    ev->key = qp_arena_text(job->arena, key);
    ev->request.data = qp_arena_take(job->arena, QP_REQUEST_LEN);
    ev->request.len = QP_REQUEST_LEN;
    if (!ev->matter.data || !ev->key || !ev->request.data)
        return NULL;
    memset(ev->request.data, 0,
           QP_REQUEST_LEN); /* the same key is the same word, whatever it says: it is given once */
    ev->body_case = kind;
    return ev;
}

static bool add_comment(struct qp_job *job, const Qp__Face *f, const char *key, const char *text)
{
    Qp__Event *ev = draft(job, f, key, QP__EVENT__BODY_COMMENTED);
    Qp__Commented *body = qp_arena_take(job->arena, sizeof *body);
    if (!ev || !body)
        return false;
    qp__commented__init(body);
    body->text = qp_arena_text(job->arena, text);
    ev->commented = body;
    return body->text;
}

static bool add_visit(struct qp_job *job, const Qp__Face *f, const char *key, bool resolved,
                      uint32_t satisfied)
{
    Qp__Event *ev = draft(job, f, key, QP__EVENT__BODY_VISITED);
    Qp__Visited *body = qp_arena_take(job->arena, sizeof *body);
    Qp__Visit *visit = qp_arena_take(job->arena, sizeof *visit);
    if (!ev || !body || !visit)
        return false;
    qp__visited__init(body);
    qp__visit__init(visit);
    visit->reached = true;
    visit->resolved = resolved;
    visit->satisfied = satisfied;
    body->visit = visit;
    body->note = qp_arena_text(job->arena, "报告人在线评价 / said by the reporter");
    ev->visited = body;
    return body->note;
}

static bool add_reopening(struct qp_job *job, const Qp__Face *f, const char *key)
{
    Qp__Event *ev = draft(job, f, key, QP__EVENT__BODY_REOPENED);
    Qp__Reopened *body = qp_arena_take(job->arena, sizeof *body);
    if (!ev || !body)
        return false;
    qp__reopened__init(body);
    body->reason = qp_arena_text(job->arena, "报告人反映未解决 / the reporter says that it is not solved");
    ev->reopened = body;
    return body->reason;
}

static enum MHD_Result rated(struct qp_call *c)
{
    struct asked q;
    Qp__Row *row;
    struct qp_fault f = {.field = ""};
    qp_job_leave(c);
    begin(&q, c);
    int rc = qp_job_fault(c->job, 0, c->late, &f);
    bool acted = !rc && c->job->n > 1 && !qp_job_fault(c->job, 1, c->late, &f);
    if (rc)
        return told(&q, 503, "暂时无法保存，请稍后再试", "This cannot be kept now: please try again later");
    if (look(&q, &row))
        return told(&q, 503, "已收到", "It was received");
    q.view.until_us = 0;
    q.view.message = acted
                         ? (q.view.zh ? "已收到您的评价并已据此处理" : "Thank you: it was noted and acted on")
                         : (q.view.zh ? "已收到您的评价，已转承办单位"
                                      : "Thank you: it was passed on to the unit in charge");
    return answer(&q, 200);
}

static bool yes(const char *said)
{
    return said && strcmp(said, "yes") == 0;
}

/* As a visit has it (matter.proto): 0 not said, 1 yes, 2 no. */
static uint32_t answered(const char *said)
{
    return !said || !*said ? 0 : yes(said) ? 1 : 2;
}

static void comment_text(char out[1200], const struct asked *q, bool resolved, uint32_t satisfied)
{
    static const char *const ZH[] = {"", "，满意", "，不满意"}, *const EN[] = {"", ", content",
                                                                               ", not content"};
    const char *note = qp_said_get(&q->form, "note");
    char cut[800];
    qp_text_cut(cut, sizeof cut, note ? note : "");
    snprintf(out, 1200, "报告人评价：%s%s / the reporter: %s%s%s%s", resolved ? "已解决" : "未解决",
             ZH[satisfied], resolved ? "solved" : "not solved", EN[satisfied], *cut ? "\n" : "", cut);
}

static enum MHD_Result rate(struct asked *q, const Qp__Face *f)
{
    bool resolved = yes(qp_said_get(&q->form, "resolved"));
    uint32_t satisfied = answered(qp_said_get(&q->form, "satisfied"));
    bool here =
        qp_path_within(f->holder_path, q->c->h->self.path) && strcmp(f->holder_path, q->c->h->self.path) == 0;
    char key[64], text[1200];
    struct qp_err e;
    if (!q->view.until_us) {
        q->view.message = q->view.rated ? (q->view.zh ? "您已评价过" : "You have said how it went already")
                                        : (q->view.zh ? "现在不能评价" : "Nothing can be said of it now");
        return answer(q, 409);
    }
    struct qp_job *job = qp_job_new(q->c->h, 2, JOB_ARENA);
    if (!job)
        return MHD_NO;
    comment_text(text, q, resolved, satisfied);
    snprintf(key, sizeof key, "reporter:%lld", (long long)(f->closed_us ? f->closed_us : f->handled_us));
    bool ok = add_comment(job, f, key, text);
    snprintf(key, sizeof key, "reporter-step:%lld", (long long)(f->closed_us ? f->closed_us : f->handled_us));
    if (ok && here && !f->offer && f->state == QP_HANDLED)
        ok = add_visit(job, f, key, resolved, satisfied);
    else if (ok && here && !f->offer && f->state == QP_CLOSED && !resolved)
        ok = add_reopening(job, f, key);
    if (ok && !qp_job_send(q->c, job, rated, &e))
        return MHD_YES;
    if (!q->c->job)
        q->c->job = job;
    return told(q, 503, "暂时无法保存，请稍后再试", "This cannot be kept now: please try again later");
}

enum MHD_Result qp_reporter_post(struct qp_call *c)
{
    struct asked q;
    Qp__Row *row;
    enum MHD_Result done;
    begin(&q, c);
    if (q.f.e.code)
        return told(&q, 400, "请求格式有误", "The request cannot be read");
    if (find(&q, &row, &done))
        return done;
    return qp_said_get(&q.form, "resolved") ? rate(&q, row->face) : answer(&q, 200);
}
