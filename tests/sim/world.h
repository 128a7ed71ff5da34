/* world.h: a whole tree of nodes in one process, in virtual time, from one seed.
 *
 *   agenda (a heap of moments) ─► a frame arrives │ a node's turn │ a session's time
 *                                 a fault │ somebody does something │ a check
 *
 * Every node is the real core, the real store (LMDB on tmpfs) and the real sessions; only the wire is made up
 * (net.c). One seed repeats a run exactly: the trace hash covers every journal's head after every turn, and
 * every output. */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/core.h"
#include "node/link/session.h"
#include "node/vault/vault.h"

enum { SIM_NODES = 12, SIM_KIDS = 8, SIM_MATTERS = 64, SIM_ACKED = 1024, SIM_MAP = 64 << 20 };
enum { SIM_TWIN = SIM_NODES - 1 }; /* the node number of a copy (clones.c); cities are smaller */
enum { SIM_LINES = 6, SIM_SAID = 256, SIM_MARKS = 4, SIM_MARK = 24 };

/* What goes wrong, by how much; and the bugs that can be planted to prove the checkers. */
struct sim_plan {
    int nodes;    /* 3..SIM_NODES */
    int commands; /* things that people do */
    int crashes, cuts, wipes, forgeries, revokes;
    int spoils;    /* parcels that a node above does not take (E6), although nobody lies */
    int lies;      /* one leaf is enrolled and lies so often */
    int floods;    /* ... and sends so often what no honest link sends: flood.c */
    int days;      /* pass between the faults: watch.c */
    int displaced; /* so often the place of a node that runs is given to another: clones.c */
    int clones;    /* so often it is tried to copy a node that runs: clones.c */
    int clocks;    /* so often a node's clock is set wrong, by minutes up to a year, and right again */
    bool adjacent; /* a disk that burns sets its neighbours' on fire */
    bool reorder, duplicate;
};
enum sim_bug {
    SIM_NO_BUG = 0,
    SIM_BUG_ANSWER_EARLY,
    SIM_BUG_TIMEOUT_THAWS,
    SIM_BUG_TWICE,
    SIM_BUG_FACE,
    SIM_BUG_BOARD,
    SIM_BUG_SCOPE,
    SIM_BUG_CHAIN,
    SIM_BUG_REBUILD,
    SIM_BUG_CLOCK,
    SIM_BUG_FROZEN,
    SIM_BUG_UNTOLD,
    SIM_BUG_TICKS,
    SIM_BUG_BELIEVED,
    SIM_BUG_RING,
    SIM_BUG_LATER,
    SIM_BUG_PART,
    SIM_BUG_WARNING,
    SIM_BUG_WARNED,
    SIM_BUG_LEAD,
    SIM_BUG_FOUND,
    SIM_BUG_PATROL,
    SIM_BUG_PATROL_DAY,
    SIM_BUG_MARK,
    SIM_BUG_WORD,
    SIM_BUG_URGE,
    SIM_BUG_OVERLOOK,
    SIM_BUG_LEDGER,
    SIM_BUG_LINE_ORDER,
    SIM_BUG_LINE_TWICE,
    SIM_BUG_LINE_LOST,
    SIM_BUG_LINE_TICK,
    SIM_BUG_LINE_SEEN,
    SIM_BUG_WHISPER,
    SIM_BUG_FOLDER,
    SIM_BUG_SILENCE,
    SIM_BUG_GIVEN,
    SIM_BUG_FAREWELL,
    SIM_BUG_THROWN,
    SIM_BUG_RECORD_LOST,
    SIM_BUG_RECORD_STAYS,
    SIM_BUG_RECORD_GIVEN,
    SIM_BUG_POLICY_LOST,
    SIM_BUG_POLICY_LOOSE
};

struct sim_frame {
    struct sim_frame *next;
    uint8_t *bytes;
    size_t len;
};

/* One direction of a link: frames under way, in two orders (urgent deliveries may overtake the rest, and be
 * overtaken). */
