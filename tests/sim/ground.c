/* ground.c: people on patrol in the simulated city, and what must hold of it (GR4): at the end every node above knows each patrol
 * as its own node does, every finding once, whatever crashed, burned, was cut or came twice; and counts it by days as it is. What was
 * answered is there, or people were told to say it again. And the bugs that this is seen to catch. */
#include "node/core/duty.h"
#include "node/matter/face.h"
#include "tests/sim/world.h"

static Qp__Event *draft(struct sim_world *w, int i, Qp__Event__BodyCase body, size_t size,
                        void (*init)(void *))
{
    struct qp_arena *a = w->node[i].gather;
    Qp__Event *d = qp_arena_take(a, sizeof *d);
    void *m = qp_arena_take(a, size);
    if (!d || !m)
        abort();
    qp__event__init(d);
    init(m);
    d->by = (char *)(uintptr_t) "user:walker";
    d->body_case = body;
    d->opened = m; /* all of the union's members are pointers to messages */
    return d;
}

static void send(struct sim_world *w, int i, const Qp__Event *d, enum qp_op op)
{
    struct qp_command c = {.op = op, .draft = d, .if_version = -1};
    sim_command(w, i, &c, "", (int)op);
}

static void make_grid(struct sim_world *w, int i)
{
    Qp__Event *d =
        draft(w, i, QP__EVENT__BODY_GRID_MADE, sizeof(Qp__GridMade), (void (*)(void *))qp__grid_made__init);
    d->grid_made->code = (char *)(uintptr_t) "g";
    d->grid_made->title = (char *)(uintptr_t) "grid";
    send(w, i, d, QP_OP_RESOURCE);
}

static void start(struct sim_world *w, int i)
{
    Qp__Event *d = draft(w, i, QP__EVENT__BODY_PATROL_STARTED, sizeof(Qp__PatrolStarted),
                         (void (*)(void *))qp__patrol_started__init);
    d->patrol_started->grid = (char *)(uintptr_t) "g";
    d->patrol_started->person = (char *)(uintptr_t) "walker";
    send(w, i, d, QP_OP_GROUND);
}

static void mark(struct sim_world *w, int i, const uint8_t id[QP_ID_LEN])
{
    char note[32];
    Qp__Event *d = draft(w, i, QP__EVENT__BODY_PATROL_MARKED, sizeof(Qp__PatrolMarked),
                         (void (*)(void *))qp__patrol_marked__init);
    Qp__PatrolMarked *m = d->patrol_marked;
    bool stops = sim_chance(w, 15);
    uint64_t number = w->next_ticket + 1 + (w->bug == SIM_BUG_MARK ? 1 << 20 : 0);
    snprintf(note, sizeof note, "seen %llu", (unsigned long long)number);
    m->id = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->node[i].gather, id, QP_ID_LEN)};
    m->kind = stops ? QP_MARK_STOP : QP_MARK_CHECKPOINT;
    m->note = stops ? m->note : qp_arena_text(w->node[i].gather, note);
    send(w, i, d, QP_OP_GROUND);
    if (!stops && w->nwalked < SIM_ACKED)
        w->walked[w->nwalked++] = (struct sim_walked){.ticket = w->next_ticket, .node = sim_true_node(w, i)};
}

/* One who goes on with his patrol, or begins one. */
void sim_walker(struct sim_world *w, int i)
{
    struct qp_read r;
    uint8_t id[QP_ID_LEN];
    i = sim_either(w, i);
    if (qp_read_begin(w->node[i].store, &r, NULL))
        return;
    bool grid = qp_resource_stands(&r, &qp_resources[QP_RESOURCE_GRID], "g"),
         walks = !qp_patrol_of(&r, "walker", id);
    qp_read_end(&r);
    if (!grid)
        make_grid(w, i);
    else if (!walks)
        start(w, i);
    else
        mark(w, i, id);
}

/* ---- what must hold ---- */

struct compare {
    struct sim_world *w;
    int of, above;
    struct qp_read *r; /* of who is looked at: who is above, or itself */
    uint64_t days;     /* rows by day */
    struct qp_arena *a;
};

static bool twice(const Qp__PatrolRow *row)
{
    for (size_t i = 0; i < row->n_findings; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(row->findings[i]->note, row->findings[k]->note) == 0)
                return true;
    return false;
}

