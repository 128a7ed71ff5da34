/* mistake.c: see mistake.h. */
#include "topology/policy/mistake.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/shown.h"

static const struct {
    const char *what[2], *remedy[2]; /* English, Chinese */
} words[QP_MISTAKE_KINDS] = {
#define X(name, en, zh, remedy, remedy_zh) {{en, zh}, {remedy, remedy_zh}},
    QP_MISTAKE_LIST(X)
#undef X
};

static void copy(char *out, size_t cap, const char *text)
{
    if (!text)
        text = "";
    snprintf(out, cap, "%.*s", qp_shown(text, cap - 1), text);
}

void *qp_list_grow(void *v, size_t n, size_t *cap, size_t most, size_t size)
{
    if (n < *cap)
        return v;
    if (n >= most)
        return NULL;
    size_t more = *cap > 0 ? 2 * *cap : 16;
    more = more < most ? more : most;
    void *to = realloc(v, more * size);
    if (to)
        *cap = more;
    return to;
}

void qp_mistake_add(struct qp_mistakes *m, enum qp_mistake_kind kind, struct qp_policy_at at,
                    const char *path, const char *a, const char *b)
{
    assert(kind < QP_MISTAKE_KINDS);
    if (!m)
        return;
    struct qp_mistake *v = qp_list_grow(m->v, m->n, &m->cap, QP_MISTAKES, sizeof *v);
    if (!v) {
        m->more++; /* also when memory is short: it is counted, never lost */
        return;
    }
    m->v = v;
    struct qp_mistake *to = &m->v[m->n++];
    to->kind = kind;
    to->line = at.line;
    copy(to->file, sizeof to->file, at.file);
    copy(to->path, sizeof to->path, path);
    copy(to->a, sizeof to->a, a);
    copy(to->b, sizeof to->b, b);
}

size_t qp_mistakes_all(const struct qp_mistakes *m)
{
    return m ? m->n + m->more : 0;
}

static int by_place(const void *left, const void *right)
{
    const struct qp_mistake *a = left, *b = right;
    int file = strcmp(a->file, b->file);
    if (file != 0)
        return file;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    int path = strcmp(a->path, b->path);
    return path != 0 ? path : (int)a->kind - (int)b->kind;
}

void qp_mistakes_sort(struct qp_mistakes *m)
{
    if (m->n > 1)
        qsort(m->v, m->n, sizeof *m->v, by_place);
}

/* Appends `form` with its places filled; returns the new length. */
static size_t fill(char *out, size_t at, const char *form, const struct qp_mistake *m)
{
    for (const char *p = form; *p != '\0' && at < QP_MISTAKE_TEXT - 1;) {
        const char *put = NULL;
        if (strncmp(p, "{1}", 3) == 0)
            put = m->a;
        else if (strncmp(p, "{2}", 3) == 0)
            put = m->b;
        size_t room = QP_MISTAKE_TEXT - 1 - at;
        size_t len = put ? (size_t)qp_shown(put, room) : 1;
        memcpy(out + at, put ? put : p, len);
        at += len;
        p += put ? 3 : 1;
    }
    out[at] = '\0';
    return at;
}

void qp_mistake_text(char out[QP_MISTAKE_TEXT], const struct qp_mistake *m, bool zh)
{
    size_t at = fill(out, 0, words[m->kind].what[zh], m);
    if (words[m->kind].remedy[zh][0] == '\0')
        return; /* the sentence has it already */
    at = fill(out, at, zh ? "；" : ": ", m);
    fill(out, at, words[m->kind].remedy[zh], m);
}

bool qp_mistake_of_folder(const char *file)
{
    size_t n = strlen(file);
    return (n > 4 && strcmp(file + n - 4, ".csv") == 0) || (n > 5 && strcmp(file + n - 5, ".conf") == 0);
}

void qp_mistake_line(char out[QP_MISTAKE_TEXT], const struct qp_mistake *m, bool zh)
{
    char text[QP_MISTAKE_TEXT], place[QP_MISTAKE_FILE + QP_MISTAKE_PATH + 32];
    qp_mistake_text(text, m, zh);
    if (m->file[0] == '\0')
        snprintf(place, sizeof place, "%s", m->path[0] != '\0' ? m->path : "policy");
    else if (m->line > 0 && m->path[0] != '\0' &&
             !qp_mistake_of_folder(m->file)) /* JSON may all be one line */
        snprintf(place, sizeof place, "%s:%ld: %s", m->file, m->line, m->path);
    else if (m->line > 0)
        snprintf(place, sizeof place, "%s:%ld", m->file, m->line);
    else
        snprintf(place, sizeof place, "%s", m->file);
    int n = snprintf(out, QP_MISTAKE_TEXT, "%s: ", place);
    size_t at = (size_t)n < QP_MISTAKE_TEXT ? (size_t)n : QP_MISTAKE_TEXT - 1;
    snprintf(out + at, QP_MISTAKE_TEXT - at, "%.*s", qp_shown(text, QP_MISTAKE_TEXT - 1 - at), text);
}

void qp_mistakes_free(struct qp_mistakes *m)
{
    free(m->v);
    *m = (struct qp_mistakes){0};
}
