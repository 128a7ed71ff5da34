#!/usr/bin/env python3
"""planted.py: what is forgotten or wrong in the registry of steps (proto/steps.h, proto/shape.h and what follows from
them) and in that of calls as the API's page shows it (node/http/calls/calls.h), and the proof that it does not build, or fails a test by name.

  planted.py [WORD...]   plants each bug (whose sentence has a WORD) in a copy of the tree, one at a time, and fails unless what
                         is named with it stops: `build`, or the program whose test must fail
  planted.py --stale     only looks whether each bug's old text still stands once in its file; seconds, and part of tests/run

A bug is (file, old text, new text, what it means, what must stop). Minutes; not part of tests/run."""
import os, shutil, subprocess, sys, tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..', '..'))
PROGRAMS = {'test_proto_shape': 'proto', 'test_proto_bounds': 'proto', 'test_http_steps': 'http', 'test_http_resources': 'http', 'api_page': 'http', 'matter_lifecycle': 'matter',
            'topology_map_mistakes': 'topology', 'topology_map_language': 'topology', 'cli_table': 'cli', 'cli_calls': 'cli', 'cli_update': 'cli'}
STEPS, SHAPE, BY = 'proto/steps.h', 'proto/shape.h', 'node/http/shape/by_shape.c'
CALLS = 'node/http/calls/calls.h'
BUGS = [
    ('proto/bounds.c', 'return wide > QP_COUNT_MOST ?', 'return 0 ?', 'what is counted on from has no bound (E7)', 'test_proto_bounds'),
    ('proto/bounds.c', 'return narrow > QP_COUNT32_MOST ?', 'return 0 ?', 'a narrow count has no bound (E7)', 'test_proto_bounds'),
    (STEPS, '#define QP_STEP_urge(F, O)', '#define QP_STEP_urged(F, O)', 'a step without its fields', 'build'),
    (STEPS, 'F(due, Urged, due_us, DUE, 0, MAY, ALWAYS)', 'F(due, Urged, due_us, LINE, 0, MAY, ALWAYS)', 'a kind that is not the member\'s', 'build'),
    (STEPS, 'F(due, Urged, due_us,', 'F(due, Urged, due,', 'a member that is not there', 'build'),
    (STEPS, 'F(due, Urged, due_us,', 'F(wanted, Urged, due_us,', 'a name without words', 'build'),
    (SHAPE, '    X(ID, ProtobufCBinaryData,', '    X(FLAG, protobuf_c_boolean, "flag", "标志")                                                              \\\n    X(ID, ProtobufCBinaryData,', 'a kind that no reader knows', 'build'),
    (STEPS, ' \\\n    F(due, Urged, due_us, DUE, 0, MAY, ALWAYS)', '', 'a member of an event without a row', 'test_proto_shape'),
    (STEPS, 'F(note, Urged, note, TEXT, QP_NOTE_BYTES, MUST, NOTE)', 'F(note, Urged, note, TEXT, QP_TEXT_BYTES, MUST, NOTE)', 'a bound that nodes do not take', 'test_proto_shape'),
    (STEPS, 'F(note, Urged, note, TEXT, QP_NOTE_BYTES, MUST, NOTE)', 'F(note, Urged, note, TEXT, QP_NOTE_BYTES, MUST, ALWAYS)', 'a note that is not the words of its event', 'test_proto_shape'),
    (STEPS, '"until when progress is wanted", "要求何时有进展"', '"until when progress is wanted", "due"', 'words in one language only', 'test_proto_shape'),
    ('proto/shape.c', '        if (is && *is != r->most)', '        if (0 && is)', 'every offer is an escalation', 'test_proto_shape'),
    (STEPS, 'comment", "评论") \\\n    X(urge,     urged,      URGED,      COMMAND, NO,   "demand progress, as a superior", "督办")', 'comment", "评论")', 'an event that no step makes', 'matter_lifecycle'),
    ('node/matter/may.c', '    return m->face->came_from.len\n', '    return 1\n', 'a matter that was opened here may be returned', 'matter_lifecycle'),
    (STEPS, 'URGED,      COMMAND, NO,', 'URGED,      STEP,    NO,', 'a right that the page does not have', 'api_page'),
    (STEPS, 'F(into, Merged, into, ID, 0, MUST, ALWAYS)', 'F(into, Merged, into, ID, 0, MAY, ALWAYS)', 'a field that need not be said', 'api_page'),
    (CALLS, 'X(GET,    "/circular.css",', 'X(GET, "/more.css", OWN, OPEN, 0, false, "", NO, qp_circular_style, "the same") \\\n    X(GET,    "/circular.css",', 'a call that the page does not have', 'api_page'),
    (CALLS, '"/api/v1/patrols:compliance",       FIGURES,  MAY(READ) | MAY(COUNT),', '"/api/v1/patrols:compliance",       FIGURES,  MAY(READ),', 'a call whose rights are others on the page', 'api_page'),
    (CALLS, '"one lead, with its matters"', '""', 'a call that does not say what it does', 'build'),
    ('node/core/resources.h', '    F(calendar, LINE, MAY, QP_NAME_BYTES, 0, NULL, "NAME", "its working hours, by the policy", "工作日历（见策略）") \\\n', '', 'a member of a resource that no field shows', 'test_http_resources'),
    (BY, '    check_either(s, shape);', '    (void)check_either;', 'an assignment to nobody', 'test_http_steps'),
    (BY, '    if (*text && (!result ||', '    if (*text == 1 && (!result ||', 'an original without a duplicate', 'test_http_steps'),
    (BY, 'at_us && *at_us <= now_us', 'at_us && *at_us <= 0 * now_us', 'it hangs until a time that is over', 'test_http_steps'),
    (BY, '(*at_us || qp_field_is_null(s, r->name))', '*at_us', 'null leaves the deadline', 'test_http_steps'),
    (BY, '(r->show == QP_SHOW_GIVEN && empty)', '(0 && empty)', 'what was not given is shown', 'test_http_steps'),
    (BY, 'r->show == QP_SHOW_NOTE ||', '0 ||', 'the note is shown twice', 'test_http_steps'),
    ('topology/map_section.c', 'return strcmp(key, "to") == 0 ? NULL :', 'return 0 ? NULL :', 'a map says where a record goes', 'topology_map_mistakes'),
    ('topology/map_section.c', 'st->map != QP_STEP_MAP_NO ? st', '1 ? st', 'a map may urge', 'topology_map_mistakes'),
    ('topology/map_section.c', 'return step->map == QP_STEP_MAP_SAYS ||', 'return !step ||', 'a sort that says nothing is taken', 'topology_map_language'),
    ('topology/map_record.c', '**arg == \'\\0\' || !qp_path_check(*arg, &why)', '1', 'an area that is no path is taken', 'topology_map_language'),
    ('node/cli/import_lines.c', '    t->change(&c->face, &ev, c->arena);', '', 'a step leads nowhere', 'cli_update'),
    ('node/cli/verb.c', 'return r && r->need == QP_NEED_MUST;', 'return false && r;', 'nothing must be given', 'cli_table'),
    ('node/cli/matters.c', 'if (r->need == QP_NEED_ABOVE &&', 'if (0 &&', 'who was not reached must be said to be unresolved', 'cli_calls'),
]


