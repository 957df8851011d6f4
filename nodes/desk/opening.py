"""Opening a parcel, and looking at what is in it.

Two people open a parcel, or one with a camera: what was in it cannot be looked at for the first time twice.  The second
person is another member of the mailroom; of both only opaque ids stand in the event.  A photograph is sealed to the
nodes between which the parcel travels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mailroom.domain.parcels import last_outcomes, unchecked_items
from nodes.desk.parcels import ParcelDesk
from nodes.desk.photos import sealed_photo
from nodes.desk.staff import MAILROOM, Staff
from nodes.journal.drafts import Draft
from nodes.journal.recorder import View
from nodes.store import QUERIES
from tongban import errors
from tongban.storage.base import Row, Transaction
from tongban.v1 import lifecycle_pb2, mailroom_pb2, parcel_pb2


class OpeningDesk(ParcelDesk):
    """Opens and checks."""

    async def open_parcel(self, staff: Staff, request: mailroom_pb2.OpenParcelRequest) -> parcel_pb2.Parcel:
        """Record that it was opened, by two people or before a camera."""
        staff.require("拆封", MAILROOM)
        parcel = await self._state(request.name)
        witness = await self._witness(staff, request)
        opened = parcel_pb2.ParcelOpened(seals_intact=request.seals_intact, witness=witness)
        draft = Draft(request.name, "parcel_opened", opened)
        if request.photo:
            photo = sealed_photo(self._core.entropy, "photo", request.photo)
            opened.photo_digest = photo.digest
            draft = Draft(request.name, "parcel_opened", opened, parts=photo.parts, readers=self._readers(parcel))
        recorded = await self._core.record(staff.actor, lambda view: ([draft], None))
        return recorded.states[request.name]  # type: ignore[no-any-return]

    async def _witness(self, staff: Staff, request: mailroom_pb2.OpenParcelRequest) -> str:
        """The staff id of the second person; nothing where a photograph stands for them."""
        if not request.witness:
            if request.photo:
                return ""
            raise errors.FieldInvalid(
                field="witness",
                problem="拆封须有第二人在场,或拍照留存",
                problem_en="a second person must be there, or a photograph be made",
            )

        def work(tx: Transaction) -> list[Row]:
            return tx.fetch_all(QUERIES.list_staff)

        rows = await self._core.database.look_up(work)
        found = [row for row in rows if request.witness in (row["staff_id"], row["user_name"])]
        if not found or MAILROOM not in found[0]["roles"].split(","):
            raise errors.FieldInvalid(
                field="witness",
                problem="第二人应为本节点收发室的人员,请填其用户名",
                problem_en="the second person works in this node's mailroom; give their user name",
            )
        if found[0]["staff_id"] == staff.staff_id:
            raise errors.FieldInvalid(
                field="witness",
                problem="第二人不能是拆封人自己",
                problem_en="the second person is another than the one who opens it",
            )
        return str(found[0]["staff_id"])

    async def check_items(self, staff: Staff, request: mailroom_pb2.CheckItemsRequest) -> parcel_pb2.Parcel:
        """Record what was found; with the last entry the parcel is reconciled."""
        staff.require("核对", MAILROOM)
        parcel = await self._state(request.name)
        known = {entry.item for entry in parcel.manifest}
        for index, check in enumerate(request.checks):
            if check.item not in known and not check.item.startswith("extra-"):
                raise errors.FieldInvalid(
                    field=f"checks[{index}].item",
                    problem=f"清单中没有 {check.item},多出的请记为 extra-1 / not in the manifest",
                )

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            # As it stands when this is written: two people check one parcel at once, and the last one ends it.
            state, after = view.state(request.name), parcel_pb2.Parcel()
            said = last_outcomes(state)
            is_open = state.state == lifecycle_pb2.PARCEL_STATE_OPENED
            if not is_open and all(said.get(check.item) == check.outcome for check in request.checks):
                return [], None
            after.CopyFrom(state)
            after.checks.extend(request.checks)
            drafts = [Draft(request.name, "items_checked", parcel_pb2.ItemsChecked(checks=request.checks))]
            if is_open and not unchecked_items(after):
                drafts.append(Draft(request.name, "parcel_reconciled", parcel_pb2.ParcelReconciled()))
            return drafts, None

        recorded = await self._core.record(staff.actor, build)
        return recorded.states.get(request.name) or await self._state(request.name)
