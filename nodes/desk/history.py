"""An application as a desk sees it: state, history, originals."""

from __future__ import annotations

import datetime as dt

from google.protobuf.message import DecodeError

from agreements.domain.answering import answering
from mailroom.domain.custody import describe
from nodes.core import NodeCore
from nodes.desk.telling import applicant_lines
from nodes.journal import custody
from nodes.journal.intake import FOLDED, PARKED, REFUSED
from nodes.journal.streams import event_of
from nodes.store import QUERIES
from tongban.lifecycle import results
from tongban.lifecycle.table import RULES
from tongban.storage.base import Row, Transaction
from tongban.v1 import application_pb2, envelope_pb2, window_pb2


def view_of(tx: Transaction, core: NodeCore, name: str) -> window_pb2.ApplicationView | None:
    """The whole view, or None for an application that this node does not know."""
    row = tx.fetch_one(QUERIES.read_stream, {"name": name})
    if row is None or not (row["predicted"] or row["state"]):
        return None
    application = application_pb2.Application.FromString(row["predicted"] or row["state"])
    view = window_pb2.ApplicationView(application=application)
    # Entries tell seconds; a second's steps keep their order all the same, as one author's event ids always rise.
    rows = [(found, stream) for stream in (name, *application.parcels) for found in _rows(tx, stream)]
    rows.sort(key=lambda pair: (pair[0]["claim_time"], pair[0]["event_id"]))
    view.history.extend(_entry(found, stream) for found, stream in rows)
    states = {e.sync_state for e in view.history}
    if window_pb2.SYNC_STATE_REJECTED in states:
        view.sync_state = window_pb2.SYNC_STATE_REJECTED
    elif window_pb2.SYNC_STATE_PENDING in states:
        view.sync_state = window_pb2.SYNC_STATE_PENDING
    else:
        view.sync_state = window_pb2.SYNC_STATE_RECEIPTED
    for original in results.originals(application):
        view.originals.append(_original(tx, core, application, original))
    view.responsibility.CopyFrom(_responsibility(core, application.route))
    view.applicant_lines.extend(applicant_lines(tx, core, application))
    return view


def _responsibility(core: NodeCore, route: application_pb2.Route) -> window_pb2.Responsibility:
    """As the version of the clause has it that the application cites."""
    found = answering(route, core.shared.clause(route.agreement, route.clause, route.agreement_version))
    node = core.shared.directory.find(found.answers)
    return window_pb2.Responsibility(
        answers=found.answers,
        answers_title=node.profile.title if node else found.answers,
        appeal=found.appeal,
        seal=found.seal,
        seal_keeper=found.keeper,
        printing=found.printing,
    )


def history_of(tx: Transaction, stream: str) -> list[window_pb2.HistoryEntry]:
    """What happened on one stream, in stream order, own waiting and refused steps last."""
    return [_entry(row, stream) for row in _rows(tx, stream)]


def _rows(tx: Transaction, stream: str) -> list[Row]:
    return tx.fetch_all(QUERIES.list_history, {"stream": stream})


def _original(
    tx: Transaction, core: NodeCore, application: application_pb2.Application, original: str
) -> window_pb2.OriginalView:
    name = f"{application.name}/originals/{original}"
    chain = custody.chain(tx, core.lifecycles, name)
    shown = window_pb2.OriginalView(name=name, title=original, holder=describe(chain[-1] if chain else None))
    if chain:
        shown.since_time = chain[-1].since_time.ToJsonString()
    return shown


def _entry(row: Row, stream: str) -> window_pb2.HistoryEntry:
    event_type = _type_of(row["envelope"])
    entry = window_pb2.HistoryEntry(
        version=row["version"] or 0,
        event_id=row["event_id"],
        event_type=event_type,
        title_zh=RULES[event_type].title_zh if event_type in RULES else event_type,
        author=row["author"],
        claim_time=dt.datetime.fromtimestamp(row["claim_time"] / 1_000_000, dt.UTC).isoformat(timespec="seconds"),
        sync_state=window_pb2.SYNC_STATE_PENDING,
        stream=stream,
    )
    if row["standing"] in (FOLDED, PARKED):
        entry.sync_state = window_pb2.SYNC_STATE_RECEIPTED
    elif row["standing"] == REFUSED:
        entry.sync_state = window_pb2.SYNC_STATE_REJECTED
        entry.rejection = envelope_pb2.Rejection.FromString(row["rejection"]).message_zh
    return entry


def _type_of(envelope: bytes) -> str:
    """The event's type; nothing where the disk has spoiled it."""
    try:
        return event_of(envelope).WhichOneof("body") or ""
    except DecodeError:
        return ""
