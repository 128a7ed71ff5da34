/* load.c: what people do in the simulated city: any step, at any node, allowed or not; and at the end whoever
 * was offered a matter answers. */
#include "tests/sim/world.h"

#include "node/matter/face.h"
#include "node/matter/parts.h"
#include "proto/steps.h"

static char *text(struct sim_world *w, int i, const char *fmt, unsigned long long v)
{
    char buf[160];
    snprintf(buf, sizeof buf, fmt, v);
    return qp_arena_text(w->node[i].gather, buf);
}

void *sim_message(struct sim_world *w, int i, const ProtobufCMessageDescriptor *d)
{
    ProtobufCMessage *m = qp_arena_take(w->node[i].gather, d->sizeof_message);
    if (!m)
        abort();
    d->message_init(m);
    return m;
}

static char *key_of(struct sim_world *w, int i)
{
    return text(w, i, "key-%llu", w->next_ticket + 1);
}

static Qp__Event *draft(struct sim_world *w, int i, const uint8_t *matter)
{
    Qp__Event *d = SIM_NEW(event);
    d->by = (char *)(uintptr_t) "token:sim";
    d->key = key_of(w, i);
    d->request = (ProtobufCBinaryData){QP_REQUEST_LEN, qp_arena_take(w->node[i].gather, QP_REQUEST_LEN)};
    memset(d->request.data, 7, QP_REQUEST_LEN);
    if (matter)
        d->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->node[i].gather, matter, QP_ID_LEN)};
    return d;
}

static void open_one(struct sim_world *w, int i)
{
    static const char *desk[] = {"", "roads", "water", "police"}, *category[] = {"light", "noise", "leak"};
    static const char *const topic[] = {"illegal quarry blasting at green hill, trucks by night, matter %llu",
                                        "water main leaks under mill road and floods the school, matter %llu",
                                        "noise of the dance hall beside the river park, matter %llu",
                                        "lamp post leans over the market gate, matter %llu",
                                        "matter %llu",
                                        "stray dogs hunt chickens near the brick kiln, matter %llu"};
    i = sim_either(w, i);
    Qp__Event *d = draft(w, i, NULL);
    d->body_case = QP__EVENT__BODY_OPENED;
    d->opened = SIM_NEW(opened);
    Qp__Face *f = d->opened->face = SIM_NEW(face);
    f->title = text(w, i, topic[w->next_ticket % 6], w->next_ticket + 1); /* alike ones are for leads.c */
    f->category = (char *)(uintptr_t)category[sim_below(w, 3)];
    f->source = (char *)(uintptr_t) "12345";
    f->source_ref = text(w, i, "ref-%llu", w->next_ticket + 1);
    f->desk = (char *)(uintptr_t)desk[sim_below(w, 4)];
    f->urgency = sim_chance(w, 15) ? QP_EMERGENCY : QP_ROUTINE;
    f->category = sim_chance(w, 70) ? (char *)(uintptr_t) "leak" : f->category;
    if (sim_chance(w, 80)) /* long ago, or since the day before yesterday: what is unusual, for watch.c */
        f->occurred_us = w->now_us - (sim_chance(w, 30) ? 40 : 1 + (int64_t)sim_below(w, 2)) * 86400000000;
    if (sim_chance(w, 40))
        f->deadline_us = w->now_us + (int64_t)sim_below(w, 400000000);
    if (w->node[i].nkids > 0 && sim_chance(w, 40)) {
        int kid = w->node[i].kids[sim_below(w, (uint64_t)w->node[i].nkids)];
        f->area = kid == w->liar ? f->area : w->node[kid].path;
    }
    struct qp_command c = {.op = QP_OP_STEP, .draft = d, .if_version = -1, .sealed = sim_record(w, i)};
    sim_command(w, i, &c, d->key, QP_OP_STEP);
}

/* Any kind of offer, to any node: the step was made as an escalation. */
static void offer(struct sim_world *w, int i, Qp__Offered *o)
{
    o->kind = 1 + (uint32_t)sim_below(w, 4);
    if (o->kind == QP_KIND_DISPATCH || o->kind == QP_KIND_TRANSFER) {
        int to = (int)sim_below(w, (uint64_t)w->n);
        to = w->liar > 0 && to == w->liar ? 0 : to;
        o->to_path = w->node[to].path;
        if (o->kind == QP_KIND_TRANSFER && w->node[i].session[0] && w->link[i].up)
            qp_session_ask_path(w->node[i].session[0], w->node[to].path, w->now_us);
    }
}

