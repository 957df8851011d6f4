"""Passwords verify, wrong ones do not, and the stored string carries its own parameters."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban import passwords
from tongban.clock import SeededEntropy
from tongban.errors import Damaged, FieldInvalid
from tongban.passwords import Cost

CHEAP = Cost(ln=2, r=1, p=1)


def stored(password: str, cost: Cost = CHEAP) -> str:
    return passwords.hash_password(password, SeededEntropy(3), cost)


@given(st.text(min_size=1, max_size=40), st.text(max_size=40))
def test_only_the_password_verifies(password: str, other: str) -> None:
    kept = stored(password)
    assert passwords.verify_password(password, kept)
    # Texts of one normal form (such as full-width digits) are one password.
    assert passwords.verify_password(other, kept) == (passwords._prepare(other) == passwords._prepare(password))


@given(st.data())
def test_no_changed_character_of_the_stored_string_verifies(data: st.DataObject) -> None:
    kept = stored("口令")
    at = data.draw(st.integers(0, len(kept) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda character: character != kept[at]))
    changed = kept[:at] + other + kept[at + 1 :]
    try:
        verified = passwords.verify_password("口令", changed)
    except Damaged:
        return
    assert not verified


def test_full_width_digits_are_the_same_password() -> None:
    assert passwords.verify_password("１２３４abc", stored("1234abc"))


def test_the_default_is_what_is_documented_and_works() -> None:
    kept = passwords.hash_password("correct horse", SeededEntropy(1))
    assert kept.startswith("scrypt$ln=15,r=8,p=3$")
    assert passwords.verify_password("correct horse", kept)
    assert not passwords.verify_password("wrong horse", kept)
    assert not passwords.needs_rehash(kept)


def test_parameters_can_be_raised_later() -> None:
    assert passwords.needs_rehash(stored("x"))
    assert not passwords.needs_rehash(stored("x"), CHEAP)


def test_the_decoy_opens_for_nobody() -> None:
    assert not passwords.verify_password("", passwords.DECOY)
    assert not passwords.needs_rehash(passwords.DECOY)


@pytest.mark.parametrize("password", ["", "x" * 1025, "密" * 342])
def test_empty_and_endless_passwords_are_refused(password: str) -> None:
    with pytest.raises(FieldInvalid) as refused:
        stored(password)
    assert refused.value.field == "password"
    assert not passwords.verify_password(password, stored("x"))


@pytest.mark.parametrize(
    "text",
    ["", "x", "plain", f"scrypt$ln=99,r=8,p=3${'A' * 22}${'A' * 43}", f"scrypt$ln=20,r=32,p=1${'A' * 22}${'A' * 43}"],
)
def test_a_damaged_string_is_not_a_mere_no(text: str) -> None:
    with pytest.raises(Damaged):
        passwords.verify_password("x", text)


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_session_tokens_are_kept_as_digests(seed: int) -> None:
    token = passwords.session_token(SeededEntropy(seed))
    assert len(token) == 43
    digest = passwords.session_digest(token)
    assert digest == passwords.session_digest(token) != passwords.session_digest(token + "x")
    assert token.encode() not in digest
