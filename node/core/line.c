/* line.c: what is asked of a line and what is heard of one.
 *
 *   open ─► who is on it (paths to nodes) ─► LineOpened ─┐
 *   say  ─► sealed for each member's node ─► LineSaid   ─┼─► to the members' nodes, in the lane of lines
 *   seen ─► up to what each node had said ─► LineTicked ─┘
 *
 * Who asks was looked at by the door (node/http); here is what must hold whoever asks. */
#include <assert.h>

#include "node/core/line.h"

#include "node/matter/may.h"

static int no_memory(struct qp_err *e)
{
    return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
}

/* Of all lines with that node it is looked at, a few a turn, whether something is owed (line_tick.c). */
static void note_walk(struct qp_core *c, const uint8_t node[QP_ID_LEN])
{
    assert(c->line_walk.n <= sizeof c->line_walk.node / sizeof *c->line_walk.node);
    struct qp_line_walk *l = &c->line_walk;
    if (l->n == sizeof l->node / sizeof *l->node)
        l->all = true;
    else
        memcpy(l->node[l->n++], node, QP_ID_LEN);
}

int qp_line_heard(struct qp_work *w, const Qp__Event *ev, uint64_t position, uint32_t index,
                  int64_t received_us, struct qp_err *e)
{
    struct qp_line_db db = qp_line_db_of(w);
    bool own = qp_same(ev->origin.data, w->c->self.node);
    bool here = own || (w->to && qp_same(w->to, w->c->self.node));
    if (!here || (own && w->again))
        return 0; /* said again as the next incarnation: the turn that did so applied nothing */
    if (qp_event_may(w, ev))
        return own ? 0 : qp_line_hold(w, ev, position, index, e);
    const struct qp_line_at at = {position, index, received_us, own ? w->to : NULL};
    bool keys = own && (ev->body_case == QP__EVENT__BODY_LINE_KEYED ||
                        ev->body_case == QP__EVENT__BODY_LINE_KEY_ENDED);
    w->c->ring_due |= keys;
    w->c->line_due_us = 0;
    int rc;
    if (own || ev->body_case != QP__EVENT__BODY_LINE_KEYED) {
        rc = qp_line_fact(&db, ev, &at, e);
        return rc || ev->body_case != QP__EVENT__BODY_LINE_OPENED
                   ? rc
                   : qp_line_let_in(w, ev->line_opened->line.data, received_us, e);
    }
    struct qp_line_peer was, is;
    qp_line_peer(&db, ev->origin.data, &was);
    rc = qp_line_fact(&db, ev, &at, e);
    qp_line_peer(&db, ev->origin.data, &is);
    if (was.losses != is.losses)
        note_walk(w->c, ev->origin.data);
    return rc;
}

int qp_line_say(struct qp_work *w, const Qp__Event *ev, const uint8_t *const *to, size_t n, struct qp_err *e)
{
    assert(qp_same(ev->origin.data, w->c->self.node)); /* a node speaks for itself */
    int rc = qp_check(&ev->base, e);
    if (rc)
        return rc;
    struct qp_said *s = qp_say(w, ev);
    for (size_t i = 0; i < n && !rc; i++)
        rc = qp_say_to(w, s, QP_SCOPE_NODE, to[i], QP_LANE_LINE);
    if (n == 0)
        rc = qp_say_to(w, s, QP_SCOPE_NODE, w->c->self.node, QP_LANE_LINE);
    w->to = NULL;
    return rc ? no_memory(e) : qp_line_heard(w, ev, 0, 0, w->now_us, e);
}

/* ---- keys ---- */

