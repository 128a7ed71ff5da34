#!/usr/bin/env python3
"""planted.py: the bugs of node/field that the tests of this folder catch, and the proof that they do.

  planted.py [--tests] [--stale] [WORD...]   as tests/unit/core/planted.py, which has the machinery. A minute."""
import os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'core'))
import planted

planted.ROOM, planted.BUGS[:] = 'field', []
planted.bugs('node/field/minutes.c',
    ('a gap of five minutes is too long', 'm->at_us - last_us <= GAP_US', 'm->at_us - last_us < GAP_US'),
    ('any gap counts', '&& m->at_us - last_us <= GAP_US)', ')'),
    ('a check-point outside counts', 'm->kind == QP_MARK_CHECKPOINT && m->place == QP_MARK_NOWHERE ?', 'm->kind == QP_MARK_CHECKPOINT ?'),
    ('a way outside counts', 'on = place == QP_MARK_ON;', 'on = true;'),
    ('a pause counts', '            walks = on = false;', '            walks = true;'),
    ('a stopped patrol goes on', 'walks = started && !stopped;', 'walks = started;'),
    ('a patrol goes on before its start', 'walks = started && !stopped;', 'walks = !stopped;'),
    ('the order of arrival decides', '        qsort(marks, n, sizeof *marks, by_time);', '        (void)by_time;'),
    ('half minutes are rounded up', 'return (uint32_t)(on_grid_us / ', 'return (uint32_t)((on_grid_us + 30000000) / '))

if __name__ == '__main__':
    planted.main()
