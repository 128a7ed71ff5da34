/* lines.c: people who speak on lines between any two nodes, while links are cut, nodes crash and disks burn; and what must hold at the
 * end: each sender's words in his order, once, at both ends; no tick beyond what is so; and nothing of a whisper anywhere.
 *
 * What one end says is numbered by it from 1, also what was refused: the numbers rise, with gaps. Whose disk has burned may have lost
 * what he alone held (LI6), so of his words only the order is looked at, and of what he had ticked nothing. */
#include "node/core/private.h"
#include "node/line/line.h"
#include "tests/sim/world.h"

static char *text(struct sim_world *w, int i, const char *fmt, int a, int b, int c)
{
    char buf[80];
    snprintf(buf, sizeof buf, fmt, a, b, c);
    return qp_arena_text(w->node[i].gather, buf);
}

/* ---- keys ---- */

void sim_ring_tend(struct sim_world *w, int i)
{
    struct qp_err e = {0};
    uint8_t seed[QP_SEED_LEN];
    if (!w->node[i].core->ring_due)
        return;
    sim_seed32(w, seed);
    if (qp_core_tend_ring(w->node[i].core, SIM_CLOCK_OF(w, i), seed, &e))
        sim_fail(w, "%s: line keys: %s", w->node[i].path, e.text);
}

void sim_ring_open(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    struct qp_err e = {0};
    char path[96];
    snprintf(path, sizeof path, "%s/%d/lines", w->dir, i);
    if (!x->ring && qp_ring_open(&x->ring, path, &e))
        sim_fail(w, "%s: line keys: %s", x->path, e.text);
    qp_core_set_ring(x->core, x->ring);
    sim_ring_tend(w, i);
}

/* ---- what people do ---- */

static Qp__LineMember *member(struct sim_world *w, int i, int at)
{
    Qp__LineMember *m = SIM_NEW(line_member);
    m->path = w->node[at].path;
    m->kind = QP_LINE_NAME;
    m->name = (char *)(uintptr_t) "wang";
    return m;
}

static Qp__Event *draft(struct sim_world *w, int i, const struct sim_line *l)
{
    Qp__Event *d = SIM_NEW(event);
    d->by = (char *)(uintptr_t) "token:sim";
    d->line_said = NULL;
    if (l) {
        d->line_said = SIM_NEW(line_said);
        d->line_said->line =
            (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->node[i].gather, l->id, QP_ID_LEN)};
        d->body_case = QP__EVENT__BODY_LINE_SAID;
    }
    return d;
}

static void open_line(struct sim_world *w, int i)
{
    int to = (int)sim_below(w, (uint64_t)w->n);
    if (to == i || (w->liar > 0 && to == w->liar))
        return;
    if (w->node[i].session[0] && w->link[i].up)
        qp_session_ask_path(w->node[i].session[0], w->node[to].path, w->now_us);
    Qp__Event *d = draft(w, i, NULL);
    Qp__LineBody *b = SIM_NEW(line_body);
    Qp__LineMember **v = qp_arena_take(w->node[i].gather, 2 * sizeof *v);
    d->body_case = QP__EVENT__BODY_LINE_OPENED;
    d->line_opened = SIM_NEW(line_opened);
    v[0] = member(w, i, i);
    v[1] = member(w, i, to);
    d->line_opened->members = v;
    d->line_opened->n_members = 2;
    struct qp_command c = {.op = QP_OP_LINE, .draft = d, .if_version = to, .body = b};
    sim_command(w, i, &c, "opens", QP_OP_LINE);
}

static void say(struct sim_world *w, int i, int line, int end)
{
    Qp__LineBody *b = SIM_NEW(line_body);
    int number = ++w->tried[line][end];
    b->text = text(w, i, "%d %d %d", i, line, number);
    if (w->nsaid == SIM_SAID)
        return;
    struct qp_command c = {
        .op = QP_OP_LINE, .draft = draft(w, i, &w->lines[line]), .if_version = -1, .body = b};
    sim_command(w, i, &c, "says", QP_OP_LINE);
    w->said[w->nsaid++] = (struct sim_said){line, i, number, w->next_ticket};
    sim_told(w, i, "says %d on line %d to %s", number, line, w->node[w->lines[line].end[1 - end]].path);
}

