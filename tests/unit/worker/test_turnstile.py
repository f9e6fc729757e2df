"""What has ended passes one by one, and a slow one is not waited for."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lessonhook.worker.turnstile import Turnstile, Turnstiles

_AT_ONCE = 8
_PASSES = 200


@pytest.mark.parametrize("left_to_others", [0.0, 2.0])
def test_one_passes_at_a_time(left_to_others: float) -> None:
    """However many come at the same moment, the interpreter has one of them to share with others."""
    turnstile = Turnstile(patience_seconds=60, left_to_others=left_to_others)
    inside: list[int] = []
    together: list[int] = []
    start = threading.Barrier(_AT_ONCE)

    def pass_often(number: int) -> None:
        start.wait(60)
        for _ in range(_PASSES // _AT_ONCE):
            with turnstile.passing():
                inside.append(number)
                together.append(len(inside))
                inside.remove(number)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(pass_often, range(_AT_ONCE)))
    assert together == [1] * _PASSES


def test_one_that_takes_long_is_not_waited_for() -> None:
    """A settle that waits for a Redis which is away holds up no other for long."""
    turnstile = Turnstile(patience_seconds=0.01)
    passed, let_go = threading.Event(), threading.Event()

    def stay() -> None:
        with turnstile.passing():
            passed.set()
            let_go.wait(60)

    with ThreadPoolExecutor(1) as thread:
        staying = thread.submit(stay)
        assert passed.wait(60)
        with turnstile.passing():
            assert not staying.done()
        let_go.set()
        staying.result(60)
    # The one that was not waited for gave nothing back that was not its own.
    with turnstile.passing():
        pass


def test_an_error_lets_the_next_one_pass() -> None:
    """What goes wrong inside stays with whom it went wrong for."""
    turnstile = Turnstile(patience_seconds=60)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="went wrong"), turnstile.passing():
            raise RuntimeError("went wrong")


def test_nobody_waits_for_another_kind() -> None:
    """A wave of failures holds up no acceptance, and no company's backlog another company's."""
    turnstiles = Turnstiles()
    failed = turnstiles.of("acme", accepted=False, in_place=False)
    fresh = turnstiles.of("acme", accepted=True, in_place=False)
    backlog = turnstiles.of("acme", accepted=True, in_place=True)
    assert len({failed, fresh, backlog}) == 3
    assert turnstiles.of("globex", accepted=False, in_place=True) is failed
    assert turnstiles.of("globex", accepted=True, in_place=False) is fresh
    assert turnstiles.of("globex", accepted=True, in_place=True) is not backlog
    assert turnstiles.of("acme", accepted=True, in_place=True) is backlog
