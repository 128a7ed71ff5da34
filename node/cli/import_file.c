/* import_file.c: the file of records: plain, gzip or standard input; each row becomes a record with all its
 * lines of JSON made. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "node/cli/import.h"

struct qp_im_file {
    char *name;
    gzFile gz;
    double size; /* bytes of the file as it lies there; 0: unknown */
    struct qp_csv *csv;
    struct qp_map_columns columns;
    struct qp_map_record row;
};

static int read_some(void *arg, char *buf, size_t cap)
{
    struct qp_im_file *f = arg;
    int code, n = gzread(f->gz, buf, cap > 1u << 20 ? 1u << 20 : (unsigned)cap);
    if (n == 0) { /* the end, or a compressed file that was cut: zlib only notes that */
        gzerror(f->gz, &code);
        n = code < 0 ? -1 : 0;
    }
    return n;
}

int qp_im_file_open(struct qp_import *im, const char *name, struct qp_err *e)
{
    struct qp_im_file *f = im->file = calloc(1, sizeof *f);
    struct stat st;
    char **fields;
    size_t n;
    long line;
    if (f == NULL || (f->name = strdup(strcmp(name, "-") == 0 ? "standard input" : name)) == NULL)
        return qp_fail(e, QP_ENOMEM, "no memory for the file");
    int fd = strcmp(name, "-") == 0 ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return qp_fail(e, errno == ENOENT ? QP_ENOTFOUND : QP_EIO, "%s: %s", name, strerror(errno));
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        f->size = (double)st.st_size;
    f->gz = gzdopen(fd, "rb"); /* reads what is not compressed as it is */
    if (f->gz == NULL) {
        close(fd);
        return qp_fail(e, QP_ENOMEM, "no memory to read %s", name);
    }
    gzbuffer(f->gz, 256 * 1024);
    f->csv = qp_csv_open(read_some, f, f->name);
    if (f->csv == NULL)
        return qp_fail(e, QP_ENOMEM, "no memory to read %s", name);
    int got = qp_csv_next(f->csv, &fields, &n, &line, e);
    if (got < 0)
        return e->code != 0 ? e->code : QP_EINVAL;
    return got == 0 ? qp_fail(e, QP_EINVAL, "%s is empty: a header row is needed", f->name)
                    : qp_map_bind(&f->columns, im->map, fields, n, e);
}

void qp_im_file_close(struct qp_import *im)
{
    struct qp_im_file *f = im->file;
    if (f == NULL)
        return;
    if (f->csv != NULL)
        qp_csv_close(f->csv);
    if (f->gz != NULL)
        gzclose(f->gz);
    free(f->name);
    free(f);
    im->file = NULL;
}

double qp_im_file_part(const struct qp_import *im)
{
    double at = im->file->size > 0 ? (double)gzoffset(im->file->gz) / im->file->size : 0;
    return at > 1 ? 1 : at;
}

void qp_im_record_free(struct qp_im_record *r)
{
    for (size_t i = 0; i < QP_IM_STAGES; i++)
        free(r->json[i]);
    free(r->ref);
    free(r);
}

void qp_im_reject(struct qp_import *im, long line, const char *ref, const char *reason)
{
    if (im->rejected == NULL) {
        const char *path = im->rejected_path != NULL ? im->rejected_path : im->rejected_default;
        im->rejected = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
        if (im->rejected == NULL) {
            qp_complain(im->cli, 0, "%s: cannot be written: %s", path, strerror(errno));
            im->rejected = stderr;
        }
        fputs("line,source_ref,reason\n", im->rejected);
    }
    fprintf(im->rejected, "%ld,", line);
    const char *texts[] = {ref, reason};
    for (size_t i = 0; i < 2; i++) {
        fputs(i > 0 ? ",\"" : "\"", im->rejected);
        for (const char *p = texts[i]; *p; p++)
            fprintf(im->rejected, *p == '"' ? "\"\"" : "%c", *p);
        fputc('"', im->rejected);
    }
    fputc('\n', im->rejected);
}

/* ---- lines of JSON ---- */

static void put(json_t *o, const char *name, const char *text)
{
    if (text != NULL && text[0] != 0)
        json_object_set_new(o, name, json_string(text));
}

static void put_time(json_t *o, const char *name, int64_t at_us)
{
    char text[32];
    qp_time_text(text, at_us);
    json_object_set_new(o, name, json_string(text));
}

static char *dumped(json_t *o)
{
    char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(10));
    json_decref(o);
    return text;
}

/* A drill is marked in the matter itself and in its title, so that nobody can take it for real. */
static void put_title(const struct qp_import *im, json_t *o, const char *title)
{
    static const char mark[] = "【演练】";
    char *text = NULL;
    bool bare = im->exercise && strncmp(title, mark, strlen(mark)) != 0;
    if (bare && asprintf(&text, "%s%s", mark, title) >= 0)
        title = text;
    put(o, "title", title);
    if (im->exercise)
        json_object_set_new(o, "exercise", json_true());
    free(text);
}

