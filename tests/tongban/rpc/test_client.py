"""Retries: only what waiting can mend, with a growing pause, and never sooner than the peer asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tongban.rpc.conftest import Line
from tests.tongban.rpc.service import Echo, serve
from tongban.clock import SeededEntropy
from tongban.errors import FieldInvalid, Overloaded, Unavailable
from tongban.rpc.client import RetryPolicy, call, call_idempotent, open_channel
from tongban.v1 import federation_pb2, federation_pb2_grpc


def fetch(position: int, channel: str = "mailbox") -> federation_pb2.FetchRequest:
    return federation_pb2.FetchRequest(channel=channel, after_position=position)


class Sleeper:
    """Notes the pauses instead of making them."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.pauses.append(seconds)


async def test_a_busy_peer_is_asked_again(line: Line) -> None:
    sleeper = Sleeper()
    answer = await call_idempotent(line.federation.Fetch, fetch(4), entropy=SeededEntropy(1), sleep=sleeper)
    assert answer.head_position == 4
    assert line.servicer.fetches == 3
    assert len(sleeper.pauses) == 2
    assert all(pause >= 1.0 for pause in sleeper.pauses)  # what Overloaded asks for


async def test_one_try_is_one_try(line: Line) -> None:
    with pytest.raises(Overloaded):
        await call(line.federation.Fetch, fetch(4))
    assert line.servicer.fetches == 1


async def test_what_waiting_does_not_mend_is_not_repeated(line: Line) -> None:
    sleeper = Sleeper()
    with pytest.raises(FieldInvalid):
        await call_idempotent(line.federation.Fetch, fetch(0, "attic"), sleep=sleeper)
    assert not sleeper.pauses


async def test_a_peer_that_stays_away_is_given_up_with_its_name() -> None:
    server = serve(Echo())
    port = server.add_port("127.0.0.1:0")
    await server.start()
    await server.stop(0)
    sleeper = Sleeper()
    async with open_channel(f"127.0.0.1:{port}") as channel:
        with pytest.raises(Unavailable, match="网关") as refusal:
            await call_idempotent(
                federation_pb2_grpc.FederationStub(channel).Fetch,
                fetch(0),
                peer="网关",
                policy=RetryPolicy(attempts=3),
                entropy=SeededEntropy(2),
                sleep=sleeper,
            )
    assert "网关" in refusal.value.text("zh")
    assert len(sleeper.pauses) == 2


@given(st.integers(1, 200), st.integers(0, 2**32))
def test_pauses_grow_within_their_bounds(attempt: int, seed: int) -> None:
    policy = RetryPolicy(first_seconds=0.2, longest_seconds=10.0)
    pause = policy.pause(attempt, Unavailable(what="x"), SeededEntropy(seed))
    grown = min(10.0, 0.2 * 2.0 ** (attempt - 1)) if attempt < 64 else 10.0
    assert grown * 0.5 <= pause <= grown * 1.5
    slow = Overloaded(retry=40)
    slow.retry_seconds = 40.0
    assert policy.pause(attempt, slow, SeededEntropy(seed)) >= 40.0
