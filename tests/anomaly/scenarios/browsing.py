"""What people do in a browser: a company on its page in the LMS, an engineer on Flower's Subscribers pages."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from lessonhook.desk import Desk
from lessonhook.page.views import ACT_PATHS
from lessonhook.producer import Subscription
from tests.anomaly.scenario import NOBODY, OPERATOR, Expected, Scenario, deliver, deliver_signed, exhaust, nothing
from tests.anomaly.scene import Scene

#: Words of a request that are filled in.
SUBSCRIBER: Final = "{subscriber}"
EVENT: Final = "{event}"
URL: Final = "{url}"
TODAY: Final = "{today}"
_DELIVERED: Final = Expected(delivered=1, posts=1)
#: A press of a button is a POST that a person asks for: pressed twice, there may be two more.
_SENT_AGAIN: Final = Expected(delivered=1, posts=3)


def _hold(scene: Scene) -> None:
    scene.world.ledger.pause(scene.subscriber)
    scene.publish(past_doors=True)


def _try(scene: Scene) -> None:
    deliver(scene)
    scene.errand = Desk(scene.world.watcher).of(scene.subscriber).ask_for_sample(by="ada@acme.example").errand_id


def _fetches(scene: Scene) -> None:
    scene.world.watcher.subscriptions.put(Subscription(subscriber=scene.subscriber, callback_url="", pull=True))
    scene.token = Desk(scene.world.watcher).of(scene.subscriber).pull_token.renew(by="an operator")
    scene.publish(past_doors=True)


def _filled(scene: Scene, fields: dict[str, str]) -> dict[str, str]:
    values = {
        "subscriber": scene.subscriber,
        "event": scene.published[0] if scene.published else "",
        "url": scene.subscription().callback_url or "",
        "today": f"{datetime.now(UTC):%Y-%m-%d}",
        "errand": scene.errand,
        "token": scene.token,
    }
    return {name: value.format(**values) for name, value in fields.items()}


def _customer(
    method: str,
    path: str,
    fields: dict[str, str] | None = None,
    *,
    prepare: Callable[[Scene], None] = deliver,
    expected: Expected = _DELIVERED,
) -> Scenario:
    """Make the scenario of one request to the customer's page, which is sent again when the fault is over."""

    def act(scene: Scene) -> None:
        filled = _filled(scene, fields or {})
        headers = {"authorization": f"Bearer {scene.token}"} if scene.token else {}
        page = scene.world.page
        scene.visits.append(page.ask(method, path, filled, subscriber=scene.subscriber, headers=headers))

    return Scenario(f"page: {method} /{path}", "lms", act, expected, prepare, afterwards=act)


def _flower(
    method: str,
    path: str,
    fields: dict[str, str],
    *,
    prepare: Callable[[Scene], None] = deliver,
    expected: Expected = _DELIVERED,
) -> Scenario:
    """Make the scenario of one request to Flower, which is sent again when the fault is over."""

    def act(scene: Scene) -> None:
        scene.visits.append(scene.world.flower.ask(method, path, _filled(scene, fields)))

    def start_and_prepare(scene: Scene) -> None:
        scene.world.flower.serve()
        prepare(scene)

    return Scenario(f"flower: {method} {path}", "flower", act, expected, start_and_prepare, afterwards=act)


CUSTOMERS: Final = (
    _customer("GET", ""),
    _customer("GET", "state"),
    _customer("GET", "event", {"id": EVENT}),
    _customer("GET", "result", {"id": "{errand}"}, prepare=_try),
    _customer("GET", "statement", {"day": TODAY}, prepare=deliver_signed),
    _customer("GET", "events", prepare=_fetches, expected=Expected(held=1)),
    # The address of a button, opened by the reload key or after a login: it leads back, and asks Redis nothing.
    *(_customer("GET", path) for path in sorted(ACT_PATHS)),
    _customer("POST", "save", {"callback_url": URL, "max_in_flight": "2"}),
    _customer("POST", "try"),
    _customer("POST", "send", {"id": EVENT}, expected=_SENT_AGAIN),
    _customer("POST", "resume", prepare=exhaust, expected=Expected(delivered=1, posts=3)),
    _customer("POST", "secret", {"former": "day"}),
)
FLOWERS: Final = (
    _flower("GET", "/subscribers", {}, prepare=nothing, expected=Expected()),
    _flower("GET", "/subscribers/data", {"draw": "1"}),
    _flower("GET", "/subscribers/found", {"sought": EVENT}),
    _flower("GET", "/subscriber", {"name": SUBSCRIBER}),
    _flower("GET", "/subscriber/data", {"name": SUBSCRIBER}),
    _flower("GET", "/subscriber/attempts", {"name": SUBSCRIBER, "event_id": EVENT}),
    _flower(
        "POST",
        "/subscribers/resume",
        {"name": SUBSCRIBER},
        prepare=_hold,
        expected=Expected(delivered=1, posts=1, paused=NOBODY),
    ),
    _flower("POST", "/subscriber/resume", {"name": SUBSCRIBER}, prepare=_hold, expected=_DELIVERED),
    _flower(
        "POST",
        "/subscriber/pause",
        {"name": SUBSCRIBER},
        expected=Expected(delivered=1, posts=1, paused=OPERATOR),
    ),
    _flower("POST", "/subscriber/replay", {"name": SUBSCRIBER, "event_id": EVENT}, expected=_SENT_AGAIN),
    _flower("POST", "/subscriber/send-test", {"name": SUBSCRIBER}),
)
SCENARIOS: Final = (*CUSTOMERS, *FLOWERS)
