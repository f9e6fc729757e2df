"""Each id is the first one once: in memory, in SQLite, and with many calls at a time."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from lessonhook.receiver import MemorySeenIds, SeenIds, SqliteSeenIds
from tests.support.patience import PATIENCE_SECONDS

AT_ONCE = 8
DAY = 86_400


def test_an_id_is_the_first_one_once() -> None:
    """In memory; a result that could not be stored makes it a first one again."""
    seen = MemorySeenIds()
    assert [seen.first_time("a"), seen.first_time("b"), seen.first_time("a")] == [True, True, False]
    seen.forget("a")
    seen.forget("never there")
    assert seen.first_time("a")


def test_the_memory_is_bounded() -> None:
    """The oldest ids are forgotten first."""
    seen = MemorySeenIds(at_most=2)
    assert [seen.first_time(each) for each in "abc"] == [True] * 3
    assert len(seen) == 2
    assert not seen.first_time("c")
    assert seen.first_time("a")
    with pytest.raises(ValueError, match="at_most"):
        MemorySeenIds(at_most=0)


def test_an_id_and_its_result_are_stored_together_or_not_at_all(tmp_path: Path) -> None:
    """If the result can't be written, the id is gone too, and the repeat is stored."""
    with closing(sqlite3.connect(tmp_path / "results")) as database:
        seen = SqliteSeenIds(database)

        def store(*, fails: bool) -> bool:
            with database:
                first = seen.first_time("a")
                if fails:
                    raise OSError
            return first

        with pytest.raises(OSError):  # noqa: PT011 - raised above
            store(fails=True)
        assert [store(fails=False), store(fails=False)] == [True, False]
    with closing(sqlite3.connect(tmp_path / "results")) as another, another:
        assert not SqliteSeenIds(another).first_time("a")


def _in_memory(_: Path) -> Callable[[], bool]:
    seen: SeenIds = MemorySeenIds()
    return lambda: seen.first_time("a")


def _in_sqlite(folder: Path) -> Callable[[], bool]:
    def first() -> bool:
        with closing(sqlite3.connect(folder / "results", timeout=PATIENCE_SECONDS)) as database, database:
            return SqliteSeenIds(database).first_time("a")

    return first


@pytest.mark.parametrize("store", [_in_memory, _in_sqlite], ids=["memory", "sqlite"])
def test_of_many_calls_at_once_one_is_the_first(store: Callable[[Path], Callable[[], bool]], tmp_path: Path) -> None:
    """As when two workers of the receiver get the same POST."""
    first_time = store(tmp_path)
    barrier = Barrier(AT_ONCE)

    def call(_: int) -> bool:
        barrier.wait(60)
        return first_time()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sorted(pool.map(call, range(AT_ONCE))) == [False] * (AT_ONCE - 1) + [True]


def test_old_ids_are_deleted_as_new_ones_come() -> None:
    """The table stays as large as the kept days make it; one that comes again within them is a repeat."""
    clock = 0.0
    with closing(sqlite3.connect(":memory:")) as database:
        seen = SqliteSeenIds(database, kept_days=40, clock=lambda: clock)
        with database:
            assert all(seen.first_time(f"old-{number}") for number in range(150))
        clock = 40.0 * DAY
        with database:
            assert not seen.first_time("old-149")
        clock += 1
        for number in range(2):
            with database:
                assert seen.first_time(f"new-{number}")
        (left,) = database.execute("SELECT count(*) FROM webhook_seen").fetchone()
        assert left == 2
    with pytest.raises(ValueError, match="kept_days"):
        SqliteSeenIds(database, kept_days=0)
