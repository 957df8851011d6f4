"""The catalogue over a whole federation: published, changed, compared, and asked about at the window."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from tests.federation.journey import APPLICANT, ITEM, submission
from tests.nodes.kit import ACCEPTING, HOME, Address, Office, office
from tongban import errors
from tongban.v1 import (
    application_pb2,
    approval_pb2,
    catalogue_pb2,
    directory_pb2,
    registry_pb2,
    types_pb2,
    window_pb2,
)

BASE = "442199806003"
_Publish = catalogue_pb2.PublishItemsRequest


def present(o: Office, name: str = ITEM) -> directory_pb2.ItemDocument:
    """An item's document in force, to be changed."""
    item = o.home.core.shared.item(name)
    assert item is not None
    made = directory_pb2.ItemDocument()
    made.CopyFrom(item.document)
    return made


def new(o: Office, code: str, region: str = HOME) -> directory_pb2.ItemDocument:
    made = present(o)
    made.name, made.home, made.title = f"items/{region}.{code}", f"nodes/{region}", f"新事项 {code}"
    made.base_code = BASE
    return made


def outcomes(response: catalogue_pb2.PublishItemsResponse) -> list[str]:
    return [
        catalogue_pb2.PublishOutcome.Name(each.outcome).removeprefix("PUBLISH_OUTCOME_") for each in response.results
    ]


async def test_a_list_is_published_and_what_is_wrong_harms_nothing_else(address: Address) -> None:
    async with office(address) as o:
        desk, chief = o.home.desks.catalogue, o.home.staff()
        good, bad, other, foreign = new(o, "one"), new(o, "two"), new(o, "three"), new(o, "four", ACCEPTING)
        bad.form_schema = "{"
        other.title = ""
        request = _Publish(documents=[good, bad, other, foreign, good, present(o)])
        checked = await desk.publish_items(chief, _Publish(documents=request.documents, check_only=True))
        expected = ["PUBLISHED", "REFUSED", "REFUSED", "REFUSED", "REFUSED", "UNCHANGED"]
        assert outcomes(checked) == expected
        assert o.home.core.shared.item(good.name) is None
        made = await desk.publish_items(chief, request)
        assert outcomes(made) == expected
        assert [each.field for each in made.results] == [
            "",
            "document.form_schema",
            "document.title",
            "document.home",
            "document.name",
            "",
        ]
        for each in made.results[1:5]:
            assert each.reason == "FIELD_INVALID"
            assert not each.message_zh.isascii()
            assert each.message_en.isascii() or "“" in each.message_en
        assert outcomes(await desk.publish_items(chief, request))[0] == "UNCHANGED"
        await o.settled()
        known = o.accepting.core.shared.item(good.name)
        assert known is not None
        assert known.version == 1
        assert o.accepting.core.shared.item(bad.name) is None
        with pytest.raises(errors.FieldInvalid) as refused:
            await o.home.desks.registry.publish_item(chief, registry_pb2.PublishItemRequest(document=bad))
        assert refused.value.field == "document.form_schema"


async def test_an_item_is_withdrawn_and_comes_back(sqlite: Address) -> None:
    async with office(sqlite) as o:
        desk, chief = o.home.desks.catalogue, o.home.staff()
        document = new(o, "one")
        await desk.publish(chief, document)
        request = catalogue_pb2.WithdrawItemRequest(name=document.name)
        for _ in range(2):
            gone = await desk.withdraw_item(chief, request)
            assert gone.version == 2
        back = await desk.publish(chief, document)
        assert back.version == 3
        with pytest.raises(errors.ItemNotFound):
            await desk.withdraw_item(chief, catalogue_pb2.WithdrawItemRequest(name="items/350600.none"))
        await o.settled()
        with pytest.raises(errors.FieldInvalid, match="only items of this node"):
            await o.accepting.desks.catalogue.withdraw_item(o.accepting.staff(), request)


async def test_the_clerk_is_told_what_changed_since_yesterday(address: Address) -> None:
    async with office(address) as o:
        o.now.move(days=3)
        document = present(o)
        document.conditions.append("年满十八周岁")
        document.promised_working_days = 7
        await o.home.desks.catalogue.publish(o.home.staff(), document)
        await o.settled()
        clerk = o.accepting.staff("window-1")
        asked = window_pb2.FindRouteRequest(item=ITEM, applicant_kind=types_pb2.APPLICANT_KIND_PERSON)
        found = await o.accepting.desks.window.find_route(clerk, asked)
        assert [(c.element, list(c.before), list(c.after)) for c in found.changes] == [
            ("conditions", [], ["年满十八周岁"]),
            ("promised_working_days", [], ["7"]),
        ]
        assert found.item.document.promised_working_days == 7
        assert found.changes[0].version == 2
        assert abs(found.changes[0].admit_time.ToDatetime(dt.UTC) - o.clock.now()) < dt.timedelta(hours=1)
        listed = await o.accepting.desks.window.list_items(clerk, window_pb2.ListItemsRequest())
        assert {each.item.name: len(each.changes) for each in listed.items if each.changes} == {ITEM: 2}
        # In three days it is no news; asked from the beginning, everything is told.
        o.now.move(days=3)
        assert not (await o.accepting.desks.window.find_route(clerk, asked)).changes
        every = catalogue_pb2.ListItemChangesRequest()
        every.since_time.FromSeconds(0)
        desk = o.accepting.desks.catalogue
        assert not (await desk.list_item_changes(clerk, catalogue_pb2.ListItemChangesRequest())).changes
        history = (await desk.list_item_changes(clerk, every)).changes
        assert [c.element for c in history if c.item == ITEM] == ["conditions", "promised_working_days", ""]
        every.name = ITEM
        assert len((await desk.list_item_changes(clerk, every)).changes) == 3


