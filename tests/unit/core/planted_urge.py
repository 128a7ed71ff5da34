"""planted_urge.py: the bugs of what a node says by itself as time passes, and of what a report does not say; read by planted.py."""

URGE = [
    ('node/core/urging.c', [
        ('what was hung until a time hangs for ever (CL3)', 'bool rests = f->state == QP_HUNG &&', 'bool rests = 0 &&'),
        ('an urge is said again and again (CI1)', '    return (answered >= t && answered <= now_us + QP_CLOCK_AHEAD_US) || (own && !ahead && own->at_us >= t);', '    (void)ahead, (void)answered, (void)t;\n    return false;'),
        ('whoever is above urges, not the parent alone (CI1)', 'return p && qp_is_child(c, p) && !p->revoked;', 'return p;'),
        ('each amount is said that was missed, not the last (CI1)', 'covered(c, row, v[over - 1].at_us, now_us))', 'covered(c, row, v[0].at_us, now_us))'),
        ('an urge says no time, so that nobody lifts it (CI1)', 'out->due_us = span_us > 0 ? now_us + span_us : 0;', '(void)span_us, (void)now_us;'),
        ('what was said again by policy keeps no earlier time (CI1)', 'int64_t t = b->lapsed_us > 0 ? b->lapsed_us : b->due_us;', 'int64_t t = b->due_us;'),
        ('an urge of anybody is lifted to everybody', 'return by && qp_is_child(c, by) && t > 0', 'return by && t > 0')]),
    ('node/core/urge.c', [
        ('a clock that is set ahead urges everybody', 'return now_us < u->hold_until_us;', 'return false;'),
        ('nothing is looked at after a start', 'u->walk = (struct qp_open_walk){0};', 'u->walk = (struct qp_open_walk){.ended = true};'),
        ('what changes after the walk is not looked at', '    if (!u->begun || !after) /* the walk will find it */', '    if (1)'),
        ('thousands are said in one turn', 'ACTS = 64 };', 'ACTS = 100000 };'),
        ('a newer calendar changes nothing (PO4)', '        !qp_clocks_later(w->c->in_force, f, w->now_us))', '        1)')]),
    ('node/core/answers.c', [
        ('refusals lift nothing', 'if (most != QP_NOT_SAID && refused >= most)', 'if (0)')]),
    ('node/matter/custody.c', [
        ('a lifted matter is lifted again at once, up to the root', 'f->lift_refused = f->refused;\n        f->lift_redo', 'f->lift_redo')]),
    ('node/matter/prolong.c', [
        ('reminders come at the due (CL7)', 'int64_t at_us = qp_clock_remind(&then, cal, &before->d);', 'int64_t at_us = then.due_us;')]),
    ('node/core/proposed.c', [
        ('a category says no urgency (PO2)', 'uint32_t least = c && c->urgency > QP_ROUTINE', 'uint32_t least = !c && c->urgency > QP_ROUTINE'),
        ("the reporter's own desk is taken away", 'if (*f->desk != 0 || down)', 'if (down)'),
        ("the category's desk comes before the one whose duty it is (DE1)", '        if (n > best)\n            desk =', '        if (n > best && *desk == 0)\n            desk =')]),
    ('node/core/step.c', [
        ('a record of elsewhere gets what the policy says', 'if (cmd->draft->at_us == 0 && (rc = qp_propose', 'if ((rc = qp_propose')]),
    ('node/matter/decide.c', [
        ('sorted into an emergency it stays routine (PO2)', 'if (least > d->f->urgency && (', 'if (0 && least > d->f->urgency && (')]),
]
