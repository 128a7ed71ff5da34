/* lead.h: leads (线索): matters of several sources that seem to be one thing, brought together by their words.
 *
 *   title, text ─► text.c: words of places and things, none of a person (LD1, LD2)
 *        ─► weigh.c: the 64 that say most, in eight bits each: a sketch (LD3)
 *        ─► leads.c: the nearest sketch among the live ones, by posting.c; joined, proposed, or on its own (LD4)
 *   people ─► hand.c: confirm, dismiss, join, split, and each of them taken back exactly (LD5)
 *   superiors ─► show.c: a lead's digest, joined above as if it were a matter (LD6)
 *
 * The rules stand by number in RULES.md. Everything here is a pure value: no clock, no file, no random number,
 * no logarithm of libm (weigh.c has its own), so that the same calls in the same order give the same bytes on
 * every machine; qp_leads_save prints them. One thread at a time for one `struct qp_leads`; several of them do
 * not know of each other. Times are microseconds since 1970 UTC; likenesses are cosines in millionths (ppm).
 *
 * Called by `qipan leads` (node/cli/leads.c) and by the node (node/insight/clue), which keeps what was found and what people
 * said in its tables: put, move, age and shed keep the memory in step with them. What people say here (hand.c), digests
 * (show.c) and kept bytes are for whoever has no such tables; tests/unit/lead calls them.
 *
 * What is said here of a matter is what anybody may know who may see the matter: never hand over a reporter's
 * name, address or number. Numbers that look like telephones or identity cards, and names behind words such as
 * 我叫, are left out even so (LD2). A sketch counts as text where access is decided. */
#ifndef QP_NODE_INSIGHT_LEAD_LEAD_H
#define QP_NODE_INSIGHT_LEAD_LEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/error.h"

enum {
    QP_LEAD_TERMS = 64,       /* of a sketch, at most */
    QP_LEAD_NAMES = 96,       /* named things of a matter, at most */
    QP_LEAD_NAMED = 8,        /* of these, given by the caller at most */
    QP_LEAD_DF = 1 << 18,     /* buckets of document frequencies */
    QP_LEAD_ID_MAX = 128,     /* bytes of an id, with its end */
    QP_LEAD_LABEL_MAX = 1024, /* bytes of place, source, family, with their end */
    QP_LEAD_SOURCES = 16,     /* sources that a digest counts; the rest is counted together */
    QP_LEAD_ONE = 1000000,    /* a likeness of 1 */
    QP_LEAD_MOST = 1 << 22,   /* live matters */
};

/* ---- rules and figures (LD3, LD4) ---- */

struct qp_lead_rules {
    uint32_t join_ppm;    /* from here a matter joins */
    uint32_t propose_ppm; /* from here it is proposed */
    uint32_t named_ppm;   /* from here it joins where the same thing is named */
    int64_t named_us;     /* ... within this time of the lead's last matter */
    uint32_t named_m;     /* ... and within so many metres */
    int64_t idle_us;      /* a matter is compared until its lead has had no news for so long */
};
/* .30, .20, .20, 14 days, 2 km, 180 days: those of a node for its matters. */
void qp_lead_rules_init(struct qp_lead_rules *r);
/* .26, and nothing is proposed: those of a superior for the leads of its children. */
void qp_lead_rules_above(struct qp_lead_rules *r);

/* In how many matters a term was. Sums of several nodes' are those of their matters together. 1 MiB. */
struct qp_lead_df {
    uint64_t n; /* matters */
    uint32_t in[QP_LEAD_DF];
};
/* Counts stop at their type's end instead of beginning anew. */
void qp_lead_df_add(struct qp_lead_df *into, const struct qp_lead_df *from);

/* ascending by hash, each once, weights 1 to 255 with the heaviest 255; n 0: a text that says nothing. */
struct qp_lead_sketch {
    uint8_t n;
    uint8_t weight[QP_LEAD_TERMS];
    uint32_t hash[QP_LEAD_TERMS];
};
/* The cosine of two sketches; 0 where one of them is empty. */
uint32_t qp_lead_likeness(const struct qp_lead_sketch *a, const struct qp_lead_sketch *b);

/* ---- a matter comes in ---- */

