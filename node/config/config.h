/* config.h: a node's settings, from files, the environment and flags; each with where it came from.
 *
 *   struct qp_config c; qp_config_defaults(&c); qp_config_load(&c, dir, &e); qp_config_set(&c, "http.listen",
 * v, QP_FROM_FLAG, "--http", &e);
 *
 * A plain value: copy it, compare it, no destructor. Used by node/cli alone.
 *
 * A new setting: its row in QP_SETTINGS, and node/cli/serve.c, which hands it to whom it concerns. If `serve` is to have a flag of
 * that name: its line in the table on top of serve.c, its words in node/cli/table.c. A new kind of value: keys.c. */
#ifndef QP_NODE_CONFIG_CONFIG_H
#define QP_NODE_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "crypto/error.h"
#include "node/core/core.h"

enum qp_setting_kind {
    QP_SET_ADDRESS,
    QP_SET_ENDPOINT, /* to listen at */
    QP_SET_DIAL,     /* to dial: no wildcard, no port 0 */
    QP_SET_COUNT,
    QP_SET_SIZE,
    QP_SET_BOOL,
    QP_SET_KEY,
    QP_SET_MANY,  /* of 1 to 1,000 */
    QP_SET_NODES, /* of 1 to 1,000,000 */
    QP_SET_NETS,
    QP_SET_OPEN311, /* what GeoReport's door tells without a key: off, own, all */
    QP_SET_ADDRESS_OR_NONE,
    QP_SET_TURN,   /* addresses of TURN and STUN servers, or "" */
    QP_SET_FILE,   /* that exists, or "" */
    QP_SET_FOLDER, /* that exists, or "" */
    QP_SET_PATH    /* from the root, of a file that may come and go, or "" */
};
enum { QP_SETTING_MAX = 200 };

/* X(section, name, kind, default, en, zh). The environment's name is QIPAN_SECTION_NAME; the flag of `serve`
 * has the same name with dashes. */
#define QP_SETTINGS(X)                                                                                       \
    X(http, listen, QP_SET_ADDRESS, "127.0.0.1:8420", "HOST:PORT of the HTTP API and the page",              \
      "HTTP 接口与页面的地址 HOST:PORT")                                                                     \
    X(http, threads, QP_SET_COUNT, "2", "threads that answer HTTP (1 to 16)",                                \
      "应答 HTTP 的线程数（1 至 16）")                                                                       \
    X(http, streams, QP_SET_MANY, "512", "streams open at the same time, shared by token and account",       \
      "同时打开的事件流数，由各令牌和账号均分")                                                              \
    X(http, proxies, QP_SET_NETS, "",                                                                        \
      "proxies whose X-Forwarded-For is believed: addresses and networks, such as 127.0.0.1, 10.0.0.0/8",    \
      "可信代理的地址或网段（采信其 X-Forwarded-For），如 127.0.0.1, 10.0.0.0/8")                            \
    X(http, tls_listen, QP_SET_ADDRESS_OR_NONE, "", "HOST:PORT where HTTPS is spoken too; \"\" for none",    \
      "HTTPS 的地址 HOST:PORT；留空则不启用")                                                                \
    X(http, tls_certificate, QP_SET_FILE, "",                                                                \
      "PEM file: the certificate for HTTPS with its chain; read again when it changes",                      \
      "HTTPS 证书及证书链的 PEM 文件，更换后自动重读")                                                       \
    X(http, tls_key, QP_SET_FILE, "", "PEM file: the key of that certificate", "该证书的私钥 PEM 文件")      \
    X(http, web_root, QP_SET_FOLDER, "",                                                                     \
      "a folder like node/web to read the pages from, while they are written",                               \
      "编写页面时，从此文件夹读取页面（形如 node/web）")                                                     \
    X(http, map_file, QP_SET_PATH, "",                                                                       \
      "the ground of maps: a PMTiles file with vector tiles; \"\": outlines of the grids alone",             \
      "地图的底图：矢量瓦片的 PMTiles 文件；留空则只有网格边界")                                             \
    X(http, open311, QP_SET_OPEN311, "own",                                                                  \
      "who asks /open311 without a key is told: off: nothing; own: only reports that came in by that door; " \
      "all: every matter, but for exercises, categories with private places, and those with a reporter's "   \
      "record",                                                                                              \
      "/open311 不凭密钥可查什么：off 一概不答；own 仅经该接口上报的事项；all "     \
      "全部事项（演练、地点保密的类别、留有上报人信息的事项除外）")                                          \
    X(link, listen, QP_SET_ENDPOINT, "tcp://127.0.0.1:5571",                                                 \
      "where children dial, tcp://HOST:PORT; \"\" for a leaf",                                               \
      "下级节点连接的地址 tcp://HOST:PORT；末级节点为空")                                                    \
    X(link, advertise, QP_SET_DIAL, "",                                                                      \
      "where children reach that address, if it is another one (a name, a NAT): tokens carry it",            \
      "下级实际拨号的地址（与监听地址不同时，如域名、NAT），写入令牌")                                       \
    X(link, parent, QP_SET_DIAL, "",                                                                         \
      "where to dial the parent, when it has moved (its key stays the one that this node knows)",            \
      "上级迁移后的新地址（仍以已知公钥核验）")                                                              \
    X(link, parent_key, QP_SET_KEY, "",                                                                      \
      "the parent's link key, when it joined again with new keys (its `qipan status` says it)",              \
      "上级重新加入并更换密钥后，其链路公钥（在上级运行 qipan status 可见）")                                \
    X(link, child_rate, QP_SET_SIZE, "1M",                                                                   \
      "bytes a second that one child may write into the journal, on the average",                            \
      "每个下级节点平均每秒可写入日志的字节数")                                                              \
    X(link, child_burst, QP_SET_SIZE, "512M",                                                                \
      "bytes that one child may write at once, for imports, before link.child_rate counts",                  \
      "每个下级节点一次可连续写入的字节数（供导入），超出后按 link.child_rate 限速")                         \
    X(link, child_nodes, QP_SET_NODES, "20000",                                                              \
      "nodes that may be enrolled below one child (1 to 1000000)"                                            \
      "; not set: 20000 at the root, a quarter at each level below (5000, 1250, 312, ...)",                  \
      "每个下级节点之下可登记的节点数（1 至 1000000）"                                     \
      "；未设置时根节点为 20000，以下每级为上一级的四分之一（5000、1250、312……）")                           \
    X(store, journal_map, QP_SET_SIZE, "16G", "quota of the journal", "日志的容量上限")                      \
    X(store, tables_map, QP_SET_SIZE, "16G", "quota of the tables", "数据表的容量上限")                      \
    X(store, vault_map, QP_SET_SIZE, "1G", "quota of the personal records", "个人信息库的容量上限")          \
    X(store, blobs, QP_SET_SIZE, "8G", "quota of the files of matters", "事项附件的容量上限")                \
    X(line, turn_urls, QP_SET_TURN, "",                                                                      \
      "TURN servers for calls on lines, with blanks between: turn:HOST:PORT?transport=udp turns:HOST:PORT",  \
      "连线通话所用的 TURN 服务器，以空格分隔，如 turn:HOST:PORT?transport=udp turns:HOST:PORT")             \
    X(line, turn_secret, QP_SET_FILE, "",                                                                    \
      "a file with the secret of these servers (coturn: static-auth-secret)",                                \
      "存放其共享密钥的文件（coturn 的 static-auth-secret）")                                                \
    X(policy, accept_escalate, QP_SET_BOOL, "true", "take at once what is escalated to this node",           \
      "上报的事项自动签收")                                                                                  \
    X(policy, accept_return, QP_SET_BOOL, "true", "take at once what is returned to this node",              \
      "退回的事项自动签收")                                                                                  \
    X(policy, accept_dispatch, QP_SET_BOOL, "false", "take at once what is dispatched to this node",         \
      "上级交办的事项自动签收")                                                                              \
    X(policy, accept_transfer, QP_SET_BOOL, "false", "take at once what is transferred to this node",        \
      "横向移交的事项自动签收")

