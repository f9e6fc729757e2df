"""The tables, one for each scenario: ratios first, then what they are ratios of."""

from bench.report.capacity import REDIS_CASES, redis_microseconds
from bench.report.figures import TIMES, Figures, number
from bench.report.markdown import picture, table
from bench.rows import ROWS


def _title(row: str) -> str:
    return f"**{ROWS[row].title}**" if row == "lessonhook" else ROWS[row].title


def deliveries(figures: Figures) -> list[str]:
    """Return a table for each case: how fast, and the CPU time of one delivery."""
    lines = ["## Deliveries a second", "", *picture("deliveries", "Deliveries a second")]
    for case in figures.cases("deliveries"):
        lines += [f"### {case[0].upper()}{case[1:]}", ""]
        rows = []
        for row in figures.rows("deliveries", case):
            worker, server = (
                figures.value("deliveries", case, row, f"{name}_microseconds") for name in ("worker", "server")
            )
            rows.append(
                (
                    _title(row),
                    number(figures.ratio("deliveries", case, row, "plain"), 2, TIMES),
                    number(figures.value("deliveries", case, row, "per_second")),
                    number(worker),
                    number(server),
                    number(figures.value("deliveries", case, row, "connections")),
                )
            )
        heads = ("", "to the plain task", "a second", "worker CPU µs each", "Redis CPU µs each", "connections opened")
        lines += table(heads, rows)
    return lines


def publish(figures: Figures) -> list[str]:
    """Return the table of `.delay()`."""
    rows = []
    plain = figures.value("publish", "into a backlog", "plain", "per_second")
    for case in figures.cases("publish"):
        for row in figures.rows("publish", case):
            rate = figures.value("publish", case, row, "per_second")
            where = f", {case}" if row == "lessonhook" else ""
            rows.append(
                (
                    f"{_title(row)}{where}",
                    number(rate / plain, 2, TIMES),
                    number(rate),
                    number(figures.value("publish", case, row, "p50_ms"), 2),
                    number(figures.value("publish", case, row, "p99_ms"), 2),
                    number(figures.value("publish", case, row, "server_microseconds")),
                )
            )
    heads = ("", "to the plain task", "`.delay()` a second", "p50 ms", "p99 ms", "Redis CPU µs each")
    return ["## Publishing", "", *picture("publish", "Calls of .delay() a second"), *table(heads, rows)]


def imports(figures: Figures) -> list[str]:
    """Return the table of an import by `.delay_many()`, and of what a neighbour feels."""
    names = {
        "loop_per_second": ("completions a second, a loop with `.delay()`", 0),
        "many_per_second": ("completions a second, one `.delay_many()`", 0),
        "server_microseconds": ("Redis CPU µs each, in `.delay_many()`", 0),
        "past_per_second": ("completions of the past recorded a second, one `.backfill()`", 0),
        "past_delivered_per_second": ("completions of the past delivered a second, of 5 that the settings allow", 1),
        "alone_p50_ms": ("a neighbour before the import: p50 ms", 1),
        "alone_p99_ms": ("p99 ms", 1),
        "beside_p50_ms": ("the same neighbour during the import and its deliveries: p50 ms", 1),
        "beside_p99_ms": ("p99 ms", 1),
    }
    rows = [
        (text, number(figures.value("imports", "imports", "lessonhook", name), digits))
        for name, (text, digits) in names.items()
    ]
    return ["## An import", "", *table(("", ""), rows)]


def fairness(figures: Figures) -> list[str]:
    """Return the table of what the healthy feel."""
    rows = []
    for case in figures.cases("fairness"):
        for row in figures.rows("fairness", case):
            calm = figures.value("fairness", "0 hang", row, "p99_ms")
            p99 = figures.value("fairness", case, row, "p99_ms")
            rows.append(
                (
                    f"{case}: {_title(row)}",
                    number(p99 / calm, 1, TIMES),
                    number(figures.value("fairness", case, row, "p50_ms"), 1),
                    number(p99, 1),
                    number(figures.value("fairness", case, row, "worst_ms"), 1),
                    number(figures.value("fairness", case, row, "arrived") * 100, 1, " %"),
                )
            )
    heads = ("", "p99 to 0 hanging", "p50 ms", "p99 ms", "worst ms", "arrived")
    return ["## Fairness", "", *picture("fairness", "p99 of the healthy"), *table(heads, rows)]


