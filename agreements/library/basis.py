"""What every text is made from, and the pieces that all of them share."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from agreements.domain import documents
from agreements.items import home_of, name_of, node_of, source_text
from agreements.seed import AgreementSeed, Seed, Source
from tongban.errors import NodeNotFound
from tongban.v1 import agreement_pb2, directory_pb2, types_pb2

Nodes = Mapping[str, directory_pb2.Node]
Modes = Sequence[types_pb2.Mode]

ONLINE: Final = types_pb2.MODE_ONLINE
AGENT: Final = types_pb2.MODE_AGENT
JOINT: Final = types_pb2.MODE_JOINT

NO_ITEMS: Final = "来源未列事项名称,本文本不代拟:事项池暂无编码,各方商定并以新版本列入基本编码后方可收件。"


@dataclass(frozen=True, slots=True)
class Basis:
    """The facts, the nodes that there are, and what whoever drafts a text knows besides."""

    seed: Seed
    nodes: Nodes
    drafted: dt.date | None = None
    """The first day of a text whose source names no date; such a text needs it."""
    partners: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """By the agreement's id: nodes of parties that the source counts and does not name."""

    def fact(self, agreement: str) -> AgreementSeed:
        """An agreement of the seed."""
        return self.seed.agreements[agreement]

    def has(self, name: str) -> bool:
        """Whether the directory has that node."""
        return name in self.nodes

    def home(self, region: str) -> str:
        """The node of the body that decides for a region."""
        return home_of(self.seed, region)

    def office(self, region: str) -> str:
        """The node of a body without powers of its own, such as a bank's branch."""
        return node_of(self.seed.regions[region])

    def item_name(self, item: str) -> str:
        """The name under which the authority of an item publishes it."""
        return name_of(self.seed, self.seed.items[item])

    def title(self, region: str) -> str:
        """A region with its code, for people."""
        found = self.seed.regions[region]
        return f"{found.name}({found.code})" if found.code else found.name

    def party(self, name: str) -> agreement_pb2.Party:
        """A node as a party, pinned by its root key; NodeNotFound where there is no such node."""
        node = self.nodes.get(name)
        if node is None:
            raise NodeNotFound(field="document.parties", name=name)
        return agreement_pb2.Party(
            node=name, region=node.profile.region, root_fingerprint=hashlib.sha256(node.root_public_key).digest()
        )


def assembled(
    basis: Basis,
    fact: AgreementSeed,
    name: str,
    *,
    parties: Iterable[str],
    clauses: Sequence[agreement_pb2.Clause],
    pools: Sequence[agreement_pb2.ItemPool] = (),
    issuer: str = "",
    entry: agreement_pb2.EntryRule = agreement_pb2.ENTRY_RULE_ALL,
    questions: Sequence[str],
) -> agreement_pb2.AgreementDocument:
    """A whole text, checked.  What no source can say (the day, the terms) is asked in every one of them."""
    effective, asked = _first_day(basis, fact)
    mandate = agreement_pb2.AGREEMENT_KIND_MANDATE if issuer else agreement_pb2.AGREEMENT_KIND_AGREEMENT
    document = agreement_pb2.AgreementDocument(
        name=f"agreements/{name}",
        document_version=1,
        title=fact.name,
        kind=mandate,
        issuer=issuer,
        entry=agreement_pb2.ENTRY_RULE_UNSPECIFIED if issuer else entry,
        parties=[basis.party(each) for each in parties],
        clauses=clauses,
        pools=pools,
        effective_date={"year": effective.year, "month": effective.month, "day": effective.day},
        open_questions=[asked, *questions, _terms(clauses)],
        source=source_text(fact.source),
    )
    documents.check(document)
    return document


def pool(id: str, title: str, stated: int | None) -> agreement_pb2.ItemPool:
    """A pool that a source counts, or only tells of: its codes are for the parties to list."""
    return agreement_pb2.ItemPool(id=id, title=title, stated_count=stated or 0)


def everyone_for_its_own(id: str, modes: Modes, pools: Sequence[str]) -> agreement_pb2.Clause:
    """A clause by which each party takes in for each other one what is in these pools; the home decides."""
    return at_windows(id, "", (), modes, (), pools)


def at_windows(
    id: str,
    home: str,
    accepting: Sequence[str],
    modes: Modes,
    items: Sequence[str],
    pools: Sequence[str] = (),
) -> agreement_pb2.Clause:
    """A clause by which these nodes (none: whoever may) take in for one home, which decides."""
    return agreement_pb2.Clause(
        id=id,
        home=home,
        accepting=accepting,
        modes=modes,
        items=items,
        pools=pools,
        decider=types_pb2.DECIDER_HOME,
        paper=AGENT in modes,
    )


def absent(basis: Basis, regions: Iterable[str]) -> list[str]:
    """The question about parties that a source names and that have no node yet; none where all have."""
    names = [basis.title(region) for region in regions if not basis.has(basis.home(region))]
    if not names:
        return []
    listed = "、".join(names)
    return [f"来源另列参加方:{listed}。其尚未接入,没有可载的根密钥指纹,故未列为参与方,接入后以新版本加入。"]


def quoted(fact: AgreementSeed, of: str) -> str:
    """What the source says of one of an agreement's facts, for a question to rest on."""
    found: Source | None = next((source for source in fact.more_sources if source.of == of), None)
    return found.quote if found is not None else fact.source.quote


def _terms(clauses: Sequence[agreement_pb2.Clause]) -> str:
    liability = "" if any(clause.liability for clause in clauses) else "责任划分、"
    return f"来源未载明承诺时限、收费、寄递付费、{liability}有效期和续签办法,请各方确定。"


def _first_day(basis: Basis, fact: AgreementSeed) -> tuple[dt.date, str]:
    if fact.date is None:
        if basis.drafted is None:
            raise ValueError(f"{fact.id} has no date in its source: whoever drafts the text gives one")
        return basis.drafted, f"来源未载日期:暂以本文本拟定之日 {basis.drafted} 为生效日,请各方确定。"
    said = fact.date.removesuffix(" onward")
    year, _, month = said.partition("-")
    first = dt.date(int(year), int(month or 1), 1)
    words = f"{year} 年 {int(month)} 月" if month else f"{year} 年"
    return first, f"来源只载 {words},未载日期:暂以 {first} 为生效日,请各方确定。"
