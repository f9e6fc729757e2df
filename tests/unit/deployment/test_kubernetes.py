"""The Kubernetes files keep the schemas of its interface, strictly, and what they promise each other fits together."""

import re
import shutil
import subprocess
from typing import Any

import kubernetes_validate
import pytest
from ruamel.yaml import YAML

from lessonhook.config import BROKER_KEY_PREFIX, COMPLETIONS, RETRIES, Settings
from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import ROOT

BASE = ROOT / "deploy/kubernetes"
KUSTOMIZATION: dict[str, Any] = YAML(typ="safe").load(BASE / "kustomization.yaml")
OBJECTS: list[dict[str, Any]] = [
    found for name in KUSTOMIZATION["resources"] for found in YAML(typ="safe").load_all(BASE / name)
]
#: The oldest release that is still supported, and the interface of which is asked for here.
RELEASE = "1.33"
QUEUES = (COMPLETIONS, RETRIES)
#: Ends a worker's warm shutdown after its last POST: Celery gives back what waits.
GIVING_BACK_SECONDS = 15
CONFIG = dict(literal.split("=", 1) for literal in KUSTOMIZATION["configMapGenerator"][0]["literals"])


def found(kind: str, name: str) -> dict[str, Any]:
    """Return the one object of a kind and name."""
    [only] = [each for each in OBJECTS if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return only


def pod(queue: str) -> dict[str, Any]:
    """Return the pod of a queue's workers."""
    spec: dict[str, Any] = found("Deployment", f"worker-{queue}")["spec"]["template"]["spec"]
    return spec


def container(queue: str) -> dict[str, Any]:
    """Return its only container."""
    [only] = pod(queue)["containers"]
    worker: dict[str, Any] = only
    return worker


@pytest.mark.parametrize("kept", OBJECTS, ids=lambda kept: f"{kept['kind']}-{kept['metadata']['name']}")
def test_an_object_keeps_its_schema(kept: dict[str, Any]) -> None:
    """Strictly: a field that Kubernetes does not know is a mistake. KEDA's own kinds are looked at below."""
    if kept["apiVersion"].startswith("keda.sh/"):
        assert kept["kind"] in {"ScaledObject", "TriggerAuthentication"}
        return
    kubernetes_validate.validate(kept, RELEASE, strict=True)


def test_every_file_of_the_folder_is_named() -> None:
    """One that is not named is not applied."""
    assert sorted(KUSTOMIZATION["resources"]) == sorted(
        path.name for path in BASE.glob("*.yaml") if path.name != "kustomization.yaml"
    )


def test_kubectl_puts_the_folder_together() -> None:
    """As `kubectl apply --kustomize` does, with the released image and the settings under a name of their contents."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl is installed here")
    ran = subprocess.run([kubectl, "kustomize", str(BASE)], capture_output=True, check=False, timeout=PATIENCE_SECONDS)
    assert ran.returncode == 0, ran.stderr.decode()
    built = list(YAML(typ="safe").load_all(ran.stdout))
    [config] = [each["metadata"]["name"] for each in built if each["kind"] == "ConfigMap"]
    assert len(built) == len(OBJECTS) + 1
    for each in built:
        assert each["kind"] == "Namespace" or each["metadata"]["namespace"] == "lessonhook"
        if each["kind"] == "Deployment":
            [worker] = each["spec"]["template"]["spec"]["containers"]
            assert worker["image"] == f"lessonhook:{KUSTOMIZATION['images'][0]['newTag']}"
            assert worker["envFrom"][0]["configMapRef"]["name"] == config


def test_every_setting_is_one_that_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped setting would be ignored, and its default used without a word."""
    known = {f"LESSONHOOK_{name}".upper() for name in Settings.model_fields}
    assert set(CONFIG) <= known
    for name, value in CONFIG.items():
        monkeypatch.setenv(name, value)
    assert Settings().metrics_port == container(COMPLETIONS)["ports"][0]["containerPort"]


@pytest.mark.parametrize("queue", QUEUES)
def test_a_worker_serves_its_queue(queue: str) -> None:
    """And nothing else: the two scale apart."""
    arguments = container(queue)["args"]
    assert arguments[arguments.index("--queues") + 1] == queue
    assert arguments[arguments.index("--hostname") + 1] == f"{queue}@%h"
    assert "replicas" not in found("Deployment", f"worker-{queue}")["spec"]


@pytest.mark.parametrize("queue", QUEUES)
def test_a_worker_is_given_the_time_that_a_delivery_may_take(queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lease, and what Celery takes to give back what waits."""
    for name, value in CONFIG.items():
        monkeypatch.setenv(name, value)
    assert pod(queue)["terminationGracePeriodSeconds"] >= Settings().lease_seconds + GIVING_BACK_SECONDS


@pytest.mark.parametrize("queue", QUEUES)
def test_a_worker_is_restarted_for_deafness_and_not_for_an_outage_of_redis(queue: str) -> None:
    """Liveness asks /healthz, readiness /readyz; a slow start is no failure."""
    probes = {name: container(queue)[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {name: probe["path"] for name, probe in probes.items()} == {
        "startup": "/healthz",
        "liveness": "/healthz",
        "readiness": "/readyz",
    }
    assert {probe["port"] for probe in probes.values()} == {container(queue)["ports"][0]["name"]}
    # A deaf worker ends itself; the probe is for one that can't even do that.
    liveness = container(queue)["livenessProbe"]
    assert liveness["periodSeconds"] * liveness["failureThreshold"] < Settings().deaf_after_seconds


@pytest.mark.parametrize("queue", QUEUES)
def test_a_worker_may_do_nothing_but_deliver(queue: str) -> None:
    """As the strictest of the pod security standards asks, and with no account in the cluster."""
    assert pod(queue)["securityContext"]["runAsNonRoot"] is True
    assert pod(queue)["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod(queue)["automountServiceAccountToken"] is False
    assert container(queue)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert set(container(queue)["resources"]) == {"requests", "limits"}
    user = re.findall(r"^USER (\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[-1]
    assert str(pod(queue)["securityContext"]["runAsUser"]) == user


@pytest.mark.parametrize("queue", QUEUES)
def test_disruption_and_scaling_mean_the_workers_that_there_are(queue: str) -> None:
    """The labels that select are those that the pods bear; the object that is scaled exists."""
    deployment = found("Deployment", f"worker-{queue}")
    labels = deployment["spec"]["template"]["metadata"]["labels"].items()
    selectors = [
        deployment["spec"]["selector"]["matchLabels"],
        found("PodDisruptionBudget", f"worker-{queue}")["spec"]["selector"]["matchLabels"],
        found("NetworkPolicy", "workers")["spec"]["podSelector"]["matchLabels"],
        pod(queue)["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
    ]
    assert all(selector.items() <= labels for selector in selectors)
    assert found("ScaledObject", f"worker-{queue}")["spec"]["scaleTargetRef"] == {"name": f"worker-{queue}"}


@pytest.mark.parametrize("queue", QUEUES)
def test_workers_scale_by_length_and_by_age_of_their_queue(queue: str) -> None:
    """The list that kombu keeps the queue in, and the metric that a worker tells of it. All values are texts."""
    spec = found("ScaledObject", f"worker-{queue}")["spec"]
    length, age = spec["triggers"]
    assert (length["type"], length["metadata"]["listName"]) == ("redis", f"{BROKER_KEY_PREFIX}{queue}")
    assert (age["type"], age["metricType"]) == ("prometheus", "Value")
    assert age["metadata"]["query"] == f'max(lessonhook_queue_oldest_seconds{{queue="{queue}"}})'
    assert all(isinstance(value, str) for trigger in (length, age) for value in trigger["metadata"].values())
    assert 1 <= spec["minReplicaCount"] < spec["maxReplicaCount"]
    authentication = found("TriggerAuthentication", length["authenticationRef"]["name"])
    assert [each["parameter"] for each in authentication["spec"]["secretTargetRef"]] == ["address", "password"]
