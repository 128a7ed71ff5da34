/* judge.c: see judge.h. The order of the questions is the order of the rulings: the first that applies. */
#include "node/core/judge.h"

#include <assert.h>

#define COUNTER(name) offsetof(struct qp_core_metrics, name)

static struct qp_judgement rule(enum qp_ruling ruling, size_t count)
{
    assert(ruling != 0);
    return (struct qp_judgement){.ruling = ruling, .count = count};
}

static struct qp_judgement no(enum qp_ruling ruling, int code, size_t count, const char *why)
{
    assert(code && why);
    return (struct qp_judgement){.ruling = ruling, .code = code, .count = count, .why = why};
}

static const struct qp_judgement open_question = {.ruling = 0, .count = QP_COUNTS_NOTHING};

/* Two parcels claim one place in a chain (C5): one who was judged for it already is not judged again. */
static struct qp_judgement fork(const struct qp_case *c)
{
    assert(c->signature == QP_YES); /* whoever is accused has signed */
    if (c->judged || c->quarantined)
        return no(QP_REFUSE, QP_EFORK, COUNTER(refused_fork),
                  "two parcels claim one place in a chain: its origin's key is refused since");
    return no(QP_REFUSE_CHAIN, QP_EFORK, COUNTER(refused_fork),
              "two parcels claim one place in a chain; its key is quarantined, join again with a new token");
}

/* Its position is committed here. Another parcel than the one that came then is a fork: a copy of its origin's
 * disk is running, and an acknowledgement would have it believe that this was taken. */
static struct qp_judgement again(const struct qp_case *c)
{
    assert(c->again);
    bool suspect = !c->form && c->our_tree && c->own_lane && c->key == QP_YES && c->key_fits &&
                   c->place == QP_EFORK && !c->way;
    if (suspect && c->signature == QP_UNASKED)
        return rule(QP_NEED_SIGNATURE, QP_COUNTS_NOTHING);
    return suspect && c->signature == QP_YES ? fork(c) : rule(QP_KNOWN_LONG, COUNTER(duplicates));
}

/* Is it a parcel of this tree, and is its key known? Nobody's doing yet. */
static struct qp_judgement form(const struct qp_case *c)
{
    if (c->form)
        return no(QP_REJECT, c->form, COUNTER(refused_malformed), c->form_why);
    if (!c->our_tree)
        return no(QP_REJECT, QP_ESCOPE, COUNTER(refused_malformed), "it belongs to another tree");
    if (!c->own_lane)
        return no(QP_REJECT, QP_EINVAL, COUNTER(refused_malformed), "it came in another lane than its own");
    if (c->key == QP_NO && c->key_asked)
        return no(QP_ASK_KEY, QP_EUNKNOWNKEY, QP_COUNTS_NOTHING,
                  "the key that it is signed with is not certified by anybody here");
    if (c->key == QP_NO)
        return rule(QP_ASK_KEY, QP_COUNTS_NOTHING);
    if (c->place == QP_EDUP)
        return rule(QP_KNOWN, COUNTER(duplicates)); /* nothing to verify */
    if (c->signature == QP_UNASKED)
        return rule(QP_NEED_SIGNATURE, QP_COUNTS_NOTHING);
    if (c->signature == QP_NO)
        return no(QP_REJECT, QP_ESIG, QP_COUNTS_NOTHING, "its signature does not fit its origin's key");
    return open_question;
}

/* Whose word is it, and may it come this way? Signed, but perhaps the neighbour's doing. */
static struct qp_judgement way(const struct qp_case *c)
{
    assert(c->signature == QP_YES);
    if (!c->key_fits)
        return no(QP_REFUSE, QP_ESCOPE, COUNTER(refused_scope),
                  "its certificate is another node's or another incarnation's");
    if (c->lies_unknown)
        return rule(QP_ASK_WHERE, QP_COUNTS_NOTHING);
    if (c->way)
        return no(QP_REFUSE, QP_ESCOPE, COUNTER(refused_scope), c->way);
    if (c->place == 0 && c->goes_nowhere)
        return no(QP_REFUSE, QP_ESCOPE, COUNTER(refused_scope),
                  "it is for a node that nobody here knows, as hundreds of its origin's already are");
    /* E6: the neighbour may hold more of this chain than is let in here: a successor goes on from there. */
    if (!c->peer_revoked && c->quarantined && c->place != QP_ECLOSED && c->place != QP_EFORK)
        return no(QP_REFUSE_CHAIN, QP_EREVOKED, COUNTER(refused_revoked),
                  "the key of its origin is quarantined");
    if (c->peer_revoked || c->quarantined)
        return no(QP_REFUSE, QP_EREVOKED, COUNTER(refused_revoked),
                  "the key of its origin, or of the neighbour that brought it, is revoked or quarantined");
    return open_question;
}

/* Is it the next of its chain? Its origin's doing. */
static struct qp_judgement chain(const struct qp_case *c)
{
    assert(c->signature == QP_YES && c->key_fits);
    /* C2: what the direct parent held when it certified the successor is all that there is. */
    if (c->superseded && !c->recovering)
        return no(QP_REFUSE, QP_ECLOSED, COUNTER(refused_closed),
                  "a later incarnation of its origin is certified (C2)");
    /* C1: a final head is the word of a parent whose disk may have burned since, with the parcels that led to
     * it. A neighbour that was asked for everything and brings this again has nothing that comes before it. */
    if (c->place == QP_EGAP && !c->all_sent)
        return rule(QP_SEND_AGAIN, COUNTER(refused_gap));
    if (c->place == QP_EFORK)
        return fork(c);
    if (c->place == QP_ECLOSED)
        return no(QP_REFUSE, QP_ECLOSED, COUNTER(refused_closed),
                  "its chain was refused here before; only a new incarnation goes on");
    if (c->place == QP_EINVAL)
        return no(QP_REFUSE_CHAIN, QP_EINVAL, COUNTER(refused_malformed),
                  "its place or its clock is not above its predecessor's (C1, T1)");
    return open_question;
}

static struct qp_judgement events(const struct qp_case *c)
{
    assert(c->signature == QP_YES && c->key_fits);
    if (c->events == QP_UNASKED)
        return rule(QP_NEED_EVENTS, QP_COUNTS_NOTHING);
    if (c->events == QP_NO)
        return no(QP_REFUSE_CHAIN, QP_EINVAL, COUNTER(refused_malformed), c->events_why);
    if (c->too_many)
        return no(
            QP_REJECT, QP_EFULL, QP_COUNTS_NOTHING,
            "more nodes are enrolled below this child than its parent allows: its link.child_nodes has to "
            "be raised there; until then this waits");
    return rule(c->lacks_evidence ? QP_ASK_EVIDENCE : QP_TAKE, QP_COUNTS_NOTHING);
}

struct qp_judgement qp_judge(const struct qp_case *c)
{
    static struct qp_judgement (*const questions[])(const struct qp_case *) = {form, way, chain, events};
    struct qp_judgement j = open_question;
    if (c->again)
        return again(c);
    for (size_t i = 0; i < sizeof questions / sizeof *questions && j.ruling == 0; i++)
        j = questions[i](c);
    assert(j.ruling != 0);
    return j;
}
