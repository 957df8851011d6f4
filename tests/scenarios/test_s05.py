"""S05 联盟协议: who may take in what for whom is data that the parties signed.

Works when: an item outside the pair's list, or after the end date, is refused with reason; inside it routes.  Here:
three parties (漳州, 潮州, and 汕头 as a partner without a node) with agreements in force, over, and not yet begun,
and an alliance of them that binds whoever has signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from nodes.demo import cast
from nodes.demo.cast import CHAOZHOU, WENCHENG, ZHANGZHOU, Place, Post, Text
from nodes.demo.client import Caller, until
from nodes.demo.setting import Setting, agreement_of
from tests.scenarios import acting
from tests.scenarios.partner import Partner
from tongban import errors
from tongban.rejections import from_rejection
from tongban.v1 import (
    agreement_pb2,
    application_pb2,
    directory_pb2,
    lifecycle_pb2,
    types_pb2,
    window_pb2,
)

pytestmark = [pytest.mark.federation, pytest.mark.asyncio(loop_scope="session")]

SHANTOU = Place("440500", "汕头市", "Shantou", (Post("window-1", "综合窗口", "window"),), ())
INSIDE, OVER, TO_COME, OUTSIDE = (
    f"items/350600.{code}" for code in ("zz-x-labour-dispatch", "tw-title", "tw-skill", "tw-law")
)
DATES = {INSIDE: ((2020, 1, 1), None), OVER: ((2020, 1, 1), (2021, 12, 31)), TO_COME: ((2099, 1, 1), None)}
REFUSALS = {
    OUTSIDE: errors.ItemNotCovered,
    OVER: errors.AgreementExpired,
    TO_COME: errors.AgreementNotYetInForce,
}


def agreement_name(item: str) -> str:
    return f"agreements/scenario-{item.rpartition('.')[2]}"


def text(item: str, nodes: dict[str, directory_pb2.Node]) -> agreement_pb2.AgreementDocument:
    """A text of three parties about one item."""
    start, end = (dict(zip(("year", "month", "day"), d, strict=True)) if d else None for d in DATES[item])
    return agreement_pb2.AgreementDocument(
        name=agreement_name(item),
        document_version=1,
        title=f"演练协议 {item}",
        parties=[
            agreement_pb2.Party(
                node=name,
                region=nodes[name].profile.region,
                root_fingerprint=hashlib.sha256(nodes[name].root_public_key).digest(),
            )
            for name in (ZHANGZHOU.name, CHAOZHOU.name, SHANTOU.name)
        ],
        clauses=[
            agreement_pb2.Clause(
                id="one",
                home=ZHANGZHOU.name,
                accepting=[CHAOZHOU.name, SHANTOU.name],
                items=[item],
                modes=[types_pb2.MODE_AGENT],
                decider=types_pb2.DECIDER_HOME,
                paper=True,
            )
        ],
        effective_date=start,
        expire_date=end,
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def partner(setting: Setting) -> AsyncIterator[Partner]:
    """汕头 has joined and signed, and so have the others."""
    await setting.join(SHANTOU)
    partner = Partner(setting.home.node(SHANTOU.region))
    window = await setting.clients[CHAOZHOU.region].staff("window")

    async def joined() -> dict[str, directory_pb2.Node] | None:
        known = {node.name: node for node in await setting.nodes()}
        return known if SHANTOU.name in known else None

    nodes = await until(joined, Text("汕头加入", "Shantou to join"))
    for item in DATES:
        await setting.sign(text(item, nodes))
        await sign_as(partner, window, agreement_name(item))
    yield partner
    await partner.close()


async def sign_as(partner: Partner, window: Caller, name: str) -> None:
    """The partner's signature, upon the two that lie there; seen at the window afterwards."""

    async def signed(count: int) -> agreement_pb2.Agreement | None:
        found = await agreement_of(window, name)
        return found if found is not None and len(found.signatures) >= count else None

    known = await until(lambda: signed(2), Text("两方签署", "two signatures"))
    content = agreement_pb2.AgreementSigned(document_digest=known.document_digest)
    outcome = await partner.publish(name, "agreement_signed", content, version=known.version, head=known.head)
    assert outcome.HasField("receipt"), outcome
    whole = await until(lambda: signed(3), Text("三方签署", "three signatures"))
    assert whole.state == lifecycle_pb2.AGREEMENT_STATE_SIGNED


