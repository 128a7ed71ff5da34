/* may.c: see may.h. A step that needs more than its speaker and its state has a line in `needs`, at the end. */
#include "node/matter/may.h"

#include <assert.h>
#include <stdio.h>

#include "node/matter/appeal.h"
#include "node/matter/beside.h"
#include "node/matter/extension.h"
#include "node/matter/matter.h"
#include "node/matter/parts.h"
#include "topology/path.h"

int qp_why_set(struct qp_why *why, int code, const char *en, const char *zh, const char *what)
{
    const char *const fmt[] = {en, zh};
    char *const out[] = {why->en, why->zh};
    for (int i = 0; i < 2; i++) { /* one %s at most */
        const char *at = strstr(fmt[i], "%s");
        if (at)
            snprintf(out[i], sizeof why->en, "%.*s%s%s", (int)(at - fmt[i]), fmt[i], what, at + 2);
        else
            snprintf(out[i], sizeof why->en, "%s", fmt[i]);
    }
    return why->code = code;
}

const char *qp_asker_name(const char *by)
{
    const char *colon = strchr(by, ':');
    return colon ? colon + 1 : by;
}

static bool is_person(const char *by)
{
    return strncmp(by, "user:", 5) == 0;
}

bool qp_asker_named_of(const struct qp_asker *who, const char *desk)
{
    for (size_t i = 0; i < who->n_desks; i++)
        if (strcmp(who->desks[i], desk) == 0)
            return true;
    return strcmp(who->desk, desk) == 0;
}

bool qp_asker_of_desk(const struct qp_asker *who, const char *desk)
{
    if (!who || (who->n_desks == 0 && !*who->desk && !is_person(who->by)))
        return true; /* a program without a desk stands for all; a person in none is of none */
    return qp_asker_named_of(who, desk);
}

/* ---- who, and from which state: the tables of lifecycle.c and proto/events.h ---- */
static int by_state(const struct qp_may *m, struct qp_why *why)
{
    const Qp__Face *f = m->face;
    const char *state = qp_state_name(f->state), *state_zh = qp_state_name_zh(f->state);
    if (f->offer) {
        snprintf(why->en, sizeof why->en, "the matter is %s and offered (%s)", state,
                 qp_kind_name(f->offer->kind));
        snprintf(why->zh, sizeof why->zh, "事项%s，正在%s中", state_zh, qp_kind_name_zh(f->offer->kind));
    } else {
        snprintf(why->en, sizeof why->en, "the matter is %s", state);
        snprintf(why->zh, sizeof why->zh, "事项%s", state_zh);
    }
    why->by_state = true;
    return why->code = QP_ESTEP;
}

/* ST4 */
uint64_t qp_may_part(const struct qp_may *m, const char *desk)
{
    for (size_t i = 0; m->row && i < m->face->n_parts; i++) {
        const Qp__Part p = qp_part_seen(m->row, i);
        bool his = !*p.desk || qp_asker_of_desk(m->who, p.desk);
        if (qp_part_open(&p) && qp_id_is(p.to, m->self) && his && (!*desk || strcmp(desk, p.desk) == 0))
            return p.number;
    }
    return 0;
}

static int need_part(const struct qp_may *m, struct qp_why *why)
{
    return qp_may_part(m, "") ? 0
                              : qp_why_set(why, QP_ESTEP, "no part of it that is open was asked of you here",
                                           "没有请您协办的未完成部分", "");
}

static int who(const struct qp_may *m, const struct qp_transition *t, struct qp_why *why)
{
    const Qp__Face *f = m->face;
    ProtobufCBinaryData me = {QP_ID_LEN, (uint8_t *)(uintptr_t)m->self};
    enum qp_speaker speaker = qp_transition_speaker(t);
    if (qp_transition_by(t, f, me))
        return 0;
    if (speaker == QP_BY_HELPER)
        return need_part(m, why);
    if (qp_id_is(f->holder, m->self) || speaker == QP_BY_SUPERIOR || (speaker == QP_BY_RECEIVER && !f->offer))
        return by_state(m, why);
    if (speaker == QP_BY_RECEIVER)
        return qp_why_set(why, QP_ENOTHOLDER, "the matter is offered to %s, which answers",
                          "事项已提交给 %s，由其答复", f->offer->to_path);
    return qp_why_set(why, QP_ENOTHOLDER, "the matter is held by %s; only the holder may do this",
                      "事项由 %s 承办，只有承办节点可以操作", f->holder_path);
}

