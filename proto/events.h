/* events.h: every kind of event, one row each. What can be said at all, of what, by whom, and how far it goes.
 *
 * From a row follow: which fields of Event rules.c bounds, the event's name in JSON and on a page, what people
 * wrote in it, whether it may travel and in which parcels (core/gather.c), whether a relay may pass it on before
 * its commit (core/ahead.c), by whom it may be said (core/may.c, matter/lifecycle.c), where the event stream
 * shows it.
 *
 * To add a kind: its message and its field of Event.body in matter.proto, the bounds of its message in
 * rules.c or the part of it that has its like, a row here in the order of the field numbers, and what it does (matter/lifecycle.c, or a row in core/effects.c). On the console:
 * a word in node/web/words/common.js and a glyph in node/web/parts/marks.js (tests/browser/plain.mjs asks for both).
 * Without the row the build fails (events.c); without the rest qp_facts_complete does, at every start.
 *
 * Rows are only ever added: the field numbers are on disks and on the wire. */
#ifndef QP_PROTO_EVENTS_H
#define QP_PROTO_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/matter.pb-c.h"

/* What an event is about: a matter (Event.matter names it), a node of the tree, or a thing that its origin
 * keeps for itself (a token, an account, an invitation), a line and its keys (node/line). */
enum qp_subject { QP_OF_MATTER = 1, QP_OF_NODE, QP_OF_RESOURCE, QP_OF_LINE };

/* Whose word it is. */
enum qp_speaker {
    QP_BY_HOLDER = 1, /* the matter's holder, while no offer is out */
    QP_BY_RECEIVER,   /* the node that it is offered to */
    QP_BY_SENDER,     /* the holder, while an offer is out */
    QP_BY_ANY,        /* every node that knows the matter */
    QP_BY_HELPER,     /* a node that the holder has asked to assist, of its part (ST4) */
    QP_BY_SUPERIOR,   /* a node above one that has or had to do with the matter */
    QP_BY_OPENER,     /* who brings it into the world */
    QP_BY_PARENT,     /* the node directly above the one that it is about */
    QP_BY_ANCESTOR,   /* a node above the one that it is about */
    QP_BY_SELF,       /* the node itself, of itself; heard by nobody else */
    QP_BY_HEAD,       /* the node itself, of itself and all below it */
    QP_BY_PLACE,      /* the node itself, of its own place */
    QP_BY_MEMBER,     /* a node that is on the line */
    /* the holder; while an offer is out without a version, so that it crosses no answer (K3) */
    QP_BY_HOLDER_ALWAYS,
    QP_BY_COMMAND, /* a node above one that has or had to do with the matter, or who holds it */
};

/* Which parcels may carry it. */
enum qp_reach {
    QP_GOES_NOWHERE = 1, /* E4: kept by its origin alone */
    QP_GOES_UP,          /* to the horizon */
    QP_GOES_ROUND,       /* to the horizon, and to each member of the matter */
    QP_GOES_DOWN,        /* to the horizon, and down its origin's subtree */
    QP_GOES_TO,          /* to the nodes that it is for, and nobody else's tables */
    QP_GOES_THERE,       /* to the horizon, and to the one node that it is about */
};