static void see(struct sim_world *w, int i, int line)
{
    Qp__Event *d = draft(w, i, NULL);
    d->body_case = QP__EVENT__BODY_LINE_TICKED;
    d->line_ticked = SIM_NEW(line_ticked);
    d->line_ticked->line =
        (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->node[i].gather, w->lines[line].id, QP_ID_LEN)};
    d->line_ticked->member = member(w, i, i);
    struct qp_command c = {.op = QP_OP_LINE, .draft = d, .if_version = -1};
    sim_command(w, i, &c, "sees", QP_OP_LINE);
}

static void whisper(struct sim_world *w, int i, int line)
{
    Qp__WhisperBody *b = SIM_NEW(whisper_body);
    b->by = (char *)(uintptr_t) "token:sim";
    b->word = sim_chance(w, 50) ? QP_WHISPER_TYPING : QP_WHISPER_OFFER;
    b->call = (char *)(uintptr_t) "call";
    b->data = text(w, i, "whispered by %d on %d%.0d", i, line, 0);
    struct qp_command c = {.op = QP_OP_WHISPER, .draft = draft(w, i, &w->lines[line]), .if_version = -1};
    memcpy(c.whisper.line, w->lines[line].id, QP_ID_LEN);
    c.whisper.body = b;
    sim_command(w, i, &c, "whispers", QP_OP_WHISPER);
}

void sim_talker(struct sim_world *w, int i)
{
    if (w->nlines < SIM_LINES && (w->nlines == 0 || sim_chance(w, 20))) {
        open_line(w, i);
        return;
    }
    if (w->nlines == 0)
        return;
    int line = (int)sim_below(w, (uint64_t)w->nlines), end = (int)sim_below(w, 2);
    i = w->lines[line].end[end];
    if (!w->node[i].up)
        return;
    for (int n = 1 + (int)sim_below(w, 4); n > 0; n--) {
        if (sim_chance(w, 60))
            say(w, i, line, end);
        else if (sim_chance(w, 50))
            see(w, i, line);
        else
            whisper(w, i, line);
    }
}

void sim_line_replied(struct sim_world *w, int i, const struct sim_ticket *t, const struct qp_reply *r)
{
    if (r->code == 0 && strcmp(t->key, "opens") == 0 && w->nlines < SIM_LINES) {
        sim_told(w, i, "opens line %d to %s", w->nlines, w->node[t->body].path);
        struct sim_line *l = &w->lines[w->nlines++];
        memcpy(l->id, r->matter, QP_ID_LEN);
        l->end[0] = i;
        l->end[1] = t->body;
    }
    for (int k = 0; k < w->nsaid && r->code == 0; k++)
        if (w->said[k].ticket == t->ticket)
            w->said[k].ticket = 0;
}

void sim_whisper_goes(struct sim_world *w, const struct qp_output *o)
{
    if (o->kind != QP_OUT_CARRY || o->carry->whisper == QP_WHISPER_NONE)
        return;
    w->whispers_seen++;
    const ProtobufCBinaryData *b = &o->carry->body;
    if (w->nmarks < SIM_MARKS && b->len > 2 * SIM_MARK)
        memcpy(w->marks[w->nmarks++], b->data + b->len / 2, SIM_MARK);
}

/* ---- what must hold ---- */

struct at {
    struct sim_world *w;
    struct qp_read *r;
    int i, line;
    struct qp_arena *a, *one;
    int last[2]; /* the number that was read last, of each end */
};

static struct qp_line_db db_of(const struct at *x, struct qp_arena *a)
{
    return (struct qp_line_db){x->r->tables, x->r->store, a, x->w->node[x->i].id};
}

/* A message that can be read; what cannot was lost with a key, or is not here yet. */
static void read_one(struct at *x, const struct qp_line_message *m, bool *had)
{
    struct sim_world *w = x->w;
    struct qp_line_db db = db_of(x, x->one);
    Qp__Event *ev;
    Qp__LineBody *body;
    int by, line, number;
    const uint8_t *id = w->lines[x->line].id;
    if (qp_line_text(&db, x->r->journal, w->node[x->i].ring, id, m, &ev, &body) != QP_LINE_OPEN ||
        sscanf(body->text, "%d %d %d", &by, &line, &number) != 3)
        return;
    int end = by == w->lines[x->line].end[1];
    if (line != x->line || by != w->lines[x->line].end[end] ||
        memcmp(m->node, w->node[by].id, QP_ID_LEN) != 0)
        sim_fail(w, "%s reads what was said elsewhere", w->node[x->i].path);
    if (had[number])
        sim_fail(w, "%s has what %s said twice on a line", w->node[x->i].path, w->node[by].path);
    else if (number <= x->last[end])
        sim_fail(w, "%s has what %s said on a line out of its order", w->node[x->i].path, w->node[by].path);
    had[number] = true;
    x->last[end] = number;
    w->lines_seen++;
}

