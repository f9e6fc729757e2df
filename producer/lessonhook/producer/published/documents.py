"""The published documents by file name."""

import json
from typing import Any, Final

from lessonhook.producer.published.openapi import openapi
from lessonhook.producer.published.samples import probes, sample, sample_of_nulls, sample_of_options
from lessonhook.producer.published.schema import completion_schema
from lessonhook.producer.published.statement import sample_statement, statement_schema
from lessonhook.producer.published.version import fingerprint, noted

VERSIONS_FILE: Final = "versions.json"


def documents(versions: dict[str, str]) -> dict[str, bytes]:
    """Return the bytes of each document; `versions` are the fingerprints published so far.

    A sample is the exact body of a POST, without a line end. Raises `ContractChanged`.
    """
    schemas = [completion_schema(), completion_schema(numeric_ids=True)]
    return {
        "schema.json": _pretty(schemas[0]),
        "schema-numeric-ids.json": _pretty(schemas[1]),
        "statement-schema.json": _pretty(statement_schema()),
        "openapi.json": _pretty(openapi()),
        "sample.json": sample(),
        "sample-nulls.json": sample_of_nulls(),
        "sample-options.json": sample_of_options(),
        "statement-sample.json": sample_statement(),
        VERSIONS_FILE: _pretty(noted(versions, fingerprint(schemas, probes()))),
    }


def _pretty(document: dict[str, Any]) -> bytes:
    return f"{json.dumps(document, indent=2)}\n".encode()
