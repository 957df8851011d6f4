"""`tongban agreement verify` needs no node; what it says is for whoever holds the paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from agreements.domain import printed, proof
from agreements.versions import compared, versions
from tests.agreements.making import agreement
from tests.agreements.proving import OFFICES, proof_of
from tests.agreements.test_paper import GIVEN, PDF, TEXT, given_by
from tongban import errors
from tongban.cli import tongban

A, B, C, _ = OFFICES


def run(*arguments: str, lang: str = "zh") -> tuple[int, str]:
    done = CliRunner().invoke(tongban, ["--lang", lang, "agreement", "verify", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "协议.pdf"
    path.write_bytes(PDF)
    return path


def test_a_print_is_verified_without_a_node(sheet: Path) -> None:
    code, said = run(str(sheet))
    assert code == 0
    assert said.startswith("核验通过\n《甲市与乙市跨省通办协议》(agreements/one),第 1 版\n")
    for office in (A, B):
        assert f"{office.name} 于 2025-06-01 09:00 (UTC+8) 签署" in said
        assert office.keys.signing_key_id in said
    assert "文本有 2 项待明确事项" in said
    assert "电话核对" in said
    code, said = run(str(sheet), lang="en")
    assert (code, said.splitlines()[0]) == (0, "Verified")


def test_the_text_that_was_signed_is_told_from_the_proof(sheet: Path) -> None:
    _, said = run(str(sheet), "--text")
    assert "- 来源未载明费用" not in run(str(sheet))[1]
    assert "来源未载明费用,请双方确定。" in said
    assert "## 条款 c1" in said


def test_a_proof_by_itself_and_a_qr_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "proof.tongban"
    path.write_bytes(proof.to_file(GIVEN.proof))
    assert run(str(path))[0] == 0
    code, said = run(printed.to_text(GIVEN.proof.printed))
    assert code == 0
    assert "2 方中 2 方已签署" in said
    assert f"{B.name} 于 2025-06-01 09:00 (UTC+8) 签署" in said


def test_missing_signatures_are_named_with_who_has_to_sign(tmp_path: Path) -> None:
    path = tmp_path / "proof.tongban"
    path.write_bytes(proof.to_file(proof_of(TEXT, [A])))
    code, said = run(str(path))
    assert code == 1
    assert said.startswith("签署不全;已有的签署核验无误\n")
    assert f"{B.name} 尚未签署:须由其签署" in said


def test_a_forged_signature_is_named_with_who_mends_it(tmp_path: Path) -> None:
    forged = proof_of(TEXT, [A, B])
    forged.signatures[1].signature.value = bytes(64)
    path = tmp_path / "proof.tongban"
    path.write_bytes(proof.to_file(forged))
    code, said = run(str(path))
    assert code == 1
    assert said.startswith("核验未通过\n")
    assert "proof.signatures[1] 有误" in said
    assert f"请{B.name}更正后重新出具" in said
    assert "wrong at proof.signatures[1]" in run(str(path), lang="en")[1]


def test_a_qr_of_another_agreement_beside_a_file(sheet: Path) -> None:
    text = type(TEXT)()
    text.CopyFrom(TEXT)
    text.name = "agreements/two"
    other = printed.to_text(given_by(text, 0, 1).proof.printed)
    assert run(other)[0] == 0
    code, said = run(str(sheet), "--qr", other)
    assert code == 1
    assert "agreements/two" in said
    assert run(str(sheet), "--qr", printed.to_text(GIVEN.proof.printed))[0] == 0


@pytest.mark.parametrize("given", ["no-such-file.pdf", "TBA1:", "TBA1:AAAA", "tba1:0189", "/", "x" * 5000, "a\0b", ""])
def test_what_is_neither_a_file_nor_a_qr_is_refused(given: str) -> None:
    code, said = run(given)
    assert code == 1
    assert "?" not in said


def test_roots_that_the_reader_knows_are_compared(sheet: Path) -> None:
    code = printed.to_text(GIVEN.proof.printed)
    for given in (str(sheet), code):
        assert (
            run(given, "--root", f"{A.name}={A.keys.fingerprint}", "--root", f"{B.name}={B.keys.fingerprint}")[0] == 0
        )
        wrong, said = run(given, "--root", f"{A.name}={B.keys.fingerprint}")
        assert wrong == 1
        assert said.startswith("核验未通过")
        assert f"{A.name} 的根密钥指纹与您所知的不符" in said
        assert run(given, "--root", f"{C.name}={C.keys.fingerprint}")[0] == 1
        for bad in ("x", "nodes/a=", "=00", "nodes/a=zz"):
            assert run(given, "--root", bad)[0] == 1


# Versions beside each other


def _amended() -> tuple[type(TEXT), ...]:  # type: ignore[valid-type]
    first, second, third = (type(TEXT).FromString(TEXT.SerializeToString()) for _ in range(3))
    second.document_version, second.title = 2, "第二版"
    third.document_version, third.title = 3, "第三版"
    return first, second, third


def test_the_amendment_or_the_present_text_is_laid_beside_the_one_before() -> None:
    first, second, third = _amended()
    state = agreement(second)
    state.past.add().document.CopyFrom(first)
    assert list(versions(state)) == [1, 2]
    assert compared(state)[:2] == (1, 2)
    state.amendment.document.CopyFrom(third)
    earlier, later, changes = compared(state)
    assert (earlier, later) == (2, 3)
    assert {change.path for change in changes} == {"document_version", "title"}
    assert compared(state, 1)[:2] == (1, 3)
    assert compared(state, 3, 1)[:2] == (3, 1)


def test_a_version_that_is_not_there_is_refused() -> None:
    first, *_ = _amended()
    for numbers in ((0, 0), (0, 7), (7, 1)):
        with pytest.raises(errors.FieldInvalid):
            compared(agreement(first), *numbers)
