/* config.c: where settings are looked for: qipan.conf, conf.d in the order of its names, the environment.
 *
 * libconfuse reads the files. It stops at its first error and tells that to a function of ours, which gives
 * it file and line. */
#include "node/config/config.h"

#include <confuse.h>
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Every setting is read as text and checked by qp_config_set, so that files, environment and flags say the
 * same. */
struct reading {
    const char *path;
    struct qp_err *e;
};

/* libconfuse gives its callback no argument of ours: the sentence goes by way of the thread's own place. */
static __thread struct reading reading;

static void on_error(cfg_t *cfg, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
static void on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
    char text[300];
    vsnprintf(text, sizeof text, fmt, ap);
    if (cfg && cfg->line > 0)
        qp_fail(reading.e, QP_EINVAL, "%s:%d: %s", reading.path, cfg->line, text);
    else
        qp_fail(reading.e, QP_EINVAL, "%s: %s", reading.path, text);
}

/* The line on which `name` of `section` is set, for a value that has the right form for libconfuse but not
 * for us. */
static int line_of(const char *path, const char *section, const char *name)
{
    char line[1024], in[64] = "";
    int n = 0, found = 0;
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    while (fgets(line, sizeof line, f)) {
        char *p = line, *word;
        n++;
        while (isspace((unsigned char)*p))
            p++;
        if ((word = strchr(p, '{'))) {
            snprintf(in, sizeof in, "%.*s", (int)strcspn(p, " \t{"), p);
            p = word + 1 + strspn(word + 1, " \t");
        }
        if (strcmp(in, section) == 0 && strncmp(p, name, strlen(name)) == 0 &&
            strchr(" \t=", p[strlen(name)]))
            found = n;
    }
    fclose(f);
    return found;
}

static int take(struct qp_config *c, cfg_t *cfg, const char *path, struct qp_err *e)
{
    for (int i = 0; i < QP_SETTING_COUNT; i++) {
        const struct qp_setting_info *s = qp_setting_info((enum qp_setting)i);
        cfg_t *sec = cfg_getsec(cfg, s->section);
        cfg_opt_t *opt = sec ? cfg_getopt(sec, s->name) : NULL;
        if (!opt || cfg_opt_size(opt) == 0 || !cfg_opt_getstr(opt))
            continue;
        char where[PATH_MAX + 16];
        int line = line_of(path, s->section, s->name);
        if (line > 0)
            snprintf(where, sizeof where, "%s:%d", path, line);
        else
            snprintf(where, sizeof where, "%s", path);
        int rc = qp_config_set(c, (enum qp_setting)i, cfg_opt_getstr(opt), QP_FROM_FILE, where, e);
        if (rc)
            return rc;
    }
    return 0;
}

/* libconfuse's tables: one section after the other, as QP_SETTINGS has them. Freed by the caller. */
static cfg_opt_t *tables(cfg_opt_t *top)
{
    cfg_opt_t *all = calloc(2 * QP_SETTING_COUNT + 2, sizeof *all);
    size_t at = 0, tops = 0;
    if (!all)
        return NULL;
    for (int i = 0; i < QP_SETTING_COUNT;) {
        const char *section = qp_setting_info((enum qp_setting)i)->section;
        cfg_opt_t *first = &all[at];
        for (; i < QP_SETTING_COUNT && strcmp(qp_setting_info((enum qp_setting)i)->section, section) == 0;
             i++)
            all[at++] = (cfg_opt_t)CFG_STR(qp_setting_info((enum qp_setting)i)->name, NULL, CFGF_NODEFAULT);
        all[at++] = (cfg_opt_t)CFG_END();
        top[tops++] = (cfg_opt_t)CFG_SEC(section, first, CFGF_NONE);
    }
    top[tops] = (cfg_opt_t)CFG_END();
    return all;
}

/* What libconfuse takes in silence: a section, a text or a comment that the file ends in, and a } too many.
 */
struct scan {
    FILE *f;
    int line, c;
};

static int next(struct scan *s)
{
    s->line += s->c == '\n';
    return s->c = fgetc(s->f);
}

/* After a quote: true when its end came. */
static bool skip_text(struct scan *s, int quote)
{
    while (next(s) != EOF && s->c != quote)
        if (s->c == '\\')
            next(s);
    return s->c == quote;
}

/* Inside a word without quotes a slash begins nothing: tcp://127.0.0.1:5571. libconfuse ends such a word
 * before these; 0: the file begins. */
static bool ends_word(int c)
{
    return strchr(" \t\r\n#\"'={}()+,*", c);
}

static bool begins_comment(struct scan *s)
{
    int c = fgetc(s->f);
    ungetc(c, s->f);
    return c == '/' || c == '*';
}

