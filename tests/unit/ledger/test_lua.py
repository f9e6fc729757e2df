"""The Lua scripts as Redis gets them: each header is true, no rule is sent in vain, and luacheck has nothing to say."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lessonhook.ledger import Policy
from lessonhook.ledger.transitions.assembly import RULES, TRANSITIONS, library, lua, source
from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import ROOT
from tests.support.stored_format import LUA

_INPUT = re.compile(r"\b(?:KEYS|ARGV)\[\d+\]")
#: All arguments from a number on.
_REST = re.compile(r"(?:unpack\(ARGV, |for i = )(\d+)(?:\)|, #ARGV)")
_WORDS_AT_MOST = 25


def _header(name: str) -> str:
    """Return the comment that a file begins with."""
    lines = lua(name).splitlines()
    end = next(number for number, line in enumerate(lines) if not line.startswith("--"))
    return "\n".join(lines[:end])


@pytest.mark.parametrize("transition", TRANSITIONS)
def test_a_header_names_each_key_and_argument_that_the_script_uses(transition: str) -> None:
    """By number, those that a rule uses included, and none that nothing uses."""
    named = re.findall(r"^--   ((?:KEYS|ARGV)\[\d+\]) ", _header(transition), re.MULTILINE)
    script = source(transition, Policy())
    used = set(_INPUT.findall(script)) | {f"ARGV[{first}]" for first in _REST.findall(script)}
    assert sorted(named) == sorted(used)


@pytest.mark.parametrize("transition", TRANSITIONS)
def test_a_header_says_what_the_script_returns_and_changes(transition: str) -> None:
    """Its first line says what it does."""
    header = _header(transition)
    assert header.startswith(f"-- {transition}: ")
    assert "\n--   Returns  " in header
    assert "\n--   Changes  " in header


@pytest.mark.parametrize("rules", RULES)
def test_a_file_of_rules_says_what_it_is_for(rules: str) -> None:
    """In its first sentence."""
    assert _header(rules).startswith("-- Rules: ")


@pytest.mark.parametrize("name", [*RULES, *TRANSITIONS])
def test_a_comment_has_short_sentences(name: str) -> None:
    """At most 25 words each; the list of inputs and results is none."""
    comments = re.sub(r"^--   .*$", "", lua(name), flags=re.MULTILINE)
    blocks = re.findall(r"(?:^ *--.*\n)+", comments, re.MULTILINE)
    for block in blocks:
        text = re.sub(r"^ *-+ ?", "", block, flags=re.MULTILINE).replace("\n", " ")
        for sentence in re.split(r"(?<=[.:]) ", text):
            assert len(sentence.split()) <= _WORDS_AT_MOST, sentence


def test_a_script_gets_the_rules_that_it_uses_and_no_others() -> None:
    """A status needs no rule of a pump, and a pump none of an attempt."""
    assert "local function stopped(" in source("status", Policy())
    assert "local function pump(" not in source("status", Policy())
    assert "local function pump(" in source("admit", Policy())
    assert "local function fail(" not in source("admit", Policy())
    assert "local function fail(" in source("settle", Policy())


def test_each_transition_is_named_and_has_a_file() -> None:
    """A file that no name stands for would be in no library."""
    assert sorted(TRANSITIONS) == sorted({path.stem for path in LUA.glob("*.lua")} - set(RULES))


def test_a_library_has_each_rule_once_and_each_transition_as_a_function() -> None:
    """Redis makes the rules when it loads the library, and not at each call."""
    name, text = library(Policy())
    assert text.startswith(f"#!lua name={name}\n")
    assert text.count("local function pump(") == 1
    assert re.findall(r"function_name = '(\w+)'", text) == [f"{name}_{transition}" for transition in TRANSITIONS]


def test_another_policy_and_another_text_are_another_library() -> None:
    """Releases and settings stand beside each other on one server, each with its own rules."""
    assert library(Policy()).name == library(Policy()).name
    assert library(Policy()).name != library(Policy(attempts=4)).name


@pytest.mark.parametrize("transition", TRANSITIONS)
def test_a_full_redis_refuses_the_same_by_function_as_by_script(transition: str) -> None:
    """A new event and a subscription are refused; what was accepted goes on; a read writes nothing."""
    flags = {"allow-oom": "{ 'allow-oom' }", "no-writes": "{ 'no-writes' }", "": "{  }"}
    first_line = source(transition, Policy()).splitlines()[0]
    of_script = first_line.partition("flags=")[2]
    name, text = library(Policy())
    assert f"function_name = '{name}_{transition}', flags = {flags[of_script]}" in text


@pytest.mark.parametrize("name", [*TRANSITIONS, "library"])
def test_luacheck_finds_no_fault(name: str, tmp_path: Path) -> None:
    """No unused function, no shadowed name, no unknown global: in what Redis gets, as it is put together."""
    luacheck = shutil.which("luacheck")
    if luacheck is None:
        pytest.skip("luacheck is not installed here (Debian: lua-check)")
    text = library(Policy()).text if name == "library" else source(name, Policy())
    # Redis' first line, with the flags or the name, is no Lua.
    script = tmp_path / f"{name}.lua"
    script.write_text(f"-- {text}", encoding="utf-8")
    checked = subprocess.run(
        [luacheck, "--config", ROOT / ".luacheckrc", "--no-color", script],
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert checked.returncode == 0, checked.stdout