/* Any node, or a desk here. */
static void ask(struct sim_world *w, int i, Qp__Assisted *s)
{
    int to = (int)sim_below(w, (uint64_t)w->n);
    to = w->liar > 0 && to == w->liar ? 0 : to;
    s->to_path = w->node[to].path;
    if (to == i)
        s->desk = (char *)(uintptr_t) "roads";
    else if (w->node[i].session[0] && w->link[i].up)
        qp_session_ask_path(w->node[i].session[0], w->node[to].path, w->now_us);
}

/* Mostly its neighbour, so that the neighbour's holder merges back into it. */
static void merge_into(struct sim_world *w, Qp__Merged *d, const uint8_t *matter)
{
    int m = (int)sim_below(w, (uint64_t)w->nmatters);
    for (int k = 0; k < w->nmatters && sim_chance(w, 99); k++)
        if (memcmp(w->matters[k], matter, QP_ID_LEN) == 0)
            m = k ^ 1;
    d->into = (ProtobufCBinaryData){QP_ID_LEN, w->matters[m < w->nmatters ? m : 0]};
}

/* What is drawn by lot of a step, beside its words. */
static void by_lot(struct sim_world *w, int i, Qp__Event *d, const uint8_t *matter)
{
    switch ((int)d->body_case) {
    case QP__EVENT__BODY_OFFERED: offer(w, i, d->offered); break;
    case QP__EVENT__BODY_SORTED: d->sorted->urgency = sim_chance(w, 30) ? QP_EMERGENCY : 0; break;
    case QP__EVENT__BODY_VISITED:
        if (!(d->visited->visit->reached = sim_chance(w, 80)))
            break;
        d->visited->visit->resolved = sim_chance(w, 60);
        d->visited->visit->satisfied = (uint32_t)sim_below(w, 3);
        break;
    case QP__EVENT__BODY_ASSISTED: ask(w, i, d->assisted); break;
    case QP__EVENT__BODY_PARTED: d->parted->done = sim_chance(w, 60); break;
    case QP__EVENT__BODY_EXTENSION_ASKED:
        d->extension_asked->stage = (char *)(uintptr_t) "close";
        d->extension_asked->until_us = w->now_us + (int64_t)sim_below(w, 800000000);
        break;
    case QP__EVENT__BODY_HUNG: d->hung->until_us = w->now_us + 60000000; break;
    case QP__EVENT__BODY_MERGED: merge_into(w, d->merged, matter); break;
    default: break;
    }
}

/* The steps, as often as they are drawn, with what they say; the order is part of every seed's run. */
enum {
    ACCEPT = 3,
    REFUSE = 5,
    COMMENT = 14,
    MERGE = 17,
    PART = 26,
    EXTEND = 29,
    ORDER = 32,
    DEEDS = 36,
    ERASE = DEEDS
};
static const struct {
    enum qp_step_index step;
    const char *field, *words;
} deeds[DEEDS + 1] = {
    {QP_STEP_INDEX_escalate, "reason", "because"},
    {QP_STEP_INDEX_escalate, "reason", "because"},
    {QP_STEP_INDEX_escalate, "reason", "because"},
    [ACCEPT] = {QP_STEP_INDEX_accept, NULL, NULL},
    {QP_STEP_INDEX_accept, NULL, NULL},
    [REFUSE] = {QP_STEP_INDEX_refuse, "reason", "not ours"},
    {QP_STEP_INDEX_withdraw, NULL, NULL},
    {QP_STEP_INDEX_sort, "category", "sorted"},
    {QP_STEP_INDEX_assign, "desk", "roads"},
    {QP_STEP_INDEX_progress, "note", "on it"},
    {QP_STEP_INDEX_handle, "result", "mended"},
    {QP_STEP_INDEX_visit, NULL, NULL},
    {QP_STEP_INDEX_close, "result", "done"},
    {QP_STEP_INDEX_reopen, "reason", "not fixed"},
    [COMMENT] = {QP_STEP_INDEX_comment, "text", "seen"},
    {QP_STEP_INDEX_hang, "reason", "rain"},
    {QP_STEP_INDEX_resume, NULL, NULL},
    [MERGE] = {QP_STEP_INDEX_merge, NULL, NULL},
    {QP_STEP_INDEX_unmerge, NULL, NULL},
    {QP_STEP_INDEX_urge, "note", "please"},
    {QP_STEP_INDEX_take, NULL, NULL},
    {QP_STEP_INDEX_take, NULL, NULL},
    {QP_STEP_INDEX_giveback, "reason", "not ours"},
    {QP_STEP_INDEX_assist, "note", "a hand"},
    {QP_STEP_INDEX_assist, "note", "a hand"},
    {QP_STEP_INDEX_assist, "note", "a hand"},
    [PART] = {QP_STEP_INDEX_part, "note", "at it"},
    {QP_STEP_INDEX_part, "note", "at it"},
    {QP_STEP_INDEX_release, NULL, NULL},
    [EXTEND] = {QP_STEP_INDEX_extend, "reason", "parts are late"},
    {QP_STEP_INDEX_extend, "reason", "parts are late"},
    {QP_STEP_INDEX_extend, "reason", "parts are late"},
    [ORDER] = {QP_STEP_INDEX_approve, "stage", "close"},
    {QP_STEP_INDEX_approve, "stage", "close"},
    {QP_STEP_INDEX_deny, "stage", "close"},
    {QP_STEP_INDEX_urge, "note", "please"},
    [ERASE] = {QP_STEP_INDEX_erase, "reason",
               "it was asked for"}, /* drawn by itself, where there are records */
};

