"""Counts what passed and what failed, bounds the time, and always undoes what a program started.

Every program of this folder makes one Checks, says `check(condition, sentence)` and ends with `finish()`, which prints
`N passed, N failed` and gives the exit status. What was started is handed to `undo`; it is stopped in reverse order, also
after an exception, a time-out, Ctrl-C or SIGTERM.
"""

import atexit
import shutil
import signal
import sys
import time
import traceback


class TimeUp(Exception):
    pass


class Checks:
    def __init__(self, timeout_s=600, quiet=False, most_shown=20):
        self.passed = 0
        self.failed = 0
        self.quiet = quiet
        self.most_shown = most_shown
        self.undos = []
        self.began = time.monotonic()
        signal.signal(signal.SIGALRM, self._time_up)
        signal.signal(signal.SIGTERM, self._stopped)
        signal.setitimer(signal.ITIMER_REAL, timeout_s)
        self.timeout_s = timeout_s
        atexit.register(self._undo_all)

    def _time_up(self, _signal, _frame):
        signal.setitimer(signal.ITIMER_REAL, 60)  # once more, should the undoing hang
        raise TimeUp(f"not done after {self.timeout_s} s")

    def _stopped(self, _signal, _frame):
        raise KeyboardInterrupt

    def undo(self, call):
        """`call()` is run at the end, the last one first."""
        self.undos.append(call)

    def _undo_all(self):
        while self.undos:
            try:
                self.undos.pop()()
            except Exception:  # the others must still be undone
                traceback.print_exc()

    def check(self, ok, sentence, detail=""):
        """One thing that must hold. Returns `ok`, so that what depends on it can be left out."""
        if ok:
            self.passed += 1
            return True
        self.failed += 1
        if self.failed <= self.most_shown:
            print(f"FAILED: {sentence}" + (f"\n    {detail}" if detail != "" else ""), flush=True)
        elif self.failed == self.most_shown + 1:
            print("FAILED: more of this, not shown", flush=True)
        return False

    def equal(self, found, wanted, sentence):
        return self.check(found == wanted, sentence, f"found {short(found)}, wanted {short(wanted)}")

    def have(self, *programs):
        """Whether they are installed. A check that cannot be made has not passed: what is missing fails."""
        missing = [p for p in programs if not shutil.which(p)]
        return self.check(not missing, f"{', '.join(programs)} can be run", f"missing: {', '.join(missing)}; deploy/packages --tests installs them")

    def say(self, text):
        if not self.quiet:
            print(f"[{time.monotonic() - self.began:6.1f} s] {text}", flush=True)

    def run(self, main):
        """Runs `main()` and ends the process: 0 all passed, 1 something failed or broke."""
        try:
            main()
        except KeyboardInterrupt:
            self.check(False, "stopped from outside")
        except SystemExit as e:
            if e.code not in (0, None):
                self.check(False, f"given up: {e.code}")
        except Exception as e:
            traceback.print_exc()
            self.check(False, f"broke off: {type(e).__name__}: {e}")
        signal.setitimer(signal.ITIMER_REAL, 60)
        self._undo_all()
        signal.setitimer(signal.ITIMER_REAL, 0)
        if self.passed + self.failed == 0:
            self.check(False, "nothing was checked")
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed else 0)


def short(value, most=300):
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= most else text[:most] + f"… ({len(text)} characters)"


def wait_until(call, seconds, every=0.1):
    """Calls until the answer is true; the last answer."""
    until = time.monotonic() + seconds
    while True:
        answer = call()
        if answer or time.monotonic() >= until:
            return answer
        time.sleep(every)
