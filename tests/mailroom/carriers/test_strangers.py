"""Whatever a stranger sends, a codec answers with values or with one kind of fault."""

from __future__ import annotations

import contextlib
import json
from urllib.parse import urlencode

import protovalidate
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.carriers.base import Account, CarrierCodec, CarrierFault, Observation, Reply, Tracked
from mailroom.carriers.ems import Ems
from mailroom.carriers.kuaidi100 import Kuaidi100
from mailroom.carriers.sf import ShunFeng
from mailroom.carriers.wire import clean
from tests.mailroom.carriers.answers import EMS, EMS_KEY, KD, ORDER, SF, ems_push, kd_push, sf_push
from tests.mailroom.heard import heard
from tongban.v1 import parcel_pb2

NUMBER = "SF1234567890123"
CODECS: list[CarrierCodec] = [Kuaidi100(KD), Kuaidi100(Account()), ShunFeng(SF), Ems(EMS)]

KEYS = st.sampled_from(
    [
        *("nu", "com", "state", "data", "status", "statusCode", "context", "time", "ftime", "areaName", "returnCode"),
        *("message", "lastResult", "destResult", "autoCheck", "apiResultCode", "apiResultData", "success", "errorCode"),
        *("msgData", "routeResps", "mailNo", "routes", "opCode", "acceptTime", "remark", "id", "mailno", "retCode"),
        *("retBody", "responseItems", "waybillNo", "opTime", "opDesc", "orderId", "waybillNoInfoList", "resStatus"),
        *("Body", "WaybillRoute"),
    ]
)
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from([NUMBER, "200", "A1000", "00000", "S0000", "80", "301", "704", "polling", "2026-11-22 16:30:00"]),
)
JSON = st.recursive(PLAIN, lambda deeper: st.lists(deeper, max_size=4) | st.dictionaries(KEYS, deeper, max_size=6))
TRACKED = [Tracked("shunfeng", NUMBER, "1234")]


def _heard(codec: CarrierCodec, body: bytes) -> list[Observation]:
    found: list[Observation] = []
    answer = Reply(200, body)
    with contextlib.suppress(CarrierFault):
        found += codec.read_push({}, body).observations
    with contextlib.suppress(CarrierFault):
        for observations in codec.read_query(TRACKED, answer).observations.values():
            found += observations
    with contextlib.suppress(CarrierFault):
        codec.read_order(ORDER, answer)
    with contextlib.suppress(CarrierFault):
        codec.read_cancel(answer)
    with contextlib.suppress(CarrierFault):
        codec.read_subscribe(answer)
    return found


def _sayable(observation: Observation) -> None:
    said = parcel_pb2.CarrierObserved(
        leg=1,
        code=observation.code,
        meaning=observation.meaning,
        source=observation.source,
        signed_by=observation.signed_by,
        zone_offset_minutes=observation.zone_offset_minutes,
        zone_basis=observation.zone_basis,
    )
    said.observe_time.FromDatetime(observation.observe_time)
    protovalidate.validate(said)
    assert "\x00" not in observation.text + observation.place + observation.local_time
    (observation.text + observation.place + observation.carrier_id).encode("utf-8")


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
@given(body=st.binary(max_size=64))
def test_bytes(codec: CarrierCodec, body: bytes) -> None:
    assert not _heard(codec, body)


@settings(deadline=None)
@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
@given(message=JSON)
def test_any_json(codec: CarrierCodec, message: object) -> None:
    text = json.dumps(message)
    answers = [{"apiResultCode": "A1000", "apiResultData": text}, {"retCode": "00000", "retBody": text}]
    wrapped = [text, *map(json.dumps, answers)]
    pushed = [kd_push(text), urlencode({"logitcsInterface": text}).encode()]
    observations = [o for body in wrapped for o in _heard(codec, body.encode())]
    observations += [o for body in pushed for o in _heard(codec, body)]
    for observation in observations:
        _sayable(observation)
    heard(*observations)


ENTRY = st.fixed_dictionaries(
    {
        "waybillNo": st.just(NUMBER) | PLAIN,
        "mailno": st.just(NUMBER) | PLAIN,
        "opCode": PLAIN,
        "statusCode": PLAIN,
        "opTime": st.just("2026-11-22 16:30:00") | PLAIN,
        "acceptTime": st.just("2026-11-22 16:30:00") | PLAIN,
        "ftime": st.just("2026-11-22 16:30:00") | PLAIN,
        "context": PLAIN,
        "remark": PLAIN,
        "opDesc": PLAIN,
        "id": PLAIN,
    }
)


@settings(deadline=None)
@given(entries=st.lists(ENTRY | PLAIN, max_size=5))
def test_an_entry_is_heard_or_named(entries: list[object]) -> None:
    """Nothing is dropped in silence: each entry is an observation, or a flaw says what was wrong with it."""
    pushes = {
        CODECS[0]: kd_push({"status": "polling", "lastResult": {"nu": NUMBER, "com": "shunfeng", "data": entries}}),
        CODECS[3]: ems_push(*entries, key=EMS_KEY),
    }
    for codec, body in pushes.items():
        batch = codec.read_push({}, body)
        assert len(batch.observations) + len(batch.flaws) == len(entries)
        for observation in batch.observations:
            _sayable(observation)
    batch = CODECS[2].read_push({}, sf_push(*entries))
    assert len(batch.observations) + len(batch.flaws) <= len(entries)


@given(st.text(max_size=50))
def test_a_cleaned_text_can_be_stored(text: str) -> None:
    cleaned = clean(text, 20)
    assert len(cleaned) <= 20
    cleaned.encode("utf-8")
    assert clean(cleaned, 20) == cleaned


def test_halves_of_surrogates_and_control_characters_are_left_out() -> None:
    assert clean("漳\ud800州\x00市\r\n\u2028芗城\U00020000") == "漳 州 市 芗城\U00020000"
