"""The trial desk: makes this node's steps of trial applications, seconds after they have come.

It looks whenever an application has changed here, and now and then: what it met an error at may have mended.  Each
step follows from where the application stands, so a desk that was killed goes on where it was.  An application of which
a step of this node was refused is left alone: who runs the trial finds that out by waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import uuid
from collections.abc import Container, Iterator, Sequence

from nodes.core import NodeCore
from nodes.desk.approval import ApprovalDesk
from nodes.desk.paging import NEWEST
from nodes.journal.drafts import Draft
from nodes.store import QUERIES
from nodes.trial import ACTOR, filing, papers
from nodes.trial.filing import Between, Choice
from tongban import errors
from tongban.ids import uuid7
from tongban.storage.base import Row, Transaction
from tongban.v1 import application_pb2, approval_pb2, lifecycle_pb2

logger = logging.getLogger(__name__)

PAUSE = 0.2
"""Seconds between two looks."""
AGAIN = 30.0
"""Seconds after which it looks although nothing has changed."""
RECENT = dt.timedelta(days=7)
"""Older trials are nobody's any more."""
PAGE = 100
"""Trials that are read at once."""

_S = lifecycle_pb2
_MOVING = frozenset(
    {
        _S.APPLICATION_STATE_SUBMITTED,
        _S.APPLICATION_STATE_ACCEPTED,
        _S.APPLICATION_STATE_IN_REVIEW,
        _S.APPLICATION_STATE_APPROVED,
        _S.APPLICATION_STATE_RESULT_ISSUED,
        _S.APPLICATION_STATE_COLLECTED,
    }
)
_MAX_EXPLANATION = 500


class TrialDesk:
    """The desk of one node."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core
        self._approval = ApprovalDesk(core)

    async def run(self) -> None:
        """Until cancelled."""
        with self._core.watch("applications") as watch:
            while True:
                try:
                    await self.look()
                except errors.TongbanError as error:
                    logger.info("the trial desk waits: %s", error.text("en"))
                except Exception:
                    logger.exception("the trial desk failed")
                await asyncio.sleep(PAUSE)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(AGAIN):
                        await watch.changed()

    async def look(self) -> None:
        """Make every step that is this node's now."""
        for state in await recent(self._core, RECENT, _MOVING):
            try:
                while await self._step(state):
                    again = await self._core.state(state.name)
                    if again is None:
                        break
                    state = again
            except errors.TongbanError as error:
                logger.warning("%s: the trial desk could not go on: %s", state.name, error.text("en"))
            except Exception:
                # One partner's trial must not keep the others' from being looked at.
                logger.exception("%s: the trial desk failed", state.name)

    async def _step(self, state: application_pb2.Application) -> bool:
        """The next step, if it is this node's; whether there was one."""
        name, route = state.name, state.route
        decides, collects = route.decider == self._core.name, route.collecting == self._core.name
        match state.state:
            case _S.APPLICATION_STATE_SUBMITTED if decides:
                await self._accept(name)
            case _S.APPLICATION_STATE_ACCEPTED if decides:
                await self._approval.start_review(ACTOR, approval_pb2.StartReviewRequest(name=name))
            case _S.APPLICATION_STATE_IN_REVIEW if decides:
                await self._approval.approve_application(ACTOR, approval_pb2.ApproveApplicationRequest(name=name))
            case _S.APPLICATION_STATE_APPROVED if decides:
                await self._issue(state)
            case _S.APPLICATION_STATE_RESULT_ISSUED if collects and await self._is_answered(state):
                await self._hand_out(name)
            case _S.APPLICATION_STATE_COLLECTED if decides:
                await self._approval.close_application(ACTOR, approval_pb2.CloseApplicationRequest(name=name))
            case _:
                return False
        return True

    async def _accept(self, name: str) -> None:
        """Open the form and accept; what does not open, or is not covered, is declined with the reason."""
        try:
            await self._read(name)
            await self._approval.accept_application(ACTOR, approval_pb2.AcceptApplicationRequest(name=name))
        except errors.Unavailable:
            raise
        except errors.TongbanError as error:
            explanation = f"{error.text('zh')} / {error.text('en')}"[:_MAX_EXPLANATION]
            await self._approval.decline_application(
                ACTOR,
                approval_pb2.DeclineApplicationRequest(name=name, reason_code="trial", explanation=explanation),
            )

    async def _read(self, name: str) -> dict[str, bytes]:
        """What was filed, opened; that it was read is written down, as for a person."""
        now = self._core.clock.now()
        note = {
            "reading_id": uuid7(now, self._core.entropy),
            "stream": name,
            "staff_id": ACTOR.staff_id,
            "read_time": round(now.timestamp() * 1_000_000),
        }

        def work(tx: Transaction) -> dict[str, bytes]:
            tx.execute(QUERIES.insert_reading, note)
            return papers.filed(self._core.sealer, tx, name)

        return await self._core.database.run(work)

    async def _issue(self, state: application_pb2.Application) -> None:
        parts = await self._read(state.name)
        in_return, problem = "", ("", "")
        if papers.wishes_return(parts):
            in_return, problem = await self._return(state)
        answer = papers.Answer(state.name, papers.reading(parts), in_return, *problem)
        content, media_type = papers.written(answer)
        request = approval_pb2.IssueResultRequest(name=state.name, electronic=content, media_type=media_type)
        await self._approval.issue_result(ACTOR, request)

    async def _return(self, state: application_pb2.Application) -> tuple[str, tuple[str, str]]:
        """File a trial the other way round; its stream, or why there is none."""
        route = state.route
        between = Between(route.accepting, route.home, route.agreement).turned()
        chosen = filing.choose(self._core.shared, between, self._core.clock.now())
        if not isinstance(chosen, Choice):
            return "", (chosen.text("zh"), chosen.text("en")) if chosen else ("", "")
        try:
            request_id = str(uuid.uuid5(uuid.NAMESPACE_URL, state.name))
            return await filing.file(self._core, chosen, request_id, in_return=False), ("", "")
        except errors.Unavailable:
            raise
        except errors.TongbanError as error:
            return "", (error.text("zh"), error.text("en"))

    async def _is_answered(self, state: application_pb2.Application) -> bool:
        """Whether the result says what was filed; who accepted compares, whoever else hands out cannot."""
        if state.route.accepting != self._core.name:
            return True
        return await is_answered(self._core, state.name) is not False

    async def _hand_out(self, name: str) -> None:
        ready = application_pb2.ResultReady(window=ACTOR.post)
        taken = application_pb2.ResultCollected(proof=application_pb2.COLLECTION_PROOF_ELECTRONIC)
        drafts = [Draft(name, "result_ready", ready), Draft(name, "result_collected", taken)]
        await self._core.record(ACTOR.actor, lambda view: (drafts, None))


