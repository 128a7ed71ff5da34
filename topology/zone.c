/* zone.c: reads a TZif file (RFC 8536) and answers which offset holds at an instant, and which instant a
 * local time is.
 *
 *   table (instants, ascending) ──────────────► rule (zone_rule.c)
 *   type 0 │ span │ span │ … │ last change ────► for ever
 *
 * glibc's TZ is one for the whole process; a process that holds many nodes needs many zones, so it is not
 * used. Called by everything that has to do with local time: the board's buckets, imports, calendars. */
#include "topology/zone.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto/crypto.h"
#include "topology/floor.h"
#include "topology/shown.h"
#include "topology/zone_rule.h"

enum {
    NAME_MAX_LEN = 63,
    FILE_CAP = 1 << 20, /* the largest system file has 4 KiB */
    CHANGES_MAX = 20000,
    OFFSET_MIN_S = -89999, /* RFC 8536, section 3.2 */
    OFFSET_MAX_S = 93599,
    HEADER_LEN = 44,
};
#define US_PER_S INT64_C(1000000)

struct qp_zone {
    char name[NAME_MAX_LEN + 1];
    size_t n; /* changes in the table */
    int64_t *at_s;
    int32_t *offset_s;      /* from at_s[i] on */
    int32_t first_offset_s; /* before at_s[0]: type 0 */
    bool has_rule;          /* from the last change on */
    struct qp_zone_rule rule;
};

/* ---- the file ---- */

struct counts {
    uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static int64_t be64(const uint8_t *p)
{
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

/* Length of the data block behind a header; times have 4 or 8 bytes. 64-bit sums of 32-bit counts cannot
 * overflow. */
static uint64_t block_len(const struct counts *c, unsigned time_len)
{
    return (uint64_t)c->time * time_len + c->time + (uint64_t)c->type * 6 + c->chars +
           (uint64_t)c->leap * (time_len + 4U) + c->isstd + c->isut;
}

static bool read_header(struct counts *c, char *version, const uint8_t *p, size_t len)
{
    if (len < HEADER_LEN || memcmp(p, "TZif", 4) != 0)
        return false;
    *version = (char)p[4];
    *c = (struct counts){be32(p + 20), be32(p + 24), be32(p + 28), be32(p + 32), be32(p + 36), be32(p + 40)};
    return c->type >= 1 && c->type <= 256 && c->time <= CHANGES_MAX && c->chars >= 1 && c->leap == 0 &&
           (c->isut == 0 || c->isut == c->type) && (c->isstd == 0 || c->isstd == c->type);
}

/* The data block: change times, their types, and what a type means. */
static bool read_block(struct qp_zone *z, const struct counts *c, const uint8_t *p, unsigned time_len)
{
    const uint8_t *index = p + (size_t)c->time * time_len;
    const uint8_t *types = index + c->time;
    for (uint32_t i = 0; i < c->type; i++) {
        int32_t offset = (int32_t)be32(types + (size_t)i * 6);
        if (offset < OFFSET_MIN_S || offset > OFFSET_MAX_S)
            return false;
    }
    z->first_offset_s = (int32_t)be32(types);
    z->n = c->time;
    if (z->n == 0)
        return true;
    z->at_s = calloc(z->n, sizeof *z->at_s);
    z->offset_s = calloc(z->n, sizeof *z->offset_s);
    if (!z->at_s || !z->offset_s)
        return false;
    for (size_t i = 0; i < z->n; i++) {
        z->at_s[i] = time_len == 8 ? be64(p + i * 8) : (int32_t)be32(p + i * 4);
        if (index[i] >= c->type || (i > 0 && z->at_s[i] <= z->at_s[i - 1]))
            return false;
        z->offset_s[i] = (int32_t)be32(types + (size_t)index[i] * 6);
    }
    return true;
}

static bool read_footer(struct qp_zone *z, const uint8_t *p, size_t len)
{
    if (len < 2 || p[0] != '\n')
        return false;
    const uint8_t *end = memchr(p + 1, '\n', len - 1);
    if (!end)
        return false;
    size_t n = (size_t)(end - p) - 1;
    if (n == 0)
        return true; /* the file knows no rule: the last offset goes on */
    z->has_rule = true;
    return qp_zone_rule_parse(&z->rule, (const char *)p + 1, n);
}

static bool read_tzif(struct qp_zone *z, const uint8_t *p, size_t len)
{
    struct counts c;
    char version;
    if (!read_header(&c, &version, p, len) || block_len(&c, 4) > len - HEADER_LEN)
        return false;
    if (version == '\0')
        return read_block(z, &c, p + HEADER_LEN, 4);
    /* Version 2 and later: the first block is for old readers; a second header, block and the footer follow.
     */
    size_t skip = HEADER_LEN + (size_t)block_len(&c, 4);
    p += skip;
    len -= skip;
    if (!read_header(&c, &version, p, len) || block_len(&c, 8) > len - HEADER_LEN)
        return false;
    size_t block = (size_t)block_len(&c, 8);
    return read_block(z, &c, p + HEADER_LEN, 8) &&
           read_footer(z, p + HEADER_LEN + block, len - HEADER_LEN - block);
}

/* A zone's name is a relative file name of letters, digits, _ + - / and dots inside: never "..", never
 * absolute. */
static bool name_ok(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > NAME_MAX_LEN || name[0] == '/' || name[0] == '.' || name[len - 1] == '/' ||
        strstr(name, "..") || strstr(name, "//") || strstr(name, "/."))
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-./") == len;
}

/* Reads the zone's file from the first folder that has it. */
static int find_file(void **data, size_t *len, const char *name, struct qp_err *e)
{
    static const char *const folders[] = {"/usr/share/zoneinfo", "/usr/lib/zoneinfo",
                                          "/usr/share/lib/zoneinfo"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[128];
        size_t folder_len = strlen(folders[i]), name_len = strlen(name);
        assert(folder_len + name_len + 2 <= sizeof path);
        memcpy(path, folders[i], folder_len);
        path[folder_len] = '/';
        memcpy(path + folder_len + 1, name, name_len + 1);
        struct stat st;
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) /* "America" is a folder: no zone */
            return qp_file_read(path, FILE_CAP, data, len, e);
    }
    return qp_fail(e, QP_ENOTFOUND,
                   "time zone \"%s\" is not in /usr/share/zoneinfo: check its name (such as Asia/Shanghai), "
                   "or install the "
                   "package tzdata",
                   name);
}

