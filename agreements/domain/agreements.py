"""What the events of an agreement do.

A text is put before the parties, and each signs it with an event of its own, the proposer too, in any order; with the
last signature that it needs it is signed (`agreements.domain.texts` says whose it needs, and how an amendment takes its
place).  Nothing else puts it into force: whether it is in force at a moment, and for whom, is read from the signatures,
the text's dates, and what was recorded of suspensions, leavings and termination (`agreements.domain.terms`).

A resumption wipes the suspension from the state: from then on the agreement covers again, and what happened between
stands in the events.  A termination keeps whatever suspension it found, so an agreement that was suspended does not
come back to life between its termination and the day on which that bites.
"""

from __future__ import annotations

from typing import Final

from agreements.domain import documents, life, texts
from agreements.domain.texts import missing_signatures as missing_signatures
from tongban import errors
from tongban.lifecycle.engine import Step
from tongban.v1 import agreement_pb2, event_pb2, lifecycle_pb2

_Agreement = agreement_pb2.Agreement

COMMENTS: Final = 200
"""So many remarks are kept in the state; all of them stand in the journal."""

_TEXTS: Final = frozenset({"agreement_proposed", "agreement_revised", "amendment_proposed"})


def text_of(event: event_pb2.Event) -> tuple[bytes, str] | None:
    """The bytes of the text that an event puts before the parties, and where they stand; None for any other event."""
    kind = event.WhichOneof("body") or ""
    return (getattr(event, kind).document, f"event.{kind}.document") if kind in _TEXTS else None


class AgreementFolder:
    """Folds `agreements/…`, a shared feed: every window needs every agreement, with the line down too."""

    collection = "agreements"

    def new_state(self) -> _Agreement:
        """An empty agreement."""
        return _Agreement()

    def roles(self, state: _Agreement | None, event: event_pb2.Event) -> frozenset[int]:
        """A party is whoever the text or its amendment names; for the opening event, the text that it brings."""
        if state is None:
            named = [documents.read(event.agreement_proposed.document, "event.agreement_proposed.document").parties]
        else:
            named = [state.document.parties, state.amendment.document.parties]
        found = any(party.node == event.author for parties in named for party in parties)
        return frozenset({lifecycle_pb2.ROLE_PARTY}) if found else frozenset()

    def check(self, state: _Agreement | None, event: event_pb2.Event) -> None:
        """The texts hold together, a signature is under one of them, and whoever decides may."""
        if state is None:
            _check_text(event, 0)
            return
        life.check_who(state, event)
        match event.WhichOneof("body"):
            case "agreement_revised":
                waiting = texts.pending(state)
                if waiting is None:
                    raise errors.NoTextPending(field="event.body", name=state.name)
                _check_successor(state, _check_text(event, waiting[0].document_version), event)
            case "amendment_proposed":
                _check_none_pending(state)
                _check_successor(state, _check_text(event, state.document.document_version + 1), event)
            case "amendment_withdrawn":
                _check_amendment(state, event)
            case "agreement_signed":
                _check_signature(state, event)
            case "agreement_commented":
                _check_comment(state, event.agreement_commented)
            case "agreement_suspended":
                life.check_suspension(event.agreement_suspended)
            case "agreement_terminated":
                life.check_termination(state, event)
            case "part_suspended":
                life.check_part(state, event)
            case "part_resumed":
                life.check_part_resumed(state, event)
            case "party_left":
                life.check_leaving(state, event)
            case "renewal_declined":
                life.check_decline(state, event)
            case "trial_passed":
                life.check_trial(state, event)
            case _:
                pass

    def apply(self, state: _Agreement, step: Step, in_turn: bool) -> None:
        """Record what the event says."""
        event = step.event
        match event.WhichOneof("body"):
            case "agreement_proposed" | "agreement_revised" | "amendment_proposed":
                _put(state, event)
            case "amendment_withdrawn":
                state.ClearField("amendment")
            case "agreement_signed":
                texts.sign(state, event)
            case "agreement_commented":
                _comment(state, event)
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
            case "part_suspended":
                life.suspend_part(state, event)
            case "part_resumed":
                life.resume_part(state, event)
            case "party_left":
                left = state.leavings.add(node=event.author, event_id=event.event_id)
                left.effect_date.CopyFrom(event.party_left.effect_date)
                texts.settle(state, event)  # An amendment may have waited for nobody else.
            case "renewal_declined":
                state.decline_date.CopyFrom(event.renewal_declined.expire_date)
            case "trial_passed":
                life.pass_trial(state, event)
            case _:
                pass

    def parties(self, state: _Agreement) -> frozenset[str]:
        """None: everybody reads the feed."""
        return frozenset()


def _check_text(event: event_pb2.Event, version: int) -> agreement_pb2.AgreementDocument:
    """The text that an event brings, whole, of its stream and version; 0 stands for any first version."""
    found = text_of(event)
    assert found is not None  # only called for events that bring one
    raw, field = found
    document = documents.parse(raw, field)
    if document.name != event.stream:
        raise _invalid(
            f"{field}.name", f"{document.name} 与协议流 {event.stream} 不符", f"{document.name} is not {event.stream}"
        )
    if version and document.document_version != version:
        raise _invalid(
            f"{field}.document_version",
            f"应为第 {version} 版,所给为第 {document.document_version} 版",
            f"version {version} is expected, not {document.document_version}",
        )
    if not any(party.node == event.author for party in document.parties):
        raise _invalid(f"{field}.parties", "提出方不在所提文本的参与方之中", f"{event.author} is not a party of it")
    return document


