/* table.c: the commands, each with its words, its options and what runs it. Help, completion and the man
 * pages are made from here.
 *
 * A new command: its row in qp_verbs, its options above (or, where they are many, in its own file), what runs it declared in
 * cli.h; its file in CMakeLists.txt and README.md of this folder. tests/unit/cli/table_test.c wants both languages. */

#include "node/cli/cli.h"
#include "node/core/resources.h"
#include "proto/steps.h"

#define END                                                                                                  \
    {                                                                                                        \
        NULL, NULL, NULL, NULL                                                                               \
    }

static const struct qp_cli_option serve_options[] = {
    {"http", "HOST:PORT", "address of the HTTP API and the page", "HTTP 接口与页面的地址"},
    {"link", "tcp://HOST:PORT", "where children dial; \"\" for a leaf", "下级节点连接的地址；末级节点为空"},
    {"advertise", "tcp://HOST:PORT",
     "where children reach it, if elsewhere (a name, a NAT): tokens carry this",
     "下级实际拨号的地址（与监听地址不同时），写入令牌"},
    {"threads", "N", "threads that answer HTTP", "应答 HTTP 的线程数"},
    {"web-root", "DIR", "read the pages from a folder like node/web, while they are written",
     "编写页面时，从此文件夹读取页面"},
    {"parent", "tcp://HOST:PORT", "dial the parent there, if it has moved; its key must be the same",
     "上级迁移后的新地址；仍须持有同一公钥"},
    {"parent-key", "KEY", "the parent's link key, if it joined again with new keys",
     "上级的链路公钥（上级更换密钥重新加入后）"},
    {"journal-map", "SIZE", "quota of the journal, as 16G", "日志的容量上限，如 16G"},
    {"tables-map", "SIZE", "quota of the tables", "数据表的容量上限"},
    {"vault-map", "SIZE", "quota of the personal records", "个人信息库的容量上限"},
    {"blobs", "SIZE", "quota of the files of matters", "事项附件的容量上限"},
    END,
};
static const struct qp_cli_option intake_options[] = {
    {"source", "NAME", "under which name that platform's numbers are kept", "来源名称，对方编号归在此名下"},
    {"field", "OURS=THEIRS", "a field has another name there; again for each",
     "对方字段名不同时的对应，可重复"},
    {"map", "MAP", "for files of CSV: which column is which field", "CSV 文件的列与字段对应"},
    {"state", "DIR", "of a server: where the mark of the last round is kept", "服务器来源：存放进度的目录"},
    {"jurisdiction", "ID", "of a server: its jurisdiction_id", "服务器来源：jurisdiction_id"},
    {"api-key-file", "FILE", "of a server: the file with its api_key", "服务器来源：存放 api_key 的文件"},
    {"once", NULL, "end when nothing is left to bring in", "处理完现有内容后结束"},
    END,
};
static const struct qp_cli_option feed_options[] = {
    {"source", "NAME", "the matters of this source", "哪个来源的事项"},
    {"to", "URL|DIR", "http://HOST:PORT/PATH, or a folder for files",
     "http://HOST:PORT/PATH，或存放文件的目录"},
    {"state", "DIR", "where the mark, and what was refused, are kept", "存放进度与被拒消息的目录"},
    {"secret-file", "FILE", "the key by which messages are signed (HMAC-SHA256)",
     "消息签名所用密钥（HMAC-SHA256）"},
    {"again", NULL, "tell the matters of refused.ndjson once more, as they are now, before the others",
     "先把 refused.ndjson 中被拒的事项按现状重新回传"},
    {"once", NULL, "end when all was told", "全部回传后结束"},
    END,
};
static const struct qp_cli_option sink_options[] = {
    {"once", NULL, "end when the copy has all that the node has", "追平后结束"},
    {"records", "N", "records in one batch, one transaction (2000)", "每批（每个事务）的记录数（2000）"},
    END,
};
static const struct qp_cli_option init_options[] = {
    {"path", "LABEL", "the root's label: a-z 0-9 -", "根节点的标识：a-z 0-9 -"},
    {"title", "TEXT", "its name", "名称"},
    {"code", "CODE", "its division code", "行政区划代码"},
    {"level", "NAME", "the name of its level: city, county ...", "层级名称：city、county 等"},
    {"zone", "ZONE", "the tree's time zone, as Asia/Shanghai", "整棵树的时区，如 Asia/Shanghai"},
    {"areas", "FILE|DIR", "take label, title, code, level (and the zone) from the root of a division list",
     "从区划表的根取标识、名称、代码、层级（与时区）"},
    {"http", "HOST:PORT", "keep this address in the settings", "把此地址写入配置"},
    {"link", "tcp://HOST:PORT", "keep this endpoint in the settings", "把此连接地址写入配置"},
    {"advertise", "tcp://HOST:PORT", "where children reach it, if elsewhere (kept in the settings)",
     "下级实际拨号的地址（与监听地址不同时，写入配置）"},
    END,
};
static const struct qp_cli_option invite_options[] = {
    {"title", "TEXT", "the new node's name", "新节点的名称"},
    {"code", "CODE", "its division code", "行政区划代码"},
    {"level", "NAME", "the name of its level", "层级名称"},
    {"areas", "FILE|DIR", "take title, code and level from a division list", "从区划表取名称、代码与层级"},
    {"minutes", "N", "how long the token holds (15)", "令牌有效的分钟数（15）"},
    {"replace", NULL, "although a node is alive at that place: who joins by the token pushes it out",
     "该位置已有在线节点时仍然邀请：凭令牌加入者将取代它"},
    END,
};
static const struct qp_cli_option join_options[] = {
    {"path", "PATH", "refuse a token that is for another place", "令牌不是给这个位置的就拒绝"},
    {"http", "HOST:PORT", "keep this address in the settings", "把此地址写入配置"},
    {"link", "tcp://HOST:PORT", "keep this endpoint in the settings; \"\" for a leaf",
     "把此连接地址写入配置；末级节点为空"},
    {"again", NULL,
     "the folder has this very node: join anew, set its journal aside, bring in what nobody has",
     "目录中正是此节点：重新加入，旧日志另存，并补录他处没有的内容"},
    {"advertise", "tcp://HOST:PORT", "where children reach it, if elsewhere (kept in the settings)",
     "下级实际拨号的地址（与监听地址不同时，写入配置）"},
    {"parent", "tcp://HOST:PORT", "dial the parent there, not where the token says (kept in the settings)",
     "上级的实际地址（代替令牌中的地址，写入配置）"},
    {"timeout", "SECONDS", "how long to wait for the parent (30)", "等待上级的秒数（30）"},
    END,
};
static const struct qp_cli_option dev_options[] = {
    {"areas", "FILE|DIR", "the division list (Suzhou's)", "区划表（默认宿州）"},
    {"zone", "ZONE", "the tree's time zone; else the file `zone` in DIR, else UTC",
     "时区；否则取 DIR 中的 zone 文件，否则 UTC"},
    {"under", "PATH", "only this area and what is below it", "只要这个区域及其以下"},
    {"depth", "N", "at most N levels, the root is 1", "至多 N 级，根为 1"},
    {"open", "PATH", "only the areas on this path and the children of each of them",
     "只要此路径上的区域及其各自的直接下级"},
    {"state", "DIR", "where the nodes' folders and nodes.json lie", "各节点目录与 nodes.json 所在"},
    {"http-base", "PORT", "node i serves HTTP on PORT + i (as before, else 20000)",
     "第 i 个节点的 HTTP 端口为 PORT + i（沿用上次，首次为 20000）"},
    {"link-base", "PORT", "node i takes links on PORT + i (as before, else 22000)",
     "第 i 个节点的链路端口为 PORT + i（沿用上次，首次为 22000）"},
    {"policy", "DIR", "a policy that the root puts in force when all have joined",
     "全部加入后由根节点下发的策略"},
    {"no-restart", NULL, "a node that ends is not started again", "节点结束后不再重启"},
    END,
};
static const struct qp_cli_option import_options[] = {
    {"map", "MAP", "which column is which field", "列与字段的对应"},
    {"state", "DIR", "bring them into the whole tree that `qipan dev` runs there",
     "导入 `qipan dev` 在此运行的整棵树"},
    {"clock", "source|now", "the records' own times (default where the map has them), or now",
     "记录自身的时间（默认），或现在"},
    {"speed", "N", "N times faster than it happened; else as fast as it goes",
     "按实际速度的 N 倍回放；否则尽快"},
    {"rejected", "PATH", "where rejected rows go whole, with line and reason",
     "被拒的整行及其行号、原因写到哪里"},
    {"check", NULL, "try the map on the file: say what would be opened, left out and rejected; needs no node",
     "只用对应表检查文件，说明会导入、略过和拒收什么；无需节点"},
    {"exercise", NULL, "mark every matter as part of a drill", "把每个事项标为演练"},
    {"patience", "SECONDS", "how long a node that is down is tried again (60)", "节点不可达时重试多久（60）"},
    {"drain", NULL, "wait until everything has reached the top", "等到全部到达顶级"},
    {"window", "N", "records under way at a time (32768)", "同时在途的记录数（32768）"},
    END,
};
static const struct qp_cli_option report_options[] = {
    {"category", "TEXT", "its category", "类别"},
    {"source", "TEXT", "where it comes from (cli)", "来源（cli）"},
    {"source-ref", "TEXT", "its number at the source", "来源处的编号"},
    {"text", "TEXT", "what happened; - reads standard input", "情况说明；- 读标准输入"},
    {"area", "PATH", "the area, at or below this node", "所属区域，本节点或其下"},
    {"place", "TEXT", "where, in words that may be public", "地点（公开描述）"},
    {"lat", "DEGREES", "latitude, WGS-84", "纬度，WGS-84"},
    {"lon", "DEGREES", "longitude, WGS-84", "经度，WGS-84"},
    {"urgency", "routine|urgent|emergency", "how urgent", "紧急程度"},
    {"deadline", "TIME", "when it must be done", "时限"},
    {"desk", "CODE", "the desk at once", "直接指定部门"},
    {"occurred-at", "TIME", "when it happened", "发生时间"},
    {"attach", "FILE|HASH", "a photo or paper, as often as needed; a file is sent first",
     "照片或材料，可多次给出；文件先行上传"},
    {"key", "KEY", "the same key again changes nothing", "同一个键重复提交不会重复登记"},
    {"dry-run", NULL, "say where it would go, its desk and clocks, and what may be the same; nothing is kept",
     "只预告去向、部门、时限和可能重复的事项，不登记"},
    {"ack", "parent|top", "wait until it is held above, or at the top", "等到上级或顶级已收存"},
    {"wait", "SECONDS", "how long (10)", "等待多久（10）"},
    END,
};
static const struct qp_cli_option list_options[] = {
    {"area", "PATH", "in this area and below", "此区域及其以下"},
    {"state", "STATE", "open, sorted, assigned, handled, visited, closed, hung, merged", "状态"},
    {"category", "TEXT", "of this category", "类别"},
    {"below", "yes|no", "with --category: and all that lie below it in the policy in force",
     "与 --category 合用：含策略中其下级类别"},
    {"source", "TEXT", "from this source", "来源"},
    {"desk", "CODE", "at this desk", "部门"},
    {"holder", "PATH", "held by this node", "承办节点"},
    {"urgency", "NAME", "of this urgency", "紧急程度"},
    {"overdue", "yes|no", "overdue or not", "是否超时"},
    {"search", "TEXT", "in title, text, place, source_ref", "标题、内容、地点、来源编号中查找"},
    {"from", "TIME", "opened at or after", "登记时间起"},
    {"to", "TIME", "opened before", "登记时间止"},
    {"updated-after", "TIME", "changed after", "更新时间晚于"},
    {"needs", "WHAT",
     "what needs you now: sign, assign, handle, visit, close, overdue, urged, due_soon, lifted",
     "现在要我办：sign 待签收、assign 待交办、handle 待处置、visit 待回访、close 待办结、overdue "
     "超期、urged "
     "被督办、due_soon 将到期、lifted 督办未答复"},
    {"held", "here|below", "held by this node, or by one below it", "本级承办或下级承办"},
    {"unassigned", "yes|no", "nobody has been given it yet", "未交办"},
    {"due-before", "TIME", "open, and due before", "未结且期限早于"},
    {"bbox", "W,S,E,N", "in this box of longitudes and latitudes", "在此经纬度范围内"},
    {"sort", "KEY", "opened_at -opened_at updated_at -updated_at deadline arrived", "排序"},
    {"limit", "N", "at most N (50); 0 = all. Emergencies come first",
     "至多 N 条（50）；0 为全部；特急事项在前"},
    END,
};
static const struct qp_cli_option board_options[] = {
    {"by", "WHAT", "area, desk, source, category, hour, day, week, month", "按什么统计"},
    {"area", "PATH", "of this area", "区域"},
    {"from", "TIME", "from", "起"},
    {"to", "TIME", "before", "止"},
    {"category", "TEXT", "of this category", "类别"},
    {"source", "TEXT", "from this source", "来源"},
    {"desk", "CODE", "of this desk", "部门"},
    END,
};
static const struct qp_cli_option clock_options[] = {
    {"calendar", "DIR|FILE.json", "working hours: a calendar as JSON, or a policy; - reads standard input",
     "工作时间：JSON 日历或策略（目录或 JSON）；- 读标准输入"},
    {"name", "NAME", "which calendar of the policy", "策略中的哪个日历"},
    {"zone", "ZONE", "the time zone, as Asia/Shanghai", "时区，如 Asia/Shanghai"},
    {"duration", "D", "30m 4h 3d natural time, 4wh working time, 5wd closes of business",
     "时限：30m 4h 3d 为自然时间，4wh 为工作时间，5wd 为工作日"},
    {"start", "TIME", "from when it runs", "起算时间"},
    {"pause", "FROM/TO", "it is paused; may come again; FROM/ has no end",
     "暂停的起止；可多次给出；FROM/ 表示未结束"},
    {"stop", "TIME", "when it ended: tells what was used by then, and whether in time",
     "结束时间：给出已用时长及是否按时"},
    END,
};
static const struct qp_cli_option policy_options[] = {
    {"against", "DIR|FILE.json", "the policy in force: say what would change, and what loosens",
     "现行策略：列出将有的变化及放宽之处"},
    {"below", NULL, "it is a lower node's: it says only what it tightens of the other",
     "这是下级的策略：只写对上级策略的收紧"},
    {"own", NULL, "show: what this node itself has said, not what is in force with those above it",
     "show：只显示本节点自身下发的，而非与上级合成后的现行策略"},
    {"yes", NULL, "set: do not ask", "set：不再询问"},
    END,
};
/* Every step has the same list, all that any of them takes (proto/steps.h); which of them is its own, its shape
 * says. The last three are for all. */
