from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Mode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODE_UNSPECIFIED: _ClassVar[Mode]
    MODE_ONLINE: _ClassVar[Mode]
    MODE_AGENT: _ClassVar[Mode]
    MODE_JOINT: _ClassVar[Mode]

class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANNEL_UNSPECIFIED: _ClassVar[Channel]
    CHANNEL_WINDOW: _ClassVar[Channel]
    CHANNEL_KIOSK: _ClassVar[Channel]
    CHANNEL_WEB: _ClassVar[Channel]
    CHANNEL_MOBILE: _ClassVar[Channel]
    CHANNEL_OVERSEAS: _ClassVar[Channel]

class ApplicantKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    APPLICANT_KIND_UNSPECIFIED: _ClassVar[ApplicantKind]
    APPLICANT_KIND_PERSON: _ClassVar[ApplicantKind]
    APPLICANT_KIND_LEGAL_PERSON: _ClassVar[ApplicantKind]
    APPLICANT_KIND_TAIWAN_COMPATRIOT: _ClassVar[ApplicantKind]
    APPLICANT_KIND_OVERSEAS_CHINESE: _ClassVar[ApplicantKind]

class MaterialForm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MATERIAL_FORM_UNSPECIFIED: _ClassVar[MaterialForm]
    MATERIAL_FORM_ORIGINAL: _ClassVar[MaterialForm]
    MATERIAL_FORM_COPY: _ClassVar[MaterialForm]
    MATERIAL_FORM_ELECTRONIC: _ClassVar[MaterialForm]

class Decider(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DECIDER_UNSPECIFIED: _ClassVar[Decider]
    DECIDER_HOME: _ClassVar[Decider]
    DECIDER_ACCEPTING: _ClassVar[Decider]
MODE_UNSPECIFIED: Mode
MODE_ONLINE: Mode
MODE_AGENT: Mode
MODE_JOINT: Mode
CHANNEL_UNSPECIFIED: Channel
CHANNEL_WINDOW: Channel
CHANNEL_KIOSK: Channel
CHANNEL_WEB: Channel
CHANNEL_MOBILE: Channel
CHANNEL_OVERSEAS: Channel
APPLICANT_KIND_UNSPECIFIED: ApplicantKind
APPLICANT_KIND_PERSON: ApplicantKind
APPLICANT_KIND_LEGAL_PERSON: ApplicantKind
APPLICANT_KIND_TAIWAN_COMPATRIOT: ApplicantKind
APPLICANT_KIND_OVERSEAS_CHINESE: ApplicantKind
MATERIAL_FORM_UNSPECIFIED: MaterialForm
MATERIAL_FORM_ORIGINAL: MaterialForm
MATERIAL_FORM_COPY: MaterialForm
MATERIAL_FORM_ELECTRONIC: MaterialForm
DECIDER_UNSPECIFIED: Decider
DECIDER_HOME: Decider
DECIDER_ACCEPTING: Decider

class StreamPosition(_message.Message):
    __slots__ = ("stream", "version", "head")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    stream: str
    version: int
    head: bytes
    def __init__(self, stream: _Optional[str] = ..., version: _Optional[int] = ..., head: _Optional[bytes] = ...) -> None: ...
