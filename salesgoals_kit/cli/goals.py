"""`salesgoals goals …`: what was proposed, and what humans agreed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from salesgoals_kit.cli.options import PARAMS, CompanyFile, judged
from salesgoals_kit.run.asking import FORMS, Beside

goals = typer.Typer(no_args_is_help=True, help="What was proposed, and what humans agreed.")


@goals.command("list")
def goals_list(
    period: Annotated[Optional[str], typer.Option("--period", help="Only this period.")] = None,  # noqa: UP045
    team: Annotated[Optional[str], typer.Option("--team", metavar="NAME", help="Only this team.")] = None,  # noqa: UP045
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    company: CompanyFile = PARAMS,
) -> None:
    """List the goals in the ledger with their chances and states."""
    from salesgoals_kit.run.listings import goals_text

    typer.echo(goals_text(company, period=period, team=team, as_json=as_json))


@goals.command("agree")
def goals_agree(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="params/goals/<period>.yaml, or an exported .xlsx.")],
    by: Annotated[Optional[str], typer.Option("--agreed-by", metavar="NAME", help="Who agreed (.xlsx).")] = None,  # noqa: UP045
    on: Annotated[str | None, typer.Option("--agreed-on", metavar="DATE", help="When, if not today (.xlsx).")] = None,
    what: Annotated[str | None, typer.Option("--initiative", metavar="TEXT", help="What is done (.xlsx).")] = None,
    company: CompanyFile = PARAMS,
) -> None:
    """Freeze the goals that humans agreed; what is frozen never changes, a later version stands beside it."""
    from salesgoals_kit.run.exchange import agree

    for line in agree(company, file, by, on, what):
        typer.echo(line)


@goals.command("export")
def goals_export(
    period: Annotated[str, typer.Option("--period", help="A year, quarter or month: 2026, 2026Q1, 2026-03.")],
    team: Annotated[
        list[str] | None, typer.Option("--team", metavar="NAME", help="Only this team; repeatable.")
    ] = None,
    xlsx: Annotated[Optional[Path], typer.Option("--xlsx", metavar="FILE", help="A workbook to agree in.")] = None,  # noqa: UP045
    crm: Annotated[
        Optional[tuple[str, Path]],  # noqa: UP045
        typer.Option("--crm", metavar="SYSTEM FILE", help="A CSV that salesforce or hubspot imports."),
    ] = None,
    as_of: Annotated[Optional[str], typer.Option("--as-of", metavar="DATE", help="The day that counts.")] = None,  # noqa: UP045
    company: CompanyFile = PARAMS,
) -> None:
    """Write the months of every owner to a workbook, which `goals agree` reads back, or to a file for a CRM."""
    from salesgoals_kit.run.exchange import export

    for line in export(company, period, team or [], as_of, xlsx, crm):
        typer.echo(line)


@goals.command("check", help=FORMS)
def goals_check(
    goal: Annotated[str, typer.Argument(help="A goal in plain words, like 'MRR +2% yoy by 2026-06 by …'.")],
    team: Annotated[Optional[str], typer.Option("--team", metavar="NAME", help="The team that carries it.")] = None,  # noqa: UP045
    rep: Annotated[Optional[str], typer.Option("--rep", metavar="NAME", help="The rep who carries it.")] = None,  # noqa: UP045
    objective: Annotated[Optional[str], typer.Option("--objective", metavar="ID", help="What it serves.")] = None,  # noqa: UP045
    base: Annotated[Optional[str], typer.Option("--base", help="The period that a change counts from.")] = None,  # noqa: UP045
    period: Annotated[Optional[str], typer.Option("--period", help="The period, if the goal names none.")] = None,  # noqa: UP045
    by: Annotated[Optional[str], typer.Option("--by", help="What is going to be done for it.")] = None,  # noqa: UP045
    reason: Annotated[Optional[str], typer.Option("--reason", help="Why, if it is very easy or hard.")] = None,  # noqa: UP045
    as_of: Annotated[Optional[str], typer.Option("--as-of", metavar="DATE", help="The day that counts.")] = None,  # noqa: UP045
    company: CompanyFile = PARAMS,
) -> None:
    """Judge a goal in plain words; what is understood stands in its help."""
    from salesgoals_kit.run.verdicts import judge

    judged(*judge(company, goal, Beside(team, rep, objective, base, period, by, reason, as_of)))
