"""The seed's agreements as files: listed, printed, read back, and refused where there is no text."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from agreements import written
from agreements.cli import agreement
from agreements.domain import documents
from agreements.library import BUILDERS, RECORDS
from tests.agreements.library import BASIS, NODES, SEED, STAND_INS, TEXTS
from tongban import errors


def example(*arguments: str) -> Result:
    return CliRunner().invoke(agreement, ["example", *arguments])


def test_the_list_tells_of_each_what_it_is() -> None:
    shown = example().output
    assert [line.split()[0] for line in shown.splitlines() if not line.startswith(" ")] == list(SEED.agreements)
    assert shown.count("无文本") == len(RECORDS) + len(STAND_INS)
    assert all(reason in shown for reason in RECORDS.values())


@pytest.mark.parametrize("id", BUILDERS)
def test_a_file_reads_back_as_the_text(id: str) -> None:
    partners = [part for node in STAND_INS.get(id, ()) for part in ("--partner", node.name.removeprefix("nodes/"))]
    done = example(id, "--from", str(BASIS.drafted), *partners)
    assert done.exit_code == 0, done.output
    found = written.read(done.output.encode()).document
    written.fill(found, NODES, None)
    assert found == TEXTS[found.name]
    documents.check_parties(found, NODES)


def test_who_has_not_joined_is_asked_about() -> None:
    shown = example("ag-zz-cz-st", "--absent", "440500").output
    assert "汕头市(440500)。其尚未接入" in shown
    assert "- 节点: 440500" not in shown


@pytest.mark.parametrize(
    ("id", "told"), [("tpl-qz-agent", "委托"), ("ag-fj-12", "--partner"), ("nothing", "sch-fj-snt")]
)
def test_what_is_no_text_is_refused_with_the_reason(id: str, told: str) -> None:
    refused = example(id).exception
    assert isinstance(refused, errors.FieldInvalid)
    assert told in refused.text()
