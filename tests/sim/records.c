/* records.c: in a quarter of the runs people leave a record of themselves with what they report, and have it erased at times (VA1,
 * VA2). At the end: whoever holds a matter has its record, nobody has one whom it never came to, an erased one is nowhere, and
 * nothing of any is in a journal or in a table.
 *
 *   open_one ─► sim_record ─► command ─► turn ─► [vault] ─► journal ─► [settle] ─► tables       somebody ─► erase
 *                                            a crash: before the journal, with the vault or without; after it, settled or not
 *
 * Where disks burn a record may be lost with the only one that had it; the other rules hold there as well. */
#include <sys/stat.h>

#include "node/matter/face.h"
#include "tests/sim/world.h"

static const char WORDS[] = "Wei, 13900000000, Mill Road 7; call in the evening";
enum { MARK = 24 }; /* so much of the words is looked for */

bool sim_keeps_records(const struct sim_world *w)
{
    bool other = w->plan.floods > 0 || w->plan.clones > 0 || w->plan.displaced > 0; /* have their own */
    return w->seed % 4 == 2 && !other;
}

bool sim_record_open(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    struct qp_err e = {0};
    char dir[160];
    if (!sim_keeps_records(w) || (w->liar > 0 && i == w->liar))
        return true;
    snprintf(dir, sizeof dir, "%s/%d/vault", w->dir, i);
    struct qp_vault_options o = {.dir = dir, .map = 4 << 20, .no_sync = true, .keys = &x->keys};
    if (!qp_vault_open(&x->vault, &o, &e) && !qp_core_set_vault(x->core, x->vault, true, &e))
        return true;
    sim_fail(w, "%s: the vault: %s", x->path, e.text);
    return false;
}

/* A record for what is reported at node i, in its arena; NULL: this one leaves none. */
const struct qp_sealed *sim_record(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    uint8_t seed[QP_SEED_LEN];
    if (!x->vault || !sim_keeps_records(w) || sim_chance(w, 40))
        return NULL;
    struct qp_sealed *s = qp_arena_take(x->gather, sizeof *s);
    sim_seed32(w, seed);
    if (!s || qp_record_lock(s, WORDS, sizeof WORDS - 1, x->keys.box_pk, seed, x->gather, NULL))
        abort();
    return s;
}

/* ---- the vault's share of a turn ---- */

void sim_record_before(struct sim_world *w, int i, bool crashes)
{
    struct sim_node *x = &w->node[i];
    struct qp_err e = {0};
    if (!x->vault || (crashes && sim_chance(w, 50)))
        return;
    if (w->bug == SIM_BUG_RECORD_LOST)
        qp_vault_forget(x->vault);
    if (qp_vault_commit(x->vault, &e))
        sim_fail(w, "%s: %s", x->path, e.text);
}

void sim_record_after(struct sim_world *w, int i, bool crashes)
{
    struct sim_node *x = &w->node[i];
    struct qp_err e = {0};
    if (!x->vault || (crashes && sim_chance(w, 50)))
        return;
    if (qp_vault_settle(x->vault, &e))
        sim_fail(w, "%s: %s", x->path, e.text);
}

/* ---- at the end ---- */

/* Which nodes have ever held it: its opener, and whoever accepted it, as anybody knows. */
static void holders(struct sim_world *w, struct qp_read *const *r, const uint8_t *matter,
                    bool held[SIM_NODES], struct qp_arena *a)
{
    static struct qp_history h[512];
    for (int i = 0; i < w->n; i++) {
        long n = r[i] ? qp_matter_history(r[i], matter, h, 512, a, NULL) : 0;
        for (long k = 0; k < n && k < 512; k++) {
            int body = (int)h[k].event->body_case;
            for (int of = 0; of < w->n; of++)
                if (body == QP__EVENT__BODY_OPENED || body == QP__EVENT__BODY_ACCEPTED)
                    held[of] |= memcmp(h[k].event->origin.data, w->node[of].id, QP_ID_LEN) == 0;
        }
        qp_arena_reset(a);
    }
}

