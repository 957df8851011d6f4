"""From what the carriers' side tells to events of this node: each thing once, however often it is told.

    Heard        ─► CarrierObserved, one for each observation, with the raw text sealed to the parties
    Assigned     ─► WaybillAssigned
    OrderFailed  ─► ParcelExceptionRaised(order-failed), with the carrier's reason sealed to the parties
    CancelFailed ─► the same

**Promised.**  What is recorded is decided in the step that records it: an observation that the parcel's state holds, or
that this journal has made an event of, makes none again.  So news that is told twice, because the process died between
recording it and saying so, changes nothing.

**The id of an observation** is an HMAC over what the carrier said, under a key that only this relay can derive.  Two
nodes see that two words are the same one, and a plain digest of a courier's sentence (a name, a telephone number) could
be guessed.  How it was heard is no part of it: pushed or pulled, it is the same word.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mailroom.carriers.base import Observation, SignedBy
from mailroom.domain.exceptions import is_open, over_by_arrival
from mailroom.domain.numbers import leg_name
from mailroom.domain.parcels import ParcelFolder
from mailroom.domain.transit import MOST_OBSERVATIONS, word_rank
from nodes.journal.drafts import Draft
from nodes.journal.recorder import Build, View
from nodes.relay.news import Assigned, CancelFailed, Heard, OrderFailed
from tongban.keys import NodeKeys
from tongban.v1 import leg_pb2, parcel_pb2

OBSERVED, ASSIGNED = "relay.observed", "relay.assigned"
"""What a request id of the journal stands for; its name is the parcel."""
RAW_PART, NOTE_PART = "raw", "note"
ID_SIZE: Final = 16

_LEG: Final = re.compile(r"(parcels/[A-Z0-9]{8,40})/legs/([1-9][0-9]?)")
_CODE: Final = re.compile(r"[A-Za-z0-9._-]{1,40}")
_WAYBILL: Final = re.compile(r"[A-Za-z0-9-]{4,40}")
_REFERENCE: Final = re.compile(r"[A-Za-z0-9._/-]{0,80}")
_FOLDER: Final = ParcelFolder()


def observation_key(keys: NodeKeys) -> bytes:
    """The key of observation ids: derived from the root, which no rotation changes and no database holds."""
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"tongban/v1/relay/observation")
    return derived.derive(keys.root.private_bytes_raw())


def observation_id(key: bytes, leg: str, seen: Observation) -> bytes:
    """What makes an observation of a leg the same one, pushed or pulled."""
    text = " ".join(unicodedata.normalize("NFKC", seen.text).split())
    said = json.dumps([leg, seen.carrier, seen.waybill, seen.code, seen.local_time, text], ensure_ascii=False)
    return hmac.new(key, said.encode("utf-8"), hashlib.sha256).digest()[:ID_SIZE]


def split_leg(name: str) -> tuple[str, int]:
    """The parcel and the number of a leg."""
    match = _LEG.fullmatch(name)
    if match is None:
        raise ValueError(f"{name} names no leg")
    return match[1], int(match[2])


def readers(state: parcel_pb2.Parcel) -> list[str]:
    """Who may read what a carrier said: the parties, without the relays, which have read it."""
    return sorted(_FOLDER.parties(state) - {leg.relay for leg in state.legs})


def heard(key: bytes, news: Heard, observations: Sequence[Observation]) -> Build:
    """Make events of some of the observations of a leg."""
    parcel, number = split_leg(news.leg)

    def build(view: View) -> tuple[Sequence[Draft], Any]:
        state = view.state(parcel)
        if not isinstance(state, parcel_pb2.Parcel):
            return [], 0
        known = {each.observation_id for leg in state.legs for each in leg.observations}
        raised: set[str] = set()
        drafts: list[Draft] = []
        for seen in observations:
            identity = observation_id(key, news.leg, seen)
            if identity in known or view.made(_request(identity), OBSERVED) or _is_noise(state, number, seen):
                continue
            known.add(identity)
            view.make(_request(identity), OBSERVED, parcel)
            drafts.append(word(state, number, identity, seen))
            drafts.extend(called_for(state, number, seen, raised))
        return drafts, len(drafts)

    return build


def _is_noise(state: parcel_pb2.Parcel, number: int, seen: Observation) -> bool:
    """One more word of a leg that has all that it keeps, and nothing in it that anybody has to act upon.

    A feed whose text changes with every question would otherwise fill the journals of everybody for ever.
    """
    leg = _leg(state, number)
    # What others typed takes no room from what is heard.
    if leg is None or sum(each.source != "manual" for each in leg.observations) < MOST_OBSERVATIONS:
        return False
    is_further = word_rank(seen.meaning.value) > word_rank(leg.carrier_word)
    return not (is_further or seen.exception or seen.signed_by in (SignedBy.AGENT, SignedBy.LOCKER))


def assigned(news: Assigned) -> Build:
    """Write the carrier's number down, unless the leg has it or was cancelled meanwhile."""
    parcel, number = split_leg(news.leg)
    waybill, reference = news.result.waybill, news.result.reference

    def build(view: View) -> tuple[Sequence[Draft], Any]:
        leg = _leg(view.state(parcel), number)
        if leg is None or leg.cancelled or leg.waybill.upper() == waybill.upper() or not _WAYBILL.fullmatch(waybill):
            return [], None
        if view.made(f"{news.leg}/{waybill}", ASSIGNED):
            return [], None
        view.make(f"{news.leg}/{waybill}", ASSIGNED, parcel)
        content = leg_pb2.WaybillAssigned(leg=number, waybill=waybill)
        if _REFERENCE.fullmatch(reference):
            content.carrier_order = reference
        return [Draft(parcel, "waybill_assigned", content)], None

    return build