async def is_answered(core: NodeCore, name: str) -> bool | None:
    """Whether a result opens here and says what was filed here; None where this node only seals outward."""
    own = core.shared.directory.find(core.name)
    if own is not None and own.profile.abroad:
        return None

    def work(tx: Transaction) -> bool:
        answer = papers.answered(core.sealer, tx, name)
        sent = papers.reading(papers.filed(core.sealer, tx, name))
        return answer is not None and (answer.trial, answer.read) == (name, sent)

    try:
        return await core.database.run(work, read_only=True)
    except (errors.SealNotForUs, errors.AttachmentMismatch):
        return False


def trials(tx: Transaction, since: int = 0) -> Iterator[Row]:
    """Every trial since then, the newest first: however many stay where they are, they hide no older one that moves."""
    before, name = NEWEST
    while True:
        params = {"since": since, "before": before, "before_name": name, "size": PAGE}
        rows = tx.fetch_all(QUERIES.list_trials, params)
        yield from rows
        if len(rows) < PAGE:
            return
        before, name = rows[-1]["create_time"], rows[-1]["name"]


async def recent(core: NodeCore, since: dt.timedelta, states: Container[int]) -> Sequence[application_pb2.Application]:
    """Trials of this node that stand so, the newest first, but those of which an own step was refused."""
    begin = round((core.clock.now() - since).timestamp() * 1_000_000)

    def work(tx: Transaction) -> list[application_pb2.Application]:
        found = []
        for row in trials(tx, begin):
            state = application_pb2.Application.FromString(row["predicted"])
            if state.state in states and not tx.fetch_all(QUERIES.list_refusals, {"stream": row["name"]}):
                found.append(state)
        return found

    return await core.database.run(work, read_only=True)
