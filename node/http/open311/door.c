/* door.c: takes an address under /open311 apart, reads the form, and says what is wrong in GeoReport's form. */
#include "node/http/open311/inside.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "node/http/shape/plain.h"

static const char ROOT[] = "/open311/", V2[] = "/open311/v2/";

bool qp_open311_is(const struct qp_call *c)
{
    return c->url && strncmp(c->url, ROOT, sizeof ROOT - 1) == 0;
}

/* ---- which format (OP2) ---- */

/* Takes the ending off that names a format. */
static bool ending(char *path, bool *xml)
{
    static const char *const ENDS[] = {".xml", ".json", "/xml", "/json"};
    size_t len = strlen(path);
    for (size_t i = 0; i < 4; i++) {
        size_t n = strlen(ENDS[i]);
        if (len <= n || strcasecmp(path + len - n, ENDS[i]) != 0)
            continue;
        path[len - n] = '\0';
        *xml = i % 2 == 0;
        return true;
    }
    return false;
}

/* Without an ending: what the caller takes before the other; XML when it does not say. */
static bool takes_xml(const struct qp_call *c)
{
    const char *accept = qp_call_header(c, "Accept");
    const char *json = accept ? strstr(accept, "application/json") : NULL;
    const char *xml = accept ? strstr(accept, "xml") : NULL;
    return !json || (xml && xml < json);
}

static bool copy_path(const struct qp_call *c, char out[], size_t cap, bool *xml)
{
    const char *from =
        strncmp(c->url, V2, sizeof V2 - 1) == 0 ? c->url + sizeof V2 - 1 : c->url + sizeof ROOT - 1;
    if (strlen(from) >= cap)
        return false;
    strcpy(out, from);
    if (!ending(out, xml))
        *xml = takes_xml(c);
    return true;
}

/* ---- errors (OP3) ---- */

enum MHD_Result qp_open311_fault(struct qp_call *c, unsigned status, const char *text)
{
    char path[600];
    bool xml;
    if (!copy_path(c, path, sizeof path, &xml))
        xml = true;
    return qp_doc_fault(c, xml, status, text);
}

/* ---- the calls ---- */

/* The jurisdiction is a part of the tree: this node, or what is below it (OP6). */
static void read_jurisdiction(struct qp_o3 *o)
{
    const char *said = qp_said_get(&o->form, "jurisdiction_id");
    const char *self = o->c->h->self.path;
    struct qp_node_entry n;
    struct qp_read r;
    if (!said)
        return;
    bool known = !qp_path_check(said, NULL) && qp_path_within(said, self);
    if (known && strcmp(said, self) != 0) {
        known = !qp_read_begin(o->c->h->store, &r, &o->f.e);
        if (known) {
            known = !qp_node_by_path(&r, said, &n);
            qp_read_end(&r);
        }
    }
    if (known)
        qp_text_cut(o->area, sizeof o->area, said);
    else
        qp_fault_set(
            &o->f, QP_ENOTFOUND, "jurisdiction_id",
            "jurisdiction_id `%.60s` is not found: leave it out, or give `%s` or the path of a node below it",
            said, self);
}

static enum MHD_Result (*find(struct qp_o3 *o, const char *path, bool post, bool *costly))(struct qp_o3 *)
{
    static const struct {
        const char *path; /* with a / at its end: a name follows */
        bool costly;      /* to read */
        enum MHD_Result (*get)(struct qp_o3 *o), (*post)(struct qp_o3 *o);
    } CALLS[] = {
        {"discovery", false, qp_o3_discovery, NULL},
        {"services", true, qp_o3_services, NULL},
        {"services/", true, qp_o3_service, NULL},
        {"service/", true, qp_o3_service, NULL}, /* as one client has it */
        {"requests", true, qp_o3_requests, qp_o3_report},
        {"requests/", false, qp_o3_request, NULL},
        {"tokens/", false, qp_o3_token, NULL},
        {"servicerequestupdates", true, qp_o3_updates, qp_o3_update},
        {"update", true, qp_o3_updates, qp_o3_update}, /* its older name */
    };
    for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++) {
        size_t n = strlen(CALLS[i].path);
        bool named = CALLS[i].path[n - 1] == '/';
        if (named ? strncmp(path, CALLS[i].path, n) != 0 || !path[n] : strcmp(path, CALLS[i].path) != 0)
            continue;
        if (named && strlen(path + n) < sizeof o->name)
            strcpy(o->name, path + n);
        *costly = CALLS[i].costly && !post;
        return post ? CALLS[i].post : CALLS[i].get;
    }
    return NULL;
}

/* Whether a token of this node came with it, which reading does not ask for. */
static bool keyed(struct qp_o3 *o)
{
    const struct qp_auth was = o->c->auth;
    struct qp_err e;
    bool is = !qp_o3_key(o, &e);
    o->c->auth = was;
    return is;
}

/* Of those who have no key one at a time is served with what costs, so that however many ask, the other threads answer who works
 * here (OP3). */
static enum MHD_Result in_turn(struct qp_o3 *o, enum MHD_Result (*call)(struct qp_o3 *))
{
    bool alone = !keyed(o);
    if (alone && atomic_exchange(&o->c->h->open311_busy, true))
        return qp_doc_fault(o->c, o->xml, 429,
                            "another list is being made for somebody without a key; ask again in a second, "
                            "or with your api_key");
    enum MHD_Result done = call(o);
    if (alone)
        atomic_store(&o->c->h->open311_busy, false);
    return done;
}

static enum MHD_Result run(struct qp_call *c, bool post)
{
    struct qp_o3 o = {.c = c, .zh = qp_plain_zh(c)};
    char path[600];
    bool costly = false;
    enum MHD_Result (*call)(struct qp_o3 *) = NULL;
    if (copy_path(c, path, sizeof path, &o.xml))
        call = find(&o, path, post, &costly);
    if (!call)
        return qp_doc_fault(
            c, o.xml, 404,
            "there is no such call; GeoReport v2 has discovery, v2/services, v2/requests, v2/tokens, and "
            "v2/servicerequestupdates");
    if (c->h->open311 == QP_HTTP_OPEN311_OFF)
        return qp_doc_fault(c, o.xml, 404,
                            "this node's GeoReport door is closed by its settings (http.open311)");
    if (!qp_said_read(&o.form, c, &o.f))
        read_jurisdiction(&o);
    if (o.f.e.code)
        return qp_o3_fault(&o, 0);
    o.rules = qp_core_policy_hold(c->h->core);
    qp_o3_work_begin(&o);
    enum MHD_Result done = costly ? in_turn(&o, call) : call(&o);
    qp_in_force_release(o.rules);
    return done;
}

enum MHD_Result qp_open311_get(struct qp_call *c)
{
    return run(c, false);
}

enum MHD_Result qp_open311_post(struct qp_call *c)
{
    return run(c, true);
}
