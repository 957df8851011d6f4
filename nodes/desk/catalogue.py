"""The catalogue's desk: what this region publishes, what others have changed, and where regions differ."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agreements import data
from agreements.domain import drift as law
from agreements.domain.catalogue import check_document, check_words
from nodes.core import NodeCore
from nodes.desk.item_history import MAX_CHANGES, all_changes, changes_of, elements_changed, since_yesterday
from nodes.desk.staff import APPROVAL, MAILROOM, SUPERVISOR, WINDOW, Staff
from nodes.journal.drafts import Draft
from tongban import errors
from tongban.storage.base import Transaction
from tongban.v1 import catalogue_pb2, directory_pb2, lifecycle_pb2
from tongban.validation import check

_ANYONE = (WINDOW, APPROVAL, MAILROOM, SUPERVISOR)
_Outcome = catalogue_pb2.PublishOutcome
MAX_PAGE = 100
MAX_DRIFTS = 500


class CatalogueDesk:
    """What is done with lists of items."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core
        self._drifts: tuple[int, tuple[law.Drift, ...]] = (-1, ())
        self._worded: law.Worded = {}
        self._comparing = asyncio.Lock()

    async def publish(self, staff: Staff, document: directory_pb2.ItemDocument) -> directory_pb2.Item:
        """Publish or revise one item of this region."""
        staff.require("发布事项", SUPERVISOR)
        outcome, before = await self._judge(document)
        if outcome == catalogue_pb2.PUBLISH_OUTCOME_UNCHANGED and before is not None:
            return before
        if before is not None:
            draft = Draft(document.name, "item_revised", directory_pb2.ItemRevised(document=document))
        else:
            draft = Draft(document.name, "item_published", directory_pb2.ItemPublished(document=document))
        recorded = await self._core.record(staff.actor, lambda view: ([draft], None))
        return recorded.states[document.name]  # type: ignore[no-any-return]

    async def publish_items(
        self, staff: Staff, request: catalogue_pb2.PublishItemsRequest
    ) -> catalogue_pb2.PublishItemsResponse:
        """Publish or revise several, each for itself."""
        staff.require("发布事项", SUPERVISOR)
        first: dict[str, int] = {}
        for place, document in enumerate(request.documents):
            first.setdefault(document.name, place)
        made = [
            self._publish_one(staff, document, request.check_only, first[document.name] == place)
            for place, document in enumerate(request.documents)
        ]
        return catalogue_pb2.PublishItemsResponse(results=await asyncio.gather(*made))

    async def _publish_one(
        self, staff: Staff, document: directory_pb2.ItemDocument, check_only: bool, first: bool
    ) -> catalogue_pb2.PublishResult:
        result = catalogue_pb2.PublishResult(name=document.name)
        try:
            if not first:
                raise errors.FieldInvalid(
                    field="document.name",
                    problem="同一次提交中有两份此事项,只取前一份",
                    problem_en="it stands twice in this request; the first is taken",
                )
            result.outcome, before = await self._judge(document)
            if before is not None and result.outcome == catalogue_pb2.PUBLISH_OUTCOME_REVISED:
                like = directory_pb2.ItemChange(item=document.name, title=document.title, event_type="item_revised")
                result.changes.extend(elements_changed(like, before.document, document))
            if not check_only:
                await self.publish(staff, document)
        except errors.TongbanError as error:
            result.outcome = catalogue_pb2.PUBLISH_OUTCOME_REFUSED
            result.reason, result.field = error.wire_reason, error.field
            result.message_zh, result.message_en = error.text("zh"), error.text("en")
            del result.changes[:]
        return result

    async def _judge(
        self, document: directory_pb2.ItemDocument
    ) -> tuple[catalogue_pb2.PublishOutcome, directory_pb2.Item | None]:
        """What publishing this would come to; refused by name where it is not sound."""
        check(document, where="document", refuse_unknown=True)
        owner = f"nodes/{document.name.removeprefix('items/').partition('.')[0]}"
        if document.home != self._core.name or owner != self._core.name:
            raise self._foreign("document.home")
        check_document(document)
        check_words(document)
        state = await self._core.state(document.name)
        if not isinstance(state, directory_pb2.Item):
            return catalogue_pb2.PUBLISH_OUTCOME_PUBLISHED, None
        if state.document == document and state.state == lifecycle_pb2.ITEM_STATE_PUBLISHED:
            return catalogue_pb2.PUBLISH_OUTCOME_UNCHANGED, state
        return catalogue_pb2.PUBLISH_OUTCOME_REVISED, state

    def _foreign(self, field: str) -> errors.FieldInvalid:
        return errors.FieldInvalid(
            field=field,
            problem=f"只能发布、取消本节点({self._core.name})的事项",
            problem_en=f"only items of this node ({self._core.name}) can be published or withdrawn here",
        )

    async def withdraw_item(self, staff: Staff, request: catalogue_pb2.WithdrawItemRequest) -> directory_pb2.Item:
        """Take an item off the list; again changes nothing."""
        staff.require("取消事项", SUPERVISOR)
        state = await self._core.state(request.name)
        if not isinstance(state, directory_pb2.Item):
            raise errors.ItemNotFound(field="name", name=request.name, region=self._core.name)
        if state.document.home != self._core.name:
            raise self._foreign("name")
        if state.state == lifecycle_pb2.ITEM_STATE_WITHDRAWN:
            return state
        draft = Draft(request.name, "item_withdrawn", directory_pb2.ItemWithdrawn())
        recorded = await self._core.record(staff.actor, lambda view: ([draft], None))
        return recorded.states[request.name]  # type: ignore[no-any-return]

    async def list_catalogue(
        self, staff: Staff, request: catalogue_pb2.ListCatalogueRequest
    ) -> catalogue_pb2.ListCatalogueResponse:
        """Items as published, by name; this node's own as they will stand once receipted."""
        staff.require("查看事项", *_ANYONE)
        size = min(request.page_size or 50, MAX_PAGE)
        known = [
            item
            for item in self._core.shared.items()
            if item.name > request.page_token
            and (not request.home or item.document.home == request.home)
            and (not request.name or item.name == request.name)
        ]
        response = catalogue_pb2.ListCatalogueResponse(items=known[:size])
        if len(known) > size:
            response.next_page_token = known[size - 1].name
        return response

    async def list_item_changes(
        self, staff: Staff, request: catalogue_pb2.ListItemChangesRequest
    ) -> catalogue_pb2.ListItemChangesResponse:
        """What home regions have changed."""
        staff.require("查看事项", *_ANYONE)
        since = since_yesterday(self._core)
        if request.HasField("since_time"):
            since = request.since_time.ToDatetime(since.tzinfo)

        def work(tx: Transaction) -> list[directory_pb2.ItemChange]:
            return changes_of(tx, request.name, since)[:MAX_CHANGES] if request.name else all_changes(tx, since)

        return catalogue_pb2.ListItemChangesResponse(changes=await self._core.database.run(work, read_only=True))

    async def list_drift(
        self, staff: Staff, request: catalogue_pb2.ListDriftRequest
    ) -> catalogue_pb2.ListDriftResponse:
        """Where regions differ under one base code."""
        staff.require("查看事项", *_ANYONE)
        found = await (self.concerning() if request.own else self.drifts())
        shown = [to_message(each) for each in found if request.agreed or not each.agreed]
        return catalogue_pb2.ListDriftResponse(drifts=shown[:MAX_DRIFTS])

    async def drifts(self) -> tuple[law.Drift, ...]:
        """All differences; worked out anew only when an item has changed, and beside what else the node does."""
        shared = self._core.shared
        async with self._comparing:
            learned = shared.items_learned
            if self._drifts[0] != learned:
                found = await asyncio.to_thread(law.drift, shared.items(), data.elements(), self._worded)
                self._drifts = (learned, found)
            return self._drifts[1]

    async def concerning(self) -> Sequence[law.Drift]:
        """Those that this node is told of: it publishes the item, or shares an agreement on it."""
        agreements = self._core.shared.agreements()
        return [each for each in await self.drifts() if self._core.name in law.concerned(each, agreements)]


def to_message(found: law.Drift) -> catalogue_pb2.ItemDrift:
    """A difference as the contract has it."""
    made = catalogue_pb2.ItemDrift(
        base_code=found.base_code,
        title=found.title,
        element=found.element.name,
        element_zh=found.element.zh,
        element_en=found.element.en,
        agreed=found.agreed,
    )
    for each in found.variants:
        made.variants.add(lines=each.lines, items=each.items, homes=each.homes, leave=each.leave)
    return made
