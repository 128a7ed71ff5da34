/* check.c: what must hold, at every turn and at the end. Each checker is proved by a planted bug (sim
 * --planted). */
#include "node/matter/beside.h"
#include "tests/sim/world.h"

/* A turn, and what it leaves: a contradiction in it is an error of the turn. */
int sim_core_turn(struct sim_world *w, int i, struct qp_txn *t, const uint8_t seed[QP_SEED_LEN],
                  struct qp_outputs *out, struct qp_err *e)
{
    struct sim_node *x = &w->node[i];
    int rc = qp_turn(x->core, t, x->inputs, x->ninputs, SIM_CLOCK_OF(w, i), seed, out, e);
    struct qp_err why = {0};
    if (!rc && qp_check_ledger(x->core, t, &why))
        rc = qp_fail(e, QP_ECORRUPT, "the ledger does not hold: %s", why.text);
    return rc;
}

/* Which node may act on each matter now: never two (K1-K7). Called after each turn of node i. */
void sim_check_holders(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    struct qp_read r;
    if (!x->up || qp_read_begin(x->store, &r, NULL))
        return;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    for (int m = 0; m < w->nmatters; m++) {
        Qp__Row *row;
        qp_arena_reset(a);
        bool acts = !sim_doubled(w, i) && !qp_matter_read(&r, w->matters[m], &row, a, NULL) &&
                    !row->face->offer && memcmp(row->face->holder.data, x->id, QP_ID_LEN) == 0 &&
                    !qp_core_recovering(x->core);
        if (acts && w->active[m] >= 0 && w->active[m] != i) {
            char id[27];
            qp_id_text(id, w->matters[m]);
            sim_fail(w, "two holders of %s: %s and %s", id, w->node[w->active[m]].path, x->path);
        }
        if (acts)
            w->active[m] = i;
        else if (w->active[m] == i)
            w->active[m] = -1;
    }
    qp_arena_free(a);
    qp_read_end(&r);
}

/* What a tick of the matter rests on: every event of it that this node sent upward is known at `at`. */
static bool all_there(struct sim_world *w, struct qp_read *r, int i, int at, const uint8_t *matter)
{
    static struct qp_history h[512], there[512];
    struct qp_arena *a = qp_arena_new(32 << 20);
    struct qp_read up;
    long n = qp_matter_history(r, matter, h, 512, a, NULL), m = 0;
    bool all = w->node[at].up && !qp_read_begin(w->node[at].store, &up, NULL);
    if (all) {
        m = qp_matter_history(&up, matter, there, 512, a, NULL);
        qp_read_end(&up);
    }
    for (long k = 0; all && k < n && k < 512; k++) {
        struct qp_record rec;
        uint8_t id[QP_EVENT_ID_LEN], other[QP_EVENT_ID_LEN];
        bool found = false;
        if (qp_journal_get(r->journal, w->node[i].store, h[k].position, &rec, NULL) ||
            rec.kind == QP_RECORD_HANDBACK ||
            (w->liar > 0 && memcmp(h[k].event->origin.data, w->node[w->liar].id, QP_ID_LEN) == 0) ||
            memcmp(rec.peer, w->node[w->node[i].parent].id, QP_ID_LEN) == 0)
            continue; /* it came from above, or is a lie that went where it should not */
        qp_event_id(id, h[k].event);
        for (long j = 0; j < m && j < 512 && !found; j++) {
            qp_event_id(other, there[j].event);
            found = memcmp(id, other, sizeof id) == 0;
        }
        all = found;
    }
    qp_arena_free(a);
    return all;
}

void sim_check_ticks(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    struct qp_read r;
    if (x->parent < 0 || !x->up || w->nmatters == 0 || qp_core_recovering(x->core) ||
        qp_read_begin(x->store, &r, NULL))
        return;
    const uint8_t *matter = w->matters[sim_below(w, (uint64_t)w->nmatters)];
    struct qp_ticks t;
    bool burned =
        false; /* above: what was held there is being handed back, or was what two disks alone held */
    qp_ticks_read(&r, qp_core_self(x->core), w->node[x->parent].id, matter, &t);
    for (int k = x->parent; k >= 0; k = w->node[k].parent)
        burned |= w->node[k].burned || !w->node[k].up;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    Qp__Row *row;
    bool known = !qp_matter_read(&r, matter, &row, a, NULL);
    qp_arena_free(a);
    if (known && !burned) {
        char id[27];
        qp_id_text(id, matter);
        w->ticks_seen += t.held + t.top;
        if (t.top && !all_there(w, &r, i, 0, matter))
            sim_fail(w, "%s shows %s as at the top, and it is not", x->path, id);
        else if (t.held && !t.top && !all_there(w, &r, i, x->parent, matter))
            sim_fail(w, "%s shows %s as held above, and it is not", x->path, id);
    }
    qp_read_end(&r);
}

