/* api_page.c: the parts of node/http/API.md that follow from tables, printed anew and compared.
 *
 *   api_page FILE           says where the file's part of a table is not what the table gives; exit 1
 *   api_page --write FILE   writes them into the file
 *
 * A part stands between the lines `<!-- NAME: from the table -->` and `<!-- end of NAME -->`. Another table gets
 * another line in `parts` below. Called by ctest (api_page). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/resources.h"
#include "node/http/routes.h"
#include "node/http/shape/draft.h"
#include "proto/events.h"

/* What each call does, in the order of qp_route_at: the list of calls, then five for each kind of resource. */
static const char *const WHAT[] = {
#define X(method, path, span, may, body, lines, args, audit, handler, what) what,
    QP_CALLS(X)
#undef X
#define X(NAME, name, one, id, table, MADE, ENDED, standing, words, reads, writes, en, zh)                   \
    "the " #name ", by `" #id "`", "makes one", "one of them", "changes one: the fields that are said",      \
        "ends one; it stays known, with the time of its end",
        QP_RESOURCES(X)
#undef X
};

/* What a star of an address stands for: the first by what it is of, a second one is what is done. */
static void print_address(FILE *out, const char *path)
{
    static const struct {
        const char *of, *name;
    } NAMES[] = {{"/users/*", "{name}"}, {"/tokens/*", "{name}"}, {"/desks/*", "{code}"},
                 {"/grids/*", "{code}"}, {"/blobs/*", "{hash}"},  {"/login/*", "{code}"}};
    const char *first = "{id}", *star;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        first = strstr(path, NAMES[i].of) ? NAMES[i].name : first;
    const char *second = strstr(path, "/matters/") ? "{step}" : "{what}";
    for (; (star = strchr(path, '*')); first = second) {
        fprintf(out, "%.*s%s", (int)(star - path), path, star[1] == '*' ? "…" : first);
        path = star + (star[1] == '*' ? 2 : 1);
    }
    fputs(path, out);
}

static void print_who(FILE *out, uint32_t may)
{
    const char *between = "";
    if (may & QP_MAY_OPEN || may & QP_MAY_KNOWN)
        fputs(may & QP_MAY_OPEN ? "everybody" : "who is known", out);
    for (size_t i = 0; qp_right_at(i); i++) {
        if (!(may & QP_MAY_OPEN) && !(may & QP_MAY_KNOWN) && may & qp_right_at(i)->bit) {
            fprintf(out, "%s`%s`", between, qp_right_at(i)->name);
            between = " ";
        }
    }
}

static void print_calls(FILE *out)
{
    static const char *const METHODS[] = {
        [QP_GET] = "GET", [QP_POST] = "POST", [QP_DELETE] = "DELETE", [QP_PATCH] = "PATCH", [QP_PUT] = "PUT"};
    const struct qp_call_row *row;
    size_t n = 0;
    fputs("| call | who may | span | behind the `?` | what it does |\n|---|---|---|---|---|\n", out);
    for (; (row = qp_route_at(n)) && n < sizeof WHAT / sizeof *WHAT; n++) {
        fprintf(out, "| `%s ", METHODS[row->method]);
        print_address(out, row->path);
        fputs("` | ", out);
        print_who(out, row->may);
        fprintf(out, " | %s | %s | %s |\n", qp_route_span(row), qp_route_args(row) ? qp_route_args(row) : "…",
                WHAT[n]);
    }
    if (row || n != sizeof WHAT / sizeof *WHAT) {
        fprintf(stderr, "api_page: the calls and what they do are not of one number\n");
        exit(2);
    }
}

/* `right`, event, what it does, whether a map can have it: a line a step. */
static void print_steps(FILE *out)
{
    static const char *const map[] = {
        [QP_STEP_MAP_NO] = "no", [QP_STEP_MAP_YES] = "yes", [QP_STEP_MAP_SAYS] = "yes, with a field"};
    fputs("| step | 步骤 | what it does | needs the right | makes the event | in an import's map |\n"
          "|---|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < QP_STEPS_N; i++) {
        const struct qp_step *st = &qp_steps[i];
        fprintf(out, "| `%s` | %s | %s | `%s` | `%s` | %s |\n", st->name, st->zh, st->en,
                qp_right_name(qp_step_right(st)), qp_event_name(st->body), map[st->map]);
    }
}

static const char *need_words(enum qp_need need)
{
    switch (need) {
    case QP_NEED_MAY: return "may";
    case QP_NEED_MUST: return "must";
    case QP_NEED_EITHER: return "one of these";
    case QP_NEED_ABOVE: return "must when the one above is `true`, else must not (`qipan`: else as that)";
    case QP_NEED_WITH: return "may, when the one above may";
    case QP_NEED_OWN: break;
    }
    return "said by the node";
}

