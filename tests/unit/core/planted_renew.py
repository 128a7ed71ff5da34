"""planted_renew.py: the bugs of who is refused above and goes on as his next incarnation (E6), and of old copies (C5), for planted.py: (file, [(what it means, old text, new text)])."""

RENEW = [
    ('node/core/renew.c', [
        ('who is quarantined asks by himself for a new incarnation (C5)', 'c->stopped && !c->out && !c->silent', 'c->stopped && !c->silent'),
        ('a liar gets one incarnation after the other (L7)', '    if (w->now_us < until_us)\n        return later', '    if (0)\n        return later'),
        ('who has not the present key is renewed', '!qp_verify(r->signature.data, QP_TAG_RENEW, words, sizeof words, p->cert.sign_key) &&', ''),
        ('a copy of the disk is welcomed as the next incarnation', 'memcmp(s->sign_key, pk, QP_PK_LEN) == 0 &&', ''),
        ('who has a successor and asks in a session that goes on is told nothing', 'return welcome_again(w, p, e);', 'return 0;'),
        ('who is told to wait asks at once', 'c->later_us = until_us < w->now_us ? 0 :', 'c->later_us = 1 ? 0 :')]),
    ('node/core/resay.c', [
        ('what was refused is not said again (E6)', '    if (v && v->at->seq < from)\n', '    if (0)\n'),
        ('chains go on beyond their final heads (C2)', 'rc = qp_chain_cut(o->w, chain, final, e);', 'rc = 0;'),
        ('what was itself refused is said again', 'v->at->seq == p->h.seq && v->event == i + 1)', '0)'),
        ('a matter whose opening was refused cannot be followed (K8)', 'return rc ? rc : restate(w, ev, e);', 'return rc || 1 ? rc : restate(w, ev, e);'),
        ('what is said again never comes to its end', '    w->c->resaying = false;\n', '')]),
    ('node/core/ledger/renewals.c', [
        ('what was said again stands in the old place: it never counts as held', 'bool anew = w->c->resaying &&', 'bool anew = 0 &&')]),
    ('node/core/peers.c', [
        ('a copy that says so is noted nowhere (C5)', 'note_copy(w, &p, pl);\n    /* no second', '/* no second'),
        ('an old copy of a journal is told at its own end alone (C5)', 'p.old_head = g->head < p.seen_head ? g->head + 1 : 0;', 'p.old_head = 0;'),
        ('a root that was put back from an old backup is told nowhere', 'p.knows = same && g->seen_head > w->t->head ? g->seen_head : 0;', 'p.knows = 0;'),
        ('a root that has grown again since is told nowhere', '            p.knows = g->received[i]->position;\n', '')])]
