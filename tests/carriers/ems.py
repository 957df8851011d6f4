"""EMS as integrators describe it: one form, bodies under SM4, orders, traces and pushes."""

from __future__ import annotations

import base64
import itertools
import json
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.carriers.standin import Pushed, StandIn
from tongban.clock import Clock

SIGN_KEY = base64.b64encode(bytes(range(16))).decode()
PREFIX = "|$4|"
FIELDS = {"apiCode", "senderNo", "authorization", "timeStamp", "msgType", "version", "logitcsInterface"}


def encrypt(text: str, sign_key: str) -> str:
    """A body as EMS writes it."""
    raw = (text + sign_key).encode()
    pad = 16 - len(raw) % 16
    encryptor = _cipher(sign_key).encryptor()
    sealed = encryptor.update(raw + bytes([pad]) * pad) + encryptor.finalize()
    return PREFIX + base64.b64encode(sealed).decode()


def decrypt(body: str, sign_key: str) -> str:
    """A body as EMS reads it; ValueError where it was not made with this key."""
    decryptor = _cipher(sign_key).decryptor()
    raw = decryptor.update(base64.b64decode(body.removeprefix(PREFIX))) + decryptor.finalize()
    text = raw[: -raw[-1]].decode()
    if not body.startswith(PREFIX) or not text.endswith(sign_key):
        raise ValueError("not sealed with this key")
    return text.removesuffix(sign_key)


def _cipher(sign_key: str) -> Cipher[modes.ECB]:
    return Cipher(algorithms.SM4(base64.b64decode(sign_key)), modes.ECB())


class EmsStandIn(StandIn):
    """China Post's express mail."""

    def __init__(self, clock: Clock, *, sender: str = "1100000001", key: str = SIGN_KEY, auth: str = "AUTH") -> None:
        super().__init__(clock)
        self.sender, self.key, self.auth = sender, key, auth
        self.orders: dict[str, list[str]] = {}
        """Waybills by order number: it never said that it refuses a second."""
        self.cancelled: set[str] = set()
        self.refuses: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self._serials = itertools.count(1)

    async def answer(self, path: str, fields: dict[str, str]) -> dict[str, object]:
        """Check the form, open the body, answer."""
        if set(fields) != FIELDS or fields["senderNo"] != self.sender or fields["authorization"] != self.auth:
            self.broken_rules.append(f"form {sorted(fields)}")
            return self._no("B0001", "身份校验失败")
        try:
            message = json.loads(decrypt(fields["logitcsInterface"], self.key))
        except ValueError:
            self.broken_rules.append("cipher")
            return self._no("B0002", "解密失败")
        api = fields["apiCode"]
        if api in self.refuses:
            return self._no(self.refuses[api], "拒绝")
        return {"020003": self._order, "020006": self._cancel, "040001": self._trace}[api](message)

    def _order(self, message: dict[str, Any]) -> dict[str, object]:
        order = message["logisticsOrderNo"]
        self.note("create", order)
        assert message["contentsAttribute"] == "1"
        number = f"EB{next(self._numbers):08d}5CN"
        self.orders.setdefault(order, []).append(number)
        return self._yes({"logisticsOrderNo": order, "waybillNo": number})

    def _cancel(self, message: dict[str, Any]) -> dict[str, object]:
        self.note("cancel", message["logisticsOrderNo"])
        self.cancelled.add(message["logisticsOrderNo"])
        return self._yes({})

    def _trace(self, message: dict[str, Any]) -> dict[str, object]:
        number = message["waybillNo"]
        self.note("trace", number)
        return self._yes({"responseItems": self._items(number)})

    def _items(self, number: str) -> list[dict[str, object]]:
        return [
            {
                "waybillNo": number,
                "opTime": s.local,
                "opCode": s.code,
                "opName": s.text,
                "opDesc": s.text,
                "opOrgName": s.place,
                "opOrg": s.place,
            }
            for s in self.scans.get(number, [])
        ]

    def _yes(self, body: dict[str, object]) -> dict[str, object]:
        return {"retCode": "00000", "retMsg": "成功", "retBody": json.dumps(body, ensure_ascii=False)}

    def _no(self, code: str, message: str) -> dict[str, object]:
        return {"retCode": code, "retMsg": message, "retBody": None}

    def success(self, serial: str) -> bytes:
        """What it wants to read back."""
        said = {"serialNo": serial, "code": "00000", "codeMessage": "成功", "senderNo": self.sender}
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()

    async def push(self, url: str, number: str, *, key: str = "", retries: int = 3) -> Pushed:
        """Push the trace of a number, sealed with its key or another."""
        serial = f"S{next(self._serials)}"
        text = json.dumps({"responseItems": self._items(number)}, ensure_ascii=False)
        body = {
            "serialNo": serial,
            "senderNo": self.sender,
            "apiCode": "040002",
            "logitcsInterface": encrypt(text, key or self.key),
        }
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return await self.post(url, json.dumps(body).encode(), headers, self.success(serial), retries=retries)
