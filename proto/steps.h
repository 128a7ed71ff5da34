/* steps.h: the steps of a matter, each declared here and nowhere else.
 *
 * From these lists follow the bodies of POST /api/v1/matters/{id}/{step} and of a batch's lines, what a 404 and
 * a 409 name, the detail in a matter's history, the commands of `qipan` with options, usage, help and
 * completion in both languages, the steps that an import map can have, and the table in node/http/API.md. What
 * a step does to a matter, and from which state, is its event's line in node/matter/lifecycle.c; what such an
 * event is, its row in proto/events.h.
 *
 * A new step: its event, if it has one of its own (events.h says how); that line; here a row of QP_STEPS
 * and its fields. A name that no field had yet also gets its words in QP_STEP_WORDS. What is forgotten does
 * not build, fails tests/unit/proto/test_shape.c, or stops the node at its start (qp_facts_complete). The table of
 * node/http/API.md: `api_page --write`. On the console the form follows from GET /api/v1/steps; a short word for it
 * (node/web/words/common.js), a key and its place among the buttons (node/web/desk/form.js) and whether the phone offers
 * it (node/web/field/tasks.js) are chosen by hand. Tests that have it by hand: tests/unit/http/steps_test.c; of a holder's step
 * tests/unit/matter/lifecycle_test.c and rig.c; tests/system/lib/small.py, and node/insight/circular/census.c, which
 * tests/unit/circular/census_test.c asks for. Nobody asks for these, look at each: node/matter/may.c, decide.c, sound.c, six.c;
 * node/insight/circular/step.c where it moves a matter's state; tests/sim/load.c. */
#ifndef QP_PROTO_STEPS_H
#define QP_PROTO_STEPS_H

#include "proto/matter.pb-c.h"
#include "proto/shape.h"

/* clang-format off */

/* The names of fields. One means the same in every step: X(name, what stands for its value, en, zh). */
#define QP_STEP_WORDS(X) \
    X(note, "TEXT", "a note; - reads standard input", "说明；- 读标准输入") \
    X(reason, "TEXT", "the reason; - reads standard input", "原因；- 读标准输入") \
    X(to, "PATH", "to which node", "交给哪个节点") \
    X(category, "TEXT", "the category", "类别") \
    X(urgency, "NAME", "routine, urgent, emergency", "紧急程度") \
    X(deadline, "TIME", "the deadline", "时限") \
    X(area, "PATH", "the area that it counts for, at or below the holder", "统计归属的区域，承办节点或其下") \
    X(desk, "CODE", "the desk", "部门") \
    X(person, "NAME", "the person", "人员") \
    X(result, "TEXT", "the result", "结果") \
    X(of, "REF", "the original, for a duplicate", "重复件的原件编号") \
    X(reached, "yes|no", "was the person reached", "是否联系上") \
    X(resolved, "yes|no", "is it resolved", "是否解决") \
    X(satisfied, "yes|no", "is the person satisfied", "是否满意") \
    X(done, "yes|no", "is this part finished", "协办是否完成") \
    X(until, "TIME", "until when", "到何时") \
    X(due, "TIME", "until when progress is wanted", "要求何时有进展") \
    X(into, "ID", "into which matter", "并入哪个事项") \
    X(text, "TEXT", "the comment; - reads standard input", "评论；- 读标准输入") \
    X(stage, "NAME", "which clock: assign, handle, verify, close", "哪一环节：assign、handle、verify、close") \
    X(about, "WHAT", "against what: visit (its score), extension (that it was denied)", "申诉事由：visit 回访评价，extension 延期被拒") \
    X(keep, "yes|no", "does what is appealed against stand", "原结论是否维持")

/* The steps: X(name, member of Event, its body case, the right QP_RIGHT_..., whether a map can have it, en, zh).
 * The order is that of lists, of help and of what a 409 offers. Offered stands for four: a mark (see shape.h)
 * tells which. */
