/* fuzz_files.c: hostile bytes against the readers of files and of what a browser brings: lists of areas, CSV, maps, boundaries,
 * settings, rules and files of time zones, proofs, records of the journal, cookies (fuzz.h). */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "node/config/config.h"
#include "node/http/wire/logins.h"
#include "node/store/inside.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/trust.h"
#include "topology/geo/geojson.h"
#include "topology/map.h"
#include "topology/path.h"
#include "topology/proof.h"
#include "topology/zone.h"
#include "topology/zone_rule.h"

/* ---- lists of areas, CSV, maps ---- */

static bool areas(const char *text, size_t len)
{
    struct qp_areas a;
    if (qp_areas_parse(&a, text, len, "divisions.csv", NULL))
        return false;
    assert(a.n > 0 && a.v[0].parent == -1 && a.v[0].depth == 1);
    for (size_t i = 0; i < a.n; i++) {
        assert(!qp_path_check(a.v[i].path, NULL) && qp_areas_find(&a, a.v[i].path) == (long)i);
        assert(i == 0 || (a.v[i].parent >= 0 && a.v[i].parent < (long)i &&
                          qp_path_within(a.v[i].path, a.v[a.v[i].parent].path)));
    }
    qp_areas_free(&a);
    return true;
}

struct text {
    const char *at;
    size_t left, step;
};

static int text_read(void *arg, char *buf, size_t cap)
{
    struct text *t = arg;
    size_t n = t->left < t->step ? t->left : t->step;
    n = n < cap ? n : cap;
    memcpy(buf, t->at, n);
    t->at += n;
    t->left -= n;
    return (int)n;
}

/* What is read, as one number: rows, fields, their bytes, and which rows were bad. */
static uint64_t csv_sum(const char *text, size_t len, size_t step, size_t *rows)
{
    struct text t = {text, len, step};
    struct qp_csv *c = qp_csv_open(text_read, &t, "rows.csv");
    char **fields;
    size_t n;
    long line;
    uint64_t sum = 14695981039346656037u;
    *rows = 0;
    for (int rc; c && (rc = qp_csv_next(c, &fields, &n, &line, NULL)); ++*rows) {
        sum = (sum ^ (uint64_t)(rc + 2) ^ (uint64_t)line << 8) * 1099511628211u;
        assert(*rows <= len && (rc < 0 || (n > 0 && n <= 256)));
        for (size_t i = 0; rc > 0 && i < n; i++)
            for (const char *p = fields[i]; p == fields[i] || p[-1] != 0; p++)
                sum = (sum ^ (uint8_t)*p) * 1099511628211u;
    }
    qp_csv_close(c);
    return sum;
}

/* The same in whatever pieces it comes. */
static bool csv(const char *text, size_t len)
{
    size_t whole, bytes, odd;
    uint64_t sum = csv_sum(text, len, 65536, &whole);
    assert(csv_sum(text, len, 1, &bytes) == sum && bytes == whole);
    assert(csv_sum(text, len, 7, &odd) == sum && odd == whole);
    return whole > 1;
}

static bool map(const char *text, size_t len)
{
    static struct qp_map_record r;
    struct qp_map *m;
    struct qp_map_columns c;
    char names[4][16] = {"id", "open_dt", "type", "ward"},
         values[4][24] = {"17", "2026-01-02 03:04:05", "", "3"};
    char *header[] = {names[0], names[1], names[2], names[3]},
         *row[] = {values[0], values[1], values[2], values[3]};
    snprintf(values[2], sizeof values[2], "%.8s", len > 40 ? text + len / 2 : "x");
    if (qp_map_parse(&m, text, len, "made.map", NULL))
        return false;
    assert(qp_map_zone(m) && qp_map_title(m));
    if (!qp_map_bind(&c, m, header, 4, NULL) && !qp_map_record(&r, m, &c, row, 4, NULL)) {
        assert(r.text_len <= QP_MAP_TEXT_MAX && r.n_steps <= QP_MAP_STEPS && r.n_codes <= QP_MAP_CODES);
        assert(r.skip || (r.source_ref[0] != 0 && r.title[0] != 0));
    }
    qp_map_free(m);
    return true;
}

static bool boundaries(const char *text, size_t len)
{
    struct qp_geo_file f;
    struct qp_geo_how how = {.crs = QP_CRS_UNKNOWN};
    bool taken = !qp_geo_read(&f, text, len, &how, NULL) && f.n > 0;
    assert(f.n_faults <= QP_GEO_FAULTS_KEPT && f.n_faults <= f.all_faults);
    for (size_t i = 0; i < f.n; i++)
        assert(f.grids[i].code && f.grids[i].feature >= 1 && f.grids[i].feature <= f.features);
    qp_geo_file_free(&f);
    return taken;
}

/* ---- settings: what is taken is written so that it is taken again ---- */