async def route(
    setting: Setting, item: str, *, place: Place = CHAOZHOU, day: tuple[int, int, int] | None = None
) -> window_pb2.FindRouteResponse:
    """What a window is told before the form is typed."""
    caller = await setting.clients[place.region].staff("window")
    request = window_pb2.FindRouteRequest(item=item, applicant_kind=types_pb2.APPLICANT_KIND_PERSON)
    if day is not None:
        request.date.year, request.date.month, request.date.day = day
    return await caller(caller.window.FindRoute, request)


async def submit(setting: Setting, item: str, *, place: Place = CHAOZHOU, request_id: str) -> None:
    """Filing it all the same, with everything that the form wants."""
    caller = await setting.clients[place.region].staff("window")
    request = cast.submission(request_id)
    request.item = item
    await caller(caller.window.SubmitApplication, request)


async def filed(setting: Setting, place: Place) -> int:
    caller = await setting.clients[place.region].staff("window")
    listed = await caller(caller.window.ListApplications, window_pb2.ListApplicationsRequest(page_size=200))
    return len(listed.applications)


@pytest.mark.usefixtures("partner")
@pytest.mark.parametrize("item", [cast.ITEM, INSIDE])
async def test_inside_the_list_and_the_dates_it_routes(setting: Setting, item: str) -> None:
    answer = await route(setting, item)
    assert (answer.route.home, answer.route.decider) == (ZHANGZHOU.name, ZHANGZHOU.name)
    assert (answer.route.accepting, answer.route.collecting) == (CHAOZHOU.name, CHAOZHOU.name)
    assert item in answer.clause.items
    assert answer.item.document.name == item


@pytest.mark.usefixtures("partner")
@pytest.mark.parametrize("item", REFUSALS, ids=["outside the list", "after the end", "before the beginning"])
async def test_the_window_refuses_before_anything_is_typed(setting: Setting, item: str) -> None:
    with pytest.raises(REFUSALS[item]) as refusal:
        await route(setting, item)
    assert refusal.value.facts["item_name"] == item
    assert refusal.value.facts["hint"], "it says what would be allowed instead"
    if item != OUTSIDE:
        assert agreement_name(item) in refusal.value.text("zh")


@pytest.mark.usefixtures("partner")
@pytest.mark.parametrize("item", REFUSALS, ids=["outside the list", "after the end", "before the beginning"])
async def test_filing_it_all_the_same_stores_nothing(setting: Setting, item: str) -> None:
    before = await filed(setting, CHAOZHOU)
    with pytest.raises(REFUSALS[item]):
        await submit(setting, item, request_id="0197f000-0000-7000-8000-000000000001")
    assert await filed(setting, CHAOZHOU) == before


@pytest.mark.usefixtures("partner")
async def test_the_last_day_is_inside_and_the_next_is_not(setting: Setting) -> None:
    answer = await route(setting, OVER, day=(2021, 12, 31))
    assert answer.route.agreement == agreement_name(OVER)
    with pytest.raises(errors.AgreementExpired):
        await route(setting, OVER, day=(2022, 1, 1))
    with pytest.raises(errors.AgreementNotYetInForce):
        await route(setting, TO_COME, day=(2098, 12, 31))
    assert (await route(setting, TO_COME, day=(2099, 1, 1))).route.agreement == agreement_name(TO_COME)


async def test_a_node_without_an_agreement_is_refused(setting: Setting) -> None:
    with pytest.raises(errors.NoAgreementInForce) as refusal:
        await route(setting, cast.ITEM, place=WENCHENG)
    assert ZHANGZHOU.title in refusal.value.text("zh")
    before = await filed(setting, WENCHENG)
    with pytest.raises(errors.NoAgreementInForce):
        await submit(setting, cast.ITEM, place=WENCHENG, request_id="0197f000-0000-7000-8000-000000000002")
    assert await filed(setting, WENCHENG) == before


