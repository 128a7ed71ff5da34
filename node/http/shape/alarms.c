/* alarms.c: see alarms.h. Called by readers of a node's health, some times a second at the most. */
#include "node/http/shape/alarms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/policy.h"
#include "node/http/wire/tls.h"

#define TLS_SOON_US         (14LL * 86400 * 1000000)
#define CERTIFICATE_SOON_US (60LL * 86400 * 1000000)

static const struct {
    const char *code, *en, *zh;
    bool grave;
} ROWS[] = {
#define X(name, code, grave, en, zh) {#code, en, zh, grave},
    QP_ALARMS(X)
#undef X
};

#define RENEWED_TOLD_US (86400LL * 1000000)
#define COPIED_TOLD_US  (7 * 86400LL * 1000000)
#define DROPPED_TOLD_US (3600LL * 1000000)

static void raise_alarm(struct qp_alarms *a, enum qp_alarm_code code, const char *path, int64_t since_us,
                        const char *detail)
{
    if (a->n == QP_ALARMS_MOST) {
        a->more++;
        return;
    }
    struct qp_alarm *v = &a->v[a->n++];
    v->code = code;
    v->since_us = since_us;
    qp_text_cut(v->path, sizeof v->path, path);
    qp_text_cut(v->detail, sizeof v->detail, detail);
}

static bool stands(const struct qp_alarms *a, enum qp_alarm_code code, const char *path)
{
    for (size_t i = 0; i < a->n; i++) {
        if (a->v[i].code == code && strcmp(a->v[i].path, path) == 0)
            return true;
    }
    return false;
}

static void look_at_tls(struct qp_alarms *a, struct qp_http *h)
{
    struct qp_tls_state s;
    if (!h->tls)
        return;
    qp_tls_look(h->tls, qp_boot_us());
    qp_tls_state(h->tls, &s);
    if (s.trouble[0] || s.until_us < qp_wall_us() + TLS_SOON_US)
        raise_alarm(a, QP_ALARM_TLS, "", s.until_us, s.trouble);
}

/* Of records over their time as the last look at them found; of messages for an hour. */
static void look_at_records(struct qp_alarms *a, struct qp_http *h)
{
    char record[sizeof h->unerased_why], dropped[sizeof h->dropped_why], detail[sizeof record + 40];
    pthread_mutex_lock(&h->lock);
    uint64_t n = h->unerased;
    int64_t since_us = h->unerased_us, dropped_us = h->dropped_us;
    memcpy(record, h->unerased_why, sizeof record);
    memcpy(dropped, h->dropped_why, sizeof dropped);
    pthread_mutex_unlock(&h->lock);
    if (n > 0) {
        snprintf(detail, sizeof detail, n > 1 ? "%s; and %llu more" : "%s", record,
                 (unsigned long long)n - 1);
        raise_alarm(a, QP_ALARM_RECORD_OVERDUE, "", since_us, detail);
    }
    if (dropped_us != 0 && qp_wall_us() - dropped_us < DROPPED_TOLD_US)
        raise_alarm(a, QP_ALARM_MESSAGES_DROPPED, "", dropped_us, dropped);
}

static void look_at_lines(struct qp_alarms *a, struct qp_http *h)
{
    char why[sizeof h->ring_why];
    pthread_mutex_lock(&h->lock);
    memcpy(why, h->ring_why, sizeof why);
    pthread_mutex_unlock(&h->lock);
    if (*why)
        raise_alarm(a, QP_ALARM_LINES_CLOSED, "", 0, why);
}

static void look_at_certificate(struct qp_alarms *a, struct qp_http *h)
{
    char until[32];
    qp_time_text(until, h->self.not_after_us);
    if (!qp_cert_current(&h->self, qp_wall_us()))
        raise_alarm(a, QP_ALARM_STALE_TRUST, "", h->self.not_after_us, "");
    else if (!qp_cert_current(&h->self, qp_wall_us() + CERTIFICATE_SOON_US))
        raise_alarm(a, QP_ALARM_CERTIFICATE_ENDS, "", 0, until);
}

static void look_at_standing(struct qp_alarms *a, struct qp_http *h)
{
    if (atomic_load(&h->out)) {
        char why[sizeof h->out_why];
        pthread_mutex_lock(&h->lock);
        memcpy(why, h->out_why, sizeof why);
        pthread_mutex_unlock(&h->lock);
        raise_alarm(a, QP_ALARM_OUT, "", 0, why);
    }
    if (atomic_load(&h->recovering))
        raise_alarm(a, QP_ALARM_RECOVERING, "", 0, "");
    look_at_lines(a, h);
    look_at_records(a, h);
    look_at_tls(a, h);
    look_at_certificate(a, h);
}

