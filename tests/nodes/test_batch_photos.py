"""One photograph of a batch's waybills, at the desk: sealed to each parcel's ends, and what lacks one is listed."""

from __future__ import annotations

import pytest

from mailroom.domain.legs import is_vouched_for
from mailroom.domain.scan_state import Cue
from mailroom.domain.scanning import Mode
from nodes.desk.batch_photos import Unpictured, picture
from nodes.desk.photos import MAX_PHOTO, open_photo
from nodes.desk.scans import Board
from tests.federation.whole import NodeRun
from tests.nodes.kit import Address, Office, office
from tests.nodes.test_wrong_post import SEAL, WAYBILL, hand_over, packed, porter, scan, state
from tongban import errors
from tongban.v1 import mailroom_pb2, parcel_pb2

JPEG = b"\xff\xd8\xff" + b"waybills on a table" * 30_000
WAYBILLS = (WAYBILL, "EB000000005CN", "EB000000019CN")


async def handed_over(o: Office) -> tuple[Board, list[str]]:
    """Three parcels scanned out to the courier in one batch; the board and their names."""
    scans, names = o.accepting.desks.scans, []
    await scans.begin(porter(), Mode.OUT, "ems")
    for waybill in WAYBILLS:
        made = await packed(o)
        board = await scan(o.accepting, made.stub, SEAL, waybill)
        names.append(made.parcel.name)
    return board, names


async def seen(run: NodeRun, name: str) -> bytes:
    """The photograph that this node finds beside a parcel's leg."""
    core = run.core
    parts = await core.database.run(lambda tx: core.sealer.open_all(tx, name))
    digest = (await state(run, name)).legs[-1].waybill_photo_digest
    return open_photo("waybill", digest, [(part, content) for _, part, content in parts])


@pytest.mark.federation
async def test_one_picture_stands_for_every_parcel_that_it_shows(address: Address) -> None:
    async with office(address) as o:
        scans = o.accepting.desks.scans
        board, names = await handed_over(o)
        assert [(each.parcel, each.waybill) for each in board.lacking] == list(zip(names, WAYBILLS, strict=True))
        board = await scans.photographed(porter(), JPEG, names[:2])
        assert (board.cue, board.error) == (Cue.DONE, None)
        assert [each.parcel for each in board.lacking] == names[2:]
        vouched = [is_vouched_for((await state(o.accepting, name)).legs[-1]) for name in names]
        assert vouched == [True, True, False]
        await o.settled()
        for name in names[:2]:
            assert await seen(o.home, name) == JPEG


@pytest.mark.federation
async def test_what_is_no_picture_is_refused_by_name_and_nothing_is_recorded(sqlite: Address) -> None:
    async with office(sqlite) as o:
        _, names = await handed_over(o)
        before = [(await state(o.accepting, name)).version for name in names]
        for photo in (b"", b"%PDF-1.7", JPEG + bytes(MAX_PHOTO)):
            board = await o.accepting.desks.scans.photographed(porter(), photo, names)
            assert board.cue is Cue.BAD
            assert board.error is not None
            assert "照片须为 JPEG 或 PNG" in board.error.text("zh")
            assert [each.parcel for each in board.lacking] == names
        assert [(await state(o.accepting, name)).version for name in names] == before


@pytest.mark.federation
async def test_only_this_batchs_parcels_that_lack_one(sqlite: Address) -> None:
    async with office(sqlite) as o:
        mailroom, scans = o.accepting.desks.mailroom, o.accepting.desks.scans
        other = await packed(o)
        await hand_over(o.accepting, other, "EB000000022CN", "ems")
        _, names = await handed_over(o)
        by_itself = mailroom_pb2.AddWaybillPhotoRequest(name=names[0], leg=1, photo=JPEG)
        own = (await mailroom.add_waybill_photo(porter(), by_itself)).legs[0].waybill_photo_digest
        board = await scans.photographed(porter(), JPEG, [*names, other.parcel.name])
        assert board.words is not None
        assert board.words.zh == "面单照片已登记,2 个邮包,齐了"
        assert (await state(o.accepting, names[0])).legs[0].waybill_photo_digest == own
        assert not (await state(o.accepting, other.parcel.name)).legs[0].waybill_photo_digest
        await scans.begin(porter(), Mode.OUT, "hand")
        by_hand = await packed(o)
        board = await scan(o.accepting, by_hand.stub, SEAL, "TBC:DONE")
        assert board.done[-1].parcel == by_hand.parcel.name
        assert not board.lacking


@pytest.mark.federation
async def test_a_parcel_that_refuses_holds_up_no_other(sqlite: Address) -> None:
    async with office(sqlite) as o:
        board, names = await handed_over(o)
        strange = Unpictured("parcels/UNKNOWN0", 1, WAYBILL, parcel_pb2.Post())
        taken = await picture(o.accepting.desks.mailroom, porter(), [strange, *board.lacking], JPEG)
        assert taken.count == len(names)
        assert isinstance(taken.refused, errors.ParcelNotFound)
        assert not (await o.accepting.desks.scans.board(porter())).lacking
