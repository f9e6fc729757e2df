"""What the README says to paste is pasted, and does what the README says."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from lessonhook.config import Settings
from lessonhook.console.processes import free_port, wait_until
from lessonhook.producer import Producer
from tests.support.environment import environment_of
from tests.support.patience import PATIENCE_SECONDS, patient_url
from tests.support.people.stored_fields import event_fields
from tests.support.processes.child import Process
from tests.support.rooms import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str, title: str = "") -> str:
    """Return the README's one block of a language, or the one below a title that only its source shows."""
    head = f"<!-- {title} -->\n" if title else ""
    [found] = re.findall(rf"^{re.escape(head)}```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    return str(found)


def test_the_developer_s_lines_publish_a_completion(settings: Settings, producer: Producer) -> None:
    """They run as they stand, and the completion is in the ledger under the id that they print."""
    ended = subprocess.run(
        [sys.executable, "-c", block("python")],
        env={**os.environ, **environment_of(settings)},
        capture_output=True,
        text=True,
        check=True,
    )
    event_id = ended.stdout.strip()
    assert event_fields(producer.ledger, "acme", event_id)["state"] == "queued"
    subscription = producer.ledger.subscriptions.get("acme")
    assert subscription is not None
    assert subscription.authorization is not None
    assert subscription.authorization.get_secret_value() == "Token abc"


def test_the_lines_for_the_other_shells_deliver_into_make_run(tmp_path: Path) -> None:
    """`make run` in one shell, an endpoint in the second, a completion from the third: it arrives."""
    redis, flower, endpoint = (str(free_port()) for _ in range(3))

    def here(lines: str) -> str:
        """Put this test's ports, this environment's programs and its patience into the README's lines."""
        return (
            lines.replace("8099", endpoint)
            .replace("$(cat var/valkey/url)", patient_url("$(cat var/valkey/url)"))
            .replace("var/", f"{tmp_path}/var/")
            .replace(".venv/bin/", f"{Path(sys.executable).parent}/")
        )

    ports = [f"--redis-port={redis}", f"--flower-port={flower}"]
    # What `make run` runs, on ports of the test's own.
    service = Process(
        "run",
        [sys.executable, "-m", "lessonhook.console", "run", *ports, f"--data={tmp_path / 'var'}"],
        {},
        tmp_path / "run.log",
    )
    second = Process(
        "second shell",
        ["/bin/sh", "-c", f"exec {here(block('sh', 'second shell')).strip()} --port {endpoint}"],
        {},
        tmp_path / "second.log",
    )
    try:
        service.start()
        second.start()
        wait_until(lambda: "Ready." in service.logs() and "Listening" in second.logs(), PATIENCE_SECONDS, service.logs)
        third = subprocess.run(
            ["/bin/sh", "-euc", here(block("sh", "third shell"))],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert third.returncode == 0, third.stderr
        found = re.search(r"Publication\(id='([^']+)'", third.stdout)
        assert found
        wait_until(lambda: f"webhook-id {found[1]}, status 200" in second.logs(), PATIENCE_SECONDS, second.logs)
        assert re.search(r"^acme +(sending|well) ", third.stdout, re.MULTILINE)
    finally:
        # Asked to end, not killed: it has processes of its own to end.
        ended = [end(process) for process in (second, service)]
        # pytest shows this only where the test failed.
        print(service.logs(), second.logs())  # noqa: T201  # it is the report of a failed test
    assert ended == [0, 0]


def end(process: Process) -> int:
    """Press Ctrl-C and return the exit code."""
    if process.running:
        process.send(signal.SIGINT)
    return process.wait()


def test_there_is_one_block_of_python() -> None:
    """The test above takes the only one that there is."""
    assert block("python")
