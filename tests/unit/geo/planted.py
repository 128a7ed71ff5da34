#!/usr/bin/env python3
"""planted.py: the bugs of topology/geo that the tests of this folder catch, and the proof that they do.

  planted.py [--tests] [--stale] [WORD...]   as tests/unit/core/planted.py, which has the machinery. Some minutes."""
import os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'core'))
import planted

planted.ROOM, planted.BUGS[:] = 'geo', []
planted.bugs('topology/geo/crs.c',
    ('GCJ-02 is taken back in one step', 'enum { ROUNDS = 12 };', 'enum { ROUNDS = 1 };'),
    ('positions outside of China are moved', 'crs != QP_CRS_BD09) || outside_china(*lat, *lon))\n        return;\n    if (crs == QP_CRS_BD09)\n        backward', 'crs != QP_CRS_BD09))\n        return;\n    if (crs == QP_CRS_BD09)\n        backward'))
planted.bugs('topology/geo/shape.c',
    ('a ray through a corner counts twice', 'p.lat7 < (rises ? b.lat7 : a.lat7)', 'p.lat7 <= (rises ? b.lat7 : a.lat7)'),
    ('a level edge is none', '            if (between(p.lon7, a.lon7, b.lon7))\n                return QP_GEO_EDGE;\n', ''),
    ('a hole is inside', 'inside ^= side == QP_GEO_INSIDE;', 'inside |= side == QP_GEO_INSIDE;'),
    ('products of the whole globe overflow', '* ((int64_t)p.lon7 - a.lon7)', '* (int32_t)((int64_t)p.lon7 - a.lon7)'))
planted.bugs('topology/geo/measure.c',
    ('the ellipsoid is a sphere', 'return FLATTENING * (2 - FLATTENING);', 'return 1e-12;'),
    ('holes add to an area', 'sum += s->rings[i].hole ? -area : area;', 'sum += area;'),
    ('the foot may lie beyond the edge', '    t = t < 0 ? 0 : t > 1 ? 1 : t;\n', ''))
planted.bugs('topology/geo/rings.c',
    ('a ring that is open is taken', 'n >= 3 && (a->lat7', 'n >= 3000 && (a->lat7'),
    ('swapped axes are taken as they are', '    if (looks_swapped(g))', '    if (0)'),
    ('an edge round the globe is taken', '        if (spans_the_globe(r, first)) {', '        if (0) {'),
    ('a boundary may be as long as it likes', '    if (r->n_points == most) {', '    if (0) {'))
planted.bugs('topology/geo/sound.c',
    ('a boundary that crosses itself is sound', '    bool ok = valid == 1;\n    if (valid == 0)', '    bool ok = true;\n    if (0)'),
    ('the first edge is blamed', 'if (off > least)', 'if (off >= least)'))
planted.bugs('topology/geo/geojson.c',
    ('codes may be there twice', '        f->grids[v[i] - f->grids].feature = 0; /* to be dropped */\n', ''),
    ('a code is unique in the whole tree', 'strcmp(v[i]->node, v[first]->node) != 0) {', '0) {'),
    ('any crs is taken for WGS 84', 'if (crs == QP_CRS_UNKNOWN)\n        return qp_geo_fault', 'if (0)\n        return qp_geo_fault'))
planted.bugs('topology/geo/members.c',
    ('lists may be nested without end', '    if (depth == 0)\n', '    if (0)\n'),
    ('a member may be there twice', '        if (m && m->from) {', '        if (0) {'))
planted.bugs('topology/geo/index.c',
    ('the first candidate wins', '    if (q->best && q->best <= c)', '    if (q->best)'),
    ('codes are compared without case', 'int c = strcmp(x->grid.code, y->grid.code);', 'int c = strcasecmp(x->grid.code, y->grid.code);'),
    ('an edge belongs to nobody', 'char in = GEOSPreparedIntersects_r(', 'char in = GEOSPreparedContains_r('),
    ('each grid weighs the same', 'share = all > 0 ? b->area_m2 / all : 0.5;', 'share = 0.5;'),
    ('a node over the date line lies on the other side of the globe', '    east -= ROUND * round(east / ROUND);\n', ''),
    ('the nearest is looked for once', 'if (*out || reach >= most_m)', 'if (1)'),
    ('what is found at the rim of the search is taken', 'if (q.best && q.metres <= reach) {', 'if (q.best) {'))
planted.bugs('topology/geo/keeper.c',
    ('grids that changed are not seen', 'if (!k->index || k->stamp != stamp)', 'if (!k->index)'),
    ('an index is ended under its holder', '*out = qp_geo_index_hold(k->index);', '*out = k->index;'))
planted.bugs('topology/geo/pack.c',
    ('an edge round the globe is read', '(k > 0 && (edge >', '(k > 900000 && (edge >'),
    ('a latitude may be anything', 'r->bad = r->bad || v < -(int64_t)most || v > most;', '(void)most;'),
    ('bytes behind a boundary are nothing', 'if (r.bad || r.p != r.end)', 'if (r.bad)'))
planted.bugs('topology/geo/compare.c',
    ('a line of drawing is an overlap', 'area >= QP_GEO_LEAST_M2 && 2 * area', 'area >= QP_GEO_LEAST_M2 && 2e9 * area'))
planted.bugs('topology/geo/siblings.c',
    ('an overlap is told twice', 'b->at <= m->a->at)', 'b->at == m->a->at)'))
planted.bugs('topology/geo/gaps.c',
    ('a slit lets a gap out', 'enum { LATTICE = 45 };', 'enum { LATTICE = 1 };'),
    ('what is missing at the rim is not told', '    if (n_outline > 0)\n', '    if (0)\n'))

if __name__ == '__main__':
    planted.main()
