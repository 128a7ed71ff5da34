/* line_say.c: what is opened, said and seen on lines: a request becomes the draft of an event, its text beside it; the
 * turn seals it, so that no text is in the event. See lines.c. */
#include <assert.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/duty.h"
#include "node/http/calls/lines.h"
#include "node/http/shape/draft.h"
#include "node/http/shape/refused.h"
#include "topology/geo/crs.h"

enum { JOB_ARENA = 1024 * 1024, READ_ARENA = QP_DECODE_ARENA };

struct making {
    struct qp_call *c;
    struct qp_job *job;
    struct qp_fields s;
    json_t *o;
    struct qp_fault f;
    Qp__Event *ev;
    struct qp_command *cmd;
    Qp__LineBody *body;
};

/* From the job's memory; NULL: there is no more of it, which is told. */
static void *take(struct making *m, size_t len)
{
    void *p = qp_arena_take(m->job->arena, len);
    if (!p && m->f.e.code == 0)
        qp_fault_set(&m->f, QP_ENOMEM, "", "out of memory");
    return p;
}

static void begin(struct making *m, struct qp_call *c)
{
    memset(m, 0, sizeof *m);
    m->c = c;
    m->job = qp_job_new(c->h, 1, JOB_ARENA);
    if (!m->job) {
        qp_fault_set(&m->f, QP_ENOMEM, "", "out of memory");
        return;
    }
    if (qp_body_begin(&m->s, &m->o, c, m->job->arena, &m->f))
        return;
    m->cmd = qp_job_add(m->job, QP_OP_LINE, &c->auth, &m->ev);
    m->body = m->cmd ? take(m, sizeof *m->body) : NULL;
    if (!m->body) {
        m->ev = NULL;
        qp_fault_set(&m->f, QP_ENOMEM, "", "out of memory");
        return;
    }
    qp__line_body__init(m->body);
}

/* The request's hash stands in an event that travels: with a key of this node's, so that nobody on the way can try
 * which text it is of. */
static void hide_request(struct making *m)
{
    struct qp_hash h;
    if (m->ev->request.len != QP_REQUEST_LEN)
        return;
    const struct qp_part parts[] = {{m->c->h->logins.key, sizeof m->c->h->logins.key},
                                    {m->ev->request.data, QP_REQUEST_LEN}};
    qp_hash_parts(&h, parts, 2);
    memcpy(m->ev->request.data, h.b, QP_REQUEST_LEN);
}

static enum MHD_Result hand_in(struct making *m, const char *verb, qp_handler then)
{
    struct qp_draft d = {.h = m->c->h,
                         .auth = &m->c->auth,
                         .job = m->job,
                         .o = m->o,
                         .key = qp_call_header(m->c, "Idempotency-Key"),
                         .f = &m->f};
    int rc = m->f.e.code;
    if (!rc)
        rc = qp_draft_finish(&d, &m->s, m->ev, verb, 0);
    json_decref(m->o);
    if (!rc) {
        hide_request(m);
        rc = qp_job_send(m->c, m->job, then, &m->f.e);
    } else {
        m->c->job = m->job;
    }
    return rc ? qp_answer_fault(m->c, &m->f) : MHD_YES;
}

/* ---- opening ---- */

static Qp__LineMember *member_of(struct making *m, const json_t *o)
{
    static const struct {
        const char *name;
        enum qp_line_kind kind;
    } KINDS[] = {{"name", QP_LINE_NAME}, {"grid", QP_LINE_GRID}, {"desk", QP_LINE_DESK}};
    struct qp_fields in;
    Qp__LineMember *x = qp_arena_take(m->s.a, sizeof *x);
    if (!json_is_object(o) || !x) {
        qp_fields_fault(&m->s, QP_EINVAL, "members", "`members` is a list of {node, name|grid|desk}");
        return NULL;
    }
    qp__line_member__init(x);
    qp_fields_begin(&in, o, m->s.a, m->s.zone, m->s.f);
    x->path = qp_field_path(&in, "node", false);
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        char *name = qp_field_line(&in, KINDS[i].name, QP_NAME_BYTES, false);
        if (!*name)
            continue;
        if (x->kind)
            qp_fields_fault(&in, QP_EINVAL, "members", "a member is one of `name`, `grid` and `desk`");
        x->kind = KINDS[i].kind;
        x->name = name;
    }
    if (qp_fields_ok(&in) && !x->kind)
        qp_fields_fault(&in, QP_EINVAL, "members",
                        "a member is {node, name|grid|desk}: `name`, `grid` or `desk` is "
                        "missing");
    qp_fields_end(&in);
    return x;
}

