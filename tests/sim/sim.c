/* sim: many cores in one process, virtual time, faults from a seed.
 *
 *   sim [--seeds N] [--from SEED] [--jobs N] [--twice] [FAULT...] | --seed SEED [--verbose] [FAULT...] | --planted
 *
 * Each seed is one run; a failure prints the seed, and the seed with the same faults repeats it.
 * --twice runs each seed two times and compares the trace hashes. What each fault is: README.md. */
#include <getopt.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/world.h"

/* X(name): an option of that name; each is one more kind of fault in every run (tests/sim/README.md). */
/* clang-format off */
#define FAULTS(X) X(fires) X(liars) X(refused) X(months) X(clocks) X(clones) X(displaced) X(floods)
/* clang-format on */
struct faults {
#define X(name) bool name;
    FAULTS(X)
#undef X
};

static struct sim_plan plan_of(uint64_t seed, const struct faults *with)
{
    uint64_t h = seed * 0x9e3779b97f4a7c15ull;
    struct sim_plan p = {
        .nodes = 3 + (int)(h >> 60) % 6,
        .commands = 40 + (int)((h >> 40) & 63),
        .crashes = (int)((h >> 32) & 3) * 2,
        .cuts = (int)((h >> 30) & 3) * 2,
        .wipes = (int)((h >> 28) & 3) == 3 ? 1 + (int)((h >> 27) & 1) : 0,
        .forgeries = (int)((h >> 24) & 3) == 3 ? 6 : 0,
        .adjacent = (h >> 26) & 1,
        .days = with->months && (int)((h >> 50) & 3) == 3 ? 30 : 0,
        .reorder = (h >> 20) & 1,
        .duplicate = (h >> 21) & 1,
    };
    if (with->fires) {
        p.wipes = 2;
        p.adjacent = true;
    }
    if (with->liars)
        p.lies = 60;
    if (with->floods) {
        p.lies = 10;
        p.floods = 80;
        p.wipes = 0; /* who does not hand back is waited for until it is revoked (K5) */
    }
    if (with->clocks)
        p.clocks = 6;
    if (with->displaced) {
        p.displaced = 4;
        p.wipes = 0;
    }
    if (with->clones) { /* what one of two copies alone has is in its folder, and not to be burned as well */
        p.clones = 4;
        p.wipes = 0;
    }
    if (with->refused) { /* a disk that burns between a refusal and what follows from it takes with it what it alone held */
        p.spoils = 4;
        p.wipes = 0;
    }
    return p;
}

enum { SEEN_IN = 20 }; /* runs: among so many there is one of everything */
/* X(name, where a run has it, what it is): added up over the runs, and told in this order. */
/* clang-format off */
#define COUNTS(X) \
    X(turns, turns, "turns") X(frames, frames, "frames") X(ok, ok_commands, "steps taken") X(bad, bad_commands, "refused") \
    X(crashes, crashes_done, "crashes") X(restarts, restarts_done, "restarts") X(wipes, wipes_done, "disks burned") X(cuts, cuts_done, "cuts") \
    X(forgeries, forgeries_done, "forgeries") X(aheads, aheads, "parcels went ahead") X(undone, undone, "crashes undid that") \
    X(lies, lies_told, "lies told") X(ticks, ticks_seen, "ticks seen") X(parts, parts_seen, "parts heard") X(urges, urges_seen, "urges seen") \
    X(clocks, clocks_seen, "clocks looked at") X(patrols, patrols_seen, "patrols looked at") X(marks, marks_seen, "check-points found again") X(words, words_seen, "words on warnings and leads") \
    X(leads, leads_seen, "rows of leads looked at") X(found, found_seen, "matters found anew") \
    X(warnings, warnings_seen, "warnings") X(days, days_passed, "days passed") X(spoilt, spoilt_done, "parcels refused for good") \
    X(renewed, renewed, "new incarnations after that") X(lines, lines_seen, "messages of lines read") X(whispers, whispers_seen, "whispers carried") \
    X(set, clocks_set, "clocks set wrong") X(copies, copies, "nodes copied") X(told, copies_told, "pairs looked at") \
    X(brought, copies_brought, "events brought in from their folders") X(named, copies_named, "of them named to people alone") X(floods, floods, "frames that no honest link sends") \
    X(given, given_seen, "parcels given to their sender") X(records, records_seen, "records found in vaults") X(erased, records_erased, "rows of erased ones") \
    X(policies, policies_seen, "policies compared")
/* clang-format on */
struct tally { /* of 64 bits each: the runs of several processes are added member by member */
    uint64_t runs, failed;
#define X(name, of, what) uint64_t name;
    COUNTS(X)
#undef X
};

static bool one(uint64_t seed, const struct faults *with, bool twice, bool verbose, struct tally *t)
{
    struct sim_world *w = malloc(sizeof *w);
    struct sim_plan p = plan_of(seed, with);
    if (!w)
        abort();
    bool ok = sim_run(w, seed, &p, SIM_NO_BUG, verbose);
    if (!ok)
        printf("seed %llu (%d nodes, %d crashes, %d cuts, %d wipes, %d forgeries%s%s): %s\n",
               (unsigned long long)seed, p.nodes, p.crashes, p.cuts, p.wipes, p.forgeries,
               p.reorder ? ", reorder" : "", p.duplicate ? ", duplicate" : "", w->failure);
    struct qp_hash first = w->hash;
    t->runs++;
#define X(name, of, what) t->name += w->of;
    COUNTS(X)
#undef X
    if (ok && twice) {
        ok = sim_run(w, seed, &p, SIM_NO_BUG, false);
        if (ok && !qp_hash_eq(&first, &w->hash)) {
            printf("seed %llu: a second run has another trace\n", (unsigned long long)seed);
            ok = false;
        }
    }
    t->failed += !ok;
    fflush(stdout);
    free(w);
    return ok;
}

