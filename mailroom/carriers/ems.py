"""EMS: orders, traces and pushes of China Post's express mail.

    apiCode, senderNo, authorization, timeStamp, msgType, version, logitcsInterface (spelt so)
    logitcsInterface = "|$4|" + Base64(SM4-ECB-PKCS7(json + signKey)), with Base64-decoded signKey as the key

`Account`: `customer` is the senderNo, `key` the signKey in Base64 (16 bytes), `authorization` the authorization code.

**What the cipher proves.**  Only who has the key can make such a body, but ECB keeps no blocks together: whoever has
seen two bodies can cut a third out of them.  So a pushed trace that decrypts is still a hint that a query must confirm,
one that does not decrypt, or bears another sender's number, is forged, and nothing of it is read.

What integrators agree on is all that is known here: of the error codes only the success `00000`, of the operations
those in `codes/ems.yaml`.  Every other code is kept as it came and calls for a person.  Whether EMS refuses a second
order under the same number is not known, and it offers no search, so an order whose outcome is unknown must not be sent
again by a program.
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from mailroom.carriers.base import (
    Account,
    Call,
    Capability,
    CarrierFault,
    Contact,
    FaultKind,
    Feed,
    Flaw,
    HttpRequest,
    Observation,
    OrderRequest,
    OrderResult,
    PushBatch,
    PushReply,
    Reply,
    Signature,
    Source,
    Tracked,
)
from mailroom.carriers.codes import code_table, signer
from mailroom.carriers.couriers import zone_basis
from mailroom.carriers.manual import CodecWithoutFeed
from mailroom.carriers.times import local_time
from mailroom.carriers.wire import (
    JsonObject,
    answered,
    as_list,
    compact,
    each,
    form,
    form_fields,
    json_object,
    malformed,
    order_reference,
    text_of,
    waybill_number,
)

NAME: Final = "ems"
URL: Final = "https://api.ems.com.cn/amp-prod-api/f/amp/api/open"
OK: Final = "00000"
ORDER, CANCEL, TRACE, TRACE_PUSH = "020003", "020006", "040001", "040002"

_SEALED: Final = "|$4|"
_DOCUMENTS: Final = "1"
_FAILED: Final = "99999"
_BLOCK: Final = 128
_BEIJING: Final = dt.timezone(dt.timedelta(hours=8))


def seal(text: str, sign_key: str) -> str:
    """A body as EMS reads it."""
    padder = PKCS7(_BLOCK).padder()
    encryptor = _cipher(sign_key).encryptor()
    padded = padder.update((text + sign_key).encode("utf-8")) + padder.finalize()
    return _SEALED + base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode("ascii")


def unseal(body: str, sign_key: str) -> str | None:
    """The text of a sealed body, or None where it was not sealed whole with this key."""
    try:
        raw = base64.b64decode(body.removeprefix(_SEALED), validate=True)
        decryptor, unpadder = _cipher(sign_key).decryptor(), PKCS7(_BLOCK).unpadder()
        padded = decryptor.update(raw) + decryptor.finalize()
        text = (unpadder.update(padded) + unpadder.finalize()).decode("utf-8")
    except ValueError:
        return None
    rest, end = text[: -len(sign_key)], text[-len(sign_key) :]
    return rest if hmac.compare_digest(end.encode(), sign_key.encode()) else None


class Ems(CodecWithoutFeed):
    """EMS's wire format; pure."""

    name = NAME
    capabilities = frozenset({Capability.QUERY, Capability.PUSH, Capability.ORDER, Capability.CANCEL})
    min_interval_seconds = 600
    """Our own; none is documented."""
    max_batch = 1

    def __init__(self, account: Account) -> None:
        self._account = account
        self._url = account.base_url or URL

    @property
    def push_failure(self) -> PushReply:
        """It asks for another try; of what push is not known."""
        return self._receipt("", _FAILED, "失败")

    def query(self, waybills: Sequence[Tracked], call: Call) -> HttpRequest:
        """Ask for the trace of one waybill."""
        (tracked,) = waybills
        return self._request(TRACE, {"waybillNo": waybill_number(tracked.waybill, NAME)}, call)

    def read_query(self, waybills: Sequence[Tracked], reply: Reply) -> Feed:
        """Read the trace of the waybill that was asked for."""
        (tracked,) = waybills
        flaws: list[Flaw] = []
        said = _said(reply)
        number = waybill_number(tracked.waybill, NAME)
        found = _items(said, Source.PULL, flaws, number)
        if any(observation.waybill != number for observation in found):
            raise malformed(NAME, "responseItems.waybillNo", "an answer about another number")
        return Feed({tracked.waybill: tuple(found)}, tuple(flaws))

    def read_push(self, headers: Mapping[str, str], body: bytes) -> PushBatch:
        """Read a pushed trace, sealed or in the clear; neither counts by itself."""
        fields = _push_fields(body)
        serial = text_of(fields, "serialNo", NAME, "push", 64)
        success, failure = self._receipt(serial, OK, "成功"), self._receipt(serial, _FAILED, "失败")
        sender = text_of(fields, "senderNo", NAME, "push", 64)
        sealed = fields.get("logitcsInterface")
        if not isinstance(sealed, str):
            raise malformed(NAME, "push.logitcsInterface", "a text is expected")
        text = unseal(sealed, self._account.key) if sealed.startswith(_SEALED) else sealed
        if text is None or sender not in {"", self._account.customer}:
            return PushBatch(Signature.FORGED, success, failure)
        flaws: list[Flaw] = []
        observations = _items(json_object(text, NAME, "logitcsInterface"), Source.PUSH, flaws)
        return PushBatch(Signature.UNSIGNED, success, failure, tuple(observations), flaws=tuple(flaws))

    def order(self, order: OrderRequest, call: Call) -> HttpRequest:
        """Order a waybill under the leg's name, for documents."""
        message: dict[str, object] = {
            "ecommerceUserId": self._account.customer,
            "logisticsOrderNo": order_reference(order.key),
            "createdTime": _stamp(call.now),
            "contentsAttribute": _DOCUMENTS,
            "weight": order.weight_grams,
            "remarks": order.remark,
            "sender": _contact(order.sender),
            "receiver": _contact(order.receiver),
            "cargos": [{"cargoName": order.contents, "cargoQuantity": 1}],
        }
        return self._request(ORDER, message, call)

    def read_order(self, order: OrderRequest, reply: Reply) -> OrderResult:
        """Read the waybill of the leg's order."""
        said, reference = _said(reply), order_reference(order.key)
        if text_of(said, "logisticsOrderNo", NAME, "retBody", 64) not in {reference, ""}:
            raise malformed(NAME, "retBody.logisticsOrderNo", "an answer about another order")
        number = text_of(said, "waybillNo", NAME, "retBody", 40)
        if not number:
            raise CarrierFault(FaultKind.NOT_FOUND, text="no waybill", carrier=NAME, where="retBody.waybillNo")
        return OrderResult(waybill_number(number, NAME), reference)

    def cancel(self, key: str, waybill: str, call: Call) -> HttpRequest:
        """Cancel the leg's order."""
        message = {"logisticsOrderNo": order_reference(key), "waybillNo": waybill, "cancelReason": "不再交寄"}
        return self._request(CANCEL, message, call)

    def read_cancel(self, reply: Reply) -> None:
        """Return if the order is cancelled."""
        _said(reply)

    def _request(self, api: str, message: Mapping[str, object], call: Call) -> HttpRequest:
        fields = {
            "apiCode": api,
            "senderNo": self._account.customer,
            "authorization": self._account.authorization,
            "timeStamp": _stamp(call.now),
            "msgType": "0",
            "version": "V1.0.0",
            "logitcsInterface": seal(compact(message), self._account.key),
        }
        return form(self._url, fields)

    def _receipt(self, serial: str, code: str, text: str) -> PushReply:
        said = {"serialNo": serial, "code": code, "codeMessage": text, "senderNo": self._account.customer}
        return PushReply(200, compact(said).encode("utf-8"))


