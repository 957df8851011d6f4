"""快递100 as its documents describe it: signatures, the half hour a number, subscriptions and pushes."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from typing import Any
from urllib.parse import urlencode

from tests.carriers.standin import Pushed, Scan, StandIn
from tongban.clock import Clock

SUCCESS = '{"result":true,"returnCode":"200","message":"成功"}'.encode()
PAUSE = dt.timedelta(minutes=30)
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
STATES = {"103": "1", "1001": "0", "1002": "0", "5": "5", "501": "5", "301": "3", "303": "3", "304": "3", "203": "2"}


class KuaidiStandIn(StandIn):
    """The aggregator."""

    def __init__(self, clock: Clock, *, customer: str = "CUST", key: str = "KEY", salt: str = "SALT") -> None:
        super().__init__(clock)
        self.customer, self.key, self.salt = customer, key, salt
        self.subscribed: dict[str, dict[str, Any]] = {}
        self.locked: set[str] = set()
        self._last: dict[str, dt.datetime] = {}

    async def answer(self, path: str, fields: dict[str, str]) -> dict[str, object]:
        """Query or subscription."""
        return self._query(fields) if path == "/poll/query.do" else self._subscribe(fields)

    def _query(self, fields: dict[str, str]) -> dict[str, object]:
        param = fields.get("param", "")
        right = hashlib.md5((param + self.key + self.customer).encode()).hexdigest().upper()
        if fields.get("customer") != self.customer or fields.get("sign") != right:
            self.broken_rules.append("signature")
            return self._no("503", "验证签名失败")
        asked = json.loads(param)
        number = asked["num"]
        self.note("query", number)
        last, self._last[number] = self._last.get(number), self.clock.now()
        if last is not None and self.clock.now() - last < PAUSE:
            self.broken_rules.append(f"{number} asked again after {self.clock.now() - last}")
            self.locked.add(number)
        if number in self.locked:
            return self._no("502", "该单号已被锁定")
        if asked["com"] == "shunfeng" and len(asked.get("phone", "")) != 4:
            return self._no("408", "验证码错误")
        scans = self.scans.get(number)
        if not scans:
            return self._no("500", "查询无结果,请隔段时间再查")
        return self._result(number, asked["com"], scans)

    def _result(self, number: str, com: str, scans: list[Scan]) -> dict[str, object]:
        entries = [
            {
                "time": s.local,
                "ftime": s.local,
                "context": s.text,
                "areaName": s.place,
                "statusCode": s.code,
                "status": "",
            }
            for s in reversed(scans)
        ]
        state = STATES.get(scans[-1].code, "0")
        return {
            "message": "ok",
            "nu": number,
            "ischeck": "1" if state == "3" else "0",
            "com": com,
            "status": "200",
            "state": state,
            "data": entries,
        }

    def _subscribe(self, fields: dict[str, str]) -> dict[str, object]:
        asked = json.loads(fields["param"])
        self.note("subscribe", asked["number"])
        if fields.get("schema") != "json" or asked.get("key") != self.key:
            self.broken_rules.append("subscription")
            return self._no("600", "您不是合法的订阅者")
        if asked["number"] in self.subscribed:
            return self._no("501", "重复订阅")
        self.subscribed[asked["number"]] = asked
        return {"result": True, "returnCode": "200", "message": "提交成功"}

    def _no(self, code: str, message: str) -> dict[str, object]:
        return {"result": False, "returnCode": code, "message": message}

    def callback(self, number: str) -> str:
        """Where pushes about a number are to go."""
        return str(self.subscribed[number]["parameters"]["callbackurl"])

    def push_body(self, number: str, com: str, *, status: str = "polling", salt: str | None = None) -> bytes:
        """A push about a number, signed with its salt unless another is given; an empty one leaves the sign out."""
        result = self._result(number, com, self.scans[number]) if self.scans.get(number) else {"nu": number, "com": com}
        param = json.dumps(
            {"status": status, "message": "", "autoCheck": "0", "lastResult": result}, ensure_ascii=False
        )
        salt = self.salt if salt is None else salt
        fields = {"param": param}
        if salt:
            fields["sign"] = hashlib.md5((param + salt).encode()).hexdigest().upper()
        return urlencode(fields).encode()

    async def push(self, number: str, com: str, *, url: str = "", status: str = "polling", retries: int = 3) -> Pushed:
        """Push what is known of a number now."""
        body = self.push_body(number, com, status=status)
        return await self.post(url or self.callback(number), body, FORM, SUCCESS, retries=retries)

    def push_soon(self, number: str, com: str, seconds: float = 0.0) -> None:
        """Push in the background, after so many seconds."""

        async def pushing() -> Pushed:
            await asyncio.sleep(seconds)
            return await self.push(number, com)

        self.later(asyncio.create_task(pushing()))
