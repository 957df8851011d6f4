"""What a clerk is told: each refusal with what would be allowed instead, and which of several agreements wins."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from agreements.domain.coverage import Coverage, Query, check_filed, check_route
from tests.agreements.making import NOON, agreement, clause, document, item, node, nodes
from tongban import errors
from tongban.v1 import agreement_pb2, application_pb2, directory_pb2, lifecycle_pb2, types_pb2

DAY = dt.timedelta(days=1)
ASK = Query(
    item="items/a.x",
    accepting="nodes/b",
    applicant_kind=types_pb2.APPLICANT_KIND_PERSON,
    channel=types_pb2.CHANNEL_WINDOW,
    instant=NOON,
)


def world(*agreements: agreement_pb2.Agreement, items: list[directory_pb2.Item] | None = None) -> Coverage:
    return Coverage(agreements, items or [item("items/a.x"), item("items/a.y")], nodes())


def refusal(coverage: Coverage, kind: type[errors.TongbanError], **changes: Any) -> errors.TongbanError:
    with pytest.raises(kind) as caught:
        coverage.find(dataclasses.replace(ASK, **changes))
    assert type(caught.value) is kind
    return caught.value


def route(coverage: Coverage, **changes: Any) -> application_pb2.Route:
    return coverage.find(dataclasses.replace(ASK, **changes)).route


def test_the_route_cites_agreement_version_clause_and_decider() -> None:
    covered = world(agreement(document(clause(promised=5), version=3)), items=[item(version=7, promised=9)]).find(ASK)
    assert covered.route == application_pb2.Route(
        item="items/a.x",
        item_version=7,
        accepting="nodes/b",
        home="nodes/a",
        decider="nodes/a",
        collecting="nodes/b",
        agreement="agreements/one",
        agreement_version=3,
        clause="c1",
        mode=types_pb2.MODE_AGENT,
        channel=types_pb2.CHANNEL_WINDOW,
        applicant_kind=types_pb2.APPLICANT_KIND_PERSON,
    )
    assert covered.clause is not None
    assert (covered.clause.paper, covered.clause.offline_hours, covered.promised_working_days) == (True, 168, 5)
    on_authority = world(agreement(document(clause(decider=types_pb2.DECIDER_ACCEPTING))), items=[item(promised=9)])
    assert route(on_authority).decider == "nodes/b"
    assert on_authority.find(ASK).promised_working_days == 9


def test_own_items_need_no_agreement() -> None:
    own = world().find(dataclasses.replace(ASK, accepting="nodes/a"))
    assert own.clause is None
    assert (own.route.agreement, own.route.agreement_version, own.route.clause) == ("", 0, "")
    assert (own.route.decider, own.route.collecting, own.route.mode) == ("nodes/a", "nodes/a", types_pb2.MODE_AGENT)
    no_mode = refusal(world(), errors.ModeNotCovered, accepting="nodes/a", mode=types_pb2.MODE_JOINT)
    assert no_mode.facts["allowed"] == "异地代收代办、全程网办"
    refusal(world(), errors.CollectingNotCovered, accepting="nodes/a", collecting="nodes/b")


def test_mode_left_open_is_the_first_that_clause_and_item_both_offer() -> None:
    modes = (types_pb2.MODE_JOINT, types_pb2.MODE_ONLINE, types_pb2.MODE_AGENT)
    assert route(world(agreement(document(clause(modes=modes))))).mode == types_pb2.MODE_ONLINE


def test_an_item_that_is_not_published_or_was_withdrawn() -> None:
    unknown = refusal(world(), errors.ItemNotFound, item="items/a.unknown")
    assert unknown.text() == "甲市 没有发布事项 items/a.unknown。请从该地事项清单中选择。"
    gone = refusal(world(items=[item(withdrawn=True)]), errors.ItemNotFound)
    assert "已取消" in gone.facts["hint"]


def test_a_home_that_has_not_joined_or_has_left() -> None:
    refusal(world(), errors.AuthorityHasNoNode, item="items/shantou.x")
    left = world(agreement(document())).with_node(node("nodes/a", lifecycle_pb2.NODE_STATE_LEFT))
    assert refusal(left, errors.AuthorityHasNoNode).facts["item"] == "事项x"
    # A node that the operator suspended still receives, so filings for it wait with it.
    assert route(left.with_node(node("nodes/a", lifecycle_pb2.NODE_STATE_SUSPENDED))).home == "nodes/a"


def test_no_agreement_names_the_places_that_take_the_item_in() -> None:
    text = document(clause(accepting=("nodes/c", "nodes/d")), parties=("nodes/a", "nodes/c", "nodes/d"))
    none = refusal(world(agreement(text)), errors.NoAgreementInForce)
    assert none.text() == (
        "乙市 与 甲市 之间没有覆盖“事项x”的有效协议,不能收件。该事项可在以下地方申请:甲市、丙县、丁区。"
    )
    assert none.facts["home_node"] == "nodes/a"


def test_an_item_outside_the_agreement_names_at_most_five_that_are_inside() -> None:
    names = [f"items/a.y{place}" for place in range(8)]
    text = agreement(document(clause(items=names)))
    listed = world(text, items=[item(), item(names[0], withdrawn=True), *map(item, names[1:])])
    outside = refusal(listed, errors.ItemNotCovered)
    assert outside.facts["agreement_name"] == "agreements/one"
    assert outside.facts["hint"].endswith(":事项y1、事项y2、事项y3、事项y4、事项y5。")


def test_a_text_that_awaits_signatures_covers_nothing_and_is_named() -> None:
    waiting = refusal(world(agreement(document(), signed=["nodes/a"])), errors.NoAgreementInForce)
    assert "《协议 one》(agreements/one)已列入该事项,尚待签署:乙市" in waiting.facts["hint"]


def test_days_are_those_of_shanghai_and_both_ends_belong() -> None:
    text = world(agreement(document(effective=dt.date(2025, 6, 15), expire=dt.date(2025, 6, 16))))
    midnight = dt.datetime(2025, 6, 14, 16, tzinfo=dt.UTC)
    tick = dt.timedelta(microseconds=1)
    early = refusal(text, errors.AgreementNotYetInForce, instant=midnight - tick)
    assert (early.facts["from_date"], early.facts["date"]) == ("2025-06-15", "2025-06-14")
    route(text, instant=midnight)
    route(text, instant=midnight + 2 * DAY - tick)
    late = refusal(text, errors.AgreementExpired, instant=midnight + 2 * DAY)
    assert (late.facts["to_date"], late.facts["date"]) == ("2025-06-16", "2025-06-17")
    route(text, instant=midnight + 9 * DAY, date=dt.date(2025, 6, 16))
    rome = dt.timezone(dt.timedelta(hours=2))
    route(text, instant=midnight.astimezone(rome))
    with pytest.raises(ValueError, match="aware"):
        route(text, instant=dt.datetime(2025, 6, 15))  # noqa: DTZ001 - the naive one is the point


def test_a_suspension_bites_at_its_instant_and_honours_what_was_filed_before() -> None:
    hard = world(agreement(document(), suspend=NOON))
    route(hard, instant=NOON - DAY)
    assert refusal(hard, errors.AgreementSuspended).facts["since"] == "2025-06-15 12:00"
    refusal(hard, errors.AgreementSuspended, instant=NOON - DAY, admitted=NOON)
    mild = world(agreement(document(), suspend=NOON, honour=NOON + DAY))
    route(mild, instant=NOON - DAY, admitted=NOON + DAY)
    refusal(mild, errors.AgreementSuspended, instant=NOON - DAY, admitted=NOON + DAY + dt.timedelta(seconds=1))
    refusal(mild, errors.AgreementSuspended, instant=NOON, admitted=NOON)


def test_a_termination_admits_nothing_from_its_day_whenever_it_was_filed() -> None:
    ended = world(agreement(document(), terminate=dt.date(2025, 6, 16)))
    route(ended)
    refusal(ended, errors.AgreementTerminated, instant=NOON + DAY)
    refusal(ended, errors.AgreementTerminated, admitted=NOON + DAY)
    never = world(agreement(document(), signed=["nodes/a"], terminate=dt.date(2025, 6, 16)))
    refusal(never, errors.NoAgreementInForce)


def test_applicant_channel_mode_and_place_of_collection_say_what_is_allowed() -> None:
    narrow = world(
        agreement(
            document(
                clause(
                    channels=(types_pb2.CHANNEL_KIOSK,),
                    kinds=(types_pb2.APPLICANT_KIND_TAIWAN_COMPATRIOT,),
                    collecting=("nodes/a",),
                )
            )
        )
    )
    asked: dict[str, Any] = {}
    applicant = refusal(narrow, errors.ApplicantNotCovered, **asked)
    assert (applicant.facts["applicant"], applicant.facts["allowed"]) == ("自然人", "台胞")
    asked["applicant_kind"] = types_pb2.APPLICANT_KIND_TAIWAN_COMPATRIOT
    assert refusal(narrow, errors.ChannelNotCovered, **asked).facts["allowed"] == "自助机"
    asked["channel"] = types_pb2.CHANNEL_KIOSK
    mode = refusal(narrow, errors.ModeNotCovered, mode=types_pb2.MODE_ONLINE, **asked)
    assert (
        mode.text("en") == "Agreement 《协议 one》(agreements/one) does not offer 事项x by mode online; offered: agent."
    )
    assert mode.text() == "协议 《协议 one》(agreements/one) 中“事项x”不支持“全程网办”方式,可用方式:异地代收代办。"
    place = refusal(narrow, errors.CollectingNotCovered, **asked)
    assert (place.field, place.facts["hint"]) == ("collecting", "甲市")
    assert route(narrow, collecting="nodes/a", **asked).collecting == "nodes/a"


def test_the_closest_clause_speaks() -> None:
    expired = agreement(document(name="agreements/expired", expire=dt.date(2025, 2, 1)))
    gone = agreement(document(name="agreements/gone"), terminate=dt.date(2025, 2, 1))
    suspended = agreement(document(name="agreements/suspended"), suspend=NOON)
    other = agreement(document(clause(items=("items/a.y",)), name="agreements/other"))
    refusal(world(gone), errors.AgreementTerminated)
    refusal(world(gone, expired), errors.AgreementExpired)
    # Nothing in force names the item, so what did name it speaks, and the hint tells what is left.
    closest = refusal(world(gone, expired, other, suspended), errors.AgreementSuspended)
    assert "事项y" in closest.facts["hint"]


TWO = ("nodes/a", "nodes/b")
THREE = (*TWO, "nodes/c")


@pytest.mark.parametrize(
    ("wins", "loses"),
    [
        (document(parties=TWO), document(parties=THREE, effective=dt.date(2025, 3, 1))),
        (document(), document(clause(items=("items/a.x", "items/a.y")), effective=dt.date(2025, 3, 1))),
        (document(), document(clause(), clause(id="c2", items=("items/a.y",)), effective=dt.date(2025, 3, 1))),
        (document(effective=dt.date(2025, 2, 1)), document(effective=dt.date(2025, 1, 1))),
    ],
    ids=["fewer parties", "fewer items", "fewer items in all", "later in force"],
)
@pytest.mark.parametrize("names", [("agreements/p", "agreements/q"), ("agreements/q", "agreements/p")])
def test_the_narrower_then_the_later_wins_whatever_the_names(
    wins: agreement_pb2.AgreementDocument, loses: agreement_pb2.AgreementDocument, names: tuple[str, str]
) -> None:
    made = []
    for text, name in zip((wins, loses), names, strict=True):
        named = agreement_pb2.AgreementDocument()
        named.CopyFrom(text)
        named.name = name
        made.append(agreement(named))
    assert route(world(*made)).agreement == names[0]
    assert route(world(*reversed(made))).agreement == names[0]
    assert route(world(made[1])).agreement == names[1]


def test_equals_go_by_name_and_within_an_agreement_the_narrower_then_the_earlier_clause() -> None:
    twins = [agreement(document(name=f"agreements/{name}")) for name in "qp"]
    assert route(world(*twins)).agreement == "agreements/p"
    both = ("items/a.x", "items/a.y")
    text = document(clause(items=both), clause(id="c2"), clause(id="c3"))
    assert route(world(agreement(text))).clause == "c2"


def test_a_wider_agreement_covers_what_the_narrower_does_not_offer() -> None:
    narrow = agreement(document(clause(modes=(types_pb2.MODE_ONLINE,)), name="agreements/narrow"))
    wide = agreement(document(parties=THREE, name="agreements/wide"))
    assert route(world(narrow, wide)).agreement == "agreements/narrow"
    assert route(world(narrow, wide), mode=types_pb2.MODE_AGENT).agreement == "agreements/wide"


def test_a_window_sees_what_it_may_take_in() -> None:
    text = agreement(document(clause(items=("items/a.y", "items/a.x", "items/a.none"))))
    coverage = world(text).with_item(item("items/b.own"))
    offered = list(coverage.offers("nodes/b", NOON))
    assert [(entry.name, terms is None) for entry, terms in offered] == [
        ("items/b.own", True),
        ("items/a.x", False),
        ("items/a.y", False),
    ]
    assert list(coverage.offers("nodes/c", NOON)) == []


@pytest.fixture
def cited() -> tuple[Coverage, application_pb2.Route]:
    coverage = world(agreement(document()), items=[item(version=2)])
    return coverage, route(coverage)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agreement", "agreements/other"),
        ("agreement_version", 2),
        ("clause", "c9"),
        ("decider", "nodes/b"),
        ("home", "nodes/c"),
        ("item_version", 3),
        ("item_version", 0),
        ("mode", 0),
        ("collecting", ""),
    ],
)
def test_admission_refuses_a_route_that_the_function_does_not_find(
    cited: tuple[Coverage, application_pb2.Route], field: str, value: Any
) -> None:
    coverage, good = cited
    assert check_route(coverage, good, NOON).route == good
    setattr(good, field, value)
    with pytest.raises(errors.RouteChanged) as caught:
        check_route(coverage, good, NOON, stream="applications/1")
    assert caught.value.facts["stream"] == "applications/1"
    assert caught.value.facts["cited"] != caught.value.facts["found"]


def test_an_older_list_of_the_home_changes_no_route(cited: tuple[Coverage, application_pb2.Route]) -> None:
    coverage, good = cited
    good.item_version = 1
    check_route(coverage, good, NOON)


def test_what_changed_between_the_clerks_copy_and_admission_is_named(
    cited: tuple[Coverage, application_pb2.Route],
) -> None:
    coverage, good = cited
    narrower_later = agreement(document(name="agreements/two", effective=dt.date(2025, 6, 1)))
    changes: list[tuple[agreement_pb2.Agreement, type[errors.TongbanError]]] = [
        (agreement(document(version=2)), errors.RouteChanged),
        (agreement(document(clause(decider=types_pb2.DECIDER_ACCEPTING))), errors.RouteChanged),
        (agreement(document(), suspend=NOON - DAY), errors.AgreementSuspended),
        (agreement(document(), terminate=dt.date(2025, 6, 1)), errors.AgreementTerminated),
        (agreement(document(expire=dt.date(2025, 6, 1))), errors.AgreementExpired),
        (agreement(document(clause(items=("items/a.y",)))), errors.ItemNotCovered),
        (agreement(document(clause(modes=(types_pb2.MODE_ONLINE,)))), errors.ModeNotCovered),
        (narrower_later, errors.RouteChanged),
    ]
    for changed, kind in changes:
        with pytest.raises(kind):
            check_route(coverage.with_agreement(changed), good, NOON)
    coverage.without("agreements/two").with_agreement(agreement(document()))
    assert check_route(coverage, good, NOON).route == good
    with pytest.raises(errors.NoAgreementInForce):
        check_route(coverage.without("agreements/one"), good, NOON)


def test_a_late_filing_is_judged_by_its_own_day_for_as_long_as_its_clause_lets_a_copy_be_old() -> None:
    """The same at the gateway and at the home, whatever day it is there by then."""
    text = document(clause(), expire=NOON.date())
    text.clauses[0].offline_hours = 300
    coverage = world(agreement(text))
    filed = route(coverage)
    in_time, late = NOON + dt.timedelta(hours=300), NOON + dt.timedelta(hours=301)
    assert check_filed(coverage, filed, NOON, in_time).route == filed
    with pytest.raises(errors.AgreementExpired):
        check_filed(coverage, filed, NOON, late)


def test_a_suspension_that_came_after_an_admission_does_not_undo_it() -> None:
    """A home that accepts days later asks what held when the gateway admitted the filing."""
    filed = route(world(agreement(document())))
    since = NOON + dt.timedelta(hours=2)
    now = world(agreement(document(), suspend=since))
    assert check_filed(now, filed, NOON, NOON + dt.timedelta(hours=1)).route == filed
    with pytest.raises(errors.AgreementSuspended):
        check_filed(now, filed, NOON, NOON + dt.timedelta(hours=3))