struct sim_pipe {
    struct sim_frame *head[2], **tail[2];
    int64_t last_us[2];
    bool cut;
};
struct sim_link {
    int child; /* node index */
    bool up;   /* a connection stands */
    unsigned generation;
    struct sim_pipe pipe[2]; /* 0: child to parent, 1: parent to child */
};

struct sim_end {
    struct sim_world *w;
    int node, link; /* of a child: the connection whose greeting was the last to fit (node/link/route.c) */
    int calling;    /* ... and the one that called last */
    bool dials;
};

struct sim_node {
    char path[QP_PATH_MAX];
    int parent, kids[SIM_KIDS], nkids;
    uint8_t id[QP_ID_LEN];
    uint32_t incarnation;
    bool up, wiped, revoked, silent;
    bool spoilt;      /* what it says was refused once: the second time it would wait for an hour */
    bool burned;      /* from the fire until it has recovered */
    bool has_burned;  /* ever */
    bool turned_away; /* it was asked for an invitation and is itself coming back */
    struct qp_keys keys;
    struct qp_store *store;
    struct qp_core *core;
    struct qp_vault
        *vault; /* records.c; flood.c: of the liar's parent: without one no carried message is heard */
    struct qp_ring *ring;                     /* its line keys, in its folder */
    struct qp_session *session[1 + SIM_KIDS]; /* 0: parent */
    struct sim_end end[1 + SIM_KIDS];
    struct qp_arena *gather; /* what the waiting inputs point to */
    struct qp_input *inputs;
    size_t ninputs, capinputs;
    bool turn_due, went_ahead;
    int64_t pump_at_us;
    int crash_point;  /* 0 none, 4 before anything goes ahead, 5 (when something has gone ahead) and 1 before
                        the journal's commit, 2 between the commits, 3 before the release */
    unsigned life;    /* changes at each start */
    int64_t ahead_us; /* of its clock, of the true time; sessions count on a clock that nobody sets */
};

/* What its clock shows now. */
#define SIM_CLOCK_OF(w, i) ((w)->now_us + (w)->node[i].ahead_us)

struct sim_acked { /* a command that was answered */
    uint8_t matter[QP_ID_LEN];
    char key[24];
    int node;
    int body;
    bool excused;  /* its node's disk burned before it was held above */
    char note[96]; /* the comment that tells of it, if it could not be said again: clones.c */
};
struct sim_ticket {
    uint64_t ticket;
    char key[24];
    int node, body;
    bool setup;
    int kind;
};

/* A line between two nodes; who has said how much on it, and what of that was answered (lines.c). */
struct sim_line {
    uint8_t id[QP_ID_LEN];
    int end[2];
};
struct sim_said {
    int line, node, number;
    uint64_t ticket; /* 0: answered */
};

struct sim_walked {  /* a check-point, or a word on a warning or lead, that was asked for */
    uint64_t ticket; /* also the number in its text */
    int node;
    bool answered, excused; /* its disk burned, or people were told of it (E6) */
};

/* A node of which two copies run, and what becomes of them: clones.c. */
enum sim_twin_state { SIM_TWIN_NONE = 0, SIM_TWIN_RUNS, SIM_TWIN_LOOKED, SIM_TWIN_FIRST, SIM_TWIN_SECOND };
struct sim_aside { /* what a folder that was set aside has said: malloc'd */
    struct qp_slice *v;
    size_t n;
};
struct sim_twin {
    enum sim_twin_state state;
    int of;
    bool displaced;            /* no copy: its place was given to another while it ran */
    uint64_t began;            /* where both journals were one */
    bool both;                 /* both had said something when it was begun to look at them */
    unsigned life[2];          /* of the true one and of the copy, as they began */
    struct sim_aside aside[2]; /* the copy's, the true one's */
    size_t brought, out;       /* events of the one that is brought in; how many are unanswered */
    unsigned out_life;
};

struct sim_moment {
    int64_t at_us;
    uint64_t order;
    int kind, a, b;
    unsigned life;
    struct sim_frame *frame;
};