/* ---- at the end ---- */

struct view {
    struct qp_read r;
    bool open;
};

int sim_count_key(struct qp_read *r, const uint8_t *matter, const char *key, int body)
{
    struct qp_history h[512];
    struct qp_arena *a = qp_arena_new(16 << 20);
    int n = 0;
    long have = qp_matter_history(r, matter, h, 512, a, NULL);
    for (long k = 0; k < have && k < 512; k++)
        if ((int)h[k].event->body_case == body && strcmp(h[k].event->key, key) == 0)
            n++;
    qp_arena_free(a);
    return n;
}

/* As it was said, or as the comment that tells of it: which may stand beside it where one of two copies is believed, and another
 * elsewhere. */
static int count_acked(struct qp_read *r, const struct sim_acked *ac)
{
    int n = sim_count_key(r, ac->matter, ac->key, ac->body);
    int told = ac->note[0] == 0 ? 0 : sim_count_key(r, ac->matter, ac->note, QP__EVENT__BODY_COMMENTED);
    return n > told ? n : told;
}

static void check_acked(struct sim_world *w, struct view *v)
{
    for (int k = 0; k < w->nacked && w->failure[0] == 0; k++) {
        struct sim_acked *ac = &w->acked[k];
        char id[27];
        qp_id_text(id, ac->matter);
        int root = count_acked(&v[0].r, ac), there = count_acked(&v[ac->node].r, ac);
        if (root > 1 || there > 1)
            sim_fail(w, "an effect twice: %s of %s", ac->key, id);
        if (!ac->excused && (root != 1 || there != 1))
            sim_fail(w, "acknowledged by %s and lost: %s of %s (at the root %d, there %d)",
                     w->node[ac->node].path, ac->key, id, root, there);
    }
}

static void check_matters(struct sim_world *w, struct view *v)
{
    struct qp_arena *a = qp_arena_new(16 << 20);
    for (int m = 0; m < w->nmatters && w->failure[0] == 0; m++) {
        Qp__Row *root, *row;
        char id[27];
        int holders = 0;
        size_t len, len2;
        qp_arena_reset(a);
        qp_id_text(id, w->matters[m]);
        if (qp_matter_read(&v[0].r, w->matters[m], &root, a, NULL))
            continue; /* lost with a disk before it was held above: check_acked decides whether that is
                         excused */
        uint8_t *truth = qp_encode(&root->face->base, a, &len);
        if (root->face->offer)
            sim_fail(w, "%s is still frozen at the end: %s holds, offered to %s", id, root->face->holder_path,
                     root->face->offer->to_path);
        for (int i = 0; i < w->n; i++) {
            bool member = i == 0;
            if (!v[i].open || (w->liar > 0 && i == w->liar))
                continue;
            for (size_t k = 0; k < root->face->n_members; k++)
                member |= memcmp(root->face->members[k].data, w->node[i].id, QP_ID_LEN) == 0;
            if (qp_matter_read(&v[i].r, w->matters[m], &row, a, NULL)) {
                if (member)
                    sim_fail(w, "%s held or was offered %s and does not know it", w->node[i].path, id);
                continue;
            }
            holders += memcmp(row->face->holder.data, w->node[i].id, QP_ID_LEN) == 0;
            uint8_t *own = qp_encode(&row->face->base, a, &len2);
            if (member && (len != len2 || memcmp(truth, own, len) != 0))
                sim_fail(w, "%s differs: version %llu state %u at the root, %llu state %u at %s", id,
                         (unsigned long long)root->face->version, root->face->state,
                         (unsigned long long)row->face->version, row->face->state, w->node[i].path);
        }
        if (holders != 1)
            sim_fail(w, "%s has %d holders at the end", id, holders);
    }
    qp_arena_free(a);
}

/* The way a parcel came, against its origin's and its destination's place: by paths alone, not by the core's
 * own routes. */
static const char *path_of(struct sim_world *w, const uint8_t *id)
{
    for (int i = 0; i < w->n; i++)
        if (memcmp(w->node[i].id, id, QP_ID_LEN) == 0)
            return w->node[i].path;
    return "?";
}