/* An account, desk or grid of this node must be there; those of others are theirs to know. */
static void check_here(struct making *m, const Qp__LineMember *x)
{
    struct qp_read r;
    bool here = !*x->path || strcmp(x->path, m->c->h->self.path) == 0, stands;
    if (!qp_fields_ok(&m->s) || !here || (x->kind != QP_LINE_NAME && x->kind != QP_LINE_DESK) ||
        qp_read_begin(m->c->h->store, &r, NULL))
        return;
    enum qp_resource_name kind = x->kind == QP_LINE_NAME ? QP_RESOURCE_USER : QP_RESOURCE_DESK;
    stands = qp_resource_stands(&r, &qp_resources[kind], x->name) ||
             (x->kind == QP_LINE_NAME && qp_resource_stands(&r, &qp_resources[QP_RESOURCE_TOKEN], x->name));
    qp_read_end(&r);
    if (!stands)
        qp_fields_fault(&m->s, QP_EPOLICY, "members", "there is no %s %s at this node", qp_resources[kind].en,
                        x->name);
}

/* With this member the caller is on the line: a token of all sees it as whoever of this node is on it; anybody else must be there by
 * his own name. */
static bool is_caller(const struct making *m, const Qp__LineMember *x)
{
    const struct qp_auth *auth = &m->c->auth;
    if (*x->path && strcmp(x->path, m->c->h->self.path) != 0)
        return false;
    return (auth->kind == QP_AUTH_TOKEN && !*auth->desk) ||
           (x->kind == QP_LINE_NAME && strcmp(x->name, qp_person_of(auth->by)) == 0);
}

/* Who opens a line is on it. */
static Qp__LineMember *himself(struct making *m)
{
    const char *colon = strchr(m->c->auth.by, ':');
    assert(colon); /* "token:NAME", "user:NAME" */
    size_t len = strlen(colon + 1) + 1;
    Qp__LineMember *x = take(m, sizeof *x);
    char *name = take(m, len);
    if (!x || !name)
        return NULL;
    qp__line_member__init(x);
    x->path = m->c->h->self.path;
    x->kind = QP_LINE_NAME;
    x->name = memcpy(name, colon + 1, len);
    return x;
}

static void read_members(struct making *m, Qp__LineOpened *o)
{
    const json_t *list = qp_field(&m->s, "members");
    size_t n = json_is_array(list) ? json_array_size(list) : 0;
    bool here = false;
    if (!qp_fields_ok(&m->s))
        return;
    if (n == 0 || n >= QP_LINE_MEMBERS) {
        qp_fields_fault(&m->s, QP_EINVAL, "members",
                        "`members` is a list of 1 to %d, each {node, name|grid|desk}", QP_LINE_MEMBERS - 1);
        return;
    }
    o->members = take(m, sizeof *o->members * (n + 1));
    for (size_t i = 0; o->members && i < n && qp_fields_ok(&m->s); i++) {
        Qp__LineMember *x = member_of(m, json_array_get(list, i));
        if (!x)
            return;
        check_here(m, x);
        here = here || is_caller(m, x);
        o->members[o->n_members++] = x;
    }
    Qp__LineMember *x = !here && qp_fields_ok(&m->s) ? himself(m) : NULL;
    if (x)
        o->members[o->n_members++] = x;
}

static enum MHD_Result opened(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    qp_job_leave(c);
    if (qp_job_fault(c->job, 0, c->late, &f))
        return qp_answer_fault(c, &f);
    return qp_line_answer(c, c->job->lines[0].created ? 201 : 200, c->job->lines[0].matter);
}

enum MHD_Result qp_lines_post(struct qp_call *c)
{
    struct making m;
    begin(&m, c);
    Qp__LineOpened *o = m.ev ? take(&m, sizeof *o) : NULL;
    if (o) {
        qp__line_opened__init(o);
        m.body->title = qp_field_line(&m.s, "title", QP_TITLE_BYTES, false);
        uint8_t *matter = qp_field_id(&m.s, "matter", false);
        if (matter)
            o->matter = (ProtobufCBinaryData){QP_ID_LEN, matter};
        read_members(&m, o);
        m.cmd->body = m.body;
        m.ev->body_case = QP__EVENT__BODY_LINE_OPENED;
        m.ev->line_opened = o;
    }
    return hand_in(&m, "line", opened);
}

