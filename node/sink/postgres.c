/* postgres.c: the target `postgresql`, by libpq. A batch is one transaction: COPY into two staging tables, merge, the
 * mark. What the tables are stands in schema.sql. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/error.h"
#include "node/sink/sink.h"

extern const char qp_sink_schema[], qp_sink_schema_end[];
__asm__(".section .rodata\n.global qp_sink_schema\n.global qp_sink_schema_end\nqp_sink_schema:\n.incbin "
        "\"" QP_SINK_DIR "/schema.sql\"\nqp_sink_schema_end:\n.byte 0\n.previous\n");

struct buffer { /* one COPY */
    FILE *f;
    char *text;
    size_t len;
};
struct qp_sink {
    PGconn *db;
    struct buffer events, matters;
    uint64_t rows; /* of the batch's matters, so that the last one of each is known */
    char was[24];  /* the mark's position, as last seen: the target's must be the same */
};

static bool takes(const char *target)
{
    return strncmp(target, "postgresql://", 13) == 0 || strncmp(target, "postgres://", 11) == 0 ||
           strstr(target, "dbname=");
}

/* What passes by itself: the connection, resources, an operator who ended it, a deadlock. Without a state nothing answered at all. */
static bool passes(const char *state)
{
    static const char *const CLASSES[] = {"08", "40", "53", "55", "57", "58"};
    for (size_t i = 0; state && i < sizeof CLASSES / sizeof *CLASSES; i++) {
        if (strncmp(state, CLASSES[i], 2) == 0)
            return true;
    }
    return !state || !*state;
}

/* r: the result that failed; NULL: there is none. QP_EUNREACHABLE: tried again it may be taken; QP_EPOLICY: it is refused. */
static int fail_db(const struct qp_sink *s, const PGresult *r, const char *what, struct qp_err *e)
{
    char text[300];
    const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
    qp_text_cut(text, sizeof text, PQerrorMessage(s->db));
    for (char *p = text; *p; p++) {
        if (*p == '\n')
            *p = p[1] ? ' ' : '\0';
    }
    return qp_fail(e, passes(state) ? QP_EUNREACHABLE : QP_EPOLICY, "postgresql: %s: %s", what, text);
}

static int run(struct qp_sink *s, const char *sql, const char *what, struct qp_err *e)
{
    PGresult *r = PQexec(s->db, sql);
    ExecStatusType st = PQresultStatus(r);
    int rc = st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK ? 0 : fail_db(s, r, what, e);
    PQclear(r);
    return rc;
}

/* One row with parameters: its columns into out (each cap bytes), or only how many rows it touched. */
static int ask(struct qp_sink *s, const char *sql, int n, const char *const *v, char (*out)[QP_PATH_BYTES],
               int columns, long *touched, struct qp_err *e)
{
    PGresult *r = PQexecParams(s->db, sql, n, NULL, v, NULL, NULL, 0);
    ExecStatusType st = PQresultStatus(r);
    int rc = 0;
    if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK)
        rc = fail_db(s, r, "a statement failed", e);
    else if (touched)
        *touched = strtol(PQcmdTuples(r), NULL, 10);
    else if (PQntuples(r) < 1)
        rc = QP_ENOTFOUND;
    for (int i = 0; !rc && i < columns; i++)
        snprintf(out[i], QP_PATH_BYTES, "%s", PQgetvalue(r, 0, i));
    PQclear(r);
    return rc;
}

static void buffer_drop(struct buffer *b)
{
    if (b->f)
        fclose(b->f);
    free(b->text);
    *b = (struct buffer){.f = NULL};
}

static void pg_close(struct qp_sink *s)
{
    if (!s)
        return;
    buffer_drop(&s->events);
    buffer_drop(&s->matters);
    PQfinish(s->db);
    free(s);
}

/* 0; QP_ENOTFOUND: its tables are not there. */
static int has_schema(struct qp_sink *s, struct qp_err *e)
{
    char there[1][QP_PATH_BYTES];
    int rc = ask(s, "SELECT coalesce(to_regclass('qipan.mark')::text, '')", 0, NULL, there, 1, NULL, e);
    return rc ? rc : *there[0] ? 0 : QP_ENOTFOUND;
}

