/* logins.c: see logins.h. Called by auth.c and calls/session.c. */
#include "node/http/wire/logins.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FRONT = 1 + 8 + QP_LOGIN_ID + QP_LOGIN_STAMP + 1,
    BYTES_MOST = FRONT + QP_NAME_BYTES + QP_HASH_LEN,
    FILE_MOST = 16 * 1024 * 1024,
    LINE = 128,
};
static_assert((int)QP_NAME_BYTES >= (int)QP_HASH_LEN, "a token's hash takes no more room than a name");
static_assert(QP_LOGIN_TEXT > (BYTES_MOST * 4 + 2) / 3, "a session's text fits");
static const char MAGIC[] = "qipan-ended-1\n";

/* One line of the list. all_until_us: of this subject everything issued up to then; else the one id. */
struct qp_ended {
    int64_t until_us; /* then it would have ended anyway */
    int64_t all_until_us;
    uint8_t subject[8], id[QP_LOGIN_ID];
};

static void subject_of(uint8_t out[8], const struct qp_login *s)
{
    struct qp_hash h;
    const struct qp_part parts[] = {
        {*s->user ? "u" : "t", 1}, {s->user, strlen(s->user)}, {s->token.b, *s->user ? 0 : QP_HASH_LEN}};
    qp_hash_parts(&h, parts, 3);
    memcpy(out, h.b, 8);
}

static int64_t ends_us(const struct qp_login *s)
{
    return s->issued_us + (s->kind == QP_LOGIN_LINK ? QP_LINK_S : QP_SESSION_S) * INT64_C(1000000);
}

void qp_login_stamp(uint8_t stamp[QP_LOGIN_STAMP], const char *password_hash)
{
    struct qp_hash h;
    qp_hash(&h, password_hash, strlen(password_hash));
    memcpy(stamp, h.b, QP_LOGIN_STAMP);
}

/* ---- the text ---- */

static void mac_of(struct qp_hash *mac, const struct qp_logins *s, const uint8_t *body, size_t len)
{
    static const char LABEL[] = "qipan session";
    const struct qp_part parts[] = {{LABEL, sizeof LABEL}, {s->key, sizeof s->key}, {body, len}};
    qp_hash_parts(mac, parts, 3);
}

void qp_login_print(struct qp_logins *s, struct qp_login *of, int64_t now_us, char text[QP_LOGIN_TEXT])
{
    uint8_t b[BYTES_MOST];
    struct qp_hash mac;
    size_t len = *of->user ? strlen(of->user) : QP_HASH_LEN;
    of->issued_us = now_us;
    qp_random(of->id, sizeof of->id);
    b[0] = (uint8_t)of->kind;
    for (int i = 0; i < 8; i++)
        b[1 + i] = (uint8_t)((uint64_t)now_us >> (56 - 8 * i));
    memcpy(b + 9, of->id, QP_LOGIN_ID);
    memcpy(b + 9 + QP_LOGIN_ID, of->stamp, QP_LOGIN_STAMP);
    b[FRONT - 1] = *of->user ? 'u' : 't';
    memcpy(b + FRONT, *of->user ? (const void *)of->user : of->token.b, len);
    mac_of(&mac, s, b, FRONT + len);
    memcpy(b + FRONT + len, mac.b, QP_HASH_LEN);
    qp_b64(text, b, FRONT + len + QP_HASH_LEN);
}

static bool unpack(struct qp_login *out, const uint8_t *b, size_t len)
{
    uint64_t issued = 0;
    *out = (struct qp_login){.kind = (enum qp_login_kind)b[0]};
    for (int i = 0; i < 8; i++)
        issued = issued << 8 | b[1 + i];
    out->issued_us = (int64_t)issued;
    memcpy(out->id, b + 9, QP_LOGIN_ID);
    memcpy(out->stamp, b + 9 + QP_LOGIN_ID, QP_LOGIN_STAMP);
    if (b[FRONT - 1] == 't' && len == FRONT + QP_HASH_LEN) {
        memcpy(out->token.b, b + FRONT, QP_HASH_LEN);
        return true;
    }
    if (b[FRONT - 1] != 'u' || len == FRONT || len - FRONT > QP_NAME_BYTES)
        return false;
    memcpy(out->user, b + FRONT, len - FRONT);
    return true;
}

