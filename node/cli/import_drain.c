/* import_drain.c: waits until all that was imported has reached the top: no node has anything left for its
 * parent.
 *
 * From the lowest nodes up: once a node's queue is empty, its parcels are committed at its parent and in that
 * one's queue. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/client.h"
#include "node/cli/import.h"

/* Parcels that the parent has not yet acknowledged; -1: the node does not answer. */
static json_int_t waiting_above(const struct qp_im_node *n)
{
    struct qp_client cl;
    char url[220];
    json_t *v = NULL;
    json_int_t sum = -1;
    snprintf(url, sizeof url, strchr(n->host, ':') ? "http://[%s]:%s" : "http://%s:%s", n->host, n->port);
    if (qp_client_to(&cl, url, n->token, NULL))
        return -1;
    cl.timeout_ms = 5000;
    if (!qp_client_json(&cl, "GET", "/api/v1/node", "Connection: close\r\n", NULL, &v, NULL)) {
        const json_t *q = json_object_get(json_object_get(v, "parent"), "queue");
        sum = json_integer_value(json_object_get(json_object_get(q, "urgent"), "parcels")) +
              json_integer_value(json_object_get(json_object_get(q, "bulk"), "parcels"));
    }
    json_decref(v);
    qp_client_close(&cl);
    return sum;
}

bool qp_im_drain(struct qp_import *im)
{
    struct qp_progress bar;
    int64_t until = qp_monotonic_us() + im->patience_us;
    size_t left = im->n;
    qp_progress_begin(&bar, im->cli, QP_TR(im->cli, "on the way up", "上行中"));
    while (left > 0 && qp_monotonic_us() < until) { /* children stand behind their parents in the list */
        if (waiting_above(&im->nodes[left - 1]) == 0) {
            left--;
            until = qp_monotonic_us() + im->patience_us;
            qp_progress_at(&bar, im->n - left, im->n);
        } else {
            qp_im_tree_again(im);
            usleep(20000);
        }
    }
    qp_progress_end(&bar);
    return left == 0;
}
