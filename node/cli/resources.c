/* resources.c: `qipan token|user|desk …  add|list|set|end`: what a node knows besides matters. The kinds, their
 * fields and options come from node/core/resources.h; here is what all have.
 *
 *   options ─► JSON by the field's kind ─► POST, PATCH ─► one line, or the token alone
 *   list ─► page after page ─► id, ended?, the other fields */
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "node/cli/client.h"
#include "node/cli/grid.h"
#include "node/http/calls/resources.h"
#include "node/http/routes.h"

struct asked {
    struct qp_cli *c;
    const struct qp_resource *kind;
    const struct qp_sheet *sheet;
};

/* ---- words to JSON ---- */

/* The parts of a text between commas; blanks around them are none of theirs. */
static json_t *parts_of(const char *text, json_t *(*one)(const struct qp_sheet *f, const char *p, size_t n),
                        const struct qp_sheet *f)
{
    json_t *list = json_array();
    while (*text) {
        text += strspn(text, " ,");
        size_t n = strcspn(text, ",");
        size_t end = n;
        while (end > 0 && text[end - 1] == ' ')
            end--;
        if (end > 0)
            json_array_append_new(list, one(f, text, end));
        text += n;
    }
    return list;
}

static json_t *plain(const struct qp_sheet *f, const char *p, size_t n)
{
    (void)f;
    return json_stringn(p, n);
}

/* FIELD@FIELD…, in the order of the entry's fields; an empty one is left out. */
static json_t *entry(const struct qp_sheet *f, const char *p, size_t n)
{
    json_t *o = json_object();
    for (const struct qp_sheet *of = f->of; of->name; of++) {
        const char *at = of[1].name ? memchr(p, '@', n) : NULL;
        size_t len = at ? (size_t)(at - p) : n;
        if (len > 0)
            json_object_set_new(o, of->name, json_stringn(p, len));
        p += len + (!!at);
        n -= len + (!!at);
    }
    return o;
}

static json_t *rights_of(const char *text)
{
    json_t *list = json_array();
    const struct qp_named_bit *w;
    if (strcmp(text, "all") != 0) {
        json_decref(list);
        return parts_of(text, plain, NULL);
    }
    for (size_t i = 0; (w = qp_right_at(i)); i++)
        json_array_append_new(list, json_string(w->name));
    return list;
}

/* The geometry in a file: a Polygon, or a Feature with one. */
static json_t *boundary_of(const struct asked *a, const char *file)
{
    json_error_t at;
    json_t *o = json_load_file(file, JSON_REJECT_DUPLICATES, &at);
    if (!o)
        qp_complain(a->c, 0, "%s:%d: %s", file, at.line, at.text);
    return o;
}

/* NULL: it is no such value, and that was said. */
static json_t *value_of(const struct asked *a, const struct qp_sheet *f, const char *text)
{
    switch (f->kind) {
    case QP_SHEET_RIGHTS: return rights_of(text);
    case QP_SHEET_ROLES:
    case QP_SHEET_LINES: return parts_of(text, plain, f);
    case QP_SHEET_LIST: return parts_of(text, entry, f);
    case QP_SHEET_FLAG:
        if (strcmp(text, "yes") == 0 || strcmp(text, "no") == 0)
            return json_boolean(text[0] == 'y');
        qp_complain(a->c, 0, QP_TR(a->c, "--%s: say yes or no", "--%s：请填 yes 或 no"), f->name);
        return NULL;
    case QP_SHEET_BOUNDARY: return boundary_of(a, text);
    case QP_SHEET_ID:
    case QP_SHEET_LINE:
    case QP_SHEET_PATH:
    case QP_SHEET_SAID: break;
    }
    return json_string(text);
}

/* In which coordinates a boundary is given is said beside it. */
static void crs_into(const struct asked *a, json_t *body)
{
    const char *crs = json_object_get(body, "boundary") ? qp_opt(a->c, "crs") : NULL;
    if (crs)
        json_object_set_new(body, "crs", json_string(crs));
}

