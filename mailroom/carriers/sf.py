"""顺丰丰桥: orders, routes and pushes of SF Express, through one address and one form.

    partnerID, requestID, serviceCode, timestamp, msgDigest, msgData
    msgDigest = Base64(MD5(urlencode(msgData + timestamp + checkword))), as Java encodes

`Account`: `customer` is the partnerID, `key` the checkword, `monthly_account` the 月结卡号 that pays.

An answer has two layers: the gateway's (`apiResultCode`, where A1000 says only that the gateway understood) and, as a
string within, the service's own (`success`, `errorCode`).  Both are checked, each against its own table.

**An order is placed once.**  Its `orderId` is made of the leg's name, so placing it again is refused as a duplicate
(8016).  That is not a failure: `read_order` raises DUPLICATE_ORDER, and the waybill is then asked for with
`find_order`, whose answer `read_order` reads too.

**Pushes come unsigned.**  They arrive at a secret address, up to ten routes each, repeated and in any order.  Whoever
knows the address can send one, so none counts until a query has said the same; `carrier_id` is for leaving out
repeats within one push only.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote_plus

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
    as_object,
    compact,
    each,
    form,
    json_object,
    malformed,
    order_reference,
    phone_tail,
    text_of,
    waybill_number,
)

NAME: Final = "shunfeng"
URL: Final = "https://bspgw.sf-express.com/std/service"
MAX_ROUTES: Final = 10

SUCCESS: Final = PushReply(200, '{"return_code":"0000","return_msg":"成功"}'.encode())
FAILURE: Final = PushReply(200, '{"return_code":"1000","return_msg":"失败"}'.encode())

_GATEWAY_OK: Final = "A1000"
_SERVICE_OK: Final = frozenset({"S0000", ""})
_SENDER, _RECEIVER = 1, 2
_REFUSED_BY_FILTER: Final = "3"  # 筛单: not served there
_CANCELLED: Final = "2"
_CANCELLED_BEFORE: Final = "8037"
_MASTER_WAYBILL: Final = frozenset({"1", ""})  # 母单


def digest(message: str, timestamp: str, checkword: str) -> str:
    """The signature of a request, over Java's URL encoding of it."""
    encoded = quote_plus(message + timestamp + checkword, safe="*").replace("~", "%7E")
    return base64.b64encode(hashlib.md5(encoded.encode("ascii"), usedforsecurity=False).digest()).decode("ascii")


