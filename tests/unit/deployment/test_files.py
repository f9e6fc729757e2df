"""The files of a deployment are checked without an engine: their form, and that what they name is there."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from lessonhook.config import COMPLETIONS, RETRIES, Settings, unknown_variables
from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import ROOT

COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker-compose.yml")
SERVICES: dict[str, Any] = COMPOSE["services"]
WORKERS = {"worker-completions": COMPLETIONS, "worker-retries": RETRIES}


@pytest.mark.parametrize("path", ["docker-compose.yml", "deploy/compose/lms.yml"])
def test_a_compose_file_keeps_the_compose_specification(path: str) -> None:
    """Checked against the specification's own schema, a copy of which the checker carries."""
    checked = subprocess.run(
        [
            Path(sys.executable).with_name("check-jsonschema"),
            "--builtin-schema",
            "vendor.compose-spec",
            ROOT / path,
        ],
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_setting_that_the_compose_file_names_is_one() -> None:
    """A mistyped setting would be ignored, and its default used without a word."""
    known = {
        str(field.validation_alias or f"LESSONHOOK_{name}").upper() for name, field in Settings.model_fields.items()
    }
    named = {
        name
        for service in SERVICES.values()
        for name in service.get("environment", {})
        if name != "FLOWER_BASIC_AUTH" and not name.startswith("GF_")
    }
    assert named <= known
    assert "LESSONHOOK_REDIS_URL" in named


def test_the_defaults_of_the_compose_file_are_settings_that_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing set outside, the service starts: each default is in the form that its setting takes."""
    for name, value in SERVICES["worker-completions"]["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value)))
    assert Settings().allowed_private_networks == ()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_watched_by_a_health_check(service: str) -> None:
    """It has its time, so that a slow start is no failure and a failure is seen within a minute or so."""
    check = SERVICES[service]["healthcheck"]
    assert set(check) == {"test", "interval", "timeout", "retries", "start_period"}
    assert check["test"][0] == "CMD"


def test_the_server_keeps_what_it_is_given() -> None:
    """An append-only file on a volume, and nothing thrown away for lack of memory; healthy is who can write."""
    server = SERVICES["redis"]
    command = " ".join(server["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert server["volumes"] == ["redis-data:/data"]
    assert "set" in server["healthcheck"]["test"]
    assert "ports" not in server


@pytest.mark.parametrize(("service", "queue"), WORKERS.items())
def test_a_worker_serves_its_queue_and_can_be_scaled(service: str, queue: str) -> None:
    """No name and no port of its own, which a second one of it would collide with; its health is its work."""
    worker = SERVICES[service]
    command = worker["command"]
    assert command[command.index("--queues") + 1] == queue
    assert not {"container_name", "ports", "hostname"} & set(worker)
    assert any("127.0.0.1:9100/healthz" in part for part in worker["healthcheck"]["test"])


def test_a_worker_is_given_the_time_that_a_delivery_may_take() -> None:
    """Killed earlier, an attempt that was accepted might be made a second time."""
    for name in WORKERS:
        assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > Settings().lease_seconds


def test_a_worker_is_watched_inside_the_services_network_only() -> None:
    """Its metrics name subscribers: Prometheus reaches them, and nobody outside."""
    for name in WORKERS:
        assert SERVICES[name]["environment"]["LESSONHOOK_METRICS_PORT"] == "9100"
        assert SERVICES[name]["expose"] == ["9100"]


def test_what_is_only_to_be_looked_at_starts_only_if_asked_for() -> None:
    """`docker compose up` is the service; companies to look at and the monitoring are profiles of their own."""
    profiles = {name: service.get("profiles", []) for name, service in SERVICES.items()}
    assert profiles == {
        "redis": [],
        "worker-completions": [],
        "worker-retries": [],
        "flower": [],
        "demo": ["demo"],
        "prometheus": ["monitoring"],
        "grafana": ["monitoring"],
    }
    opened = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in opened)


def test_every_file_that_is_mounted_is_there() -> None:
    """A path that is missing would be made, as an empty folder of root's."""
    mounted = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]
    own = [path for path in mounted if path.startswith("./")]
    assert own
    assert all((ROOT / path).is_dir() for path in own)
    assert {path for path in mounted if not path.startswith("./")} == set(COMPOSE["volumes"])