/* ---- what a step needs besides ---- */
static int need_withdraw(const struct qp_may *m, struct qp_why *why)
{
    const Qp__Offer *o = m->face->offer;
    return !o->withdraw_asked ? 0
                              : qp_why_set(why, QP_ESTEP, "the withdraw was asked for already; %s answers",
                                           "已请求撤回，等待 %s 答复", o->to_path);
}

static int need_return(const struct qp_may *m, struct qp_why *why)
{
    return m->face->came_from.len
               ? 0
               : qp_why_set(why, QP_ESTEP, "the matter was opened here: there is nowhere to return it to",
                            "事项在本节点立案，无处可退", "");
}

/* en, zh: who alone may, with the holder's path. */
static int need_superior(const struct qp_may *m, struct qp_why *why, const char *en, const char *zh)
{
    const char *holder = m->face->holder_path;
    bool below = qp_path_below(holder, m->self_path);
    return below ? 0 : qp_why_set(why, QP_ESTEP, en, zh, holder);
}

static int need_urge(const struct qp_may *m, struct qp_why *why)
{
    return need_superior(m, why, "only a superior of %s may urge", "只有 %s 的上级可以督办");
}

/* A name means its account at its own node: 张 there and 张 here are two people. */
static bool handled_it(const struct qp_may *m)
{
    const Qp__Face *f = m->face;
    bool here = !f->handled_at.len || qp_id_is(f->handled_at, m->self);
    return here && strcmp(m->who->by, f->handled_by) == 0;
}

/* ST2: a person is compared with a person; where either is a program, desk with desk. */
static int need_visit(const struct qp_may *m, struct qp_why *why)
{
    const Qp__Face *f = m->face;
    if (!m->who)
        return 0;
    if (is_person(m->who->by) && is_person(f->handled_by))
        return !handled_it(m)
                   ? 0
                   : qp_why_set(why, QP_EPOLICY, "%s handled the matter; the visit is for someone else",
                                "事项由 %s 办理，回访须由他人进行", qp_asker_name(f->handled_by));
    return !*f->handled_desk || !qp_asker_named_of(m->who, f->handled_desk)
               ? 0
               : qp_why_set(why, QP_EPOLICY, "the desk %s handled the matter; the visit is for another one",
                            "事项由部门 %s 办理，回访须由其他部门进行", f->handled_desk);
}

/* DE4: what has a desk is its members' to take, and one of them has it. */
static int need_desk(const struct qp_may *m, struct qp_why *why)
{
    const char *desk = m->face->desk;
    return !*desk || qp_asker_of_desk(m->who, desk)
               ? 0
               : qp_why_set(why, QP_EDENIED, "the matter is with the desk %s: one of that desk may do this",
                            "事项在部门 %s，须由该部门人员操作", desk);
}

static int need_take(const struct qp_may *m, struct qp_why *why)
{
    const char *person = m->face->person;
    int rc = need_desk(m, why);
    if (rc || !*person)
        return rc;
    if (m->who && strcmp(person, qp_asker_name(m->who->by)) == 0)
        return qp_why_set(why, QP_ESTEP, "%s has it already", "%s 已领办", person);
    return qp_why_set(why, QP_ESTEP, "%s has it; let it be given back first, or assign it",
                      "已由 %s 领办；请先退回分办，或重新派办", person);
}