int qp_line_new_key(struct qp_work *w, bool lost, struct qp_err *e)
{
    struct qp_line_db db = qp_line_db_of(w);
    struct qp_line_key had;
    uint8_t pk[QP_PK_LEN], name[QP_LINE_KEY];
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__LineKeyed *k = qp_arena_take(w->c->arena, sizeof *k);
    if (!ev || !k)
        return no_memory(e);
    bool spare = w->c->ring && qp_ring_spare(w->c->ring, pk);
    if (spare)
        qp_ring_name(name, pk);
    if (!spare || qp_line_key(&db, name, &had)) {
        w->c->ring_due = true;
        return qp_fail(e, QP_EBUSY, "this node is making a new line key; try again in a second");
    }
    qp__line_keyed__init(k);
    k->key = (ProtobufCBinaryData){QP_PK_LEN, qp_arena_copy(w->c->arena, pk, QP_PK_LEN)};
    k->lost = lost;
    assert(w->c->ring); /* the spare is from there */
    ev->body_case = QP__EVENT__BODY_LINE_KEYED;
    ev->line_keyed = k;
    return !k->key.data ? no_memory(e) : qp_line_say(w, ev, NULL, 0, e);
}

/* A key that opens something, and whose secret is not here: the disk was lost, or the file of the keys (LI6). */
static bool lacks_key(struct qp_work *w, const struct qp_line_db *db)
{
    assert(w->c->ring);
    uint8_t name[QP_LINE_KEY];
    struct qp_line_key key;
    for (const uint8_t *after = NULL; qp_line_key_next(db, after, name, &key); after = name)
        if (!qp_ring_has(w->c->ring, name))
            return true;
    return false;
}

int qp_line_present_key(struct qp_work *w, struct qp_line_key *key, struct qp_err *e)
{
    struct qp_line_db db = qp_line_db_of(w);
    uint8_t name[QP_LINE_KEY];
    bool used, present = qp_line_present(&db, name, &used);
    if (!w->c->ring) /* one caller's trouble, never the turn's: all but lines goes on */
        return qp_fail(
            e, QP_EBUSY,
            "lines are closed at this node: DIR/keys/lines, where its line keys are, could not be opened; "
            "`qipan status` says why: mend it and start the node again");
    if (!present || !qp_ring_has(w->c->ring, name)) {
        int rc = qp_line_new_key(w, lacks_key(w, &db), e);
        if (rc)
            return rc;
        present = qp_line_present(&db, name, &used);
    }
    return present && qp_line_key(&db, name, key)
               ? 0
               : qp_fail(e, QP_EBUSY,
                         "this node's present line key is not in its tables: stop the node, `qipan rebuild`, "
                         "and start it again");
}

/* ---- opened ---- */

static int resolve(struct qp_work *w, const Qp__LineMember *draft, Qp__LineMember **out, struct qp_err *e)
{
    struct qp_core *c = w->c;
    const char *path = draft->path[0] != 0 ? draft->path : c->self.path;
    if (qp_path_check(path, e))
        return QP_EINVAL;
    const struct qp_place *p = qp_tree_path(c->tree, path);
    if (!p)
        return qp_nobody_there(c, "members", path, QP_EPOLICY, e);
    if (p->revoked)
        return qp_fail(e, QP_EPOLICY, "members: %s is revoked; nobody there hears this", path);
    assert(strcmp(p->cert.path, path) == 0);
    Qp__LineMember *m = *out = qp_arena_copy(c->arena, draft, sizeof *draft);
    if (!m)
        return no_memory(e);
    m->path = qp_arena_text(c->arena, p->cert.path);
    m->node = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(c->arena, p->cert.node, QP_ID_LEN)};
    return !m->path || !m->node.data ? no_memory(e) : 0;
}

/* Each other node once. */
static size_t others(struct qp_work *w, Qp__LineMember *const *v, size_t n, const uint8_t **to)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        bool had = qp_same(v[i]->node.data, w->c->self.node);
        for (size_t j = 0; j < k && !had; j++)
            had = qp_same(to[j], v[i]->node.data);
        if (!had)
            to[k++] = v[i]->node.data;
    }
    assert(k <= n);
    return k;
}

