"""Two receivers as they are known to exist: each reads the payload in its own narrow way, and is not going to change.

Each is a script for `Receiver.respond`, so that a real endpoint behaves so.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.support.endpoints.exchange import Post, Response


def _said(status: int = 200, **facts: Any) -> Response:
    return Response(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(facts).encode())


@dataclass
class ScoreReader:
    """Asserts that ids are texts and takes the deprecated `score`, 0 to 1; fails with 500 as an assertion does."""

    #: Scores by learner and lesson.
    recorded: dict[tuple[str, str], float] = field(default_factory=dict)

    def __call__(self, post: Post) -> Response:
        """Return one POST."""
        payload = post.json()
        user, lesson, score = payload["user"]["id"], payload["lesson"]["id"], payload.get("score")
        if not isinstance(user, str) or not isinstance(lesson, str) or not isinstance(score, float):
            return _said(500, error="AssertionError")
        self.recorded[user, lesson] = score
        return _said(recorded=True)


@dataclass
class EmailJoiner:
    """Lets in who sends its Authorization value exactly, finds people by e-mail, and one lesson by its number."""

    authorization: str
    #: Whom it knows, by e-mail in lower case.
    people: dict[str, str]
    #: Compared as `===` does: the text "1000" is not it.
    lesson: int
    #: Names of those whose completion was recorded.
    recorded: list[str] = field(default_factory=list)

    def __call__(self, post: Post) -> Response:
        """Return one POST; 200 also where nothing matches, and then it says `skipped`."""
        if post.values("Authorization") != [self.authorization]:
            return _said(401, error="unauthorized")
        payload = post.json()
        person = self.people.get(payload["user"]["email"].lower())
        lesson = payload["lesson"]["id"]
        if person is None or type(lesson) is not int or lesson != self.lesson:
            return _said(skipped=True)
        self.recorded.append(person)
        return _said(recorded=True)
