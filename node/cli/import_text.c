/* import_text.c: a file's bytes as UTF-8 text: unpacked, its encoding found out or as the map says, converted
 * by iconv of libc. See import.h.
 *
 *   gzread ─► raw ─► which encoding? ─► iconv ─► ahead (the first block, for the separator) ─► qp_csv
 *
 * UTF-16 shows by its mark or its zeros in the first block. While everything is ASCII nothing is decided; the
 * first block with other bytes is UTF-8 where most of them are its characters, or else GB18030, to which GBK and
 * GB 2312 belong. What an encoding does not have becomes the byte FF, which is no UTF-8: it costs its row alone. */
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "crypto/crypto.h"
#include "node/cli/import.h"

enum { RAW = 65536, AHEAD = 4 * RAW };

struct qp_im_text {
    gzFile gz;
    double size;          /* bytes of the file as it lies there; 0: unknown */
    const char *encoding; /* NULL: not decided */
    iconv_t convert;      /* (iconv_t)-1: none is needed */
    size_t unit;          /* bytes of its shortest character: 2 in UTF-16 */
    char raw[RAW];
    size_t raw_len;
    bool raw_ended, begun, failed;
    struct qp_err why; /* it cannot be read on, and not for its bytes */
    char ahead[AHEAD]; /* converted, not yet given */
    size_t ahead_at, ahead_len;
};

static iconv_t none(void)
{
    return (iconv_t)-1;
}

/* What the second of two letters takes: the first may have a mark before it. */
static size_t unit_of(const char *encoding)
{
    char text[] = "aa", out[64], *from = text, *to = out;
    size_t left = 1, room = sizeof out, first = 0;
    iconv_t c = iconv_open(encoding, "UTF-8");
    if (c == none())
        return 1;
    if (iconv(c, &from, &left, &to, &room) == 0) {
        first = sizeof out - room;
        left = 1;
        if (iconv(c, &from, &left, &to, &room) != 0)
            first = 0;
    }
    iconv_close(c);
    size_t unit = first > 0 ? sizeof out - room - first : 0;
    return unit > 0 ? unit : 1;
}

static int set_encoding(struct qp_im_text *t, const char *encoding, struct qp_err *e)
{
    t->encoding = encoding;
    t->unit = 1;
    if (strcasecmp(encoding, "UTF-8") == 0 || strcasecmp(encoding, "UTF8") == 0)
        return 0;
    t->convert = iconv_open("UTF-8", encoding);
    if (t->convert == none())
        return qp_fail(e, QP_EINVAL, "encoding: iconv does not know \"%.40s\"", encoding);
    t->unit = unit_of(encoding);
    return 0;
}

int qp_im_text_open(struct qp_im_text **out, const char *name, const char *encoding, struct qp_err *e)
{
    struct qp_im_text *t = *out = calloc(1, sizeof *t);
    struct stat st;
    if (!t)
        return qp_fail(e, QP_ENOMEM, "no memory to read %s", name);
    t->convert = none();
    int fd = strcmp(name, "-") == 0 ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return qp_fail(e, errno == ENOENT ? QP_ENOTFOUND : QP_EIO, "%s: %s", name, strerror(errno));
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        t->size = (double)st.st_size;
    t->gz = gzdopen(fd, "rb"); /* reads what is not compressed as it is */
    if (!t->gz) {
        close(fd);
        return qp_fail(e, QP_ENOMEM, "no memory to read %s", name);
    }
    gzbuffer(t->gz, 256 * 1024);
    return encoding ? set_encoding(t, encoding, e) : 0;
}

void qp_im_text_close(struct qp_im_text *t)
{
    if (!t)
        return;
    if (t->convert != none())
        iconv_close(t->convert);
    if (t->gz)
        gzclose(t->gz);
    free(t);
}

double qp_im_text_part(const struct qp_im_text *t)
{
    double at = t->size > 0 ? (double)gzoffset(t->gz) / t->size : 0;
    return at > 1 ? 1 : at;
}

const char *qp_im_text_encoding(const struct qp_im_text *t)
{
    return t->encoding ? t->encoding : "UTF-8";
}

int qp_im_text_why(const struct qp_im_text *t, struct qp_err *e)
{
    return t->why.code != 0 ? qp_fail(e, t->why.code, "%s", t->why.text) : 0;
}

/* ---- which encoding ---- */

/* Zeros at every other place: letters of Latin script in UTF-16. */
static const char *wide(const char *raw, size_t len)
{
    size_t zeros[2] = {0, 0};
    for (size_t i = 0; i < len; i++)
        zeros[i & 1] += raw[i] == 0;
    size_t many = len / 16 + 1;
    if (len < 4 || (zeros[0] < many && zeros[1] < many))
        return NULL;
    return zeros[1] > zeros[0] ? "UTF-16LE" : "UTF-16BE";
}

/* How many bytes are ASCII, from the first on. */
static size_t ascii(const char *raw, size_t len)
{
    size_t n = 0;
    while (n < len && (unsigned char)raw[n] < 0x80)
        n++;
    return n;
}

/* Of what is no ASCII far more is a character of UTF-8 than chance makes of Chinese in GB18030 (one in four). What is
 * none, as a character that some program has cut, costs its row and not the file. A block may end inside a character. */
static bool utf8(const char *raw, size_t len, bool ended)
{
    size_t whole = 0, odd = 0;
    for (size_t i = 0, n; i < len; i += n ? n : 1) {
        n = qp_utf8_len((const uint8_t *)raw + i, len - i);
        if (n == 0 && !ended && len - i < 4)
            break;
        whole += n > 1;
        odd += n == 0;
    }
    return whole >= 4 * odd;
}

