/* inside.h: what the files of this room share. http.h is the manual.
 *
 *   MHD ─► server.c: gather the request ─► routes.c: which call, which right ─► a handler
 *              ▲                                            │ reads: answer.c at once
 *              │ resume                                     │ writes: job (queue.c), suspend
 *              └── qp_http_reply ◄── [turn, commit] ◄── qp_http_take ◄┘
 *
 * A call is one request on its connection, seen by one of MHD's threads at a time. A job is what it asked of
 * the turn: it may outlive its call (a deadline, a caller who hung up), because the turn reads its drafts
 * until it replies. h->lock guards the queue, the slots, the list of parked calls and everything of a job but
 * its drafts. */
#ifndef QP_NODE_HTTP_WIRE_INSIDE_H
#define QP_NODE_HTTP_WIRE_INSIDE_H

#include <string.h>
#include <jansson.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "node/http/http.h"
#include "node/http/wire/tree_memory.h"
#include "node/http/wire/gate.h"
#include "node/http/wire/guesses.h"
#include "node/http/wire/hands.h"
#include "node/http/wire/json_write.h"
#include "node/http/wire/logins.h"
#include "node/http/wire/seen.h"
#include "node/http/wire/overdue.h"
#include "node/http/wire/trail.h"
#include "node/http/wire/whispers.h"
#include "topology/token.h"

enum {
    QP_BODY_MOST = 1024 * 1024,
    QP_FORM_MOST = 4 * 1024,  /* the one form that there is: the button of a log-in link */
    QP_LOGIN_MOST = 8 * 1024, /* a name and a password, of whoever comes */
    QP_BATCH_MOST = 4 * 1024 * 1024,
    QP_PARTS_MOST = 32 * 1024 * 1024,  /* a form in parts, whose files go by and are not kept */
    QP_IMPORT_MOST = 16 * 1024 * 1024, /* boundaries of grids */
    QP_LARGE_BODIES = 16,              /* larger than a batch: that are taken in at the same time */
    QP_ANSWER_SMALL = 256 * 1024,      /* an answer up to this is always given; */
    QP_ANSWERS_MOST =
        256 * 1024 * 1024, /* of reads that are larger, all that are on their way at the same time */
    QP_BATCH_LINES = 1000, /* lines of a batch that wait for one turn at the same time */
    QP_CONNECTIONS = 2048,
    QP_CONNECTION_BYTES = 32 * 1024, /* the request line and headers, and the pieces that a body comes in */
    QP_URI_MOST = 8 * 1024,
    QP_HEADERS_MOST = 12 * 1024,
    QP_IDLE_S = 60,            /* a connection without a request */
    QP_DEADLINE_US = 10000000, /* from the queue to the reply */
    QP_SENT = 1024,            /* files that are remembered with who has sent them */
    /* a stream that has nothing to tell says so: looked at twice a second, within 2 s */
    QP_BEAT_STREAM_US = 1500000,
    QP_LOOK_STREAM_US = 15000000, /* and looks whether its session still stands */
    QP_STREAMS = 512,             /* unless http.streams says another number */
    QP_PASSWORDS = 64,            /* password checks that wait */
    QP_STATUS_MOST = 2048,
    QP_LIST_MOST = 500,
    QP_HISTORY_MOST = 2000,
};

struct qp_call;
typedef enum MHD_Result (*qp_handler)(struct qp_call *c);

/* What went wrong, as the answer says it. */
struct qp_fault {
    struct qp_err e;
    char field[QP_NAME_BYTES + 1]; /* "" where no single field is to blame */
};

enum qp_auth_kind { QP_AUTH_NONE = 0, QP_AUTH_TOKEN, QP_AUTH_SESSION };
struct qp_auth {
    enum qp_auth_kind kind;
    uint32_t rights;
    char by[QP_BY_BYTES + 1];     /* "token:NAME", "user:NAME" */
    char desk[QP_NAME_BYTES + 1]; /* that a token is for; "": none */
    struct qp_span span;          /* which matters he sees and acts on */
    struct qp_own own;            /* and of these only his own, where it says so */
    uint8_t from;                 /* enum qp_audit_from: a program, a browser at a desk or in a hand */
    struct qp_hash hash;          /* of the token's text */
    struct qp_login session;      /* of a cookie */
};

