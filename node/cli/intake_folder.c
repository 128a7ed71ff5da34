/* intake_folder.c: a watched folder as a source (IN2): files of JSON lines, and CSV by a map.
 *
 *   DIR/a.ndjson ─► batches ─► done/a.ndjson, done/a.ndjson.notes, rejected/a.ndjson
 *   DIR/b.csv    ─► qipan import (a process of its own) ─► done/b.csv, rejected/b.csv
 *
 * A file is moved when all of it was answered: killed before that it is read again, and nothing comes twice (IN1). */
#include <dirent.h>
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "node/cli/intake.h"
#include "topology/zone.h"

enum { RESTED_S = 1, LINE_MOST = 1024 * 1024, NAME = 600, ENVIRON = 500 };
extern char **environ;

static bool takes(const char *target)
{
    (void)target;
    return true; /* the last of the sources: what is nothing else is a folder */
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);
    return n > k && strcmp(name + n - k, end) == 0;
}

static bool is_lines(const char *name)
{
    return ends_with(name, ".ndjson") || ends_with(name, ".jsonl");
}

static int folder_open(struct qp_intake *in, struct qp_err *e)
{
    static const char *const SUB[] = {"", "/done", "/rejected"};
    char name[NAME];
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%.500s%s", in->target, SUB[i]);
        if (mkdir(name, 0700) && errno != EEXIST)
            return qp_fail(e, QP_EIO, "%s: cannot be made: %s", name, strerror(errno));
    }
    in->behind = true; /* what an earlier run has left in status.json may be over */
    return 0;
}

static void folder_close(struct qp_intake *in)
{
    (void)in;
}

/* A name in a folder below that nobody has yet. */
static void free_name(char out[NAME], const struct qp_intake *in, const char *sub, const char *file)
{
    struct stat st;
    snprintf(out, NAME, "%.300s/%s/%.255s", in->target, sub, file);
    for (int n = 2; lstat(out, &st) == 0; n++)
        snprintf(out, NAME, "%.300s/%s/%.240s.%d", in->target, sub, file, n);
}

static int move(struct qp_intake *in, const char *from, const char *sub, const char *file, char to[NAME],
                struct qp_err *e)
{
    free_name(to, in, sub, file);
    return rename(from, to) ? qp_fail(e, QP_EIO, "%s: cannot be moved to %s: %s", from, to, strerror(errno))
                            : 0;
}

/* Nothing of it can be read: it is put aside whole, with why. */
static int put_aside(struct qp_intake *in, const char *from, const char *file, const char *why,
                     struct qp_err *e)
{
    char to[NAME], note[NAME + 8];
    int rc = move(in, from, "rejected", file, to, e);
    snprintf(note, sizeof note, "%s.reason", to);
    in->rejected++;
    return rc ? rc : qp_intake_write(note, why, strlen(why), e);
}

/* ---- JSON lines ---- */

struct reading {
    struct qp_intake *in;
    FILE *f, *out, *notes; /* the file; its rejected lines and its notes, in memory */
    char *out_text, *notes_text;
    size_t out_len, notes_len;
    json_t *items[QP_INTAKE_BATCH];
    char *lines[QP_INTAKE_BATCH];
    unsigned long at[QP_INTAKE_BATCH]; /* their numbers */
    size_t n;
};

static void reject(struct reading *r, unsigned long line, const char *text, const char *why)
{
    json_t *o =
        json_pack("{s:I,s:s,s:s%}", "line", (json_int_t)line, "reason", why, "text", text, strlen(text));
    if (!o) /* not UTF-8 */
        o = json_pack("{s:I,s:s,s:n}", "line", (json_int_t)line, "reason", why, "text");
    json_dumpf(o, r->out, JSON_COMPACT);
    fputc('\n', r->out);
    json_decref(o);
}

static void forget(struct reading *r)
{
    for (size_t i = 0; i < r->n; i++) {
        json_decref(r->items[i]);
        free(r->lines[i]);
    }
    r->n = 0;
}

static int flush(struct reading *r, struct qp_err *e)
{
    struct qp_intake_verdict v[QP_INTAKE_BATCH];
    int rc = r->n ? qp_intake_send(r->in, r->items, r->n, v, e) : 0;
    for (size_t i = 0; !rc && i < r->n; i++) {
        if (!v[i].id[0])
            reject(r, r->at[i], r->lines[i], v[i].reason);
    }
    forget(r);
    return rc;
}

