/* resources.h: everything that a node knows of its own besides matters: tokens, accounts, desks. One list, one
 * row a kind; how it is kept, asked for, changed, listed and shown follows from the row (rules RE1, RE4 of
 * RULES.md).
 *
 *   POST, PATCH ─► the whole of it as it will be (MADE) ─┐
 *   DELETE      ─► its id (ENDED)                        ├─► journal ─► one row in its table, version + 1
 *   replay      ─► the same events                      ─┘
 *
 * A resource has an id of its own node, a version that rises by one with every event about it, and facts that
 * are events. It is ended, never deleted: what still points to it finds it, with the time of its end. One that
 * was ended may be made again under the same id; its version goes on.
 *
 * To add a kind: its two messages, MADE and ENDED (matter.proto; bounds in rules_resources.h; rows in events.h, which say
 * how far they travel), a table (node/store/layout.h; its message in tables.c), a row and its fields here, one file in node/http/calls with
 * what no field alone can say, and which further options its command has (node/cli/table.c). Whoever forgets one is told by the
 * build, by tests/unit/http/rights_test.c (who may its five calls) or by tests/unit/core/layout_test.c (its table).
 *
 * To add a field to a kind: its field in MADE (matter.proto), its bound (rules_resources.h; of grids rules_field.h), its F line here (else tests/unit/http/resources_test.c
 * fails): the API, the commands with their options, help and lists follow. By hand: node/web/admin/lists.js
 * (`columns`, `cells` of its list; `fields`, `body` of its form) with its words in node/web/words/admin.js, and its row under "Resources" in
 * node/http/API.md, for which no test asks. */
#ifndef QP_NODE_CORE_RESOURCES_H
#define QP_NODE_CORE_RESOURCES_H

#include "node/core/rights.h"
#include "node/store/store.h"
#include "proto/matter.pb-c.h"

/* What making it does where it stands already. */
enum qp_standing {
    QP_STANDING_STAYS = 1 /* refused: QP_EEXISTS */,
    QP_STANDING_YIELDS /* takes its place */
};

#define QP_MAY_(right) QP_RIGHT_##right
/* X(NAME, path in the API, what one is called, its id's member in both messages, table, MADE, ENDED, one
 *   that stands already, words of its command, who may read, who may write, en, zh) */
/* clang-format off */
#define QP_RESOURCES(X) \
    X(TOKEN, tokens, token, name, QP_T_TOKEN, TOKEN_MADE, TOKEN_ENDED, QP_STANDING_YIELDS, \
      "add|list|set|end [NAME]", QP_MAY_(ADMIN), QP_MAY_(ADMIN), "token", "令牌") \
    X(USER, users, user, name, QP_T_USER, USER_MADE, USER_ENDED, QP_STANDING_STAYS, \
      "add|list|set|end|password [NAME]", QP_MAY_(ADMIN) | QP_MAY_(AUDIT), QP_MAY_(ADMIN), "account", "账户") \
    X(DESK, desks, desk, code, QP_T_DESK, DESK_MADE, DESK_ENDED, QP_STANDING_STAYS, \
      "add|list|set|end [CODE]", QP_MAY_(READ) | QP_MAY_(COUNT), QP_MAY_(ADMIN), "desk", "部门") \
    X(GRID, grids, grid, code, QP_T_GRID, GRID_MADE, GRID_ENDED, QP_STANDING_STAYS, \
      "add|list|set|end|import|check|locate|coverage [CODE|FILE]", QP_MAY_(READ) | QP_MAY_(ADMIN), QP_MAY_(ADMIN), "grid", "网格")
/* clang-format on */

/* The fields of each, in the order in which they are read and shown; the commands' options too.
 *   I(name, bytes at most, value in help, en, zh)                                  its id
 *   F(name, kind, MUST or MAY, entries or bytes at most, bytes of an entry, fields of an entry, value, en, zh)
 * The kinds: node/http/shape/sheet.h. A name is that of the message's member as well; SAID is in no message: the
 * kind's own file reads it. */