class ShunFeng(CodecWithoutFeed):
    """SF's wire format; pure."""

    name = NAME
    capabilities = frozenset(Capability)
    min_interval_seconds = 60
    """Our own; SF limits the requests of an interface, not those about a number."""
    max_batch = 10

    def __init__(self, account: Account) -> None:
        self._account = account
        self._url = account.base_url or URL

    @property
    def push_failure(self) -> PushReply:
        """It asks for another try."""
        return FAILURE

    def query(self, waybills: Sequence[Tracked], call: Call) -> HttpRequest:
        """Ask for the routes of up to ten waybills that share one telephone."""
        if not 1 <= len(waybills) <= self.max_batch:
            raise code_table(NAME).fault(NAME, "business", "8003", "")
        tails = {phone_tail(tracked.phone) for tracked in waybills}
        if len(tails) != 1 or not (tail := tails.pop()):
            raise CarrierFault(FaultKind.MISSING_PARAMETER, text="checkPhoneNo", carrier=NAME, where="phone")
        message = {
            "language": "zh-CN",
            "trackingType": 1,
            "trackingNumber": [waybill_number(tracked.waybill, NAME) for tracked in waybills],
            "methodType": 1,
            "checkPhoneNo": tail,
        }
        return self._request("EXP_RECE_SEARCH_ROUTES", message, call)

    def read_query(self, waybills: Sequence[Tracked], reply: Reply) -> Feed:
        """Read the routes of those waybills; of others nothing is believed."""
        asked = {waybill_number(tracked.waybill, NAME): tracked.waybill for tracked in waybills}
        found: dict[str, tuple[Observation, ...]] = {tracked.waybill: () for tracked in waybills}
        flaws: list[Flaw] = []
        groups = as_list(_service(reply).get("routeResps"), NAME, "msgData.routeResps")

        def read_group(group: JsonObject, where: str) -> None:
            number = text_of(group, "mailNo", NAME, where, 40).upper()
            if number not in asked:
                raise malformed(NAME, f"{where}.mailNo", "an answer about another number")
            routes = as_list(group.get("routes"), NAME, f"{where}.routes")
            heard = each(routes, lambda e, at: _route(e, at, number, Source.PULL), NAME, f"{where}.routes", flaws)
            found[asked[number]] += tuple(heard)

        each(groups, read_group, NAME, "msgData.routeResps", flaws)
        return Feed(found, tuple(flaws))

    def subscribe(self, waybill: Tracked, callback_url: str, call: Call) -> HttpRequest:
        """Register a waybill for pushes; the address itself is settled with SF once, not here."""
        message = {
            "type": "2",
            "attributeNo": waybill_number(waybill.waybill, NAME),
            "checkPhoneNo": phone_tail(waybill.phone),
            "language": "zh-CN",
            "country": "CN",
        }
        return self._request("EXP_RECE_REGISTER_ROUTE", message, call)

    def read_subscribe(self, reply: Reply) -> None:
        """Return if the waybill is registered."""
        _service(reply)

    def read_push(self, headers: Mapping[str, str], body: bytes) -> PushBatch:
        """Read pushed routes, none of which counts by itself."""
        pushed = as_object(json_object(body, NAME, "body").get("Body"), NAME, "Body")
        routes = as_list(pushed.get("WaybillRoute"), NAME, "Body.WaybillRoute")
        if len(routes) > MAX_ROUTES:
            raise malformed(NAME, "Body.WaybillRoute", f"over {MAX_ROUTES} routes")
        flaws: list[Flaw] = []

        def read(entry: JsonObject, where: str) -> Observation:
            number = waybill_number(text_of(entry, "mailno", NAME, where, 40), NAME)
            return _route(entry, where, number, Source.PUSH)

        observations = _without_repeats(each(routes, read, NAME, "Body.WaybillRoute", flaws))
        return PushBatch(Signature.UNSIGNED, SUCCESS, FAILURE, observations, flaws=tuple(flaws))

    def order(self, order: OrderRequest, call: Call) -> HttpRequest:
        """Order a waybill under the leg's name."""
        message: dict[str, object] = {
            "language": "zh-CN",
            "orderId": order_reference(order.key),
            "cargoDetails": [{"name": order.contents, "count": 1, "unit": "件"}],
            "contactInfoList": [_contact(_SENDER, order.sender), _contact(_RECEIVER, order.receiver)],
            "expressTypeId": 1,
            "payMethod": 1,
            "monthlyCard": self._account.monthly_account,
            "parcelQty": 1,
            "totalWeight": order.weight_grams / 1000,
            "isReturnRoutelabel": 1,
            "remark": order.remark,
        }
        return self._request("EXP_RECE_CREATE_ORDER", message, call)

    def read_order(self, order: OrderRequest, reply: Reply) -> OrderResult:
        """Read the waybill of the leg's order, whether new or found."""
        said = _service(reply)
        reference = order_reference(order.key)
        if text_of(said, "orderId", NAME, "msgData", 64) not in {reference, ""}:
            raise malformed(NAME, "msgData.orderId", "an answer about another order")
        if text_of(said, "filterResult", NAME, "msgData", 8) == _REFUSED_BY_FILTER:
            raise CarrierFault(FaultKind.NO_PERMISSION, "filterResult=3", "此地不能收派", carrier=NAME)
        for position, entry in enumerate(as_list(said.get("waybillNoInfoList"), NAME, "msgData.waybillNoInfoList")):
            where = f"msgData.waybillNoInfoList[{position}]"
            info = as_object(entry, NAME, where)
            if text_of(info, "waybillType", NAME, where, 8) in _MASTER_WAYBILL:
                number = waybill_number(text_of(info, "waybillNo", NAME, where, 40), NAME)
                return OrderResult(number, reference)
        raise CarrierFault(FaultKind.NOT_FOUND, text="no waybill", carrier=NAME, where="msgData.waybillNoInfoList")

    def find_order(self, order: OrderRequest, call: Call) -> HttpRequest:
        """Ask which waybill the leg's order got."""
        message = {"language": "zh-CN", "orderId": order_reference(order.key)}
        return self._request("EXP_RECE_SEARCH_ORDER_RESP", message, call)

    def cancel(self, key: str, waybill: str, call: Call) -> HttpRequest:
        """Cancel the leg's order."""
        message: dict[str, object] = {"orderId": order_reference(key), "dealType": 2, "language": "zh-CN"}
        if waybill:
            message["waybillNoInfoList"] = [{"waybillType": 1, "waybillNo": waybill_number(waybill, NAME)}]
        return self._request("EXP_RECE_UPDATE_ORDER", message, call)

    def read_cancel(self, reply: Reply) -> None:
        """Return if the order is cancelled, now or before."""
        try:
            said = _service(reply)
        except CarrierFault as fault:
            if fault.code == _CANCELLED_BEFORE:
                return
            raise
        result = text_of(said, "resStatus", NAME, "msgData", 8)
        if result not in {_CANCELLED, ""}:
            raise CarrierFault(FaultKind.NOT_FOUND, f"resStatus={result}", carrier=NAME, where="msgData.resStatus")

    def _request(self, service: str, message: Mapping[str, object], call: Call) -> HttpRequest:
        text, timestamp = compact(message), str(int(call.now.timestamp() * 1000))
        fields = {
            "partnerID": self._account.customer,
            "requestID": call.request_id,
            "serviceCode": service,
            "timestamp": timestamp,
            "msgDigest": digest(text, timestamp, self._account.key),
            "msgData": text,
        }
        return form(self._url, fields)


