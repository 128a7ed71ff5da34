/* plant.c: bugs, planted one at a time, so that every checker is seen to catch what it is for.
 *
 * Each does to a node's store, or to the driver's order, exactly what the bug in its name would do; the run
 * must then fail with the words of the checker that is meant to find it. */
#include <time.h>

#include "tests/sim/world.h"

static const struct {
    enum sim_bug bug;
    const char *what, *caught_by;
} PLANTS[] = {
    {SIM_BUG_ANSWER_EARLY, "a reply leaves before the commit, and the node crashes", "acknowledged by"},
    {SIM_BUG_TIMEOUT_THAWS, "a time-out thaws an offer at its sender (K3)", "two holders"},
    {SIM_BUG_TWICE, "an idempotency key is forgotten", "an effect twice"},
    {SIM_BUG_FACE, "one node's row changes without an event", "differs"},
    {SIM_BUG_BOARD, "a turn's changes of the boards are lost", "board of desk"},
    {SIM_BUG_SCOPE, "a parcel is taken from a child that may not speak for its origin", "took a parcel"},
    {SIM_BUG_CHAIN, "a parcel is journaled twice", "a chain of"},
    {SIM_BUG_REBUILD, "a table knows something that the journal does not", "a rebuild changed"},
    {SIM_BUG_CLOCK, "the turn reads a clock", "another trace"},
    {SIM_BUG_FROZEN, "nobody answers an offer", "still frozen"},
    {SIM_BUG_UNTOLD, "a child is not told what it had passed on ahead, and one below it burns",
     "held or was offered"},
    {SIM_BUG_TICKS, "what the parent looked at counts as held, taken or not (E6)",
     "as held above, and it is not"},
    {SIM_BUG_BELIEVED, "a snapshot is believed of whoever sends it (K8)", "believes the liar"},
    {SIM_BUG_RING, "two matters are merged into each other, and nobody looks (B4)", "point in a circle"},
    {SIM_BUG_LATER, "a node gives a clock an hour more (CL5)", "nobody paused or approved it"},
    {SIM_BUG_PART, "a holder forgets what a helper said of its part (ST4)", "has not heard"},
    {SIM_BUG_WARNING, "what was said of a rise is lost", "judged anew"},
    {SIM_BUG_WARNED, "what a node below has said of a rise is not heard (WN5)", "the warnings of"},
    {SIM_BUG_LEAD, "what nodes below have found of leads is lost (CU3)", "the leads of"},
    {SIM_BUG_FOUND, "a find is not what its matters come to (CU3)", "compared anew"},
    {SIM_BUG_PATROL, "a patrol counts once more above (GR4)", "a patrol of"},
    {SIM_BUG_URGE, "nobody urges by policy (CI1)", "whose time is over"},
    {SIM_BUG_OVERLOOK, "who urges judges wrongly (CI1)", "has overlooked"},
    {SIM_BUG_LINE_ORDER, "what one said on a line changes places (LI1)", "out of its order"},
    {SIM_BUG_LINE_TWICE, "what one said on a line is there again (LI2)", "twice on a line"},
    {SIM_BUG_LINE_LOST, "what one said on a line never comes (LI2)", "lost on a line"},
    {SIM_BUG_LINE_TICK, "a message is ticked that has not come (LI2)", "as delivered"},
    {SIM_BUG_LINE_SEEN, "a message is ticked that nobody has seen (LI2)", "as seen"},
    {SIM_BUG_WHISPER, "a whisper is kept (LI7)", "keeps a whisper"},
    {SIM_BUG_PATROL_DAY, "what compliance counts of a patrol is not what it is (GR4)", "by days"},
    {SIM_BUG_MARK, "a check-point is answered and not said (GR4)", "was answered and is lost"},
    {SIM_BUG_WORD, "a word on a warning or lead is answered and not said (WN6, CU7)", "a word of"},
    {SIM_BUG_FOLDER, "of two copies one folder is not brought in (E6)", "acknowledged by"},
    {SIM_BUG_SILENCE, "a copy goes on although the parent has heard another (C5)", "neither is told"},
    {SIM_BUG_FAREWELL, "who has lost his place does not hear of it (C2)", "is not told so"},
    {SIM_BUG_THROWN, "the folder of who has lost his place is thrown away (E6)", "acknowledged by"},
    {SIM_BUG_GIVEN, "whatever is asked for is given (S5)", "that is not its"},
    {SIM_BUG_LEDGER, "a neighbour is noted to have more than there is (L2)", "the ledger does not hold"},
    {SIM_BUG_POLICY_LOST, "what was said of policies is lost (PO1)", "has another policy of"},
    {SIM_BUG_POLICY_LOOSE, "what a node says itself holds, whatever is said above (PO3)",
     "the strictest policy"},
    {SIM_BUG_RECORD_LOST, "a record is answered and not kept (VA1)", "has not its record"},
    {SIM_BUG_RECORD_STAYS, "an erased record stays (VA2)", "which has ended"},
    {SIM_BUG_RECORD_GIVEN, "a record comes to who never held its matter (VA1)", "which it never held"},
};

