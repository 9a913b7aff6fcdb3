# SPDX-License-Identifier: LGPL-2.1-or-later
"""One event loop for everything that a test plays: all mocks and callers live in one thread, so that what happens
in which order is up to the script and not to a scheduler."""

import heapq
import itertools
import selectors
import time


class Loop:
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.timers = []
        self.counter = itertools.count()

    def watch(self, fd, handler):
        self.selector.register(fd, selectors.EVENT_READ, handler)

    def unwatch(self, fd):
        try:
            self.selector.unregister(fd)
        except (KeyError, ValueError):
            pass

    def later(self, seconds, function):
        heapq.heappush(self.timers, (time.monotonic() + seconds, next(self.counter), function))

    def turn(self, patience):
        """Waits for something to happen, and handles it."""
        now = time.monotonic()
        if self.timers:
            patience = min(patience, max(0, self.timers[0][0] - now))
        for key, _ in self.selector.select(patience):
            # An earlier handler of this turn may have closed this one.
            if self.selector.get_map().get(key.fd) is key:
                key.data()
        while self.timers and self.timers[0][0] <= time.monotonic():
            heapq.heappop(self.timers)[2]()

    def run(self, until, seconds):
        """Until the condition holds; returns whether it does."""
        end = time.monotonic() + seconds
        while not until():
            left = end - time.monotonic()
            if left <= 0:
                return False
            self.turn(left)
        return True

    def rest(self, seconds):
        """Goes on for a while, for what is not to happen."""
        self.run(lambda: False, seconds)
