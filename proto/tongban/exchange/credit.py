"""Credit: how much one side may still send before the other has room again."""

from __future__ import annotations

import asyncio

from tongban import errors
from tongban.v1 import federation_pb2


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
        """Something was sent.  Bytes may go below zero by one frame: a frame is never cut."""
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
    """The receiver's side: what the sender may still send, and what to give back once it is committed."""

    def __init__(self, events: int, size: int, *, slack: int) -> None:
        """`slack`: the largest frame, by which the sender may go below zero in bytes."""
        self._events = events
        self._bytes = size
        self._slack = slack

    @staticmethod
    def credit(events: int, size: int) -> federation_pb2.Credit:
        """A credit frame's content."""
        return federation_pb2.Credit(events=events, bytes=size)

    def receive(self, peer: str, events: int, size: int) -> None:
        """Something came; CreditExceeded when it was more than was given."""
        self._events -= events
        self._bytes -= size
        if self._events < 0 or self._bytes < -self._slack:
            raise errors.CreditExceeded(peer=peer, sent=events, granted=self._events + events, retry=1)

    def restore(self, events: int, size: int) -> federation_pb2.Credit:
        """It was committed: give the room back."""
        self._events += events
        self._bytes += size
        return federation_pb2.Credit(events=events, bytes=size)