/* clang-format off */
#define QP_IN(Message, member) offsetof(Qp__##Message, member)
/*    name         member       message     about     said by   version? goes   ahead? stream  words                     中文 */
#define QP_EVENTS(X) \
    X(OPENED,      opened,      Opened,     MATTER,   OPENER,   true,  ROUND,   true,  "matter", 0,                       "立案") \
    X(SORTED,      sorted,      Sorted,     MATTER,   HOLDER,   true,  ROUND,   true,  "matter", 0,                       "已分类") \
    X(ASSIGNED,    assigned,    Assigned,   MATTER,   HOLDER,   true,  ROUND,   true,  "matter", 0,                       "已派办") \
    X(PROGRESSED,  progressed,  Progressed, MATTER,   HOLDER_ALWAYS, true, ROUND,   true,  "matter", QP_IN(Progressed, note), "进展") \
    X(OFFERED,     offered,     Offered,    MATTER,   HOLDER,   true,  ROUND,   false, "matter", QP_IN(Offered, reason),  "交办") \
    X(ACCEPTED,    accepted,    Accepted,   MATTER,   RECEIVER, true,  ROUND,   false, "matter", 0,                       "签收") \
    X(REFUSED,     refused,     Refused,    MATTER,   RECEIVER, true,  ROUND,   false, "matter", QP_IN(Refused, reason),  "退回") \
    X(WITHDRAWN,   withdrawn,   Withdrawn,  MATTER,   SENDER,   false, ROUND,   false, "matter", 0,                       "撤回") \
    X(HANDLED,     handled,     Handled,    MATTER,   HOLDER,   true,  ROUND,   true,  "matter", QP_IN(Handled, note),    "已处置") \
    X(VISITED,     visited,     Visited,    MATTER,   HOLDER,   true,  ROUND,   true,  "matter", QP_IN(Visited, note),    "已回访") \
    X(CLOSED,      closed,      Closed,     MATTER,   HOLDER,   true,  ROUND,   true,  "matter", QP_IN(Closed, note),     "已办结") \
    X(REOPENED,    reopened,    Reopened,   MATTER,   HOLDER,   true,  ROUND,   true,  "matter", QP_IN(Reopened, reason), "重开") \
    X(HUNG,        hung,        Hung,       MATTER,   HOLDER,   true,  ROUND,   true,  "matter", QP_IN(Hung, reason),     "挂起") \
    X(RESUMED,     resumed,     Resumed,    MATTER,   HOLDER,   true,  ROUND,   true,  "matter", 0,                       "恢复") \
    X(MERGED,      merged,      Merged,     MATTER,   HOLDER,   true,  ROUND,   false, "matter", 0,                       "已合并") \
    X(UNMERGED,    unmerged,    Unmerged,   MATTER,   HOLDER,   true,  ROUND,   false, "matter", 0,                       "撤销合并") \
    X(COMMENTED,   commented,   Commented,  MATTER,   ANY,      false, ROUND,   true,  "matter", QP_IN(Commented, text),  "留言") \
    X(URGED,       urged,       Urged,      MATTER,   SUPERIOR, false, ROUND,   true,  "urge",   QP_IN(Urged, note),      "督办") \
    X(SEIZED,      seized,      Seized,     MATTER,   ANCESTOR, true,  ROUND,   false, "matter", 0,                       "接管") \
    X(VOUCHED,     vouched,     Vouched,    MATTER,   ANY,      false, ROUND,   false, NULL,     0,                       "凭证") \
    X(ENROLLED,    enrolled,    Enrolled,   NODE,     PARENT,   false, UP,      false, "node",   QP_IN(Enrolled, because), "节点加入") \
    X(REVOKED,     revoked,     Revoked,    NODE,     ANCESTOR, false, DOWN,    false, "node",   QP_IN(Revoked, reason),  "节点吊销") \
    X(JOINED,      joined,      Joined,     NODE,     SELF,     false, NOWHERE, false, NULL,     0,                       "加入") \
    X(INVITED,     invited,     Invited,    RESOURCE, SELF,     false, NOWHERE, false, NULL,     0,                       "邀请") \
    X(LEARNED,     learned,     Learned,    NODE,     SELF,     false, NOWHERE, false, NULL,     0,                       "得知证书") \
    X(TOKEN_MADE,  token_made,  TokenMade,  RESOURCE, SELF,     false, NOWHERE, false, NULL,     0,                       "令牌") \
    X(TOKEN_ENDED, token_ended, TokenEnded, RESOURCE, SELF,     false, NOWHERE, false, NULL,     0,                       "令牌作废") \
    X(USER_MADE,   user_made,   UserMade,   RESOURCE, SELF,     false, NOWHERE, false, NULL,     0,                       "账户") \
    X(USER_ENDED,  user_ended,  UserEnded,  RESOURCE, SELF,     false, NOWHERE, false, NULL,     0,                       "账户停用") \
    X(REFUSAL,     refusal,     Refusal,    NODE,     SELF,     false, NOWHERE, false, NULL,     0,                       "拒收") \
    X(RECOVERED,   recovered,   Recovered,  NODE,     SELF,     false, NOWHERE, false, NULL,     0,                       "恢复完成") \
    X(DESK_MADE,   desk_made,   DeskMade,   RESOURCE, SELF,     false, NOWHERE, false, NULL,     0,                       "部门") \
    X(DESK_ENDED,  desk_ended,  DeskEnded,  RESOURCE, SELF,     false, NOWHERE, false, NULL,     0,                       "部门停用") \
    X(POLICY_SAID, policy_said, PolicySaid, NODE,     HEAD,     false, DOWN,    false, NULL,     0,                       "策略") \
    X(POLICY_HEARD, policy_heard, PolicyHeard, NODE,  HEAD,     false, UP,      false, NULL,     0,                       "策略生效") \
    X(EXTENSION_ASKED,    extension_asked,    ExtensionAsked,    MATTER, HOLDER,  true,  ROUND, true, "matter", QP_IN(ExtensionAsked, reason),    "申请延期") \
    X(EXTENSION_APPROVED, extension_approved, ExtensionApproved, MATTER, COMMAND, false, ROUND, true, "matter", QP_IN(ExtensionApproved, reason), "同意延期") \
    X(EXTENSION_DENIED,   extension_denied,   ExtensionDenied,   MATTER, COMMAND, false, ROUND, true, "matter", QP_IN(ExtensionDenied, reason),   "不同意延期") \
    X(EXTENDED,           extended,           Extended,          MATTER, HOLDER,  true,  ROUND, true, "matter", 0,                               "延期答复") \
    X(TAKEN,       taken,       Taken,      MATTER,   HOLDER,   true,  ROUND,   true,  "matter", 0,                       "领办") \
    X(GIVEN_BACK,  given_back,  GivenBack,  MATTER,   HOLDER,   true,  ROUND,   true,  "matter", QP_IN(GivenBack, reason), "退回分办") \
    X(ASSISTED,    assisted,    Assisted,   MATTER,   HOLDER,   true,  ROUND,   false, "matter", QP_IN(Assisted, note),   "请求协办") \
    X(PARTED,      parted,      Parted,     MATTER,   HELPER,   false, ROUND,   true,  "matter", QP_IN(Parted, note),     "协办进展") \
    X(RELEASED,    released,    Released,   MATTER,   HOLDER,   true,  ROUND,   true,  "matter", QP_IN(Released, note),   "解除协办") \
    X(APPEALED,    appealed,   Appealed,    MATTER,   HOLDER,   true,  ROUND,   true,  "matter", QP_IN(Appealed, reason), "申诉") \
    X(DECIDED,     decided,    Decided,     MATTER,   SUPERIOR, false, ROUND,   true,  "matter", QP_IN(Decided, reason),  "申诉裁定") \
    X(APPEAL_ENDED, appeal_ended, AppealEnded, MATTER, HOLDER,  true,  ROUND,   true,  "matter", QP_IN(AppealEnded, reason), "申诉了结") \
    X(PROLONGED,   prolonged,  Prolonged,   MATTER,   HOLDER,   true,  ROUND,   true,  "matter", 0,                       "时限顺延") \
    X(WARNED,      warned,      Warned,     NODE,     PLACE,    false, UP,      false, "warning", 0,                      "预警") \
    X(WARNING_SAID, warning_said, WarningSaid, NODE,  PLACE,    false, UP,      false, "warning", QP_IN(WarningSaid, text), "预警处置") \
    X(DAY_ENDED,   day_ended,   DayEnded,   NODE,     SELF,     false, NOWHERE, false, NULL,     0,                       "日终") \
    X(SEASONED,    seasoned,    Seasoned,   NODE,     PLACE,    false, DOWN,    false, NULL,     0,                       "季节系数") \
    X(LEAD_FOUND,  lead_found, LeadFound,   NODE,     PLACE,    false, UP,      false, "lead",   0,                       "线索") \
    X(LEAD_SAID,   lead_said,  LeadSaid,    NODE,     PLACE,    false, UP,      false, "lead",   QP_IN(LeadSaid, text),   "线索处置") \
    X(LEADS_COMPARED, leads_compared, LeadsCompared, NODE, PLACE, false, UP,    false, NULL,     0,                       "线索比对") \
    X(GRID_MADE,   grid_made,   GridMade,   RESOURCE, PLACE,    false, UP,      false, NULL,     0,                       "网格") \
    X(GRID_ENDED,  grid_ended,  GridEnded,  RESOURCE, PLACE,    false, UP,      false, NULL,     0,                       "网格停用") \
    X(GRID_ORDERED, grid_ordered, GridOrdered, NODE,  ANCESTOR, false, THERE,   false, NULL,     0,                       "网格下发") \
    X(DUTY_SAID,   duty_said,   DutySaid,   NODE,     PLACE,    false, UP,      false, NULL,     QP_IN(DutySaid, reason), "在岗") \
    X(PATROL_STARTED, patrol_started, PatrolStarted, NODE, PLACE, false, UP,    false, NULL,     0,                       "巡查开始") \
    X(PATROL_MARKED, patrol_marked, PatrolMarked, NODE, PLACE,   false, UP,     false, NULL,     QP_IN(PatrolMarked, note), "巡查打卡") \
    X(LINE_OPENED, line_opened, LineOpened, LINE,     MEMBER,   false, TO,      false, "line",   0,                       "开通连线") \
    X(LINE_SAID,   line_said,   LineSaid,   LINE,     MEMBER,   false, TO,      false, "line",   0,                       "连线消息") \
    X(LINE_TICKED, line_ticked, LineTicked, LINE,     MEMBER,   false, TO,      false, "line",   0,                       "连线回执") \
    X(LINE_KEYED,  line_keyed,  LineKeyed,  LINE,     MEMBER,   false, TO,      false, NULL,     0,                       "连线密钥") \
    X(LINE_KEY_ENDED, line_key_ended, LineKeyEnded, LINE, SELF, false, NOWHERE, false, NULL,     0,                       "连线密钥销毁") \
    X(PERSONAL_ERASED, personal_erased, PersonalErased, MATTER, HOLDER_ALWAYS, false, ROUND, false, "matter", QP_IN(PersonalErased, reason), "删除个人信息") \
    X(AUDITED,     audited,     Audited,    NODE,     PLACE,    false, UP,      false, NULL,     0,                       "留痕") \
    X(CIRCULAR_SAID, circular_said, CircularSaid, NODE, PLACE,   false, UP,      false, NULL,     0,                       "通报") \
    X(CIRCULAR_JUDGED, circular_judged, CircularJudged, NODE, HEAD, false, DOWN, false, NULL, QP_IN(CircularJudged, reason), "通报审阅") \
    X(RENEWAL_ASKED, renewal_asked, RenewalAsked, NODE, SELF,  false, NOWHERE, false, NULL,     0,                       "申请换代") \
    X(RENEWED,     renewed,     Renewed,    NODE,     SELF,     false, NOWHERE, false, NULL,     QP_IN(Renewed, because), "已换代") \
    X(SAID_AGAIN,  said_again,  SaidAgain,  NODE,     SELF,     false, NOWHERE, false, NULL,     0,                       "已补报")