def waiting(figures: Figures) -> list[str]:
    """Return the table of POSTs that wait at once in one process."""
    names = {
        "waiting": ("POSTs that wait at once in one worker process", 0),
        "bytes_each": ("bytes of the worker's memory, each", 0),
        "alone_p50_ms": ("a healthy subscriber before that: p50 ms", 1),
        "alone_p99_ms": ("p99 ms", 1),
        "beside_p50_ms": ("the same subscriber beside them: p50 ms", 1),
        "beside_p99_ms": ("p99 ms", 1),
    }
    rows = [
        (text, number(figures.value("waiting", "waiting", "lessonhook", name), digits))
        for name, (text, digits) in names.items()
    ]
    return ["## Many slow endpoints", "", *table(("", ""), rows)]


def capacity(figures: Figures) -> list[str]:
    """Return how many events a second one Redis carries, ledger and broker, computed from its CPU time."""
    rows = []
    for case, where in REDIS_CASES:
        publishing, delivering = redis_microseconds(figures, case, where)
        rows.append((case, number(publishing), number(delivering), number(1e6 / (publishing + delivering))))
    heads = ("", "Redis CPU µs to publish", "to deliver", "events a second")
    text = "Redis runs commands on one core. This is how many events fit into a second of it; nothing was saturated."
    return ["### One Redis, computed from its CPU time", "", text, "", *table(heads, rows)]


def long(figures: Figures) -> list[str]:
    """Return the table of ten minutes beside a subscriber that publishes all the time."""
    names = {
        "minutes": ("minutes", 0),
        "delivered": ("events delivered to the one subscriber in that time", 0),
        "alone_p50_ms": ("the others before that: p50 ms", 1),
        "alone_p99_ms": ("p99 ms", 1),
        "beside_p50_ms": ("the others beside it: p50 ms", 1),
        "beside_p99_ms": ("p99 ms", 1),
        "worker_megabytes_grown": ("MB by which the worker grew", 1),
    }
    rows = [
        (text, number(figures.value("long", "long", "lessonhook", name), digits))
        for name, (text, digits) in names.items()
    ]
    head = "## One subscriber publishes 1,000 events a second"
    return [head, "", "`make bench BENCH=--long`; one worker process.", "", *table(("", ""), rows)]


def outage(figures: Figures) -> list[str]:
    """Return what an endpoint that is down costs."""
    names = {
        "events": ("events behind the endpoint", 0),
        "bytes_an_event": ("bytes in Redis, each", 0),
        "worker_bytes_an_event": ("bytes in the worker's memory, each", 0),
        "posts_to_the_dead": ("POSTs that the dead endpoint saw", 0),
        "drain_seconds": ("seconds to drain, from one fresh event on", 1),
        "others_p99_ms": ("p99 of the others during the drain, ms", 1),
        "bytes_a_delivered_event": ("bytes in Redis of a delivered event", 0),
    }
    rows = [
        (text, *(number(figures.value("outage", "outage", row, name), digits) for row in ("lessonhook", "plain")))
        for name, (text, digits) in names.items()
    ]
    return ["## One endpoint down", "", *table(("", "lessonhook", "plain task"), rows)]


def growth(figures: Figures) -> list[str]:
    """Return what a transition costs at each size."""
    lines = ["## Growth", "", *picture("growth", "Cost of a transition")]
    for case, text in (("subscribers", "subscribers"), ("held", "events held")):
        rows = []
        for size in figures.rows("growth", case):
            costs = (
                number(figures.value("growth", case, size, f"{name}_microseconds"))
                for name in ("server", "record", "admit", "settle")
            )
            memory = number(figures.value("growth", case, size, "bytes_an_event"))
            rows.append((f"{int(size):,} {text}", *costs, memory))
        heads = ("", "server µs a transition", "record µs", "admit µs", "settle µs", "bytes an event")
        lines += table(heads, rows)
    return lines


def limits(figures: Figures) -> list[str]:
    """Return what the machine itself can do."""
    loop = figures.value("limits", "limits", "session-loop", "per_second")
    receiver = figures.value("limits", "limits", "session-loop", "receiver_microseconds")
    script = figures.value("limits", "limits", "evalsha", "per_second")
    rows = [
        ("one `requests.Session` in one thread, POSTs a second", number(loop)),
        ("the receiver's own CPU time for a POST, µs", number(receiver)),
        ("the smallest script, EVALSHA a second (the server's own benchmark, 50 clients)", number(script)),
    ]
    return ["## Limits of this machine", "", *table(("", ""), rows)]