static bool marked_utf8(const struct qp_im_text *t)
{
    return t->raw_len >= 3 && memcmp(t->raw, "\xEF\xBB\xBF", 3) == 0;
}

/* A file that says itself that it is UTF-8, as that of rejected rows, is it whatever the map says. */
static void believe_mark(struct qp_im_text *t)
{
    t->begun = true;
    if (!marked_utf8(t))
        return;
    if (t->convert != none())
        iconv_close(t->convert);
    t->convert = none();
    set_encoding(t, "UTF-8", NULL);
}

static void decide(struct qp_im_text *t)
{
    const char *found = NULL;
    size_t mark = 0;
    if (!t->begun && t->raw_len >= 2) {
        static const char marks[2][2] = {{'\xFF', '\xFE'}, {'\xFE', '\xFF'}};
        for (int i = 0; i < 2; i++)
            if (memcmp(t->raw, marks[i], 2) == 0) {
                found = i == 0 ? "UTF-16LE" : "UTF-16BE";
                mark = 2;
            }
        found = found ? found : wide(t->raw, t->raw_len);
    }
    if (!t->begun && marked_utf8(t))
        found = "UTF-8"; /* says so itself: what is not is a bad row */
    t->begun = true;
    size_t plain = ascii(t->raw, t->raw_len);
    if (!found && plain < t->raw_len && (t->raw_ended || t->raw_len - plain >= 4))
        found = utf8(t->raw, t->raw_len, t->raw_ended) ? "UTF-8" : "GB18030";
    if (found && set_encoding(t, found, NULL)) /* iconv's tables may be a package of their own */
        qp_fail(&t->why, QP_EINVAL, "this system cannot convert %s: convert the file to UTF-8 first", found);
    t->raw_len -= mark;
    memmove(t->raw, t->raw + mark, t->raw_len);
}

/* ---- reading ---- */

static bool fill(struct qp_im_text *t)
{
    while (!t->raw_ended && t->raw_len < RAW) {
        int code, n = gzread(t->gz, t->raw + t->raw_len, (unsigned)(RAW - t->raw_len));
        if (n > 0) {
            t->raw_len += (size_t)n;
            continue;
        }
        t->raw_ended = true;
        gzerror(t->gz, &code); /* a compressed file that was cut: zlib only notes that */
        t->failed = n < 0 || code < 0;
    }
    return t->raw_len > 0;
}

static void drop_raw(struct qp_im_text *t, size_t n)
{
    t->raw_len -= n;
    memmove(t->raw, t->raw + n, t->raw_len);
}

/* One block of raw into ahead. */
static void convert(struct qp_im_text *t)
{
    char *in = t->raw, *out = t->ahead;
    size_t in_left = t->raw_len, out_left = AHEAD;
    while (in_left > 0) {
        size_t rc = iconv(t->convert, &in, &in_left, &out, &out_left);
        if (rc != (size_t)-1 || errno == E2BIG)
            break;
        if (errno == EINVAL && !t->raw_ended && in > t->raw)
            break; /* a character that is cut: the rest of it comes */
        if (out_left == 0)
            break;
        size_t over = t->unit < in_left ? t->unit : in_left; /* else all that follows would be read askew */
        *out++ = '\xFF';
        out_left--;
        in += over;
        in_left -= over;
    }
    t->ahead_len = (size_t)(out - t->ahead);
    drop_raw(t, (size_t)(in - t->raw));
}

/* More text into ahead; false at the end. */
static bool more(struct qp_im_text *t)
{
    t->ahead_at = t->ahead_len = 0;
    while (t->ahead_len == 0) {
        if (!fill(t))
            return false;
        if (!t->begun && t->encoding)
            believe_mark(t);
        if (!t->encoding)
            decide(t);
        if (t->why.code != 0)
            return false;
        if (t->convert != none()) {
            convert(t);
        } else {
            size_t n =
                t->encoding ? t->raw_len : ascii(t->raw, t->raw_len); /* the rest tells with what comes */
            memcpy(t->ahead, t->raw, n);
            t->ahead_len = n;
            drop_raw(t, n);
        }
    }
    return true;
}

int qp_im_text_read(void *text, char *buf, size_t cap)
{
    struct qp_im_text *t = text;
    if (t->ahead_at == t->ahead_len && !more(t)) {
        bool failed = t->failed;
        t->failed = false;
        return failed || t->why.code != 0 ? -1 : 0;
    }
    size_t n = t->ahead_len - t->ahead_at;
    n = n < cap ? n : cap;
    memcpy(buf, t->ahead + t->ahead_at, n);
    t->ahead_at += n;
    return (int)n;
}

char qp_im_text_separator(struct qp_im_text *t)
{
    static const char known[] = ",;\t|";
    size_t count[sizeof known] = {0}, best = 0;
    bool quoted = false;
    if (t->ahead_len == 0)
        more(t);
    for (size_t i = 0; i < t->ahead_len && (quoted || t->ahead[i] != '\n'); i++) {
        const char *at = t->ahead[i] != '\0' ? strchr(known, t->ahead[i]) : NULL;
        quoted ^= t->ahead[i] == '"';
        if (at && !quoted)
            count[at - known]++;
    }
    for (size_t i = 0; i < sizeof known - 1; i++)
        if (count[i] > count[best])
            best = i;
    return known[best];
}
