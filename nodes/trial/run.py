"""Running a trial: one step after the other, each with its time, or the one that failed and who has to act.

The steps of this node's hands are made by its trial desk; here something is filed, and then only watched.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from google.protobuf.duration_pb2 import Duration

from agreements.domain.documents import is_mandate
from nodes.core import NodeCore
from nodes.journal.drafts import Draft
from nodes.store import QUERIES
from nodes.trial import ACTOR, evidence, filing, steps
from nodes.trial.desk import is_answered, recent
from nodes.trial.filing import Between, Choice
from nodes.trial.steps import AGAIN, GATEWAY, OWN, Failed, Said, away, titled, unreachable
from tongban import errors
from tongban.storage.base import Transaction
from tongban.v1 import agreement_pb2, application_pb2, lifecycle_pb2, onboarding_pb2

PATIENCE = 120.0
"""Seconds that a step is waited for."""
RESUMED = dt.timedelta(hours=1)
"""A trial that was filed within this time is gone on with."""

_S, _P = lifecycle_pb2, onboarding_pb2
_DECIDED = frozenset(
    {
        _S.APPLICATION_STATE_RESULT_ISSUED,
        _S.APPLICATION_STATE_READY_FOR_COLLECTION,
        _S.APPLICATION_STATE_COLLECTED,
        _S.APPLICATION_STATE_CLOSED,
    }
)
_ACCEPTED = _DECIDED | {
    _S.APPLICATION_STATE_ACCEPTED,
    _S.APPLICATION_STATE_IN_REVIEW,
    _S.APPLICATION_STATE_APPROVED,
}
_CLOSED = frozenset({_S.APPLICATION_STATE_CLOSED})
_UNDER_WAY = _ACCEPTED | {_S.APPLICATION_STATE_SUBMITTED}

Look = Callable[[], Awaitable[None]]


class TrialRun:
    """One run.  `look` asks the gateway anew how the partners' lines are, where somebody can."""

    def __init__(self, core: NodeCore, request: onboarding_pb2.RunTrialRequest, look: Look | None) -> None:
        self._core = core
        self._between = Between(core.name, request.partner, request.agreement)
        self._partner = titled(core, request.partner)
        self._patience = request.patience.ToTimedelta().total_seconds() or PATIENCE
        self._look = look
        self._choice: Choice | None = None
        self._name = ""
        self._own = ""
        """The step that is waited for, where the stream is not the trial's own."""

    async def steps(self) -> AsyncIterator[onboarding_pb2.TrialProgress]:
        """Each step that is done; TrialFailed for the one that is not."""
        for step, work in (
            (_P.TRIAL_STEP_AGREEMENT, self._agreement),
            (_P.TRIAL_STEP_PARTNER, self._line),
            (_P.TRIAL_STEP_ITEM, self._item),
            (_P.TRIAL_STEP_FILING, self._file),
            (_P.TRIAL_STEP_ADMISSION, self._admitted),
            (_P.TRIAL_STEP_ACCEPTANCE, self._accepted),
            (_P.TRIAL_STEP_DECISION, self._decided),
            (_P.TRIAL_STEP_RESULT, self._answered),
            (_P.TRIAL_STEP_CLOSING, self._closed),
            (_P.TRIAL_STEP_EVIDENCE, self._evidence),
            (_P.TRIAL_STEP_REVERSE, self._reverse),
            (_P.TRIAL_STEP_RECORD, self._record),
        ):
            began = self._core.clock.monotonic()
            try:
                detail = await work()
            except Failed as failed:
                raise failed.at(step) from None
            title, title_en = steps.TITLES[step]
            taken = Duration()
            taken.FromTimedelta(dt.timedelta(seconds=self._core.clock.monotonic() - began))
            yield onboarding_pb2.TrialProgress(
                step=step,
                title_zh=title,
                title_en=title_en,
                detail_zh=detail.zh,
                detail_en=detail.en,
                duration=taken,
                application=self._name,
            )

    async def _agreement(self) -> Said:
        found = self._core.shared.agreement(self._between.agreement)
        if found is None:
            raise errors.AgreementNotFound(field="agreement", name=self._between.agreement)
        if is_mandate(found.document):
            raise errors.FieldInvalid(
                field="agreement", problem="授权清单不须各方签署,也没有试运行", problem_en="a mandate has no trial runs"
            )
        parties = {party.node for party in found.document.parties}
        for node in (self._between.accepting, self._between.home):
            if node not in parties:
                raise errors.NotParty(field="partner", node=node, stream=found.name)
        signed = {signature.node for signature in found.signatures}
        if self._core.name not in signed:
            raise Failed(
                OWN,
                f"尚未签署此协议。请先 tongban agreement sign {found.name}。",
                f"it has not signed yet. First: tongban agreement sign {found.name}.",
            )
        if self._between.home not in signed:
            raise Failed(
                self._partner,
                f"尚未签署此协议。请对方签署,{AGAIN.zh}。",
                f"it has not signed yet. Ask them to sign, {AGAIN.en}.",
            )
        title = found.document.title
        return Said(f"{title},第 {found.document.document_version} 版,双方已签署", f"{title}, signed by both")

    async def _line(self) -> Said:
        down = unreachable(self._core) or await self._away()
        if down is not None:
            raise down
        if self._between.home not in self._core.line.links:
            return Said(
                "本节点已联网;网关未说明对方是否在线",
                "this node's line is up; the gateway does not say of the partner's",
            )
        return Said(f"本节点已联网;{self._partner.zh}在线", f"this node's line is up, and so is {self._partner.en}'s")

    async def _away(self) -> Failed | None:
        """That the partner is away, as the gateway says now: what it said before may be minutes old."""
        if self._look is not None:
            await self._look()
        return away(self._core, self._between.home)

    async def _item(self) -> Said:
        chosen = filing.choose(self._core.shared, self._between, self._core.clock.now())
        if chosen is None:
            raise Failed(
                self._partner,
                f"还没有发布任何事项。请对方发布(tongban item import),{AGAIN.zh}。",
                f"it has published no items. Ask them to (tongban item import), {AGAIN.en}.",
            )
        if not isinstance(chosen, Choice):
            zh, en = chosen.text("zh"), chosen.text("en")
            raise Failed(
                self._partner, f"没有可按此协议在本节点收件的事项:{zh}", f"none of its items is taken in here: {en}"
            )
        self._choice = chosen
        route = chosen.covered.route
        title = chosen.item.document.title
        return Said(
            f"{title},第 {route.agreement_version} 版“{route.clause}”条",
            f"{title}, clause {route.clause} of the agreement",
        )

    async def _file(self) -> Said:
        assert self._choice is not None
        before = await self._under_way()
        if before:
            self._name = before
            return Said(f"接着办上次的 {before}", f"going on with {before}")
        back = filing.choose(self._core.shared, self._between.turned(), self._core.clock.now())
        request_id = str(uuid.UUID(bytes=self._core.entropy.token(16), version=4))
        try:
            self._name = await filing.file(self._core, self._choice, request_id, in_return=isinstance(back, Choice))
        except errors.TongbanError as error:
            raise Failed(OWN, error.text("zh"), error.text("en")) from error
        return Said(
            f"{self._name},虚构申请人,已封装给双方并签名", f"{self._name}, of nobody, sealed to both and signed"
        )

    async def _under_way(self) -> str:
        """A trial of the same two that did not come to its end; one that has passed is done with."""
        assert self._choice is not None
        version = self._choice.covered.route.agreement_version
        agreement = self._core.shared.agreement(self._between.agreement)
        for state in await recent(self._core, RESUMED, _UNDER_WAY):
            if _route(state) != self._between or state.route.agreement_version != version:
                continue
            if agreement is None or not _has_passed(agreement, self._core.name, self._between.home, state.name):
                return state.name
        return ""

    async def _admitted(self) -> Said:
        await self._until(self._name, lambda state: state is not None, self._gateway_late)
        return Said("路径符合协议,已得回执", "the route is the agreement's; receipted")

    async def _accepted(self) -> Said:
        state = await self._until(self._name, self._is_at(_ACCEPTED), self._partner_late)
        decider = titled(self._core, state.route.decider)
        return Said(f"{decider.zh}已拆阅并以自己的密钥受理", f"{decider.en} opened it and accepted under its own key")

    async def _decided(self) -> Said:
        await self._until(self._name, self._is_at(_DECIDED), self._partner_late)
        return Said("已批准并出具电子结果", "approved, an electronic result issued")

    async def _answered(self) -> Said:
        found = await is_answered(self._core, self._name)
        if found is None:
            return Said("境外节点只封出,不拆阅", "a node abroad only seals outward")
        if not found:
            raise Failed(
                self._partner,
                "结果不能在本节点拆开,或与所收内容不符。请双方核对封装密钥。",
                "its result does not open here, or is not about what was filed. Compare the sealing keys.",
            )
        return Said("结果在本节点拆开,与所收内容一致", "it opens here and agrees with what was filed")

    async def _closed(self) -> Said:
        await self._until(self._name, self._is_at(_CLOSED), self._partner_late)
        return Said("已取证并办结归档", "collected and closed")

    async def _evidence(self) -> Said:
        return await evidence.compared(self._core, self._name)

    async def _reverse(self) -> Said:
        """The trial that the partner filed in return, where this node is asked to decide."""
        if not isinstance(filing.choose(self._core.shared, self._between.turned(), self._core.clock.now()), Choice):
            return Said(
                "协议(或本方事项)没有反向收件,从略", "the agreement, or our items, has no other direction: left out"
            )
        answer = await evidence.answer(self._core, self._name)
        if answer is None:
            return Said("境外节点不拆阅结果,从略", "a node abroad opens no result: left out")
        if not answer.in_return:
            why = answer.problem or "其节点没有提交反向试运行"
            why_en = answer.problem_en or "its node filed no trial in return"
            raise Failed(self._partner, why, why_en)
        name = answer.in_return
        state = await self._until(name, self._is_at(_CLOSED), self._partner_late)
        if _route(state) != self._between.turned():
            raise Failed(self._partner, f"{name} 不是反向试运行。", f"{name} is no trial in return.")
        said = await evidence.compared(self._core, name)
        return Said(f"{name}:本方受理、出证,对方拆阅并取证;{said.zh}", f"{name}: decided here, opened there; {said.en}")

    async def _record(self) -> Said:
        agreement, home = self._between.agreement, self._between.home
        passed = agreement_pb2.TrialPassed(partner=home, application=self._name)
        draft = Draft(agreement, "trial_passed", passed, after=[self._name])
        known = self._core.shared.agreement(agreement)
        if known is None or not _has_passed(known, self._core.name, home, self._name):
            recorded = await self._core.record(ACTOR.actor, lambda view: ([draft], None))
            self._own = recorded.events[0]
        await self._until(
            agreement, lambda state: _has_passed(state, self._core.name, home, self._name), self._gateway_late
        )
        return Said("试运行通过,已登记并经网关准入", "the trial has passed, recorded and admitted")

    def _is_at(self, states: frozenset[int]) -> Callable[[Any], bool]:
        return lambda state: state is not None and state.state in states

    async def _until(self, stream: str, ready: Callable[[Any], bool], late: Callable[[], Awaitable[Failed]]) -> Any:
        """The confirmed state of a stream, once it is so; who has to act where it does not become so in time."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience
        with self._core.watch(stream) as watch:
            while True:
                state = await self._confirmed(stream)
                if ready(state):
                    return state
                left = end - loop.time()
                if left <= 0:
                    raise await late()
                try:
                    async with asyncio.timeout(left):
                        await watch.changed()
                except TimeoutError:
                    continue

    async def _confirmed(self, stream: str) -> Any:
        """What the gateway has receipted; Failed where the stream cannot go on."""

        def work(tx: Transaction) -> tuple[Any, bytes]:
            row = tx.fetch_one(QUERIES.read_stream, {"name": stream})
            if row is not None and row["parked"]:
                return None, row["parked"].encode("utf-8")
            blob = row["state"] if row is not None else b""
            state = self._core.lifecycles.load(stream, blob) if blob else None
            return state, b""

        state, parked = await self._core.database.run(work, read_only=True)
        if parked:
            raise Failed(OWN, f"{stream} 已停放:{parked.decode()}", f"{stream} is parked: {parked.decode()}")
        refused = await evidence.refusal(self._core, stream, self._own)
        if refused is not None:
            raise Failed(GATEWAY, f"未予准入:{refused.zh}", f"it refused: {refused.en}")
        if isinstance(state, application_pb2.Application) and state.state == _S.APPLICATION_STATE_NOT_ACCEPTED:
            why = await evidence.explanation(self._core, stream)
            who = titled(self._core, state.route.decider)
            raise Failed(who, f"其受理台不予受理:{why}", f"its desk declined: {why}")
        return state

    async def _gateway_late(self) -> Failed:
        down = unreachable(self._core)
        if down is not None:
            return down
        return Failed(
            GATEWAY,
            f"{self._patience:.0f} 秒内没有答复。请网关管理员查看,{AGAIN.zh}。",
            f"no answer within {self._patience:.0f} s. Ask its operator, {AGAIN.en}.",
        )

    async def _partner_late(self) -> Failed:
        down = unreachable(self._core)
        if down is None and self._look is not None:
            await self._look()
        down = down or away(self._core, self._between.home)
        if down is not None:
            return down
        return Failed(
            self._partner,
            f"{self._patience:.0f} 秒内没有办理这一步。请对方查看节点(tongban node doctor),{AGAIN.zh}。",
            f"it has not done this within {self._patience:.0f} s. Ask them to run tongban node doctor, {AGAIN.en}.",
        )


def _route(state: application_pb2.Application) -> Between:
    return Between(state.route.accepting, state.route.home, state.route.agreement)


def _has_passed(state: Any, node: str, partner: str, application: str) -> bool:
    return any((each.node, each.partner, each.application) == (node, partner, application) for each in state.trials)
