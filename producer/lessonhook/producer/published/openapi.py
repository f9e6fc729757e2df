"""The webhook as an OpenAPI 3.1 document: what a receiver gets, and what each of its responses does."""

import json
from typing import Any, Final

from lessonhook.producer.published.samples import sample, sample_of_nulls, sample_of_options
from lessonhook.producer.published.schema import DIALECT, completion_schema
from lessonhook.producer.published.version import CONTRACT_VERSION

_PROMISE: Final = (
    "Sent when a learner has completed a lesson. Delivery is at least once: if the same webhook-id comes again, ignore "
    "it. A POST that fails is sent again, three attempts in all, five minutes apart. After that the company is sent "
    "nothing until new data is available."
)
_RESPONSES: Final = {
    "2XX": "Accepted. The response needs no body.",
    "410": "Gone: all attempts of this completion count as used at once.",
    "429": "Too fast: the next attempt waits for Retry-After, at most an hour, and further POSTs are sent more slowly.",
    "503": "Not now: with Retry-After treated as 429, without it as any other failure.",
    "default": "Failed: sent again in five minutes. A redirect fails too, and is never followed.",
}
_RETRY_AFTER: Final = {"Retry-After": {"description": "Seconds, or a date.", "schema": {"type": "string"}}}


def _header(name: str, description: str, schema: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "description": description, "schema": schema}


_HEADERS: Final = [
    _header("webhook-id", "The same for every attempt of a completion.", {"type": "string", "maxLength": 128}),
    _header("webhook-timestamp", "The time of this attempt, in seconds since 1970.", {"type": "integer"}),
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


def _responses() -> dict[str, Any]:
    return {
        status: {"description": text} | ({"headers": _RETRY_AFTER} if status in {"429", "503"} else {})
        for status, text in _RESPONSES.items()
    }


def openapi() -> dict[str, Any]:
    """Return the document."""
    schemas = {
        "Completion": completion_schema(),
        "CompletionWithNumericIds": completion_schema(numeric_ids=True),
    }
    for schema in schemas.values():
        # The whole document has them once.
        del schema["$schema"], schema["x-contract-version"]
    examples = {"sample": sample(), "nulls": sample_of_nulls(), "options": sample_of_options()}
    operation = {
        "operationId": "completion",
        "summary": "A lesson was completed.",
        "description": _PROMISE,
        "parameters": _HEADERS,
        "security": [{}, {"authorization": []}],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in schemas]},
                    "examples": {name: {"value": json.loads(body)} for name, body in examples.items()},
                }
            },
        },
        "responses": _responses(),
    }
    value = "The Authorization value, passed exactly as written; absent if the field was left blank."
    return {
        "openapi": "3.1.0",
        "info": {"title": "Reporting webhook", "version": CONTRACT_VERSION, "license": {"name": "MIT"}},
        "jsonSchemaDialect": DIALECT,
        "webhooks": {"completion": {"post": operation}},
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "authorization": {"type": "apiKey", "in": "header", "name": "Authorization", "description": value}
            },
        },
    }
