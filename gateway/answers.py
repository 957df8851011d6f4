"""What each submission is told: stored answers for what was seen before, fresh ones for the rest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.batch import Batch
from gateway.store import QUERIES
from tongban import errors
from tongban.journal.admissions import Admission
from tongban.journal.envelopes import Opened
from tongban.rejections import to_rejection
from tongban.storage.base import Transaction
from tongban.v1 import envelope_pb2


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to one submission: an outcome for each event, and the admissions that the receipts belong to."""

    admissions: tuple[envelope_pb2.SignedAdmission, ...]
    outcomes: tuple[envelope_pb2.Outcome, ...]


@dataclass(frozen=True, slots=True)
class KnownAnswers:
    """Answers that were given before, by event id, with the digest they were given for."""

    answers: dict[str, tuple[bytes, envelope_pb2.Outcome]]
    admissions: dict[str, envelope_pb2.SignedAdmission]

    def halves(self, events: Sequence[Opened]) -> dict[str, frozenset[int]]:
        """Of the atomic groups among these events: the places that are in the journal, by the group's id."""
        found: dict[str, frozenset[int]] = {}
        for opened in events:
            group, (digest, outcome) = opened.event.group, self.answers.get(opened.event.event_id, (b"", None))
            if group.size and digest == opened.digest and outcome is not None and outcome.HasField("receipt"):
                found[group.group_id] = found.get(group.group_id, frozenset()) | {group.index}
        return found


def joined(parts: Sequence[Answers]) -> Answers:
    """The answers to the parts of one submission, in order."""
    admissions = {signed.header: signed for part in parts for signed in part.admissions}
    return Answers(tuple(admissions.values()), tuple(outcome for part in parts for outcome in part.outcomes))


def refusing(events: Sequence[Opened], reasons: Sequence[errors.TongbanError]) -> Answers:
    """Refusals that nobody keeps: the next answer to the same event may be another."""
    outcomes = [
        envelope_pb2.Outcome(event_id=opened.event.event_id, rejection=to_rejection(error))
        for opened, error in zip(events, reasons, strict=True)
    ]
    return Answers((), tuple(outcomes))


class Answering:
    """Puts together what each submission is told."""

    def __init__(self, known: KnownAnswers, batch: Batch, admission: Admission | None) -> None:
        self._known = known
        self._admission = admission
        self._fresh: dict[str, tuple[bytes, envelope_pb2.Outcome]] = {}
        for index, placed in enumerate(batch.decided.placed):
            assert admission is not None
            event_id = placed.opened.event.event_id
            outcome = envelope_pb2.Outcome(event_id=event_id, receipt=admission.receipts[index])
            self._fresh[event_id] = (placed.opened.digest, outcome)
        for declined in batch.decided.rejected:
            opened = declined.opened
            rejection = to_rejection(declined.error, found=declined.found)
            outcome = envelope_pb2.Outcome(event_id=opened.event.event_id, rejection=rejection)
            self._fresh[opened.event.event_id] = (opened.digest, outcome)

    def of(self, submission: Sequence[Opened]) -> Answers:
        """The answers to one submission."""
        admissions: dict[str, envelope_pb2.SignedAdmission] = {}
        outcomes = []
        for opened in submission:
            event_id = opened.event.event_id
            digest, outcome = self._known.answers.get(event_id) or self._fresh[event_id]
            if digest != opened.digest:
                reused = errors.EventIdReused(field="event.event_id", event=event_id)
                outcome = envelope_pb2.Outcome(event_id=event_id, rejection=to_rejection(reused))
            elif outcome.HasField("receipt"):
                batch_id = outcome.receipt.batch_id
                signed = self._known.admissions.get(batch_id)
                if signed is None and self._admission is not None:
                    signed = self._admission.signed
                if signed is not None:
                    admissions[batch_id] = signed
            outcomes.append(outcome)
        return Answers(tuple(admissions.values()), tuple(outcomes))


def find_known(tx: Transaction, events: Sequence[Opened]) -> KnownAnswers:
    """Look up what was answered before."""
    ids = json.dumps([o.event.event_id for o in events])
    known = KnownAnswers({}, {})
    for row in tx.fetch_all(QUERIES.find_events, {"ids": ids}):
        receipt = envelope_pb2.Receipt.FromString(row["receipt"])
        outcome = envelope_pb2.Outcome(event_id=row["event_id"], receipt=receipt)
        known.answers[row["event_id"]] = (row["digest"], outcome)
        known.admissions[receipt.batch_id] = envelope_pb2.SignedAdmission.FromString(row["signed"])
    for row in tx.fetch_all(QUERIES.find_rejections, {"ids": ids}):
        rejection = envelope_pb2.Rejection.FromString(row["rejection"])
        outcome = envelope_pb2.Outcome(event_id=row["event_id"], rejection=rejection)
        known.answers.setdefault(row["event_id"], (row["digest"], outcome))
    return known
