import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.v1 import parcel_pb2 as _parcel_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PackParcelRequest(_message.Message):
    __slots__ = ("request_id", "purpose", "destination", "items", "seals")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    SEALS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    purpose: _parcel_pb2.ParcelPurpose
    destination: _parcel_pb2.Post
    items: _containers.RepeatedScalarFieldContainer[str]
    seals: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, request_id: _Optional[str] = ..., purpose: _Optional[_Union[_parcel_pb2.ParcelPurpose, str]] = ..., destination: _Optional[_Union[_parcel_pb2.Post, _Mapping]] = ..., items: _Optional[_Iterable[str]] = ..., seals: _Optional[_Iterable[str]] = ...) -> None: ...

class PackParcelResponse(_message.Message):
    __slots__ = ("parcel", "stub")
    PARCEL_FIELD_NUMBER: _ClassVar[int]
    STUB_FIELD_NUMBER: _ClassVar[int]
    parcel: _parcel_pb2.Parcel
    stub: str
    def __init__(self, parcel: _Optional[_Union[_parcel_pb2.Parcel, _Mapping]] = ..., stub: _Optional[str] = ...) -> None: ...

class DispatchParcelRequest(_message.Message):
    __slots__ = ("name", "carrier", "waybill", "seals", "stub", "due_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    WAYBILL_FIELD_NUMBER: _ClassVar[int]
    SEALS_FIELD_NUMBER: _ClassVar[int]
    STUB_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    carrier: str
    waybill: str
    seals: _containers.RepeatedScalarFieldContainer[str]
    stub: str
    due_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., carrier: _Optional[str] = ..., waybill: _Optional[str] = ..., seals: _Optional[_Iterable[str]] = ..., stub: _Optional[str] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

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
    __slots__ = ("name", "seals_intact", "witness")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SEALS_INTACT_FIELD_NUMBER: _ClassVar[int]
    WITNESS_FIELD_NUMBER: _ClassVar[int]
    name: str
    seals_intact: bool
    witness: str
    def __init__(self, name: _Optional[str] = ..., seals_intact: bool = ..., witness: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("original",)
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    original: str
    def __init__(self, original: _Optional[str] = ...) -> None: ...

class GetCustodyResponse(_message.Message):
    __slots__ = ("current", "chain")
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    current: _parcel_pb2.Custody
    chain: _containers.RepeatedCompositeFieldContainer[_parcel_pb2.Custody]
    def __init__(self, current: _Optional[_Union[_parcel_pb2.Custody, _Mapping]] = ..., chain: _Optional[_Iterable[_Union[_parcel_pb2.Custody, _Mapping]]] = ...) -> None: ...
