"""Cases at the desk, on both databases: listed, raised by hand, searched for between two mailrooms, ended."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from mailroom.calendars import calendar_of
from mailroom.domain.numbers import leg_name
from mailroom.domain.workdays import working_day_after
from nodes.desk.staff import Staff
from nodes.journal import cases
from nodes.store import CASES, QUERIES
from tests.federation.stage import Stage
from tests.federation.virtual import Disks
from tests.federation.whole import NodeRun
from tests.nodes.kit import ACCEPTING, HOME, Address, Office, filed, office
from tongban import errors
from tongban.v1 import exception_pb2, lifecycle_pb2, mailroom_pb2, parcel_pb2


def porter(run: NodeRun) -> Staff:
    return run.staff("mailroom-1")


async def listed(run: NodeRun, *, own: bool = False) -> list[tuple[str, str, bool]]:
    answer = await run.desks.cases.list_cases(porter(run), mailroom_pb2.ListCasesRequest(own=own))
    return [(case.code, case.owner, case.escalated) for case in answer.cases]


async def parcel_of(run: NodeRun, name: str) -> parcel_pb2.Parcel:
    return await run.desks.mailroom.get_parcel(porter(run), mailroom_pb2.GetParcelRequest(name=name))


async def sent(o: Office) -> mailroom_pb2.PackParcelResponse:
    stage = Stage(o, Disks(), None)  # type: ignore[arg-type]  # a real loop: neither is asked for
    packed = await stage.send_off(await filed(o))
    await o.settled()
    return packed


def raised(parcel: parcel_pb2.Parcel) -> list[str]:
    return [e.code for e in parcel.exceptions if e.event_type == "parcel_exception_raised"]


async def test_search_and_trace_between_two_mailrooms(address: Address) -> None:
    async with office(address) as o:
        packed = await sent(o)
        name = packed.parcel.name
        asking, asked = o.accepting.desks.cases, o.home.desks.cases
        request = mailroom_pb2.RequestTraceRequest(
            name=name, leg=1, asked_node=f"nodes/{HOME}", note="蓝色信封,封签 SEAL-0001"
        )
        parcel = await asking.request_trace(porter(o.accepting), request)
        calendar = calendar_of("Asia/Shanghai")
        today = o.clock.now().astimezone(calendar.zone).date()
        answer_by = parcel.traces[0].answer_by_time.ToDatetime(dt.UTC).astimezone(calendar.zone)
        assert answer_by.date() == working_day_after(today, 2, [calendar]).date
        await o.settled()
        assert await listed(o.home, own=True) == [("trace", f"nodes/{HOME}", False)]
        assert [each.text for each in await asked.said(porter(o.home), name)] == [request.note]
        with pytest.raises(errors.FieldInvalid):
            await asking.answer_trace(
                porter(o.accepting),
                mailroom_pb2.AnswerTraceRequest(name=name, trace=1, outcome="found", note="不归我方答复"),
            )
        answer = mailroom_pb2.AnswerTraceRequest(name=name, trace=1, outcome="not-found", note="收发室、门卫都找过")
        await asked.answer_trace(porter(o.home), answer)
        with pytest.raises(errors.FieldInvalid):
            await asked.answer_trace(porter(o.home), answer)
        await o.settled()
        assert await listed(o.home) == []
        assert (await parcel_of(o.accepting, name)).traces[0].outcome == "not-found"
        said = await asking.said(porter(o.accepting), name)
        assert [(each.event_type, each.author) for each in said] == [
            ("trace_requested", f"nodes/{ACCEPTING}"),
            ("trace_answered", f"nodes/{HOME}"),
        ]


async def test_who_is_not_concerned_is_not_asked_and_no_answer_lies_in_the_past(address: Address) -> None:
    async with office(address) as o:
        packed = await sent(o)
        desk, staff = o.accepting.desks.cases, porter(o.accepting)
        for node in (f"nodes/{ACCEPTING}", "nodes/330328"):
            with pytest.raises(errors.FieldInvalid, match="nodes between which"):
                await desk.request_trace(
                    staff, mailroom_pb2.RequestTraceRequest(name=packed.parcel.name, asked_node=node, note="找")
                )
        late = mailroom_pb2.RequestTraceRequest(name=packed.parcel.name, asked_node=f"nodes/{HOME}", note="找")
        late.answer_by_time.FromDatetime(o.clock.now())
        with pytest.raises(errors.FieldInvalid):
            await desk.request_trace(staff, late)


async def test_raised_by_hand_and_ended_with_a_note_that_only_the_parties_read(address: Address) -> None:
    async with office(address) as o:
        packed = await sent(o)
        name = packed.parcel.name
        desk, staff = o.accepting.desks.cases, porter(o.accepting)
        request = mailroom_pb2.RaiseExceptionRequest(name=name, code="lost", leg=1, note="快递公司确认丢失")
        for _ in range(3):
            parcel = await desk.raise_exception(staff, request)
        assert raised(parcel) == ["lost"]
        with pytest.raises(errors.FieldInvalid):
            await desk.raise_exception(staff, mailroom_pb2.RaiseExceptionRequest(name=name, code="lost", leg=7))
        # Listed at once, before the gateway has heard of it.
        assert await listed(o.accepting) == [("lost", f"nodes/{ACCEPTING}", False)]
        await o.settled()
        assert await listed(o.home) == [("lost", f"nodes/{ACCEPTING}", False)]
        [said] = await o.home.desks.cases.said(porter(o.home), name)
        assert said.text == request.note
        ended = mailroom_pb2.ResolveExceptionRequest(
            name=name, code="lost", subject=leg_name(name, 1), resolution="compensated", note="已赔付并补办"
        )
        await desk.resolve_exception(staff, ended)
        with pytest.raises(errors.FieldInvalid, match="no lost is open"):
            await desk.resolve_exception(staff, ended)
        await o.settled()
        assert await listed(o.home) == []
        exception = (await parcel_of(o.home, name)).exceptions[-1]
        assert (exception.code, exception.resolution) == ("lost", "compensated")


async def test_who_may_do_what(address: Address) -> None:
    async with office(address) as o:
        packed = await sent(o)
        desk, name = o.accepting.desks.cases, packed.parcel.name
        clerk = Staff("c", "s-c", "窗口", frozenset({"window"}), "window-1")
        nobody = Staff("n", "s-n", "无", frozenset(), "window-1")
        ended = mailroom_pb2.ResolveExceptionRequest(name=name, code="lost", resolution="found", note="找到")
        await desk.list_cases(clerk, mailroom_pb2.ListCasesRequest())
        for refused in (
            desk.list_cases(nobody, mailroom_pb2.ListCasesRequest()),
            desk.raise_exception(nobody, mailroom_pb2.RaiseExceptionRequest(name=name, code="lost")),
            desk.resolve_exception(clerk, ended),
            desk.request_trace(clerk, mailroom_pb2.RequestTraceRequest(name=name)),
            desk.answer_trace(clerk, mailroom_pb2.AnswerTraceRequest(name=name)),
        ):
            with pytest.raises(errors.Forbidden):
                await refused


async def test_pages_of_cases_and_the_table_made_anew(address: Address) -> None:
    async with office(address) as o:
        packed = await sent(o)
        desk, staff, name = o.accepting.desks.cases, porter(o.accepting), packed.parcel.name
        for code in ("lost", "damaged", "seal-broken", "customs-hold", "refused"):
            await desk.raise_exception(staff, mailroom_pb2.RaiseExceptionRequest(name=name, code=code, leg=1))
        whole = (await desk.list_cases(staff, mailroom_pb2.ListCasesRequest())).cases
        assert [case.deadline_time.seconds for case in whole] == sorted(case.deadline_time.seconds for case in whole)
        seen: list[mailroom_pb2.Case] = []
        token = ""
        for _ in range(5):
            page = await desk.list_cases(staff, mailroom_pb2.ListCasesRequest(page_size=2, page_token=token))
            seen += page.cases
            token = page.next_page_token
            if not token:
                break
        assert seen == list(whole)
        assert await desk.counts() == (5, 0)
        for wrong in ("!", "bm9uZQ=="):
            with pytest.raises(errors.FilterInvalid):
                await desk.list_cases(staff, mailroom_pb2.ListCasesRequest(page_token=wrong))
        database = o.accepting.core.database
        await database.run(lambda tx: tx.execute(CASES.drop_cases, {"parcel": name}))
        await cases.fill(database)
        assert await desk.counts() == (0, 0)
        await database.run(lambda tx: tx.execute(QUERIES.put_setting, {"key": cases.UNFILLED, "value": "1"}))
        await cases.fill(database)
        assert (await desk.list_cases(staff, mailroom_pb2.ListCasesRequest())).cases == whole


async def test_an_open_trace_names_what_is_sought(address: Address) -> None:
    async with office(address) as o:
        packed = await sent(o)
        item = packed.parcel.manifest[0].item
        await o.accepting.desks.cases.request_trace(
            porter(o.accepting),
            mailroom_pb2.RequestTraceRequest(
                name=packed.parcel.name, item=item, asked_node=f"nodes/{HOME}", note="房产证"
            ),
        )
        await o.settled()
        [trace] = (await parcel_of(o.home, packed.parcel.name)).traces
        assert isinstance(trace, exception_pb2.Trace)
        assert (trace.item, trace.asking_node, trace.outcome) == (item, f"nodes/{ACCEPTING}", "")


async def test_two_people_who_check_one_parcel_at_once_end_it_once(address: Address) -> None:
    async with office(address) as o:
        packed = await sent(o)
        name, desk, one = packed.parcel.name, o.home.desks.mailroom, porter(o.home)
        take = mailroom_pb2.TakeInParcelRequest(stub=packed.stub, seals=["SEAL-0001"], waybill="EB1")
        await desk.take_in_parcel(one, take)
        photo = b"\xff\xd8\xff" + bytes(64)
        await desk.open_parcel(one, mailroom_pb2.OpenParcelRequest(name=name, seals_intact=True, photo=photo))
        other = Staff("m2", "s-m2", "收发", frozenset({"mailroom"}), "mailroom-1")
        right = parcel_pb2.CHECK_OUTCOME_CORRECT
        checks = [parcel_pb2.ItemCheck(item=entry.item, outcome=right) for entry in packed.parcel.manifest]
        request = mailroom_pb2.CheckItemsRequest(name=name, checks=checks)
        before = len((await parcel_of(o.home, name)).exceptions)
        for parcel in await asyncio.gather(*(desk.check_items(staff, request) for staff in (one, other))):
            assert parcel.state == lifecycle_pb2.PARCEL_STATE_RECONCILED
        assert len((await parcel_of(o.home, name)).exceptions) == before


async def test_who_does_not_own_a_case_and_has_no_part_in_it_does_not_end_it(address: Address) -> None:
    async with office(address, regions=(HOME, ACCEPTING, "330328")) as o:
        packed = await sent(o)
        name, passer = packed.parcel.name, o.nodes["330328"]
        take = mailroom_pb2.TakeInParcelRequest(stub=packed.stub, seals=["SEAL-0001"], waybill="EB1")
        await passer.desks.mailroom.take_in_parcel(porter(passer), take)
        await o.settled()
        home = o.home.desks.mailroom
        await home.take_in_parcel(porter(o.home), take)
        await o.settled()
        late = mailroom_pb2.RaiseExceptionRequest(name=name, code="damaged")
        await o.home.desks.cases.raise_exception(porter(o.home), late)
        await o.settled()
        ended = mailroom_pb2.ResolveExceptionRequest(name=name, code="damaged", resolution="explained", note="无")
        with pytest.raises(errors.RoleNotAllowed):
            await passer.desks.cases.resolve_exception(porter(passer), ended)
        await o.home.desks.cases.resolve_exception(porter(o.home), ended)
