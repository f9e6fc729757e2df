"""The documentation site is built with no network, and loads nothing from elsewhere when it is read."""

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from tests.support.rooms import ROOMS, ROOT

_ZENSICAL = Path(sys.executable).with_name("zensical")
#: What the site is made of.
_SOURCES = (".ci", "docs", "examples", *ROOMS)
_BUILD_SECONDS = 120
_NOWHERE = "http://127.0.0.1:9"
#: What a page loads by itself, by element and attribute; a link is only followed by a reader.
_LOADED = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "src")}
_NOT_LOADED = {"canonical", "prev", "next", "alternate"}


class _Page(HTMLParser):
    """Collects where a page leads, what it loads, and the places in it that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value}
        self.places |= {given[name] for name in ("id", "name") if name in given}
        for name in ("href", "src"):
            if name not in given:
                continue
            if (tag, name) in _LOADED and given.get("rel") not in _NOT_LOADED:
                self.loads.append(given[name])
            self.links.append(given[name])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site in a folder of its own, and return its path."""
    if not _ZENSICAL.exists():
        pytest.skip("zensical is not installed: pip install 'lessonhook[docs]'")
    project = tmp_path_factory.mktemp("project")
    for source in _SOURCES:
        shutil.copytree(ROOT / source, project / source, ignore=shutil.ignore_patterns("__pycache__"))
    for source in ("zensical.toml", "README.md", "CHANGELOG.md"):
        shutil.copy(ROOT / source, project)
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOWHERE)
    built = subprocess.run(
        [str(_ZENSICAL), "build", "--strict"],
        cwd=project,
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
        check=False,
        timeout=_BUILD_SECONDS,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return project / "site"


def _pages(site: Path) -> dict[str, _Page]:
    return {f"/{page.relative_to(site)}": _Page(page.read_text()) for page in site.rglob("*.html")}


def test_every_link_leads_somewhere_on_the_site(site: Path) -> None:
    """To a file, and to a place in it."""
    pages = _pages(site)
    assert len(pages) > len(list((ROOT / "docs").glob("*.md")))
    broken = []
    for name, page in pages.items():
        for link in page.links:
            target = urlsplit(urljoin(f"http://site{name}", link))
            if target.netloc != "site":
                continue
            path = unquote(target.path)
            path += "index.html" if path.endswith("/") else ""
            place = unquote(target.fragment)
            if not (site / path.lstrip("/")).is_file() or (place and path in pages and place not in pages[path].places):
                broken.append(f"{name}: {link}")
    assert broken == []


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    """No font, script, style or picture of another server."""
    loads = {load for page in _pages(site).values() for load in page.loads}
    assert [load for load in loads if urlsplit(load).netloc] == []
    styles = "".join(style.read_text() for style in site.rglob("*.css"))
    assert re.findall(r"url\([\"']?https?:[^)]*\)|@import", styles) == []


def test_the_reference_has_what_is_imported(site: Path) -> None:
    """The docstrings are there, and the fields of the models."""
    reference = (site / "reference" / "api" / "index.html").read_text()
    said = ("delay_on_commit", "Accept a completion for its subscriber", "sent_completions", "any 2xx is as good")
    assert [words for words in said if words not in reference] == []
    settings = (site / "reference" / "settings" / "index.html").read_text()
    assert "LESSONHOOK_RETRY_DELAY_SECONDS" in settings


def test_an_address_without_a_page_shows_what_to_do(site: Path) -> None:
    """In words, with a title and ways to go on; a browser shows it at any depth, so its links are absolute."""
    page = (site / "404.html").read_text()
    assert "<title>This page does not exist - lessonhook</title>" in page
    ways = [link for link in _Page(page.partition("<article")[2]).links if not link.startswith(("#", "https:"))]
    assert {"/quickstart/", "/lms/", "/receiving/", "/missing/"} <= set(ways)


def test_no_two_pages_of_the_guide_have_one_title(site: Path) -> None:
    """A reader with several tabs tells them apart."""
    titles = [
        re.findall(r"<title>(.*?)</title>", page.read_text())[0]
        for page in site.rglob("*.html")
        if "upstream" not in page.parts
    ]
    assert sorted(titles) == sorted(set(titles))


def test_every_page_can_be_reached(site: Path) -> None:
    """By the navigation of the first one."""
    start = _Page((site / "index.html").read_text())
    reached = {urlsplit(urljoin("http://site/", link)).path for link in start.links}
    built = {name.removesuffix("index.html") for name in _pages(site)} - {"/404.html"}
    assert {name for name in built if not name.startswith("/upstream/")} - reached == set()
