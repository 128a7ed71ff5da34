/* report.c: POST of a report (OP7) and of an update (OP8): the form becomes the same draft as the API's, so that one
 * place decides what a matter may be.
 *
 *   form ─► key ─► JSON object ─► qp_draft_open | qp_draft_step ─► parked ─► answered by what was committed */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/open311/inside.h"
#include "node/http/shape/draft.h"
#include "node/http/shape/json_matter.h"

enum { JOB_ARENA = 1024 * 1024, BUILT = QP_TEXT_BYTES + 64, HISTORY = 500, NOTICE = 300 };

/* What is needed when the turn has answered; in the call's arena. */
struct parked {
    bool xml, zh;
    bool persons, devices, files; /* said, and not kept */
    char key[QP_REF_BYTES + 1];   /* of an update */
};

/* ---- what a report is made of ---- */

struct text {
    char *p;
    size_t n, cap;
    bool full;
};

enum { STATUS_MOST = 200, MEDIA_MOST = 2000, UPDATE_ID_MOST = 100 }; /* bytes */
enum {
    LINE_MOST = 2 * QP_PERSONAL_NAME + 4096
}; /* more than any part may have: what is too long is still seen to be */

static void add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(t->p + t->n, t->cap - t->n, fmt, ap);
    va_end(ap);
    if (len < 0 || (size_t)len >= t->cap - t->n) {
        t->p[t->n] = '\0';
        t->full = true;
        return;
    }
    t->n += (size_t)len;
}

/* What is only a remark is taken whole or refused: half of it would be another. NULL: it is not there, or longer than `most` bytes
 * (then o->f says so). */
static const char *said_within(struct qp_o3 *o, const char *name, size_t most)
{
    const char *said = qp_said_get(&o->form, name);
    if (!said || strlen(said) <= most)
        return said;
    qp_fault_set(&o->f, QP_EINVAL, name, "%s is longer than %zu bytes: shorten it", name, most);
    return NULL;
}

/* attribute[CODE] or attribute[CODE][]; false when it is another field. */
static bool attribute(const char *name, char code[QP_NAME_BYTES + 1])
{
    static const char BEGIN[] = "attribute[";
    if (strncmp(name, BEGIN, sizeof BEGIN - 1) != 0)
        return false;
    const char *from = name + sizeof BEGIN - 1;
    size_t len = strcspn(from, "]");
    if (!from[len] || len == 0 || len > QP_NAME_BYTES)
        return false;
    memcpy(code, from, len);
    code[len] = '\0';
    return true;
}

static const char *attribute_get(const struct qp_sent_form *form, const char *wanted)
{
    char code[QP_NAME_BYTES + 1];
    for (size_t i = 0; i < form->n; i++) {
        if (attribute(form->v[i].name, code) && strcmp(code, wanted) == 0 && *form->v[i].value)
            return form->v[i].value;
    }
    return NULL;
}

/* The first line that says something, as one line; "" when nothing in it can be seen. */
static void first_line(char out[QP_TITLE_BYTES + 1], const char *from)
{
    from += strspn(from, " \t\r\n");
    static const char TITLE[] = "title:"; /* as FixMyStreet begins */
    if (strlen(from) > sizeof TITLE && strncasecmp(from, TITLE, sizeof TITLE - 1) == 0) {
        from += sizeof TITLE - 1;
        from += strspn(from, " \t");
    }
    size_t len = strcspn(from, "\r\n");
    char line[QP_TITLE_BYTES + 8];
    snprintf(line, sizeof line, "%.*s", (int)(len < sizeof line - 1 ? len : sizeof line - 1), from);
    for (char *p = line; *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
    }
    qp_text_cut(out, QP_TITLE_BYTES + 1, line);
    if (!*out || qp_line_check(out, strlen(out)) != QP_LINE_OK)
        out[0] = '\0';
}

static void one_line(char *out, size_t cap, const char *from)
{
    qp_text_cut(out, cap, from);
    for (char *p = out; *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
    }
}

