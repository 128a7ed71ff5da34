#!/usr/bin/env python3
"""planted.py: the bugs of a stream's address and subjects that `nats_url` catches, and the proof that it does.

  planted.py [--tests|--stale] [WORD...]   as tests/unit/core/planted.py, which has the machinery. A few minutes."""
import os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'core'))
import planted

planted.ROOM, planted.BUGS[:] = 'sink', []
planted.bugs('node/sink/nats_url.c',
    ('a password ends at the first @', 'at = *p == \'@\' ? p : at;', 'at = *p == \'@\' && !at ? p : at;'),
    ('a user is taken as it is written', 'bool coded = from[i] == \'%\'', 'bool coded = 0 && from[i] == \'%\''),
    ('half a %XX is read behind the end', 'i + 2 < len &&', 'i + 3 < len &&'),
    ('tls:// may go without', '.tls = *target == \'t\'', '.tls = false'),
    ('a subject has as many tokens as a name has points', 'if (strchr(PLAIN, text[i]))', 'if (strchr(PLAIN, text[i]) || text[i] == \'.\')'),
    ('an empty token is left empty', '    if (!*text)\n', '    if (0)\n'),
    ('a token of any size', 'text[i] && i < TOKEN', 'text[i] && i < 64'),
    ('a stream with points in its name', 'strspn(from, PLAIN) < len', '0'),
    ('a stream that begins as an inbox does', '*from == \'_\' ||', ''),
    ('any port', 'port < 1 || port > 65535', 'port < 0'),
    ('a word behind the stream that nobody reads', 'end == from + len && v >= 1', 'v >= 1'),
    ('the subjects of another stream', 'strcmp(subject + n, ".>") == 0', 'subject[n]'))

if __name__ == '__main__':
    planted.main()
