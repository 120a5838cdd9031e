"""The resources that the operating system grants to this process."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """Return the number of processor cores that this process may use, at least 1.

    Linux can restrict a process to some of the cores (`taskset`, containers, Slurm). On systems
    without such an affinity, all cores of the machine count.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