static size_t characters(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

/* The description, and behind its end what was said beside it. */
static void build_text(struct qp_o3 *o, struct text *t)
{
    const char *said = qp_said_get(&o->form, "description"), *media = said_within(o, "media_url", MEDIA_MOST);
    const char *address_id = qp_said_get(&o->form, "address_id");
    char code[QP_NAME_BYTES + 1];
    bool begun = false;
    add(t, "%s", said ? said : "");
    for (size_t i = 0; i < o->form.n; i++) {
        if (!attribute(o->form.v[i].name, code) || !*o->form.v[i].value)
            continue;
        add(t, "%s%s: %s", begun ? "\n" : QP_O3_BEHIND, code, o->form.v[i].value);
        begun = true;
    }
    if (address_id)
        add(t, "%saddress_id: %s", begun ? "\n" : QP_O3_BEHIND, address_id);
    begun = begun || address_id;
    if (media) /* shown.c looks for its line */
        add(t, "%smedia_url: %s", begun ? "\n" : QP_O3_BEHIND "\n", media);
    if (t->full)
        qp_fault_set(&o->f, QP_EINVAL, "description",
                     "description and attributes together are longer than %d bytes", QP_TEXT_BYTES);
}

static bool degrees(struct qp_o3 *o, const char *name, double most, double *out)
{
    const char *said = qp_said_get(&o->form, name);
    char *end = NULL;
    if (!said)
        return false;
    *out = strtod(said, &end);
    if (*end || !(*out >= -most && *out <= most))
        qp_fault_set(&o->f, QP_EINVAL, name, "%s must be a number from -%g to %g", name, most, most);
    return true;
}

static void put_place(struct qp_o3 *o, json_t *j)
{
    double lat = 0, lon = 0;
    char place[QP_PLACE_BYTES + 1];
    const char *said = qp_said_get(&o->form, "address_string");
    bool has_lat = degrees(o, "lat", 90, &lat), has_lon = degrees(o, "long", 180, &lon);
    if (has_lat != has_lon)
        qp_fault_set(&o->f, QP_EINVAL, has_lat ? "long" : "lat",
                     "lat and long are given together: %s is not here", has_lat ? "long" : "lat");
    else if (!has_lat && !said && !qp_said_get(&o->form, "address_id"))
        qp_fault_set(&o->f, QP_EINVAL, "lat",
                     "where is it? Give lat and long, or address_string, or address_id");
    if (has_lat && has_lon)
        json_object_set_new(j, "location", json_pack("{s:f,s:f}", "lat", lat, "lon", lon));
    if (!said)
        return;
    one_line(place, sizeof place, said);
    if (strlen(said) > QP_PLACE_BYTES)
        qp_fault_set(&o->f, QP_EINVAL, "address_string", "%s is longer than it may be: shorten it",
                     "address_string");
    if (qp_line_check(place, strlen(place)) == QP_LINE_OK)
        json_object_set_new(j, "place", json_string(place));
}

static bool says_one_of(const struct qp_o3 *o, const char *const names[], size_t n)
{
    bool any = false;
    for (size_t i = 0; i < n; i++)
        any = any || qp_said_get(&o->form, names[i]);
    return any;
}

static const char *const PERSONS[] = {"first_name", "last_name", "phone", "email"};
static const char *const DEVICES[] = {"device_id", "account_id"};
enum { NPERSONS = sizeof PERSONS / sizeof *PERSONS, NDEVICES = sizeof DEVICES / sizeof *DEVICES };

/* Who reports goes under lock, as with the API's `reporter` (VA1); one of it that is too long is refused by name. */
static void put_reporter(struct qp_o3 *o, json_t *j)
{
    const char *first = qp_said_get(&o->form, "first_name"), *last = qp_said_get(&o->form, "last_name");
    char line[LINE_MOST + 4]; /* a character more: what is cut in the middle of one is cut again, before it */
    if (!o->c->h->vault || !says_one_of(o, PERSONS, NPERSONS))
        return;
    json_t *who = json_object();
    snprintf(line, sizeof line, "%s%s%s", first ? first : "", first && last ? " " : "", last ? last : "");
    const struct {
        const char *name, *said;
    } PARTS[] = {
        {"name", line}, {"phone", qp_said_get(&o->form, "phone")}, {"email", qp_said_get(&o->form, "email")}};
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        char one[LINE_MOST];
        if (!PARTS[i].said || !*PARTS[i].said)
            continue;
        one_line(one, sizeof one, PARTS[i].said);
        json_object_set_new(who, PARTS[i].name, json_string(one));
        explicit_bzero(one, sizeof one);
    }
    explicit_bzero(line, sizeof line);
    json_object_set_new(j, "reporter", who);
}

