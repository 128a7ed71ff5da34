/* kept.c: what facts do to the rows of leads. See kept.h. A lead's value begins with its node, as a warning's.
 *
 *   found: (the first matter's lead) · the matter joins, or is proposed      said of a matter: a move, kept in its row
 *   said of a lead: a word, kept in its row                                  undo: the last move, or the last word */
#include <string.h>

#include "node/insight/clue/inside.h"
#include "proto/codec.h"

/* One fact's work. */
struct deed {
    struct qp_txn *t;
    const uint8_t *node;
    const char *area; /* the node's */
    int64_t at_us;
    struct qp_arena *a;
    struct qp_err *e;
};

static int no_memory(struct qp_err *e)
{
    return qp_fail(e, QP_ENOMEM, "no memory for a lead");
}

void qp_lead_id(uint8_t id[QP_ID_LEN], const uint8_t node[QP_ID_LEN], const uint8_t first[QP_ID_LEN])
{
    struct qp_hash h;
    const struct qp_part parts[] = {{node, QP_ID_LEN}, {first, QP_ID_LEN}};
    qp_hash_parts(&h, parts, 2);
    memcpy(id, h.b, QP_ID_LEN);
}

void qp_lead_split_id(uint8_t id[QP_ID_LEN], const uint8_t lead[QP_ID_LEN], const uint8_t matter[QP_ID_LEN])
{
    struct qp_hash h;
    const struct qp_part parts[] = {{"apart", 5}, {lead, QP_ID_LEN}, {matter, QP_ID_LEN}};
    qp_hash_parts(&h, parts, 3);
    memcpy(id, h.b, QP_ID_LEN);
}

/* ---- rows ---- */

static MDB_dbi table(const struct deed *d)
{
    return qp_store_dbi(d->t->store, QP_T_LEAD);
}

static int put(struct deed *d, enum qp_lead_key what, const uint8_t *one, const uint8_t *two, const void *v,
               size_t len)
{
    uint8_t key[QP_CLUE_KEY_LEN];
    size_t n = qp_lead_key(key, what, one, QP_ID_LEN, two, two ? QP_ID_LEN : 0);
    return qp_put(d->t->tables, table(d), key, n, v, len, d->e);
}

static int del(struct deed *d, enum qp_lead_key what, const uint8_t *one, const uint8_t *two)
{
    uint8_t key[QP_CLUE_KEY_LEN];
    size_t n = qp_lead_key(key, what, one, QP_ID_LEN, two, two ? QP_ID_LEN : 0);
    return qp_del(d->t->tables, table(d), key, n, d->e);
}

/* The lead's place in the order of lists. */
static int when(struct deed *d, const Qp__LeadRow *row, bool there)
{
    uint8_t key[QP_CLUE_KEY_LEN], be[8];
    qp_be64(be, (uint64_t)row->at_us);
    size_t n = qp_lead_key(key, QP_CLUE_KEY_FOUND, be, sizeof be, row->lead.data, QP_ID_LEN);
    return there ? qp_put(d->t->tables, table(d), key, n, "", 0, d->e)
                 : qp_del(d->t->tables, table(d), key, n, d->e);
}

static int lead_write(struct deed *d, const Qp__LeadRow *row)
{
    size_t len;
    uint8_t *bytes = qp_encode(&row->base, d->a, &len);
    uint8_t *v = bytes ? qp_arena_take(d->a, QP_ID_LEN + len) : NULL;
    if (!v)
        return no_memory(d->e);
    memcpy(v, row->node.data, QP_ID_LEN);
    memcpy(v + QP_ID_LEN, bytes, len);
    return put(d, QP_CLUE_KEY_LEAD, row->lead.data, NULL, v, QP_ID_LEN + len);
}

/* A matter of which nothing is left to say has no row. */
static int member_write(struct deed *d, const uint8_t *matter, const Qp__LeadMember *m)
{
    size_t len;
    if (m->lead.len == 0 && m->proposed.len == 0 && m->n_moves == 0)
        return del(d, QP_CLUE_KEY_MEMBER, matter, d->node);
    uint8_t *bytes = qp_encode(&m->base, d->a, &len);
    return !bytes ? no_memory(d->e) : put(d, QP_CLUE_KEY_MEMBER, matter, d->node, bytes, len);
}

