"""A small part of the matrix; `make anomaly` runs all of it."""

from pathlib import Path
from typing import Final

import pytest

from tests.anomaly.campaign import Campaign
from tests.anomaly.faults import AMQP
from tests.anomaly.judge import PATIENT
from tests.anomaly.matrix import failures
from tests.anomaly.topology import Topology
from tests.support.servers.rabbitmq import why_no_rabbitmq

_BY_PROCESSES: Final = ("publish: a free slot", "deliver", "fail, retry", "drain")
_BY_PEOPLE: Final = (
    "$ backfill resume {subscriber}",
    "$ subscriptions change {subscriber} --max-in-flight 2",
    "page: GET /",
    "page: POST /save",
    "flower: GET /subscriber/data",
    "flower: POST /subscriber/resume",
)


@pytest.mark.parametrize(
    ("topology", "seed", "scenarios"),
    [
        (Topology.TOGETHER, 13, _BY_PROCESSES),
        (Topology.APART, 14, _BY_PROCESSES),
        (Topology.TOGETHER, 15, _BY_PEOPLE),
    ],
    ids=["one Redis", "two", "people"],
)
def test_no_fault_of_ours_is_charged_to_a_company(
    tmp_path: Path, topology: Topology, seed: int, scenarios: tuple[str, ...]
) -> None:
    """Any error, cut, delay or half a reply, at any command of any process; some hundred of the thousands."""
    campaign = Campaign(
        tmp_path, seed=seed, topologies=[topology], worlds=1, runs=40, scenarios=scenarios, bounds=PATIENT
    )
    results = campaign.run()
    assert "\n".join(failures(results)) == ""
    assert sum(result.struck for result in results) >= 20


@pytest.mark.skipif(bool(why_no_rabbitmq()), reason=why_no_rabbitmq() or "it is here")
# kombu and py-amqp leave the socket of a connection that has ended to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_no_error_of_rabbitmq_ends_a_worker_or_leaves_it_deaf(tmp_path: Path) -> None:
    """What closes a channel alone is a lost connection too: the consumer connects anew, and takes what waits."""
    campaign = Campaign(
        tmp_path,
        seed=16,
        topologies=[Topology.RABBITMQ],
        worlds=1,
        runs=20,
        scenarios=("fail, retry",),
        only="worker.amqp basic.qos",
        faults=AMQP,
        bounds=PATIENT,
    )
    results = campaign.run()
    assert "\n".join(failures(results)) == ""
    # A worker may say twice how many messages it takes, or once for both: the faults count, and not the cases.
    assert len({result.case.fault for result in results if result.struck}) > len(AMQP) // 2
