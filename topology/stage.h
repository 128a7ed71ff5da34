/* stage.h: the stages of a matter that have a clock (rule CL1, topology/RULES.md), one list: a policy's columns, a
 * clock's stage and both their words follow from it. */
#ifndef QP_TOPOLOGY_STAGE_H
#define QP_TOPOLOGY_STAGE_H

/* X(NAME, word in policies and in the API). On disks and links they are numbers: only ever add. */
#define QP_STAGE_LIST(X)                                                                                     \
    X(SIGN, "sign")                                                                                          \
    X(ASSIGN, "assign")                                                                                      \
    X(HANDLE, "handle")                                                                                      \
    X(VERIFY, "verify")                                                                                      \
    X(CLOSE, "close")

#endif