static int make_schema(struct qp_sink *s, struct qp_err *e)
{
    int rc = has_schema(s, e);
    if (rc != QP_ENOTFOUND)
        return rc;
    rc = run(s, "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('qipan schema', 0))", "the schema", e);
    if (!rc)
        rc = run(s, qp_sink_schema, "the schema could not be made", e);
    return rc ? rc : run(s, "COMMIT", "the schema", e);
}

/* A peer that is gone is noticed within a minute, by both; what the target says itself goes before. */
static PGconn *dial(const char *target)
{
    static const char *const NAMES[] = {"fallback_application_name",
                                        "keepalives_idle",
                                        "keepalives_interval",
                                        "keepalives_count",
                                        "tcp_user_timeout",
                                        "connect_timeout",
                                        "dbname",
                                        "client_encoding",
                                        NULL};
    const char *const values[] = {"qipan sink", "30", "10", "3", "60000", "30", target, "UTF8", NULL};
    return PQconnectdbParams(NAMES, values, 1);
}

static int pg_open(struct qp_sink **out, const char *target, bool write, struct qp_err *e)
{
    struct qp_sink *s = calloc(1, sizeof *s);
    if (!s)
        return qp_fail(e, QP_ENOMEM, "out of memory");
    s->db = dial(target);
    int rc = PQstatus(s->db) == CONNECTION_OK ? 0 : fail_db(s, NULL, "no connection", e);
    if (!rc)
        rc = run(s, "SET client_min_messages = warning", "setting up", e);
    if (!rc && write)
        rc = make_schema(s, e);
    if (!rc && write)
        rc = run(s,
                 "CREATE TEMP TABLE stage_event (LIKE qipan.event) ON COMMIT DELETE ROWS;"
                 "CREATE TEMP TABLE stage_matter (LIKE qipan.matter, n bigint) ON COMMIT DELETE ROWS",
                 "the staging tables", e);
    if (rc) {
        pg_close(s);
        return rc;
    }
    *out = s;
    return 0;
}

static int pg_mark(struct qp_sink *s, const char *node, struct qp_sink_mark *m, struct qp_err *e)
{
    char v[6][QP_PATH_BYTES];
    int rc = has_schema(s, e);
    if (!rc)
        rc = ask(s, "SELECT county, path, node, incarnation, position, hash FROM qipan.mark WHERE node = $1",
                 1, &node, v, 6, NULL, e);
    if (rc == QP_ENOTFOUND)
        return qp_fail(e, rc, "postgresql: nothing was written yet of node %s", node);
    if (rc)
        return rc;
    *m = (struct qp_sink_mark){.incarnation = (uint32_t)strtoul(v[3], NULL, 10),
                               .position = strtoull(v[4], NULL, 10)};
    snprintf(m->county, sizeof m->county, "%.63s", v[0]);
    snprintf(m->path, sizeof m->path, "%s", v[1]);
    snprintf(m->node, sizeof m->node, "%.26s", v[2]);
    snprintf(m->hash, sizeof m->hash, "%.64s", v[5]);
    snprintf(s->was, sizeof s->was, "%.20s", v[4]);
    return 0;
}

static int pg_claim(struct qp_sink *s, const struct qp_sink_mark *m, struct qp_err *e)
{
    char got[1][QP_PATH_BYTES];
    const char *node = m->node;
    int rc = ask(s, "SELECT pg_try_advisory_lock(hashtextextended('qipan sink ' || $1, 0))", 1, &node, got, 1,
                 NULL, e);
    if (!rc && got[0][0] != 't')
        rc = qp_fail(e, QP_EEXISTS,
                     "postgresql: another process brings node %s into this database: end it first", m->path);
    return rc;
}

/* Alone in the database its rows go; beside others everything of it is read again over what is there. */
static int pg_empty(struct qp_sink *s, const struct qp_sink_mark *m, struct qp_err *e)
{
    const char *node = m->node;
    char others[1][QP_PATH_BYTES];
    long touched;
    int rc = run(s, "BEGIN", "begin", e);
    if (!rc)
        rc = ask(s, "DELETE FROM qipan.mark WHERE node = $1", 1, &node, NULL, 0, &touched, e);
    if (!rc)
        rc = ask(s, "SELECT count(*) FROM qipan.mark", 0, NULL, others, 1, NULL, e);
    if (!rc && strcmp(others[0], "0") == 0)
        rc = run(s, "TRUNCATE qipan.event, qipan.matter", "emptying", e);
    s->was[0] = '\0';
    return rc ? rc : run(s, "COMMIT", "commit", e);
}