static int say_opened(struct qp_work *w, const Qp__Event *draft, const uint8_t line[QP_ID_LEN],
                      Qp__LineMember **v, size_t n, struct qp_err *e)
{
    const uint8_t *to[QP_LINE_MEMBERS];
    Qp__Event *ev = qp_adopt(w, draft);
    Qp__LineOpened *o = qp_arena_take(w->c->arena, sizeof *o);
    if (!ev || !o)
        return no_memory(e);
    qp__line_opened__init(o);
    if (draft->body_case == QP__EVENT__BODY_LINE_OPENED)
        o->matter = draft->line_opened->matter;
    else {
        o->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, line, QP_ID_LEN)};
        ev->key = (char *)(uintptr_t)protobuf_c_empty_string; /* of what is said on it, not of this */
    }
    o->line = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, line, QP_ID_LEN)};
    o->members = v;
    o->n_members = n;
    ev->body_case = QP__EVENT__BODY_LINE_OPENED;
    ev->line_opened = o;
    assert(o->n_members == n && qp_same(ev->origin.data, w->c->self.node));
    const char *no = qp_event_may(w, ev);
    if (no)
        return qp_fail(e, QP_EPOLICY, "members: %s", no);
    return qp_line_say(w, ev, to, others(w, v, n, to), e);
}

static bool lacks(const Qp__LineRow *row, Qp__LineMember *const *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!qp_line_has(row, v[i]->node.data))
            return true;
    return false;
}

/* The line of a matter as it has to be now: opened, or with those who came to the matter since. */
static int open_of_matter(struct qp_work *w, const struct qp_command *cmd, const uint8_t matter[QP_ID_LEN],
                          struct qp_reply *r, struct qp_err *e)
{
    struct qp_line_db db = qp_line_db_of(w);
    Qp__LineRow *row;
    Qp__LineMember **v;
    size_t n;
    int rc = qp_line_of_matter(w, cmd->who, matter, &v, &n, e);
    if (rc)
        return rc;
    bool there = !qp_line_get(&db, matter, &row);
    assert(n > 0 && n <= QP_LINE_MEMBERS); /* this node at least */
    memcpy(r->matter, matter, QP_ID_LEN);
    r->created = !there;
    return there && !lacks(row, v, n) ? 0 : say_opened(w, cmd->draft, matter, v, n, e);
}

static int say(struct qp_work *w, const struct qp_command *cmd, const Qp__Event *draft, const uint8_t *line,
               uint32_t kind, struct qp_reply *r, struct qp_err *e);

static int open_line(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    assert(cmd->draft->body_case == QP__EVENT__BODY_LINE_OPENED);
    const Qp__Event *d = cmd->draft;
    const Qp__LineOpened *o = d->line_opened;
    uint8_t random[10], line[QP_ID_LEN];
    Qp__LineMember **v = qp_arena_take(w->c->arena, sizeof *v * (o->n_members + 1));
    Qp__Row *row;
    if (o->n_members == 0)
        return open_of_matter(w, cmd, o->matter.data, r, e);
    if (o->matter.len == QP_ID_LEN && cmd->who && (cmd->who->span || cmd->who->own) && /* DE2 */
        qp_row_seen(w, cmd->who, o->matter.data, "matter", &row, e))
        return QP_ENOTFOUND;
    if (!v)
        return no_memory(e);
    for (size_t i = 0; i < o->n_members; i++) {
        int rc = resolve(w, o->members[i], &v[i], e);
        if (rc)
            return rc;
    }
    qp_drbg_bytes(&w->rnd, random, sizeof random);
    qp_id_make(line, w->now_us, random);
    int rc = say_opened(w, d, line, v, o->n_members, e);
    memcpy(r->matter, line, QP_ID_LEN);
    r->created = !rc;
    if (!rc && cmd->body && cmd->body->title[0] != 0)
        rc = say(w, cmd, d, line, QP_LINE_TITLE, r, e);
    return rc;
}

/* ---- said ---- */

/* Who may open it at once: this node, and each other whose key is known and that has all that was said before; none while that
 * is being said again (resay.c), or it would come first. To the rest it is said as soon as that can be, in its order
 * (line_tick.c). */
