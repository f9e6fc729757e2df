"""A case that hangs fails by itself, and holds no other one."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from tests.anomaly import scenarios
from tests.anomaly.campaign import Campaign
from tests.anomaly.faults import CONNECTION
from tests.anomaly.judge import PATIENT, Bounds
from tests.anomaly.matrix import failures
from tests.anomaly.scenario import Scenario
from tests.anomaly.scene import Scene
from tests.anomaly.topology import Topology

_DELIVER: Final = next(scenario for scenario in scenarios.ALL if scenario.name == "deliver")
_REHEARSALS: Final = 2


@dataclass(frozen=True, slots=True)
class _OverdueAtOnce(Bounds):
    """Give a case up as soon as it hangs, and never before."""

    hangs: threading.Event = field(default_factory=threading.Event)

    @property
    def case_seconds(self) -> float:
        """Return the bound at this moment."""
        if not self.hangs.is_set():
            return float("inf")
        self.hangs.clear()
        return 0.0


def test_a_case_that_hangs_is_told_and_the_others_are_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its world is closed, and another one plays what is left."""
    never, acted = threading.Event(), list[Scene]()
    bounds = _OverdueAtOnce(PATIENT.delay_seconds, PATIENT.recovery_seconds, PATIENT.reply_seconds)

    def act(scene: Scene) -> None:
        acted.append(scene)
        if len(acted) == _REHEARSALS + 1:
            bounds.hangs.set()
            never.wait()
        _DELIVER.act(scene)

    hangs_once = Scenario("deliver, after a hang", _DELIVER.side, act, _DELIVER.expected)
    monkeypatch.setattr(scenarios, "ALL", (hangs_once,))
    campaign = Campaign(
        tmp_path, seed=17, topologies=[Topology.TOGETHER], worlds=1, runs=4, faults=CONNECTION, bounds=bounds
    )
    try:
        results = campaign.run()
    finally:
        never.set()
    assert len(results) == 4
    case, wrong = failures(results)
    assert case.startswith("FAILED together / deliver, after a hang / ")
    assert "has not ended after" in wrong
    assert "never.wait()" in wrong


def test_a_case_that_cannot_be_played_to_its_end_fails_and_the_others_are_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it waited for did not come; its world may be beyond repair, so another one goes on."""
    acted = list[Scene]()

    def act(scene: Scene) -> None:
        acted.append(scene)
        if len(acted) == _REHEARSALS + 1:
            scene.wait(lambda: False, "what never comes", 0.0)
        _DELIVER.act(scene)

    monkeypatch.setattr(scenarios, "ALL", (Scenario("deliver, but once", _DELIVER.side, act, _DELIVER.expected),))
    campaign = Campaign(
        tmp_path, seed=18, topologies=[Topology.TOGETHER], worlds=1, runs=4, faults=CONNECTION, bounds=PATIENT
    )
    results = campaign.run()
    assert len(results) == 4
    case, wrong = failures(results)
    assert case.startswith("FAILED together / deliver, but once / ")
    assert "what never comes" in wrong
    assert "ready." in wrong
