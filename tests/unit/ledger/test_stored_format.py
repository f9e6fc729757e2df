"""`docs/internals/keys.md` names what the ledger stores, all of it and nothing else."""

import json
import re
from dataclasses import fields

from lessonhook.ledger import Act
from lessonhook.ledger.views.history import Counts
from tests.chaos.golden_release import GOLDEN
from tests.support.lua_keys import KeyUse, key_uses
from tests.support.rooms import ROOT
from tests.support.stored_format import (
    KEYS,
    act_fields,
    attempt_facts,
    day_fields,
    documented,
    event_fields,
    key_kinds,
    lane_fields,
    rows_under,
    subscription_fields,
)

_HEADINGS = ("Keys of a subscriber", "Keys of an event", "Keys of a shard", "Keys of the whole ledger")


def _documented_kinds() -> set[str]:
    """Return `lane` for `lane:<subscriber>`; a key of the whole ledger stands in full."""
    rows = [row for heading in _HEADINGS for row in documented(heading)]
    return {row if row.startswith("lessonhook:") else row.partition(":")[0] for row in rows}


def test_the_page_has_each_kind_of_key_that_the_code_names() -> None:
    """A kind that the page lacks, and one that the code lacks, are both faults."""
    assert _documented_kinds() == key_kinds()


def test_the_page_names_the_lua_files_that_use_each_key() -> None:
    """Exactly those that write it, and all that read it, where it does not say that every transition does."""
    uses = key_uses()
    rows = [row for heading in _HEADINGS[:3] for row in rows_under(heading)]
    for key, *_, writers, readers in rows:
        use = uses.get(key.strip("`").partition(":")[0], KeyUse(set(), set()))
        if "every transition" not in writers:
            assert set(re.findall(r"\w+\.lua", writers)) == use.written_by, f"{key} is written by {use.written_by}"
        if "every transition" not in readers:
            assert use.read_by <= set(re.findall(r"\w+\.lua", readers)), f"{key} is read by {use.read_by}"


def test_the_page_has_each_field_of_each_hash() -> None:
    """Of lanes, events, subscriptions and days."""
    assert documented("Fields of a lane") == lane_fields()
    assert documented("Fields of an event") == event_fields()
    assert documented("Fields of a subscription") == subscription_fields()
    assert documented("Fields of a day") == day_fields()


def test_the_page_has_each_fact_of_an_attempt() -> None:
    """As they are written for an attempt that has all of them."""
    assert documented("Fields of an attempt") == attempt_facts()


def test_the_page_has_each_fact_of_an_act() -> None:
    """As the audit keeps it."""
    assert documented("Fields of an act") == act_fields()


def test_a_statement_reads_no_count_that_nobody_writes() -> None:
    """Each count of a day that Python reads is one that the scripts write."""
    assert {field.name for field in fields(Counts)} <= day_fields()


def test_the_page_has_each_key_of_a_server_in_use() -> None:
    """Of every key in the golden dump; those of the broker are held to the page by their kind."""
    kinds = _documented_kinds()
    broker = {row.partition("<")[0] for row in documented("Keys of the broker")}
    for entry in json.loads((GOLDEN / "present.json").read_text(encoding="utf-8"))["keys"]:
        name: str = entry["key"]
        if name.startswith("lessonhook:{"):
            assert name.partition("}:")[2].partition(":")[0] in kinds, name
        else:
            assert name in kinds or any(name.startswith(row) for row in broker), name


def test_the_pages_name_every_act() -> None:
    """For people who read the audit: the page of the keys, and the schema of `lessonhook audit --json`."""
    [field] = re.findall(r"^\| `act` \| (.*) \|$", KEYS.read_text(encoding="utf-8"), re.MULTILINE)
    schema = json.loads((ROOT / "docs" / "schemas" / "audit.json").read_text(encoding="utf-8"))
    in_schema = schema["$defs"]["AuditRecord"]["properties"]["act"]["description"]
    for words in (field, in_schema):
        assert set(re.findall(r"[\w-]+", words)) - {"or"} == {str(act) for act in Act}