static int file_of(const char *text, size_t len, char path[64])
{
    int fd = memfd_create("settings", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, text, len) == (ssize_t)len);
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static bool settings(const char *text, size_t len)
{
    static struct qp_config c, again;
    char path[64], *printed = NULL;
    size_t n = 0;
    int fd = file_of(text, len, path);
    qp_config_defaults(&c);
    bool taken = !qp_config_file(&c, path, NULL);
    close(fd);
    if (!taken)
        return false;
    FILE *out = open_memstream(&printed, &n);
    assert(out);
    qp_config_print(&c, true, out);
    fclose(out);
    fd = file_of(printed, n, path);
    qp_config_defaults(&again);
    assert(!qp_config_file(&again, path, NULL));
    for (int s = 0; s < QP_SETTING_COUNT; s++)
        assert(strcmp(c.v[s].text, again.v[s].text) == 0);
    close(fd);
    free(printed);
    return true;
}

/* ---- rules of time zones: spans follow one another without a gap ---- */

static bool zone_rule(const char *text, size_t len)
{
    struct qp_zone_rule r;
    struct qp_zone_span span, next;
    if (!qp_zone_rule_parse(&r, text, len))
        return false;
    for (int64_t at = INT64_C(1772352000), i = 0; i < 6; i++, at = span.to_s) {
        qp_zone_rule_span(&span, &r, at);
        assert(span.from_s <= at && at < span.to_s && span.offset_s > -200 * 3600 &&
               span.offset_s < 200 * 3600);
        if (span.to_s == INT64_MAX)
            break;
        qp_zone_rule_span(&next, &r, span.to_s);
        assert(next.from_s <= span.to_s && next.to_s > span.to_s);
    }
    return true;
}

/* ---- files of time zones: what is taken has a clock that goes forward ---- */

static size_t put32(char *p, uint32_t v)
{
    for (int i = 3; i >= 0; i--, v >>= 8)
        p[i] = (char)(v & 0xff);
    return 4;
}

static size_t header(char *p, uint32_t times)
{
    const uint32_t counts[] = {0, 0, 0, times, 2, 8}; /* isut, isstd, leap, times, types, characters */
    memset(p, 0, 20);
    memcpy(p, "TZif2", 5);
    for (size_t i = 0; i < 6; i++)
        put32(p + 20 + 4 * i, counts[i]);
    return 44;
}

static size_t types(char *p)
{
    memset(p, 0, 12);
    put32(p, (uint32_t)-18000);
    put32(p + 6, (uint32_t)-14400);
    p[10] = 1;
    p[11] = 4;
    memcpy(p + 12, "EST\0EDT", 8);
    return 20;
}

/* Version 2: an empty block for old readers, three changes, a rule. */
static size_t tzif_make(char out[FUZZ_MOST])
{
    static const uint32_t at[] = {1572760800, 1583650800, 1604210400};
    static const char rule[] = "\nEST5EDT,M3.2.0,M11.1.0\n";
    size_t n = header(out, 0);
    n += types(out + n);
    n += header(out + n, 3);
    for (size_t i = 0; i < 3; i++) {
        n += put32(out + n, 0);
        n += put32(out + n, at[i]);
    }
    memcpy(out + n, "\0\1\0", 3);
    n += 3;
    n += types(out + n);
    memcpy(out + n, rule, sizeof rule - 1);
    return n + sizeof rule - 1;
}

static bool tzif(const char *bytes, size_t len)
{
    struct qp_zone *z;
    if (qp_zone_read(&z, "Made/Up", bytes, len, NULL))
        return false;
    int64_t before = INT64_MIN, shown = INT64_MIN;
    for (int64_t at = INT64_C(1572760800000000), i = 0; i < 8; i++) {
        int64_t local = qp_zone_local_us(z, at), first = qp_zone_first(z, local),
                next = qp_zone_change_after(z, at);
        assert(first <= at && next > at && qp_zone_local_us(z, first) == local);
        assert(local <= shown || first > before); /* ascending local times, ascending instants */
        before = first;
        shown = local;
        if (next == INT64_MAX)
            break;
        at = next;
    }
    qp_zone_free(z);
    return true;
}

/* ---- proofs, records, cookies: what was changed is nobody's ---- */

static char proof_seed[FUZZ_MOST];
static size_t proof_len;

static size_t proof_make(char out[FUZZ_MOST])
{
    proof_len = trust_proof(proof_seed, sizeof proof_seed);
    memcpy(out, proof_seed, proof_len);
    return proof_len;
}

