"""The columns of a list of items: Chinese headings, and the field of the document that each one fills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from tongban.v1 import directory_pb2

CODE_HEADING: Final = "事项编号"
"""Names the item within its region: the last part of `items/{region}.{code}`."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `code` marks what a spreadsheet must never turn into a number."""

    heading: str
    field: str
    help: str = ""
    code: bool = False
    width: int = 14


@dataclass(frozen=True, slots=True)
class Table:
    """A list within the document: a sheet of its own, or a column of cells with an entry a line."""

    sheet: str
    field: str
    columns: tuple[Column, ...]

    @property
    def descriptor(self) -> Any:
        """The message of an entry."""
        return directory_pb2.ItemDocument.DESCRIPTOR.fields_by_name[self.field].message_type


MAIN_SHEET: Final = "事项"
HELP_SHEET: Final = "填写说明"

MAIN: Final = (
    Column("事项名称", "title", "必填,至多 200 字", width=28),
    Column("英文名称", "title_en", "可不填", width=20),
    Column("主管部门", "department", width=18),
    Column("实施编码", "item_code", "31 位;地方编码须同时填基本编码", code=True, width=36),
    Column("基本编码", "base_code", "12 位,旧版 10 位;各地同一事项填同一编码", code=True, width=16),
    Column("事项类型", "kind", "行政许可、行政给付、行政确认、行政奖励、公共服务、其他行政权力"),
    Column("办理方式", "modes", "全程网办、异地代收代办、多地联办,几种用顿号隔开", width=22),
    Column("承诺时限(工作日)", "promised_working_days", "数字;不清楚的不填"),
    Column("法定时限(工作日)", "legal_working_days", "数字;不清楚的不填"),
    Column("结果名称", "result_title", width=18),
    Column("申请条件", "conditions", "一行一条(单元格内换行:Alt+Enter)", width=40),
    Column("审查要点", "review_points", "一行一条", width=40),
    Column("表单结构", "form_schema", "JSON Schema 2020-12,由技术人员填写;只有普通字段的填“申请表”即可", width=30),
    Column("待明确事项", "open_questions", "一行一条", width=30),
    Column("约定差异", "agreed_differences", "经约定可与他地不同的要素,一行一个(如 promised_working_days)"),
    Column("来源", "source", width=20),
)

TABLES: Final = (
    Table(
        "申请材料",
        "materials",
        (
            Column("编码", "code", "小写字母、数字和短横线,如 household-register", code=True, width=22),
            Column("名称", "title", "必填", width=28),
            Column("形式", "forms", "原件、复印件、电子材料,几种用顿号隔开", width=22),
            Column("必交", "required", "是或否"),
            Column("可信等级", "grade", "A 签发机关制作并盖章,B 窗口核验过,C 申请人上传,D 申请人自制"),
            Column("须交条件", "needed_when", "字段=值1|值2,几个条件用 & 连接;不填为一律须交", width=26),
            Column("条件说明", "needed_when_title", "给人看的话,如“已婚的”", width=18),
            Column("份数", "copies", "数字"),
            Column("出具单位", "issuer", width=18),
        ),
    ),
    Table(
        "申请表",
        "form",
        (
            Column("字段", "name", "小写字母、数字和下划线,如 applicant_name", code=True, width=22),
            Column("标题", "title", "必填", width=22),
            Column("必填", "required", "是或否"),
            Column("类型", "kind", "text 文字、date 日期、phone 电话、identity 证件号码", code=True),
        ),
    ),
    Table(
        "设定依据",
        "legal_bases",
        (Column("法律", "title", "必填", width=40), Column("条款", "article", "如 第四十二条", width=18)),
    ),
    Table(
        "收费",
        "fees",
        (
            Column("项目", "title", "必填", width=22),
            Column("金额(元)", "amount_fen", "如 10 或 10.50;不收费填 0"),
            Column("收费依据", "basis", width=30),
        ),
    ),
    Table(
        "办理结果",
        "results",
        (
            Column("编码", "code", "小写字母、数字和短横线", code=True, width=22),
            Column("名称", "title", "必填", width=28),
            Column("形式", "forms", "原件、电子材料,几种用顿号隔开", width=18),
            Column("有效范围", "validity", "全国、本地区、列明地区"),
            Column("认可节点", "recognised_by", "列明地区时填写,一行一个,如 nodes/445100", code=True, width=22),
            Column("有效期(月)", "valid_months", "数字;长期或不清楚的不填"),
        ),
    ),
)

BY_FIELD: Final = {table.field: table for table in TABLES}
YUAN: Final = "amount_fen"


def heading_of(path: str) -> tuple[str, str]:
    """The sheet and the heading of a field's path, such as `materials[2].code`; the item's code where none fits."""
    first, _, rest = path.partition(".")
    field = first.partition("[")[0]
    if field in BY_FIELD:
        table = BY_FIELD[field]
        inner = rest.partition("[")[0].partition(".")[0]
        heading = next((column.heading for column in table.columns if column.field == inner), "")
        return table.sheet, heading
    return MAIN_SHEET, next((column.heading for column in MAIN if column.field == field), CODE_HEADING)