static char *open_line(const struct qp_import *im, const struct qp_map_record *m,
                       const struct qp_im_record *r)
{
    json_t *o = json_object();
    char *key = NULL;
    if (asprintf(&key, "%s:%s", m->source, m->source_ref) < 0)
        return NULL;
    put(o, "key", key);
    free(key);
    put(o, "category", m->category);
    put_title(im, o, m->title);
    put(o, "text", m->body);
    put(o, "source", m->source);
    put(o, "source_ref", m->source_ref);
    put(o, "desk", m->desk);
    put(o, "place", m->place);
    put(o, "urgency", m->urgency);
    if (r->entry != r->target)
        put(o, "area", im->nodes[r->target].path);
    if (m->has_deadline)
        put_time(o, "deadline", m->deadline_us);
    if (m->has_location)
        json_object_set_new(o, "location", json_pack("{s:f,s:f}", "lat", m->lat, "lon", m->lon));
    if (im->clock_source && m->has_opened)
        put_time(o, "occurred_at", m->opened_us);
    return dumped(o);
}

/* What follows `{"id":"...",` in a step's line. */
static char *step_members(const struct qp_import *im, const char *step, int stage,
                          const struct qp_map_step *s, bool has_at, int64_t at_us)
{
    json_t *o = json_object();
    char key[40];
    snprintf(key, sizeof key, "import-%d-%s", stage, step);
    put(o, "step", step);
    put(o, "key", key);
    if (im->clock_source && has_at)
        put_time(o, "at", at_us);
    if (s != NULL) {
        put(o, "result", s->result);
        put(o, "note", s->note);
        put(o, "of", s->of);
    }
    char *text = dumped(o);
    if (text != NULL)
        memmove(text, text + 1, strlen(text)); /* without the opening brace */
    return text;
}

static bool lines_of(struct qp_import *im, const struct qp_map_record *m, struct qp_im_record *r)
{
    r->json[0] = open_line(im, m, r);
    r->at_us[0] = m->opened_us;
    r->stages = 1;
    if (r->json[0] == NULL)
        return false;
    if (r->entry != r->target && !m->accept)
        return true; /* offered; a person there takes it from here */
    if (r->entry != r->target) {
        r->accepts = true;
        r->at_us[1] = m->opened_us;
        r->json[r->stages++] = step_members(im, "accept", 1, NULL, m->has_opened, m->opened_us);
    }
    for (size_t i = 0; i < m->n_steps; i++) {
        const struct qp_map_step *s = &m->steps[i];
        r->at_us[r->stages] = s->has_at ? s->at_us : m->opened_us;
        r->json[r->stages++] = step_members(im, s->step, (int)i + 2, s, s->has_at, s->at_us);
    }
    for (size_t i = 0; i < r->stages; i++)
        if (r->json[i] == NULL)
            return false;
    return true;
}

/* A record whose times the nodes would refuse half way is refused before its first step. */
static bool times_sound(const struct qp_import *im, const struct qp_map_record *m, struct qp_err *e)
{
    int64_t most_us = qp_now_us() + INT64_C(86400000000);
    if (!im->clock_source || !m->has_opened)
        return true;
    if (m->opened_us <= 0)
        return qp_fail(e, QP_EINVAL, "it was opened before 1970") == 0;
    if (m->opened_us > most_us)
        return qp_fail(e, QP_EINVAL, "it was opened more than a day ahead of now") == 0;
    for (size_t i = 0; i < m->n_steps; i++) {
        const struct qp_map_step *s = &m->steps[i];
        if (s->has_at && s->at_us < m->opened_us)
            return qp_fail(e, QP_EINVAL, "its step `%s` lies before it was opened", s->step) == 0;
        if (s->has_at && s->at_us > most_us)
            return qp_fail(e, QP_EINVAL, "its step `%s` lies more than a day ahead of now", s->step) == 0;
    }
    return true;
}

static struct qp_im_record *record_of(struct qp_import *im, const struct qp_map_record *m, long line)
{
    struct qp_im_record *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    long area = qp_map_area_of(m, &im->full);
    r->line = line;
    r->target = im->node_of[area];
    r->entry = m->enter == QP_MAP_ENTER_TOP ? 0 : r->target;
    r->ref = strdup(m->source_ref);
    if (r->ref != NULL && lines_of(im, m, r))
        return r;
    qp_im_record_free(r);
    return NULL;
}

int qp_im_file_next(struct qp_import *im, struct qp_im_record **r, struct qp_err *e)
{
    struct qp_im_file *f = im->file;
    char **fields;
    size_t n;
    long line = 0;
    for (;;) {
        struct qp_err why = {0};
        *r = NULL;
        int got = qp_csv_next(f->csv, &fields, &n, &line, &why);
        if (got == 0)
            break;
        im->sums.rows++;
        bool sound = got > 0 && qp_map_record(&f->row, im->map, &f->columns, fields, n, &why) == 0;
        if (!sound && why.code == QP_EIO) {
            im->sums.rows--;
            return qp_fail(
                e, QP_EIO,
                "%s: it is damaged or cut short from line %ld on; what stands before is imported, and "
                "the whole file can be imported again",
                f->name, line);
        }
        if (sound && times_sound(im, &f->row, &why)) {
            *r = record_of(im, &f->row, line);
            return *r != NULL ? 0 : qp_fail(e, QP_ENOMEM, "no memory for a record");
        }
        im->sums.bad++;
        qp_im_reject(im, line, "", why.text);
    }
    return 0;
}
