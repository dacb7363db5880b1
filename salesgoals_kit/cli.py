"""`salesgoals …`: reads what was typed, and says what the rest did. It imports a room only when a command needs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from salesgoals_kit.errors import NotebookFailed, SalesGoalsError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Sales goals with a known chance of being met.")
goals = typer.Typer(no_args_is_help=True, help="What was proposed, and what humans agreed.")
app.add_typer(goals, name="goals")

CompanyFile = Annotated[str, typer.Option("--company", metavar="FILE", help="The company file.")]
PARAMS = "params/company.yaml"


@app.command()
def demo(
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Where to put it.")] = Path("demo"),
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Notebooks run at the same time.")] = 2,
) -> None:
    """Make a made-up company and all its reports, and an index to open."""
    from salesgoals_kit.run.demo import make_demo
    from salesgoals_kit.run.progress import progress

    with progress() as show:
        index, failed = make_demo(to, jobs=jobs, show=show)
    typer.echo(f"Open {index}")
    _end(failed)


@app.command()
def check(
    files: Annotated[Optional[list[Path]], typer.Argument(metavar="[FILE]…", help="Files of goals.")] = None,  # noqa: UP045 (typer reads the older form)
    company: CompanyFile = PARAMS,
) -> None:
    """Check the company file, the data and the files of goals: every fault at once."""
    from salesgoals_kit.run.check import check_all

    for line in check_all(company, files or []):
        typer.echo(line)


@app.command()
def run(
    template: Annotated[str, typer.Argument(help="baseline, goal_setting or review.")],
    period: Annotated[str, typer.Option("--period", help="A year, quarter or month: 2026, 2026Q1, 2026-03.")],
    team: Annotated[
        list[str] | None, typer.Option("--team", metavar="NAME", help="Only this team; may be repeated.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="The day whose knowledge counts.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Notebooks run at the same time.")] = 1,
    company: CompanyFile = PARAMS,
) -> None:
    """Run a template for every team and the company as a whole, or for the teams named."""
    from salesgoals_kit.run.batch import Request, run_request
    from salesgoals_kit.run.progress import progress

    with progress() as show:
        result = run_request(
            Request(company=company, template=template, period=period, teams=tuple(team or ()), as_of=as_of), jobs, show
        )
    typer.echo(f"Open {result.index}")
    _end(result.failed)


@app.command()
def metrics(
    name: Annotated[Optional[str], typer.Argument(help="One KPI.")] = None,  # noqa: UP045
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Print the KPIs with their definitions and sources."""
    from salesgoals_kit.run.listings import metrics_text

    typer.echo(metrics_text(name, as_json=as_json))


@app.command()
def schema() -> None:
    """Print the JSON Schema of the company file, for an editor that completes it."""
    import json

    from salesgoals_kit.company import Company

    typer.echo(json.dumps(Company.model_json_schema(), indent=2))


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
    file: Annotated[Path, typer.Argument(metavar="FILE", help="params/goals/<period>.yaml.")],
    company: CompanyFile = PARAMS,
) -> None:
    """Freeze the goals that humans agreed; what is frozen never changes, a later version stands beside it."""
    from salesgoals_kit.run.agree import agree_file

    for line in agree_file(company, file):
        typer.echo(line)


def main() -> None:
    """Run the command line; a user's mistake is its message alone and exit code 2."""
    try:
        app()
    except SalesGoalsError as error:
        typer.echo(str(error), err=True)
        sys.exit(1 if isinstance(error, NotebookFailed) else 2)


def _end(failed: int) -> None:
    if failed:
        typer.echo(f"{failed} of the reports failed; the index says why.", err=True)
        raise typer.Exit(1)
