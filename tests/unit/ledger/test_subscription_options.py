"""An option of a subscription is declared once: what type checkers, people and Lua need beside it says the same."""

import re
from enum import Enum
from typing import Any, get_type_hints

import pytest

from lessonhook.console.cli import run
from lessonhook.desk import option_words
from lessonhook.ledger.subscriptions import (
    BodyOptions,
    CredentialsDict,
    LateCompletions,
    NoticeLanguage,
    Options,
    OptionsDict,
    body_options,
    every_body_option,
    new_signing_secret,
    options_of,
)
from lessonhook.producer import Acknowledgement, Subscription, SubscriptionView
from tests.support.rooms import ROOT

DECLARED = "ledger/lessonhook/ledger/subscriptions/options.py"
NAMES = list(options_of(Options))
#: A value of each type of option that is not its default.
VALUES: dict[object, Any] = {
    bool: True,
    int | None: 3,
    float | None: 2.5,
    Acknowledgement | None: Acknowledgement(status=201),
    tuple[int, ...] | None: (302, 409),
    LateCompletions: LateCompletions.SKIP,
    tuple[str, ...] | None: ("ada@acme.example",),
    NoticeLanguage: NoticeLanguage.DE,
}


def value_of(name: str) -> Any:
    """Return a value for an option."""
    annotation = Options.model_fields[name].annotation
    assert annotation in VALUES, f"give VALUES above a value of the type {annotation}"
    return VALUES[annotation]


def view_with(**options: Any) -> SubscriptionView:
    """Return the view of a subscription with these options."""
    fields = {"subscriber": "acme", "callback_url": "https://acme.example/hook", **options}
    if options.get("monthly_statement"):
        fields["signing_secret"] = new_signing_secret()
    return Subscription.model_validate(fields).view()


def test_every_field_of_the_options_is_declared_as_one() -> None:
    """A field without an `Option` would be in no help, in no list and in no page."""
    assert list(Options.model_fields) == NAMES, f"a field of {DECLARED} has no Option(...) in its Annotated type"


def test_the_keyword_arguments_are_the_declared_options() -> None:
    """Type checkers read literal code only, so names and types stand there a second time."""
    declared = {name: Options.model_fields[name].annotation for name in NAMES}
    assert get_type_hints(OptionsDict) == declared, (
        f"{DECLARED}: give OptionsDict the names and types of BodyOptions and Options"
    )


def test_of_each_credential_the_view_has_whether_it_is_set() -> None:
    """A credential without its keyword cannot be given; one without its `_set` cannot be seen."""
    secrets = [name for name, field in Subscription.model_fields.items() if "SecretStr" in str(field.annotation)]
    assert list(get_type_hints(CredentialsDict)) == secrets
    shown = [name for name in SubscriptionView.model_fields if name.endswith("_set")]
    assert shown == [f"{name}_set" for name in secrets]


@pytest.mark.parametrize("name", NAMES)
def test_a_declaration_says_all_that_people_read(name: str) -> None:
    """Help ends with a full stop and stays on one line; the table's phrase continues a sentence."""
    option = options_of(Options)[name]
    assert option.help.endswith(".")
    assert option.receiver_that
    assert not option.receiver_that.endswith(".")
    assert option.group is not None


def test_a_body_option_is_a_bool_with_a_word_of_its_own() -> None:
    """The ledger stores the words, joined by blanks, and compares them as one text."""
    words = [option.rendering for option in options_of(BodyOptions).values()]
    assert all(re.fullmatch(r"[a-z-]+", word) for word in words)
    assert len(set(words)) == len(words)
    assert {field.annotation for field in BodyOptions.model_fields.values()} == {bool}
    others = set(NAMES) - set(BodyOptions.model_fields)
    assert not any(options_of(Options)[name].rendering for name in others)


@pytest.mark.parametrize("name", BodyOptions.model_fields)
def test_a_rendering_names_its_options(name: str) -> None:
    """A process that only knows the words renders the same body; words of a newer release are ignored."""
    options = BodyOptions.model_validate({name: True})
    assert body_options(options.rendering) == options
    assert body_options(f"{options.rendering} newer") == options
    assert getattr(every_body_option(), name) is True


def test_the_words_of_renderings_never_change() -> None:
    """They are stored with each subscription: with another word, its saved options would be lost until it is put."""
    words = {name: option.rendering for name, option in options_of(BodyOptions).items()}
    released = {"external_user_ids": "external", "numeric_ids": "numeric", "deprecated_score": "score"}
    assert words | released == words


@pytest.mark.parametrize("name", [name for name in NAMES if options_of(Options)[name].in_lane])
def test_an_option_of_the_lane_is_a_number_that_the_scripts_read(name: str) -> None:
    """None is 0, which every script takes for unlimited or for the operator's setting; a choice is its place."""
    value = value_of(name)
    number = list(type(value)).index(value) if isinstance(value, Enum) else value
    numbers = Subscription.model_validate(
        {"subscriber": "acme", "callback_url": "https://acme.example", name: value}
    ).lane_numbers()
    assert numbers[name] == number
    assert set(numbers.values()) == {number, 0}
    lane = (ROOT / "ledger" / "lessonhook" / "ledger" / "lua" / "lane.lua").read_text(encoding="utf-8")
    assert f"'{name}'" in lane, f"read the field '{name}' of the subscription in lua/lane.lua"


def test_the_command_line_takes_each_option(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model has one for each of its fields."""
    monkeypatch.setenv("COLUMNS", "200")
    assert run(["subscriptions", "put", "--help"]) == 0
    said = capsys.readouterr().out
    for name, option in options_of(Options).items():
        parts = {f"{option.prefix}_{part}": each for part, each in options_of(Acknowledgement).items()}
        for parameter, each in parts.items() if option.prefix else [(name, option)]:
            assert f"--{parameter.replace('_', '-')}" in said
            assert each.help in said


@pytest.mark.parametrize("name", NAMES)
def test_a_set_option_is_shown_and_one_that_is_not_is_not(name: str) -> None:
    """In `lessonhook subscriptions show` and in the table."""
    assert list(option_words(view_with())) == []
    [said] = option_words(view_with(**{name: value_of(name)}))
    assert said.startswith(options_of(Options)[name].shown_as or name.replace("_", "-"))


@pytest.mark.parametrize("name", NAMES)
def test_the_documentation_has_each_option(name: str) -> None:
    """Its row is in the table for the LMS's developer, its name in the reference of the interface."""
    row = f"| `{name}` | {options_of(Options)[name].receiver_that} |"
    page = (ROOT / "docs" / "lms.md").read_text(encoding="utf-8")
    assert row in page.splitlines(), f"add this row to the table of options in docs/lms.md:\n{row}"
    reference = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    assert f"        - {name}\n" in reference, f"add {name} to the members of Subscription in docs/reference/api.md"