static void check_record(struct sim_world *w, int i, const struct qp_record *r, const struct qp_parcel *p,
                         struct qp_arena *a)
{
    const char *here = w->node[i].path, *peer = path_of(w, r->peer), *origin = path_of(w, p->h.origin);
    bool from_child = strcmp(peer, here) != 0 && qp_path_within(peer, here);
    if (r->kind == QP_RECORD_RECEIVED && from_child && !qp_path_within(origin, peer))
        sim_fail(w, "%s took a parcel of %s from %s", here, origin, peer);
    if (r->kind == QP_RECORD_RECEIVED && !from_child && qp_path_within(origin, here))
        sim_fail(w, "%s took a parcel of its own subtree, %s, from above", here, origin);
    for (uint32_t k = 0; k < p->h.count; k++) {
        Qp__Event *ev;
        if (qp_parcel_event(&ev, p, k, a, NULL) != 0 || memcmp(ev->origin.data, p->h.origin, QP_ID_LEN) != 0)
            sim_fail(w, "%s keeps an event that is not its parcel's origin's", here);
    }
}

static void check_journal(struct sim_world *w, int i, struct qp_read *r)
{
    struct {
        uint8_t key[64];
        uint64_t seq;
        struct qp_hash id;
    } chain[512];
    int nchain = 0;
    struct qp_arena *a = qp_arena_new(64 << 20);
    uint64_t head = qp_journal_head(r->journal, w->node[i].store, NULL);
    for (uint64_t at = 1; at <= head && w->failure[0] == 0; at++) {
        struct qp_record rec;
        struct qp_parcel p;
        struct qp_err e = {0};
        uint8_t key[64] = {0};
        qp_arena_reset(a);
        if (qp_journal_get(r->journal, w->node[i].store, at, &rec, &e) ||
            qp_parcel_open(&p, rec.parcel.p, rec.parcel.len, a, &e)) {
            sim_fail(w, "%s: record %llu: %s", w->node[i].path, (unsigned long long)at, e.text);
            break;
        }
        check_record(w, i, &rec, &p, a);
        memcpy(key, p.h.origin, 16);
        memcpy(key + 16, p.h.to, 16);
        memcpy(key + 32, &p.h.incarnation, 4);
        key[36] = p.h.scope;
        key[37] = p.h.lane;
        int c = 0;
        while (c < nchain && memcmp(chain[c].key, key, 64) != 0)
            c++;
        if (c == nchain && nchain < 512) {
            memset(&chain[nchain], 0, sizeof chain[nchain]);
            memcpy(chain[nchain++].key, key, 64);
        }
        if (p.h.seq != chain[c].seq + 1)
            sim_fail(w, "%s: a chain of %s goes from %llu to %llu", w->node[i].path, path_of(w, p.h.origin),
                     (unsigned long long)chain[c].seq, (unsigned long long)p.h.seq);
        if (p.h.seq > 1 && !qp_hash_eq(&p.h.prev, &chain[c].id))
            sim_fail(w, "%s: a chain of %s is broken at %llu", w->node[i].path, path_of(w, p.h.origin),
                     (unsigned long long)p.h.seq);
        chain[c].seq = p.h.seq;
        chain[c].id = p.id;
    }
    qp_arena_free(a);
}

/* Boards, against a count over the rows that knows nothing of cells. */
static void check_board(struct sim_world *w, int i, struct qp_read *r)
{
    static const char *desk[] = {"", "roads", "water", "police"};
    struct qp_arena *a = qp_arena_new(16 << 20);
    struct qp_board_query q = {.by = QP_SPLIT_DESK};
    struct qp_board_result res;
    struct qp_err e = {0};
    const struct qp_zone *z = qp_core_zone(w->node[i].core);
    if (qp_board_ask(&res, r, w->node[i].path, z, &q, &e)) {
        sim_fail(w, "%s: board: %s", w->node[i].path, e.text);
        qp_arena_free(a);
        return;
    }
    for (int d = 0; d < 4; d++) {
        struct qp_counts c = {0};
        MDB_cursor *cur;
        MDB_val mk, mv;
        if (mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_MATTER), &cur))
            abort();
        for (int rc = mdb_cursor_get(cur, &mk, &mv, MDB_FIRST); !rc;
             rc = mdb_cursor_get(cur, &mk, &mv, MDB_NEXT)) {
            Qp__Row *row;
            qp_arena_reset(a);
            if (qp_matter_read(r, mk.mv_data, &row, a, NULL) || strcmp(row->face->desk, desk[d]) != 0 ||
                !qp_path_within(row->face->area, w->node[i].path))
                continue;
            const Qp__Face *f = row->face;
            c.opened++;
            c.closed += f->closed_us != 0;
            c.open += f->closed_us == 0;
            c.overdue += f->closed_us == 0 && f->deadline_us != 0 && f->deadline_us < w->now_us - 10000000;
            c.on_time += f->closed_us != 0 && f->deadline_us != 0 && f->closed_us <= f->deadline_us;
            c.late += f->closed_us != 0 && f->deadline_us != 0 && f->closed_us > f->deadline_us;
            c.visited += !!f->visit;
            c.satisfied += f->visit && f->visit->satisfied == 1;
            c.unsatisfied += f->visit && f->visit->satisfied == 2;
            c.emergency += f->closed_us == 0 && f->urgency == QP_EMERGENCY;
            c.offered += f->closed_us == 0 && f->offer;
            c.urged += f->closed_us == 0 && qp_beside_urge(row);
            c.due += f->deadline_us != 0 && (f->closed_us != 0 || row->overdue);
            c.due_on_time += f->closed_us != 0 && f->deadline_us != 0 && f->closed_us <= f->deadline_us;
            c.redo += f->redo != 0;
            c.returned += f->returned != 0;
            c.extend_asked += f->extend_asked != 0;
            c.extend_granted += f->extend_granted != 0;
        }
        mdb_cursor_close(cur);
        struct qp_counts have = {0};
        for (size_t k = 0; k < res.n; k++)
            if (strcmp(res.rows[k].key, desk[d]) == 0)
                have = res.rows[k].c;
        if (have.overdue < c.overdue)
            sim_fail(w, "%s: board of desk '%s': overdue %lld, at least %lld", w->node[i].path, desk[d],
                     (long long)have.overdue, (long long)c.overdue);
        c.overdue = have.overdue;               /* the sweep is behind by its own beat */
        c.signed_on_time = have.signed_on_time; /* counted by tests/unit/insight */
        c.signed_late = have.signed_late;
