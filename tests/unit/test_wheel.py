"""The wheel is the whole product: what is in the rooms is in it, and it works without the source tree."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import PROJECT, ROOMS, ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build the wheel from the source tree, without network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def test_every_file_of_the_rooms_is_in_the_wheel_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    """Modules, Lua scripts and the marks of typing; no tests, no settings package that an LMS may have as well."""
    source = {
        str(path.relative_to(ROOT / room))
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert any(name.endswith(".lua") for name in source)
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == source


def test_the_wheel_is_imported_without_the_source_tree(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Each room comes from the wheel: the editable install, which would hide what is missing, is out of the way."""
    wheel.extractall(tmp_path)
    # -S leaves out the files by which an editable install points at the source tree.
    path = [str(tmp_path), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    code = f"import sys; sys.path[:0] = {path!r}\n"
    for room in ROOMS:
        code += f"import lessonhook.{room}; print(lessonhook.{room}.__file__)\n"
    imported = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert imported.stdout.splitlines() == [str(tmp_path / f"lessonhook/{room}/__init__.py") for room in ROOMS], (
        imported
    )


def test_an_lms_needs_nothing_of_what_only_a_worker_needs() -> None:
    """The base install is all that the producer needs: it is imported with every requirement of an extra missing."""
    extras = PROJECT["project"]["optional-dependencies"].values()
    names = {Requirement(line).name for extra in extras for line in extra}
    # An extra may ask for a newer version of what the base install has.
    names -= {Requirement(line).name for line in PROJECT["project"]["dependencies"]} | {"lessonhook"}
    missing = {name.lower().replace("-", "_") for name in names}
    assert {"requests", "flower", "cryptography"} <= missing
    # None in place of a module makes its import fail.
    code = f"import sys; sys.modules.update(dict.fromkeys({missing!r}))\nimport lessonhook.producer"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=PATIENCE_SECONDS)
