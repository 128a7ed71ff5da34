/* brought.c: brings in what a set-aside journal holds and nobody else; see aside.h.
 *
 *   scan: the last word about each resource ─► READ ─ a batch ─► WAIT ─ all answered ─► READ … ─► DONE
 *                                                         ▲               │
 *                                                         └───────────────┘ not recovered yet: the same, later */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/aside.h"

enum { AGAIN_US = 1000000, NAME_TEXT = 2 + QP_NAME_BYTES };

/* The last word about a resource (an account, a token, a desk): only that one is brought in. Each says the whole
 * of it. */
struct last {
    char name[NAME_TEXT]; /* a letter for the kind, and the id */
    uint64_t position;
    uint32_t index;
};

struct qp_aside {
    char dir[QP_PLACE_MAX + 96];
    struct qp_store *store;
    uint64_t head, position, next_position; /* the record that is read next; after the batch that is out */
    uint32_t index, next_index;             /* the event in it */
    size_t out;                             /* unanswered */
    bool again;                             /* the batch was not taken */
    bool unnoted;                           /* all is through, and `brought-in` could not be written */
    uint64_t ticket;
    int64_t wants_us;
    uint64_t brought, noted, known, left;
    uint64_t batch_left; /* left out while the batch was made; it counts when the batch is through */
    struct last *names;  /* malloc'd */
    size_t nnames;
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
    for (struct dirent *x = d ? readdir(d) : NULL; x; x = readdir(d)) {
        snprintf(dir, sizeof dir, "%s/%s", p->data, x->d_name);
        if (strncmp(x->d_name, "before-", 7) == 0 && strlen(x->d_name) < 64 && !is_done(dir) &&
            (best[0] == 0 || strcmp(x->d_name, best) < 0))
            snprintf(best, sizeof best, "%.63s", x->d_name);
    }
    if (d)
        closedir(d);
    snprintf(out, QP_PLACE_MAX + 96, "%s/%s", p->data, best);
    return best[0] != 0;
}

bool qp_aside_waits(const struct qp_place_paths *p)
{
    char dir[QP_PLACE_MAX + 96];
    return find(dir, p);
}

void qp_aside_former(const struct qp_place_paths *p, void (*each)(void *arg, const struct qp_keys *former),
                     void *arg)
{
    DIR *d = opendir(p->data);
    char dir[QP_PLACE_MAX + 300];
    for (struct dirent *x = d ? readdir(d) : NULL; x; x = readdir(d)) {
        struct qp_place_paths old;
        struct qp_keys keys;
        struct qp_err e = {0};
        snprintf(dir, sizeof dir, "%s/%s", p->data, x->d_name);
        if (strncmp(x->d_name, "before-", 7) != 0 || qp_place_paths(&old, dir, &e) ||
            access(old.key, F_OK) != 0)
            continue;
        if (!qp_place_keys(&keys, &old, &e))
            each(arg, &keys);
        else
            qp_log("error", "personal records of before this node joined again cannot be opened: %s", e.text);
        explicit_bzero(&keys, sizeof keys);
    }
    if (d)
        closedir(d);
}

/* ---- reading it ---- */

static int record_at(struct qp_aside *a, uint64_t position, struct qp_parcel *parcel, bool *own,
                     struct qp_arena *arena, struct qp_err *e)
{
    struct qp_read r;
    struct qp_record rec;
    int rc = qp_read_begin(a->store, &r, e);
    if (rc)
        return rc;
    rc = qp_journal_get(r.journal, a->store, position, &rec, e);
    *own = !rc && rec.kind == QP_RECORD_OWN;
    if (*own) {
        uint8_t *bytes = qp_arena_copy(arena, rec.parcel.p, rec.parcel.len);
        rc = bytes ? qp_parcel_open_trusted(parcel, bytes, rec.parcel.len, arena, e)
                   : qp_fail(e, QP_ENOMEM, "no memory to read a set-aside journal");
    }
    qp_read_end(&r);
    return rc;
}

/* A letter for the kind and the id; "": about no resource. */
static void name_in(const Qp__Event *ev, char out[NAME_TEXT])
{
    bool ends;
    const struct qp_resource *kind = qp_resource_of(ev, &ends);
    out[0] = 0;
    if (kind)
        snprintf(out, NAME_TEXT, "%c%.*s", (int)('a' + (kind - qp_resources)), QP_NAME_BYTES,
                 qp_resource_id(kind, (const ProtobufCMessage *)ev->token_made));
}