/* The first matter with an offer out at its holder; and that holder. */
static bool frozen(struct sim_world *w, int *node, uint8_t matter[QP_ID_LEN], Qp__Row **row,
                   struct qp_arena *a)
{
    for (int i = 0; i < w->n; i++) {
        struct qp_read r;
        if (!w->node[i].up || qp_read_begin(w->node[i].store, &r, NULL))
            continue;
        for (int m = 0; m < w->nmatters; m++)
            if (!qp_matter_read(&r, w->matters[m], row, a, NULL) && (*row)->face->offer &&
                memcmp((*row)->face->holder.data, w->node[i].id, QP_ID_LEN) == 0) {
                *node = i;
                memcpy(matter, w->matters[m], QP_ID_LEN);
                qp_read_end(&r);
                return true;
            }
        qp_read_end(&r);
    }
    return false;
}

static int write_row(struct sim_world *w, struct qp_txn *t, int i, const uint8_t *matter, Qp__Row *row,
                     struct qp_arena *a)
{
    size_t len;
    uint8_t *bytes = qp_encode(&row->base, a, &len);
    return qp_put(t->tables, qp_store_dbi(w->node[i].store, QP_T_MATTER), matter, QP_ID_LEN, bytes, len,
                  NULL);
}

static bool done(struct qp_txn *t, int rc)
{
    if (!rc)
        rc = qp_store_commit_journal(t, NULL);
    if (!rc)
        rc = qp_store_commit_tables(t, NULL);
    if (rc)
        qp_store_abort(t);
    return !rc;
}

static bool thaw(struct sim_world *w, struct qp_arena *a)
{
    uint8_t matter[QP_ID_LEN];
    int i;
    Qp__Row *row;
    struct qp_txn t;
    if (!frozen(w, &i, matter, &row, a) || qp_store_begin(w->node[i].store, &t, NULL))
        return false;
    row->face->offer = NULL;
    row->face->answered = row->face->top_number;
    bool ok = done(&t, write_row(w, &t, i, matter, row, a));
    sim_check_holders(w, i);
    return ok;
}

static bool change_face(struct sim_world *w, struct qp_arena *a)
{
    struct qp_read r;
    Qp__Row *row;
    struct qp_txn t;
    bool hit = false;
    if (w->nmatters == 0 || qp_read_begin(w->node[0].store, &r, NULL))
        return false;
    hit = !qp_matter_read(&r, w->matters[0], &row, a, NULL);
    qp_read_end(&r);
    if (!hit || qp_store_begin(w->node[0].store, &t, NULL))
        return false;
    row->face->redo += 7;
    return done(&t, write_row(w, &t, 0, w->matters[0], row, a));
}

/* Puts `key` with `val` into a table of node i, or empties the table. */
static bool meddle(struct sim_world *w, int i, enum qp_table table, const void *key, size_t len,
                   const void *val, size_t vlen)
{
    struct qp_txn t;
    if (qp_store_begin(w->node[i].store, &t, NULL))
        return false;
    int rc = key ? qp_put(t.tables, qp_store_dbi(w->node[i].store, table), key, len, val, vlen, NULL)
                 : mdb_drop(t.tables, qp_store_dbi(w->node[i].store, table), 0);
    return done(&t, rc);
}

/* Journals the root's second received record again: as it was, or as if another child had brought it. */
static bool journal_again(struct sim_world *w, bool other_peer)
{
    struct qp_txn t;
    int again_rc = QP_ENOTFOUND;
    if (qp_store_begin(w->node[0].store, &t, NULL))
        return false;
    for (uint64_t at = 1; at <= t.head && again_rc; at++) {
        struct qp_record rec, again;
        if (qp_journal_get(t.journal, w->node[0].store, at, &rec, NULL) || rec.kind != QP_RECORD_RECEIVED)
            continue;
        uint8_t *copy = malloc(rec.parcel.len);
        if (!copy)
            abort();
        memcpy(copy, rec.parcel.p, rec.parcel.len);
        again = rec;
        again.parcel.p = copy;
        if (other_peer)
            for (int k = 0; k < w->node[0].nkids; k++)
                if (memcmp(w->node[w->node[0].kids[k]].id, rec.peer, QP_ID_LEN) != 0)
                    memcpy(again.peer, w->node[w->node[0].kids[k]].id, QP_ID_LEN);
        again_rc = qp_journal_append(&t, &again, NULL);
        if (!again_rc)
            again_rc = qp_tables_set_position(&t, t.head, &t.head_hash, NULL);
        free(copy);
    }
    return done(&t, again_rc);
}

