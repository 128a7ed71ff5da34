/* table.c: the commands, each with its words, its options and what runs it. Help, completion and the man
 * pages are made from here. */
#include <string.h>

#include "node/cli/cli.h"

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
    {"parent", "tcp://HOST:PORT", "dial the parent there, if it has moved; its key must be the same",
     "上级迁移后的新地址；仍须持有同一公钥"},
    {"parent-key", "KEY", "the parent's link key, if it joined again with new keys",
     "上级的链路公钥（上级更换密钥重新加入后）"},
    {"journal-map", "SIZE", "quota of the journal, as 16G", "日志的容量上限，如 16G"},
    {"tables-map", "SIZE", "quota of the tables", "数据表的容量上限"},
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
    {"key", "KEY", "the same key again changes nothing", "同一个键重复提交不会重复登记"},
    {"ack", "parent|top", "wait until it is held above, or at the top", "等到上级或顶级已收存"},
    {"wait", "SECONDS", "how long (10)", "等待多久（10）"},
    END,
};
static const struct qp_cli_option list_options[] = {
    {"area", "PATH", "in this area and below", "此区域及其以下"},
    {"state", "STATE", "open, sorted, assigned, handled, visited, closed, hung, merged", "状态"},
    {"category", "TEXT", "of this category", "类别"},
    {"source", "TEXT", "from this source", "来源"},
    {"desk", "CODE", "at this desk", "部门"},
    {"holder", "PATH", "held by this node", "承办节点"},
    {"urgency", "NAME", "of this urgency", "紧急程度"},
    {"overdue", "yes|no", "overdue or not", "是否超时"},
    {"search", "TEXT", "in title, text, place, source_ref", "标题、内容、地点、来源编号中查找"},
    {"from", "TIME", "opened at or after", "登记时间起"},
    {"to", "TIME", "opened before", "登记时间止"},
    {"updated-after", "TIME", "changed after", "更新时间晚于"},
    {"needs", "sign", "only what was offered to this node and waits to be accepted",
     "仅移交本节点、等待签收的事项"},
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
/* Every step has the same list; which of them a step takes is in `steps` below. */
static const struct qp_cli_option step_options[] = {
    {"note", "TEXT", "a note; - reads standard input", "说明；- 读标准输入"},
    {"reason", "TEXT", "the reason; - reads standard input", "原因；- 读标准输入"},
    {"to", "PATH", "to which node", "交给哪个节点"},
    {"category", "TEXT", "the category", "类别"},
    {"urgency", "NAME", "routine, urgent, emergency", "紧急程度"},
    {"deadline", "TIME", "the deadline", "时限"},
    {"desk", "CODE", "the desk", "部门"},
    {"person", "NAME", "the person", "人员"},
    {"result", "TEXT", "the result", "结果"},
    {"of", "REF", "the original, for a duplicate", "重复件的原件编号"},
    {"reached", "yes|no", "was the person reached", "是否联系上"},
    {"resolved", "yes|no", "is it resolved", "是否解决"},
    {"satisfied", "yes|no", "is the person satisfied", "是否满意"},
    {"until", "TIME", "until when", "到何时"},
    {"due", "TIME", "until when progress is wanted", "要求何时有进展"},
    {"into", "ID", "into which matter", "并入哪个事项"},
    {"text", "TEXT", "the comment; - reads standard input", "评论；- 读标准输入"},
    {"at", "TIME", "the time of the step (an importer's token only)", "办理时间（仅限导入令牌）"},
    {"key", "KEY", "the same key again changes nothing", "同一个键重复提交不会重复办理"},
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
static const struct qp_cli_option token_options[] = {
    {"rights", "LIST", "read,report,step,command,admin,import,audit or all", "权限列表或 all"},
    {"desk", "CODE", "only for this desk", "仅限此部门"},
    END,
};
static const struct qp_cli_option user_options[] = {
    {"role", "NAME", "worker, dispatcher, commander, admin, auditor", "角色"},
    {"password", "TEXT", "- reads standard input; else it is asked for", "- 读标准输入；否则提示输入"},
    END,
};
static const struct qp_cli_option revoke_options[] = {
    {"reason", "TEXT", "why", "原因"},
    {"kind", "lost|compromised", "what happened to it (lost)", "情况：丢失或被攻破"},
    END,
};
static const struct qp_cli_option help_options[] = {
    {"man", NULL, "as a man page", "输出 man 页面"},
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

#define STEP(name, words, en, zh)                                                                            \
    {                                                                                                        \
        name, "matters", words, en, zh, step_options, qp_verb_step, 1, 1                                     \
    }

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
    {"events", "see", "", "what happens, as it happens", "实时事件", events_options, qp_verb_events, 0, 0},
    {"doctor", "see", "", "look for what may be wrong", "检查可能的问题", NULL, qp_verb_doctor, 0, 0},
    {"version", "see", "", "print the version", "显示版本", NULL, qp_verb_version, 0, 0},

    {"report", "matters", "TITLE", "open a matter (TITLE - : a JSON object from standard input)",
     "登记事项（TITLE 为 - 时从标准输入读 JSON）", report_options, qp_verb_report, 1, 1},
    {"list", "matters", "", "list matters", "列出事项", list_options, qp_verb_list, 0, 0},
    {"show", "matters", "ID", "one matter with its history", "显示事项及其经过", NULL, qp_verb_show, 1, 1},
    STEP("sort", "ID [--category] [--urgency] [--deadline]", "sort: category, urgency, deadline",
         "分类、定级、定时限"),
    STEP("assign", "ID [--desk] [--person]", "assign to a desk or person", "派给部门或人员"),
    STEP("progress", "ID --note TEXT", "note progress", "记录进展"),
    STEP("escalate", "ID --reason TEXT", "offer it to the parent", "上报"),
    STEP("dispatch", "ID --to PATH [--note TEXT]", "offer it to a node below", "交办下级"),
    STEP("transfer", "ID --to PATH --reason TEXT", "offer it to a node elsewhere", "移交他处"),
    STEP("return", "ID --reason TEXT", "offer it back to whom it came from", "退还来处"),
    STEP("accept", "ID", "accept what was offered", "签收"),
    STEP("refuse", "ID --reason TEXT", "refuse what was offered", "退回不收"),
    STEP("withdraw", "ID", "ask an offer back", "撤回"),
    STEP("handle", "ID --result TEXT [--note TEXT]", "it was handled", "办理完毕"),
    STEP("visit", "ID --reached yes|no [--resolved yes|no] [--satisfied yes|no] [--note TEXT]",
         "the return visit", "回访"),
    STEP("close", "ID --result TEXT [--note TEXT] [--of REF]", "close it", "办结"),
    STEP("reopen", "ID --reason TEXT", "open it again", "重新打开"),
    STEP("hang", "ID --reason TEXT --until TIME", "hang it until a time", "挂起"),
    STEP("resume", "ID", "go on with what was hung", "恢复"),
    STEP("merge", "ID --into ID", "merge it into another", "并入"),
    STEP("unmerge", "ID", "take the merge back", "取消并入"),
    STEP("comment", "ID --text TEXT", "comment", "评论"),
    STEP("urge", "ID --note TEXT [--due TIME]", "demand progress, as a superior", "督办"),
    {"prove", "matters", "ID", "a file that proves what happened to it", "生成可离线核验的证明文件",
     output_options, qp_verb_prove, 1, 1},
    {"verify", "matters", "FILE", "check such a file by the root's fingerprint alone",
     "仅凭根指纹核验证明文件", verify_options, qp_verb_verify, 1, 1},

    {"user", "set-up", "add|end NAME", "people who log in here", "本节点的登录用户", user_options,
     qp_verb_user, 2, 2},
    {"token", "set-up", "add|list|end [NAME]", "tokens of programs", "程序用的令牌", token_options,
     qp_verb_token, 1, 2},
    {"link", "set-up", "", "print a one-time log-in address", "生成一次性登录地址", link_options,
     qp_verb_link, 0, 0},
    {"config", "set-up", "check|show|defaults", "the settings", "配置", NULL, qp_verb_config, 1, 1},
    {"completion", "set-up", "bash|zsh|fish", "print the shell's completion", "输出命令补全脚本", NULL,
     qp_verb_completion, 0, 1},
    {"help", "set-up", "[COMMAND]", "this list, or one command", "帮助", help_options, qp_verb_help, 0, 1},

    {"import", "data", "FILE.csv[.gz]|-", "bring records in by a map", "按对应表导入记录", import_options,
     qp_verb_import, 1, 1},
    {"export", "data", "", "all events of the journal as JSON lines (the node must be stopped)",
     "把日志中的全部事件导出为 JSON 行（须先停止节点）", output_options, qp_verb_export, 0, 0},
    {"leads", "data", "FILE.tsv|-",
     "bring matters together that seem to be one thing (columns id, time, place, title, detail; needs no "
     "node)",
     "把看来同属一事的事项归并为线索（列：id、time、place、title、detail；无需节点）", leads_options,
     qp_verb_leads, 1, 1},
    {"rebuild", "data", "", "make the tables again from the journal (the node must be stopped)",
     "由日志重建数据表（须先停止节点）", NULL, qp_verb_rebuild, 0, 0},
    {NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0},
};

const struct qp_verb *qp_verb_find(const char *name)
{
    for (const struct qp_verb *v = qp_verbs; v->name != NULL; v++)
        if (strcmp(v->name, name) == 0)
            return v;
    return NULL;
}

/* Which options a step takes, and which it must have. */
static const struct {
    const char *step, *takes; /* option names */
    const char *must;
} steps[] = {
    {"sort", "category urgency deadline", ""},
    {"assign", "desk person", ""},
    {"progress", "note", "note"},
    {"escalate", "reason", "reason"},
    {"dispatch", "to note", "to"},
    {"transfer", "to reason", "to reason"},
    {"return", "reason", "reason"},
    {"accept", "", ""},
    {"refuse", "reason", "reason"},
    {"withdraw", "", ""},
    {"handle", "result note", "result"},
    {"visit", "reached resolved satisfied note", "reached"},
    {"close", "result note of", "result"},
    {"reopen", "reason", "reason"},
    {"hang", "reason until", "reason until"},
    {"resume", "", ""},
    {"merge", "into", "into"},
    {"unmerge", "", ""},
    {"comment", "text", "text"},
    {"urge", "note due", "note"},
};

static bool word_in(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = words; *p; p += strcspn(p, " "), p += strspn(p, " "))
        if (strncmp(p, word, n) == 0 && (p[n] == ' ' || p[n] == 0))
            return true;
    return false;
}

static size_t step_of(const struct qp_verb *v)
{
    size_t i = 0;
    while (strcmp(steps[i].step, v->name) != 0)
        i++;
    return i;
}

bool qp_verb_takes(const struct qp_verb *v, const char *option)
{
    return v->run != qp_verb_step || word_in("at key if-version", option) ||
           word_in(steps[step_of(v)].takes, option);
}

bool qp_verb_needs(const struct qp_verb *v, const char *option)
{
    return v->run == qp_verb_step && word_in(steps[step_of(v)].must, option);
}