/* clang-format off */
#define QP_FIELDS_token(I, F) \
    I(name, QP_NAME_BYTES, "NAME", "its name", "名称") \
    F(rights, RIGHTS, MUST, 0, 0, NULL, QP_RIGHT_NAMES, "what it may, with commas between; all: everything (read,report,step)", "权限，可用逗号列出多个；all 为全部（默认 read,report,step）") \
    F(desk, LINE, MAY, QP_NAME_BYTES, 0, NULL, "CODE", "sees and acts on the matters of this desk only, and what it reported itself", "仅看到并办理此部门的事项和自己登记的事项") \
    F(areas, LINES, MAY, QP_SPAN_MOST, QP_PATH_BYTES, NULL, "PATH,...", "sees and acts in these areas only; else everywhere", "仅限这些区域，空为全部") \
    F(categories, LINES, MAY, QP_SPAN_MOST, QP_NAME_BYTES, NULL, "TEXT,...", "sees and acts on these categories only; else on all", "仅限这些类别，空为全部")
#define QP_FIELDS_user(I, F) \
    I(name, QP_NAME_BYTES, "NAME", "by which he logs in", "登录名") \
    F(title, LINE, MAY, QP_TITLE_BYTES, 0, NULL, "TEXT", "how he is called", "姓名或职务") \
    F(phone, LINE, MAY, QP_PERSONAL_PHONE, 0, NULL, "TEXT", "by which he is reached on duty; known to this node alone", "工作电话，仅存于本节点") \
    F(roles, ROLES, MAY, 0, 0, NULL, QP_ROLE_NAMES, "his roles, with commas between", "角色，可用逗号列出多个") \
    F(role, SAID, MAY, 0, 0, NULL, QP_ROLE_NAMES, "the one role that he has (worker)", "唯一的角色（默认 worker）") \
    F(areas, LINES, MAY, QP_SPAN_MOST, QP_PATH_BYTES, NULL, "PATH,...", "sees and acts in these areas only; else everywhere", "仅限这些区域，空为全部") \
    F(categories, LINES, MAY, QP_SPAN_MOST, QP_NAME_BYTES, NULL, "TEXT,...", "sees and acts on these categories only; else on all", "仅限这些类别，空为全部") \
    F(password, SAID, MAY, 0, 0, NULL, "TEXT", "- reads standard input; else it is asked for", "- 读标准输入；否则提示输入")
#define QP_FIELDS_duty(I, F) \
    F(category, LINE, MAY, QP_NAME_BYTES, 0, NULL, "TEXT", "of this category; else of every one", "类别，空为全部") \
    F(area, PATH, MAY, QP_PATH_BYTES, 0, NULL, "PATH", "in this area and below; else everywhere", "区域，空为全部")
#define QP_FIELDS_desk(I, F) \
    I(code, QP_NAME_BYTES, "CODE", "its code", "代码") \
    F(title, LINE, MUST, QP_TITLE_BYTES, 0, NULL, "TEXT", "its name", "名称") \
    F(duties, LIST, MAY, QP_DUTIES, 0, QP_DUTY, "CATEGORY@AREA,...", "what it is there for; either may be empty", "职责：类别@区域，任一可为空") \
    F(calendar, LINE, MAY, QP_NAME_BYTES, 0, NULL, "NAME", "its working hours, by the policy", "工作日历（见策略）") \
    F(members, LINES, MAY, QP_DESK_MEMBERS, QP_NAME_BYTES, NULL, "NAME,...", "accounts of this node", "成员（本节点的账户）") \
    F(source, FLAG, MAY, 0, 0, NULL, "yes|no", "matters come from it, as from a hotline", "是否为来源（12345、110 等）")
#define QP_FIELDS_unit(I, F) \
    F(title, LINE, MUST, QP_UNIT_BYTES, 0, NULL, "TEXT", "its name", "名称") \
    F(kind, LINE, MAY, QP_UNIT_BYTES, 0, NULL, "TEXT", "building, shop, school, site, company", "类型：楼栋、商铺、学校、工地、企业") \
    F(place, LINE, MAY, QP_UNIT_BYTES, 0, NULL, "TEXT", "where it is", "位置") \
    F(office, LINE, MAY, QP_UNIT_BYTES, 0, NULL, "TEXT", "whose duty it is, as an office", "责任人职务")