/* VA3: who sends one is told as well (507); here whoever looks after the machine. */
static void look_at_files(struct qp_alarms *a, struct qp_http *h)
{
    struct qp_blobs_use u;
    char detail[200] = "";
    if (!h->blobs) {
        raise_alarm(a, QP_ALARM_FILES, "", 0,
                    "DIR/blobs is not open: the log says why; mend it and start the node again");
        return;
    }
    qp_blobs_use(h->blobs, &u);
    bool full = u.bytes > u.quota / 10 * 9;
    if (full)
        snprintf(detail, sizeof detail, "%llu of %llu MiB are taken", (unsigned long long)(u.bytes >> 20),
                 (unsigned long long)(u.quota >> 20));
    if (u.damaged)
        snprintf(detail + strlen(detail), sizeof detail - strlen(detail),
                 "%s%llu were damaged since the start", full ? "; " : "", (unsigned long long)u.damaged);
    if (full || u.damaged)
        raise_alarm(a, QP_ALARM_FILES, "", 0, detail);
}

static void look_at_store(struct qp_alarms *a, struct qp_http *h)
{
    struct qp_store_damage d;
    char detail[200] = "";
    uint64_t lacking = qp_trail_lacking(&h->trail);
    if (lacking > 0)
        snprintf(detail, sizeof detail,
                 "%llu log-ins and readings were let in and are not in the audit trail",
                 (unsigned long long)lacking);
    if (qp_store_full(h->store))
        raise_alarm(a, QP_ALARM_NO_ROOM, "", 0, detail);
    if (qp_vault_full(h->vault))
        raise_alarm(a, QP_ALARM_NO_ROOM, "", 0,
                    "the vault of personal records is 90 % full: " QP_VAULT_REMEDY);
    look_at_files(a, h);
    if (qp_store_remade(h->store))
        raise_alarm(a, QP_ALARM_TABLES_REMADE, "", h->started_us, "");
    qp_store_damage(h->store, &d);
    if (d.mended > 0) {
        snprintf(detail, sizeof detail, "%llu since the start", (unsigned long long)d.mended);
        raise_alarm(a, QP_ALARM_MENDED, "", h->started_us, detail);
    }
    if (d.damaged == 0)
        return;
    snprintf(detail, sizeof detail, "%s%llu, the first is %llu%s",
             d.damaged > QP_DAMAGED_KEPT ? "more than " : "",
             (unsigned long long)(d.damaged > QP_DAMAGED_KEPT ? QP_DAMAGED_KEPT : d.damaged),
             (unsigned long long)d.at[0],
             qp_store_doubtful(h->store)
                 ? "; a row of the tables is damaged as well: they are made again when the journal is whole"
                 : "");
    raise_alarm(a, QP_ALARM_DAMAGED, "", 0, detail);
}

/* Why the node above does not certify the next incarnation yet. */
static void put_later(char *detail, size_t cap, struct qp_http *h)
{
    size_t len = strlen(detail);
    pthread_mutex_lock(&h->lock);
    if (*h->later_why)
        snprintf(detail + len, cap - len, "; not renewed yet: %s", h->later_why);
    pthread_mutex_unlock(&h->lock);
}

/* Two parcels for one place in a chain of its present incarnation (C5): for that nobody is renewed (core/renew.c). NULL: none. */
static const struct qp_refusal *forked(const struct qp_refusal *v, size_t n, const uint8_t *origin)
{
    for (size_t i = 0; i < n; i++) {
        if (v[i].code == QP_EFORK && memcmp(v[i].origin, origin, QP_ID_LEN) == 0)
            return &v[i];
    }
    return NULL;
}

/* One a place: what it says is refused from its first refusal on, the later ones add nothing but a fork, which ends all else. Of a
 * place that was revoked nothing is expected. */
static void look_at_refusals(struct qp_alarms *a, struct qp_http *h, struct qp_read *r)
{
    struct qp_refusal *v = calloc(QP_ALARMS_MOST, sizeof *v);
    size_t n = 0;
    if (!v || qp_refusals_read(r, h->self.node, v, QP_ALARMS_MOST, &n))
        n = 0;
    for (size_t i = 0; i < n; i++) {
        struct qp_node_entry e = {.revoked = false};
        const struct qp_refusal *fork = forked(v, n, v[i].origin), *said = fork ? fork : &v[i];
        bool own = memcmp(v[i].origin, h->self.node, QP_ID_LEN) == 0;
        bool ended = !own && !qp_node_by_id(r, v[i].origin, &e) && e.revoked;
        enum qp_alarm_code code = own                     ? fork ? QP_ALARM_FORKED : QP_ALARM_REFUSED_ABOVE
                                  : fork || e.quarantined ? QP_ALARM_FORKED_BELOW
                                                          : QP_ALARM_REFUSED_BELOW;
        const char *path = own ? said->by_path : said->origin_path;
        char detail[2 * QP_REASON_BYTES + 2];
        snprintf(detail, sizeof detail, "%s", said->reason);
        if (own && !fork)
            put_later(detail, sizeof detail, h);
        if (!ended && !stands(a, code, path))
            raise_alarm(a, code, path, said->at_us, detail);
    }
    free(v);
}