static int need_erase(const struct qp_may *m, struct qp_why *why)
{
    if (m->face->offer && m->face->offer->kind != QP_KIND_DISPATCH) /* custody.c, erases */
        return qp_why_set(why, QP_ESTEP,
                          "the matter is offered, and whoever takes it takes the record: withdraw it, or "
                          "wait for the answer",
                          "事项正在移交，个人信息随之移交：请先撤回，或等待对方答复", "");
    switch (m->face->personal_state) {
    case QP_PERSONAL_KEPT: return 0;
    case QP_PERSONAL_NONE:
        return qp_why_set(why, QP_ESTEP, "the matter has no personal record", "事项没有个人信息记录", "");
    default: return qp_why_set(why, QP_ESTEP, "its personal record was erased already", "个人信息已删除", "");
    }
}

/* ---- appeals (ST3) ---- */
static int need_appeal(const struct qp_may *m, struct qp_why *why)
{
    return qp_appeal_may(m->face, NULL)
               ? 0
               : qp_why_set(why, QP_ESTEP, "there is nothing to appeal against", "没有可申诉的结论", "");
}

static int need_decide(const struct qp_may *m, struct qp_why *why)
{
    int rc = need_superior(m, why, "only a superior of %s may decide", "只有 %s 的上级可以裁定");
    if (rc)
        return rc;
    return m->row && qp_appeal_open(m->row, NULL)
               ? 0
               : qp_why_set(why, QP_ESTEP, "no appeal waits for a decision", "没有待裁定的申诉", "");
}

/* CL5: of a clock that runs; sign is whose answer is awaited. Of each one asking waits at a time. */
static int need_clock(const struct qp_may *m, struct qp_why *why)
{
    bool waits = false;
    for (size_t i = 0; i < m->face->n_clocks; i++) {
        const Qp__Clock *c = m->face->clocks[i];
        if (!qp_clock_said_runs(c) || c->stage == QP_CLOCK_SIGN)
            continue;
        if (!c->extension || c->extension->state != QP_EXTENSION_ASKED)
            return 0;
        waits = true;
    }
    if (qp_extension_stated(m->face))
        return 0;
    return waits ? qp_why_set(why, QP_ESTEP, "more time was asked for already; wait for the answer",
                              "已申请延期，请等待答复", "")
                 : qp_why_set(why, QP_ESTEP, "no clock of the matter runs", "事项没有正在计时的环节", "");
}

static int need_asked(const struct qp_may *m, struct qp_why *why)
{
    const Qp__Face *f = m->face;
    if (!qp_path_within(f->holder_path, m->self_path))
        return qp_why_set(why, QP_ESTEP, "%s or a node above it decides this", "由 %s 或其上级决定",
                          f->holder_path);
    for (size_t i = 0; i < f->n_clocks; i++) {
        const Qp__Clock *c = f->clocks[i];
        bool waits = qp_clock_said_runs(c) && c->extension && c->extension->state == QP_EXTENSION_ASKED;
        if (waits && !(m->row && qp_beside_order(m->row, c)))
            return 0;
    }
    return qp_why_set(why, QP_ESTEP, "nobody has asked for more time", "没有待批的延期申请", "");
}

/* ---- joint handling (ST4) ---- */
/* "city/roads, city/water lamps": the open parts, as many as fit. */
static void name_open(const Qp__Row *row, char *out, size_t cap)
{
    size_t at = 0;
    out[0] = 0;
    for (size_t i = 0; i < row->face->n_parts; i++) {
        const Qp__Part p = qp_part_seen(row, i);
        char one[QP_PATH_MAX + QP_NAME_BYTES + 40];
        if (!qp_part_open(&p))
            continue;
        int len =
            snprintf(one, sizeof one, "%s%s%s%s", at ? ", " : "", p.to_path, *p.desk ? " " : "", p.desk);
        if (len < 0 || at + (size_t)len + 8 >= cap) {
            snprintf(out + at, cap - at, ", …");
            return;
        }
        memcpy(out + at, one, (size_t)len + 1);
        at += (size_t)len;
    }
}

