/* intake_folder.c: a watched folder as a source (IN2): files of JSON lines, and CSV by a map.
 *
 *   DIR/a.ndjson ─► batches ─► done/a.ndjson, done/a.ndjson.notes, rejected/a.ndjson
 *   DIR/b.csv    ─► qipan import (a process of its own) ─► done/b.csv, rejected/b.csv
 *
 * Lines may be in any encoding that import_text.c knows. A file is moved when all of it was answered: killed before that it is read again, and nothing comes twice (IN1). */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "node/cli/import.h"
#include "node/cli/intake.h"
#include "topology/zone.h"

enum { RESTED_S = 1, LINE_MOST = 1024 * 1024, BLOCK = 65536, NAME = 600 };
enum { FOLDER_MOST = 300, FILE_MOST = 230 /* bytes of their names */ };

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

/* Where the rejected lines of a file are written before it is moved: by its inode, so that a kill in between writes them again over
 * themselves, and not beside. */
static void hidden_name(char out[NAME], const struct qp_intake *in, const char *from, const char *file)
{
    struct stat st = {0};
    if (stat(from, &st))
        st.st_ino = 0;
    snprintf(out, NAME, "%.300s/rejected/.%llu-%.230s", in->target, (unsigned long long)st.st_ino, file);
}

static int show_rejected(struct qp_intake *in, const char *hidden, const char *file, struct qp_err *e)
{
    char to[NAME];
    free_name(to, in, "rejected", file);
    if (!rename(hidden, to) || errno == ENOENT)
        return 0;
    return qp_fail(e, QP_EIO, "%s: cannot be moved to %s: %s", hidden, to, strerror(errno));
}

/* What a kill has left hidden behind a file that was moved is shown; of one that is here still it is written again. */
static int settle(struct qp_intake *in, struct qp_err *e)
{
    char name[NAME], from[NAME], *end;
    struct dirent *d;
    struct stat st;
    int rc = 0;
    snprintf(name, sizeof name, "%.500s/rejected", in->target);
    DIR *dir = opendir(name);
    while (!rc && dir && (d = readdir(dir))) {
        unsigned long long inode = d->d_name[0] == '.' ? strtoull(d->d_name + 1, &end, 10) : 0;
        if (!inode || *end != '-')
            continue;
        snprintf(from, sizeof from, "%.300s/%.255s", in->target, end + 1);
        snprintf(name, sizeof name, "%.300s/rejected/%.255s", in->target, d->d_name);
        if (stat(from, &st) || st.st_ino != inode)
            rc = show_rejected(in, name, end + 1, e);
    }
    if (dir)
        closedir(dir);
    return rc;
}

/* It cannot be read, or not on: it is put aside whole, with why, to the name `to`. */
static int put_aside(struct qp_intake *in, const char *from, const char *file, const char *why, char to[NAME],
                     struct qp_err *e)
{
    char note[NAME + 8];
    int rc = move(in, from, "rejected", file, to, e);
    snprintf(note, sizeof note, "%s.reason", to);
    in->rejected++;
    return rc ? rc : qp_intake_write(note, why, strlen(why), e);
}

/* ---- JSON lines ---- */

struct reading {
    struct qp_intake *in;
    struct qp_im_text *text;
    char hidden[NAME];
    FILE *out;   /* its rejected lines, into `hidden` */
    FILE *notes; /* its notes, in memory */
    char *notes_text;
    size_t notes_len;
    json_t *items[QP_INTAKE_BATCH];
    char *lines[QP_INTAKE_BATCH];
    unsigned long at[QP_INTAKE_BATCH]; /* their numbers */
    size_t n, bytes;
};

static void reject(struct reading *r, unsigned long line, const char *text, size_t len, const char *why)
{
    json_t *o = json_pack("{s:I,s:s,s:s%}", "line", (json_int_t)line, "reason", why, "text", text, len);
    if (!o) /* not UTF-8 */
        o = json_pack("{s:I,s:s,s:n}", "line", (json_int_t)line, "reason", why, "text");
    json_dumpf(o, r->out, JSON_COMPACT);
    fputc('\n', r->out);
    json_decref(o);
}

/* One that never goes to the node. */
static void reject_here(struct reading *r, unsigned long line, const char *text, size_t len, const char *why)
{
    reject(r, line, text, len, why);
    r->in->rejected++;
}

static void forget(struct reading *r)
{
    for (size_t i = 0; i < r->n; i++) {
        json_decref(r->items[i]);
        free(r->lines[i]);
    }
    r->n = r->bytes = 0;
}