def sh(command):
    return subprocess.run(command, shell=True, capture_output=True, text=True)


def stale():
    n = 0
    for file, old, _, say, _ in BUGS:
        found = open(f'{ROOT}/{file}').read().count(old)
        if found != 1:
            print(f'STALE    {file}: {say}: its old text stands there {found} times')
            n += 1
    return n > 0


def stops(src, build, what):
    """Whether the planted tree stops where it must. Another program's failure does not count."""
    made = sh(f'ninja -C {build} -j2 ' + ('all_planted' if what == 'build' else what))
    if what == 'build':
        return made.returncode != 0 and 'error:' in made.stdout
    page = ' node/http/API.md' if what == 'api_page' else ''
    return made.returncode == 0 and sh(f'cd {src} && timeout 60 {build}/tests/unit/{PROGRAMS[what]}/{what}{page}').returncode != 0


def main():
    if '--stale' in sys.argv[1:]:
        sys.exit(stale())
    words = sys.argv[1:]
    top = tempfile.mkdtemp(prefix='qipan-planted-')
    src, build = top + '/src', top + '/build'
    shutil.copytree(ROOT, src, ignore=shutil.ignore_patterns('.git', 'build', '*.gz', 'node_modules'))
    with open(src + '/tests/CMakeLists.txt', 'a') as f:
        f.write(f'\nadd_custom_target(all_planted DEPENDS {" ".join(PROGRAMS)})\n')
    first = sh(f'cmake -S {src} -B {build} -G Ninja -DCMAKE_BUILD_TYPE=Release && ninja -C {build} -j2 all_planted')
    broken = [p for p in PROGRAMS if first.returncode or stops(src, build, p)]
    if broken:
        sys.exit(f'as it is, {", ".join(broken)} do not pass:\n' + first.stdout[-2000:])
    missed = 0
    for file, old, new, say, what in BUGS:
        if words and not any(w in say for w in words):
            continue
        path = f'{src}/{file}'
        text = open(path).read()
        if text.count(old) != 1:
            print(f'STALE    {file}: {say}', flush=True)
            missed += 1
            continue
        open(path, 'w').write(text.replace(old, new))
        caught = stops(src, build, what)
        open(path, 'w').write(text)
        missed += not caught
        print(f'{"caught" if caught else "MISSED"}  {file}: {say}  [{what}]', flush=True)
    shutil.rmtree(top)
    sys.exit(missed > 0)


if __name__ == '__main__':
    main()