#define QP_STEPS(X) \
    X(sort,     sorted,     SORTED,     STEP,    SAYS, "sort: category, urgency, deadline, area", "分类、定级、定时限、定区域") \
    X(assign,   assigned,   ASSIGNED,   STEP,    YES,  "assign to a desk or person", "派给部门或人员") \
    X(take,     taken,      TAKEN,      STEP,    NO,   "take it, as one of its desk", "领办") \
    X(giveback, given_back, GIVEN_BACK, STEP,    NO,   "give it back to be sorted anew", "退回分办") \
    X(progress, progressed, PROGRESSED, STEP,    YES,  "note progress", "记录进展") \
    X(escalate, offered,    OFFERED,    STEP,    NO,   "offer it to the parent", "上报") \
    X(dispatch, offered,    OFFERED,    STEP,    YES,  "offer it to a node below", "交办下级") \
    X(transfer, offered,    OFFERED,    STEP,    NO,   "offer it to a node elsewhere", "移交他处") \
    X(return,   offered,    OFFERED,    STEP,    NO,   "offer it back to whom it came from", "退还来处") \
    X(accept,   accepted,   ACCEPTED,   STEP,    YES,  "accept what was offered", "签收") \
    X(refuse,   refused,    REFUSED,    STEP,    NO,   "refuse what was offered", "退回不收") \
    X(withdraw, withdrawn,  WITHDRAWN,  STEP,    NO,   "ask an offer back", "撤回") \
    X(handle,   handled,    HANDLED,    STEP,    YES,  "it was handled", "办理完毕") \
    X(visit,    visited,    VISITED,    STEP,    YES,  "the return visit", "回访") \
    X(assist,   assisted,   ASSISTED,   STEP,    NO,   "ask a desk or a node to assist, and hold it on", "请求协办") \
    X(part,     parted,     PARTED,     STEP,    NO,   "say how the part goes that one was asked for", "协办进展") \
    X(release,  released,   RELEASED,   STEP,    NO,   "release from a part: all that are open, or this one", "解除协办") \
    X(close,    closed,     CLOSED,     STEP,    YES,  "close it", "办结") \
    X(reopen,   reopened,   REOPENED,   STEP,    YES,  "open it again", "重新打开") \
    X(hang,     hung,       HUNG,       STEP,    YES,  "hang it until a time", "挂起") \
    X(resume,   resumed,    RESUMED,    STEP,    YES,  "go on with what was hung", "恢复") \
    X(merge,    merged,     MERGED,     STEP,    YES,  "merge it into another", "并入") \
    X(unmerge,  unmerged,   UNMERGED,   STEP,    NO,   "take the merge back", "取消并入") \
    X(comment,  commented,  COMMENTED,  STEP,    NO,   "comment", "评论") \
    X(urge,     urged,      URGED,      COMMAND, NO,   "demand progress, as a superior", "督办") \
    X(extend,   extension_asked,    EXTENSION_ASKED,    STEP,    NO, "ask for more time for a stage", "申请延期") \
    X(approve,  extension_approved, EXTENSION_APPROVED, COMMAND, NO, "grant the time that was asked for", "同意延期") \
    X(deny,     extension_denied,   EXTENSION_DENIED,   COMMAND, NO, "deny the time that was asked for", "不同意延期") \
    X(appeal,   appealed,           APPEALED,           STEP,    NO, "appeal against a visit's score or a denied extension", "申诉") \
    X(decide,   decided,            DECIDED,            COMMAND, NO, "decide an appeal, as a second person above", "裁定申诉") \
    X(erase,    personal_erased, PERSONAL_ERASED, PERSONAL, NO, "end the record of the person who reported, for ever", "删除反映人的个人信息，不可恢复")

/* Their fields, in the order in which they are read and shown.
 * F(name, message, member, kind, bytes at most, need, show): the caller says it.
 * O(name, message, member, kind, mark or 0, show): the node says it. */
#define QP_STEP_sort(F, O) \
    F(category, Sorted, category, LINE, QP_NAME_BYTES, MAY, NEVER) \
    F(urgency, Sorted, urgency, URGENCY, 0, MAY, NEVER) \
    F(deadline, Sorted, deadline_us, DEADLINE, 0, MAY, NEVER) \
    F(area, Sorted, area, PATH, QP_PATH_BYTES - 1, MAY, GIVEN)
#define QP_STEP_assign(F, O) \
    F(desk, Assigned, desk, DESK, QP_NAME_BYTES, EITHER, FULL) \
    F(person, Assigned, person, PERSON, QP_NAME_BYTES, EITHER, FULL)
#define QP_STEP_take(F, O) \
    O(person, Taken, person, PERSON, 0, FULL)
#define QP_STEP_giveback(F, O) \
    F(reason, GivenBack, reason, TEXT, QP_NOTE_BYTES, MUST, NOTE)
#define QP_STEP_progress(F, O) \
    F(note, Progressed, note, TEXT, QP_NOTE_BYTES, MUST, NOTE)
