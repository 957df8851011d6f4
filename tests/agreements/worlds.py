"""Worlds to ask the coverage function about, drawn from one number: agreements of every kind and age, items, nodes.

Hypothesis spends its time on questions, not on lists of lists; and an agreement is made as its events would fold to it,
so that every state here is one that can be.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from agreements.domain.coverage import Query
from agreements.domain.documents import check, document_digest
from tests.agreements.making import NOON, clause, document, item, node, set_date
from tongban.v1 import agreement_pb2, directory_pb2, lifecycle_pb2, types_pb2

NAMES = ["nodes/a", "nodes/b", "nodes/c", "nodes/d"]
CODES = ["100000000001", "100000000002", "100000000003"]
DAYS = [dt.date(2025, 6, day) for day in (13, 14, 15, 16, 17)]
INSTANTS = [NOON + dt.timedelta(hours=hours) for hours in (-30, -13, -12, 0, 12, 13, 30)]
MODES = [types_pb2.MODE_ONLINE, types_pb2.MODE_AGENT, types_pb2.MODE_JOINT]
CHANNELS = [types_pb2.CHANNEL_WINDOW, types_pb2.CHANNEL_KIOSK]
KINDS = [types_pb2.APPLICANT_KIND_PERSON, types_pb2.APPLICANT_KIND_LEGAL_PERSON]
STATES = [*[lifecycle_pb2.NODE_STATE_ACTIVE] * 8, lifecycle_pb2.NODE_STATE_SUSPENDED, lifecycle_pb2.NODE_STATE_LEFT]
DECIDERS = [types_pb2.DECIDER_HOME, types_pb2.DECIDER_ACCEPTING]

World = tuple[list[agreement_pb2.Agreement], list[directory_pb2.Item], list[directory_pb2.Node]]


class Maker:
    """Draws worlds and questions from one number."""

    def __init__(self, number: int) -> None:
        self.random = random.Random(number)

    def some(self, values: Sequence[Any], least: int = 0) -> list[Any]:
        return self.random.sample(list(values), self.random.randint(least, len(values)))

    def perhaps(self, values: Sequence[Any], chance: float = 0.5) -> Any:
        return self.random.choice(values) if self.random.random() < chance else None

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def clause(self, parties: Sequence[str], place: int, pools: Sequence[str], mandate: bool) -> agreement_pb2.Clause:
        home = self.random.choice(NAMES if mandate else parties)
        owner = home.removeprefix("nodes/")
        others = [each for each in (NAMES if mandate else parties) if each != home]
        made = clause(
            "" if self.chance(0.25) else home,
            [] if self.chance(0.3) else self.some(others, 1),
            self.some([f"items/{owner}.{code}" for code in "xyz"], 1),
            id=f"c{place}",
            modes=self.some(MODES, 1),
            channels=self.some(CHANNELS),
            kinds=self.some(KINDS),
            decider=self.random.choice(DECIDERS),
            collecting=self.some(NAMES if mandate else parties),
        )
        if self.chance(0.25):
            made.collecting_anywhere = True
            del made.collecting[:]
        if pools and self.chance(0.5):
            made.pools.extend(self.some(pools, 1))
            if self.chance(0.6):
                del made.items[:]
        made.offline_hours = self.random.choice([0, 1, 12, 24])
        return made

    def text(self, name: str, version: int, mandate: bool, parties: Sequence[str]) -> agreement_pb2.AgreementDocument:
        effective = self.random.choice([dt.date(2025, 1, 1), dt.date(2025, 1, 1), *DAYS])
        pools = ["p", "q"][: self.random.randint(0, 2)]
        made = document(
            *(self.clause(parties, place, pools, mandate) for place in range(self.random.randint(1, 4))),
            name=name,
            parties=parties,
            effective=effective,
            expire=self.perhaps([day for day in DAYS if day >= effective] or [effective]),
            version=version,
        )
        for pool in pools:
            made.pools.add(id=pool, title=pool, base_codes=self.some(CODES, 1))
        if mandate:
            made.kind, made.issuer = agreement_pb2.AGREEMENT_KIND_MANDATE, parties[0]
        else:
            made.entry = self.random.choice(
                [agreement_pb2.ENTRY_RULE_UNSPECIFIED, agreement_pb2.ENTRY_RULE_SIGNATORIES]
            )
        made.trial_required = self.chance(0.2)
        if made.HasField("expire_date"):
            made.renewal_months = self.random.choice([0, 0, 1])
        check(made)
        return made

    def signatures(self, text: agreement_pb2.AgreementDocument, whole: bool) -> list[str]:
        """Who has signed a text: enough of them where it is whole, else perhaps fewer."""
        parties = [party.node for party in text.parties]
        if text.kind == agreement_pb2.AGREEMENT_KIND_MANDATE:
            return [text.issuer] if whole else []
        if text.entry == agreement_pb2.ENTRY_RULE_SIGNATORIES:
            return self.some(parties, 2 if whole else 0)
        return parties if whole else self.some(parties)

    def agreement(self, name: str) -> agreement_pb2.Agreement:
        """An agreement with up to two texts that bound before the present one."""
        mandate = self.chance(0.2)
        parties = self.some(NAMES, 1 if mandate else 2)
        earlier = self.random.choice([0, 0, 0, 1, 2])
        whole = bool(earlier) or self.chance(0.85)
        texts = []
        for place in range(earlier + 1):
            keep = mandate or self.chance(0.5)
            texts.append(self.text(name, place + 1, mandate, parties if keep else self.some(NAMES, 2)))
            if place:  # An amendment begins no earlier than what it follows.
                before = texts[place - 1].effective_date
                last = dt.date(before.year, before.month, before.day)
                first = max(last, self.random.choice([dt.date(2025, 1, 1), *DAYS[:3]]))
                set_date(texts[place].effective_date, first)
                end = texts[place].expire_date
                if texts[place].HasField("expire_date") and dt.date(end.year, end.month, end.day) < first:
                    set_date(end, first)
        begins = sorted(self.random.sample(INSTANTS, earlier))
        folded = [self._text(text, whole) for text in texts]
        for text, begin in zip(folded[1:], begins, strict=True):
            text.begin_time.FromDatetime(begin)
        return self._state(name, folded, whole)

    def _text(self, text: agreement_pb2.AgreementDocument, whole: bool) -> agreement_pb2.AgreementText:
        made = agreement_pb2.AgreementText(
            document=text, document_digest=document_digest(text.SerializeToString(deterministic=True))
        )
        for who in self.signatures(text, whole):
            made.signatures.add(node=who)
        if self.chance(0.2):  # A party that the text dropped has signed it too.
            for who in set(NAMES) - {party.node for party in text.parties}:
                made.signatures.add(node=who)
        return made

    def _state(self, name: str, folded: list[agreement_pb2.AgreementText], whole: bool) -> agreement_pb2.Agreement:
        present = folded[-1]
        made = agreement_pb2.Agreement(
            name=name,
            document=present.document,
            document_digest=present.document_digest,
            signatures=present.signatures,
            past=reversed(folded[:-1]),
            state=lifecycle_pb2.AGREEMENT_STATE_SIGNED if whole else lifecycle_pb2.AGREEMENT_STATE_PROPOSED,
        )
        if present.HasField("begin_time"):
            made.begin_time.CopyFrom(present.begin_time)
        if whole:
            self._happened(made)
        return made

    def _happened(self, made: agreement_pb2.Agreement) -> None:
        """Suspensions, leavings, trial runs, an end."""
        if self.chance(0.25):
            made.suspend_time.FromDatetime(self.random.choice(INSTANTS))
            if self.chance(0.5):
                made.honour_time.FromDatetime(self.random.choice(INSTANTS))
        for _ in range(self.random.choice([0, 0, 0, 1, 2])):
            part = made.part_suspensions.add(event_id="e", node=self.random.choice(NAMES))
            if self.chance(0.6):
                part.items.extend(f"items/{part.node[6:]}.{code}" for code in self.some("xyz", 1))
            part.effect_time.FromDatetime(self.random.choice(INSTANTS))
            if self.chance(0.5):
                part.honour_time.FromDatetime(self.random.choice(INSTANTS))
        for who in self.some(NAMES) if self.chance(0.3) else []:
            set_date(made.leavings.add(node=who).effect_date, self.random.choice(DAYS))
        for _ in range(self.random.choice([0, 1, 2, 3])):
            one, other = self.random.sample(NAMES, 2)
            made.trials.add(node=one, partner=other)
        if made.document.renewal_months and self.chance(0.4):
            set_date(made.decline_date, self.random.choice(DAYS))
        if self.chance(0.15):
            made.state = lifecycle_pb2.AGREEMENT_STATE_TERMINATED
            set_date(made.terminate_date, self.random.choice(DAYS))

    def item(self, name: str) -> directory_pb2.Item:
        made = item(
            name, modes=self.some(MODES, 1), version=self.random.randint(1, 3), withdrawn=self.random.random() < 0.1
        )
        made.document.base_code = self.perhaps(CODES, 0.6) or ""
        return made

    def nodes(self) -> list[directory_pb2.Node]:
        made = [node(name, self.random.choice(STATES)) for name in self.some(NAMES, 2)]
        for each in made:  # A circle of superiors counts as nothing, and may be drawn.
            each.profile.superior = self.perhaps(NAMES, 0.6) or ""
        return made

    def world(self) -> World:
        names = [f"items/{home}.{code}" for home in "abcd" for code in "xyz"]
        return (
            [self.agreement(f"agreements/{name}") for name in self.some("pqrstu")],
            [self.item(name) for name in self.some(names, 6)],
            self.nodes(),
        )

    def query(self) -> Query:
        instant = self.random.choice(INSTANTS)
        return Query(
            item=f"items/{self.random.choice('aaabbbcccddde')}.{self.random.choice('xxxyyyzzzw')}",
            accepting=self.random.choice(NAMES),
            applicant_kind=self.random.choice(KINDS),
            channel=self.random.choice(CHANNELS),
            instant=instant,
            mode=self.perhaps(MODES),
            collecting=self.perhaps(NAMES),
            date=self.perhaps(DAYS, 0.3),
            admitted=self.perhaps([each for each in INSTANTS if each >= instant]),
            trial=self.chance(0.2),
        )

    def queries(self, count: int = 40) -> list[Query]:
        return [self.query() for _ in range(count)]


makers = st.builds(Maker, st.integers(0, 1 << 64))