/* ---- a batch ---- */

static void pg_abort(struct qp_sink *s)
{
    buffer_drop(&s->events);
    buffer_drop(&s->matters);
    if (PQtransactionStatus(s->db) != PQTRANS_IDLE)
        PQclear(PQexec(s->db, "ROLLBACK"));
}

static int pg_begin(struct qp_sink *s, struct qp_err *e)
{
    pg_abort(s);
    s->rows = 0;
    s->events.f = open_memstream(&s->events.text, &s->events.len);
    s->matters.f = open_memstream(&s->matters.text, &s->matters.len);
    return s->events.f && s->matters.f ? 0 : qp_fail(e, QP_ENOMEM, "out of memory");
}

/* A column of COPY's text form and what stands behind it. NULL: \N. */
static void put(FILE *f, const char *text, char behind)
{
    for (; text && *text; text++) {
        const char *sign = strchr("\\\\\tt\nn\rr", *text);
        if (*text == '\\' || *text == '\t' || *text == '\n' || *text == '\r') {
            fputc('\\', f);
            fputc(sign[1], f);
        } else {
            fputc(*text, f);
        }
    }
    if (!text)
        fputs("\\N", f);
    fputc(behind, f);
}

/* A member of a matter's row, whatever it is, as a column. */
static void put_member(FILE *f, const json_t *row, const char *name)
{
    const json_t *v = json_object_get(row, name);
    char number[40];
    if (json_is_string(v))
        put(f, json_string_value(v), '\t');
    else if (json_is_boolean(v))
        put(f, json_is_true(v) ? "t" : "f", '\t');
    else if (json_is_number(v)) {
        if (json_is_integer(v))
            snprintf(number, sizeof number, "%lld", (long long)json_integer_value(v));
        else
            snprintf(number, sizeof number, "%.17g", json_real_value(v));
        put(f, number, '\t');
    } else {
        put(f, NULL, '\t');
    }
}

static void put_matter(struct qp_sink *s, const struct qp_sink_event *ev)
{
    static const char *const NAMES[] = {
        "area",     "state", "category",  "source",     "urgency",    "desk",      "holder",   "custody",
        "version",  "redo",  "opened_at", "updated_at", "handled_at", "closed_at", "deadline", "result",
        "exercise", "lat",   "lon",       "reached",    "resolved",   "satisfied"};
    FILE *f = s->matters.f;
    put_member(f, ev->matter, "county");
    put(f, ev->id, '\t');
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        put_member(f, ev->matter, NAMES[i]);
    fprintf(f, "%llu\n", (unsigned long long)++s->rows);
}

static int pg_put(struct qp_sink *s, const struct qp_sink_event *ev, struct qp_err *e)
{
    FILE *f = s->events.f;
    put(f, ev->county, '\t');
    put(f, ev->node, '\t');
    fprintf(f, "%llu\t%llu\t", (unsigned long long)ev->incarnation, (unsigned long long)ev->counter);
    put(f, ev->path, '\t');
    put(f, ev->id, '\t');
    put(f, ev->type, '\t');
    put(f, ev->at, '\t');
    fprintf(f, "%llu\t%llu\n", (unsigned long long)ev->custody, (unsigned long long)ev->version);
    if (json_is_object(ev->matter))
        put_matter(s, ev);
    return ferror(f) || ferror(s->matters.f) ? qp_fail(e, QP_ENOMEM, "out of memory") : 0;
}

static int copy(struct qp_sink *s, const char *sql, struct buffer *b, struct qp_err *e)
{
    PGresult *r = PQexec(s->db, sql);
    int rc = PQresultStatus(r) == PGRES_COPY_IN ? 0 : fail_db(s, r, "COPY", e);
    PQclear(r);
    if (rc)
        return rc;
    bool ok = true;
    for (size_t at = 0; ok && at < b->len;) {
        size_t n = b->len - at < (1 << 20) ? b->len - at : 1 << 20;
        ok = PQputCopyData(s->db, b->text + at, (int)n) == 1;
        at += n;
    }
    if (!ok || PQputCopyEnd(s->db, NULL) != 1)
        return fail_db(s, NULL, "COPY", e);
    while ((r = PQgetResult(s->db))) {
        if (!rc && PQresultStatus(r) != PGRES_COMMAND_OK)
            rc = fail_db(s, r, "COPY", e);
        PQclear(r);
    }
    return rc;
}

