"""The print of an agreement: everything on it, the proof in it, and nothing that a broken file can do to its reader."""

from __future__ import annotations

import io
import random
import re

import pypdf
import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from agreements.domain import printed, proof
from agreements.domain.documents import document_digest
from agreements.paper import to_pdf
from agreements.paper.content import content
from agreements.paper.reader import MAXIMUM_BYTES, PROOF_NAME, proof_in
from tests.agreements.making import agreement
from tests.agreements.proving import OFFICES, proof_of, text_of
from tongban import errors
from tongban.paper import typesetting
from tongban.paper.typography import typographic
from tongban.v1 import agreement_pb2, registry_pb2

A, B, C, D = OFFICES
TITLES = {"nodes/a": "甲市", "nodes/b": "乙市", "items/a.x": "公司设立登记"}


def given_by(
    text: agreement_pb2.AgreementDocument, *signed: int, state: agreement_pb2.Agreement | None = None
) -> registry_pb2.GetAgreementProofResponse:
    offices = [OFFICES[place] for place in signed]
    return registry_pb2.GetAgreementProofResponse(
        proof=proof_of(text, offices, printer=A),
        agreement=state or agreement(text, signed=[office.name for office in offices]),
        titles=[registry_pb2.ResourceTitle(name=name, title=title) for name, title in TITLES.items()],
    )


TEXT = text_of(OFFICES[:2], title="甲市与乙市跨省通办协议")
TEXT.open_questions.extend(["来源未载明费用,请双方确定。", "期限待定。"])
TEXT.clauses[0].liability = "各负其责。\n## 条款 假的"
GIVEN = given_by(TEXT, 0, 1)
PDF = to_pdf(GIVEN)


def words(raw: bytes) -> str:
    """All that the pages say, without the breaks of lines and the invisible marks between words."""
    pages = pypdf.PdfReader(io.BytesIO(raw)).pages
    return re.sub(r"[\s\u200b]", "", "".join(page.extract_text() for page in pages))


def test_the_pages_say_what_was_signed_by_whom_and_what_is_open() -> None:
    said = words(PDF)
    for each in (
        "甲市与乙市跨省通办协议",
        "agreements/one",
        "条款c1",
        typographic("公司设立登记(items/a.x)"),
        "本文本有2项待明确事项",
        typographic("来源未载明费用,请双方确定。"),
        "甲市",
        A.keys.signing_key_id,
        B.keys.signing_key_id,
        *(party.root_fingerprint.hex() for party in TEXT.parties),
        document_digest(TEXT.SerializeToString()).hex(),
        "已签署",
        "离线核验",
    ):
        assert each in said, each
    assert "尚未签署" not in said
    assert "未生效" not in said


def test_every_page_has_its_number_and_the_digest() -> None:
    pages = pypdf.PdfReader(io.BytesIO(PDF)).pages
    digest = document_digest(TEXT.SerializeToString()).hex()
    for number, page in enumerate(pages, 1):
        said = re.sub(r"\s", "", page.extract_text())
        assert f"第{number}页\uff0c共{len(pages)}页" in said
        assert digest in said
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)  # A4


def test_it_is_the_archives_form_of_pdf_with_its_fonts_and_the_proof_in_it() -> None:
    reader = pypdf.PdfReader(io.BytesIO(PDF))
    assert b"<pdfaid:part>3</pdfaid:part>" in reader.xmp_metadata.stream.get_data()  # type: ignore[union-attr]
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert "/FontFile3" in descriptor
        assert re.match(r"/[A-Z]{6}\+", font["/BaseFont"])  # a subset
    assert list(reader.attachments) == [PROOF_NAME]
    assert proof.verify(proof.from_file(proof_in(PDF))).whole
    assert len(PDF) < 300_000


def test_equal_input_gives_equal_bytes() -> None:
    assert to_pdf(GIVEN) == PDF


def test_what_keeps_a_text_from_binding_is_said() -> None:
    waiting = words(to_pdf(given_by(text_of(OFFICES[:3]), 1)))
    assert "尚缺签署" in waiting
    assert waiting.count("尚未签署") >= 2
    state = agreement(TEXT)
    state.amendment.document.CopyFrom(TEXT)
    state.amendment.document_digest = document_digest(TEXT.SerializeToString())
    state.document_digest = bytes(32)
    assert "待签署的修订" in words(to_pdf(given_by(TEXT, 0, 1, state=state)))


def test_a_proof_with_a_flaw_is_not_printed() -> None:
    broken = registry_pb2.GetAgreementProofResponse()
    broken.CopyFrom(GIVEN)
    broken.proof.signatures[1].CopyFrom(C.signs(TEXT))
    with pytest.raises(errors.FieldInvalid) as caught:
        to_pdf(broken)
    assert caught.value.field == "proof.signatures[1]"
    broken.CopyFrom(GIVEN)
    broken.proof.ClearField("printed")
    with pytest.raises(errors.FieldInvalid):
        to_pdf(broken)


def test_a_character_that_no_font_has_is_written_out() -> None:
    rare = text_of(OFFICES[:2], title="𠀀𱍊镇与😀\ue000u0")
    assert typographic("‹U+20000›‹U+3134A›镇与‹U+1F600›‹U+E000›u0") in words(to_pdf(given_by(rare, 0, 1)))