static void step(struct sim_world *w, int i, const uint8_t *matter, unsigned deed)
{
    const struct qp_step *st = &qp_steps[deeds[deed].step];
    if (sim_returning(w, i))
        return;
    i = sim_either(w, i);
    Qp__Event *d = draft(w, i, matter);
    if (qp_step_make(st, d, w->node[i].gather))
        abort();
    if (deeds[deed].field) {
        const struct qp_shape_row *row = qp_shape_row(&st->shape, deeds[deed].field);
        *(const char **)qp_shape_member(&st->shape, row, qp_step_body(st, d)) = deeds[deed].words;
    }
    by_lot(w, i, d, matter);
    struct qp_command c = {.op = QP_OP_STEP, .draft = d, .if_version = -1};
    sim_command(w, i, &c, d->key, QP_OP_STEP);
}

void sim_comment(struct sim_world *w, int i, const uint8_t *matter, const char *key)
{
    Qp__Event *d = draft(w, i, matter);
    d->key = qp_arena_text(w->node[i].gather, key);
    d->body_case = QP__EVENT__BODY_COMMENTED;
    d->commented = SIM_NEW(commented);
    d->commented->text = (char *)(uintptr_t) "again";
    struct qp_command c = {.op = QP_OP_STEP, .draft = d, .if_version = -1};
    sim_command(w, i, &c, key, QP_OP_STEP);
}

void sim_busy(struct sim_world *w, int i)
{
    int m = (int)sim_below(w, (uint64_t)w->nmatters + 1);
    if (!w->node[i].up || w->healing)
        return;
    if (m == w->nmatters)
        open_one(w, i);
    else if (sim_chance(w, 50))
        step(w, i, w->matters[m], COMMENT);
    else
        step(w, i, w->matters[m], (unsigned)sim_below(w, DEEDS));
}

/* A node that has an open part of the matter, as it knows it itself. */
static bool helps(struct sim_world *w, int m, int *who)
{
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    bool found = false;
    for (int i = 0; i < w->n && !found; i++) {
        struct qp_read r;
        Qp__Row *row;
        if (!w->node[i].up || (w->liar > 0 && i == w->liar) || qp_read_begin(w->node[i].store, &r, NULL))
            continue;
        if (!qp_matter_read(&r, w->matters[m], &row, a, NULL))
            for (size_t k = 0; k < row->face->n_parts; k++) {
                const Qp__Part p = qp_part_seen(row, k);
                found |= qp_part_open(&p) && memcmp(p.to.data, w->node[i].id, QP_ID_LEN) == 0;
            }
        qp_read_end(&r);
        *who = found ? i : *who;
    }
    qp_arena_free(a);
    return found;
}