/* The fields that were given; NULL: one was not good. */
static json_t *body_of(const struct asked *a)
{
    json_t *body = json_object();
    for (const struct qp_sheet *f = a->sheet; f->name; f++) {
        const char *text =
            f->kind == QP_SHEET_ID || strcmp(f->name, "password") == 0 ? NULL : qp_opt_text(a->c, f->name);
        json_t *v = text ? value_of(a, f, text) : NULL;
        if (text && !v) {
            json_decref(body);
            return NULL;
        }
        if (v)
            json_object_set_new(body, f->name, v);
    }
    crs_into(a, body);
    return body;
}

static bool version_of(const struct asked *a, json_t *body)
{
    long version = -1;
    if (!qp_opt_number(a->c, "if-version", 0, 2000000000, &version))
        return false;
    if (version >= 0)
        json_object_set_new(body, "if_version", json_integer(version));
    return true;
}

/* ---- calls ---- */

/* "/api/v1/desks/CODE/tail"; malloc'd. */
static char *path_of(const struct asked *a, const char *id, const char *tail)
{
    char *escaped = id ? qp_escape(id) : NULL, *path = NULL;
    if (asprintf(&path, "/api/v1/%s%s%s%s", a->kind->name, id ? "/" : "", id ? escaped : "", tail) < 0)
        abort();
    free(escaped);
    return path;
}

/* Takes the body. *out: the answer, unless it was printed as JSON. */
static int call(const struct asked *a, const char *method, const char *id, const char *tail, json_t *body,
                json_t **out)
{
    struct qp_client cl;
    char headers[QP_KEY_HEADER], *path = path_of(a, id, tail);
    *out = NULL;
    int rc = qp_key_header(a->c, headers);
    if (!rc)
        rc = qp_client_open(&cl, a->c);
    if (!rc) {
        rc = qp_client_ask(&cl, a->c, method, path, headers, body, out);
        qp_client_close(&cl);
    }
    json_decref(body);
    free(path);
    if (!rc && a->c->json && *out) {
        qp_print_json(*out);
        *out = NULL;
    }
    return rc;
}

/* Asked for on the terminal, not shown. False: no terminal. */
static bool ask_password(const struct qp_cli *c, char *out, size_t cap)
{
    struct termios was, quiet;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd < 0 || tcgetattr(fd, &was) != 0) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    quiet = was;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(fd, TCSAFLUSH, &quiet);
    dprintf(fd, "%s", QP_TR(c, "password: ", "密码："));
    ssize_t n = read(fd, out, cap - 1);
    tcsetattr(fd, TCSAFLUSH, &was);
    dprintf(fd, "\n");
    close(fd);
    if (n <= 0)
        return false;
    out[n] = 0;
    out[strcspn(out, "\r\n")] = 0;
    return true;
}

static int password_into(const struct asked *a, json_t *body)
{
    char typed[256];
    const char *password = qp_opt_text(a->c, "password");
    if (!password && !ask_password(a->c, typed, sizeof typed))
        return qp_complain(a->c, QP_EXIT_USAGE,
                           QP_TR(a->c, "give --password - and the password on standard input",
                                 "请用 --password - 并从标准输入给出密码"));
    json_object_set_new(body, "password", json_string(password ? password : typed));
    explicit_bzero(typed, sizeof typed);
    return 0;
}

/* ---- the verbs ---- */

static int tell(const struct asked *a, int rc, json_t *out, const char *en, const char *zh)
{
    const char *secret = json_string_value(json_object_get(out, "token"));
    const json_t *w;
    size_t i;
    json_array_foreach(json_object_get(out, "warnings"), i, w)
        qp_complain(a->c, 0, "%s", qp_text_of(w, QP_TR(a->c, "message", "message_zh")));
    if (!rc && secret)
        puts(secret); /* nothing else: for $(...) and pipes */
    else if (!rc)
        qp_tell(a->c, "%s %s: %s", QP_TR(a->c, a->kind->en, a->kind->zh), a->c->args[1], QP_TR(a->c, en, zh));
    json_decref(out);
    return rc;
}

