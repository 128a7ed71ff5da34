#!/usr/bin/env python3
"""planted.py: the bugs of the line keys' file and of the seals that the tests of this folder catch, and the proof that they do.

  planted.py [--tests] [WORD...]   as tests/unit/core/planted.py, which has the machinery, and the bugs of lines' rows. Some seconds."""
import os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'core'))
import planted

planted.ROOM, planted.BUGS[:] = 'line', []
planted.bugs('node/line/ring.c',
    ('an erasure that failed is forgotten (LI5)', '    if (rc)\n        return rc;\n    pthread_mutex_lock(&r->lock);\n    qp_wipe(&r->slot[at]', '    pthread_mutex_lock(&r->lock);\n    qp_wipe(&r->slot[at]'),
    ('a key that is over stays on the disk (LI5)', '    int rc = write_slot(r, at, zeros, e);', '    int rc = at < 0 ? write_slot(r, at, zeros, e) : 0;'),
    ('half a file is taken for one of an earlier build', ' && n != (ssize_t)QP_RING_FORMER * SLOT)', ' && n > (ssize_t)sizeof all)'),
    ('the file of an earlier build is refused', ' && n != (ssize_t)QP_RING_FORMER * SLOT)', ')'),
    ('a torn slot is a key', ' && memcmp(sum, s + AT_SUM, SUM) == 0)', ')'),
    ('everybody reads the file', 'O_CLOEXEC, 0600)', 'O_CLOEXEC, 0644)'))
planted.bugs('node/line/body.c',
    ('a seal says nothing of its place (LI4)', '    qp_be64(out + 2 * QP_ID_LEN, n);', '    qp_be64(out + 2 * QP_ID_LEN, n - n);'))

if __name__ == '__main__':
    planted.main()