static struct last *last_of(const struct qp_aside *a, const char *name)
{
    for (size_t i = 0; i < a->nnames; i++)
        if (strcmp(a->names[i].name, name) == 0)
            return &a->names[i];
    return NULL;
}

static int note_name(struct qp_aside *a, const Qp__Event *ev, uint64_t position, uint32_t index,
                     struct qp_err *e)
{
    char name[NAME_TEXT];
    name_in(ev, name);
    if (name[0] == 0)
        return 0;
    struct last *l = last_of(a, name);
    if (!l) {
        void *more = realloc(a->names, (a->nnames + 1) * sizeof *a->names);
        if (!more)
            return qp_fail(e, QP_ENOMEM, "no memory to read a set-aside journal");
        a->names = more;
        l = &a->names[a->nnames++];
        memcpy(l->name, name, sizeof l->name);
    }
    l->position = position;
    l->index = index;
    return 0;
}

/* Of a resource, and something was said of it later. */
static bool outdated(const struct qp_aside *a, const Qp__Event *ev, uint64_t position, uint32_t index)
{
    char name[NAME_TEXT];
    name_in(ev, name);
    const struct last *l = name[0] != 0 ? last_of(a, name) : NULL;
    return l && (l->position != position || l->index != index);
}

/* A damaged record is told and left out: the others are brought in all the same. */
static int scan(struct qp_aside *a, struct qp_err *e)
{
    struct qp_arena *arena = qp_arena_new(QP_DECODE_ARENA * 2);
    int rc = arena ? 0 : qp_fail(e, QP_ENOMEM, "no memory to read a set-aside journal");
    for (uint64_t at = 1; at <= a->head && !rc; at++) {
        struct qp_parcel parcel;
        struct qp_err why = {0};
        bool own;
        qp_arena_reset(arena);
        if (record_at(a, at, &parcel, &own, arena, &why) || !own)
            continue;
        for (uint32_t i = 0; i < parcel.h.count && !rc; i++) {
            Qp__Event *ev;
            if (qp_parcel_event(&ev, &parcel, i, arena, NULL) == 0)
                rc = note_name(a, ev, at, i, e);
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
    if (!a)
        return qp_fail(e, QP_ENOMEM, "no memory to read a set-aside journal");
    memcpy(a->dir, dir, sizeof a->dir);
    int rc = qp_place_paths(&old, a->dir, e);
    if (!rc)
        rc = qp_place_store(&a->store, &old, journal_map, tables_map, e);
    if (!rc)
        rc = qp_read_begin(a->store, &r, e);
    if (!rc) {
        a->head = qp_journal_head(r.journal, a->store, NULL);
        qp_read_end(&r);
        a->position = 1;
        rc = scan(a, e);
    }
    if (rc) {
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
    if (!a)
        return;
    if (a->lost)
        fclose(a->lost);
    if (a->store)
        qp_store_close(a->store, true);
    free(a->names);
    free(a);
}

/* ---- bringing it in ---- */

/* Where it cannot be noted the file alone is tried again: the events are all through. */
static void done(struct qp_aside *a, int64_t now_us)
{
    char file[QP_PLACE_MAX + 128], text[256];
    struct qp_err e = {0};
    int n = snprintf(text, sizeof text, "%llu brought in, %llu as comments, %llu known already, %llu left\n",
                     (unsigned long long)a->brought, (unsigned long long)a->noted,
                     (unsigned long long)a->known, (unsigned long long)a->left);
    snprintf(file, sizeof file, "%s/brought-in", a->dir);
    if (a->lost && fsync(fileno(a->lost)) != 0 && !a->unnoted)
        qp_log("warning",
               "%s/left.ndjson: cannot be flushed to the disk: this log has what it says; look at the disk",
               a->dir);
    if (qp_file_replace(file, text, (size_t)n, 0600, &e)) {
        if (!a->unnoted)
            qp_log("warning", "%s; all is brought in, but that cannot be noted: make room, it is tried again",
                   e.text);
        a->unnoted = true;
        a->wants_us = now_us + AGAIN_US;
        return;
    }
    qp_log(a->left > 0 ? "warning" : "info", "%s: events of the former incarnation: %.*s%s", a->dir, n - 1,
           text, a->left > 0 ? "; left.ndjson beside it and this log have those that could not be" : "");
    a->wants_us = INT64_MAX;
}

/* Told once: a batch that was not taken is read again. */
static void leave_out(struct qp_aside *a, uint32_t event, const char *why)
{
    char which[32] = "";
    a->batch_left++;
    if (a->again)
        return;
    if (event > 0)
        snprintf(which, sizeof which, ", event %u", event);
    qp_log("warning", "%s: record %llu%s cannot be read and is left out: %s", a->dir,
           (unsigned long long)a->next_position, which, why);
}

/* The events of one record from a->next_index on, into the batch. */
static size_t of_record(struct qp_aside *a, struct qp_input *in, size_t n, struct qp_arena *arena)
{
    struct qp_parcel parcel;
    struct qp_err why = {0};
    bool own;
    int rc = record_at(a, a->next_position, &parcel, &own, arena, &why);
    if (rc)
        leave_out(a, 0, why.text);
    while (!rc && own && a->next_index < parcel.h.count && n < QP_ASIDE_BATCH) {
        uint32_t index = a->next_index++;
        struct qp_slice event = parcel.events[index];
        Qp__Event *ev;
        if (qp_parcel_event(&ev, &parcel, index, arena, &why) != 0) {
            leave_out(a, index + 1, why.text);
            continue;
        }
        if (outdated(a, ev, a->next_position, index))
            continue;
        in[n++] = (struct qp_input){.kind = QP_IN_COMMAND,
                                    .command = {.op = QP_OP_AGAIN,
                                                .ticket = QP_TICKET_ASIDE | ++a->ticket,
                                                .if_version = -1,
                                                .again = event}};
    }
    if (rc || !own || a->next_index >= parcel.h.count) {
        a->next_position++;
        a->next_index = 0;
    }
    return n;
}

/* What is behind the batch's end is next. */
static void through(struct qp_aside *a)
{
    a->left += a->batch_left;
    a->batch_left = 0;
    a->position = a->next_position;
    a->index = a->next_index;
}

size_t qp_aside_take(struct qp_aside *a, struct qp_input *in, struct qp_arena *arena, int64_t now_us)
{
    size_t n = 0;
    if (a->out > 0 || now_us < a->wants_us)
        return 0;
    a->next_position = a->position;
    a->next_index = a->index;
    a->batch_left = 0;
    while (n < QP_ASIDE_BATCH && a->next_position <= a->head && qp_arena_used(arena) < QP_DECODE_ARENA * 4)
        n = of_record(a, in, n, arena);
    a->out = n;
    a->again = false;
    if (n == 0) {
        through(a);
        done(a, now_us);
    }
    return n;
}

static void lose(struct qp_aside *a, const struct qp_reply *r)
{
    static const uint8_t none[QP_ID_LEN];
    char file[QP_PLACE_MAX + 128], id[27] = "";
    a->left++;
    snprintf(file, sizeof file, "%s/left.ndjson", a->dir);
    if (memcmp(r->matter, none, sizeof none) != 0) /* what is of no matter says itself what it is */
        qp_id_text(id, r->matter);
    if (!a->lost && !(a->lost = fopen(file, "we")))
        qp_log("warning", "%s: %s%s cannot be brought in: %s", file, *id ? "matter " : "one event", id,
               r->text);
    if (a->lost) {
        json_t *line = json_pack("{s:s*,s:s,s:s}", "matter", *id ? id : NULL, "code", qp_error_name(r->code),
                                 "why", r->text);
        json_dumpf(line, a->lost, JSON_COMPACT);
        fputc('\n', a->lost);
        if (fflush(a->lost) != 0 || ferror(a->lost)) /* a full disk: then the log has it */
            qp_log("warning", "%s: cannot be written; %s%s cannot be brought in: %s", file,
                   *id ? "matter " : "one event", id, r->text);
        clearerr(a->lost);
        json_decref(line);
    }
}

bool qp_aside_reply(struct qp_aside *a, const struct qp_reply *r, int64_t now_us)
{
    if ((r->ticket & QP_TICKET_ASIDE) == 0 || !a || a->out == 0)
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
    through(a);
    return true;
}

void qp_aside_clock_set(struct qp_aside *a, int64_t by_us)
{
    if (a && a->wants_us != INT64_MAX)
        a->wants_us += by_us;
}

bool qp_aside_done(const struct qp_aside *a)
{
    return a->wants_us == INT64_MAX;
}

int64_t qp_aside_wants(const struct qp_aside *a)
{
    return !a || a->out > 0 ? INT64_MAX : a->wants_us;
}
