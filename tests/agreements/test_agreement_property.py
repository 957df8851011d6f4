"""The fold of an agreement over random sequences of all its events.

Whatever is tried, by whoever: it is folded or refused by name; what was folded folds to the same state again; a text in
force has the signatures that it needs, and nobody's stands there who did not sign that text; versions rise by one.  The
bookkeeping beside it is the test's own: who signed which bytes, and which texts were ever put before the parties.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.domain import texts
from agreements.domain.agreements import AgreementFolder
from agreements.domain.coverage import Coverage
from agreements.domain.documents import document_digest, is_mandate
from agreements.domain.terms import Moment
from agreements.standing import standing_sections
from agreements.summary import may_sign, summarise
from tests.agreements.making import NOON, clause, document, item, nodes, set_date
from tongban import errors
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.lifecycle.table import RULES
from tongban.v1 import agreement_pb2, event_pb2, lifecycle_pb2

NODES = [f"nodes/{letter}" for letter in "abcde"]
NAME = "agreements/one"
UNSTATED, ALL, SIGNATORIES = (
    agreement_pb2.ENTRY_RULE_UNSPECIFIED,
    agreement_pb2.ENTRY_RULE_ALL,
    agreement_pb2.ENTRY_RULE_SIGNATORIES,
)
LIFECYCLES = Lifecycles(AgreementFolder())
KINDS = sorted(name for name in RULES if getattr(event_pb2.Event.DESCRIPTOR.fields_by_name.get(name), "number", 0))
EVENTS = [
    "agreement_proposed", "agreement_signed", "agreement_suspended", "agreement_resumed", "agreement_terminated",
    "agreement_revised", "amendment_proposed", "amendment_withdrawn", "agreement_commented", "part_suspended",
    "part_resumed", "party_left", "renewal_declined", "trial_passed",
]  # fmt: skip
LIKELY = [*["agreement_signed"] * 14, *["amendment_proposed"] * 3, *EVENTS]


def test_the_events_are_all_that_an_agreement_has() -> None:
    of_agreements = {
        name for name in KINDS if name.startswith(("agreement_", "amendment_", "part_", "party_", "renewal_", "trial_"))
    }
    assert set(EVENTS) == of_agreements
    assert len(EVENTS) == 14


@dataclass(slots=True)
class Life:
    """One agreement, what is tried on it, and the books that are kept beside."""

    random: random.Random
    state: agreement_pb2.Agreement | None = None
    folded: list[Step] = field(default_factory=list)
    signed: dict[bytes, set[str]] = field(default_factory=dict)
    """Who signed which bytes since they were last put before the parties."""
    tried: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    now: dt.datetime = NOON

    def text(self, version: int) -> bytes:
        """Some text: mostly whole, of any kind, now and then of a wrong version or broken."""
        r = self.random
        parties = r.sample(NODES, r.randint(2, 5))
        items = [f"items/{parties[0][6:]}.{code}" for code in r.sample("xyz", r.randint(1, 2))]
        first = dt.date(2025, 1, 1) + dt.timedelta(days=r.choice([0, 0, 0, 150, 200]))
        made = document(
            clause(parties[0], parties[1:], items),
            name=NAME if r.random() > 0.03 else "agreements/two",
            parties=parties,
            effective=first,
            expire=first + dt.timedelta(days=r.choice([30, 365])) if r.random() < 0.6 else None,
            version=max(1, version + r.choice([0] * 12 + [-1, 1])),
        )
        if made.HasField("expire_date"):
            made.renewal_months = r.choice([0, 1, 12])
        made.entry = r.choice([UNSTATED, ALL, SIGNATORIES, SIGNATORIES])
        made.notice_days = r.choice([0, 0, 30])
        made.trial_required = r.random() < 0.2
        if r.random() < 0.2:
            made.coordinator = r.choice(parties)
        if r.random() < 0.15:
            made.kind, made.issuer, made.entry = agreement_pb2.AGREEMENT_KIND_MANDATE, parties[0], UNSTATED
        if r.random() < 0.03:
            made.clauses[0].home = "nodes/none"
        return made.SerializeToString()

    def digest(self) -> bytes:
        """A text that is there, mostly; else another."""
        state = self.state
        known = [b"?" * 32]
        if state is not None:
            known += [state.document_digest] * 8
            if state.HasField("amendment"):
                known += [state.amendment.document_digest] * 16
        return self.random.choice(known)

    def event(self) -> event_pb2.Event:
        """Some event by some node."""
        r, state = self.random, self.state
        self.tried += 1
        self.now += dt.timedelta(hours=r.choice([0, 1, 1, 24, 24 * 20]))
        kind = "agreement_proposed" if state is None else r.choice(LIKELY)
        made = event_pb2.Event(
            event_id=f"00000000-0000-7000-8000-{self.tried:012}",
            stream=NAME,
            lifecycle_version=1,
            author=r.choice(NODES),
        )
        made.claim_time.FromDatetime(self.now)
        body = getattr(made, kind)
        body.SetInParent()
        version = state.document.document_version if state is not None else 1
        day = (self.now + dt.timedelta(days=r.choice([-1, 0, 1, 40]))).date()
        match kind:
            case "agreement_proposed" | "agreement_revised" | "amendment_proposed":
                waits = state is not None and state.HasField("amendment")
                step = kind == "amendment_proposed" or (kind == "agreement_revised" and waits)
                body.document = self.text(version + 1 if step else version)
            case "agreement_signed" | "amendment_withdrawn" | "agreement_commented":
                body.document_digest = self.digest()
                if kind == "agreement_commented":
                    body.comment, body.clause = "意见", r.choice(["", "c1", "c1", "c9"])
            case "agreement_suspended" | "part_suspended":
                body.effect_time.FromDatetime(self.now + dt.timedelta(hours=r.choice([-1, 0, 30])))
                if r.random() < 0.5:
                    body.honour_time.FromDatetime(self.now + dt.timedelta(hours=r.choice([-2, 40])))
                if kind == "part_suspended" and r.random() < 0.5:
                    body.items.append(f"items/{r.choice('abcde')}.x")
            case "part_resumed":
                parts = state.part_suspensions if state is not None else ()
                body.suspension = r.choice([each.event_id for each in parts] or [made.event_id])
            case "agreement_terminated" | "party_left":
                set_date(body.effect_date, day)
            case "renewal_declined":
                ends = [state.document.expire_date] if state is not None else []
                if ends and ends[0].year and r.random() < 0.7:
                    body.expire_date.CopyFrom(ends[0])
                else:
                    set_date(body.expire_date, day)
            case "trial_passed":
                body.partner, body.application = r.choice(NODES), "applications/TEST0001"
            case _:
                pass
        return made

    def step(self) -> None:
        """Try one, and look at what came of it."""
        event = self.event()
        kind = event.WhichOneof("body") or ""
        step = Step(event, hashlib.sha256(event.SerializeToString()).digest(), len(self.folded) + 1)
        before = agreement_pb2.Agreement()
        if self.state is not None:
            before.CopyFrom(self.state)
        refusal: errors.TongbanError | None = None
        try:
            after: agreement_pb2.Agreement = LIFECYCLES.fold(self.state, step)
        except errors.TongbanError as error:
            self.outcomes[f"{kind} {type(error).__name__}"] += 1
            refusal = error
        if refusal is not None:
            assert "{" not in refusal.text("zh"), refusal.text("zh")
            assert self.state is None or self.state == before, "a refusal changes nothing"
            return
        self.outcomes[kind] += 1
        self.folded.append(step)
        self.books(event, kind)
        self.look(before, after, event, kind)
        self.state = after

    def books(self, event: event_pb2.Event, kind: str) -> None:
        """Who signed what: told by the events alone."""
        if kind == "agreement_signed":
            self.signed.setdefault(event.agreement_signed.document_digest, set()).add(event.author)
        elif kind in ("agreement_proposed", "agreement_revised", "amendment_proposed"):
            self.signed[document_digest(getattr(event, kind).document)] = set()

    def look(
        self, before: agreement_pb2.Agreement, after: agreement_pb2.Agreement, event: event_pb2.Event, kind: str
    ) -> None:
        """What holds after every event."""
        for text in (after, after.amendment):
            who = [each.node for each in text.signatures]
            assert len(who) == len(set(who))
            assert set(who) <= self.signed.get(text.document_digest, set()), "nobody signs for another"
        listed = {party.node for party in after.document.parties}
        bound = after.state not in (lifecycle_pb2.AGREEMENT_STATE_PROPOSED, lifecycle_pb2.AGREEMENT_STATE_TERMINATED)
        if bound:
            signatures = {each.node for each in after.signatures} & listed
            if is_mandate(after.document):
                assert after.document.issuer in signatures
            elif after.document.entry == agreement_pb2.ENTRY_RULE_SIGNATORIES:
                assert len(signatures) >= 2
            else:
                assert signatures == listed
        if before.document_digest and after.document.document_version != before.document.document_version:
            if before.state == lifecycle_pb2.AGREEMENT_STATE_PROPOSED:
                raise AssertionError("a text that waits keeps its version")
            assert after.document.document_version == before.document.document_version + 1
            assert after.past[0].document == before.document
            assert after.begin_time.ToDatetime(dt.UTC) >= texts.first_moment(after.document)
            assert kind in ("agreement_signed", "party_left")
            # Whoever was bound and stays has agreed to the change.
            gone = {each.node for each in before.leavings} | ({event.author} if kind == "party_left" else set())
            if not is_mandate(after.document):
                assert {each.node for each in before.signatures} - gone <= self.signed[after.document_digest]
        versions = [after.document.document_version, *(each.document.document_version for each in after.past)]
        assert versions == sorted(versions, reverse=True)
        assert len(versions) < 2 or versions[0] - versions[1] == 1
        if after.HasField("amendment"):
            assert after.amendment.document.document_version == after.document.document_version + 1
        assert after.version == len(self.folded)

    def readable(self) -> None:
        """Whatever state came out can be read, summarised and compiled."""
        if self.state is None:
            return
        list(standing_sections(self.state, {}))
        at = summarise(self.state, self.now)
        coverage = Coverage([self.state], [item("items/a.x")], nodes(*NODES))
        moment = Moment.of(self.now)
        for key in sorted(coverage.keys()):
            holds = [each for each in coverage.clauses(key) if each.accord.standing(moment) is None]
            assert bool(holds) <= (at.holds or bool(self.state.past)), (at, self.state)
        for node in NODES:
            may_sign(self.state, node)


def lived(number: int, count: int) -> Life:
    life = Life(random.Random(number))
    for _ in range(count):
        life.step()
    return life


@settings(max_examples=400)
@given(st.integers(0, 1 << 64))
def test_any_sequence_folds_or_is_refused_by_name(number: int) -> None:
    life = lived(number, 60)
    life.readable()
    again: agreement_pb2.Agreement | None = None
    for step in life.folded:
        again = LIFECYCLES.fold(again, step)
    assert again == life.state


def test_the_sequences_reach_every_event_and_every_refusal() -> None:
    seen: Counter[str] = Counter()
    for number in range(250):
        seen.update(lived(number, 80).outcomes)
    assert set(EVENTS) <= set(seen), set(EVENTS) - set(seen)
    refusals = {outcome.partition(" ")[2] for outcome in seen} - {""}
    wanted = {
        "RoleNotAllowed", "MoveNotAllowed", "FieldInvalid", "NotTheTextPending", "NoTextPending", "AmendmentPending",
        "AlreadyExists", "NoticeTooShort", "CoordinatorOnly", "TooFewPartiesLeft", "AmendmentNotYours",
    }  # fmt: skip
    assert wanted <= refusals, wanted - refusals
