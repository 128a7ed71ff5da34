"""planted_carry.py: the bugs of what is carried from node to node and stays nowhere: messages, records, files; for planted.py: (file, [(what it means, old text, new text)])."""

CARRY = [
    ('node/core/carry.c', [
        ('what somebody on the way says again counts again', '    case QP_HEARD_AGAIN: return 0;', '    case QP_HEARD_AGAIN: break;'),
        ('what is dropped is counted nowhere', '    QP_COUNT(w->c, carried_lost);\n', ''),
        ('a message may come from any side', '!side || !qp_same(side->cert.node, in->peer)', '!side')]),
    ('node/core/carry_send.c', [
        ('a renewed node signs its messages with its former key', 'QP_HASH_LEN, c->sign_sk);', 'QP_HASH_LEN, c->keys->sign_sk);')]),
    ('node/core/fetch.c', [
        ("another node's code is this one's", 'g->code == QP_EDENIED ? QP_EDENIED : QP_ENOTFOUND', '(int)g->code'),
        ('a tick looks at every matter', 'i < LOOKED_MOST; i++', 'i >= 0; i++'),
        ('who gives up matters without their records fills every place', 'his >= WANTED_EACH || ', '')]),
    ('node/core/heard.c', [('the nodes of one neighbour take every place', 'return his >= QP_HEARD_EACH;', 'return false;')]),
    ('node/core/pull.c', [
        ('a file is given to anybody', 'm && (m == from || qp_place_below(m, from))', 'm'),
        ('whoever likes gives a piece', 'x->code != 0 || !qp_same(x->from, from->cert.node)', 'x->code != 0'),
        ('who is above is not asked for a file', 'f->members[i].data : above(c, i - f->n_members)', 'f->members[i].data : NULL'),
        ('a file is begun anew after a cut', 'uint64_t have = qp_blob_have(w->c->pulls->blobs, &x->hash, x->bytes);', 'uint64_t have = 0;')]),
    ('node/core/allowance.c', [
        ('who asks without end is given without end', 'b->spent + amount > most', 'most == 0'),
        ('what one has taken is taken from the others', 'spend(b, now_us, amount, rate->each)', 'spend(b, now_us, amount, rate->all)')]),
    ('node/core/mend.c', [
        ('a parcel is given to anybody', 'qp_way(w->c, &p.h, r->peer, to, true) != QP_WAY_NONE', 'p.h.count > 0'),
        ('what somebody else delivered is found for him', 'r->peer_position == a->position && qp_same(r->peer, to->cert.node) &&', 'r->peer_position == a->position &&'),
        ('whoever likes gives a parcel', 'return asked && qp_same(x->from, from->cert.node) ? x', 'return asked && from ? x'),
        ('one that has it no more is the last to be asked', '    x->nth += x->nth == 0;\n', '    x->nth += x->nth == 0;\n    if (x->nth > 1)\n        return false;\n'),
        ('what nobody has is never asked for again', 'silent_us >= REST_US ? begin(w, x, e) : 0', 'silent_us < 0 ? begin(w, x, e) : 0')]),
    ('node/core/private_place.c', [
        ('a place that sorting hides is kept nowhere (VA1)', '    *kept = !rc ? sealed : NULL;', '    *kept = NULL;'),
        ('a record without the place is taken for one with it (VA1)', '        same_place(f, p))', '        p)'),
    ]),
    ('node/matter/lifecycle.c', [
        ('sorting leaves the place in the face (VA1)', '    if (s->hides)\n        hide_place(f, s, a);', '    if (0)\n        hide_place(f, s, a);'),
    ]),
    ('node/core/personal.c', [
        ('a clock that is ahead erases personal records (T4)', 'if (w->c->time_word != QP_TIME_SURE)', 'if (0)'),
        ('a record that cannot be erased is told nowhere', '        if (rc)\n            unerased(', '        if (0)\n            unerased('),
        ('a record that was erased after all is told for ever', '    c->unerased = p->unerased;\n', '    c->unerased += p->unerased;\n'),
        ('what waits to be brought in has no records', 'all_here && !c->recovering', '(all_here || c) && !c->recovering'),
        ('an old copy ends what it does not know', '!c->recovering && !c->silent', '!c->recovering')]),
]
