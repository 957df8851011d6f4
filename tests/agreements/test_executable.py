"""From the seed's facts to texts and items that work: signed, they route; read, they say what they leave open."""

from __future__ import annotations

import hashlib

import pytest

from agreements import data
from agreements.documents import BUILDERS
from agreements.domain.agreements import missing_signatures
from agreements.domain.catalogue import ItemFolder
from agreements.domain.coverage import Coverage, Query
from agreements.domain.documents import check_parties, parse
from agreements.domain.fields import check_fields
from agreements.items import NODES, item_document, items_of, travelling_modes
from agreements.seed import Mode
from agreements.text import agreement_text, document_text
from tests.agreements.making import NOON, agreement, root_key
from tongban import errors
from tongban.v1 import directory_pb2, event_pb2, lifecycle_pb2, types_pb2

SEED = data.load()
NODE_STATES = {
    name: directory_pb2.Node(
        name=name,
        state=lifecycle_pb2.NODE_STATE_ACTIVE,
        root_public_key=root_key(name),
        profile=directory_pb2.NodeProfile(region=name.removeprefix("nodes/"), title=SEED.regions[region].name),
    )
    for name, region in NODES.items()
}
ITEMS = [
    directory_pb2.Item(name=document.name, state=lifecycle_pb2.ITEM_STATE_PUBLISHED, version=1, document=document)
    for node in NODES
    for document in items_of(SEED, node)
]
TEXTS = {name: build(SEED, NODE_STATES) for name, build in BUILDERS.items()}
TITLES = {each.name: each.document.title for each in ITEMS} | {n.name: n.profile.title for n in NODE_STATES.values()}


def route(item: str, accepting: str, kind: types_pb2.ApplicantKind = types_pb2.APPLICANT_KIND_PERSON) -> str:
    coverage = Coverage(map(agreement, TEXTS.values()), ITEMS, NODE_STATES.values())
    query = Query(f"items/{item}", accepting, kind, types_pb2.CHANNEL_WINDOW, NOON)
    found = coverage.find(query).route
    return f"{found.agreement}#{found.clause}>{found.decider}"


@pytest.mark.parametrize("name", BUILDERS)
def test_texts_are_whole_and_pin_the_nodes_root_keys(name: str) -> None:
    text = TEXTS[name]
    assert text.name == name
    assert parse(text.SerializeToString()) == text
    check_parties(text, NODE_STATES)
    assert text.parties[0].root_fingerprint == hashlib.sha256(root_key("nodes/350600")).digest()
    assert text.open_questions
    assert text.source
    published = {each.name for each in ITEMS}
    assert published.issuperset(item for clause in text.clauses for item in clause.items)
    with pytest.raises(errors.NodeNotFound):
        BUILDERS[name](SEED, {})


def test_what_the_source_leaves_open_about_the_three_cities_is_asked() -> None:
    text = TEXTS["agreements/zhangzhou-chaozhou-shantou"]
    asked = "\n".join(text.open_questions)
    for gap in ("2020-11-01", "汕头市(440500)", "66 项", "合计", "承诺时限", "有效期"):
        assert gap in asked
    assert [item.partition(".")[2] for item in text.clauses[0].items] == [
        item.id for item in SEED.items.values() if item.id.startswith("zz-x-")
    ]
    assert len(text.clauses[0].items) == 6


def test_the_demonstrations_filings_are_covered() -> None:
    legal = types_pb2.APPLICANT_KIND_LEGAL_PERSON
    taiwan = types_pb2.APPLICANT_KIND_TAIWAN_COMPATRIOT
    three_cities = "agreements/zhangzhou-chaozhou-shantou#zhangzhou-at-chaozhou>nodes/350600"
    assert route("350600.zz-x-company-set", "nodes/445100", legal) == three_cities
    assert route("350600.zz-x-hpf", "nodes/350128").startswith("agreements/fujian-province-wide#zhangzhou-at-pingtan>")
    permit = route("350600.tw-residence-permit", "nodes/350128", taiwan)
    assert permit == "agreements/fujian-province-wide#zhangzhou-taiwan-at-pingtan>nodes/350600"
    assert route("350128.tw-renew", "nodes/350600", taiwan).endswith("#pingtan-taiwan-at-zhangzhou>nodes/350128")
    # The Milan window is a post of 文成's own node, so its items need no agreement.
    assert route("330328.wc-hukou", "nodes/330328", types_pb2.APPLICANT_KIND_OVERSEAS_CHINESE) == "#>nodes/330328"