static int take_line(struct reading *r, char *line, unsigned long at, struct qp_err *e)
{
    char left[400];
    json_error_t why;
    line[strcspn(line, "\r\n")] = '\0';
    if (!line[strspn(line, " \t\xEF\xBB\xBF")])
        return 0;
    json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(o)) {
        char text[200];
        snprintf(text, sizeof text, "it is not a JSON object: %s", o ? "something else" : why.text);
        reject(r, at, line, text);
        r->in->rejected++;
        json_decref(o);
        return 0;
    }
    r->items[r->n] = qp_intake_item(r->in, o, left, sizeof left);
    r->lines[r->n] = strdup(line);
    r->at[r->n++] = at;
    if (*left)
        fprintf(r->notes, "line %lu: not kept: %s\n", at, left);
    json_decref(o);
    return r->n == QP_INTAKE_BATCH ? flush(r, e) : 0;
}

static int read_lines(struct reading *r, struct qp_err *e)
{
    char *line = NULL;
    size_t cap = 0;
    unsigned long at = 0;
    int rc = 0;
    while (!rc && getline(&line, &cap, r->f) > 0)
        rc = take_line(r, line, ++at, e);
    free(line);
    if (!rc && ferror(r->f))
        rc = qp_fail(e, QP_EIO, "the file cannot be read on: %s", strerror(errno));
    return rc ? rc : flush(r, e);
}

/* Behind the last answer: what was rejected and what is to be said of it, then the file itself. */
static int finish(struct reading *r, const char *from, const char *file, struct qp_err *e)
{
    char to[NAME], note[NAME + 8];
    int rc = 0;
    fflush(r->out);
    fflush(r->notes);
    if (r->out_len) {
        free_name(to, r->in, "rejected", file);
        rc = qp_intake_write(to, r->out_text, r->out_len, e);
    }
    if (!rc)
        rc = move(r->in, from, "done", file, to, e);
    snprintf(note, sizeof note, "%s.notes", to);
    return rc || !r->notes_len ? rc : qp_intake_write(note, r->notes_text, r->notes_len, e);
}

static int take_lines(struct qp_intake *in, const char *from, const char *file, struct qp_err *e)
{
    struct reading r = {.in = in, .f = fopen(from, "re")};
    if (!r.f)
        return qp_fail(e, QP_EIO, "%s: cannot be opened: %s", from, strerror(errno));
    uint64_t taken = in->taken, again = in->again, rejected = in->rejected;
    r.out = open_memstream(&r.out_text, &r.out_len);
    r.notes = open_memstream(&r.notes_text, &r.notes_len);
    int rc = r.out && r.notes ? read_lines(&r, e) : qp_fail(e, QP_ENOMEM, "out of memory");
    forget(&r);
    if (!rc)
        rc = finish(&r, from, file, e);
    else { /* all of it comes again: it is counted then */
        in->taken = taken;
        in->again = again;
        in->rejected = rejected;
    }
    fclose(r.f);
    if (r.out)
        fclose(r.out);
    if (r.notes)
        fclose(r.notes);
    free(r.out_text);
    free(r.notes_text);
    return rc;
}

/* ---- CSV: as `qipan import` reads it ---- */

static int run_import(struct qp_intake *in, const char *from, const char *rejected, int *status,
                      struct qp_err *e)
{
    char url[240], token[600]; /* the token goes by the environment: arguments are everybody's to read */
    snprintf(url, sizeof url, "%.220s", in->node.url);
    snprintf(token, sizeof token, "QIPAN_TOKEN=%.512s", in->node.token);
    const char *const argv[] = {"qipan",      "import", "--quiet",    "--map",  in->map, "--node", url,
                                "--patience", "5",      "--rejected", rejected, from,    NULL};
    char *env[ENVIRON + 2];
    size_t n = 0;
    for (char **p = environ; *p && n < ENVIRON; p++) {
        if (strncmp(*p, "QIPAN_TOKEN=", 12) != 0)
            env[n++] = *p;
    }
    env[n++] = token;
    env[n] = NULL;
    posix_spawnattr_t attr;
    sigset_t none;
    pid_t pid;
    sigemptyset(&none);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    int rc = posix_spawn(&pid, "/proc/self/exe", NULL, &attr, (char *const *)(uintptr_t)argv, env);
    posix_spawnattr_destroy(&attr);
    if (rc)
        return qp_fail(e, QP_EIO, "qipan import cannot be started: %s", strerror(rc));
    while (waitpid(pid, &rc, 0) < 0 && errno == EINTR) {
    }
    *status = WIFEXITED(rc) ? WEXITSTATUS(rc) : QP_EXIT_UNREACHABLE;
    return 0;
}

