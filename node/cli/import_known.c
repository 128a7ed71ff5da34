/* import_known.c: which matters are there already, by the identity of their records: read from the top before
 * the import begins, and added to as it goes on. See import.h.
 *
 *   identity (source and source_ref, or source_ref alone) ─► qp_im_known
 *                                       ─► new | just so | compare | behind another
 *
 * A matter that was there is known by a hash of all that can be compared: when the record's is the same,
 * nothing is sent at all. */
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "node/cli/client.h"
#include "node/cli/import.h"

/* ---- the table ---- */

static void key_of(uint8_t out[QP_IM_KEY], const struct qp_import *im, const char *source, const char *ref)
{
    if (qp_map_by_ref_alone(im->map))
        source = "";
    struct qp_part parts[2] = {{source, strlen(source) + 1}, {ref, strlen(ref)}};
    struct qp_hash h;
    qp_hash_parts(&h, parts, 2);
    memcpy(out, h.b, QP_IM_KEY);
}

static size_t slot_of(const struct qp_import *im, const uint8_t key[QP_IM_KEY])
{
    uint64_t at;
    memcpy(&at, key, sizeof at);
    size_t i = (size_t)at & (im->known_cap - 1);
    while (im->known[i] && memcmp(im->known[i]->key, key, QP_IM_KEY) != 0)
        i = (i + 1) & (im->known_cap - 1);
    return i;
}

static bool grow(struct qp_import *im)
{
    size_t had = im->known_cap;
    struct qp_im_known **was = im->known;
    im->known_cap = had == 0 ? 1024 : had * 2;
    im->known = calloc(im->known_cap, sizeof *im->known);
    if (!im->known) {
        im->known = was;
        im->known_cap = had;
        return false;
    }
    for (size_t i = 0; i < had; i++)
        if (was[i])
            im->known[slot_of(im, was[i]->key)] = was[i];
    free(was);
    return true;
}

/* The entry of a key, made if it was not there; NULL without memory. */
static struct qp_im_known *entry(struct qp_import *im, const uint8_t key[QP_IM_KEY])
{
    if (im->known_n * 2 >= im->known_cap && !grow(im))
        return NULL;
    struct qp_im_known **k = &im->known[slot_of(im, key)];
    if (!*k && (*k = calloc(1, sizeof **k))) {
        memcpy((*k)->key, key, QP_IM_KEY);
        im->known_n++;
    }
    return *k;
}

void qp_im_known_close(struct qp_import *im)
{
    for (size_t i = 0; i < im->known_cap; i++)
        free(im->known[i]);
    free(im->known);
    im->known = NULL;
    im->known_cap = im->known_n = 0;
}

const struct qp_im_known *qp_im_known_ref(const struct qp_import *im, const char *source, const char *ref)
{
    uint8_t key[QP_IM_KEY];
    key_of(key, im, source, ref);
    return im->known_cap > 0 ? im->known[slot_of(im, key)] : NULL;
}

/* ---- what can be compared ---- */

static void facts(uint8_t out[QP_IM_KEY], const char *const text[], size_t n)
{
    struct qp_part parts[16];
    for (size_t i = 0; i < n; i++) /* the NULs keep them apart */
        parts[i] = (struct qp_part){text[i], strlen(text[i]) + 1};
    struct qp_hash h;
    qp_hash_parts(&h, parts, n);
    memcpy(out, h.b, QP_IM_KEY);
}

static const char *going(const char *state)
{
    static const char *const words[] = {"open", "sorted", "assigned"};
    for (size_t i = 0; i < 3; i++)
        if (strcmp(state, words[i]) == 0)
            return "going";
    return state;
}

/* Times are the file's only where the records' clock is used. */
void qp_im_facts_of(uint8_t out[QP_IM_KEY], const struct qp_import *im, const json_t *v)
{
    bool clock = im->clock_source;
    const char *text[] = {qp_text_of(v, "title"),
                          qp_text_of(v, "source"),
                          qp_text_of(v, "category"),
                          qp_text_of(v, "desk"),
                          qp_text_of(v, "urgency"),
                          qp_text_of(v, "result"),
                          qp_text_of(v, "area"),
                          qp_text_of(v, "deadline"),
                          going(qp_text_of(v, "state")),
                          clock ? qp_text_of(v, "opened_at") : "",
                          clock ? qp_text_of(v, "closed_at") : "",
                          json_is_object(json_object_get(v, "offered")) ? "offered" : ""};
    facts(out, text, sizeof text / sizeof *text);
}

static const char *time_of(char out[32], int64_t at_us)
{
    out[0] = '\0';
    if (at_us != 0)
        qp_time_text(out, at_us);
    return out;
}

