"""What lies on a scanning table: a parcel's code, its labels, and somebody who scans them one after the other."""

from __future__ import annotations

import datetime as dt

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mailroom.domain import scan_session
from mailroom.domain.labels import Command, ItemLabel
from mailroom.domain.numbers import parcel_name
from mailroom.domain.scan_state import Cue, Desk, Record, Session, Turn
from mailroom.domain.scanning import Mode
from mailroom.domain.stub import Stub, sign_stub
from tests.mailroom.events import CHAOZHOU, DEED, LICENCE, Stream
from tongban.signing import Signer
from tongban.v1 import parcel_pb2

PARCEL = parcel_name(CHAOZHOU, dt.date(2026, 11, 22), 1, 7)
"""A parcel's name with the right check character."""

SIGN = Signer.of(Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)).sign_one


def code_of(parcel: parcel_pb2.Parcel) -> str:
    """The text of a parcel's code."""
    return sign_stub(Stub.of(parcel), SIGN)


def stream() -> Stream:
    """This parcel's stream."""
    return Stream(name=PARCEL)


PARCEL_CODE = code_of(stream().sent().now)
NUMBER = PARCEL.removeprefix("parcels/")
LICENCE_LABEL, DEED_LABEL = ItemLabel.of(LICENCE).text, ItemLabel.of(DEED).text
IN, OUT, OPEN, DONE, UNDO = (c.text for c in (Command.IN, Command.OUT, Command.OPEN, Command.DONE, Command.UNDO))
WAYBILL = "EB123456785CN"


class Table:
    """A scanner's day, without a desk behind it: what is to be recorded is only noted."""

    def __init__(self, *parcels: parcel_pb2.Parcel, node: str = "", mode: Mode = Mode.ANY, carrier: str = "") -> None:
        self.desk = Desk(node, mode, carrier, carrier != "hand", {each.name: each for each in parcels})
        self.texts: tuple[str, ...] = ()
        self.records: list[Record] = []
        self.last: Turn | None = None

    def scan(self, *texts: str) -> Table:
        """Scan these."""
        for text in texts:
            self.last = scan_session.turn(self.texts, text, self.desk)
            self.texts = self.last.texts
            if self.last.record is not None:
                self.records.append(self.last.record)
                self.texts = ()
        return self

    @property
    def cue(self) -> Cue:
        """What it sounded like."""
        assert self.last is not None
        return self.last.cue

    @property
    def session(self) -> Session:
        """Where it stands."""
        return scan_session.fold(self.texts, self.desk)

    @property
    def prompt(self) -> str:
        """What is asked for."""
        return scan_session.prompt(self.session, self.desk).zh

    @property
    def record(self) -> Record:
        """The one thing that was recorded."""
        (record,) = self.records
        return record
