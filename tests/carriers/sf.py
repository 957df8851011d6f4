"""顺丰丰桥 as its documents describe it: one address, digests, limits of 30 a second and 3,000 a day, orders once."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from typing import Any
from urllib.parse import quote_plus

from tests.carriers.standin import BEIJING, Pushed, StandIn, Window
from tongban.clock import Clock

SUCCESS = '{"return_code":"0000","return_msg":"成功"}'.encode()
A_SECOND, A_DAY = 30, 3000
STALE_SECONDS = 300


class SfStandIn(StandIn):
    """SF's gateway and the services behind it."""

    def __init__(self, clock: Clock, *, partner: str = "PARTNER", checkword: str = "CHECKWORD") -> None:
        super().__init__(clock)
        self.partner, self.checkword = partner, checkword
        self.orders: dict[str, str] = {}
        """Waybills by order number."""
        self.cancelled: set[str] = set()
        self.phones: dict[str, str] = {}
        """The last four digits that a number's routes are shown for."""
        self.faults: dict[str, str] = {}
        """Error codes to say, by service."""
        self._numbers = itertools.count(1)
        self._ids = itertools.count(1)
        self._windows: dict[str, tuple[Window, Window]] = {}
        self._requests: set[str] = set()
        self.a_day = A_DAY

    async def answer(self, path: str, fields: dict[str, str]) -> dict[str, object]:
        """Check the form, then let the service speak."""
        code = self._check(fields)
        if code:
            return {"apiResultCode": code, "apiErrorMsg": f"错误 {code}", "apiResultData": ""}
        message = json.loads(fields["msgData"])
        service = fields["serviceCode"]
        told = self.faults.get(service)
        inner = _no(told) if told else getattr(self, f"_{service.lower()}")(message)
        return {"apiResultCode": "A1000", "apiErrorMsg": "", "apiResultData": json.dumps(inner, ensure_ascii=False)}

    def _check(self, fields: dict[str, str]) -> str:
        wanted = {"partnerID", "requestID", "serviceCode", "timestamp", "msgDigest", "msgData"}
        if set(fields) != wanted:
            self.broken_rules.append(f"fields {sorted(fields)}")
            return "A1001"
        text = fields["msgData"] + fields["timestamp"] + self.checkword
        right = base64.b64encode(hashlib.md5(quote_plus(text, safe="*").encode()).digest()).decode()
        if fields["partnerID"] != self.partner or fields["msgDigest"] != right:
            self.broken_rules.append("digest")
            return "A1006"
        if abs(int(fields["timestamp"]) / 1000 - self.clock.now().timestamp()) > STALE_SECONDS:
            return "A1002"
        if fields["requestID"] in self._requests:
            self.broken_rules.append("request id")
            return "A1007"
        self._requests.add(fields["requestID"])
        if not hasattr(self, f"_{fields['serviceCode'].lower()}"):
            return "A1004"
        return self._throttled(fields["serviceCode"])

    def _throttled(self, service: str) -> str:
        windows = self._windows.setdefault(service, (Window(A_SECOND, 1.0), Window(self.a_day, 86_400.0)))
        now = self.clock.now().timestamp()
        within = [window.allows(now) for window in windows]
        if all(within):
            return ""
        self.broken_rules.append(f"{service} too often")
        return "A1005"

    def _exp_rece_search_routes(self, message: dict[str, Any]) -> dict[str, object]:
        numbers = message["trackingNumber"]
        self.note("routes", *numbers)
        if len(numbers) > 10:
            self.broken_rules.append(f"{len(numbers)} numbers at once")
            return _no("8003")
        if "BAD" in "".join(numbers):
            return _no("8247")
        return _yes({"routeResps": [self._routes(number, message["checkPhoneNo"]) for number in numbers]})

    def _routes(self, number: str, phone: str) -> dict[str, object]:
        shown = self.phones.get(number, phone) == phone
        routes = [
            {"acceptTime": s.local, "acceptAddress": s.place, "remark": s.text, "opCode": s.code}
            for s in (self.scans.get(number, []) if shown else [])
        ]
        return {"mailNo": number, "routes": routes}

    def _exp_rece_register_route(self, message: dict[str, Any]) -> dict[str, object]:
        self.note("register", message["attributeNo"])
        return _yes({})

    def _exp_rece_create_order(self, message: dict[str, Any]) -> dict[str, object]:
        order = message["orderId"]
        self.note("create", order)
        if order in self.orders:
            return _no("8016")
        self.orders[order] = f"SF{next(self._numbers):013d}"
        return self._order(order)

    def _exp_rece_search_order_resp(self, message: dict[str, Any]) -> dict[str, object]:
        self.note("find", message["orderId"])
        return self._order(message["orderId"]) if message["orderId"] in self.orders else _no("8018")

    def _exp_rece_update_order(self, message: dict[str, Any]) -> dict[str, object]:
        order = message["orderId"]
        self.note("cancel", order)
        if order not in self.orders:
            return _no("8018")
        if order in self.cancelled:
            return _no("8037")
        assert message["dealType"] == 2
        self.cancelled.add(order)
        return _yes({"orderId": order, "resStatus": 2})

    def _order(self, order: str) -> dict[str, object]:
        info = [{"waybillType": 1, "waybillNo": self.orders[order]}]
        return _yes({"orderId": order, "filterResult": 2, "waybillNoInfoList": info})

    def push_body(self, number: str, *codes: tuple[str, str]) -> bytes:
        """A push about a number: its scans so far, or whatever a forger writes."""
        local = self.clock.now().astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
        told = [(s.code, s.text, s.local) for s in self.scans.get(number, [])[-10:]]
        routes = [
            {
                "mailno": number,
                "orderid": "",
                "acceptTime": time,
                "acceptAddress": "漳州市",
                "remark": text,
                "opCode": code,
                "id": str(next(self._ids)),
            }
            for code, text, time in ([(code, text, local) for code, text in codes] or told)
        ]
        return json.dumps({"Body": {"WaybillRoute": routes}}, ensure_ascii=False).encode()

    async def push(self, url: str, number: str, *codes: tuple[str, str], retries: int = 3) -> Pushed:
        """Push about a number."""
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return await self.post(url, self.push_body(number, *codes), headers, SUCCESS, retries=retries)


def _yes(message: dict[str, object]) -> dict[str, object]:
    return {"success": True, "errorCode": "S0000", "errorMsg": None, "msgData": message}


def _no(code: str) -> dict[str, object]:
    return {"success": False, "errorCode": code, "errorMsg": f"错误 {code}", "msgData": None}
