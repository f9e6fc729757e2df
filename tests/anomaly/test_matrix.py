"""A small part of the matrix; `make anomaly` runs all of it."""

from pathlib import Path

import pytest

from tests.anomaly.campaign import Campaign
from tests.anomaly.judge import Bounds
from tests.anomaly.matrix import failures
from tests.anomaly.topology import Topology

#: A busy machine decides nothing here: what hangs, hangs for longer than this.
_PATIENT = Bounds(delay_seconds=20.0, recovery_seconds=60.0)


@pytest.mark.parametrize(("topology", "seed"), [(Topology.TOGETHER, 13), (Topology.APART, 14)])
def test_no_fault_of_ours_is_charged_to_a_company(tmp_path: Path, topology: Topology, seed: int) -> None:
    """Any error, cut, delay or half a reply, at any command of a worker and of an LMS; some eighty of the thousands."""
    campaign = Campaign(
        tmp_path,
        seed=seed,
        topologies=[topology],
        worlds=1,
        runs=40,
        scenarios=("publish: a free slot", "deliver", "fail, retry", "drain"),
        bounds=_PATIENT,
    )
    results = campaign.run()
    assert "\n".join(failures(results)) == ""
    assert sum(result.struck for result in results) >= 20
