"""A made-up community of 23 grids: a tessellation of its outline without gap or overlap, and a plain ray for what is inside.

The outline is 2.1 km², a rectangle with ragged sides; the grids are cells of a lattice whose inner corners are moved by lot,
so that no two are alike. All on whole units of 1e-7 degrees, like the nodes decide on.
"""

import random

UNIT = 10_000_000
WEST, SOUTH = 1169740000, 336260000  # 116.974, 33.626: where the made-up community lies
ROWS = [5, 5, 4, 5, 4]  # cells of each row of the lattice: 23


def tessellation(seed=1):
    """code -> ring of (lat7, lon7), the first not repeated."""
    rnd = random.Random(seed)
    height, width = 27_000, 33_000  # of a row, of a fifth of it: 300 m, 306 m
    lines = []  # the corners along each border between rows: shared by the rows above and below
    for row in range(len(ROWS) + 1):
        near = {0, 5 * width}
        for r in (row - 1, row):
            if 0 <= r < len(ROWS):
                near |= {5 * width * k // ROWS[r] for k in range(ROWS[r] + 1)}
        y = SOUTH + row * height
        lines.append({x: (y + rnd.randrange(-3000, 3000), WEST + x + (rnd.randrange(-4000, 4000) if 0 < x < 5 * width else 0))
                      for x in sorted(near)})
    grids = {}
    for row, cells in enumerate(ROWS):
        for k in range(cells):
            left, right = 5 * width * k // cells, 5 * width * (k + 1) // cells
            south = [lines[row][x] for x in sorted(lines[row]) if left <= x <= right]
            north = [lines[row + 1][x] for x in sorted(lines[row + 1], reverse=True) if left <= x <= right]
            grids[f"HC{len(grids) + 1:02d}"] = south + north
    return grids


def feature(code, ring, node, title=None):
    positions = [[lon / UNIT, lat / UNIT] for lat, lon in ring + ring[:1]]
    return {"type": "Feature", "properties": {"code": code, "title": title or f"韩池孜第{code[2:]}网格", "node": node},
            "geometry": {"type": "Polygon", "coordinates": [positions]}}


def collection(grids, node):
    return {"type": "FeatureCollection", "features": [feature(code, ring, node) for code, ring in grids.items()]}


def side(ring, lat, lon):
    """1 inside, 0 on an edge, -1 outside: a ray to the east, in whole numbers."""
    inside = False
    for (ya, xa), (yb, xb) in zip(ring, ring[1:] + ring[:1]):
        turn = (xb - xa) * (lat - ya) - (yb - ya) * (lon - xa)
        if turn == 0 and min(xa, xb) <= lon <= max(xa, xb) and min(ya, yb) <= lat <= max(ya, yb):
            return 0
        if (ya > lat) != (yb > lat) and (turn > 0) == (yb > ya):
            inside = not inside
    return 1 if inside else -1


def find(grids, lat, lon):
    """The lowest code whose grid holds the position, edges included; None."""
    return min((code for code, ring in grids.items() if side(ring, lat, lon) >= 0), default=None)


def middle(ring):
    """A position well inside: the mean of its corners (the cells are nearly convex)."""
    return sum(p[0] for p in ring) // len(ring), sum(p[1] for p in ring) // len(ring)