static int wrap_all(struct qp_work *w, Qp__LineSaid *s, const Qp__LineRow *row, const struct qp_line_key *own,
                    const uint8_t key[QP_KEY_LEN], const uint8_t **to, size_t *n)
{
    struct qp_line_db db = qp_line_db_of(w);
    const uint8_t *all[QP_LINE_MEMBERS];
    size_t k = others(w, row->members, row->n_members, all);
    s->wraps = qp_arena_take(w->c->arena, sizeof *s->wraps * (k + 1));
    *n = 0;
    if (!s->wraps)
        return QP_ENOMEM;
    s->wraps[s->n_wraps++] = qp_line_wrap(w->c->self.node, own->pk, key, &w->rnd, w->c->arena);
    for (size_t i = 0; i < k; i++) {
        struct qp_line_peer p;
        struct qp_line_with with;
        qp_line_with(&db, all[i], s->line.data, &with);
        if (!qp_line_peer(&db, all[i], &p) || !p.known || with.sent != row->n || w->c->resaying)
            continue;
        s->wraps[s->n_wraps++] = qp_line_wrap(all[i], p.pk, key, &w->rnd, w->c->arena);
        to[(*n)++] = all[i];
    }
    for (size_t i = 0; i < s->n_wraps; i++)
        if (!s->wraps[i])
            return QP_ENOMEM;
    assert(*n <= k);
    return 0;
}

static int say(struct qp_work *w, const struct qp_command *cmd, const Qp__Event *draft, const uint8_t *line,
               uint32_t kind, struct qp_reply *r, struct qp_err *e)
{
    assert(kind == QP_LINE_TITLE || kind == QP_LINE_MESSAGE);
    struct qp_line_db db = qp_line_db_of(w);
    struct qp_line_key own;
    Qp__LineRow *row;
    const uint8_t *to[QP_LINE_MEMBERS];
    uint8_t key[QP_KEY_LEN];
    size_t n = 0;
    int rc = qp_line_get(&db, line, &row);
    if (rc)
        return qp_fail(e, rc, "no such line is known here");
    rc = qp_line_present_key(w, &own, e);
    Qp__Event *ev = !rc ? qp_adopt(w, draft) : NULL;
    Qp__LineSaid *s = qp_arena_take(w->c->arena, sizeof *s);
    if (rc || !ev || !s)
        return rc ? rc : no_memory(e);
    qp__line_said__init(s);
    s->line = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, line, QP_ID_LEN)};
    s->kind = kind;
    s->n = row->n + 1;
    if (kind == QP_LINE_TITLE)
        ev->key = (char *)(uintptr_t)protobuf_c_empty_string; /* it is the opening's */
    rc = !s->line.data ? no_memory(e)
                       : qp_line_seal(s, w->c->self.node, cmd->body, &w->rnd, key, w->c->arena, e);
    if (!rc && wrap_all(w, s, row, &own, key, to, &n))
        rc = no_memory(e);
    qp_wipe(key, sizeof key);
    ev->body_case = QP__EVENT__BODY_LINE_SAID;
    ev->line_said = s;
    if (!rc)
        rc = qp_line_say(w, ev, to, n, e);
    if (!rc && kind == QP_LINE_MESSAGE)
        rc = qp_line_seq(&db, line, w->c->self.node, s->n, &r->position);
    r->created = !rc;
    return rc;
}

static int say_message(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    assert(cmd->draft->body_case == QP__EVENT__BODY_LINE_SAID);
    struct qp_line_db db = qp_line_db_of(w);
    const uint8_t *line = cmd->draft->line_said->line.data;
    Qp__LineRow *row;
    Qp__Row *of;
    int rc = qp_line_get(&db, line, &row);
    if (rc)
        return qp_fail(e, rc, "no such line is known here");
    memcpy(r->matter, line, QP_ID_LEN);
    if (row->matter.len == QP_ID_LEN && qp_same(row->matter.data, line) &&
        !qp_matter_row(&w->m, line, &of, NULL)) /* who came to the matter since is on its line as well */
        rc = open_of_matter(w, cmd, line, r, e);
    return rc ? rc : say(w, cmd, cmd->draft, line, QP_LINE_MESSAGE, r, e);
}

/* ---- seen ---- */