def test_nothing_in_a_text_is_run_by_the_typesetter() -> None:
    hostile = text_of(OFFICES[:2], title='#panic("x") \\u{41} $x$ @y <z> = 题')
    hostile.clauses[0].liability = '#read("/etc/passwd")\n]#pdf.attach("x", bytes(()))['
    made = to_pdf(given_by(hostile, 0, 1))
    assert "#panic(" in words(made)
    assert '#read("/etc/passwd")' in words(made)
    assert list(pypdf.PdfReader(io.BytesIO(made)).attachments) == [PROOF_NAME]


def test_a_long_agreement_goes_over_many_pages() -> None:
    long = text_of(OFFICES[:2])
    long.clauses[0].items.extend(f"items/a.{number:05}" for number in range(600))
    long.clauses[0].printing.extend(f"nodes/printing-{number:04}" for number in range(450))
    long.clauses[0].liability = "各负其责。\n" * 160
    made = to_pdf(given_by(long, 0, 1))
    assert all(f"nodes/printing-{number:04}" in words(made) for number in (0, 400, 449))
    assert words(made).count("各负其责") == 160
    assert len(pypdf.PdfReader(io.BytesIO(made)).pages) > 10
    assert all(f"items/a.{number:05}" in words(made) for number in (0, 300, 599))


def test_the_qr_on_the_page_is_read_and_verifies() -> None:
    shown = content(GIVEN)
    code = segno.make(shown.qr_text, error="l", micro=False)
    rows = [bytes(255 - 255 * dark for dark in row) for row in code.matrix_iter(scale=3, border=4)]
    picture = memoryview(b"".join(rows)).cast("B", (len(rows), len(rows[0])))
    [read] = zxingcpp.read_barcodes(picture)
    assert read.text == shown.qr_text
    assert printed.verify(printed.from_text(read.text)).flaws == ()
    assert "svg" in shown.qr


def test_no_fonts_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "FONT_PACKAGE", "no_such_fonts")
    with pytest.raises(errors.ConfigurationInvalid) as caught:
        to_pdf(GIVEN)
    assert "no-such-fonts" in caught.value.text("zh")


@pytest.mark.parametrize(
    ("typed", "set_as"),
    [
        ("甲(乙),丙:丁;戊?", "甲\uff08乙\uff09\uff0c丙\uff1a丁\uff1b戊\uff1f"),
        ("甲市(nodes/a)", "甲市\uff08nodes/a\uff09"),
        ("登记(商事)(items/a.x)", "登记\uff08商事\uff09\uff08items/a.x\uff09"),
        ("09:00, f(x) and (y); a:b", "09:00, f(x) and (y); a:b"),
        ("(甲", "(甲"),
        (")(", ")("),
    ],
)
def test_punctuation_is_full_width_beside_chinese(typed: str, set_as: str) -> None:
    assert typographic(typed) == set_as


@given(st.text(alphabet="甲乙(),:;?!a1 。", max_size=40))
def test_nothing_but_the_width_changes(text: str) -> None:
    narrow = {0xFF00 + place: 0x20 + place for place in range(1, 0x40)}
    assert typographic(text).translate(narrow) == text


# Files that somebody was given


def _whole(raw: bytes) -> bool:
    try:
        return proof.verify(proof.from_file(proof_in(raw))).whole
    except errors.TongbanError:
        return False


@pytest.mark.slow
def test_a_pdf_that_was_changed_never_does_more_than_be_refused() -> None:
    chance = random.Random(22)
    whole = proof.from_file(proof_in(PDF))
    for _ in range(150):
        changed = bytearray(PDF)
        for _ in range(chance.randrange(1, 6)):
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        raw = bytes(changed)
        # A changed picture, or a changed font, is no change of the proof; whatever counts as whole is this very one.
        assert not _whole(raw) or proof.from_file(proof_in(raw)) == whole
    for size in range(0, len(PDF), len(PDF) // 20):
        assert not _whole(PDF[:size])


def test_a_pdf_without_a_proof_or_with_two_is_refused() -> None:
    plain = pypdf.PdfWriter()
    plain.add_blank_page(100, 100)
    out = io.BytesIO()
    plain.write(out)
    two = pypdf.PdfWriter(clone_from=io.BytesIO(PDF))
    two.add_attachment(PROOF_NAME, proof.to_file(proof_of(TEXT, [A])))
    both = io.BytesIO()
    two.write(both)
    for raw in (out.getvalue(), both.getvalue(), b"%PDF-1.7", b"%PDF-" + bytes(1000)):
        with pytest.raises(errors.MessageMalformed):
            proof_in(raw)


def test_what_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(errors.MessageTooLarge):
        proof_in(b"%PDF-" + bytes(MAXIMUM_BYTES))
    bomb = pypdf.PdfWriter()
    bomb.add_blank_page(100, 100)
    bomb.add_attachment(PROOF_NAME, bytes(proof.MAXIMUM_BYTES + 1))
    out = io.BytesIO()
    bomb.write(out)
    with pytest.raises(errors.MessageTooLarge):
        proof_in(out.getvalue())


@given(st.binary(max_size=400))
def test_no_file_makes_more_than_a_refusal(raw: bytes) -> None:
    assert not _whole(raw)
    assert not _whole(b"%PDF-1.7\n" + raw)
