"""Alerts, dashboard and scraping speak of metrics that there are; promtool checks the rules where it is installed."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest
from ruamel.yaml import YAML

from lessonhook.config import Settings
from lessonhook.ledger import Quiet
from lessonhook.ledger.views.survey import Sums, Survey
from lessonhook.worker import create_app
from lessonhook.worker.monitoring.ledger_figures import of_queues, of_silences, of_survey, of_unserved, of_workers
from lessonhook.worker.monitoring.worker_metrics import WorkerMetrics
from lessonhook.worker.runtime.queue_ages import QueueAge
from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import ROOT

PROMETHEUS = ROOT / "deploy/prometheus"
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/dashboards/lessonhook.json").read_text())
RULES: list[dict[str, Any]] = YAML(typ="safe").load(PROMETHEUS / "alerts.yml")["groups"][0]["rules"]
COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker-compose.yml")
NAME = re.compile(r"\b(?:lessonhook|process)_\w+\b")


def metrics() -> Iterator[str]:
    """Name every series that a worker can tell, as Prometheus stores it."""
    runtime = create_app(Settings()).runtime
    text = generate_latest(runtime.metrics.registry).decode()
    yield from re.findall(r"^([a-z_]+)[{ ]", text, re.MULTILINE)
    survey = Survey(now_ms=0, sums=Sums(), last_recorded_ms=0, worst=(("acme", 1.0),))
    collected = [
        *WorkerMetrics(runtime).collect(),
        *of_survey(survey),
        *of_silences(Quiet(), 0, 0),
        *of_queues({"completions": QueueAge(0, 0)}, 0),
        *of_unserved([], 0),
        *of_workers([], mass_failure=False),
    ]
    for family in collected:
        yield from (sample.name for sample in family.samples)


@pytest.fixture(scope="module")
def known() -> set[str]:
    """Return those names."""
    return set(metrics())


def dashboard_queries() -> list[str]:
    """Return every query of the dashboard."""
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]


@pytest.mark.parametrize("query", dashboard_queries())
def test_a_panel_asks_for_metrics_that_there_are(query: str, known: set[str]) -> None:
    """A renamed metric would leave an empty panel, which looks like peace."""
    assert set(NAME.findall(query)) <= known
    assert NAME.search(query)


@pytest.mark.parametrize("query", dashboard_queries())
def test_a_panel_shows_the_installation_that_was_chosen(query: str) -> None:
    """In a Prometheus of several, the figures of another one would be taken for this one's."""
    assert len(NAME.findall(query)) == query.count('{job=~"$job"')


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_asks_for_metrics_that_there_are_and_is_explained(rule: dict[str, Any], known: set[str]) -> None:
    """It says what is wrong in a sentence, how bad that is, and the operators' page says what to do."""
    assert set(NAME.findall(rule["expr"])) <= known
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert {"summary", "description"} == set(rule["annotations"])
    # Installations are judged apart: each sum names the labels that tell them apart, and `absent` can't.
    aggregations = re.findall(r"\b(?:sum|max|group|count)\b *(by \([^)]*\))?", rule["expr"])
    assert all(by.startswith("by (job, namespace") for by in aggregations)
    assert f"## {rule['alert']}\n" in (ROOT / "docs/alerts.md").read_text()


def test_every_figure_of_the_ledger_is_on_the_dashboard(known: set[str]) -> None:
    """What is measured is shown; a worker's own build and process are there for a query."""
    shown = {name for query in dashboard_queries() for name in NAME.findall(query)}
    kept_back = {"lessonhook_build_info", "lessonhook_slots_used", "lessonhook_unconfirmed_total"}
    figures = {
        name for name in known if name.startswith("lessonhook_") and not re.search(r"_(created|sum|count)$", name)
    }
    assert figures - shown == kept_back


def test_panels_do_not_lie_upon_each_other() -> None:
    """Each has its own id and its own place in a grid of 24 columns."""
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + column, place["y"] + row) for column in range(place["w"]) for row in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert max(column for column, _ in cells) < 24
        taken |= cells
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    assert all(panel["description"] for panel in DASHBOARD["panels"] if panel["type"] != "row")


def test_grafana_finds_its_data_and_the_dashboard() -> None:
    """The source of data has the id that every panel names; the folder is the one that compose mounts."""
    provisioning = ROOT / "deploy/grafana/provisioning"
    [source] = YAML(typ="safe").load(provisioning / "datasources/prometheus.yml")["datasources"]
    [provider] = YAML(typ="safe").load(provisioning / "dashboards/lessonhook.yml")["providers"]
    assert {panel["datasource"]["uid"] for panel in DASHBOARD["panels"] if "datasource" in panel} == {source["uid"]}
    assert source["url"] == "http://prometheus:9090"
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in COMPOSE["services"]["grafana"]["volumes"]


def test_prometheus_scrapes_every_worker_that_compose_starts() -> None:
    """By name, so that scaled ones are found, at the port that they serve."""
    [job] = YAML(typ="safe").load(PROMETHEUS / "prometheus.yml")["scrape_configs"]
    [found] = job["dns_sd_configs"]
    workers = {name for name in COMPOSE["services"] if name.startswith("worker-")}
    assert set(found["names"]) == workers
    ports = {COMPOSE["services"][name]["environment"]["LESSONHOOK_METRICS_PORT"] for name in workers}
    assert ports == {str(found["port"])}
    assert job["job_name"] == "lessonhook"


def test_promtool_parses_every_query_of_the_dashboard(tmp_path: Path) -> None:
    """As rules, with Grafana's variables replaced as Grafana replaces them."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed here (Debian: prometheus)")
    annotations = [each["expr"] for each in DASHBOARD["annotations"]["list"]]
    queries = [re.sub(r"\$__\w+", "1m", query).replace("$job", "lessonhook") for query in dashboard_queries()]
    assert not [query for query in queries if "$" in query]
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate([*queries, *annotations])]
    file = tmp_path / "queries.yml"
    with file.open("w") as opened:
        YAML().dump({"groups": [{"name": "dashboard", "rules": rules}]}, opened)
    checked = subprocess.run(
        [promtool, "check", "rules", file], capture_output=True, check=False, text=True, timeout=PATIENCE_SECONDS
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(rules)} rules found" in checked.stdout


@pytest.mark.parametrize(
    "arguments",
    [("check", "config", "prometheus.yml"), ("check", "rules", "alerts.yml"), ("test", "rules", "alerts.test.yml")],
    ids=" ".join,
)
def test_promtool_finds_no_fault(arguments: tuple[str, ...]) -> None:
    """Prometheus' own checks; each alert is raised when it should be, and only then."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed here (Debian: prometheus)")
    checked = subprocess.run(
        [promtool, *arguments], cwd=PROMETHEUS, capture_output=True, check=False, text=True, timeout=PATIENCE_SECONDS
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_is_tested_to_fire() -> None:
    """Rules that are only parsed are guesses."""
    tests = YAML(typ="safe").load(PROMETHEUS / "alerts.test.yml")["tests"]
    fired = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case.get("exp_alerts")}
    assert fired == {rule["alert"] for rule in RULES}