static int flush(struct reading *r, struct qp_err *e)
{
    struct qp_intake_verdict v[QP_INTAKE_BATCH];
    int rc = r->n ? qp_intake_send(r->in, r->items, r->n, v, e) : 0;
    for (size_t i = 0; !rc && i < r->n; i++) {
        if (!v[i].id[0])
            reject(r, r->at[i], r->lines[i], strlen(r->lines[i]), v[i].reason);
    }
    forget(r);
    return rc;
}

/* A line without its end; what was typed into it may be anything, also a NUL. */
static int take_line(struct reading *r, char *line, size_t len, unsigned long at, struct qp_err *e)
{
    static const char MARK[] = "\xEF\xBB\xBF";
    char left[400];
    json_error_t why;
    if (at == 1 && len >= 3 && memcmp(line, MARK, 3) == 0) {
        line += 3;
        len -= 3;
    }
    while (len && strchr("\r \t", line[len - 1]) && line[len - 1])
        len--;
    line[len] = '\0';
    if (!len)
        return 0;
    if (memchr(line, '\0', len)) {
        reject_here(r, at, line, len, "it has a NUL in it: is it UTF-16? Write UTF-8");
        return 0;
    }
    json_t *o = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(o)) {
        char text[200];
        snprintf(text, sizeof text, "it is not a JSON object: %s", o ? "something else" : why.text);
        reject_here(r, at, line, len, text);
        json_decref(o);
        return 0;
    }
    r->items[r->n] = qp_intake_item(r->in, o, left, sizeof left);
    r->lines[r->n] = strdup(line);
    r->at[r->n++] = at;
    r->bytes += len;
    if (*left)
        fprintf(r->notes, "line %lu: not kept: %s\n", at, left);
    json_decref(o);
    return r->n == QP_INTAKE_BATCH || r->bytes >= LINE_MOST ? flush(r, e) : 0;
}

struct cut { /* a file into lines, each at most LINE_MOST long */
    char *line, *block;
    size_t len;
    unsigned long at;
    bool over; /* this line is longer: its beginning alone is in `line` */
};

static int end_line(struct reading *r, struct cut *c, struct qp_err *e)
{
    size_t len = c->len;
    bool over = c->over;
    c->len = 0;
    c->over = false;
    c->at++;
    if (!over)
        return take_line(r, c->line, len, c->at, e);
    char text[201], why[120];
    c->line[len] = '\0';
    qp_text_cut(text, sizeof text, c->line);
    snprintf(why, sizeof why, "it is longer than %d bytes: here is its beginning, the whole stands in done/",
             LINE_MOST);
    reject_here(r, c->at, text, strlen(text), why);
    return 0;
}

static int take_block(struct reading *r, struct cut *c, size_t n, struct qp_err *e)
{
    int rc = 0;
    for (size_t at = 0; !rc && at < n;) {
        const char *from = c->block + at, *end = memchr(from, '\n', n - at);
        size_t len = end ? (size_t)(end - from) : n - at, room = LINE_MOST - c->len,
               fits = len < room ? len : room;
        memcpy(c->line + c->len, from, fits);
        c->len += fits;
        c->over = c->over || fits < len;
        at += len + !!end;
        if (end)
            rc = end_line(r, c, e);
    }
    return rc;
}

/* Any encoding that a file of `import` may have. QP_ECORRUPT: it cannot be read on; the lines before that were taken. */
static int read_lines(struct reading *r, struct qp_err *e)
{
    struct cut c = {.line = malloc(LINE_MOST + 1), .block = malloc(BLOCK)};
    int rc = c.line && c.block ? 0 : qp_fail(e, QP_ENOMEM, "out of memory"), n = 0;
    while (!rc && (n = qp_im_text_read(r->text, c.block, BLOCK)) > 0)
        rc = take_block(r, &c, (size_t)n, e);
    if (!rc && !n && (c.len || c.over))
        rc = end_line(r, &c, e);
    free(c.line);
    free(c.block);
    if (!rc)
        rc = flush(r, e);
    if (!rc && n < 0 && !qp_im_text_why(r->text, e))
        qp_fail(e, QP_ECORRUPT, "it cannot be read on behind line %lu", c.at);
    return !rc && n < 0 ? QP_ECORRUPT : rc;
}

/* What was rejected is on the disk before its file moves; where nothing was, nothing is left. */
static int end_rejected(struct reading *r, bool *any, struct qp_err *e)
{
    bool ok = fflush(r->out) == 0 && !ferror(r->out);
    *any = ftell(r->out) != 0;
    if (ok && (*any ? fsync(fileno(r->out)) : unlink(r->hidden)) == 0)
        return 0;
    return qp_fail(e, QP_EIO, "%s: cannot be written: %s", r->hidden, strerror(errno));
}