enum { SEEN_AT_ONCE = 4096 };

static Qp__LineMark *mark_of(struct qp_work *w, Qp__LineTicked *t, const uint8_t *node)
{
    for (size_t i = 0; i < t->n_marks; i++)
        if (qp_same(t->marks[i]->node.data, node))
            return t->marks[i];
    Qp__LineMark *m = t->n_marks < QP_LINE_MARKS ? qp_arena_take(w->c->arena, sizeof *m) : NULL;
    if (!m)
        return NULL;
    qp__line_mark__init(m);
    m->node = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, node, QP_ID_LEN)};
    t->marks[t->n_marks++] = m;
    assert(t->n_marks <= QP_LINE_MARKS);
    return m;
}

/* Up to what each node had said when this node's seq was so far. */
static void collect(struct qp_work *w, Qp__LineTicked *t, uint64_t from, uint64_t upto)
{
    struct qp_line_db db = qp_line_db_of(w);
    struct qp_line_message m = {.seq = from};
    for (int i = 0; i < SEEN_AT_ONCE && m.seq < upto; i++) {
        if (qp_line_message_next(&db, t->line.data, m.seq, &m) || m.seq > upto)
            return;
        Qp__LineMark *mark = mark_of(w, t, m.node);
        if (mark && m.n > mark->upto)
            mark->upto = m.n;
        t->seq = m.seq;
        assert(t->seq <= upto);
    }
}

static int seen(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    assert(cmd->draft->body_case == QP__EVENT__BODY_LINE_TICKED);
    struct qp_line_db db = qp_line_db_of(w);
    const Qp__LineTicked *d = cmd->draft->line_ticked;
    const uint8_t *to[QP_LINE_MARKS];
    Qp__LineRow *row;
    Qp__LineMember *member = qp_arena_copy(w->c->arena, d->member, sizeof *d->member);
    size_t n = 0;
    int rc = qp_line_get(&db, d->line.data, &row);
    if (rc)
        return qp_fail(e, rc, "no such line is known here");
    Qp__Event *ev = qp_adopt(w, cmd->draft);
    if (!ev || !member)
        return no_memory(e);
    Qp__LineTicked *t = ev->line_ticked;
    member->node = (ProtobufCBinaryData){QP_ID_LEN, w->c->self.node};
    member->path = w->c->self.path;
    t->member = member;
    t->seen = true;
    t->marks = qp_arena_take(w->c->arena, sizeof *t->marks * QP_LINE_MARKS);
    t->n_marks = 0;
    t->seq = 0;
    if (!t->marks)
        return no_memory(e);
    memcpy(r->matter, d->line.data, QP_ID_LEN);
    uint64_t upto = d->seq != 0 && d->seq < row->seq ? d->seq : row->seq;
    collect(w, t, qp_line_read(&db, d->line.data, member), upto);
    r->position = t->seq;
    for (size_t i = 0; i < t->n_marks; i++)
        if (!qp_same(t->marks[i]->node.data, w->c->self.node))
            to[n++] = t->marks[i]->node.data;
    return t->n_marks == 0 ? 0 : qp_line_say(w, ev, to, n, e); /* else it was seen before */
}

int qp_line_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    assert(cmd->op == QP_OP_LINE);
    struct qp_line_db db = qp_line_db_of(w);
    int rc = qp_line_by_key(&db, cmd->draft, r->matter, &r->position, e);
    if (rc != QP_ENOTFOUND)
        return rc;
    if (w->c->recovering)
        return qp_fail(e, QP_ERECOVER,
                       "this node has joined again; its lines are open again when its neighbours have handed "
                       "back its records");
    switch (cmd->draft->body_case) {
    case QP__EVENT__BODY_LINE_OPENED: return open_line(w, cmd, r, e);
    case QP__EVENT__BODY_LINE_SAID: return say_message(w, cmd, r, e);
    case QP__EVENT__BODY_LINE_TICKED: return seen(w, cmd, r, e);
    default: return qp_fail(e, QP_EINVAL, "unknown word about a line");
    }
}
