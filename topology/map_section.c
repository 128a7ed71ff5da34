/* map_section.c: the sections of a map and their keys, one function a section; see map_form.h. Called by
 * map.c line by line. */
#include "topology/map_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

enum section { NOWHERE, MAP, COLUMNS, VALUES, MATTER, AREA, ENTER, SKIP, STEP };

static int read_form(const struct qp_form_reader *r, struct qp_map_form *out, const char *key, char *value)
{
    struct qp_form_fault f;
    if (out->n > 0)
        return qp_form_bad(r, "%s is given twice", key);
    return qp_form_read(out, r->m, value, &f) ? 0 : qp_form_bad(r, "%s: %s", key, f.text);
}

static int read_when(const struct qp_form_reader *r, struct qp_form_condition *out, char *value)
{
    struct qp_form_fault f;
    if (out->n > 0)
        return qp_form_bad(r, "when is given twice: join the parts by and, or by or");
    return qp_form_read_condition(out, r->m, value, &f) ? 0 : qp_form_bad(r, "when: %s", f.text);
}

/* ---- [map] ---- */

/* A file name in the map counts from the map's folder. */
static int set_areas(const struct qp_form_reader *r, char *value)
{
    const char *slash = value[0] == '/' ? NULL : strrchr(r->name, '/');
    size_t folder = slash ? (size_t)(slash - r->name) + 1 : 0, len = strlen(value);
    r->m->areas = malloc(folder + len + 1);
    if (!r->m->areas)
        return qp_fail(r->e, QP_ENOMEM, "%s: no memory", r->name);
    memcpy(r->m->areas, r->name, folder);
    memcpy(r->m->areas + folder, value, len + 1);
    return 0;
}

static int set_times(const struct qp_form_reader *r, char *value)
{
    struct qp_map *m = r->m;
    m->n_times = qp_form_split(value, m->times, QP_FORM_TIMES);
    if (m->n_times == 0)
        return qp_form_bad(r, "times must be 1 to %d patterns with | between them", QP_FORM_TIMES);
    for (size_t i = 0; i < m->n_times; i++) {
        const char *fault = qp_form_time_fault(m->times[i]);
        if (fault)
            return qp_form_bad(r, "times: \"%.60s\": %s", m->times[i], fault);
    }
    return 0;
}

static int set_title(const struct qp_form_reader *r, char *value)
{
    r->m->title = value;
    return 0;
}

static int set_zone(const struct qp_form_reader *r, char *value)
{
    struct qp_err why;
    int rc = qp_zone_load(&r->m->zone, value, &why);
    return !rc ? rc : qp_fail(r->e, rc, "%s:%ld: %s", r->name, r->line, why.text);
}

static int set_encoding(const struct qp_form_reader *r, char *value)
{
    r->m->encoding = value;
    return 0;
}

static int set_separator(const struct qp_form_reader *r, char *value)
{
    if (strcmp(value, "tab") == 0)
        r->m->separator = '\t';
    else if (strlen(value) == 1 && strchr(",;|:~", value[0]))
        r->m->separator = value[0];
    else
        return qp_form_bad(r, "separator is one of , ; | : ~ or the word tab");
    return 0;
}

/* A date, from whose beginning in the map's zone it counts. */
static int set_bound(const struct qp_form_reader *r, const char *key, const char *value, int64_t *at_us)
{
    char text[32];
    struct qp_err why;
    if (!r->m->zone)
        return qp_form_bad(r, "%s must stand below zone", key);
    snprintf(text, sizeof text, "%.10sT00:00:00", value);
    if (strlen(value) != 10 || qp_time_parse_local(at_us, text, r->m->zone, &why))
        return qp_form_bad(r, "%s: \"%.40s\" is not a date such as 1950-01-01", key, value);
    return 0;
}

static int set_earliest(const struct qp_form_reader *r, char *value)
{
    r->m->has_earliest = true;
    return set_bound(r, "earliest", value, &r->m->earliest_us);
}

static int set_latest(const struct qp_form_reader *r, char *value)
{
    r->m->has_latest = true;
    return set_bound(r, "latest", value, &r->m->latest_us);
}

static int set_nothing(const struct qp_form_reader *r, char *value)
{
    r->m->n_nothing = qp_form_split(value, r->m->nothing, QP_FORM_WORDS);
    return r->m->n_nothing > 0
               ? 0
               : qp_form_bad(r, "nothing must be 1 to %d words with | between them", QP_FORM_WORDS);
}