static ProtobufCBinaryData id_of(const uint8_t *id)
{
    return (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)id};
}

/* The lead, if it is this node's; *row NULL: it is not, or there is none. */
static int lead_read(struct deed *d, const uint8_t *id, Qp__LeadRow **row)
{
    int rc = qp_lead_get(d->t->tables, d->t->store, id, row, d->a, d->e);
    if (rc == QP_ENOTFOUND || (!rc && memcmp((*row)->node.data, d->node, QP_ID_LEN) != 0)) {
        *row = NULL;
        return 0;
    }
    return rc;
}

/* The matter as it stands; a new one where nothing was said of it. */
static int member_read(struct deed *d, const uint8_t *matter, Qp__LeadMember **m)
{
    int rc = qp_lead_member(d->t->tables, d->t->store, matter, d->node, m, d->a, d->e);
    if (rc != QP_ENOTFOUND)
        return rc;
    *m = qp_arena_take(d->a, sizeof **m);
    if (!*m)
        return no_memory(d->e);
    qp__lead_member__init(*m);
    return 0;
}

static int lead_new(struct deed *d, const uint8_t *id, const char *area, const char *place, Qp__LeadRow **row)
{
    *row = qp_arena_take(d->a, sizeof **row);
    if (!*row)
        return no_memory(d->e);
    qp__lead_row__init(*row);
    (*row)->lead = id_of(id);
    (*row)->node = id_of(d->node);
    (*row)->area = (char *)(uintptr_t)area;
    (*row)->place = (char *)(uintptr_t)place;
    (*row)->at_us = d->at_us;
    return when(d, *row, true);
}

/* One matter more or less belongs, or may belong, to a lead; what was said of the lead in this fact is in `row`. */
static int belong(struct deed *d, Qp__LeadRow *row, const uint8_t *matter, enum qp_lead_how how, bool more)
{
    uint32_t *n = how == QP_LEAD_HOW_JOINED ? &row->joined : &row->proposed;
    uint8_t byte = (uint8_t)how;
    *n = more ? *n + 1 : *n > 0 ? *n - 1 : 0;
    return more ? put(d, QP_CLUE_KEY_BELONGS, row->lead.data, matter, &byte, 1)
                : del(d, QP_CLUE_KEY_BELONGS, row->lead.data, matter);
}

/* The same, for a lead that is named by its id. */
static int belong_to(struct deed *d, const ProtobufCBinaryData *lead, const uint8_t *matter,
                     enum qp_lead_how how, bool more)
{
    Qp__LeadRow *row;
    int rc = lead->len == QP_ID_LEN ? lead_read(d, lead->data, &row) : QP_ENOTFOUND;
    if (rc == QP_ENOTFOUND || (!rc && !row))
        return 0;
    if (!rc)
        rc = belong(d, row, matter, how, more);
    return !rc ? lead_write(d, row) : rc;
}

/* ---- found ---- */

/* The lead that a fact names; founded by it where it is the first word of it. *row NULL: it has no effect. */
static int found_in(struct deed *d, const char *area, const Qp__LeadFound *f, Qp__LeadRow **row)
{
    uint8_t id[QP_ID_LEN];
    Qp__LeadMember *first;
    int rc = qp_lead_get(d->t->tables, d->t->store, f->lead.data, row, d->a, d->e);
    if (!rc && memcmp((*row)->node.data, d->node, QP_ID_LEN) != 0)
        *row = NULL;
    if (rc != QP_ENOTFOUND)
        return rc;
    *row = NULL;
    qp_lead_id(id, d->node, f->nearest.data);
    if (f->first.len != QP_ID_LEN || memcmp(f->first.data, f->nearest.data, QP_ID_LEN) != 0 ||
        memcmp(id, f->lead.data, QP_ID_LEN) != 0 || memcmp(f->first.data, f->matter.data, QP_ID_LEN) == 0)
        return 0; /* nobody speaks under an id that is another's */
    rc = member_read(d, f->first.data, &first);
    if (rc || first->lead.len != 0)
        return rc;
    rc = lead_new(d, f->lead.data, area, f->place, row);
    if (!rc)
        rc = belong(d, *row, f->first.data, QP_LEAD_HOW_JOINED, true);
    first->lead = f->lead;
    return !rc ? member_write(d, f->first.data, first) : rc;
}

