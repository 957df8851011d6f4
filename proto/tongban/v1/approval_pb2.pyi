from buf.validate import validate_pb2 as _validate_pb2
from tongban.v1 import application_pb2 as _application_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OpenApplicationRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class OpenedMaterial(_message.Message):
    __slots__ = ("material", "serial", "content", "media_type")
    MATERIAL_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    material: _application_pb2.Material
    serial: str
    content: bytes
    media_type: str
    def __init__(self, material: _Optional[_Union[_application_pb2.Material, _Mapping]] = ..., serial: _Optional[str] = ..., content: _Optional[bytes] = ..., media_type: _Optional[str] = ...) -> None: ...

class OpenApplicationResponse(_message.Message):
    __slots__ = ("application", "form", "materials", "explanation")
    class FormEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    MATERIALS_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    application: _application_pb2.Application
    form: _containers.ScalarMap[str, str]
    materials: _containers.RepeatedCompositeFieldContainer[OpenedMaterial]
    explanation: str
    def __init__(self, application: _Optional[_Union[_application_pb2.Application, _Mapping]] = ..., form: _Optional[_Mapping[str, str]] = ..., materials: _Optional[_Iterable[_Union[OpenedMaterial, _Mapping]]] = ..., explanation: _Optional[str] = ...) -> None: ...

class AcceptApplicationRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class DeclineApplicationRequest(_message.Message):
    __slots__ = ("name", "reason_code", "explanation")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason_code: str
    explanation: str
    def __init__(self, name: _Optional[str] = ..., reason_code: _Optional[str] = ..., explanation: _Optional[str] = ...) -> None: ...

class RequireCorrectionRequest(_message.Message):
    __slots__ = ("name", "defects", "explanation")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DEFECTS_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    defects: _containers.RepeatedCompositeFieldContainer[_application_pb2.Defect]
    explanation: str
    def __init__(self, name: _Optional[str] = ..., defects: _Optional[_Iterable[_Union[_application_pb2.Defect, _Mapping]]] = ..., explanation: _Optional[str] = ...) -> None: ...

class StartReviewRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ApproveApplicationRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class RefuseApplicationRequest(_message.Message):
    __slots__ = ("name", "reason_code", "explanation")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason_code: str
    explanation: str
    def __init__(self, name: _Optional[str] = ..., reason_code: _Optional[str] = ..., explanation: _Optional[str] = ...) -> None: ...

class IssueResultRequest(_message.Message):
    __slots__ = ("name", "electronic", "media_type", "paper", "printing", "surrenders")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ELECTRONIC_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    PAPER_FIELD_NUMBER: _ClassVar[int]
    PRINTING_FIELD_NUMBER: _ClassVar[int]
    SURRENDERS_FIELD_NUMBER: _ClassVar[int]
    name: str
    electronic: bytes
    media_type: str
    paper: bool
    printing: str
    surrenders: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., electronic: _Optional[bytes] = ..., media_type: _Optional[str] = ..., paper: bool = ..., printing: _Optional[str] = ..., surrenders: _Optional[_Iterable[str]] = ...) -> None: ...

class CloseApplicationRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...
