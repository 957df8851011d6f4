"""Numbers of applications, made here without asking anyone."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from nodes.core import NodeCore
from nodes.journal.recorder import View
from tongban.local_numbers import application_number, node_code


def today(core: NodeCore) -> dt.date:
    """The date where this node is."""
    node = core.shared.directory.find(core.name)
    return core.clock.now().astimezone(ZoneInfo(node.profile.time_zone if node else "Asia/Shanghai")).date()


def new_application(core: NodeCore, view: View) -> str:
    """The stream of another application."""
    day = today(core)
    counter = view.count(f"applications/{day.isoformat()}")
    code = node_code(core.name.removeprefix("nodes/"))
    return f"applications/{application_number(code, day, view.incarnation, counter)}"