int qp_lead_put(struct qp_txn *t, const uint8_t node[QP_ID_LEN], const char *area, const Qp__LeadFound *f,
                int64_t at_us, struct qp_arena *a, struct qp_err *e)
{
    struct deed d = {t, node, area, at_us, a, e};
    Qp__LeadMember *m;
    Qp__LeadRow *row;
    int rc = member_read(&d, f->matter.data, &m);
    if (rc || m->lead.len != 0 || m->proposed.len != 0 || m->n_moves != 0)
        return rc; /* it has been found before, and what was said of it since counts */
    rc = found_in(&d, area, f, &row);
    if (rc || !row)
        return rc;
    *(f->proposed ? &m->proposed : &m->lead) = f->lead;
    m->nearest = f->nearest;
    m->ppm = f->ppm;
    m->named = f->named;
    m->at_us = at_us;
    rc = when(&d, row, false);
    row->place = f->place;
    row->at_us = at_us;
    if (!rc)
        rc = when(&d, row, true);
    if (!rc)
        rc = belong(&d, row, f->matter.data, f->proposed ? QP_LEAD_HOW_PROPOSED : QP_LEAD_HOW_JOINED, true);
    if (!rc)
        rc = lead_write(&d, row);
    return !rc ? member_write(&d, f->matter.data, m) : rc;
}

/* ---- said of a matter ---- */

/* The newest of a full list pushes the oldest out. */
static int push_move(struct deed *d, Qp__LeadMember *m, const Qp__LeadSaid *said, const char *by,
                     const char *place)
{
    size_t drop = m->n_moves == QP_LEAD_MOVES, n = m->n_moves - drop;
    Qp__LeadMove **moves = qp_arena_take(d->a, sizeof *moves * (n + 1)), *x = qp_arena_take(d->a, sizeof *x);
    if (!moves || !x)
        return no_memory(d->e);
    if (n > 0)
        memcpy(moves, m->moves + drop, sizeof *moves * n);
    qp__lead_move__init(x);
    x->verb = said->verb;
    x->from = m->lead;
    x->proposed = m->proposed;
    x->place = (char *)(uintptr_t)place;
    x->set = said->place;
    x->text = said->text;
    x->by = (char *)(uintptr_t)by;
    x->at_us = d->at_us;
    moves[n] = x;
    m->moves = moves;
    m->n_moves = n + 1;
    return 0;
}

/* Out of where it is, and of where it was proposed to. */
static int take_out(struct deed *d, const uint8_t *matter, Qp__LeadMember *m)
{
    int rc = belong_to(d, &m->lead, matter, QP_LEAD_HOW_JOINED, false);
    if (!rc)
        rc = belong_to(d, &m->proposed, matter, QP_LEAD_HOW_PROPOSED, false);
    m->proposed = (ProtobufCBinaryData){0, NULL};
    return rc;
}

/* The lead of a matter that was alone until now, which `said` founds so that another can join it. */
static int found_for(struct deed *d, const Qp__LeadSaid *said, Qp__LeadRow **row)
{
    uint8_t id[QP_ID_LEN];
    Qp__LeadMember *first;
    qp_lead_id(id, d->node, said->into.data);
    if (memcmp(id, said->lead.data, QP_ID_LEN) != 0 ||
        memcmp(said->into.data, said->matter.data, QP_ID_LEN) == 0)
        return 0;
    int rc = member_read(d, said->into.data, &first);
    if (rc || first->lead.len != 0)
        return rc;
    first->lead = said->lead;
    rc = lead_new(d, said->lead.data, d->area, said->place, row);
    if (!rc)
        rc = belong(d, *row, said->into.data, QP_LEAD_HOW_JOINED, true);
    if (!rc)
        rc = lead_write(d, *row);
    return !rc ? member_write(d, said->into.data, first) : rc;
}