int qp_login_read(struct qp_logins *s, enum qp_login_kind kind, const char *text, int64_t now_us,
                  struct qp_login *out, struct qp_err *e)
{
    uint8_t b[BYTES_MOST];
    struct qp_hash mac, said;
    long n = qp_unb64(b, sizeof b, text);
    if (n >= FRONT + QP_HASH_LEN) {
        mac_of(&mac, s, b, (size_t)n - QP_HASH_LEN);
        memcpy(said.b, b + n - QP_HASH_LEN, QP_HASH_LEN);
    }
    if (n < FRONT + QP_HASH_LEN || !qp_hash_eq(&mac, &said) || !unpack(out, b, (size_t)n - QP_HASH_LEN) ||
        out->kind != kind)
        return qp_fail(e, QP_EAUTH, "the session is not known here; log in again");
    return qp_login_stands(s, out, now_us, e);
}

/* ---- the list; with the lock held ---- */

static bool is_over(const struct qp_logins *s, const struct qp_login *of)
{
    uint8_t subject[8];
    subject_of(subject, of);
    for (size_t i = 0; i < s->n; i++) {
        const struct qp_ended *v = &s->ended[i];
        if (memcmp(v->subject, subject, sizeof subject) == 0 &&
            (of->issued_us <= v->all_until_us || memcmp(v->id, of->id, QP_LOGIN_ID) == 0))
            return true;
    }
    return false;
}

static void forget_old(struct qp_logins *s, int64_t now_us)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (s->ended[i].until_us > now_us)
            s->ended[kept++] = s->ended[i];
    }
    s->n = kept;
}

static bool add(struct qp_logins *s, const struct qp_ended *v)
{
    if (s->n == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 64;
        struct qp_ended *p = realloc(s->ended, cap * sizeof *p);
        if (!p)
            return false;
        s->ended = p;
        s->cap = cap;
    }
    s->ended[s->n++] = *v;
    return true;
}

/* One line for all that the account had takes the place of its others. */
static void gather(struct qp_logins *s, struct qp_ended *new, int64_t upto_us)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (memcmp(s->ended[i].subject, new->subject, sizeof new->subject) != 0)
            s->ended[kept++] = s->ended[i];
    }
    s->n = kept;
    new->all_until_us = upto_us;
    new->until_us = upto_us + QP_LINK_S *INT64_C(1000000);
}

/* Too many of one account. */
static void gather_many(struct qp_logins *s, struct qp_ended *new, int64_t now_us)
{
    size_t same = 0;
    for (size_t i = 0; i < s->n; i++)
        same += memcmp(s->ended[i].subject, new->subject, sizeof new->subject) == 0;
    if (same >= QP_ENDED_EACH)
        gather(s, new, now_us);
}

static int line_of(char line[LINE], const struct qp_ended *v)
{
    char subject[17], id[2 * QP_LOGIN_ID + 1];
    qp_hex(subject, v->subject, sizeof v->subject);
    qp_hex(id, v->id, sizeof v->id);
    return snprintf(line, LINE, "%lld %lld %s %s\n", (long long)v->until_us, (long long)v->all_until_us,
                    subject, id);
}

static int write_all(const struct qp_logins *s, struct qp_err *e)
{
    size_t len = sizeof MAGIC - 1;
    char *text = malloc(len + s->n * LINE);
    if (!text)
        return qp_fail(e, QP_ENOMEM, "out of memory");
    memcpy(text, MAGIC, len);
    for (size_t i = 0; i < s->n; i++)
        len += (size_t)line_of(text + len, &s->ended[i]);
    int rc = qp_file_replace(s->path, text, len, 0600, e);
    free(text);
    return rc;
}

