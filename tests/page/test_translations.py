"""Every text of the page goes through a catalogue, and every catalogue has every text."""

import ast
import re
import string
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from lessonhook.ledger import Reason, State
from lessonhook.page import LANGUAGES
from lessonhook.page.translation import translation_of
from lessonhook.page.wording import STATES, reason_words
from lessonhook.worker.notices.notice_text import seen_words, texts_of
from tests.support.rooms import ROOT

PAGE = ROOT / "page" / "lessonhook" / "page"
#: Shown as they are in every language.
_NAMES = frozenset({"✓", "!", "…"})
_IN_TEMPLATES = re.compile(r"""_\((["'])(.*?)\1\)""")
#: `marks` and `copied` write attributes into a tag.
_MARKUP = re.compile(
    r"\{% macro (?:marks|copied).*?endmacro %\}|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<[^>]*>", re.DOTALL
)
_TEMPLATES = sorted((PAGE / "templates").glob("*.html"))
_TRANSLATED = sorted(set(LANGUAGES) - {"en"})


def _of_python() -> set[str]:
    found = set()
    for path in PAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            if name in {"text", "gettext"} and isinstance(first, ast.Constant):
                found.add(str(first.value))
    return found


def _of_templates() -> set[str]:
    return {match[2] for path in _TEMPLATES for match in _IN_TEMPLATES.finditer(path.read_text(encoding="utf-8"))}


def _catalogue(language: str) -> dict[str, str]:
    with (PAGE / "translations" / f"{language}.po").open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file, locale=language) if each.id}


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", _TRANSLATED)
def test_a_catalogue_has_each_text_and_no_other(language: str) -> None:
    """Translated, none left empty."""
    catalogue = _catalogue(language)
    assert set(catalogue) == _of_python() | _of_templates()
    assert [text for text, translated in catalogue.items() if not translated.strip()] == []


@pytest.mark.parametrize("language", _TRANSLATED)
def test_a_translation_has_the_places_of_its_text(language: str) -> None:
    """A place that is missing would hide a fact; another one would be an error 500."""
    for text, translated in _catalogue(language).items():
        assert _fields(translated) == _fields(text), text


@pytest.mark.parametrize("template", _TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_text_of_its_own(template: Path) -> None:
    """Letters outside of tags and of `_(…)` would be English for everybody."""
    plain = _MARKUP.sub(" ", template.read_text(encoding="utf-8"))
    assert re.findall(r"[A-Za-z]{2,}", plain) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_by_mail_uses_the_words_of_the_page(language: str) -> None:
    """Why an attempt failed, and the name of the button to press: a person who comes from the mail finds both here."""
    t = translation_of(language)
    outcomes: list[tuple[str, int | None]] = [(str(reason), None) for reason in Reason if reason is not Reason.STATUS]
    outcomes += [("status", status) for status in range(300, 600)]
    for reason, status in outcomes:
        seen = reason if status is None else f"{reason} {status}"
        assert seen_words(language, seen) == reason_words(t, reason, status), seen
    assert t.gettext("Send what waits") in texts_of(language)["paused"]


def test_each_state_has_its_words() -> None:
    """A state that is new in the ledger would be an error 500 here."""
    assert set(STATES) == set(State)


def test_there_is_a_catalogue_for_each_language() -> None:
    """English is in the code."""
    assert sorted(path.stem for path in (PAGE / "translations").glob("*.po")) == _TRANSLATED


@pytest.mark.parametrize("tag", [*LANGUAGES, "en-GB", "pt-BR"])
def test_the_month_of_a_date_is_a_word(tag: str) -> None:
    """11/8/26 is a day in November here and one in August there. Chinese and Japanese write the month's sign."""
    translation = translation_of(tag)
    when = datetime(2026, 11, 8, 15, 4, tzinfo=UTC)
    for said in (translation.moment(when), translation.day(when.date()), translation.named_day(when)):
        assert not re.search(r"\d\W+\d+\W+\d", said.partition("2026")[0])
        assert re.search(r"11月|[^\W\d]{3}", said.replace("UTC", ""))
        assert "2026" in said


def test_a_time_has_its_minutes_and_says_that_it_is_utc() -> None:
    """Joined to its date as the language does it."""
    when = datetime(2026, 11, 8, 15, 4, tzinfo=UTC)
    assert translation_of("en").moment(when).replace("\u202f", " ") == "Nov 8, 2026, 3:04 PM UTC"
    assert translation_of("de").moment(when) == "8. Nov. 2026, 15:04 UTC"
    assert translation_of("ja").moment(when) == "2026年11月8日 15:04 UTC"
