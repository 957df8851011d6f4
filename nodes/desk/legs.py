"""The legs of a parcel's way: booked, handed over, cancelled, photographed, spoken of; and the way changed.

Whoever has the parcel in hand books its next leg, names the relay that hears the carrier, and says by when it is due: a
day on which both regions work.  What the relay must tell the carrier to order a waybill is sealed to the relay alone.

A parcel that is handed over whose leg was booked before goes on that leg, with the carrier and the number it has.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from mailroom.calendars import calendar_of
from mailroom.carriers.couriers import courier
from mailroom.domain.legs import WITHOUT_WAYBILL
from mailroom.domain.manifest import normal_seals
from mailroom.domain.workdays import due_time_for
from nodes.desk.parcels import ParcelDesk
from nodes.desk.photos import sealed_photo
from nodes.desk.staff import MAILROOM, Staff
from nodes.journal.drafts import Draft
from tongban import errors
from tongban.v1 import leg_pb2, lifecycle_pb2, mailroom_pb2, parcel_pb2

DAYS: Final[Mapping[str, int]] = MappingProxyType(
    {"hand": 1, "agency-van": 2, "shunfeng": 3, "ems": 4, "jd": 4, "post": 7, "diplomatic-bag": 20}
)
"""Working days that a carrier may take where nobody said by when a parcel is due."""

_USUAL_DAYS: Final = 5


class LegDesk(ParcelDesk):
    """Books legs and hands over."""

    async def offer_parcel(self, staff: Staff, request: mailroom_pb2.OfferParcelRequest) -> parcel_pb2.Parcel:
        """Book a leg without handing anything over yet."""
        staff.require("交寄", MAILROOM)
        parcel = await self._state(request.name)
        ordered = request.HasField("order")
        if not (request.waybill or ordered or request.carrier in WITHOUT_WAYBILL):
            raise _no_waybill()
        offered = self._offered(parcel, request.carrier, request.waybill)
        if ordered:
            offered.relay = self._ordering_relay(request.carrier)
        offered.order, offered.cost_fen = ordered, request.cost_fen
        if request.HasField("due_time"):
            offered.due_time.CopyFrom(request.due_time)
        draft = Draft(request.name, "parcel_offered", offered)
        if ordered:
            parts = {"order": request.order.SerializeToString()}
            draft = Draft(request.name, "parcel_offered", offered, parts=parts, readers=[offered.relay], apart=True)
        return await self._record(staff, request.name, draft)

    async def cancel_leg(self, staff: Staff, request: mailroom_pb2.CancelLegRequest) -> parcel_pb2.Parcel:
        """Cancel a booked leg that nothing was given to."""
        staff.require("交寄", MAILROOM)
        await self._state(request.name)
        return await self._record(
            staff, request.name, Draft(request.name, "leg_cancelled", leg_pb2.LegCancelled(leg=request.leg))
        )

    async def dispatch_parcel(self, staff: Staff, request: mailroom_pb2.DispatchParcelRequest) -> parcel_pb2.Parcel:
        """Book the leg, unless it is, and record the giver's scan; both on disk together."""
        staff.require("交寄", MAILROOM)
        stub = self._open(request.stub)
        parcel = await self._state(request.name)
        if stub.parcel != request.name:
            raise errors.ManifestMismatch(
                field="stub", stream=request.name, what="邮包码 (code)", expected=request.name, found=stub.parcel
            )
        seals = normal_seals(request.seals)
        if seals != normal_seals(parcel.seals):
            raise errors.ManifestMismatch(
                field="seals",
                stream=request.name,
                what="封签号 (seal numbers)",
                expected=f"{len(parcel.seals)} 枚 (as sealed)",
                found=", ".join(seals),
            )
        leg = booked_leg(parcel)
        drafts = self._booking(parcel, leg, request)
        waybill = request.waybill or (leg.waybill if leg is not None else "")
        scan = stub.scan(seals, waybill, parcel_pb2.Post(node=self._core.name, post=staff.post))
        dispatched = parcel_pb2.ParcelDispatched(scan=scan, leg=leg.number if leg is not None else len(parcel.legs) + 1)
        draft = Draft(request.name, "parcel_dispatched", dispatched)
        if request.waybill_photo:
            photo = sealed_photo(self._core.entropy, "waybill", request.waybill_photo, "waybill_photo")
            dispatched.waybill_photo_digest = photo.digest
            draft = Draft(
                request.name, "parcel_dispatched", dispatched, parts=photo.parts, readers=self._readers(parcel)
            )
        return await self._record(staff, request.name, *drafts, draft)

    def _booking(
        self, parcel: parcel_pb2.Parcel, leg: parcel_pb2.Leg | None, request: mailroom_pb2.DispatchParcelRequest
    ) -> list[Draft]:
        """What books the leg, or gives the booked one the number that it still lacks."""
        needs = request.carrier not in WITHOUT_WAYBILL
        if leg is None:
            if needs and not request.waybill:
                raise _no_waybill()
            offered = self._offered(parcel, request.carrier, request.waybill)
            if request.HasField("due_time"):
                offered.due_time.CopyFrom(request.due_time)
            return [Draft(parcel.name, "parcel_offered", offered)]
        if leg.carrier != request.carrier:
            raise errors.FieldInvalid(
                field="carrier",
                problem=f"这一段已交由 {leg.carrier} 承运,要换承运方请先撤销",
                problem_en=f"this leg is booked with {leg.carrier}; cancel it to change the carrier",
            )
        if leg.waybill or not needs:
            return []
        if not request.waybill:
            raise _no_waybill()
        number = leg_pb2.WaybillAssigned(leg=leg.number, waybill=request.waybill)
        return [Draft(parcel.name, "waybill_assigned", number)]

    def _offered(self, parcel: parcel_pb2.Parcel, carrier: str, waybill: str) -> parcel_pb2.ParcelOffered:
        offered = parcel_pb2.ParcelOffered(
            leg=len(parcel.legs) + 1, carrier=carrier, waybill=waybill, relay=self._relay(carrier)
        )
        offered.due_time.CopyFrom(self._due(parcel, carrier))
        return offered

    def _relay(self, carrier: str) -> str:
        """The relay that hears this carrier, the first in the directory; empty where nobody does."""
        relays = self._core.shared.directory.relays()
        return next((relay.name for relay in relays if carrier in relay.profile.carriers), "")

    def _ordering_relay(self, carrier: str) -> str:
        """The relay that orders waybills from this carrier, the first in the directory."""
        relays = self._core.shared.directory.relays()
        found = next((relay.name for relay in relays if carrier in relay.profile.order_carriers), "")
        if found:
            return found
        can = sorted({code for relay in relays for code in relay.profile.order_carriers})
        if not can:
            raise errors.FieldInvalid(
                field="order",
                problem="目录里没有能代订运单的中继,请自行取得运单号后填写",
                problem_en="no relay in the directory orders waybills; get a number and give it",
            )
        titles = "、".join(courier(code).title for code in can)
        raise errors.FieldInvalid(
            field="carrier",
            problem=f"中继不能向{courier(carrier).title}订运单,能订的是:{titles}。请改选,或自行取得运单号后填写",
            problem_en=f"no relay orders waybills from {carrier}; from these one does: {', '.join(can)}. "
            "Choose one of them, or get a number and give it",
        )

    def _due(self, parcel: parcel_pb2.Parcel, carrier: str) -> Timestamp:
        giver, taker = (calendar_of(self._zone(node)) for node in (self._core.name, parcel.destination.node))
        due = due_time_for(self._core.clock.now(), DAYS.get(carrier, _USUAL_DAYS), giver, taker)
        stamp = Timestamp()
        stamp.FromDatetime(due.time)
        return stamp

    async def add_waybill_photo(self, staff: Staff, request: mailroom_pb2.AddWaybillPhotoRequest) -> parcel_pb2.Parcel:
        """Add the waybill's photograph to a leg."""
        staff.require("交寄", MAILROOM)
        parcel = await self._state(request.name)
        photo = sealed_photo(self._core.entropy, "waybill", request.photo)
        content = leg_pb2.WaybillPhotographed(leg=request.leg, photo_digest=photo.digest)
        readers = self._readers(parcel)
        return await self._record(
            staff,
            request.name,
            Draft(request.name, "waybill_photographed", content, parts=photo.parts, readers=readers),
        )

    async def record_observation(
        self, staff: Staff, request: mailroom_pb2.RecordObservationRequest
    ) -> parcel_pb2.Parcel:
        """Record what a carrier without a feed has said, as somebody heard or read it."""
        staff.require("记录承运方消息", MAILROOM)
        parcel = await self._state(request.name)
        now = self._core.clock.now()
        when = request.observe_time.ToDatetime(dt.UTC) if request.HasField("observe_time") else now
        offset = when.astimezone(calendar_of(self._zone(self._core.name)).zone).utcoffset() or dt.timedelta()
        content = parcel_pb2.CarrierObserved(
            leg=request.leg,
            code=f"manual.{request.meaning}",
            meaning=request.meaning,
            source="manual",
            signed_by=request.signed_by,
            zone_offset_minutes=round(offset.total_seconds() / 60),
            zone_basis="assumed",
            observation_id=self._core.entropy.token(16),
        )
        content.observe_time.FromDatetime(when)
        parts = {"raw": json.dumps({"text": request.text}, ensure_ascii=False).encode()} if request.text else {}
        readers = self._readers(parcel) if parts else []
        return await self._record(
            staff, request.name, Draft(request.name, "carrier_observed", content, parts=parts, readers=readers)
        )

    async def redirect_parcel(self, staff: Staff, request: mailroom_pb2.RedirectParcelRequest) -> parcel_pb2.Parcel:
        """Send a parcel somewhere else, or home; it still has to be handed over."""
        staff.require("改寄", MAILROOM)
        parcel = await self._state(request.name)
        to = parcel.origin if request.returning else request.destination
        receiver = self._core.shared.directory.find(to.node)
        if receiver is None:
            raise errors.NodeNotFound(field="destination.node", name=to.node or "-")
        if to.post not in {post.id for post in receiver.profile.posts} and not request.returning:
            raise errors.FieldInvalid(
                field="destination.post",
                problem=f"{receiver.profile.title}没有收发点“{to.post}”",
                problem_en=f"{receiver.name} has no post {to.post}",
            )
        content = leg_pb2.ParcelRedirected(destination=to, reason=request.reason, returning=request.returning)
        return await self._record(staff, request.name, Draft(request.name, "parcel_redirected", content))

    async def _record(self, staff: Staff, name: str, *drafts: Draft) -> parcel_pb2.Parcel:
        recorded = await self._core.record(staff.actor, lambda view: (drafts, None))
        return recorded.states[name]  # type: ignore[no-any-return]


def booked_leg(parcel: parcel_pb2.Parcel) -> parcel_pb2.Leg | None:
    """The leg that is booked and waits for its parcel, or None."""
    last = parcel.legs[-1] if parcel.legs else None
    if last is None or parcel.state != lifecycle_pb2.PARCEL_STATE_OFFERED or last.cancelled:
        return None
    return None if last.HasField("dispatch") or last.HasField("intake") else last


def unpictured_leg(parcel: parcel_pb2.Parcel, node: str) -> parcel_pb2.Leg | None:
    """The last leg that this node gave to a courier, where it is under way and its waybill's photograph is lacking."""
    given = [leg for leg in parcel.legs if leg.booking_node == node and leg.HasField("dispatch") and not leg.cancelled]
    if not given or given[-1].waybill_photo_digest or given[-1].HasField("intake"):
        return None
    return given[-1] if given[-1].waybill and given[-1].carrier not in WITHOUT_WAYBILL else None


def _no_waybill() -> errors.FieldInvalid:
    return errors.FieldInvalid(
        field="waybill", problem="由快递承运须填运单号", problem_en="a courier's parcel has a waybill number"
    )
