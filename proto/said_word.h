/* said_word.h: words that the code puts into a sentence of said_door.h or said_turn.h, and how they are said there: X(en, zh). A row
 * asks for them by &1 in the place of %1. What somebody is called is never asked for so: he may be called `desk`. */
#ifndef QP_PROTO_SAID_WORD_H
#define QP_PROTO_SAID_WORD_H

/* clang-format off */
#define QP_SAID_WORDS(X) \
    /* what a node keeps (node/core/resources.h), one and its list, and by what it is called */ \
    X("token", "令牌") X("tokens", "令牌") X("account", "账户") X("users", "账户") \
    X("desk", "部门") X("desks", "部门") X("grid", "网格") X("grids", "网格") \
    X("name", "名称") X("code", "编号") \
    /* what an appeal is about (node/matter/appeal.c) */ \
    X("visit", "回访") X("extension", "延期") \
    /* how a matter stands, and what is offered (node/matter/names.c) */ \
    X("open", "待分类") X("sorted", "已分类") X("assigned", "已派办") X("handled", "已处置") \
    X("visited", "已回访") X("closed", "已办结") X("hung", "挂起") X("merged", "已合并") \
    X("escalate", "上报") X("dispatch", "交办") X("transfer", "移交") X("return", "退还") \
    /* stages of clocks, and how one stands (node/matter/clock.c) */ \
    X("sign", "签收") X("assign", "交办") X("handle", "处置") X("verify", "核实") X("close", "办结") X("reopen", "重开") \
    X("runs", "正在计时") X("is paused", "已暂停") X("has ended", "已结束")
/* clang-format on */

#endif
