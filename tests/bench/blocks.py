"""Events of the admit path, signed and serialised before the clock starts.

A block is sixteen applications on one pair of nodes: a frame in which the accepting node opens their streams (each with
a sealed form and two key grants), then three frames in which the home node accepts, reviews and approves them, each
step with a sealed explanation.  An event with what is sealed beside it is about 2 KB.  One signature serves a frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.message import Message

from tests.bench.participants import CLOCK, ENTROPY, Author, Draft, grants, route, sealed_part, today
from tongban import sealing
from tongban.local_numbers import application_number
from tongban.v1 import application_pb2, envelope_pb2, event_pb2, federation_pb2, types_pb2

APPLICATIONS = 16
FORM_BYTES, EXPLANATION_BYTES = 1000, 1400
STEPS: Sequence[tuple[str, Message]] = (
    ("application_accepted", application_pb2.ApplicationAccepted(promised_working_days=5)),
    ("review_started", application_pb2.ReviewStarted()),
    ("application_approved", application_pb2.ApplicationApproved()),
)
EVENTS = APPLICATIONS * (1 + len(STEPS))


@dataclass(frozen=True, slots=True)
class Block:
    """Frames as they travel: one of the accepting node, then those of the home node."""

    opening: bytes
    following: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Bytes of all frames."""
        return len(self.opening) + sum(map(len, self.following))


def make_block(accepting: Author, home: Author) -> Block:
    """The next sixteen applications of a pair."""
    code = accepting.settings.home.name
    drafts, keys = [], {}
    for _ in range(APPLICATIONS):
        accepting.counter += 1
        stream = f"applications/{application_number(code, today(), 1, accepting.counter)}"
        key = keys[stream] = sealing.new_content_key(ENTROPY)
        event_id = accepting.ids.next(CLOCK.now())
        submitted = application_pb2.ApplicationSubmitted(
            route=route(accepting, home),
            window="window-1",
            materials=[
                application_pb2.Material(code="identity-document", form=types_pb2.MATERIAL_FORM_ELECTRONIC),
                application_pb2.Material(
                    code="other-1", form=types_pb2.MATERIAL_FORM_ORIGINAL, original="deed", pages=3
                ),
            ],
            wanted_results=[types_pb2.MATERIAL_FORM_ORIGINAL],
        )
        part = sealed_part(key, stream, "form", event_id, FORM_BYTES)
        given = grants(key, stream, [accepting, home])
        drafts.append(Draft(stream, "application_submitted", submitted, parts=[part], grants=given, event_id=event_id))
    opening = accepting.sign(drafts)
    heads = {draft.stream: digest for draft, (_, digest) in zip(drafts, opening, strict=True)}
    following = []
    for version, (body, content) in enumerate(STEPS, 1):
        steps = []
        for stream, key in keys.items():
            event_id = home.ids.next(CLOCK.now())
            part = sealed_part(key, stream, "explanation", event_id, EXPLANATION_BYTES)
            steps.append(Draft(stream, body, content, version, heads[stream], [part], event_id=event_id))
        signed = home.sign(steps)
        heads = {draft.stream: digest for draft, (_, digest) in zip(steps, signed, strict=True)}
        following.append(_frame(wire for wire, _ in signed))
    return Block(_frame(wire for wire, _ in opening), tuple(following))


def _frame(wires: object) -> bytes:
    submission = federation_pb2.Submission(events=wires)  # type: ignore[arg-type]  # a generator will do
    return federation_pb2.ExchangeRequest(submission=submission).SerializeToString()


def payloads(block: Block) -> list[event_pb2.Event]:
    """The events of a block, for whoever wants to look."""
    frames = [federation_pb2.ExchangeRequest.FromString(raw) for raw in (block.opening, *block.following)]
    wires: list[envelope_pb2.SignedEvent] = [wire for frame in frames for wire in frame.submission.events]
    return [event_pb2.Event.FromString(wire.envelope.payload) for wire in wires]