/* Who may, beside the rights of rights.h: whoever has logged in or sends a token; everybody. FORMS, with OPEN: a
 * body is a form, of any page, with a key of its own in it. */
enum { QP_MAY_FORMS = 1 << 28, QP_MAY_KNOWN = 1 << 29, QP_MAY_OPEN = 1 << 30 };
/* Of a call that is audited elsewhere: by the turn, with what it does; by the handler, which knows how it went. */
enum { QP_AUDITED_BY_TURN = -1, QP_AUDITED_BY_DOOR = -2 };
/* How a call is kept within its caller's span: calls/calls.h. */
enum qp_span_by { QP_SPAN_OWN = 1, QP_SPAN_MATTER, QP_SPAN_ROWS, QP_SPAN_FIGURES, QP_SPAN_WHOLE };
struct qp_view;
struct qp_call_row {
    unsigned method;  /* QP_GET ... */
    const char *path; /* "*" stands for one segment, "**" at the end for the rest */
    enum qp_span_by span;
    uint32_t may;     /* any of these rights, or one of QP_MAY_*; never 0: nobody may that */
    size_t body_most; /* 0: takes none */
    bool lines;       /* NDJSON */
    const char *args; /* its arguments behind the `?`; NULL: the handler looks, or any will do */
    int audit; /* enum qp_audit: written down before the handler runs; QP_AUDIT_NO, or one of QP_AUDITED_ */
    qp_handler run;
    const struct qp_view *of; /* of a resource's call: of which kind (calls/resources.h) */
};
enum { QP_GET = 1, QP_POST = 2, QP_DELETE = 4, QP_PATCH = 8, QP_PUT = 16 };

/* What one request asked of the turn: n commands, answered one by one. */
struct qp_job_line {
    int code; /* enum qp_error of the reply */
    bool answered, created;
    uint8_t matter[QP_ID_LEN];
    uint64_t position;
    char *text;               /* malloc'd, of a reply that is not 0 */
    struct qp_sealed *sealed; /* malloc'd with its bytes behind it; NULL: none came */
};
struct qp_job {
    struct qp_http *h;
    struct qp_call *call;   /* NULL once the caller is no longer waiting */
    struct qp_arena *arena; /* the drafts */
    struct qp_command *commands;
    struct qp_job_line *lines;
    struct qp_own *own; /* of who asks, once for all of them; in the arena */
    size_t n, cap, pending;
    unsigned refs;
};

struct qp_call {
    struct qp_http *h;
    struct MHD_Connection *conn;
    const struct qp_call_row *route;
    unsigned method; /* QP_GET (HEAD too), ... */
    bool begun;      /* its head is whole; before, only its address is known */
    bool body_done, discard, close, large;
    enum { QP_URI_FINE = 0, QP_URI_ESCAPED, QP_URI_LONG } uri;
    struct qp_guest *guest; /* the connection */
    struct qp_address from; /* who asks: behind a proxy the one for whom it asks */
    bool flows;             /* its answer is a stream without end */
    size_t answering;       /* bytes of its answer that count among the large ones */
    bool secure;            /* the proxy says that it was asked over TLS */
    unsigned retry_s;       /* for a 429; 0: 1 */
    char *url;
    uint8_t *body;
    size_t body_len, body_cap;
    struct qp_sent_parts *parts; /* in its place, of a form in parts (shape/said.h) */
    int64_t begun_us;            /* boot time */
    struct qp_auth auth;
    struct qp_arena *arena; /* for the answer; made when first asked for */
    int fault_status;       /* found while the headers were read: answered when the body is over */
    const char *fault_code, *fault_allow;
    struct qp_fault fault;

