"""A node does not take a gateway's word: what was decided on another history, and histories that change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from tests.gateway.kit import ACCEPTING
from tests.nodes.kit import Address
from tests.nodes.test_intake import filing, post, registered
from tongban import errors
from tongban.storage.base import Transaction
from tongban.v1 import application_pb2

T = TypeVar("T")


async def test_what_was_decided_on_another_history_is_not_folded(address: Address) -> None:
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        await p.take("feeds/nodes", registered(accepting))
        filed = accepting.make(*filing("TEST0001"))
        await p.take("mailbox", filed)
        # Signed on a step that the gateway leaves out: its leaf says that it follows the filing, its author does not.
        accepting.heads[filed.event.stream] = (2, b"x" * 32)
        withdrawn = accepting.make(filed.event.stream, application_pb2.ApplicationWithdrawn())
        await p.take("mailbox", withdrawn)
        assert set(await p.parked()) == {filed.event.stream}
        assert await p.version(filed.event.stream) == 1


async def test_a_gateway_that_tells_another_history_is_found_out(address: Address) -> None:
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        await p.take("feeds/nodes", registered(accepting))
        stream, content = filing("TEST0001")
        await p.take("mailbox", accepting.make(stream, content))
        state = await p.core.state(stream)
        # Restored from a backup, it has forgotten the filing and admits another one in its place.
        p.versions[stream] = accepting.heads[stream] = (0, b"")
        content.window = "window-2"
        with pytest.raises(errors.Damaged):
            await p.take("mailbox", accepting.make(stream, content))
        assert await p.core.state(stream) == state


async def test_a_stream_is_unparked_after_a_death_between_two_commits(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        filed = accepting.make(*filing("TEST0001"))
        await p.take("mailbox", filed)
        assert await p.parked()

        async def dies() -> None:
            raise errors.Unavailable(what="database")

        with monkeypatch.context() as patched:
            patched.setattr(p.core.intake, "retry_parked", dies)
            with pytest.raises(errors.Unavailable):
                await p.take("feeds/nodes", registered(accepting))
        assert await p.parked()
        # Nothing more comes on that feed; the next welcome tries again (`NodeSession`).
        await p.core.intake.retry_parked()
        assert not await p.parked()
        assert await p.version(filed.event.stream) == 1


async def test_a_commit_of_unknown_outcome_is_learned_from_all_the_same(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        frame = p.frame("feeds/nodes", registered(accepting))
        run = p.core.database.run

        async def cut_off(work: Callable[[Transaction], T], *, read_only: bool = False) -> Any:
            await run(work, read_only=read_only)
            raise errors.Unavailable(what="database", outcome="unknown")

        with monkeypatch.context() as patched:
            patched.setattr(p.core.database, "run", cut_off)
            with pytest.raises(errors.Unavailable):
                await p.core.intake.take(frame)
        assert p.core.shared.directory.find(ACCEPTING) is None
        assert await p.core.intake.take(frame) == {"feeds/nodes": 1}
        assert p.core.shared.directory.find(ACCEPTING) is not None
