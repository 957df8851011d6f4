"""快递100: one interface to all domestic couriers, by asking and by pushes.

    query       customer, sign, param;  sign = MD5(param + key + customer), upper case, over the very text sent
    subscribe   schema, param (key inside);  pushes then come every four hours or so
    push        sign, param;  sign = MD5(param + salt), upper case, only where the subscription named a salt

`Account`: `customer`, `key`, and `salt`, which should always be set: without it a push proves nothing.

Promised: a push whose signature is due and missing or wrong is not read any further, not even its number.  A number
is asked at most every 30 minutes, or the aggregator locks it; who calls keeps to `min_interval_seconds`.  The whole
list comes with every push and every answer, newest first, so whatever a push lost is in the next one.  An answer that
speaks of another number than was asked is an answer about nothing.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

from mailroom.carriers.base import (
    Account,
    Call,
    Capability,
    CarrierFault,
    FaultKind,
    Feed,
    Flaw,
    HttpRequest,
    Notice,
    Observation,
    PushBatch,
    PushReply,
    Reply,
    Signature,
    Source,
    Tracked,
    Watch,
    ZoneBasis,
)
from mailroom.carriers.codes import CodeEntry, code_table, signer
from mailroom.carriers.couriers import courier, zone_basis
from mailroom.carriers.manual import CodecWithoutFeed
from mailroom.carriers.times import local_time
from mailroom.carriers.wire import (
    JsonObject,
    answered,
    as_list,
    as_object,
    compact,
    each,
    form,
    form_fields,
    json_object,
    malformed,
    phone_tail,
    text_of,
    waybill_number,
)

NAME: Final = "kuaidi100"
URL: Final = "https://poll.kuaidi100.com"
LONGEST_NUMBER: Final = 32
RESUBSCRIBE_SECONDS: Final = 1800.0

SUCCESS: Final = PushReply(200, '{"result":true,"returnCode":"200","message":"成功"}'.encode())
FAILURE: Final = PushReply(200, '{"result":false,"returnCode":"500","message":"失败"}'.encode())

_OK: Final = "200"
_ALREADY_SUBSCRIBED: Final = "501"
_UNNAMED: Final = "unnamed"  # a state without a code, by a name that no table has
_LEVELS: Final = "4"  # resultv2: every entry says its sub-state


def query_sign(param: str, key: str, customer: str) -> str:
    """The signature of a query."""
    return _md5(param + key + customer)


def push_sign(param: str, salt: str) -> str:
    """The signature of a push."""
    return _md5(param + salt)


class Kuaidi100(CodecWithoutFeed):
    """The aggregator's wire format; pure."""

    name = NAME
    capabilities = frozenset({Capability.QUERY, Capability.SUBSCRIBE, Capability.PUSH})
    min_interval_seconds = 1800
    max_batch = 1

    def __init__(self, account: Account) -> None:
        self._account = account
        self._url = (account.base_url or URL).rstrip("/")

    @property
    def push_failure(self) -> PushReply:
        """It asks for another try, up to three times half an hour apart."""
        return FAILURE

    def query(self, waybills: Sequence[Tracked], call: Call) -> HttpRequest:
        """Ask for the whole list of one number."""
        (tracked,) = waybills
        param = {"com": tracked.carrier, "num": waybill_number(tracked.waybill, NAME, LONGEST_NUMBER)}
        text = compact(param | _about(tracked) | {"resultv2": _LEVELS})
        sign = query_sign(text, self._account.key, self._account.customer)
        return form(f"{self._url}/poll/query.do", {"customer": self._account.customer, "sign": sign, "param": text})

    def read_query(self, waybills: Sequence[Tracked], reply: Reply) -> Feed:
        """Read the list of the number that was asked for."""
        (tracked,) = waybills
        answer = json_object(answered(reply, NAME), NAME, "answer")
        code = text_of(answer, "returnCode", NAME, "answer")
        if code and code != _OK:
            raise code_table(NAME).fault(NAME, "query", code, text_of(answer, "message", NAME, "answer"))
        flaws: list[Flaw] = []
        number = waybill_number(tracked.waybill, NAME, LONGEST_NUMBER)
        if text_of(answer, "nu", NAME, "answer").upper() != number:
            raise malformed(NAME, "answer.nu", "an answer about another number")
        found = _observations(answer, number, tracked.carrier, Source.PULL, "answer", flaws)
        return Feed({tracked.waybill: tuple(found)}, tuple(flaws))

    def subscribe(self, waybill: Tracked, callback_url: str, call: Call) -> HttpRequest:
        """Ask for pushes; a courier that the aggregator should find out itself is left empty."""
        known = courier(waybill.carrier).listed
        number = waybill_number(waybill.waybill, NAME, LONGEST_NUMBER)
        about = _about(waybill)
        parameters = {
            "callbackurl": callback_url,
            "salt": self._account.salt,
            "resultv2": _LEVELS,
            "autoCom": "0" if known else "1",
            "interCom": "0",
            "phone": about.pop("phone", ""),
        }
        param = {"company": waybill.carrier if known else "", "number": number, **about, "key": self._account.key}
        return form(f"{self._url}/poll", {"schema": "json", "param": compact({**param, "parameters": parameters})})

    def read_subscribe(self, reply: Reply) -> None:
        """Return if the subscription stands; one that stood before is no fault."""
        answer = json_object(answered(reply, NAME), NAME, "answer")
        code = text_of(answer, "returnCode", NAME, "answer")
        if code not in {_OK, _ALREADY_SUBSCRIBED}:
            raise code_table(NAME).fault(NAME, "subscribe", code, text_of(answer, "message", NAME, "answer"))

    def read_push(self, headers: Mapping[str, str], body: bytes) -> PushBatch:
        """Check the signature, and read the list only if it is worth anything."""
        fields = form_fields(body, NAME)
        param = fields.get("param")
        if param is None:
            raise malformed(NAME, "param", "is missing")
        signature = self._judge(param, fields.get("sign", ""))
        if signature is Signature.FORGED:
            return PushBatch(signature, SUCCESS, FAILURE)
        push = json_object(param, NAME, "param")
        flaws: list[Flaw] = []
        observations: list[Observation] = []
        waybill = ""
        for part in ("lastResult", "destResult"):
            if push.get(part) is not None:
                result = as_object(push[part], NAME, part)
                number = waybill_number(text_of(result, "nu", NAME, part), NAME, LONGEST_NUMBER)
                waybill = waybill or number
                observations += _observations(result, number, "", Source.PUSH, part, flaws)
        notices = _notices(push, waybill, flaws) if waybill else ()
        return PushBatch(signature, SUCCESS, FAILURE, tuple(observations), notices, tuple(flaws))

    def _judge(self, param: str, sign: str) -> Signature:
        if not self._account.salt:
            return Signature.UNSIGNED
        right = push_sign(param, self._account.salt)
        return Signature.SIGNED if hmac.compare_digest(right.encode(), sign.encode()) else Signature.FORGED


