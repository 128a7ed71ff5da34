"""planted_line.py: the bugs of what the rows of lines come to, for planted.py: (file, [(what it means, old text, new text)]).

node/line's own tests are of its file and its seals (tests/unit/line/planted.py)."""

LINE = [
    ('node/core/line.c', [
        ('a node without its line keys ends at the next message', 'QP_EBUSY,\n            "lines are closed', 'QP_EIO,\n            "lines are closed'),
        ('what was said again is applied twice in a replay', '(own && w->again))', '(0 && own && w->again))'),
        ('what comes before its speaker came to the matter is thrown away (LI1)', 'return own ? 0 : qp_line_hold(w, ev, position, index, e);', 'return 0;'),
        ('what is said on a line goes before what is said again (LI2)', ' || w->c->resaying)\n            continue;', ')\n            continue;')]),
    ('node/core/line_tick.c', [
        ('a clock that is ahead erases what was said (T4)', 'bool sure = w->c->time_word == QP_TIME_SURE;', 'bool sure = true;'),
        ('what is owed on lines goes before what is said again (LI2)', '!c->ring || c->resaying ||', '!c->ring ||')]),
    ('node/core/line_may.c', [
        ('anybody speaks on any line (LI9)', 'return qp_line_has(row, ev->origin.data) ? NULL', 'return qp_line_has(row, ev->origin.data) || 1 ? NULL')]),
    ('node/core/line_ring.c', [
        ('a disk that takes no writes is asked in every turn', '    if (rests(c, now_us))', '    if (0 && rests(c, now_us))'),
        ('what is wrong with the line keys is not told', 'qp_core_ring_trouble(c, rc ? own.text : "");', 'qp_core_ring_trouble(c, "");')]),
    ('node/line/due.c', [
        ('whoever is named on a line by others is told a key (L7)', '    if (!p->known && !p->wanted)', '    if (0)')]),
    ('node/line/fact.c', [
        ('a number is used again after a fire', '    row->n = grew ? s->n : row->n;', '    row->n = grew && mine ? s->n : row->n;'),
        ('who says that his keys are lost is heard each time (LI6)', '    bool calm = received_us < p->lost_us', '    bool calm = true || received_us < p->lost_us'),
        ('what was erased comes back with the next keys (LI5)', '(k.ended || !k.gone)', '!(k.ended || k.gone)'),
        ('a message is taken behind a later one (LI2)', 'rc == QP_ENOTFOUND && s->n > w.high)', 'rc == QP_ENOTFOUND)'),
        ('a tick is believed beyond what was said (LI2)', '    upto = upto < most ? upto : most;\n', '    (void)most;\n')]),
    ('node/line/table.c', [
        ('what was given up is shown as delivered (LI2)', ' && !was_passed(db, node, line, n);', ' && (was_passed(db, node, line, n) || true);')]),
    ('node/line/read.c', [
        ('what there is no memory to read is called damaged', 'return rc == QP_ENOTFOUND ? QP_LINE_DAMAGED : QP_LINE_UNREAD;', 'return QP_LINE_DAMAGED;')]),
    ('node/core/whisper.c', [
        ('a whisper of an hour ago is heard (LI7)', 'if (at_us < w->now_us - QP_WHISPER_OLD_US)', 'if (0)'),
        ('whoever is not on a line is heard on it (LI9)', '!qp_line_has(row, from->cert.node) ||', ''),
        ('who gets no whisper for want of a key is counted nowhere', '        QP_COUNT(w->c, whispers_unsealed);\n', '')]),
    ('node/core/carry.c', [
        ('a whisper goes as what has no rate (LI7)', 'if (whispered != (c->whisper != QP_WHISPER_NONE))', 'if (0)'),
        ('a whisper is heard as often as somebody says it again', 'case QP_HEARD_AGAIN: return 0;', 'case QP_HEARD_AGAIN: break;')]),
    ('node/line/whisper.c', [
        ('a whisper is sealed again by who passes it on (LI7)', '    memcpy(out + QP_ID_LEN, speaker, QP_ID_LEN);', '    memset(out + QP_ID_LEN, !!speaker, QP_ID_LEN);'),
        ('a whisper opens on another line', '    memcpy(out, line, QP_ID_LEN);', '    memset(out, !!line, QP_ID_LEN);')]),
    ('node/line/body.c', [
        ('a message opens in another place (LI4)', '    memcpy(out + QP_ID_LEN, speaker, QP_ID_LEN);', '    memset(out + QP_ID_LEN, !!speaker, QP_ID_LEN);')])]