def forged(item: str, agreement: str) -> application_pb2.ApplicationSubmitted:
    """A filing that no window of ours would have let pass."""
    return application_pb2.ApplicationSubmitted(
        route=application_pb2.Route(
            item=item,
            item_version=1,
            accepting=SHANTOU.name,
            home=ZHANGZHOU.name,
            decider=ZHANGZHOU.name,
            collecting=SHANTOU.name,
            agreement=agreement,
            agreement_version=1,
            clause="one",
            mode=types_pb2.MODE_AGENT,
            channel=types_pb2.CHANNEL_WINDOW,
            applicant_kind=types_pb2.APPLICANT_KIND_PERSON,
        ),
        window="window-1",
        wanted_results=[types_pb2.MATERIAL_FORM_ORIGINAL],
    )


@pytest.mark.parametrize("item", REFUSALS, ids=["outside the list", "after the end", "before the beginning"])
async def test_what_gets_past_a_window_is_refused_by_the_gateway_for_the_same_reason(
    setting: Setting, partner: Partner, item: str
) -> None:
    with pytest.raises(errors.TongbanError) as at_the_window:
        await route(setting, item)
    cited = agreement_name(item if item in DATES else INSIDE)
    stream = partner.new_application()
    outcome = await partner.publish(stream, "application_submitted", forged(item, cited))
    assert outcome.HasField("rejection"), outcome
    assert from_rejection(outcome.rejection).wire_reason == at_the_window.value.wire_reason == REFUSALS[item].reason()
    assert await known_at_home(setting, stream) is False


async def test_the_same_hand_files_what_is_inside(setting: Setting, partner: Partner) -> None:
    known = await agreement_of(await setting.supervisor(ZHANGZHOU.region), agreement_name(INSIDE))
    assert known is not None
    stream = partner.new_application()
    content = forged(INSIDE, known.name)
    content.route.agreement_version = known.document.document_version
    outcome = await partner.publish(stream, "application_submitted", content)
    assert outcome.HasField("receipt"), outcome

    async def arrived() -> bool:
        return await known_at_home(setting, stream)

    await until(arrived, Text("办件到达", "the application to arrive"))


async def known_at_home(setting: Setting, stream: str) -> bool:
    caller = await setting.clients[ZHANGZHOU.region].staff("approval")
    try:
        await caller(caller.window.GetApplication, window_pb2.GetApplicationRequest(name=stream))
    except errors.ApplicationNotFound:
        return False
    return True


POOLED = acting.item_of(
    ZHANGZHOU, "s05-pooled", "联盟通办事项(按基本目录)", [types_pb2.MODE_AGENT], base_code="000987654001"
)
UNPOOLED = acting.item_of(
    ZHANGZHOU, "s05-unpooled", "不在联盟事项池的事项", [types_pb2.MODE_AGENT], base_code="000987654002"
)


async def alliance(setting: Setting) -> agreement_pb2.AgreementDocument:
    """The same three as an alliance: a pool of the basic catalogue, each party for its own items, joined by signing."""
    document = text(INSIDE, {node.name: node for node in await setting.nodes()})
    document.name, document.title = "agreements/scenario-alliance", "演练联盟"
    document.entry = agreement_pb2.ENTRY_RULE_SIGNATORIES
    document.pools.add(id="first", title="首批事项池", base_codes=[POOLED.base_code])
    (clause,) = document.clauses
    clause.ClearField("home")
    clause.ClearField("accepting")
    clause.ClearField("items")
    clause.pools.append("first")
    return document


async def test_an_alliance_routes_its_pool_among_those_who_have_signed(setting: Setting, partner: Partner) -> None:
    await acting.publish(setting, [POOLED, UNPOOLED])
    document = await alliance(setting)
    await setting.sign(document)

    async def routed() -> window_pb2.FindRouteResponse | None:
        try:
            return await route(setting, POOLED.name)
        except (errors.NoAgreementInForce, errors.ItemNotCovered):
            return None

    answer = await until(routed, Text("联盟生效", "the alliance to bind"))
    assert (answer.route.agreement, answer.route.home) == (document.name, ZHANGZHOU.name)
    with pytest.raises(errors.ItemNotCovered):
        await route(setting, UNPOOLED.name)
    # 汕头 is named in the text, and has not signed it.
    content = forged(POOLED.name, document.name)
    outcome = await partner.publish(partner.new_application(), "application_submitted", content)
    assert from_rejection(outcome.rejection).wire_reason == errors.PartyNotBound.reason()
    await sign_as(partner, await setting.clients[CHAOZHOU.region].staff("window"), document.name)
    outcome = await partner.publish(partner.new_application(), "application_submitted", content)
    assert outcome.HasField("receipt"), outcome