static void tell(const struct tally *t, time_t began)
{
    printf("%llu seeds in %lld s", (unsigned long long)t->runs, (long long)(time(NULL) - began));
#define X(name, of, what) printf(", %llu " what, (unsigned long long)t->name);
    COUNTS(X)
#undef X
    printf("\n");
}

/* A checker that had nothing to look at checks nothing. */
static bool all_seen(const struct tally *t, const struct faults *with)
{
    bool always =
        t->clocks && t->patrols && t->marks && t->words && t->leads && (t->found || with->clocks) &&
        t->warnings && t->lines && t->whispers && t->ticks && t->parts && t->urges && t->crashes && t->cuts &&
        ((t->records && t->erased && t->policies) || with->floods || with->clones || with->displaced);
    bool burns =
        with->fires && !(with->refused || with->floods || with->clones || with->displaced); /* plan_of */
    bool asked = (t->days || !with->months) && (t->set || !with->clocks) &&
                 ((t->floods && t->given) || !with->floods) && (t->lies || !(with->liars || with->floods)) &&
                 (t->wipes || !burns) && ((t->spoilt && t->renewed) || !with->refused);
    bool copied = (t->told && t->brought) || !(with->clones || with->displaced);
    return t->runs < SEEN_IN || (always && asked && copied);
}

/* Seeds from, from + jobs, ...: one process. */
static int share(uint64_t from, uint64_t end, uint64_t jobs, const struct faults *with, bool twice, int out)
{
    struct tally mine = {0};
    for (uint64_t s = from; s < end; s += jobs)
        one(s, with, twice, false, &mine);
    return write(out, &mine, sizeof mine) == sizeof mine ? 0 : 1;
}

static int campaign(uint64_t from, uint64_t seeds, int jobs, const struct faults *with, bool twice)
{
    struct tally t = {0};
    int pipes[16][2];
    time_t began = time(NULL);
    jobs = jobs < 1 ? 1 : jobs > 16 ? 16 : jobs;
    for (int j = 0; j < jobs; j++) {
        if (pipe(pipes[j]) != 0)
            return 1;
        fflush(stdout);
        if (fork() == 0)
            _exit(share(from + (unsigned)j, from + seeds, (unsigned)jobs, with, twice, pipes[j][1]));
        close(pipes[j][1]);
    }
    for (int j = 0; j < jobs; j++) {
        struct tally mine = {0};
        if (read(pipes[j][0], &mine, sizeof mine) != sizeof mine)
            mine.failed = 1; /* it died: an assertion, printed above */
        for (size_t k = 0; k < sizeof t / 8; k++)
            ((uint64_t *)&t)[k] += ((uint64_t *)&mine)[k];
    }
    while (wait(NULL) > 0)
        ;
    tell(&t, began);
    if (!all_seen(&t, with)) {
        printf("a checker had nothing to look at, or a fault that was asked for did not happen: see the "
               "counts above\n");
        t.failed++;
    }
    printf("%llu passed, %llu failed\n", (unsigned long long)(t.runs - t.failed),
           (unsigned long long)t.failed);
    return t.failed == 0 && t.runs == seeds ? 0 : 1;
}

enum { FAULT = 256 }; /* getopt's values of the faults' options: from here on, in the order of the list */
enum {
#define X(name) WITH_##name,
    FAULTS(X)
#undef X
};

static int help(int status)
{
    fprintf(stderr, "sim [--seeds N] [--from SEED] [--jobs N] [--twice] [FAULT...] | --seed SEED [--verbose] "
                    "[--twice] [FAULT...] | "
                    "--planted\nFAULT:");
#define X(name) fprintf(stderr, " --" #name);
    FAULTS(X)
#undef X
    fprintf(stderr, "\n");
    return status;
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {{"seeds", 1, 0, 'n'},
                                          {"from", 1, 0, 'f'},
                                          {"jobs", 1, 0, 'j'},
                                          {"twice", 0, 0, 't'},
                                          {"seed", 1, 0, 's'},
                                          {"verbose", 0, 0, 'v'},
                                          {"planted", 0, 0, 'p'},
                                          {"help", 0, 0, 'h'},
#define X(name) {#name, 0, 0, FAULT + WITH_##name},
                                          FAULTS(X)
#undef X
                                              {0}};
    unsigned long long seeds = 100, from = 1, seed = 0;
    int jobs = 1, c;
    bool twice = false, verbose = false, planted = false;
    struct faults with = {0};
    while ((c = getopt_long(argc, argv, "n:f:j:ts:vh", longs, NULL)) != -1)
        switch (c) {
        case 'n': seeds = strtoull(optarg, NULL, 10); break;
        case 'f': from = strtoull(optarg, NULL, 10); break;
        case 'j': jobs = atoi(optarg); break;
        case 't': twice = true; break;
        case 's': seed = strtoull(optarg, NULL, 10); break;
        case 'p': planted = true; break;
        case 'v': verbose = true; break;
#define X(name)                                                                                              \
    case FAULT + WITH_##name: with.name = true; break;
            FAULTS(X)
#undef X
        default: return help(c == 'h' ? 0 : 2);
        }
    if (qp_crypto_init(NULL))
        return 1;
    if (planted)
        return sim_planted();
    struct tally t = {0};
    return seed != 0 ? !one(seed, &with, twice, verbose, &t) : campaign(from, seeds, jobs, &with, twice);
}
