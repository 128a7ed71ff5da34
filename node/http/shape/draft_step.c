/* draft_step.c: the table of steps: what each takes, the right it needs, and its draft event. Called by
 * matters.c and batch.c. */
#include <assert.h>
#include <string.h>

#include "node/http/shape/steps.h"

#define TEXT(name, most, must) qp_field_text(s, name, most, must)
#define LINE(name, most, must) qp_field_line(s, name, most, must)

/* A body of its type in the arena, set in the event. */
#define BODY(Type, lower, CASE)                                                                              \
    Qp__##Type *b = qp_arena_take(s->a, sizeof *b);                                                          \
    if (!b) {                                                                                                \
        qp_fields_fault(s, QP_EBIG, "", "the request takes more memory than it may");                        \
        return;                                                                                              \
    }                                                                                                        \
    qp__##lower##__init(b);                                                                                  \
    ev->body_case = QP__EVENT__BODY_##CASE;                                                                  \
    ev->lower = b

static void sort(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Sorted, sorted, SORTED);
    b->category = LINE("category", QP_NAME_BYTES, false);
    b->urgency = qp_field_urgency(s, "urgency");
    b->has_deadline = qp_field_is_null(s, "deadline"); /* null takes it away */
    b->deadline_us = qp_field_time(s, "deadline", false);
    b->has_deadline = b->has_deadline || b->deadline_us != 0;
    b->area = qp_field_path(s, "area", false);
}

static void assign(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Assigned, assigned, ASSIGNED);
    b->desk = LINE("desk", QP_NAME_BYTES, false);
    b->person = LINE("person", QP_NAME_BYTES, false);
    if (!*b->desk && !*b->person)
        qp_fields_fault(s, QP_EINVAL, "desk", "say to whom: `desk`, `person` or both");
}

static void progress(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Progressed, progressed, PROGRESSED);
    b->note = TEXT("note", QP_NOTE_BYTES, true);
}

static void escalate(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Offered, offered, OFFERED);
    b->kind = QP_KIND_ESCALATE;
    b->reason = TEXT("reason", QP_NOTE_BYTES, true);
}

static void dispatch(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Offered, offered, OFFERED);
    b->kind = QP_KIND_DISPATCH;
    b->to_path = qp_field_path(s, "to", true);
    b->reason = TEXT("note", QP_NOTE_BYTES, false);
}

static void transfer(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Offered, offered, OFFERED);
    b->kind = QP_KIND_TRANSFER;
    b->to_path = qp_field_path(s, "to", true);
    b->reason = TEXT("reason", QP_NOTE_BYTES, true);
}

static void give_back(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Offered, offered, OFFERED);
    b->kind = QP_KIND_RETURN;
    b->reason = TEXT("reason", QP_NOTE_BYTES, true);
}

static void take_it(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Accepted, accepted, ACCEPTED);
}

static void refuse(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Refused, refused, REFUSED);
    b->reason = TEXT("reason", QP_NOTE_BYTES, true);
}

static void withdraw(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Withdrawn, withdrawn, WITHDRAWN);
}

static void handle(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Handled, handled, HANDLED);
    b->result = TEXT("result", QP_RESULT_BYTES, true);
    b->note = TEXT("note", QP_NOTE_BYTES, false);
}

static void visit(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Visited, visited, VISITED);
    Qp__Visit *v = qp_arena_take(s->a, sizeof *v);
    if (!v)
        return;
    qp__visit__init(v);
    b->visit = v;
    v->reached = qp_field_bool(s, "reached", true, false);
    v->resolved = qp_field_bool(s, "resolved", true, false);
    const json_t *satisfied = json_object_get(s->o, "satisfied");
    bool yes = qp_field_bool(s, "satisfied", false, false);
    v->satisfied = !satisfied || json_is_null(satisfied) ? 0 : yes ? 1 : 2;
    b->note = TEXT("note", QP_NOTE_BYTES, false);
}

static void close_it(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Closed, closed, CLOSED);
    b->result = TEXT("result", QP_RESULT_BYTES, true);
    b->note = TEXT("note", QP_NOTE_BYTES, false);
    b->of = TEXT("of", QP_REF_BYTES, false);
    if (*b->of && strcmp(b->result, "duplicate") != 0)
        qp_fields_fault(s, QP_EINVAL, "of", "`of` goes with the result `duplicate` only");
}

