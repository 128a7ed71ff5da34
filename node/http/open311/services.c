/* services.c: discovery, what can be reported, and what is asked about it. With a policy its categories are the
 * services; without one what has been reported so far (OP4). */
#include "node/http/open311/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NEWEST = 1000, OCCUR_MOST = 500, LOOKS = 4 };

/* Where this node is reached, as the caller reached it. */
static void base_url(const struct qp_call *c, char out[], size_t cap)
{
    const char *host = qp_call_header(c, "Host");
    bool plain = host && *host && strlen(host) < 200 &&
                 strspn(host, "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]") == strlen(host);
    if (plain)
        snprintf(out, cap, "%s://%s/open311/v2", c->secure ? "https" : "http", host);
    else
        snprintf(out, cap, "%s/open311/v2", c->h->url);
}

static void put_formats(struct qp_doc *d)
{
    qp_doc_list(d, "formats");
    qp_doc_text(d, "format", "text/xml");
    qp_doc_text(d, "format", "application/json");
    qp_doc_list_end(d, "formats");
}

enum MHD_Result qp_o3_discovery(struct qp_o3 *o)
{
    struct qp_doc d;
    char url[256], at[40], *t;
    base_url(o->c, url, sizeof url);
    qp_time_text(at, o->c->h->started_us);
    if ((t = strchr(at, 'T')))
        *t = ' ';
    at[16] = '\0';
    qp_doc_begin(&d, o->xml);
    qp_doc_item(&d, "discovery");
    qp_doc_text(&d, "changeset", at);
    qp_doc_text(&d, "contact", o->c->h->self.title);
    qp_doc_text(&d, "key_service",
                o->zh ? "向本节点管理员申请（qipan token add NAME --rights report）"
                      : "An administrator of this node gives keys (qipan token add NAME --rights report)");
    qp_doc_list(&d, "endpoints");
    qp_doc_item(&d, "endpoint");
    qp_doc_text(&d, "specification", "http://wiki.open311.org/GeoReport_v2");
    qp_doc_text(&d, "url", url);
    qp_doc_text(&d, "changeset", at);
    qp_doc_text(&d, "type", "production");
    put_formats(&d);
    qp_doc_item_end(&d, "endpoint");
    qp_doc_list_end(&d, "endpoints");
    qp_doc_item_end(&d, "discovery");
    return qp_doc_answer(o->c, 200, &d);
}

/* ---- the list ---- */

static void put_service(struct qp_doc *d, const char *code, const char *name, const char *group, bool more)
{
    qp_doc_item(d, "service");
    qp_doc_text(d, "service_code", code);
    qp_doc_text(d, "service_name", name);
    qp_doc_text(d, "description", name);
    qp_doc_bool(d, "metadata", more);
    qp_doc_text(d, "type", "realtime");
    qp_doc_text(d, "keywords", "");
    qp_doc_text(d, "group", group);
    qp_doc_item_end(d, "service");
}

static bool has_clocks(const struct qp_policy_category *k)
{
    bool any = false;
    for (int i = 0; i < QP_STAGES; i++)
        any = any || k->clock[i].said;
    return any;
}

static void put_of_policy(struct qp_o3 *o, struct qp_doc *d)
{
    const struct qp_policy *p = o->rules->policy;
    for (size_t i = 0; i < p->n_categories; i++) {
        const struct qp_policy_category *k = &p->categories[i];
        if (!*k->code) /* what is unknown has no name to report it by */
            continue;
        const struct qp_policy_category *up =
            k->parent && *k->parent ? qp_policy_category(p, k->parent) : NULL;
        put_service(d, k->code, qp_o3_service_name(o, k->code), up ? qp_o3_service_name(o, up->code) : "",
                    has_clocks(k));
    }
}

/* The categories of the newest reports that may be told, each once: an exercise's, and those of matters that are nobody
 * else's business, are no services (OP1). */
struct occurring {
    const char *v[OCCUR_MOST];
    size_t n, looked;
    struct qp_arena *a;
};

static int note_category(void *arg, const Qp__Row *row)
{
    struct occurring *seen = arg;
    bool known = false;
    for (size_t i = 0; i < seen->n && !known; i++)
        known = strcmp(seen->v[i], row->face->category) == 0;
    const char *copy = known || !*row->face->category ? NULL : qp_arena_text(seen->a, row->face->category);
    if (copy)
        seen->v[seen->n++] = copy;
    return ++seen->looked == NEWEST || seen->n == OCCUR_MOST;
}

