/* policy.h: what a command wants of everybody below it: calendars, categories, rules. Pure: no clock, no
 * file but where a name says so, no state.
 *
 *   folder (categories.csv, calendar.csv, policy.conf) ─► qp_policy_folder ─┐
 *   JSON (the API's, a file)                           ─► qp_policy_json   ─┴► struct qp_policy
 *        ─► qp_policy_check: does it fit together           (PO3)
 *        ─► qp_policy_tighten: above it and below it in one (PO1)
 *        ─► qp_policy_find: a matter's category             (PO2)
 *        ─► qp_policy_write: its one canonical JSON
 *
 * A read policy is immutable and lives in one piece until qp_policy_free; any number of threads may read it.
 * What a policy does not say is NULL, QP_NOT_SAID or a span without text, and means what field.h says for
 * each value; nothing is inherited from a category's parent. The format: README.md, the rules: RULES.md of this folder. */
#ifndef QP_TOPOLOGY_POLICY_POLICY_H
#define QP_TOPOLOGY_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/error.h"
#include "proto/limits.h"
#include "topology/calendar.h"
#include "topology/duration.h"
#include "topology/policy/mistake.h"
#include "topology/stage.h"

enum {
    QP_POLICY_CALENDAR_NAME = 32,
    QP_POLICY_CATEGORIES = 2000,
    QP_POLICY_CALENDARS = 16,
    QP_POLICY_DEPTH = 8, /* of the categories' tree */
    QP_POLICY_URGES = 8,
    QP_NOT_SAID = -1,
    QP_POLICY_VALUE = 160,  /* bytes of one value as text, with its NUL */
    QP_SHARE_ALL = 1000000, /* a share of 1: shares are whole millionths, so that all nodes draw alike */
};

/* The stages of CL1, as in enum qp_clock_stage, and behind them what reopening starts close with (CL8). */
enum qp_policy_stage {
#define X(name, word) QP_STAGE_##name,
    QP_STAGE_LIST(X)
#undef X
        QP_STAGE_REOPEN,
    QP_STAGES
};

/* A duration, and the version of the policy that said it: in one that was tightened, values of several hold. */
struct qp_policy_span {
    bool said;
    struct qp_duration d;
    const char *by; /* NULL in a policy that came from no version */
};

struct qp_policy_category {
    struct qp_policy_at at;
    const char *code;  /* "": the one for all that is unknown */
    const char *title; /* never NULL in a checked policy that stands by itself */
    const char *title_en, *parent, *desk, *calendar, *view; /* parent: NULL at the top */
    int32_t urgency;                                        /* enum qp_urgency */
    struct qp_policy_span clock[QP_STAGES];
    struct qp_policy_span remind[QP_STAGE_REOPEN]; /* before the due, in the clock's own unit (CL7) */
    int32_t visit;                                 /* share to be visited, in millionths (ST2) */
    int32_t private_place;                         /* 1: the exact address is kept in the vault (VA1) */
    struct qp_policy_span keep_personal;           /* after closing (VA2) */
};

/* As it is written; qp_calendar_new(&c, &calendar->form, zone, &e) makes one to count with. The form's arrays
 * are the policy's. */
struct qp_policy_calendar {
    struct qp_policy_at at;
    struct qp_calendar_form form;
    struct qp_policy_at *off_at, *on_at; /* where each of the form's dates stands */
    struct qp_policy_at *weekly_at;
    size_t cap_weekly, cap_off, cap_on;
};

struct qp_policy_rules {
    int32_t accept[5]; /* by enum qp_kind: 1 taken at once, 0 waits for a person; [0] is not used */
    struct qp_policy_span urge[QP_POLICY_URGES]; /* overdue by so much: the holder's parent urges (CI1) */
    size_t n_urge;
    bool says_urge;
    int32_t lift_refused, lift_redo; /* so many offer the matter one level up; QP_NOT_SAID: never */
    int32_t extend_own; /* extensions of one clock that the holder's own commander may grant (CL5) */
    struct qp_policy_span extend_by;                       /* by at most so much */
    int32_t patrol_per_day, patrol_minutes, patrol_police; /* GR4 */
    struct qp_policy_span keep_position, keep_line;        /* GR3, LI1 */
    int32_t week_begins, month_begins; /* of circulars (CI4): ISO weekday, day of the month */
};

struct qp_policy_title {
    const char *title;
    const struct qp_policy_category *c;
};

