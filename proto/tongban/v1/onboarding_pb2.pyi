import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TrialStep(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRIAL_STEP_UNSPECIFIED: _ClassVar[TrialStep]
    TRIAL_STEP_AGREEMENT: _ClassVar[TrialStep]
    TRIAL_STEP_PARTNER: _ClassVar[TrialStep]
    TRIAL_STEP_ITEM: _ClassVar[TrialStep]
    TRIAL_STEP_FILING: _ClassVar[TrialStep]
    TRIAL_STEP_ADMISSION: _ClassVar[TrialStep]
    TRIAL_STEP_ACCEPTANCE: _ClassVar[TrialStep]
    TRIAL_STEP_DECISION: _ClassVar[TrialStep]
    TRIAL_STEP_RESULT: _ClassVar[TrialStep]
    TRIAL_STEP_CLOSING: _ClassVar[TrialStep]
    TRIAL_STEP_EVIDENCE: _ClassVar[TrialStep]
    TRIAL_STEP_REVERSE: _ClassVar[TrialStep]
    TRIAL_STEP_RECORD: _ClassVar[TrialStep]
TRIAL_STEP_UNSPECIFIED: TrialStep
TRIAL_STEP_AGREEMENT: TrialStep
TRIAL_STEP_PARTNER: TrialStep
TRIAL_STEP_ITEM: TrialStep
TRIAL_STEP_FILING: TrialStep
TRIAL_STEP_ADMISSION: TrialStep
TRIAL_STEP_ACCEPTANCE: TrialStep
TRIAL_STEP_DECISION: TrialStep
TRIAL_STEP_RESULT: TrialStep
TRIAL_STEP_CLOSING: TrialStep
TRIAL_STEP_EVIDENCE: TrialStep
TRIAL_STEP_REVERSE: TrialStep
TRIAL_STEP_RECORD: TrialStep

class RunTrialRequest(_message.Message):
    __slots__ = ("agreement", "partner", "patience")
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    PATIENCE_FIELD_NUMBER: _ClassVar[int]
    agreement: str
    partner: str
    patience: _duration_pb2.Duration
    def __init__(self, agreement: _Optional[str] = ..., partner: _Optional[str] = ..., patience: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class TrialProgress(_message.Message):
    __slots__ = ("step", "title_zh", "title_en", "detail_zh", "detail_en", "duration", "application")
    STEP_FIELD_NUMBER: _ClassVar[int]
    TITLE_ZH_FIELD_NUMBER: _ClassVar[int]
    TITLE_EN_FIELD_NUMBER: _ClassVar[int]
    DETAIL_ZH_FIELD_NUMBER: _ClassVar[int]
    DETAIL_EN_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    step: TrialStep
    title_zh: str
    title_en: str
    detail_zh: str
    detail_en: str
    duration: _duration_pb2.Duration
    application: str
    def __init__(self, step: _Optional[_Union[TrialStep, str]] = ..., title_zh: _Optional[str] = ..., title_en: _Optional[str] = ..., detail_zh: _Optional[str] = ..., detail_en: _Optional[str] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., application: _Optional[str] = ...) -> None: ...