/* Behind the last answer: what was rejected and what is to be said of it, then the file itself; one that broke off is put aside. */
static int finish(struct reading *r, const char *from, const char *file, const char *broken, struct qp_err *e)
{
    char to[NAME] = "", note[NAME + 8];
    bool any;
    int rc = end_rejected(r, &any, e);
    fflush(r->notes);
    if (!rc)
        rc = broken ? put_aside(r->in, from, file, broken, to, e) : move(r->in, from, "done", file, to, e);
    if (!rc && any)
        rc = show_rejected(r->in, r->hidden, file, e);
    snprintf(note, sizeof note, "%s.notes", to);
    return rc || !r->notes_len ? rc : qp_intake_write(note, r->notes_text, r->notes_len, e);
}

static int read_text(struct reading *r, struct qp_err *e)
{
    r->out = fopen(r->hidden, "we");
    if (!r->out)
        return qp_fail(e, QP_EIO, "%s: cannot be written: %s", r->hidden, strerror(errno));
    r->notes = open_memstream(&r->notes_text, &r->notes_len);
    return r->notes ? read_lines(r, e) : qp_fail(e, QP_ENOMEM, "out of memory");
}

static int take_lines(struct qp_intake *in, const char *from, const char *file, struct qp_err *e)
{
    struct reading r = {.in = in};
    uint64_t taken = in->taken, again = in->again, rejected = in->rejected;
    char why[sizeof e->text], to[NAME];
    int rc = qp_im_text_open(&r.text, from, NULL, e);
    if (rc) {
        qp_im_text_close(r.text);
        return rc == QP_ENOTFOUND ? 0 /* taken away meanwhile */
               : rc == QP_ENOMEM  ? rc
                                  : put_aside(in, from, file, e->text, to, e);
    }
    hidden_name(r.hidden, in, from, file);
    rc = read_text(&r, e);
    forget(&r);
    snprintf(why, sizeof why, "%s", rc ? e->text : "");
    if (!rc || rc == QP_ECORRUPT)
        rc = finish(&r, from, file, rc ? why : NULL, e);
    else { /* all of it comes again: it is counted and written then */
        in->taken = taken;
        in->again = again;
        in->rejected = rejected;
        unlink(r.hidden);
    }
    qp_im_text_close(r.text);
    if (r.out)
        fclose(r.out);
    if (r.notes)
        fclose(r.notes);
    free(r.notes_text);
    return rc;
}

/* ---- CSV: as `qipan import` reads it ---- */

/* Nothing of a file that waits is counted: all of it comes again. Why a row was not taken stands hidden, until then. */
static int csv_waits(int status, const char *file, const char *rejected, struct qp_err *e)
{
    bool rows = access(rejected, F_OK) == 0;
    if (status == QP_EXIT_DENIED)
        return qp_fail(e, QP_EUNREACHABLE,
                       "%s waits: give a --token with the rights read, report, step, import", file);
    return qp_fail(e, QP_EUNREACHABLE, "%s waits: the node did not take all of it yet%s%s", file,
                   rows ? "; why, row by row, stands in " : "", rows ? rejected : "");
}

static int take_csv(struct qp_intake *in, const char *from, const char *file, struct qp_err *e)
{
    char rejected[NAME], to[NAME];
    struct qp_intake_imported got = {0};
    if (!in->map)
        return put_aside(in, from, file, "a CSV file takes a map: qipan intake --map MAP\n", to, e);
    hidden_name(rejected, in, from, file);
    /* Of a round that waited: import writes it only with a row in it. */
    if (unlink(rejected) && errno != ENOENT)
        return qp_fail(e, QP_EIO, "%s: cannot be removed: %s", rejected, strerror(errno));
    int rc = qp_intake_import(in, from, rejected, &got, e);
    if (rc)
        return rc;
    if (got.status == QP_EXIT_UNREACHABLE || got.status == QP_EXIT_DEGRADED || got.status == QP_EXIT_DENIED)
        return csv_waits(got.status, file, rejected, e);
    if (got.status == QP_EXIT_NOT_FOUND && access(from, F_OK))
        return 0; /* taken away meanwhile */
    in->taken += got.taken;
    in->again += got.known;
    in->rejected += got.rejected;
    if (got.status == QP_EXIT_OK || got.status == QP_EXIT_CONFLICT)
        rc = move(in, from, "done", file, to, e);
    else
        rc = put_aside(in, from, file, "qipan import --check --map MAP FILE says what is wrong with it\n", to,
                       e);
    return rc ? rc : show_rejected(in, rejected, file, e);
}

static int folder_open(struct qp_intake *in, struct qp_err *e)
{
    static const char *const SUB[] = {"", "/done", "/rejected"};
    char name[NAME];
    int rc = qp_intake_short(in->target, FOLDER_MOST, e);
    for (size_t i = 0; !rc && i < 3; i++) {
        snprintf(name, sizeof name, "%.500s%s", in->target, SUB[i]);
        if (mkdir(name, 0700) && errno != EEXIST)
            return qp_fail(e, QP_EIO, "%s: cannot be made: %s", name, strerror(errno));
    }
    in->behind = true; /* what an earlier run has left in status.json may be over */
    return rc ? rc : settle(in, e);
}

