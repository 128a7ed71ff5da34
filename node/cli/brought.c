/* brought.c: brings in what a set-aside journal holds and nobody else; see aside.h.
 *
 *   scan: which accounts and tokens had been ended
 *     ─► READ ─ a batch ─► WAIT ─ all answered ─► READ … ─► DONE
 *                           └─ not recovered yet: the same batch again, later
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/aside.h"
#include "proto/json.h"

enum { AGAIN_US = 1000000, NAME_TEXT = 2 + QP_NAME_BYTES };

struct qp_aside {
    char dir[QP_PLACE_MAX + 96];
    struct qp_store *store;
    uint64_t head, position, next_position; /* the record that is read next; after the batch that is out */
    uint32_t index, next_index;             /* the event in it */
    size_t out;                             /* unanswered */
    bool again;                             /* the batch was not taken */
    uint64_t ticket;
    int64_t wants_us;
    uint64_t brought, noted, known, left;
    char (*ended)[NAME_TEXT]; /* "t" or "u" and the name; malloc'd */
    size_t nended;
    FILE *lost;
};

/* ---- which folder ---- */

static bool is_done(const char *dir)
{
    char file[QP_PLACE_MAX + 400];
    snprintf(file, sizeof file, "%s/brought-in", dir);
    return access(file, F_OK) == 0;
}

/* The first by name that is not done. */
static bool find(char out[QP_PLACE_MAX + 96], const struct qp_place_paths *p)
{
    DIR *d = opendir(p->data);
    char best[64] = "", dir[QP_PLACE_MAX + 300];
    for (struct dirent *x = d != NULL ? readdir(d) : NULL; x != NULL; x = readdir(d)) {
        snprintf(dir, sizeof dir, "%s/%s", p->data, x->d_name);
        if (strncmp(x->d_name, "before-", 7) == 0 && strlen(x->d_name) < 64 && !is_done(dir) &&
            (best[0] == 0 || strcmp(x->d_name, best) < 0))
            snprintf(best, sizeof best, "%.63s", x->d_name);
    }
    if (d != NULL)
        closedir(d);
    snprintf(out, QP_PLACE_MAX + 96, "%s/%s", p->data, best);
    return best[0] != 0;
}

/* ---- reading it ---- */

static int record_at(struct qp_aside *a, uint64_t position, struct qp_parcel *parcel, bool *own,
                     struct qp_arena *arena, struct qp_err *e)
{
    struct qp_read r;
    struct qp_record rec;
    int rc = qp_read_begin(a->store, &r, e);
    if (rc != 0)
        return rc;
    rc = qp_journal_get(r.journal, a->store, position, &rec, e);
    *own = rc == 0 && rec.kind == QP_RECORD_OWN;
    if (*own) {
        uint8_t *bytes = qp_arena_copy(arena, rec.parcel.p, rec.parcel.len);
        rc = bytes != NULL ? qp_parcel_open_trusted(parcel, bytes, rec.parcel.len, arena, e)
                           : qp_fail(e, QP_ENOMEM, "no memory to read a set-aside journal");
    }
    qp_read_end(&r);
    return rc;
}

static const char *name_ended(const Qp__Event *ev, char kind[2])
{
    strcpy(kind, ev->body_case == QP__EVENT__BODY_TOKEN_ENDED ? "t" : "u");
    return ev->body_case == QP__EVENT__BODY_TOKEN_ENDED  ? ev->token_ended->name
           : ev->body_case == QP__EVENT__BODY_USER_ENDED ? ev->user_ended->name
                                                         : NULL;
}

static int note_ended(struct qp_aside *a, const Qp__Event *ev, struct qp_err *e)
{
    char kind[2];
    const char *name = name_ended(ev, kind);
    if (name == NULL)
        return 0;
    void *more = realloc(a->ended, (a->nended + 1) * sizeof *a->ended);
    if (more == NULL)
        return qp_fail(e, QP_ENOMEM, "no memory to read a set-aside journal");
    a->ended = more;
    snprintf(a->ended[a->nended++], NAME_TEXT, "%s%.*s", kind, QP_NAME_BYTES, name);
    return 0;
}

