/* said_turn.h: what the turn says of what it does not do: steps, resources, grids, patrols, leads, lines, circulars, files,
 * personal records. See said.h. A field before the sentence ("to: …") is left out here. */
#ifndef QP_PROTO_SAID_TURN_H
#define QP_PROTO_SAID_TURN_H

/* X(as the code has it, zh) */
/* clang-format off */
#define QP_SAID_TURN(X) \
    X("the turn ran out of memory", "内存不足，未办理；请稍后再试") \
    X("this node no longer speaks for %s (%.200s): nothing that it takes in would reach anybody; ask the node above for a token and `qipan join` into this folder", "本节点不再代表 %1（%2）：收下的内容不会送达任何人；请向上级索取令牌，并在此目录 `qipan join`") \
    /* ---- may a step be taken: the same as `why_zh` (node/matter/may.c, node/core/step_may.c) ---- */ \
    X("%s; possible here: %s", "%1；此时可以：%2") \
    X("the matter is %s", "事项&1") \
    X("the matter is %s and offered (%s)", "事项&1，正在&2中") \
    X("the matter is held by %s; only the holder may do this", "事项由 %1 承办，只有承办节点可以操作") \
    X("the matter is offered to %s, which answers", "事项已提交给 %1，由其答复") \
    X("no part of it that is open was asked of you here", "没有请您协办的未完成部分") \
    X("the withdraw was asked for already; %s answers", "已请求撤回，等待 %1 答复") \
    X("the matter was opened here: there is nowhere to return it to", "事项在本节点立案，无处可退") \
    X("only a superior of %s may urge", "只有 %1 的上级可以督办") \
    X("only a superior of %s may decide", "只有 %1 的上级可以裁定") \
    X("%s handled the matter; the visit is for someone else", "事项由 %1 办理，回访须由他人进行") \
    X("the desk %s handled the matter; the visit is for another one", "事项由部门 %1 办理，回访须由其他部门进行") \
    X("the matter is with the desk %s: one of that desk may do this", "事项在部门 %1，须由该部门人员操作") \
    X("%s has it already", "%1 已领办") \
    X("%s has it; let it be given back first, or assign it", "已由 %1 领办；请先退回分办，或重新派办") \
    X("the matter has no personal record", "事项没有个人信息记录") \
    X("its personal record was erased already", "个人信息已删除") \
    X("the matter is offered, and whoever takes it takes the record: withdraw it, or wait for the answer", "事项正在移交，个人信息随之移交：请先撤回，或等待对方答复") \
    X("a return visit is due since it was handled: handle it again, then visit", "办理后须回访：请重新办理，再回访后办结") \
    X("there is nothing to appeal against", "没有可申诉的结论") \
    X("no appeal waits for a decision", "没有待裁定的申诉") \
    X("no clock of the matter runs", "事项没有正在计时的环节") \
    X("more time was asked for already; wait for the answer", "已申请延期，请等待答复") \
    X("%s or a node above it decides this", "由 %1 或其上级决定") \
    X("nobody has asked for more time", "没有待批的延期申请") \
    X("a return visit is due: let somebody else than the handler visit first", "须先回访：请由办理人以外的人员回访后再办结") \
    X("parts are not finished: %s; wait for them, or release them", "协办尚未完成：%1；请等待完成或解除协办") \
    X("no part of it is open", "没有未完成的协办") \
    X("as many parts are open as there may be: wait for one, or release it", "协办数量已达上限：请等待其中之一完成或解除协办") \
    X("this node has joined again; it goes on with older matters when its neighbours have handed back their records", "本节点重新加入，相邻节点交还记录之后才能继续办理旧事项") \
    X("this node is the root: there is nobody above to escalate to", "本节点是根节点，没有上级可以上报") \
    X("this node is the root: every other node is below it; use dispatch", "本节点是根节点，其他节点都在其下，请用下派") \
    /* ---- what a step says ---- */ \
    X("must be visit or extension", "须为 visit 或 extension") \
    X("no visit has scored it badly: there is nothing to appeal against", "没有评价不佳的回访：无可申诉") \
    X("no request for more time of a running clock was denied", "没有被拒的延期申请") \
    X("an appeal about this waits for its decision already", "此项已有申诉等待裁定") \
    X("%s has decided an appeal against this: one may appeal once", "%1 已裁定过此项申诉：只能申诉一次") \
    X("no appeal about this waits for a decision", "此项没有待裁定的申诉") \
    X("%s has decided this already; the holder's answer is awaited", "%1 已裁定，等待承办方答复") \
    X("who appealed or denied does not decide; let somebody else decide", "申诉人和拒绝者不能裁定；请由他人裁定") \
    X("while an offer is out a note takes no files; attach them when it was answered", "提交待答复期间说明不能带附件；请在答复后再附") \
    X("a matter has at most %d files, and this one has %zu; put papers into one file", "每个事项最多 %1 个文件，此事项已有 %2 个；请合并成一个文件") \
    X("must be later than the due of the %s clock", "须晚于&1环节的时限") \
    X("the %s clock has been paused %d times, more is not kept: close the matter, or go on without", "&1环节已暂停 %2 次，不能再多：请办结，或不再挂起") \
    X("must be given", "必须填写") \
    X("%s is not at or below %s", "%1 不在 %2 及其下级之内") \
    X("%s is not at or below %s; hand the matter over to the node there first", "%1 不在 %2 及其下级之内；请先将事项交给当地节点") \
    X("there is no such urgency", "没有这种紧急程度") \
    X("must be after 1970", "须晚于 1970 年") \
    X("the matter cannot be opened: %s", "不能立案：%1") \
    X("the matter does not stand so that this can be said", "事项目前的状态不能这样办理") \
    X("the matter is at version %llu, not %lld; look again and decide anew", "事项已是版本 %1，不是 %2；请重新查看后再定") \
    X("urgency only rises: it is %s already", "紧急程度只升不降：现已是 %1") \
    X("the offer names no node", "没有写明提交给哪个节点") \
    X("%s holds the matter already", "%1 已承办此事项") \
    X("a matter returns to where it came from: %s", "事项只能退回来处：%1") \
    X("%d nodes have held the matter or were offered it; it goes to no other", "已有 %1 个节点承办过或被提交过此事项，不能再交给其他节点") \
    X("a visit says what was found", "回访须写明结果") \
    X("is yes, no or not said", "须为是、否或未表态") \
    X("%s: who was not reached said nothing (ST2)", "%1：未联系上的人没有表态（ST2）") \
    X("a matter is taken by somebody; this call names nobody", "领办须有领办人；此调用没有写明") \
    X("names no node", "没有写明节点") \
    X("%d nodes have to do with the matter; it goes to no other", "已有 %1 个节点与此事项有关，不能再增加") \
    X("no open part of it was asked of the desk %s here", "没有请部门 %1 协办的未完成部分") \
    X("%s: no part that is open was asked of that one", "%1：没有请其协办的未完成部分") \
    X("%s: that matter points to this one already, itself or by way of others; reopen or unmerge it first", "%1：该事项已直接或间接指向本事项；请先重开或拆案") \
    X("must be the id of another matter", "须为另一事项的编号") \
    X("no such matter is known here", "本节点没有此事项") \
    X("that matter is merged itself; merge into the one that it went into", "该事项本身已被并案；请并入它所并入的事项") \
    X("a matter is no duplicate of itself; name the original", "事项不能是自己的重复件；请写原件") \
    X("that is this matter's own source_ref; name the original by its id", "这是本事项自己的 source_ref；请用编号写明原件") \
    X("this is not a step of a matter", "这不是事项的步骤") \
    X("the matter cannot be handed on: %s; close it here", "事项不能再移交：%1；请在此办结") \
    X("lies before the matter was opened", "早于事项立案时间") \
    X("must be sign, assign, handle, verify or close", "须为 sign、assign、handle、verify 或 close") \
    X("the matter has no clock of %s", "事项没有&1环节的时限") \
    X("the clock of %s has ended: more time for it would have no effect", "&1环节已结束：延期没有作用") \
    X("the clock of close was due before this, and stays missed", "办结时限已过，仍算超时") \
    X("must be later than what the clock of close is due", "须晚于办结时限") \
    X("the clock of sign is whose answer is awaited; withdraw the offer instead", "签收时限属于待答复的一方；可改为撤回") \
    X("the clock of %s was due before this, and stays missed", "&1环节的时限已过，仍算超时") \
    X("must be later than what the clock of %s is due", "须晚于&1环节的时限") \
    X("more time for %s was asked for already; wait for the answer", "&1环节已申请延期，请等待答复") \
    X("a node above must approve this: the policy lets no holder grant itself more time", "须由上级批准：策略不许承办方自行延期") \
    X("a node above must approve this: the policy lets a holder grant %d, and so many are in force", "须由上级批准：策略许可承办方自批 %1 次，已用完") \
    X("a node above must approve this: the policy lets a holder grant at most %s", "须由上级批准：策略许可承办方自批最多 %1") \
    X("nobody waits for an answer about more time for %s", "&1环节没有待批的延期申请") \
    X("%s has %s more time for %s already; the holder's answer is awaited", "%1 已答复&3环节的延期（%2），等待承办方确认") \
    X("this idempotency key came before with another request; use a new one", "此 Idempotency-Key 已用于其他请求；请换一个") \
    X("this Idempotency-Key came with another circular before; take another key", "此 Idempotency-Key 已用于其他通报；请换一个") \
    X("this query did not make it; begin without one", "不是此查询给出的；请不带它重新开始") \
    X("no list has given this position; begin with after=0", "没有列表给出过此位置；请从 after=0 开始") \
    X("this position is of another journal (the node has come back from a lost disk, or it is another node's); begin again with after=0", "此位置属于另一份日志（节点丢过磁盘，或是其他节点的）；请从 after=0 重新开始") \
    X("must be 1 to %d", "须为 1 到 %1") \
    X("there is no such order", "没有这种排序") \
    X("%s is revoked; invite it again before anything is offered to it", "%1 已吊销；请先重新邀请，再向其提交") \
    X("%s: there is no node %s below this one", "%1：本节点之下没有节点 %2") \
    X("%s: there is no node %s in this tree, whose root is %.*s", "%1：本树中没有节点 %2，根节点是 %3") \
    X("%s: %s is not known here yet", "%1：本节点尚不知道 %2") \
    X("the matter was opened here: there is nobody to return it to", "事项在本节点立案，无处可退") \
    X("%s is this node itself", "%1 就是本节点") \
    X("%s is not below %s; use transfer for a node elsewhere", "%1 不在 %2 之下；交给别处的节点请用移送") \
    X("%s is below %s; use dispatch", "%1 在 %2 之下；请用下派") \
    X("this node asks one of its desks, or another node", "请写本节点的部门，或另一个节点") \
    X("%s is revoked; ask another one", "%1 已吊销；请另请他人") \
    X("%s is not at or below this node, %s; report it there", "%1 不在本节点 %2 及其下级之内；请在当地上报") \
    X("there is no node %s; name the nearest one above it", "没有节点 %1；请写其上最近的节点") \
    X("this node keeps no personal records: its vault is not open", "本节点不保存个人信息：保险库未打开") \
    X("the link key in this request is that of another node below %s: join with new keys", "请求中的链路密钥属于 %1 之下的另一节点：请用新密钥加入") \
    X("the vault of personal records has no room for a place: raise store.vault_map and start the node again, or let records end sooner (keep_personal of the policy)", "个人信息保险库没有存放地点的余地：请调高 store.vault_map 并重启节点，或让记录更早到期（策略的 keep_personal）") \
    X("this one keeps the exact place in the personal record alone, and this matter's record was erased, has not come here yet, or does not have the place; close the matter and report it anew under this category", "此类别的准确地点只存于个人信息记录，而本事项的记录已删除、尚未到达本节点或没有该地点；请办结本事项，并以此类别重新上报") \
    /* ---- circulars ---- */ \
    X("this node has joined again; it issues no circular until its neighbours have handed back what it had said before", "本节点重新加入，在相邻节点交还其记录之前不发通报") \
    X("a circular has 1 to %d bytes", "通报须为 1 到 %1 字节") \
    X("the last circular of this node is number %llu, not %lld; look again", "本节点最近的通报是第 %1 号，不是 %2；请重新查看") \
    X("this circular is this node's own: a node above accepts it or sends it back", "这是本节点自己的通报：由上级接受或退回") \
    X("this circular is of a node that does not lie below this one", "此通报的节点不在本节点之下") \
    X("this circular was corrected: look at the one that stands in its place", "此通报已被更正：请看替代它的那一份") \
    X("say why the circular is sent back", "请写明退回通报的原因") \
    X("no circular with this id is known here", "本节点没有此编号的通报") \
    X("no memory to count the matters of a circular; close other programs", "内存不足，无法统计通报；请关闭其他程序") \
    X("that %s has not begun yet", "该时段（%1）尚未开始") \
    /* ---- grids, duty, patrols ---- */ \
    X("the tables do not say where an own chain stands. %s", "数据表没有写明本节点的链到哪里。%1") \
    X("%s has no grid %s", "%1 没有网格 %2") \
    X("the duty of %s has version %llu by now, not %lld: read it again", "%1 的值班已是版本 %2，不是 %3：请重新读取") \
    X("this time is over", "此时间已过") \
    X("a shift ends after %d hours at the latest: begin the next one then", "一班最长 %1 小时：到时请重新上班") \
    X("this node has joined again: it goes on with duty and patrols of before, and orders grids, when its neighbours have handed back its records; a new patrol may be started", "本节点重新加入：相邻节点交还记录之后才能继续以前的值班、巡查和网格；可以开始新的巡查") \
    X("there is none below %s", "%1 之下没有该节点") \
    X("%s is revoked; invite it again first", "%1 已吊销；请先重新邀请") \
    X("lies in the future", "在将来") \
    X("lies more than %d hours back", "在 %1 小时之前") \
    X("lies before the patrol's start", "早于巡查开始时间") \
    X("%s is on the patrol %s: stop that one first", "%1 正在巡查 %2：请先结束") \
    X("the patrol is over; start another one", "此巡查已结束；请开始新的巡查") \
    X("the patrol is paused already: resume or stop", "巡查已暂停：请继续或结束") \
    X("the patrol is not paused: checkpoint, pause or stop", "巡查没有暂停：可以打卡、暂停或结束") \
    X("the patrol is paused: resume first, or stop", "巡查已暂停：请先继续，或结束") \
    X("the patrol was over %d hours after its start: stop it and start another one", "巡查开始 %1 小时后即已结束：请结束后另开") \
    X("the patrol has %d marks: stop it and start another one", "巡查已有 %1 个打卡：请结束后另开") \
    X("no patrol of this node has that id", "本节点没有此编号的巡查") \
    X("this is the patrol of %s: that person goes on with it; a commander may stop it", "这是 %1 的巡查：由其本人继续；指挥员可以结束") \
    X("the patrol has version %llu by now, not %lld: read it again", "巡查已是版本 %1，不是 %2：请重新读取") \
    /* ---- leads, warnings ---- */ \
    X("no lead with this id is known here", "本节点没有此编号的线索") \
    X("this lead is %s's: what is made of it is said there", "此线索属于 %1：请在那里处理") \
    X("say which matter of the lead is meant", "请写明线索中的哪个事项") \
    X("no matter with this id is known here", "本节点没有此编号的事项") \
    X("this matter is in the lead already", "此事项已在线索中") \
    X("it lies outside %s", "它不在 %1 之内") \
    X("this matter is not in the lead", "此事项不在线索中") \
    X("this matter is alone in its lead: there is nothing to split it from", "线索中只有此事项：无可拆出") \
    X("nothing was said of this lead as a whole: there is nothing to take back", "此线索整体没有结论：无可撤回") \
    X("a matter was made of this lead: close or merge the matter instead", "此线索已立项：请办结或合并该事项") \
    X("nobody has moved this matter: there is nothing to take back", "没有人移动过此事项：无可撤回") \
    X("this matter's last move had nothing to do with the lead", "此事项最近一次移动与该线索无关") \
    X("the lead that this matter came from is gone: split it out, or join it to another", "此事项原属的线索已不存在：请将其拆出，或并入另一线索") \
    X("the lead is %s already", "线索已是 %1") \
    X("say why the lead is dismissed", "请写明排除线索的原因") \
    X("one matter is in the lead: join what is proposed to it first", "线索中只有一个事项：请先并入待确认的") \
    X("no matter of this lead is known here", "本节点没有此线索的事项") \
    X("no warning with this id is known here", "本节点没有此编号的预警") \
    X("this warning is %s's: what is made of it is said there", "此预警属于 %1：请在那里处理") \
    X("say why the warning is dismissed", "请写明排除预警的原因") \
    X("the warning is %s: there is nothing to dismiss", "预警已是 %1：无可排除") \
    /* ---- lines ---- */ \
    X("this node is making a new line key; try again in a second", "本节点正在更换连线密钥，请一秒后再试") \
    X("lines are closed at this node: DIR/keys/lines, where its line keys are, could not be opened; `qipan status` says why: mend it and start the node again", "本节点的连线已关闭：存放连线密钥的 DIR/keys/lines 打不开；原因见 `qipan status`，修复后请重启节点") \
    X("%s is revoked; nobody there hears this", "%1 已吊销；那里没有人会收到") \
    X("no such line is known here", "本节点没有此连线") \
    X("this node has joined again; its lines are open again when its neighbours have handed back its records", "本节点重新加入；相邻节点交还记录之后连线才重新开放") \
    X("this node has had nothing to do with the matter: open a line with its holder instead", "本节点与此事项无关：请与承办节点建立连线") \
    X("a message has at most %d bytes", "消息最多 %1 字节") \
    X("a whisper has at most %d bytes", "即时信号最多 %1 字节") \
    /* ---- personal records ---- */ \
    X("the personal record was erased; the matter's history says when and why", "个人信息已删除；时间和原因见事项经过") \
    X("this node's vault is not open: its log says why", "本节点的保险库未打开：原因见其日志") \
    X("the personal record lies at %s, which holds the matter: ask there", "个人信息在承办节点 %1：请在那里查看") \
    X("the personal record lies at %s, which was asked for it", "个人信息在 %1，已向其索取") \
    X("the personal record has not come with the matter yet; %s is asked for it until it does: try again", "个人信息尚未随事项到达；正向 %1 索取，请稍后再试") \
    X("the personal record was lost with this node's disk, and nobody else ever had it", "个人信息随本节点的磁盘丢失，别处从未有过") \
    X("%d personal records are being asked for already; try again in a second", "已有 %1 份个人信息在索取中，请一秒后再试") \
    X("a personal record has at most %d bytes; this one has %zu", "个人信息最多 %1 字节；此份有 %2 字节") \
    X("the personal record has ended", "个人信息已删除") \
    X("there is no such personal record here", "本节点没有此份个人信息") \
    X("a personal record is damaged", "个人信息已损坏") \
    X("the disk of the vault of personal records is full: make room", "保险库所在磁盘已满：请腾出空间") \
    /* ---- resources, policies, joining ---- */ \
    X("there is no such %s: %s", "没有此&1：%2") \
    X("there is no such %s: %s was ended", "&1 %2 已结束，不再存在") \
    X("the %s %s has version %llu by now, not %lld: read it again", "&1 %2 已是版本 %3，不是 %4：请重新读取") \
    X("the %s %s stands already: change that, or take another %s", "已有&1 %2：请修改它，或换一个&3") \
    X("this node has joined again: its %s are changed when its neighbours have handed back its records", "本节点重新加入：相邻节点交还记录之后才能更改（%1）") \
    X("this node has joined again; it says no policy until its neighbours have handed back what it had said before", "本节点重新加入：相邻节点交还记录之前不下发策略") \
    X("the policy that is in force has changed since this one was weighed against it; look again (policy:check) and decide anew", "现行策略在比对之后有变化；请重新检查（policy:check）后再定") \
    X("this node's own policy is at revision %llu, not %lld; look again and decide anew", "本节点的策略已是修订 %1，不是 %2；请重新查看后再定") \
    X("a policy has 1 to %d bytes", "策略须为 1 到 %1 字节") \
    X("%s is not directly below %s; each node invites its own children", "%1 不是 %2 的直接下级；各节点邀请自己的下级") \
    X("this node is itself coming back; before that is done it certifies only children that had been there, once its parent has told of them", "本节点自身正在恢复；完成前只认可原有的下级，且须其上级告知") \
    X("title, code or level is too long", "名称、代码或级别过长") \
    X("there is no node %s below %s", "%2 之下没有节点 %1") \
    X("this node is itself coming back; it revokes nobody before that is done", "本节点自身正在恢复；完成前不吊销任何节点") \
    X("%s is revoked already", "%1 已吊销") \
    X("the version text \"%s\" was used before at this node (its revision %llu): give the policy a text of its own, such as the next number", "版本名 \"%1\" 在本节点已用过（修订 %2）：请给策略一个新的版本名，例如下一个编号") \
    X("no decision of an appeal about %s waits for an answer", "没有待确认的申诉裁定（&1）") \
    X("no order about more time for %s waits for an answer", "没有待确认的延期答复（&1）") \
    X("no calendar makes a clock of the matter later", "没有日历使此事项的时限推迟") \
    X("no neighbour that vouches for this machine's clock was heard since the start: look at the links", "启动以来没有收到能证实本机时钟的邻居：请检查连接") \
    X("what %.70s said at %s (%s) stands nowhere here, and is not said for them: %s", "%1 于 %2 所述（%3）在本节点已无记录，不能代为重述：%4") \
    X("the audit trail cannot be read", "留痕记录读不出来") \
    X("a line cannot be read", "连线记录读不出来") \
    X("a matter with this id is here already", "本节点已有此编号的事项") \
    X("the %s clock %s: %s", "&1环节的时限&2：%3") \
    X("only a running clock is paused", "只有正在计时的才能暂停") \
    X("only a paused clock is resumed", "只有已暂停的才能继续计时") \
    X("the extension has no effect", "延期不起作用") \
    X("it was due before the extension was asked for, and stays missed", "申请延期前已经超期，仍为超期") \
    X("it ends once", "只能结束一次") \
    X("only one that has ended begins again", "只有已结束的才能重新开始") \
    X("%s from there on is not used up by the end of 2199: give less, or more hours", "自此起的 %1 到 2199 年底仍用不完：请缩短，或增加工作时间") \
    X("the token for %s was used already; ask %s for a new one (qipan invite)", "%1 的令牌已用过；请向 %2 索取新的（qipan invite）") \
    X("the token for %s has expired; ask %s for a new one (qipan invite)", "%1 的令牌已过期；请向 %2 索取新的（qipan invite）") \
    X("%s has joined by another token meanwhile; ask %s for a new one (qipan invite)", "%1 已用其他令牌加入；请向 %2 索取新的（qipan invite）") \
    X("the token was for the node that was at %s when it was made, and it is not there now; ask %s for a new one (qipan invite)", "令牌是给当时在 %1 的节点的，该节点已不在；请向 %2 索取新的（qipan invite）") \
    X("this token is not one of %s's", "此令牌不是 %1 所发") \
    X("there is no memory for an image of %u x %u pixels now; send it again later", "目前没有内存处理 %1 x %2 像素的图片，请稍后重发") \
    X("there is no memory to turn the image now; send it again later", "目前没有内存旋转图片，请稍后重发") \
    X("the vault of personal records is full: %s", "保险库已满：%1") \
    /* ---- files ---- */ \
    X("%d files are being fetched from other nodes already; ask again in a minute", "已有 %1 个文件正在从其他节点取回，请一分钟后再试") \
    X("%d files are coming from other nodes already: try again in a minute", "已有 %1 个文件正在从其他节点取回，请一分钟后再试") \
    X("this file was attached here and is lost, and nobody else has to do with the matter: have it attached again", "此文件在本节点附上后丢失，别处也没有：请重新附上") \
    X("this node keeps no files: its log says why", "本节点不保存文件：原因见其日志") \
    X("no matter that is known here names this file", "本节点没有事项引用此文件") \
    X("the disk is full: %s; make room, then send the file again", "磁盘已满：%1；请腾出空间后重发文件") \
    X("this file is not here", "本节点没有此文件") \
    X("%s is damaged, and was thrown away; another node may have it: look at the disk", "%1 已损坏并被清除；其他节点可能有：请检查磁盘") \
    X("the files here have %llu of %llu MiB: what nobody names goes after a day; or raise store.blobs", "本节点文件已用 %1/%2 MiB：无人引用的一天后删除；或调高 store.blobs") \
    X("the disk has %llu MiB left, which the journal needs first: make room, then send the file again", "磁盘只剩 %1 MiB，须留给日志：请腾出空间后重发文件") \
    X("the file is empty", "文件为空") \
    X("the file is larger than %d MiB", "文件超过 %1 MiB") \
    X("the file says to be %s, and is neither JPEG nor PNG nor WebP", "文件自称 %1，但不是 JPEG、PNG 或 WebP") \
    X("the file is a photo as HEIC or AVIF, which is not read here: save it as JPEG, and send that", "文件是 HEIC 或 AVIF 照片，此处无法读取：请另存为 JPEG 后发送") \
    X("what came is not the file that was asked for; it was thrown away", "收到的不是所要的文件，已清除") \
    X("the image made anew is larger than %d MiB: send it as JPEG, or smaller", "重新生成的图片超过 %1 MiB：请用 JPEG，或缩小后发送") \
    X("the image cannot be read as JPEG: %s", "图片无法按 JPEG 读取：%1") \
    X("the image cannot be read as JPEG: it is cut off, or damaged", "图片无法按 JPEG 读取：不完整或已损坏") \
    X("the image could not be made anew: %s", "图片无法重新生成：%1") \
    X("the image is a PNG of %u channels, which are not read here", "图片是 %1 通道的 PNG，无法读取") \
    X("the image is an interlaced PNG of %u x %u pixels: save it without interlacing", "图片是 %1 x %2 像素的交错 PNG：请改存为非交错") \
    X("the image cannot be read as PNG: %s", "图片无法按 PNG 读取：%1") \
    X("the image has no pixels", "图片没有像素") \
    X("the image says to be %u x %u pixels; at most %d million are read, and %d on a side: make it smaller", "图片为 %1 x %2 像素；最多 %3 百万像素、每边 %4：请缩小") \
    X("the image cannot be read as WebP: its head is broken", "图片无法按 WebP 读取：文件头损坏") \
    X("the image is an animated WebP: send a still one", "图片是动态 WebP：请发送静态图片") \
    X("the image is a WebP of %u x %u pixels; at most %d million are read: make it smaller", "图片为 %1 x %2 像素的 WebP；最多 %3 百万像素：请缩小") \
    X("the image cannot be read as WebP: it is cut off, or damaged", "图片无法按 WebP 读取：不完整或已损坏")
/* clang-format on */

#endif
