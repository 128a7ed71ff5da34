/* said.c: what people say of warnings and leads at the node that found them (WN6, CU7), while nodes crash, burn and are cut. That each
 * node above has the same rows say watch.c and leads.c; here: what was answered is there, once. A disk that burned excuses its own, and
 * so does a folder that joined again: people are told to say it once more (E6). */
#include "node/insight/clue/inside.h"
#include "node/insight/watch/kept.h"
#include "proto/limits.h"
#include "tests/sim/world.h"

/* ---- somebody says something ---- */

struct pick { /* one of them, by lot */
    struct sim_world *w;
    uint8_t id[QP_ID_LEN];
    uint64_t seen;
};

static void pick(struct pick *p, const uint8_t *id)
{
    if (sim_below(p->w, ++p->seen) == 0)
        memcpy(p->id, id, QP_ID_LEN);
}

static int pick_warning(void *arg, const Qp__WarningRow *row)
{
    if (row->n_notes < QP_WARNING_NOTES / 2)
        pick(arg, row->warning->id.data);
    return 0;
}

/* Each lead that node i says itself. */
static void each_lead(struct sim_world *w, int i, struct qp_read *r, struct qp_arena *a,
                      void (*each)(void *arg, const Qp__LeadRow *row), void *arg)
{
    MDB_cursor *cursor;
    MDB_val k, v;
    Qp__LeadRow *row;
    if (mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_LEAD), &cursor))
        abort();
    for (int got = mdb_cursor_get(cursor, &k, &v, MDB_FIRST); got == 0;
         got = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) {
        const uint8_t *key = k.mv_data;
        qp_arena_reset(a);
        if (key[0] == QP_CLUE_KEY_LEAD && !qp_lead_get(r->tables, r->store, key + 1, &row, a, NULL) &&
            memcmp(row->node.data, w->node[i].id, QP_ID_LEN) == 0)
            each(arg, row);
    }
    mdb_cursor_close(cursor);
}

static void pick_lead(void *arg, const Qp__LeadRow *row)
{
    if (row->joined > 1 && row->n_words < QP_LEAD_WORDS / 2)
        pick(arg, row->lead.data);
}

/* A dismissed lead takes nothing in from then on: what its matters, compared anew, come to would not be what was found. */
static Qp__Event *of_lead(struct sim_world *w, int i, ProtobufCBinaryData id, char *text)
{
    Qp__Event *d = SIM_NEW(event);
    d->body_case = QP__EVENT__BODY_LEAD_SAID;
    d->lead_said = SIM_NEW(lead_said);
    d->lead_said->lead = id;
    d->lead_said->verb = QP_LEAD_CONFIRM;
    d->lead_said->text = text;
    return d;
}

static Qp__Event *of_warning(struct sim_world *w, int i, ProtobufCBinaryData id, char *text)
{
    Qp__Event *d = SIM_NEW(event);
    d->body_case = QP__EVENT__BODY_WARNING_SAID;
    d->warning_said = SIM_NEW(warning_said);
    d->warning_said->warning = id;
    d->warning_said->verb = sim_chance(w, 70) ? QP_WARNING_NOTE : QP_WARNING_DISMISS;
    d->warning_said->text = text;
    return d;
}

void sim_sayer(struct sim_world *w, int i)
{
    struct pick p = {.w = w};
    struct qp_arena *gather = w->node[i].gather, *a = qp_arena_new(4 << 20);
    struct qp_read r;
    char text[32];
    bool lead = sim_chance(w, 50);
    if (w->nwords < SIM_ACKED && !qp_read_begin(w->node[i].store, &r, NULL)) {
        if (lead)
            each_lead(w, i, &r, a, pick_lead, &p);
        else
            qp_warnings_own(r.tables, r.store, w->node[i].id, INT32_MIN, INT32_MAX, pick_warning, &p, a,
                            NULL);
        qp_read_end(&r);
    }
    qp_arena_free(a);
    if (p.seen == 0)
        return;
    uint64_t number = w->next_ticket + 1 + (w->bug == SIM_BUG_WORD ? 1 << 20 : 0);
    snprintf(text, sizeof text, "word %llu", (unsigned long long)number);
    const ProtobufCBinaryData id = {QP_ID_LEN, qp_arena_copy(gather, p.id, QP_ID_LEN)};
    Qp__Event *d = (lead ? of_lead : of_warning)(w, i, id, qp_arena_text(gather, text));
    d->by = (char *)(uintptr_t) "token:sim";
    struct qp_command c = {.op = lead ? QP_OP_LEAD : QP_OP_WARNING, .draft = d, .if_version = -1};
    sim_command(w, i, &c, "", (int)c.op);
    w->words[w->nwords++] = (struct sim_walked){.ticket = w->next_ticket, .node = i};
}

/* ---- what was answered is there ---- */

void sim_word_replied(struct sim_world *w, const struct qp_reply *r)
{
    for (int k = 0; k < w->nwords; k++)
        w->words[k].answered |= r->code == 0 && w->words[k].ticket == r->ticket;
}

/* What was said of a rise goes on with the warning that it is when it begins on another day (WN7): so it is counted in each row by itself. */
struct found {
    const struct sim_world *w;
    int row, of[SIM_ACKED],
        times[SIM_ACKED]; /* the row that is looked at, the last that had it, how often one has it at most */
};

static void find(struct found *x, const char *text)
{
    unsigned long long number;
    for (int k = 0; sscanf(text, "word %llu", &number) == 1 && k < x->w->nwords; k++) {
        if (x->w->words[k].ticket != number)
            continue;
        x->times[k] += x->times[k] == 0 || x->of[k] == x->row;
        x->of[k] = x->row;
    }
}

static int find_in_warning(void *arg, const Qp__WarningRow *row)
{
    ((struct found *)arg)->row++;
    for (size_t i = 0; i < row->n_notes; i++)
        find(arg, row->notes[i]->text);
    return 0;
}

static void find_in_lead(void *arg, const Qp__LeadRow *row)
{
    ((struct found *)arg)->row++;
    for (size_t i = 0; i < row->n_words; i++)
        find(arg, row->words[i]->text);
}

void sim_check_words(struct sim_world *w, struct qp_read *const *r)
{
    struct found x = {.w = w};
    struct qp_arena *a = qp_arena_new(16 << 20);
    for (int i = 0; i < w->n; i++) {
        if (!r[i])
            continue;
        if (qp_warnings_own(r[i]->tables, r[i]->store, w->node[i].id, INT32_MIN, INT32_MAX, find_in_warning,
                            &x, a, NULL))
            sim_fail(w, "the warnings of %s cannot be read", w->node[i].path);
        each_lead(w, i, r[i], a, find_in_lead, &x);
    }
    qp_arena_free(a);
    for (int k = 0; k < w->nwords && w->failure[0] == 0; k++) {
        int i = w->words[k].node;
        w->words_seen += x.times[k] > 0;
        if (x.times[k] > 1)
            sim_fail(w, "a word of %s is there twice", w->node[i].path);
        if (w->words[k].answered && x.times[k] == 0 && w->fires[i] == 0 && !w->node[i].revoked)
            sim_fail(w, "a word of %s was answered and is lost", w->node[i].path);
    }
}