/* ---- rounds ---- */

enum what { RESTED, RESTING, NO_FILE };

/* A file written a second ago or longer: by when it was changed, where its own time lies ahead. A link that leads out of the folder is
 * none: whoever may write there would have any file of this machine read. */
static enum what what_is(const struct qp_intake *in, const char *name, const char **why)
{
    struct stat st;
    char folder[PATH_MAX], real[PATH_MAX];
    *why = NULL;
    if (lstat(name, &st))
        return RESTING; /* taken away meanwhile */
    if (S_ISLNK(st.st_mode)) {
        size_t n = realpath(in->target, folder) ? strlen(folder) : 0;
        if (!realpath(name, real) || stat(name, &st))
            *why = "it is a link to nothing: put the file itself here\n";
        else if (!n || strncmp(real, folder, n) != 0 || real[n] != '/')
            *why = "it is a link out of this folder, which is not followed: put the file itself here\n";
    }
    if (!*why && !S_ISREG(st.st_mode))
        *why = "it is no file: put the files themselves here, not folders\n";
    if (!*why && strlen(strrchr(name, '/') + 1) > FILE_MOST)
        *why = "its name is longer than 230 bytes: what is said of it would have no name\n";
    if (*why)
        return NO_FILE;
    time_t now = time(NULL), at = st.st_mtime > now ? st.st_ctime : st.st_mtime;
    return at > now || now - at >= RESTED_S ? RESTED : RESTING;
}

/* Said once, beside what it is of. */
static int tell_no_file(struct qp_intake *in, const char *file, const char *why, struct qp_err *e)
{
    char note[NAME];
    struct stat st;
    snprintf(note, sizeof note, "%.300s/rejected/%.240s.reason", in->target, file);
    if (lstat(note, &st) == 0)
        return 0;
    qp_log("warning", "%s/%s is not taken: %.*s", in->target, file, (int)strcspn(why, "\n"), why);
    return qp_intake_write(note, why, strlen(why), e);
}

static void tell_status(struct qp_intake *in, int waiting, json_t *not_taken, int rc, const struct qp_err *e)
{
    char name[NAME], at[32];
    qp_time_text(at, qp_now_us());
    const char *state = !rc ? "taking" : rc == QP_EUNREACHABLE ? "waiting" : "ended";
    json_t *o = json_pack("{s:s,s:s,s:i,s:s?,s:O,s:I,s:I,s:I}", "at", at, "state", state, "files", waiting,
                          "why", rc ? e->text : NULL, "not_taken", not_taken, "taken", (json_int_t)in->taken,
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

static int take_file(struct qp_intake *in, const char *from, const char *file, struct qp_err *e)
{
    return is_lines(file) ? take_lines(in, from, file, e) : take_csv(in, from, file, e);
}

static int folder_round(struct qp_intake *in, bool *any, struct qp_err *e)
{
    static const struct timespec soon = {0, 200000000};
    struct dirent **v = NULL;
    int n = scandir(in->target, &v, is_ours, alphasort), rc = 0, left = n, resting = 0;
    if (n < 0)
        return qp_fail(e, QP_EIO, "%s: cannot be read: %s", in->target, strerror(errno));
    json_t *not_taken = json_array();
    for (int i = 0; i < n; i++) {
        char from[NAME];
        const char *why;
        snprintf(from, sizeof from, "%.300s/%.255s", in->target, v[i]->d_name);
        enum what is = what_is(in, from, &why);
        if (is == NO_FILE) {
            left--;
            json_array_append_new(not_taken, json_string(v[i]->d_name));
            rc = rc ? rc : tell_no_file(in, v[i]->d_name, why, e);
        } else if (!rc && is == RESTING) {
            resting++;
            *any = true; /* soon */
        } else if (!rc) {
            rc = take_file(in, from, v[i]->d_name, e);
            *any = true;
            left -= !rc;
        }
        free(v[i]);
    }
    free(v);
    /* Nothing to send: is the node there all the same? Who looks at the folder believes what it says (IN5). */
    if (!rc && !*any)
        rc = qp_intake_ask(in, e);
    if (n || rc || in->behind)
        tell_status(in, left, not_taken, rc, e);
    json_decref(not_taken);
    in->behind = !!rc;
    if (resting && resting == left && !rc) /* all of them still rest */
        nanosleep(&soon, NULL);
    return rc;
}

const struct qp_intake_ops qp_intake_folder = {"folder", takes, folder_open, folder_round, folder_close};
