"""Answers and pushes as carriers write them, and the accounts that the tests use."""

from __future__ import annotations

import base64
import datetime as dt
import json
from urllib.parse import parse_qs, urlencode

from mailroom.carriers.base import Account, Call, Contact, HttpRequest, OrderRequest, Reply
from mailroom.carriers.ems import seal
from mailroom.carriers.kuaidi100 import push_sign

NOW = dt.datetime(2026, 11, 22, 8, 30, tzinfo=dt.UTC)
CALL = Call(NOW, "0193d0e0-0000-7000-8000-000000000001")
LEG = "parcels/P350600202611220001000000042V/legs/2"
REFERENCE = "P350600202611220001000000042V-2"

KD = Account(customer="CUST", key="KD-SECRET", salt="KD-SALT")
SF = Account(customer="PARTNER", key="SF-CHECKWORD", monthly_account="7551234567")
EMS_KEY = base64.b64encode(b"0123456789abcdef").decode()
EMS = Account(customer="1100123456", key=EMS_KEY, authorization="EMS-AUTHORIZATION")

ORDER = OrderRequest(
    LEG,
    Contact("窗口甲", "059600000001", "福建省", "漳州市", "芗城区", "胜利路1号", "漳州政务中心", "363000"),
    Contact("窗口乙", "076800000002", "广东省", "潮州市", "湘桥区", "潮州大道2号", "潮州政务中心", "521000"),
    "文件",
)


def reply(body: object, status: int = 200) -> Reply:
    return Reply(status, body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode())


def fields(request: HttpRequest) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode(), keep_blank_values=True).items()}


def kd_entry(code: object, time: str = "2026-11-22 16:30:00", text: str = "快件状态更新") -> dict[str, object]:
    return {"context": text, "time": time, "ftime": time, "statusCode": code, "areaName": "福建,漳州市"}


def kd_result(*entries: object, number: str = "EB123456785CN", com: str = "ems") -> dict[str, object]:
    return {"message": "ok", "state": "0", "status": "200", "com": com, "nu": number, "data": list(entries)}


def kd_push(param: object, salt: str | None = KD.salt) -> bytes:
    text = param if isinstance(param, str) else json.dumps(param, ensure_ascii=False)
    sent = {"param": text} if salt is None else {"sign": push_sign(text, salt), "param": text}
    return urlencode(sent).encode()


def sf_route(op: object, time: str = "2026-11-22 16:30:00", **more: object) -> dict[str, object]:
    return {"opCode": op, "acceptTime": time, "acceptAddress": "漳州市", "remark": "快件状态更新", **more}


def sf_reply(message: object, code: str = "S0000", gateway: str = "A1000") -> Reply:
    inner = {"success": code == "S0000", "errorCode": code, "errorMsg": "说明", "msgData": message}
    data = json.dumps(inner, ensure_ascii=False) if gateway == "A1000" else None
    return reply({"apiResultCode": gateway, "apiErrorMsg": "说明", "apiResponseID": "1", "apiResultData": data})


def sf_routes(number: str, *routes: object) -> Reply:
    return sf_reply({"routeResps": [{"mailNo": number, "routes": list(routes)}]})


def sf_push(*routes: object) -> bytes:
    return json.dumps({"Body": {"WaybillRoute": list(routes)}}, ensure_ascii=False).encode()


def ems_item(op: object, time: str = "2026-11-22 16:30:00", **more: object) -> dict[str, object]:
    item = {"waybillNo": "1234567890123", "opTime": time, "opCode": op, "opName": "名称", "opDesc": "说明"}
    return item | {"opOrg": "漳州揽投部"} | more


def ems_reply(body: object, code: str = "00000") -> Reply:
    inner = body if isinstance(body, str) or body is None else json.dumps(body, ensure_ascii=False)
    return reply({"serialNo": "1", "retCode": code, "retMsg": "说明", "retBody": inner, "success": code == "00000"})


def ems_push(*items: object, key: str = EMS_KEY, sender: str = EMS.customer, sealed: bool = True) -> bytes:
    text = json.dumps({"responseItems": list(items)}, ensure_ascii=False)
    body = seal(text, key) if sealed else text
    return urlencode({"serialNo": "S-77", "senderNo": sender, "logitcsInterface": body}).encode()
