"""What the pages say is so: the tests that they name, the lines to copy, and where their links lead."""

import ast
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lessonhook.producer import Recorded, Subscription, subscriptions
from lessonhook.producer.testing import Outbox
from tests.support.lms.completions import completion_dict
from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import ROOT

pytest_plugins = ["lessonhook.producer.testing"]

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
_LINK = re.compile(r"!?\[[^\]]*\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)")
_NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
_FILE = re.compile(r"`([\w./-]+\.(?:py|lua|md|json|toml|yml|js))`")
_FOR_CONTRIBUTORS = [
    ROOT / "CONTRIBUTING.md",
    *sorted(DOCS.glob("internals/*.md")),
    *sorted(DOCS.glob("decisions/*.md")),
]
#: Files of a project that uses lessonhook.
_OF_OTHERS = {"manage.py"}
_GIT = shutil.which("git") or "git"
_PYTHON = re.compile(r"^( *)```python\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


def _name(page: Path) -> str:
    return str(page.relative_to(DOCS))


def _blocks(page: str) -> list[str]:
    """Return the Python of a page, but for what is shown of a file."""
    found = [code for _, code in _PYTHON.findall((DOCS / page).read_text())]
    return [code for code in found if "--8<--" not in code]


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_test_that_a_page_names_is_there(page: Path) -> None:
    """A test that is renamed is renamed in the pages too."""
    for file, test in _NAMED_TEST.findall(page.read_text()):
        assert (ROOT / file).exists(), file
        assert not test or f"def {test}(" in (ROOT / file).read_text(), f"{file} has no {test}"


def test_every_bound_of_the_table_names_its_test() -> None:
    """Of each row what is controlled, the bound, and a test; that the test is there, the test above holds."""
    table = (DOCS / "security.md").read_text().partition("## What one company can cost the others")[2]
    rows = [line.strip("| ").split(" | ") for line in table.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    bounds = rows[2:]
    assert len(bounds) > 20
    assert [row for row in bounds if len(row) != 3 or not _NAMED_TEST.search(row[2])] == []


@pytest.mark.parametrize("page", _FOR_CONTRIBUTORS, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    """By its path, or by the end of it; `your_...` stands for a new one."""
    listed = subprocess.run(
        [_GIT, "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    there = [f"/{name}" for name in listed.stdout.splitlines()]
    named = {name for name in _FILE.findall(page.read_text()) if "your" not in name and name not in _OF_OTHERS}
    assert [name for name in sorted(named) if not any(each.endswith(f"/{name}") for each in there)] == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    """In the source as well, where it is read without being built."""
    broken = [target for target in _LINK.findall(page.read_text()) if target and not (page.parent / target).exists()]
    assert broken == []


def test_the_articles_sentences_each_have_a_test() -> None:
    """No row of the table goes without one."""
    rows = [line for line in (DOCS / "vendor-article.md").read_text().splitlines() if line.startswith('| "')]
    assert len(rows) >= 15
    assert [row for row in rows if not _NAMED_TEST.search(row)] == []


def test_the_payload_that_is_shown_is_the_sample() -> None:
    """Set out over many lines, and the same."""
    [shown] = re.findall(r"^```json\n(.*?)^```$", (DOCS / "receiving.md").read_text(), re.DOTALL | re.MULTILINE)
    assert json.loads(shown) == json.loads((DOCS / "contract" / "sample.json").read_bytes())


@pytest.mark.parametrize("page", ["lms.md", "receiving.md"])
def test_the_lines_to_copy_are_python(page: str) -> None:
    """They parse, each block by itself."""
    for code in _blocks(page):
        ast.parse(code)


def test_the_developers_lines_do_what_the_page_says(sent_completions: Outbox) -> None:
    """The completion is sent, the subscription saved, and no credential read back."""
    tell, many, past, save, *_ = _blocks("lms.md")
    subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example/hook"))
    told: dict[str, object] = {}
    exec(tell, told)  # noqa: S102 - the page's own lines
    assert getattr(told["result"], "recorded", None) is Recorded.QUEUED
    assert sent_completions[0].payload["user"]["custom_fields"] == {"Region": "North"}
    exec(many, told | {"completions": []})  # noqa: S102 - the page's own lines
    asked = {"completions_of": lambda _, since: [completion_dict(since)], "last_january": 1}
    exec(past, told | asked)  # noqa: S102 - the page's own lines
    assert [sent.backfill for sent in sent_completions] == [False, True]
    exec(save, {})  # noqa: S102 - the page's own lines
    assert subscriptions.list() == []


@pytest.mark.parametrize("page", sorted(DOCS.glob("decisions/[0-9]*.md")), ids=_name)
def test_a_decision_says_what_forced_it_what_follows_and_what_was_tried(page: Path) -> None:
    """Each has the same four headings and its number, and the list of all leads to it."""
    text = page.read_text()
    assert text.startswith(f"# {int(page.name[:4])}. ")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences", "What was tried"]
    assert f"({page.name})" in (DOCS / "decisions" / "index.md").read_text()


@pytest.mark.parametrize("picture", sorted((DOCS / "pictures").glob("*.svg")), ids=lambda picture: picture.name)
def test_a_picture_can_be_read_on_a_phone(picture: Path) -> None:
    """A window of 390 pixels leaves 343 of them: no letter is smaller than ten. Elsewhere it is as wide as drawn."""
    drawn = picture.read_text(encoding="utf-8")
    _, _, width, height = map(float, re.findall(r'viewBox="([^"]+)"', drawn)[0].split())
    sizes = [float(size) for size in re.findall(r'font-size(?:="|: )([\d.]+)', drawn)]
    assert min(sizes) * 343 / width >= 10
    shown_width, shown_height = (
        float(size) for size in re.findall(r'<svg [^>]*width="(\d+)" height="(\d+)"', drawn)[0]
    )
    assert shown_width * height / width == pytest.approx(shown_height, abs=1)