static bool had_of(struct sim_world *w, int line, int node, const bool had[2][SIM_SAID + 1], int number)
{
    return had[node == w->lines[line].end[1]][number];
}

/* All that this end has of the line. */
static void read_all(struct at *x, bool had[2][SIM_SAID + 1])
{
    struct qp_line_db db = db_of(x, x->a);
    struct qp_line_message m = {.seq = 0};
    const uint8_t *id = x->w->lines[x->line].id;
    while (x->w->failure[0] == 0 && !qp_line_message_next(&db, id, m.seq, &m)) {
        int end = memcmp(m.node, x->w->node[x->w->lines[x->line].end[1]].id, QP_ID_LEN) == 0;
        qp_arena_reset(x->one);
        read_one(x, &m, had[end]);
    }
}

/* What end `from` claims of the other, which has not lost anything since. */
static void check_ticks(struct at *x, struct qp_read *there, int other)
{
    struct sim_world *w = x->w;
    struct qp_line_db here = db_of(x, x->a);
    struct qp_line_db far = {there->tables, there->store, x->a, w->node[other].id};
    const uint8_t *id = w->lines[x->line].id;
    struct qp_line_with claims, is;
    qp_line_with(&here, w->node[other].id, id, &claims);
    qp_line_with(&far, w->node[x->i].id, id, &is);
    if (claims.delivered > is.high)
        sim_fail(w, "%s shows %llu messages as delivered at %s, which has %llu", w->node[x->i].path,
                 (unsigned long long)claims.delivered, w->node[other].path, (unsigned long long)is.high);
    Qp__LineMember m = QP__LINE_MEMBER__INIT;
    m.node = (ProtobufCBinaryData){QP_ID_LEN, w->node[other].id};
    m.kind = QP_LINE_NAME;
    m.name = (char *)(uintptr_t) "wang";
    uint64_t shown = qp_line_seen(&here, id, &m, w->node[x->i].id),
             seen = qp_line_seen(&far, id, &m, w->node[x->i].id);
    if (shown > seen)
        sim_fail(w, "%s shows %llu messages as seen at %s, where %llu were", w->node[x->i].path,
                 (unsigned long long)shown, w->node[other].path, (unsigned long long)seen);
}

static void check_line(struct sim_world *w, int line, struct qp_read *const *r, struct qp_arena *a,
                       struct qp_arena *one)
{
    for (int end = 0; end < 2 && w->failure[0] == 0; end++) {
        int i = w->lines[line].end[end], other = w->lines[line].end[1 - end];
        struct at x = {w, r[i], i, line, a, one, {0, 0}};
        static bool had[2][SIM_SAID + 1];
        memset(had, 0, sizeof had);
        qp_arena_reset(a);
        if (!r[i])
            continue;
        read_all(&x, had);
        for (int k = 0; k < w->nsaid && w->failure[0] == 0; k++) {
            const struct sim_said *s = &w->said[k];
            if (s->line != line || s->ticket != 0 || w->fires[s->node] > 0 || w->fires[i] > 1)
                continue; /* of two fires within an hour the second is heard with the next key (LI6) */
            if (!had_of(w, line, s->node, had, s->number))
                sim_fail(w, "%s: what %s said (%d) is lost on a line", w->node[i].path, w->node[s->node].path,
                         s->number);
        }
        if (r[other] && w->fires[other] == 0 && w->failure[0] == 0)
            check_ticks(&x, r[other], other);
    }
}

bool sim_keeps(const struct sim_world *w, struct qp_read *r,
               bool (*has)(const struct sim_world *w, const void *p, size_t len))
{
    struct qp_record rec;
    bool found = false;
    uint64_t head = qp_journal_head(r->journal, r->store, NULL);
    for (uint64_t at = 1; at <= head; at++)
        found |=
            !qp_journal_get(r->journal, r->store, at, &rec, NULL) && has(w, rec.parcel.p, rec.parcel.len);
    for (int t = 0; t < QP_TABLES; t++) {
        MDB_cursor *c;
        MDB_val k, v;
        if (mdb_cursor_open(r->tables, qp_store_dbi(r->store, (enum qp_table)t), &c))
            continue;
        for (int rc = mdb_cursor_get(c, &k, &v, MDB_FIRST); !rc; rc = mdb_cursor_get(c, &k, &v, MDB_NEXT))
            found |= has(w, v.mv_data, v.mv_size);
        mdb_cursor_close(c);
    }
    return found;
}