static int named(struct qp_zone **out, const char *name, struct qp_err *e)
{
    *out = NULL;
    if (!name || !name_ok(name))
        return qp_fail(e, QP_EINVAL,
                       "\"%.*s\" cannot be the name of a time zone (such as Asia/Shanghai, or UTC)",
                       qp_shown(name ? name : "", NAME_MAX_LEN), name ? name : "");
    struct qp_zone *z = *out = calloc(1, sizeof *z);
    if (!z)
        return qp_fail(e, QP_ENOMEM, "no memory for time zone %s", name);
    memcpy(z->name, name, strlen(name) + 1);
    return 0;
}

/* The rules of a zone that has its name; one that has none is nobody's. */
static int filled(struct qp_zone **z, const void *data, size_t len, struct qp_err *e)
{
    if (read_tzif(*z, data, len))
        return 0;
    qp_fail(e, QP_EINVAL, "time zone \"%s\": its file is damaged or of a kind without rules (TZif, RFC 8536)",
            (*z)->name);
    qp_zone_free(*z);
    *z = NULL;
    return QP_EINVAL;
}

int qp_zone_read(struct qp_zone **out, const char *name, const void *data, size_t len, struct qp_err *e)
{
    int rc = named(out, name, e);
    return !rc ? filled(out, data, len, e) : rc;
}

int qp_zone_load(struct qp_zone **out, const char *name, struct qp_err *e)
{
    void *data = NULL;
    size_t len = 0;
    int rc = named(out, name, e);
    if (rc || strcmp(name, "UTC") == 0)
        return rc;
    rc = find_file(&data, &len, name, e);
    if (!rc)
        rc = filled(out, data, len, e);
    else {
        qp_zone_free(*out);
        *out = NULL;
    }
    free(data);
    return rc;
}

void qp_zone_free(struct qp_zone *z)
{
    if (!z)
        return;
    free(z->at_s);
    free(z->offset_s);
    free(z);
}

const char *qp_zone_name(const struct qp_zone *z)
{
    return z->name;
}

/* ---- instants and local times ---- */