/* After the slash that begins it: true when its end came. */
static bool skip_comment(struct scan *s)
{
    int before = 0;
    if (next(s) == '/') {
        while (next(s) != EOF && s->c != '\n')
            continue;
        return true;
    }
    while (next(s) != EOF && !(before == '*' && s->c == '/'))
        before = s->c;
    return s->c != EOF;
}

static int unclosed(struct scan *s, const char *path, struct qp_err *e)
{
    int opened = 0, depth = 0, before = 0;
    while (next(s) != EOF) {
        int at = s->line, c = s->c;
        bool comment = c == '/' && ends_word(before) && begins_comment(s);
        before = comment ? ' ' : c;
        if (c == '#')
            while (next(s) != EOF && s->c != '\n')
                continue;
        if ((c == '"' || c == '\'') && !skip_text(s, c))
            return qp_fail(e, QP_EINVAL, "%s:%d: the text that begins here has no end: a %c is missing", path,
                           at, c);
        if (comment && !skip_comment(s))
            return qp_fail(e, QP_EINVAL, "%s:%d: the comment that begins here has no end: a */ is missing",
                           path, at);
        if (c == '{' && depth++ == 0)
            opened = at;
        if (c == '}' && --depth < 0)
            return qp_fail(e, QP_EINVAL, "%s:%d: this } closes nothing", path, at);
    }
    return depth > 0 ? qp_fail(e, QP_EINVAL, "%s:%d: the section that begins here has no end: a } is missing",
                               path, opened)
                     : 0;
}

static int whole(const char *path, struct qp_err *e)
{
    struct scan s = {.f = fopen(path, "re"), .line = 1};
    if (!s.f)
        return qp_fail(e, QP_ENOTFOUND, "%s: cannot be read", path);
    int rc = unclosed(&s, path, e);
    fclose(s.f);
    return rc;
}

int qp_config_file(struct qp_config *c, const char *path, struct qp_err *e)
{
    cfg_opt_t top[QP_SETTING_COUNT + 1];
    struct qp_err why = {0};
    cfg_opt_t *all = tables(top);
    cfg_t *cfg = all ? cfg_init(top, CFGF_NONE) : NULL;
    int rc = whole(path, e);
    if (!cfg || rc) {
        if (cfg)
            cfg_free(cfg);
        free(all);
        return rc ? rc : qp_fail(e, QP_ENOMEM, "no memory to read %s", path);
    }
    c->files++;
    cfg_set_error_function(cfg, on_error);
    reading = (struct reading){path, &why};
    switch (cfg_parse(cfg, path)) {
    case CFG_SUCCESS: rc = take(c, cfg, path, e); break;
    case CFG_FILE_ERROR: rc = qp_fail(e, QP_ENOTFOUND, "%s: cannot be read", path); break;
    default: rc = qp_fail(e, QP_EINVAL, "%s", why.text[0] ? why.text : "the file is not understood"); break;
    }
    reading = (struct reading){0};
    cfg_free(cfg);
    free(all);
    return rc;
}

static int is_conf(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return d->d_name[0] != '.' && n > 5 && strcmp(d->d_name + n - 5, ".conf") == 0;
}

static int conf_d(struct qp_config *c, const char *folder, struct qp_err *e)
{
    struct dirent **names = NULL;
    int n = scandir(folder, &names, is_conf, alphasort), rc = 0;
    for (int i = 0; i < n; i++) {
        char path[PATH_MAX];
        if (!rc) {
            snprintf(path, sizeof path, "%.2000s/%.255s", folder, names[i]->d_name);
            rc = qp_config_file(c, path, e);
        }
        free(names[i]);
    }
    free(names);
    return rc;
}

static int environment(struct qp_config *c, struct qp_err *e)
{
    for (int i = 0; i < QP_SETTING_COUNT; i++) {
        const struct qp_setting_info *s = qp_setting_info((enum qp_setting)i);
        char name[64];
        snprintf(name, sizeof name, "QIPAN_%s_%s", s->section, s->name);
        for (char *p = name; *p; p++)
            *p = (char)toupper((unsigned char)*p);
        const char *value = getenv(name);
        if (!value)
            continue;
        int rc = qp_config_set(c, (enum qp_setting)i, value, QP_FROM_ENVIRONMENT, name, e);
        if (rc)
            return rc;
    }
    return 0;
}

int qp_config_load(struct qp_config *c, const char *dir, struct qp_err *e)
{
    char path[PATH_MAX];
    const char *base = dir ? dir : "/etc/qipan";
    int rc = 0;
    if (strlen(base) > 2000)
        return qp_fail(e, QP_EINVAL, "--dir: the name is too long");
    snprintf(path, sizeof path, "%s/qipan.conf", base);
    if (access(path, F_OK) == 0)
        rc = qp_config_file(c, path, e);
    snprintf(path, sizeof path, "%s/conf.d", base);
    if (!rc)
        rc = conf_d(c, path, e);
    return rc ? rc : environment(c, e);
}
