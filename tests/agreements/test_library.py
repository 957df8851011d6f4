"""All agreements, items and pools that the sources name: loaded together, each answers, and none says too much."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from agreements import data, seed, written
from agreements.domain import documents
from agreements.domain.catalogue import ItemFolder, check_words
from agreements.domain.coverage import Coverage, Query
from agreements.domain.fields import check_fields
from agreements.domain.terms import Moment
from agreements.items import all_items
from agreements.library import BUILDERS, RECORDS, Basis, Omission, build, build_all
from agreements.library.expected import expected_nodes
from agreements.library.pools import UNPLACED, item_pools, parts
from agreements.text import document_text
from tests.agreements.library import BASIS, ITEMS, NAMED_ONLY, NODES, OUTSIDE, SEED, STAND_INS, TEXTS, TITLES, signed
from tests.agreements.library import answered as with_answers
from tests.agreements.making import NOON
from tongban import errors
from tongban.local_numbers import node_code
from tongban.v1 import agreement_pb2, application_pb2, directory_pb2, event_pb2, lifecycle_pb2, types_pb2

RAW = {file: yaml.safe_load(data.read(file)) for file in (seed.ITEMS_FILE, seed.AGREEMENTS_FILE)}
CODES = 990000000000
ANSWERED = {name: with_answers(text, CODES + 20 * place) for place, (name, text) in enumerate(TEXTS.items())}
LOADED = Coverage(map(signed, TEXTS.values()), ITEMS.values(), NODES.values())
CLAUSES = [(text.name, clause.id) for text in TEXTS.values() for clause in text.clauses]
NOT_COVERED = (
    errors.NoAgreementInForce,
    errors.ItemNotCovered,
    errors.PartyNotBound,
)


def clause_of(texts: dict[str, agreement_pb2.AgreementDocument], name: str, id: str) -> agreement_pb2.Clause:
    return next(clause for clause in texts[name].clauses if clause.id == id)


def question(clause: agreement_pb2.Clause, item: str, accepting: str, **changed: object) -> Query:
    asked: dict[str, object] = {
        "item": item,
        "accepting": accepting,
        "applicant_kind": clause.applicant_kinds[0] if clause.applicant_kinds else types_pb2.APPLICANT_KIND_PERSON,
        "channel": clause.channels[0] if clause.channels else types_pb2.CHANNEL_WINDOW,
        "instant": NOON,
        "mode": clause.modes[0],
    }
    return Query(**{**asked, **changed})  # type: ignore[arg-type] # a test's own keywords


def homes(text: agreement_pb2.AgreementDocument, clause: agreement_pb2.Clause) -> list[str]:
    if clause.home:
        return [clause.home]
    return sorted(LOADED.under(text.issuer)) if text.issuer else [party.node for party in text.parties]


def windows(text: agreement_pb2.AgreementDocument, clause: agreement_pb2.Clause) -> list[str]:
    if clause.accepting:
        return list(clause.accepting)
    return sorted(LOADED.under(text.issuer)) if text.issuer else [party.node for party in text.parties]


def routes(
    coverage: Coverage, text: agreement_pb2.AgreementDocument, clause: agreement_pb2.Clause, item: str
) -> Iterator[application_pb2.Route]:
    """The routes by this clause, one for each window at which it wins."""
    for window in windows(text, clause):
        if window != documents.owner_of(item):
            route = coverage.find(question(clause, item, window)).route
            if (route.agreement, route.clause) == (text.name, clause.id):
                yield route


def test_everything_that_the_files_hold_is_loaded() -> None:
    made = list(build_all(BASIS))
    assert len(made) == len(RAW[seed.AGREEMENTS_FILE]["agreements"]) == len(BUILDERS) + len(RECORDS)
    assert len(all_items(SEED)) == len(RAW[seed.ITEMS_FILE]["items"])
    assert len({item.name for item in all_items(SEED)}) == len(SEED.items)
    assert len(item_pools(SEED)) == len(RAW[seed.ITEMS_FILE]["pools"])
    assert {each.id for each in made if isinstance(each, Omission)} == set(RECORDS)
    assert sum(clause.decider == types_pb2.DECIDER_ACCEPTING for t in TEXTS.values() for clause in t.clauses) > 0


def test_each_body_has_a_node_id_of_its_own_that_numbers_can_carry() -> None:
    codes = [node_code(name.removeprefix("nodes/")) for name in NODES]
    assert len(set(codes)) == len(codes)
    assert NODES.keys() <= expected_nodes(SEED, [n.name for nodes in STAND_INS.values() for n in nodes]).keys()


def test_what_is_no_text_is_listed_with_its_reason() -> None:
    assert RECORDS.keys().isdisjoint(BUILDERS)
    assert all(len(reason) > 10 for reason in RECORDS.values())
    unsigned = [each for each in build_all(NAMED_ONLY) if isinstance(each, Omission) and each.id not in RECORDS]
    assert {each.id for each in unsigned} == set(STAND_INS)
    assert all("未列名或尚未接入" in each.reason for each in unsigned)
    empty = [build(Basis(SEED, {}, BASIS.drafted), id) for id in SEED.agreements]
    assert all(isinstance(each, Omission) for each in empty)


def test_a_text_whose_source_names_no_day_needs_one() -> None:
    with pytest.raises(ValueError, match="ag-jm-1"):
        build(Basis(SEED, NODES), "ag-jm-1")


def test_every_number_of_the_pools_stands_in_a_text_or_is_accounted_for() -> None:
    placed = {pool.id: pool.stated_count for text in TEXTS.values() for pool in text.pools if pool.id in parts(SEED)}
    # 66 stand once for each pair of cities, under the pair's own name.
    three = TEXTS["agreements/zhangzhou-chaozhou-shantou"]
    assert {pool.stated_count for pool in three.pools} == {parts(SEED)["zz-chaoshan"].count}
    placed["zz-chaoshan"] = three.pools[0].stated_count
    assert placed.keys() | UNPLACED.keys() == parts(SEED).keys()
    assert placed.keys().isdisjoint(UNPLACED)
    assert all(parts(SEED)[id].count == count for id, count in placed.items())
    assert [p.stated_count for pools in item_pools(SEED).values() for p in pools] == [
        part.count for pool in SEED.pools for part in pool.parts
    ]
    for pool in (pool for text in TEXTS.values() for pool in text.pools):
        assert not pool.base_codes, "no source gives a code"


@pytest.mark.parametrize("name", TEXTS)
def test_each_text_is_whole_and_asks(name: str) -> None:
    text = TEXTS[name]
    assert documents.parse(text.SerializeToString()) == text
    documents.check_parties(text, NODES)
    documents.check_items(text, ITEMS)
    assert any("暂以" in asked for asked in text.open_questions)
    assert any("承诺时限" in asked for asked in text.open_questions)
    assert text.source
    shown = document_text(text, TITLES)
    told = [text.title, text.source, *text.open_questions, *(TITLES[i] for c in text.clauses for i in c.items)]
    assert [each for each in told if each not in shown] == []
    assert written.read(written.write(text).encode()).document == text


@pytest.mark.parametrize(("name", "id"), CLAUSES)
def test_each_clause_covers_what_it_names_and_nothing_outside(name: str, id: str) -> None:
    text, clause = TEXTS[name], clause_of(dict(TEXTS), name, id)
    for item in clause.items:
        found = list(routes(LOADED, text, clause, item))
        assert found, f"{item} is taken in nowhere by {name}#{id}"
        home = documents.owner_of(item)
        decides_home = clause.decider == types_pb2.DECIDER_HOME
        assert all(route.decider == (home if decides_home else route.accepting) for route in found)
        with pytest.raises(NOT_COVERED):
            LOADED.find(question(clause, item, OUTSIDE))
    if not clause.items:
        assert clause.pools
        compiled = [
            c for c in LOADED.between(*_pair(text, clause), Moment.of(NOON)) if (c.accord.name, c.id) == (name, id)
        ]
        assert all(list(LOADED.items_of(each)) == [] for each in compiled)


@pytest.mark.parametrize(("name", "id"), [each for each in CLAUSES if clause_of(dict(TEXTS), *each).pools])
def test_each_pool_takes_in_once_its_parties_have_listed_it(name: str, id: str) -> None:
    text, clause = ANSWERED[name], clause_of(ANSWERED, name, id)
    home, _ = _pair(text, clause)
    codes = {pool.id: pool.base_codes[0] for pool in text.pools}
    coverage = Coverage([signed(text)], ITEMS.values(), NODES.values())
    for pool in clause.pools:
        item = f"items/{home.removeprefix('nodes/')}.answered"
        document = directory_pb2.ItemDocument(
            name=item, home=home, title="已列明的事项", modes=clause.modes, base_code=codes[pool]
        )
        coverage.with_item(published(document))
        assert list(routes(coverage, text, clause, item)), f"{pool} of {name}#{id} is taken in nowhere"
        with pytest.raises(NOT_COVERED):
            coverage.find(question(clause, item, OUTSIDE))
        # As the source leaves it, the same item is taken in nowhere.
        LOADED.with_item(published(document))
        with pytest.raises(NOT_COVERED):
            LOADED.find(question(clause, item, next(w for w in windows(text, clause) if w != home)))
        LOADED.without(item)


def published(document: directory_pb2.ItemDocument) -> directory_pb2.Item:
    return directory_pb2.Item(
        name=document.name, state=lifecycle_pb2.ITEM_STATE_PUBLISHED, version=1, document=document
    )


def _pair(text: agreement_pb2.AgreementDocument, clause: agreement_pb2.Clause) -> tuple[str, str]:
    home = homes(text, clause)[0]
    return home, next(window for window in windows(text, clause) if window != home)


def test_the_windows_that_need_no_text_work_without_one() -> None:
    kind = types_pb2.APPLICANT_KIND_OVERSEAS_CHINESE
    for item, channel in (("wc-hukou", types_pb2.CHANNEL_OVERSEAS), ("wc-phone", types_pb2.CHANNEL_MOBILE)):
        route = LOADED.find(Query(f"items/330328.{item}", "nodes/330328", kind, channel, NOON)).route
        assert (route.agreement, route.decider) == ("", "nodes/330328")


def test_the_one_seal_of_putian_is_answered_for_by_its_home() -> None:
    text = TEXTS["agreements/putian-one-seal"]
    (clause,) = text.clauses
    route = next(routes(LOADED, text, clause, clause.items[0]))
    assert route.decider == route.accepting != route.home == clause.seal.answers
    fact = SEED.agreements["ag-pt-qytb"]
    assert str(fact.facts["liability"]) in (clause.seal.appeal, clause.liability.rstrip("。"))
    assert f"{fact.facts['seals']} 枚" in "\n".join(text.open_questions)
    query = question(clause, clause.items[0], route.accepting, collecting="nodes/350300")
    assert LOADED.find(query).route.collecting == "nodes/350300"
    with pytest.raises(errors.TongbanError):
        LOADED.find(question(clause, clause.items[0], route.accepting, collecting=OUTSIDE))


def test_a_bank_takes_in_and_decides_nothing() -> None:
    for text in (TEXTS["agreements/zhangzhou-zone-icbc"], TEXTS["agreements/lingchuan-bank"]):
        banks = {party.node for party in text.parties[1:]}
        for clause in text.clauses:
            assert set(clause.accepting) == banks
            assert clause.home not in banks
            assert clause.decider == types_pb2.DECIDER_HOME


def test_a_mandate_binds_whoever_stands_under_its_issuer() -> None:
    for name in ("fujian-province-mandate", "fujian-self-service-mandate", "putian-linked", "putian-one-seal"):
        text = TEXTS[f"agreements/{name}"]
        assert documents.is_mandate(text)
        assert [party.node for party in text.parties] == [text.issuer]
    query = Query(
        "items/350600.zz-x-hpf",
        "nodes/350526",
        types_pb2.APPLICANT_KIND_PERSON,
        types_pb2.CHANNEL_WINDOW,
        NOON,
    )
    assert LOADED.find(query).route.agreement == "agreements/fujian-province-mandate"


def test_every_item_may_be_published_by_its_authority() -> None:
    folder = ItemFolder()
    for document in (state.document for state in ITEMS.values()):
        assert document.home in NODES
        check_fields(document, "document")
        check_words(document)
        event = event_pb2.Event(stream=document.name, author=document.home)
        event.item_published.document.CopyFrom(document)
        assert folder.roles(None, event)
        folder.check(None, event)
        assert document.open_questions
        assert document.source


def test_kinds_and_results_are_what_the_sources_say() -> None:
    by_id = {item.name.partition(".")[2]: item for item in all_items(SEED)}
    assert by_id["timber"].kind == directory_pb2.ITEM_KIND_LICENCE
    assert by_id["marriage"].kind == directory_pb2.ITEM_KIND_UNSPECIFIED
    permit = by_id["tw-residence-permit"]
    assert (permit.promised_working_days, permit.legal_working_days) == (5, 20)
    said = {item.id for item in SEED.items.values() if {"result", "result_form"} & item.facts.keys()}
    assert {id for id, item in by_id.items() if item.results} == said | {"tw-qual"}
    national, other = by_id["tw-qual"].results
    assert national.validity == directory_pb2.VALIDITY_AREA_NATIONAL
    assert other.validity == directory_pb2.VALIDITY_AREA_UNSPECIFIED
    conditioned = {item.id for item in SEED.items.values() if "conditions" in item.facts}
    assert {id for id, item in by_id.items() if item.conditions} == conditioned
    assert [m.title for m in by_id["timber"].materials if m.code.startswith("named-")] == ["简易设计材料", "权属证明"]
