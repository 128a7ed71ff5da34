/* door.c: GET /api/v1/door: who this node says that it is, before anybody has logged in: its place, the root's
 * fingerprint to compare, whether it hears its parent, and the shape of the tree below it, without a name or a
 * figure. */
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/figures.h"
#include "node/http/shape/refused.h"

/* [[n, n, ...], ...]: for each child its own children, each by how many lowest places it has. v: in the order
 * of paths, so what is below a place follows it. */
static void put_shape(struct qp_json *j, const struct qp_node_entry *v, size_t n)
{
    qp_json_key(j, "shape");
    qp_json_array(j);
    for (size_t i = 1; i < n;) {
        size_t field = i++;
        qp_json_array(j);
        if (i == n || !qp_path_below(v[i].path, v[field].path))
            qp_json_int(j, 1);
        while (i < n && qp_path_below(v[i].path, v[field].path)) {
            size_t block = i++;
            int64_t lowest = 0;
            for (; i < n && qp_path_below(v[i].path, v[block].path); i++)
                lowest += i + 1 == n || !qp_path_below(v[i + 1].path, v[i].path);
            qp_json_int(j, lowest ? lowest : 1);
        }
        qp_json_array_end(j);
    }
    qp_json_array_end(j);
}

enum MHD_Result qp_door_get(struct qp_call *c)
{
    struct qp_http *h = c->h;
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct qp_json j = {0};
    struct qp_node_entry *v = NULL;
    size_t n = 0;
    struct qp_link_view *links = qp_link_view_new(h);
    int rc = links ? qp_read_begin(h->store, &r, &f.e) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (rc) {
        free(links);
        return qp_answer_fault(c, &f);
    }
    qp_json_object(&j);
    qp_json_put(&j, "path", h->self.path);
    qp_json_put(&j, "title", h->self.title);
    qp_json_put(&j, "level", h->self.level);
    qp_json_put(&j, "version", QP_VERSION);
    qp_json_put(&j, "zone", qp_zone_name(h->zone));
    qp_json_key(&j, "root_fingerprint");
    qp_json_hex(&j, h->root.b, QP_HASH_LEN);
    qp_json_parent(&j, h, &r, links);
    if (qp_nodes_below(&r, h->self.path, &v, &n))
        n = 0;
    put_shape(&j, v, n);
    qp_json_object_end(&j);
    qp_read_end(&r);
    free(v);
    free(links);
    return qp_answer_json(c, 200, &j);
}
