import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.v1 import lifecycle_pb2 as _lifecycle_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ParcelExceptionResolved(_message.Message):
    __slots__ = ("code", "subject", "resolution")
    CODE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    code: str
    subject: str
    resolution: str
    def __init__(self, code: _Optional[str] = ..., subject: _Optional[str] = ..., resolution: _Optional[str] = ...) -> None: ...

class TraceRequested(_message.Message):
    __slots__ = ("leg", "item", "asked_node", "answer_by_time")
    LEG_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    ASKED_NODE_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_TIME_FIELD_NUMBER: _ClassVar[int]
    leg: int
    item: str
    asked_node: str
    answer_by_time: _timestamp_pb2.Timestamp
    def __init__(self, leg: _Optional[int] = ..., item: _Optional[str] = ..., asked_node: _Optional[str] = ..., answer_by_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TraceAnswered(_message.Message):
    __slots__ = ("trace", "outcome")
    TRACE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    trace: int
    outcome: str
    def __init__(self, trace: _Optional[int] = ..., outcome: _Optional[str] = ...) -> None: ...

class Trace(_message.Message):
    __slots__ = ("number", "asking_node", "asked_node", "leg", "item", "request_time", "answer_by_time", "outcome", "answer_time")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ASKING_NODE_FIELD_NUMBER: _ClassVar[int]
    ASKED_NODE_FIELD_NUMBER: _ClassVar[int]
    LEG_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    REQUEST_TIME_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_TIME_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ANSWER_TIME_FIELD_NUMBER: _ClassVar[int]
    number: int
    asking_node: str
    asked_node: str
    leg: int
    item: str
    request_time: _timestamp_pb2.Timestamp
    answer_by_time: _timestamp_pb2.Timestamp
    outcome: str
    answer_time: _timestamp_pb2.Timestamp
    def __init__(self, number: _Optional[int] = ..., asking_node: _Optional[str] = ..., asked_node: _Optional[str] = ..., leg: _Optional[int] = ..., item: _Optional[str] = ..., request_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answer_by_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., outcome: _Optional[str] = ..., answer_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