def _check_successor(state: _Agreement, document: agreement_pb2.AgreementDocument, event: event_pb2.Event) -> None:
    """The next text is of the same kind and issuer, and does not begin before the one it follows."""
    field = f"event.{event.WhichOneof('body')}.document"
    present = state.document
    if (documents.is_mandate(document), document.issuer) != (documents.is_mandate(present), present.issuer):
        raise _invalid(f"{field}.kind", "修订不能改变类型或印发方", "an amendment keeps the kind and the issuer")
    if state.state == lifecycle_pb2.AGREEMENT_STATE_PROPOSED:
        return
    begins = documents.calendar_date(document.effective_date, f"{field}.effective_date")
    before = documents.calendar_date(present.effective_date, f"{field}.effective_date")
    if begins < before:
        raise _invalid(
            f"{field}.effective_date", f"早于现行版本的生效日 {before}", f"before {before}, when the present one began"
        )


def _check_none_pending(state: _Agreement) -> None:
    if state.HasField("amendment"):
        raise errors.AmendmentPending(
            field="event.body",
            name=state.name,
            version=state.amendment.document.document_version,
            proposer=state.amendment.proposer,
        )


def _check_amendment(state: _Agreement, event: event_pb2.Event) -> None:
    given = event.amendment_withdrawn.document_digest
    if not state.HasField("amendment"):
        raise errors.NoTextPending(field="event.body", name=state.name)
    if given != state.amendment.document_digest:
        raise _another(state, given, state.amendment.document_digest, "event.amendment_withdrawn.document_digest")
    signed = any(signature.node == event.author for signature in state.amendment.signatures)
    if signed and event.author != state.amendment.proposer:
        raise errors.AmendmentNotYours(
            field="event.author", name=state.name, member=event.author, proposer=state.amendment.proposer
        )


def _check_signature(state: _Agreement, event: event_pb2.Event) -> None:
    given, field = event.agreement_signed.document_digest, "event.agreement_signed.document_digest"
    if state.HasField("amendment") and given == state.amendment.document_digest:
        text, signatures = state.amendment.document, state.amendment.signatures
        # A party that the amendment drops signs it too, so both texts name who may.
        parties = {party.node for party in (*text.parties, *state.document.parties)}
    elif given == state.document_digest:
        text, signatures = state.document, state.signatures
        parties = {party.node for party in text.parties}
    else:
        waiting = texts.pending(state)
        if waiting is None:
            raise errors.NoTextPending(field=field, name=state.name)
        raise _another(state, given, waiting[1], field)
    if any(signature.node == event.author for signature in signatures):
        raise errors.AlreadyExists(
            field="event.author",
            name=f"{event.author} 在 {event.stream} 上的签署",
            name_en=f"The signature of {event.author} under {event.stream}",
        )
    if event.author not in parties:
        raise _invalid("event.author", "所签文本未将其列为参与方", f"{event.author} is not a party of that text")


def _check_comment(state: _Agreement, body: agreement_pb2.AgreementCommented) -> None:
    field = "event.agreement_commented"
    for text, digest in (
        (state.document, state.document_digest),
        (state.amendment.document, state.amendment.document_digest),
    ):
        if body.document_digest == digest:
            if body.clause and not any(clause.id == body.clause for clause in text.clauses):
                raise _invalid(
                    f"{field}.clause", f"文本没有条款 {body.clause}", f"the text has no clause {body.clause}"
                )
            return
    waiting = texts.pending(state)
    present = waiting[1] if waiting is not None else state.document_digest
    raise _another(state, body.document_digest, present, f"{field}.document_digest")


def _put(state: _Agreement, event: event_pb2.Event) -> None:
    found = text_of(event)
    assert found is not None  # only called for events that bring one
    raw, field = found
    document, digest = documents.read(raw, field), documents.document_digest(raw)
    if state.state == lifecycle_pb2.AGREEMENT_STATE_PROPOSED:
        texts.put_first(state, event, document, digest)
    else:
        texts.put_amendment(state, event, document, digest)


def _comment(state: _Agreement, event: event_pb2.Event) -> None:
    body = event.agreement_commented
    remark = state.comments.add(
        node=event.author,
        document_digest=body.document_digest,
        clause=body.clause,
        comment=body.comment,
        event_id=event.event_id,
    )
    remark.create_time.CopyFrom(event.claim_time)
    if len(state.comments) > COMMENTS:
        del state.comments[: len(state.comments) - COMMENTS]


def _another(state: _Agreement, given: bytes, waiting: bytes, field: str) -> errors.NotTheTextPending:
    return errors.NotTheTextPending(field=field, name=state.name, given=given.hex()[:16], pending=waiting.hex()[:16])


def _invalid(field: str, zh: str, en: str) -> errors.FieldInvalid:
    return errors.FieldInvalid(field=field, problem=zh, problem_en=en)
