#!/usr/bin/env python3
"""A file that was attached at a community, read at the city three hops above (FileAsked, node/core/pull.h): a table.

    file.py [--bytes N...]      a tree of four levels; a sample is from the city's first question until it has the whole file
"""

import hashlib
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
from lib import small  # noqa: E402
from lib.check import Checks, wait_until  # noqa: E402
from lib.small import CITY, COMMUNITY  # noqa: E402
from lib.tree import options, scratch  # noqa: E402


def one(checks, apis, size):
    """Seconds until the city has it, and how many times it had to ask its node."""
    data = random.Random(size).randbytes(size)
    sent = apis[COMMUNITY].call("POST", "/api/v1/blobs", data, {"Content-Type": "application/pdf"})
    name = sent.json["hash"]
    matter = small.report(apis[COMMUNITY], attachments=[name])["id"]
    wait_until(lambda: apis[CITY].get(f"/api/v1/matters/{matter}").status == 200, 20)
    began = time.perf_counter()
    answer = wait_until(lambda: (a := apis[CITY].get(f"/api/v1/blobs/{name}")).status == 200 and a, 300, 0.005)
    took = time.perf_counter() - began
    checks.check(answer and hashlib.sha256(answer.body).hexdigest() == hashlib.sha256(data).hexdigest(), f"{size} bytes come whole")
    print(f"{size:>10} bytes {took * 1e3:10.0f} ms {size / took / 1024:10.0f} KiB/s", flush=True)


def main():
    parser = options(__doc__, 600)
    parser.add_argument("--bytes", type=int, nargs="+", default=[1000, 400_000, 400_000, 5_000_000, 20_000_000])
    args = parser.parse_args()
    checks = Checks(args.timeout)

    def body():
        apis = small.start(checks, args, scratch(checks, args, "bench-file")).apis()
        for i, size in enumerate(args.bytes):
            one(checks, apis, size + i)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