/* The same draft again at the root, with its key's memory wiped. */
static bool say_twice(struct sim_world *w)
{
    for (int k = 0; k < w->nacked; k++) {
        struct sim_acked *ac = &w->acked[k];
        if (ac->body != QP__EVENT__BODY_COMMENTED || !w->node[ac->node].up || ac->node != 0)
            continue;
        if (!meddle(w, 0, QP_T_IDEM, NULL, 0, NULL, 0))
            return false;
        sim_comment(w, 0, ac->matter, ac->key);
        return true;
    }
    return false;
}

/* A node that has something waiting takes all of it for acknowledged. */
static bool acknowledge(struct sim_world *w)
{
    for (int i = 1; i < w->n; i++) {
        struct sim_node *x = &w->node[i];
        struct qp_peer_entry p;
        struct qp_txn t;
        if (!x->up || !w->node[x->parent].up || qp_core_recovering(x->core) ||
            qp_store_begin(x->store, &t, NULL))
            continue;
        const uint8_t *parent = w->node[x->parent].id;
        qp_peer_read(t.tables, x->store, parent, &p);
        p.acked[0] = p.acked[1] = p.acked[2] = UINT64_MAX / 2;
        if (!done(&t,
                  qp_put(t.tables, qp_store_dbi(x->store, QP_T_PEER), parent, QP_ID_LEN, &p, sizeof p, NULL)))
            return false;
        for (int k = 0; k < 400; k++)
            sim_check_ticks(w, i);
    }
    return true;
}

/* A child of the root is noted to have acknowledged what the root has not said yet. */
static bool overstate(struct sim_world *w)
{
    const uint8_t *child = w->node[w->node[0].kids[0]].id;
    struct qp_peer_entry p;
    struct qp_txn t;
    if (qp_store_begin(w->node[0].store, &t, NULL))
        return false;
    qp_peer_read(t.tables, w->node[0].store, child, &p);
    p.acked[0] = t.head + 1000;
    return done(&t, qp_put(t.tables, qp_store_dbi(w->node[0].store, QP_T_PEER), child, QP_ID_LEN, &p,
                           sizeof p, NULL));
}

/* A row names the liar as its holder. */
static bool believe(struct sim_world *w, struct qp_arena *a)
{
    struct qp_txn t;
    struct qp_read r;
    Qp__Row *row;
    if (w->nmatters == 0 || qp_read_begin(w->node[0].store, &r, NULL))
        return false;
    bool hit = !qp_matter_read(&r, w->matters[0], &row, a, NULL);
    qp_read_end(&r);
    if (!hit || qp_store_begin(w->node[0].store, &t, NULL))
        return false;
    row->face->members[row->face->n_members - 1] = (ProtobufCBinaryData){QP_ID_LEN, w->node[w->liar].id};
    return done(&t, write_row(w, &t, 0, w->matters[0], row, a));
}

/* Called once, when the faults are over and before the healing. False: this run offers no place for the bug.
 */
