"""planted_ground.py: the bugs of grids, duty and patrols, for planted.py: (file, [(what it means, old text, new text)])."""

GROUND = [
    ('node/core/ledger/resources.c', [
        ("a grid is another node's to end (RE2)", 'const uint8_t *node = own ? NULL : ev->origin.data;', 'const uint8_t *node = NULL; (void)own;'),
        ('an old word about a grid undoes a newer one (E1)', '    if (travels && ev->version <= row.version)\n        return 0;\n', ''),
        ('an index is not made again when a grid changes (GR1)', '    if (!rc && travels)\n        rc = note_change(w, kind, e);\n', ''),
        ('an index is not made again when a node is revoked (GR1)', '            rc = note_change(w, &qp_resources[i], e);', '            rc = !e;')]),
    ('node/core/facts.c', [
        ('what was ordered is made again with each turn (RE1)', '    return qp_grid_adopted(w, own ? NULL : ev->origin.data, ev->grid_made, e);', '    return rc;')]),
    ('node/core/ground.c', [
        ('grids of a node that is revoked stand (GR1)', ' && !k->at.revoked;', ';'),
        ('bytes that are no boundary take the others with them', '    if (rc == QP_EINVAL)\n        return 0;', '    if (0)\n        return 0;')]),
    ('node/core/grid_order.c', [
        ('an order takes away what it does not say (RE1)', '        keep_rest(made, (const Qp__GridMade *)row.made);', '        (void)0;'),
        ('whatever its node says of a grid ends the order (RE1)', '    if (fulfils(made, o->grid))', '    if (1)'),
        ('of two orders for a grid the second alone counts', '        keep_rest(grid, was->grid);', '        (void)was;'),
        ('orders that are many lie until something else happens', '*more = c->ordered = !rc ? left : true;', 'c->ordered = !rc ? left : true;'),
        ("who ordered waits for what another's order took the place of", ': yield(w, o, e);', ': !yield;')]),
    ('node/core/patrol.c', [
        ("a patrol is another node's to mark (RE2)", 'if (!qp_same(row->node.data, ev->origin.data) || ev->version <= row->version || row->stopped_us)', 'if (ev->version <= row->version || row->stopped_us)'),
        ('a patrol that comes twice has its findings twice (E1)', '|| ev->version <= row->version || row->stopped_us)', '|| row->stopped_us)'),
        ('a check-point that is said afterwards counts nothing (GR4)', '    v[(*n)++] = *more;\n    assert(*n == had + 1);\n    qp_marks_order(v, *n);\n', '    v[*n] = *more;\n    *n += *n == 0 || more->at_us >= v[*n - 1].at_us;\n    (void)had;\n'),
        ('a start that is ahead stays ahead (GR4)', '        ev->at_us = w->now_us;', '        (void)w;'),
        ('a patrol that nobody stopped goes on for ever (GR4)', 'qp_patrol_is_forgotten(row->started_us, w->now_us))', 'qp_patrol_is_forgotten(w->now_us, w->now_us))'),
        ('two writers of a patrol, both win (RE4)', 'if (cmd->if_version >= 0 && row->version', 'if (0 && row->version'),
        ('anybody goes on with a patrol', '    if (!imports(cmd) && !is_his(row, ev->by) &&', '    if (0 && !imports(cmd) && !is_his(row, ev->by) &&')]),
    ('node/core/duty.c', [
        ('a position stays when the shift is over (GR3)', 'row.said->on ? row.said->until_us : 0);', 'row.said->until_us + 1);'),
        ('a shift goes on for ever (GR3)', 'return row->said->on && row->said->until_us > now_us;', 'return row->said->on;')]),
    ('node/field/where.c', [
        ('a position of a duty that is over is taken (GR3)', '    bool over = e && one->version < e->said;', '    bool over = false;'),
        ('a shift that is made shorter keeps what is known (GR3)', 'if (e->one.at_us && until_us < e->one.until_us)', 'if (0)'),
        ('an aborted turn ends a duty (GR3)', '        w->v[i].said = 0;', '        (void)0;')]),
]