async def test_drift_is_told_to_those_it_concerns(sqlite: Address) -> None:
    async with office(sqlite) as o:
        here, there = new(o, "same"), new(o, "same", ACCEPTING)
        there.title, there.promised_working_days = here.title, 9
        await o.home.desks.catalogue.publish(o.home.staff(), here)
        await o.accepting.desks.catalogue.publish(o.accepting.staff(), there)
        await o.settled()
        for run in (o.home, o.accepting):
            desk = run.desks.catalogue
            found = (await desk.list_drift(run.staff(), catalogue_pb2.ListDriftRequest(own=True))).drifts
            assert [(each.base_code, each.element, each.agreed) for each in found] == [
                (BASE, "promised_working_days", False)
            ]
            assert sorted((list(v.homes), list(v.lines)) for v in found[0].variants) == [
                (["nodes/350600"], []),
                (["nodes/445100"], ["9"]),
            ]
        there.agreed_differences.append("promised_working_days")
        await o.accepting.desks.catalogue.publish(o.accepting.staff(), there)
        await o.settled()
        desk, chief = o.home.desks.catalogue, o.home.staff()
        assert not (await desk.list_drift(chief, catalogue_pb2.ListDriftRequest())).drifts
        agreed = (await desk.list_drift(chief, catalogue_pb2.ListDriftRequest(agreed=True))).drifts
        assert [each.agreed for each in agreed] == [True]


async def test_a_result_is_recognised_here_and_refused_there(sqlite: Address) -> None:
    """S22: 办理结果 of one region, asked about at another."""
    async with office(sqlite) as o:
        document = present(o)
        result = document.results.add(code="licence", title="某证", validity=directory_pb2.VALIDITY_AREA_HOME)
        await o.home.desks.catalogue.publish(o.home.staff(), document)
        await o.settled()
        ask = window_pb2.CheckRecognitionRequest(item=ITEM, result="licence")
        clerk = o.accepting.staff("window-1")
        assert (await o.home.desks.window.check_recognition(o.home.staff(), ask)).recognised
        answer = await o.accepting.desks.window.check_recognition(clerk, ask)
        assert not answer.recognised
        assert answer.area_zh
        assert answer.why_en
        ask.insist = True
        with pytest.raises(errors.ResultNotRecognised) as refused:
            await o.accepting.desks.window.check_recognition(clerk, ask)
        assert "不予认可" in refused.value.text("zh")
        result.validity = directory_pb2.VALIDITY_AREA_LISTED
        result.recognised_by.append(f"nodes/{ACCEPTING}")
        await o.home.desks.catalogue.publish(o.home.staff(), document)
        await o.settled()
        assert (await o.accepting.desks.window.check_recognition(clerk, ask)).through == f"nodes/{ACCEPTING}"
        ask.item = "items/350600.none"
        with pytest.raises(errors.ItemNotFound):
            await o.accepting.desks.window.check_recognition(clerk, ask)


def _with_schema(o: Office) -> directory_pb2.ItemDocument:
    document = present(o)
    document.form.add(name="marital", title="婚姻状况", kind="text", required=True)
    document.form_schema = json.dumps({"type": "object", "properties": {"marital": {"enum": ["已婚", "未婚"]}}})
    spouse = document.materials.add(
        code="spouse", title="配偶身份证", forms=[types_pb2.MATERIAL_FORM_COPY], required=True
    )
    spouse.needed_when.add(field="marital", values=["已婚"])
    return document


def _copy(code: str) -> window_pb2.MaterialContent:
    material = application_pb2.Material(code=code, form=types_pb2.MATERIAL_FORM_COPY, pages=1)
    return window_pb2.MaterialContent(material=material)


async def test_a_form_is_held_against_the_schema_and_its_conditions(sqlite: Address) -> None:
    async with office(sqlite) as o:
        await o.home.desks.catalogue.publish(o.home.staff(), _with_schema(o))
        await o.settled()
        desk, clerk = o.accepting.desks.window, o.accepting.staff("window-1")
        for change, field in (
            ({}, "form.marital"),
            ({"marital": "离异"}, "form.marital"),
            ({"marital": "已婚"}, "materials.spouse"),
        ):
            with pytest.raises(errors.FieldInvalid) as refused:
                await desk.submit_application(clerk, submission(form=APPLICANT | change))
            assert refused.value.field == field
            assert not refused.value.text("zh").isascii()
        filed = await desk.submit_application(clerk, submission(form=APPLICANT | {"marital": "未婚"}))
        await o.settled()
        await o.home.desks.approval.require_correction(
            o.home.staff(),
            approval_pb2.RequireCorrectionRequest(
                name=filed.name,
                defects=[application_pb2.Defect(code="form", defect_code="inconsistent")],
                explanation="婚姻状况与户口簿不一致",
            ),
        )
        await o.settled()
        # What the correction makes necessary is asked for, and nothing else.
        request = window_pb2.SupplyCorrectionRequest(name=filed.name, form={"marital": "离异"})
        with pytest.raises(errors.FieldInvalid) as refused:
            await desk.supply_correction(clerk, request)
        assert refused.value.field == "form.marital"
        request.form["marital"] = "已婚"
        with pytest.raises(errors.FieldInvalid) as refused:
            await desk.supply_correction(clerk, request)
        assert refused.value.field == "materials.spouse"
        request.materials.append(_copy("spouse"))
        supplied = await desk.supply_correction(clerk, request)
        assert "spouse" in {material.code for material in supplied.materials}