static int merge(struct qp_sink *s, struct qp_err *e)
{
    int rc = run(s, "INSERT INTO qipan.event SELECT * FROM stage_event ON CONFLICT DO NOTHING",
                 "merging events", e);
    if (rc)
        return rc;
    return run(s,
               "INSERT INTO qipan.matter AS m SELECT DISTINCT ON (county, id) county, id, area, state, "
               "category, source, urgency, desk, "
               "holder, custody, version, redo, opened_at, updated_at, handled_at, closed_at, deadline, "
               "result, exercise, lat, lon, "
               "reached, resolved, satisfied FROM stage_matter ORDER BY county, id, n DESC "
               "ON CONFLICT (county, id) DO UPDATE SET (area, state, category, source, urgency, desk, "
               "holder, custody, version, redo, "
               "opened_at, updated_at, handled_at, closed_at, deadline, result, exercise, lat, lon, reached, "
               "resolved, satisfied) = "
               "(excluded.area, excluded.state, excluded.category, excluded.source, excluded.urgency, "
               "excluded.desk, excluded.holder, "
               "excluded.custody, excluded.version, excluded.redo, excluded.opened_at, excluded.updated_at, "
               "excluded.handled_at, "
               "excluded.closed_at, excluded.deadline, excluded.result, excluded.exercise, excluded.lat, "
               "excluded.lon, "
               "excluded.reached, excluded.resolved, excluded.satisfied) "
               "WHERE (excluded.custody, excluded.version, excluded.updated_at) >= (m.custody, m.version, "
               "m.updated_at)",
               "merging matters", e);
}

/* The mark moves from where this process has left it, or not at all. */
static int move_mark(struct qp_sink *s, const struct qp_sink_mark *m, struct qp_err *e)
{
    char incarnation[16], position[24];
    long touched = 0;
    snprintf(incarnation, sizeof incarnation, "%u", m->incarnation);
    snprintf(position, sizeof position, "%llu", (unsigned long long)m->position);
    const char *v[] = {m->county, m->node, m->path, incarnation, position, m->hash, s->was};
    int rc = *s->was ? ask(s,
                           "UPDATE qipan.mark SET path = $3, incarnation = $4::bigint, position = "
                           "$5::bigint, hash = $6, at = now() "
                           "WHERE county = $1 AND node = $2 AND position = $7::bigint",
                           7, v, NULL, 0, &touched, e)
                     : ask(s,
                           "INSERT INTO qipan.mark (county, node, path, incarnation, position, hash) VALUES "
                           "($1, $2, $3, $4::bigint, $5::bigint, $6) ON CONFLICT DO NOTHING",
                           6, v, NULL, 0, &touched, e);
    if (!rc && touched != 1)
        rc =
            qp_fail(e, QP_EEXISTS, "postgresql: another process has moved the mark of %s meanwhile", m->path);
    return rc;
}

static int pg_commit(struct qp_sink *s, const struct qp_sink_mark *m, struct qp_err *e)
{
    int rc = fflush(s->events.f) || fflush(s->matters.f) ? qp_fail(e, QP_ENOMEM, "out of memory") : 0;
    if (!rc)
        rc = run(s, "BEGIN", "begin", e);
    if (!rc)
        rc = copy(s, "COPY stage_event FROM STDIN", &s->events, e);
    if (!rc)
        rc = copy(s, "COPY stage_matter FROM STDIN", &s->matters, e);
    if (!rc)
        rc = merge(s, e);
    if (!rc)
        rc = move_mark(s, m, e);
    if (!rc)
        rc = run(s, "COMMIT", "commit", e);
    if (!rc)
        snprintf(s->was, sizeof s->was, "%llu", (unsigned long long)m->position);
    pg_abort(s);
    return rc;
}

const struct qp_sink_ops qp_sink_postgres = {"postgresql", takes,    pg_open, pg_close,  pg_mark, pg_claim,
                                             pg_empty,     pg_begin, pg_put,  pg_commit, pg_abort};
