"""The window's desk: taking applications in, and handing results out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from agreements.domain.answering import check_identity
from agreements.domain.coverage import Covered, Query
from agreements.domain.documents import calendar_date
from nodes.core import NodeCore
from nodes.desk import forms, paging
from nodes.desk.collection import CollectionDesk
from nodes.desk.history import view_of
from nodes.desk.item_history import all_changes, changes_of, since_yesterday
from nodes.desk.numbers import new_application, today
from nodes.desk.recognition import recognition
from nodes.desk.repeats import kind_of, made_before, standing
from nodes.desk.staff import WINDOW, Staff
from nodes.journal.drafts import Draft
from nodes.journal.recorder import View
from tongban import errors
from tongban.v1 import application_pb2, directory_pb2, types_pb2, window_pb2


class WindowDesk:
    """What a window does."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core
        self.collection = CollectionDesk(core)

    def _find(self, request: window_pb2.FindRouteRequest | window_pb2.SubmitApplicationRequest) -> Covered:
        date = None
        if isinstance(request, window_pb2.FindRouteRequest) and request.HasField("date"):
            date = calendar_date(request.date, "date")
        covered = self._core.shared.coverage.find(
            Query(
                item=request.item,
                accepting=self._core.name,
                applicant_kind=request.applicant_kind,
                channel=request.channel or types_pb2.CHANNEL_WINDOW,
                instant=self._core.clock.now(),
                mode=request.mode or None,
                collecting=request.collecting or None,
                date=date,
            )
        )
        self._core.copy.check(covered.clause)
        return covered

    async def list_items(self, staff: Staff, request: window_pb2.ListItemsRequest) -> window_pb2.ListItemsResponse:
        """The items that may be taken in here today."""
        staff.require("查看事项", WINDOW, "approval", "mailroom", "supervisor")
        shared = self._core.shared
        response = window_pb2.ListItemsResponse()
        size = min(request.page_size or 100, 500)
        offers = shared.coverage.offers(self._core.name, self._core.clock.now())
        since = since_yesterday(self._core)
        changed: dict[str, list[directory_pb2.ItemChange]] = {}
        for change in await self._core.database.run(lambda tx: all_changes(tx, since), read_only=True):
            changed.setdefault(change.item, []).append(change)
        for entry, clause in sorted(offers, key=lambda offer: offer[0].name):
            item = shared.item(entry.name)
            if item is None or request.query not in item.document.title or entry.name <= request.page_token:
                continue
            if len(response.items) == size:
                response.next_page_token = response.items[-1].item.name
                break
            available = response.items.add(item=item, changes=changed.get(entry.name, ()))
            home = shared.directory.find(item.document.home)
            if home is not None:
                available.home.CopyFrom(home)
            if clause is not None:
                available.agreement = clause.accord.name
                found = shared.clause(clause.accord.name, clause.id, clause.accord.version)
                if found is not None:
                    available.clause.CopyFrom(found)
        return response

    async def find_route(self, staff: Staff, request: window_pb2.FindRouteRequest) -> window_pb2.FindRouteResponse:
        """The route, asked before the form is typed."""
        staff.require("查询办理路径", WINDOW, "supervisor")
        covered = self._find(request)
        response = window_pb2.FindRouteResponse(route=covered.route)
        item = self._core.shared.item(request.item)
        if item is not None:
            response.item.CopyFrom(item)
        route = covered.route
        clause = self._core.shared.clause(route.agreement, route.clause, route.agreement_version)
        if clause is not None:
            response.clause.CopyFrom(clause)
        since = since_yesterday(self._core)
        response.changes.extend(
            await self._core.database.run(lambda tx: changes_of(tx, request.item, since), read_only=True)
        )
        return response

    async def check_recognition(
        self, staff: Staff, request: window_pb2.CheckRecognitionRequest
    ) -> window_pb2.CheckRecognitionResponse:
        """Whether a result is recognised at a node."""
        staff.require("查看事项", WINDOW, "approval", "mailroom", "supervisor")
        return recognition(self._core, request)

    async def submit_application(
        self, staff: Staff, request: window_pb2.SubmitApplicationRequest
    ) -> application_pb2.Application:
        """Take an application in; durable when this returns."""
        staff.require("收件", WINDOW)
        kind = kind_of(self._core, "submit", request)
        again = await made_before(self._core, request.request_id, kind)
        if again is not None:
            return await standing(self._core, again, application_pb2.Application)
        covered = self._find(request)
        item = self._core.shared.item(request.item)
        if item is None:
            raise errors.ItemNotFound(field="item", name=request.item, region=self._core.name)
        forms.check_form(item.document, request.form, today=today(self._core))
        self._check_identity(covered.route, request.form)
        forms.check_materials(item.document, request.materials, request.form)
        parts = forms.pack(request.form, request.materials)
        submitted = application_pb2.ApplicationSubmitted(
            route=covered.route,
            window=staff.post,
            materials=[content.material for content in request.materials],
            wanted_results=list(dict.fromkeys(request.wanted_results)) or [types_pb2.MATERIAL_FORM_ORIGINAL],
        )
        readers = forms.readers(covered.route)

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            if again := view.made(request.request_id, kind):
                return [], again
            name = new_application(self._core, view)
            view.make(request.request_id, kind, name)
            draft = Draft(name, "application_submitted", submitted, parts=parts, readers=readers)
            return [draft], name

        recorded = await self._core.record(staff.actor, build, urgent=False)
        return recorded.states.get(recorded.extra) or await standing(
            self._core, recorded.extra, application_pb2.Application
        )

    def _check_identity(self, route: application_pb2.Route, form: Mapping[str, str]) -> None:
        """The document that the applicant shows is one that the clause takes."""
        clause = self._core.shared.clause(route.agreement, route.clause, route.agreement_version)
        check_identity(form.get("identity_kind", ""), clause, agreement=route.agreement)

    async def _state(self, name: str) -> application_pb2.Application:
        state = await self._core.state(name)
        if state is None:
            raise errors.ApplicationNotFound(field="name", name=name)
        assert isinstance(state, application_pb2.Application)
        return state

    async def get_application(
        self, staff: Staff, request: window_pb2.GetApplicationRequest
    ) -> window_pb2.ApplicationView:
        """One application as this node knows it."""
        staff.require("查看办件", WINDOW, "approval", "mailroom", "supervisor")
        view = await self._core.database.run(lambda tx: view_of(tx, self._core, request.name), read_only=True)
        if view is None:
            raise errors.ApplicationNotFound(field="name", name=request.name)
        return view

    async def list_applications(
        self, staff: Staff, request: window_pb2.ListApplicationsRequest
    ) -> window_pb2.ListApplicationsResponse:
        """Applications of this node, newest first."""
        staff.require("查看办件", WINDOW, "approval", "mailroom", "supervisor")
        rows, token = await paging.newest(
            self._core,
            "applications",
            size=request.page_size,
            token=request.page_token,
            phases=request.states,
            role=request.role,
        )
        return window_pb2.ListApplicationsResponse(
            applications=[application_pb2.Application.FromString(blob) for blob in rows], next_page_token=token
        )

    async def watch_application(
        self, staff: Staff, request: window_pb2.WatchApplicationRequest
    ) -> AsyncIterator[window_pb2.ApplicationView]:
        """Every change of one application, from now on."""
        with self._core.watch(request.name) as watch:
            while True:
                yield await self.get_application(staff, window_pb2.GetApplicationRequest(name=request.name))
                await watch.changed()

    async def supply_correction(
        self, staff: Staff, request: window_pb2.SupplyCorrectionRequest
    ) -> application_pb2.Application:
        """Hand in what the notice asked for."""
        staff.require("补正", WINDOW)
        if not request.materials and not request.form:
            raise errors.FieldInvalid(
                field="materials",
                problem="至少补交一项材料或一项内容",
                problem_en="supply at least one material or field",
            )
        application = await self._state(request.name)
        self._check_identity(application.route, request.form)
        item = self._core.shared.item(application.route.item)
        if item is not None:
            await self._check_correction(item.document, application, request)
        content = application_pb2.CorrectionSupplied(materials=[m.material for m in request.materials])
        draft = Draft(
            request.name,
            "correction_supplied",
            content,
            parts=forms.pack(request.form, request.materials),
            readers=forms.readers(application.route),
        )
        return await self._one(staff, draft)

    async def _check_correction(
        self,
        item: directory_pb2.ItemDocument,
        application: application_pb2.Application,
        request: window_pb2.SupplyCorrectionRequest,
    ) -> None:
        """The whole as it would stand, where this node can open what was filed; else what is supplied, for itself."""
        before = await self._core.database.run(lambda tx: forms.stored(self._core.sealer, tx, request.name))
        forms.check_form(item, request.form, today=today(self._core), partly=True, before=before)
        stood = before if before is not None else request.form
        forms.check_materials(
            item,
            request.materials,
            {**stood, **request.form},
            handed_in={material.code for material in application.materials},
            before=stood,
        )

    async def withdraw_application(
        self, staff: Staff, request: window_pb2.WithdrawApplicationRequest
    ) -> application_pb2.Application:
        """Withdraw at the applicant's wish."""
        staff.require("撤回", WINDOW)
        await self._state(request.name)
        return await self._one(
            staff, Draft(request.name, "application_withdrawn", application_pb2.ApplicationWithdrawn())
        )

    async def ready_result(
        self, staff: Staff, request: window_pb2.ReadyResultRequest
    ) -> window_pb2.ReadyResultResponse:
        """Say that the result lies here, and make the pickup code."""
        return await self.collection.ready_result(staff, request)

    async def collect_result(
        self, staff: Staff, request: window_pb2.CollectResultRequest
    ) -> application_pb2.Application:
        """Hand the result out against the code."""
        return await self.collection.collect_result(staff, request)

    async def _one(self, staff: Staff, draft: Draft) -> application_pb2.Application:
        recorded = await self._core.record(staff.actor, lambda view: ([draft], None))
        return recorded.states[draft.stream]  # type: ignore[no-any-return]
