"""planted_hostile.py: the bugs by which one neighbour, one damaged record or very many events end, stop or fool a node; read by planted.py."""

HOSTILE = [
    ('node/core/ahead.c', [
        ('what went ahead to no place of a chain ends the node', 'bool over = h.seq == 0 ||', 'bool over = 0 ||')]),
    ('node/core/ledger/heads.c', [
        ('a large number in a certificate is counted down from', 'return held > stated ? held : stated;', 'return held >= stated ? upto : upto + 0 * stated;')]),
    ('node/core/mend.c', [
        ('who answers twice what was put off ends the node', ' && x->nth != PUT_OFF;', ';')]),
    ('node/core/vouch.c', [
        ('a damaged record of a matter ends whoever passes the matter on (S5)', 'if (g->rc == QP_ECORRUPT)', 'if (0)')]),
    ('node/core/again.c', [
        ('what was said to two is brought in twice in one turn', 'if (said_now(w, &cmd->again))', 'if (w->ngroups > 64 && said_now(w, &cmd->again))')]),
    ('node/core/fetch.c', [
        ('a record that nobody has is asked for every two seconds', '(all ? LAST_US : AGAIN_US)', '(all && x->tries > 2000 ? LAST_US : AGAIN_US)')]),
    ('node/core/recover.c', [
        ('whatever a burned node ever said is kept in memory until all of it is looked at', '    struct looked x = {.a = a};', '    struct looked x = {.a = a ? c->arena : a};')]),
    ('node/core/turn.c', [
        ('an order that came before its matter is heeded whoever said it (E7)', 'return !qp_event_may(work, ev);', 'return !work || !qp_event_may(work, ev) || ev->version == 0;')]),
    ('node/core/facts.c', [
        ('what a relay took for a place that is taken above is lost above (C5)', '        rc = qp_owe_fork(w, v, e);', '        rc = 0;')])]
