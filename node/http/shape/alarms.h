/* alarms.h: the faults by which somebody loses work, told where an operator looks, with the remedy.
 *
 *   qp_core_out ──┐
 *   refusals  ────┤
 *   the store ────┼─► qp_alarms_look ─► /healthz (codes) · /api/v1/node (whole) · /metrics (a gauge each)
 *   the links ────┤                     `qipan status`, `qipan doctor` and the page show what /api/v1/node says
 *   policy, HTTPS ┘
 *
 * A new alarm: a row here, a look_at_… in alarms.c that qp_alarms_look calls, put_remedy there where a command helps, and its rule in
 * deploy/monitor/alerts.yml (tests/system/fleet.py asks for it); a grave one also in tests/system/unheard.py. Status, doctor, top and the
 * console show it by themselves.
 *
 * Nothing is kept: an alarm stands as long as its fault does, also after a restart. */
#ifndef QP_NODE_HTTP_SHAPE_ALARMS_H
#define QP_NODE_HTTP_SHAPE_ALARMS_H

#include "node/http/shape/link_view.h"

/* X(name, code, grave, English, Chinese). Grave: work is being lost or turned away; the others: it waits. What
 * differs from case to case stands beside the sentence: the place, since when, and the detail. */
/* clang-format off */
#define QP_ALARMS(X) \
    X(OUT, out_of_service, true, \
      "This node no longer speaks for its place: what it would take in reaches nobody. Ask the node above for a " \
      "token and `qipan join TOKEN --again` into this folder.", \
      "本节点已不再代表此处：受理的内容无人能收到。请向上级索取令牌，在本目录执行 `qipan join TOKEN --again`。") \
    X(REFUSED_ABOVE, refused_above, true, \
      "What this node says is refused there and held by nobody above: it is kept here only. It asks the node above by " \
      "itself to go on as its next incarnation, and then says all of it again; if that does not come about, ask for a " \
      "token and `qipan join TOKEN --again` into this folder.", \
      "本节点所报在该处被拒，上级不再持有，只留在本地。它会自行向上级申请换代，随后全部补报；若迟迟未成，请向上级索取令牌，" \
      "在本目录执行 `qipan join TOKEN --again`。") \
    X(REFUSED_BELOW, refused_below, true, \
      "What that node says is refused, and nobody else hears it. It asks by itself for its next incarnation; where that " \
      "does not come about, look at it, then `qipan invite PATH --replace` and let it join again.", \
      "该节点所报被拒，他处无人知晓。它会自行申请换代；若迟迟未成，请检查该节点，然后执行 `qipan invite PATH --replace` 让其重新加入。") \
    X(FORKED, forked, true, \
      "Two nodes speak with this node's key: its folder was copied, and both run. What either says is refused there from where they " \
      "differ, and held by nobody above; neither goes on by itself, a person decides. Find both and stop them; then let one folder " \
      "after the other join again, the true one last (`qipan join TOKEN --again`, each with a new token): each brings in what it had " \
      "taken in. Do not start the other one again.", \
      "有两个节点在用本节点的密钥：目录被复制，两者都在运行。自分歧处起两者所报在该处一概被拒，上级不再持有，也不会自行换代，须由人决定。" \
      "请找到两者并停止，再逐个重新加入，真正的目录最后（`qipan join TOKEN --again`，每次用新令牌）：各自受理的内容随之补入。另一个不得再启动。") \
    X(FORKED_BELOW, forked_below, true, \
      "Two nodes speak with the key of that one: its folder was copied, and both run. What either says is refused from where they " \
      "differ, and nobody else hears it; neither goes on by itself, a person decides. Find both and stop them; then `qipan invite PATH " \
      "--replace` and let one folder after the other join again, the true one last: each brings in what it had taken in.", \
      "有两个节点在用该节点的密钥：目录被复制，两者都在运行。自分歧处起两者所报一概被拒，他处无人知晓，也不会自行换代，须由人决定。" \
      "请找到两者并停止，然后执行 `qipan invite PATH --replace`，让两个目录逐个重新加入，真正的目录最后：各自受理的内容随之补入。") \
    X(NO_ROOM, no_room, true, \
      "The disk or the store's quota is 90 % full: nothing new is taken in (507), emergencies too. Make room, or " \
      "raise the quota.", \
      "磁盘或存储配额已用九成：不再受理新事项（507），紧急事项也不例外。请清理空间或提高配额。") \
    X(DAMAGED, damaged, true, \
      "Records of the journal are damaged: " QP_DAMAGE_REMEDY ".", \
      "日志中有记录损坏：需要它们的请求被拒，其余照常，并正向相邻节点索取。请检查磁盘，其间不要重建数据表；若一直未恢复，请停止节点并运行 `qipan scrub`（可修复单个错位），或用备份恢复整个目录，或重新加入。") \
    X(MENDED, mended, false, \
      "Records of the journal were damaged and are whole again, byte for byte. Nothing is lost; look at the disk and the memory " \
      "before more is damaged than neighbours can give.", \
      "日志中曾有记录损坏，现已逐字节恢复，没有丢失。请检查磁盘与内存，以免损坏超出相邻节点所能补还。") \
    X(OLD_COPY, old_copy, true, \
      "This journal ends before what its neighbours have heard of it: an old backup was put back, or an old copy of the folder was " \
      "started. What is taken in there reaches nobody, or is taken for a fork. Stop that node; if its true folder is still there, start " \
      "that one, else let it join again. A root cannot join again, and its backups are there to be read alone: put back the newest whole " \
      "copy of its folder (the other disk of its mirror, a later snapshot), one that ends no earlier than its neighbours have heard.", \
      "该日志短于相邻节点已收到的部分：放回了旧备份，或启动了目录的旧副本。在其上受理的内容无人收到，或被视为分叉。请停止该节点；若真正的目录仍在，" \
      "请启动那一个，否则重新加入。根节点无法重新加入，其备份只供查阅：请放回其目录最新的完整副本（镜像盘、更晚的快照），不得短于相邻节点已收到的部分。") \
    X(COPIED, copied, false, \
      "A copy of that node's folder ran, or runs, beside it: it was told so, says nothing more and takes nothing in; the true one goes on. What " \
      "the copy took in before that lies in the copy alone. Find the machine where its folder was put a second time and stop the copy " \
      "(there `qipan status` says old_copy). If it had taken something in, let its folder and then the true one join again (`qipan invite " \
      "PATH --replace` for each): both bring in what they have. This is told for a week.", \
      "该节点的目录副本曾与它（或仍与它）同时运行：副本已被告知，不再发言也不再受理；真正的节点照常。副本此前受理的内容只在副本中。请找到存放第二份目录的机器并停止副本" \
      "（在那里 `qipan status` 显示 old_copy）；若副本已受理内容，请让副本目录、再让真正的目录先后重新加入（每次用 `qipan invite PATH --replace`）：两者的内容都会补入。此提示保留一周。") \
    X(RECOVERING, recovering, false, \
      "Its neighbours are handing back its records: what it shows is not whole yet. Keep them running.", \
      "相邻节点正在交还记录：目前所示尚不完整。请保持它们运行。") \
    X(PARENT_CUT, parent_cut, false, \
      "The node above is not heard: what is escalated waits here, and nobody there can act on it. Look at the " \
      "network and at that node.", \
      "收不到上级节点：上报的事项停在本地，上级无法处理。请检查网络与上级节点。") \
    X(CHILD_CUT, child_cut, false, \
      "This node below is not heard: its figures are as of then, and what is dispatched to it waits. Look at the " \
      "network and at that node.", \
      "收不到该下级节点：其数字停在当时，派下的事项在等待。请检查网络与该节点。") \
    X(SENT_BACK, sent_back, false, \
      "What is sent over this link is not taken for now: it stays at its sender and is sent again by itself, and all that comes behind it " \
      "waits too, emergencies where they take the same way. Nothing is lost. The detail says at which end, why, and what has to be done.", \
      "该链路上送出的内容暂不被接收：留在发送方并自动重发，其后的内容也在等待，走同一通道的紧急事项也不例外。没有丢失。详情写明是哪一端、原因及处理办法。") \
    X(CLOCK, clock, false, \
      "Its clock and this one are more than a minute apart: set both by NTP; times and deadlines are wrong at " \
      "one of them. While they differ, the one that is contradicted (by the node above it; where none is heard, by at least half of " \
      "those below that are) erases nothing whose time seems over, and issues no circular by itself.", \
      "与该节点的时钟相差一分钟以上：请用 NTP 校时，其中一方的时间与时限有误。相差期间，被对方否定的一方（以上级为准；听不到上级时，以半数及以上下级为准）不清除任何看似到期的内容，也不自动签发通报。") \
    X(STALE_TRUST, stale_trust, false, \
      "The certificate of this node is not valid at this time: look at its clock, or ask the node above for a " \
      "token and join again.", \
      "本节点的证书此刻无效：请检查时钟，或向上级索取令牌重新加入。") \
    X(CERTIFICATE_ENDS, certificate_ends, false, \
      "The certificate of this node ends within sixty days; from then on its link is refused at both ends. At a quiet hour ask the node " \
      "above for a token and `qipan join TOKEN --again` into this folder. No certificate outlives that of the node above: where that one " \
      "ends as soon, begin there. A root's ends with its tree: found a new one in time, and let the nodes join that.", \
      "本节点证书六十天内到期，届时两端都会拒绝其链路。请择空闲时段向上级索取令牌，在本目录执行 `qipan join TOKEN --again`。证书不会晚于上级证书到期：" \
      "若上级也将到期，请先处理上级。根节点的证书与其树一同到期：请及时另建新树，让各节点加入。") \
    X(TLS, tls, false, \
      "The certificate of http.tls_listen ends within two weeks, or what lies in http.tls_certificate and http.tls_key now cannot be " \
      "used: the former one is served until it ends. Renew it, and write both files; no restart is needed.", \
      "http.tls_listen 的证书两周内到期，或 http.tls_certificate、http.tls_key 中的新文件无法使用：到期前仍用旧证书。请续期并写好两个文件，无需重启。") \
    X(POLICY_VAIN, policy_vain, false, \
      "Of the policy that this node itself has said some values have no effect: a node above says something stricter, " \
      "or lacks that entry. What is above holds. `qipan status --json` names each place; say a new policy that " \
      "tightens what is in force (`qipan policy set`).", \
      "本节点自身下发的策略中有部分取值未生效：上级的规定更严，或上级没有该项。现按上级执行。`qipan status --json` 列出各处；请用 `qipan policy set` " \
      "下发新的收紧策略。") \
    X(POLICY_BEHIND, policy_behind, false, \
      "That node below has not said yet that it has heard the newest policy: it acts by an older one. Look at its link.", \
      "该下级节点尚未确认收到最新策略，仍按旧策略执行。请检查其链路。") \
    X(TABLES_REMADE, tables_remade, false, \
      "A row of the tables was changed on the disk or in memory: the node ended, and at this start made the tables again " \
      "from the journal; nothing is lost. If it comes again, look at the disk and the memory.", \
      "数据表中有一行在磁盘或内存中被改动：节点已退出，并在本次启动时由日志重建了数据表，没有丢失。若再次出现，请检查磁盘和内存。") \
    X(RENEWED, renewed, false, \
      "What this node said was refused above; within the last day it went on as its next incarnation, and said again " \
      "what nobody held. What was itself refused is told of in a comment on its matter. Nothing needs to be done; if it " \
      "comes again, are the two of one build?", \
      "该节点所报曾被上级拒收；一天之内已自行换代，并补报了无人持有的内容；被拒的那一条在其事项下有评论说明。无需处理；" \
      "若反复出现，请检查两端程序版本是否一致。") \
    X(LINES_CLOSED, lines_closed, true, \
      "The file of the line keys, DIR/keys/lines, cannot be opened or written: nothing new is said on lines here, or a message " \
      "whose time is over is not erased yet. All else goes on. Mend what the detail says; where the file could not be opened, " \
      "start the node again.", \
      "连线密钥文件 DIR/keys/lines 无法打开或写入：本节点的连线上说不了新话，或到期的消息尚未清除；其余一切照常。请按详情处理；" \
      "若是无法打开，处理后请重启节点。") \
    X(FILES, files, false, \
      "Photos and papers of matters are not taken in: their folder cannot be opened, or their quota is 90 % full; or some were " \
      "damaged on the disk and thrown away, and are fetched again where somebody else has them. Matters go on. Mend what the " \
      "detail says: raise store.blobs, make room, look at the disk.", \
      "事项的照片和材料收不下：其目录无法打开，或配额已用九成；或有文件在磁盘上损坏而被丢弃，他处有的会再取来。事项照常办理。" \
      "请按详情处理：提高 store.blobs、清理空间、检查磁盘。") \
    X(CIRCULAR_DUE, circular_due, false, \
      "The time of a circular has come and it cannot be issued: the nodes above miss it. It is tried again by itself, at least " \
      "once an hour; what hinders it stands beside. When that is mended, `qipan circular issue PERIOD DATE` issues it at once.", \
      "通报已到签发时间而无法签发：上级收不到。它会自行重试，至少每小时一次；原因见旁。排除后可用 `qipan circular issue PERIOD DATE` 立即签发。") \
    X(RECORD_OVERDUE, record_overdue, false, \
      "Personal records whose time is over (keep_personal of the policy) lie here still: erasing them failed, and is tried every ten " \
      "minutes. Where the detail speaks of the clock, mend that first, and nothing else needs to be done. Else erase the named one by " \
      "hand (`qipan erase ID --reason TEXT`); if that is refused, it says why.", \
      "有个人信息已过政策规定的保存期（keep_personal）而仍在本节点：清除未成，每十分钟重试一次。若详情说的是时钟，请先校时，无需其他处理；" \
      "否则请手工清除所列的一条（`qipan erase ID --reason TEXT`）；若被拒，会说明原因。") \
    X(MESSAGES_DROPPED, messages_dropped, false, \
      "Within the last hour messages from node to node, by which personal records are asked for and given, were dropped here. " \
      "Whoever asked asks again by itself and has to wait. The detail says whose, and why; /metrics counts them.", \
      "一小时内本节点丢弃了节点之间索取和交付个人信息的消息。索取方会自行重试，但要等待。详情写明来自何处及原因；次数见 /metrics。")