static void check_one(struct sim_world *w, struct qp_read *const *r, const uint8_t *matter,
                      struct qp_arena *a)
{
    bool held[SIM_NODES] = {false}, burned = false;
    char id[27];
    qp_id_text(id, matter);
    holders(w, r, matter, held, a);
    for (int i = 0; i < w->n; i++)
        burned |= w->node[i].has_burned || w->node[i].revoked;
    for (int i = 0; i < w->n; i++) {
        struct sim_node *x = &w->node[i];
        Qp__Row *row;
        qp_arena_reset(a);
        if (!r[i] || !x->vault || qp_matter_read(r[i], matter, &row, a, NULL))
            continue;
        bool has = qp_vault_has(x->vault, matter);
        bool holds = memcmp(row->face->holder.data, x->id, QP_ID_LEN) == 0;
        bool kept = row->face->personal_state == QP_PERSONAL_KEPT;
        w->records_seen += has;
        w->records_erased += row->face->personal_state == QP_PERSONAL_ERASED;
        if (has && !kept)
            sim_fail(w, "%s still has the record of %s, which has ended", x->path, id);
        if (has && !held[i])
            sim_fail(w, "%s has the record of %s, which it never held", x->path, id);
        if (kept && holds && !burned && !qp_vault_opens(x->vault, matter))
            sim_fail(w, "%s holds %s and has not its record", x->path, id);
    }
}

static bool has_words(const struct sim_world *w, const void *p, size_t len)
{
    (void)w;
    return memmem(p, len, WORDS, MARK);
}

void sim_check_records(struct sim_world *w, struct qp_read *const *r)
{
    struct qp_arena *a = qp_arena_new(16 << 20);
    if (!a)
        abort();
    for (int m = 0; m < w->nmatters && sim_keeps_records(w); m++)
        check_one(w, r, w->matters[m], a);
    for (int i = 0; i < w->n && sim_keeps_records(w); i++)
        if (r[i] && sim_keeps(w, r[i], has_words))
            sim_fail(w, "%s has words of a record outside its vault", w->node[i].path);
    qp_arena_free(a);
}

/* ---- planted bugs ---- */

/* Kept behind the turn's back. */
static bool slip_in(struct sim_world *w, int i, const uint8_t *matter, struct qp_arena *a)
{
    struct sim_node *x = &w->node[i];
    struct qp_sealed s;
    uint8_t seed[QP_SEED_LEN];
    sim_seed32(w, seed);
    return !qp_record_lock(&s, WORDS, sizeof WORDS - 1, x->keys.box_pk, seed, a, NULL) &&
           !qp_vault_keep(x->vault, matter, &s, NULL) && !qp_vault_commit(x->vault, NULL) &&
           !qp_vault_settle(x->vault, NULL);
}

/* A record lies where its matter says that it was erased, or where its matter never was. */
bool sim_plant_record(struct sim_world *w, struct qp_arena *a)
{
    uint32_t state = w->bug == SIM_BUG_RECORD_STAYS ? QP_PERSONAL_ERASED : QP_PERSONAL_KEPT;
    for (int m = 0; m < w->nmatters; m++)
        for (int i = 0; i < w->n; i++) {
            struct qp_read r;
            Qp__Row *row;
            qp_arena_reset(a);
            if (!w->node[i].up || !w->node[i].vault || qp_read_begin(w->node[i].store, &r, NULL))
                continue;
            bool known = !qp_matter_read(&r, w->matters[m], &row, a, NULL);
            bool there = known && memcmp(row->face->holder.data, w->node[i].id, QP_ID_LEN) == 0;
            bool never = known && !there && row->face->custody == 1;
            bool hit = known && row->face->personal_state == state && (state == QP_PERSONAL_ERASED || never);
            qp_read_end(&r);
            if (hit)
                return slip_in(w, i, w->matters[m], a);
        }
    return false;
}
