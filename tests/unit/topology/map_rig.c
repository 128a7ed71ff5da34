/* map_rig.c: see map_rig.h. */
#include "tests/unit/topology/map_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qp_map *rig_boston(void)
{
    struct qp_map *m;
    struct qp_err e;
    if (qp_map_read(&m, "topology/areas/boston/boston311.map", &e))
        fail_msg("%s", e.text);
    return m;
}

int64_t rig_utc(const char *text)
{
    int64_t at_us;
    assert_int_equal(qp_time_parse(&at_us, text, NULL), 0);
    return at_us;
}

/* Cuts "a,b,c" (no quotes) into fields. */
static size_t cut(char *text, char *fields[64])
{
    size_t n = 0;
    for (char *p = text; p && n < 64;) {
        fields[n++] = p;
        p = strchr(p, ',');
        if (p)
            *p++ = '\0';
    }
    return n;
}

int rig_record(struct qp_map_record **out, const struct qp_map *m, const char *header, const char *row,
               struct qp_err *e)
{
    char h[1024], v[1024], *fields[64];
    snprintf(h, sizeof h, "%s", header);
    snprintf(v, sizeof v, "%s", row);
    struct qp_map_columns c;
    size_t n = cut(h, fields);
    if (qp_map_bind(&c, m, fields, n, e))
        fail_msg("%s", e->text);
    *out = malloc(sizeof **out);
    assert_non_null(*out);
    memset(*out, 0xA5, sizeof **out); /* nothing may be left as it was */
    n = cut(v, fields);
    return qp_map_record(*out, m, &c, fields, n, e);
}

struct qp_map_record *rig_good(const struct qp_map *m, const char *header, const char *row)
{
    struct qp_map_record *r;
    struct qp_err e;
    if (rig_record(&r, m, header, row, &e))
        fail_msg("%s", e.text);
    return r;
}
