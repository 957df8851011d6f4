"""Choosing what a trial is filed for, and filing it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from agreements.domain.coverage import Covered, Query
from agreements.domain.shared import Shared
from nodes.core import NodeCore
from nodes.desk import forms
from nodes.desk.numbers import new_application
from nodes.journal.drafts import Draft
from nodes.journal.recorder import View
from nodes.trial import ACTOR, papers
from tongban import errors
from tongban.v1 import application_pb2, directory_pb2, types_pb2

_KINDS = (
    types_pb2.APPLICANT_KIND_PERSON,
    types_pb2.APPLICANT_KIND_LEGAL_PERSON,
    types_pb2.APPLICANT_KIND_TAIWAN_COMPATRIOT,
    types_pb2.APPLICANT_KIND_OVERSEAS_CHINESE,
)
_CHANNELS = (
    types_pb2.CHANNEL_WINDOW,
    types_pb2.CHANNEL_WEB,
    types_pb2.CHANNEL_MOBILE,
    types_pb2.CHANNEL_KIOSK,
    types_pb2.CHANNEL_OVERSEAS,
)
_METHOD = "RunTrial"


@dataclass(frozen=True, slots=True)
class Choice:
    """An item, and the route that the agreement gives it."""

    item: directory_pb2.Item
    covered: Covered


@dataclass(frozen=True, slots=True)
class Between:
    """Who takes in for whom, under which agreement."""

    accepting: str
    home: str
    agreement: str

    def turned(self) -> Between:
        """The other way round."""
        return Between(self.home, self.accepting, self.agreement)


def choose(shared: Shared, between: Between, now: Any) -> Choice | errors.TongbanError | None:
    """An item of the home that this agreement routes, one that the home decides before others.

    Where there is none: what the routing function says to the first of the home's items, or None if it has published
    none.
    """
    items = [each for each in shared.items() if each.document.home == between.home and _is_published(shared, each)]
    refusal: errors.TongbanError | None = None
    second: Choice | None = None
    for kind, channel, collecting in _ways(between):
        for item in items:
            query = Query(
                item=item.name,
                accepting=between.accepting,
                applicant_kind=kind,
                channel=channel,
                instant=now,
                collecting=collecting,
                trial=True,
            )
            try:
                covered = shared.coverage.find(query)
            except errors.TongbanError as error:
                refusal = refusal or error
                continue
            if covered.route.agreement != between.agreement:
                continue
            if covered.route.decider == between.home:
                return Choice(item, covered)
            second = second or Choice(item, covered)
    return second or refusal


def _is_published(shared: Shared, item: directory_pb2.Item) -> bool:
    entry = shared.coverage.item(item.name)
    return entry is not None and entry.published


def _ways(between: Between) -> Iterator[tuple[types_pb2.ApplicantKind, types_pb2.Channel, str | None]]:
    for collecting in (None, between.home):
        for kind in _KINDS:
            for channel in _CHANNELS:
                yield kind, channel, collecting


async def file(core: NodeCore, choice: Choice, request_id: str, *, in_return: bool) -> str:
    """File a trial, once for a request id; its stream.  Durable when this returns."""
    core.copy.check(choice.covered.clause)
    filled = papers.form(choice.item.document)
    contents = papers.materials(choice.item.document, filled, in_return=in_return)
    submitted = application_pb2.ApplicationSubmitted(
        route=choice.covered.route,
        window=ACTOR.post,
        materials=[content.material for content in contents],
        wanted_results=[types_pb2.MATERIAL_FORM_ELECTRONIC],
        trial=True,
    )
    parts, readers = forms.pack(filled, contents), forms.readers(choice.covered.route)

    def build(view: View) -> tuple[Sequence[Draft], Any]:
        if again := view.made(request_id, _METHOD):
            return [], again
        name = new_application(core, view)
        view.make(request_id, _METHOD, name)
        return [Draft(name, "application_submitted", submitted, parts=parts, readers=readers)], name

    recorded = await core.record(ACTOR.actor, build)
    return str(recorded.extra)
