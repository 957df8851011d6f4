"""Every reason says who failed, where, and what to do; and so does every door."""

from __future__ import annotations

import re

import pytest
from google.rpc import error_details_pb2

from tongban import errors
from tongban.errors import TongbanError, all_errors
from tongban.faults import EFFECT_WORDS, HOP_WORDS, PARTY_WORDS, Effect, Fault, Finding, Hop, Party
from tongban.faults.reasons import BY_REASON, CONDITIONS, fault_of, finding_of
from tongban.rpc.status import from_status, to_status
from tongban.v1 import reason_pb2

HAN = re.compile(r"[\u3400-\u9fff]")
JARGON = re.compile(r"epoch|TLS|DNS|stream|cursor|事件流|纪元|游标|摘要|化身|套接字|超时|握手", re.IGNORECASE)


def test_every_reason_has_its_entry() -> None:
    declared = {name.removeprefix("REASON_") for name in reason_pb2.Reason.keys()} - {"UNSPECIFIED"}  # noqa: SIM118
    assert declared <= set(BY_REASON), "name the party, the hop and the remedy in tongban/faults/reasons.yaml"
    assert {cls.reason() for cls in all_errors()} == declared
    assert not set(BY_REASON) & set(CONDITIONS)


@pytest.mark.parametrize("fault", [*BY_REASON.values(), *CONDITIONS.values()], ids=lambda fault: fault.code)
def test_every_remedy_is_a_plain_sentence_in_both_languages(fault: Fault) -> None:
    for zh, en in (fault.remedy, fault.what):
        assert fault.code in BY_REASON or zh
        assert not zh or HAN.search(zh)
        assert not zh or zh.endswith(("。", "}"))
        assert not HAN.search(en)
        assert not en or en.endswith((".", "}"))
        assert not JARGON.search(zh), "a clerk reads this"
        assert len(zh) <= 60
        assert set(re.findall(r"{(\w+)}", zh)) == set(re.findall(r"{(\w+)}", en))


def test_every_word_is_there() -> None:
    assert set(PARTY_WORDS) == set(Party)
    assert set(HOP_WORDS) == set(Hop)
    assert set(EFFECT_WORDS) == set(Effect)


@pytest.mark.parametrize("cls", all_errors(), ids=lambda cls: cls.__name__)
def test_any_stub_reads_who_failed(cls: type[TongbanError]) -> None:
    error = cls(field="some.field")
    status = to_status(error, Party.GATEWAY)
    info = error_details_pb2.ErrorInfo()
    status.details[0].Unpack(info)
    fault = fault_of(error, Party.GATEWAY)
    assert fault.party is not Party.SPEAKER
    assert (info.metadata["party"], info.metadata["hop"]) == (fault.party.value, fault.hop.value)
    back = from_status(status)
    assert back is not None
    assert fault_of(back) == fault, "what the peer said of itself is not turned round here"
    assert not {"party", "hop"} & set(back.facts)


def test_who_says_it_makes_the_difference() -> None:
    full = errors.StorageFull()
    assert (fault_of(full).party, fault_of(full).hop) == (Party.OWN_NODE, Hop.NODE)
    there = from_status(to_status(full, Party.GATEWAY))
    assert there is not None
    assert (fault_of(there).party, fault_of(there).hop) == (Party.GATEWAY, Hop.GATEWAY)


def test_a_reason_of_a_newer_version_has_the_entry_of_its_kind() -> None:
    error = errors.Overloaded.quoted("FROM_THE_FUTURE", "将来", "future")
    assert fault_of(error) == fault_of(errors.Overloaded())


def test_a_finding_fills_in_what_is_known() -> None:
    fault = Fault(
        "X", Party.PARTNER, Hop.PARTNER, ("请致电{title}。", "Call {title}."), ("{title}不在。", "{title} is away.")
    )
    found = Finding(fault, {"title": "漳州市", "title_en": "Zhangzhou"}, name="nodes/350600")
    assert (found.what(), found.remedy("en")) == ("漳州市不在。", "Call Zhangzhou.")
    assert (found.who(title="漳州市"), found.who("en", "Zhangzhou")) == (
        "对方节点 漳州市",
        "the partner node Zhangzhou",
    )
    assert Finding(fault).what() == "-不在。"
    said = finding_of(errors.NotTheDecider(decider="nodes/350600", author="nodes/445100", action="准予"))
    assert said.name == "nodes/350600"
    assert "准予" in said.what()