def _about(tracked: Tracked) -> dict[str, str]:
    tail = phone_tail(tracked.phone)
    if courier(tracked.carrier).needs_phone and not tail:
        raise CarrierFault(FaultKind.MISSING_PARAMETER, text="phone", carrier=NAME, where="phone")
    about = {"phone": tail, "from": tracked.origin, "to": tracked.destination}
    return {name: value for name, value in about.items() if value}


def _observations(
    result: JsonObject, number: str, carrier: str, source: Source, where: str, flaws: list[Flaw]
) -> list[Observation]:
    carrier = text_of(result, "com", NAME, where, 40) or carrier
    # The country of destination writes its own times.
    basis = ZoneBasis.ASSUMED if where == "destResult" else zone_basis(carrier, number)
    state = text_of(result, "state", NAME, where, 8)
    entries = as_list(result.get("data"), NAME, f"{where}.data")
    newest = entries[0] if entries else None

    def read(entry: JsonObject, place: str) -> Observation:
        code = _code(entry, place, state if entry is newest else "")
        text = text_of(entry, "context", NAME, place)
        written = text_of(entry, "ftime", NAME, place, 40) or text_of(entry, "time", NAME, place, 40)
        when = local_time(written, basis, NAME, f"{place}.time")
        spot = text_of(entry, "areaName", NAME, place, 200) or text_of(entry, "location", NAME, place, 200)
        return Observation(
            carrier=carrier,
            waybill=number,
            code=code.code,
            meaning=code.meaning,
            text=text,
            place=spot,
            local_time=when.text,
            observe_time=when.moment,
            zone_offset_minutes=when.offset_minutes,
            zone_basis=when.basis,
            signed_by=signer(code, text),
            source=source,
            exception=code.exception,
        )

    return each(entries, read, NAME, f"{where}.data", flaws)


def _code(entry: JsonObject, where: str, state: str) -> CodeEntry:
    """The sub-state, else the state by its name, else, for the newest entry, the state of the whole list."""
    said = text_of(entry, "statusCode", NAME, where, 40)
    status = text_of(entry, "status", NAME, where, 40)
    return code_table(NAME).entry(said or _by_title().get(status) or state or (_UNNAMED if status else "none"))


@functools.cache
def _by_title() -> Mapping[str, str]:
    return {entry.title: raw for raw, entry in code_table(NAME).entries.items()}


def _notices(push: JsonObject, waybill: str, flaws: list[Flaw]) -> tuple[Notice, ...]:
    status = text_of(push, "status", NAME, "param", 40)
    if status not in set(Watch):
        flaws.append(Flaw("param.status", f"not known: {status}"))
        return ()
    changed = text_of(push, "autoCheck", NAME, "param", 8) == "1"
    notice = Notice(
        waybill,
        Watch(status),
        text_of(push, "message", NAME, "param"),
        text_of(push, "comOld", NAME, "param", 40) if changed else "",
        text_of(push, "comNew", NAME, "param", 40) if changed else "",
        RESUBSCRIBE_SECONDS if status == Watch.ABORT else None,
    )
    return (notice,)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8"), usedforsecurity=False).hexdigest().upper()
