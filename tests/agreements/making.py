"""Agreements, items and nodes for tests, made short."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence

from agreements.domain.documents import document_digest
from tongban.v1 import agreement_pb2, directory_pb2, event_pb2, lifecycle_pb2, types_pb2

NOON = dt.datetime(2025, 6, 15, 4, tzinfo=dt.UTC)
"""Midday in Asia/Shanghai."""

TITLES = {"nodes/a": "甲市", "nodes/b": "乙市", "nodes/c": "丙县", "nodes/d": "丁区"}


def clause(
    home: str = "nodes/a",
    accepting: Sequence[str] = ("nodes/b",),
    items: Sequence[str] = ("items/a.x",),
    *,
    id: str = "c1",
    modes: Sequence[types_pb2.Mode] = (types_pb2.MODE_AGENT,),
    channels: Sequence[types_pb2.Channel] = (),
    kinds: Sequence[types_pb2.ApplicantKind] = (),
    decider: types_pb2.Decider = types_pb2.DECIDER_HOME,
    collecting: Sequence[str] = (),
    promised: int = 0,
) -> agreement_pb2.Clause:
    return agreement_pb2.Clause(
        id=id,
        home=home,
        accepting=accepting,
        items=items,
        modes=modes,
        channels=channels,
        applicant_kinds=kinds,
        decider=decider,
        collecting=collecting,
        paper=True,
        promised_working_days=promised,
    )


def document(
    *clauses: agreement_pb2.Clause,
    name: str = "agreements/one",
    parties: Sequence[str] = ("nodes/a", "nodes/b"),
    effective: dt.date = dt.date(2025, 1, 1),
    expire: dt.date | None = None,
    version: int = 1,
) -> agreement_pb2.AgreementDocument:
    made = agreement_pb2.AgreementDocument(
        name=name,
        document_version=version,
        title=f"协议 {name.partition('/')[2]}",
        parties=[agreement_pb2.Party(node=p, region=p[6:], root_fingerprint=root_fingerprint(p)) for p in parties],
        clauses=clauses or (clause(),),
    )
    set_date(made.effective_date, effective)
    if expire is not None:
        set_date(made.expire_date, expire)
    return made


def agreement(
    text: agreement_pb2.AgreementDocument,
    *,
    signed: Iterable[str] | None = None,
    suspend: dt.datetime | None = None,
    honour: dt.datetime | None = None,
    terminate: dt.date | None = None,
) -> agreement_pb2.Agreement:
    """What its events fold to; signed by everyone unless `signed` says by whom."""
    who = [party.node for party in text.parties] if signed is None else list(signed)
    made = agreement_pb2.Agreement(
        name=text.name,
        document=text,
        document_digest=document_digest(text.SerializeToString()),
        signatures=[agreement_pb2.PartySignature(node=node) for node in who],
    )
    whole = len(who) == len(text.parties)
    made.state = lifecycle_pb2.AGREEMENT_STATE_SIGNED if whole else lifecycle_pb2.AGREEMENT_STATE_PROPOSED
    if suspend is not None:
        made.state = lifecycle_pb2.AGREEMENT_STATE_SUSPENDED
        made.suspend_time.FromDatetime(suspend)
    if honour is not None:
        made.honour_time.FromDatetime(honour)
    if terminate is not None:
        made.state = lifecycle_pb2.AGREEMENT_STATE_TERMINATED
        set_date(made.terminate_date, terminate)
    return made


def item(
    name: str = "items/a.x",
    *,
    modes: Sequence[types_pb2.Mode] = (types_pb2.MODE_AGENT, types_pb2.MODE_ONLINE),
    version: int = 1,
    withdrawn: bool = False,
    promised: int = 0,
) -> directory_pb2.Item:
    home = f"nodes/{name.removeprefix('items/').partition('.')[0]}"
    state = lifecycle_pb2.ITEM_STATE_WITHDRAWN if withdrawn else lifecycle_pb2.ITEM_STATE_PUBLISHED
    text = directory_pb2.ItemDocument(
        name=name, home=home, title=f"事项{name.partition('.')[2]}", modes=modes, promised_working_days=promised
    )
    return directory_pb2.Item(name=name, state=state, version=version, document=text)


def node(
    name: str, state: lifecycle_pb2.NodeState = lifecycle_pb2.NODE_STATE_ACTIVE, region: str = ""
) -> directory_pb2.Node:
    return directory_pb2.Node(
        name=name,
        state=state,
        root_public_key=root_key(name),
        profile=directory_pb2.NodeProfile(region=region or name[6:], title=TITLES.get(name, name)),
    )


def nodes(*names: str) -> list[directory_pb2.Node]:
    return [node(name) for name in names or TITLES]


def root_key(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def root_fingerprint(name: str) -> bytes:
    return hashlib.sha256(root_key(name)).digest()


def event(stream: str, author: str, place: int = 1) -> event_pb2.Event:
    """An event without its body."""
    made = event_pb2.Event(event_id=f"event-{place}-{author}", stream=stream, lifecycle_version=1, author=author)
    made.claim_time.FromDatetime(NOON + dt.timedelta(minutes=place))
    return made


def set_date(target: object, date: dt.date) -> None:
    for part in ("year", "month", "day"):
        setattr(target, part, getattr(date, part))