/* What nobody says: a token's rights, an account's role. */
static void usual(const struct asked *a, json_t *body)
{
    if (a->kind == &qp_resources[QP_RESOURCE_TOKEN] && !json_object_get(body, "rights"))
        json_object_set_new(body, "rights", rights_of("read,report,step"));
    if (a->kind == &qp_resources[QP_RESOURCE_USER] && !json_object_get(body, "role") &&
        !json_object_get(body, "roles"))
        json_object_set_new(body, "role", json_string("worker"));
}

static int add(const struct asked *a)
{
    json_t *given = body_of(a), *body, *out;
    int rc = 0;
    if (!given)
        return QP_EXIT_USAGE;
    body = json_pack("{s:s}", a->kind->id, a->c->args[1]);
    if (a->kind == &qp_resources[QP_RESOURCE_USER])
        rc = password_into(a, body);
    json_object_update(body, given);
    json_decref(given);
    usual(a, body);
    if (rc || !version_of(a, body)) {
        json_decref(body);
        return rc ? rc : QP_EXIT_USAGE;
    }
    rc = call(a, "POST", NULL, "", body, &out);
    return tell(a, rc, out, "made", "已建立");
}

static int set(const struct asked *a)
{
    json_t *body = body_of(a), *out;
    if (!body)
        return QP_EXIT_USAGE;
    if (json_object_size(body) == 0) {
        json_decref(body);
        return qp_complain(
            a->c, QP_EXIT_USAGE,
            QP_TR(a->c, "say what to set (qipan help %s)", "请指明要修改的内容（qipan help %s）"),
            a->c->verb->name);
    }
    if (!version_of(a, body)) {
        json_decref(body);
        return QP_EXIT_USAGE;
    }
    int rc = call(a, "PATCH", a->c->args[1], "", body, &out);
    return tell(a, rc, out, "changed", "已修改");
}

static int end(const struct asked *a)
{
    json_t *body = json_object(), *out;
    if (!version_of(a, body)) {
        json_decref(body);
        return QP_EXIT_USAGE;
    }
    if (json_object_size(body) == 0) {
        json_decref(body);
        body = NULL;
    }
    int rc = call(a, "DELETE", a->c->args[1], "", body, &out);
    return tell(a, rc, out, "ended", "已停用");
}

static int password(const struct asked *a)
{
    json_t *body = json_object(), *out;
    int rc = password_into(a, body);
    if (rc) {
        json_decref(body);
        return rc;
    }
    rc = call(a, "POST", a->c->args[1], "/password", body, &out);
    return tell(a, rc, out, "another password; who was logged in with the one before no longer is",
                "密码已更改，此前的登录均已失效");
}

/* ---- list ---- */

static void print_value(const struct qp_sheet *f, const json_t *v)
{
    const json_t *one;
    size_t i;
    if (json_is_string(v))
        fputs(json_string_value(v), stdout);
    else if (json_is_true(v))
        fputs(f->name, stdout);
    json_array_foreach(v, i, one)
    {
        fputs(i > 0 ? "," : "", stdout);
        if (f->kind == QP_SHEET_LIST) {
            for (const struct qp_sheet *of = f->of; of->name; of++) {
                const char *text = json_string_value(json_object_get(one, of->name));
                printf("%s%s", of > f->of ? "@" : "", text ? text : "");
            }
        } else if (json_is_string(one)) {
            fputs(json_string_value(one), stdout);
        } else { /* of a later build's node */
            char *text = json_dumps(one, JSON_COMPACT | JSON_ENCODE_ANY);
            fputs(text ? text : "", stdout);
            free(text);
        }
    }
}

static void print_row(const struct asked *a, const json_t *row)
{
    const char *between = "";
    printf("%-24s %-8s ", json_string_value(json_object_get(row, a->kind->id)),
           json_is_true(json_object_get(row, "ended")) ? QP_TR(a->c, "ended", "已停用") : "");
    for (const struct qp_sheet *f = a->sheet; f->name; f++) {
        const json_t *v = json_object_get(row, f->name);
        bool empty = !v || f->kind == QP_SHEET_BOUNDARY || json_is_null(v) || json_is_false(v) ||
                     (json_is_array(v) && json_array_size(v) == 0);
        if (f->kind == QP_SHEET_ID || f->kind == QP_SHEET_SAID || empty)
            continue;
        fputs(between, stdout);
        print_value(f, v);
        between = "  ";
    }
    putchar('\n');
}