static int set_no_position(const struct qp_form_reader *r, char *value)
{
    const char *piece[QP_FORM_WORDS];
    size_t n = qp_form_split(value, piece, QP_FORM_WORDS);
    for (size_t i = 0; i < n; i++) {
        struct qp_form_position *p = &r->m->no_position[i];
        char *end, *last;
        p->lat = strtod(piece[i], &end);
        p->lon = strtod(end, &last);
        if (end == piece[i] || last == end || *last != '\0')
            return qp_form_bad(r, "no_position: \"%.60s\" is not a latitude, a blank and a longitude",
                               piece[i]);
    }
    r->m->n_no_position = n;
    return n > 0 ? 0
                 : qp_form_bad(r, "no_position must be 1 to %d positions with | between them", QP_FORM_WORDS);
}

/* One of two words. */
static int set_word(const struct qp_form_reader *r, const char *value, const char *no, const char *yes,
                    bool *out)
{
    *out = strcmp(value, yes) == 0;
    return *out || strcmp(value, no) == 0 ? 0 : qp_form_bad(r, "\"%.40s\" must be %s, or %s", value, no, yes);
}

static int set_order(const struct qp_form_reader *r, char *value)
{
    return set_word(r, value, "lat lon", "lon lat", &r->m->lon_first);
}

static int set_identity(const struct qp_form_reader *r, char *value)
{
    return set_word(r, value, "source and source_ref", "source_ref", &r->m->by_ref_alone);
}

static int set_before_opening(const struct qp_form_reader *r, char *value)
{
    return set_word(r, value, "reject", "raise", &r->m->raise);
}

static int set_shorten(const struct qp_form_reader *r, char *value)
{
    const char *piece[16];
    size_t n = qp_form_split(value, piece, 16);
    if (n == 0)
        return qp_form_bad(r, "shorten must be names of texts with | between them");
    for (size_t i = 0; i < n; i++) {
        uint32_t bit = qp_form_shorten(piece[i]);
        if (bit == 0)
            return qp_form_bad(r,
                               "shorten: %.40s cannot be cut; these can: title, text, place, note, result, "
                               "reason, category, "
                               "desk, source",
                               piece[i]);
        r->m->shorten |= bit;
    }
    return 0;
}

static int key_map(const struct qp_form_reader *r, const char *key, char *value)
{
    static const struct {
        const char *key;
        int (*set)(const struct qp_form_reader *, char *);
    } keys[] = {
        {"title", set_title},
        {"zone", set_zone},
        {"times", set_times},
        {"areas", set_areas},
        {"encoding", set_encoding},
        {"separator", set_separator},
        {"earliest", set_earliest},
        {"latest", set_latest},
        {"nothing", set_nothing},
        {"no_position", set_no_position},
        {"position_order", set_order},
        {"identity", set_identity},
        {"before_opening", set_before_opening},
        {"shorten", set_shorten},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(keys[i].key, key) != 0)
            continue;
        if ((r->m->map_keys & 1u << i) != 0)
            return qp_form_bad(r, "%s is given twice", key);
        r->m->map_keys |= 1u << i;
        return keys[i].set(r, value);
    }
    return qp_form_bad(r,
                       "[map] has no %.60s: it has title, zone, times, areas, encoding, separator, earliest, "
                       "latest, nothing, no_position, position_order, identity, before_opening, shorten",
                       key);
}

/* ---- [columns], [values NAME] ---- */

static int key_columns(const struct qp_form_reader *r, const char *key, char *value)
{
    struct qp_map *m = r->m;
    if (strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(key))
        return qp_form_bad(r, "column %.60s: a name is of a-z, 0-9 and _", key);
    if (qp_form_column(m, key) >= 0)
        return qp_form_bad(r, "column %.60s is named twice", key);
    if (m->n_columns == QP_MAP_COLUMNS)
        return qp_form_bad(r, "more than %d columns", QP_MAP_COLUMNS);
    struct qp_form_column *c = &m->column[m->n_columns];
    c->n_headers = qp_form_split(value, c->header, QP_FORM_HEADERS);
    if (c->n_headers == 0)
        return qp_form_bad(r, "column %.60s: give 1 to %d header names with | between them", key,
                           QP_FORM_HEADERS);
    c->name = key;
    c->required = r->required;
    m->n_columns++;
    return 0;
}