static void reopen(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Reopened, reopened, REOPENED);
    b->reason = TEXT("reason", QP_NOTE_BYTES, true);
}

static void hang(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Hung, hung, HUNG);
    b->reason = TEXT("reason", QP_NOTE_BYTES, true);
    b->until_us = qp_field_time(s, "until", true);
}

static void resume(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Resumed, resumed, RESUMED);
}

static void merge(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Merged, merged, MERGED);
    uint8_t *into = qp_field_id(s, "into", true);
    b->into = (ProtobufCBinaryData){into ? QP_ID_LEN : 0, into};
}

static void unmerge(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Unmerged, unmerged, UNMERGED);
}

static void comment(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Commented, commented, COMMENTED);
    b->text = TEXT("text", QP_TEXT_BYTES, true);
}

static void urge(struct qp_fields *s, Qp__Event *ev)
{
    BODY(Urged, urged, URGED);
    b->note = TEXT("note", QP_NOTE_BYTES, true);
    b->due_us = qp_field_time(s, "due", false);
}

static const struct qp_step STEPS[] = {
    {"sort", QP_RIGHT_STEP, sort},         {"assign", QP_RIGHT_STEP, assign},
    {"progress", QP_RIGHT_STEP, progress}, {"escalate", QP_RIGHT_STEP, escalate},
    {"dispatch", QP_RIGHT_STEP, dispatch}, {"transfer", QP_RIGHT_STEP, transfer},
    {"return", QP_RIGHT_STEP, give_back},  {"accept", QP_RIGHT_STEP, take_it},
    {"refuse", QP_RIGHT_STEP, refuse},     {"withdraw", QP_RIGHT_STEP, withdraw},
    {"handle", QP_RIGHT_STEP, handle},     {"visit", QP_RIGHT_STEP, visit},
    {"close", QP_RIGHT_STEP, close_it},    {"reopen", QP_RIGHT_STEP, reopen},
    {"hang", QP_RIGHT_STEP, hang},         {"resume", QP_RIGHT_STEP, resume},
    {"merge", QP_RIGHT_STEP, merge},       {"unmerge", QP_RIGHT_STEP, unmerge},
    {"comment", QP_RIGHT_STEP, comment},   {"urge", QP_RIGHT_COMMAND, urge},
};

const struct qp_step *qp_step_find(const char *name)
{
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++) {
        if (strcmp(STEPS[i].name, name) == 0)
            return &STEPS[i];
    }
    return NULL;
}

int qp_draft_step(struct qp_draft *d, const char *id, const char *step)
{
    const struct qp_step *st = qp_step_find(step);
    struct qp_arena *a = d->job->arena;
    struct qp_fields s;
    Qp__Event body = QP__EVENT__INIT, *ev;
    qp_fields_begin(&s, d->o, a, d->h->zone, d->f);
    if (!st)
        return qp_fields_fault(&s, QP_ENOTFOUND, "step", "there is no step `%.40s`", step);
    int rc = qp_auth_need(d->auth, st->right, &d->f->e);
    if (rc)
        return rc;
    uint8_t *matter = qp_arena_take(a, QP_ID_LEN);
    if (!matter || qp_id_parse(matter, id))
        return qp_fields_fault(&s, QP_ENOTFOUND, "id",
                               "no matter has the id `%.40s`; ids are 26 lower-case characters", id);
    if (d->line) {
        qp_field(&s, "id");
        qp_field(&s, "step");
    }
    st->read(&s, &body);
    int64_t if_version = qp_field_int(&s, "if_version", 0, INT64_MAX, -1);
    int64_t at_us = qp_draft_at(d, &s);
    if (body.body_case == QP__EVENT__BODY_HUNG && body.hung->until_us <= (at_us ? at_us : qp_wall_us()))
        qp_fields_fault(&s, QP_EINVAL, "until", "`until` is over already: until when is it to rest?");
    rc = qp_draft_finish(d, &s, &body, st->name, at_us);
    if (rc)
        return rc;
    struct qp_command *cmd = qp_job_add(d->job, QP_OP_STEP, d->auth, &ev);
    if (!cmd)
        return qp_fault_set(d->f, QP_EBIG, "", "the request takes more memory than it may");
    body.by = ev->by;
    *ev = body;
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, matter};
    cmd->if_version = if_version;
    return 0;
}