struct sim_world {
    uint64_t seed, rng;
    struct sim_plan plan;
    enum sim_bug bug;
    bool trace, verbose;
    char dir[64];
    int64_t now_us, end_faults_us;
    struct sim_node node[SIM_NODES];
    struct sim_link link[SIM_NODES]; /* link i joins node i to its parent; 0 is unused */
    int n;
    int liar; /* 0: nobody */
    struct sim_moment *agenda;
    size_t nagenda, capagenda;
    uint64_t order;
    uint8_t matters[SIM_MATTERS][QP_ID_LEN];
    int nmatters;
    struct sim_acked acked[SIM_ACKED];
    int nacked;
    struct sim_ticket tickets[SIM_ACKED];
    int ntickets;
    uint64_t next_ticket;
    struct {
        uint32_t incarnation;
        uint64_t seq;
    } sent[SIM_NODES][SIM_NODES]
          [2]; /* over a link, of an origin, in a lane: the highest place as it truly is (spoil.c) */
    int active[SIM_MATTERS]; /* which node may act on it now; -1: none */
    struct qp_hash hash;     /* of the run so far */
    struct qp_hash root;
    Qp__Welcome *welcome;
    bool healing;
    uint64_t turns, frames, ok_commands, bad_commands, crashes_done, wipes_done, cuts_done, forgeries_done,
        aheads, undone, spoilt_done, renewed, restarts_done, lies_told, ticks_seen, parts_seen, clocks_seen,
        patrols_seen, urges_seen;
    struct sim_twin twin;
    struct sim_line lines[SIM_LINES];
    int nlines, tried[SIM_LINES][2]; /* what each end has tried to say */
    struct sim_said said[SIM_SAID];
    int nsaid, fires[SIM_NODES];
    struct sim_walked walked[SIM_ACKED];
    int nwalked;
    struct sim_walked words[SIM_ACKED]; /* on warnings and leads */
    int nwords;
    uint64_t words_seen;
    uint64_t marks_seen;                /* check-points that the root has */
    uint8_t marks[SIM_MARKS][SIM_MARK]; /* out of whispers, as they go */
    int nmarks;
    uint64_t lines_seen, whispers_seen;
    uint64_t leads_seen; /* rows that leads.c has compared */
    uint64_t found_seen; /* matters that leads.c has found, anew, to belong to others */
    uint64_t warnings_seen, days_passed, clocks_set;
    uint64_t policies_seen;
    uint64_t records_seen, records_erased; /* in vaults, at the end; rows of erased ones */
    uint64_t floods, given_seen;           /* frames of the liar; parcels that it was given */
    uint64_t copies, copies_told, copies_brought, copies_named;
    char failure[600]; /* the first thing that was wrong; "" */
};

enum {
    SIM_FRAME = 1,
    SIM_TURN,
    SIM_PUMP,
    SIM_COMMAND,
    SIM_CRASH,
    SIM_RESTART,
    SIM_CUT,
    SIM_HEAL,
    SIM_WIPE,
    SIM_REJOIN,
    SIM_CONNECT,
    SIM_LIE,
    SIM_DAY,
    SIM_CLOCK,
    SIM_CLONE,
    SIM_DISPLACE,
    SIM_BUSY,
    SIM_PART,
    SIM_FLOOD
};

/* ---- urges.c ---- */
bool sim_urges_begin(struct sim_world *w, int i); /* its core was opened; true */
void sim_check_urges(struct sim_world *w, int i, struct qp_read *r);

/* ---- records.c: who reported, under lock ---- */
bool sim_keeps_records(const struct sim_world *w);
bool sim_record_open(struct sim_world *w, int i); /* its core was opened */
const struct qp_sealed *sim_record(struct sim_world *w, int i);
void sim_record_before(struct sim_world *w, int i, bool crashes); /* the journal's commit */
void sim_record_after(struct sim_world *w, int i, bool crashes);
void sim_check_records(struct sim_world *w, struct qp_read *const *r); /* of all; NULL: not running */
bool sim_plant_record(struct sim_world *w, struct qp_arena *a);