    /* parked */
    qp_handler then;       /* what to do when resumed */
    qp_handler noted_then; /* when it is written down (trail.h) */
    bool parked, late, wants_commit;
    int64_t until_us; /* boot time */
    struct qp_call *prev, *next;
    struct qp_job *job;
    enum { QP_ACK_NONE = 0, QP_ACK_PARENT, QP_ACK_TOP } ack; /* the tick that a write waits for */
    int64_t ack_us;                                          /* how long */
    struct qp_making *making; /* of a resource's write; in the arena (calls/resources.h) */
    void *state;              /* of the handler; freed by state_free with the call */
    void (*state_free)(void *);
};

struct qp_slot {
    uint32_t generation;
    struct qp_job *job;
    size_t line;
};

struct qp_http {
    struct MHD_Daemon *daemon, *tls_daemon;
    struct qp_tls *tls; /* NULL: there is no HTTPS */
    struct qp_store *store;
    struct qp_core *core;
    struct qp_wire *wire;
    struct qp_vault *vault; /* NULL: none */
    struct qp_blobs *blobs; /* NULL: none */
    int wake_fd;
    struct qp_cert self; /* copies, made at the start */
    struct qp_hash root;
    const struct qp_zone *zone;
    char endpoint[QP_ENDPOINT_MAX + 1];
    char url[128], host[96];
    char turn_urls[256], turn_secret[72]; /* "": none */
    char web_root[256];                   /* "": the pages are those that are embedded */
    char map_file[256];                   /* "": none */
    enum qp_http_open311 open311;
    _Atomic bool open311_busy; /* a costly list is being made for somebody without a key */
    int64_t open311_us;        /* of tests: what a call that reads may cost there; 0: as much as is usual */
    int64_t started_us;

    pthread_mutex_t lock;
    bool closing;
    struct qp_slot *slots;
    uint32_t *free_slots;
    size_t nslots, nfree;
    struct qp_command *ring; /* waiting for qp_http_take */
    size_t ring_at, ring_n;
    struct qp_call *parked;
    uint64_t commits;
    size_t nwaiting; /* parked calls that want every commit */
    struct qp_stream *streams;
    size_t nstreams, streams_most;
    uint64_t endings_seen;
    struct qp_tree_memory trees; /* what was answered of the tree lately */
    uint64_t links_sum;          /* of who is in which state, as last looked at */
    uint64_t standing;   /* the alarms that stand, a bit each (calls/stream.c); with the lock, as are: */
    bool standing_known; /* false: nobody has looked since a stream is open */
    int64_t standing_us; /* boot time of the last look */

    pthread_t porter; /* deadlines, heartbeats, password hashes */
    pthread_cond_t porter_wake;
    bool porter_runs, porter_stop, porter_sleeps;
    struct qp_password_work *passwords; /* a list, by lane and in a lane by turn */
    size_t npasswords;

    struct qp_clerk *clerk;                         /* calls/clerk.h */
    int64_t swept_us;                               /* the clerk's: when files were swept (calls/blobs.c) */
    struct qp_overdue overdue[QP_PERIOD_MONTH + 1]; /* by enum qp_circular_period; with the lock */

    struct qp_gate gate;
    struct qp_proxies proxies;
    struct qp_guesses guesses, receipts; /* of passwords; of receipts' codes */
    int64_t (*guesses_us)(void);         /* their clock */
    struct qp_logins logins;
    struct qp_seen seen; /* sessions that were used here */
    struct qp_hands hands;
    struct qp_trail trail;
    struct qp_whisper_ring whispers; /* with the lock */

