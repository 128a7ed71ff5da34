#!/usr/bin/env python3
"""planted.py: the bugs of the redo log that the tests of this folder catch, and the proof that they do.

  planted.py [--tests] [WORD...]   as tests/unit/core/planted.py, which has the machinery. About a minute."""
import os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'core'))
import planted

planted.ROOM, planted.BUGS[:] = 'store', []
planted.bugs('node/store/redo.c',
    ('a base is not pinned: its pages are given away', '        r->pin = pin;\n', '        unpin(&pin);\n'),
    ('the pin of a checkpoint is let go at once', '        r->pin = r->next_pin;\n', '        unpin(&r->next_pin);\n'),
    ('a base is written before the environment is synced', '        rc = sync_env(s, e);\n        if (!rc)\n            rc = base_write', '        if (!rc)\n            rc = base_write'),
    ('a turn that fits into no entry is not synced', '    int rc = sync_env(s, e);\n', '    int rc = 0;\n'),
    ('the ring is written over before a base has moved', 'if (r->used + skipped(r, n) + n > QP_REDO_RING)', 'if (0)'),
    ('a failed sync is forgotten', '    base_write(s, &s->redo.base, &sync_failed, NULL);\n', ''),
    ('a clean end is not said', 'qp_redo_base_now(s, &nothing_left, e)', 'qp_redo_base_now(s, &s->boot, e)'))
planted.bugs('node/store/redo_open.c',
    ('after a power loss the newest meta page is believed', 'return r->power_lost ? meta_restore(s, data, e) : 0;', 'return 0;'),
    ('only one meta page is put back', 'for (uint64_t as = txn - 1; as <= txn && done; as++)', 'for (uint64_t as = txn; as <= txn && done; as++)'),
    ('another boot is taken for the same one', 'r->armed && !qp_hash_eq(&boot, &s->boot)', 'false && !qp_hash_eq(&boot, &s->boot)'),
    ('the entries are not appended', 'return !rc ? append_entries(s, e) : rc;', 'return rc;'),
    ('the scan does not go round the ring', '            !(entry_read(r, block = 0, &seq) && seq == r->seq))', '            true)'),
    ('an entry is not hashed', 'return qp_hash_eq(&hash, &stated);', 'return true;'),
    ('what stands behind a damaged entry is not looked for', '        rc = none_beyond(s, e);', '        rc = 0;'),
    ('the log of another journal is taken', 'if (memcmp(r->entry + AT_ENTRY_EPOCH, s->epoch, QP_ID_LEN) != 0)', 'if (0)'),
    ('an entry need not be on the disk', 'O_RDWR | O_CLOEXEC | O_DSYNC', 'O_RDWR | O_CLOEXEC'),
    ('the ring is not written beforehand', 'for (off_t at = 0; at < FILE_BYTES && made; at += ENTRY_MOST) {', 'for (off_t at = ftruncate(fd, FILE_BYTES) ? 0 : FILE_BYTES; at < FILE_BYTES && made; at += ENTRY_MOST) {'),
    ('a killed process leaves no new base', '    rc = qp_redo_base_now(s, &s->boot, e);\n    return !rc ? append', '    rc = r->generation > 0 && !r->power_lost ? 0 : qp_redo_base_now(s, &s->boot, e);\n    return !rc ? append'))
planted.bugs('node/store/store.c',
    ('at a close the mark goes before the tables are on the disk', 'if (!s->no_sync && mdb_env_sync(s->tables, 1))\n        return;\n    bool says = s->dirty || s->untold != s->had_untold;\n    if (says && qp_journal_mark(s, NULL, false, NULL))\n        return;\n',
        'bool says = s->dirty || s->untold != s->had_untold;\n    if (says && qp_journal_mark(s, NULL, false, NULL))\n        return;\n    if (!s->no_sync && mdb_env_sync(s->tables, 1))\n        return;\n'),
    ('at a close the tables are not synced', '    if (!s->no_sync && mdb_env_sync(s->tables, 1))\n        return;\n    bool says', '    bool says'),
    ('the environment is committed before its entry is written', '        rc = qp_redo_write(s, e); /*', '        rc = 0; /*'),
    ('a look at a store after a crash unsays the crash (L3)', 's->untold = s->had_untold || !s->clean;', 's->untold = s->had_untold;'),
    ('the first turn is not armed', '    rc = qp_redo_begin(s, e);', '    rc = 0;'))

planted.bugs('node/store/redo_open.c',
    ('a clean end does not compare the base', '    int rc = r->generation > 0 ? compare(s, e) :', '    int rc = r->generation > 0 ? (r->armed ? compare(s, e) : 0) :'),
    ('a missing log after a disorderly end is taken', '    if (!s->dirty && !s->dirty_elsewhere)', '    if (1)'),
    ('the base of another journal is taken', 'if (memcmp(r->epoch, s->epoch, QP_ID_LEN) != 0)', 'if (0)'))
planted.bugs('node/store/journal.c',
    ('a damaged record poisons the store', '        qp_damage_note(s, position);\n', '        return qp_store_poison(s, rc);\n'))
planted.bugs('node/store/damage.c',
    ('a damaged record is counted each time', 'while (i < d->n && d->at[i] != position)', 'while (i < d->n)'))
planted.bugs('node/store/scrub.c',
    ('the scrub does not compare the chain', '!qp_hash_eq(&r.prev, &prev)', 'false'))
planted.bugs('node/store/mend.c',
    ('whatever parcel is offered is written', '    if (!fits(x) && ', '    if (parcel.len == 0 && !fits(x) && '),
    ('what is mended is not committed', '        t->store->mended = true;\n', ''),
    ('what is whole again is told as damaged', '        qp_damage_over(t->store, position, true);\n', ''),
    ('a head with a wrong bit is for ever damaged', '!fits_with_one_bit(x, QP_RECORD_HEAD)', 'x->len > 0'),
    ('the record before it is not asked what it was', 'qp_record_frame(x->bytes, position, x->len, known ? &prev : NULL);', '(void)prev;'))
planted.bugs('node/store/copy.c',
    ('a copy goes on behind another journal', 'if (memcmp(mark->epoch, s->epoch, QP_ID_LEN) != 0)', 'if (0)'),
    ('what an interrupted copy left stays', 'ftruncate(fd, (off_t)mark->bytes) != 0 || ', ''),
    ('the last record of a copy is not compared', '!qp_hash_eq(&prev, &mark->hash) || bytes', 'bytes'))
planted.bugs('node/store/rows.c',
    ('a row is not checked', '    return memcmp(check, (const uint8_t *)v->mv_data + v->mv_size, QP_ROW_CHECK) == 0;', '    return true;'))

if __name__ == '__main__':
    planted.main()
