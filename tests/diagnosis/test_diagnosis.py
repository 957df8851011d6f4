"""From facts to findings, as values: what cannot be produced at will, and which of two faults comes first."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from gateway.domain import condition
from gateway.domain.condition import Member
from nodes.domain import diagnosis, waiting
from nodes.domain.diagnosis import Dates, Link, Machine, Seen
from nodes.domain.waiting import Desk
from tongban import errors
from tongban.directory import Directory
from tongban.errors import TongbanError
from tongban.faults.reasons import CONDITIONS
from tongban.rpc.probe import CODES
from tongban.v1 import application_pb2, directory_pb2, lifecycle_pb2, parcel_pb2, types_pb2

NOW = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
GOOD = Dates(NOW - 100 * DAY, NOW + 200 * DAY)
UP = Seen(connected=True, since=NOW - DAY, certificate=GOOD)
DOWN = Seen(since=NOW - DAY, certificate=GOOD)


def by_gateway(error: TongbanError) -> TongbanError:
    """As the gateway says it."""
    error.party, error.hop = "gateway", "gateway"
    return error


@pytest.mark.parametrize(
    ("seen", "machine", "codes"),
    [
        (UP, Machine(), []),
        (UP, Machine(free_bytes=100 << 20), ["OWN_DISK_LOW"]),
        (UP, Machine(free_bytes=10 << 30), []),
        (UP, Machine(storage=errors.StorageFull(what="database")), ["OWN_DISK_FULL"]),
        (UP, Machine(storage=errors.Unavailable(what="database", cause="database is locked")), ["OWN_DATABASE_LOCKED"]),
        (UP, Machine(running=False), ["OWN_NODE_STOPPED"]),
        (replace(UP, skew=-400.0), Machine(), ["OWN_CLOCK_WRONG"]),
        (replace(UP, skew=200.0), Machine(), []),
        (replace(UP, floor=NOW + DAY), Machine(), ["OWN_CLOCK_DOUBTED"]),
        (replace(UP, certificate=Dates(NOW - DAY, NOW + 10 * DAY)), Machine(), ["OWN_CERTIFICATE_ENDS_SOON"]),
        (replace(UP, behind=5000), Machine(), ["OWN_CATCHING_UP"]),
        (replace(UP, unanswered=3, unanswered_since=NOW - DAY), Machine(), ["ANSWERS_LATE"]),
        (replace(UP, unanswered=3, unanswered_since=NOW), Machine(), []),
        (replace(UP, draining=True), Machine(), ["GATEWAY_DRAINING"]),
        (replace(UP, error=by_gateway(errors.StorageFull())), Machine(), ["GATEWAY_FULL"]),
        (replace(UP, late=True), Machine(), []),
        (replace(UP, recovering=True), Machine(), ["OWN_RECOVERING"]),
        (DOWN, Machine(), []),
        (replace(DOWN, error=errors.Unavailable(what="link")), Machine(), []),
        (replace(DOWN, code="NETWORK_DOWN"), Machine(), ["NETWORK_DOWN"]),
        (replace(DOWN, error=by_gateway(errors.StorageFull())), Machine(), ["GATEWAY_FULL"]),
        (replace(DOWN, error=errors.StorageFull(what="database")), Machine(), ["OWN_DISK_FULL"]),
        (replace(DOWN, error=by_gateway(errors.Damaged(what="x"))), Machine(), ["GATEWAY_DAMAGED"]),
        (replace(DOWN, error=errors.Damaged(what="applications/X@2: 不同")), Machine(), ["ANOTHER_HISTORY"]),
        (replace(DOWN, error=errors.Damaged(what="database")), Machine(), ["OWN_DATABASE_DAMAGED"]),
        (replace(DOWN, error=by_gateway(errors.PeerAhead())), Machine(), ["GATEWAY_BEHIND"]),
        (replace(DOWN, error=by_gateway(errors.NodeNotActive())), Machine(), ["OWN_SUSPENDED"]),
        (replace(DOWN, error=errors.CertificateMissing()), Machine(), ["CERTIFICATE_MISSING"]),
        (replace(DOWN, error=errors.Unavailable(what="database", cause="disk I/O")), Machine(), ["OWN_DATABASE_AWAY"]),
        # Two at once: the nearer explains the one behind it.
        (
            replace(DOWN, code="LINE_SILENT", error=by_gateway(errors.StorageFull())),
            Machine(storage=errors.Damaged(what="database")),
            ["OWN_DATABASE_DAMAGED", "LINE_SILENT"],
        ),
        (replace(DOWN, code="GATEWAY_HANGS", draining=True), Machine(), ["GATEWAY_DRAINING"]),
        (replace(DOWN, code="LINE_SILENT", draining=True), Machine(), ["LINE_SILENT"]),
        (
            replace(DOWN, code="GATEWAY_CERTIFICATE_EARLY", floor=NOW + 9 * DAY),
            Machine(),
            ["OWN_CLOCK_DOUBTED", "GATEWAY_CERTIFICATE_EARLY"],
        ),
    ],
)
def test_the_nearest_fault_comes_first(seen: Seen, machine: Machine, codes: list[str]) -> None:
    assert [found.fault.code for found in diagnosis.diagnose(machine, seen, NOW)] == codes


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_answer_of_a_probe_is_a_fault(code: str) -> None:
    found = diagnosis.diagnose(Machine(), replace(DOWN, code=code, facts={"address": "g:1"}), NOW)[0]
    assert found.fault is CONDITIONS[code]
    assert "{" not in found.what() + found.remedy("en")
    assert found.since == DOWN.since


def test_a_clock_is_said_in_words() -> None:
    said = diagnosis.diagnose(Machine(), replace(UP, skew=3 * 86400.0), NOW)[0]
    assert said.what() == "这台机器的时钟不准,比网关快 3 天。"
    assert said.what("en") == "This machine's clock is wrong: 3 days ahead of the gateway's."


def _directory(state: lifecycle_pb2.NodeState, *, retired: bool = False) -> Directory:
    node = directory_pb2.Node(name="nodes/1", state=state)
    key = (node.retired_keys if retired else node.keys).add(key_id="k", purpose=directory_pb2.KEY_PURPOSE_SIGN)
    key.valid_from_time.FromDatetime(NOW - DAY)
    key.valid_until_time.FromDatetime(NOW + DAY)
    directory = Directory()
    directory.put(node)
    return directory


@pytest.mark.parametrize(
    ("directory", "key", "codes"),
    [
        (_directory(lifecycle_pb2.NODE_STATE_ACTIVE), "k", []),
        (_directory(lifecycle_pb2.NODE_STATE_LEFT), "k", ["NOT_A_MEMBER"]),
        (_directory(lifecycle_pb2.NODE_STATE_SUSPENDED), "k", ["OWN_SUSPENDED"]),
        (_directory(lifecycle_pb2.NODE_STATE_ACTIVE, retired=True), "k", ["OWN_KEY_RETIRED"]),
        (_directory(lifecycle_pb2.NODE_STATE_ACTIVE), "other", ["KEY_UNKNOWN"]),
        (Directory(), "k", []),
    ],
)
def test_whether_a_node_may_sign(directory: Directory, key: str, codes: list[str]) -> None:
    assert [found.fault.code for found in diagnosis.standing(directory, "nodes/1", key, NOW)] == codes


def test_partners_are_named_with_what_waits_for_them() -> None:
    links = [
        Link("nodes/1", True, NOW, 9),
        Link("nodes/2", False, NOW - DAY, 3),
        Link("nodes/3", False, None, 0),
        Link("nodes/4", True, NOW, 7),
        Link("nodes/5", True, NOW, 0),
    ]
    found = diagnosis.partners(links, "nodes/1", {"nodes/2": "漳州市"})
    assert [(each.name, each.fault.code) for each in found] == [
        ("nodes/2", "PARTNER_AWAY"),
        ("nodes/3", "PARTNER_NEVER_SEEN"),
        ("nodes/4", "PARTNER_BEHIND"),
    ]
    assert found[0].what() == "漳州市自 11-22 09:00 起没有连上网关,发去的内容在网关等候。"
    assert "7 件" in found[2].what()


def test_a_parcel_that_is_said_to_be_delivered_waits_for_its_receiver() -> None:
    parcel = parcel_pb2.Parcel(name="parcels/P", state=lifecycle_pb2.PARCEL_STATE_CARRIER_SAYS_DELIVERED)
    parcel.destination.node = "nodes/2"
    parcel.legs.add(carrier="ems", waybill="EB1")
    desk = Desk("nodes/1", {"nodes/2": "漳州市"}, {})
    found = waiting.parcel(desk, parcel, NOW)
    assert [(each.fault.code, each.name) for each in found] == [("PARCEL_NOT_TAKEN_IN", "nodes/2")]
    for code, fault in (("one-sided", "PARCEL_ONE_SIDED"), ("seal-broken", "PARCEL_OPENED_ON_THE_WAY")):
        parcel.exceptions.add(code=code)
        assert fault in {each.fault.code for each in waiting.parcel(desk, parcel, NOW)}
    for said in (
        {"code": "from the future"},
        {"code": "one-sided", "event_type": "parcel_exception_raised"},
        {"code": "signed-by-other", "event_type": "carrier_observed"},
        {"code": "seal-broken", "resolve_time": {"seconds": 1}},
    ):
        assert not waiting.parcel(desk, parcel_pb2.Parcel(exceptions=[said]), NOW), said


def test_what_a_gateways_operator_is_told() -> None:
    here = Member("nodes/1", "漳州市", True, NOW, 0)
    away = Member("nodes/2", "潮州市", False, NOW - DAY, 4)
    blink = Member("nodes/3", "平潭", False, NOW - dt.timedelta(minutes=2), 0)
    slow = Member("nodes/4", "文成县", True, NOW, 8)
    barred = Member("nodes/5", "某县", True, NOW, 8, suspended=True)
    found = condition.members([here, away, blink, slow, barred], NOW)
    assert [(each.name, each.fault.code) for each in found] == [
        ("nodes/2", "MEMBER_AWAY"),
        ("nodes/4", "MEMBER_BEHIND"),
        ("nodes/5", "MEMBER_SUSPENDED"),
    ]
    assert condition.members([away], NOW)[0].fault.code == "NOBODY_CONNECTED"
    assert condition.storage(None, 100 << 20)[0].fault.code == "GATEWAY_DISK_LOW"
    assert condition.storage(errors.Damaged(what="database"), None)[0].fault.code == "GATEWAY_DAMAGED"
    assert condition.storage(errors.StorageFull(), None)[0].fault.code == "GATEWAY_FULL"
    assert condition.storage(errors.Unavailable(cause="x"), None)[0].fault.code == "GATEWAY_DATABASE_AWAY"
    assert condition.authority(NOW + 100 * DAY, NOW)[0].fault.code == "AUTHORITY_ENDS_SOON"
    assert condition.authority(NOW + 1000 * DAY, NOW) == []


def test_a_result_without_a_paper_waits_for_who_prints_it() -> None:
    home, accepting, collecting = "nodes/350600", "nodes/445100", "nodes/350128"
    route = application_pb2.Route(home=home, decider=home, accepting=accepting, collecting=collecting)
    state = application_pb2.Application(
        name="applications/X", state=lifecycle_pb2.APPLICATION_STATE_RESULT_ISSUED, route=route
    )
    state.results.add(code="licence", form=types_pb2.MATERIAL_FORM_ORIGINAL, original="licence", printing=collecting)
    desk = Desk(node=home, titles={}, links={})

    def step() -> tuple[str, str]:
        found = waiting.application(desk, state, pending=False)
        assert found is not None
        return found.fault.code, found.facts["step"]

    assert step() == ("PARTNER_TO_ACT", "登记可取证")
    paper = state.papers.add(code="licence", original="licence")
    assert step() == ("OWN_TO_ACT", "另行准许打印")
    paper.printing = accepting
    assert step() == ("PARTNER_TO_ACT", "打印证照")
    paper.printed = True
    assert step() == ("PARTNER_TO_ACT", "登记可取证")
    paper.void_reason = "misprinted"
    assert step() == ("OWN_TO_ACT", "另行准许打印")
