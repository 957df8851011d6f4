"""Who plays in the demonstration.  The regions are the sources'; the people and numbers are made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from tongban.v1 import application_pb2, types_pb2, window_pb2


class Text(NamedTuple):
    """The same in both languages."""

    zh: str
    en: str

    def of(self, language: str) -> str:
        """In the reader's language."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Post:
    """A window, mailroom or office of a node."""

    id: str
    title: str
    english: str
    zone: str = ""

    @property
    def option(self) -> str:
        """As `tongban node join --post` takes it."""
        return f"{self.id}={self.title}" + (f"@{self.zone}" if self.zone else "")


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff; everybody signs in with the run's one password."""

    user: str
    title: str
    role: str
    post: str


@dataclass(frozen=True, slots=True)
class Place:
    """A node of the demonstration."""

    region: str
    title: str
    english: str
    posts: tuple[Post, ...]
    staff: tuple[Member, ...]

    @property
    def name(self) -> str:
        """The node's resource name."""
        return f"nodes/{self.region}"

    @property
    def text(self) -> Text:
        """Its name, for people."""
        return Text(self.title, self.english)

    def post(self, post_id: str) -> Text:
        """A post's name, for people."""
        for post in self.posts:
            if post.id == post_id:
                return Text(post.title, post.english)
        return Text(post_id, post_id)


_WINDOW: Final = Post("window-1", "综合窗口", "window")
_MAILROOM: Final = Post("mailroom-1", "收发室", "mailroom")
_APPROVAL: Final = Post("approval-1", "审批科", "approvals office")
_POSTS: Final = (_WINDOW, _MAILROOM, _APPROVAL)


WITNESS: Final = "mailroom-2"
"""The second person at the opening of a parcel."""


def _staff(window: str, approval: str, mailroom: str, second: str, supervisor: str) -> tuple[Member, ...]:
    return (
        Member("window", f"窗口 {window}", "window", "window-1"),
        Member("approval", f"审批 {approval}", "approval", "approval-1"),
        Member("mailroom", f"收发 {mailroom}", "mailroom", "mailroom-1"),
        Member(WITNESS, f"收发 {second}", "mailroom", "mailroom-1"),
        Member("supervisor", f"主管 {supervisor}", "supervisor", "approval-1"),
    )


ZHANGZHOU: Final = Place("350600", "漳州市", "Zhangzhou", _POSTS, _staff("林晓", "蔡明", "许航", "苏平", "黄素"))
CHAOZHOU: Final = Place("445100", "潮州市", "Chaozhou", _POSTS, _staff("陈敏", "郑南", "杨帆", "李湘", "吴真"))
PINGTAN: Final = Place(
    "350128", "平潭台胞台企窗口", "Pingtan (Taiwan compatriots)", _POSTS, _staff("何静", "念安", "游海", "邱岚", "高平")
)
WENCHENG: Final = Place(
    "330328",
    "文成县",
    "Wencheng",
    (*_POSTS, Post("milan", "米兰窗口", "Milan window", "Europe/Rome")),
    (*_staff("赵芸", "刘城", "周行", "潘乐", "叶青"), Member("milan", "米兰窗口 胡远", "window", "milan")),
)
PLACES: Final = (ZHANGZHOU, CHAOZHOU, PINGTAN, WENCHENG)
BY_NAME: Final = {place.name: place for place in PLACES}

ITEM: Final = "items/350600.zz-x-hpf"
ORIGINAL: Final = "deed"
RESULT: Final = "licence"
PAPERS: Final = {ORIGINAL: Text("房产证原件", "deed"), RESULT: Text("结果证照", "licence")}
"""What the two papers are called."""

APPLICANT: Final = {  # a fictitious person
    "applicant_name": "沈阿榕",
    "identity_kind": "resident_id",
    # Made up, with a right check character: whoever receives it checks it like any other.
    "identity_number": "350600199003070017",
    "phone": "13800001234",
    "address": "潮州市湘桥区义安路 1 号",
}


def submission(request_id: str) -> window_pb2.SubmitApplicationRequest:
    """What the clerk in 潮州 types: one paper original, and a scan of the identity card."""
    return window_pb2.SubmitApplicationRequest(
        request_id=request_id,
        item=ITEM,
        mode=types_pb2.MODE_AGENT,
        channel=types_pb2.CHANNEL_WINDOW,
        applicant_kind=types_pb2.APPLICANT_KIND_PERSON,
        form=APPLICANT,
        materials=[
            window_pb2.MaterialContent(
                material=application_pb2.Material(code="identity-document", form=types_pb2.MATERIAL_FORM_ELECTRONIC),
                content="身份证扫描件(演示)".encode(),
                media_type="text/plain",
            ),
            window_pb2.MaterialContent(
                material=application_pb2.Material(
                    code="application-original", form=types_pb2.MATERIAL_FORM_ORIGINAL, original=ORIGINAL, pages=3
                ),
                serial="闽房 0012345",
            ),
        ],
        wanted_results=[types_pb2.MATERIAL_FORM_ORIGINAL, types_pb2.MATERIAL_FORM_ELECTRONIC],
    )
