/* feed.c: GET /api/v1/feed: all that the journal holds of matters, in its order, for a copy elsewhere (`qipan sink`).
 *
 *   ?after=POSITION&hash=HASH   what the copy holds, and the hash of that record: another one here is a fork (409)
 *
 * NDJSON: a head line, then at least one line for each record, so that a gap shows; the last line says how far this node
 * has come. An event comes once, from the first record that holds it. Beside it stands its matter as it is now: writing
 * that again and again ends with what is. It comes with the first of its events in an answer: all are of one moment. What people wrote, and who they are, is left out: no title, text, note, person,
 * place or name (rule SK3, node/sink/RULES.md). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/policy.h"
#include "node/http/calls/calls.h"
#include "node/http/shape/event.h"
#include "node/http/shape/json_matter.h"
#include "node/http/shape/refused.h"

enum { LIMIT = 2000, LIMIT_MOST = 10000, BYTES = 6 * 1024 * 1024, ROWED = 32768, ARENA = 16 * 1024 * 1024 };

struct feed {
    struct qp_call *c;
    struct qp_read *r;
    struct qp_json j;
    struct qp_arena *a;
    struct qp_arena *one; /* of one matter at a time: those of a record are larger together than any arena */
    struct qp_in_force *rules;
    uint8_t asked[QP_ID_LEN]; /* the node whose county was last asked for */
    char county[QP_LABEL_MAX + 1];
    uint64_t *rowed; /* matters whose row this answer has: the same moment, the same row */
    size_t nrowed;
};

static void line_end(struct feed *f)
{
    qp_json_object_end(&f->j);
    qp_json_raw(&f->j, "\n", 1);
}

/* Whether the matter's row is in this answer already; if not, it is from now on. A full table forgets nothing and takes no
 * more: a row then comes again. */
static bool rowed(struct feed *f, const uint8_t id[QP_ID_LEN])
{
    uint64_t key;
    memcpy(&key, id + QP_ID_LEN - sizeof key, sizeof key); /* of the hash */
    size_t at = (size_t)(key % ROWED);
    for (; f->rowed[at]; at = (at + 1) % ROWED) {
        if (f->rowed[at] == key)
            return true;
    }
    if (key && f->nrowed < ROWED / 2) {
        f->rowed[at] = key;
        f->nrowed++;
    }
    return false;
}

static void put_number(struct qp_json *j, const char *name, uint64_t v)
{
    qp_json_key(j, name);
    qp_json_uint(j, v);
}

/* The label below the root on a node's way; the root's own for itself. A node never moves, so that a key may begin with
 * it (SK2). */
static const char *county_of(struct feed *f, ProtobufCBinaryData node, const char *otherwise)
{
    struct qp_node_entry n;
    if (node.len != QP_ID_LEN)
        return "";
    if (*f->county && memcmp(f->asked, node.data, QP_ID_LEN) == 0)
        return f->county;
    const char *path = !qp_node_by_id(f->r, node.data, &n) ? n.path : otherwise;
    const char *from = strchr(path, '/');
    from = from ? from + 1 : path;
    size_t len = strcspn(from, "/");
    len = len < sizeof f->county ? len : sizeof f->county - 1;
    memcpy(f->county, from, len);
    f->county[len] = '\0';
    memcpy(f->asked, node.data, QP_ID_LEN);
    return f->county;
}

static void put_place(struct feed *f, const Qp__Face *face)
{
    bool hidden = f->rules && qp_policy_hides_place(f->rules->policy, face->category);
    const Qp__Location *l = hidden ? NULL : face->location;
    qp_json_key(&f->j, "lat");
    l ? qp_json_real(&f->j, l->lat) : qp_json_null(&f->j);
    qp_json_key(&f->j, "lon");
    l ? qp_json_real(&f->j, l->lon) : qp_json_null(&f->j);
}

static void put_answer(struct qp_json *j, const char *name, bool said, bool yes)
{
    qp_json_key(j, name);
    said ? qp_json_bool(j, yes) : qp_json_null(j);
}

/* Null: no visit, or it was not said (who was not reached has said nothing). */
static void put_visit(struct qp_json *j, const Qp__Visit *v)
{
    put_answer(j, "reached", v, v && v->reached);
    put_answer(j, "resolved", v && v->reached, v && v->resolved);
    put_answer(j, "satisfied", v && v->satisfied, v && v->satisfied == 1);
}