/* The span of one offset that holds at_s. */
static void span_at(struct qp_zone_span *out, const struct qp_zone *z, int64_t at_s)
{
    size_t lo = 0, hi = z->n; /* changes [0, lo) are not after at_s, [hi, n) are */
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (z->at_s[mid] <= at_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    int64_t from = lo > 0 ? z->at_s[lo - 1] : INT64_MIN;
    if (lo == z->n && z->has_rule) {
        qp_zone_rule_span(out, &z->rule, at_s);
        if (out->from_s < from)
            out->from_s = from;
        return;
    }
    out->from_s = from;
    out->to_s = lo < z->n ? z->at_s[lo] : INT64_MAX;
    out->offset_s = lo > 0 ? z->offset_s[lo - 1] : z->first_offset_s;
}

int32_t qp_zone_offset_s(const struct qp_zone *z, int64_t at_us)
{
    struct qp_zone_span s;
    span_at(&s, z, qp_floor_div(at_us, US_PER_S));
    return s.offset_s;
}

void qp_zone_civil(const struct qp_zone *z, int64_t at_us, struct qp_civil *out, int32_t *offset_s)
{
    int64_t at_s = qp_floor_div(at_us, US_PER_S);
    struct qp_zone_span s;
    span_at(&s, z, at_s);
    int64_t local = at_s + s.offset_s;
    int64_t days = qp_floor_div(local, 86400);
    int second = (int)(local - days * 86400);
    qp_civil_from_days((int32_t)days, &out->year, &out->month, &out->day);
    out->hour = second / 3600;
    out->minute = second / 60 % 60;
    out->second = second % 60;
    if (offset_s)
        *offset_s = s.offset_s;
}

/* Goes through the spans round a local time, in order. A local time that exists is local = t + offset with t
 * in the span; the first such span has the first of two repeated hours. Without one it lies in a gap: then
 * the span before the gap gives the offset. */
static int64_t local_to_utc(const struct qp_zone *z, int64_t local_s)
{
    struct qp_zone_span s;
    int64_t before = 0;                  /* what the span before this one makes of it */
    span_at(&s, z, local_s - 2 * 86400); /* offsets are less than 27 hours: not before this span */
    for (;;) {
        int64_t t = local_s - s.offset_s;
        if (t < s.from_s)
            return before;
        if (t < s.to_s)
            return t;
        before = t;
        span_at(&s, z, s.to_s);
    }
}

int64_t qp_zone_instant(const struct qp_zone *z, const struct qp_civil *c)
{
    int64_t local_s = (int64_t)qp_days_from_civil(c->year, c->month, c->day) * 86400 + c->hour * 3600 +
                      c->minute * 60 + c->second;
    return local_to_utc(z, local_s) * US_PER_S;
}

int64_t qp_zone_local_us(const struct qp_zone *z, int64_t at_us)
{
    return at_us + qp_zone_offset_s(z, at_us) * US_PER_S;
}

int64_t qp_zone_first(const struct qp_zone *z, int64_t local_us)
{
    int64_t local_s = qp_floor_div(local_us, US_PER_S);
    int64_t t = local_to_utc(z, local_s);
    struct qp_zone_span s;
    span_at(&s, z, t);
    /* In a gap t lies behind it, in the span that begins where the gap ends. */
    return t + s.offset_s == local_s ? t * US_PER_S + (local_us - local_s * US_PER_S) : s.from_s * US_PER_S;
}

int64_t qp_zone_change_after(const struct qp_zone *z, int64_t at_us)
{
    struct qp_zone_span s;
    span_at(&s, z, qp_floor_div(at_us, US_PER_S));
    return s.to_s > INT64_MAX / US_PER_S ? INT64_MAX : s.to_s * US_PER_S;
}

int64_t qp_day_start(const struct qp_zone *z, int32_t day)
{
    assert(day > -100000000 && day < 100000000);              /* the microseconds must fit */
    return qp_zone_first(z, (int64_t)day * 86400 * US_PER_S); /* midnight was skipped: where the gap ends */
}

int32_t qp_bucket_hour(const struct qp_zone *z, int64_t at_us)
{
    int64_t at_s = qp_floor_div(at_us, US_PER_S);
    struct qp_zone_span s;
    span_at(&s, z, at_s);
    int64_t local = at_s + s.offset_s;
    int64_t start = at_s - (local - qp_floor_div(local, 3600) * 3600);
    if (start < s.from_s) {
        /* The offset changed within this clock hour (Lord Howe's half hours): what comes after is a bucket of
         * its own, unless the change changed nothing but a name. */
        struct qp_zone_span before;
        span_at(&before, z, s.from_s - 1);
        if (before.offset_s != s.offset_s)
            start = s.from_s;
    }
    return (int32_t)qp_floor_div(start, 60);
}

int32_t qp_bucket_day(const struct qp_zone *z, int64_t at_us)
{
    int64_t at_s = qp_floor_div(at_us, US_PER_S);
    struct qp_zone_span s;
    span_at(&s, z, at_s);
    return (int32_t)qp_floor_div(at_s + s.offset_s, 86400);
}