bool sim_plant(struct sim_world *w)
{
    struct qp_arena *a = qp_arena_new(16 << 20);
    bool ok = true;
    switch (w->bug) {
    case SIM_BUG_TIMEOUT_THAWS: ok = thaw(w, a); break;
    case SIM_BUG_TWICE: ok = w->node[0].up && say_twice(w); break;
    case SIM_BUG_FACE: ok = w->node[0].up && change_face(w, a); break;
    case SIM_BUG_BOARD: ok = w->node[0].up && meddle(w, 0, QP_T_CELL, NULL, 0, NULL, 0); break;
    case SIM_BUG_SCOPE: ok = w->node[0].up && w->node[0].nkids > 1 && journal_again(w, true); break;
    case SIM_BUG_CHAIN: ok = w->node[0].up && journal_again(w, false); break;
    case SIM_BUG_REBUILD: ok = w->node[0].up && meddle(w, 0, QP_T_NAME, "12345678", 8, "nobody", 6); break;
    case SIM_BUG_TICKS: ok = acknowledge(w); break;
    case SIM_BUG_BELIEVED: ok = w->node[0].up && w->liar > 0 && believe(w, a); break;
    case SIM_BUG_LEDGER: ok = w->node[0].up && w->node[0].nkids > 0 && overstate(w); break;
    case SIM_BUG_LATER: ok = sim_plant_work(w, a, true); break;
    case SIM_BUG_PART: ok = sim_plant_work(w, a, false); break;
    case SIM_BUG_WARNING: ok = w->node[0].up && meddle(w, 0, QP_T_WARNING, NULL, 0, NULL, 0); break;
    case SIM_BUG_WARNED: ok = w->node[0].up && meddle(w, 0, QP_T_WARNING, NULL, 0, NULL, 0); break;
    case SIM_BUG_LEAD: ok = w->node[0].up && meddle(w, 0, QP_T_LEAD, NULL, 0, NULL, 0); break;
    case SIM_BUG_FOUND: ok = w->node[0].up && sim_plant_found(w, a); break;
    case SIM_BUG_PATROL: ok = w->node[0].up && sim_plant_patrol(w, a); break;
    case SIM_BUG_PATROL_DAY: ok = w->node[0].up && sim_plant_patrol_day(w); break;
    case SIM_BUG_WHISPER:
        ok = w->node[0].up && w->nmarks > 0 && meddle(w, 0, QP_T_NAME, "12345678", 8, w->marks[0], SIM_MARK);
        break;
    case SIM_BUG_LINE_ORDER:
    case SIM_BUG_LINE_TWICE:
    case SIM_BUG_LINE_LOST:
    case SIM_BUG_LINE_TICK:
    case SIM_BUG_LINE_SEEN: ok = sim_plant_line(w, a); break;
    case SIM_BUG_POLICY_LOST:
        ok = w->node[1].up && sim_has_policies(w) && meddle(w, 1, QP_T_POLICY, NULL, 0, NULL, 0);
        break;
    case SIM_BUG_POLICY_LOOSE: ok = w->node[1].up && sim_has_policies(w) && sim_plant_policy(w); break;
    case SIM_BUG_RECORD_STAYS:
    case SIM_BUG_RECORD_GIVEN: ok = sim_plant_record(w, a); break;
    case SIM_BUG_RING: ok = w->node[0].up && sim_plant_ring(w, a); break;
    default: break;
    }
    qp_arena_free(a);
    return ok;
}

/* Runs every bug over a few seeds; each must be caught, by its own checker. */
int sim_planted(void)
{
    int missed = 0;
    struct sim_world *w = malloc(sizeof *w);
    if (!w)
        abort();
    for (size_t b = 0; b < sizeof PLANTS / sizeof PLANTS[0]; b++) {
        bool caught = false;
        unsigned long long seed = 1;
        char last[200] = "nothing";
        for (; seed <= 40 && !caught; seed++) {
            struct sim_plan p = {
                .nodes = 5, .commands = 90, .crashes = PLANTS[b].bug == SIM_BUG_ANSWER_EARLY ? 6 : 0};
            if (PLANTS[b].bug == SIM_BUG_UNTOLD)
                p = (struct sim_plan){.nodes = 7, .commands = 150, .crashes = 12, .wipes = 1};
            if (PLANTS[b].bug == SIM_BUG_TICKS)
                p = (struct sim_plan){.nodes = 5, .commands = 150, .cuts = 12};
            if (PLANTS[b].bug == SIM_BUG_BELIEVED)
                p.lies = 1;
            if (PLANTS[b].bug == SIM_BUG_FOLDER || PLANTS[b].bug == SIM_BUG_SILENCE)
                p.clones = 4;
            if (PLANTS[b].bug == SIM_BUG_FAREWELL || PLANTS[b].bug == SIM_BUG_THROWN)
                p.displaced = 4;
            if (PLANTS[b].bug == SIM_BUG_GIVEN) {
                p.lies = 1;
                p.floods = 60;
            }
            if (PLANTS[b].bug == SIM_BUG_CLOCK) {
                sim_run(w, seed, &p, PLANTS[b].bug, false);
                struct qp_hash first = w->hash;
                sim_run(w, seed, &p, PLANTS[b].bug, false);
                caught = !qp_hash_eq(&first, &w->hash);
                continue;
            }
            if (!sim_run(w, seed, &p, PLANTS[b].bug, false)) {
                caught = strstr(w->failure, PLANTS[b].caught_by);
                snprintf(last, sizeof last, "%.190s", w->failure);
            }
        }
        fflush(stdout);
        printf("%-8s %s: %s\n", caught ? "caught" : "MISSED", PLANTS[b].what,
               caught ? PLANTS[b].caught_by : last);
        missed += !caught;
    }
    free(w);
    printf("%zu passed, %d failed\n", sizeof PLANTS / sizeof PLANTS[0] - (size_t)missed, missed);
    return missed == 0 ? 0 : 1;
}
