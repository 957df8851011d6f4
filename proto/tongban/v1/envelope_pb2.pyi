import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Mender(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MENDER_UNSPECIFIED: _ClassVar[Mender]
    MENDER_CLERK: _ClassVar[Mender]
    MENDER_AUTHOR: _ClassVar[Mender]
    MENDER_HOME: _ClassVar[Mender]
    MENDER_OPERATOR: _ClassVar[Mender]
    MENDER_NOBODY: _ClassVar[Mender]
MENDER_UNSPECIFIED: Mender
MENDER_CLERK: Mender
MENDER_AUTHOR: Mender
MENDER_HOME: Mender
MENDER_OPERATOR: Mender
MENDER_NOBODY: Mender

class TreeSignature(_message.Message):
    __slots__ = ("key_id", "value", "leaf_index", "tree_size", "path")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LEAF_INDEX_FIELD_NUMBER: _ClassVar[int]
    TREE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    value: bytes
    leaf_index: int
    tree_size: int
    path: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, key_id: _Optional[str] = ..., value: _Optional[bytes] = ..., leaf_index: _Optional[int] = ..., tree_size: _Optional[int] = ..., path: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Envelope(_message.Message):
    __slots__ = ("payload_type", "payload", "signature")
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    payload_type: str
    payload: bytes
    signature: TreeSignature
    def __init__(self, payload_type: _Optional[str] = ..., payload: _Optional[bytes] = ..., signature: _Optional[_Union[TreeSignature, _Mapping]] = ...) -> None: ...

class SealedPart(_message.Message):
    __slots__ = ("name", "audience", "ciphertext")
    NAME_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    CIPHERTEXT_FIELD_NUMBER: _ClassVar[int]
    name: str
    audience: str
    ciphertext: bytes
    def __init__(self, name: _Optional[str] = ..., audience: _Optional[str] = ..., ciphertext: _Optional[bytes] = ...) -> None: ...

class KeyGrant(_message.Message):
    __slots__ = ("audience", "recipient", "key_id", "ciphertext")
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CIPHERTEXT_FIELD_NUMBER: _ClassVar[int]
    audience: str
    recipient: str
    key_id: str
    ciphertext: bytes
    def __init__(self, audience: _Optional[str] = ..., recipient: _Optional[str] = ..., key_id: _Optional[str] = ..., ciphertext: _Optional[bytes] = ...) -> None: ...

class SignedEvent(_message.Message):
    __slots__ = ("envelope", "parts", "grants")
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    GRANTS_FIELD_NUMBER: _ClassVar[int]
    envelope: Envelope
    parts: _containers.RepeatedCompositeFieldContainer[SealedPart]
    grants: _containers.RepeatedCompositeFieldContainer[KeyGrant]
    def __init__(self, envelope: _Optional[_Union[Envelope, _Mapping]] = ..., parts: _Optional[_Iterable[_Union[SealedPart, _Mapping]]] = ..., grants: _Optional[_Iterable[_Union[KeyGrant, _Mapping]]] = ...) -> None: ...

class AdmissionHeader(_message.Message):
    __slots__ = ("gateway", "epoch", "batch_id", "size", "root", "admit_time")
    GATEWAY_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    ADMIT_TIME_FIELD_NUMBER: _ClassVar[int]
    gateway: str
    epoch: int
    batch_id: str
    size: int
    root: bytes
    admit_time: _timestamp_pb2.Timestamp
    def __init__(self, gateway: _Optional[str] = ..., epoch: _Optional[int] = ..., batch_id: _Optional[str] = ..., size: _Optional[int] = ..., root: _Optional[bytes] = ..., admit_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SignedAdmission(_message.Message):
    __slots__ = ("header", "key_id", "signature")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    header: bytes
    key_id: str
    signature: bytes
    def __init__(self, header: _Optional[bytes] = ..., key_id: _Optional[str] = ..., signature: _Optional[bytes] = ...) -> None: ...

class AdmissionLeaf(_message.Message):
    __slots__ = ("event_id", "event_digest", "stream", "version", "predecessor")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PREDECESSOR_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    event_digest: bytes
    stream: str
    version: int
    predecessor: bytes
    def __init__(self, event_id: _Optional[str] = ..., event_digest: _Optional[bytes] = ..., stream: _Optional[str] = ..., version: _Optional[int] = ..., predecessor: _Optional[bytes] = ...) -> None: ...

class Receipt(_message.Message):
    __slots__ = ("batch_id", "leaf", "leaf_index", "path")
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    LEAF_FIELD_NUMBER: _ClassVar[int]
    LEAF_INDEX_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    leaf: bytes
    leaf_index: int
    path: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, batch_id: _Optional[str] = ..., leaf: _Optional[bytes] = ..., leaf_index: _Optional[int] = ..., path: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Rejection(_message.Message):
    __slots__ = ("reason", "message_zh", "message_en", "field", "mender", "found")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ZH_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_EN_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    MENDER_FIELD_NUMBER: _ClassVar[int]
    FOUND_FIELD_NUMBER: _ClassVar[int]
    reason: str
    message_zh: str
    message_en: str
    field: str
    mender: Mender
    found: _types_pb2.StreamPosition
    def __init__(self, reason: _Optional[str] = ..., message_zh: _Optional[str] = ..., message_en: _Optional[str] = ..., field: _Optional[str] = ..., mender: _Optional[_Union[Mender, str]] = ..., found: _Optional[_Union[_types_pb2.StreamPosition, _Mapping]] = ...) -> None: ...

class Outcome(_message.Message):
    __slots__ = ("event_id", "receipt", "rejection")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    REJECTION_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    receipt: Receipt
    rejection: Rejection
    def __init__(self, event_id: _Optional[str] = ..., receipt: _Optional[_Union[Receipt, _Mapping]] = ..., rejection: _Optional[_Union[Rejection, _Mapping]] = ...) -> None: ...

class SeenAdmission(_message.Message):
    __slots__ = ("epoch", "batch_id", "admit_time")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    ADMIT_TIME_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    batch_id: str
    admit_time: _timestamp_pb2.Timestamp
    def __init__(self, epoch: _Optional[int] = ..., batch_id: _Optional[str] = ..., admit_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