    _Atomic uint64_t head;      /* of the journal, after the last commit */
    _Atomic int64_t durable_us; /* when that was; 0: nothing was appended since the start */
    _Atomic bool recovering, silent, out;
    /* Which account has sent which file (shape/files.h), and how many since the start; with the lock. */
    uint64_t sent[QP_SENT];
    size_t nsent;
    _Atomic bool wrong_clock; /* the neighbours show another time (T4) */
    _Atomic int out_code;     /* enum qp_error; 0: it is not out */
    char out_why[512];        /* who says that this node is out, and why; with the lock */
    char ring_why[512];       /* what is wrong with the line keys' file; "": nothing; with the lock */
    /* of the first record over its time that cannot be erased; "": none; with the lock, as are: */
    char unerased_why[512];
    uint64_t unerased;
    int64_t unerased_us;
    char dropped_why[512];        /* of the last message from node to node that was dropped here */
    int64_t dropped_us;           /* when; 0: none */
    char later_why[512];          /* why the node above does not renew this one yet (E6); with the lock */
    _Atomic uint32_t incarnation; /* as what it speaks; `self` is as it was at the start */
    _Atomic uint64_t calls;       /* being answered at this moment */
    _Atomic unsigned large;       /* bodies larger than a batch, of calls */
    _Atomic size_t answering;     /* bytes of large answers of reads that are on their way */
    _Atomic uint64_t answers[6];  /* by the status's first digit */
    _Atomic uint64_t commands, busy, late;
};

/* ---- call.c ---- */
int64_t qp_boot_us(void);
int64_t qp_wall_us(void);
struct qp_arena *qp_call_arena(struct qp_call *c); /* 16 MiB at most; NULL when out of memory */
const char *qp_call_header(const struct qp_call *c, const char *name); /* NULL when absent */
const char *qp_call_arg(const struct qp_call *c, const char *name);
/* From a page of another site, as far as browsers say so: Origin, Sec-Fetch-Site. */
bool qp_call_is_foreign(const struct qp_call *c);
/* Copies segment i of the path ("api" is 0); false when there is none or it does not fit. */
bool qp_call_segment(const struct qp_call *c, size_t i, char *out, size_t cap);

/* ---- head.c ---- */
/* The head as it came, before anything is looked up: what is not HTTP, or says one thing twice, becomes the
 * call's fault. */
