"""How the ledger names a learner and a lesson: by digests, so that order can be kept and nobody is named in a key."""

from hashlib import blake2b
from typing import Final

#: Of hexadecimal digits; an event's `pair` is a learner's and a lesson's, one behind the other.
DIGEST_LENGTH: Final = 16


def digest(text: str) -> str:
    """Name a learner or a lesson without saying which."""
    return blake2b(text.encode(), digest_size=DIGEST_LENGTH // 2).hexdigest()


def is_of_learner(pair: str, learner: str) -> bool:
    """Tell whether an event with this pair is one of a learner's, by the id that the LMS gave with it."""
    return pair.startswith(digest(learner))
