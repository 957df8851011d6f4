"""Is a result of one region recognised in another?  Rule T12, and what its home says of it.

A licence that law or regulation sets without a territorial limit is valid nationwide (行政许可法, article
41); anything else reaches as far as its home has stated with the item.  Where nothing is stated, only the home
recognises it: nobody is promised what no source promises.  A region includes those under it, which
`NodeProfile.superior` tells; the walk up ends at a node that is unknown, or that was passed already (two nodes may each
name the other by mistake).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from tongban import errors
from tongban.v1 import directory_pb2, lifecycle_pb2


class Nodes(Protocol):
    """The directory, as far as it is asked here."""

    def find(self, name: str) -> directory_pb2.Node | None:
        """A node, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Recognition:
    """The answer, with its reason in both languages; `through` is the region that makes it so, where one does."""

    recognised: bool
    area_zh: str
    area_en: str
    why_zh: str
    why_en: str
    through: str = ""


def recognised(document: directory_pb2.ItemDocument, result: str, node: str, directory: Nodes) -> Recognition:
    """Whether `node` recognises a result of this item; NotFound where the item has no such result."""
    found = next((each for each in document.results if each.code == result), None)
    if found is None:
        raise errors.NotFound(field="result", name=f"{document.name} {result}")
    if directory.find(node) is None:
        raise errors.NodeNotFound(field="node", name=node)
    above = tuple(_upward(node, directory))
    if found.validity == directory_pb2.VALIDITY_AREA_NATIONAL:
        return Recognition(True, "全国", "nationwide", "其有效范围为全国", "it is valid nationwide")
    if found.validity == directory_pb2.VALIDITY_AREA_UNSPECIFIED:
        area = f"{_title(document.home, directory)}(发布地未载明有效范围)", f"{document.home} (its home states none)"
        reached = [document.home] if node == document.home else []
    elif found.validity == directory_pb2.VALIDITY_AREA_HOME:
        area = f"{_title(document.home, directory)}及其下辖地区", f"{document.home} and what is under it"
        reached = [name for name in above if name == document.home]
    else:
        # The home always recognises what it issued itself.
        listed = [document.home, *found.recognised_by]
        names = "、".join(_title(name, directory) for name in listed)
        area = f"列明地区及其下辖地区:{names}", f"the nodes listed and what is under them: {', '.join(listed)}"
        reached = [name for name in above if name in listed]
    if not reached:
        return Recognition(False, *area, "不在其有效范围内", "it lies outside the validity area")
    through = reached[0]
    if through == node:
        return Recognition(True, *area, "在其有效范围内", "it lies within the validity area", through)
    title = _title(through, directory)
    return Recognition(True, *area, f"属{title}下辖,在其有效范围内", f"it is under {through}", through)


def check_recognised(document: directory_pb2.ItemDocument, result: str, node: str, directory: Nodes) -> Recognition:
    """The answer where it is yes; ResultNotRecognised where it is no."""
    answer = recognised(document, result, node, directory)
    if not answer.recognised:
        title = next(each.title for each in document.results if each.code == result)
        raise errors.ResultNotRecognised(
            field="result",
            title=title,
            home=_title(document.home, directory),
            place=_title(node, directory),
            area=answer.area_zh,
            area_en=answer.area_en,
        )
    return answer


def _upward(node: str, directory: Nodes) -> Iterator[str]:
    passed: set[str] = set()
    while node and node not in passed:
        passed.add(node)
        yield node
        found = directory.find(node)
        # A node that was suspended still lies where it lies.
        node = found.profile.superior if found is not None and found.state in _MEMBERS else ""


_MEMBERS = frozenset({lifecycle_pb2.NODE_STATE_ACTIVE, lifecycle_pb2.NODE_STATE_SUSPENDED})


def _title(name: str, directory: Nodes) -> str:
    found = directory.find(name)
    return found.profile.title if found is not None and found.profile.title else name
