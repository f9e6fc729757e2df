"""An extension of the reference pages: the `#:` comment above a field becomes the description of the field."""

from typing import Any

from griffe import Attribute, Docstring, Extension, ObjectNode

_MARK = "#:"


class CommentsAsDocstrings(Extension):
    """Use the comment above an attribute as its docstring if it has none."""

    def on_attribute_instance(self, *, node: Any, attr: Attribute, agent: Any, **options: Any) -> None:
        """Read the lines above an attribute when the attribute is read."""
        del options, agent
        if attr.docstring or isinstance(node, ObjectNode) or not attr.lineno or not attr.parent:
            return
        file = attr.parent.filepath
        if isinstance(file, list):
            # A namespace has many folders, and no fields.
            return
        lines = attr.parent.lines_collection[file]
        comment: list[str] = []
        for line in reversed(lines[: attr.lineno - 1]):
            stripped = line.strip()
            if not stripped.startswith(_MARK):
                break
            comment.insert(0, stripped.removeprefix(_MARK).strip())
        if comment:
            attr.docstring = Docstring(" ".join(comment), parent=attr)
