"""What every step of the mailroom needs: the parcel, its code, who may read what is sealed beside it."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from mailroom.domain.stub import Stub, open_stub, sign_stub
from nodes.core import NodeCore
from tongban import errors
from tongban.signing import Verifier
from tongban.v1 import parcel_pb2


class ParcelDesk:
    """Finds parcels, and reads and makes their codes."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core

    def _open(self, text: str) -> Stub:
        directory = self._core.shared.directory
        return open_stub(text, Verifier(directory.public_key).verify, lambda key_id: directory.signing_key(key_id).node)

    def _stub_of(self, parcel: parcel_pb2.Parcel) -> str:
        return sign_stub(Stub.of(parcel), self._core.keys.signer().sign_one)

    async def _state(self, name: str) -> parcel_pb2.Parcel:
        state = await self._core.state(name)
        if not isinstance(state, parcel_pb2.Parcel):
            raise errors.ParcelNotFound(field="name", name=name)
        return state

    def _readers(self, parcel: parcel_pb2.Parcel) -> list[str]:
        """Who may read what is sealed beside a parcel: the nodes between which it travels, and no relay."""
        ends = {parcel.origin.node, parcel.destination.node, parcel.first_destination.node, self._core.name}
        scanned = {post.node for leg in parcel.legs for post in (leg.dispatch.post, leg.intake.post)}
        directory = self._core.shared.directory
        return sorted(name for name in ends | scanned if name and directory.find(name) is not None)

    def _zone(self, node: str) -> str:
        found = self._core.shared.directory.find(node)
        return found.profile.time_zone if found is not None else "Asia/Shanghai"

    def _today(self) -> dt.date:
        return self._core.clock.now().astimezone(ZoneInfo(self._zone(self._core.name))).date()
