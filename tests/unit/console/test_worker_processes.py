"""The parts of `lessonhook worker --processes` that decide: names, cores, waits and exit codes."""

import os
import sys

import pytest

from lessonhook.config import Settings
from lessonhook.console.exits import ExitCode
from lessonhook.console.worker_processes.backoff import LONGEST_SECONDS, Backoff
from lessonhook.console.worker_processes.cores import cores_for
from lessonhook.console.worker_processes.member import Member
from lessonhook.console.worker_processes.supervisor import node_name, process_environment


def test_each_process_has_a_name_of_its_own() -> None:
    """The number goes before the host, so that `lessonhook health` finds the workers of its host."""
    assert node_name("completions@web", 2) == "completions-2@web"
    assert node_name("completions", 1).startswith("completions-1@")
    assert node_name(None, 3).startswith(f"worker-{os.getpid()}-3@")


def test_cores_are_kept_only_if_there_is_one_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the operating system decides, which knows what else runs."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {4, 6}, raising=False)
    assert cores_for(2) == ["4", "6"]
    assert cores_for(1) == [""]
    assert cores_for(3) == ["", "", ""]
    monkeypatch.delattr(os, "sched_getaffinity")
    assert cores_for(2) == ["", ""]


def test_the_waits_grow_to_a_bound_and_begin_anew_after_a_good_run() -> None:
    """A process that ends at once costs next to nothing; one that ran for a minute is back after a second."""
    backoff = Backoff()
    assert [backoff.after(0.1) for _ in range(6)] == [1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_SECONDS]
    assert backoff.after(61.0) == 1.0
    assert backoff.after(0.1) == 2.0


def test_each_process_serves_its_metrics_on_a_port_of_its_own() -> None:
    """The setting's port, then the next ones; without the setting, none."""
    settings = Settings(metrics_port=9100)
    assert process_environment(settings, 3)["LESSONHOOK_METRICS_PORT"] == "9102"
    assert "LESSONHOOK_METRICS_PORT" not in process_environment(Settings(), 3)


def test_a_process_that_cannot_be_started_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that has no memory for it now: the supervisor and its other processes go on."""
    monkeypatch.setattr(sys, "stderr", sys.__stderr__)
    member = Member(1, ["/nowhere/python"], {})
    member.look()
    assert (member.child, member.is_over, member.ended_with) == (None, False, ExitCode.NOT_WELL)
    member.start_no_more()
    assert member.is_over
