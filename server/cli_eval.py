"""`youju eval`: a file of questions with their right answers, asked and scored (`server.evaluate`)."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.bars import bar
from server.cli_common import Json, Opens, installation_of, over, print_json

if TYPE_CHECKING:
    from server.evaluate import Outcome, Result

OUTCOMES: "dict[Outcome, str]" = {
    "right": "对",
    "cut": "缺答",
    "elsewhere": "出处不同",
    "misleading": "误导",
    "wrongly_refused": "误拒",
    "made_up": "杜撰",
}
"""How a person reads each outcome, in the order in which they are told."""


def add_command(app: typer.Typer, installation: Opens) -> None:
    """Add `eval`, which asks the index of `installation`, to `app`."""
    app.command("eval", context_settings=over(installation))(evaluate)


def evaluate(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSON Lines 评测文件，格式见 README")],
    as_json: Json = False,
) -> None:
    """评测：每题的结局（对、缺答、出处不同、误导、误拒、杜撰）、引用、无据数字和用时。"""
    from server import evaluate as scoring
    from server.runtime import open_answerer

    cases = scoring.read_cases(file)
    answerer = open_answerer(installation_of(context))
    answerer.warm_up()
    with bar(len(cases), "评测", "题") as progress:
        results = scoring.run(answerer, cases, lambda _: progress.update(1))
    answerer.close()
    summary = scoring.summary(results)
    failures = [_failure(result) for result in scoring.failures(results)]
    if as_json:
        print_json(summary | {"failures": failures})
        return
    for name, value in summary.items():
        typer.echo(_outcomes(summary) if name == "outcomes" else f"{name}: {json.dumps(value, ensure_ascii=False)}")
    for failure in failures:
        typer.echo(
            f"\n[{OUTCOMES[failure['outcome']]}] {failure['id']} {failure['type']} {failure['question']}"
            f"\n  -> {failure['status']} {failure['answer']}"
        )
        typer.echo(
            f"  期望：{failure['expected']}；无据数字：{failure['unsupported']}；引用含依据：{failure['cites_gold']}"
        )
        for quote in failure["retrieved"]:
            typer.echo(f"  · {quote}")


def _outcomes(summary: dict[str, Any]) -> str:
    """Each outcome with its count, of the questions that can come to it."""
    of = {"right": summary["questions"], "made_up": summary["unanswerable"]}
    counts = summary["outcomes"]
    told = (f"{word} {counts[name]}/{of.get(name, summary['answerable'])}" for name, word in OUTCOMES.items())
    return "结局：" + "，".join(told)


def _failure(result: "Result") -> dict[str, Any]:
    case, answer = result.case, result.answer
    return {
        "id": case.id, "type": case.type, "question": case.question, "outcome": result.outcome, "status": answer.status,
        "reason": answer.reason, "answer": answer.text, "expected": case.answers, "evidence": case.evidence,
        "unsupported": result.unsupported, "cites_gold": result.cites_gold,
        "retrieved": [" ".join(r.evidence.text.split()) for r in answer.evidence],
    }  # fmt: skip
