"""A progress bar with the time left, on standard error. On a terminal it is one line that is
written over; elsewhere (a log) a line every half minute."""

import sys
import time


class Progress:
    """expected: seconds that each step, named by any key, will probably take."""
    WIDTH = 30

    def __init__(self, expected):
        self.expected, self.done = dict(expected), set()
        self.terminal, self.shown = sys.stderr.isatty(), 0.0

    def skip(self, key):
        """The step will not be made."""
        self.expected.pop(key, None)

    def learn(self, key, seconds):
        """A better guess, of a step that is to come."""
        if key in self.expected and key not in self.done:
            self.expected[key] = seconds

    def finish(self, key, seconds):
        self.done.add(key)
        self.expected[key] = seconds

    def left(self):
        return sum(s for key, s in self.expected.items() if key not in self.done)

    def show(self, text):
        left, total = self.left(), sum(self.expected.values())
        part = 1 - left / total if total else 1.0
        bar = ("#" * int(part * self.WIDTH)).ljust(self.WIDTH, ".")
        minutes, seconds = divmod(round(left), 60)
        line = f"[{bar}] {part:4.0%}  {minutes}:{seconds:02} left  {text}"
        if self.terminal:
            print(f"\r\033[K{line[:110]}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self.shown > 30:
            self.shown = time.monotonic()
            print(line, file=sys.stderr, flush=True)

    def line(self, text):
        """Prints a line that stays."""
        print(f"\r\033[K{text}" if self.terminal else text, file=sys.stderr, flush=True)

    def clear(self):
        if self.terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