/* clang-format on */

enum qp_alarm_code {
#define X(name, code, grave, en, zh) QP_ALARM_##name,
    QP_ALARMS(X)
#undef X
        QP_ALARM_CODES
};

enum { QP_ALARMS_MOST = 64 };

struct qp_alarm {
    enum qp_alarm_code code;
    char path[QP_PATH_MAX]; /* whom it is about; "": this node */
    int64_t since_us;       /* 0: not known */
    char detail[QP_REASON_BYTES + 1];
};
struct qp_alarms {
    struct qp_alarm v[QP_ALARMS_MOST];
    size_t n, more; /* more: that there was no room for */
};
/* malloc'd; NULL when out of memory. Any thread. */
struct qp_alarms *qp_alarms_look(struct qp_http *h, struct qp_read *r, const struct qp_link_view *links);
/* The gravest that says what healthz says: "ok", "degraded", "no_room", "out_of_service". */
const char *qp_alarms_status(const struct qp_alarms *a);
bool qp_alarms_has(const struct qp_alarms *a, enum qp_alarm_code code);
const char *qp_alarm_name(enum qp_alarm_code code);
/* "alarms":[{code,grave,path,since,detail,remedy,message,message_zh}]; remedy: the commands as they are to be typed,
 * null where there are none. */
void qp_json_alarms(struct qp_json *j, const struct qp_http *h, const struct qp_alarms *a);
/* "alarms":[code], each once */
void qp_json_alarm_codes(struct qp_json *j, const struct qp_alarms *a);

#endif