def test_the_example_of_the_environment_names_what_compose_reads() -> None:
    """All of it, and nothing that would be ignored; the values shown are the defaults."""
    text = (ROOT / "docker-compose.yml").read_text()
    taken = dict(re.findall(r"\$\{(\w+):?[-?]?([^}]*)\}", text))
    example = dict(
        line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if re.match(r"[A-Z]", line)
    )
    assert set(example) == set(taken)
    assert example.pop("LESSONHOOK_FLOWER_BASIC_AUTH") == ""
    assert {name: taken[name] for name in example} == example


def test_an_lms_outside_reaches_redis_by_a_password() -> None:
    """Redis keeps what it is given as before; every part of ours has the password, and it is required."""
    opened = YAML(typ="safe").load(ROOT / "deploy" / "compose" / "lms.yml")["services"]
    server = opened.pop("redis")
    assert server["command"][: len(SERVICES["redis"]["command"])] == SERVICES["redis"]["command"]
    assert server["command"][-2] == "--requirepass"
    assert server["command"][-1].startswith("${LESSONHOOK_REDIS_PASSWORD:?")
    assert server["ports"] == ["${LESSONHOOK_REDIS_BIND:-127.0.0.1:6379}:6379"]
    assert set(opened) == {name for name in SERVICES if "LESSONHOOK_REDIS_URL" in SERVICES[name].get("environment", {})}
    assert all("LESSONHOOK_REDIS_PASSWORD" in part["environment"]["LESSONHOOK_REDIS_URL"] for part in opened.values())


def test_the_group_of_the_image_is_the_one_that_kubernetes_runs_it_with() -> None:
    """A group that the image does not have makes Celery warn at each start."""
    made = re.search(r"--gid (\d+) lessonhook", (ROOT / "Dockerfile").read_text())
    manifest = (ROOT / "deploy" / "kubernetes" / "worker-completions.yaml").read_text()
    assert made
    assert f"runAsGroup: {made[1]}" in manifest


def test_flower_is_shut_without_a_password() -> None:
    """Compose refuses to start while it is not set, and the page is on this host's own address only."""
    flower = SERVICES["flower"]
    assert flower["environment"]["FLOWER_BASIC_AUTH"].startswith("${LESSONHOOK_FLOWER_BASIC_AUTH:?")
    assert all(port.startswith("127.0.0.1:") for port in flower["ports"])
    assert any("/healthcheck" in part for part in flower["healthcheck"]["test"])


def test_the_image_runs_a_worker_as_nobody_in_particular() -> None:
    """Not as root, with the locked versions, from the wheel."""
    dockerfile = (ROOT / "Dockerfile").read_text()
    user = re.findall(r"^USER (\d+)$", dockerfile, re.MULTILINE)
    assert user
    assert int(user[-1]) > 0
    assert dockerfile.count("pip install --constraint constraints.txt") == 2
    assert '"lessonhook.worker", "worker"]' in dockerfile.splitlines()[-1]


def test_the_locked_versions_name_no_place_to_get_them_from() -> None:
    """Those who install have an index of their own; an address here would win over it, or fail."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.match(r"[a-z0-9-]+==\S+( ; .+)?$|    # {1,5}\S", line)] == []


def test_no_variable_of_compose_is_taken_for_a_misspelt_setting() -> None:
    """Every container gets all of `.env`, so `lessonhook doctor` and Django's check see those of compose as well."""
    files = (ROOT / "docker-compose.yml", ROOT / "deploy/compose/lms.yml")
    named = {name for file in files for name in re.findall(r"\$\{(LESSONHOOK_\w+)", file.read_text())}
    assert named > {"LESSONHOOK_FLOWER_BASIC_AUTH", "LESSONHOOK_REDIS_PASSWORD", "LESSONHOOK_REDIS_BIND"}
    assert unknown_variables(named) == []
