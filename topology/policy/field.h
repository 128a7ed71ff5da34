/* field.h: every single value of a category and of the rules, one line each, so that JSON, folder, writing,
 * tightening and comparing all know the same ones. Private to topology/policy/.
 *
 *   text ─► qp_policy_put (bounds, meaning) ─► the value in its struct ─► qp_policy_said, qp_policy_show */
#ifndef QP_TOPOLOGY_POLICY_FIELD_H
#define QP_TOPOLOGY_POLICY_FIELD_H

#include "topology/policy/policy.h"

enum qp_policy_kind {
    QP_SAYS_TEXT,    /* const char *, of at most `high` bytes */
    QP_SAYS_SPAN,    /* struct qp_policy_span */
    QP_SAYS_KEPT,    /* the same, natural time only */
    QP_SAYS_SHARE,   /* int32_t, millionths */
    QP_SAYS_COUNT,   /* int32_t, low..high */
    QP_SAYS_FLAG,    /* int32_t, 0 or 1 */
    QP_SAYS_URGENCY, /* int32_t, enum qp_urgency */
};

/* Which of two values is the stricter one (PO1). */
enum qp_policy_order {
    QP_ORDER_FIXED, /* neither: what is above says it, below it cannot be changed */
    QP_ORDER_LESS,  /* the smaller one: clocks, retention, refusals until it is lifted, taking at once */
    QP_ORDER_MORE,  /* the greater one: visits, patrols, urgency */
};

/* What a value means that nobody said: the loosest there is, so that anything said is stricter; or the
 * strictest. */
enum qp_policy_unsaid { QP_UNSAID_LOOSE, QP_UNSAID_STRICT };

struct qp_policy_field {
    const char *group;  /* the object in the JSON in which it stands; NULL: none */
    const char *name;   /* in the JSON, and in policy.conf */
    const char *column; /* in categories.csv; NULL for rules */
    size_t at;          /* in its struct */
    enum qp_policy_kind kind;
    int32_t low, high;
    enum qp_policy_order order;
    enum qp_policy_unsaid unsaid;
    bool brief; /* left out of the JSON where it is not said, instead of null */
};

extern const struct qp_policy_field qp_category_fields[]; /* in struct qp_policy_category */
extern const size_t qp_n_category_fields;
extern const struct qp_policy_field qp_rule_fields[]; /* in struct qp_policy_rules */
extern const size_t qp_n_rule_fields;

/* The place of what is being read, for its mistakes. */
struct qp_policy_reading {
    struct qp_policy *p;
    struct qp_mistakes *m;
    struct qp_policy_at at;
    char path[QP_MISTAKE_PATH]; /* of what holds the value */
};

/* A policy that says nothing, with its arena; NULL when out of memory. */
struct qp_policy *qp_policy_new(void);
/* The whole file, malloc'd; else the code, and *m says why. */
int qp_policy_file(const char *name, struct qp_policy_at at, char **text, size_t *len, struct qp_mistakes *m);
/* The next one, saying nothing, standing at `at`. NULL: more than there may be (told once), or no memory. */
struct qp_policy_category *qp_policy_add_category(struct qp_policy_reading *r);
struct qp_policy_calendar *qp_policy_add_calendar(struct qp_policy_reading *r);
/* Room for one more than n of `size` bytes in v; NULL, and v as it was: no memory, or more than `most`, which is told
 * once, of `path`. */
void *qp_policy_grow(struct qp_policy_reading *r, void *v, size_t n, size_t *cap, size_t most, size_t size,
                     const char *path, const char *what);
/* Behind the last one: makes the ways by which qp_policy_find goes. False: no memory. */
bool qp_policy_ready(struct qp_policy *p);

/* Reads `text` into the value of `f` in `base`. A text that is empty says nothing. What is wrong becomes a
 * mistake, and the value stays unsaid. */
void qp_policy_put(struct qp_policy_reading *r, const struct qp_policy_field *f, void *base,
                   const char *text);
/* One more amount by which an overdue matter is urged. */
void qp_policy_put_urge(struct qp_policy_reading *r, struct qp_policy_rules *rules, const char *text);
/* What is wrong with the value `name` at `path`: its text, and the English sentence of the one who reads such texts
 * (the Chinese one is the kind's own, NO_DURATION, NO_DAYS, NO_TIME). */
void qp_policy_tell_text(struct qp_policy_reading *r, enum qp_mistake_kind kind, const char *path,
                         const char *name, const char *text, const struct qp_err *e);
/* A text of the policy itself: its version, its title. */
void qp_policy_put_text(struct qp_policy_reading *r, const char *name, size_t most, const char **out,
                        const char *text);
bool qp_policy_said(const struct qp_policy_field *f, const void *base);
/* The value as people write it ("5wd", "0.1", "yes"); "" when it is not said. */
void qp_policy_show(char out[QP_POLICY_VALUE], const struct qp_policy_field *f, const void *base);
/* `prefix.group.name`, without what is empty. */
void qp_policy_path(char out[QP_MISTAKE_PATH], const char *prefix, const char *group, const char *name);
/* The names of the fields of a group (NULL: of none, and the groups' own), for whoever misspelt one. */
void qp_policy_names(char *out, size_t cap, const struct qp_policy_field *f, size_t n, const char *group);
/* The same text, or both none. */
bool qp_policy_same(const char *a, const char *b);

#endif