/* Quotes keep blanks, and let a value begin with one. */
static char *unquoted(char *text)
{
    size_t len = strlen(text);
    if (len < 2 || text[0] != '"' || text[len - 1] != '"')
        return text;
    text[len - 1] = '\0';
    return text + 1;
}

static int key_values(const struct qp_form_reader *r, char *key, char *value)
{
    struct qp_map *m = r->m;
    int table = (int)m->n_tables - 1;
    key = unquoted(key);
    for (size_t i = 0; i < m->n_values; i++)
        if (m->value[i].table == table && strcmp(m->value[i].from, key) == 0)
            return qp_form_bad(r, "\"%.60s\" is in the table twice", key);
    if (m->n_values == QP_FORM_VALUES)
        return qp_form_bad(r, "more than %d rows in tables of values", QP_FORM_VALUES);
    m->value[m->n_values++] = (struct qp_form_value){key, unquoted(value), table};
    return 0;
}

/* ---- [matter], [area], [enter], [skip] ---- */

static int key_matter(const struct qp_form_reader *r, const char *key, char *value)
{
    static const char *const name[QP_FIELDS] = {
#define X(field, max, given) #field,
        QP_MAP_FIELDS(X)
#undef X
    };
    for (size_t i = 0; i < QP_FIELDS; i++)
        if (strcmp(key, name[i]) == 0)
            return read_form(r, &r->m->field[i], key, value);
    return qp_form_bad(
        r,
        "a matter has no %.60s: it has source_ref, category, title, source, text, desk, place, "
        "urgency, opened_at, deadline, lat, lon, position, crs",
        key);
}

static int key_area(const struct qp_form_reader *r, const char *key, char *value)
{
    if (strcmp(key, "code") == 0)
        return read_form(r, &r->m->area, key, value);
    if (strcmp(key, "name") == 0)
        return read_form(r, &r->m->area_name, key, value);
    return qp_form_bad(r, "an area has no %.60s, only code and name", key);
}

static int key_enter(const struct qp_form_reader *r, const char *key, char *value)
{
    struct qp_form_enter *en = &r->m->enter[r->m->n_enters - 1];
    if (strcmp(key, "when") == 0)
        return read_when(r, &en->when, value);
    if (strcmp(key, "accept") != 0)
        return qp_form_bad(r, "enter has no %.60s, only when and accept", key);
    return set_word(r, value, "no", "yes", &en->accept);
}

static int key_skip(const struct qp_form_reader *r, const char *key, char *value)
{
    struct qp_form_skip *s = &r->m->skip[r->m->n_skips - 1];
    return strcmp(key, "when") == 0 ? read_when(r, &s->when, value)
                                    : qp_form_bad(r, "skip has no %.60s, only when", key);
}

/* ---- [step …] ---- */

const struct qp_step *qp_form_step(const char *name)
{
    const struct qp_step *st = qp_step_find(name);
    return st && st->map != QP_STEP_MAP_NO ? st : NULL;
}

const struct qp_shape_row *qp_form_step_row(const struct qp_step *step, const char *key)
{
    return strcmp(key, "to") == 0 ? NULL : qp_shape_row(&step->shape, key);
}

bool qp_form_step_counts(const struct qp_step *step, const struct qp_shape_row *row)
{
    return step->map == QP_STEP_MAP_SAYS || row->need == QP_NEED_EITHER;
}

uint32_t qp_form_shorten(const char *name)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } texts[] = {
        {"title", QP_SHORTEN_title}, {"text", QP_SHORTEN_text},     {"place", QP_SHORTEN_place},
        {"note", QP_SHORTEN_note},   {"result", QP_SHORTEN_result}, {"reason", QP_SHORTEN_reason},
        {"desk", QP_SHORTEN_desk},   {"source", QP_SHORTEN_source}, {"category", QP_SHORTEN_category},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(texts[i].name, name) == 0)
            return texts[i].bit;
    return 0;
}

static int set_no_time(const struct qp_form_reader *r, struct qp_form_step *s, const char *value)
{
    static const char *const words[] = {"reject", "previous", "opened", "skip"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], value) == 0) {
            s->no_time = (enum qp_form_no_time)i;
            return 0;
        }
    }
    return qp_form_bad(r, "no_time is reject, previous, opened or skip");
}

