/* recent.c: see recent.h. From the journal's end backwards; an event that travels in several records is told
 * once. */
#include "node/http/shape/recent.h"

#include <string.h>

#include "node/http/shape/bare.h"
#include "node/http/shape/json_matter.h"

enum { LOOKED_AT = 400, EVENTS = 20000, MOST = 64 }; /* records, events in them, and of these what is told */

struct recent {
    struct qp_json *j;
    struct qp_read *r;
    const char *area;
    size_t n, most;
    char told[MOST][64];
};

static bool within(const char *path, const char *area)
{
    return !area || qp_path_within(path, area);
}

static void put(struct recent *t, const Qp__Event *ev, struct qp_arena *a)
{
    const struct qp_event_kind *kind = qp_event_kind((int)ev->body_case);
    char text[64];
    Qp__Row *row;
    if (!kind || kind->subject == QP_OF_NODE || !kind->stream || ev->matter.len != QP_ID_LEN)
        return;
    qp_event_text(text, ev);
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->told[i], text) == 0)
            return;
    }
    if (qp_matter_read(t->r, ev->matter.data, &row, a, NULL) || !within(row->face->area, t->area))
        return;
    memcpy(t->told[t->n++], text, sizeof text);
    qp_json_object(t->j);
    qp_json_put(t->j, "event", text);
    qp_json_put(t->j, "type", qp_event_name((int)ev->body_case));
    qp_json_put_time(t->j, "at", ev->at_us);
    if (ev->body_case == QP__EVENT__BODY_OFFERED)
        qp_json_put(t->j, "kind", qp_kind_name(ev->offered->kind));
    qp_json_key(t->j, "matter");
    qp_json_object(t->j);
    qp_json_bare(t->j, row);
    qp_json_object_end(t->j);
    qp_json_object_end(t->j);
}

int64_t qp_json_recent(struct qp_json *j, struct qp_http *h, struct qp_read *r, const char *area, size_t most)
{
    int64_t since_us = 0;
    uint64_t at;
    struct recent t = {.j = j, .r = r, .area = area, .most = most < MOST ? most : MOST};
    uint64_t head = qp_journal_head(r->journal, h->store, NULL);
    struct qp_arena *parcels = qp_arena_new(QP_DECODE_ARENA), *one = qp_arena_new(QP_DECODE_ARENA);
    uint32_t looked = 0;
    qp_json_array(j);
    bool can = parcels && one;
    j->failed |= !can;
    for (at = head; can && at > 0 && head - at < LOOKED_AT && looked < EVENTS && t.n < t.most; at--) {
        struct qp_record rec;
        struct qp_parcel p;
        qp_arena_reset(parcels);
        if (qp_journal_get(r->journal, h->store, at, &rec, NULL) ||
            qp_parcel_open_trusted(&p, rec.parcel.p, rec.parcel.len, parcels, NULL))
            continue;
        since_us = rec.received_us;
        for (uint32_t i = p.h.count; i > 0 && t.n < t.most && looked < EVENTS; i--, looked++) {
            Qp__Event *ev;
            qp_arena_reset(one);
            if (qp_parcel_event(&ev, &p, i - 1, one, NULL) == 0)
                put(&t, ev, one);
        }
    }
    qp_arena_free(parcels);
    qp_arena_free(one);
    qp_json_array_end(j);
    return (at > 0 || looked >= EVENTS) && t.n < t.most ? since_us : 0;
}