def _said(reply: Reply) -> JsonObject:
    """The inner body of an answer that says it went well; an empty one is an empty object."""
    outer = json_object(answered(reply, NAME), NAME, "answer")
    code = text_of(outer, "retCode", NAME, "answer", 40)
    if code != OK:
        raise code_table(NAME).fault(NAME, "answer", code, text_of(outer, "retMsg", NAME, "answer"))
    inner = outer.get("retBody")
    if inner is None or inner == "":
        return {}
    if not isinstance(inner, str):
        raise malformed(NAME, "retBody", "a text is expected")
    return json_object(inner, NAME, "retBody")


def _items(said: JsonObject, source: Source, flaws: list[Flaw], asked: str = "") -> list[Observation]:
    items = as_list(said.get("responseItems"), NAME, "responseItems")
    return each(items, lambda entry, where: _item(entry, where, source, asked), NAME, "responseItems", flaws)


def _item(entry: JsonObject, where: str, source: Source, asked: str) -> Observation:
    number = waybill_number(text_of(entry, "waybillNo", NAME, where, 40) or asked, NAME)
    code = code_table(NAME).entry(text_of(entry, "opCode", NAME, where, 40) or "none")
    words = (text_of(entry, "opDesc", NAME, where), text_of(entry, "opName", NAME, where))
    text = next(filter(None, words), "")
    when = local_time(text_of(entry, "opTime", NAME, where, 40), zone_basis(NAME, number), NAME, f"{where}.opTime")
    return Observation(
        carrier=NAME,
        waybill=number,
        code=code.code,
        meaning=code.meaning,
        text=text,
        place=text_of(entry, "opOrg", NAME, where, 200),
        local_time=when.text,
        observe_time=when.moment,
        zone_offset_minutes=when.offset_minutes,
        zone_basis=when.basis,
        signed_by=signer(code, text),
        source=source,
        exception=code.exception,
    )


def _push_fields(body: bytes) -> Mapping[str, object]:
    return json_object(body, NAME, "push") if body.lstrip()[:1] == b"{" else dict(form_fields(body, NAME))


def _contact(contact: Contact) -> Mapping[str, object]:
    return {
        "name": contact.name,
        "mobile": contact.phone,
        "prov": contact.province,
        "city": contact.city,
        "county": contact.county,
        "address": contact.address,
        "postCode": contact.postcode,
    }


def _stamp(now: dt.datetime) -> str:
    return now.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def _cipher(sign_key: str) -> Cipher[modes.ECB]:
    try:
        key = base64.b64decode(sign_key, validate=True)
        # The carrier's choice; what it is worth is told above.
        return Cipher(algorithms.SM4(key), modes.ECB())  # noqa: S305
    except ValueError:
        raise CarrierFault(FaultKind.BAD_SIGNATURE, text="signKey is not 16 bytes in Base64", carrier=NAME) from None