struct qp_lead_matter {
    const char *id; /* 1 to 127 bytes, UTF-8, unlike any live one's */
    int64_t at_us;
    const char *title, *text; /* UTF-8; 200 and 100 code points of them are read (LD1) */
    const char *place;        /* "" unknown, else a path or a name; compared as the text it is */
    bool specific;            /* the place is less than the whole of what this node looks after (LD4) */
    const char *source;       /* which platform */
    const char *family;       /* the category's topmost parent; "" where there are no categories */
    const char *const *named; /* places, companies, vehicles that it is about; may be NULL */
    size_t n_named;           /* at most QP_LEAD_NAMED */
    bool has_location;        /* WGS-84 */
    int32_t lat_e6, lon_e6;   /* millionths of a degree */
};

enum qp_lead_outcome { QP_LEAD_ALONE, QP_LEAD_JOINED, QP_LEAD_PROPOSED };
struct qp_lead_verdict {
    enum qp_lead_outcome outcome;
    char lead[QP_LEAD_ID_MAX];     /* the lead that it is in now: its own id where it is alone or proposed */
    char proposed[QP_LEAD_ID_MAX]; /* the lead that it is proposed to; "" for none */
    char nearest[QP_LEAD_ID_MAX];  /* the live matter that is most like it; "" for none */
    uint32_t ppm;                  /* what was compared with the rule: LD4 */
    bool named;                    /* the same thing is named */
};

struct qp_leads;
struct qp_leads *qp_leads_new(const struct qp_lead_rules *r); /* NULL: no memory */
void qp_leads_free(struct qp_leads *l);

/* Adds a matter and decides, once and for all: nothing moves it later but a person. QP_EINVAL: a field out of
 * its bounds, or no UTF-8 (the sentence names it); QP_EEXISTS: a live matter has this id; QP_EFULL: too many
 * live ones; QP_ENOMEM. After an error nothing has changed. */
int qp_leads_add(struct qp_leads *l, const struct qp_lead_matter *m, struct qp_lead_verdict *v,
                 struct qp_err *e);
/* Puts a matter where it is known to be, without comparing: into the lead of the live matter `with`; NULL: one of its own.
 * What a state is made of again after a start. As qp_leads_add; QP_ENOTFOUND: `with` is not live. */
int qp_leads_put(struct qp_leads *l, const struct qp_lead_matter *m, const char *with, struct qp_err *e);
/* A live matter goes into the lead of `with`, NULL: one of its own; who calls remembers where it was. QP_ENOTFOUND,
 * QP_ENOMEM, and then nothing has changed. */
int qp_leads_move(struct qp_leads *l, const char *matter, const char *with, struct qp_err *e);
/* Lets go, of the leads without news for longest, the matters that happened first, until at most so many are live. How many went. */
size_t qp_leads_shed(struct qp_leads *l, size_t most);
/* Lets go the leads that have had no news for the rule's idle time at now_us: their matters are compared no more. A lead's news is
 * the time of its newest matter. Call it with the time of each turn before adding. How many matters went. */
size_t qp_leads_age(struct qp_leads *l, int64_t now_us);
/* Adds what others have counted to the document frequencies: a parent's for a node that begins. */
void qp_leads_pool(struct qp_leads *l, const struct qp_lead_df *df);
const struct qp_lead_df *qp_leads_df(const struct qp_leads *l);
size_t qp_leads_live(const struct qp_leads *l); /* matters that are compared */

/* ---- what people say (LD5) ----
 * QP_ENOTFOUND: no live lead or matter has this id. QP_ESTEP: it is so already, or cannot be; the sentence says
 * how it is. QP_ENOMEM. After an error nothing has changed. */

int qp_leads_confirm(struct qp_leads *l, const char *lead, bool yes, struct qp_err *e);
/* A dismissed lead takes nothing in; its matters are nobody's neighbours until it is opened again (yes = false),
 * as what it was before. */
