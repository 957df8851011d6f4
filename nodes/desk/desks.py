"""All desks of a node, together."""

from __future__ import annotations

from nodes.core import NodeCore
from nodes.desk.agreements import AgreementDesk
from nodes.desk.approval import ApprovalDesk
from nodes.desk.catalogue import CatalogueDesk
from nodes.desk.mailroom import MailroomDesk
from nodes.desk.prints import PrintDesk
from nodes.desk.registry import RegistryDesk
from nodes.desk.scans import ScanDesk
from nodes.desk.staff import StaffDesk
from nodes.desk.surrender import SurrenderDesk
from nodes.desk.window import WindowDesk


class Desks:
    """All desks of a node."""

    def __init__(self, core: NodeCore) -> None:
        self.staff = StaffDesk(core)
        self.window = WindowDesk(core)
        self.collection = self.window.collection
        self.surrender = SurrenderDesk(core)
        self.prints = PrintDesk(core)
        self.approval = ApprovalDesk(core)
        self.mailroom = MailroomDesk(core)
        self.scans = ScanDesk(core, self.mailroom)
        self.shelf = self.mailroom.shelf
        self.cases = self.mailroom.cases
        self.registry = RegistryDesk(core)
        self.agreements = AgreementDesk(core)
        self.catalogue = CatalogueDesk(core)
