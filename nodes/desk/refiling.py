"""A filing whose number is another filing's: how a supervisor settles it.

A node whose disk was put back by hand makes again, before it finds out, numbers that it had made before.  The gateway
admits one history of a number, the one that came first; the other filing is refused and becomes a task.  It was really
handed in, so it is not lost: done again, it is filed under a new number, with the same form and papers, signed and
sealed anew, and a task tells who has to give the applicant the new number.

What was done further under the old number is not done again by itself: by now that number names another person's
application, and a withdrawal or a parcel would be that person's.  So a second try of such a step is refused by name,
and a clerk does it under the new number, seeing what they do.
"""

from __future__ import annotations

import uuid

from nodes.desk.staff import WINDOW
from nodes.journal.streams import event_of
from nodes.store import QUERIES
from tongban import errors
from tongban.storage.base import Row, Transaction
from tongban.v1 import event_pb2

FILED = "application_submitted"


def is_anothers(tx: Transaction, event: event_pb2.Event) -> bool:
    """Whether this refused filing's number is another filing's.

    For a step that followed such a filing: `PredecessorRejected`.
    """
    history = tx.fetch_all(QUERIES.list_history, {"stream": event.stream})
    if not history or history[0]["version"] is None:
        return False
    # A filing that was refused and then done again under its own number stands later than the one refused.
    stands = history[0]["claim_time"]
    refused = [row for row in history if row["rejection"] is not None and row["claim_time"] > stands and _files(row)]
    if not refused:
        return False
    if event.WhichOneof("body") == FILED:
        return any(row["event_id"] == event.event_id for row in refused)
    filed = event_of(refused[0]["envelope"])
    if event.incarnation == filed.incarnation and event.sequence > filed.sequence:
        raise errors.PredecessorRejected(field="task_id", event=filed.event_id)
    return False


def notice(refused: event_pb2.Event, name: str, now: int) -> dict[str, object]:
    """The task that tells of the new number."""
    was, now_is = refused.stream.removeprefix("applications/"), name.removeprefix("applications/")
    return {
        "task_id": str(uuid.uuid5(uuid.UUID(refused.event_id), name)),
        "stream": name,
        "event_id": "",
        "reason": errors.SequenceReused.reason(),
        "message_zh": f"编号 {was} 已属另一件,此件已改用新编号 {now_is} 重新受理。"
        "请把新编号告知申请人,收回写有旧编号的回执;在旧编号下做过的其他步骤,请在新编号下重新办理。",
        "message_en": f"Number {was} is another application's; this one was filed again as {now_is}. Give the "
        "applicant the new number and take back what bears the old one. Steps made under the old number are to be done "
        "again under the new one.",
        "owner": WINDOW,
        "create_time": now,
    }


def _files(row: Row) -> bool:
    return bool(event_of(row["envelope"]).WhichOneof("body") == FILED)
