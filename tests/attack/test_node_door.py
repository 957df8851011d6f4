"""Bad requests at a node's gRPC door: each gets its named refusal, and only that."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import grpc.aio
import pytest
from google.rpc import error_details_pb2, status_pb2

from nodes.demo.cast import APPLICANT, submission
from tests.attack.conftest import ACCEPTING, HOME, PASSWORD, Town
from tongban.rpc.client import open_channel
from tongban.v1 import (
    application_pb2,
    mailroom_pb2,
    mailroom_pb2_grpc,
    parcel_pb2,
    window_pb2,
    window_pb2_grpc,
)

pytestmark = pytest.mark.federation
_HAN = re.compile(r"[\u3400-\u9fff]")
Change = Callable[[Any], object]


async def refused(call: Any) -> tuple[str, str, str, str, str]:
    """Code, reason, field, and the sentence in both languages, of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    trailer: Any = caught.value.trailing_metadata()
    metadata = dict(trailer)
    status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
    info, bad, said = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), {}
    for detail in status.details:
        if detail.Is(info.DESCRIPTOR):
            detail.Unpack(info)
        elif detail.Is(bad.DESCRIPTOR):
            detail.Unpack(bad)
        elif detail.Is(error_details_pb2.LocalizedMessage.DESCRIPTOR):
            message = error_details_pb2.LocalizedMessage()
            detail.Unpack(message)
            said[message.locale] = message.message
    field = bad.field_violations[0].field if bad.field_violations else ""
    return caught.value.code().name, info.reason, field, said["zh-CN"], said["en"]


def setting(target: Callable[[Any], Any], values: dict[str, Any]) -> Change:
    def change(request: Any) -> None:
        for name, value in values.items():
            setattr(target(request), name, value)

    return change


def form(**values: str) -> Change:
    return lambda request: request.form.update(values)


def material(index: int, **values: Any) -> Change:
    return setting(lambda request: request.materials[index].material, values)


def content(index: int, **values: Any) -> Change:
    return setting(lambda request: request.materials[index], values)


INVALID = "INVALID_ARGUMENT", "FIELD_INVALID"
REUSED = "ALREADY_EXISTS", "ALREADY_EXISTS"
NUMBER = "INVALID_ARGUMENT", "IDENTITY_NUMBER_INVALID"
SUBMISSIONS: list[tuple[Change, tuple[str, str], str]] = [
    (lambda r: r.ClearField("request_id"), INVALID, "request_id"),
    (lambda r: setattr(r, "item", "items/../../etc/passwd"), INVALID, "item"),
    (lambda r: setattr(r, "item", "items/350600.zz-x-hpf\n"), INVALID, "item"),
    (lambda r: setattr(r, "mode", 99), INVALID, "mode"),
    (lambda r: setattr(r, "applicant_kind", 0), INVALID, "applicant_kind"),
    (lambda r: setattr(r, "mode", 3), ("FAILED_PRECONDITION", "MODE_NOT_COVERED"), "mode"),
    (form(surprise="x"), INVALID, "form.surprise"),
    (form(applicant_name="张\0三"), INVALID, "form.applicant_name"),
    (form(applicant_name="张\u202e三"), INVALID, "form.applicant_name"),
    (form(applicant_name="张\x1b[2J"), INVALID, "form.applicant_name"),
    (form(phone="13800001234\n"), INVALID, "form.phone"),
    (form(phone="abc"), INVALID, "form.phone"),
    (form(identity_kind="x"), INVALID, "form.identity_kind"),
    (form(identity_number="350600199003070018"), NUMBER, "form.identity_number"),
    (form(identity_number="350600299001010019"), NUMBER, "form.identity_number"),
    (material(0, code="../x"), INVALID, "materials[0].material.code"),
    (material(0, code="bogus"), INVALID, "materials[0].material.code"),
    (material(1, pages=0), INVALID, "materials[1].material.pages"),
    (material(1, original=""), INVALID, "materials[1].material.original"),
    (content(0, media_type="text/html\r\nSet-Cookie: x"), INVALID, "materials[0].media_type"),
    (content(1, serial="闽\0"), INVALID, "materials[1].serial"),
    (content(0, content=b"x" * 200_000), INVALID, "materials[0].content"),
    (lambda r: r.materials.append(r.materials[1]), INVALID, "materials[2].material.original"),
]  # fmt: skip
DAYS = [(0, 0, 0), (2026, 13, 1), (2026, 2, 30), (-1, 1, 1), (10_000, 1, 1), (2026, 0, 0)]


