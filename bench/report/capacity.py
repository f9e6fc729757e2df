"""How much one Redis carries, computed from the CPU time that it takes for an event: two cores cannot saturate one."""

from typing import Final

from bench.report.figures import Figures

#: A case of the deliveries, and the case of publishing that fills it.
REDIS_CASES: Final = (("fresh", "into free slots"), ("backlog", "into a backlog"))


def redis_microseconds(figures: Figures, case: str, where: str) -> tuple[float, float]:
    """Return what an event takes to be published, and to be delivered."""
    publishing = figures.value("publish", where, "lessonhook", "server_microseconds")
    return publishing, figures.value("deliveries", case, "lessonhook", "server_microseconds")


def per_second(figures: Figures, case: str, where: str) -> float:
    """Return how many events a second that is; NaN where it was not measured."""
    return 1e6 / sum(redis_microseconds(figures, case, where))
