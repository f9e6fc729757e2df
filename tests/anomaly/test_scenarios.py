"""Whatever a person can call has a scenario in which each fault is tried."""

from types import SimpleNamespace
from typing import Any, Final, cast

from lessonhook.console.flower_page.application import add_pages
from lessonhook.page.acts import Acts
from lessonhook.page.pull import PULL_PATH
from lessonhook.page.views import Views
from lessonhook.producer.task import SendCompletion
from tests.anomaly.scenarios import ALL, browsing, commanding, publishing
from tests.support.command_tree import command_tree

#: Flower's routes that ask Redis nothing: files, and a refusal.
_WITHOUT_REDIS: Final = {"/subscribers/static/(.*)$", "/api/task/revoke/.*$"}
_NOBODY: Final = cast("Any", None)


def test_each_command_of_the_command_line_has_a_scenario() -> None:
    """A new command needs one, or a reason in `OTHERWISE`."""
    commands = {name for name, command in command_tree() if not hasattr(command, "commands")}
    lines = [scenario.name.removeprefix("$ ") for scenario in commanding.SCENARIOS]
    tried = {command for command in commands if any(f"{line} ".startswith(f"{command} ") for line in lines)}
    assert tried | set(commanding.OTHERWISE) == commands
    assert not tried & set(commanding.OTHERWISE)


def test_each_request_to_the_customers_page_has_a_scenario() -> None:
    """Each view and each act; the files of the page come from the disk."""
    views = Views(_NOBODY).by_path()
    acts = Acts(_NOBODY, resume_on_save=False, insist=False).by_path()
    requests = {f"page: GET /{path}" for path in (*views, PULL_PATH)} | {f"page: POST /{path}" for path in acts}
    assert requests == {scenario.name for scenario in browsing.CUSTOMERS}


def test_each_of_our_pages_in_flower_has_a_scenario() -> None:
    """Each route, and each button of the one route that has them all."""
    routes: list[Any] = []
    flower = SimpleNamespace(
        add_handlers=lambda _host, added: routes.extend(added),
        options=SimpleNamespace(url_prefix=""),
        settings={"template_path": ""},
    )
    add_pages(flower, _NOBODY)
    paths = [scenario.name.split()[2] for scenario in browsing.FLOWERS]
    without = {route.regex.pattern for route in routes if not any(route.regex.match(path) for path in paths)}
    assert without == _WITHOUT_REDIS
    [buttons] = [route.regex.pattern for route in routes if route.regex.match("/subscriber/pause")]
    acts = buttons.partition("(")[2].partition(")")[0].split("|")
    assert {f"/subscriber/{act}" for act in acts} <= set(paths)


def test_each_way_to_publish_has_a_scenario() -> None:
    """Django's two publish by `delay` and `delay_many` when a transaction ends; `apply_async` is `delay` by Celery."""
    tried = {"delay", "delay_many", "adelay", "adelay_many", "backfill", "abackfill"}
    others = {"delay_on_commit", "delay_many_on_commit", "apply_async", "aclose"}
    ours = {name for name, value in vars(SendCompletion).items() if callable(value) and not name.startswith("_")}
    assert tried | others == ours
    assert {name for name in tried if name in publishing.WAYS} == tried


def test_scenarios_have_names_of_their_own() -> None:
    """By its name a case is run again."""
    names = [scenario.name for scenario in ALL]
    assert len(set(names)) == len(names)
