"""`salesgoals …`: reads what was typed, and says what the rest did. It imports a room only when a command needs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from salesgoals_kit.cli.goals import goals
from salesgoals_kit.cli.options import PARAMS, CompanyFile, Jobs, Pdf, ended, judged
from salesgoals_kit.cli.schedule import schedule
from salesgoals_kit.cli.send import send
from salesgoals_kit.errors import NotebookFailed, SalesGoalsError
from salesgoals_kit.run.interrupt import Interrupted, heeding
from salesgoals_kit.run.options import LEAST_MEMORY, MEMORY, SECONDS, Options

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Sales goals with a known chance of being met.")
app.add_typer(goals, name="goals")
app.add_typer(schedule, name="schedule")
app.command()(send)


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
    ended(failed)


@app.command()
def check(
    files: Annotated[Optional[list[Path]], typer.Argument(metavar="[FILE]…", help="Files of goals.")] = None,  # noqa: UP045 (typer reads the older form)
    company: CompanyFile = PARAMS,
) -> None:
    """Check the company file, the data and the files of goals: every fault at once; 3 where a goal is not SMART."""
    from salesgoals_kit.run.check import check_all

    judged(*check_all(company, files or []))


@app.command()
def run(
    template: Annotated[str, typer.Argument(help="baseline, goal_setting, strategy, tracking or review.")],
    period: Annotated[str, typer.Option("--period", help="A year, quarter or month: 2026, 2026Q1, 2026-03.")],
    team: Annotated[
        list[str] | None, typer.Option("--team", metavar="NAME", help="Only this team; may be repeated.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="The day whose knowledge counts.")
    ] = None,
    jobs: Jobs = 1,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="ADDRESS", help="A Dask scheduler, as tcp://host:8786.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Make what is unchanged, too.")] = False,
    wait: Annotated[float, typer.Option("--wait", metavar="MINUTES", min=0, help="Wait for another run to end.")] = 0,
    seconds: Annotated[float, typer.Option("--seconds", min=1, help="The longest a report may take.")] = SECONDS,
    memory: Annotated[
        int, typer.Option("--memory", metavar="MIB", min=LEAST_MEMORY, help="The most a report may hold.")
    ] = MEMORY,
    log: Annotated[Path | None, typer.Option("--log", metavar="FILE", help="Add a JSON line for each event.")] = None,
    pdf: Pdf = False,
    company: CompanyFile = PARAMS,
) -> None:
    """Run a template for every team and the company as a whole, or for the teams named."""
    from salesgoals_kit.run.server import warm

    if cluster is None:
        warm()  # first: it imports what the reports need while this process imports what it needs itself
    from salesgoals_kit.run.batch import Request, run_request
    from salesgoals_kit.run.progress import progress

    request = Request(company=company, template=template, period=period, teams=tuple(team or ()), as_of=as_of)
    options = Options(jobs, cluster, force, wait * 60, seconds, memory, log, pdf)
    with progress() as show:
        result = run_request(request, jobs, show, options)
    unchanged = len(result.outcomes) - result.made - result.failed
    typer.echo(f"{result.made} made, {unchanged} unchanged, {result.failed} failed")
    typer.echo(f"Open {result.index}")
    ended(result.failed)


@app.command()
def due(
    today: Annotated[Optional[str], typer.Option("--today", metavar="DATE", help="Another day than today.")] = None,  # noqa: UP045
    jobs: Jobs = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be made.")] = False,
    pdf: Pdf = False,
    company: CompanyFile = PARAMS,
) -> None:
    """Make what is to be made today and is not made yet; a second time it makes nothing."""
    from salesgoals_kit.run.due import make_due
    from salesgoals_kit.run.progress import progress

    with progress() as show:
        failed = make_due(company, today, jobs=jobs, dry_run=dry_run, show=show, tell=typer.echo, pdf=pdf)
    ended(failed)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(
    further: typer.Context,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Where the copies lie.")] = Path("lab"),
    company: CompanyFile = PARAMS,
) -> None:
    """Open JupyterLab on a working copy of the notebooks; what is not known here is handed to it, as --port 8890."""
    from salesgoals_kit.run.lab import open_lab, working_copies

    for line in working_copies(to, company):
        typer.echo(line)
    open_lab(to, further.args)


@app.command()
def metrics(
    name: Annotated[Optional[str], typer.Argument(help="One KPI.")] = None,  # noqa: UP045
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="All of them, and the tables, as Markdown.")] = False,
) -> None:
    """Print the KPIs with their definitions and sources."""
    if markdown:
        from salesgoals_kit.run.definitions import definitions

        if name is not None or as_json:
            raise typer.BadParameter("is all of them, and no JSON", param_hint="--markdown")
        typer.echo(definitions(), nl=False)
        return
    from salesgoals_kit.run.listings import metrics_text

    typer.echo(metrics_text(name, as_json=as_json))


@app.command()
def schema() -> None:
    """Print the JSON Schema of the company file, for an editor that completes it."""
    import json

    from salesgoals_kit.company import Company

    typer.echo(json.dumps(Company.model_json_schema(), indent=2))


def main() -> None:
    """Run the command line; a user's mistake is its message alone and exit code 2, an interruption 128 + its signal."""
    try:
        with heeding():
            app()
    except Interrupted as error:
        typer.echo(str(error), err=True)
        sys.exit(error.code)
    except SalesGoalsError as error:
        typer.echo(str(error), err=True)
        sys.exit(1 if isinstance(error, NotebookFailed) else 2)
