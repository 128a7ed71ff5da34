/* power.h: a disk whose power fails at any moment.
 *
 *   file      what is written ─► page cache ─► [fdatasync] ─► shadow: what the disk holds for sure
 *   failure   each 512 bytes of the environment that differ: the shadow's or the page cache's, by lot (of the tables as well where
 *             it fails within a close)
 *             the entry that was just being written: each 512 bytes the old or the new, by lot
 *
 * The program's own fdatasync (power.c) takes LMDB's place in front of the C library's: that is how the shadow
 * knows, and how a sync can be made to fail. QP_SEED repeats a run. */
#ifndef QP_TESTS_STORE_POWER_H
#define QP_TESTS_STORE_POWER_H

#include "tests/unit/store/rig.h"

struct image {
    uint8_t *p; /* from malloc; NULL: there was no such file */
    size_t len;
};
struct image image_load(const char *path);

struct disk {
    char path[128]; /* of the environment's file; "": nobody looks */
    struct image shadow;
    int fail;  /* the next syncs of it that fail */
    bool kill; /* the process ends at the next sync of it, before anything is on the disk */
    unsigned syncs;
    char tables[128]; /* likewise the tables' */
    struct image tables_shadow;
    unsigned stop; /* disk_stop */
    struct rig *rig;
    struct {
        bool is;
        struct image journal, tables; /* the shadows at that moment */
    } stopped;
};
extern struct disk disk;

/* From here on the rig's environment is looked at; what it is now is on the disk. */
void disk_watch(struct rig *r);
/* The teardown of a test that has watched: rig_down, and nobody looks any more. */
int disk_down(void **state);
/* QP_SEED or a new one; printed. */
unsigned seed_of_run(void);
/* The store is left as it is, and the machine goes down. `before`: the redo log before the write that was
 * under way, or NULL. */
void power_fails(struct rig *r, const struct image *before, unsigned *seed);
/* The power fails before the nth sync of either environment from here on: the program does not know, what it does after that is not
 * on the disk. */
void disk_stop(unsigned nth);
/* The store was closed: the folder becomes what the disk holds since. False: there were fewer syncs, and the power failed after the
 * last of them. */
bool disk_stopped(struct rig *r, unsigned *seed);
/* Opens the store: it ends at one of the two, and every record up to there is the one that was written. */
void is_whole(struct rig *r, uint64_t least, uint64_t most);

#endif