/* Of all, or of one code alone. */
static int look_at_newest(struct qp_o3 *o, const char *code, struct occurring *seen)
{
    struct qp_list_query l = {.overdue = -1,
                              .sort = QP_SORT_OPENED_DESC,
                              .limit = code ? 1 : 500,
                              .category = code,
                              .sees = qp_o3_sees,
                              .seer = o};
    char cursor[128] = "";
    struct qp_read r;
    *seen = (struct occurring){.a = qp_call_arena(o->c)};
    l.area = *o->area ? o->area : NULL;
    l.source = qp_o3_source(o);
    l.cursor = cursor;
    int rc = seen->a ? qp_read_begin(o->c->h->store, &r, &o->f.e)
                     : qp_fault_set(&o->f, QP_ENOMEM, "", "out of memory");
    if (rc)
        return rc;
    for (int looks = 0; looks < LOOKS && !rc && seen->looked < NEWEST && seen->n < OCCUR_MOST; looks++) {
        rc = qp_matter_list(&r, &l, note_category, seen, cursor, seen->a, &o->f.e);
        if (!*cursor || (code && seen->n))
            break;
    }
    qp_read_end(&r);
    return o->f.e.code; /* rc may be the list's early end */
}

static int by_code(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int put_that_occur(struct qp_o3 *o, struct qp_doc *d)
{
    struct occurring seen;
    int rc = look_at_newest(o, NULL, &seen);
    if (rc)
        return rc;
    qsort(seen.v, seen.n, sizeof *seen.v, by_code);
    for (size_t i = 0; i < seen.n; i++)
        put_service(d, seen.v[i], seen.v[i], "", false);
    return 0;
}

enum MHD_Result qp_o3_services(struct qp_o3 *o)
{
    struct qp_doc d;
    int rc = 0;
    qp_doc_begin(&d, o->xml);
    qp_doc_list(&d, "services");
    if (o->rules)
        put_of_policy(o, &d);
    else
        rc = put_that_occur(o, &d);
    qp_doc_list_end(&d, "services");
    if (!rc)
        return qp_doc_answer(o->c, 200, &d);
    qp_doc_drop(&d);
    return qp_o3_fault(o, 0);
}

/* ---- one service ---- */

static bool occurs(struct qp_o3 *o, const char *code)
{
    struct occurring seen;
    return *code && !look_at_newest(o, code, &seen) && seen.n > 0;
}

bool qp_o3_service_known(const struct qp_o3 *o, const char *code)
{
    if (!*code || strlen(code) > QP_NAME_BYTES)
        return false;
    if (!o->rules)
        return true;
    const struct qp_policy_category *k = qp_policy_find(o->rules->policy, code);
    return k && *k->code;
}

/* What the city promises about it: nothing is asked, so `variable` is false and it is only shown. */
static void put_clocks(struct qp_o3 *o, struct qp_doc *d, const struct qp_policy_category *k)
{
    static const struct {
        enum qp_policy_stage stage;
        const char *code, *zh, *en;
    } SHOWN[] = {
        {QP_STAGE_SIGN, "sign", "受理时限", "To be taken within"},
        {QP_STAGE_HANDLE, "handle", "办理时限", "To be handled within"},
        {QP_STAGE_CLOSE, "close", "办结时限", "To be closed within"},
    };
    int order = 1;
    for (size_t i = 0; i < sizeof SHOWN / sizeof *SHOWN; i++) {
        const struct qp_policy_span *s = &k->clock[SHOWN[i].stage];
        char amount[QP_DURATION_TEXT], text[QP_DURATION_TEXT + 64];
        if (!s->said)
            continue;
        qp_duration_text(amount, &s->d);
        snprintf(text, sizeof text, "%s %s", o->zh ? SHOWN[i].zh : SHOWN[i].en, amount);
        qp_doc_item(d, "attribute");
        qp_doc_bool(d, "variable", false);
        qp_doc_text(d, "code", SHOWN[i].code);
        qp_doc_text(d, "datatype", "string");
        qp_doc_bool(d, "required", false);
        qp_doc_text(d, "datatype_description",
                    o->zh ? "s m h d：自然时间；ws wm wh wd：工作时间"
                          : "s m h d: natural time; ws wm wh wd: working time");
        qp_doc_int(d, "order", order++);
        qp_doc_text(d, "description", text);
        qp_doc_list(d, "values");
        qp_doc_list_end(d, "values");
        qp_doc_item_end(d, "attribute");
    }
}

enum MHD_Result qp_o3_service(struct qp_o3 *o)
{
    const struct qp_policy_category *k = NULL;
    struct qp_doc d;
    if (o->rules) {
        k = qp_policy_find(o->rules->policy, o->name);
        k = k && *k->code ? k : NULL;
    }
    if (o->rules ? !k : !occurs(o, o->name)) {
        qp_fault_set(&o->f, QP_ENOTFOUND, "service_code",
                     "service_code `%.60s` is not found: see v2/services", o->name);
        return qp_o3_fault(o, 0);
    }
    qp_doc_begin(&d, o->xml);
    qp_doc_item(&d, "service_definition");
    qp_doc_text(&d, "service_code", k ? k->code : o->name);
    qp_doc_list(&d, "attributes");
    if (k)
        put_clocks(o, &d, k);
    qp_doc_list_end(&d, "attributes");
    qp_doc_item_end(&d, "service_definition");
    return qp_doc_answer(o->c, 200, &d);
}