/* A result is free text, and people write names and numbers into it: only the word that has a meaning goes, and whether
 * there is one (SK3). */
static const char *result_of(const char *result)
{
    return strcmp(result, "duplicate") == 0 ? "duplicate" : *result ? "said" : "";
}

static void put_row(struct feed *f, const Qp__Face *face)
{
    struct qp_json *j = &f->j;
    qp_json_key(j, "matter");
    qp_json_object(j);
    qp_json_put(j, "county", county_of(f, face->opener, face->area));
    qp_json_put(j, "area", face->area);
    qp_json_put(j, "state", qp_state_name(face->state));
    qp_json_put(j, "category", face->category);
    qp_json_put(j, "source", face->source);
    qp_json_put(j, "urgency", qp_urgency_name(face->urgency));
    qp_json_put(j, "desk", face->desk);
    qp_json_put(j, "holder", face->holder_path);
    put_number(j, "custody", face->custody);
    put_number(j, "version", face->version);
    put_number(j, "redo", face->redo);
    qp_json_put_time(j, "opened_at", face->opened_us);
    qp_json_put_time(j, "updated_at", face->updated_us);
    qp_json_put_time(j, "handled_at", face->handled_us);
    qp_json_put_time(j, "closed_at", face->closed_us);
    qp_json_put_time(j, "deadline", face->deadline_us);
    qp_json_put_full(j, "result", result_of(face->result));
    qp_json_put_bool(j, "exercise", face->exercise);
    put_place(f, face);
    put_visit(j, face->visit);
    qp_json_object_end(j);
}

/* What is damaged is said and nothing of it is copied: a copy that lacked it would never learn of it. */
static int put_event(struct feed *f, const struct qp_record *rec, const Qp__Event *ev, uint32_t index,
                     struct qp_slice said, struct qp_err *e)
{
    struct qp_json *j = &f->j;
    struct qp_node_entry n;
    struct qp_hash hash;
    Qp__Row *row;
    qp_merkle_leaf(&hash, said.p, said.len);
    qp_json_object(j);
    put_number(j, "position", rec->position);
    put_number(j, "index", index);
    qp_json_put(j, "county", county_of(f, ev->origin, ""));
    qp_json_key(j, "node");
    qp_json_id(j, ev->origin.data, ev->origin.len);
    put_number(j, "incarnation", ev->incarnation);
    put_number(j, "counter", ev->counter);
    qp_json_put(j, "path", !qp_node_by_id(f->r, ev->origin.data, &n) ? n.path : NULL);
    qp_json_key(j, "id");
    qp_json_id(j, ev->matter.data, ev->matter.len);
    qp_json_put(j, "type", qp_event_name((int)ev->body_case));
    qp_json_put_time(j, "at", ev->at_us);
    put_number(j, "event_custody", ev->custody);
    put_number(j, "event_version", ev->version);
    qp_json_key(j, "hash"); /* as proofs have it; the same at every node */
    qp_json_hex(j, hash.b, QP_HASH_LEN);
    qp_arena_reset(f->one);
    int rc = rowed(f, ev->matter.data) ? QP_EEXISTS : qp_matter_read(f->r, ev->matter.data, &row, f->one, e);
    if (!rc)
        put_row(f, row->face);
    line_end(f);
    /* in this answer already; or it waits for its opening, whose own line will have it */
    return rc == QP_EEXISTS || rc == QP_ENOTFOUND ? 0 : rc;
}

static void put_record(struct feed *f, uint64_t position, int *rc, struct qp_err *e)
{
    struct qp_record rec;
    struct qp_parcel p;
    qp_arena_reset(f->a);
    *rc = qp_journal_get(f->r->journal, f->c->h->store, position, &rec, e);
    if (!*rc)
        *rc = qp_parcel_open_trusted(&p, rec.parcel.p, rec.parcel.len, f->a, e);
    if (*rc)
        return;
    for (uint32_t i = 0; i < p.h.count && !*rc; i++) {
        Qp__Event *ev;
        *rc = qp_parcel_event(&ev, &p, i, f->a, e);
        if (!*rc && ev->matter.len == QP_ID_LEN && qp_event_first_here(f->r, ev, position, i))
            *rc = put_event(f, &rec, ev, i, p.events[i], e);
    }
    if (*rc)
        return;
    qp_json_object(&f->j); /* the record's own line ends it: what came before it is whole */
    put_number(&f->j, "record", position);
    qp_json_key(&f->j, "hash");
    qp_json_hex(&f->j, rec.hash.b, QP_HASH_LEN);
    line_end(f);
}

