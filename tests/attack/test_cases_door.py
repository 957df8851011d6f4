"""Exceptions at a node's gRPC door: what is late is listed within a minute, and bad requests are named."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from typing import Any

import pytest

from nodes.demo.cast import submission
from tests.attack.conftest import ACCEPTING, EVERYTHING, HOME, PASSWORD, Town
from tests.attack.test_node_door import refused
from tongban.rpc.client import open_channel
from tongban.v1 import mailroom_pb2, mailroom_pb2_grpc, parcel_pb2, window_pb2, window_pb2_grpc

pytestmark = pytest.mark.federation
INVALID = "INVALID_ARGUMENT", "FIELD_INVALID"
MINUTE, PAUSE = 60.0, 0.2


async def late_parcel(town: Town) -> str:
    """A parcel on its way that is due in a second; its name."""
    desks = town.nodes[ACCEPTING].desks
    application = await desks.window.submit_application(EVERYTHING, submission(str(uuid.uuid4())))
    original = next(m.original for m in application.materials if m.original)
    packed = await desks.mailroom.pack_parcel(
        EVERYTHING,
        mailroom_pb2.PackParcelRequest(
            request_id=str(uuid.uuid4()),
            purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
            destination=parcel_pb2.Post(node=f"nodes/{HOME}", post="mailroom-1"),
            items=[f"{application.name}/originals/{original}"],
            seals=["SEAL-0001"],
        ),
    )
    request = mailroom_pb2.DispatchParcelRequest(
        name=packed.parcel.name, carrier="ems", waybill="EB1", seals=["SEAL-0001"], stub=packed.stub
    )
    request.due_time.FromDatetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1))
    await desks.mailroom.dispatch_parcel(EVERYTHING, request)
    return packed.parcel.name


async def test_cases_over_the_contract(town: Town) -> None:
    name = await late_parcel(town)
    channel: Any = open_channel(f"127.0.0.1:{town.nodes[HOME].grpc_port}")
    async with channel:
        window: Any = window_pb2_grpc.WindowStub(channel)
        mailroom: Any = mailroom_pb2_grpc.MailroomStub(channel)
        signed = await window.SignIn(window_pb2.SignInRequest(user="clerk", password=PASSWORD))
        metadata = (("authorization", f"Bearer {signed.session}"),)
        for _ in range(int(MINUTE / PAUSE)):
            cases = (await mailroom.ListCases(mailroom_pb2.ListCasesRequest(), metadata=metadata)).cases
            if cases:
                break
            await asyncio.sleep(PAUSE)
        [late] = cases
        assert (late.parcel, late.code, late.owner) == (name, "late", f"nodes/{ACCEPTING}")
        assert late.advice_zh
        assert late.advice_en
        assert not (await mailroom.ListCases(mailroom_pb2.ListCasesRequest(escalated=True), metadata=metadata)).cases
        note = "找一找"
        bad: list[tuple[Any, Any, tuple[str, str], str]] = [
            (mailroom.RaiseException, mailroom_pb2.RaiseExceptionRequest(name=name, code="late"), INVALID, "code"),
            (
                mailroom.RaiseException,
                mailroom_pb2.RaiseExceptionRequest(name=name, code="lost", leg=9),
                INVALID,
                "leg",
            ),
            (
                mailroom.ResolveException,
                mailroom_pb2.ResolveExceptionRequest(name=name, code="late", resolution="found"),
                INVALID,
                "note",
            ),
            (
                mailroom.ResolveException,
                mailroom_pb2.ResolveExceptionRequest(name=name, code="lost", resolution="found", note=note),
                INVALID,
                "code",
            ),
            (
                mailroom.RequestTrace,
                mailroom_pb2.RequestTraceRequest(name=name, asked_node=f"nodes/{HOME}", note=note),
                INVALID,
                "asked_node",
            ),
            (
                mailroom.AnswerTrace,
                mailroom_pb2.AnswerTraceRequest(name=name, trace=1, outcome="found", note=note),
                INVALID,
                "trace",
            ),
            (
                mailroom.ListCases,
                mailroom_pb2.ListCasesRequest(page_token="?"),
                ("INVALID_ARGUMENT", "FILTER_INVALID"),
                "page_token",
            ),
        ]
        for call, request, reason, field in bad:
            assert (await refused(call(request, metadata=metadata)))[:3] == (*reason, field)
        asked = mailroom_pb2.RequestTraceRequest(name=name, asked_node=f"nodes/{ACCEPTING}", note=note)
        assert (await mailroom.RequestTrace(asked, metadata=metadata)).traces[0].asking_node == f"nodes/{HOME}"
        ended = mailroom_pb2.ResolveExceptionRequest(name=name, code="late", resolution="explained", note="大雪封路")
        await mailroom.ResolveException(ended, metadata=metadata)
        left = (await mailroom.ListCases(mailroom_pb2.ListCasesRequest(), metadata=metadata)).cases
        assert [(case.code, case.owner) for case in left] == [("trace", f"nodes/{ACCEPTING}")]
