/* fact.c: what an event of a line does to the rows, in a turn and in a replay alike. Whoever calls has asked whether its
 * speaker may say it (node/core/line.c); what the rows alone can tell is asked here, and what cannot be right has no
 * effect (E5). */
#include "node/line/inside.h"

#include <assert.h>
#include <string.h>

static const uint8_t nothing[QP_ID_LEN];
#define LOST_US INT64_C(3600000000) /* who says that his keys are lost is heard once in this time */

static bool same(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, QP_ID_LEN) == 0;
}

static int bad_row(int rc, struct qp_err *e)
{
    return qp_fail(e, rc, "a line cannot be read");
}

/* ---- opened ---- */

static bool has_member(const Qp__LineRow *row, const Qp__LineMember *m)
{
    for (size_t i = 0; i < row->n_members; i++) {
        const Qp__LineMember *x = row->members[i];
        if (x->kind == m->kind && same(x->node.data, m->node.data) && strcmp(x->name, m->name) == 0)
            return true;
    }
    return false;
}

static int add_members(const struct qp_line_db *db, Qp__LineRow *row, const Qp__LineOpened *o, bool *grew)
{
    Qp__LineMember **v = qp_arena_take(db->a, sizeof *v * QP_LINE_MEMBERS);
    if (!v)
        return QP_ENOMEM;
    if (row->n_members)
        memcpy(v, row->members, sizeof *v * row->n_members);
    row->members = v;
    for (size_t i = 0; i < o->n_members && row->n_members < QP_LINE_MEMBERS; i++) {
        if (has_member(row, o->members[i]))
            continue;
        v[row->n_members++] = o->members[i];
        *grew = true;
    }
    return 0;
}

/* This node's people speak to it: it is to have this node's key, and is asked for its own by that. */
static int want(const struct qp_line_db *db, const uint8_t *node, struct qp_err *e)
{
    struct qp_line_peer p;
    qp_line_peer(db, node, &p);
    if (p.wanted)
        return 0;
    p.wanted = true;
    int rc = qp_line_peer_put(db, node, &p, e);
    return rc ? rc : qp_line_due(db, node, nothing, e);
}

/* Another node is on it: what it lacks is due. */
static int meet(const struct qp_line_db *db, const uint8_t *line, const Qp__LineRow *row, bool own,
                struct qp_err *e)
{
    int rc = 0;
    for (size_t i = 0; i < row->n_members && !rc; i++) {
        const uint8_t *node = row->members[i]->node.data;
        struct qp_line_peer p;
        struct qp_line_with w;
        if (same(node, db->self))
            continue;
        if (!qp_line_peer(db, node, &p))
            rc = qp_line_peer_put(db, node, &p, e);
        if (!rc && own)
            rc = want(db, node, e);
        qp_line_with(db, node, line, &w);
        if (!rc)
            rc = qp_line_with_put(db, node, line, &w, e); /* the row itself says that the line is shared */
        if (!rc)
            rc = qp_line_due(db, node, nothing, e);
        if (!rc)
            rc = qp_line_due(db, node, line, e);
    }
    return rc;
}

/* LI8: one node opens so many with this one and no more. */
static int within_quota(const struct qp_line_db *db, const uint8_t *origin, bool *within, struct qp_err *e)
{
    struct qp_line_peer p;
    *within = true;
    if (same(origin, db->self))
        return 0;
    qp_line_peer(db, origin, &p);
    *within = p.opened < QP_LINE_LINES;
    p.opened += *within;
    return *within ? qp_line_peer_put(db, origin, &p, e) : 0;
}

/* The matter's own line, which has its id; another may be about a matter as well. */
static bool is_of_matter(const uint8_t *line, const ProtobufCBinaryData *matter)
{
    return matter->len == QP_ID_LEN && same(matter->data, line);
}

