/* said_door.h: what node/http says of a request that it does not take. See said.h. */
#ifndef QP_PROTO_SAID_DOOR_H
#define QP_PROTO_SAID_DOOR_H

/* X(as the code has it, zh) */
/* clang-format off */
#define QP_SAID_DOOR(X) \
    X("out of memory", "内存不足，请稍后再试") \
    X("this node is stopping", "本节点正在停止，请在其恢复后再试") \
    X("this node is stopping; ask again when it is back", "本节点正在停止，请在其恢复后再试") \
    X("this node is stopping; whether it happened can be seen when it is back", "本节点正在停止；是否已办成，待其恢复后查看") \
    X("no answer within 10 s; it may still happen: ask again, or repeat it with the same Idempotency-Key", "10 秒内没有答复，但仍可能办成：请查询，或用同一个 Idempotency-Key 重发") \
    X("%zu commands wait already; try again in a second", "已有 %1 条命令在等待，请一秒后再试") \
    X("%zu commands wait already", "已有 %1 条命令在等待，请稍后再试") \
    X("not tried: the lines before it got no answer in time", "未办理：前面各行没有及时得到答复") \
    X("%d requests that take seconds wait already; try again in a minute", "已有 %1 个耗时请求在等待，请一分钟后再试") \
    X("this took longer than three minutes; ask again when the node has less to do", "处理超过三分钟；请在节点不忙时再试") \
    X("no memory for the audit trail", "内存不足，无法写入审计记录，因此未办理") \
    /* ---- who asks ---- */ \
    X("%s lacks the right %s; an admin of this node can give it", "%1 没有权限 %2；可由本节点管理员授予") \
    X("this token is not known here, or was ended", "本节点不认识此令牌，或令牌已作废") \
    X("the tokens could not be read", "令牌读取失败，请稍后再试") \
    X("this account was ended", "此账户已停用") \
    X("this account's password was changed; log in again", "此账户的密码已更改，请重新登录") \
    X("Authorization must be `Bearer TOKEN`", "Authorization 须为 `Bearer 令牌`") \
    X("log in, or send `Authorization: Bearer TOKEN` (qipan token add)", "请登录，或发送 `Authorization: Bearer 令牌`（qipan token add）") \
    X("this write comes from another site than this node's own page", "此操作来自其他网站，不是本节点的页面") \
    X("name or password is wrong", "姓名或密码有误") \
    X("%s; try again in %u s", "%1；请 %2 秒后再试") \
    X("too many log-ins at once; try again in a second", "同时登录的人太多，请一秒后再试") \
    X("%d log-ins wait already; try again in a second", "已有 %1 个登录在等待，请一秒后再试") \
    X("the password could not be checked; try again", "密码未能核对，请再试") \
    X("the session is not known here; log in again", "本节点没有此会话，请重新登录") \
    X("the session is over; log in again", "会话已结束，请重新登录") \
    X("it was over already", "会话早已结束") \
    X("out of memory: nothing has ended; try again", "内存不足：什么也没有结束，请再试") \
    X("the session is over, but this could not be noted, and it would stand again after a restart: %s; end it again when that is mended", "会话已结束，但未能记下，重启后会重新有效：%1；修复后请再次退出") \
    X("there is no account `%s` here", "本节点没有账户 `%1`") \
    X("%s lacks the right %s, which the account `%s` has, and cannot log in as it", "%1 没有账户 `%3` 所有的权限 %2，不能以其身份登录") \
    X("this is not a log-in link", "这不是登录链接") \
    X("this log-in link was used or is too old; ask for a new one", "此登录链接已用过或已过期，请索取新的") \
    X("this link is used up, but that could not be noted (%s): ask for a new one when that is mended", "此链接已用完，但未能记下（%1）：修复后请索取新的") \
    X("%s acts only on his own matters: what he reported, what was given to him or his desks, and what lies in his grids; this one is not", "%1 只办理自己的事项：自己登记的、派给本人或所在部门的、位于本人网格内的；此事项不在其中") \
    X("more desks and grids name %s than this node can look at for a call, so what is his own cannot be told; an admin can name him in fewer, or make him a dispatcher", "%1 所在的部门和网格过多，本节点无法判断哪些事项属于其本人；可由管理员减少其部门或网格，或授予调度员角色") \
    X("%s sees only his own matters, and this call is of all of this node; an admin can give him a role that sees them", "%1 只能看自己的事项，而此项涉及整个节点；可由管理员授予能查看全部的角色") \
    X("who is of a desk stands at the desk: PATCH /api/v1/desks/CODE with its `members`", "部门成员在部门中登记：请用 PATCH /api/v1/desks/代码 更改其 `members`") \
    X("whose a grid is stands at the grid: PATCH /api/v1/grids/CODE with its `worker` or `deputies`", "网格人员在网格中登记：请用 PATCH /api/v1/grids/代码 更改其 `worker` 或 `deputies`") \
    X("no matter of yours with this id is known here; what went on to another desk or person is not shown to you any more, unless you reported it", "本节点没有您的此编号事项；已转给其他部门或人员的事项不再向您显示，除非由您登记") \
    X("the desks and grids could not be read", "部门和网格读取失败，请稍后再试") \
    X("%s sees only his own matters and cannot give to others what sees all; who sees all can, as the administrator's token of this node (qipan --dir)", "%1 只能看自己的事项，不能授予他人查看全部的权限；可由能看全部的人授予，如本节点的管理员令牌（qipan --dir）") \
    X("%s sees only some areas or categories of this node: ask with %s%s%s that lies within them (GET /api/v1/me says which)", "%1 只能看本节点的部分区域或类别：请在查询中给出范围内的区域（`area`）或类别（`category`），范围见 GET /api/v1/me") \
    X("%s sees only some areas or categories of this node, and this call is of all of it; an admin who is not narrowed can change that", "%1 只能看本节点的部分区域或类别，而此项涉及整个节点；可由不受限定的管理员更改范围") \
    X("%s acts only in the areas that it is narrowed to (GET /api/v1/me says which); this is of %s", "%1 只能在限定的区域内操作（见 GET /api/v1/me）；此项属于 %2") \
    X("this source_ref was used by a report that %s may not see; nothing was opened", "此 source_ref 已用于 %1 无权查看的上报；没有立案") \
    X("%s reports only in the areas and of the categories that it is narrowed to (GET /api/v1/me says which); this is of %s in %s", "%1 只能在限定的区域和类别内上报（见 GET /api/v1/me）；本件的类别是 %2，区域是 %3") \
    X("%s lacks the right %s and cannot give it to others; who has it can, as the administrator's token of this node (qipan --dir)", "%1 没有权限 %2，不能授予他人；有此权限者可以，例如本节点的管理令牌（qipan --dir）") \
    X("`areas` holds %s, which does not lie at or below this node, %s", "`areas` 中的 %1 不在本节点 %2 及其下级之内") \
    X("%s sees only some areas or categories of this node, and what is to be changed sees more; an admin who is not narrowed can change it", "%1 只能看本节点的部分区域或类别，而要更改的账户或令牌看得更多；可由不受限定的管理员更改") \
    X("%s sees only some areas or categories of this node and gives to others only what lies within them: name them in `areas` and `categories`", "%1 只能看本节点的部分区域或类别，只能授予其中的范围：请在 `areas` 和 `categories` 中写明") \
    X("%s lacks the right `import`: only an importer states times", "%1 没有权限 `import`：只有导入方可以填写时间") \
    X("%s lacks the right `import`: a person starts his own patrol", "%1 没有权限 `import`：巡查由本人开始") \
    X("%s lacks the right `command`: only a commander says it for others", "%1 没有权限 `command`：只有指挥员可以代他人操作") \
    /* ---- the request ---- */ \
    X("this call takes no body", "此调用不接受正文") \
    X("the body took longer than %d s to arrive", "正文超过 %1 秒仍未收全") \
    X("the body is larger than this call takes (%zu KiB)", "正文超过此调用的上限（%1 KiB）") \
    X("%d files come in already; try again in a second", "已有 %1 个文件正在上传，请一秒后再试") \
    X("answers of %d MiB are on their way to who reads them slowly; try again in a second, or ask for less (limit)", "已有 %1 MiB 的答复正在被缓慢读取，请一秒后再试，或减少一次要的条数（limit）") \
    X("send the body as it is, without Content-Encoding `%s`", "请直接发送正文，不要用 Content-Encoding `%1`") \
    X("texts are read as UTF-8: convert the body, and send its Content-Type with charset=utf-8, not `%s`", "文本按 UTF-8 读取：请转换正文，并在 Content-Type 中写 charset=utf-8，不要用 `%1`") \
    X("send the file's bytes as they are, with its own type (Content-Type: image/jpeg, or application/octet-stream for any), not as `%s`", "请直接发送文件内容并写明其类型（Content-Type: image/jpeg；任何类型可写 application/octet-stream），不要用 `%1`") \
    X("send the form with Content-Type: application/x-www-form-urlencoded, not `%s`", "表单请以 Content-Type: application/x-www-form-urlencoded 发送，不要用 `%1`") \
    X("send the lines with Content-Type: application/x-ndjson, not `%s`", "各行请以 Content-Type: application/x-ndjson 发送，不要用 `%1`") \
    X("send the body with Content-Type: application/json, not `%s`", "正文请以 Content-Type: application/json 发送，不要用 `%1`") \
    X("this path takes only %s", "此地址只接受 %1") \
    X("there is nothing at `%s`: leave the slash at its end out", "`%1` 处没有内容：请去掉末尾的斜线") \
    X("there is nothing at `%s`; the calls are under /api/v1/", "`%1` 处没有内容；各调用在 /api/v1/ 之下") \
    X("the length of the body is given more than once; send one Content-Length", "正文长度给了不止一次；请只发一个 Content-Length") \
    X("the only Transfer-Encoding that is understood is chunked; send a Content-Length", "只认识 Transfer-Encoding: chunked；请发送 Content-Length") \
    X("Content-Length must be a whole number", "Content-Length 须为整数") \
    X("a line ends with a bare line feed; lines end with CR LF", "有一行只以换行结尾；各行须以 CR LF 结尾") \
    X("Host is given more than once", "Host 给了不止一次") \
    X("the address is longer than %d bytes", "地址超过 %1 字节") \
    X("the headers have %zu bytes, at most %d are taken", "请求头有 %1 字节，最多 %2 字节") \
    X("the path holds an escaped NUL or slash (%%00, %%2F), which no name has", "路径中有转义的 NUL 或斜线（%00、%2F），名称不会有这些字符") \
    X("a text holds the character U+0000, which is not taken: line %d, column %d", "文本中有不接受的字符 U+0000：第 %1 行第 %2 列") \
    X("the line is not a JSON object: column %d: %s", "此行不是 JSON 对象：第 %1 列：%2") \
    X("the body is not JSON: line %d, column %d: %s", "正文不是 JSON：第 %1 行第 %2 列：%3") \
    X("the %s must be a JSON object, {…}", "正文（或该行）须为 JSON 对象 {…}") \
    X("the request takes more memory than it may", "请求所需内存超过上限") \
    X("`%s` is missing", "缺少 `%1`") \
    X("`%s` must be a text", "`%1` 须为文本") \
    X("`%s` must not be empty", "`%1` 不能为空") \
    X("`%s` has %zu bytes, at most %zu are taken", "`%1` 有 %2 字节，最多 %3 字节") \
    X("`%s` has control characters", "`%1` 含有控制字符") \
    X("`%s` must be one line without control characters", "`%1` 须为一行，且不含控制字符") \
    X("`%s` is blank: nothing in it can be seen", "`%1` 是空白：看不到任何内容") \
    X("`%s` must not be before 1900-01-01T00:00:00Z", "`%1` 不得早于 1900-01-01T00:00:00Z") \
    X("`at` is missing: an importer's record opens when it occurred, and nothing opens before 1970; say in `at` when it was reported", "缺少 `at`：导入的记录按发生时间登记，而登记时间不能早于 1970 年；请在 `at` 中写明上报时间") \
    X("`%s` must be after 1970-01-01T00:00:00Z", "`%1` 须晚于 1970-01-01T00:00:00Z") \
    X("`%s` must be before 2199-12-31, where the calendars end: leave it out where there is none", "`%1` 须早于 2199-12-31（日历至此为止）：没有期限时请不写") \
    X("`%s` must be true or false", "`%1` 须为 true 或 false") \
    X("`%s` must be a whole number from %lld to %lld", "`%1` 须为 %2 到 %3 的整数") \
    X("`%s` must be a whole number from %ld to %ld", "`%1` 须为 %2 到 %3 的整数") \
    X("%s must be a whole number from 1 to %ld", "%1 须为 1 到 %2 的整数") \
    X("`%s` must be a whole number, at least %ld", "`%1` 须为整数，至少 %2") \
    X("`%s` must be routine, urgent or emergency", "`%1` 须为 routine、urgent 或 emergency") \
    X("`urgency` must be routine, urgent or emergency", "`urgency` 须为 routine、urgent 或 emergency") \
    X("`%s` must be the id of a matter: 26 lower-case characters", "`%1` 须为事项编号：26 个小写字符") \
    X("there is no field `%s` here", "这里没有字段 `%1`") \
    X("there is no argument `%s` here", "这里没有参数 `%1`") \
    X("`%s` is given twice", "`%1` 给了两次") \
    X("`%s` has a NUL in it", "`%1` 中有 NUL 字符") \
    X("`%.40s` has a NUL in it", "`%1` 中有 NUL 字符") \
    X("an argument has a NUL in it", "有参数含 NUL 字符") \
    X("`%s` is not UTF-8", "`%1` 不是 UTF-8") \
    X("field %zu is not UTF-8", "第 %1 个字段不是 UTF-8") \
    X("a form brings no files here: send each to POST /api/v1/blobs, and its hash in a report as JSON", "此处的表单不带文件：请将每个文件发到 POST /api/v1/blobs，并在 JSON 上报中写明其哈希") \
    X("a part of the form has no name: Content-Disposition: form-data; name=\"FIELD\"", "表单中有一部分没有名称：Content-Disposition: form-data; name=\"字段\"") \
    X("more than %d fields", "字段超过 %1 个") \
    X("the fields have more than %d bytes together: shorten them", "各字段合计超过 %1 字节，请缩短") \
    X("send the fields as a form: Content-Type: application/x-www-form-urlencoded", "请以表单发送各字段：Content-Type: application/x-www-form-urlencoded") \
    X("the body is JSON, and its Content-Type says a form: send it with Content-Type: application/json", "正文是 JSON，但其 Content-Type 写的是表单：请以 Content-Type: application/json 发送") \
    X("the body is JSON, and this call takes a form alone: send it as FIELD=VALUE&…, with Content-Type: application/x-www-form-urlencoded", "正文是 JSON，但此处只收表单：请写成 字段=值&…，以 Content-Type: application/x-www-form-urlencoded 发送") \
    X("the body is not the form that its Content-Type says", "正文不是其 Content-Type 所说的表单") \
    X("`%s` must be a number from -%g to %g", "`%1` 须为 -%2 到 %3 的数") \
    X("%s must be a number from -%g to %g", "%1 须为 -%2 到 %3 的数") \
    X("`%s` must be a number of degrees, from -%g to %g", "`%1` 须为度数，从 -%2 到 %3") \
    X("`lat` must be a number of degrees from -90 to 90", "`lat` 须为 -90 到 90 的度数") \
    X("`lon` must be a number of degrees from -180 to 180", "`lon` 须为 -180 到 180 的度数") \
    X("`lat` and `lon` go together: `%s` is missing", "`lat` 与 `lon` 须一并给出：缺少 `%1`") \
    X("`location.%s` must be a number from -%g to %g", "`location.%1` 须为 -%2 到 %3 的数") \
    X("`location` must be {lat, lon, crs?}", "`location` 须为 {lat, lon, crs?}") \
    X("`crs` must be %s", "`crs` 须为 %1") \
    X("`location.crs` must be %s", "`location.crs` 须为 %1") \
    X("%s: out of memory", "%1：内存不足") \
    X("this is no position", "这不是位置") \
    X("`%s` must hold no / and be neither . nor ..", "`%1` 不能含 /，也不能是 . 或 ..") \
    X("`%s` is missing: a list of %s", "缺少 `%1`：须为 %2 的列表") \
    X("`%s` may hold %s", "`%1` 可以包含 %2") \
    X("`%s` must be a list with at least one of %s", "`%1` 须为列表，至少有 %2 之一") \
    X("`%s` must be a list of at most %zu", "`%1` 须为最多 %2 项的列表") \
    X("`%s` must be a list with at least one entry", "`%1` 须为至少一项的列表") \
    X("`%s` must be a list of texts", "`%1` 须为文本列表") \
    X("`%s` must be a list of objects", "`%1` 须为对象列表") \
    X("`%s` has %s twice", "`%1` 中 %2 出现两次") \
    X("Idempotency-Key must be 1 to %d bytes of UTF-8", "Idempotency-Key 须为 1 到 %1 字节的 UTF-8") \
    X("if_version must be a revision, 0 or more", "if_version 须为修订号，0 或以上") \
    X("`cursor` is the `next_cursor` of the page before", "`cursor` 须为上一页的 `next_cursor`") \
    X("`cursor` must be the `next_cursor` of the page before", "`cursor` 须为上一页的 `next_cursor`") \
    X("`what` must be one of %s", "`what` 须为以下之一：%1") \
    X("a step's line has both `id` and `step`, as texts", "步骤行须有文本 `id` 和 `step`") \
    /* ---- matters ---- */ \
    X("no matter has that id", "没有此编号的事项") \
    X("no matter has that id; ids are 26 lower-case characters", "没有此编号的事项；编号为 26 个小写字符") \
    X("no matter has the id `%.40s`; ids are 26 lower-case characters", "没有编号为 `%1` 的事项；编号为 26 个小写字符") \
    X("no matter %s is known here", "本节点没有事项 %1") \
    X("no such matter is known here", "本节点没有此事项") \
    X("the matter cannot be read", "事项读取失败，请稍后再试") \
    X("there is no such step; there are %s", "没有此步骤；可用的有 %1") \
    X("there is no step `%.40s`; there are %s", "没有步骤 `%1`；可用的有 %2") \
    X("`ack` must be parent or top", "`ack` 须为 parent 或 top") \
    X("`wait` must be seconds from 0 to %d", "`wait` 须为 0 到 %1 秒") \
    X("`dry_run` is 1 or 0, and of reports only", "`dry_run` 为 1 或 0，且只用于上报") \
    X("`overdue` must be true, false, or a stage: sign, assign, handle, verify, close", "`overdue` 须为 true、false 或环节：sign、assign、handle、verify、close") \
    X("`state` must be open, sorted, assigned, handled, visited, closed, hung or merged, or several of them with commas between", "`state` 须为 open、sorted、assigned、handled、visited、closed、hung、merged 之一，或以逗号分隔的多个") \
    X("`holder` says that already: leave one of the two out", "`holder` 已说明了这一点：两者只留其一") \
    X("`held` must be here or below", "`held` 须为 here 或 below") \
    X("`below` goes with `category`: name the one to list", "`below` 与 `category` 同用：请写明要列出的类别") \
    X("`bbox` must be WEST,SOUTH,EAST,NORTH in degrees, such as 116.9,33.6,117.1,33.7", "`bbox` 须为 西,南,东,北 的度数，例如 116.9,33.6,117.1,33.7") \
    X("`lead` is the id of a lead: 26 letters and digits", "`lead` 须为线索编号：26 个字母数字") \
    X("`needs` says that already: leave `%s` out", "`needs` 已说明了这一点：请去掉 `%1`") \
    X("`needs` must be one of %s", "`needs` 须为以下之一：%1") \
    X("a warning is of all matters of its area, and %s acts only on his own: who dispatches here dismisses it; note what speaks against it", "预警涉及其区域的所有事项，而%1只办理自己的事项：请由本节点的调度员排除；反对的理由可写为备注") \
    X("`sort` must be opened_at, -opened_at, updated_at, -updated_at, deadline or arrived", "`sort` 须为 opened_at、-opened_at、updated_at、-updated_at、deadline 或 arrived") \
    X("`after` lists by arrival: leave `sort` out, or give arrived", "`after` 按到达顺序列出：请去掉 `sort`，或写 arrived") \
    X("give `text`, or `lat` and `lon`: by what is it to be similar?", "请给出 `text`，或 `lat` 与 `lon`：按什么比较相似？") \
    X("`%s` goes with the result `duplicate` only", "`%1` 只用于结果为 `duplicate` 时") \
    X("`%s` and `%s` are both missing: give one of them, or both", "缺少 `%1` 和 `%2`：请至少给出一个") \
    X("`%s` is missing: `%s` is true", "缺少 `%1`：因为 `%2` 为 true") \
    X("`%s` must be left out: `%s` is false", "`%1` 不能填写：因为 `%2` 为 false") \
    X("`%s` is over already: until when is it to rest?", "`%1` 已过：要挂起到何时？") \
    X("`%s` lies more than a day ahead of this node's clock", "`%1` 比本节点的时钟晚一天以上") \
    X("`area` must be at or below this node, `%s`; report it at the node above both", "`area` 须在本节点 `%1` 或其下级；请在两者共同的上级上报") \
    X("`reporter` must be {name, phone, address, email, confidential}", "`reporter` 须为 {name, phone, address, email, confidential}") \
    X("this node keeps no personal records: its vault is not open", "本节点不保存个人信息：保险库未打开") \
    X("this node keeps no personal records: its vault is not open; leave `reporter` out, and what is to be kept from others out of `place`", "本节点不保存个人信息：保险库未打开；请去掉 `reporter`，`place` 中也不要写须保密的内容") \
    X("the desks cannot be read, so nobody knows whether this is yours; try again, and see `qipan doctor`", "部门读取失败，无法判断是否归您办理；请再试，并查看 `qipan doctor`") \
    X("the desks cannot be read; try again, and see `qipan doctor`", "部门读取失败；请再试，并查看 `qipan doctor`") \
    X("there is no node %s; name the nearest one above it", "没有节点 %1；请写其上最近的节点") \
    X("%s is revoked; invite it again, or name the nearest node above it", "%1 已吊销；请重新邀请，或写其上最近的节点") \
    X("this node has joined again and offers nothing until its neighbours have handed back its records", "本节点重新加入，在相邻节点交还其记录之前不提交事项") \
    X("the tree cannot be read; qipan doctor says more", "节点树读取失败；详见 qipan doctor") \
    X("the personal record has ended, or its key is another node's", "个人信息已删除，或其密钥属于其他节点") \
    X("`purpose` must be at most %d bytes of UTF-8", "`purpose` 最多 %1 字节 UTF-8") \
    X("say what the record is read for: ?purpose=… , one line; it is written down and seen above", "请写明查看用途：?purpose=… ，一行；用途会被记录，上级可见") \
    X("a certificate that the proof needs is not here yet; try again later", "证明所需的证书尚未到达，请稍后再试") \
    X("this matter's proof needs too many certificates", "此事项的证明需要的证书太多") \
    X("this matter's proof takes more memory than it may", "此事项的证明所需内存超过上限") \
    X("no events of this matter are known here", "本节点没有此事项的记录") \
    X("this matter has %ld events; a proof takes at most %d", "此事项有 %1 条记录；证明最多 %2 条") \
    X("no such number and code", "编号与查询码不符") \
    X("the matters could not be read", "事项读取失败，请稍后再试") \
    /* ---- files ---- */ \
    X("this node keeps no files: its log says why", "本节点不保存文件：原因见其日志") \
    X("files about persons are not kept yet: the vault takes records, not files; write what must be known into `reporter`, and keep the file where you keep such files", "尚不保存涉及个人的文件：保险库只收记录；请把须知内容写入 `reporter`，文件请存于原处") \
    X("the file is empty: send its bytes as the body", "文件为空：请把文件内容作为正文发送") \
    X("a file's address ends with its hash, 64 hexadecimal digits", "文件地址以其散列值结尾，64 位十六进制") \
    X("no matter that is known here names this file", "本节点没有事项引用此文件") \
    X("`attachments` is a list of the hashes that POST /api/v1/blobs answers, 64 hexadecimal digits each", "`attachments` 须为 POST /api/v1/blobs 返回的散列值列表，每个 64 位十六进制") \
    X("no file %.12s… is here: send it to this node first, by POST /api/v1/blobs; one that no matter names goes after a day", "本节点没有文件 %1…：请先用 POST /api/v1/blobs 上传；没有事项引用的文件一天后删除") \
    X("`attachments` is a list of hashes", "`attachments` 须为散列值列表") \
    X("`attachments` has %zu files; a matter has at most %d", "`attachments` 有 %1 个文件；每个事项最多 %2 个") \
    /* ---- boards, circulars, the tree ---- */ \
    X("`by` must be area, desk, source, category, hour, day, week or month", "`by` 须为 area、desk、source、category、hour、day、week 或 month") \
    X("`by` must be area, grid, day or week", "`by` 须为 area、grid、day 或 week") \
    X("`by` must be area, desk, source, category or view, or be left out", "`by` 须为 area、desk、source、category 或 view，或不写") \
    X("`figure` must be the name of one: GET /api/v1/circulars:figures", "`figure` 须为指标名称：见 GET /api/v1/circulars:figures") \
    X("`key` is longer than any", "`key` 过长") \
    X("`period` must be day, week or month", "`period` 须为 day、week 或 month") \
    X("`date` must be a day such as 2026-03-01, in the tree's zone", "`date` 须为日期，例如 2026-03-01，按节点树的时区") \
    X("of a circular there are accept and return", "对通报只有 accept 和 return") \
    X("no circular with this id is known here", "本节点没有此编号的通报") \
    X("a circular is there as .json, .html, .xlsx and .csv", "通报有 .json、.html、.xlsx 和 .csv 几种格式") \
    X("no memory, or no room for temporary files, to write the circular as %s", "内存或临时文件空间不足，无法将通报写成 %1") \
    X("the circular would have more than %d bytes: too many areas, desks, sources and categories with long names", "通报将超过 %1 字节：区域、部门、来源、类别太多且名称太长") \
    X("this node cannot read what it has issued (%s); run qipan rebuild", "本节点无法读取已发的通报（%1）；请运行 qipan rebuild") \
    X("the tree is not known yet; try again", "节点树尚未读出，请再试") \
    X("`%s` is no place at or below this node", "`%1` 不是本节点或其下级") \
    X("%.200s does not lie at or below this node", "%1 不在本节点及其下级之内") \
    X("at most ten years are counted at once", "一次最多统计十年") \
    /* ---- grids, duty, patrols ---- */ \
    X("the patrols cannot be counted", "巡查统计失败，请稍后再试") \
    X("there is no account %s at this node", "本节点没有账户 %1") \
    X("there is no account %s at this node: %s", "本节点没有账户 %1：%2") \
    X("%s does not lie at or below this node, %s", "%1 不在本节点 %2 及其下级之内") \
    X("who is on duty cannot be read", "值班情况读取失败，请稍后再试") \
    X("the grid %s cannot be read", "网格 %1 读取失败") \
    X("the boundary of grid %s cannot be read", "网格 %1 的边界读取失败") \
    X("`accuracy_m` must be metres, 0 to 1000000", "`accuracy_m` 须为 0 到 1000000 米") \
    X("%s is not on duty at this node: a position is taken from who is (POST /duty)", "%1 不在本节点值班：只接受值班人员的位置（POST /duty）") \
    X("duty and patrols cannot be read", "值班与巡查读取失败，请稍后再试") \
    X("the duty of %s was said anew just now: say it again", "%1 的值班刚刚有更新：请再报一次") \
    X("more people are on duty than this node keeps positions of (%d)", "值班人数超过本节点可保存的位置数（%1）") \
    X("the list of the grids cannot be read", "网格列表读取失败") \
    X("the grids cannot be read", "网格读取失败") \
    X("the grid cannot be read", "网格读取失败") \
    X("there is no such grid", "没有此网格") \
    X("there is no node %.200s at or below this one, %s", "本节点 %2 及其下级中没有节点 %1") \
    X("there is no node %.200s at or below this one", "本节点及其下级中没有节点 %1") \
    X("%.200s is revoked; invite it again first", "%1 已吊销；请先重新邀请") \
    X("an import has at most %d grids: send them in parts", "一次最多导入 %1 个网格：请分批发送") \
    X("the import takes more memory than it may: send it in parts", "导入所需内存超过上限：请分批发送") \
    X("a row must be an object", "每行须为对象") \
    X("`rows` must be a list of objects", "`rows` 须为对象列表") \
    X("an import has at most %d rows: send them in parts", "一次最多导入 %1 行：请分批发送") \
    X("the position lies in none of the grids of this node and those below it", "该位置不在本节点及其下级的任何网格内") \
    X("neither this node nor one below it has a grid with a boundary", "本节点及其下级都没有划定边界的网格") \
    X("`%s` must be one Polygon or MultiPolygon", "`%1` 须为一个 Polygon 或 MultiPolygon") \
    X("`%s` must be a GeoJSON Polygon or MultiPolygon", "`%1` 须为 GeoJSON 的 Polygon 或 MultiPolygon") \
    X("`%s` has %zu positions, at most %d are taken: simplify it", "`%1` 有 %2 个点，最多 %3 个：请简化") \
    X("`%s` is too large: simplify it", "`%1` 过大：请简化") \
    X("no patrol with this id is known here", "本节点没有此编号的巡查") \
    X("the patrol cannot be read", "巡查读取失败，请稍后再试") \
    X("`with` must be a list of at most %d", "`with` 须为最多 %1 项的列表") \
    X("`with` must be a list of {role, count}", "`with` 须为 {role, count} 的列表") \
    X("this node keeps no vault, and a position is hashed with its secret: leave out the key or the position", "本节点没有保险库，位置须用其密钥散列：请去掉键或位置") \
    X("of a patrol there are checkpoint, pause, resume and stop", "对巡查只有 checkpoint、pause、resume 和 stop") \
    /* ---- leads, warnings, lines ---- */ \
    X("`state` must be joined, proposed, confirmed, dismissed or alone", "`state` 须为 joined、proposed、confirmed、dismissed 或 alone") \
    X("`matter` is the id of a matter: 26 letters and digits", "`matter` 须为事项编号：26 个字母数字") \
    X("of a lead there are confirm, dismiss, split, join, undo and matter", "对线索只有 confirm、dismiss、split、join、undo 和 matter") \
    X("no lead with this id is known here", "本节点没有此编号的线索") \
    X("`state` must be watch, raised, ended, dismissed or withdrawn, or several of them with commas between", "`state` 须为 watch、raised、ended、dismissed、withdrawn 之一，或以逗号分隔的多个") \
    X("of a warning there are note, dismiss and matter", "对预警只有 note、dismiss 和 matter") \
    X("no warning with this id is known here", "本节点没有此编号的预警") \
    X("`members` is a list of {node, name|grid|desk}", "`members` 须为 {node, name|grid|desk} 的列表") \
    X("a member is one of `name`, `grid` and `desk`", "成员须为 `name`、`grid`、`desk` 之一") \
    X("a member is {node, name|grid|desk}: `name`, `grid` or `desk` is missing", "成员须为 {node, name|grid|desk}：缺少 `name`、`grid` 或 `desk`") \
    X("there is no %s %s at this node", "本节点没有&1 %2") \
    X("`members` is a list of 1 to %d, each {node, name|grid|desk}", "`members` 须为 1 到 %1 项的列表，每项为 {node, name|grid|desk}") \
    X("`call` must be {began_at, ended_at, answered, id?}", "`call` 须为 {began_at, ended_at, answered, id?}") \
    X("a call has ended after it began, and not in the future", "通话须先开始后结束，且不在将来") \
    X("a message has `text`, `location` or `call`", "消息须有 `text`、`location` 或 `call`") \
    X("several of this line's members are at this node: name in `member` the one who has seen it", "本节点有此连线的多个成员：请在 `member` 中写明谁已读") \
    X("no line with this id is open to you here", "本节点没有您可用的此连线") \
    X("the lines cannot be read", "连线读取失败，请稍后再试") \
    X("the line cannot be read", "连线读取失败，请稍后再试") \
    X("the message was said and cannot be read: read the line again", "消息已发出但读取失败：请重新读取连线") \
    X("`whisper` is typing, or of a call offer, ring, answer, candidate, refuse, busy or hangup", "`whisper` 须为 typing，或通话的 offer、ring、answer、candidate、refuse、busy、hangup") \
    X("`call` names the call that this is of", "`call` 须写明所属的通话") \
    X("more whispers than one caller may say: a hundred at once, twenty a second; this one went nowhere", "发送过于频繁：一次最多一百条、每秒二十条；此条没有发出") \
    /* ---- accounts, desks, the node ---- */ \
    X("there is no such %s", "没有此&1") \
    X("the %s cannot be read", "&1读取失败，请稍后再试") \
    X("the list of the %s cannot be read", "&1列表读取失败，请稍后再试") \
    X("the %s %s has version %llu, not %lld: read it again", "&1 %2 的版本是 %3，不是 %4：请重新读取") \
    X("`role` must be %s", "`role` 须为 %1") \
    X("`role` is missing: %s, or a list of them in `roles`", "缺少 `role`：%1，或在 `roles` 中列出多个") \
    X("`password` must have at least %d bytes", "`password` 至少 %1 字节") \
    X("`import` is a right of tokens, never of people: make a token (qipan token add)", "`import` 只能授予令牌，不能授予人：请建立令牌（qipan token add）") \
    X("too many passwords at once; try again in a second", "同时设置的密码太多，请一秒后再试") \
    X("the password could not be hashed; try again", "密码未能处理，请再试") \
    X("say either `path` or `label`: whose place is it?", "请写 `path` 或 `label` 其一：是谁的位置？") \
    X("`%s` does not lie directly below this node, `%s`; its parent invites it", "`%1` 不是本节点 `%2` 的直接下级；应由其上级邀请") \
    X("whether a node works at %s could not be looked up: %s", "无法查明 %1 是否有节点在运行：%2") \
    X("whether a node works at %s could not be looked up; try again", "无法查明 %1 是否有节点在运行，请再试") \
    X("%s (%s) is alive: incarnation %u, there since %s, last heard %s; %llu parcels wait for it. Who joins by a new token pushes it out. If that is meant: `replace` (invite --replace); one that has just stopped counts as alive for 20 s", "%1（%2）仍在运行：第 %3 世，自 %4 起，最近一次消息 %5；有 %6 个包裹等着它。以新令牌加入者会把它挤出。若确实如此，请用 `replace`（invite --replace）；刚停止的节点 20 秒内仍算在运行") \
    X("this node listens for no children: set link.listen and start it again", "本节点不接受下级连接：请设置 link.listen 并重启") \
    X("this node listens at %s, which nobody can dial: set link.advertise (serve --advertise) to tcp://HOST:PORT, as its children reach it, and start it again", "本节点监听 %1，别人无法连接：请把 link.advertise（serve --advertise）设为下级可达的 tcp://主机:端口 并重启") \
    X("`kind` must be lost or compromised", "`kind` 须为 lost 或 compromised") \
    X("there is only POST /api/v1/nodes/PATH/revoke here", "这里只有 POST /api/v1/nodes/路径/revoke") \
    X("this node has said no policy of its own; what is in force came from above, or is the built-in one", "本节点没有下发过策略；现行策略来自上级，或为内置策略") \
    X("the version text was used before at this node: give the policy one of its own (it would be in force as `%.100s`)", "此版本名在本节点已用过：请给策略一个新的版本名（生效时为 `%1`）") \
    X("the policy has %zu mistakes; each place says what to do", "策略有 %1 处错误；各处写明了如何改") \
    X("%zu places loosen what a node above says, or are for it to say: a node below may tighten alone", "有 %1 处放宽了上级的规定，或应由上级规定：下级只能收紧") \
    X("no page of this build has a part of that name", "页面中没有此部分") \
    X("this build has no page `%s`; there are %s", "没有页面 `%1`；可用的有 %2") \
    X("%zu streams are open already, and nobody has more of them than %s; one for each page is enough", "已有 %1 个实时流打开，其中 %2 最多；每个页面一个就够了") \
    X("there is no event `%.*s` here; there are%s", "没有事件 `%1`；可用的有%2") \
    X("a line takes no files: attach it to a matter, and leave `blob` out", "连线不带文件：请作为事项的附件，去掉 `blob`") \
    X("the matters that name a file cannot be read", "引用该文件的事项读取失败，请稍后再试") \
    X("which matters a lead has is for who may read them", "线索涉及哪些事项，须有查看事项的权限") \
    X("they are over, but this could not be noted, and they would stand again after a restart: %.200s; end them again when that is mended", "会话已结束，但未能记下，重启后会重新有效：%1；修复后请再次结束") \
    X("there is no such session of this account", "此账户没有这个会话") \
    X("a token has no sessions", "令牌没有会话") \
    X("Last-Event-ID must be a journal position, a whole number", "Last-Event-ID 须为日志位置，整数") \
    X("position %llu lies beyond this node's journal, which ends at %llu: it was another node's, or this one lost its disk; read all again and begin without an id", "位置 %1 超出本节点日志的末尾 %2：它属于其他节点，或本节点丢过磁盘；请全部重读，不带编号重新开始") \
    X("%s: begin again from zero (qipan sink replay)", "%1：请从零重新开始（qipan sink replay）") \
    X("`after` must be a position, or 0", "`after` 须为位置，或 0") \
    X("`hash` is missing: of the record at `after`, as this feed gave it", "缺少 `hash`：`after` 处记录的散列值，如此前所给") \
    X("`limit` must be a whole number of records from 1 to %d", "`limit` 须为 1 到 %1 的整数")
/* clang-format on */

#endif
