"""What callers meet at a real server: refusals with their reason, silence about faults, health and reflection."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

import grpc
import pytest
from google.protobuf import descriptor_pb2
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from tests.tongban.rpc.conftest import Line
from tests.tongban.rpc.service import END, SECRET, Echo, dial, frame, serve
from tongban import deadlines
from tongban.errors import (
    ConfigurationInvalid,
    EventIdReused,
    FieldInvalid,
    FieldsUnknown,
    MessageMalformed,
    MessageTooLarge,
    TongbanError,
    Unavailable,
    UnsupportedProtocolVersion,
)
from tongban.rpc.client import call, open_channel, translated
from tongban.rpc.server import time_left
from tongban.v1 import federation_pb2, federation_pb2_grpc, window_pb2


def fetch(position: int = 0) -> federation_pb2.FetchRequest:
    return federation_pb2.FetchRequest(channel="mailbox", after_position=position)


async def said(stream: Any, frame: Any) -> Any:
    """The answer to one frame."""
    with translated("gateway"):
        await stream.write(frame)
        return await stream.read()


def raw_method(channel: grpc.aio.Channel, method: str) -> Any:
    """A method that sends the bytes it is given."""
    return channel.unary_unary(f"/tongban.v1.{method}", request_serializer=None, response_deserializer=None)


async def test_a_good_call_is_answered(line: Line) -> None:
    answer = await call(line.federation.Fetch, fetch(9))
    assert (answer.epoch, answer.head_position) == (7, 9)


async def test_whoever_is_asked_in_turn_knows_how_long_the_first_caller_waits(line: Line) -> None:
    answer = await call(line.federation.Fetch, fetch(6), seconds=10.0)
    assert 7_000 < answer.epoch <= 9_100
    with deadlines.within(5.0):
        answer = await call(line.federation.Fetch, fetch(6), seconds=10.0)
    assert 3_000 < answer.epoch <= 4_100
    assert (await line.federation.Fetch(fetch(6))).epoch == 60_000, "somebody always waits"
    with deadlines.within(0.0), pytest.raises(Unavailable):
        await call(line.federation.Fetch, fetch(6), seconds=10.0)


async def test_a_refusal_keeps_its_class_facts_and_both_languages(line: Line) -> None:
    with pytest.raises(EventIdReused) as refusal:
        await call(line.federation.Publish, publish())
    assert refusal.value.facts["event"] == "0198c0de"
    assert refusal.value.field == "events[0]"


def publish() -> federation_pb2.PublishRequest:
    request = federation_pb2.PublishRequest()
    envelope = request.events.add().envelope
    envelope.payload_type = "application/vnd.tongban.event.v1"
    envelope.payload = b"1"
    envelope.signature.key_id = "ed25519:abcdefgh"
    envelope.signature.value = bytes(64)
    envelope.signature.tree_size = 1
    return request


async def test_any_stub_reads_the_refusal_without_our_code(line: Line) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await line.federation.Publish(publish())
    assert failed.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert "0198c0de" in (failed.value.details() or "")
    assert "已用于另一内容" in (failed.value.details() or "")
    assert error_details_pb2.ErrorInfo.DESCRIPTOR.full_name == "google.rpc.ErrorInfo"


async def test_a_bad_field_is_named_before_the_handler_sees_it(line: Line) -> None:
    with pytest.raises(FieldInvalid) as refusal:
        await call(line.federation.Fetch, federation_pb2.FetchRequest(channel="attic"))
    assert refusal.value.field == "channel"
    assert "不在可选范围内" in refusal.value.text("zh")
    bad = publish()
    bad.events[0].envelope.signature.value = b"short"
    with pytest.raises(FieldInvalid) as refusal:
        await call(line.federation.Publish, bad)
    assert refusal.value.field == "events[0].envelope.signature.value"
    assert line.servicer.fetches == 0


async def test_a_message_over_the_limit_has_a_name(line: Line) -> None:
    for size in (70_000, 200_000):  # the first is refused by name, the second by the core, unread
        with pytest.raises(MessageTooLarge) as refusal:
            await call(line.federation.Fetch, federation_pb2.FetchRequest(channel="x" * size))
        assert int(refusal.value.facts["size"]) >= size


async def test_bytes_that_are_no_message_have_a_name(line: Line) -> None:
    method = raw_method(line.channel, "Federation/Fetch")
    for junk in (b"\xff", b"\x0a\x05ab", b"\x0a\x02\xff\xfe"):
        with pytest.raises(MessageMalformed):
            await call(method, junk)


async def test_unknown_fields_are_refused_where_people_type_and_kept_where_events_travel(line: Line) -> None:
    extra = b"\xf8\x3f\x01"
    sign_in = window_pb2.SignInRequest(user="a", password="b").SerializeToString()
    with pytest.raises(FieldsUnknown) as refusal:
        await call(raw_method(line.channel, "Window/SignIn"), sign_in + extra)
    assert "1023" in refusal.value.text()
    assert await call(raw_method(line.channel, "Window/SignIn"), sign_in)
    assert await call(raw_method(line.channel, "Federation/Fetch"), fetch().SerializeToString() + extra)


async def test_a_fault_is_logged_whole_and_told_by_number_only(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(grpc.aio.AioRpcError) as failed:
        await line.federation.Fetch(fetch(1))
    (record,) = caplog.records
    incident: str = vars(record)["incident"]
    assert failed.value.code() is grpc.StatusCode.INTERNAL
    told = f"{failed.value.details()} {failed.value.trailing_metadata()}"
    assert incident in told
    assert SECRET not in told
    assert "ValueError" not in told
    assert "ValueError" in caplog.text, "the log has the whole of it"
    with pytest.raises(TongbanError, match="Internal error"):
        await call(line.federation.Fetch, fetch(1))


async def test_a_refusal_among_several_errors_is_the_answer(line: Line) -> None:
    with pytest.raises(EventIdReused):
        await call(line.federation.Fetch, fetch(2))


async def test_a_method_that_is_not_offered_says_so(line: Line) -> None:
    request = federation_pb2.JoinRequest(secret=bytes(32), certificate_request=b"1")
    request.registration.CopyFrom(publish().events[0])
    with pytest.raises(UnsupportedProtocolVersion):
        await call(line.federation.Join, request)


async def test_a_call_that_takes_too_long_ends_on_both_sides(line: Line) -> None:
    with pytest.raises(Unavailable):
        await call(line.federation.Fetch, fetch(3), seconds=0.1)
    assert (await call(line.federation.Fetch, fetch())).epoch == 7


async def test_a_stream_flows_and_ends(line: Line) -> None:
    stream = dial(line.federation)
    for number in range(1, 6):
        await stream.write(frame(number))
        answer = await stream.read()
        assert isinstance(answer, federation_pb2.ExchangeResponse)
        assert answer.credit.events == number
    await stream.done_writing()
    assert await stream.read() is END
    assert line.servicer.ended == ["half-closed"]


@pytest.mark.parametrize(("events", "error"), [(13, EventIdReused), (14, TongbanError)])
async def test_a_stream_refuses_by_name_too(line: Line, events: int, error: type[TongbanError]) -> None:
    stream = dial(line.federation)
    await stream.write(frame(1))
    await stream.read()
    with pytest.raises(error) as refusal:
        await said(stream, frame(events))
    assert SECRET not in refusal.value.text("en") + refusal.value.text("zh")


async def test_junk_on_a_stream_is_named_and_the_handler_cleans_up(line: Line) -> None:
    method = cast("Any", line.channel.stream_stream("/tongban.v1.Federation/Exchange", None, None))
    for junk, error in ((b"\xff", MessageMalformed), (bytes(70_000), MessageTooLarge)):
        stream = method()
        with pytest.raises(error):
            await said(stream, junk)
    assert line.servicer.ended == ["MESSAGE_MALFORMED", "MESSAGE_TOO_LARGE"]


async def test_a_caller_that_goes_away_ends_its_handler_at_once(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        stream = dial(line.federation)
        await stream.write(frame(1))
        await stream.read()
        assert line.servicer.held == 1
        stream.cancel()
        async with asyncio.timeout(5):
            while line.servicer.held:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    # gRPC may end the handler's reading before it cancels the handler; either way it ends, once, and nothing is logged.
    assert line.servicer.ended in (["cancelled"], ["half-closed"])
    assert not caplog.records


async def test_health_says_when_a_stop_begins() -> None:
    servicer = Echo()
    server = serve(servicer)
    port = server.add_port("127.0.0.1:0")
    await server.start()
    async with open_channel(f"127.0.0.1:{port}") as channel:
        health = health_pb2_grpc.HealthStub(channel)
        serving = health_pb2.HealthCheckResponse.SERVING
        for name in ("", "tongban.v1.Federation"):
            assert (await health.Check(health_pb2.HealthCheckRequest(service=name))).status == serving
        watch = health.Watch(health_pb2.HealthCheckRequest(service="tongban.v1.Federation"))
        assert (await watch.read()).status == serving
        stopping = asyncio.create_task(server.stop(grace=1))
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        watch.cancel()
        await stopping
        with pytest.raises(Unavailable):
            await call(federation_pb2_grpc.FederationStub(channel).Fetch, fetch(), seconds=2)


async def test_reflection_tells_everything_that_a_stranger_needs(line: Line) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(line.channel)

    async def ask(**question: Any) -> Any:
        stream = stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(**question)]))
        return await stream.read()

    listed = await ask(list_services="")
    names = {service.name for service in listed.list_services_response.service}
    assert names == {
        "tongban.v1.Federation", "tongban.v1.Window", "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }  # fmt: skip
    for question in (
        {"file_containing_symbol": "tongban.v1.Federation"},
        {"file_containing_symbol": "google.rpc.ErrorInfo"},
        {"file_by_filename": "buf/validate/validate.proto"},
        {"file_by_filename": "tongban/v1/lifecycle.proto"},
    ):
        found = (await ask(**question)).file_descriptor_response.file_descriptor_proto
        files = {descriptor_pb2.FileDescriptorProto.FromString(raw).name: raw for raw in found}
        for raw in files.values():
            for needed in descriptor_pb2.FileDescriptorProto.FromString(raw).dependency:
                assert needed in files
    rule = await ask(
        file_containing_extension=reflection_pb2.ExtensionRequest(
            containing_type="google.protobuf.FieldOptions", extension_number=1159
        )
    )
    assert rule.HasField("file_descriptor_response")


async def test_two_servers_never_share_a_port(line: Line) -> None:
    with pytest.raises(ConfigurationInvalid, match="taken"):
        serve(Echo()).add_port(line.address)


async def test_a_handler_that_would_block_is_refused_when_it_is_added() -> None:
    class Blocking(Echo):
        def Fetch(self, request: Any, context: Any) -> Any:  # noqa: N802
            return None

    with pytest.raises(TypeError, match="Federation/Fetch"):
        serve(Blocking())


class Deadline:
    """A context of which only the deadline is asked."""

    def __init__(self, remaining: float | None) -> None:
        self._remaining = remaining

    def time_remaining(self) -> float | None:
        return self._remaining


def test_a_further_call_is_given_less_than_is_left() -> None:
    context: Any = Deadline(10.0)
    assert time_left(context, 60.0) == pytest.approx(9.0)
    assert time_left(context, 1.0) == 1.0
    context = Deadline(None)
    assert time_left(context, 60.0) == 60.0