static int opened(const struct qp_line_db *db, const Qp__Event *ev, const struct qp_line_at *at,
                  struct qp_err *e)
{
    const Qp__LineOpened *o = ev->line_opened;
    const uint8_t *line = o->line.data;
    Qp__LineRow *row, made = QP__LINE_ROW__INIT;
    bool grew = false, within = true;
    int rc = qp_line_get(db, line, &row);
    if (rc && rc != QP_ENOTFOUND)
        return bad_row(rc, e);
    if (rc == QP_ENOTFOUND) {
        rc = 0;
        row = &made;
        row->opener = ev->origin;
        row->by = ev->by;
        row->opened_us = ev->at_us;
        row->matter = o->matter;
    } else if (!(is_of_matter(line, &row->matter) && is_of_matter(line, &o->matter)) &&
               !same(row->opener.data, ev->origin.data)) {
        return 0; /* only who opened it says who is on it; of a matter's own line line_may.c has asked */
    }
    if (add_members(db, row, o, &grew))
        return qp_fail(e, QP_ENOMEM, "no memory for the members of a line");
    if (!qp_line_has(row, db->self)) /* this node is not on it */
        return 0;
    if (row == &made && (rc = within_quota(db, ev->origin.data, &within, e)))
        return rc;
    if (!within)
        return 0;
    if (grew) {
        row->version++;
        row->updated_us = at->received_us;
        rc = qp_line_put(db, line, row, e);
    }
    if (!rc && grew)
        rc = meet(db, line, row, same(ev->origin.data, db->self), e);
    if (!rc && same(ev->origin.data, db->self))
        rc = qp_line_by_key_put(db, ev, line, 0, e);
    return rc;
}

/* ---- said ---- */

static int note_use(const struct qp_line_db *db, const uint8_t *key, struct qp_err *e)
{
    uint8_t name[QP_LINE_KEY];
    bool used;
    if (!qp_line_present(db, name, &used) || used || memcmp(name, key, QP_LINE_KEY) != 0)
        return 0;
    return qp_line_present_put(db, name, true, e);
}

/* A new one: its place in this node's order. */
static int arrive(const struct qp_line_db *db, const Qp__Event *ev, Qp__LineRow *row, const uint8_t *key,
                  const struct qp_line_at *at, uint64_t *seq, struct qp_err *e)
{
    const Qp__LineSaid *s = ev->line_said;
    struct qp_line_message m = {.n = s->n,
                                .at_us = ev->at_us,
                                .received_us = at->received_us,
                                .position = at->position,
                                .index = at->index};
    memcpy(m.node, ev->origin.data, QP_ID_LEN);
    memcpy(m.key, key, QP_LINE_KEY);
    row->updated_us = at->received_us;
    if (s->kind == QP_LINE_TITLE) {
        row->title_n = s->n;
        row->title_position = at->position;
        row->title_index = at->index;
        row->title_key = (ProtobufCBinaryData){QP_LINE_KEY, qp_arena_copy(db->a, key, QP_LINE_KEY)};
        *seq = 0;
    } else {
        m.seq = *seq = ++row->seq;
    }
    int rc = qp_line_put(db, s->line.data, row, e);
    if (!rc && *seq)
        rc = qp_line_message_put(db, s->line.data, &m, e);
    if (!rc)
        rc = qp_line_seq_put(db, s->line.data, ev->origin.data, s->n, *seq, e);
    return rc ? rc : note_use(db, key, e);
}

/* It is here, sealed to a key that went with a disk; now it has come sealed anew. Not where its time was over here (LI5). */
static int sealed_anew(const struct qp_line_db *db, const Qp__LineSaid *s, Qp__LineRow *row, uint64_t seq,
                       const uint8_t *key, const struct qp_line_at *at, struct qp_err *e)
{
    struct qp_line_message m;
    struct qp_line_key k;
    const uint8_t *old = row->title_key.data;
    if (seq && !qp_line_message_next(db, s->line.data, seq - 1, &m) && m.seq == seq)
        old = m.key;
    if (!old || (qp_line_key(db, old, &k) && (k.ended || !k.gone)) || !qp_line_key_stands(db, key))
        return 0;
    if (seq) {
        memcpy(m.key, key, QP_LINE_KEY);
        m.position = at->position;
        m.index = at->index;
        return qp_line_message_put(db, s->line.data, &m, e);
    }
    row->title_position = at->position;
    row->title_index = at->index;
    row->title_key = (ProtobufCBinaryData){QP_LINE_KEY, qp_arena_copy(db->a, key, QP_LINE_KEY)};
    return qp_line_put(db, s->line.data, row, e);
}

