import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.v1 import envelope_pb2 as _envelope_pb2
from tongban.v1 import lifecycle_pb2 as _lifecycle_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NodeKeyEvents(_message.Message):
    __slots__ = ("node", "events")
    NODE_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    node: str
    events: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.Envelope]
    def __init__(self, node: _Optional[str] = ..., events: _Optional[_Iterable[_Union[_envelope_pb2.Envelope, _Mapping]]] = ...) -> None: ...

class AgreementProof(_message.Message):
    __slots__ = ("format", "name", "document_digest", "proposal", "signatures", "nodes", "printed")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    PRINTED_FIELD_NUMBER: _ClassVar[int]
    format: int
    name: str
    document_digest: bytes
    proposal: _envelope_pb2.Envelope
    signatures: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.Envelope]
    nodes: _containers.RepeatedCompositeFieldContainer[NodeKeyEvents]
    printed: PrintedAgreement
    def __init__(self, format: _Optional[int] = ..., name: _Optional[str] = ..., document_digest: _Optional[bytes] = ..., proposal: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., signatures: _Optional[_Iterable[_Union[_envelope_pb2.Envelope, _Mapping]]] = ..., nodes: _Optional[_Iterable[_Union[NodeKeyEvents, _Mapping]]] = ..., printed: _Optional[_Union[PrintedAgreement, _Mapping]] = ...) -> None: ...

class PrintStatement(_message.Message):
    __slots__ = ("name", "document_version", "document_digest", "printer", "print_time", "state", "party_count", "signature_count")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    PRINTER_FIELD_NUMBER: _ClassVar[int]
    PRINT_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PARTY_COUNT_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    document_version: int
    document_digest: bytes
    printer: str
    print_time: _timestamp_pb2.Timestamp
    state: _lifecycle_pb2.AgreementState
    party_count: int
    signature_count: int
    def __init__(self, name: _Optional[str] = ..., document_version: _Optional[int] = ..., document_digest: _Optional[bytes] = ..., printer: _Optional[str] = ..., print_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[_lifecycle_pb2.AgreementState, str]] = ..., party_count: _Optional[int] = ..., signature_count: _Optional[int] = ...) -> None: ...

class CertifiedKey(_message.Message):
    __slots__ = ("owner", "root_public_key", "public_key", "valid_from_time", "valid_until_time", "root_signature")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ROOT_PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    ROOT_SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    owner: str
    root_public_key: bytes
    public_key: bytes
    valid_from_time: _timestamp_pb2.Timestamp
    valid_until_time: _timestamp_pb2.Timestamp
    root_signature: bytes
    def __init__(self, owner: _Optional[str] = ..., root_public_key: _Optional[bytes] = ..., public_key: _Optional[bytes] = ..., valid_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., root_signature: _Optional[bytes] = ...) -> None: ...

class PrintedSignature(_message.Message):
    __slots__ = ("key", "payload", "value", "leaf_index", "tree_size", "path")
    KEY_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LEAF_INDEX_FIELD_NUMBER: _ClassVar[int]
    TREE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    key: int
    payload: bytes
    value: bytes
    leaf_index: int
    tree_size: int
    path: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, key: _Optional[int] = ..., payload: _Optional[bytes] = ..., value: _Optional[bytes] = ..., leaf_index: _Optional[int] = ..., tree_size: _Optional[int] = ..., path: _Optional[_Iterable[bytes]] = ...) -> None: ...

class PrintedAgreement(_message.Message):
    __slots__ = ("statement", "signature", "keys", "signatures")
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    statement: bytes
    signature: bytes
    keys: _containers.RepeatedCompositeFieldContainer[CertifiedKey]
    signatures: _containers.RepeatedCompositeFieldContainer[PrintedSignature]
    def __init__(self, statement: _Optional[bytes] = ..., signature: _Optional[bytes] = ..., keys: _Optional[_Iterable[_Union[CertifiedKey, _Mapping]]] = ..., signatures: _Optional[_Iterable[_Union[PrintedSignature, _Mapping]]] = ...) -> None: ...
