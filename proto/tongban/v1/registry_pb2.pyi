import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.v1 import agreement_pb2 as _agreement_pb2
from tongban.v1 import directory_pb2 as _directory_pb2
from tongban.v1 import proof_pb2 as _proof_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PublishItemRequest(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: _directory_pb2.ItemDocument
    def __init__(self, document: _Optional[_Union[_directory_pb2.ItemDocument, _Mapping]] = ...) -> None: ...

class ProposeAgreementRequest(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    def __init__(self, document: _Optional[bytes] = ...) -> None: ...

class SignAgreementRequest(_message.Message):
    __slots__ = ("name", "document_digest")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    name: str
    document_digest: bytes
    def __init__(self, name: _Optional[str] = ..., document_digest: _Optional[bytes] = ...) -> None: ...

class ListAgreementsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAgreementsResponse(_message.Message):
    __slots__ = ("agreements", "next_page_token")
    AGREEMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    agreements: _containers.RepeatedCompositeFieldContainer[_agreement_pb2.Agreement]
    next_page_token: str
    def __init__(self, agreements: _Optional[_Iterable[_Union[_agreement_pb2.Agreement, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetAgreementProofRequest(_message.Message):
    __slots__ = ("name", "document_digest")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    name: str
    document_digest: bytes
    def __init__(self, name: _Optional[str] = ..., document_digest: _Optional[bytes] = ...) -> None: ...

class ResourceTitle(_message.Message):
    __slots__ = ("name", "title")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    name: str
    title: str
    def __init__(self, name: _Optional[str] = ..., title: _Optional[str] = ...) -> None: ...

class GetAgreementProofResponse(_message.Message):
    __slots__ = ("proof", "agreement", "titles")
    PROOF_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    TITLES_FIELD_NUMBER: _ClassVar[int]
    proof: _proof_pb2.AgreementProof
    agreement: _agreement_pb2.Agreement
    titles: _containers.RepeatedCompositeFieldContainer[ResourceTitle]
    def __init__(self, proof: _Optional[_Union[_proof_pb2.AgreementProof, _Mapping]] = ..., agreement: _Optional[_Union[_agreement_pb2.Agreement, _Mapping]] = ..., titles: _Optional[_Iterable[_Union[ResourceTitle, _Mapping]]] = ...) -> None: ...

class ListNodesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListNodesResponse(_message.Message):
    __slots__ = ("nodes", "next_page_token")
    NODES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedCompositeFieldContainer[_directory_pb2.Node]
    next_page_token: str
    def __init__(self, nodes: _Optional[_Iterable[_Union[_directory_pb2.Node, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetNodeStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Finding(_message.Message):
    __slots__ = ("code", "party", "hop", "node", "message_zh", "message_en", "remedy_zh", "remedy_en", "effect", "since_time", "stream")
    CODE_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    HOP_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ZH_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_EN_FIELD_NUMBER: _ClassVar[int]
    REMEDY_ZH_FIELD_NUMBER: _ClassVar[int]
    REMEDY_EN_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    code: str
    party: str
    hop: str
    node: str
    message_zh: str
    message_en: str
    remedy_zh: str
    remedy_en: str
    effect: str
    since_time: _timestamp_pb2.Timestamp
    stream: str
    def __init__(self, code: _Optional[str] = ..., party: _Optional[str] = ..., hop: _Optional[str] = ..., node: _Optional[str] = ..., message_zh: _Optional[str] = ..., message_en: _Optional[str] = ..., remedy_zh: _Optional[str] = ..., remedy_en: _Optional[str] = ..., effect: _Optional[str] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stream: _Optional[str] = ...) -> None: ...

class Task(_message.Message):
    __slots__ = ("task_id", "stream", "reason", "message_zh", "message_en", "owner", "create_time", "finding", "story_zh", "story_en", "next_time")
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ZH_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_EN_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    FINDING_FIELD_NUMBER: _ClassVar[int]
    STORY_ZH_FIELD_NUMBER: _ClassVar[int]
    STORY_EN_FIELD_NUMBER: _ClassVar[int]
    NEXT_TIME_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    stream: str
    reason: str
    message_zh: str
    message_en: str
    owner: str
    create_time: _timestamp_pb2.Timestamp
    finding: Finding
    story_zh: str
    story_en: str
    next_time: _timestamp_pb2.Timestamp
    def __init__(self, task_id: _Optional[str] = ..., stream: _Optional[str] = ..., reason: _Optional[str] = ..., message_zh: _Optional[str] = ..., message_en: _Optional[str] = ..., owner: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finding: _Optional[_Union[Finding, _Mapping]] = ..., story_zh: _Optional[str] = ..., story_en: _Optional[str] = ..., next_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RetryTaskRequest(_message.Message):
    __slots__ = ("task_id",)
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    def __init__(self, task_id: _Optional[str] = ...) -> None: ...

class RetryParkedRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class FinishTaskRequest(_message.Message):
    __slots__ = ("task_id",)
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    def __init__(self, task_id: _Optional[str] = ...) -> None: ...

class ParkedStream(_message.Message):
    __slots__ = ("stream", "problem", "finding", "owner", "next_time")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    FINDING_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    NEXT_TIME_FIELD_NUMBER: _ClassVar[int]
    stream: str
    problem: str
    finding: Finding
    owner: str
    next_time: _timestamp_pb2.Timestamp
    def __init__(self, stream: _Optional[str] = ..., problem: _Optional[str] = ..., finding: _Optional[_Union[Finding, _Mapping]] = ..., owner: _Optional[str] = ..., next_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class NodeStatus(_message.Message):
    __slots__ = ("node", "connected", "problem", "gateway", "waiting_events", "parked", "tasks", "incarnation", "root_fingerprint", "findings", "partners")
    NODE_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    GATEWAY_FIELD_NUMBER: _ClassVar[int]
    WAITING_EVENTS_FIELD_NUMBER: _ClassVar[int]
    PARKED_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    ROOT_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    PARTNERS_FIELD_NUMBER: _ClassVar[int]
    node: str
    connected: bool
    problem: str
    gateway: str
    waiting_events: int
    parked: _containers.RepeatedCompositeFieldContainer[ParkedStream]
    tasks: _containers.RepeatedCompositeFieldContainer[Task]
    incarnation: int
    root_fingerprint: str
    findings: _containers.RepeatedCompositeFieldContainer[Finding]
    partners: _containers.RepeatedCompositeFieldContainer[Finding]
    def __init__(self, node: _Optional[str] = ..., connected: bool = ..., problem: _Optional[str] = ..., gateway: _Optional[str] = ..., waiting_events: _Optional[int] = ..., parked: _Optional[_Iterable[_Union[ParkedStream, _Mapping]]] = ..., tasks: _Optional[_Iterable[_Union[Task, _Mapping]]] = ..., incarnation: _Optional[int] = ..., root_fingerprint: _Optional[str] = ..., findings: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ..., partners: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ...) -> None: ...