/* By another node: once, in its order (LI2). */
static int said_there(const struct qp_line_db *db, const Qp__Event *ev, Qp__LineRow *row,
                      const struct qp_line_at *at, struct qp_err *e)
{
    const Qp__LineSaid *s = ev->line_said;
    const uint8_t *node = ev->origin.data, *line = s->line.data;
    const Qp__LineWrap *mine = qp_line_wrap_of(s, db->self);
    struct qp_line_with w;
    uint64_t seq;
    if (!mine || (s->kind == QP_LINE_TITLE && !same(row->opener.data, node)))
        return 0;
    qp_line_with(db, node, line, &w);
    int rc = qp_line_seq(db, line, node, s->n, &seq);
    if (!rc)
        rc = sealed_anew(db, s, row, seq, mine->key.data, at, e);
    else if (rc == QP_ENOTFOUND && s->n > w.high)
        rc = arrive(db, ev, row, mine->key.data, at, &seq, e);
    else
        return rc == QP_ENOTFOUND ? 0 : bad_row(rc, e);
    if (s->n > w.high)
        w.high = s->n;
    if (s->n > w.last && qp_line_key_stands(db, mine->key.data))
        w.last = s->n;
    if (!rc)
        rc = qp_line_with_put(db, node, line, &w, e);
    return rc ? rc : qp_line_due(db, node, line, e);
}

/* Its number is used, also where this copy is sealed for others alone; its text is taken from the first copy that is sealed for
 * this node. In a replay and after a disk was lost copies come in any order. */
static int own_copy(const struct qp_line_db *db, const Qp__Event *ev, Qp__LineRow *row,
                    const struct qp_line_at *at, struct qp_err *e)
{
    const Qp__LineSaid *s = ev->line_said;
    const Qp__LineWrap *mine = qp_line_wrap_of(s, db->self);
    uint64_t seq = 0;
    bool grew = s->n > row->n;
    row->n = grew ? s->n : row->n;
    int rc = mine ? qp_line_seq(db, s->line.data, db->self, s->n, &seq) : 0;
    if (!rc)
        return grew ? qp_line_put(db, s->line.data, row, e) : 0;
    if (rc != QP_ENOTFOUND)
        return bad_row(rc, e);
    rc = arrive(db, ev, row, mine->key.data, at, &seq, e);
    return rc ? rc : qp_line_by_key_put(db, ev, s->line.data, seq, e);
}

/* Here, or, after a disk was lost, as it comes back. Each other node that it was sealed for has it on its way. */
static int said_here(const struct qp_line_db *db, const Qp__Event *ev, Qp__LineRow *row,
                     const struct qp_line_at *at, struct qp_err *e)
{
    const Qp__LineSaid *s = ev->line_said;
    int rc = own_copy(db, ev, row, at, e);
    for (size_t i = 0; i < s->n_wraps && !rc; i++) {
        const uint8_t *node = s->wraps[i]->node.data;
        struct qp_line_with w;
        if (same(node, db->self))
            continue;
        qp_line_with(db, node, s->line.data, &w);
        w.sent = s->n > w.sent ? s->n : w.sent;
        rc = qp_line_with_put(db, node, s->line.data, &w, e);
    }
    for (size_t i = 0; i < row->n_members && !rc; i++) {
        const uint8_t *node = row->members[i]->node.data;
        if (same(node, db->self))
            continue;
        rc = want(db, node, e);
        rc = rc ? rc : qp_line_due(db, node, s->line.data, e);
    }
    return rc;
}

static int said(const struct qp_line_db *db, const Qp__Event *ev, const struct qp_line_at *at,
                struct qp_err *e)
{
    Qp__LineRow *row;
    const Qp__LineSaid *s = ev->line_said;
    int rc = qp_line_get(db, s->line.data, &row);
    if (rc)
        return rc == QP_ENOTFOUND ? 0 : bad_row(rc, e);
    if (s->n == 0 || s->n == UINT64_MAX || (s->kind != QP_LINE_MESSAGE && s->kind != QP_LINE_TITLE))
        return 0;
    return same(ev->origin.data, db->self) ? said_here(db, ev, row, at, e) : said_there(db, ev, row, at, e);
}

