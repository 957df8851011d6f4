"""Who answers for a decision, under whose seal, and who may print what it results in.

All of it stands in the clause that the application cites, in the version that its parties signed; so it is worked out
from there whenever it is asked, and never copied.  Where a clause is silent the region that has the authority answers,
the decider keeps its own seal, and the decider alone prints.
"""

from __future__ import annotations

from dataclasses import dataclass

from tongban import errors
from tongban.identity import IdentityKind
from tongban.v1 import agreement_pb2, application_pb2


@dataclass(frozen=True, slots=True)
class Answering:
    """Nodes by name; the seal's title and the appeal's address as the clause has them."""

    answers: str
    appeal: str
    seal: str
    keeper: str
    printing: tuple[str, ...]


def answering(route: application_pb2.Route, clause: agreement_pb2.Clause | None) -> Answering:
    """Who answers for an application of this route; `clause` is the cited one, None for a home's own item."""
    found = clause if clause is not None else agreement_pb2.Clause()
    return Answering(
        answers=found.seal.answers or route.home,
        appeal=found.seal.appeal,
        seal=found.seal.title,
        keeper=found.seal.keeper or route.decider,
        printing=tuple(dict.fromkeys((route.decider, *found.printing))),
    )


def check_printing(
    result: application_pb2.ResultDocument,
    route: application_pb2.Route,
    clause: agreement_pb2.Clause | None,
    *,
    item: str,
    field: str,
) -> None:
    """PrintingNotCovered where somebody prints whom the clause does not list."""
    allowed = answering(route, clause).printing
    if result.printing and result.printing not in allowed:
        raise errors.PrintingNotCovered(
            field=field,
            agreement=route.agreement or "(本地事项)",
            agreement_en=route.agreement or "(own item)",
            clause=route.clause or "-",
            node=result.printing,
            item=item,
            allowed="、".join(allowed),
            allowed_en=", ".join(allowed),
        )


def check_identity(
    kind: str, clause: agreement_pb2.Clause | None, *, agreement: str, field: str = "form.identity_kind"
) -> None:
    """IdentityKindNotCovered where the clause takes other documents only; a kind that nobody knows is not ours."""
    if not kind or clause is None or not clause.identity_kinds or kind in clause.identity_kinds:
        return
    taken = [_names(each) for each in clause.identity_kinds]
    zh, en = _names(kind)
    raise errors.IdentityKindNotCovered(
        field=field,
        agreement=agreement,
        kind=zh,
        kind_en=en,
        allowed="、".join(each for each, _ in taken),
        allowed_en=", ".join(each for _, each in taken),
    )


def _names(kind: str) -> tuple[str, str]:
    known = {each.value: each.label for each in IdentityKind}
    zh, _, en = known.get(kind, kind).partition(" (")
    return zh.removesuffix("号码"), en.removesuffix(")").removesuffix(" number") or kind
