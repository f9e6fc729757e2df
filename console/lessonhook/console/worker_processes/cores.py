"""Which core each process gets."""

import os


def cores_for(processes: int) -> list[str]:
    """Return a core for each process, as text; empty strings where the operating system chooses better.

    A process keeps a core only if there is exactly one core for each. With more processes some would share a core while
    another is free. With fewer, a second program that counts in the same way would be put on the same cores.
    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return [str(core) for core in cores] if len(cores) == processes else [""] * processes
