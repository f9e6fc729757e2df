"""`manage.py publish_completions`: all lines or none, and every problem by its line."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from lessonhook.producer import Subscription, send_completion, subscriptions
from lessonhook.producer.management.commands import publish_completions
from lessonhook.producer.sample import sample_event
from lessonhook.producer.testing import Outbox, recording
from tests.support.lms.django_here import set_up_django


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    """Record what is sent, with a subscription for `acme`."""
    set_up_django()
    with recording(send_completion) as outbox:
        subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example/hook"))
        yield outbox


def published(directory: Path, *lines: str) -> str:
    """Run the command on a file of these lines, and return what it wrote."""
    file, out = directory / "completions.jsonl", StringIO()
    file.write_text("\n".join(lines), encoding="utf-8")
    call_command(publish_completions.Command(), str(file), stdout=out)
    return out.getvalue()


def line(subscriber: str, event_id: str) -> str:
    """Return a line of the file."""
    return sample_event(subscriber, event_id).model_dump_json()


def test_a_file_is_published(outbox: Outbox, tmp_path: Path) -> None:
    """With a count of what was there already, and of what nobody wants."""
    lines = [line("acme", "one"), "", line("acme", "two"), line("acme", "one"), line("nobody", "three")]
    said = published(tmp_path, *lines)
    assert said.strip() == "4 completions: 2 recorded, 1 known already, 1 for subscribers without a subscription"
    assert [sent.id for sent in outbox] == ["one", "two"]


def test_nothing_is_published_if_a_line_is_wrong(outbox: Outbox, tmp_path: Path) -> None:
    """The line is named, empty ones counted, and nothing of it is quoted."""
    wrong = json.dumps({**json.loads(line("acme", "two")), "completed_at": "marked"})
    with pytest.raises(CommandError) as raised:
        published(tmp_path, line("acme", "one"), "", wrong)
    assert "line 3: completed_at: " in str(raised.value)
    assert "marked" not in str(raised.value)
    assert len(outbox) == 0


def test_every_wrong_line_is_named_whatever_is_wrong_with_it(outbox: Outbox, tmp_path: Path) -> None:
    """In their order, so that the file is corrected once; a line that is no JSON hides none behind it."""
    late = json.dumps({**json.loads(line("acme", "two")), "completed_at": "marked"})
    with pytest.raises(CommandError) as raised:
        published(tmp_path, line("acme", "one"), "{", "null", late, "[")
    said = str(raised.value).splitlines()
    assert [each.split(": ")[:2] for each in said[1:]] == [
        ["line 2", "is not JSON"],
        ["line 3", said[2].split(": ")[1]],
        ["line 4", "completed_at"],
        ["line 5", "is not JSON"],
    ]
    assert len(outbox) == 0


def test_no_more_wrong_lines_are_named_than_fit_a_screen(outbox: Outbox, tmp_path: Path) -> None:
    """And the last line says how many more there are."""
    with pytest.raises(CommandError) as raised:
        published(tmp_path, *["{"] * 1_050)
    said = str(raised.value).splitlines()
    assert (len(said), said[0], said[20], said[21]) == (
        22,
        "Nothing was published.",
        "line 20: is not JSON",
        "and 1,030 more lines",
    )
    assert len(outbox) == 0


def test_a_line_that_is_too_deep_is_not_json_either(outbox: Outbox, tmp_path: Path) -> None:
    """Python's reader gives up on it with an error of its own."""
    with pytest.raises(CommandError, match="line 2: is not JSON"):
        published(tmp_path, line("acme", "one"), "[" * 100_000)
    assert len(outbox) == 0


def test_a_file_that_is_not_utf_8_is_refused_in_words(outbox: Outbox, tmp_path: Path) -> None:
    """As one that a spreadsheet wrote; the error of Python would quote it."""
    file = tmp_path / "completions.jsonl"
    file.write_text(f"{line('acme', 'one')}\nMarked Müller\n", encoding="latin-1")
    with pytest.raises(CommandError, match="the file is not UTF-8") as raised:
        call_command(publish_completions.Command(), str(file))
    assert raised.value.__context__ is None or raised.value.__suppress_context__
    assert len(outbox) == 0


def test_redis_that_is_down_is_said_in_words(outbox: Outbox, tmp_path: Path) -> None:
    """As an error of the command, with no traceback."""
    with outbox.redis_down(), pytest.raises(CommandError, match="Redis did not confirm"):
        published(tmp_path, line("acme", "one"))