static int key_step(const struct qp_form_reader *r, const char *key, char *value)
{
    struct qp_form_step *s = &r->m->step[r->m->n_steps - 1];
    if (strcmp(key, "when") == 0)
        return read_when(r, &s->when, value);
    if (strcmp(key, "at") == 0)
        return read_form(r, &s->at, key, value);
    if (strcmp(key, "no_time") == 0)
        return set_no_time(r, s, value);
    const struct qp_shape_row *row = qp_form_step_row(s->kind, key);
    return row ? read_form(r, &s->arg[qp_step_word(row)], key, value)
               : qp_form_bad(r, "step %s has no %.60s", s->kind->name, key);
}

/* ---- titles ---- */

static int begin_enter(struct qp_form_reader *r, const char *where)
{
    struct qp_map *m = r->m;
    bool top = strcmp(where, "top") == 0;
    if (!top && strcmp(where, "area") != 0)
        return qp_form_bad(r, "[enter %.60s]: a record enters at top or at its area", where);
    if (m->n_enters == QP_FORM_ENTERS)
        return qp_form_bad(r, "more than %d sections [enter …]", QP_FORM_ENTERS);
    r->section = ENTER;
    m->enter[m->n_enters++].where = top ? QP_MAP_ENTER_TOP : QP_MAP_ENTER_AREA;
    return 0;
}

static int begin_step(struct qp_form_reader *r, const char *name)
{
    struct qp_map *m = r->m;
    const struct qp_step *kind = qp_form_step(name);
    char all[300];
    if (!kind)
        return qp_form_bad(r, "[step %.60s]: a map can have the steps %s", name,
                           qp_step_list(all, sizeof all, true));
    if (m->n_steps == QP_MAP_STEPS)
        return qp_form_bad(r, "more than %d steps", QP_MAP_STEPS);
    r->section = STEP;
    m->step[m->n_steps].kind = kind;
    m->step[m->n_steps++].line = r->line;
    return 0;
}

static int begin_values(struct qp_form_reader *r, const char *name)
{
    struct qp_map *m = r->m;
    for (size_t i = 0; i < m->n_tables; i++)
        if (strcmp(m->table[i], name) == 0)
            return qp_form_bad(r, "there are two tables [values %.60s]", name);
    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
        return qp_form_bad(r, "[values %.60s]: a name is of a-z, 0-9 and _", name);
    if (m->n_tables == QP_FORM_TABLES)
        return qp_form_bad(r, "more than %d tables of values", QP_FORM_TABLES);
    r->section = VALUES;
    m->table[m->n_tables++] = name;
    return 0;
}

static int begin_skip(struct qp_form_reader *r, const char *why)
{
    struct qp_map *m = r->m;
    if (m->n_skips == QP_FORM_SKIPS)
        return qp_form_bad(r, "more than %d sections [skip …]", QP_FORM_SKIPS);
    r->section = SKIP;
    m->skip[m->n_skips].why = why;
    m->skip[m->n_skips++].line = r->line;
    return 0;
}

int qp_form_section(struct qp_form_reader *r, char *title)
{
    static const struct {
        const char *title;
        enum section section;
        bool required;
    } plain[] = {
        {"map", MAP, false},       {"columns", COLUMNS, true}, {"optional columns", COLUMNS, false},
        {"matter", MATTER, false}, {"area", AREA, false},
    };
    static const struct {
        const char *word;
        int (*begin)(struct qp_form_reader *, const char *);
    } named[] = {
        {"enter ", begin_enter}, {"step ", begin_step}, {"values ", begin_values}, {"skip ", begin_skip}};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        if (strcmp(title, plain[i].title) == 0) {
            r->section = plain[i].section;
            r->required = plain[i].required;
            return 0;
        }
    }
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strncmp(title, named[i].word, strlen(named[i].word)) == 0)
            return named[i].begin(r, qp_form_trim(title + strlen(named[i].word)));
    return strcmp(title, "skip") == 0 ? begin_skip(r, "left out by the map")
                                      : qp_form_bad(r, "there is no section [%.60s]", title);
}

int qp_form_key(const struct qp_form_reader *r, char *key, char *value)
{
    switch ((enum section)r->section) {
    case MAP: return key_map(r, key, value);
    case COLUMNS: return key_columns(r, key, value);
    case VALUES: return key_values(r, key, value);
    case MATTER: return key_matter(r, key, value);
    case AREA: return key_area(r, key, value);
    case ENTER: return key_enter(r, key, value);
    case SKIP: return key_skip(r, key, value);
    case STEP: return key_step(r, key, value);
    case NOWHERE: break;
    }
    return qp_form_bad(r, "%.60s stands before the first [section]", key);
}