def _service(reply: Reply) -> JsonObject:
    """What the service itself said, once both layers say that it went well."""
    outer = json_object(answered(reply, NAME), NAME, "answer")
    code = text_of(outer, "apiResultCode", NAME, "answer", 40)
    if code != _GATEWAY_OK:
        raise code_table(NAME).fault(NAME, "gateway", code, text_of(outer, "apiErrorMsg", NAME, "answer"))
    inner = outer.get("apiResultData")
    if not isinstance(inner, str):
        raise malformed(NAME, "apiResultData", "a text is expected")
    said = json_object(inner, NAME, "apiResultData")
    code = text_of(said, "errorCode", NAME, "apiResultData", 40)
    if said.get("success") is not True or code not in _SERVICE_OK:
        raise code_table(NAME).fault(NAME, "business", code, text_of(said, "errorMsg", NAME, "apiResultData"))
    message = said.get("msgData")
    return {} if message is None else as_object(message, NAME, "msgData")


def _route(entry: JsonObject, where: str, number: str, source: Source) -> Observation:
    code = code_table(NAME).entry(text_of(entry, "opCode", NAME, where, 40) or "none")
    remark = text_of(entry, "remark", NAME, where)
    written = text_of(entry, "acceptTime", NAME, where, 40)
    when = local_time(written, zone_basis(NAME, number), NAME, f"{where}.acceptTime")
    return Observation(
        carrier=NAME,
        waybill=number,
        code=code.code,
        meaning=code.meaning,
        text=remark,
        place=text_of(entry, "acceptAddress", NAME, where, 200),
        local_time=when.text,
        observe_time=when.moment,
        zone_offset_minutes=when.offset_minutes,
        zone_basis=when.basis,
        signed_by=signer(code, remark),
        source=source,
        carrier_id=text_of(entry, "id", NAME, where, 64),
        exception=code.exception,
    )


def _without_repeats(observations: Sequence[Observation]) -> tuple[Observation, ...]:
    """The first of those that carry one id; those without an id all stay."""
    first: dict[str, Observation] = {}
    for position, observation in enumerate(observations):
        first.setdefault(observation.carrier_id or f"#{position}", observation)
    return tuple(first.values())


def _contact(kind: int, contact: Contact) -> Mapping[str, object]:
    return {
        "contactType": kind,
        "contact": contact.name,
        "mobile": contact.phone,
        "company": contact.company,
        "country": "CN",
        "province": contact.province,
        "city": contact.city,
        "county": contact.county,
        "address": contact.address,
        "postCode": contact.postcode,
    }