static const struct qp_cli_option step_options[] = {
#define X(name, value, en, zh) {#name, value, en, zh},
    QP_STEP_WORDS(X)
#undef X
        {"attach", "FILE|HASH", "a photo or paper, as often as needed; a file is sent first",
         "照片或材料，可多次给出；文件先行上传"},
    {"at", "TIME", "the time of the step (an importer's token only)", "办理时间（仅限导入令牌）"},
    {"key", "KEY", "the same key again changes nothing", "同一个键重复提交不会重复办理"},
    {"yes", NULL, "do not ask, although who has to take it is not heard", "对方没有音信也不询问"},
    {"if-version", "N", "only if the matter still has this version", "仅当事项仍为此版本"},
    END,
};
static const struct qp_cli_option output_options[] = {
    {"output", "FILE", "write there (-o)", "写入文件（-o）"},
    END,
};
static const struct qp_cli_option verify_options[] = {
    {"root", "FINGERPRINT", "the root's fingerprint, 64 hex digits", "根的指纹，64 位十六进制"},
    END,
};
/* The resources of node/core/resources.h: their fields, and what all of them have. */
#define QP_OPTION_I(name, most, value, en, zh)
#define QP_OPTION_F(name, kind, need, most, bytes, of, value, en, zh) {#name, value, en, zh},
#define X(NAME, name, one, ...)                                                                              \
    static const struct qp_cli_option one##_options[] = {                                                    \
        QP_FIELDS_##one(QP_OPTION_I, QP_OPTION_F){"if-version", "N", "only if it still has this version",    \
                                                  "仅当仍为此版本"},                                         \
        {"key", "KEY", "the same key again changes nothing", "同一个键重复提交不会重复办理"},                \
        {"ended", NULL, "list: those that were ended too", "列表：包括已停用的"},                            \
        QP_MORE_##one END,                                                                                   \
    };