static void put_head(struct feed *f)
{
    struct qp_json *j = &f->j;
    qp_json_object(j);
    qp_json_put(j, "feed", f->c->h->self.path);
    qp_json_key(j, "node");
    qp_json_id(j, f->c->h->self.node, QP_ID_LEN);
    put_number(j, "incarnation", atomic_load(&f->c->h->incarnation));
    line_end(f);
}

/* ---- where the copy stands ---- */

static int forked(struct qp_fault *f, const char *field, const char *fmt, uint64_t at)
{
    char text[300];
    snprintf(text, sizeof text, fmt, (unsigned long long)at);
    return qp_fault_set(f, QP_EEXISTS, field, "%s: begin again from zero (qipan sink replay)", text);
}

static int read_after(struct qp_call *c, struct qp_read *r, uint64_t known, uint64_t *after,
                      struct qp_fault *f)
{
    const char *text = qp_call_arg(c, "after"), *hash = qp_call_arg(c, "hash");
    char *end = NULL, here[2 * QP_HASH_LEN + 1];
    struct qp_hash h;
    *after = text ? strtoull(text, &end, 10) : 0;
    if (text && (end == text || *end || *text == '-'))
        return qp_fault_set(f, QP_EINVAL, "after", "`after` must be a position, or 0");
    if (*after == 0)
        return 0;
    if (!hash)
        return qp_fault_set(f, QP_EINVAL, "hash",
                            "`hash` is missing: of the record at `after`, as this feed gave it");
    if (*after > known)
        return forked(f, "after", "the copy holds record %llu, which this node does not have (yet)", *after);
    int rc = qp_journal_hash_of(r->journal, c->h->store, *after, &h);
    if (rc)
        return forked(f, "after", "record %llu is not in this node's journal", *after);
    qp_hex(here, h.b, QP_HASH_LEN);
    return strcmp(here, hash) == 0 ? 0 : forked(f, "hash", "record %llu is another one here", *after);
}

static int read_limit(struct qp_call *c, uint64_t *limit, struct qp_fault *f)
{
    const char *text = qp_call_arg(c, "limit");
    char *end = NULL;
    long n = text ? strtol(text, &end, 10) : LIMIT;
    *limit = (uint64_t)n;
    if (text && (*end || n < 1 || n > LIMIT_MOST))
        return qp_fault_set(f, QP_EINVAL, "limit", "`limit` must be a whole number of records from 1 to %d",
                            LIMIT_MOST);
    return 0;
}

static int put_all(struct feed *f, struct qp_fault *fault)
{
    uint64_t known = qp_tables_position(f->r->tables, f->c->h->store), at, limit;
    int rc = read_after(f->c, f->r, known, &at, fault);
    if (!rc)
        rc = read_limit(f->c, &limit, fault);
    if (rc)
        return rc;
    put_head(f);
    for (uint64_t end = at + limit; !rc && at < known && at < end && f->j.n < BYTES; at++)
        put_record(f, at + 1, &rc, &fault->e);
    if (rc)
        return rc;
    qp_json_object(&f->j);
    put_number(&f->j, "end", at);
    put_number(&f->j, "head", known);
    line_end(f);
    return 0;
}

enum MHD_Result qp_feed_get(struct qp_call *c)
{
    struct qp_fault fault = {.field = ""};
    struct qp_read r;
    struct feed f = {.c = c, .r = &r, .a = qp_arena_new(ARENA), .one = qp_arena_new(QP_DECODE_ARENA)};
    size_t len;
    f.rowed = calloc(ROWED, sizeof *f.rowed);
    int rc = f.a && f.one && f.rowed ? qp_read_begin(c->h->store, &r, &fault.e)
                                     : qp_fault_set(&fault, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        f.rules = qp_core_policy_hold(c->h->core);
        rc = put_all(&f, &fault);
        qp_in_force_release(f.rules);
        qp_read_end(&r);
    }
    free(f.rowed);
    qp_arena_free(f.a);
    qp_arena_free(f.one);
    if (rc) {
        qp_json_drop(&f.j);
        return rc == QP_EEXISTS ? qp_answer_error(c, 409, "fork", "%s", fault.e.text)
                                : qp_answer_fault(c, &fault);
    }
    char *text = qp_json_take(&f.j, &len);
    return text ? qp_answer_own(c, 200, "application/x-ndjson", text, len) : MHD_NO;
}