void qp_im_facts_wanted(uint8_t out[QP_IM_KEY], const struct qp_import *im, const struct qp_im_record *r)
{
    const struct qp_im_want *w = &r->want;
    char opened[32], closed[32], deadline[32];
    bool clock = im->clock_source;
    const char *text[] = {w->title,
                          w->source,
                          w->category,
                          w->desk,
                          w->urgency,
                          w->result,
                          im->nodes[r->target].path,
                          time_of(deadline, w->deadline_us),
                          w->state,
                          clock ? time_of(opened, w->opened_us) : "",
                          clock ? time_of(closed, w->closed_us) : "",
                          ""};
    facts(out, text, sizeof text / sizeof *text);
}

/* ---- what is there ---- */

uint32_t qp_im_node_at(const struct qp_import *im, const char *path)
{
    for (size_t i = 0; i < im->n; i++)
        if (strcmp(im->nodes[i].path, path) == 0)
            return (uint32_t)i;
    return (uint32_t)im->n;
}

static bool note(struct qp_import *im, const json_t *item)
{
    uint8_t key[QP_IM_KEY];
    if (qp_text_of(item, "source_ref")[0] == '\0')
        return true;
    key_of(key, im, qp_text_of(item, "source"), qp_text_of(item, "source_ref"));
    struct qp_im_known *k = entry(im, key);
    if (!k)
        return false;
    if (k->id[0] != '\0')
        return true; /* the newest opening comes first, and counts */
    snprintf(k->id, sizeof k->id, "%s", qp_text_of(item, "id"));
    uint32_t holder = qp_im_node_at(im, qp_text_of(item, "holder"));
    k->holder = holder < im->n ? holder : 0;
    qp_im_facts_of(k->facts, im, item);
    return true;
}

/* One page; its cursor into *cursor, "" behind the last. */
static int page(struct qp_import *im, struct qp_client *cl, char cursor[200], struct qp_err *e)
{
    struct qp_url_query q;
    json_t *v = NULL, *item;
    size_t i;
    qp_url_begin(&q, "/api/v1/matters");
    qp_url_add(&q, "limit", "500");
    if (cursor[0] != '\0')
        qp_url_add(&q, "cursor", cursor);
    int rc =
        q.text ? qp_client_json(cl, "GET", q.text, NULL, NULL, &v, e) : qp_fail(e, QP_ENOMEM, "no memory");
    qp_url_free(&q);
    json_array_foreach(json_object_get(v, "items"), i, item) if (!rc && !note(im, item)) rc =
        qp_fail(e, QP_ENOMEM, "no memory for the matters that are there already");
    snprintf(cursor, 200, "%s", qp_text_of(v, "next_cursor"));
    json_decref(v);
    return rc;
}

int qp_im_known_read(struct qp_import *im, struct qp_err *e)
{
    struct qp_client cl;
    struct qp_progress bar;
    const struct qp_im_node *top = &im->nodes[0];
    char url[220], cursor[200] = "";
    snprintf(url, sizeof url, strchr(top->host, ':') ? "http://[%s]:%s" : "http://%s:%s", top->host,
             top->port);
    int rc = qp_client_to(&cl, url, top->token, e);
    if (rc)
        return rc;
    qp_progress_begin(&bar, im->cli, QP_TR(im->cli, "what is there already", "已有事项"));
    do {
        rc = page(im, &cl, cursor, e);
        qp_progress_at(&bar, im->known_n, 0);
    } while (!rc && cursor[0] != '\0');
    qp_progress_end(&bar);
    qp_client_close(&cl);
    return rc;
}

/* ---- records ---- */

enum qp_im_taken qp_im_known_take(struct qp_import *im, struct qp_im_record *r)
{
    uint8_t key[QP_IM_KEY], wanted[QP_IM_KEY];
    key_of(key, im, r->want.source, r->ref);
    struct qp_im_known *k = r->known = entry(im, key);
    if (!k)
        abort();
    if (k->busy) { /* a row of this file, before it, is under way */
        struct qp_im_record *last = k->busy;
        while (last->follower)
            last = last->follower;
        last->follower = r;
        return QP_IM_WAITS;
    }
    if (k->id[0] != '\0') {
        qp_im_facts_wanted(wanted, im, r);
        if (memcmp(k->facts, wanted, QP_IM_KEY) == 0)
            return QP_IM_JUST_SO;
        r->compare = true;
        r->version = k->version++;
        snprintf(r->id, sizeof r->id, "%s", k->id);
    }
    k->busy = r;
    return QP_IM_SEND;
}

struct qp_im_record *qp_im_known_done(const struct qp_import *im, struct qp_im_record *r, bool good)
{
    struct qp_im_known *k = r->known;
    struct qp_im_record *next = r->follower;
    if (!k)
        return NULL;
    k->busy = NULL;
    k->holder = r->target;
    r->follower = NULL;
    memset(k->facts, 0, sizeof k->facts); /* not known: to be compared */
    if (r->id[0] != '\0')
        snprintf(k->id, sizeof k->id, "%s", r->id);
    if (good && r->fresh)
        qp_im_facts_wanted(k->facts, im, r);
    return next;
}