#define QP_MORE_token
#define QP_MORE_user
#define QP_MORE_desk
#define QP_MORE_grid                                                                                         \
    {"crs", "NAME", "wgs84, cgcs2000, gcj02, bd09: of a boundary, of FILE; in `locate` of --lat and --lon",  \
     "wgs84、cgcs2000、gcj02、bd09：边界或文件的坐标系；locate 时为 --lat、--lon 的坐标系"},                 \
        {"file-crs", "NAME", "in `locate`: the coordinates of FILE", "locate 时文件的坐标系"},               \
        {"within", "OUTLINE.geojson",                                                                        \
         "in `check`: the ground that the grids must cover, in the same coordinates",                        \
         "check 时网格应覆盖的范围，坐标系同文件"},                                                          \
        {"accounts", NULL,                                                                                   \
         "in `import`: an account for each worker and deputy of a table who has none here, and a link for "  \
         "one log-in",                                                                                       \
         "import 表格时：为表中尚无账户的网格员和协理员建立账户，并给出一次性登录链接"},                     \
        {"lat", "DEGREES", "in `locate`: latitude", "locate 时的纬度"},                                      \
        {"lon", "DEGREES", "in `locate`: longitude", "locate 时的经度"},                                     \
        {"area", "PATH", "in `coverage`: of this area", "coverage 时的区域"},
