"""`salesgoals …`: reads what was typed, and says what the rest did. It imports a room only when a command needs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from salesgoals_kit.cli_send import PARAMS, CompanyFile, send
from salesgoals_kit.errors import NotebookFailed, SalesGoalsError
from salesgoals_kit.run.asking import FORMS, Beside
from salesgoals_kit.run.interrupt import Interrupted, heeding
from salesgoals_kit.run.options import LEAST_MEMORY, MEMORY, SECONDS, Options

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Sales goals with a known chance of being met.")
goals = typer.Typer(no_args_is_help=True, help="What was proposed, and what humans agreed.")
app.add_typer(goals, name="goals")
schedule = typer.Typer(no_args_is_help=True, help="A ready file that runs `salesgoals due` every day.")
app.add_typer(schedule, name="schedule")
app.command()(send)

At = Annotated[str, typer.Option("--at", metavar="HH:MM", help="The time of day.")]
Jobs = Annotated[int, typer.Option("--jobs", min=1, help="Notebooks run at the same time.")]


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
    """Check the company file, the data and the files of goals: every fault at once; 3 where a goal is not SMART."""
    from salesgoals_kit.run.check import check_all

    _judged(*check_all(company, files or []))


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
    company: CompanyFile = PARAMS,
) -> None:
    """Run a template for every team and the company as a whole, or for the teams named."""
    from salesgoals_kit.run.server import warm

    if cluster is None:
        warm()  # first: it imports what the reports need while this process imports what it needs itself
    from salesgoals_kit.run.batch import Request, run_request
    from salesgoals_kit.run.progress import progress

    request = Request(company=company, template=template, period=period, teams=tuple(team or ()), as_of=as_of)
    options = Options(jobs, cluster, force, wait * 60, seconds, memory, log)
    with progress() as show:
        result = run_request(request, jobs, show, options)
    unchanged = len(result.outcomes) - result.made - result.failed
    typer.echo(f"{result.made} made, {unchanged} unchanged, {result.failed} failed")
    typer.echo(f"Open {result.index}")
    _end(result.failed)


@app.command()
def due(
    today: Annotated[Optional[str], typer.Option("--today", metavar="DATE", help="Another day than today.")] = None,  # noqa: UP045
    jobs: Jobs = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be made.")] = False,
    company: CompanyFile = PARAMS,
) -> None:
    """Make what is to be made today and is not made yet; a second time it makes nothing."""
    from salesgoals_kit.run.due import make_due
    from salesgoals_kit.run.progress import progress

    with progress() as show:
        failed = make_due(company, today, jobs=jobs, dry_run=dry_run, show=show, tell=typer.echo)
    _end(failed)


@schedule.command("cron")
def schedule_cron(at: At = "05:00", jobs: Jobs = 1, company: CompanyFile = PARAMS) -> None:
    """Print lines for a crontab that run `salesgoals due` every day."""
    from salesgoals_kit.run.schedule import cron_text

    typer.echo(cron_text(company, at=at, jobs=jobs), nl=False)


@schedule.command("systemd")
def schedule_systemd(
    at: At = "05:00",
    jobs: Jobs = 1,
    to: Annotated[Optional[Path], typer.Option("--to", metavar="DIR", help="Write the two files there.")] = None,  # noqa: UP045
    company: CompanyFile = PARAMS,
) -> None:
    """Print the service and the timer for systemd, or write them as two files."""
    from salesgoals_kit.run.schedule import systemd_text, systemd_units, write_units

    units = systemd_units(company, at=at, jobs=jobs)
    if to is None:
        typer.echo(systemd_text(units), nl=False)
        return
    for path in write_units(units, to):
        typer.echo(f"wrote {path}")


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

    _judged(*judge(company, goal, Beside(team, rep, objective, base, period, by, reason, as_of)))


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


def _judged(lines: list[str], smart: bool) -> None:
    for line in lines:
        typer.echo(line)
    if not smart:
        raise typer.Exit(3)


def _end(failed: int) -> None:
    if failed:
        typer.echo(f"{failed} of the reports failed; the index says why.", err=True)
        raise typer.Exit(1)
