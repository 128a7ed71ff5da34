/* counters.h: what a node counts of itself for /metrics since its start: one row a counter. */
#ifndef QP_NODE_CORE_COUNTERS_H
#define QP_NODE_CORE_COUNTERS_H

#include <stdint.h>

/* Plain numbers, read by other threads through qp_core_metrics (atomic copies).
 * X(name, what it counts). */
/* clang-format off */
#define QP_CORE_COUNTERS(X) \
    X(turns, "turns that this node has taken") \
    X(events_own, "events that this node said itself") \
    X(parcels_sealed, "parcels that it signed") \
    X(parcels_received, "parcels that came from neighbours") \
    X(events_applied, "events that changed the tables") \
    X(duplicates, "events that were known already") \
    X(waiting, "events that came before what they rest on, and waited") \
    X(conflicts, "events that contradict what stands; the first stays and both are told") \
    X(refused_signature, "parcels refused: the signature is wrong") \
    X(refused_scope, "parcels refused: their node does not speak for what they are about") \
    X(refused_unknown_key, "parcels refused: nobody certified that key") \
    X(refused_revoked, "parcels refused: the key was revoked") \
    X(refused_malformed, "parcels refused: they cannot be read") \
    X(refused_fork, "parcels refused: the same number was used twice under one key") \
    X(refused_gap, "parcels refused: one before them is missing") \
    X(refused_closed, "parcels refused: that incarnation has ended") \
    X(refusals_told, "refusals that were passed on to the one refused") \
    X(handed_back, "parcels that neighbours gave back after a lost disk") \
    X(taken_ahead, "emergencies that were passed on before their turn was committed") \
    X(rings, "circles of merges or duplicates that were opened at the lowest id") \
    X(audit_unsaid, "entries of the audit trail that were not written: the node is silent") \
    X(records_unerased, "times that a personal record whose time was over could not be erased") \
    X(records_mended, "records of the journal that were damaged and are whole again") \
    X(carried_lost, "messages from node to node that were dropped: no way on, no room, or a clock that is minutes off") \
    X(carried_refused, "messages from node to node that were dropped: not signed by whom they name, or brought by somebody not on their way") \
    X(whispers_said, "whispers of this node's people on lines: typing, calls") \
    X(whispers_heard, "whispers of others that were told to this node's pages") \
    X(whispers_unsealed, "whispers that did not go to a node of their line: its line key is not known here yet") \
    X(whispers_lost, "whispers that were dropped here: no way on, or older than a minute") \
    X(whispers_refused, "whispers that were dropped here: of a line that does not name both nodes, or not sealed for this one") \
    X(urges_by_policy, "urges that this node said by itself, by policy") \
    X(urges_lifted, "urges of nodes below that were not answered in time and were lifted to this one") \
    X(rests_ended, "matters that were hung until a time, which was over: resumed by this node itself") \
    X(lifts_by_policy, "matters that were offered one level up by policy, after refusals or redos") \
    X(leads_compared, "matters that were compared with others for leads, also again after a start") \
    X(leads_shed, "matters that are no longer compared with, before their time: more came than are kept in memory")
/* clang-format on */
struct qp_core_metrics {
#define X(n, help) uint64_t n;
    QP_CORE_COUNTERS(X)
#undef X
};

#endif
