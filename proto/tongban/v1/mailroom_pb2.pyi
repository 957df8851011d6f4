import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.v1 import envelope_pb2 as _envelope_pb2
from tongban.v1 import parcel_pb2 as _parcel_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PackParcelRequest(_message.Message):
    __slots__ = ("request_id", "purpose", "destination", "items", "seals", "details")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    SEALS_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    purpose: _parcel_pb2.ParcelPurpose
    destination: _parcel_pb2.Post
    items: _containers.RepeatedScalarFieldContainer[str]
    seals: _containers.RepeatedScalarFieldContainer[str]
    details: _containers.RepeatedCompositeFieldContainer[PackedItem]
    def __init__(self, request_id: _Optional[str] = ..., purpose: _Optional[_Union[_parcel_pb2.ParcelPurpose, str]] = ..., destination: _Optional[_Union[_parcel_pb2.Post, _Mapping]] = ..., items: _Optional[_Iterable[str]] = ..., seals: _Optional[_Iterable[str]] = ..., details: _Optional[_Iterable[_Union[PackedItem, _Mapping]]] = ...) -> None: ...

class PackedItem(_message.Message):
    __slots__ = ("item", "serial", "photo")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    PHOTO_FIELD_NUMBER: _ClassVar[int]
    item: str
    serial: str
    photo: bytes
    def __init__(self, item: _Optional[str] = ..., serial: _Optional[str] = ..., photo: _Optional[bytes] = ...) -> None: ...

class PackParcelResponse(_message.Message):
    __slots__ = ("parcel", "stub")
    PARCEL_FIELD_NUMBER: _ClassVar[int]
    STUB_FIELD_NUMBER: _ClassVar[int]
    parcel: _parcel_pb2.Parcel
    stub: str
    def __init__(self, parcel: _Optional[_Union[_parcel_pb2.Parcel, _Mapping]] = ..., stub: _Optional[str] = ...) -> None: ...

class DispatchParcelRequest(_message.Message):
    __slots__ = ("name", "carrier", "waybill", "seals", "stub", "due_time", "waybill_photo")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    WAYBILL_FIELD_NUMBER: _ClassVar[int]
    SEALS_FIELD_NUMBER: _ClassVar[int]
    STUB_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    WAYBILL_PHOTO_FIELD_NUMBER: _ClassVar[int]
    name: str
    carrier: str
    waybill: str
    seals: _containers.RepeatedScalarFieldContainer[str]
    stub: str
    due_time: _timestamp_pb2.Timestamp
    waybill_photo: bytes
    def __init__(self, name: _Optional[str] = ..., carrier: _Optional[str] = ..., waybill: _Optional[str] = ..., seals: _Optional[_Iterable[str]] = ..., stub: _Optional[str] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., waybill_photo: _Optional[bytes] = ...) -> None: ...

class TakeInParcelRequest(_message.Message):
    __slots__ = ("stub", "seals", "waybill")
    STUB_FIELD_NUMBER: _ClassVar[int]
    SEALS_FIELD_NUMBER: _ClassVar[int]
    WAYBILL_FIELD_NUMBER: _ClassVar[int]
    stub: str
    seals: _containers.RepeatedScalarFieldContainer[str]
    waybill: str
    def __init__(self, stub: _Optional[str] = ..., seals: _Optional[_Iterable[str]] = ..., waybill: _Optional[str] = ...) -> None: ...

class OpenParcelRequest(_message.Message):
    __slots__ = ("name", "seals_intact", "witness", "photo")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SEALS_INTACT_FIELD_NUMBER: _ClassVar[int]
    WITNESS_FIELD_NUMBER: _ClassVar[int]
    PHOTO_FIELD_NUMBER: _ClassVar[int]
    name: str
    seals_intact: bool
    witness: str
    photo: bytes
    def __init__(self, name: _Optional[str] = ..., seals_intact: bool = ..., witness: _Optional[str] = ..., photo: _Optional[bytes] = ...) -> None: ...

class CheckItemsRequest(_message.Message):
    __slots__ = ("name", "checks")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    name: str
    checks: _containers.RepeatedCompositeFieldContainer[_parcel_pb2.ItemCheck]
    def __init__(self, name: _Optional[str] = ..., checks: _Optional[_Iterable[_Union[_parcel_pb2.ItemCheck, _Mapping]]] = ...) -> None: ...

class GetParcelRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListParcelsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListParcelsResponse(_message.Message):
    __slots__ = ("parcels", "next_page_token")
    PARCELS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parcels: _containers.RepeatedCompositeFieldContainer[_parcel_pb2.Parcel]
    next_page_token: str
    def __init__(self, parcels: _Optional[_Iterable[_Union[_parcel_pb2.Parcel, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetCustodyRequest(_message.Message):
    __slots__ = ("original", "at_time")
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    AT_TIME_FIELD_NUMBER: _ClassVar[int]
    original: str
    at_time: _timestamp_pb2.Timestamp
    def __init__(self, original: _Optional[str] = ..., at_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetCustodyResponse(_message.Message):
    __slots__ = ("current", "chain", "event")
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    current: _parcel_pb2.Custody
    chain: _containers.RepeatedCompositeFieldContainer[_parcel_pb2.Custody]
    event: MovingEvent
    def __init__(self, current: _Optional[_Union[_parcel_pb2.Custody, _Mapping]] = ..., chain: _Optional[_Iterable[_Union[_parcel_pb2.Custody, _Mapping]]] = ..., event: _Optional[_Union[MovingEvent, _Mapping]] = ...) -> None: ...

class MovingEvent(_message.Message):
    __slots__ = ("event_id", "stream", "version", "author", "claim_time", "digest", "receipt")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    CLAIM_TIME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    stream: str
    version: int
    author: str
    claim_time: _timestamp_pb2.Timestamp
    digest: bytes
    receipt: _envelope_pb2.Receipt
    def __init__(self, event_id: _Optional[str] = ..., stream: _Optional[str] = ..., version: _Optional[int] = ..., author: _Optional[str] = ..., claim_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., digest: _Optional[bytes] = ..., receipt: _Optional[_Union[_envelope_pb2.Receipt, _Mapping]] = ...) -> None: ...

class CarrierContact(_message.Message):
    __slots__ = ("name", "phone", "province", "city", "county", "address")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    PROVINCE_FIELD_NUMBER: _ClassVar[int]
    CITY_FIELD_NUMBER: _ClassVar[int]
    COUNTY_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    name: str
    phone: str
    province: str
    city: str
    county: str
    address: str
    def __init__(self, name: _Optional[str] = ..., phone: _Optional[str] = ..., province: _Optional[str] = ..., city: _Optional[str] = ..., county: _Optional[str] = ..., address: _Optional[str] = ...) -> None: ...

class CarrierOrder(_message.Message):
    __slots__ = ("sender", "receiver", "weight_grams")
    SENDER_FIELD_NUMBER: _ClassVar[int]
    RECEIVER_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_GRAMS_FIELD_NUMBER: _ClassVar[int]
    sender: CarrierContact
    receiver: CarrierContact
    weight_grams: int
    def __init__(self, sender: _Optional[_Union[CarrierContact, _Mapping]] = ..., receiver: _Optional[_Union[CarrierContact, _Mapping]] = ..., weight_grams: _Optional[int] = ...) -> None: ...

class OfferParcelRequest(_message.Message):
    __slots__ = ("name", "carrier", "waybill", "due_time", "order", "cost_fen")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    WAYBILL_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    COST_FEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    carrier: str
    waybill: str
    due_time: _timestamp_pb2.Timestamp
    order: CarrierOrder
    cost_fen: int
    def __init__(self, name: _Optional[str] = ..., carrier: _Optional[str] = ..., waybill: _Optional[str] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., order: _Optional[_Union[CarrierOrder, _Mapping]] = ..., cost_fen: _Optional[int] = ...) -> None: ...

class CancelLegRequest(_message.Message):
    __slots__ = ("name", "leg")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LEG_FIELD_NUMBER: _ClassVar[int]
    name: str
    leg: int
    def __init__(self, name: _Optional[str] = ..., leg: _Optional[int] = ...) -> None: ...

class AddWaybillPhotoRequest(_message.Message):
    __slots__ = ("name", "leg", "photo")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LEG_FIELD_NUMBER: _ClassVar[int]
    PHOTO_FIELD_NUMBER: _ClassVar[int]
    name: str
    leg: int
    photo: bytes
    def __init__(self, name: _Optional[str] = ..., leg: _Optional[int] = ..., photo: _Optional[bytes] = ...) -> None: ...

class RecordObservationRequest(_message.Message):
    __slots__ = ("name", "leg", "meaning", "observe_time", "signed_by", "text")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LEG_FIELD_NUMBER: _ClassVar[int]
    MEANING_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    SIGNED_BY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    name: str
    leg: int
    meaning: str
    observe_time: _timestamp_pb2.Timestamp
    signed_by: str
    text: str
    def __init__(self, name: _Optional[str] = ..., leg: _Optional[int] = ..., meaning: _Optional[str] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., signed_by: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class RedirectParcelRequest(_message.Message):
    __slots__ = ("name", "destination", "reason", "returning")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RETURNING_FIELD_NUMBER: _ClassVar[int]
    name: str
    destination: _parcel_pb2.Post
    reason: str
    returning: bool
    def __init__(self, name: _Optional[str] = ..., destination: _Optional[_Union[_parcel_pb2.Post, _Mapping]] = ..., reason: _Optional[str] = ..., returning: bool = ...) -> None: ...

class ListCasesRequest(_message.Message):
    __slots__ = ("own", "escalated", "page_size", "page_token")
    OWN_FIELD_NUMBER: _ClassVar[int]
    ESCALATED_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    own: bool
    escalated: bool
    page_size: int
    page_token: str
    def __init__(self, own: bool = ..., escalated: bool = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class Case(_message.Message):
    __slots__ = ("parcel", "code", "subject", "owner", "create_time", "deadline_time", "escalated", "advice_zh", "advice_en")
    PARCEL_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_TIME_FIELD_NUMBER: _ClassVar[int]
    ESCALATED_FIELD_NUMBER: _ClassVar[int]
    ADVICE_ZH_FIELD_NUMBER: _ClassVar[int]
    ADVICE_EN_FIELD_NUMBER: _ClassVar[int]
    parcel: str
    code: str
    subject: str
    owner: str
    create_time: _timestamp_pb2.Timestamp
    deadline_time: _timestamp_pb2.Timestamp
    escalated: bool
    advice_zh: str
    advice_en: str
    def __init__(self, parcel: _Optional[str] = ..., code: _Optional[str] = ..., subject: _Optional[str] = ..., owner: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., deadline_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., escalated: bool = ..., advice_zh: _Optional[str] = ..., advice_en: _Optional[str] = ...) -> None: ...

class ListCasesResponse(_message.Message):
    __slots__ = ("cases", "next_page_token")
    CASES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[Case]
    next_page_token: str
    def __init__(self, cases: _Optional[_Iterable[_Union[Case, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RaiseExceptionRequest(_message.Message):
    __slots__ = ("name", "code", "leg", "note")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    LEG_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    name: str
    code: str
    leg: int
    note: str
    def __init__(self, name: _Optional[str] = ..., code: _Optional[str] = ..., leg: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...

class ResolveExceptionRequest(_message.Message):
    __slots__ = ("name", "code", "subject", "resolution", "note")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    name: str
    code: str
    subject: str
    resolution: str
    note: str
    def __init__(self, name: _Optional[str] = ..., code: _Optional[str] = ..., subject: _Optional[str] = ..., resolution: _Optional[str] = ..., note: _Optional[str] = ...) -> None: ...

class RequestTraceRequest(_message.Message):
    __slots__ = ("name", "leg", "item", "asked_node", "answer_by_time", "note")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LEG_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    ASKED_NODE_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_TIME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    name: str
    leg: int
    item: str
    asked_node: str
    answer_by_time: _timestamp_pb2.Timestamp
    note: str
    def __init__(self, name: _Optional[str] = ..., leg: _Optional[int] = ..., item: _Optional[str] = ..., asked_node: _Optional[str] = ..., answer_by_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., note: _Optional[str] = ...) -> None: ...

class AnswerTraceRequest(_message.Message):
    __slots__ = ("name", "trace", "outcome", "note")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    name: str
    trace: int
    outcome: str
    note: str
    def __init__(self, name: _Optional[str] = ..., trace: _Optional[int] = ..., outcome: _Optional[str] = ..., note: _Optional[str] = ...) -> None: ...

class ListShelfRequest(_message.Message):
    __slots__ = ("post",)
    POST_FIELD_NUMBER: _ClassVar[int]
    post: str
    def __init__(self, post: _Optional[str] = ...) -> None: ...

class ShelfEntry(_message.Message):
    __slots__ = ("name", "since_time", "kind")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    name: str
    since_time: _timestamp_pb2.Timestamp
    kind: str
    def __init__(self, name: _Optional[str] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[str] = ...) -> None: ...

class ListShelfResponse(_message.Message):
    __slots__ = ("entries",)
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[ShelfEntry]
    def __init__(self, entries: _Optional[_Iterable[_Union[ShelfEntry, _Mapping]]] = ...) -> None: ...

class TakeStockRequest(_message.Message):
    __slots__ = ("request_id", "post", "scanned")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    POST_FIELD_NUMBER: _ClassVar[int]
    SCANNED_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    post: str
    scanned: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, request_id: _Optional[str] = ..., post: _Optional[str] = ..., scanned: _Optional[_Iterable[str]] = ...) -> None: ...

class TakeStockResponse(_message.Message):
    __slots__ = ("matched", "missing", "unexpected", "close_time")
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    UNEXPECTED_FIELD_NUMBER: _ClassVar[int]
    CLOSE_TIME_FIELD_NUMBER: _ClassVar[int]
    matched: int
    missing: _containers.RepeatedScalarFieldContainer[str]
    unexpected: _containers.RepeatedScalarFieldContainer[str]
    close_time: _timestamp_pb2.Timestamp
    def __init__(self, matched: _Optional[int] = ..., missing: _Optional[_Iterable[str]] = ..., unexpected: _Optional[_Iterable[str]] = ..., close_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetDayLedgerRequest(_message.Message):
    __slots__ = ("day", "post")
    DAY_FIELD_NUMBER: _ClassVar[int]
    POST_FIELD_NUMBER: _ClassVar[int]
    day: str
    post: str
    def __init__(self, day: _Optional[str] = ..., post: _Optional[str] = ...) -> None: ...

class LedgerEntry(_message.Message):
    __slots__ = ("time", "original", "parcel", "direction", "counterpart", "both_scans", "event_id")
    TIME_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    PARCEL_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    COUNTERPART_FIELD_NUMBER: _ClassVar[int]
    BOTH_SCANS_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    original: str
    parcel: str
    direction: str
    counterpart: str
    both_scans: bool
    event_id: str
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., original: _Optional[str] = ..., parcel: _Optional[str] = ..., direction: _Optional[str] = ..., counterpart: _Optional[str] = ..., both_scans: bool = ..., event_id: _Optional[str] = ...) -> None: ...

class GetDayLedgerResponse(_message.Message):
    __slots__ = ("opening", "entries", "closing")
    OPENING_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    CLOSING_FIELD_NUMBER: _ClassVar[int]
    opening: int
    entries: _containers.RepeatedCompositeFieldContainer[LedgerEntry]
    closing: int
    def __init__(self, opening: _Optional[int] = ..., entries: _Optional[_Iterable[_Union[LedgerEntry, _Mapping]]] = ..., closing: _Optional[int] = ...) -> None: ...

class GetParcelStatisticsRequest(_message.Message):
    __slots__ = ("month",)
    MONTH_FIELD_NUMBER: _ClassVar[int]
    month: str
    def __init__(self, month: _Optional[str] = ...) -> None: ...

class ParcelStatistics(_message.Message):
    __slots__ = ("origin", "destination", "carrier", "legs", "arrived", "median_days_hundredths", "p90_days_hundredths", "late", "lost", "discrepancies", "one_sided", "cost_fen")
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    LEGS_FIELD_NUMBER: _ClassVar[int]
    ARRIVED_FIELD_NUMBER: _ClassVar[int]
    MEDIAN_DAYS_HUNDREDTHS_FIELD_NUMBER: _ClassVar[int]
    P90_DAYS_HUNDREDTHS_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    DISCREPANCIES_FIELD_NUMBER: _ClassVar[int]
    ONE_SIDED_FIELD_NUMBER: _ClassVar[int]
    COST_FEN_FIELD_NUMBER: _ClassVar[int]
    origin: str
    destination: str
    carrier: str
    legs: int
    arrived: int
    median_days_hundredths: int
    p90_days_hundredths: int
    late: int
    lost: int
    discrepancies: int
    one_sided: int
    cost_fen: int
    def __init__(self, origin: _Optional[str] = ..., destination: _Optional[str] = ..., carrier: _Optional[str] = ..., legs: _Optional[int] = ..., arrived: _Optional[int] = ..., median_days_hundredths: _Optional[int] = ..., p90_days_hundredths: _Optional[int] = ..., late: _Optional[int] = ..., lost: _Optional[int] = ..., discrepancies: _Optional[int] = ..., one_sided: _Optional[int] = ..., cost_fen: _Optional[int] = ...) -> None: ...

class GetParcelStatisticsResponse(_message.Message):
    __slots__ = ("rows",)
    ROWS_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[ParcelStatistics]
    def __init__(self, rows: _Optional[_Iterable[_Union[ParcelStatistics, _Mapping]]] = ...) -> None: ...
