"""Two nodes that print, void, hand out and take back at will, with the line going down between any two steps.

Whatever they do and in whatever order it reaches the gateway, each result has at most one valid original, each paper
one pair of hands, and both nodes tell the same in the end.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.federation.stage import ACCEPTING, HOME, Stage, play
from tests.federation.whole import NodeRun, request_id
from tests.invariants import check_all
from tests.nodes.test_answering import agreed
from tongban import errors
from tongban.lifecycle import results
from tongban.v1 import application_pb2, approval_pb2, window_pb2

HERE, THERE = f"nodes/{ACCEPTING}", f"nodes/{HOME}"
STEPS = 240
Step = Callable[[NodeRun, str], Awaitable[Any]]


class Hands:
    """What somebody at a node may try next; most of it is refused most of the time."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.codes: dict[str, str] = {}
        self.done: Counter[str] = Counter()

    async def _paper(self, run: NodeRun, name: str) -> str:
        """Mostly the one that counts."""
        known = [paper.original for paper in results.papers(await run.core.state(name))]
        if self._chance.random() < 0.8:
            return known[0]
        return self._chance.choice(["licence", "licence-2", "licence-3", "old-licence"])

    async def release(self, run: NodeRun, name: str) -> None:
        request = window_pb2.ReleasePrintPermitRequest(
            name=name, original=await self._paper(run, name), reason_code="broken"
        )
        await run.desks.prints.release_print_permit(run.staff(), request)

    async def grant(self, run: NodeRun, name: str) -> None:
        to = self._chance.choice([HERE, THERE])
        request = window_pb2.GrantPrintPermitRequest(name=name, code="licence", to=to)
        await run.desks.prints.grant_print_permit(run.staff(), request)

    async def print(self, run: NodeRun, name: str) -> None:
        request = window_pb2.RecordPrintRequest(name=name, original=await self._paper(run, name))
        await run.desks.prints.record_print(run.staff(), request)

    async def void(self, run: NodeRun, name: str) -> None:
        reason = self._chance.choice(["misprinted", "lost", "surrendered"])
        request = window_pb2.VoidOriginalRequest(name=name, original=await self._paper(run, name), reason_code=reason)
        await run.desks.surrender.void_original(run.staff(), request)

    async def surrender(self, run: NodeRun, name: str) -> None:
        request = window_pb2.SurrenderCertificateRequest(
            request_id=request_id(), name=name, code="old-licence", pages=1
        )
        await run.desks.surrender.surrender_certificate(run.staff(), request)

    async def give_back(self, run: NodeRun, name: str) -> None:
        request = window_pb2.ReturnOriginalsRequest(name=name, originals=["deed"])
        request.collector.identity_kind = "passport"
        await run.desks.surrender.return_originals(run.staff(), request)

    async def ready(self, run: NodeRun, name: str) -> None:
        request = window_pb2.ReadyResultRequest(name=name)
        self.codes[name] = (await run.desks.window.ready_result(run.staff(), request)).pickup_code

    async def collect(self, run: NodeRun, name: str) -> None:
        request = window_pb2.CollectResultRequest(
            name=name, pickup_code=self.codes.get(name, "00000000"), proof=application_pb2.COLLECTION_PROOF_CODE
        )
        await run.desks.window.collect_result(run.staff(), request)

    async def give_up(self, run: NodeRun, name: str) -> None:
        request = window_pb2.GiveUpCollectionRequest(name=name)
        await run.desks.collection.give_up_collection(run.staff(), request)

    async def act(self, run: NodeRun, name: str) -> None:
        """One of them."""
        steps: list[Step] = [self.release, self.grant, self.print, self.void, self.ready, self.collect]
        steps += [self.surrender, self.give_back, self.give_up]
        step = self._chance.choices(steps, weights=[6, 8, 6, 8, 2, 0.3, 1, 1, 6])[0]
        try:
            await step(run, name)
        except errors.TongbanError:
            return
        self.done[step.__name__] += 1


@pytest.mark.parametrize("seed", range(1, 7))
def test_whatever_two_nodes_do_there_is_one_valid_original(seed: int) -> None:
    chance = random.Random(seed)
    hands = Hands(chance)

    async def act(stage: Stage) -> None:
        await agreed(stage.federation, printing=[HERE])
        names = []
        for printing in (HERE, "", HERE):
            journey = stage.journey()
            await journey.submit()
            await stage.federation.settled()
            desk, approver = stage.home.desks.approval, stage.home.staff()
            await desk.accept_application(approver, approval_pb2.AcceptApplicationRequest(name=journey.name))
            await desk.start_review(approver, approval_pb2.StartReviewRequest(name=journey.name))
            await desk.approve_application(approver, approval_pb2.ApproveApplicationRequest(name=journey.name))
            surrenders = ["old-licence"] if chance.random() < 0.5 else []
            request = approval_pb2.IssueResultRequest(
                name=journey.name, paper=True, printing=printing, surrenders=surrenders
            )
            await desk.issue_result(approver, request)
            names.append(journey.name)
        await stage.federation.settled()
        for _ in range(STEPS):
            run = chance.choice([stage.home, stage.accepting])
            if chance.random() < 0.2:
                if run.line.up:
                    run.line.cut()
                else:
                    run.line.up = True
            if chance.random() < 0.2:
                await stage.federation.settled() if stage.home.line.up and stage.accepting.line.up else None
            await hands.act(run, chance.choice(names))
        stage.home.line.up = stage.accepting.line.up = True
        await stage.federation.settled()
        for name in names:
            await stage.same_everywhere(name)
            state = await stage.home.core.state(name)
            assert len(results.valid(state)) <= 1
        gateway = stage.federation.gateway
        assert gateway is not None
        books = {run.core.name: run.core.database for run in (stage.home, stage.accepting)}
        counts = await check_all(gateway.database, books)
        assert counts["result_papers"] >= 3

    play(act, seed=seed)
    assert {"release", "grant", "print", "void"} <= hands.done.keys(), hands.done