struct qp_arena;
struct qp_policy {
    const char *version, *title; /* version: never used twice by its node (PO1) */
    struct qp_policy_at at;
    struct qp_policy_calendar *calendars;
    size_t n_calendars;
    struct qp_policy_category *categories; /* in the order in which they were given */
    size_t n_categories;
    struct qp_policy_rules rules;
    bool broken; /* the reading ended early: what was not reached is unknown, and nothing is checked */
    /* ---- private ---- */
    struct qp_arena *a;                        /* every text */
    const struct qp_policy_category **by_code; /* n_categories, bytewise */
    struct qp_policy_title *by_title;          /* a category may have two */
    size_t n_by_title;
    size_t cap_calendars, cap_categories;
};

/* ---- reading ----
 * Each gives a policy (qp_policy_free) also where something is wrong, with what could be understood; NULL only
 * when nothing could. What is wrong is in `m`, all of it. Reading does not ask whether the parts fit together:
 * qp_policy_check does. */

/* `source`: a folder with policy.conf, or a JSON file. */
struct qp_policy *qp_policy_read(const char *source, struct qp_mistakes *m);
/* The API's JSON; `name` is what mistakes call the file (NULL: none, the path in the JSON says where). */
struct qp_policy *qp_policy_json(const char *text, size_t len, const char *name, struct qp_mistakes *m);
struct qp_policy *qp_policy_folder(const char *dir, struct qp_mistakes *m);
/* The calendars alone, checked, for whoever counts with one and sends no policy: of a policy, or one calendar
 * ({"name":…,"weekly":[…]}) that is the whole text; that one may lack a name. What else a JSON policy says is passed
 * over; a folder is read whole. */
struct qp_policy *qp_policy_calendars(const char *text, size_t len, const char *name, struct qp_mistakes *m);
struct qp_policy *qp_policy_read_calendars(const char *source, struct qp_mistakes *m);
/* The built-in version "0": what holds before any was sent (PO1): no clocks, visit share 0, every category
 * taken, acceptance not said (the settings say it). NULL: out of memory. */
struct qp_policy *qp_policy_builtin(void);
void qp_policy_free(struct qp_policy *p);

/* ---- asking ---- */
/* Does it fit together? `whole`: it must stand by itself, as a root's does; else it is meant to tighten another
 * one, and may leave out what that says (titles, calendars, the entry with the empty code). */
void qp_policy_check(const struct qp_policy *p, bool whole, struct qp_mistakes *m);
/* How often each grid is walked a day, for how long, and whether with police (GR4). p may be NULL. False: nothing is said of it, and all are 0. */
bool qp_policy_patrol(const struct qp_policy *p, uint32_t *per_day, uint32_t *minutes, bool *police);
/* By code, else by title (zh, then en), else the entry with the empty code; NULL when there is none of that
 * either. O(log n). `name` is a matter's category as given. */
const struct qp_policy_category *qp_policy_find(const struct qp_policy *p, const char *name);
/* Whether the exact place of a matter of this category is nobody else's business (VA1). p may be NULL: then it is not. */
bool qp_policy_hides_place(const struct qp_policy *p, const char *category);
/* By code alone; NULL. */
const struct qp_policy_category *qp_policy_category(const struct qp_policy *p, const char *code);
const struct qp_policy_calendar *qp_policy_calendar(const struct qp_policy *p, const char *name);
/* The names of the calendars there are, "office, duty", for whoever named another; "-": there are none. */
void qp_policy_calendar_names(char *out, size_t cap, const struct qp_policy *p);
/* What a clock of this stage rests on (PO4), for people: "suzhou-2026-1 / 0101 / office": the version that said the
 * amount, the category, the calendar where the amount counts working time. The stage must have a clock. */
void qp_policy_rule(char out[QP_POLICY_RULE + 1], const struct qp_policy_category *c,
                    enum qp_policy_stage stage);
/* ST2: is the matter with this id drawn for a visit? The first 8 bytes of BLAKE2b-256(id), big endian, divided
 * by 2^64, are below the share (millionths; QP_NOT_SAID: 0). Exact, without floating point. */
bool qp_policy_visit_drawn(int32_t share, const uint8_t id[QP_ID_LEN]);
/* Canonical JSON, one line, malloc'd: categories and calendars by name, days in order, fields in the order of field.c; the
 * same policy always has the same bytes. NULL: out of memory. */
char *qp_policy_write(const struct qp_policy *p, size_t *len);

#endif