#define X(id, name, moment, adds)                                                                            \
    if (c.name != have.name)                                                                                 \
        sim_fail(w, "%s: board of desk '%s': %s %lld, of its rows %lld", w->node[i].path, desk[d], #name,    \
                 (long long)have.name, (long long)c.name);
        QP_BOARD_FIGURES(X)
#undef X
    }
    qp_board_result_free(&res);
    qp_arena_free(a);
}

static bool rebuilt_alike(enum qp_table t)
{ /* what a rebuild makes again; the others are memories of neighbours */
    return t != QP_T_META && t != QP_T_QUEUE && t != QP_T_PEER && t != QP_T_RECEIPT && t != QP_T_HELD &&
           t != QP_T_DEPTH && t != QP_T_ECHO;
}

static void table_hash(struct sim_world *w, int i, struct qp_hash out[QP_TABLES])
{
    struct qp_read r;
    memset(out, 0, sizeof(struct qp_hash) * QP_TABLES);
    if (qp_read_begin(w->node[i].store, &r, NULL))
        return;
    for (int t = 0; t < QP_TABLES; t++) {
        MDB_cursor *c;
        MDB_val k, v;
        if (!rebuilt_alike((enum qp_table)t) ||
            mdb_cursor_open(r.tables, qp_store_dbi(w->node[i].store, (enum qp_table)t), &c))
            continue;
        for (int rc = mdb_cursor_get(c, &k, &v, MDB_FIRST); !rc; rc = mdb_cursor_get(c, &k, &v, MDB_NEXT)) {
            struct qp_part parts[3] = {{out[t].b, 32}, {k.mv_data, k.mv_size}, {v.mv_data, v.mv_size}};
            qp_hash_parts(&out[t], parts, 3);
        }
        mdb_cursor_close(c);
    }
    qp_read_end(&r);
}

static void check_rebuild(struct sim_world *w, int i)
{
    struct qp_hash before[QP_TABLES], after[QP_TABLES];
    struct qp_err e = {0};
    table_hash(w, i, before);
    qp_core_close(w->node[i].core);
    w->node[i].core = NULL;
    if (qp_store_drop_tables(w->node[i].store, &e) ||
        qp_core_open(&w->node[i].core, w->node[i].store, &w->node[i].keys, NULL, NULL, NULL, w->now_us, &e)) {
        sim_fail(w, "%s: rebuild: %s", w->node[i].path, e.text);
        return;
    }
    table_hash(w, i, after);
    for (int t = 0; t < QP_TABLES; t++)
        if (!qp_hash_eq(&before[t], &after[t]))
            sim_fail(w, "%s: a rebuild changed the table %s", w->node[i].path,
                     qp_table_name((enum qp_table)t));
}