void qp_head_check(struct qp_call *c, const char *version);
void qp_head_check_length(struct qp_call *c);         /* when the route is known */
void qp_head_uri(struct qp_call *c, const char *uri); /* as it came, not yet unescaped */
/* Who asks, and over what: behind a proxy that is known here what it says of that. */
void qp_head_from(struct qp_call *c);
/* Answers this instead of the call; the body is not kept. close: it is not even read. */
void qp_call_refuse(struct qp_call *c, int status, const char *code, bool close, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Whether a Content-Type is this media type, whatever its parameters. */
bool qp_call_type_is(const char *type, const char *name);
/* A form in parts, from anybody: its files' bytes are let go as they come, so it may have more of them. */
bool qp_call_in_parts(const struct qp_call *c);
size_t qp_call_body_most(const struct qp_call *c);
void qp_call_refuse_big(struct qp_call *c, bool close); /* 413, with what its route takes */

/* ---- listen.c ---- */
/* setting: in sentences, "http.listen". */
int qp_listen(int *fd, const char *setting, const char *listen, char *host, size_t host_cap, char *url,
              size_t url_cap, struct qp_err *e);

/* ---- fault.c ---- */
/* Copies a fault of the code e->code, with the field. */
int qp_fault_set(struct qp_fault *f, int code, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- answer.c ---- */
/* Takes over what j holds. */
enum MHD_Result qp_answer_json(struct qp_call *c, unsigned status, struct qp_json *j);
/* The same of what must not stay in memory: it is overwritten when it was sent. */
enum MHD_Result qp_answer_secret(struct qp_call *c, unsigned status, struct qp_json *j);
enum MHD_Result qp_answer_bytes(struct qp_call *c, unsigned status, const char *type, const void *bytes,
                                size_t len);
/* Whether so large an answer may be made now, for who makes its response himself; if not, qp_answer_crowded is the answer. */
bool qp_answer_has_room(struct qp_call *c, size_t len);
enum MHD_Result qp_answer_crowded(struct qp_call *c);
enum MHD_Result qp_answer_own(struct qp_call *c, unsigned status, const char *type, void *bytes,
                              size_t len); /* frees bytes */
/* An error with a status and code that is not one of crypto/error.h's. */
enum MHD_Result qp_answer_error(struct qp_call *c, unsigned status, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* "code", "message", "message_zh" (proto/said.h), "field" of the error object, for what says more in it (shape/refused.c). */
void qp_json_error(struct qp_json *j, const char *code, const char *text, const char *field);
enum MHD_Result qp_answer_empty(struct qp_call *c, unsigned status);
/* A page that stays (static bytes), without scripts. */
enum MHD_Result qp_answer_page(struct qp_call *c, const char *page, size_t len);
/* The same of one made for this call; frees it. */
enum MHD_Result qp_answer_page_own(struct qp_call *c, unsigned status, char *page, size_t len);
enum MHD_Result qp_answer_redirect(struct qp_call *c, const char *to, const char *cookie);
enum MHD_Result qp_answer_json_cookie(struct qp_call *c, unsigned status, struct qp_json *j,
                                      const char *cookie);
enum MHD_Result qp_respond(struct qp_call *c, unsigned status, struct MHD_Response *r, const char *type);

/* ---- park.c ---- */
/* Parks until the next commit unless there was one since `seen`. 0: parked; QP_EBUSY: look again;
 * QP_EEXPIRED: the time is over. */
int qp_call_wait_commit(struct qp_call *c, qp_handler then, int64_t until_us, uint64_t seen);
uint64_t qp_commits(struct qp_http *h);
void qp_call_park_locked(struct qp_call *c, qp_handler then, int64_t until_us,
                         bool wants_commit); /* with h->lock held */
void qp_call_resume(struct qp_call *c);      /* with h->lock held; harmless when it is not parked */
void qp_porter_poke(struct qp_http *h);      /* wakes the porter; with h->lock held */

/* ---- queue.c ---- */
struct qp_job *qp_job_new(struct qp_http *h, size_t cap, size_t arena_cap);
/* The next command, with a fresh draft in the job's arena; NULL: no room. `by` is set from the auth. */
struct qp_command *qp_job_add(struct qp_job *j, enum qp_op op, const struct qp_auth *auth, Qp__Event **draft);
/* Queues the job's commands and parks the call until all are answered or the deadline; then `then` runs,
 * c->late says which. 0, QP_EBUSY, QP_ESTOPPING: not parked. The call takes over the job in any case
 * (c->job). */
int qp_job_send(struct qp_call *c, struct qp_job *j, qp_handler then, struct qp_err *e);
/* The same of a job that nobody waits for: what becomes of it is seen in the tables. Takes over the job. */
int qp_job_send_alone(struct qp_job *j, struct qp_err *e);
void qp_job_discard(struct qp_job *j); /* one that was never sent and is no call's */
/* The caller no longer waits: replies that are still to come are not written any more. */
void qp_job_leave(struct qp_call *c);
void qp_job_drop(struct qp_call *c); /* leaves and gives it back */
int qp_queue_open(struct qp_http *h, size_t queue, struct qp_err *e);
void qp_queue_close(struct qp_http *h);
/* The usual end of a command: the fault of its reply, or 0. */
int qp_job_fault(const struct qp_job *j, size_t line, bool late, struct qp_fault *f);

/* ---- passwords.c ---- */
struct qp_password_work {
    struct qp_password_work *next;
    struct qp_http *http;
    struct qp_call *call; /* NULL: the caller is gone */
    char password[256];
    char hash[QP_PASSWORD_LEN]; /* check: against this; make: the result */
    enum qp_guess_lane lane;
    size_t turn; /* how many of its address waited in its lane when it came */
    bool make;
    bool waits, working, done; /* with h->lock held */
    bool crowded;              /* gave way to others: try again */
    int code;
    /* Once, whatever becomes of it; tried: code says how it went. May be NULL. */
    void (*over)(struct qp_password_work *w, bool tried);
};
/* Checks or makes a hash in the porter's thread and resumes the call. w is malloc'd; 0: it is c->state from
 * now on. QP_EBUSY when QP_PASSWORDS wait and none of them in a worse lane, QP_ESTOPPING: not parked, w is
 * still the caller's. */
int qp_password_send(struct qp_call *c, struct qp_password_work *w, qp_handler then, struct qp_err *e);
/* The porter's: hashes the first that waits. With h->lock held at both ends, free in between. */
void qp_password_one(struct qp_http *h);
void qp_passwords_stop(struct qp_http *h); /* with h->lock held, when the porter has ended */

/* ---- trail.c ---- */
struct qp_trail_entry {
    unsigned what;  /* enum qp_audit */
    const char *by; /* as in Event.by; "": nobody who is known */
    const char *on; /* of what; may be NULL */
    uint8_t from;   /* 0: where the call comes from */
};
/* Writes it down, then goes on with `then`; what cannot be written down is not done: the answer says why (but of those
 * that trail.h names). The call must have no job of its own. */
enum MHD_Result qp_trail_then(struct qp_call *c, const struct qp_trail_entry *x, qp_handler then);

/* ---- auth.c ---- */
/* 0, QP_EAUTH; fills c->auth from the bearer token or the cookie. QP_EDENIED: a write with a cookie from
 * another origin. */
int qp_auth_call(struct qp_call *c, struct qp_err *e);
/* The same from a key that a client sends in its own way. */
int qp_auth_key(struct qp_call *c, const char *text, struct qp_err *e);
int qp_auth_again(struct qp_http *h, const struct qp_auth *a, struct qp_auth *now, struct qp_err *e);
uint8_t qp_auth_browser(const struct qp_call *c); /* QP_FROM_PHONE, QP_FROM_CONSOLE */
/* Has he one of these rights? QP_EDENIED says which are missing. */
int qp_auth_need(const struct qp_auth *a, uint32_t rights, struct qp_err *e);
/* Whether the matter lies within what he sees: his areas and categories, and his own where he sees no others (DE2). */
bool qp_auth_sees(const struct qp_auth *a, const Qp__Row *row);
/* Whether there are matters that he does not see: then each must be asked about. */
bool qp_auth_sees_some(const struct qp_auth *a);
/* The same of what is of a place and of no category, by the path of its node. */
bool qp_auth_sees_place(const struct qp_auth *a, const char *path);
/* 403 where what he would say is of this place, and he is narrowed to others. */
int qp_auth_need_place(const struct qp_auth *a, const char *path, struct qp_fault *f);
/* Whether he sees his own matters alone, or acts on these alone. */
static inline bool qp_auth_has_own(const struct qp_auth *a)
{
    return a->own.reads || a->own.acts;
}
/* To areas or categories: figures and places are kept within them. */
bool qp_auth_is_narrowed(const struct qp_auth *a);
/* The same as a list's filter, whose seer is the struct qp_auth; NULL: he sees all, and no row needs to be asked about. */
typedef bool (*qp_sees)(const void *auth, const Qp__Row *row);
qp_sees qp_seer_of(const struct qp_auth *a);
/* A report that came before, by its source_ref, and is of a matter that whoever repeats it may not see (DE2): QP_EEXISTS. i: of
 * the call's job. */
int qp_span_check_again(struct qp_call *c, size_t i, struct qp_read *r, struct qp_fault *f);
/* After the rights, by the route: QP_ENOTFOUND for a matter outside, as for one that is not there; QP_EDENIED. */
int qp_span_check(struct qp_call *c, struct qp_fault *f);
void qp_json_rights(struct qp_json *j, uint32_t rights);
void qp_json_roles(struct qp_json *j, uint32_t roles);

/* The parent's id; NULL at the root. */
static inline const uint8_t *qp_parent_of(const struct qp_http *h)
{
    return memcmp(h->self.issuer, h->self.node, QP_ID_LEN) == 0 ? NULL : h->self.issuer;
}

#endif