enum MHD_Result qp_matter_line_post(struct qp_call *c)
{
    struct making m;
    char id[64];
    begin(&m, c);
    Qp__LineOpened *o = m.ev ? take(&m, sizeof *o) : NULL;
    uint8_t *matter = o ? take(&m, QP_ID_LEN) : NULL;
    if (matter) {
        qp__line_opened__init(o);
        if (!qp_call_segment(c, 3, id, sizeof id) || qp_id_parse(matter, id))
            qp_fields_fault(&m.s, QP_ENOTFOUND, "",
                            "no matter has that id; ids are 26 lower-case characters");
        o->matter = (ProtobufCBinaryData){QP_ID_LEN, matter};
        m.ev->body_case = QP__EVENT__BODY_LINE_OPENED;
        m.ev->line_opened = o;
    }
    return hand_in(&m, "matter-line", opened);
}

/* ---- on a line ---- */

/* A member of a row, with its texts, in the job's memory. */
static Qp__LineMember *own_copy(struct making *m, const Qp__LineMember *as)
{
    Qp__LineMember *x = take(m, sizeof *x);
    char *path = take(m, strlen(as->path) + 1), *name = take(m, strlen(as->name) + 1);
    uint8_t *node = take(m, QP_ID_LEN);
    if (!x || !path || !name || !node)
        return NULL;
    *x = *as;
    x->path = strcpy(path, as->path);
    x->name = strcpy(name, as->name);
    x->node = (ProtobufCBinaryData){QP_ID_LEN, memcpy(node, as->node.data, QP_ID_LEN)};
    return x;
}

/* As which member the caller is on it; *may: he may see it. What there is to read for that, a desk for each member that is one, has
 * memory of its own: whoever names desks on a line takes none of the job's. */
static Qp__LineMember *caller_as(struct making *m, const uint8_t *line, const char *named, bool *may)
{
    struct qp_read r;
    struct qp_line_view v;
    Qp__LineRow *row;
    Qp__LineMember *x = NULL;
    struct qp_arena *a = qp_arena_new(READ_ARENA);
    *may = false;
    if (!a || qp_read_begin(m->c->h->store, &r, NULL)) {
        qp_arena_free(a);
        qp_fault_set(&m->f, QP_ENOMEM, "", "out of memory");
        return NULL;
    }
    if (!qp_line_view_begin(&v, m->c->h, &r, &m->c->auth, a) && !qp_line_get(&v.db, line, &row) &&
        qp_line_view_may(&v, row)) {
        const Qp__LineMember *as = qp_line_view_as(&v, row);
        *may = true;
        for (size_t i = 0; *named && m->c->auth.kind == QP_AUTH_TOKEN && i < row->n_members; i++) {
            if (memcmp(row->members[i]->node.data, m->c->h->self.node, QP_ID_LEN) == 0 &&
                strcmp(row->members[i]->name, named) == 0)
                as = row->members[i];
        }
        x = as ? own_copy(m, as) : NULL;
    }
    qp_read_end(&r);
    qp_arena_free(a);
    return x;
}

static enum MHD_Result over(struct making *m)
{
    json_decref(m->o);
    m->c->job = m->job;
    return m->f.e.code == QP_ENOMEM ? qp_answer_fault(m->c, &m->f) : qp_line_absent(m->c);
}

static double degrees(struct qp_fields *s, const char *name, double most)
{
    const json_t *v = qp_field(s, name);
    double x = v && json_is_number(v) ? json_number_value(v) : most + 1;
    if (!(x >= -most && x <= most))
        qp_fields_fault(s, QP_EINVAL, "location", "`location.%s` must be a number from -%g to %g", name, most,
                        most);
    return x;
}

static void read_place(struct making *m)
{
    struct qp_fields in;
    const json_t *o = qp_field(&m->s, "location");
    if (!o || !qp_fields_ok(&m->s))
        return;
    Qp__LinePlace *p = take(m, sizeof *p);
    if (!p)
        return;
    qp__line_place__init(p);
    qp_fields_begin(&in, json_is_object(o) ? o : NULL, m->s.a, m->s.zone, m->s.f);
    if (!json_is_object(o)) {
        qp_fields_fault(&m->s, QP_EINVAL, "location", "`location` must be {lat, lon, crs?}");
        return;
    }
    p->lat = degrees(&in, "lat", 90);
    p->lon = degrees(&in, "lon", 180);
    const char *name = qp_field_text(&in, "crs", 16, false);
    enum qp_crs crs = *name ? qp_crs_of(name) : QP_CRS_WGS84;
    if (qp_fields_ok(&in) && crs == QP_CRS_UNKNOWN)
        qp_fields_fault(&in, QP_EINVAL, "location", "`location.crs` must be " QP_CRS_NAMES);
    else if (qp_fields_ok(&in))
        qp_crs_to_wgs84(crs, &p->lat, &p->lon);
    qp_fields_end(&in);
    m->body->place = p;
}

