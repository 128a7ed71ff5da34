#!/usr/bin/python3
"""Compares every board of every node of a running tree with the truth of truth.py, and every matter with its record.

    boards.py --state STATE [--data DIR | --made N] [--records N] [--depth N] [--plant NAME]

What is compared: at every node the boards by desk, source, category, area and month (opened, closed, open, overdue,
on_time, late; nothing visited); that every node lists exactly the matters it must know; that the root has each record once,
with its area, holder, desk, times and state; that each matter is held by exactly one node and no offer is open.
"""

import argparse
import collections
import concurrent.futures
import json
import pathlib
import sys
import time

from lib.check import Checks
from lib.client import Api
from truth import BYS, Truth, add_options, rows_of


def rfc3339(instant):
    return None if instant is None else instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def boards_of(truth, node):
    """(number of boards, differences) of one node."""
    api = Api(node["http"], node["token"])
    out = []
    for by in BYS:
        answer = api.get("/api/v1/board", by=by)
        if answer.status != 200:
            out.append(f"{node['path']} by={by}: {answer}")
        else:
            out += truth.differences(node["path"], by, answer.json)
    api.close()
    return out


def check_boards(checks, truth, nodes):
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for node, wrong in zip(nodes, pool.map(lambda n: boards_of(truth, n), nodes)):
            checks.check(not wrong, f"{node['path']}: {len(wrong)} differences", "\n    ".join(wrong[:20]))
    took = time.monotonic() - began
    checks.say(f"{len(nodes) * len(BYS)} boards of {len(nodes)} nodes compared in {took:.1f} s")


def wanted_item(r):
    """What the API must say of a record's matter."""
    return {"area": r.area, "holder": r.area, "desk": r.desk, "source": r.source, "category": r.category,
            "opened_at": rfc3339(r.opened), "closed_at": rfc3339(r.closed), "deadline": rfc3339(r.deadline)}


def check_records(checks, truth, items):
    """The root's list against the records, one by one."""
    by_ref = collections.defaultdict(list)
    for item in items:
        by_ref[item["source_ref"]].append(item)
    wrong = []
    for r in truth.records:
        found = by_ref.pop(r.ref, [])
        if len(found) != 1:
            wrong.append(f"record {r.ref} is there {len(found)} times")
            continue
        item = found[0]
        if r.closed and (item.get("result") == "duplicate") != r.duplicate:
            wrong.append(f"record {r.ref}: result {item.get('result')!r}, duplicate in the file: {r.duplicate}")
        if (item["state"] == "closed") != bool(r.closed):
            wrong.append(f"record {r.ref}: state is {item['state']}, closed in the file: {bool(r.closed)}")
        for name, value in wanted_item(r).items():
            if item.get(name) != value:
                wrong.append(f"record {r.ref}: {name} is {item.get(name)!r}, must be {value!r}")
    wrong += [f"source_ref {ref} is in no record" for ref in by_ref]
    checks.check(not wrong, f"{len(wrong)} differences between records and matters", "\n    ".join(wrong[:20]))
    checks.equal(len(items), len(truth.records), "matters at the root")


def check_duplicates(checks, truth, root, items, most=300):
    """Duplicates whose original is in the file are linked to it."""
    id_of = {item["source_ref"]: item["id"] for item in items}
    there = [r for r in truth.records if r.duplicate and r.of in id_of and r.ref in id_of]
    wrong = []
    for r in there[:: max(1, len(there) // most)]:
        m = root.matter(id_of[r.ref])
        if m.get("duplicate_of") not in (r.of, id_of[r.of]) or m.get("duplicate_of_id", m["duplicate_of"]) != id_of[r.of]:
            wrong.append(f"record {r.ref}: duplicate_of is {m.get('duplicate_of')!r}, linked to "
                         f"{m.get('duplicate_of_id')!r}; the original {r.of} is {id_of[r.of]}")
    checks.check(not wrong, f"{len(wrong)} duplicates not linked to their originals", "\n    ".join(wrong[:5]))


def lists_of(node, whole):
    api = Api(node["http"], node["token"])
    items = list(api.all_matters())
    api.close()
    if whole:
        return items
    return [(i["id"], i["holder"], bool(i.get("offered"))) for i in items]


def check_holders(checks, truth, nodes, root_items):
    """Exactly one node says of each matter that it holds it, and all who know the matter name that one."""
    began = time.monotonic()
    holder_at_root = {i["id"]: i["holder"] for i in root_items}
    holds = collections.Counter()
    offered = sum(1 for i in root_items if i.get("offered"))
    others = [n for n in nodes if n["path"] != truth.root]
    wrong, listed = [], len(root_items)
    holds.update(i["id"] for i in root_items if i["holder"] == truth.root)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for node, items in zip(others, pool.map(lambda n: lists_of(n, False), others)):
            path = node["path"]
            listed += len(items)
            if len(items) != truth.count(path):
                wrong.append(f"{path} lists {len(items)} matters, must know {truth.count(path)}")
            if len({i[0] for i in items}) != len(items):
                wrong.append(f"{path} lists a matter twice")
            for matter_id, holder, is_offered in items:
                offered += is_offered
                if holder == path:
                    holds[matter_id] += 1
                if holder_at_root.get(matter_id) != holder:
                    wrong.append(f"{matter_id}: {path} says {holder} holds it, the root says "
                                 f"{holder_at_root.get(matter_id)}")
    for matter_id, holder in holder_at_root.items():
        if holds[matter_id] != 1:
            wrong.append(f"{matter_id} ({holder}): {holds[matter_id]} nodes say that they hold it")
    wrong += [f"{m} is not known at the root" for m in holds.keys() - holder_at_root.keys()]
    checks.check(not wrong, f"{len(wrong)} differences about holders", "\n    ".join(wrong[:20]))
    checks.equal(offered, 0, "no offer is open")
    checks.say(f"{len(holder_at_root)} matters, {listed} list entries of {len(nodes)} nodes read in "
               f"{time.monotonic() - began:.1f} s, each matter with one holder")


def compare(checks, truth, state):
    """All of it; used by boston.py as well."""
    nodes = json.loads((pathlib.Path(state) / "nodes.json").read_text())
    checks.equal(sorted(n["path"] for n in nodes), truth.paths, "the nodes of the tree")
    nodes = [n for n in nodes if n["path"] in set(truth.paths)]
    check_boards(checks, truth, nodes)
    root_node = next(n for n in nodes if n["path"] == truth.root)
    items = lists_of(root_node, True)
    check_records(checks, truth, items)
    check_duplicates(checks, truth, Api(root_node["http"], root_node["token"]), items)
    check_holders(checks, truth, nodes, items)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--state", required=True, help="the folder of the running tree, with nodes.json")
    p.add_argument("--timeout", type=float, default=600, metavar="SECONDS")
    add_options(p)
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        rows, areas = rows_of(args)
        compare(checks, Truth(rows, areas, args.depth, plant=args.plant), args.state)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