void sim_somebody(struct sim_world *w)
{
    int i = (int)sim_below(w, (uint64_t)w->n);
    if (!w->node[i].up || w->healing || (w->liar > 0 && i == w->liar) || sim_returning(w, i))
        return;
    if (sim_chance(w, 12)) {
        sim_walker(w, i);
        return;
    }
    if (sim_chance(w, 15)) {
        sim_talker(w, i);
        return;
    }
    if (sim_has_policies(w) && sim_chance(w, 6)) {
        sim_legislator(w, sim_chance(w, 40) && w->node[0].up ? 0 : i);
        return;
    }
    if (sim_keeps_records(w) && w->nmatters > 0 && sim_chance(w, 5)) {
        int m = (int)sim_below(w, (uint64_t)w->nmatters);
        i = sim_chance(w, 80) && w->active[m] >= 0 && w->node[w->active[m]].up ? w->active[m] : i;
        step(w, i, w->matters[m], ERASE);
        return;
    }
    if (sim_chance(w, 8)) {
        sim_sayer(w, i);
        return;
    }
    if (w->nmatters == 0 || (sim_chance(w, 25) && w->nmatters < SIM_MATTERS - 8)) {
        open_one(w, i);
        return;
    }
    /* most steps are tried where they may succeed */
    int m = (int)sim_below(w, (uint64_t)w->nmatters);
    if (sim_chance(w, 75) && w->active[m] >= 0 && w->node[w->active[m]].up)
        i = w->active[m];
    else if (sim_chance(w, 60)) {
        struct qp_read r;
        Qp__Row *row;
        struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
        if (!qp_read_begin(w->node[i].store, &r, NULL)) {
            if (!qp_matter_read(&r, w->matters[m], &row, a, NULL) && row->face->offer)
                for (int k = 0; k < w->n; k++)
                    if (w->node[k].up && memcmp(w->node[k].id, row->face->offer->to.data, QP_ID_LEN) == 0)
                        i = k;
            qp_read_end(&r);
        }
        qp_arena_free(a);
        step(w, i, w->matters[m], ACCEPT + (unsigned)sim_below(w, 4));
        return;
    }
    if (sim_chance(w, 10) && w->active[m] > 0) { /* from above: whoever sits there */
        for (i = w->node[w->active[m]].parent; i > 0 && sim_chance(w, 40);)
            i = w->node[i].parent;
        if (w->node[i].up && (w->liar == 0 || i != w->liar))
            step(w, i, w->matters[m], ORDER + (unsigned)sim_below(w, DEEDS - ORDER));
        return;
    }
    if (sim_chance(w, 25) && helps(w, m, &i)) {
        step(w, i, w->matters[m], PART);
        return;
    }
    step(w, i, w->matters[m], (unsigned)sim_below(w, DEEDS));
    int k = m ^ 1; /* and at times the other's holder merges it back at the same moment (B4) */
    if (sim_chance(w, 15) && k < w->nmatters && w->active[m] >= 0 && w->active[k] >= 0) {
        for (int side = 0; side < 2; side++) {
            int by = w->active[side ? k : m];
            if (w->node[by].up && (w->liar == 0 || by != w->liar))
                step(w, by, w->matters[side ? k : m], MERGE);
        }
    }
}

/* Everybody answers what is offered to him. */
void sim_settle(struct sim_world *w)
{
    for (int i = 0; i < w->n; i++) {
        struct qp_read r;
        struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
        if (!w->node[i].up || (w->liar > 0 && i == w->liar) || qp_read_begin(w->node[i].store, &r, NULL)) {
            qp_arena_free(a);
            continue;
        }
        bool mine[SIM_MATTERS] = {false};
        for (int m = 0; m < w->nmatters; m++) {
            Qp__Row *row;
            qp_arena_reset(a);
            mine[m] = !qp_matter_read(&r, w->matters[m], &row, a, NULL) && row->face->offer &&
                      memcmp(row->face->offer->to.data, w->node[i].id, QP_ID_LEN) == 0;
        }
        qp_read_end(&r);
        for (int m = 0; m < w->nmatters; m++)
            if (mine[m])
                step(w, i, w->matters[m], sim_chance(w, 70) ? ACCEPT : REFUSE);
        qp_arena_free(a);
    }
}