int qp_line_recorded(const struct qp_line_db *db, const Qp__Event *ev, uint64_t position, uint32_t index,
                     struct qp_err *e)
{
    const Qp__LineSaid *s = ev->line_said;
    struct qp_line_message m;
    Qp__LineRow *row;
    uint64_t seq;
    if (ev->body_case != QP__EVENT__BODY_LINE_SAID || qp_line_seq(db, s->line.data, db->self, s->n, &seq))
        return 0;
    if (seq) {
        int rc = qp_line_message_next(db, s->line.data, seq - 1, &m);
        if (rc || m.seq != seq || m.position)
            return 0;
        m.position = position;
        m.index = index;
        return qp_line_message_put(db, s->line.data, &m, e);
    }
    int rc = qp_line_get(db, s->line.data, &row);
    if (rc || row->title_position)
        return rc ? bad_row(rc, e) : 0;
    row->title_position = position;
    row->title_index = index;
    return qp_line_put(db, s->line.data, row, e);
}

/* ---- ticked ---- */

/* Of what this node said: no tick beyond what was said to that node (LI2). */
static int mark_there(const struct qp_line_db *db, const Qp__Event *ev, uint64_t upto, struct qp_err *e)
{
    const Qp__LineTicked *t = ev->line_ticked;
    const uint8_t *node = ev->origin.data, *line = t->line.data;
    struct qp_line_with w;
    int rc = 0;
    qp_line_with(db, node, line, &w);
    uint64_t most = w.sent > w.delivered ? w.sent : w.delivered;
    upto = upto < most ? upto : most;
    if (upto > w.delivered) {
        w.delivered = upto;
        rc = qp_line_with_put(db, node, line, &w, e);
    }
    return rc || !t->seen ? rc : qp_line_seen_put(db, line, t->member, db->self, upto, e);
}

/* By this node: of what others said, and what it gave up to say to one (`member` names its node). */
static int mark_here(const struct qp_line_db *db, const Qp__LineTicked *t, const Qp__LineMark *mark,
                     struct qp_err *e)
{
    struct qp_line_with w;
    const uint8_t *node = mark->node.data, *line = t->line.data;
    if (t->seen)
        return qp_line_seen_put(db, line, t->member, node, mark->upto, e);
    qp_line_with(db, node, line, &w);
    int rc = 0;
    uint64_t first = (w.sent > w.delivered ? w.sent : w.delivered) + 1; /* what came there once has come */
    if (t->passed && mark->upto >= first)
        rc = qp_line_passed_put(db, node, line, first, mark->upto, e);
    if (t->passed)
        w.sent = mark->upto > w.sent ? mark->upto : w.sent;
    else
        w.told = mark->upto > w.told ? mark->upto : w.told;
    if (!rc)
        rc = qp_line_with_put(db, node, line, &w, e);
    return rc ? rc : qp_line_due(db, node, line, e);
}

static int ticked(const struct qp_line_db *db, const Qp__Event *ev, struct qp_err *e)
{
    const Qp__LineTicked *t = ev->line_ticked;
    bool here = same(ev->origin.data, db->self);
    Qp__LineRow *row;
    int rc = qp_line_get(db, t->line.data, &row);
    if (rc)
        return rc == QP_ENOTFOUND ? 0 : bad_row(rc, e);
    if (t->seen &&
        (!t->member || !same(t->member->node.data, ev->origin.data) || !has_member(row, t->member)))
        return 0;
    for (size_t i = 0; i < t->n_marks && !rc; i++) {
        if (here)
            rc = mark_here(db, t, t->marks[i], e);
        else if (same(t->marks[i]->node.data, db->self))
            rc = mark_there(db, ev, t->marks[i]->upto, e);
    }
    return rc || !here || !t->seen ? rc : qp_line_read_put(db, t->line.data, t->member, t->seq, e);
}

/* ---- keys ---- */

