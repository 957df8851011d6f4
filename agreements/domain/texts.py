"""Texts and the signatures under them: which wait, whose are needed, and from when a text binds.

An agreement has one present text and at most one that waits:

    proposed ──(revised: signatures void)──► proposed ──(the needed signatures)──► binds
    binds ──► amendment proposed ──(revised, withdrawn)──► all needed signatures ──► binds, the old one is past

**Whose signatures are needed.**  Of a mandate, its issuer's.  Of a first text, every party's; where the entry rule
says "among signatories", any two.  Of an amendment, everybody's who is bound now and has not declared that it leaves,
whether or not the new text keeps it; and every party's of the new text, or, where its entry rule says "among
signatories", any two's.  A party that the text in force names and that has not signed may join by signing it at any
time.

**From when.**  A first text binds from its first day.  An amendment binds from the first moment of its first day or
from its last needed signature, whichever is later; what was filed before stays under the text that bound then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from agreements.domain.days import SHANGHAI, day_of
from agreements.domain.documents import calendar_date, is_mandate
from tongban.v1 import agreement_pb2, event_pb2, lifecycle_pb2

_Agreement = agreement_pb2.Agreement
_Document = agreement_pb2.AgreementDocument

PAST: Final = 8
"""So many earlier texts are kept in the state; all of them stand in the journal."""

FEWEST: Final = 2
"""Parties of an agreement, at least."""


def is_alliance(document: _Document) -> bool:
    """Whether it binds those who have signed, while others still may."""
    return document.entry == agreement_pb2.ENTRY_RULE_SIGNATORIES


def missing_signatures(agreement: _Agreement) -> tuple[str, ...]:
    """The parties whose signatures the present text needs before it binds, in its order; none once it binds."""
    return missing(agreement.document, {signature.node for signature in agreement.signatures})


def missing(document: _Document, signed: Iterable[str]) -> tuple[str, ...]:
    """The parties of a first text whose signatures it still needs before it binds."""
    have = set(signed)
    if is_mandate(document):
        return () if document.issuer in have else (document.issuer,)
    absent = tuple(party.node for party in document.parties if party.node not in have)
    if is_alliance(document) and len(document.parties) - len(absent) >= FEWEST:
        return ()
    return absent


def missing_for_amendment(agreement: _Agreement) -> tuple[str, ...]:
    """The parties whose signatures the amendment still needs: those of its text first, then those it drops."""
    text = agreement.amendment.document
    have = {signature.node for signature in agreement.amendment.signatures}
    if is_mandate(text):
        return () if text.issuer in have else (text.issuer,)
    parties = [party.node for party in text.parties]
    leaving = {each.node for each in agreement.leavings}
    bound = [signature.node for signature in agreement.signatures if signature.node not in leaving]
    needed = [node for node in parties if not is_alliance(text) or node in bound]
    needed += [node for node in bound if node not in parties]
    absent = tuple(node for node in needed if node not in have)
    # Those who are bound may be one, or none of the new text's parties; it begins among two of these all the same.
    if not absent and is_alliance(text) and len(have.intersection(parties)) < FEWEST:
        return tuple(node for node in parties if node not in have)
    return absent


def unsigned(agreement: _Agreement) -> tuple[str, ...]:
    """Parties that the present text names and that have not signed it, whether it needs them or not."""
    if is_mandate(agreement.document):
        return missing_signatures(agreement)
    have = {signature.node for signature in agreement.signatures}
    return tuple(party.node for party in agreement.document.parties if party.node not in have)


def pending(agreement: _Agreement) -> tuple[_Document, bytes] | None:
    """The text that waits for signatures and its digest: the first one, or the amendment."""
    if agreement.state == lifecycle_pb2.AGREEMENT_STATE_PROPOSED:
        return agreement.document, agreement.document_digest
    if agreement.HasField("amendment"):
        return agreement.amendment.document, agreement.amendment.document_digest
    return None


def put_first(agreement: _Agreement, event: event_pb2.Event, document: _Document, digest: bytes) -> None:
    """The present text while it waits, new or revised: whatever was signed of another is void."""
    if agreement.document_digest:
        agreement.revision += 1
        # Of a first text the opening event tells who proposed it: states that were stored before this field stay true.
        agreement.proposer = event.author
    agreement.document.CopyFrom(document)
    agreement.document_digest = digest
    agreement.ClearField("signatures")


def put_amendment(agreement: _Agreement, event: event_pb2.Event, document: _Document, digest: bytes) -> None:
    """The amendment, new or revised."""
    revision = agreement.amendment.revision + 1 if agreement.HasField("amendment") else 0
    agreement.amendment.CopyFrom(
        agreement_pb2.AgreementText(document=document, document_digest=digest, proposer=event.author, revision=revision)
    )
    agreement.amendment.propose_time.CopyFrom(event.claim_time)


def sign(agreement: _Agreement, event: event_pb2.Event) -> None:
    """Record a signature under whichever text has the digest; with the last needed one that text binds."""
    signature = agreement_pb2.PartySignature(node=event.author, event_id=event.event_id)
    signature.sign_time.CopyFrom(event.claim_time)
    amendment = agreement.HasField("amendment")
    if amendment and event.agreement_signed.document_digest == agreement.amendment.document_digest:
        agreement.amendment.signatures.append(signature)
    else:
        agreement.signatures.append(signature)
        # Whoever left an earlier version and signs the one that binds now takes part again.
        leavings = [each for each in agreement.leavings if each.node != event.author]
        agreement.ClearField("leavings")
        agreement.leavings.extend(leavings)
    settle(agreement, event)


def settle(agreement: _Agreement, event: event_pb2.Event) -> None:
    """What waits for no signature any more binds, by the event that was the last it waited for."""
    if agreement.state == lifecycle_pb2.AGREEMENT_STATE_PROPOSED and not missing_signatures(agreement):
        agreement.state = lifecycle_pb2.AGREEMENT_STATE_SIGNED
    if agreement.HasField("amendment") and not missing_for_amendment(agreement):
        _put_in_force(agreement, event)


def declined_end(agreement: _Agreement, begin: dt.datetime | None) -> dt.date | None:
    """The last day that a party declined to prolong, if it ends the text that began then."""
    if not agreement.HasField("decline_date"):
        return None
    day = calendar_date(agreement.decline_date, "agreement.decline_date")
    return None if begin is not None and day < day_of(begin) else day


def present_end(agreement: _Agreement) -> dt.date | None:
    """The last day that a party declined to prolong, of the present text."""
    begun = agreement.HasField("begin_time")
    return declined_end(agreement, agreement.begin_time.ToDatetime(dt.UTC) if begun else None)


def first_moment(document: _Document) -> dt.datetime:
    """The first moment of a text's first day, UTC."""
    day = calendar_date(document.effective_date, "document.effective_date")
    return dt.datetime.combine(day, dt.time(), SHANGHAI).astimezone(dt.UTC)


