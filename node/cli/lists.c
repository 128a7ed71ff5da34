/* lists.c: `qipan list`: the API's pages, put together.
 *
 * For people emergencies that are not closed come first, then the rest in the API's order; with --sort,
 * --urgency or --json all come as the API has them. */
#include <string.h>

#include "node/cli/here.h"
#include "node/cli/show.h"

enum { PAGE = 500, NO_LIMIT = 100000000 };
enum pass { ALL, EMERGENCIES, OTHERS };

struct listing {
    struct qp_cli *c;
    struct qp_client cl;
    struct qp_here here;
    json_t *items; /* with --json */
    long left, shown;
    enum pass pass;
};

static void list_query(struct qp_url_query *q, const struct listing *l, const char *cursor)
{
    static const char *const names[][2] = {
        {"area", "area"},
        {"state", "state"},
        {"category", "category"},
        {"source", "source"},
        {"desk", "desk"},
        {"holder", "holder"},
        {"urgency", "urgency"},
        {"search", "q"},
        {"from", "from"},
        {"to", "to"},
        {"updated-after", "updated_after"},
        {"held", "held"},
        {"due-before", "due_before"},
        {"bbox", "bbox"},
        {"needs", "needs"},
        {"sort", "sort"},
    };
    char text[24];
    static const char *const yes_no[] = {"overdue", "unassigned", "below"};
    bool sieved = l->pass != ALL;
    qp_url_begin(q, "/api/v1/matters");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        qp_url_add(q, names[i][1], qp_opt(l->c, names[i][0]));
    if (l->pass == EMERGENCIES)
        qp_url_add(q, "urgency", "emergency");
    for (size_t i = 0; i < sizeof yes_no / sizeof yes_no[0]; i++) {
        const char *said = qp_opt(l->c, yes_no[i]);
        qp_url_add(q, yes_no[i], !said ? NULL : strcmp(said, "yes") == 0 ? "true" : "false");
    }
    snprintf(text, sizeof text, "%ld", sieved || l->left > PAGE ? PAGE : l->left);
    qp_url_add(q, "limit", text);
    qp_url_add(q, "cursor", cursor);
}

/* Whether this pass shows it. */
static bool wanted(const struct listing *l, const json_t *m)
{
    const char *state = qp_text_of(m, "state");
    bool done = strcmp(state, "closed") == 0 || strcmp(state, "merged") == 0,
         first = !done && strcmp(qp_text_of(m, "urgency"), "emergency") == 0;
    return l->pass == ALL || first == (l->pass == EMERGENCIES);
}

static void take(struct listing *l, json_t *page)
{
    json_t *v;
    size_t i;
    json_array_foreach(json_object_get(page, "items"), i, v)
    {
        if (l->left == 0 || !wanted(l, v))
            continue;
        if (l->c->json)
            json_array_append(l->items, v);
        else
            qp_show_line(l->c, &l->here, v);
        l->left--;
        l->shown++;
    }
}

static int run_pass(struct listing *l, enum pass pass)
{
    char cursor[256] = "";
    int rc = 0;
    l->pass = pass;
    while (!rc && l->left > 0) {
        struct qp_url_query q;
        json_t *page = NULL;
        list_query(&q, l, cursor);
        rc = qp_client_ask(&l->cl, l->c, "GET", q.text, NULL, NULL, &page);
        qp_url_free(&q);
        take(l, page);
        snprintf(cursor, sizeof cursor, "%s", qp_text_of(page, "next_cursor"));
        json_decref(page);
        if (cursor[0] == 0)
            break;
    }
    return rc;
}

/* Nothing was found: perhaps for a place that is not there. */
static int explain(struct listing *l)
{
    static const char *const places[] = {"area", "holder"};
    for (size_t i = 0; i < 2; i++) {
        const char *path = qp_opt(l->c, places[i]);
        bool below = path && qp_path_within(path, l->here.path);
        if (!path || (i == 1 && !below) || qp_here_knows(&l->here, &l->cl, path))
            continue;
        return qp_here_unknown(l->c, &l->here, places[i], path);
    }
    return QP_EXIT_OK;
}

static bool options_ok(const struct qp_cli *c, long *limit)
{
    static const char *const yes_no[] = {"overdue", "unassigned", "below"};
    if (!qp_opt_number(c, "limit", 0, NO_LIMIT, limit))
        return false;
    for (size_t i = 0; i < sizeof yes_no / sizeof yes_no[0]; i++) {
        const char *said = qp_opt(c, yes_no[i]);
        if (said && strcmp(said, "yes") != 0 && strcmp(said, "no") != 0) {
            qp_complain(c, 0, QP_TR(c, "--%s is yes or no", "--%s 须为 yes 或 no"), yes_no[i]);
            return false;
        }
    }
    return true;
}

int qp_verb_list(struct qp_cli *c)
{
    struct listing l = {.c = c, .cl.fd = -1};
    long limit = 50;
    if (!options_ok(c, &limit))
        return QP_EXIT_USAGE;
    bool plain = c->json || qp_opt(c, "sort") || qp_opt(c, "urgency") ||
                 qp_opt(c, "needs"); /* which has an order of its own */
    l.left = limit == 0 ? NO_LIMIT : limit;
    l.items = json_array();
    int rc = qp_client_open(&l.cl, c);
    if (!rc)
        qp_here_ask(&l.here, &l.cl);
    if (!rc)
        rc = run_pass(&l, plain ? ALL : EMERGENCIES);
    if (!rc && !plain)
        rc = run_pass(&l, OTHERS);
    if (!rc && l.shown == 0)
        rc = explain(&l);
    if (!rc && c->json)
        qp_print_json(json_pack("{s:O}", "items", l.items));
    qp_client_close(&l.cl);
    qp_here_free(&l.here);
    json_decref(l.items);
    return rc;
}
