"""The wall clock of nodes, set by a test: clock.c, which is loaded before the program."""

import datetime
import pathlib
import subprocess

from lib.small import NOBODY

ZONE = datetime.timezone(datetime.timedelta(hours=8))  # that of the trees: no hour of it is ever repeated


class Clock:
    """The wall clock of all nodes. Time goes on by itself between two settings. A node looks at it before it sleeps, so each is woken."""

    def __init__(self, checks, folder):
        self.nodes = []
        self.file, shim = folder / "clock", folder / "clock.so"
        source = pathlib.Path(__file__).with_name("clock.c")
        done = subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", shim, source, "-ldl"], capture_output=True)
        checks.check(done.returncode == 0, "the clock is built", done.stderr.decode())
        self.environment = {"LD_PRELOAD": str(shim), "QP_CLOCK_FILE": str(self.file)}
        self.date = self.hour = None

    def set(self, date, hour):
        self.date, self.hour = date, hour
        wanted = datetime.datetime.fromisoformat(f"{date}T{hour}:00").replace(tzinfo=ZONE)
        apart = wanted - datetime.datetime.now(datetime.timezone.utc)
        self.file.with_suffix(".new").write_text(str(round(apart.total_seconds() + 1)))
        self.file.with_suffix(".new").replace(self.file)
        for api in self.nodes:
            api.step(NOBODY, "progress", {"note": "wakes the node"})

    def at(self, hour):
        self.set(self.date, hour)