/* At both ends, for a day. Of this node itself the path is empty. */
static void look_at_renewals(struct qp_alarms *a, struct qp_http *h, struct qp_read *r)
{
    struct qp_renewal *v = calloc(QP_ALARMS_MOST, sizeof *v);
    size_t n = 0;
    if (!v || qp_renewals_read(r, v, QP_ALARMS_MOST, &n))
        n = 0;
    for (size_t i = 0; i < n; i++) {
        struct qp_node_entry e = {.path = ""};
        bool own = memcmp(v[i].node, h->self.node, QP_ID_LEN) == 0;
        if (qp_wall_us() - v[i].at_us > RENEWED_TOLD_US || (!own && qp_node_by_id(r, v[i].node, &e)))
            continue;
        raise_alarm(a, QP_ALARM_RENEWED, e.path, v[i].at_us, v[i].because);
    }
    free(v);
}

/* What waits for a neighbour that is cut. */
static void waiting(char out[80], struct qp_read *r, const uint8_t *node)
{
    uint64_t bulk = 0, line = 0, urgent = 0;
    int64_t oldest_us;
    qp_queue_depth(r, node, QP_LANE_BULK, &bulk, &oldest_us);
    qp_queue_depth(r, node, QP_LANE_LINE, &line, &oldest_us);
    qp_queue_depth(r, node, QP_LANE_URGENT, &urgent, &oldest_us);
    if (bulk + line + urgent)
        snprintf(out, 80, "%llu parcels wait for it, %llu of them urgent",
                 (unsigned long long)(bulk + line + urgent), (unsigned long long)urgent);
}

/* At the neighbour that knows more; and here, where a child knows more: a parent's word ends this node's service (C5). */
static void look_at_copies(struct qp_alarms *a, struct qp_http *h, struct qp_read *r, const uint8_t *node,
                           uint32_t incarnation, const char *path)
{
    struct qp_peer_entry p;
    char detail[QP_PATH_MAX + 120];
    if (qp_peer_read(r->tables, r->store, node, &p))
        return;
    if (p.old_head > 0) {
        snprintf(detail, sizeof detail,
                 "it ended at record %llu when that node greeted, this one has heard %llu",
                 (unsigned long long)p.old_head - 1, (unsigned long long)p.seen_head);
        raise_alarm(a, QP_ALARM_OLD_COPY, path, 0, detail);
    } else if (p.copy_us > 0 && p.copy_incarnation == incarnation &&
               qp_wall_us() - p.copy_us < COPIED_TOLD_US) {
        char when[32];
        qp_time_text(when, p.copy_us);
        snprintf(detail, sizeof detail, "it last said so at %s", when);
        raise_alarm(a, QP_ALARM_COPIED, path, p.copy_us, detail);
    }
    if (p.knows > 0 && !atomic_load(&h->out) && !stands(a, QP_ALARM_OLD_COPY, "")) {
        snprintf(detail, sizeof detail, "%s has heard records of it, up to %llu, that are not in it", path,
                 (unsigned long long)p.knows);
        raise_alarm(a, QP_ALARM_OLD_COPY, "", 0, detail);
    }
}

static void look_at_sent_back(struct qp_alarms *a, const struct qp_link_status *s, const char *path)
{
    char detail[sizeof s->from_there.why + 40];
    for (int here = 0; here < 2 && s; here++) {
        const struct qp_sent_back *b = here ? &s->from_here : &s->from_there;
        snprintf(detail, sizeof detail, "%s: %s",
                 here ? "this node does not take it" : "it is not taken there", b->why);
        if (b->stands)
            raise_alarm(a, QP_ALARM_SENT_BACK, path, b->since_us, detail);
    }
}

