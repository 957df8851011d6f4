"""An agreement as people read it: the text in Chinese, as Markdown, for consoles and the command line.

What is said, and that nothing is left out, is `agreements.reading`'s and `agreements.standing`'s; this is how it looks.
A line that begins with a mark of Markdown is always ours: the lines of a free text that has several are indented.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from agreements.reading import Section, document_sections, plain
from agreements.reading import names_in as names_in
from agreements.standing import STATES as STATES
from agreements.standing import standing_sections
from tongban.v1 import agreement_pb2


def document_text(document: agreement_pb2.AgreementDocument, titles: Mapping[str, str] | None = None) -> str:
    """The text of a document; `titles` gives names for people to nodes and items, by resource name."""
    return "\n".join(_document(document, titles or {})) + "\n"


def agreement_text(agreement: agreement_pb2.Agreement, titles: Mapping[str, str] | None = None) -> str:
    """The text, then where it stands: who has signed, what waits, and whatever was suspended or ended."""
    named = titles or {}
    lines = [*_document(agreement.document, named), *_sections(standing_sections(agreement, named))]
    return "\n".join(lines) + "\n"


def _document(document: agreement_pb2.AgreementDocument, titles: Mapping[str, str]) -> Iterator[str]:
    yield f"# {_inside(plain(document.title))}"
    yield from _sections(document_sections(document, titles))


def _sections(sections: Iterable[Section]) -> Iterator[str]:
    for section in sections:
        yield ""
        yield f"## {_inside(section.title)}"
        yield ""
        for row in section.rows:
            if len(row.values) == 1:
                yield f"- {_inside(row.label)}:{_inside(row.values[0])}"
                continue
            yield f"- {_inside(row.label)}:"
            yield from (f"  - {_inside(value)}" for value in row.values)


def _inside(text: str) -> str:
    """The lines of a free text, none of which can be taken for ours."""
    return text.replace("\n", "\n      ")