#define QP_STEP_escalate(F, O) \
    O(kind, Offered, kind, KIND, QP_KIND_ESCALATE, ALWAYS) \
    O(to, Offered, to_path, PATH, 0, ALWAYS) \
    F(reason, Offered, reason, TEXT, QP_NOTE_BYTES, MUST, NOTE)
#define QP_STEP_dispatch(F, O) \
    O(kind, Offered, kind, KIND, QP_KIND_DISPATCH, ALWAYS) \
    F(to, Offered, to_path, PATH, QP_PATH_BYTES - 1, MUST, ALWAYS) \
    F(note, Offered, reason, TEXT, QP_NOTE_BYTES, MAY, NOTE)
#define QP_STEP_transfer(F, O) \
    O(kind, Offered, kind, KIND, QP_KIND_TRANSFER, ALWAYS) \
    F(to, Offered, to_path, PATH, QP_PATH_BYTES - 1, MUST, ALWAYS) \
    F(reason, Offered, reason, TEXT, QP_NOTE_BYTES, MUST, NOTE)
#define QP_STEP_return(F, O) \
    O(kind, Offered, kind, KIND, QP_KIND_RETURN, ALWAYS) \
    O(to, Offered, to_path, PATH, 0, ALWAYS) \
    F(reason, Offered, reason, TEXT, QP_NOTE_BYTES, MUST, NOTE)
#define QP_STEP_accept(F, O) \
    O(automatic, Accepted, automatic, BOOL, 0, ALWAYS)
#define QP_STEP_refuse(F, O) \
    O(automatic, Refused, automatic, BOOL, 0, ALWAYS) \
    F(reason, Refused, reason, TEXT, QP_NOTE_BYTES, MUST, NOTE)
#define QP_STEP_withdraw(F, O)
#define QP_STEP_handle(F, O) \
    O(must_visit, Handled, must_visit, BOOL, 0, ALWAYS) \
    F(result, Handled, result, TEXT, QP_RESULT_BYTES, MUST, ALWAYS) \
    F(note, Handled, note, TEXT, QP_NOTE_BYTES, MAY, NOTE)
#define QP_STEP_visit(F, O) \
    O(at, Visit, at_us, TIME, 0, ALWAYS) \
    F(reached, Visit, reached, BOOL, 0, MUST, ALWAYS) \
    F(resolved, Visit, resolved, BOOL, 0, ABOVE, ALWAYS) \
    F(satisfied, Visit, satisfied, ANSWER, 0, WITH, ALWAYS) \
    F(note, Visited, note, TEXT, QP_NOTE_BYTES, MAY, NOTE)
#define QP_STEP_assist(F, O) \
    F(desk, Assisted, desk, LINE, QP_NAME_BYTES, EITHER, FULL) \
    F(to, Assisted, to_path, PATH, QP_PATH_BYTES - 1, EITHER, ALWAYS) \
    F(note, Assisted, note, TEXT, QP_NOTE_BYTES, MUST, NOTE)
#define QP_STEP_part(F, O) \
    F(note, Parted, note, TEXT, QP_NOTE_BYTES, MUST, NOTE) \
    F(done, Parted, done, BOOL, 0, MAY, ALWAYS) \
    F(desk, Parted, desk, LINE, QP_NAME_BYTES, MAY, GIVEN)
#define QP_STEP_release(F, O) \
    F(desk, Released, desk, LINE, QP_NAME_BYTES, MAY, GIVEN) \
    F(to, Released, to_path, PATH, QP_PATH_BYTES - 1, MAY, GIVEN) \
    F(note, Released, note, TEXT, QP_NOTE_BYTES, MAY, NOTE)
#define QP_STEP_close(F, O) \
    F(result, Closed, result, TEXT, QP_RESULT_BYTES, MUST, ALWAYS) \
    F(note, Closed, note, TEXT, QP_NOTE_BYTES, MAY, NOTE) \
    F(of, Closed, of, ORIGINAL, QP_REF_BYTES, MAY, FULL)
#define QP_STEP_reopen(F, O) \
    F(reason, Reopened, reason, TEXT, QP_NOTE_BYTES, MUST, NOTE)
#define QP_STEP_hang(F, O) \
    F(reason, Hung, reason, TEXT, QP_NOTE_BYTES, MUST, NOTE) \
    F(until, Hung, until_us, UNTIL, 0, MUST, NEVER)
#define QP_STEP_resume(F, O)
#define QP_STEP_merge(F, O) \
    F(into, Merged, into, ID, 0, MUST, ALWAYS)