static int join(struct deed *d, const Qp__LeadSaid *said, const char *by, Qp__LeadMember *m)
{
    Qp__LeadRow *row;
    int rc = lead_read(d, said->lead.data, &row);
    if (!rc && !row && said->into.len == QP_ID_LEN)
        rc = found_for(d, said, &row);
    if (rc || !row || (m->lead.len != 0 && memcmp(m->lead.data, said->lead.data, QP_ID_LEN) == 0))
        return rc;
    rc = push_move(d, m, said, by, row->place);
    if (!rc)
        rc = take_out(d, said->matter.data, m);
    if (!rc)
        rc = lead_read(d, said->lead.data, &row); /* it may have been proposed to this one */
    if (rc)
        return rc;
    m->lead = said->lead;
    row->place = said->place;
    rc = belong(d, row, said->matter.data, QP_LEAD_HOW_JOINED, true);
    if (!rc)
        rc = lead_write(d, row);
    return !rc ? member_write(d, said->matter.data, m) : rc;
}

static int split(struct deed *d, const Qp__LeadSaid *said, const char *by, Qp__LeadMember *m)
{
    uint8_t id[QP_ID_LEN];
    Qp__LeadRow *row, *own;
    int rc = lead_read(d, said->lead.data, &row);
    qp_lead_split_id(id, said->lead.data, said->matter.data);
    if (rc || !row || row->joined < 2 || m->lead.len == 0 ||
        memcmp(m->lead.data, said->lead.data, QP_ID_LEN) != 0 || said->into.len != QP_ID_LEN ||
        memcmp(said->into.data, id, QP_ID_LEN) != 0)
        return rc;
    rc = push_move(d, m, said, by, "");
    if (!rc)
        rc = take_out(d, said->matter.data, m);
    if (!rc)
        rc = lead_read(d, id, &own);
    if (!rc && !own)
        rc = lead_new(d, said->into.data, row->area, said->place, &own);
    if (!rc)
        rc = belong(d, own, said->matter.data, QP_LEAD_HOW_JOINED, true);
    if (!rc)
        rc = lead_write(d, own);
    m->lead = said->into;
    return !rc ? member_write(d, said->matter.data, m) : rc;
}

static int decline(struct deed *d, const Qp__LeadSaid *said, const char *by, Qp__LeadMember *m)
{
    if (m->proposed.len == 0 || memcmp(m->proposed.data, said->lead.data, QP_ID_LEN) != 0)
        return 0;
    int rc = push_move(d, m, said, by, "");
    if (!rc)
        rc = belong_to(d, &m->proposed, said->matter.data, QP_LEAD_HOW_PROPOSED, false);
    m->proposed = (ProtobufCBinaryData){0, NULL};
    return !rc ? member_write(d, said->matter.data, m) : rc;
}

/* The lead that a join or split had put it into is as it was before; one that the split made, and nothing has come into
 * since, is gone. */
static int leave(struct deed *d, const uint8_t *matter, const Qp__LeadMember *m, const Qp__LeadMove *x)
{
    Qp__LeadRow *row;
    int rc = m->lead.len == QP_ID_LEN ? lead_read(d, m->lead.data, &row) : QP_ENOTFOUND;
    if (rc == QP_ENOTFOUND || (!rc && !row))
        return 0;
    if (!rc)
        rc = belong(d, row, matter, QP_LEAD_HOW_JOINED, false);
    if (rc)
        return rc;
    if (x->verb == QP_LEAD_JOIN && strcmp(row->place, x->set) == 0)
        row->place = x->place;
    if (x->verb == QP_LEAD_JOIN || row->joined > 0 || row->proposed > 0 || row->n_words > 0)
        return lead_write(d, row);
    rc = when(d, row, false);
    return !rc ? del(d, QP_CLUE_KEY_LEAD, row->lead.data, NULL) : rc;
}

/* Is there a lead to come back to? No id is none, and can be come back to. */
static int stands(struct deed *d, const ProtobufCBinaryData *lead, bool *yes)
{
    Qp__LeadRow *row;
    *yes = true;
    if (lead->len != QP_ID_LEN)
        return 0;
    int rc = lead_read(d, lead->data, &row);
    *yes = !rc && row;
    return rc;
}

/* Without effect where the lead that the move came from is gone, with the split that had made it. */
static int undo_move(struct deed *d, const uint8_t *matter, Qp__LeadMember *m)
{
    if (m->n_moves == 0)
        return 0;
    const Qp__LeadMove *x = m->moves[m->n_moves - 1];
    bool from = true, proposed = true;
    int rc = x->verb != QP_LEAD_DECLINE ? stands(d, &x->from, &from) : 0;
    if (!rc)
        rc = stands(d, &x->proposed, &proposed);
    if (rc || !from || !proposed)
        return rc;
    m->n_moves--;
    if (x->verb != QP_LEAD_DECLINE) {
        rc = leave(d, matter, m, x);
        m->lead = x->from;
        if (!rc)
            rc = belong_to(d, &m->lead, matter, QP_LEAD_HOW_JOINED, true);
    }
    m->proposed = x->proposed;
    if (!rc)
        rc = belong_to(d, &m->proposed, matter, QP_LEAD_HOW_PROPOSED, true);
    return !rc ? member_write(d, matter, m) : rc;
}

