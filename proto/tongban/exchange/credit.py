"""Credit: how much one side may still send before the other has room again."""

from __future__ import annotations

import asyncio

from tongban import errors
from tongban.v1 import federation_pb2

MAX_GROUP = 32
"""The largest atomic group, which is never cut: whoever has credit for one event may send a whole group."""


class SendWindow:
    """The sender's side: what is left of the credit that the receiver gave."""

    def __init__(self, credit: federation_pb2.Credit | None = None) -> None:
        self.events = credit.events if credit else 0
        self.bytes = credit.bytes if credit else 0
        self._room = asyncio.Event()
        self._settle()

    def give(self, credit: federation_pb2.Credit) -> None:
        """The receiver made room."""
        self.events += credit.events
        self.bytes += credit.bytes
        self._settle()

    def take(self, events: int, size: int) -> None:
        """Something was sent.  Bytes may go below zero by one frame, and events by one group: neither is cut."""
        self.events -= events
        self.bytes -= size
        self._settle()

    @property
    def open(self) -> bool:
        """Whether anything at all may be sent."""
        return self.events > 0 and self.bytes > 0

    async def wait(self) -> None:
        """Until something may be sent."""
        await self._room.wait()

    def _settle(self) -> None:
        if self.open:
            self._room.set()
        else:
            self._room.clear()


class ReceiveWindow:
    """The receiver's side: what the sender may still send, and what to give back once it is committed.

    Room is given back in quarters of the window, so that credit seldom needs a frame.  A sender never starves by that:
    once everything it sent is committed, all of the window has come back.
    """

    def __init__(self, events: int, size: int, *, slack: int) -> None:
        """`slack`: the largest frame, by which the sender may go below zero in bytes; in events, one atomic group."""
        self._events = events
        self._bytes = size
        self._quarter = (events // 4, size // 4)
        self._freed_events = 0
        self._freed_bytes = 0
        self._slack = slack

    def receive(self, peer: str, events: int, size: int) -> None:
        """Something came; CreditExceeded when it was more than was given."""
        self._events -= events
        self._bytes -= size
        if self._events <= -MAX_GROUP or self._bytes < -self._slack:
            raise errors.CreditExceeded(peer=peer, sent=events, granted=self._events + events, retry=1)

    def restore(self, events: int, size: int) -> federation_pb2.Credit | None:
        """It was committed: the room to give back now, or None while it is too little to be worth a frame."""
        self._freed_events += events
        self._freed_bytes += size
        if self._freed_events < self._quarter[0] and self._freed_bytes < self._quarter[1]:
            return None
        credit = federation_pb2.Credit(events=self._freed_events, bytes=self._freed_bytes)
        self._events += self._freed_events
        self._bytes += self._freed_bytes
        self._freed_events = self._freed_bytes = 0
        return credit
