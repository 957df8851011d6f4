"""Entries of a manifest: kind and owner follow from the application; serial and photograph are sealed to both ends."""

from __future__ import annotations

import json

import pytest

from nodes.desk.photos import open_photo
from tests.federation.whole import request_id
from tests.nodes.kit import Address, Office, filed, office
from tests.nodes.test_wrong_post import SEAL, porter, state
from tongban import errors
from tongban.sealing import salted_digest
from tongban.v1 import mailroom_pb2, parcel_pb2

PNG = b"\x89PNG\r\n\x1a\n" + b"a deed on a table" * 20_000
SERIAL = "闽(2026)漳州市不动产权第0012345号"


async def asked_for(o: Office, *details: mailroom_pb2.PackedItem) -> mailroom_pb2.PackParcelRequest:
    """One original of a new application, to its home."""
    item = f"{await filed(o)}/originals/deed"
    made = mailroom_pb2.PackParcelRequest(
        request_id=request_id(),
        purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
        destination=parcel_pb2.Post(node=o.home.core.name, post="mailroom-1"),
        items=[item],
        seals=[SEAL],
    )
    for each in details:
        each.item = each.item or item
    made.details.extend(details)
    return made


@pytest.mark.federation
async def test_what_the_packer_noted_is_proved_at_the_other_end(address: Address) -> None:
    async with office(address) as o:
        asked = await asked_for(o, mailroom_pb2.PackedItem(serial=SERIAL, photo=PNG))
        made = await o.accepting.desks.mailroom.pack_parcel(porter(), asked)
        await o.settled()
        entry = (await state(o.home, made.parcel.name)).manifest[0]
        assert (entry.kind, entry.owner) == ("other-1", parcel_pb2.PAPER_OWNER_APPLICANT)
        core = o.home.core
        opened = await core.database.run(lambda tx: core.sealer.open_all(tx, made.parcel.name))
        parts = {part: content for _, part, content in opened}
        said = json.loads(parts["manifest"])[0]
        assert said["serial"] == SERIAL
        assert salted_digest(bytes.fromhex(said["salt"]), SERIAL) == entry.serial_digest
        assert open_photo("item-1", entry.photo_digest, parts.items()) == PNG


@pytest.mark.federation
@pytest.mark.parametrize(
    "wrong",
    [
        mailroom_pb2.PackedItem(item="applications/44510020261122000100000042K/originals/deed"),
        mailroom_pb2.PackedItem(photo=b"%PDF-1.7"),
    ],
    ids=["not in the parcel", "no picture"],
)
async def test_what_cannot_be_is_refused_and_nothing_is_packed(sqlite: Address, wrong: mailroom_pb2.PackedItem) -> None:
    async with office(sqlite) as o:
        asked = await asked_for(o, wrong)
        with pytest.raises(errors.FieldInvalid) as refusal:
            await o.accepting.desks.mailroom.pack_parcel(porter(), asked)
        assert refusal.value.field.startswith("details[0].")
        listed = await o.accepting.desks.mailroom.list_parcels(porter(), mailroom_pb2.ListParcelsRequest())
        assert not listed.parcels