static int look(void *arg, const Qp__PatrolRow *own)
{
    struct compare *c = arg;
    Qp__PatrolRow *row;
    struct sim_world *w = c->w;
    const char *path = w->node[c->of].path, *above = w->node[c->above].path;
    if (memcmp(own->node.data, w->node[c->of].id, QP_ID_LEN) != 0)
        return 0;
    qp_arena_reset(c->a);
    int rc = qp_patrol_read(c->r, own->started->id.data, c->a, &row);
    if (rc)
        sim_fail(w, "a patrol of %s is not known at %s", path, above);
    else if (row->minutes != own->minutes || row->version != own->version ||
             row->n_findings != own->n_findings || row->stopped_us != own->stopped_us)
        sim_fail(w, "a patrol of %s counts %u minutes, version %llu, %zu findings; at %s %u, %llu, %zu", path,
                 own->minutes, (unsigned long long)own->version, own->n_findings, above, row->minutes,
                 (unsigned long long)row->version, row->n_findings);
    else if (twice(own) || twice(row))
        sim_fail(w, "a patrol of %s has a finding twice", path);
    return w->failure[0] != 0;
}

/* What compliance counts of one is what its row says; one row by day for each. */
static int look_at_day(void *arg, const struct qp_patrol_count *d)
{
    struct compare *c = arg;
    Qp__PatrolRow *row;
    qp_arena_reset(c->a);
    int rc = qp_patrol_read(c->r, d->id, c->a, &row);
    c->days++;
    if (rc || !qp_id_is(row->node, d->node) || row->minutes != d->minutes ||
        strcmp(row->started->grid, d->grid) != 0 || (row->started->police != 0) != d->police ||
        (row->stopped_us != 0) != d->stopped)
        sim_fail(c->w, "%s counts a patrol by days as it is not", c->w->node[c->of].path);
    return c->w->failure[0] != 0;
}

static int count_row(void *arg, const Qp__PatrolRow *row)
{
    (void)row;
    ++*(uint64_t *)arg;
    return 0;
}

/* Each patrol that node i knows. */
void sim_check_patrol_days(struct sim_world *w, int i, struct qp_read *own)
{
    struct compare c = {.w = w, .of = i, .r = own, .a = qp_arena_new(16 << 20)};
    const char *path = w->node[i].path;
    uint64_t rows = 0;
    int rc = qp_patrols_count(own, INT32_MIN, INT32_MAX, look_at_day, &c, NULL);
    if (!rc)
        rc = qp_patrols_each(own, 0, INT64_MAX, NULL, count_row, &rows, NULL);
    if (w->failure[0] == 0 && rc)
        sim_fail(w, "the patrols of %s cannot be read", path);
    else if (w->failure[0] == 0 && rows != c.days)
        sim_fail(w, "%s knows %llu patrols, and %llu by days", path, (unsigned long long)rows,
                 (unsigned long long)c.days);
    w->patrols_seen += rows;
    qp_arena_free(c.a);
}

/* Each patrol of node i, at each node above it. */
void sim_check_patrols(struct sim_world *w, int i, struct qp_read *const *of_all)
{
    struct compare c = {.w = w, .of = i, .a = qp_arena_new(16 << 20)};
    for (c.above = w->node[i].parent; c.above >= 0 && w->failure[0] == 0; c.above = w->node[c.above].parent) {
        c.r = of_all[c.above];
        if (c.r && qp_patrols_each(of_all[i], 0, INT64_MAX, NULL, look, &c, NULL) && w->failure[0] == 0)
            sim_fail(w, "the patrols of %s cannot be read", w->node[i].path);
    }
    qp_arena_free(c.a);
}

/* ---- what was answered is there ---- */

void sim_walk_replied(struct sim_world *w, const struct qp_reply *r)
{
    for (int k = 0; k < w->nwalked; k++)
        w->walked[k].answered |= r->code == 0 && w->walked[k].ticket == r->ticket;
}

static bool number_of(const char *note, unsigned long long *number)
{
    return sscanf(note, "seen %llu", number) == 1;
}

void sim_walk_excused(struct sim_world *w, int i, const Qp__Event *named)
{
    unsigned long long number = 0;
    if (named && (named->body_case != QP__EVENT__BODY_PATROL_MARKED ||
                  !number_of(named->patrol_marked->note, &number)))
        return;
    for (int k = 0; k < w->nwalked; k++)
        w->walked[k].excused |= w->walked[k].node == i && (!named || w->walked[k].ticket == number);
}

