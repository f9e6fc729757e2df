"""What is published of the payload is what is sent, and no change of it goes unannounced."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from openapi_spec_validator import OpenAPIV31SpecValidator

from lessonhook.ledger import new_signing_secret
from lessonhook.ledger.subscriptions import BodyOptions, options_of
from lessonhook.producer import CompletionEvent, Subscription
from lessonhook.producer.published import (
    CONTRACT_VERSION,
    VERSIONS_FILE,
    ContractChanged,
    completion_schema,
    documents,
    fingerprint,
    noted,
)
from lessonhook.producer.published.samples import probes
from lessonhook.producer.published.statement import statement_schema
from lessonhook.producer.rendering import render
from lessonhook.producer.sample import sample_event
from lessonhook.receiver import SignedDays
from lessonhook.worker.client import Post
from lessonhook.worker.client.post import prepare
from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import ROOT

PUBLISHED = ROOT / "docs" / "contract"
VERSIONS: dict[str, str] = json.loads((PUBLISHED / VERSIONS_FILE).read_bytes())
COMMAND = "python -m lessonhook.producer.published docs/contract"


def test_what_is_published_is_what_the_code_sends() -> None:
    """Byte for byte: a field, a type, a limit, a number's format or a word that changed has to be published anew."""
    written = {path.name: path.read_bytes() for path in PUBLISHED.iterdir()}
    assert documents(VERSIONS) == written, f"if that is meant, run: {COMMAND}"


def test_every_version_is_announced_in_the_changelog() -> None:
    """A line that begins with its number says what a receiver will notice."""
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert list(VERSIONS) == [str(number) for number in range(1, int(CONTRACT_VERSION) + 1)]
    assert [number for number in VERSIONS if not re.search(rf"^- Contract {number}: ", changelog, re.MULTILINE)] == []


def _changed(schema: dict[str, Any], path: str, **facts: Any) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(schema))
    place = copy
    for name in path.split("."):
        place = place["properties"][name]
    place.update(facts)
    return copy


@pytest.mark.parametrize(
    ("path", "facts"),
    [
        ("score_percent", {"type": ["string", "null"]}),
        ("score_percent", {"maximum": 1}),
        ("user", {"required": ["id"]}),
        ("lesson", {"properties": {}}),
        ("completed_at", {"pattern": "^.*$"}),
    ],
    ids=["type", "limit", "required", "fields", "format"],
)
def test_a_change_of_the_schema_is_a_change_of_the_contract(path: str, facts: dict[str, Any]) -> None:
    """The fingerprint is another one, and its version refuses it."""
    schema = _changed(completion_schema(), path, **facts)
    with pytest.raises(ContractChanged, match="raise CONTRACT_VERSION"):
        noted(VERSIONS, fingerprint([schema, completion_schema(numeric_ids=True)], probes()))


def test_a_change_of_a_numbers_format_is_a_change_of_the_contract() -> None:
    """100 where 100.0 was, an exponent, a blank: no schema shows it, and a receiver may trip over it."""
    schemas = [completion_schema(), completion_schema(numeric_ids=True)]
    same = fingerprint(schemas, probes())
    assert noted(VERSIONS, same) == VERSIONS
    for old, new in ((b"100.0", b"100"), (b"0.00001", b"1e-05"), (b": ", b":"), (b"Z", b".000Z"), (b"null", b"0")):
        assert fingerprint(schemas, [probe.replace(old, new) for probe in probes()]) != same


def test_a_change_of_words_alone_is_none() -> None:
    """What a description says better is published with the same version."""
    schemas = [completion_schema(), completion_schema(numeric_ids=True)]
    schemas[0] = _changed(schemas[0], "user.name", description="The name of the learner.")
    assert fingerprint(schemas, probes()) == VERSIONS[CONTRACT_VERSION]


def test_the_generator_writes_nothing_of_an_unannounced_change(tmp_path: Path) -> None:
    """It says what to do, and the folder stays as it was."""
    versions = tmp_path / VERSIONS_FILE
    versions.write_text(json.dumps({CONTRACT_VERSION: "another"}))
    command = [sys.executable, "-m", "lessonhook.producer.published", str(tmp_path)]
    refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    assert (refused.returncode, list(tmp_path.iterdir())) == (1, [versions])
    assert refused.stderr.startswith(f"the payload is no longer that of contract {CONTRACT_VERSION}: raise CONTRACT")
    # Versions before this one stay as they are.
    versions.write_text(json.dumps(VERSIONS))
    subprocess.run(command, check=True, timeout=PATIENCE_SECONDS)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == documents(VERSIONS)


def test_the_documents_are_valid_by_their_standards() -> None:
    """JSON Schema 2020-12 and OpenAPI 3.1; the examples in them satisfy their own schema."""
    for schema in PUBLISHED.glob("*schema*.json"):
        Draft202012Validator.check_schema(json.loads(schema.read_bytes()))
    document = json.loads((PUBLISHED / "openapi.json").read_bytes())
    OpenAPIV31SpecValidator(document).validate()
    for webhook in document["webhooks"].values():
        [content] = webhook["post"]["requestBody"]["content"].values()
        for example in content["examples"].values():
            Draft202012Validator(content["schema"] | {"components": document["components"]}).validate(example["value"])