static int own_key(const struct qp_line_db *db, const Qp__Event *ev, struct qp_err *e)
{
    const Qp__LineKeyed *k = ev->line_keyed;
    uint8_t name[QP_LINE_KEY], was[QP_LINE_KEY], at[QP_LINE_KEY];
    struct qp_line_key row;
    bool used;
    int rc = 0;
    qp_ring_name(name, k->key.data);
    if (qp_line_key(db, name, &row))
        return 0; /* said again, to one more */
    bool present = qp_line_present(db, was, &used);
    if (present && !k->lost && qp_line_key(db, was, &row)) {
        row.replaced_us = ev->at_us;
        rc = qp_line_key_put(db, was, &row, e);
    }
    for (const uint8_t *after = NULL; k->lost && !rc && qp_line_key_next(db, after, at, &row); after = at) {
        row.gone = true; /* whatever there was before went with the disk, or its file */
        rc = qp_line_key_put(db, at, &row, e);
    }
    row = (struct qp_line_key){.incarnation = ev->incarnation, .from_us = ev->at_us, .lost = k->lost};
    memcpy(row.pk, k->key.data, QP_PK_LEN);
    if (!rc)
        rc = qp_line_key_put(db, name, &row, e);
    if (!rc)
        rc = qp_line_present_put(db, name, false, e);
    return rc ? rc : qp_line_due_all(db, e);
}

int qp_line_told(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN], const uint8_t name[QP_LINE_KEY],
                 struct qp_err *e)
{
    struct qp_line_peer p;
    qp_line_peer(db, node, &p);
    p.was_told = true;
    memcpy(p.told, name, QP_LINE_KEY);
    int rc = qp_line_peer_put(db, node, &p, e);
    return rc ? rc : qp_line_due(db, node, nothing, e);
}

/* What is held here is sealed for it from the beginning: when its key is first known, and when it says that its keys are lost, at
 * most once an hour (LI6). Nothing is walked here: what was sealed for it before just counts no more, on all its lines (qp_line_with),
 * and the turn's tick looks at these line by line. */
static void count_loss(struct qp_line_peer *p, bool first, int64_t received_us)
{
    bool calm = received_us < p->lost_us || received_us - p->lost_us >= LOST_US;
    if (!first && !(p->lost && calm))
        return;
    if (!first)
        p->lost_us = received_us;
    p->lost = false;
    p->losses++;
}

static int their_key(const struct qp_line_db *db, const Qp__Event *ev, const struct qp_line_at *at,
                     struct qp_err *e)
{
    const Qp__LineKeyed *k = ev->line_keyed;
    struct qp_line_peer p;
    qp_line_peer(db, ev->origin.data, &p);
    if (p.known && ev->incarnation < p.incarnation)
        return 0;
    bool first = !p.known, another = first || memcmp(p.pk, k->key.data, QP_PK_LEN) != 0;
    p.known = true;
    p.incarnation = ev->incarnation;
    p.lost |= another && k->lost;
    memcpy(p.pk, k->key.data, QP_PK_LEN);
    count_loss(&p, first, at->received_us);
    int rc = qp_line_peer_put(db, ev->origin.data, &p, e);
    return rc ? rc : qp_line_due(db, ev->origin.data, nothing, e);
}

static int keyed(const struct qp_line_db *db, const Qp__Event *ev, const struct qp_line_at *at,
                 struct qp_err *e)
{
    uint8_t name[QP_LINE_KEY];
    if (!same(ev->origin.data, db->self))
        return their_key(db, ev, at, e);
    int rc = own_key(db, ev, e);
    if (rc || !at->to || same(at->to, db->self))
        return rc;
    qp_ring_name(name, ev->line_keyed->key.data);
    return qp_line_told(db, at->to, name, e);
}

static int key_ended(const struct qp_line_db *db, const Qp__Event *ev, struct qp_err *e)
{
    struct qp_line_key k;
    if (!qp_line_key(db, ev->line_key_ended->key.data, &k))
        return 0;
    k.ended = true;
    return qp_line_key_put(db, ev->line_key_ended->key.data, &k, e);
}

int qp_line_fact(const struct qp_line_db *db, const Qp__Event *ev, const struct qp_line_at *at,
                 struct qp_err *e)
{
    switch (ev->body_case) {
    case QP__EVENT__BODY_LINE_OPENED: return opened(db, ev, at, e);
    case QP__EVENT__BODY_LINE_SAID: return said(db, ev, at, e);
    case QP__EVENT__BODY_LINE_TICKED: return ticked(db, ev, e);
    case QP__EVENT__BODY_LINE_KEYED: return keyed(db, ev, at, e);
    case QP__EVENT__BODY_LINE_KEY_ENDED: return key_ended(db, ev, e);
    default: return 0;
    }
}