static bool proof(const char *bytes, size_t len)
{
    static const struct qp_hash other;
    struct qp_proof p;
    struct qp_arena *a = qp_arena_new(QP_PROOF_ARENA);
    assert(a && qp_proof_verify(&p, bytes, len, &other, a, NULL)); /* nobody has this root's key */
    qp_arena_reset(a);
    bool taken = !qp_proof_verify(&p, bytes, len, &trust()->cert[0].id, a, NULL);
    assert(taken == (len == proof_len && memcmp(bytes, proof_seed, len) == 0));
    assert(!taken || (p.n == TRUST_EVENTS && p.ncertificates == TRUST_LEVELS &&
                      strcmp(p.events[0].signer->path, "suzhou/yongqiao/tuohe") == 0));
    qp_arena_free(a);
    return taken;
}

static char record_seed[FUZZ_MOST], cookie_seed[FUZZ_MOST];
static size_t record_len, cookie_len;

static size_t record_make(char out[FUZZ_MOST])
{
    static uint8_t parcel[200];
    struct qp_record r = {.position = 7, .kind = QP_RECORD_OWN, .lane = QP_LANE_BULK, .received_us = 5};
    for (size_t i = 0; i < sizeof parcel; i++)
        parcel[i] = (uint8_t)(i * 7);
    r.parcel = (struct qp_slice){parcel, sizeof parcel};
    record_len = QP_RECORD_OVERHEAD + sizeof parcel;
    qp_record_write((uint8_t *)record_seed, &r);
    memcpy(out, record_seed, record_len);
    return record_len;
}

static bool record(const char *bytes, size_t len)
{
    struct qp_record r;
    bool taken = !qp_record_read(&r, 7, (const uint8_t *)bytes, len, NULL);
    bool same = len == record_len && memcmp(bytes, record_seed, len) == 0;
    assert(taken == same);
    return taken;
}

static struct qp_logins logins;

static size_t cookie_make(char out[FUZZ_MOST])
{
    static const uint8_t key[QP_SEED_LEN] = {3};
    struct qp_login of = {.kind = QP_LOGIN_COOKIE, .user = "wang"};
    assert(!qp_logins_open(&logins, key, NULL, 1000000, NULL));
    qp_login_print(&logins, &of, 1000000, cookie_seed);
    cookie_len = strlen(cookie_seed);
    memcpy(out, cookie_seed, cookie_len);
    return cookie_len;
}

static bool cookie(const char *text, size_t len)
{
    struct qp_login of;
    bool taken = !qp_login_read(&logins, QP_LOGIN_COOKIE, text, 2000000, &of, NULL);
    assert(taken == (strlen(text) == cookie_len && memcmp(text, cookie_seed, cookie_len) == 0));
    (void)len;
    return taken;
}

static const struct fuzz_target TARGETS[] = {
    {.name = "areas",
     .takes = areas,
     .seeds =
         {"code,parent_code,level,name,label\n1,,city,Qi,qicheng\n11,1,county,East,east\n111,11,street,Lake,"
          "lake\n"}},
    {.name = "csv",
     .takes = csv,
     .seeds = {"a,b,c\n1,\"x \"\"y\"\"\",3\r\n\"two\nlines\",,\n", "a;b\n1;2\n",
               "\xef\xbb\xbf"
               "a\n\n1"}},
    {.name = "map",
     .takes = map,
     .seeds = {"[map]\ntitle = T\nzone = UTC\ntimes = %Y-%m-%d %H:%M:%S\n[columns]\nid = id | case\nopened = "
               "open_dt\ntype = type\n"
               "[optional columns]\nward = ward\n[matter]\nsource_ref = {id}\ncategory = {type}\ntitle = "
               "{type}\nsource = made\n"
               "place = Ward {ward:2}\nopened_at = {opened}\n"}},
    {.name = "boundaries",
     .takes = boundaries,
     .seeds = {"{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"code\":"
               "\"1\","
               "\"title\":\"T\",\"node\":\"q/e\"},"
               "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[117.0,33.6],[117.1,33.6],[117.1,33.7],["
               "117.0,33."
               "7],[117.0,33.6]]]}}]}"}},
    {.name = "settings",
     .takes = settings,
     .seeds = {"http {\n    listen = \"127.0.0.1:8080\"\n    threads = 3\n}\n# a word\nstore {\n    "
               "journal_map = \"64M\"\n}\n",
               "link {\n listen = \"tcp://127.0.0.1:4000\"\n}\npolicy { accept_return = false }\n"}},
    {.name = "zone-rule",
     .takes = zone_rule,
     .seeds = {"EST5EDT,M3.2.0,M11.1.0", "CST-8", "<+0330>-3:30<+0430>,J79/24,J263/24",
               "IST-1GMT0,M10.5.0,M3.5.0/1"}},
    {.name = "tzif", .takes = tzif, .seeds = {""}, .seed = tzif_make},
    {.name = "proof", .takes = proof, .seeds = {""}, .seed = proof_make, .sealed = true},
    {.name = "record", .takes = record, .seeds = {""}, .seed = record_make, .sealed = true},
    {.name = "cookie", .takes = cookie, .seeds = {""}, .seed = cookie_make, .sealed = true},
};
FUZZ_MAIN(TARGETS)
