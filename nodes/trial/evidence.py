"""What a trial leaves behind, looked at in this node's own journal."""

from __future__ import annotations

from nodes.core import NodeCore
from nodes.desk import forms
from nodes.journal.streams import event_of
from nodes.store import QUERIES
from nodes.trial import papers
from nodes.trial.steps import OWN, Failed, Said, titled
from tongban import errors
from tongban.storage.base import Transaction
from tongban.v1 import envelope_pb2


async def compared(core: NodeCore, stream: str) -> Said:
    """Both hands hold the same history, and every step of it has its receipt.

    The last step is the decider's, and it names the digest of what it was made on: where that is the digest that lies
    here, the two histories are the same from the first step on, since each step names the one before.
    """

    def work(tx: Transaction) -> tuple[int, str, bool, int]:
        history = tx.fetch_all(QUERIES.list_history, {"stream": stream})
        last = max((row for row in history if row["version"] is not None), key=lambda row: row["version"])
        before = tx.fetch_one(QUERIES.get_digest, {"stream": stream, "version": last["version"] - 1})
        event = event_of(last["envelope"])
        same = before is not None and event.expected_head == before["digest"]
        count = tx.fetch_one(QUERIES.count_unreceipted, {"stream": stream})
        return last["version"], event.author, same, count["events"] if count else 0

    version, author, same, missing = await core.database.run(work, read_only=True)
    who = titled(core, author)
    if not same:
        raise Failed(who, f"{stream} 的历史与本节点不同。", f"its history of {stream} is another one than here.")
    if missing:
        raise Failed(OWN, f"{stream} 有 {missing} 步没有回执。", f"{missing} steps of {stream} have no receipt.")
    return Said(f"双方 {version} 步历史一致,每步均有回执", f"{version} steps, the same on both sides, each receipted")


async def answer(core: NodeCore, stream: str) -> papers.Answer | None:
    """What the result says; None where it does not open here."""
    try:
        return await core.database.run(lambda tx: papers.answered(core.sealer, tx, stream), read_only=True)
    except errors.SealNotForUs:
        return None


async def explanation(core: NodeCore, stream: str) -> str:
    """Why the desk declined, as it sealed it."""
    try:
        opened = await core.database.run(lambda tx: core.sealer.open_all(tx, stream), read_only=True)
    except (errors.SealNotForUs, errors.AttachmentMismatch):
        return "-"
    return next((text.decode("utf-8") for _, name, text in opened if name == forms.EXPLANATION_PART), "-")


async def refusal(core: NodeCore, stream: str, event_id: str = "") -> Said | None:
    """Why the gateway refused this event of a stream, or any of this node's; None where it did not."""

    def work(tx: Transaction) -> bytes | None:
        if event_id:
            row = tx.fetch_one(QUERIES.get_refusal, {"event_id": event_id})
            return row["rejection"] if row is not None else None
        rows = tx.fetch_all(QUERIES.list_refusals, {"stream": stream})
        return rows[-1]["rejection"] if rows else None

    found = await core.database.run(work, read_only=True)
    if not found:
        return None
    rejection = envelope_pb2.Rejection.FromString(found)
    return Said(rejection.message_zh, rejection.message_en)
