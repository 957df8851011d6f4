"""Numbers, times, holders and codes as people read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import segno
from google.protobuf.timestamp_pb2 import Timestamp
from markupsafe import Markup

from tongban import errors
from tongban.local_numbers import parse_number
from tongban.v1 import parcel_pb2

Moment = dt.datetime | Timestamp | str
Say = Callable[[str], str]


def number(name: str) -> str:
    """The number in a name such as `applications/…`, grouped for reading aloud."""
    text = name.rpartition("/")[2]
    try:
        return parse_number(text).grouped
    except errors.TongbanError:
        return text


def when(moment: Moment, zone: ZoneInfo) -> str:
    """To the minute, in this zone; empty for no time."""
    if isinstance(moment, Timestamp):
        moment = moment.ToDatetime(dt.UTC)
    elif isinstance(moment, str):
        if not moment:
            return ""
        moment = dt.datetime.fromisoformat(moment)
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def qr(text: str) -> Markup:
    """A QR code as SVG that stands in the page; segno writes it of digits and its own words alone."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None))  # noqa: S704


def custody(held: object, post: Callable[[str, str, Say], str], title: Callable[[str], str], say: Say) -> str:
    """A holder in words; `say` puts them into the reader's language."""
    match held:
        case parcel_pb2.Custody(kind=parcel_pb2.HOLDER_KIND_POST):
            return post(held.post.node, held.post.post, say)
        case parcel_pb2.Custody(kind=parcel_pb2.HOLDER_KIND_LEG):
            parcel = held.leg.partition("/legs/")[0]
            node = title(held.answerable_node)
            return say("寄递途中(邮包 {parcel},由{node}负责)").format(parcel=number(parcel), node=node)
        case parcel_pb2.Custody(kind=parcel_pb2.HOLDER_KIND_APPLICANT):
            return say("申请人")
        case parcel_pb2.Custody(kind=parcel_pb2.HOLDER_KIND_VOIDED):
            return say("已缴销")
        case parcel_pb2.Custody(kind=parcel_pb2.HOLDER_KIND_MISSING):
            return say("下落不明(由{node}负责)").format(node=title(held.answerable_node))
        case _:
            return say("尚无记录")