def order_failed(leg_of_order: str, reason_zh: str, reason_en: str) -> Build:
    """Say that a leg gets no waybill, or is not cancelled at the carrier, unless that is open already."""
    parcel, number = split_leg(leg_of_order)

    def build(view: View) -> tuple[Sequence[Draft], Any]:
        state = view.state(parcel)
        leg = _leg(state, number)
        if leg is None or is_raised(state, "order-failed", number) or (leg.waybill and not leg.cancelled):
            return [], None
        content = parcel_pb2.ParcelExceptionRaised(code="order-failed", leg=number)
        note = f"{reason_zh}\n{reason_en}".encode()
        draft = Draft(
            parcel, "parcel_exception_raised", content, parts={NOTE_PART: note}, readers=readers(state), apart=True
        )
        return [draft], None

    return build


def failed(news: OrderFailed | CancelFailed) -> Build:
    """The same, in the words of the carrier's refusal."""
    return order_failed(news.leg, news.error.text("zh"), news.error.text("en"))


def is_raised(state: parcel_pb2.Parcel, code: str, leg: int) -> bool:
    """Whether this is said of a leg and still open."""
    subject = leg_name(state.name, leg)
    return any(each.code == code and each.subject == subject and is_open(each) for each in state.exceptions)


def _request(identity: bytes) -> str:
    return f"observation/{identity.hex()}"


def _leg(state: Any, number: int) -> parcel_pb2.Leg | None:
    legs = state.legs if isinstance(state, parcel_pb2.Parcel) else ()
    return next((leg for leg in legs if leg.number == number), None)


def word(state: parcel_pb2.Parcel, leg: int, identity: bytes, seen: Observation) -> Draft:
    """An observation of a leg as an event, its raw text sealed to the parties."""
    content = parcel_pb2.CarrierObserved(
        leg=leg,
        code=seen.code if _CODE.fullmatch(seen.code) else re.sub(r"[^A-Za-z0-9._-]", "-", seen.code)[:40] or "-",
        meaning=seen.meaning.value,
        observation_id=identity,
        source=seen.source.value,
        signed_by=seen.signed_by.value,
        zone_offset_minutes=seen.zone_offset_minutes,
        zone_basis=seen.zone_basis.value,
    )
    content.observe_time.FromDatetime(seen.observe_time)
    raw = {"text": seen.text, "place": seen.place, "local_time": seen.local_time, "carrier": seen.carrier}
    sealed = json.dumps(raw, ensure_ascii=False).encode("utf-8")
    return Draft(state.name, "carrier_observed", content, parts={RAW_PART: sealed}, readers=readers(state), apart=True)


def called_for(state: parcel_pb2.Parcel, leg: int, seen: Observation, raised: set[str]) -> Iterator[Draft]:
    """The exception that this word is by itself, once for a leg while it is open.

    None of a leg that was cancelled, and of one whose load was scanned in only what does not end by arriving.
    """
    code, found = seen.exception, _leg(state, leg)
    if not code or code in raised or is_raised(state, code, leg):
        return
    if found is None or found.cancelled or code in over_by_arrival(found):
        return
    raised.add(code)
    yield Draft(state.name, "parcel_exception_raised", parcel_pb2.ParcelExceptionRaised(code=code, leg=leg))