def test_what_is_outside_is_refused_by_name() -> None:
    with pytest.raises(errors.ItemNotCovered) as caught:
        route("350600.tw-settle", "nodes/445100")
    assert "企业设立登记" in caught.value.text()
    with pytest.raises(errors.NoAgreementInForce):
        route("330328.wc-hukou", "nodes/350600")
    with pytest.raises(errors.AuthorityHasNoNode):
        route("440500.anything", "nodes/350600")
    with pytest.raises(errors.ApplicantNotCovered):
        route("350600.tw-residence-permit", "nodes/350128")


def test_every_item_of_the_demonstration_may_be_published() -> None:
    assert {node: len(items_of(SEED, node)) for node in NODES} == {
        "nodes/350600": 15,
        "nodes/445100": 0,
        "nodes/350128": 18,
        "nodes/330328": 10,
    }
    assert items_of(SEED, "nodes/110000") == ()
    folder = ItemFolder()
    for state in ITEMS:
        document = state.document
        check_fields(document, "document")
        event = event_pb2.Event(stream=document.name, author=document.home)
        event.item_published.document.CopyFrom(document)
        assert folder.roles(None, event)
        folder.check(None, event)


def test_every_item_of_the_seed_makes_a_document() -> None:
    for item in SEED.items.values():
        document = item_document(item, "nodes/350600")
        check_fields(document, "document")
        assert document.promised_working_days == (item.promised_days or 0)
    assert item_document(SEED.items["tw-residence-permit"], "nodes/350600").promised_working_days == 5
    assert {mode for item in SEED.items.values() for mode in item.modes} <= set(Mode)


def test_only_items_that_paper_may_travel_for_ask_for_an_original() -> None:
    for item in SEED.items.values():
        document = item_document(item, "nodes/350600")
        codes = [material.code for material in document.materials]
        assert ("application-original" in codes) == (types_pb2.MODE_AGENT in travelling_modes(item))
        assert any("表单" in question for question in document.open_questions)
        assert not any(m.required for m in document.materials if types_pb2.MATERIAL_FORM_ORIGINAL in m.forms)


@pytest.mark.parametrize("name", BUILDERS)
def test_a_reader_sees_everything_that_is_signed(name: str) -> None:
    text = TEXTS[name]
    shown = document_text(text, TITLES)
    seen = [text.title, text.name, text.source, *text.open_questions]
    for clause in text.clauses:
        seen += [clause.id, *clause.items, *(TITLES[item] for item in clause.items), TITLES[clause.home]]
    for party in text.parties:
        seen += [party.region, party.root_fingerprint.hex(" ", 4)]
    assert [each for each in seen if each not in shown] == []
    assert "?" not in shown


def test_a_reader_sees_who_signed_and_what_stopped_it() -> None:
    text = TEXTS["agreements/fujian-province-wide"]
    waiting = agreement(text, signed=["nodes/350600"])
    assert missing_signatures(waiting) == ("nodes/350128",)
    assert "平潭综合实验区(nodes/350128):尚未签署" in agreement_text(waiting, TITLES)
    assert "自 2025-06-15 12:00 起中止,此前收件也不再接收。" in agreement_text(agreement(text, suspend=NOON))
    honoured = agreement_text(agreement(text, suspend=NOON, honour=NOON))
    assert "此前收件在 2025-06-15 12:00 前仍予承认" in honoured
    assert "自 2025-06-15 起终止。" in agreement_text(agreement(text, terminate=NOON.date()))


def test_with_a_node_the_province_issues_its_scheme_alone() -> None:
    province = directory_pb2.Node(
        name="nodes/350000",
        state=lifecycle_pb2.NODE_STATE_ACTIVE,
        root_public_key=root_key("nodes/350000"),
        profile=directory_pb2.NodeProfile(region="350000", title="福建省"),
    )
    text = BUILDERS["agreements/fujian-province-wide"](SEED, {**NODE_STATES, province.name: province})
    assert text.issuer == province.name
    assert text.name == "agreements/fujian-province-mandate"
