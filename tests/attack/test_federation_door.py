"""What a node with a good invitation, and then with a good certificate, tries at the gateway."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import grpc.aio
import pytest

from tests.attack.conftest import Town
from tests.attack.test_node_door import refused
from tests.federation.test_stranger import Stranger, invited, joined
from tongban import errors
from tongban.v1 import agreement_pb2, application_pb2, directory_pb2, event_pb2, federation_pb2, federation_pb2_grpc

pytestmark = pytest.mark.federation
_aio: Any = grpc.aio
NAME = "items/359998.a"


def item(**changes: Any) -> directory_pb2.ItemPublished:
    document = {"name": NAME, "home": "nodes/359998", "title": "事项", "modes": [2], **changes}
    return directory_pb2.ItemPublished(document=directory_pb2.ItemDocument(**document))


async def test_a_registration_is_what_the_invitation_says(town: Town) -> None:
    stranger = Stranger()
    invitation = await invited(town.gateway)
    trust = grpc.ssl_channel_credentials(invitation["ca_pem"].encode())
    before = town.rows()
    changes: list[tuple[Callable[[event_pb2.Event], object], str, str]] = [
        (lambda e: setattr(e, "stream", "nodes/350600"), "FIELD_INVALID", "registration.event.stream"),
        (lambda e: setattr(e, "author", "nodes/350600"), "KEY_OF_ANOTHER_NODE", "registration.event.author"),
        (
            lambda e: setattr(e.node_registered.profile, "region", "350600"),
            "FIELD_INVALID",
            "registration.event.node_registered.profile.region",
        ),
        (lambda e: e.item_withdrawn.SetInParent(), "FIELD_INVALID", "registration.event.body"),
        (lambda e: e.ClearField("claim_time"), "FIELD_INVALID", "registration.event.claim_time"),
    ]
    async with grpc.aio.secure_channel(invitation["join_address"], trust) as channel:
        stub: Any = federation_pb2_grpc.FederationStub(channel)
        for change, reason, field in changes:
            event = stranger.registration()
            change(event)
            request = federation_pb2.JoinRequest(
                secret=base64.b64decode(invitation["secret"]),
                certificate_request=stranger.request(),
                registration=stranger.signed(event),
            )
            answer = await refused(stub.Join(request))
            assert answer[1:3] == (reason, field)
        assert (await refused(stub.Publish(federation_pb2.PublishRequest())))[0] == "INVALID_ARGUMENT"
    assert town.rows() == before
    await joined(stranger, invitation)


async def test_the_gateways_own_name_is_not_given_away(town: Town) -> None:
    for node, region in (("nodes/gateway", "1"), ("350601", "1"), ("nodes/350601", "")):
        with pytest.raises((errors.NameInvalid, errors.FieldInvalid)):
            await town.gateway.joining.invite(node=node, region=region, join_address="a:1", federation_address="a:2")


async def test_bad_events_and_frames_are_named(town: Town) -> None:
    stranger = Stranger()
    invitation = await invited(town.gateway)
    certificate, _ = await joined(stranger, invitation)
    credentials = grpc.ssl_channel_credentials(invitation["ca_pem"].encode(), stranger.tls_pem(), certificate)
    unknown: Any = 77
    material = directory_pb2.MaterialRequirement(code="c", title="材料", forms=[unknown])
    field = directory_pb2.FormField(name="a", title="甲", kind="text")
    bad: list[tuple[str, dict[str, Any], str, str]] = [
        (NAME, {"item_published": item(modes=[99])}, "FIELD_INVALID", "event.item_published.document.modes[0]"),
        (NAME, {"item_published": item(modes=[2, 2])}, "FIELD_INVALID", "event.item_published.document.modes[1]"),
        (
            NAME,
            {"item_published": item(materials=[material])},
            "FIELD_INVALID",
            "event.item_published.document.materials[0].forms[0]",
        ),
        (
            NAME,
            {"item_published": item(form=[field, field])},
            "FIELD_INVALID",
            "event.item_published.document.form[1].name",
        ),
        ("items/350600.zz-x-hpf", {"item_withdrawn": {}}, "STREAM_CONFLICT", "event.expected_head"),
        (NAME, {"review_started": application_pb2.ReviewStarted()}, "FIELD_INVALID", "event.body"),
        (
            "agreements/evil",
            {"agreement_proposed": agreement_pb2.AgreementProposed(document=b"\xff")},
            "MESSAGE_MALFORMED",
            "event.agreement_proposed.document",
        ),
        (
            "nodes/gateway",
            {"node_suspended": directory_pb2.NodeSuspended(reason_code="x")},
            "MOVE_NOT_ALLOWED",
            "event.body",
        ),
    ]  # fmt: skip
    async with grpc.aio.secure_channel(invitation["federation_address"], credentials) as channel:
        stub: Any = federation_pb2_grpc.FederationStub(channel)
        for stream, body, reason, where in bad:
            event = stranger.event(stream, **body)
            answer = await stub.Publish(federation_pb2.PublishRequest(events=[stranger.signed(event)]))
            rejection = answer.outcomes[0].rejection
            assert (rejection.reason, rejection.field) == (reason, where)
            assert "unspecified" not in rejection.message_zh
            assert "?" not in rejection.message_zh + rejection.message_en
        hello = federation_pb2.ExchangeRequest(
            hello=federation_pb2.Hello(
                protocol_versions=[1], incarnation=1, lifecycle_versions=[1], credit=federation_pb2.Credit()
            )
        )
        frame = federation_pb2.ExchangeRequest
        spoken: list[tuple[list[Any], str]] = [
            ([frame()], "frame"),
            ([frame(submission=federation_pb2.Submission())], "submission.events"),
            ([hello, hello], "hello"),
            ([hello, frame()], "frame"),
            ([hello, frame(submission=federation_pb2.Submission())], "submission.events"),
            ([frame(hello=federation_pb2.Hello(protocol_versions=[1], lifecycle_versions=[1]))], "hello.incarnation"),
        ]
        for frames, where in spoken:
            call = stub.Exchange()
            for each in frames:
                await call.write(each)

            async def ended(call: Any = call) -> None:
                while await call.read() is not _aio.EOF:
                    pass

            code, reason, found, zh, en = await refused(ended())
            assert (code, reason, found) == ("INVALID_ARGUMENT", "FIELD_INVALID", where)
            assert "/" not in zh + en
        good = stranger.event(NAME, item_published=item())
        answer = await stub.Publish(federation_pb2.PublishRequest(events=[stranger.signed(good)]))
        assert answer.outcomes[0].HasField("receipt")