static void look_at_link(struct qp_alarms *a, struct qp_read *r, const struct qp_link_view *links,
                         const uint8_t *node, const char *path, enum qp_alarm_code cut)
{
    const struct qp_link_status *s = qp_link_view_of(links, node, true);
    char detail[80] = "";
    if (!s || s->state == QP_LINK_CUT) {
        char why[sizeof s->refused_text + sizeof detail + 2] = "";
        waiting(detail, r, node);
        if (s && *s->refused_text &&
            s->refused != QP_EUNREACHABLE) /* that it is not heard is what the alarm says */
            snprintf(why, sizeof why, "%s%s", s->refused_text, *detail ? "; " : "");
        qp_text_cut(why + strlen(why), sizeof why - strlen(why), detail);
        raise_alarm(a, cut, path, s ? s->last_heard_us : 0, why);
    }
    look_at_sent_back(a, s, path);
    if (s && llabs(s->clock_offset_us) > QP_CLOCKS_APART_US) {
        snprintf(detail, sizeof detail, "%+lld s", (long long)(s->clock_offset_us / 1000000));
        raise_alarm(a, QP_ALARM_CLOCK, path, 0, detail);
    }
}

static void look_at_neighbour(struct qp_alarms *a, struct qp_http *h, struct qp_read *r,
                              const struct qp_link_view *links, const uint8_t *node, uint32_t incarnation,
                              const char *path, enum qp_alarm_code cut)
{
    look_at_copies(a, h, r, node, incarnation, path);
    look_at_link(a, r, links, node, path, cut);
}

static void look_at_links(struct qp_alarms *a, struct qp_http *h, struct qp_read *r,
                          const struct qp_link_view *links)
{
    char path[QP_PATH_MAX];
    struct qp_node_entry *v = NULL;
    size_t n = 0;
    if (qp_parent_of(h) && qp_path_parent(path, h->self.path))
        look_at_neighbour(a, h, r, links, qp_parent_of(h), 0, path, QP_ALARM_PARENT_CUT);
    if (qp_nodes_below(r, h->self.path, &v, &n))
        return;
    for (size_t i = 0; i < n; i++) {
        bool child = memcmp(v[i].parent, h->self.node, QP_ID_LEN) == 0 &&
                     memcmp(v[i].node, h->self.node, QP_ID_LEN) != 0;
        if (child && !v[i].revoked && !v[i].quarantined)
            look_at_neighbour(a, h, r, links, v[i].node, v[i].incarnation, v[i].path, QP_ALARM_CHILD_CUT);
    }
    free(v);
}

static void look_at_vain(struct qp_alarms *a, struct qp_http *h)
{
    struct qp_in_force *f = qp_core_policy_hold(h->core);
    size_t n = f ? qp_in_force_vain(f) : 0;
    char line[QP_MISTAKE_TEXT], detail[QP_MISTAKE_TEXT + 40];
    for (size_t i = 0; n > 0 && i < f->vain->n; i++) {
        if (f->vain->v[i].kind == QP_CHANGE_TIGHTER)
            continue;
        qp_change_line(line, &f->vain->v[i], false);
        snprintf(detail, sizeof detail, n > 1 ? "%s; and %zu more" : "%s", line, n - 1);
        raise_alarm(a, QP_ALARM_POLICY_VAIN, "", 0, detail);
        break;
    }
    qp_in_force_release(f);
}

/* A policy takes some seconds through the tree; who has not said for so long that it is there is told. */
#define POLICY_PATIENCE_US 60000000

static void look_at_behind(struct qp_alarms *a, struct qp_http *h, struct qp_read *r)
{
    struct qp_policy_layers l;
    struct qp_node_entry *v = NULL;
    size_t n = 0;
    int64_t newest_us = 0;
    char detail[QP_POLICY_VERSIONS + 16];
    qp_policy_layers(r->tables, r->store, h->self.path, &l);
    for (size_t i = 0; i < l.n; i++)
        newest_us = l.v[i].at_us > newest_us ? l.v[i].at_us : newest_us;
    if (l.n == 0 || qp_wall_us() - newest_us < POLICY_PATIENCE_US || qp_nodes_below(r, h->self.path, &v, &n))
        return;
    struct qp_arena *read = qp_arena_new(QP_DECODE_ARENA);
    for (size_t i = 0; read && i < n; i++) {
        struct qp_policy_state s;
        bool child = memcmp(v[i].parent, h->self.node, QP_ID_LEN) == 0 &&
                     memcmp(v[i].node, h->self.node, QP_ID_LEN) != 0;
        if (!child || v[i].revoked || v[i].quarantined)
            continue;
        qp_policy_state(r->tables, r->store, v[i].node, read, &s);
        if (!qp_policy_behind(&s, &l))
            continue;
        snprintf(detail, sizeof detail, "there: %s", *s.version ? s.version : "0");
        raise_alarm(a, QP_ALARM_POLICY_BEHIND, v[i].path, s.at_us, detail);
    }
    qp_arena_free(read);
    free(v);
}

