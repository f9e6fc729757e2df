"""The webhooks as an OpenAPI 3.1 document: what a receiver gets, and what each of its responses does."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from lessonhook.producer.published.samples import sample, sample_of_nulls, sample_of_options
from lessonhook.producer.published.schema import DIALECT, completion_schema
from lessonhook.producer.published.statement import sample_statement, statement_schema
from lessonhook.producer.published.version import CONTRACT_VERSION

_PROMISE: Final = (
    "Sent when a learner has completed a lesson. Delivery is at least once: if the same webhook-id comes again, ignore "
    "it. A POST that fails is sent again, three attempts in all, five minutes apart. After that the company is sent "
    "nothing until new data is available."
)
_STATEMENT: Final = (
    "Sent in the first five days of a month (UTC), with the statement of the month before, if the subscription has "
    "monthly_statement. It has the header webhook-statement, which no completion has. No completion waits for it, and "
    "its failure pauses nothing."
)
_RESPONSES: Final = {
    "2XX": "Accepted. The response needs no body.",
    "410": "Gone: all attempts of this completion count as used at once.",
    "429": "Too fast: the next attempt waits for Retry-After, at most an hour, and further POSTs are sent more slowly.",
    "503": "Not now: with Retry-After treated as 429, without it as any other failure.",
    "default": "Failed: sent again in five minutes. A redirect fails too, and is never followed.",
}
_RESPONSES_TO_STATEMENT: Final = {
    "2XX": "Accepted. The response needs no body.",
    "default": "Failed: sent again each hour with the same webhook-id, 72 times at most, until the fifth day.",
}
_RETRY_AFTER: Final = {"Retry-After": {"description": "Seconds, or a date.", "schema": {"type": "string"}}}


def _header(name: str, description: str, schema: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "description": description, "schema": schema}


_TIMESTAMP: Final = _header(
    "webhook-timestamp", "The time of this attempt, in seconds since 1970.", {"type": "integer"}
)
_HEADERS: Final = [
    _header("webhook-id", "The same for every attempt of a completion.", {"type": "string", "maxLength": 128}),
    _TIMESTAMP,
    _header(
        "webhook-signature",
        "By Standard Webhooks, if the subscription has a signing secret; two values while the secret is rotated.",
        {"type": "string"},
        required=False,
    ),
    _header(
        "webhook-backfill",
        "`true` with each attempt of a completion from before the subscription began; absent with all others.",
        {"type": "string", "const": "true"},
        required=False,
    ),
    _header(
        "traceparent",
        "By W3C Trace Context, if the operator of the LMS has turned it on.",
        {"type": "string"},
        required=False,
    ),
]
_HEADERS_OF_STATEMENT: Final = [
    _header(
        "webhook-statement",
        "The month that is stated, such as 2026-10.",
        {"type": "string", "pattern": r"^\d{4}-\d\d$"},
    ),
    _header("webhook-id", "The same for every attempt of a month's statement.", {"type": "string"}),
    _TIMESTAMP,
    _header(
        "webhook-signature",
        "By Standard Webhooks, always; two values while the secret is rotated.",
        {"type": "string"},
    ),
]


def _responses(texts: Mapping[str, str]) -> dict[str, Any]:
    return {
        status: {"description": text} | ({"headers": _RETRY_AFTER} if status in {"429", "503"} else {})
        for status, text in texts.items()
    }


def _content(names: Iterable[str], examples: Mapping[str, bytes]) -> dict[str, Any]:
    schemas = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    described = {
        "schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas},
        "examples": {name: {"value": json.loads(body)} for name, body in examples.items()},
    }
    return {"required": True, "content": {"application/json": described}}


def openapi() -> dict[str, Any]:
    """Return the document."""
    schemas = {
        "Completion": completion_schema(),
        "CompletionWithNumericIds": completion_schema(numeric_ids=True),
        "Statement": statement_schema(),
    }
    for schema in schemas.values():
        # The whole document has them once.
        del schema["$schema"]
        schema.pop("x-contract-version", None)
    examples = {"sample": sample(), "nulls": sample_of_nulls(), "options": sample_of_options()}
    completion = {
        "operationId": "completion",
        "summary": "A lesson was completed.",
        "description": _PROMISE,
        "parameters": _HEADERS,
        "security": [{}, {"authorization": []}],
        "requestBody": _content(["Completion", "CompletionWithNumericIds"], examples),
        "responses": _responses(_RESPONSES),
    }
    statement = {
        "operationId": "statement",
        "summary": "A month's completions, counted and signed.",
        "description": _STATEMENT,
        "parameters": _HEADERS_OF_STATEMENT,
        "security": completion["security"],
        "requestBody": _content(["Statement"], {"sample": sample_statement()}),
        "responses": _responses(_RESPONSES_TO_STATEMENT),
    }
    value = "The Authorization value, passed exactly as written; absent if the field was left blank."
    return {
        "openapi": "3.1.0",
        "info": {"title": "Reporting webhook", "version": CONTRACT_VERSION, "license": {"name": "MIT"}},
        "jsonSchemaDialect": DIALECT,
        "webhooks": {"completion": {"post": completion}, "statement": {"post": statement}},
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "authorization": {"type": "apiKey", "in": "header", "name": "Authorization", "description": value}
            },
        },
    }
