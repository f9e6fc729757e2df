"""Templates from two places: the pages' own, and Flower's, whose navigation gets one more entry."""

from pathlib import Path
from typing import Any, Final

from tornado.template import Loader, Template

_NAVIGATION: Final = "navbar.html"
#: Ends the list of Flower's pages, the first list in its navigation.
_END_OF_LIST: Final = "</ul>"
_ENTRY: Final = "navbar_entry.html"


class FlowerLoader(Loader):
    """Loads our own template if there is one of the name, else Flower's."""

    def __init__(self, *, own: Path, flower: str, **options: Any) -> None:
        super().__init__(flower, **options)
        self._own = own

    def _create_template(self, name: str) -> Template:
        if name == _NAVIGATION:
            # Flower's own file, so that its other entries are as this release of Flower has them.
            pages, end, rest = (Path(self.root) / name).read_text(encoding="utf-8").partition(_END_OF_LIST)
            entry = (self._own / _ENTRY).read_text(encoding="utf-8")
            return Template(pages + entry + end + rest, name=name, loader=self)
        own = self._own / name
        if own.is_file():
            return Template(own.read_bytes(), name=name, loader=self)
        return super()._create_template(name)
