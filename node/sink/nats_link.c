/* nats_link.c: a connection to a NATS server by libnats, which has threads of its own: what they leave behind is in `heard`. */
#include "node/sink/nats_link.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/crypto.h"
#include "crypto/error.h"

enum { ON_ITS_WAY = 4096, ASK_MS = 10000, CLAIM_MS = 500, SILENT_S = 30, PING_MS = 15000 };

/* What the server says of what was published. The library's threads write it, and may do so after the connection was given up: it
 * lives as long as the process, and hears only the one that is `now`. */
static struct {
    _Atomic(jsCtx *) now;
    atomic_ullong answers, sequence, twice;
    atomic_bool failed; /* the rest is of the first failure */
    int status, code;
    char text[200];
    atomic_bool writes; /* this process is the one that writes */
} heard;

static void on_ack(jsCtx *js, natsMsg *msg, jsPubAck *ack, jsPubAckErr *bad, void *closure)
{
    (void)closure;
    natsMsg_Destroy(msg);
    if (js != atomic_load(&heard.now))
        return;
    if (bad && !atomic_load(&heard.failed)) {
        heard.status = (int)bad->Err;
        heard.code = (int)bad->ErrCode;
        qp_text_cut(heard.text, sizeof heard.text, bad->ErrText ? bad->ErrText : "");
        atomic_store(&heard.failed, true);
    }
    if (ack) {
        atomic_store(&heard.sequence, ack->Sequence);
        atomic_fetch_add(&heard.twice, ack->Duplicate);
    }
    atomic_fetch_add(&heard.answers, 1);
}

static void on_question(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure)
{
    (void)sub, (void)closure;
    if (natsMsg_GetReply(msg) && atomic_load(&heard.writes))
        natsConnection_PublishString(nc, natsMsg_GetReply(msg), "writes");
    natsMsg_Destroy(msg);
}

/* ---- what went wrong ---- */

/* Who may not is told so by the server beside: what he asked has no answer. */
static bool not_permitted(struct qp_nats *n)
{
    const char *said;
    return n->nc && natsConnection_GetLastError(n->nc, &said) == NATS_NOT_PERMITTED;
}

static int fail_link(struct qp_nats *n, natsStatus s, const char *what, struct qp_err *e)
{
    char text[300];
    const char *said = NULL, *more = nats_GetLastError(NULL);
    if (n->nc && natsConnection_GetLastError(n->nc, &said) == NATS_NOT_PERMITTED)
        return qp_fail(e, QP_EPOLICY,
                       "nats: %s: %.200s: let this user publish to %s.>, $JS.API.STREAM.> and _qipan.sink.>, "
                       "and subscribe to _INBOX.> and _qipan.sink.>",
                       what, said, n->at.stream);
    if (s == NATS_NO_RESPONDERS)
        return qp_fail(e, QP_EUNREACHABLE,
                       "nats: %s: nobody answers for JetStream at %s: is it on (nats-server -js)?", what,
                       n->at.url);
    qp_text_cut(text, sizeof text, more && *more ? more : said && *said ? said : natsStatus_GetText(s));
    return qp_fail(e, s == NATS_NO_MEMORY ? QP_ENOMEM : QP_EUNREACHABLE, "nats: %s: %s (%s)", what, text,
                   n->at.url);
}

/* What JetStream answers with a number. */
static int fail_told(const struct qp_nats *n, int code, const char *text, const char *what, struct qp_err *e)
{
    const char *stream = n->at.stream;
    switch (code) {
    case JSStreamNotFoundErr:
        return qp_fail(e, QP_ENOTFOUND, "nats: %s: there is no stream %s", what, stream);
    case JSStreamWrongLastSequenceErr:
    case JSStreamSequenceNotMatchErr:
        return qp_fail(e, QP_EUNREACHABLE,
                       "nats: stream %s goes on elsewhere than where this copy left it (%s): another process "
                       "writes into it, or what a lost connection had sent came late",
                       stream, text);
    case JSStreamStoreFailedErr:
    case JSInsufficientResourcesErr:
    case JSAccountResourcesExceededErr:
    case JSStorageResourcesExceededErr:
    case JSMemoryResourcesExceededErr:
        return qp_fail(e, QP_EIO,
                       "nats: stream %s takes no more (%s): give it more room (nats stream edit %s "
                       "--max-bytes=…, or the server's), or let the oldest go (--discard=old)",
                       stream, text, stream);
    case JSStreamMessageExceedsMaximumErr:
        return qp_fail(e, QP_EPOLICY, "nats: stream %s: %s: nats stream edit %s --max-msg-size=-1", stream,
                       text, stream);
    default: return qp_fail(e, QP_EPOLICY, "nats: %s: %s", what, text);
    }
}

