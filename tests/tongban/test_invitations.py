"""Invitations come back as they were made; a slip of one character is found before anything is dialled."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban import invitations
from tongban.clock import SeededEntropy
from tongban.errors import InvitationExpired, InvitationInvalid
from tongban.invitations import Invitation

NOW = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
INVITATION = Invitation(
    node="nodes/350600",
    region="350600",
    join_address="127.0.0.1:7001",
    federation_address="127.0.0.1:7002",
    gateway_name="通办网关",
    secret=invitations.new_secret(SeededEntropy(1)),
    expire_time=NOW,
    ca_pem="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
)

texts = st.text(max_size=30)
some_invitations = st.builds(
    Invitation,
    node=texts,
    region=texts,
    join_address=texts,
    federation_address=texts,
    gateway_name=texts,
    secret=st.binary(min_size=32, max_size=32),
    expire_time=st.datetimes(timezones=st.just(dt.UTC)),
    ca_pem=texts,
)


def line_of(body: bytes) -> str:
    data = hashlib.sha256(body).digest()[:8] + body
    return invitations.PREFIX + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@given(some_invitations)
def test_an_invitation_comes_back(invitation: Invitation) -> None:
    line = invitation.encode()
    assert line.isascii()
    assert len(line.split()) == 1
    assert Invitation.decode(line) == invitation


@given(some_invitations, st.data())
def test_any_slip_is_found(invitation: Invitation, data: st.DataObject) -> None:
    line = invitation.encode()
    at = data.draw(st.integers(0, len(line) - 1))
    other = data.draw(st.characters().filter(lambda character: character != line[at] and not character.isspace()))
    slips = [line[:at] + other + line[at + 1 :], line[:at] + line[at + 1 :], line[:at], line[:at] + other + line[at:]]
    for slip in slips:
        with pytest.raises(InvitationInvalid):
            Invitation.decode(slip)


def test_spaces_and_line_breaks_of_a_mail_program_are_forgiven() -> None:
    line = INVITATION.encode()
    wrapped = "\r\n ".join(line[at : at + 60] for at in range(0, len(line), 60))
    assert Invitation.decode(f"  {wrapped}\n") == INVITATION


@given(st.text(max_size=200))
def test_other_text_is_no_invitation(text: str) -> None:
    for candidate in (text, invitations.PREFIX + text, line_of(text.encode("utf-8", "replace"))):
        with pytest.raises(InvitationInvalid):
            Invitation.decode(candidate)


def test_what_encode_would_not_write_is_refused() -> None:
    content = json.loads(INVITATION._body())
    bodies = [
        {**content, "more": "x"},
        {**content, "node": 7},
        {**content, "secret": "AAAA"},
        {**content, "expire_time": "2026-03-01T08:00:00"},
        {**content, "expire_time": "soon"},
        {**content, "expire_time": "0001-01-01T00:00:00+14:00"},
        {name: value for name, value in content.items() if name != "ca_pem"},
        [content],
        "text",
        None,
    ]
    for body in bodies:
        with pytest.raises(InvitationInvalid):
            Invitation.decode(line_of(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()))
    for body_text in (json.dumps(content, sort_keys=True), "[" * 5000, "{}"):
        with pytest.raises(InvitationInvalid):
            Invitation.decode(line_of(body_text.encode()))
    with pytest.raises(InvitationInvalid):
        Invitation.decode(dataclasses.replace(INVITATION, ca_pem="x" * 20_000).encode())


def test_the_secret_is_neither_printed_nor_quoted_nor_kept() -> None:
    assert repr(INVITATION.secret) not in repr(INVITATION)
    assert "secret" not in repr(INVITATION)
    assert INVITATION.secret_digest == invitations.secret_digest(INVITATION.secret)
    assert INVITATION.secret not in INVITATION.secret_digest
    with pytest.raises(InvitationInvalid) as refused:
        Invitation.decode(INVITATION.encode() + "A")
    assert refused.value.__cause__ is None


def test_an_invitation_ends() -> None:
    INVITATION.check_time(NOW - dt.timedelta(microseconds=1))
    with pytest.raises(InvitationExpired, match="2026-03-01"):
        INVITATION.check_time(NOW)


@pytest.mark.parametrize("change", [{"secret": b"short"}, {"expire_time": NOW.replace(tzinfo=None)}])
def test_a_wrong_one_cannot_be_made(change: dict[str, str]) -> None:
    with pytest.raises(InvitationInvalid):
        dataclasses.replace(INVITATION, **change)  # type: ignore[arg-type]  # one change of each type
