"""What people call the papers of an application, for what a desk has to say about one of them."""

from __future__ import annotations

from mailroom.domain.numbers import split_original
from nodes.desk.telling import OLD_PAPERS
from tongban.local_numbers import parse_number
from tongban.v1 import application_pb2, directory_pb2


def paper(state: application_pb2.Application, name: str, item: directory_pb2.Item | None) -> str:
    """An original by its title, as far as the item tells one, else by its id."""
    original = split_original(name)[1]
    known = {each.code: each.title for each in item.document.materials} if item is not None else {}
    codes = {each.original: each.code for each in state.surrendered}
    codes |= {each.original: each.code for each in state.materials}
    if code := codes.get(original):
        return known.get(code) or OLD_PAPERS.get(code, original)
    issued = {each.original for each in state.results} | {each.original for each in state.papers}
    title = item.document.result_title if item is not None and original in issued else ""
    return title or original


def number(name: str) -> str:
    """An application's or a parcel's number, grouped as it is printed."""
    return parse_number(name.partition("/")[2]).grouped