#define QP_FIELDS_grid(I, F) \
    I(code, QP_NAME_BYTES, "CODE", "its code", "编码") \
    F(title, LINE, MUST, QP_TITLE_BYTES, 0, NULL, "TEXT", "its name", "名称") \
    F(boundary, BOUNDARY, MAY, QP_GRID_BOUNDARY, 0, NULL, "FILE.geojson", "a Polygon or MultiPolygon, WGS-84 unless --crs says otherwise", "边界：Polygon 或 MultiPolygon，默认 WGS-84，见 --crs") \
    F(worker, LINE, MAY, QP_NAME_BYTES, 0, NULL, "NAME", "the grid worker, an account of its node", "网格员（所属节点的账户）") \
    F(deputies, LINES, MAY, QP_GRID_PEOPLE, QP_NAME_BYTES, NULL, "NAME,...", "who stands in for him, accounts", "协理员（账户）") \
    F(volunteers, LINES, MAY, QP_GRID_PEOPLE, QP_NAME_BYTES, NULL, "ID,...", "who helps, by the ids of the node, not by personal names", "志愿者（以编号列出，不写姓名）") \
    F(units, LIST, MAY, QP_GRID_UNITS, 0, QP_UNIT, "TITLE@KIND@PLACE@OFFICE,...", "buildings, shops, schools, sites, companies; no residents", "楼栋、商铺、学校、工地、企业等；不含居民")
/* clang-format on */

enum qp_resource_name {
#define X(NAME, ...) QP_RESOURCE_##NAME,
    QP_RESOURCES(X)
#undef X
        QP_RESOURCE_KINDS
};

struct qp_resource {
    const char *name, *one; /* "desks", "desk" */
    const char *id;         /* "code": of its JSON and of both messages */
    enum qp_table table;
    Qp__Event__BodyCase made, ended;
    enum qp_standing standing;
    uint32_t reads, writes; /* rights, any of them */
    const char *en, *zh;
};
extern const struct qp_resource qp_resources[QP_RESOURCE_KINDS];

/* Do its events go up to the superiors, who keep it beside their own? Else it is known to its node alone (E4). */
bool qp_resource_travels(const struct qp_resource *kind);
/* Which kind an event is about; NULL: none. *ends: it is its end. */
const struct qp_resource *qp_resource_of(const Qp__Event *ev, bool *ends);
/* The id in a MADE or ENDED message; borrowed. */
const char *qp_resource_id(const struct qp_resource *kind, const ProtobufCMessage *body);
/* An empty MADE or ENDED message of this kind with that id, in the arena, put into the event. NULL: no memory. */
ProtobufCMessage *qp_resource_body(const struct qp_resource *kind, bool ends, const char *id, Qp__Event *ev,
                                   struct qp_arena *a);

/* ---- reading, from any thread ---- */
struct qp_resource_row {
    char id[QP_NAME_BYTES + 1];
    uint64_t version;
    int64_t made_us, updated_us; /* times of the facts; made_us: since which it stands, or stood */
    int64_t ended_us;            /* 0: it stands */
    ProtobufCMessage *made;      /* as it is, or was when it ended; in the arena */
};
/* QP_ENOTFOUND: there never was one. QP_ENOMEM, QP_EIO, QP_ECORRUPT as of the store. */
int qp_resource_read(struct qp_read *r, const struct qp_resource *kind, const char *id, struct qp_arena *a,
                     struct qp_resource_row *out);
/* The first whose id comes after `after` bytewise, ended ones too; "" begins. QP_ENOTFOUND: that was all. */
int qp_resource_next(struct qp_read *r, const struct qp_resource *kind, const char *after, struct qp_arena *a,
                     struct qp_resource_row *out);
/* Of kinds that travel: as the nodes below have said theirs. */
int qp_resource_read_of(struct qp_read *r, const struct qp_resource *kind, const uint8_t node[QP_ID_LEN],
                        const char *id, struct qp_arena *a, struct qp_resource_row *out);
/* The first after this node's `after`, by node and id; *node is then whose it is. Zeros and "" begin. */
int qp_resource_next_of(struct qp_read *r, const struct qp_resource *kind, uint8_t node[QP_ID_LEN],
                        const char *after, struct qp_arena *a, struct qp_resource_row *out);
/* Another number after every change of one of a kind that travels, here or below, and of whose count (a node is revoked or
 * back); 0: there never was one. */
uint64_t qp_resource_changes(MDB_txn *tables, struct qp_store *s, const struct qp_resource *kind);
bool qp_resource_stands(struct qp_read *r, const struct qp_resource *kind, const char *id);

#endif