@pytest.mark.parametrize(
    ("webhook", "facts"),
    [("completion", {"backfill": True, "traceparent": "00-1-2-01"}), ("statement", {"statement_month": "2026-10"})],
)
def test_each_header_of_a_post_is_published(webhook: str, facts: dict[str, Any]) -> None:
    """Those that say something of the body, in any case that a subscription or an event brings about, and no other."""
    subscription = Subscription(
        subscriber="acme", callback_url="https://acme.example/", signing_secret=new_signing_secret()
    )
    sent = prepare(Post(event_id="5f0e", subscription=subscription, body=b"{}", **facts)).headers
    of_http = {"user-agent", "accept", "accept-encoding", "content-type"}
    document = json.loads((PUBLISHED / "openapi.json").read_bytes())
    published = {header["name"] for header in document["webhooks"][webhook]["post"]["parameters"]}
    assert {name.lower() for name in sent} - of_http == published


def test_a_statement_satisfies_its_schema_and_the_schema_has_each_of_its_fields() -> None:
    """The published sample is parsed by the receiver's library, too; a field that is missing or wrong is refused."""
    validator = Draft202012Validator(statement_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
    body = (PUBLISHED / "statement-sample.json").read_bytes()
    stated = json.loads(body)
    validator.validate(stated)
    assert list(stated) == list(statement_schema()["properties"]) == statement_schema()["required"]
    assert SignedDays.model_validate_json(body).as_sent() == body
    for name in stated:
        with pytest.raises(ValidationError):
            validator.validate({key: value for key, value in stated.items() if key != name})
        with pytest.raises(ValidationError):
            validator.validate(stated | {name: -1.5})


def test_the_sample_has_a_value_for_every_field_and_the_other_has_every_null() -> None:
    """Low-code tools take a field's type from the sample; what is null there, they can't use."""
    sample = json.loads((PUBLISHED / "sample.json").read_bytes())
    nulls = json.loads((PUBLISHED / "sample-nulls.json").read_bytes())
    assert None not in [*sample.values(), *sample["user"].values(), *sample["lesson"].values()]
    assert set(sample) == set(nulls)
    schema = completion_schema()
    for part, where, properties in (
        (nulls, sample, schema["properties"]),
        (nulls["user"], sample["user"], schema["properties"]["user"]["properties"]),
        (nulls["lesson"], sample["lesson"], schema["properties"]["lesson"]["properties"]),
    ):
        nullable = {name for name, field in properties.items() if "null" in field["type"] and name in where}
        assert {name for name, value in part.items() if value is None} == nullable


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=10)
_VALUES = _TEXT | st.booleans() | st.integers(-9, 9) | st.floats(-1, 1) | st.none()
_TIMES = st.datetimes(timezones=st.timezones()).filter(lambda moment: 1 < moment.year < 9999)


@given(
    options=st.builds(BodyOptions, **dict.fromkeys(options_of(BodyOptions), st.booleans())),
    percent=st.none() | st.floats(0, 100).filter(lambda percent: str(percent) != "-0.0"),
    mark=st.none() | st.integers(0, 100),
    times=st.tuples(st.none() | _TIMES, _TIMES, st.none() | _TIMES),
    fields=st.dictionaries(
        _TEXT, _TEXT | st.booleans() | st.integers(-9, 9) | st.floats(-1, 1) | st.none(), max_size=3
    ),
)
def test_whatever_is_sent_satisfies_the_schema_and_has_no_field_beside_it(
    options: BodyOptions, percent: float | None, mark: int | None, times: tuple[Any, Any, Any], fields: dict[str, Any]
) -> None:
    """For each option and each value that the models take."""
    event = sample_event().model_dump()
    event |= {"score_percent": percent, "started_at": times[0], "completed_at": times[1], "assigned_at": times[2]}
    event["lesson"]["retake_score"] = mark
    event["user"]["custom_fields"] = fields
    payload = json.loads(render(CompletionEvent(**event), options))
    schema = completion_schema(numeric_ids=options.numeric_ids)
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(payload)
    order = [name for name in schema["properties"] if name in payload]
    assert (list(payload), set(payload) - set(schema["required"]) <= {"score"}) == (order, True)
    for part in ("user", "lesson"):
        described = schema["properties"][part]["properties"]
        assert list(payload[part]) == [name for name in described if name in payload[part]]


def test_the_schema_refuses_what_is_not_sent() -> None:
    """It is no empty promise: a wrong type, a missing field and a time without Z are refused."""
    validator = Draft202012Validator(completion_schema())
    changes: list[dict[str, Any]] = [{"score_percent": "100"}, {"completed_at": "2015-04-28 14:36:24"}, {"user": {}}]
    for change in changes:
        with pytest.raises(ValidationError):
            validator.validate(json.loads((PUBLISHED / "sample.json").read_bytes()) | change)
