"""Who may: every step by the author whose role it is, every filing under a clause that names its decider.

Read from the contract's table and from the signed texts alone, without asking the code that admitted the events: a
check left out there is found here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from tests.invariants.books import Entry
from tests.invariants.breach import Counts, broken, hold
from tests.invariants.journal import Journal
from tongban.lifecycle.table import RULES
from tongban.v1 import agreement_pb2, application_pb2, envelope_pb2, lifecycle_pb2, types_pb2

AUTHORITY, CLAUSE = "decided by who may", "under the cited clause"

_OLD_HOURS, _HOUR = 168, 3_600_000_000_000
_CLOCK = "nodes/clock"
_SCANS = frozenset({"parcel_dispatched", "parcel_taken_in"})
_OPERATOR = "nodes/gateway"
_DECISIONS = frozenset(
    name
    for name, rule in RULES.items()
    if rule.collection == "applications" and rule.roles == {lifecycle_pb2.ROLE_DECIDER}
)


def check_authority(journal: Journal, counts: Counts) -> None:
    """Every step of every stream."""
    texts = _agreements(journal)
    for stream, events in journal.books.streams.items():
        holders = _holders(stream, events)
        for entry in events:
            body = entry.event.WhichOneof("body") or ""
            _check_author(entry, body, holders)
            counts["decisions"] += body in _DECISIONS
            if body == "application_submitted":
                _check_filing(journal, entry, texts)


def _holders(stream: str, events: list[Entry]) -> dict[int, set[str]]:
    """Who holds each role in a stream, from its opening event."""
    roles = lifecycle_pb2
    opening = events[0].event
    match stream.partition("/")[0]:
        case "applications":
            route = opening.application_submitted.route
            return {
                roles.ROLE_ACCEPTING: {route.accepting},
                roles.ROLE_DECIDER: {route.decider},
                roles.ROLE_COLLECTING: {route.collecting},
                roles.ROLE_CLOCK: {_CLOCK},
            }
        case "parcels":
            packed = opening.parcel_packed
            bodies = [(entry.author, entry.event) for entry in events]
            hands = {author for author, event in bodies if event.WhichOneof("body") in _SCANS}
            sent_on = {event.parcel_redirected.destination.node for _, event in bodies} - {""}
            return {
                roles.ROLE_SENDER: {packed.origin.node},
                # What was refused and came home is its sender's to open.
                roles.ROLE_RECEIVER: {packed.destination.node, packed.origin.node, *sent_on},
                roles.ROLE_RELAY: {event.parcel_offered.relay for _, event in bodies} - {""},
                roles.ROLE_HOLDER: {packed.origin.node, *hands},
                roles.ROLE_CLOCK: {_CLOCK},
            }
        case "agreements":
            texts = [raw for entry in events if (raw := _text_of(entry)) is not None]
            parties = _parties(map(agreement_pb2.AgreementDocument.FromString, texts))
            return {roles.ROLE_PARTY: parties, roles.ROLE_OPERATOR: {_OPERATOR}}
        case "items":
            owner = f"nodes/{stream.removeprefix('items/').partition('.')[0]}"
            return {roles.ROLE_OWNER: {owner}}
        case _:
            return {roles.ROLE_OWNER: {stream}, roles.ROLE_OPERATOR: {_OPERATOR}}


def _check_author(entry: Entry, body: str, holders: dict[int, set[str]]) -> None:
    rule = RULES[body]
    allowed = set().union(*(holders.get(role, set()) for role in rule.roles))
    if lifecycle_pb2.ROLE_ANY not in rule.roles and entry.author not in allowed:
        broken(
            AUTHORITY, f"{entry.author} made it {rule.title_en}; only {sorted(allowed)} may",
            stream=entry.stream, version=entry.version, event=entry.event_id,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Text:
    """A text that every one of its parties has signed, and when it began to bind, by the claims of its events."""

    document: agreement_pb2.AgreementDocument
    began: int
    """Nanoseconds; of a first version, when it was first signed by all."""


def _agreements(journal: Journal) -> dict[str, list[_Text]]:
    """The texts that bound, in order: each that all parties of it, and of the one before, have signed."""
    texts: dict[str, list[_Text]] = {}
    for stream, events in journal.books.streams.items():
        if not stream.startswith("agreements/"):
            continue
        found = texts.setdefault(stream, [])
        waiting: agreement_pb2.AgreementDocument | None = None
        digest, signed = b"", set[str]()
        for entry in events:
            raw = _text_of(entry)
            if raw is not None:
                waiting, digest, signed = agreement_pb2.AgreementDocument.FromString(raw), sha256(raw).digest(), set()
            elif entry.event.HasField("amendment_withdrawn"):
                waiting = None
            elif entry.event.HasField("agreement_signed") and waiting is not None:
                if entry.event.agreement_signed.document_digest == digest:
                    signed.add(entry.author)
                if _parties([waiting, *(text.document for text in found[-1:])]) <= signed:
                    found.append(_Text(waiting, entry.event.claim_time.ToNanoseconds()))
                    waiting = None
    return texts


def _text_of(entry: Entry) -> bytes | None:
    body = entry.event.WhichOneof("body")
    if body in ("agreement_proposed", "agreement_revised", "amendment_proposed"):
        raw: bytes = getattr(entry.event, body).document
        return raw
    return None


def _parties(documents: Iterable[agreement_pb2.AgreementDocument]) -> set[str]:
    return {party.node for document in documents for party in document.parties}


def _check_filing(journal: Journal, entry: Entry, texts: dict[str, list[_Text]]) -> None:
    route = entry.event.application_submitted.route
    where: dict[str, object] = {"stream": entry.stream, "event": entry.event_id, "node": entry.author}
    hold(
        route.item.startswith(f"items/{route.home.removeprefix('nodes/')}."),
        CLAUSE,
        "the item is not its home's",
        **where,
    )
    if not route.agreement:
        alone = {route.accepting, route.home, route.decider} == {entry.author}
        hold(alone, CLAUSE, "it cites no agreement, and is not its own home's business", **where)
        return
    cited = f"{route.agreement} version {route.agreement_version}"
    versions = texts.get(route.agreement, [])
    place = next((i for i, t in enumerate(versions) if t.document.document_version == route.agreement_version), None)
    hold(place is not None, CLAUSE, f"{cited} is not signed by all its parties", **where)
    assert place is not None
    claimed = entry.event.claim_time.ToNanoseconds()
    hold(place == 0 or claimed >= versions[place].began, CLAUSE, f"{cited} did not bind yet", **where)
    clause = next((c for c in versions[place].document.clauses if c.id == route.clause), None)
    hold(clause is not None, CLAUSE, f"{route.agreement} has no clause {route.clause}", **where)
    assert clause is not None
    _check_clause(route, clause, where)
    if place + 1 < len(versions):
        # A window that had not heard of the next version filed under this one, no longer than a copy may be old.
        latest = versions[place + 1].began + (clause.offline_hours or _OLD_HOURS) * _HOUR
        hold(claimed < latest, CLAUSE, f"{cited} did not bind any more", **where)
    _check_standing(journal, entry, route.agreement)


def _check_clause(route: application_pb2.Route, clause: agreement_pb2.Clause, where: dict[str, object]) -> None:
    decider = clause.home if clause.decider == types_pb2.DECIDER_HOME else route.accepting
    hold(route.decider == decider, CLAUSE, f"{route.decider} is to decide; the clause names {decider}", **where)
    covered = route.home == clause.home and route.accepting in clause.accepting and route.item in clause.items
    hold(covered, CLAUSE, "the clause does not cover it", **where)


def _check_standing(journal: Journal, filing: Entry, agreement: str) -> None:
    """Nothing is filed under an agreement that had been suspended when the filing was admitted."""
    order = journal.books.order
    at = _header(journal, filing).admit_time.ToNanoseconds()
    suspension: Entry | None = None
    for entry in journal.books.streams[agreement]:
        if order[entry.batch_id] >= order[filing.batch_id]:
            break
        match entry.event.WhichOneof("body"):
            case "agreement_suspended":
                suspension = entry
            case "agreement_resumed":
                suspension = None
    if suspension is None:
        return
    body = suspension.event.agreement_suspended
    since = body.effect_time.ToNanoseconds()
    honoured = (
        filing.event.claim_time.ToNanoseconds() < since
        and body.HasField("honour_time")
        and at <= body.honour_time.ToNanoseconds()
    )
    hold(
        at < since or honoured, CLAUSE, f"{agreement} was suspended by {suspension.event_id}",
        stream=filing.stream, event=filing.event_id,
    )  # fmt: skip


def _header(journal: Journal, entry: Entry) -> envelope_pb2.AdmissionHeader:
    header = journal.receipts.header(entry.batch_id)
    assert header is not None
    return header
