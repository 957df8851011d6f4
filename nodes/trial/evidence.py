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

    The partner's last step names the digest of what it was made on: where that is the digest that lies here, the two
    histories are the same up to there: each step names the one before.  A partner that only looks on says nothing.
    """

    def work(tx: Transaction) -> tuple[int, str, bool, int]:
        history = [row for row in tx.fetch_all(QUERIES.list_history, {"stream": stream}) if row["version"] is not None]
        theirs = [row for row in history if row["author"] != core.name]
        count = tx.fetch_one(QUERIES.count_unreceipted, {"stream": stream})
        missing = count["events"] if count else 0
        if not theirs:
            return len(history), "", True, missing
        before = tx.fetch_one(QUERIES.get_digest, {"stream": stream, "version": theirs[-1]["version"] - 1})
        head = event_of(theirs[-1]["envelope"]).expected_head
        same = (before["digest"] if before is not None else b"") == head
        return len(history), theirs[-1]["author"], same, missing

    count, partner, same, missing = await core.database.run(work, read_only=True)
    if not same:
        who = titled(core, partner)
        raise Failed(who, f"{stream} 的历史与本节点不同。", f"its history of {stream} is another one than here.")
    if missing:
        raise Failed(OWN, f"{stream} 有 {missing} 步没有回执。", f"{missing} steps of {stream} have no receipt.")
    if not partner:
        return Said(
            f"{count} 步均有回执;按协议由本方决定,对方旁观",
            f"{count} steps, each receipted; decided here, the partner looks on",
        )
    return Said(f"双方 {count} 步历史一致,每步均有回执", f"{count} steps, the same on both sides, each receipted")


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
