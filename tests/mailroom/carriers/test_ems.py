"""EMS: the sealed body, traces, orders, and pushes that are hints at most."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from mailroom.carriers.base import (
    Account,
    Capability,
    CarrierFault,
    FaultKind,
    Meaning,
    OrderResult,
    Signature,
    SignedBy,
    Source,
    Tracked,
)
from mailroom.carriers.ems import Ems, seal, unseal
from tests.mailroom.carriers.answers import (
    CALL,
    EMS,
    EMS_KEY,
    LEG,
    ORDER,
    REFERENCE,
    ems_item,
    ems_push,
    ems_reply,
    fields,
    reply,
)
from tests.mailroom.heard import heard, leg_of

CODEC = Ems(EMS)
NUMBER = "1234567890123"
MAIL = Tracked("ems", NUMBER)
OTHER_KEY = base64.b64encode(b"another 16 bytes").decode()


def test_the_cipher_is_the_standards() -> None:
    """The example in GB/T 32907-2016, appendix A: one block under a key that is the block itself."""
    block = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    encryptor = Cipher(algorithms.SM4(block), modes.ECB()).encryptor()
    assert encryptor.update(block).hex().upper() == "681EDF34D206965E86B3E94F536E4246"


def test_a_body_is_sealed_with_the_key_behind_it() -> None:
    sealed = seal('{"waybillNo":"漳州"}', EMS_KEY)
    assert sealed.startswith("|$4|")
    assert len(base64.b64decode(sealed[4:])) % 16 == 0
    assert unseal(sealed, EMS_KEY) == '{"waybillNo":"漳州"}'


@pytest.mark.parametrize(
    "body",
    [
        "",
        "|$4|",
        "|$4|?",
        "|$4|AAAA",
        "|$4|" + base64.b64encode(bytes(16)).decode(),
        "|$4|" + base64.b64encode(bytes(15)).decode(),
        seal("{}", OTHER_KEY),
        seal("{}", EMS_KEY)[:-24],
        "|$4|密",
    ],
)
def test_what_was_not_sealed_whole_with_our_key_does_not_open(body: str) -> None:
    assert unseal(body, EMS_KEY) is None


@pytest.mark.parametrize("key", ["", "short", "?" * 24, base64.b64encode(bytes(15)).decode(), "密钥"])
def test_a_key_that_is_none_is_said_before_anything_is_sent(key: str) -> None:
    with pytest.raises(CarrierFault) as caught:
        Ems(Account(customer="1", key=key)).query([MAIL], CALL)
    assert caught.value.kind is FaultKind.BAD_SIGNATURE
    assert not key or key not in str(caught.value)


def test_a_request_names_everything() -> None:
    request = CODEC.query([MAIL], CALL)
    sent = fields(request)
    assert request.url == "https://api.ems.com.cn/amp-prod-api/f/amp/api/open"
    assert {name: value for name, value in sent.items() if name != "logitcsInterface"} == {
        "apiCode": "040001",
        "senderNo": "1100123456",
        "authorization": "EMS-AUTHORIZATION",
        "timeStamp": "2026-11-22 16:30:00",
        "msgType": "0",
        "version": "V1.0.0",
    }
    assert json.loads(unseal(sent["logitcsInterface"], EMS_KEY) or "") == {"waybillNo": NUMBER}


def test_a_trace_is_read() -> None:
    items = [ems_item("704", opDesc="已妥投,他人代收"), ems_item("702", waybillNo=None), ems_item("306", opDesc=None)]
    signed, out, unloaded = CODEC.read_query([MAIL], ems_reply({"responseItems": items})).observations[NUMBER]
    assert (signed.meaning, signed.signed_by, signed.source) == (Meaning.DELIVERED, SignedBy.AGENT, Source.PULL)
    assert (out.code, out.waybill, out.place) == ("ems.702", NUMBER, "漳州揽投部")
    assert (unloaded.meaning, unloaded.text) == (Meaning.MOVING, "名称")


def test_a_trace_of_another_waybill_is_refused() -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_query([MAIL], ems_reply({"responseItems": [ems_item("704", waybillNo="9999999999999")]}))
    assert caught.value.kind is FaultKind.MALFORMED


@pytest.mark.parametrize("body", [None, "", "{}", {"responseItems": None}, {"responseItems": []}])
def test_nothing_yet_is_no_fault(body: object) -> None:
    assert CODEC.read_query([MAIL], ems_reply(body)).observations == {NUMBER: ()}


def test_a_refusal_is_kept_as_it_came() -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_query([MAIL], ems_reply(None, code="B00020"))
    assert (caught.value.kind, caught.value.code, caught.value.text) == (FaultKind.UNKNOWN, "B00020", "说明")


@pytest.mark.parametrize(
    ("answer", "where"),
    [
        ([], "answer"),
        ({"retCode": {}}, "answer.retCode"),
        ({"retCode": "00000", "retBody": {}}, "retBody"),
        ({"retCode": "00000", "retBody": "{"}, "retBody"),
        ({"retCode": "00000", "retBody": '{"responseItems":1}'}, "responseItems"),
    ],
)
def test_what_cannot_be_read_says_where(answer: object, where: str) -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_query([MAIL], reply(answer))
    assert (caught.value.kind, caught.value.where) == (FaultKind.MALFORMED, where)


def test_an_order_bears_the_name_of_its_leg_and_holds_documents() -> None:
    sent = fields(CODEC.order(ORDER, CALL))
    message = json.loads(unseal(sent["logitcsInterface"], EMS_KEY) or "")
    assert sent["apiCode"] == "020003"
    assert (message["logisticsOrderNo"], message["contentsAttribute"]) == (REFERENCE, "1")
    assert (message["sender"]["city"], message["receiver"]["name"]) == ("漳州市", "窗口乙")
    assert CODEC.order(ORDER, CALL) == CODEC.order(ORDER, CALL)


def test_the_waybill_of_an_order() -> None:
    answer = {"waybillNo": NUMBER, "logisticsOrderNo": REFERENCE}
    assert CODEC.read_order(ORDER, ems_reply(answer)) == OrderResult(NUMBER, REFERENCE)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"waybillNo": NUMBER, "logisticsOrderNo": "P-9"}, FaultKind.MALFORMED),
        ({"waybillNo": None, "logisticsOrderNo": REFERENCE}, FaultKind.NOT_FOUND),
        ({"waybillNo": "?", "logisticsOrderNo": REFERENCE}, FaultKind.BAD_NUMBER),
        (None, FaultKind.NOT_FOUND),
    ],
)
def test_no_other_waybill_is_taken_for_it(body: object, kind: FaultKind) -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_order(ORDER, ems_reply(body))
    assert caught.value.kind is kind


def test_an_order_is_cancelled_and_cannot_be_searched_for() -> None:
    sent = fields(CODEC.cancel(LEG, NUMBER, CALL))
    message = json.loads(unseal(sent["logitcsInterface"], EMS_KEY) or "")
    assert (sent["apiCode"], message["logisticsOrderNo"], message["waybillNo"]) == ("020006", REFERENCE, NUMBER)
    CODEC.read_cancel(ems_reply(None))
    assert Capability.FIND_ORDER not in CODEC.capabilities
    with pytest.raises(CarrierFault):
        CODEC.find_order(ORDER, CALL)


@pytest.mark.parametrize("sealed", [True, False])
def test_a_push_is_a_hint_sealed_or_not(sealed: bool) -> None:
    batch = CODEC.read_push({}, ems_push(ems_item("704"), sealed=sealed))
    assert batch.signature is Signature.UNSIGNED
    assert batch.waybills == {NUMBER}
    assert json.loads(batch.success.body) == {
        "serialNo": "S-77",
        "code": "00000",
        "codeMessage": "成功",
        "senderNo": "1100123456",
    }
    assert json.loads(batch.failure.body)["code"] != "00000"


def test_a_push_may_come_as_json() -> None:
    said = {"serialNo": 5, "logitcsInterface": seal(json.dumps({"responseItems": [ems_item("702")]}), EMS_KEY)}
    batch = CODEC.read_push({}, json.dumps(said).encode())
    assert [o.code for o in batch.observations] == ["ems.702"]
    assert json.loads(batch.success.body)["serialNo"] == "5"


@pytest.mark.parametrize(
    "body",
    [
        ems_push(ems_item("704"), key=OTHER_KEY),
        ems_push(ems_item("704"), sender="9999999999"),
        ems_push(ems_item("704"), sender="9999999999", sealed=False),
        urlencode({"logitcsInterface": "|$4|AAAA"}).encode(),
    ],
)
def test_nothing_of_a_forged_push_is_read(body: bytes) -> None:
    batch = CODEC.read_push({}, body)
    assert batch.signature is Signature.FORGED
    assert (batch.observations, batch.waybills) == ((), frozenset())


def test_a_body_cut_out_of_two_others_is_no_more_than_a_hint() -> None:
    """ECB: blocks of two sealed texts make a third that opens; so opening it proves nothing."""
    first = base64.b64decode(seal('{"responseItems":[' + " " * 14, EMS_KEY)[4:])[:32]
    second = base64.b64decode(seal(" " * 32 + "]}", EMS_KEY)[4:])[32:]
    spliced = "|$4|" + base64.b64encode(first + second).decode()
    assert unseal(spliced, EMS_KEY) is not None
    assert not CODEC.read_push({}, urlencode({"logitcsInterface": spliced}).encode()).signed


def test_a_replayed_push_says_nothing_new() -> None:
    body = ems_push(ems_item("702"), ems_item("704"))
    first, again = (CODEC.read_push({}, body).observations for _ in range(2))
    assert leg_of(heard(*first, *again)) == leg_of(heard(*first))


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"a=1", b'{"logitcsInterface":{}}', b"logitcsInterface=x", b"\xff"])
def test_what_is_no_push(body: bytes) -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_push({}, body)
    assert caught.value.kind is FaultKind.MALFORMED


def test_no_secret_is_shown() -> None:
    shown = repr(EMS) + repr(CODEC.query([MAIL], CALL))
    assert EMS_KEY not in shown
    assert "AUTHORIZATION" not in shown