/* The parent gives a burned child a new token; the child's keys are new. */
void sim_invite(struct sim_world *w, int child)
{
    int i = w->node[child].parent;
    uint8_t secret[32], sk[32];
    if (!w->node[i].up) {
        sim_at(w, 2000000, SIM_REJOIN, child, 0);
        return;
    }
    uint8_t *pk = qp_arena_take(w->node[i].gather, 32), *msg = qp_arena_take(w->node[i].gather, 128);
    uint8_t *sig = qp_arena_take(w->node[i].gather, QP_SIG_LEN);
    sim_seed32(w, secret);
    qp_link_keypair(pk, sk, secret);
    Qp__Event *d = draft(w, i, NULL);
    d->body_case = QP__EVENT__BODY_INVITED;
    d->invited = SIM_NEW(invited);
    d->invited->link_key = (ProtobufCBinaryData){32, pk};
    d->invited->path = w->node[child].path;
    d->invited->expires_us = w->now_us + INT64_C(800) * 86400000000; /* whatever its clock shows */
    struct qp_command c = {.op = QP_OP_INVITE, .draft = d, .if_version = -1};
    sim_command(w, i, &c, "", QP_OP_INVITE);
    sim_seed32(w, secret);
    struct qp_keys *k = &w->node[child].keys;
    qp_keys_derive(k, secret);
    memcpy(msg, pk, 32);
    memcpy(msg + 32, k->sign_pk, 32);
    memcpy(msg + 64, k->box_pk, 32);
    memcpy(msg + 96, k->link_pk, 32);
    qp_sign(sig, QP_TAG_JOIN, msg, 128, k->sign_sk);
    Qp__Join *j = SIM_NEW(join);
    j->sign_key = (ProtobufCBinaryData){32, k->sign_pk};
    j->box_key = (ProtobufCBinaryData){32, k->box_pk};
    j->link_key = (ProtobufCBinaryData){32, k->link_pk};
    j->signature = (ProtobufCBinaryData){QP_SIG_LEN, sig};
    struct qp_command join = {.op = QP_OP_JOIN, .join = j, .token_link_key = pk, .if_version = child};
    sim_command(w, i, &join, "", QP_OP_JOIN);
    sim_at(w, 30000000, SIM_REJOIN, child, 0); /* in case the parent crashes before it answers */
}

/* ---- what is answered ---- */

void sim_replied(struct sim_world *w, int i, const struct qp_reply *r)
{
    for (int k = 0; k < w->ntickets; k++) {
        struct sim_ticket *t = &w->tickets[k];
        if (t->ticket != r->ticket)
            continue;
        if (t->kind == QP_OP_JOIN && r->code == 0) {
            int child = t->body;
            *t = w->tickets[--w->ntickets];
            sim_rejoin(w, child, r->welcome);
            return;
        }
        if (t->kind == QP_OP_AGAIN) {
            *t = w->tickets[--w->ntickets];
            sim_brought_in(w, i, r);
            return;
        }
        if (t->kind == QP_OP_GROUND)
            sim_walk_replied(w, r);
        if (t->kind == QP_OP_WARNING || t->kind == QP_OP_LEAD)
            sim_word_replied(w, r);
        if (t->kind == QP_OP_LINE || t->kind == QP_OP_WHISPER)
            sim_line_replied(w, i, t, r);
        if (t->kind == QP_OP_LINE || t->kind == QP_OP_WHISPER || t->kind == QP_OP_GROUND ||
            t->kind == QP_OP_RESOURCE || t->kind == QP_OP_POLICY || t->kind == QP_OP_WARNING ||
            t->kind == QP_OP_LEAD) {
            w->ok_commands += r->code == 0;
            w->bad_commands += r->code != 0;
        } else if (t->kind != QP_OP_STEP) {
            bool was = w->node[i].turned_away;
            w->node[i].turned_away =
                (t->kind == QP_OP_INVITE || t->kind == QP_OP_JOIN) && r->code == QP_ERECOVER;
            if (r->code != 0 && !was && !w->node[i].turned_away)
                sim_fail(w, "%s: a set-up command failed: %s", w->node[i].path, r->text);
        } else if (r->code == 0) {
            w->ok_commands++;
            if (r->created && w->nmatters < SIM_MATTERS)
                memcpy(w->matters[w->nmatters++], r->matter, QP_ID_LEN);
            if (w->nacked < SIM_ACKED) {
                struct sim_acked *ac = &w->acked[w->nacked++];
                memset(ac, 0, sizeof *ac);
                memcpy(ac->matter, r->matter, QP_ID_LEN);
                memcpy(ac->key, t->key, sizeof ac->key);
                ac->node = sim_true_node(w, i);
                ac->body = t->body;
            }
        } else {
            w->bad_commands++;
        }
        *t = w->tickets[--w->ntickets];
        return;
    }
}