static int need_close(const struct qp_may *m, struct qp_why *why)
{
    const Qp__Face *f = m->face;
    char open[300];
    if (f->must_visit && !m->elsewhere) {
        snprintf(why->field, sizeof why->field, "visit");
        return f->state == QP_HANDLED
                   ? qp_why_set(why, QP_EPOLICY,
                                "a return visit is due: let somebody else than the handler visit first",
                                "须先回访：请由办理人以外的人员回访后再办结", "")
                   : qp_why_set(why, QP_EPOLICY,
                                "a return visit is due since it was handled: handle it again, then visit",
                                "办理后须回访：请重新办理，再回访后办结", "");
    }
    if (!m->row || qp_parts_open(m->row) == 0)
        return 0;
    name_open(m->row, open, sizeof open);
    snprintf(why->field, sizeof why->field, "parts");
    return qp_why_set(why, QP_EPOLICY, "parts are not finished: %s; wait for them, or release them",
                      "协办尚未完成：%s；请等待完成或解除协办", open);
}

static int need_release(const struct qp_may *m, struct qp_why *why)
{
    return m->row && qp_parts_open(m->row)
               ? 0
               : qp_why_set(why, QP_ESTEP, "no part of it is open", "没有未完成的协办", "");
}

static int need_assist(const struct qp_may *m, struct qp_why *why)
{
    bool full = false;
    if (m->row)
        qp_parts_drop(m->row, &full);
    return !full ? 0
                 : qp_why_set(why, QP_EPOLICY,
                              "as many parts are open as there may be: wait for one, or release it",
                              "协办数量已达上限：请等待其中之一完成或解除协办", "");
}

static int needs(const struct qp_may *m, const struct qp_step *st, struct qp_why *why)
{
    switch ((enum qp_step_index)(st - qp_steps)) {
    case QP_STEP_INDEX_take: return need_take(m, why);
    case QP_STEP_INDEX_giveback: return need_desk(m, why);
    case QP_STEP_INDEX_withdraw: return need_withdraw(m, why);
    case QP_STEP_INDEX_return: return need_return(m, why);
    case QP_STEP_INDEX_visit: return need_visit(m, why);
    case QP_STEP_INDEX_urge: return need_urge(m, why);
    case QP_STEP_INDEX_erase: return need_erase(m, why);
    case QP_STEP_INDEX_appeal: return need_appeal(m, why);
    case QP_STEP_INDEX_decide: return need_decide(m, why);
    case QP_STEP_INDEX_extend: return need_clock(m, why);
    case QP_STEP_INDEX_approve:
    case QP_STEP_INDEX_deny: return need_asked(m, why);
    case QP_STEP_INDEX_close: return need_close(m, why);
    case QP_STEP_INDEX_assist: return need_assist(m, why);
    case QP_STEP_INDEX_part: return need_part(m, why);
    case QP_STEP_INDEX_release: return need_release(m, why);
    default: return 0;
    }
}

int qp_matter_may(const struct qp_may *m, const struct qp_step *st, struct qp_why *why)
{
    const struct qp_transition *t = qp_transition_of(st->body);
    assert(t);
    *why = (struct qp_why){.code = 0};
    int rc = who(m, t, why);
    if (!rc && !qp_transition_from(t, m->face))
        rc = by_state(m, why);
    return !rc ? needs(m, st, why) : rc;
}

void qp_matter_possible(char *out, size_t cap, const struct qp_may *m)
{
    assert(cap > 0);
    size_t at = 0;
    out[0] = 0;
    for (size_t i = 0; i < QP_STEPS_N; i++) {
        struct qp_why why;
        if (qp_matter_may(m, &qp_steps[i], &why))
            continue;
        int len = snprintf(out + at, cap - at, "%s%s", at ? ", " : "", qp_steps[i].name);
        if (len < 0 || (size_t)len >= cap - at) {
            out[at] = 0; /* whole words only */
            return;
        }
        at += (size_t)len;
    }
}
