/* may.c: see may.h. A step that needs more than its speaker and its state has a line in `needs`, at the end. */
#include "node/matter/may.h"

#include <assert.h>
#include <stdio.h>

#include "node/matter/matter.h"
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

bool qp_asker_of_desk(const struct qp_asker *who, const char *desk)
{
    if (!who || (who->n_desks == 0 && !*who->desk))
        return true;
    for (size_t i = 0; i < who->n_desks; i++)
        if (strcmp(who->desks[i], desk) == 0)
            return true;
    return strcmp(who->desk, desk) == 0;
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

static int who(const struct qp_may *m, const struct qp_transition *t, struct qp_why *why)
{
    const Qp__Face *f = m->face;
    ProtobufCBinaryData me = {QP_ID_LEN, (uint8_t *)(uintptr_t)m->self};
    enum qp_speaker speaker = qp_transition_speaker(t);
    if (qp_transition_by(t, f, me))
        return QP_OK;
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
    return !o->withdraw_asked ? QP_OK
                              : qp_why_set(why, QP_ESTEP, "the withdraw was asked for already; %s answers",
                                           "已请求撤回，等待 %s 答复", o->to_path);
}

static int need_return(const struct qp_may *m, struct qp_why *why)
{
    return m->face->came_from.len
               ? QP_OK
               : qp_why_set(why, QP_ESTEP, "the matter was opened here: there is nowhere to return it to",
                            "事项在本节点立案，无处可退", "");
}

static int need_urge(const struct qp_may *m, struct qp_why *why)
{
    const char *holder = m->face->holder_path;
    bool below = qp_path_within(holder, m->self_path) && strcmp(holder, m->self_path) != 0;
    return below ? QP_OK
                 : qp_why_set(why, QP_ESTEP, "only a superior of %s may urge", "只有 %s 的上级可以督办",
                              holder);
}

/* ST2: a person is compared with a person; where either is a program, desk with desk. */
static int need_visit(const struct qp_may *m, struct qp_why *why)
{
    const Qp__Face *f = m->face;
    if (!m->who)
        return QP_OK;
    if (is_person(m->who->by) && is_person(f->handled_by))
        return strcmp(m->who->by, f->handled_by) != 0
                   ? QP_OK
                   : qp_why_set(why, QP_EPOLICY, "%s handled the matter; the visit is for someone else",
                                "事项由 %s 办理，回访须由他人进行", qp_asker_name(f->handled_by));
    return !*f->handled_desk || strcmp(m->who->desk, f->handled_desk) != 0
               ? QP_OK
               : qp_why_set(why, QP_EPOLICY, "the desk %s handled the matter; the visit is for another one",
                            "事项由部门 %s 办理，回访须由其他部门进行", f->handled_desk);
}

/* DE1: what has a desk is its members' to take, and one of them has it. */
static int need_desk(const struct qp_may *m, struct qp_why *why)
{
    const char *desk = m->face->desk;
    return !*desk || qp_asker_of_desk(m->who, desk)
               ? QP_OK
               : qp_why_set(why, QP_EDENIED, "the matter is with the desk %s: one of that desk may do this",
                            "事项在部门 %s，须由该部门人员操作", desk);
}

static int need_take(const struct qp_may *m, struct qp_why *why)
{
    const char *person = m->face->person;
    int rc = need_desk(m, why);
    if (rc != QP_OK || !*person)
        return rc;
    if (m->who && strcmp(person, qp_asker_name(m->who->by)) == 0)
        return qp_why_set(why, QP_ESTEP, "%s has it already", "%s 已领办", person);
    return qp_why_set(why, QP_ESTEP, "%s has it; let it be given back first, or assign it",
                      "已由 %s 领办；请先退回分办，或重新派办", person);
}

static int need_erase(const struct qp_may *m, struct qp_why *why)
{
    switch (m->face->personal_state) {
    case QP_PERSONAL_KEPT: return QP_OK;
    case QP_PERSONAL_NONE:
        return qp_why_set(why, QP_ESTEP, "the matter has no personal record", "事项没有个人信息记录", "");
    default: return qp_why_set(why, QP_ESTEP, "its personal record was erased already", "个人信息已删除", "");
    }
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
    default: return QP_OK;
    }
}

int qp_matter_may(const struct qp_may *m, const struct qp_step *st, struct qp_why *why)
{
    const struct qp_transition *t = qp_transition_of(st->body);
    assert(t);
    *why = (struct qp_why){.code = QP_OK};
    int rc = who(m, t, why);
    if (rc == QP_OK && !qp_transition_from(t, m->face))
        rc = by_state(m, why);
    return rc == QP_OK ? needs(m, st, why) : rc;
}

void qp_matter_possible(char *out, size_t cap, const struct qp_may *m)
{
    assert(cap > 0);
    size_t at = 0;
    out[0] = 0;
    for (size_t i = 0; i < QP_STEPS_N; i++) {
        struct qp_why why;
        if (qp_matter_may(m, &qp_steps[i], &why) != QP_OK)
            continue;
        int len = snprintf(out + at, cap - at, "%s%s", at ? ", " : "", qp_steps[i].name);
        if (len < 0 || (size_t)len >= cap - at) {
            out[at] = 0; /* whole words only */
            return;
        }
        at += (size_t)len;
    }
}