struct found {
    const struct sim_world *w;
    int times[SIM_ACKED];
};

static int find(void *arg, const Qp__PatrolRow *row)
{
    struct found *x = arg;
    unsigned long long number;
    for (size_t i = 0; i < row->n_findings; i++)
        for (int k = 0; number_of(row->findings[i]->note, &number) && k < x->w->nwalked; k++)
            x->times[k] += x->w->walked[k].ticket == number;
    return 0;
}

/* At the root; that every node between has the same sim_check_patrols says. */
void sim_check_walked(struct sim_world *w, struct qp_read *root)
{
    struct found x = {.w = w};
    if (qp_patrols_each(root, 0, INT64_MAX, NULL, find, &x, NULL))
        sim_fail(w, "the patrols of %s cannot be read", w->node[0].path);
    for (int k = 0; k < w->nwalked && w->failure[0] == 0; k++) {
        const struct sim_walked *s = &w->walked[k];
        w->marks_seen += x.times[k] > 0;
        if (x.times[k] > 1)
            sim_fail(w, "a check-point of %s is there twice", w->node[s->node].path);
        if (s->answered && !s->excused && !w->node[s->node].revoked && x.times[k] == 0)
            sim_fail(w, "a check-point of %s was answered and is lost", w->node[s->node].path);
    }
}

/* ---- the bug: at the root a patrol has counted once more ---- */

struct more {
    struct sim_world *w;
    struct qp_arena *a;
    uint8_t key[1 + QP_ID_LEN], *bytes; /* its row, as it would be */
    size_t len;
};

static int count_more(void *arg, const Qp__PatrolRow *row)
{
    struct more *m = arg;
    Qp__PatrolRow more = *row;
    if (memcmp(row->node.data, m->w->node[0].id, QP_ID_LEN) == 0)
        return 0;
    more.minutes += 30;
    m->key[0] = 'p';
    memcpy(m->key + 1, row->started->id.data, QP_ID_LEN);
    m->bytes = qp_encode(&more.base, m->a, &m->len);
    return QP_EEXISTS;
}

/* Commits what was written, or gives it up. */
static bool over(struct qp_txn *t, int rc)
{
    if (!rc)
        rc = qp_store_commit_journal(t, NULL);
    if (!rc)
        rc = qp_store_commit_tables(t, NULL);
    if (rc)
        qp_store_abort(t);
    return !rc;
}

bool sim_plant_patrol(struct sim_world *w, struct qp_arena *a)
{
    struct more m = {.w = w, .a = a};
    struct qp_read r;
    struct qp_txn t;
    if (qp_read_begin(w->node[0].store, &r, NULL))
        return false;
    qp_patrols_each(&r, 0, INT64_MAX, NULL, count_more, &m, NULL);
    qp_read_end(&r);
    if (!m.bytes || qp_store_begin(w->node[0].store, &t, NULL))
        return false;
    int rc = qp_put(t.tables, qp_store_dbi(w->node[0].store, QP_T_PATROL), m.key, sizeof m.key, m.bytes,
                    m.len, NULL);
    return over(&t, rc);
}

/* At the root a patrol's row by days has a minute more. */
bool sim_plant_patrol_day(struct sim_world *w)
{
    struct qp_txn t;
    MDB_cursor *cur;
    uint8_t from = 'd', key[64], v[128];
    MDB_val k = {1, &from}, d;
    if (qp_store_begin(w->node[0].store, &t, NULL))
        return false;
    MDB_dbi dbi = qp_store_dbi(w->node[0].store, QP_T_PATROL);
    bool hit = !mdb_cursor_open(t.tables, dbi, &cur);
    if (hit) {
        hit = !mdb_cursor_get(cur, &k, &d, MDB_SET_RANGE) && ((uint8_t *)k.mv_data)[0] == from &&
              k.mv_size <= sizeof key && d.mv_size <= sizeof v;
        if (hit) {
            memcpy(key, k.mv_data, k.mv_size);
            memcpy(v, d.mv_data, d.mv_size);
            v[3]++;
        }
        mdb_cursor_close(cur);
    }
    int rc = hit ? qp_put(t.tables, dbi, key, k.mv_size, v, d.mv_size, NULL) : QP_ENOTFOUND;
    return over(&t, rc);
}
