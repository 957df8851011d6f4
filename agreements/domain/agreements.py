"""What the events of an agreement do.

The text is put before the parties once, and each signs it with an event of its own, the proposer too, in any order;
with the last signature it is signed.  Nothing else puts it into force: whether it is in force at a moment is read
from the signatures, the text's dates, and what was recorded of suspension and termination (`agreements.domain.terms`).

A resumption wipes the suspension from the state: from then on the agreement covers again, and what happened between
stands in the events.  A termination keeps whatever suspension it found, so an agreement that was suspended does not
come back to life between its termination and the day on which that bites.
"""

from __future__ import annotations

import datetime as dt

from google.protobuf import timestamp_pb2

from agreements.domain import documents
from tongban import errors
from tongban.lifecycle.engine import Step
from tongban.v1 import agreement_pb2, event_pb2, lifecycle_pb2

_Agreement = agreement_pb2.Agreement
_DOCUMENT = "event.agreement_proposed.document"


class AgreementFolder:
    """Folds `agreements/…`, a shared feed: every window needs every agreement, with the line down too."""

    collection = "agreements"

    def new_state(self) -> _Agreement:
        """An empty agreement."""
        return _Agreement()

    def roles(self, state: _Agreement | None, event: event_pb2.Event) -> frozenset[int]:
        """A party is whoever the text names; for the opening event, the text that it brings."""
        text = documents.read(event.agreement_proposed.document, _DOCUMENT) if state is None else state.document
        named = any(party.node == event.author for party in text.parties)
        return frozenset({lifecycle_pb2.ROLE_PARTY}) if named else frozenset()

    def check(self, state: _Agreement | None, event: event_pb2.Event) -> None:
        """The text holds together; a signature is under this text, once; a suspension's times do not cross."""
        match event.WhichOneof("body"):
            case "agreement_proposed":
                document = documents.parse(event.agreement_proposed.document, _DOCUMENT)
                if document.name != event.stream:
                    raise errors.FieldInvalid(
                        field=f"{_DOCUMENT}.name",
                        problem=f"{document.name} 与协议流 {event.stream} 不符",
                        problem_en=f"{document.name} is not {event.stream}",
                    )
            case "agreement_signed" if state is not None:
                _check_signature(state, event)
            case "agreement_suspended":
                _check_suspension(event.agreement_suspended)
            case "agreement_terminated":
                documents.calendar_date(
                    event.agreement_terminated.effect_date, "event.agreement_terminated.effect_date"
                )
            case _:
                pass

    def apply(self, state: _Agreement, step: Step, in_turn: bool) -> None:
        """Record the text, a signature, a suspension, its end, or a termination."""
        event = step.event
        match event.WhichOneof("body"):
            case "agreement_proposed":
                raw = event.agreement_proposed.document
                state.document.CopyFrom(documents.read(raw, _DOCUMENT))
                state.document_digest = documents.document_digest(raw)
            case "agreement_signed":
                signature = state.signatures.add(node=event.author, event_id=event.event_id)
                signature.sign_time.CopyFrom(event.claim_time)
                if not missing_signatures(state):
                    state.state = lifecycle_pb2.AGREEMENT_STATE_SIGNED
            case "agreement_suspended":
                state.suspend_time.CopyFrom(event.agreement_suspended.effect_time)
                state.ClearField("honour_time")
                if event.agreement_suspended.HasField("honour_time"):
                    state.honour_time.CopyFrom(event.agreement_suspended.honour_time)
            case "agreement_resumed":
                state.ClearField("suspend_time")
                state.ClearField("honour_time")
            case "agreement_terminated":
                state.terminate_date.CopyFrom(event.agreement_terminated.effect_date)
            case _:
                pass

    def parties(self, state: _Agreement) -> frozenset[str]:
        """None: everybody reads the feed."""
        return frozenset()


def missing_signatures(agreement: _Agreement) -> tuple[str, ...]:
    """The parties that have not signed, in the text's order; none left means that it is signed."""
    signed = {signature.node for signature in agreement.signatures}
    return tuple(party.node for party in agreement.document.parties if party.node not in signed)


def _check_signature(state: _Agreement, event: event_pb2.Event) -> None:
    if event.agreement_signed.document_digest != state.document_digest:
        raise errors.FieldInvalid(
            field="event.agreement_signed.document_digest",
            problem="签署的不是所提出的文本",
            problem_en="it is not the digest of the text proposed",
        )
    if any(signature.node == event.author for signature in state.signatures):
        raise errors.AlreadyExists(
            field="event.author",
            name=f"{event.author} 在 {event.stream} 上的签署",
            name_en=f"The signature of {event.author} under {event.stream}",
        )


def _check_suspension(suspended: agreement_pb2.AgreementSuspended) -> None:
    # A time that no calendar holds would stop every reader of the feed, so it never gets in.
    since = _instant(suspended.effect_time, "event.agreement_suspended.effect_time")
    if suspended.HasField("honour_time"):
        field = "event.agreement_suspended.honour_time"
        if _instant(suspended.honour_time, field) < since:
            raise errors.FieldInvalid(
                field=field, problem="早于中止生效时间", problem_en="before the suspension takes effect"
            )


def _instant(value: timestamp_pb2.Timestamp, field: str) -> dt.datetime:
    try:
        return value.ToDatetime(dt.UTC)
    except (ValueError, OverflowError):
        raise errors.FieldInvalid(field=field, problem="不是有效时间", problem_en="not a time") from None