/* ---- policies.c ---- */
bool sim_has_policies(const struct sim_world *w);
void sim_legislator(struct sim_world *w, int i);
void sim_check_policies(struct sim_world *w, struct qp_read *const *r); /* of all; NULL: not running */
bool sim_plant_policy(struct sim_world *w);

/* ---- world.c ---- */
uint64_t sim_random(struct sim_world *w);
uint64_t sim_below(struct sim_world *w, uint64_t n);
bool sim_chance(struct sim_world *w, unsigned percent);
void sim_seed32(struct sim_world *w, uint8_t seed[32]);
void sim_at(struct sim_world *w, int64_t in_us, int kind, int a, int b);
void sim_fail(struct sim_world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void sim_note(struct sim_world *w, const void *p, size_t len);
/* What happens at node i, told with --verbose. */
void sim_told(const struct sim_world *w, int i, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool sim_run(struct sim_world *w, uint64_t seed, const struct sim_plan *plan, enum sim_bug bug, bool verbose);
void sim_tell(struct sim_world *w);

void sim_heal(struct sim_world *w, int link);

/* ---- clones.c: a node's folder is copied, and both run ---- */
uint64_t sim_head(const struct sim_node *x); /* of its journal; 0: it is down */
void sim_clone(struct sim_world *w, bool displaces);
void sim_part(struct sim_world *w); /* the next thing that becomes of the two */
bool sim_cloned(const struct sim_world *w);
bool sim_doubled(const struct sim_world *w, int i); /* two of it run */
/* It is there only until the other folder joins again. */
bool sim_returning(const struct sim_world *w, int i);
int sim_either(struct sim_world *w, int i);          /* whom people and faults meet who mean node i */
int sim_true_node(const struct sim_world *w, int i); /* the copy: whose it is */
void sim_brought_in(struct sim_world *w, int i, const struct qp_reply *r);
void sim_clone_clean(struct sim_world *w);
void sim_plant_deaf(struct sim_world *w, int i); /* it does not hear that it is not alone */

/* ---- node.c ---- */
bool sim_found(struct sim_world *w);
bool sim_start(struct sim_world *w, int i);
void sim_stop(struct sim_world *w, int i); /* as a crash would */
void sim_turn(struct sim_world *w, int i);
void sim_pump(struct sim_world *w, int i);
void sim_input(void *arg, const struct qp_input *in);
void sim_command(struct sim_world *w, int i, const struct qp_command *cmd, const char *key, int kind);
bool sim_rejoin(struct sim_world *w, int i, const Qp__Welcome *wel);
void sim_want_turn(struct sim_world *w, int i);
void sim_want_pump(struct sim_world *w, int i, int64_t at_us);

/* ---- burn.c ---- */
void sim_fire(struct sim_world *w, int i);
bool sim_burned(const struct sim_world *w); /* is anybody coming back? */

/* ---- net.c ---- */
void sim_launch(struct sim_world *w, int link, int way, int order, const uint8_t *frame, size_t len);
bool sim_send(void *arg, const uint8_t *frame, size_t len);
void sim_arrive(struct sim_world *w, struct sim_moment *m);
void sim_connect(struct sim_world *w, int link);
void sim_disconnect(struct sim_world *w, int link);
/* What a child has sent still arrives, although it has crashed: its kernel goes on. */
void sim_last_words(struct sim_world *w, int link);

/* ---- load.c ---- */
void sim_somebody(struct sim_world *w);
void sim_settle(struct sim_world *w); /* answers every offer that waits for a person */
void sim_invite(struct sim_world *w, int child);

void sim_busy(struct sim_world *w, int i); /* somebody works at this node */

void sim_comment(struct sim_world *w, int i, const uint8_t *matter, const char *key);

/* ---- ground.c: patrols ---- */
void sim_walker(struct sim_world *w, int i);
void sim_check_patrols(struct sim_world *w, int i, struct qp_read *const *of_all); /* NULL: not running */
void sim_check_patrol_days(struct sim_world *w, int i, struct qp_read *own);
void sim_walk_replied(struct sim_world *w, const struct qp_reply *r);
/* named: what people of node i were told to say again; NULL: its disk burned. */
void sim_walk_excused(struct sim_world *w, int i, const Qp__Event *named);
void sim_check_walked(struct sim_world *w, struct qp_read *root);
bool sim_plant_patrol(struct sim_world *w, struct qp_arena *a);
bool sim_plant_patrol_day(struct sim_world *w);

/* ---- said.c: what people say of warnings and leads ---- */
void sim_sayer(struct sim_world *w, int i);
void sim_word_replied(struct sim_world *w, const struct qp_reply *r);
void sim_check_words(struct sim_world *w, struct qp_read *const *r); /* of all; NULL: not running */

/* ---- lines.c: people who speak on lines, and whisper ---- */
void sim_talker(struct sim_world *w, int i);
/* An empty message of that type in the node's arena. */
void *sim_message(struct sim_world *w, int i, const ProtobufCMessageDescriptor *d);
#define SIM_NEW(lower) sim_message(w, i, &qp__##lower##__descriptor)
void sim_replied(struct sim_world *w, int i, const struct qp_reply *r); /* a command's answer (load.c) */
void sim_line_replied(struct sim_world *w, int i, const struct sim_ticket *t, const struct qp_reply *r);
void sim_whisper_goes(struct sim_world *w, const struct qp_output *o);
void sim_ring_open(struct sim_world *w, int i);
void sim_ring_tend(struct sim_world *w, int i);
void sim_check_lines(struct sim_world *w, struct qp_read *const *r); /* of all; NULL: not running */
bool sim_plant_line(struct sim_world *w, struct qp_arena *a);
/* Whether what `has` looks for is anywhere in a journal or in a table. */
bool sim_keeps(const struct sim_world *w, struct qp_read *r,
               bool (*has)(const struct sim_world *w, const void *p, size_t len));

/* ---- spoil.c ---- */
uint8_t *sim_spoilt(struct sim_world *w, int link, const uint8_t *frame, size_t frame_len, struct qp_arena *a,
                    size_t *len);

/* ---- liar.c ---- */
void sim_lie(struct sim_world *w);

void sim_lie_rooms(struct sim_world *w);

/* ---- flood.c ---- */
bool sim_flood_open(struct sim_world *w, int i); /* its core was opened */
void sim_flood_close(struct sim_world *w, int i);
void sim_flood(struct sim_world *w);
void sim_check_to_liar(struct sim_world *w, const uint8_t *frame, size_t len); /* what its parent sends it */

/* ---- plant.c ---- */
bool sim_plant(struct sim_world *w);
int sim_planted(void);

/* ---- check.c ---- */
int sim_count_key(struct qp_read *r, const uint8_t *matter, const char *key, int body);
int sim_core_turn(struct sim_world *w, int i, struct qp_txn *t, const uint8_t seed[QP_SEED_LEN],
                  struct qp_outputs *out, struct qp_err *e);
void sim_check_holders(struct sim_world *w, int i);
/* No tick that node i shows of a matter is more than what is so. */
void sim_check_ticks(struct sim_world *w, int i);
void sim_check_rings(struct sim_world *w, int i, struct qp_read *r);
bool sim_plant_ring(struct sim_world *w, struct qp_arena *a);
/* work.c: dues are later only with a reason, and helpers are heard. r: of each node, NULL where it is not open. */
void sim_check_work(struct sim_world *w, struct qp_read *const *r);
bool sim_plant_work(struct sim_world *w, struct qp_arena *a, bool clock);
/* watch.c: what node i has said of unusual rises is what its counts, judged anew, come to. */
void sim_check_watch(struct sim_world *w, int i);
/* They are known the same above it. r: as of sim_check_work. */
void sim_check_warnings(struct sim_world *w, int i, struct qp_read *const *r);
/* leads.c: what node i found of leads is known the same above it. r: as of sim_check_work. */
void sim_check_leads(struct sim_world *w, int i, struct qp_read *const *r);
/* What node i found is what comparing its matters anew comes to. */
void sim_check_compared(struct sim_world *w, int i);
bool sim_plant_found(struct sim_world *w, struct qp_arena *a);
void sim_check_all(struct sim_world *w);

#endif
