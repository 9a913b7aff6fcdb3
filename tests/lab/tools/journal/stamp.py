# SPDX-License-Identifier: LGPL-2.1-or-later
"""How late lines are: reads lines from a pipe, prints the delays in ms as "median p95 count".

    … | stamp.py SECONDS [FIELD]        FIELD of a JSON object has the time, in µs; without: the last word of the line, in s
"""

import json
import os
import select
import statistics
import sys
import time

end = time.monotonic() + float(sys.argv[1])
field = sys.argv[2] if len(sys.argv) > 2 else None
delays, rest = [], b""
while time.monotonic() < end:
    if not select.select([0], [], [], max(end - time.monotonic(), 0))[0]:
        break
    data = os.read(0, 1 << 16)
    now = time.time()
    if not data:
        break
    *lines, rest = (rest + data).split(b"\n")
    for line in lines:
        try:
            when = json.loads(line)[field] / 1e6 if field else float(line.split()[-1])
        except (ValueError, KeyError, IndexError):
            continue
        delays.append((now - when) * 1000)
delays.sort()
print(f"{statistics.median(delays):.1f} {delays[int(len(delays) * 0.95)]:.1f} {len(delays)}" if delays else "none")
