"""What a person here has to mend: told as it stands now, and done again where that is still possible."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.message import DecodeError

from nodes.core import NodeCore
from nodes.desk.faults import FaultDesk, to_message
from nodes.desk.numbers import new_application
from nodes.desk.refiling import is_anothers, notice
from nodes.desk.staff import Staff
from nodes.domain.meanwhile import Told, next_reminder, story
from nodes.journal.drafts import Draft
from nodes.journal.recorder import View
from nodes.journal.streams import event_of
from nodes.store import QUERIES
from tongban import errors
from tongban.lifecycle.table import RULES
from tongban.storage.base import Row, Transaction
from tongban.v1 import envelope_pb2, event_pb2, registry_pb2

_OPENING = frozenset({"agreement_proposed", "agreement_signed", "node_registered", "node_keys_rotated"})
"""What is said of an agreement or a node before anything could have changed."""

_NOT_ACTIVE = errors.NodeNotActive.reason()


def _readable(envelope: bytes) -> event_pb2.Event | None:
    """The event; None where the disk has spoiled it."""
    try:
        event = event_of(envelope)
    except DecodeError:
        return None
    return event if event.WhichOneof("body") else None


class TaskDesk:
    """Tasks as they are read, and their second try."""

    def __init__(self, core: NodeCore, faults: FaultDesk) -> None:
        self._core = core
        self._faults = faults

    def tasks(self, tx: Transaction) -> list[registry_pb2.Task]:
        """Everything that is to be mended, with what has happened meanwhile."""
        staff = {row["staff_id"]: row["title"] for row in tx.fetch_all(QUERIES.list_staff)}
        return [self._task(tx, row, staff) for row in tx.fetch_all(QUERIES.list_tasks)]

    def _task(self, tx: Transaction, row: Row, staff: Mapping[str, str]) -> registry_pb2.Task:
        created = dt.datetime.fromtimestamp(row["create_time"] / 1_000_000, dt.UTC)
        task = registry_pb2.Task(
            task_id=row["task_id"],
            stream=row["stream"],
            reason=row["reason"],
            message_zh=row["message_zh"],
            message_en=row["message_en"],
            owner=row["owner"],
            finding=to_message(self._faults.task(tx, row)),
        )
        task.create_time.FromDatetime(created)
        task.next_time.FromDatetime(next_reminder(created, self._core.clock.now()))
        refused = tx.fetch_one(QUERIES.get_refusal, {"event_id": row["event_id"]})
        if refused is not None and (event := _readable(refused["envelope"])) is not None:
            who = staff.get(event.actor) or self._title(event.author)
            told = Told(event.stream, event.WhichOneof("body") or "", who, event.claim_time.ToDatetime(dt.UTC))
            task.story_zh, task.story_en = story(
                told, self._meanwhile(tx, event, row["reason"]), self._faults.desk().zone
            )
        return task

    def _meanwhile(self, tx: Transaction, own: event_pb2.Event, reason: str) -> list[Told]:
        """What others did on the stream since this step's place, and to what the step rested on."""
        told = [
            self._told(row, own.stream)
            for row in self._history(tx, own.stream)
            if row["version"] > own.expected_version and row["author"] != self._core.name
        ]
        rests_on = [own.application_submitted.route.agreement] if own.HasField("application_submitted") else []
        if reason == _NOT_ACTIVE:
            rests_on.append(own.author)
        for stream in filter(None, rests_on):
            events = [self._told(row, stream) for row in self._history(tx, stream)]
            told += [each for each in events if each.body not in _OPENING]
        return sorted(told, key=lambda each: each.when)

    def _history(self, tx: Transaction, stream: str) -> list[Row]:
        return [row for row in tx.fetch_all(QUERIES.list_history, {"stream": stream}) if row["version"] is not None]

    def _told(self, row: Row, stream: str) -> Told:
        body = event_of(row["envelope"]).WhichOneof("body") or ""
        when = dt.datetime.fromtimestamp(row["claim_time"] / 1_000_000, dt.UTC)
        return Told(stream, body, self._title(row["author"]), when)

    def _title(self, node: str) -> str:
        known = self._core.shared.directory.find(node)
        return known.profile.title if known is not None else node

    async def retry(self, staff: Staff, task_id: str) -> registry_pb2.Task:
        """Do a refused step again, its whole group with it, on the present state; its tasks are finished with it."""
        now = round(self._core.clock.now().timestamp() * 1_000_000)
        found: list[registry_pb2.Task] = []
        taken_back: list[dict[str, object]] = []

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            row = next((r for r in view.tx.fetch_all(QUERIES.list_tasks) if r["task_id"] == task_id), None)
            if row is None:
                raise errors.NotFound(field="task_id", name=task_id)
            found[:] = [self._task(view.tx, row, {})]
            refused = self._group(view.tx, row["event_id"], row["stream"])
            drafts = [self._draft(view.tx, event, taken_back) for event in refused]
            if [is_anothers(view.tx, event) for event in refused] == [True]:
                drafts = [self._renumbered(view, drafts[0], refused[0], now)]
            for event in refused:
                view.write(QUERIES.finish_task, {"task_id": event.event_id, "done_time": now})
            for grant in taken_back:
                view.tx.execute(QUERIES.drop_grant, {"stream": grant["stream"], "audience": grant["audience"]})
            return drafts, None

        try:
            await self._core.record(staff.actor, build)
        except errors.TongbanError:
            # It was not possible after all: what was sealed the first time must still open for the next try.
            await self._core.database.run(lambda tx: tx.execute_many(QUERIES.put_grant, taken_back))
            raise
        return found[0]

    def _group(self, tx: Transaction, event_id: str, stream: str) -> list[event_pb2.Event]:
        """The refused step, or all steps of its atomic group, in order."""
        row = tx.fetch_one(QUERIES.get_refusal, {"event_id": event_id})
        if row is None or row["rejection"] is None:
            raise errors.NotFound(field="task_id", name=stream)
        event = _readable(row["envelope"])
        if event is None:
            raise errors.Damaged(what=f"{stream} ({event_id})")
        if not event.HasField("group"):
            return [event]
        first = event.sequence - event.group.index
        rows = tx.fetch_all(QUERIES.list_refused, {"first": first, "last": first + event.group.size - 1})
        return [event_of(each["envelope"]) for each in rows]

    def _draft(self, tx: Transaction, event: event_pb2.Event, taken_back: list[dict[str, object]]) -> Draft:
        body = event.WhichOneof("body")
        assert body is not None
        parts: Mapping[str, bytes] = {}
        readers: list[str] = []
        row = tx.fetch_one(QUERIES.get_sealed, {"event_id": event.event_id})
        if row is not None:
            # A seal is good for one event only, so everything is sealed anew.
            sealed = envelope_pb2.SignedEvent.FromString(row["content"])
            parts = self._core.sealer.open_beside(tx, event, sealed)
            readers = [grant.recipient for grant in sealed.grants]
            taken_back += self._own_grants(tx, event.stream, sealed)
        return Draft(
            event.stream,
            body,
            getattr(event, body),
            after=[position.stream for position in event.after],
            parts=parts,
            # A decision is made anew now; what physically happened keeps its time.
            claim_time=None if RULES[body].guarded else event.claim_time.ToDatetime(dt.UTC),
            readers=readers,
        )

    def _renumbered(self, view: View, draft: Draft, refused: event_pb2.Event, now: int) -> Draft:
        """The same filing under a new number, and who has to tell the applicant."""
        name = new_application(self._core, view)
        view.write(QUERIES.rename_made, {"old": draft.stream, "new": name})
        view.write(QUERIES.insert_task, notice(refused, name, now))
        return dataclasses.replace(draft, stream=name)

    def _own_grants(self, tx: Transaction, stream: str, sealed: envelope_pb2.SignedEvent) -> list[dict[str, object]]:
        """The grants to ourselves that came with a refused step: nobody else got that key, so it seals nothing more."""
        kept = {(row["audience"], row["ciphertext"]) for row in tx.fetch_all(QUERIES.list_grants, {"stream": stream})}
        return [
            {"stream": stream, "audience": grant.audience, "ciphertext": grant.ciphertext}
            for grant in sealed.grants
            if (grant.audience, grant.ciphertext) in kept
        ]