/* ---- connecting ---- */

static natsStatus who_asks(natsOptions *o, const struct qp_nats_target *at)
{
    const char *user = *at->user ? at->user : getenv("NATS_USER"),
               *password = *at->user ? at->password : getenv("NATS_PASSWORD"), *token = getenv("NATS_TOKEN"),
               *creds = getenv("NATS_CREDS");
    if (user && *user && password && *password)
        return natsOptions_SetUserInfo(o, user, password);
    if (*at->user || (token && *token))
        return natsOptions_SetToken(o, *at->user ? at->user : token);
    return creds && *creds ? natsOptions_SetUserCredentialsFromFiles(o, creds, NULL) : NATS_OK;
}

static natsStatus how_sure(natsOptions *o, const struct qp_nats_target *at)
{
    const char *ca = getenv("NATS_CA"), *cert = getenv("NATS_CERT"), *key = getenv("NATS_KEY");
    natsStatus s = natsOptions_SetExpectedHostname(o, at->host);
    if (s == NATS_OK && at->tls)
        s = natsOptions_SetSecure(o, true);
    if (s == NATS_OK && ca && *ca)
        s = natsOptions_LoadCATrustedCertificates(o, ca);
    if (s == NATS_OK && cert && *cert && key && *key)
        s = natsOptions_LoadCertificatesChain(o, cert, key);
    return s;
}

/* One connection and no other behind it: what was on its way when it broke is asked of the stream. */
static natsStatus set_up(natsOptions *o, const struct qp_nats_target *at)
{
    natsStatus s = natsOptions_SetURL(o, at->url);
    if (s == NATS_OK)
        s = natsOptions_SetName(o, "qipan sink");
    if (s == NATS_OK)
        s = natsOptions_SetAllowReconnect(o, false);
    if (s == NATS_OK)
        s = natsOptions_SetNoEcho(o, true);
    if (s == NATS_OK)
        s = natsOptions_SetTimeout(o, ASK_MS);
    if (s == NATS_OK)
        s = natsOptions_SetWriteDeadline(o, 2 * PING_MS);
    if (s == NATS_OK)
        s = natsOptions_SetPingInterval(o, PING_MS);
    return s;
}

int qp_nats_dial(struct qp_nats *n, const struct qp_nats_target *at, struct qp_err *e)
{
    natsOptions *o = NULL;
    jsOptions js;
    *n = (struct qp_nats){.at = *at};
    natsStatus s = jsOptions_Init(&js);
    js.PublishAsync.AckHandler = on_ack;
    js.Wait = ASK_MS;
    if (s == NATS_OK)
        s = natsOptions_Create(&o);
    const char *what = "setting up";
    if (s == NATS_OK)
        s = set_up(o, at);
    if (s == NATS_OK)
        s = how_sure(o, at);
    if (s == NATS_OK)
        s = who_asks(o, at);
    if (s == NATS_OK) {
        what = "no connection";
        s = natsConnection_Connect(&n->nc, o);
    }
    if (s == NATS_OK)
        s = natsConnection_JetStream(&n->js, n->nc, &js);
    natsOptions_Destroy(o);
    if (s != NATS_OK)
        return fail_link(n, s, what, e);
    atomic_store(&heard.now, n->js);
    atomic_store(&heard.failed, false);
    atomic_store(&heard.answers, 0);
    heard.code = heard.status = 0;
    atomic_store(&heard.twice, 0);
    return 0;
}

void qp_nats_hang_up(struct qp_nats *n)
{
    atomic_store(&heard.writes, false);
    atomic_store(&heard.now, NULL);
    natsSubscription_Destroy(n->alone);
    jsCtx_Destroy(n->js);
    natsConnection_Destroy(n->nc);
    *n = (struct qp_nats){.at = n->at};
}

/* ---- asking ---- */

int qp_nats_ask(struct qp_nats *n, const char *what, const char *body, json_t **out, struct qp_err *e)
{
    char subject[QP_NATS_SUBJECT];
    natsMsg *reply = NULL;
    snprintf(subject, sizeof subject, "$JS.API.STREAM.%s.%s", what, n->at.stream);
    natsStatus s = natsConnection_RequestString(&reply, n->nc, subject, body ? body : "", ASK_MS);
    if (s != NATS_OK)
        return fail_link(n, s, "asking of the stream", e);
    json_t *o = json_loadb(natsMsg_GetData(reply), (size_t)natsMsg_GetDataLength(reply), 0, NULL),
           *bad = json_object_get(o, "error");
    const char *text = json_string_value(json_object_get(bad, "description"));
    int rc = !o    ? qp_fail(e, QP_EUNREACHABLE, "nats: the answer of %s is not JSON", n->at.url)
             : bad ? fail_told(n, (int)json_integer_value(json_object_get(bad, "err_code")),
                               text ? text : "an error", what, e)
                   : 0;
    if (rc == QP_EPOLICY && json_integer_value(json_object_get(bad, "code")) >= 500)
        rc = e->code = QP_EUNREACHABLE; /* no leader, starting, too busy */
    if (!rc && out)
        *out = json_incref(o);
    json_decref(o);
    natsMsg_Destroy(reply);
    return rc;
}