QP_RESOURCES(X)
#undef X
static const struct qp_cli_option revoke_options[] = {
    {"reason", "TEXT", "why", "原因"},
    {"kind", "lost|compromised", "what happened to it (lost)", "情况：丢失或被攻破"},
    END,
};
static const struct qp_cli_option help_options[] = {
    {"man", NULL, "as a man page", "输出 man 页面"},
    {"output", "DIR", "all man pages into this folder, a file each",
     "把全部 man 页面写入此目录，每页一个文件"},
    END,
};
static const struct qp_cli_option link_options[] = {
    {"name", "NAME", "for this account (else with the rights of the token)",
     "为此账户（否则为令牌自身的权限）"},
    {"state", "DIR", "for every node that `qipan dev` runs there", "为 `qipan dev` 在此运行的每个节点"},
    END,
};
static const struct qp_cli_option leads_options[] = {
    {"threshold", "T", "how alike matters must be to be brought together, 0 to 1 (0.3)",
     "相似到何种程度才归并，0 至 1（0.3）"},
    END,
};
static const struct qp_cli_option events_options[] = {
    {"follow", NULL, "go on as things happen (-f)", "持续显示（-f）"},
    {"since", "POSITION", "from this position of the journal", "从日志的此位置起"},
    END,
};

static const struct qp_cli_option backup_options[] = {
    {"with-keys", NULL, "create: also the secret key, so that children know the node that joins again",
     "create：一并备份密钥，重新加入后下级仍能识别"},
    {"move", NULL,
     "create: of a stopped node that is to run elsewhere: with keys; this folder serves no more",
     "create：节点已停止、将迁往别处：含密钥，本目录此后不再提供服务"},
    {"join", "TOKEN", "restore: as the next incarnation, by a token of the parent; - reads standard input",
     "restore：凭上级令牌以下一世身份恢复；- 读标准输入"},
    {"reading", NULL, "restore: only to read (`qipan export`), without keys",
     "restore：仅供查阅（`qipan export`），不含密钥"},
    {"http", "HOST:PORT", "restore: keep this address in the settings", "restore：把此地址写入配置"},
    {"link", "tcp://HOST:PORT", "restore: keep this endpoint in the settings; \"\" for a leaf",
     "restore：把此连接地址写入配置；末级节点为空"},
    {"timeout", "SECONDS", "restore --join: how long to wait for the parent (30)",
     "restore --join：等待上级的秒数（30）"},
    END,
};
static const struct qp_cli_option support_options[] = {
    {"log", "FILE", "put the end of this log in as well (journalctl -u qipan@NAME > FILE)",
     "附上此日志的末尾（journalctl -u qipan@NAME > FILE）"},
    END,
};
static const struct qp_cli_option top_options[] = {
    {"every", "SECONDS", "how often to look (1)", "刷新间隔秒数（1）"},
    {"times", "N", "look N times, then end", "刷新 N 次后结束"},
    END,
};
static const struct qp_cli_option warn_options[] = {
    {"method", "METHOD", "gpnb (default), ears-c1, farrington ...: listed below",
     "gpnb（默认）、ears-c1、farrington 等：见下"},
    {"set", "KEY=VALUE", "a setting of the method; as often as needed", "方法的参数，可多次给出"},
    {"freq", "N", "steps a year: 365 or 52 (gpnb: as the dates are, else 365; the others 52)",
     "一年的步数：365 或 52（gpnb 按日期，否则 365；其余 52）"},
    END,
};

