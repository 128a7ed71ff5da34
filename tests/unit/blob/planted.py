#!/usr/bin/env python3
"""planted.py: the bugs of the room of files that the tests of this folder catch, and the proof that they do.

  planted.py [--tests] [WORD...]   as tests/unit/core/planted.py, which has the machinery, and the bugs of a file's way (pull.c). A minute."""
import os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'core'))
import planted

planted.ROOM, planted.BUGS[:] = 'blob', []
planted.bugs('node/blob/image.c',
    ('a photo keeps what its camera wrote', '    int rc = codecs[type].read(in, len, &s, &orientation, e);', '    int rc = codecs[type].read(in, len, &s, &orientation, e);\n    if (!rc && (*out = malloc(len))) {\n        memcpy(*out, in, len);\n        *out_len = len;\n        qp_shrink_end(&s);\n        return 0;\n    }'),
    ('a photo lies on its side', '        rc = qp_shrink_turn(&s, orientation, e);', '        rc = qp_shrink_turn(&s, 1, e);'))
planted.bugs('node/blob/shrink.c',
    ('what is made smaller gets darker', '        add(s->next, s, to - s->out_row - 1);', '        add(s->next, s, 0);'))
planted.bugs('node/blob/jpeg.c',
    ('a giant is decoded', '(uint64_t)d->image_width * d->image_height > QP_IMAGE_PIXELS)', 'd->image_width == 0)'),
    ('half a photo is taken', '    if (!rc && x.pub.num_warnings > 0)', '    if (!rc && x.pub.num_warnings > 1000)'))
planted.bugs('node/blob/blob.c',
    ('what was half written stays', '            qp_blobs_each(path, drop_one, NULL); /* an end in the middle of writing */', '            (void)drop_one;'),
    ('a damaged file is shown', '    if (!rc && !qp_hash_eq(&is, hash)) {', '    if (!rc && len == 0) {'),
    ('the quota is nobody\'s', '    if (b->bytes + len > b->quota)', '    if (len > b->quota)'),
    ('a full disk is written to', '    if (total > 0 && (free_bytes < len ||', '    if (total == 1 && (free_bytes < len ||'),
    ('what could not be written takes room', '(unlink(path) == 0 || !written)', '(unlink(path) == 0 || (!written && len == 0))'),
    ('a photo hides behind another type', '    if (qp_blob_is_image(is)) {', '    if (qp_blob_is_image(is) && qp_blob_is_image(type)) {'))
planted.bugs('node/blob/coming.c',
    ('a piece may leave a hole', '(uint64_t)st.st_size != at ||', '(uint64_t)st.st_size > at ||'),
    ('what came is believed', '    if (qp_hash_eq(&is, hash))\n', '    if (len == bytes)\n'),
    ('what is not whole yet is taken', '    if (len < bytes)\n', '    if (len == 0)\n'),
    ('a sweep asks nobody', '    return by == 0 || (by == 1 && age_us >= s->t->cache_us);', '    return by < 2;'),
    ('a sweep takes what this node names', '    return by == 0 || (by == 1 && age_us >= s->t->cache_us);', '    return by == 0 || age_us >= s->t->cache_us;'))

if __name__ == '__main__':
    planted.main()
