"""`python -m tests.anomaly`: run the matrix, print it, and end with 1 if any property was broken.

--only "together / deliver / worker.redis BRPOP 1 / READONLY" runs one case again.
"""

import argparse
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.anomaly.campaign import Campaign
from tests.anomaly.faults import ALL
from tests.anomaly.judge import PATIENT, Bounds
from tests.anomaly.matrix import failures, summary, table
from tests.anomaly.topology import Topology


def main() -> int:
    """Read the options, run, and print the matrix."""
    parser = argparse.ArgumentParser(prog="python -m tests.anomaly", description=__doc__)
    parser.add_argument("--runs", type=int, help="at most so many, picked by the seed; left out: all")
    parser.add_argument("--seed", type=int, default=1, help="decides which, and in which order")
    parser.add_argument("--worlds", type=int, default=3, help="how many at one time")
    parser.add_argument("--minutes", type=float, default=90.0, help="end after so long, whatever is left")
    parser.add_argument("--only", default="", help="run only the cases whose text has this in it")
    parser.add_argument("--topology", choices=list(Topology), action="append", help="run only these")
    parser.add_argument("--patient", action="store_true", help="on a busy machine: bounds that only a hang passes")
    options = parser.parse_args()
    # What an LMS's log has of its page; without a handler Python would write it between these lines.
    logging.getLogger("lessonhook").addHandler(logging.NullHandler())
    for name in [name for name in os.environ if name.startswith("LESSONHOOK_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="lessonhook-anomaly-") as directory:
        campaign = Campaign(
            Path(directory),
            options.seed,
            topologies=[Topology(name) for name in options.topology or Topology],
            worlds=options.worlds,
            runs=options.runs,
            ends=time.monotonic() + options.minutes * 60,
            only=options.only,
            bounds=PATIENT if options.patient else Bounds(),
        )
        results = campaign.run()
    lines = [*table(results, [fault.name for fault in ALL]), *failures(results), *summary(results)]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if any(result.wrong for result in results if result.struck) or not results else 0


if __name__ == "__main__":
    sys.exit(main())
