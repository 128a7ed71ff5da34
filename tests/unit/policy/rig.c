/* rig.c: see rig.h. */
#include "tests/unit/policy/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *rig_mistake(enum qp_mistake_kind kind)
{
    static const char *const names[] = {
#define X(name, en, zh, remedy, remedy_zh) #name,
        QP_MISTAKE_LIST(X)
#undef X
    };
    return names[kind];
}

const char *rig_change(enum qp_change_kind kind)
{
    static const char *const names[] = {
#define X(name, en, zh, refused) #name,
        QP_CHANGE_LIST(X)
#undef X
    };
    return names[kind];
}

struct qp_policy *rig_json(const char *inner, bool whole, struct qp_mistakes *m)
{
    size_t cap = strlen(inner) + 100;
    char *text = malloc(cap);
    assert_non_null(text);
    snprintf(text, cap, "{'version':'v1','title':'T'%s%s}", inner[0] != '\0' ? "," : "", inner);
    for (char *p = text; *p != '\0'; p++)
        if (*p == '\'')
            *p = '"';
    struct qp_policy *p = qp_policy_json(text, strlen(text), NULL, m);
    free(text);
    assert_non_null(p);
    qp_policy_check(p, whole, m);
    return p;
}

static struct qp_policy *sound(const char *inner, bool whole)
{
    struct qp_mistakes m = {0};
    struct qp_policy *p = rig_json(inner, whole, &m);
    char told[4000];
    rig_told(told, sizeof told, &m);
    assert_string_equal(told, "");
    qp_mistakes_free(&m);
    return p;
}

struct qp_policy *rig_sound(const char *inner)
{
    return sound(inner, true);
}

struct qp_policy *rig_sound_below(const char *inner)
{
    return sound(inner, false);
}

void rig_told(char *out, size_t cap, struct qp_mistakes *m)
{
    size_t at = 0;
    out[0] = '\0';
    qp_mistakes_sort(m);
    for (size_t i = 0; i < m->n; i++) {
        const struct qp_mistake *x = &m->v[i];
        char line[24] = "";
        const char *slash = strrchr(x->file, '/');
        if (x->line > 0)
            snprintf(line, sizeof line, ":%ld", x->line);
        at += (size_t)snprintf(out + at, cap - at, "%s%s%s%s%s %s", i > 0 ? "; " : "",
                               slash ? slash + 1 : x->file, line, x->file[0] != '\0' ? " " : "", x->path,
                               rig_mistake(x->kind));
        assert_true(at < cap);
    }
}

void rig_changes(char *out, size_t cap, const struct qp_changes *c)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < c->n; i++) {
        at += (size_t)snprintf(out + at, cap - at, "%s%s %s %s>%s", i > 0 ? "; " : "", c->v[i].path,
                               rig_change(c->v[i].kind), c->v[i].from, c->v[i].to);
        assert_true(at < cap);
    }
}

static void lay_down(const char *in, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", in, name);
    remove(path);
    if (text[0] == '\0')
        return;
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fputs(text, f) < 0, 0);
    assert_int_equal(fclose(f), 0);
}

static char dir[64];

int rig_folder_gone(void **state)
{
    (void)state;
    if (dir[0] == '\0')
        return 0;
    lay_down(dir, "policy.conf", "");
    lay_down(dir, "categories.csv", "");
    lay_down(dir, "calendar.csv", "");
    return rmdir(dir);
}

const char *rig_folder(const char *conf, const char *categories, const char *calendar)
{
    if (dir[0] == '\0') {
        snprintf(dir, sizeof dir, "/tmp/qp-policy-XXXXXX");
        assert_non_null(mkdtemp(dir));
    }
    lay_down(dir, "policy.conf", conf);
    lay_down(dir, "categories.csv", categories);
    lay_down(dir, "calendar.csv", calendar);
    return dir;
}