/* ---- said of a lead as a whole ---- */

/* The oldest makes room, but for the one that names the lead's matter: without it a second matter would be made of the lead. */
static size_t word_to_drop(const Qp__LeadRow *row)
{
    size_t at = 0;
    while (at < row->n_words && row->words[at]->verb == QP_LEAD_MATTER)
        at++;
    return at < row->n_words ? at : 0;
}

/* It was heard before: whoever goes on as his next incarnation says again what was refused anywhere above, also to who had taken it (E6). */
static bool has_word(const struct deed *d, const Qp__LeadRow *row, const Qp__LeadSaid *said, const char *by)
{
    bool has = false;
    for (size_t i = 0; i < row->n_words && !has; i++) {
        const Qp__LeadWord *x = row->words[i];
        has = x->verb == said->verb && x->at_us == d->at_us && strcmp(x->by, by) == 0 &&
              strcmp(x->text, said->text) == 0;
    }
    return has;
}

static int push_word(struct deed *d, Qp__LeadRow *row, const Qp__LeadSaid *said, const char *by)
{
    if (has_word(d, row, said, by))
        return 0;
    size_t n = 0, drop = row->n_words == QP_LEAD_WORDS ? word_to_drop(row) : row->n_words;
    Qp__LeadWord **words = qp_arena_take(d->a, sizeof *words * (row->n_words + 1)),
                 *x = qp_arena_take(d->a, sizeof *x);
    if (!words || !x)
        return no_memory(d->e);
    for (size_t i = 0; i < row->n_words; i++)
        if (i != drop)
            words[n++] = row->words[i];
    qp__lead_word__init(x);
    x->verb = said->verb;
    x->text = said->text;
    x->by = (char *)(uintptr_t)by;
    x->at_us = d->at_us;
    x->matter = said->matter;
    words[n] = x;
    row->words = words;
    row->n_words = n + 1;
    return 0;
}

static int of_lead(struct deed *d, const Qp__LeadSaid *said, const char *by)
{
    Qp__LeadRow *row;
    int rc = lead_read(d, said->lead.data, &row);
    if (rc || !row)
        return rc;
    if (said->verb != QP_LEAD_UNDO)
        rc = push_word(d, row, said, by);
    else if (row->n_words > 0 && row->words[row->n_words - 1]->verb != QP_LEAD_MATTER)
        row->n_words--;
    return !rc ? lead_write(d, row) : rc;
}

int qp_lead_say(struct qp_txn *t, const uint8_t node[QP_ID_LEN], const char *area, const Qp__LeadSaid *said,
                const char *by, int64_t at_us, struct qp_arena *a, struct qp_err *e)
{
    struct deed d = {t, node, area, at_us, a, e};
    Qp__LeadMember *m;
    switch (said->verb) {
    case QP_LEAD_CONFIRM:
    case QP_LEAD_DISMISS:
    case QP_LEAD_MATTER: return of_lead(&d, said, by);
    case QP_LEAD_UNDO:
        if (said->matter.len == 0)
            return of_lead(&d, said, by);
        break;
    case QP_LEAD_JOIN:
    case QP_LEAD_SPLIT:
    case QP_LEAD_DECLINE: break;
    default: return 0; /* of a later build */
    }
    int rc = said->matter.len == QP_ID_LEN ? member_read(&d, said->matter.data, &m) : QP_ENOTFOUND;
    if (rc)
        return rc == QP_ENOTFOUND ? 0 : rc;
    switch (said->verb) {
    case QP_LEAD_JOIN: return join(&d, said, by, m);
    case QP_LEAD_SPLIT: return split(&d, said, by, m);
    case QP_LEAD_DECLINE: return decline(&d, said, by, m);
    default: return undo_move(&d, said->matter.data, m);
    }
}