#define QP_STEP_unmerge(F, O)
#define QP_STEP_comment(F, O) \
    F(text, Commented, text, TEXT, QP_TEXT_BYTES, MUST, NOTE)
#define QP_STEP_urge(F, O) \
    F(note, Urged, note, TEXT, QP_NOTE_BYTES, MUST, NOTE) \
    F(due, Urged, due_us, DUE, 0, MAY, ALWAYS)
#define QP_STEP_erase(F, O) \
    F(reason, PersonalErased, reason, TEXT, QP_NOTE_BYTES, MUST, NOTE)

#define QP_STEP_extend(F, O) \
    F(stage, ExtensionAsked, stage, LINE, QP_NAME_BYTES, MUST, ALWAYS) \
    F(until, ExtensionAsked, until_us, UNTIL, 0, MUST, ALWAYS) \
    F(reason, ExtensionAsked, reason, TEXT, QP_NOTE_BYTES, MUST, NOTE)
#define QP_STEP_approve(F, O) \
    F(stage, ExtensionApproved, stage, LINE, QP_NAME_BYTES, MUST, ALWAYS) \
    F(reason, ExtensionApproved, reason, TEXT, QP_NOTE_BYTES, MAY, NOTE)
#define QP_STEP_deny(F, O) \
    F(stage, ExtensionDenied, stage, LINE, QP_NAME_BYTES, MUST, ALWAYS) \
    F(reason, ExtensionDenied, reason, TEXT, QP_NOTE_BYTES, MUST, NOTE)

#define QP_STEP_appeal(F, O) \
    F(about, Appealed, about, LINE, QP_NAME_BYTES, MUST, ALWAYS) \
    F(reason, Appealed, reason, TEXT, QP_NOTE_BYTES, MUST, NOTE)
#define QP_STEP_decide(F, O) \
    F(about, Decided, about, LINE, QP_NAME_BYTES, MUST, ALWAYS) \
    F(keep, Decided, keep, BOOL, 0, MUST, ALWAYS) \
    F(reason, Decided, reason, TEXT, QP_NOTE_BYTES, MUST, NOTE)

/* clang-format on */

enum qp_word {
#define X(name, value, en, zh) QP_WORD_##name,
    QP_STEP_WORDS(X)
#undef X
        QP_WORDS
};
enum qp_step_index {
#define X(name, member, CASE, RIGHT, MAP, en, zh) QP_STEP_INDEX_##name,
    QP_STEPS(X)
#undef X
        QP_STEPS_N
};
_Static_assert(QP_WORDS <= 32, "sets of words are bits of 32");

/* Whether an import map can have the step: its records are of what others did, and go where their area says. */
enum qp_step_map {
    QP_STEP_MAP_NO,
    QP_STEP_MAP_YES,
    QP_STEP_MAP_SAYS, /* one that says nothing is a slip in the map, though the API takes it */
};

struct qp_step {
    const char *name, *en, *zh;
    int body;  /* Qp__Event__BodyCase */
    size_t at; /* of the body's pointer in Qp__Event */
    enum qp_step_map map;
    struct qp_shape shape;
};

extern const struct qp_step qp_steps[QP_STEPS_N];      /* in the order of QP_STEPS */
extern const struct qp_words qp_step_words[QP_WORDS];  /* in the order of QP_STEP_WORDS */
extern const char *const qp_step_word_names[QP_WORDS]; /* "note" ... */

/* NULL when there is none. */
const struct qp_step *qp_step_find(const char *name);
/* The step that makes such an event: of Offered the one that its mark says. NULL: no step makes it (an opening,
 * a fact about a node, a body that this build does not know). */
const struct qp_step *qp_step_of(const Qp__Event *ev);
/* "sort, assign, …" into out, cut after a whole word; map: only those that a map can have. Returns out. */
char *qp_step_list(char *out, size_t cap, bool map);
/* The event's body, of which the step must be one. Never NULL. */
ProtobufCMessage *qp_step_body(const struct qp_step *st, const Qp__Event *ev);
/* Makes the event one of this step, with an empty body of its shape. QP_EBIG: past the arena's cap. */
int qp_step_make(const struct qp_step *st, Qp__Event *ev, struct qp_arena *a);
/* Which name a caller's field has. */
enum qp_word qp_step_word(const struct qp_shape_row *r);
/* What people wrote in an event (qp_event_words); where that is empty, the first other text that its step says.
 * Never NULL. */
const char *qp_step_said(const Qp__Event *ev);

#endif