static bool was_ended(const struct qp_aside *a, const Qp__Event *ev)
{
    char name[NAME_TEXT] = "";
    if (ev->body_case == QP__EVENT__BODY_TOKEN_MADE)
        snprintf(name, sizeof name, "t%.*s", QP_NAME_BYTES, ev->token_made->name);
    if (ev->body_case == QP__EVENT__BODY_USER_MADE)
        snprintf(name, sizeof name, "u%.*s", QP_NAME_BYTES, ev->user_made->name);
    for (size_t i = 0; i < a->nended; i++)
        if (strcmp(a->ended[i], name) == 0)
            return true;
    return false;
}

/* A damaged record is told and left out: the others are brought in all the same. */
static int scan(struct qp_aside *a, struct qp_err *e)
{
    struct qp_arena *arena = qp_arena_new(QP_DECODE_ARENA * 2);
    int rc = arena != NULL ? 0 : qp_fail(e, QP_ENOMEM, "no memory to read a set-aside journal");
    for (uint64_t at = 1; at <= a->head && rc == 0; at++) {
        struct qp_parcel parcel;
        struct qp_err why = {0};
        bool own;
        qp_arena_reset(arena);
        if (record_at(a, at, &parcel, &own, arena, &why) != 0 || !own)
            continue;
        for (uint32_t i = 0; i < parcel.h.count && rc == 0; i++) {
            Qp__Event *ev;
            if (qp_parcel_event(&ev, &parcel, i, arena, NULL) == 0)
                rc = note_ended(a, ev, e);
        }
    }
    qp_arena_free(arena);
    return rc;
}

int qp_aside_open(struct qp_aside **out, const struct qp_place_paths *p, size_t journal_map,
                  size_t tables_map, struct qp_err *e)
{
    struct qp_place_paths old;
    struct qp_read r;
    char dir[QP_PLACE_MAX + 96];
    *out = NULL;
    if (!find(dir, p))
        return 0;
    struct qp_aside *a = calloc(1, sizeof *a);
    if (a == NULL)
        return qp_fail(e, QP_ENOMEM, "no memory to read a set-aside journal");
    memcpy(a->dir, dir, sizeof a->dir);
    int rc = qp_place_paths(&old, a->dir, e);
    if (rc == 0)
        rc = qp_place_store(&a->store, &old, journal_map, tables_map, e);
    if (rc == 0)
        rc = qp_read_begin(a->store, &r, e);
    if (rc == 0) {
        a->head = qp_journal_head(r.journal, a->store, NULL);
        qp_read_end(&r);
        a->position = 1;
        rc = scan(a, e);
    }
    if (rc != 0) {
        qp_aside_close(a);
        return rc;
    }
    qp_log("info", "%s: what was taken in before this node joined again is brought in when it has recovered",
           a->dir);
    *out = a;
    return 0;
}

void qp_aside_close(struct qp_aside *a)
{
    if (a == NULL)
        return;
    if (a->lost != NULL)
        fclose(a->lost);
    if (a->store != NULL)
        qp_store_close(a->store, true);
    free(a->ended);
    free(a);
}

/* ---- bringing it in ---- */

static void done(struct qp_aside *a)
{
    char file[QP_PLACE_MAX + 128], text[256];
    struct qp_err e = {0};
    int n = snprintf(text, sizeof text, "%llu brought in, %llu as comments, %llu known already, %llu left\n",
                     (unsigned long long)a->brought, (unsigned long long)a->noted,
                     (unsigned long long)a->known, (unsigned long long)a->left);
    snprintf(file, sizeof file, "%s/brought-in", a->dir);
    if (qp_file_replace(file, text, (size_t)n, 0600, &e) != 0)
        qp_log("warning", "%s", e.text);
    qp_log(a->left > 0 ? "warning" : "info", "%s: events of the former incarnation: %.*s%s", a->dir, n - 1,
           text, a->left > 0 ? "; left.ndjson beside it has those that could not be" : "");
    a->wants_us = INT64_MAX;
}

