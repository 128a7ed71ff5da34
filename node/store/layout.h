/* layout.h: every table, one row each: its name on the disk, the file that knows its keys and values, and both
 * as a sentence. The enum, the names and the schema follow from it.
 *
 * The schema is the hash of these rows and of the messages that are kept in them: who changes what a table
 * holds changes its row, and old tables are made again from the journal at the next start. Nobody raises a
 * number, but where the rows say what they said and what is counted in them does not (a figure of boards): QP_PROJECTOR in inside.h. Whoever forgets the row is told by tests/unit/core/layout_test.c, which knows the bytes of every
 * table after a life that touches them all.
 *
 * Numbers in a sentence are bytes; keys are big endian, so that they sort. Rows may be added and taken out;
 * their order means nothing on the disk. */
#ifndef QP_NODE_STORE_LAYOUT_H
#define QP_NODE_STORE_LAYOUT_H

/* clang-format off */
#define QP_TABLES_EACH(X) \
    X(META,     meta,     "core, matter, store", "a word",                                    "what it names: position -> tables.c; overdue -> the time up to which the sweep went 8; warn-day -> the day up to which warnings were judged 4, position 8; warn-season with the first day 4 behind it -> the factors of the days from there on; warn-own -> the first day of the last ones that were made here 4; warn-late -> from which day on all is judged again 4; further ones in core") \
    X(MATTER,   matter,   "matter/rows.c",       "matter 16",                                 "Row") \
    X(HISTORY,  history,  "matter/history.c",    "matter 16, event id 28",                    "journal position 8, index in the parcel 2, version 8") \
    X(INDEX,    index,    "matter/rows.c",       "kind 1, code 8, matter 16",                 "nothing; of offers too, by whom they are to, of files the head of their hash, and of what was merged or is a duplicate, by what it points to") \
    X(UPDATED,  updated,  "matter/rows.c",       "updated_us 8, matter 16",                   "nothing") \
    X(DEADLINE, deadline, "matter/rows.c",       "deadline_us 8, matter 16",                  "nothing; of matters that are open: the deadline, and of each clock that runs the due and the time to remind of it") \
    X(ARRIVED,  arrived,  "matter/rows.c",       "position of the last event about it 8, matter 16", "nothing") \
    X(FOLDED,   folded,   "matter/fold.c",       "matter 16",                                 "its texts as a search reads them, where they are not so already") \
    X(REF,      ref,      "matter/rows.c",       "source_ref, a NUL, matter 16",              "nothing") \
    X(IDEM,     idem,     "matter/key.c",        "idempotency key",                           "what it made") \
    X(EARLY,    early,    "matter/early.c",      "matter 16, version 8, event id 28",         "Early") \
    X(CELL,     cell,     "insight/cells.c",     "board cell",                                "its counts, of time asked for and granted too, and handling times") \
    X(NAME,     name,     "insight/names.c",     "code 8",                                    "the text that it stands for") \
    X(DAILY,    daily,    "insight/watch/daily.c", "code of area 8, code of category 8, period of 28 days 4", "for each day with matters that nobody made of a lead or a warning: the day in the period 1, count as a varint") \
    X(WARNING,  warning,  "insight/watch/kept.c", "first day 4, hash of node and category 12", "node 16, WarningRow, with what was said of the same rise when it began on another day") \
    X(LEAD,     lead,     "insight/clue/kept.c", "what 1, matter 16 that people below moved, compared here or not yet; matter 16; number 8; matter 16, node 16; lead 16; lead 16, matter 16; or when a matter was found last 8, lead 16", "node 16, its lead 16; nothing: the matter waits to be compared; of one that was, which number it has 8; the matter of a number 16, compared_us 8; LeadMember; node 16, LeadRow; how the matter belongs 1; nothing") \
    X(CERT,     cert,     "core/ledger/certs.c", "certificate id 32, or what names one",      "Certificate") \
    X(NODE,     node,     "core/ledger/places.c", "node 16, or its path",                     "its place") \
    X(CHAIN,    chain,    "core/ledger/heads.c", "chain",                                     "where it stands") \
    X(QUEUE,    queue,    "core/route.c",        "peer 16, lane 1, position 8",               "nothing: what is to be sent to a neighbour") \
    X(DEPTH,    depth,    "core/depth.c",        "peer 16, lane 1",                           "how many parcels wait for a neighbour 8; without a row none") \
    X(PEER,     peer,     "core/ledger/peers.c", "peer 16",                                   "epochs, committed positions of each lane both ways, who of the two is an old copy, when a copy ran beside it") \
    X(RECEIPT,  receipt,  "core/receipt.c",      "origin 16, incarnation 4, lane 1",          "Receipt") \
    X(HELD,     held,     "core/ledger/held.c",  "by whom 1, the parent's epoch or an origin 16, incarnation 4 (0 of the parent), lane 1, position or seq 8", "when all up to there was held there 8") \
    X(TOKEN,    token,    "core/ledger/resources.c", "kind 1, and a name, a secret's hash 32 or an idempotency key", "version 8, made_us 8, updated_us 8, ended_us 8, TokenMade; or what it leads to") \
    X(USER,     user,     "core/ledger/resources.c", "kind 1, and a name or an idempotency key", "version 8, made_us 8, updated_us 8, ended_us 8, UserMade; or what it leads to") \
    X(DESK,     desk,     "core/ledger/resources.c", "kind 1, and a code or an idempotency key", "version 8, made_us 8, updated_us 8, ended_us 8, DeskMade; or what it leads to") \
    X(LINE,     line,     "line/table.c",        "what 1, and what table.c says",            "LineRow; messages without their text, where each stands in the journal; how this node stands with others, and how often they lost their keys; own keys without their secrets; ticks; idempotency keys; what is due") \
    X(GRID,     grid,     "core/ledger/resources.c", "kind 1, and a code or an idempotency key; of other nodes node 16, code; of an order its code, or node 16, code where it was given", "version 8, made_us 8, updated_us 8, ended_us 8, GridMade; or what it leads to; of an order GridOrdered; how often a grid was changed 8") \
    X(DUTY,     duty,     "core/ledger/duties.c", "node 16, person",                          "DutyRow") \
    X(PATROL,   patrol,   "core/ledger/patrols.c", "kind 1, and an id 16, a local day 4 with node 16 and id 16, a person, or client 8 and an idempotency key", "PatrolRow; minutes 4, police 1, stopped 1, grid; the id of the one that he is on; request 16, id 16") \
    X(INVITE,   invite,   "core/ledger/invites.c", "link key 32, or path",                    "a token to join by") \
    X(ECHO,     echo,     "core/recover.c",      "event id 28, words 8, scope 1, to 16",      "position 8, index 2; while recovering") \
    X(VERDICT,  verdict,  "core/verdict.c",      "chain",                                     "what is refused, here or above") \
    X(PERSONAL, personal, "vault/shelf.c",       "what 1, closed_us 8 of those that wait for the end of their time, matter 16", "state 1, held here 1; or nothing") \
    X(AUDIT,    audit,    "core/ledger/audit.c", "at_us 8, event id 28",                      "what was said, as its parcel has it") \
    X(FORMER,   former,   "core/ledger/former.c", "link key 32",                              "a key that was a child's") \
    X(RENEWAL,  renewal,  "core/ledger/renewals.c", "kind 1, and a node 16 or a chain 38",     "how often it was renewed 4, when 8, because; this node's certificate 32, salt 32; the salt asked with 32, of incarnation 4; from which place of a chain all is said again 8; how far that has come 8") \
    X(POLICY,   policy,   "core/ledger/policies.c", "what 1, node 16, of a part: incarnation 4, revision 8, part 1; or what 1, a version text", "the newest whole policy of a node: incarnation, revision, bytes, parts, time, hash, version; a part's bytes; what a version text stood for; what a node has heard: time 8, incarnation 4, counter 8, PolicyHeard") \
    X(CIRCULAR, circular, "core/ledger/circulars.c", "what 1, circular 16, of a part: its number 1; what 1, issued_us 8, circular 16; what 1, node 16, period 1, from_us 8; what 1, node 16; what 1, circular 16, node 16, incarnation 4, counter 8; or what 1, hash of who asked and his key 16", "a part's bytes; CircularHead; nothing; the newest circular of it 16, incarnation 4, number 8; the number of its last one 8; CircularWord that came before; what the key made 16, request 16")
/* clang-format on */

#endif