enum qp_setting {
#define X(section, name, kind, def, en, zh) QP_SETTING_##section##_##name,
    QP_SETTINGS(X)
#undef X
        QP_SETTING_COUNT
};

enum qp_setting_from { QP_FROM_DEFAULT, QP_FROM_FILE, QP_FROM_ENVIRONMENT, QP_FROM_FLAG };

struct qp_config {
    struct {
        char text[QP_SETTING_MAX]; /* as given; it was checked */
        enum qp_setting_from from;
        char where[QP_SETTING_MAX]; /* file, variable or flag */
    } v[QP_SETTING_COUNT];
    unsigned files; /* that were read */
};

struct qp_setting_info {
    const char *section, *name, *key /* "http.listen" */, *def, *en, *zh;
    enum qp_setting_kind kind;
};
const struct qp_setting_info *qp_setting_info(enum qp_setting s);
/* By key, "http.listen"; -1 when there is none. */
int qp_setting_find(const char *key);

void qp_config_defaults(struct qp_config *c);
/* `dir` NULL: /etc/qipan; else DIR. Absent files are no error. Then the environment. QP_EINVAL names file and
 * line, or the variable. */
int qp_config_load(struct qp_config *c, const char *dir, struct qp_err *e);
/* One file, which must be there. */
int qp_config_file(struct qp_config *c, const char *path, struct qp_err *e);
/* Checks and sets one value. QP_EINVAL says what would be right; `where` names the place in that sentence. */
int qp_config_set(struct qp_config *c, enum qp_setting s, const char *text, enum qp_setting_from from,
                  const char *where, struct qp_err *e);

/* ---- the values, understood ---- */
const char *qp_config_text(const struct qp_config *c, enum qp_setting s);
size_t qp_config_size(const struct qp_config *c, enum qp_setting s); /* bytes, or a count */
bool qp_config_bool(const struct qp_config *c, enum qp_setting s);
void qp_config_acceptance(const struct qp_config *c, struct qp_acceptance *p);

/* "16G", "512M", "1048576" -> bytes, whole pages, at least 1 MiB. QP_EINVAL. */
int qp_size_parse(size_t *out, const char *text, struct qp_err *e);

/* As a file that qp_config_file would read; `all` false: only what was set somewhere. */
void qp_config_print(const struct qp_config *c, bool all, FILE *out);

#endif