const struct qp_verb qp_verbs[] = {
    {"dev", "node", "", "run a whole tree on this machine", "在本机运行整棵树", dev_options, qp_verb_dev, 0,
     0},
    {"init", "node", "", "found a tree: this folder becomes its root", "新建一棵树：本目录成为根节点",
     init_options, qp_verb_init, 0, 0},
    {"invite", "node", "PATH", "print a token by which a child may join", "生成下级加入用的一次性令牌",
     invite_options, qp_verb_invite, 1, 1},
    {"join", "node", "TOKEN", "join a tree by a token", "凭令牌加入", join_options, qp_verb_join, 1, 1},
    {"serve", "node", "", "run this node", "运行本节点", serve_options, qp_verb_serve, 0, 0},
    {"reload", "node", "", "have the running node read its policy again", "让运行中的节点重读策略", NULL,
     qp_verb_signal, 0, 0},
    {"drain", "node", "", "have the running node finish and stop", "让运行中的节点办完在手请求后停止", NULL,
     qp_verb_signal, 0, 0},
    {"revoke", "node", "PATH", "take a node's place away from its keys", "吊销一个节点", revoke_options,
     qp_verb_revoke, 1, 1},

    {"status", "see", "", "this node: links, queues, room", "本节点：链路、队列、空间", NULL, qp_verb_status,
     0, 0},
    {"tree", "see", "", "the nodes below, with what is open", "下级节点及未结事项", NULL, qp_verb_tree, 0, 0},
    {"board", "see", "", "counts by area, desk, source, category or time",
     "按区域、部门、来源、类别或时间统计", board_options, qp_verb_board, 0, 0},
    {"warnings", "see", "[list|show|note|dismiss|matter] [ID]",
     "unusual rises that a node and those below it have found", "本节点及下级发现的异常上升",
     qp_warnings_options, qp_verb_warnings, 0, 2},
    {"lead", "see", "[list|show|confirm|dismiss|join|split|undo|matter] [ID]",
     "matters of several platforms that seem to be one thing, brought together by a node and those below it",
     "本节点及下级归并的线索：看来同属一事的各平台事项", qp_lead_options, qp_verb_lead, 0, 2},
    {"line", "matters", "[list|new|matter|show|say|seen] [ID] [TEXT]",
     "speak with people at other nodes; `line ID` live: what is typed is said",
     "与其他节点的人员连线；`line ID` 为实时会话，输入即发送", qp_line_options, qp_verb_line, 0, 3},
    {"circular", "see", "[issue|list|show|matters|verify|accept|return|check] [PERIOD DAY|ID|FILE]",
     "circulars: figures of a day, a week, a month; numbered, signed, verified from events alone",
     "通报：日、周、月的数字；编号、签名，仅凭事件即可核验", qp_circular_options, qp_verb_circular, 0, 3},
    {"audit", "see", "",
     "who did what at a node and below it: log-ins, readings of personal records, exports, changes",
     "留痕：本节点及下级谁做了什么（登录、查看个人信息、导出、更改）", qp_audit_options, qp_verb_audit, 0, 0},
    {"events", "see", "", "what happens, as it happens", "实时事件", events_options, qp_verb_events, 0, 0},
    {"doctor", "see", "", "look for what may be wrong", "检查可能的问题", NULL, qp_verb_doctor, 0, 0},
    {"top", "see", "", "this node as it is now, live: alarms, links, queues, rates (q ends)",
     "实时查看本节点：告警、链路、队列、速率（按 q 退出）", top_options, qp_verb_top, 0, 0},
    {"support", "see", "bundle FILE.tar.gz", "pack what support needs, without secrets",
     "打包排障所需信息（不含机密）", support_options, qp_verb_support, 2, 2},
    {"version", "see", "", "print the version", "显示版本", NULL, qp_verb_version, 0, 0},

    {"report", "matters", "TITLE", "open a matter (TITLE - : a JSON object from standard input)",
     "登记事项（TITLE 为 - 时从标准输入读 JSON）", report_options, qp_verb_report, 1, 1},
    {"list", "matters", "", "list matters", "列出事项", list_options, qp_verb_list, 0, 0},
    {"similar", "matters", "[TEXT]", "open matters that may be the same one", "可能是同一件的在办事项",
     qp_similar_options, qp_verb_similar, 0, 1},
    {"show", "matters", "ID", "one matter with its history", "显示事项及其经过", NULL, qp_verb_show, 1, 1},
#define X(name, member, CASE, RIGHT, MAP, en, zh)                                                            \
    {#name, "matters", "ID", en, zh, step_options, qp_verb_step, 1, 1},
    QP_STEPS(X)
#undef X
        {"blob", "matters", "put FILE...|get HASH",
         "files of matters: send one (its hash is for --attach), fetch one from where it lies",
         "事项附件：上传（所得哈希用于 --attach），或从所在节点取来", output_options, qp_verb_blob, 2, -1},
    {"prove", "matters", "ID", "a file that proves what happened to it", "生成可离线核验的证明文件",
     output_options, qp_verb_prove, 1, 1},
    {"verify", "matters", "FILE", "check such a file by the root's fingerprint alone",
     "仅凭根指纹核验证明文件", verify_options, qp_verb_verify, 1, 1},

#define X(NAME, name, one, id, table, MADE, ENDED, standing, words, reads, writes, en, zh)                   \
    {#one, "set-up", "show|" words, en, zh, one##_options, qp_verb_resource, 1, 2},
    QP_RESOURCES(X)
#undef X
        {"link", "set-up", "", "print a one-time log-in address", "生成一次性登录地址", link_options,
         qp_verb_link, 0, 0},
    {"duty", "matters", "on|off|list|position", "who is on duty, and where", "在岗人员及其位置",
     qp_duty_options, qp_verb_duty, 1, 1},
    {"patrol", "matters", "start|checkpoint|pause|resume|stop|list|show|compliance [ID]",
     "patrols of grids, and what of their plan was done", "网格巡查及达标情况", qp_patrol_options,
     qp_verb_patrol, 1, 2},
    {"areas", "set-up", "[FILE|DIR]",
     "look at a division list without a node: every mistake by its line, how many places of each level",
     "离线查看区划表：逐行指出错误，统计各层级区域", qp_areas_options, qp_verb_areas, 0, 1},
    {"key", "set-up", "", "the public keys of this folder, and whether the node goes by them",
     "本目录的公钥，及节点是否在用", NULL, qp_verb_key, 0, 0},
    {"policy", "set-up", "check|set|show [DIR|FILE.json]",
     "check a policy's folder or JSON without a node, put it in force, show it (without a name: what is in "
     "force)",
     "离线检查策略（目录或 JSON），下发生效，显示（不给名称则显示现行策略）", policy_options, qp_verb_policy,
     1, 2},
    {"clock", "set-up", "--calendar DIR|FILE.json --zone ZONE --duration D --start TIME",
     "work out a deadline by working hours, without a node", "按工作时间推算时限（无需节点）", clock_options,
     qp_verb_clock, 0, 0},
    {"config", "set-up", "check|show|defaults", "the settings", "配置", NULL, qp_verb_config, 1, 1},
    {"completion", "set-up", "bash|zsh|fish", "print the shell's completion", "输出命令补全脚本", NULL,
     qp_verb_completion, 0, 1},
    {"help", "set-up", "[COMMAND]", "this list, or one command", "帮助", help_options, qp_verb_help, 0, 1},

    {"import", "data", "FILE.csv[.gz]|-", "bring records in by a map", "按对应表导入记录", import_options,
     qp_verb_import, 1, 1},
    {"export", "data", "", "all events of the journal as JSON lines (the node must be stopped)",
     "把日志中的全部事件导出为 JSON 行（须先停止节点）", output_options, qp_verb_export, 0, 0},
    {"backup", "data", "create|verify|restore BACKUP",
     "a copy of a node, made while it runs, that becomes a node again", "节点运行中的备份、核验与恢复",
     backup_options, qp_verb_backup, 2, 2},
    {"intake", "data", "DIR|URL",
     "bring in what other platforms report: files put into DIR, or an Open311 server at URL",
     "接入其他平台的事项：DIR 中的文件，或 URL 处的 Open311 服务", intake_options, qp_verb_intake, 1, 1},
    {"feed", "data", "", "tell a platform how its matters go on: signed calls, or files",
     "向来源平台回传办理进展：签名推送或文件", feed_options, qp_verb_feed, 0, 0},
    {"sink", "data", "run|test|list|replay TARGET",
     "a copy of what the journal says of matters, in a folder, in PostgreSQL or in a stream of NATS (./DIR, "
     "postgresql://…, nats://HOST/STREAM)",
     "把日志中的事项同步到目录、PostgreSQL 或 NATS 流（./DIR、postgresql://…、nats://主机/流名）",
     sink_options, qp_verb_sink, 2, 2},
    {"leads", "data", "FILE.tsv|-",
     "bring matters together that seem to be one thing (columns id, time, place, title, detail; needs no "
     "node)",
     "把看来同属一事的事项归并为线索（列：id、time、place、title、detail；无需节点）", leads_options,
     qp_verb_leads, 1, 1},
    {"rebuild", "data", "", "make the tables again from the journal (the node must be stopped)",
     "由日志重建数据表（须先停止节点）", NULL, qp_verb_rebuild, 0, 0},
    {"scrub", "data", "",
     "look at the whole journal, and mend records with one wrong bit (the node must be stopped)",
     "检查整个日志，修复错一位的记录（须先停止节点）", NULL, qp_verb_scrub, 0, 0},
    {"warn", "data", "SERIES.csv...",
     "find unusual rises in counts (columns date or i, observed); needs no node",
     "在计数序列（列 date 或 i、observed）中发现异常上升；无需节点", warn_options, qp_verb_warn, 1, -1},
    {NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0},
};