static void check_service(struct qp_o3 *o, const char *code)
{
    if (!code)
        qp_fault_set(&o->f, QP_EINVAL, "service_code", "service_code is not given: see v2/services");
    else if (!qp_o3_service_known(o, code))
        qp_fault_set(&o->f, QP_ENOTFOUND, "service_code",
                     "service_code `%.60s` is not found: see v2/services", code);
}

static json_t *build(struct qp_o3 *o)
{
    const char *code = qp_said_get(&o->form, "service_code");
    const char *said = qp_said_get(&o->form, "description"), *given = attribute_get(&o->form, "title");
    const char *same = attribute_get(&o->form, "fixmystreet_id"),
               *key = qp_call_header(o->c, "Idempotency-Key");
    const char *first = given ? given : said ? said : code ? code : "";
    char title[QP_TITLE_BYTES + 1], ref[2 * QP_REF_BYTES];
    struct text t = {.p = qp_arena_take(qp_call_arena(o->c), BUILT), .cap = QP_TEXT_BYTES + 1};
    json_t *j = json_object();
    check_service(o, code);
    if (said && characters(said) > QP_O3_DESCRIPTION)
        qp_fault_set(&o->f, QP_EINVAL, "description", "description may have at most %d characters",
                     QP_O3_DESCRIPTION);
    if (!j || !t.p)
        qp_fault_set(&o->f, QP_ENOMEM, "", "out of memory");
    if (o->f.e.code)
        return j;
    build_text(o, &t);
    put_place(o, j);
    put_reporter(o, j);
    first_line(title, first);
    if (snprintf(ref, sizeof ref, "%s/%s", o->c->auth.by, same ? same : key ? key : "") >= (int)sizeof ref)
        qp_fault_set(
            &o->f, QP_EINVAL, "attribute[fixmystreet_id]",
            "its number is longer than %d bytes, and so it could come twice: shorten it, or leave it out",
            QP_REF_BYTES);
    json_object_set_new(j, "category", json_string(code));
    json_object_set_new(j, "title", json_string(*title ? title : qp_o3_service_name(o, code)));
    json_object_set_new(j, "text", json_string(t.p));
    json_object_set_new(j, "source", json_string(QP_O3_SOURCE));
    if (same || key)
        json_object_set_new(j, "source_ref", json_string(ref));
    if (*o->area)
        json_object_set_new(j, "area", json_string(o->area));
    return j;
}

/* ---- the key (OP7) ---- */

int qp_o3_key(struct qp_o3 *o, struct qp_err *e)
{
    const char *key = qp_said_get(&o->form, "api_key");
    if (key)
        return qp_auth_key(o->c, key, e);
    return qp_call_header(o->c, "Authorization") ? qp_auth_call(o->c, e)
                                                 : qp_fail(e, QP_EAUTH, "api_key is not given");
}

static bool key_read(struct qp_o3 *o)
{
    struct qp_err e;
    int rc = qp_o3_key(o, &e);
    if (!rc)
        rc = qp_auth_need(&o->c->auth, QP_RIGHT_REPORT, &e);
    if (rc)
        qp_fault_set(&o->f, QP_EDENIED, "api_key",
                     "%s (a key is a token of this node with the right `report`)", e.text);
    return !rc;
}

/* keeps: the call has a place for who says it. */
static struct parked *park(struct qp_o3 *o, bool keeps)
{
    struct parked *p = qp_arena_take(qp_call_arena(o->c), sizeof *p);
    if (!p)
        return NULL;
    *p = (struct parked){.xml = o->xml, .zh = o->zh, .files = o->form.files > 0};
    p->persons = !(keeps && o->c->h->vault) && says_one_of(o, PERSONS, NPERSONS);
    p->devices = says_one_of(o, DEVICES, NDEVICES);
    o->c->state = p;
    return p;
}