/* A member that is no field of the kind: `version`, `updated_at`, `open` and the like. */
static void print_beside(const json_t *v)
{
    if (json_is_string(v))
        fputs(json_string_value(v), stdout);
    else if (json_is_boolean(v))
        fputs(json_is_true(v) ? "yes" : "no", stdout);
    else
        printf("%" JSON_INTEGER_FORMAT, json_integer_value(v));
}

/* One, member by member as it was answered; what it has not is left out, and so is a boundary, which --json has. */
static int show(const struct asked *a)
{
    json_t *out, *v;
    const char *name;
    int rc = call(a, "GET", a->c->args[1], "", NULL, &out);
    json_object_foreach(out, name, v)
    {
        const struct qp_sheet *f = a->sheet;
        while (f->name && strcmp(f->name, name) != 0)
            f++;
        bool list = json_is_array(v) && json_array_size(v) > 0;
        if ((f->name && f->kind == QP_SHEET_BOUNDARY) ||
            !(list || json_is_string(v) || json_is_boolean(v) || json_is_integer(v)))
            continue;
        printf("%-14s ", name);
        if (list)
            print_value(f->name ? f : &(const struct qp_sheet){.name = name, .kind = QP_SHEET_LINES}, v);
        else
            print_beside(v);
        putchar('\n');
    }
    json_decref(out);
    return rc;
}

/* All pages. With --json one list of all. */
static int list(const struct asked *a)
{
    struct qp_client cl;
    json_t *all = json_array(), *out, *row;
    size_t i;
    char *cursor = NULL;
    int rc = qp_client_open(&cl, a->c);
    bool opened = !rc;
    for (bool more = !rc; more; more = !rc && cursor) {
        char *path = path_of(a, NULL, "");
        struct qp_url_query q;
        qp_url_begin(&q, path);
        qp_url_add(&q, "ended", qp_flag(a->c, "ended") ? "true" : NULL);
        qp_url_add(&q, "cursor", cursor);
        rc = qp_client_ask(&cl, a->c, "GET", q.text, NULL, NULL, &out);
        qp_url_free(&q);
        free(path);
        free(cursor);
        cursor = NULL;
        if (rc)
            break;
        json_array_foreach(json_object_get(out, "items"), i, row)
        {
            if (a->c->json)
                json_array_append(all, row);
            else
                print_row(a, row);
        }
        const char *next = json_string_value(json_object_get(out, "next_cursor"));
        cursor = next ? strdup(next) : NULL;
        json_decref(out);
    }
    if (opened)
        qp_client_close(&cl);
    free(cursor);
    if (!rc && a->c->json)
        qp_print_json(json_pack("{s:O}", "items", all));
    json_decref(all);
    return rc;
}

int qp_verb_resource(struct qp_cli *c)
{
    static const struct {
        const char *word;
        int (*run)(const struct asked *a);
        int args; /* with the word */
        bool people;
    } WORDS[] = {{"add", add, 2, false}, {"list", list, 1, false}, {"show", show, 2, false},
                 {"set", set, 2, false}, {"end", end, 2, false},   {"password", password, 2, true}};
    struct asked a = {.c = c};
    if (strcmp(c->verb->name, "grid") == 0 && qp_grid_is_own(c->args[0]))
        return qp_verb_grid(c);
    for (size_t i = 0; i < QP_RESOURCE_KINDS; i++)
        if (strcmp(qp_resources[i].one, c->verb->name) == 0) {
            a.kind = &qp_resources[i];
            a.sheet = qp_view_of((enum qp_resource_name)i)->sheet;
        }
    assert(a.kind);
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (strcmp(WORDS[i].word, c->args[0]) == 0 && WORDS[i].args == c->nargs &&
            (!WORDS[i].people || a.kind == &qp_resources[QP_RESOURCE_USER]))
            return WORDS[i].run(&a);
    return qp_complain(c, QP_EXIT_USAGE, "qipan %s %s", c->verb->name, c->verb->words);
}