int qp_nats_get(struct qp_nats *n, natsMsg **out, uint64_t sequence, const char *subject, struct qp_err *e)
{
    jsErrCode code = 0;
    *out = NULL;
    natsStatus s = sequence ? js_GetMsg(out, n->js, n->at.stream, sequence, NULL, &code)
                            : js_GetLastMsg(out, n->js, n->at.stream, subject, NULL, &code);
    if (s == NATS_OK)
        return 0;
    if (code == JSNoMessageFoundErr || s == NATS_NOT_FOUND)
        return qp_fail(e, QP_ENOTFOUND, "nats: stream %s has no such message", n->at.stream);
    return code ? fail_told(n, (int)code, nats_GetLastError(NULL), "reading the stream", e)
                : fail_link(n, s, "reading the stream", e);
}

int qp_nats_alone(struct qp_nats *n, struct qp_err *e)
{
    char subject[QP_NATS_SUBJECT];
    natsMsg *reply = NULL;
    snprintf(subject, sizeof subject, "_qipan.sink.%s", n->at.stream);
    natsStatus s = natsConnection_Subscribe(&n->alone, n->nc, subject, on_question, NULL);
    if (s == NATS_OK)
        s = natsConnection_RequestString(&reply, n->nc, subject, "who writes?", CLAIM_MS);
    natsMsg_Destroy(reply);
    if (s == NATS_OK)
        return qp_fail(e, QP_EEXISTS, "nats: another process brings a node into stream %s: end it first",
                       n->at.stream);
    if ((s != NATS_NO_RESPONDERS && s != NATS_TIMEOUT) || not_permitted(n))
        return fail_link(n, s, "asking who writes", e);
    atomic_store(&heard.writes, true);
    return 0;
}

/* ---- publishing ---- */

int qp_nats_publish(struct qp_nats *n, natsMsg **msg, const char *id, struct qp_err *e)
{
    char before[24];
    snprintf(before, sizeof before, "%llu", (unsigned long long)n->last);
    natsStatus s = *id ? natsMsgHeader_Set(*msg, "Nats-Msg-Id", id) : NATS_OK;
    if (s == NATS_OK)
        s = natsMsgHeader_Set(*msg, "Nats-Expected-Last-Sequence", before);
    if (s == NATS_OK)
        s = js_PublishMsgAsync(n->js, msg, NULL);
    if (s != NATS_OK)
        return fail_link(n, s, "publishing", e);
    n->last++;
    n->sent++;
    return qp_nats_settle(n, ON_ITS_WAY, e);
}

static int fail_publish(struct qp_nats *n, struct qp_err *e)
{
    unsigned long long twice = atomic_load(&heard.twice);
    if (twice && (!atomic_load(&heard.failed) || heard.code == JSStreamWrongLastSequenceErr))
        return qp_fail(
            e, QP_EUNREACHABLE,
            "nats: the server takes %llu messages for such as it has seen (the duplicate window of "
            "stream %s): they are taken when that has passed",
            twice, n->at.stream);
    if (!atomic_load(&heard.failed))
        return fail_told(n, JSStreamWrongLastSequenceErr, "the last acknowledgement is another message's",
                         "publishing", e);
    if (heard.code)
        return fail_told(n, heard.code, heard.text, "publishing", e);
    return fail_link(n, (natsStatus)heard.status, "publishing", e);
}

static int64_t seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

int qp_nats_settle(struct qp_nats *n, uint64_t most, struct qp_err *e)
{
    static const struct timespec NAP = {.tv_nsec = 500000};
    uint64_t got = atomic_load(&heard.answers), then = got;
    int64_t since = seconds();
    for (; n->sent > got + most && !atomic_load(&heard.failed); got = atomic_load(&heard.answers)) {
        if (natsConnection_IsClosed(n->nc) || not_permitted(n))
            return fail_link(n, NATS_CONNECTION_CLOSED, "publishing", e);
        if (got != then) {
            then = got;
            since = seconds();
        }
        if (seconds() - since > SILENT_S)
            return fail_link(n, NATS_TIMEOUT, "the server acknowledges nothing", e);
        nanosleep(&NAP, NULL);
    }
    if (atomic_load(&heard.failed) || (!most && n->sent && atomic_load(&heard.sequence) != n->last))
        return fail_publish(n, e);
    return 0;
}
