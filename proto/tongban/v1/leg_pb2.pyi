from buf.validate import validate_pb2 as _validate_pb2
from tongban.v1 import lifecycle_pb2 as _lifecycle_pb2
from tongban.v1 import parcel_pb2 as _parcel_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LegCancelled(_message.Message):
    __slots__ = ("leg",)
    LEG_FIELD_NUMBER: _ClassVar[int]
    leg: int
    def __init__(self, leg: _Optional[int] = ...) -> None: ...

class WaybillAssigned(_message.Message):
    __slots__ = ("leg", "waybill", "carrier_order", "cost_fen")
    LEG_FIELD_NUMBER: _ClassVar[int]
    WAYBILL_FIELD_NUMBER: _ClassVar[int]
    CARRIER_ORDER_FIELD_NUMBER: _ClassVar[int]
    COST_FEN_FIELD_NUMBER: _ClassVar[int]
    leg: int
    waybill: str
    carrier_order: str
    cost_fen: int
    def __init__(self, leg: _Optional[int] = ..., waybill: _Optional[str] = ..., carrier_order: _Optional[str] = ..., cost_fen: _Optional[int] = ...) -> None: ...

class WaybillPhotographed(_message.Message):
    __slots__ = ("leg", "photo_digest")
    LEG_FIELD_NUMBER: _ClassVar[int]
    PHOTO_DIGEST_FIELD_NUMBER: _ClassVar[int]
    leg: int
    photo_digest: bytes
    def __init__(self, leg: _Optional[int] = ..., photo_digest: _Optional[bytes] = ...) -> None: ...

class ParcelRedirected(_message.Message):
    __slots__ = ("destination", "reason", "returning")
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RETURNING_FIELD_NUMBER: _ClassVar[int]
    destination: _parcel_pb2.Post
    reason: str
    returning: bool
    def __init__(self, destination: _Optional[_Union[_parcel_pb2.Post, _Mapping]] = ..., reason: _Optional[str] = ..., returning: bool = ...) -> None: ...
