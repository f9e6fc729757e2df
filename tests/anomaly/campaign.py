"""Many runs: several worlds at one time, each with a worker that lives from run to run."""

import itertools
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar

from lessonhook.console.processes import TookTooLong
from tests.anomaly import scenarios
from tests.anomaly.faults import ALL, Fault
from tests.anomaly.judge import Bounds
from tests.anomaly.overdue import Place
from tests.anomaly.plan import NotRehearsed, cases, pick, rehearse
from tests.anomaly.run import Case, Result, play
from tests.anomaly.scenario import Scenario
from tests.anomaly.sites import NOWHERE
from tests.anomaly.topology import Topology
from tests.anomaly.world import open_world

T = TypeVar("T")

_REPORT_SECONDS = 30.0
#: Between two looks whether the worlds have ended, or play a case for too long.
_LOOK_SECONDS = 1.0
#: Characters of a worker's log that are shown with a case that could not be played to its end.
_LAST_LOGGED = 3_000
_BOUNDS = Bounds()
_BY_NAME = {fault.name: fault for fault in ALL}


class _Plan:
    """What the worlds of one topology share: each rehearses some scenarios, and then runs what is next."""

    def __init__(self, topology: Topology, worlds: int, share: int | None, ends: float) -> None:
        self.topology = topology
        self.share = share
        self.ends = ends
        self.numbers = itertools.count()
        self.parts: SimpleQueue[Scenario] = SimpleQueue()
        self.rehearsed = threading.Barrier(worlds)
        self.planned = threading.Barrier(worlds)
        self.queue: SimpleQueue[Case] = SimpleQueue()
        self.errors: list[BaseException] = []
        self.threads: list[threading.Thread] = []
        self.places: list[Place] = []
        self._cases: dict[str, list[Case]] = {}

    def add(self, scenario: Scenario, found: list[Case]) -> None:
        """Take the cases of a scenario."""
        self._cases[scenario.name] = found

    def every(self) -> list[Case]:
        """Return all cases, in an order that does not depend on who rehearsed first."""
        return [case for name in sorted(self._cases) for case in self._cases[name]]


def _taken(parts: "SimpleQueue[T]") -> Iterator[T]:
    while True:
        try:
            yield parts.get_nowait()
        except Empty:
            return


