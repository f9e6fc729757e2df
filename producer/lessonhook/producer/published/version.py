"""The payload's version: raised by hand with every change that a receiver could notice, and held to what is sent.

`versions.json` beside the published documents has a fingerprint of the payload for each version. A payload that is not
as its version's fingerprint says is a change that nobody announced: raise `CONTRACT_VERSION`, and write what changed
into the changelog, on a line that begins with `Contract 2:` (or whatever the number is).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

#: 1, 2, 3: for people and for the `version` of the OpenAPI document.
CONTRACT_VERSION: Final = "1"
#: Of the schema, what a receiver's code cannot notice.
_WORDS_ALONE: Final = frozenset({"description", "title", "x-contract-version"})


class ContractChanged(Exception):  # noqa: N818 - says what happened
    """The payload is not what its version was published with."""


def fingerprint(schemas: Iterable[Mapping[str, Any]], payloads: Iterable[bytes]) -> str:
    """Answer 64 hexadecimal digits that change with a field, a type, a limit, a number's format or the order."""
    digest = hashlib.sha256()
    for schema in schemas:
        digest.update(json.dumps(_shape(schema), sort_keys=True).encode())
    for payload in payloads:
        digest.update(payload)
    return digest.hexdigest()


def noted(versions: Mapping[str, str], current: str) -> dict[str, str]:
    """Answer the versions with the current one among them; raise `ContractChanged` where it was another one."""
    if versions.get(CONTRACT_VERSION, current) != current:
        raise ContractChanged(
            f"what is sent is no longer contract {CONTRACT_VERSION}: raise CONTRACT_VERSION in {__name__} and announce "
            "the change in the changelog, or take it back"
        )
    return {**versions, CONTRACT_VERSION: current}


def _shape(schema: Any) -> Any:
    """Leave out the words; the names of fields, which may be the same words, stay."""
    if isinstance(schema, list):
        return [_shape(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    shape = {}
    for name, value in schema.items():
        if name == "properties":
            shape[name] = {field: _shape(described) for field, described in value.items()}
        elif name not in _WORDS_ALONE:
            shape[name] = _shape(value)
    return shape
