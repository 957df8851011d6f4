"""An item, its changes and its drift as text for a terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from agreements import data
from agreements.domain.elements import lines
from tongban.v1 import catalogue_pb2, directory_pb2, lifecycle_pb2

_EVENTS = {
    "item_published": ("发布", "published"),
    "item_revised": ("修订", "revised"),
    "item_withdrawn": ("取消", "withdrawn"),
}


def item_line(item: directory_pb2.Item) -> str:
    """One item on one line."""
    state = "" if item.state == lifecycle_pb2.ITEM_STATE_PUBLISHED else "\t已取消 withdrawn"
    code = item.document.item_code or item.document.base_code or "-"
    return f"{item.name}\t{item.document.title}\t{code}\tv{item.version}{state}"


def item_text(item: directory_pb2.Item) -> str:
    """A whole item, element by element; what is not filled in is left out."""
    said = [item_line(item)]
    for element in data.elements():
        found = lines(item.document, element)
        if found:
            said.append(f"{element.zh} · {element.en}")
            said += [f"    {line}" for line in found]
    return "\n".join(said)


def change_text(change: directory_pb2.ItemChange, zone: dt.tzinfo) -> str:
    """A change with its date."""
    when = change.admit_time.ToDatetime(dt.UTC).astimezone(zone)
    zh, en = _EVENTS.get(change.event_type, (change.event_type, change.event_type))
    head = f"{when:%Y-%m-%d %H:%M} {change.item} {change.title} {zh} {en}"
    if not change.element:
        return head
    said = [f"{head}: {change.element_zh} · {change.element_en}"]
    said += [f"    - {line}" for line in change.before] + [f"    + {line}" for line in change.after]
    return "\n".join(said)


def drift_text(drift: catalogue_pb2.ItemDrift) -> str:
    """A difference between regions, and who has what."""
    kind = "约定差异 agreed" if drift.agreed else "不一致 drift"
    said = [f"{drift.base_code} {drift.title} [{kind}] {drift.element_zh} · {drift.element_en}"]
    for variant in drift.variants:
        leave = "(约定 agreed)" if variant.leave else ""
        said.append(f"    {', '.join(variant.homes)}{leave}: {_joined(variant.lines)}")
    return "\n".join(said)


def _joined(found: Sequence[str]) -> str:
    return " / ".join(found) or "(未填 not filled in)"
