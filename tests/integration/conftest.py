"""The whole system, for tests of what it promises from one end to the other."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.support.house import House, open_house

#: Opens a house for one test alone, with settings of its own.
OpenHouse = Callable[..., AbstractContextManager[House]]


@pytest.fixture(scope="session")
def _shared_house(server_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(server_kind, tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture
def house(_shared_house: House) -> Iterator[House]:
    """Answer a running system that tests share, each with customers of its own."""
    assert _shared_house.worker.running
    yield _shared_house
    _shared_house.part_with_customers()


@pytest.fixture
def own_house(server_kind: str, tmp_path: Path) -> OpenHouse:
    """Answer what opens a system for one test alone; what it is given are settings that differ from the short ones."""

    def opener(**changes: Any) -> AbstractContextManager[House]:
        return open_house(server_kind, tmp_path, **changes)

    return opener
