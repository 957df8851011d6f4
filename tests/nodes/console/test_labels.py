"""The dictionary is whole, and so is every list of the contract's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from google.protobuf.descriptor import EnumDescriptor

from mailroom.domain.codes import ExceptionCode
from nodes.console import labels
from nodes.console.actions import _STEPS
from nodes.console.menu import _MENU
from nodes.console.pages import agreement_steps, scan, shelf
from nodes.console.pages.cases import LISTS, NAMES
from nodes.console.pages.drafting import FORMS
from nodes.console.pages.drafting import STEPS as PROPOSING
from nodes.console.pages.home import _WORK, LATE_CASES, OWN_CASES, TO_DO, TO_SIGN
from nodes.console.pages.mail_prints import ADDRESS, ENDS
from tongban.errors import FieldInvalid
from tongban.v1 import lifecycle_pb2, parcel_pb2, types_pb2

TEMPLATES = Path(labels.__file__).parent / "templates"
HAN = re.compile(r"[\u3400-\u9fff]")
SAID = (
    re.compile(r"_\('([^']+)'"),
    re.compile(r"else '([^']+)'\)"),
    re.compile(r"hint='([^']+)'"),
    re.compile(r"\b(?:field|area|select)\('[\w-]+', '([^']+)'"),
    re.compile(r"application_rows\([\w.]+, '([^']+)'"),
)


def said() -> set[str]:
    found = {
        m for path in TEMPLATES.rglob("*.html") for pattern in SAID for m in pattern.findall(path.read_text("utf-8"))
    }
    found |= {title for _, title, entries in _MENU for title in (title, *(label for _, label in entries)) if title}
    found |= {action.title for _, _, action in _STEPS} | {"装包寄送", "换取件码", "接收", "拆封", "逐件核对", "交寄"}
    found |= {step.title for step in agreement_steps.ALL} | {
        TO_SIGN,
        OWN_CASES,
        LATE_CASES,
        *LISTS.values(),
        *NAMES.values(),
        *FORMS.values(),
        *PROPOSING.values(),
    }
    found |= {title for _, title, _, _ in _WORK} | {title for title, _, _ in TO_DO.values()}
    found |= {title for _, title in scan.MODES} | {word for _, word in ADDRESS} | {word for _, word in ENDS}
    found |= {"改寄", "预约交寄", "撤销预约", "补面单照片", "记录承运方消息", "没有说", "没有第二人"}
    for named in (labels.CARRIER_WORDS, labels.SIGNED_BY, labels.REDIRECTS, shelf.KINDS):
        found |= set(named.values())
    tables = (labels.FORMS, labels.PURPOSES, labels.OUTCOMES, labels.NODE_ROLES, labels.CARRIERS, labels.DEFECTS)
    more = (labels.REASONS, labels.STEPS, labels.EXCEPTIONS, labels.IDENTITY_NAMES, labels.FIELDS, labels.ROLES)
    for table in (*tables, *more, labels.MODES, labels.APPLICANT_KINDS, *labels.STATES.values()):
        assert isinstance(table, Mapping)
        found |= set(table.values())
    choices = (labels.NOT_SURRENDERED, labels.MANDATE_CHOICES, labels.VOID_REASONS, labels.RELEASE_REASONS)
    found |= {title for options in choices for _, title in options} | set(labels.OLD_PAPERS.values())
    found |= {"打印证照", "电子送达", "收回旧证", "退还原件", "缴销"}
    return {text for text in found if HAN.search(text)}


def test_every_label_has_its_english() -> None:
    assert said() - set(labels.ENGLISH) == set()
    assert not [text for text in labels.ENGLISH.values() if HAN.search(text)]


@pytest.mark.parametrize(
    ("words", "enum"),
    [
        (labels.STATES["applications"], lifecycle_pb2.ApplicationState.DESCRIPTOR),
        (labels.STATES["parcels"], lifecycle_pb2.ParcelState.DESCRIPTOR),
        (labels.STATES["agreements"], lifecycle_pb2.AgreementState.DESCRIPTOR),
        (labels.STATES["nodes"], lifecycle_pb2.NodeState.DESCRIPTOR),
        (labels.FORMS, types_pb2.MaterialForm.DESCRIPTOR),
        (labels.PURPOSES, parcel_pb2.ParcelPurpose.DESCRIPTOR),
        (labels.OUTCOMES, parcel_pb2.CheckOutcome.DESCRIPTOR),
        (labels.MODES, types_pb2.Mode.DESCRIPTOR),
        (labels.APPLICANT_KINDS, types_pb2.ApplicantKind.DESCRIPTOR),
    ],
)
def test_every_value_of_the_contract_has_its_word(words: dict[int, str], enum: EnumDescriptor) -> None:
    assert set(words) == set(enum.values_by_number) - {0}


def test_every_exception_has_its_word() -> None:
    assert {code.value for code in ExceptionCode} <= set(labels.EXCEPTIONS)


@pytest.mark.parametrize(
    ("fact", "chinese", "english"),
    [
        ("居民身份证号码 (resident identity card number)", "居民身份证号码", "resident identity card number"),
        ("纸质、电子至少一种 / paper, electronic, or both", "纸质、电子至少一种", "paper, electronic, or both"),
        ("SEAL-1, SEAL-2", "SEAL-1, SEAL-2", "SEAL-1, SEAL-2"),
        ("漳州市(nodes/350600)等", "漳州市(nodes/350600)等", "漳州市(nodes/350600)等"),
    ],
)
def test_a_reader_gets_one_language(fact: str, chinese: str, english: str) -> None:
    error = FieldInvalid(field="x", problem=fact)
    assert error.text("zh") == f"“x”填写有误:{chinese}。请改正后重新提交。"
    assert error.text("en") == f"Field x is not valid: {english}. Correct it and send again."