@dataclass(slots=True)
class Campaign:
    """What is run, and what came of it; worlds share the work."""

    directory: Path
    seed: int
    topologies: Sequence[Topology] = tuple(Topology)
    worlds: int = 2
    runs: int | None = None
    #: Ends the campaign, whatever is left to run; each topology has an equal share of the time.
    ends: float = float("inf")
    faults: Sequence[Fault] = ALL
    #: Names of the scenarios; empty for all.
    scenarios: Sequence[str] = ()
    #: Part of a case's text, to run that alone.
    only: str = ""
    bounds: Bounds = _BOUNDS
    results: list[Result] = field(default_factory=list)
    _begun: float = field(default_factory=time.monotonic)

    def run(self) -> list[Result]:
        """Run every topology, one after the other."""
        share = None if self.runs is None else max(1, self.runs // len(self.topologies))
        for left, topology in zip(range(len(self.topologies), 0, -1), self.topologies, strict=True):
            now = time.monotonic()
            self._run_topology(topology, share, now + (self.ends - now) / left)
        return self.results

    def _run_topology(self, topology: Topology, share: int | None, ends: float) -> None:
        plan = _Plan(topology, self.worlds, share, ends)
        for scenario in self._scenarios(topology):
            plan.parts.put(scenario)
        for _ in range(self.worlds):
            self._begin(plan, joins=True)
        reported = time.monotonic()
        while running := [thread for thread in plan.threads if thread.is_alive()]:
            running[0].join(_LOOK_SECONDS)
            for place in list(plan.places):
                self._end_overdue(plan, place)
            if time.monotonic() - reported > _REPORT_SECONDS:
                reported = time.monotonic()
                self._report(plan.queue.qsize())
        if plan.errors:
            raise plan.errors[0]

    def _begin(self, plan: _Plan, *, joins: bool) -> None:
        """Have one more world take part; one that `joins` rehearses first, and the others wait for it."""
        thread = threading.Thread(target=self._serve, args=(plan, joins), daemon=True)
        plan.threads.append(thread)
        thread.start()

    def _end_overdue(self, plan: _Plan, place: Place) -> None:
        """Fail a case that hangs, and have another world go on in place of its own."""
        overdue = place.give_up_after(self.bounds.case_seconds)
        if overdue is None:
            return
        plan.threads.remove(place.thread)
        self._replace(plan, place, *overdue)

    def _replace(self, plan: _Plan, place: Place, case: Case, wrong: str) -> None:
        """Fail a case, and have another world go on in place of its own, which may be beyond repair."""
        plan.places.remove(place)
        self.results.append(Result(case, wrong=[wrong]))
        _say(f"FAILED {case}: {wrong}")
        self._begin(plan, joins=place.joins)

    def _serve(self, plan: _Plan, joins: bool) -> None:
        """Open a world, rehearse some of the scenarios, and run what is planned when all are rehearsed."""
        directory, patience = self.directory / f"{plan.topology}-{next(plan.numbers)}", self.bounds.reply_seconds
        stack = ExitStack()
        place = None
        try:
            with stack:
                world = stack.enter_context(open_world(plan.topology, directory, reply_seconds=patience))
                place = Place(world, stack.close, joins)
                plan.places.append(place)
                if joins:
                    self._prepare(place, plan)
                self._work(place, plan)
        except BaseException as error:  # noqa: BLE001  # handed to the thread that waits
            if place and place.is_given_up:
                return
            plan.errors.append(error)
            plan.rehearsed.abort()
            plan.planned.abort()

    def _prepare(self, place: Place, plan: _Plan) -> None:
        """Rehearse, and wait until all are rehearsed; one of the worlds picks the cases."""
        for scenario in _taken(plan.parts):
            self._rehearse(place, scenario, plan)
        if plan.rehearsed.wait() == 0:
            for case in pick([case for case in plan.every() if self.only in str(case)], plan.share, self.seed):
                plan.queue.put(case)
            _say(f"{plan.topology}: {plan.queue.qsize()} cases")
        plan.planned.wait()
        place.joins = False

    def _rehearse(self, place: Place, scenario: Scenario, plan: _Plan) -> None:
        topology = plan.topology
        unharmed = Case(topology, scenario.name, NOWHERE, "no fault")
        try:
            with place.playing(unharmed):
                sites = rehearse(place.world, scenario, self.bounds)
            plan.add(scenario, cases(topology, scenario, sites, self.faults))
        except (NotRehearsed, TookTooLong) as error:
            # One failure, which hides no other scenario's.
            self.results.append(Result(unharmed, wrong=[str(error)]))
            _say(f"FAILED {topology} / {scenario.name}, without any fault: {error}")

    def _scenarios(self, topology: Topology) -> list[Scenario]:
        """Return those that are named, or that `only` may mean: a rehearsal of each takes a second."""
        if self.scenarios:
            return [scenario for scenario in scenarios.ALL if scenario.name in self.scenarios]
        named = [scenario for scenario in scenarios.ALL if f"{topology} / {scenario.name} / " in self.only]
        of_side = [scenario for scenario in scenarios.ALL if self.only and self.only in f" / {scenario.side}."]
        return named or of_side or list(scenarios.ALL)

    def _work(self, place: Place, plan: _Plan) -> None:
        by_name = {scenario.name: scenario for scenario in scenarios.ALL}
        for case in _taken(plan.queue):
            if time.monotonic() > plan.ends:
                return
            try:
                with place.playing(case):
                    result = play(place.world, by_name[case.scenario], case, _BY_NAME[case.fault], self.bounds)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this case's failure
                if not place.is_given_up:
                    last = place.world.worker.logs()[-_LAST_LOGGED:]
                    self._replace(
                        plan, place, case, f"{type(error).__name__}: {error}; the worker's log ends so:\n{last}"
                    )
                return
            if place.is_given_up:
                return
            self.results.append(result)
            if result.struck and result.wrong:
                _say(f"FAILED {case}: {'; '.join(result.wrong)[:400]}")

    def _report(self, left: int) -> None:
        failed = sum(bool(result.wrong) for result in self.results if result.struck)
        _say(f"{time.monotonic() - self._begun:6.0f} s: {len(self.results)} runs, {failed} failures, {left} left")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