/* One line more, or all of them anew when some were taken out. */
static int keep(struct qp_logins *s, const struct qp_ended *v, bool anew, struct qp_err *e)
{
    char line[LINE];
    if (!*s->path)
        return 0;
    if (anew || s->torn || access(s->path, F_OK)) {
        int rc = write_all(s, e);
        s->torn = rc;
        return rc;
    }
    size_t len = (size_t)line_of(line, v);
    int fd = open(s->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    bool ok = fd >= 0 && write(fd, line, len) == (ssize_t)len && fdatasync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    s->torn = !ok;
    return ok ? 0 : qp_fail(e, QP_EIO, "%s: %s", s->path, strerror(why));
}

int qp_login_stands(struct qp_logins *s, const struct qp_login *of, int64_t now_us, struct qp_err *e)
{
    pthread_mutex_lock(&s->lock);
    bool over = is_over(s, of);
    pthread_mutex_unlock(&s->lock);
    if (over || now_us >= ends_us(of))
        return qp_fail(e, QP_EAUTH, "the session is over; log in again");
    return 0;
}

/* With the lock held. upto_us: all that were issued up to then; 0: the one alone. What is in the list is over now, whyever it is not in
 * the file (QP_EIO). */
static int end_by(struct qp_logins *s, struct qp_ended *v, int64_t upto_us, int64_t now_us, struct qp_err *e)
{
    size_t before = s->n;
    forget_old(s, now_us);
    if (upto_us != 0)
        gather(s, v, upto_us);
    else
        gather_many(s, v, now_us);
    bool anew = s->n != before;
    if (!add(s, v))
        return qp_fail(e, QP_ENOMEM, "out of memory: nothing has ended; try again");
    return keep(s, v, anew, e) ? QP_EIO : 0;
}

int qp_login_end(struct qp_logins *s, const struct qp_login *of, int64_t now_us, struct qp_err *e)
{
    struct qp_ended v = {.until_us = ends_us(of)};
    subject_of(v.subject, of);
    memcpy(v.id, of->id, QP_LOGIN_ID);
    pthread_mutex_lock(&s->lock);
    int rc = is_over(s, of) || now_us >= ends_us(of) ? qp_fail(e, QP_EEXISTS, "it was over already")
                                                     : end_by(s, &v, 0, now_us, e);
    pthread_mutex_unlock(&s->lock);
    atomic_fetch_add(&s->endings, 1);
    return rc;
}

int qp_logins_end(struct qp_logins *s, const struct qp_login *of, int64_t upto_us, int64_t now_us,
                  struct qp_err *e)
{
    struct qp_ended v = {.until_us = 0};
    assert(upto_us > 0 && upto_us >= now_us);
    subject_of(v.subject, of);
    memcpy(v.id, of->id, QP_LOGIN_ID);
    pthread_mutex_lock(&s->lock);
    int rc = end_by(s, &v, upto_us, now_us, e);
    pthread_mutex_unlock(&s->lock);
    atomic_fetch_add(&s->endings, 1);
    return rc;
}

/* ---- open and close ---- */

/* False: out of memory. A line that is not understood, or of what would be over by now, is skipped. */
static bool read_line(struct qp_logins *s, const char *line, int64_t now_us)
{
    struct qp_ended v = {0};
    char subject[17], id[2 * QP_LOGIN_ID + 1];
    long long until, all;
    if (sscanf(line, "%lld %lld %16s %32s", &until, &all, subject, id) != 4 ||
        qp_unhex(v.subject, sizeof v.subject, subject) || qp_unhex(v.id, sizeof v.id, id) || until <= now_us)
        return true;
    v.until_us = until;
    v.all_until_us = all;
    return add(s, &v);
}

static int read_all(struct qp_logins *s, int64_t now_us, struct qp_err *e)
{
    void *bytes;
    size_t len;
    int rc = qp_file_read(s->path, FILE_MOST, &bytes, &len, e);
    if (rc == QP_ENOTFOUND)
        return 0;
    if (rc)
        return rc;
    bool ok = true;
    for (char *line = bytes, *end; ok && (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        ok = read_line(s, line, now_us);
    }
    free(bytes);
    return ok ? write_all(s, e) : qp_fail(e, QP_ENOMEM, "%s: out of memory", s->path);
}

int qp_logins_open(struct qp_logins *s, const uint8_t *key, const char *path, int64_t now_us,
                   struct qp_err *e)
{
    *s = (struct qp_logins){.n = 0};
    pthread_mutex_init(&s->lock, NULL);
    if (key)
        memcpy(s->key, key, sizeof s->key);
    else
        qp_random(s->key, sizeof s->key);
    if (path && strlen(path) >= sizeof s->path)
        return qp_fail(e, QP_EINVAL, "http: the name of the sessions' file is too long");
    if (path)
        memcpy(s->path, path, strlen(path) + 1);
    return *s->path ? read_all(s, now_us, e) : 0;
}

void qp_logins_close(struct qp_logins *s)
{
    explicit_bzero(s->key, sizeof s->key);
    free(s->ended);
    pthread_mutex_destroy(&s->lock);
}