static bool has_mark(const struct sim_world *w, const void *p, size_t len)
{
    for (int k = 0; k < w->nmarks; k++)
        if (memmem(p, len, w->marks[k], SIM_MARK))
            return true;
    return false;
}

/* Nothing of what was whispered is in a journal or in a table, here or on its way. */
static void check_kept(struct sim_world *w, int i, struct qp_read *r)
{
    if (w->nmarks > 0 && sim_keeps(w, r, has_mark))
        sim_fail(w, "%s keeps a whisper", w->node[i].path);
}

void sim_check_lines(struct sim_world *w, struct qp_read *const *r)
{
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA), *one = qp_arena_new(QP_DECODE_ARENA);
    if (!a || !one)
        abort();
    for (int l = 0; l < w->nlines && w->failure[0] == 0; l++)
        check_line(w, l, r, a, one);
    for (int i = 0; i < w->n && w->failure[0] == 0; i++)
        if (r[i])
            check_kept(w, i, r[i]);
    qp_arena_free(a);
    qp_arena_free(one);
}

/* ---- planted ---- */

/* The first messages of one speaker at the other end. */
static int some_of(const struct qp_line_db *db, const uint8_t *line, const uint8_t *node,
                   struct qp_line_message v[2])
{
    struct qp_line_message m = {.seq = 0};
    int n = 0;
    while (n < 2 && !qp_line_message_next(db, line, m.seq, &m))
        if (memcmp(m.node, node, QP_ID_LEN) == 0)
            v[n++] = m;
    return n;
}

static int plant_messages(struct sim_world *w, const struct qp_line_db *db, const uint8_t *line,
                          const uint8_t *node)
{
    struct qp_line_message v[2], was;
    if (some_of(db, line, node, v) < 2)
        return QP_ENOTFOUND;
    was = v[0];
    if (w->bug == SIM_BUG_LINE_TWICE) { /* the first again, in the place of the second */
        v[0].seq = v[1].seq;
        return qp_line_message_put(db, line, &v[0], NULL);
    }
    if (w->bug == SIM_BUG_LINE_LOST) { /* the second in the place of the first, and nothing in its own */
        struct qp_line_message none = v[1];
        none.position = UINT64_MAX / 2;
        return qp_line_message_put(db, line, &none, NULL);
    }
    v[0].seq = v[1].seq;
    v[1].seq = was.seq;
    int rc = qp_line_message_put(db, line, &v[0], NULL);
    return rc ? rc : qp_line_message_put(db, line, &v[1], NULL);
}

static int plant_at(struct sim_world *w, const struct qp_line_db *db, const uint8_t *line, int other)
{
    const uint8_t *node = w->node[other].id;
    struct qp_line_with with;
    Qp__LineMember m = QP__LINE_MEMBER__INIT;
    if (w->bug == SIM_BUG_LINE_TICK) {
        qp_line_with(db, node, line, &with);
        with.delivered = UINT32_MAX;
        return qp_line_with_put(db, node, line, &with, NULL);
    }
    if (w->bug == SIM_BUG_LINE_SEEN) {
        m.node = (ProtobufCBinaryData){QP_ID_LEN, w->node[other].id};
        m.kind = QP_LINE_NAME;
        m.name = (char *)(uintptr_t) "wang";
        return qp_line_seen_put(db, line, &m, db->self, UINT32_MAX, NULL);
    }
    return plant_messages(w, db, line, node);
}

bool sim_plant_line(struct sim_world *w, struct qp_arena *a)
{
    for (int l = 0; l < w->nlines; l++)
        for (int end = 0; end < 2; end++) {
            int i = w->lines[l].end[end];
            struct qp_txn t;
            if (!w->node[i].up || qp_store_begin(w->node[i].store, &t, NULL))
                continue;
            struct qp_line_db db = {t.tables, w->node[i].store, a, w->node[i].id};
            int rc = plant_at(w, &db, w->lines[l].id, w->lines[l].end[1 - end]);
            if (!rc && !qp_store_commit_journal(&t, NULL) && !qp_store_commit_tables(&t, NULL))
                return true;
            qp_store_abort(&t);
        }
    return false;
}