def _put_in_force(agreement: _Agreement, event: event_pb2.Event) -> None:
    before = agreement_pb2.AgreementText(
        document=agreement.document,
        document_digest=agreement.document_digest,
        signatures=agreement.signatures,
        proposer=agreement.proposer,
        revision=agreement.revision,
    )
    if agreement.HasField("begin_time"):
        before.begin_time.CopyFrom(agreement.begin_time)
    text = agreement.amendment
    kept = [before, *agreement.past][:PAST]
    agreement.ClearField("past")
    agreement.past.extend(kept)
    agreement.document.CopyFrom(text.document)
    agreement.document_digest = text.document_digest
    agreement.ClearField("signatures")
    agreement.signatures.extend(text.signatures)
    agreement.proposer = text.proposer
    agreement.revision = text.revision
    # One signatory's clock says when it signed, not that the others had done so before they did.
    known = [text.propose_time, *(each.sign_time for each in text.signatures), event.claim_time]
    if agreement.HasField("begin_time"):
        known.append(agreement.begin_time)  # A version begins before none that it follows.
    begins = max(first_moment(text.document), *(time.ToDatetime(dt.UTC) for time in known))
    agreement.begin_time.FromDatetime(begins)
    back = {signature.node for signature in text.signatures}
    agreement.ClearField("amendment")
    # Whoever signs a text that names it takes part again; a decision on the old text's end is not one on the new.
    leavings = [each for each in agreement.leavings if each.node not in back]
    agreement.ClearField("leavings")
    agreement.leavings.extend(leavings)
    if agreement.HasField("decline_date") and calendar_date(agreement.decline_date, "decline_date") >= day_of(begins):
        agreement.ClearField("decline_date")  # Else the old text ends on it, before the new one begins.