/* The events of one record from a->next_index on, into the batch. */
static size_t of_record(struct qp_aside *a, struct qp_input *in, size_t n, struct qp_arena *arena)
{
    struct qp_parcel parcel;
    struct qp_err why = {0};
    bool own;
    int rc = record_at(a, a->next_position, &parcel, &own, arena, &why);
    if (rc != 0) {
        qp_log("warning", "%s: record %llu cannot be read and is left out: %s", a->dir,
               (unsigned long long)a->next_position, why.text);
        a->left++;
    }
    while (rc == 0 && own && a->next_index < parcel.h.count && n < QP_ASIDE_BATCH) {
        struct qp_slice event = parcel.events[a->next_index];
        Qp__Event *ev;
        if (qp_parcel_event(&ev, &parcel, a->next_index++, arena, NULL) != 0 || was_ended(a, ev))
            continue;
        in[n++] = (struct qp_input){.kind = QP_IN_COMMAND,
                                    .command = {.op = QP_OP_AGAIN,
                                                .ticket = QP_TICKET_ASIDE | ++a->ticket,
                                                .if_version = -1,
                                                .again = event}};
    }
    if (rc != 0 || !own || a->next_index >= parcel.h.count) {
        a->next_position++;
        a->next_index = 0;
    }
    return n;
}

size_t qp_aside_take(struct qp_aside *a, struct qp_input *in, struct qp_arena *arena, int64_t now_us)
{
    size_t n = 0;
    if (a->out > 0 || now_us < a->wants_us)
        return 0;
    a->next_position = a->position;
    a->next_index = a->index;
    while (n < QP_ASIDE_BATCH && a->next_position <= a->head && qp_arena_used(arena) < QP_DECODE_ARENA * 4)
        n = of_record(a, in, n, arena);
    a->out = n;
    a->again = false;
    if (n == 0)
        done(a);
    return n;
}

static void lose(struct qp_aside *a, const struct qp_reply *r)
{
    char file[QP_PLACE_MAX + 128], id[27] = "";
    a->left++;
    snprintf(file, sizeof file, "%s/left.ndjson", a->dir);
    if (a->lost == NULL)
        a->lost = fopen(file, "we");
    qp_id_text(id, r->matter);
    if (a->lost != NULL) {
        json_t *line =
            json_pack("{s:s,s:s,s:s}", "matter", id, "code", qp_error_name(r->code), "why", r->text);
        json_dumpf(line, a->lost, JSON_COMPACT);
        fputc('\n', a->lost);
        fflush(a->lost);
        json_decref(line);
    }
}

bool qp_aside_reply(struct qp_aside *a, const struct qp_reply *r, int64_t now_us)
{
    if ((r->ticket & QP_TICKET_ASIDE) == 0 || a == NULL || a->out == 0)
        return (r->ticket & QP_TICKET_ASIDE) != 0;
    bool later = r->code == QP_ERECOVER || r->code == QP_EFULL || r->code == QP_EOUT;
    a->again |= later;
    if (r->code != 0 && !later)
        lose(a, r);
    else if (r->created)
        a->brought++;
    else if (r->code == 0 && r->text[0] != 0)
        a->noted++;
    else
        a->known += r->code == 0;
    if (--a->out > 0)
        return true;
    if (a->again) { /* everything may be brought in twice */
        a->wants_us = now_us + AGAIN_US;
        return true;
    }
    a->position = a->next_position;
    a->index = a->next_index;
    return true;
}

bool qp_aside_done(const struct qp_aside *a)
{
    return a->wants_us == INT64_MAX;
}

int64_t qp_aside_wants(const struct qp_aside *a)
{
    return a == NULL || a->out > 0 ? INT64_MAX : a->wants_us;
}