/* That a call took place: who, when, how long (LI7). */
static void read_call(struct making *m)
{
    struct qp_fields in;
    const json_t *o = qp_field(&m->s, "call");
    if (!o || !qp_fields_ok(&m->s))
        return;
    if (!json_is_object(o)) {
        qp_fields_fault(&m->s, QP_EINVAL, "call", "`call` must be {began_at, ended_at, answered, id?}");
        return;
    }
    Qp__LineCall *call = take(m, sizeof *call);
    if (!call)
        return;
    qp__line_call__init(call);
    qp_fields_begin(&in, o, m->s.a, m->s.zone, m->s.f);
    call->began_us = qp_field_time(&in, "began_at", true);
    call->ended_us = qp_field_time(&in, "ended_at", true);
    call->answered = qp_field_bool(&in, "answered", true, false);
    call->id = qp_field_line(&in, "id", QP_WHISPER_NAME, false);
    if (qp_fields_ok(&in) &&
        (call->ended_us < call->began_us || call->ended_us > qp_wall_us() + QP_CLOCKS_APART_US))
        qp_fields_fault(&in, QP_EINVAL, "call", "a call has ended after it began, and not in the future");
    qp_fields_end(&in);
    m->body->call = call;
}

static enum MHD_Result said(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    qp_job_leave(c);
    if (qp_job_fault(c->job, 0, c->late, &f))
        return qp_answer_fault(c, &f);
    const struct qp_job_line *l = &c->job->lines[0];
    return qp_line_answer_message(c, l->created ? 201 : 200, l->matter, l->position);
}

enum MHD_Result qp_line_message_post(struct qp_call *c)
{
    struct making m;
    uint8_t line[QP_ID_LEN];
    bool may = false;
    begin(&m, c);
    if (!m.ev)
        return hand_in(&m, "", said);
    if (qp_line_id_of(c, line))
        caller_as(&m, line, "", &may);
    if (!may)
        return over(&m);
    Qp__LineSaid *s = take(&m, sizeof *s);
    uint8_t *id = take(&m, QP_ID_LEN);
    if (!s || !id)
        return hand_in(&m, "", said);
    qp__line_said__init(s);
    s->line = (ProtobufCBinaryData){QP_ID_LEN, memcpy(id, line, QP_ID_LEN)};
    m.body->text = qp_field_text(&m.s, "text", QP_LINE_TEXT, false);
    read_place(&m);
    read_call(&m);
    if (qp_field(&m.s, "blob"))
        qp_fields_fault(&m.s, QP_EPOLICY, "blob",
                        "a line takes no files: attach it to a matter, and leave `blob` out");
    if (qp_fields_ok(&m.s) && !*m.body->text && !m.body->place && !m.body->call)
        qp_fields_fault(&m.s, QP_EINVAL, "text", "a message has `text`, `location` or `call`");
    m.cmd->body = m.body;
    m.ev->body_case = QP__EVENT__BODY_LINE_SAID;
    m.ev->line_said = s;
    return hand_in(&m, "message", said);
}

static enum MHD_Result ticked(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    qp_job_leave(c);
    if (qp_job_fault(c->job, 0, c->late, &f))
        return qp_answer_fault(c, &f);
    return qp_line_answer(c, 200, c->job->lines[0].matter);
}

enum MHD_Result qp_line_seen_post(struct qp_call *c)
{
    struct making m;
    uint8_t line[QP_ID_LEN];
    bool may = false;
    begin(&m, c);
    if (!m.ev)
        return hand_in(&m, "", ticked);
    const char *named = qp_field_text(&m.s, "member", QP_NAME_BYTES, false);
    Qp__LineMember *as = qp_line_id_of(c, line) ? caller_as(&m, line, named, &may) : NULL;
    if (!may)
        return over(&m);
    Qp__LineTicked *t = take(&m, sizeof *t);
    uint8_t *id = take(&m, QP_ID_LEN);
    if (!t || !id)
        return hand_in(&m, "", ticked);
    qp__line_ticked__init(t);
    t->line = (ProtobufCBinaryData){QP_ID_LEN, memcpy(id, line, QP_ID_LEN)};
    t->seq = (uint64_t)qp_field_int(&m.s, "seq", 0, INT64_MAX, 0);
    t->member = as;
    if (qp_fields_ok(&m.s) && !as)
        qp_fields_fault(
            &m.s, QP_EPOLICY, "member",
            "several of this line's members are at this node: name in `member` the one who has seen it");
    m.ev->body_case = QP__EVENT__BODY_LINE_TICKED;
    m.ev->line_ticked = t;
    return hand_in(&m, "seen", ticked);
}