/* What the liar said has moved nothing: no row names it, no place is another node's, nobody was silenced. */
static void check_liar(struct sim_world *w, struct view *v)
{
    const uint8_t *liar = w->node[w->liar].id;
    struct qp_arena *a = qp_arena_new(16 << 20);
    for (int i = 0; i < w->n && w->failure[0] == 0; i++) {
        if (i == w->liar)
            continue;
        for (int m = 0; m < w->nmatters; m++) {
            Qp__Row *row;
            char id[27];
            qp_arena_reset(a);
            if (qp_matter_read(&v[i].r, w->matters[m], &row, a, NULL))
                continue;
            bool named = memcmp(row->face->holder.data, liar, QP_ID_LEN) == 0 ||
                         memcmp(row->face->opener.data, liar, QP_ID_LEN) == 0;
            for (size_t k = 0; k < row->face->n_members; k++)
                named |= memcmp(row->face->members[k].data, liar, QP_ID_LEN) == 0;
            qp_id_text(id, w->matters[m]);
            if (named)
                sim_fail(w, "%s believes the liar about %s", w->node[i].path, id);
        }
        for (int k = 0; k < w->n; k++) {
            const struct qp_place *p = qp_tree_node(qp_core_tree(w->node[i].core), w->node[k].id);
            if (p && (strcmp(p->cert.path, w->node[k].path) != 0 ||
                      (k != w->liar && (p->revoked || p->quarantined)) ||
                      p->cert.incarnation > w->node[k].incarnation))
                sim_fail(w, "%s believes the liar about the node %s: %s%s, incarnation %u, and it is at %u",
                         w->node[i].path, w->node[k].path, p->cert.path,
                         p->revoked       ? ", revoked"
                         : p->quarantined ? ", quarantined"
                                          : "",
                         p->cert.incarnation, w->node[k].incarnation);
        }
    }
    qp_arena_free(a);
}

void sim_check_all(struct sim_world *w)
{
    struct view v[SIM_NODES] = {0};
    for (int i = 0; i < w->n; i++) {
        if (!w->node[i].up)
            sim_fail(w, "%s is not running at the end", w->node[i].path);
        else
            v[i].open = !qp_read_begin(w->node[i].store, &v[i].r, NULL);
    }
    if (w->failure[0] == 0) {
        check_acked(w, v);
        if (w->liar > 0)
            check_liar(w, v);
        for (int i = 0; i < w->n; i++)
            if (w->liar <= 0 || i != w->liar)
                sim_check_rings(w, i, &v[i].r);
        struct qp_read *r[SIM_NODES] = {0};
        for (int i = 0; i < w->n; i++)
            r[i] = v[i].open ? &v[i].r : NULL;
        sim_check_work(w, r);
        check_matters(w, v);
        for (int i = 0; i < w->n; i++)
            if (r[i] && (w->liar <= 0 || i != w->liar) && !w->node[i].revoked)
                sim_check_patrols(w, i, r);
        if (r[0])
            sim_check_walked(w, r[0]);
        for (int i = 0; i < w->n; i++)
            if (r[i] && (w->liar <= 0 || i != w->liar) && !w->node[i].revoked)
                sim_check_leads(w, i, r);
        for (int i = 0; i < w->n; i++)
            if (r[i] && (w->liar <= 0 || i != w->liar) && !w->node[i].revoked)
                sim_check_warnings(w, i, r);
        for (int i = 0; i < w->n; i++)
            if (r[i] && (w->liar <= 0 || i != w->liar) && !w->node[i].revoked)
                sim_check_urges(w, i, r[i]);
        for (int i = 0; i < w->n; i++)
            if (r[i] && (w->liar <= 0 || i != w->liar))
                sim_check_patrol_days(w, i, r[i]);
        sim_check_words(w, r);
        sim_check_records(w, r);
        sim_check_policies(w, r);
        sim_check_lines(w, r);
        for (int i = 0; i < w->n; i++)
            check_journal(w, i, &v[i].r);
        for (int i = 0; i < w->n; i++)
            check_board(w, i, &v[i].r);
    }
    for (int i = 0; i < w->n; i++)
        if (v[i].open)
            qp_read_end(&v[i].r);
    for (int i = 0; i < w->n && w->failure[0] == 0; i++) {
        for (int s = 0; s <= SIM_KIDS; s++) { /* sessions borrow the core that is about to close */
            qp_session_free(w->node[i].session[SIM_KIDS - s]);
            w->node[i].session[SIM_KIDS - s] = NULL;
        }
        if (w->liar == 0 || i != w->liar) /* whose tables are its own affair */
            sim_check_watch(w, i);
        if (w->failure[0] == 0 && (w->liar == 0 || i != w->liar))
            sim_check_compared(w, i);
        if (w->failure[0] == 0 && (w->liar == 0 || i != w->liar))
            check_rebuild(w, i);
    }
}