int qp_leads_dismiss(struct qp_leads *l, const char *lead, bool yes, struct qp_err *e);
/* The matter goes into this lead: what was proposed is taken, or a person knows better. */
int qp_leads_join(struct qp_leads *l, const char *matter, const char *lead, struct qp_err *e);
/* The matter goes out, into a lead of its own; remembered: nothing but a person brings it back. */
int qp_leads_split(struct qp_leads *l, const char *matter, struct qp_err *e);
/* What was proposed is not so. */
int qp_leads_decline(struct qp_leads *l, const char *matter, struct qp_err *e);
/* Takes back the matter's last join, split or decline. Where nothing came between, the state is, byte for byte,
 * that before it. QP_ENOTFOUND: there is none. QP_ESTEP: the lead it came from is gone. */
int qp_leads_undo(struct qp_leads *l, const char *matter, struct qp_err *e);

/* ---- looking ---- */

struct qp_lead_source {
    char name[64]; /* cut at a character's end */
    uint32_t n;
};
/* A lead as it is shown and as it goes up the tree. */
struct qp_lead_digest {
    char id[QP_LEAD_ID_MAX];
    char place[QP_LEAD_LABEL_MAX];  /* what all its places have in common, up to a '/'; "" nothing */
    char family[QP_LEAD_LABEL_MAX]; /* its first matter's */
    int64_t first_us, last_us;
    uint32_t matters; /* also those that are compared no more */
    uint32_t live;
    bool confirmed, dismissed;
    uint8_t n_sources; /* by count, the most first, then by name; of live matters */
    struct qp_lead_source source[QP_LEAD_SOURCES];
    uint32_t other_sources;       /* matters of the sources that have no room */
    struct qp_lead_sketch sketch; /* the centroid's 64 heaviest terms */
};
int qp_leads_digest(const struct qp_leads *l, const char *lead, struct qp_lead_digest *d, struct qp_err *e);
/* The lead of a live matter; NULL when it is none. Good until the next call that changes something. */
const char *qp_leads_of(const struct qp_leads *l, const char *matter);
/* The live matters of a lead in the order of their arrival, `each` called once for each. QP_ENOTFOUND. */
int qp_leads_members(const struct qp_leads *l, const char *lead, void (*each)(void *arg, const char *matter),
                     void *arg, struct qp_err *e);

/* ---- above (LD6) ----
 * A superior keeps a `struct qp_leads` of its own with qp_lead_rules_above; its "matters" are its children's
 * leads. */

/* A child's lead comes in (as qp_leads_add), or again with more matters: then its sketch and last time are
 * replaced, and where it is stays. Never joined with one that `apart` names: `n_apart` ids of leads out of which
 * its matters were split. A dismissed lead must not be handed over. The texts of `d` end with a zero; its sketch is looked
 * at (QP_EINVAL), as it comes from another node. */
int qp_leads_rise(struct qp_leads *l, const struct qp_lead_digest *d, const char *const *apart,
                  size_t n_apart, struct qp_lead_verdict *v, struct qp_err *e);
/* The i-th pair of leads of which one's matter was split out of the other: for `apart`. False: there is none. */
bool qp_leads_apart(const struct qp_leads *l, size_t i, const char **lead, const char **other);

/* ---- why (LD7) ---- */

/* The words that two texts share and that their likeness rests on, the heaviest first, as a person reads them
 * ("丽发新城", "搅拌站"): at most `cap`; how many. Texts are bounded as in qp_leads_add. df: of the node. */
enum { QP_LEAD_WORD_MAX = 128 };
struct qp_lead_word {
    char text[QP_LEAD_WORD_MAX];
    uint32_t ppm; /* its part of the likeness */
};
size_t qp_lead_why(struct qp_lead_word *out, size_t cap, const struct qp_lead_df *df, const char *title_a,
                   const char *text_a, const char *title_b, const char *text_b);

/* ---- kept ----
 * The whole state as bytes: equal states give equal bytes, and what is loaded from them goes on as the other
 * would have. malloc'd into *out. QP_ENOMEM. */
int qp_leads_save(const struct qp_leads *l, uint8_t **out, size_t *len, struct qp_err *e);
/* QP_ECORRUPT: these are no bytes of qp_leads_save; make the state again from the journal. QP_EVERSIONS: of
 * another version: likewise. QP_ENOMEM. */
int qp_leads_load(struct qp_leads **out, const uint8_t *bytes, size_t len, struct qp_err *e);

#endif