/* What the one who loses something by it is told. */
static const char *notice(const struct parked *p, char out[NOTICE])
{
    const struct {
        bool lost;
        const char *zh, *en;
    } LOST[] = {
        {p->persons, "姓名、电话、邮箱（请凭编号查询）", "name, phone and e-mail (ask by the number)"},
        {p->devices, "device_id、account_id", "device_id and account_id"},
        {p->files, "文件（图片请用 media_url 提供链接）", "files (give pictures as media_url)"},
    };
    struct text t = {.p = out, .cap = NOTICE};
    *out = '\0';
    for (size_t i = 0; i < sizeof LOST / sizeof *LOST; i++) {
        if (LOST[i].lost)
            add(&t, "%s%s",
                t.n     ? p->zh ? "；" : "; "
                : p->zh ? "未保存："
                        : "Not kept: ",
                p->zh ? LOST[i].zh : LOST[i].en);
    }
    return out;
}

/* ---- answers ---- */

static enum MHD_Result refused(struct qp_call *c, const struct parked *p, const struct qp_fault *f)
{
    struct qp_o3 o = {.c = c, .xml = p->xml, .f = *f};
    return qp_o3_fault(&o, 0);
}

static enum MHD_Result reported(struct qp_call *c)
{
    const struct parked *p = c->state;
    struct qp_fault f = {.field = ""};
    struct qp_doc d;
    char lost[NOTICE];
    qp_job_leave(c);
    if (qp_job_fault(c->job, 0, c->late, &f))
        return refused(c, p, &f);
    qp_doc_begin(&d, p->xml);
    qp_doc_list(&d, "service_requests");
    qp_doc_item(&d, "request");
    qp_doc_id(&d, "service_request_id", c->job->lines[0].matter);
    qp_doc_text(&d, "service_notice", notice(p, lost));
    qp_doc_text(&d, "account_id", NULL);
    qp_doc_item_end(&d, "request");
    qp_doc_list_end(&d, "service_requests");
    return qp_doc_answer(c, c->job->lines[0].created ? 201 : 200, &d);
}

/* The comment that this key made, by the number under which its event is told (updates.c). */
static bool find_comment(struct qp_call *c, const struct parked *p, char id[64])
{
    struct qp_read r;
    struct qp_arena *a = qp_arena_new(32 * 1024 * 1024);
    struct qp_history *h = a ? qp_arena_take(a, HISTORY * sizeof *h) : NULL;
    bool found = false;
    if (h && !qp_read_begin(c->h->store, &r, NULL)) {
        long n = qp_matter_newest(&r, c->job->lines[0].matter, h, HISTORY, a, NULL);
        for (long i = n; i-- > 0 && !found;) {
            const Qp__Event *ev = h[i].event;
            found = ev->body_case == QP__EVENT__BODY_COMMENTED && strcmp(ev->by, c->auth.by) == 0 &&
                    strcmp(ev->key, p->key) == 0;
            if (found)
                qp_event_text(id, ev);
        }
        qp_read_end(&r);
    }
    if (a)
        qp_arena_free(a);
    return found;
}

static enum MHD_Result updated(struct qp_call *c)
{
    const struct parked *p = c->state;
    struct qp_fault f = {.field = ""};
    struct qp_doc d;
    char id[64] = "";
    qp_job_leave(c);
    if (qp_job_fault(c->job, 0, c->late, &f))
        return refused(c, p, &f);
    find_comment(c, p, id);
    qp_doc_begin(&d, p->xml);
    qp_doc_list(&d, "service_request_updates");
    qp_doc_item(&d, "request_update");
    qp_doc_text(&d, "update_id", id);
    qp_doc_item_end(&d, "request_update");
    qp_doc_list_end(&d, "service_request_updates");
    return qp_doc_answer(c, 200, &d);
}

/* ---- the requests ---- */

