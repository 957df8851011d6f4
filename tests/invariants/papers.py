"""Results on paper: of each at most one valid original or one permit to print it, at every place of its stream.

Read from the signed events alone.  A drawer is kept for each original that was ever named: who may print it, whether
it was printed, whether it is void.  None of the code that admits or folds is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.invariants.books import Entry
from tests.invariants.breach import Counts, hold
from tests.invariants.journal import Journal
from tongban.v1 import types_pb2

ONE_VALID = "one valid original"


@dataclass(slots=True)
class _Drawer:
    code: str
    permit: str = ""
    printed: bool = False
    void: bool = False


def check_papers(journal: Journal, counts: Counts) -> None:
    """Every application's results."""
    for stream, events in journal.books.streams.items():
        if stream.startswith("applications/"):
            drawers: dict[str, _Drawer] = {}
            route = events[0].event.application_submitted.route
            for entry in events:
                _follow(drawers, entry, route.decider)
                _check(drawers, stream, entry)
            counts["result_papers"] += len(drawers)


def _follow(drawers: dict[str, _Drawer], entry: Entry, decider: str) -> None:
    event = entry.event
    match event.WhichOneof("body"):
        case "result_issued":
            for document in event.result_issued.documents:
                if document.form == types_pb2.MATERIAL_FORM_ORIGINAL:
                    by_decider = not document.printing
                    drawers[document.original] = _Drawer(document.code, document.printing or decider, by_decider)
        case "print_permit_released":
            name = event.print_permit_released.original
            _hold(drawers[name].permit == entry.author, "a permit came back from whom it was not with", name, entry)
            drawers[name].permit = ""
        case "print_permit_granted":
            granted = event.print_permit_granted
            drawer = drawers.setdefault(granted.original, _Drawer(granted.code))
            _hold(not drawer.permit and not drawer.void, "a permit was granted twice", granted.original, entry)
            drawer.permit = granted.to
        case "result_printed":
            _print(drawers, event.result_printed.original, entry)
        case "result_ready":
            for name, drawer in drawers.items():
                if not drawer.printed and not drawer.void:
                    _print(drawers, name, entry)
        case "original_voided":
            if drawer_of := drawers.get(event.original_voided.original):
                _hold(drawer_of.printed, "a permit was made void", event.original_voided.original, entry)
                drawer_of.void = True
        case _:
            pass


def _print(drawers: dict[str, _Drawer], name: str, entry: Entry) -> None:
    drawer = drawers[name]
    _hold(drawer.permit == entry.author, "printed by whom no permit was with", name, entry)
    _hold(not drawer.printed and not drawer.void, "printed twice", name, entry)
    drawer.printed = True


def _check(drawers: dict[str, _Drawer], stream: str, entry: Entry) -> None:
    live: dict[str, int] = {}
    for drawer in drawers.values():
        if not drawer.void and (drawer.printed or drawer.permit):
            live[drawer.code] = live.get(drawer.code, 0) + 1
    for code, number in live.items():
        hold(number < 2, ONE_VALID, f"{number} of {code}", stream=stream, event=entry.event_id)


def _hold(right: bool, what: str, original: str, entry: Entry) -> None:
    hold(right, ONE_VALID, what, original=original, event=entry.event_id, node=entry.author)