/* clang-format on */

struct qp_event_kind {
    Qp__Event__BodyCase body;
    const char *name; /* of the JSON: "token_made" */
    const char *zh;
    enum qp_subject subject;
    enum qp_speaker speaker;
    bool versioned; /* makes the matter's next version */
    enum qp_reach reach;
    bool ahead;         /* carries no custody: a relay may pass it on before its own commit (L3) */
    const char *stream; /* the kind under which the event stream shows it; NULL: not shown */
    size_t words;       /* where in its message stands what people wrote; 0: nowhere */
};

/* NULL: no body, or one of a later build (E5). Any thread. */
const struct qp_event_kind *qp_event_kind(int body_case);
/* By its name; NULL: there is none. */
const struct qp_event_kind *qp_event_named(const char *name);
/* The rows, in the order of the field numbers. */
const struct qp_event_kind *qp_event_kinds(size_t *n);
/* What people wrote in it; NULL where its kind has no such field. Belongs to the event. */
const char *qp_event_words(const Qp__Event *ev);
/* The snapshot that it carries of the matter as it is after it; NULL when it carries none. An opening's face is none. */
const Qp__Face *qp_event_face(const Qp__Event *ev);
/* Its holder says a matter as it stands, because two have said other things of it or something was refused (C5, E6). */
bool qp_event_restates(const Qp__Event *ev);
/* Whether a parcel of this scope (enum qp_scope) may carry it from its origin to somebody else. */
bool qp_event_travels(const struct qp_event_kind *k, unsigned scope);
/* Whether a parcel of this lane may: what people say on lines has its own, and nothing else is in it (U3). */
bool qp_event_in_lane(const struct qp_event_kind *k, unsigned lane);
/* "opened"; "unknown" for a kind that this build does not know. */
const char *qp_event_name(int body_case);

#endif
