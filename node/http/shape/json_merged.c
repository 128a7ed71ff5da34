/* json_merged.c: see json_merged.h. Each matter that was merged is read in an arena of its own: what comes of it is text at once. */
#include "node/http/shape/json_merged.h"

#include <assert.h>

#include "node/http/shape/files.h"
#include "node/http/shape/json_history.h"
#include "node/matter/ring.h"

static void put_comments(struct qp_json *j, struct qp_read *r, const uint8_t matter[QP_ID_LEN],
                         struct qp_arena *a)
{
    struct qp_history *h = qp_arena_take(a, QP_MERGED_HISTORY * sizeof *h);
    long all = h ? qp_matter_history(r, matter, h, QP_MERGED_HISTORY, a, NULL) : -1;
    qp_json_key(j, "comments");
    qp_json_array(j);
    for (long i = 0; i < all && i < QP_MERGED_HISTORY; i++)
        if (h[i].event->body_case == QP__EVENT__BODY_COMMENTED)
            qp_json_history_line(j, r, &h[i]);
    qp_json_array_end(j);
    if (all < 0 || all > QP_MERGED_HISTORY) /* or it cannot be read now */
        qp_json_put_bool(j, "more", true);
}

static void put_one(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Face *f,
                    struct qp_arena *a)
{
    assert(f->state == QP_MERGED);
    qp_json_object(j);
    qp_json_key(j, "id");
    qp_json_id(j, f->id.data, f->id.len);
    qp_json_put(j, "title", f->title);
    qp_json_put(j, "area", f->area);
    qp_json_put(j, "source", f->source);
    qp_json_put_full(j, "source_ref", f->source_ref);
    qp_json_put_time(j, "opened_at", f->opened_us);
    qp_json_put_time(j, "merged_at", f->closed_us);
    put_comments(j, r, f->id.data, a);
    qp_files_put(j, h, r, f);
    qp_json_object_end(j);
}

void qp_json_merged(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Face *into,
                    const struct qp_auth *auth)
{
    struct qp_pointed p;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    if (!a || qp_matter_pointed(&p, r, into, NULL))
        p.n = 0;
    assert(p.n <= QP_POINTED);
    qp_json_key(j, "merged");
    qp_json_array(j);
    for (size_t i = 0, shown = 0; i < p.n && shown < QP_MERGED_SHOWN; i++) {
        Qp__Row *row;
        qp_arena_reset(a);
        if (!p.v[i].merged || qp_matter_read(r, p.v[i].id, &row, a, NULL) ||
            (auth && !qp_auth_sees(auth, row)))
            continue;
        put_one(j, h, r, row->face, a);
        shown++;
    }
    qp_json_array_end(j);
    qp_arena_free(a);
}
