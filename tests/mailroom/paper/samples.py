"""Prints as short and as long as the contract lets them be, and what a scanner reads off them."""

from __future__ import annotations

import datetime as dt
import io

import pypdf
import pypdfium2
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf.timestamp_pb2 import Timestamp

from mailroom.domain.numbers import parcel_name
from mailroom.domain.stub import Stub, sign_stub
from mailroom.paper import gathering
from mailroom.paper.prints import CommandSheet, Place, Print
from tests.mailroom.events import DAWN
from tongban.local_numbers import application_number
from tongban.signing import Signer
from tongban.v1 import mailroom_pb2, parcel_pb2, types_pb2

DAY = dt.date(2026, 11, 22)
NOW = Timestamp(seconds=DAWN)
_PRIVATE = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
PUBLIC = _PRIVATE.public_key().public_bytes_raw()
SIGNER = Signer.of(_PRIVATE)
LONGEST_TITLE = ("漳州市芗城区行政服务中心管理委员会" * 5)[:80]


def naming(titles: dict[str, str], node: str = "漳州市行政服务中心", post: str = "收发室") -> gathering.Naming:
    """Everything is called the same; what it is called is what is looked at."""
    return gathering.Naming(
        place=lambda _: Place(node, post),
        when=lambda _: "2026-11-22 14:05",
        carrier=lambda code: {"ems": "邮政特快 EMS"}.get(code, code),
        titles=titles,
    )


def original(code: str, counter: int, name: str) -> str:
    """An original of an application with a number of ours."""
    return f"applications/{application_number(code, DAY, 1, counter)}/originals/{name}"


SHORT_ITEM = original("1", 1, "a")
LONG_ITEM = original("ZHANGZHOUSHI", 99_999_999, "abcdefghij-klmnopqrst-uvwxyz-0123456789")
TITLES = {SHORT_ITEM: "证", LONG_ITEM: "企业法定代表人身份证明及授权委托书" * 3}

SHORT = parcel_pb2.Parcel(
    name=parcel_name("nodes/1", DAY, 0, 1),
    purpose=parcel_pb2.PARCEL_PURPOSE_RESULT,
    origin=parcel_pb2.Post(node="nodes/1", post="a"),
    destination=parcel_pb2.Post(node="nodes/2", post="b"),
    manifest=[parcel_pb2.ManifestEntry(item=SHORT_ITEM, form=types_pb2.MATERIAL_FORM_ORIGINAL, pages=1)],
    manifest_digest=b"\x11" * 32,
    nonce=bytes(16),
    seals=["S01"],
    create_time=NOW,
)
SHORT.legs.add(number=1, carrier="ems", waybill="E1")

LONG = parcel_pb2.Parcel(
    name=parcel_name("nodes/zhangzhoushi", DAY, 32**4 - 1, 10**8 - 1),
    purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
    origin=parcel_pb2.Post(node="nodes/" + "W" * 40, post="w" * 40),
    destination=parcel_pb2.Post(node="nodes/" + "M" * 40, post="m" * 40),
    manifest_digest=bytes(range(200, 232)),
    nonce=bytes(range(16)),
    seals=[f"{number}{'W-9' * 10}X" for number in range(8)],
    create_time=NOW,
)
for place in range(64):
    LONG.manifest.add(
        item=LONG_ITEM.replace("9999", f"{place:04}", 1),
        form=types_pb2.MATERIAL_FORM_ORIGINAL,
        pages=10_000,
        serial_digest=bytes(range(32)),
        photo_digest=bytes(range(100, 132)),
        owner=parcel_pb2.PAPER_OWNER_THIRD_PARTY,
    )
LONG.legs.add(number=1, carrier="ems", waybill="Wq-" * 13 + "Z")


def contact(size: int) -> mailroom_pb2.CarrierContact:
    """A contact whose every field is as long as that, or as the contract allows."""
    text = "陈喆龑㛃" * 60
    return mailroom_pb2.CarrierContact(
        name=text[: min(size, 60)],
        phone="0596-7654321",
        province=text[: min(size, 40)],
        city=text[: min(size, 40)],
        county=text[: min(size, 40)],
        address=text[: min(size, 200)],
    )


def prints_of(parcel: parcel_pb2.Parcel, titles: gathering.Naming, size: int) -> dict[str, Print]:
    """Every kind of print of a parcel."""
    order = mailroom_pb2.CarrierOrder(sender=contact(size), receiver=contact(size))
    shelf = [mailroom_pb2.ShelfEntry(name=parcel.name, kind="unopened", since_time=NOW)]
    shelf += [mailroom_pb2.ShelfEntry(name=entry.item, kind="single", since_time=NOW) for entry in parcel.manifest]
    many = []
    for number in range(min(24, len(parcel.manifest))):
        other = parcel_pb2.Parcel()
        other.CopyFrom(parcel)
        code = "ZHANGZHOUSHI" if len(parcel.name) > 36 else "1"
        other.name = parcel_name(f"nodes/{code}", DAY, 32**4 - 1, number)
        many.append(other)
    return {
        "label": gathering.parcel_label(parcel, stub_of(parcel), titles),
        "items": gathering.item_labels([(e.item, e.pages) for e in parcel.manifest[:2]], titles, DAWN),
        "commands": CommandSheet(),
        "waybill": gathering.waybill_label(parcel, parcel.legs[0], order, titles),
        "manifest": gathering.manifest(parcel, titles),
        "handover": gathering.handover_list(many, parcel.origin, "ems", NOW, titles),
        "stocktake": gathering.stocktake_sheet(shelf, parcel.origin, NOW, titles),
    }


def stub_of(parcel: parcel_pb2.Parcel) -> str:
    """The signed stub."""
    return sign_stub(Stub.of(parcel), SIGNER.sign_one)


_LONG_TITLES = {entry.item: TITLES[LONG_ITEM] for entry in LONG.manifest}
PRINTS = {
    "short": prints_of(SHORT, naming(TITLES, "漳", "收"), 1),
    "long": prints_of(
        LONG, naming({e.item: TITLES[LONG_ITEM] for e in LONG.manifest}, LONGEST_TITLE, LONGEST_TITLE), 200
    ),
}


_DOTS = bytes(0 if grey < 128 else 255 for grey in range(256))


def codes_on(pdf: bytes, dpi: int, *, grey: bool = False) -> list[tuple[str, str]]:
    """What a scanner reads off the pages at this resolution, in black dots or in grey: kinds and texts.

    The reader looks at the resolution that is asked for, and not at a shrunken picture besides: lines that were shrunk
    can be misread into other lines whose check is right by chance, one time in 103.
    """
    found = []
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        shown = page.render(scale=dpi / 72, grayscale=True)
        dots = bytes(shown.buffer) if grey else bytes(shown.buffer).translate(_DOTS)
        picture = memoryview(dots).cast("B", (shown.height, shown.stride))
        found += [(read.format.name, read.text) for read in zxingcpp.read_barcodes(picture, try_downscale=False)]
        page.close()
    document.close()
    return found


def words_on(pdf: bytes) -> str:
    """All that the pages say, without breaks and the invisible marks between words."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return "".join("".join(page.extract_text() for page in pages).replace("\u200b", "").split())