static enum MHD_Result hand_over(struct qp_o3 *o, struct qp_job *job, qp_handler then)
{
    if (!o->f.e.code &&
        job->n == 0) /* no memory, or not JSON: whoever reported must not believe that it was taken */
        qp_fault_set(&o->f, QP_ENOMEM, "",
                     "this could not be taken, for lack of memory: send it again later");
    if (!o->f.e.code && !qp_job_send(o->c, job, then, &o->f.e))
        return MHD_YES;
    if (!o->c->job)
        o->c->job = job; /* given back with the call */
    return qp_o3_fault(o, 0);
}

enum MHD_Result qp_o3_report(struct qp_o3 *o)
{
    if (!key_read(o))
        return qp_o3_fault(o, 0);
    struct qp_job *job = qp_job_new(o->c->h, 1, JOB_ARENA);
    if (!job || !qp_call_arena(o->c) || !park(o, true))
        return MHD_NO;
    json_t *j = build(o);
    if (!o->f.e.code) {
        struct qp_draft d = {o->c->h, &o->c->auth, job, j, qp_call_header(o->c, "Idempotency-Key"),
                             false,   &o->f,       NULL};
        qp_draft_open(&d);
    }
    json_decref(j);
    return hand_over(o, job, reported);
}

/* Who reports may add to what came by this door; anything else asks for the right to take steps. */
static void check_update(struct qp_o3 *o, const char *id, struct qp_auth *as)
{
    struct qp_read r;
    uint8_t matter[QP_ID_LEN];
    Qp__Row *row;
    bool found = false;
    if (id && !qp_id_parse(matter, id) && !qp_read_begin(o->c->h->store, &r, &o->f.e)) {
        found = !qp_matter_read(&r, matter, &row, qp_call_arena(o->c), &o->f.e) && qp_o3_public(o, row->face);
        qp_read_end(&r);
    }
    if (!id)
        qp_fault_set(&o->f, QP_EINVAL, "service_request_id", "service_request_id is not given");
    else if (!found)
        qp_fault_set(&o->f, QP_ENOTFOUND, "service_request_id", "service_request_id `%.60s` is not found",
                     id);
    else if (qp_o3_worded(row->face))
        as->rights |= QP_RIGHT_STEP;
}

static json_t *build_update(struct qp_o3 *o)
{
    const char *said = qp_said_get(&o->form, "description"), *status = said_within(o, "status", STATUS_MOST);
    const char *media = said_within(o, "media_url", MEDIA_MOST);
    struct text t = {.p = qp_arena_take(qp_call_arena(o->c), BUILT), .cap = QP_TEXT_BYTES + 1};
    if (!t.p)
        return NULL;
    add(&t, "%s", said ? said : "");
    if (status)
        add(&t, "%sstatus: %s", t.n ? "\n" : "", status);
    if (media)
        add(&t, "%smedia_url: %s", t.n ? "\n" : "", media);
    if (!o->f.e.code && (t.full || !t.n))
        qp_fault_set(&o->f, QP_EINVAL, "description",
                     t.full ? "description is longer than %d bytes" : "description is empty", QP_TEXT_BYTES);
    return json_pack("{s:s}", "text", t.p);
}

enum MHD_Result qp_o3_update(struct qp_o3 *o)
{
    const char *id = qp_said_get(&o->form, "service_request_id"),
               *same = said_within(o, "update_id", UPDATE_ID_MOST);
    if (!key_read(o))
        return qp_o3_fault(o, 0);
    struct qp_job *job = qp_job_new(o->c->h, 1, JOB_ARENA);
    struct parked *p = job && qp_call_arena(o->c) ? park(o, false) : NULL;
    if (!p)
        return MHD_NO;
    struct qp_auth as = o->c->auth;
    check_update(o, id, &as);
    if (same)
        snprintf(p->key, sizeof p->key, "update:%s", same);
    json_t *j = o->f.e.code ? NULL : build_update(o);
    if (j && !o->f.e.code) {
        struct qp_draft d = {o->c->h, &as, job, j, same ? p->key : NULL, false, &o->f, NULL};
        qp_draft_step(&d, id, "comment");
    }
    json_decref(j);
    return hand_over(o, job, updated);
}
