"""What all pages of a console share: the node, its desks, its templates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

import jinja2

from nodes.console import show
from nodes.core import NodeCore
from nodes.desk.agreements import AgreementDesk
from nodes.desk.approval import ApprovalDesk
from nodes.desk.cases import CaseDesk
from nodes.desk.catalogue import CatalogueDesk
from nodes.desk.collection import CollectionDesk
from nodes.desk.faults import FaultDesk
from nodes.desk.mailroom import MailroomDesk
from nodes.desk.prints import PrintDesk
from nodes.desk.registry import RegistryDesk
from nodes.desk.scans import ScanDesk
from nodes.desk.shelf import ShelfDesk
from nodes.desk.staff import StaffDesk
from nodes.desk.surrender import SurrenderDesk
from nodes.desk.window import WindowDesk
from nodes.lookout import Lookout
from nodes.store import QUERIES
from tongban.faults import Effect, Finding
from tongban.v1 import directory_pb2
from tongban.web import environment


class Desks(Protocol):
    """The desks of a node."""

    staff: StaffDesk
    window: WindowDesk
    collection: CollectionDesk
    surrender: SurrenderDesk
    prints: PrintDesk
    approval: ApprovalDesk
    mailroom: MailroomDesk
    scans: ScanDesk
    shelf: ShelfDesk
    cases: CaseDesk
    registry: RegistryDesk
    catalogue: CatalogueDesk
    agreements: AgreementDesk


@dataclass(frozen=True, slots=True)
class Line:
    """How the line to the gateway is, for the top of every page."""

    connected: bool
    since: str
    problem: str
    waiting: int
    mark: int
    findings: Sequence[Finding]

    @property
    def stops(self) -> bool:
        """Whether nothing new should be taken in."""
        return any(finding.fault.effect is Effect.STOP for finding in self.findings)


class House:
    """The node behind the pages."""

    def __init__(self, core: NodeCore, desks: Desks, lookout: Lookout) -> None:
        self.core = core
        self.desks = desks
        self.lookout = lookout
        self.faults = FaultDesk(core)
        self.templates: jinja2.Environment = environment("nodes.console")
        self.templates.filters.update(
            number=show.number, when=self.when, title=self.title, post=self.post, custody=self.custody, qr=show.qr
        )

    @property
    def node(self) -> directory_pb2.Node | None:
        """This node as the directory has it; None before it has heard of itself."""
        return self.core.shared.directory.find(self.core.name)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this node's people live."""
        return ZoneInfo(self.node.profile.time_zone if self.node else "Asia/Shanghai")

    def when(self, moment: show.Moment) -> str:
        """A time as people here read it."""
        return show.when(moment, self.zone)

    def title(self, name: str) -> str:
        """A node's, item's or agreement's name for people; its resource name where nobody told us."""
        shared = self.core.shared
        match name.partition("/")[0]:
            case "nodes":
                node = shared.directory.find(name)
                return node.profile.title if node else name
            case "items":
                item = shared.item(name)
                return item.document.title if item else name
            case "agreements":
                agreement = shared.agreement(name)
                return agreement.document.title if agreement else name
            case _:
                return name

    def post(self, node: str, post: str, say: show.Say = str) -> str:
        """A window or mailroom for people."""
        known = self.core.shared.directory.find(node)
        for entry in known.profile.posts if known else ():
            if entry.id == post:
                return f"{self.title(node)} {entry.title}"
        return f"{self.title(node)} {say('制证处') if post == 'issuing' else post}"

    def desk(self, post: str) -> str:
        """A post of this node by its name alone."""
        return self.post(self.core.name, post).removeprefix(f"{self.title(self.core.name)} ")

    @jinja2.pass_context
    def custody(self, context: jinja2.runtime.Context, held: object) -> str:
        """Who holds an original, as a clerk would say it, in the language of the page."""
        return show.custody(held, self.post, self.title, context["_"])

    async def line(self) -> Line:
        """How the line is."""
        state = self.core.line
        row = await self.core.database.run(lambda tx: tx.fetch_one(QUERIES.count_waiting), read_only=True)
        since = ""
        if state.since:
            ago = dt.timedelta(seconds=self.core.clock.monotonic() - state.since)
            since = show.when(self.core.clock.now() - ago, self.zone)
        waiting = row["events"] if row else 0
        return Line(state.connected, since, state.problem, waiting, self.lookout.mark, state.findings)