static void look_at_circulars(struct qp_alarms *a, struct qp_http *h)
{
    for (int p = QP_PERIOD_DAY; p <= QP_PERIOD_MONTH; p++) {
        struct qp_overdue late;
        char name[32], detail[sizeof late.why + 64];
        pthread_mutex_lock(&h->lock);
        late = h->overdue[p];
        pthread_mutex_unlock(&h->lock);
        if (late.since_us == 0)
            continue;
        qp_period_text(name, (enum qp_circular_period)p, late.span.from_us, late.span.to_us, h->zone);
        snprintf(detail, sizeof detail, "%s %s: %s", qp_period_name((uint32_t)p), name, late.why);
        raise_alarm(a, QP_ALARM_CIRCULAR_DUE, "", late.since_us, detail);
    }
}

struct qp_alarms *qp_alarms_look(struct qp_http *h, struct qp_read *r, const struct qp_link_view *links)
{
    struct qp_alarms *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    look_at_standing(a, h); /* this node's own first: the room is theirs before the neighbours' */
    look_at_store(a, h);
    look_at_circulars(a, h);
    look_at_refusals(a, h, r);
    look_at_renewals(a, h, r);
    look_at_links(a, h, r, links);
    look_at_vain(a, h);
    look_at_behind(a, h, r);
    return a;
}

bool qp_alarms_has(const struct qp_alarms *a, enum qp_alarm_code code)
{
    for (size_t i = 0; i < a->n; i++) {
        if (a->v[i].code == code)
            return true;
    }
    return false;
}

const char *qp_alarms_status(const struct qp_alarms *a)
{
    if (qp_alarms_has(a, QP_ALARM_OUT))
        return ROWS[QP_ALARM_OUT].code;
    if (qp_alarms_has(a, QP_ALARM_NO_ROOM))
        return ROWS[QP_ALARM_NO_ROOM].code;
    for (size_t i = 0; i < a->n; i++) {
        if (ROWS[a->v[i].code].grave)
            return "degraded";
    }
    return "ok";
}

const char *qp_alarm_name(enum qp_alarm_code code)
{
    return ROWS[code].code;
}

/* The commands, as they are to be typed: who joins again cannot do so alone, and looks up neither. */
static void put_remedy(struct qp_json *j, const struct qp_http *h, const struct qp_alarm *v)
{
    char text[2 * QP_PATH_MAX + 120] = "", above[QP_PATH_MAX];
    bool own = v->code == QP_ALARM_OUT || v->code == QP_ALARM_REFUSED_ABOVE || v->code == QP_ALARM_FORKED ||
               v->code == QP_ALARM_CERTIFICATE_ENDS || (v->code == QP_ALARM_OLD_COPY && !v->path[0]);
    bool below =
        v->code == QP_ALARM_REFUSED_BELOW || v->code == QP_ALARM_FORKED_BELOW || v->code == QP_ALARM_OLD_COPY;
    const char *path = own ? h->self.path : v->path;
    if ((own || below) && qp_path_parent(above, path))
        snprintf(text, sizeof text, "at %s: qipan invite %s --replace; %s, stopped: qipan join TOKEN --again",
                 above, path, own ? "here" : "there");
    qp_json_put_full(j, "remedy", text);
}

void qp_json_alarms(struct qp_json *j, const struct qp_http *h, const struct qp_alarms *a)
{
    qp_json_key(j, "alarms");
    qp_json_array(j);
    for (size_t i = 0; i < a->n; i++) {
        const struct qp_alarm *v = &a->v[i];
        qp_json_object(j);
        qp_json_put(j, "code", ROWS[v->code].code);
        qp_json_put_bool(j, "grave", ROWS[v->code].grave);
        qp_json_put(j, "path", v->path);
        qp_json_put_time(j, "since", v->since_us);
        qp_json_put(j, "detail", v->detail);
        put_remedy(j, h, v);
        qp_json_put(j, "message", ROWS[v->code].en);
        qp_json_put(j, "message_zh", ROWS[v->code].zh);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
    qp_json_key(j, "alarms_more");
    qp_json_uint(j, a->more);
}

void qp_json_alarm_codes(struct qp_json *j, const struct qp_alarms *a)
{
    qp_json_key(j, "alarms");
    qp_json_array(j);
    for (int code = 0; code < QP_ALARM_CODES; code++) {
        if (qp_alarms_has(a, (enum qp_alarm_code)code))
            qp_json_text(j, ROWS[code].code);
    }
    qp_json_array_end(j);
}
