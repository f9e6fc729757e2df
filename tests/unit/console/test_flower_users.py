"""The file with Flower's names and passwords: each line a pair, and no fault quotes one."""

from pathlib import Path

import pytest

from lessonhook.console.exits import Complaint
from lessonhook.console.flower_page.own_options import read_basic_auth


def test_each_line_is_a_pair(tmp_path: Path) -> None:
    """A password may have commas and colons, which the environment's list of them may not; blank lines are left out."""
    file = tmp_path / "users"
    file.write_text("ada:one,two:three\n\nben:four\n")
    assert read_basic_auth(str(file)) == ["ada:one,two:three", "ben:four"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("ada:one\nmarked\n", "entry 2 is not name:password"),
        (":marked\n", "entry 1 is not name:password"),
        ("marked:\n", "entry 1 is not name:password"),
        ("ada:m\u00e4rked\n", "beyond ASCII"),
    ],
)
def test_a_fault_is_named_and_no_value_is_quoted(tmp_path: Path, text: str, said: str) -> None:
    """Such a Flower would be open, or fail at each request, so it does not start."""
    file = tmp_path / "users"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Complaint, match=said) as caught:
        read_basic_auth(str(file))
    assert "marked" not in str(caught.value)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    """With the system's reason."""
    with pytest.raises(Complaint, match="No such file"):
        read_basic_auth(str(tmp_path / "users"))