/* Under which name, and when, a history shows it. */
static const char *show_words(const struct qp_shape_row *r)
{
    switch (r->show) {
    case QP_SHOW_NEVER: return "no";
    case QP_SHOW_NOTE: return "as `note`";
    case QP_SHOW_ALWAYS: return "yes";
    case QP_SHOW_FULL: return "yes, `null` when empty";
    case QP_SHOW_GIVEN: return "when given";
    }
    return "?";
}

/* How much of a field's words stands before those about the command line. */
static int before(const char *words, const char *mark)
{
    const char *at = strstr(words, mark);
    return (int)(at ? (size_t)(at - words) : strlen(words));
}

static void print_field(FILE *out, const char *of, const struct qp_shape *shape, const struct qp_shape_row *r)
{
    const ProtobufCFieldDescriptor *inside = qp_shape_inside(shape, r);
    fprintf(out, "| `%s` | `%s` | %s", of, r->name, qp_shape_kind_words(r->kind, false));
    if (qp_shape_is_text(r->kind) && r->need != QP_NEED_OWN)
        fprintf(out, ", at most %u bytes", r->most);
    fprintf(out, " | %s | %s%s%s%s |", need_words(r->need), show_words(r), inside ? ", in `" : "",
            inside ? inside->name : "", inside ? "`" : "");
    if (r->words)
        fprintf(out, " %.*s | %.*s |\n", before(r->words->en, "; -"), r->words->en,
                before(r->words->zh, "；-"), r->words->zh);
    else
        fputs(" | |\n", out);
}

static void print_fields(FILE *out)
{
    fputs("| step | field | value | need | in the history | what it is | 含义 "
          "|\n|---|---|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < QP_STEPS_N; i++)
        for (const struct qp_shape_row *r = qp_steps[i].shape.rows; r->name; r++)
            print_field(out, qp_steps[i].name, &qp_steps[i].shape, r);
}

static const struct {
    const char *name;
    void (*print)(FILE *out);
} parts[] = {{"calls", print_calls}, {"steps", print_steps}, {"fields of steps", print_fields}};

static char *whole(const char *path)
{
    FILE *f = fopen(path, "re");
    char *text = NULL;
    size_t cap = 0;
    ssize_t n = f ? getdelim(&text, &cap, 0, f) : -1;
    if (n < 0) {
        fprintf(stderr, "api_page: %s cannot be read\n", path);
        exit(2);
    }
    fclose(f);
    return text;
}

/* The file's text with the part as the table gives it. */
static char *with_part(char *text, const char *path, const char *name, void (*print)(FILE *))
{
    char begin[80], end[80], *out;
    size_t len;
    snprintf(begin, sizeof begin, "<!-- %s: from the table -->\n", name);
    snprintf(end, sizeof end, "<!-- end of %s -->\n", name);
    char *from = strstr(text, begin), *to = from ? strstr(from, end) : NULL;
    if (!to) {
        fprintf(stderr, "api_page: %s has no part between %s and %s", path, begin, end);
        exit(1);
    }
    from += strlen(begin);
    FILE *f = open_memstream(&out, &len);
    fprintf(f, "%.*s", (int)(from - text), text);
    print(f);
    fputs(to, f);
    fclose(f);
    free(text);
    return out;
}

/* The first line that differs. */
static int differs(const char *path, const char *is, const char *should)
{
    int line = 1;
    const char *first = is;
    for (; *is && *is == *should; is++, should++)
        line += *is == '\n';
    if (*is == *should)
        return 0;
    while (is > first && is[-1] != '\n' && should[-1] != '\n')
        is--, should--;
    fprintf(stderr,
            "%s:%d: the table gives another line (api_page --write %s writes it):\n  is:     %.*s\n  should: "
            "%.*s\n",
            path, line, path, (int)strcspn(is, "\n"), is, (int)strcspn(should, "\n"), should);
    return 1;
}

int main(int argc, char **argv)
{
    bool write = argc == 3 && strcmp(argv[1], "--write") == 0;
    if (argc != 2 && !write) {
        fprintf(stderr, "usage: api_page [--write] FILE\n");
        return 2;
    }
    const char *path = argv[argc - 1];
    char *is = whole(path), *should = whole(path);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        should = with_part(should, path, parts[i].name, parts[i].print);
    int rc = 0;
    if (write) {
        FILE *f = fopen(path, "we");
        rc = !f || fputs(should, f) < 0 || fclose(f) != 0;
    } else {
        rc = differs(path, is, should);
    }
    free(is);
    free(should);
    return rc;
}
