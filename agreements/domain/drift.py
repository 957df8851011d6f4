"""同事同标: the same item means the same everywhere, and where it does not, somebody is told.

Items are the same where they have the same base code (基本编码), which is compared as it stands and never taken apart.
For each element that shall be equal, the regions are grouped by what they have; one group is agreement, more are a
difference.  Where **every** region that stands apart from the most common value has named the element among its
`agreed_differences`, the difference is agreed and reported as such; else it is drift.  With two values held by equally
many, nobody is the exception, so all but one of the groups must have leave: it does not matter which one.

Pure: items in, differences out, in the order of base codes and elements.  Who is told follows from `concerned`: the
regions that publish the item, and the parties of every agreement in which one of them is a party too and a clause
names one of these items.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agreements.domain.elements import Element, lines
from tongban.v1 import agreement_pb2, directory_pb2, lifecycle_pb2


@dataclass(frozen=True, slots=True)
class Variant:
    """One value of an element, and the items that have it."""

    lines: tuple[str, ...]
    items: tuple[str, ...]
    homes: tuple[str, ...]
    leave: bool
    """Whether each of these regions names the element among its agreed differences."""


@dataclass(frozen=True, slots=True)
class Drift:
    """An element that the regions have differently; the most common value first."""

    base_code: str
    title: str
    element: Element
    variants: tuple[Variant, ...]
    agreed: bool

    @property
    def items(self) -> frozenset[str]:
        """All items that are compared here."""
        return frozenset(name for variant in self.variants for name in variant.items)

    @property
    def homes(self) -> frozenset[str]:
        """All regions that publish the item."""
        return frozenset(home for variant in self.variants for home in variant.homes)


Worded = dict[str, tuple[bytes, tuple[tuple[str, ...], ...]]]
"""The compared elements of items in words, by name, each with the head of the stream that they were read at."""


def drift(
    items: Iterable[directory_pb2.Item], elements: Sequence[Element], worded: Worded | None = None
) -> tuple[Drift, ...]:
    """Every difference between regions in what shall be equal, agreed ones too.

    Putting items into words is what takes time.  Whoever asks again hands in `worded`, the same mapping each time and
    for the same elements: only items that have changed are put into words anew.
    """
    same = [element for element in elements if element.same]
    known: Worded = worded if worded is not None else {}
    groups: dict[str, list[_Compared]] = {}
    for item in sorted(items, key=lambda each: each.name):
        if item.state == lifecycle_pb2.ITEM_STATE_PUBLISHED and item.document.base_code:
            groups.setdefault(item.document.base_code, []).append((item.document, _words(item, same, known)))
    return tuple(
        found
        for code, compared in sorted(groups.items())
        if len({document.home for document, _ in compared}) > 1
        for place, element in enumerate(same)
        if (found := _compare(code, compared, place, element)) is not None
    )


_Compared = tuple[directory_pb2.ItemDocument, tuple[tuple[str, ...], ...]]


def _words(item: directory_pb2.Item, same: Sequence[Element], known: Worded) -> tuple[tuple[str, ...], ...]:
    found = known.get(item.name)
    if found is None or found[0] != item.head or not item.head:
        found = known[item.name] = (item.head, tuple(lines(item.document, element) for element in same))
    return found[1]


def concerned(found: Drift, agreements: Iterable[agreement_pb2.Agreement]) -> frozenset[str]:
    """The nodes that are told: those that publish the item, and those that share an agreement on it."""
    told = set(found.homes)
    for agreement in agreements:
        if agreement.state in _OVER:
            continue
        parties = {party.node for party in agreement.document.parties}
        if parties & found.homes and _names(agreement.document, found):
            told |= parties
    return frozenset(told)


_OVER = frozenset({lifecycle_pb2.AGREEMENT_STATE_TERMINATED})


def _names(document: agreement_pb2.AgreementDocument, found: Drift) -> bool:
    if any(found.base_code in pool.base_codes for pool in document.pools):
        return True
    return any(name in found.items for clause in document.clauses for name in clause.items)


def _compare(code: str, compared: Sequence[_Compared], place: int, element: Element) -> Drift | None:
    values: dict[tuple[str, ...], list[directory_pb2.ItemDocument]] = {}
    for document, words in compared:
        values.setdefault(words[place], []).append(document)
    if len(values) == 1:
        return None
    variants = [
        Variant(
            value,
            tuple(document.name for document in having),
            tuple(dict.fromkeys(document.home for document in having)),
            all(element.name in document.agreed_differences for document in having),
        )
        for value, having in values.items()
    ]
    # Most common first; among equals, the one without leave is the rule and those with leave are the exceptions.
    variants.sort(key=lambda each: (-len(each.homes), each.leave, each.lines))
    agreed = all(variant.leave for variant in variants[1:])
    return Drift(code, compared[0][0].title, element, tuple(variants), agreed)