static int take_csv(struct qp_intake *in, const char *from, const char *file, struct qp_err *e)
{
    char rejected[NAME], to[NAME];
    int status = 0;
    if (!in->map)
        return put_aside(in, from, file, "a CSV file takes a map: qipan intake --map MAP\n", e);
    free_name(rejected, in, "rejected", file);
    int rc = run_import(in, from, rejected, &status, e);
    if (rc)
        return rc;
    if (status == QP_EXIT_UNREACHABLE || status == QP_EXIT_DEGRADED || status == QP_EXIT_DENIED)
        return qp_fail(e, QP_EUNREACHABLE, "%s could not be brought in yet (qipan import ended with %d)",
                       file, status);
    if (status != QP_EXIT_OK && status != QP_EXIT_CONFLICT)
        return put_aside(in, from, file, "qipan import --check --map MAP FILE says what is wrong with it\n",
                         e);
    in->taken += status == QP_EXIT_OK;
    in->rejected += status == QP_EXIT_CONFLICT;
    return move(in, from, "done", file, to, e);
}

/* ---- rounds ---- */

static bool rested(const char *name)
{
    struct stat st;
    return lstat(name, &st) == 0 && S_ISREG(st.st_mode) && time(NULL) - st.st_mtime >= RESTED_S;
}

static void tell_status(struct qp_intake *in, int waiting, int rc, const struct qp_err *e)
{
    char name[NAME], at[32];
    qp_time_text(at, qp_now_us());
    json_t *o = json_pack("{s:s,s:s,s:i,s:s?,s:I,s:I,s:I}", "at", at, "state", rc ? "waiting" : "taking",
                          "files", waiting, "why", rc ? e->text : NULL, "taken", (json_int_t)in->taken,
                          "known", (json_int_t)in->again, "rejected", (json_int_t)in->rejected);
    char *text = json_dumps(o, JSON_COMPACT);
    snprintf(name, sizeof name, "%.500s/status.json", in->target);
    if (text)
        qp_intake_write(name, text, strlen(text), NULL);
    free(text);
    json_decref(o);
}

static int is_ours(const struct dirent *d)
{
    return d->d_name[0] != '.' &&
           (is_lines(d->d_name) || ends_with(d->d_name, ".csv") || ends_with(d->d_name, ".csv.gz"));
}

static int folder_round(struct qp_intake *in, bool *any, struct qp_err *e)
{
    static const struct timespec soon = {0, 200000000};
    struct dirent **v = NULL;
    int n = scandir(in->target, &v, is_ours, alphasort), rc = 0, left = n;
    if (n < 0)
        return qp_fail(e, QP_EIO, "%s: cannot be read: %s", in->target, strerror(errno));
    for (int i = 0; i < n; i++) {
        char from[NAME];
        snprintf(from, sizeof from, "%.300s/%.255s", in->target, v[i]->d_name);
        if (!rc && !rested(from))
            *any = true; /* soon */
        else if (!rc) {
            rc = is_lines(v[i]->d_name) ? take_lines(in, from, v[i]->d_name, e)
                                        : take_csv(in, from, v[i]->d_name, e);
            *any = true;
            left -= !rc;
        }
        free(v[i]);
    }
    free(v);
    if (!n) /* nothing to send: is the node there all the same? Who looks at the folder believes what it says (IN5) */
        rc = qp_intake_ask(in, e);
    if (n || rc || in->behind)
        tell_status(in, left, rc, e);
    in->behind = !!rc;
    if (n && *any && left == n && !rc) /* all of them still rest */
        nanosleep(&soon, NULL);
    return rc;
}

const struct qp_intake_ops qp_intake_folder = {"folder", takes, folder_open, folder_round, folder_close};