async def test_bad_requests_are_named_and_leave_nothing(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    node = town.nodes[ACCEPTING]
    channel: Any = open_channel(f"127.0.0.1:{node.grpc_port}")
    window: Any = window_pb2_grpc.WindowStub(channel)
    asked = window_pb2.SignInRequest(user="clerk", password=PASSWORD)
    metadata = (("authorization", f"Bearer {(await window.SignIn(asked)).session}"),)
    before = town.rows()

    said = []
    for change, (code, reason), field in SUBMISSIONS:
        request = submission(str(uuid.uuid4()))
        change(request)
        answer = await refused(window.SubmitApplication(request, metadata=metadata))
        assert answer[:3] == (code, reason, field)
        said.append(answer)
    for year, month, day in DAYS:
        route = window_pb2.FindRouteRequest(
            item="items/350600.zz-x-hpf",
            applicant_kind="APPLICANT_KIND_PERSON",
            date={"year": year, "month": month, "day": day},
        )
        said.append(await refused(window.FindRoute(route, metadata=metadata)))
        assert said[-1][:3] == (*INVALID, "date")
    for token in ("x", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5IHg=", "LTUgAA=="):
        listed = window_pb2.ListApplicationsRequest(page_token=token)
        said.append(await refused(window.ListApplications(listed, metadata=metadata)))
        assert said[-1][1] == "FILTER_INVALID"
    said.append(await refused(window.ListItems(window_pb2.ListItemsRequest())))
    assert said[-1][0] == "UNAUTHENTICATED"
    approver = await window.SignIn(window_pb2.SignInRequest(user="approver", password=PASSWORD))
    as_approver = (("authorization", f"Bearer {approver.session}"),)
    said.append(await refused(window.SubmitApplication(submission(str(uuid.uuid4())), metadata=as_approver)))
    assert said[-1][:2] == ("PERMISSION_DENIED", "ROLE_NOT_ALLOWED")
    raw = channel.unary_unary("/tongban.v1.Window/SubmitApplication")
    for bad in (b"\xff" * 10, b"\x0a\x04\xff\xfe\xfd\xfc", b"\x7b" * 200):
        said.append(await refused(raw(bad, metadata=metadata)))
        assert said[-1][1] == "MESSAGE_MALFORMED"

    for _, _, _, zh, en in said:
        assert _HAN.search(zh), zh
        assert "?" not in zh + en, zh + en
        # Only the seed's own titles stay Chinese in an English sentence.
        assert not _HAN.search(re.sub("住房公积金|《.*?》|“.*?”", "", en)), en
    assert town.rows() == before
    other = open_channel(f"127.0.0.1:{town.nodes[HOME].grpc_port}")
    stranger = window_pb2_grpc.WindowStub(other).ListItems(window_pb2.ListItemsRequest(), metadata=metadata)
    assert (await refused(stranger))[1] == "SIGN_IN_REQUIRED"

    request = submission(str(uuid.uuid4()))
    good = await window.SubmitApplication(request, metadata=metadata)
    assert isinstance(good, application_pb2.Application)
    assert (await window.SubmitApplication(request, metadata=metadata)).name == good.name
    request.form["applicant_name"] = "别人"
    assert (await refused(window.SubmitApplication(request, metadata=metadata)))[:3] == (*REUSED, "request_id")
    early = window_pb2.CollectResultRequest(name=good.name, pickup_code="12345678", proof="COLLECTION_PROOF_CODE")
    assert (await refused(window.CollectResult(early, metadata=metadata)))[1] == "MOVE_NOT_ALLOWED"
    nothing = window_pb2.SupplyCorrectionRequest(name=good.name)
    assert (await refused(window.SupplyCorrection(nothing, metadata=metadata)))[:3] == (*INVALID, "materials")
    mailroom: Any = mailroom_pb2_grpc.MailroomStub(channel)
    for where, refusal, path in (
        ({"node": "nodes/350600", "post": "cellar"}, INVALID, "destination.post"),
        ({"node": "nodes/999999", "post": "mailroom-1"}, ("NOT_FOUND", "NODE_NOT_FOUND"), "destination.node"),
        ({"node": "nodes/350600", "post": "mailroom-1"}, REUSED, "request_id"),
    ):
        parcel = mailroom_pb2.PackParcelRequest(
            request_id=request.request_id if refusal == REUSED else str(uuid.uuid4()),
            purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
            destination=where,
            items=[f"{good.name}/originals/deed"],
            seals=["SEAL-1"],
        )
        assert (await refused(mailroom.PackParcel(parcel, metadata=metadata)))[:3] == (*refusal, path)
    assert not [record for record in caplog.records if record.exc_info]
    for secret in (APPLICANT["applicant_name"], APPLICANT["identity_number"], PASSWORD):
        assert secret not in caplog.text
    await channel.close(None)
    await other.close(None)
