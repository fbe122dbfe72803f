"""`./clinic`: every verb of the command line. What a verb does lives beside this file."""

import os
import signal
import sys
from pathlib import Path

import click

from services.intake.domain.errors import DataError
from shared.clinic import ClinicError
from shared.logs import configure
from shared.settings import SERVICES, SettingsError
from shared.staff import ROLES
from suite.options import Verbs, data_option

SERVICE = click.Choice(SERVICES)
ROLE = click.Choice(ROLES)
RULES_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOOT = "Also: `clinic test`, `lint`, `check` and `shots`. Every verb takes --data DIR."


@click.group(
    cls=Verbs,
    params=[data_option()],
    epilog=FOOT,
    context_settings={"help_option_names": ["-h", "--help"]},
)
def clinic() -> None:
    """Online booking, safety check and e-mails of one clinic."""
    configure()


@clinic.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--no-demo", is_flag=True, help="Without invented patients and visits.")
def up(host: str, port: int, no_demo: bool) -> None:
    """Start everything in one process; the first start makes databases, keys and demo data."""
    from suite import seed, services, serving, staff

    os.environ.setdefault("PUBLIC_URL", f"http://{host}:{port}")
    serving.wait_for_port(host, port)  # before anything is changed or promised
    services.migrate()
    seed.seed(demo=not no_demo)
    print(f"Staff sign-in: {staff.first_admin_link()}", flush=True)
    serving.serve_everything(host=host, port=port)


PORTS = dict(zip(SERVICES, (8001, 8002, 8003), strict=True))


@clinic.command()
@click.argument("service", type=SERVICE)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), help=f"Default: {PORTS}")
@click.option("--processes", default=2, show_default=True, type=click.IntRange(1, 32))
def serve(service: str, host: str, port: int | None, processes: int) -> None:
    """The web half of one service (gunicorn), under /SERVICE of the given port."""
    from suite import serving

    serving.serve(service, host=host, port=port or PORTS[service], processes=processes)


@clinic.command()
@click.argument("service", type=SERVICE)
def worker(service: str) -> None:
    """The background half of one service: relay, consumer and jobs."""
    from suite import serving

    serving.work(service)


@clinic.command("worker-health")
@click.argument("service", type=SERVICE)
def worker_health(service: str) -> None:
    """Exit 0 while the worker of this service shows signs of life (for containers)."""
    import time

    from shared.service import Service
    from suite import serving

    sign = serving.heartbeat_file(Service.start(service))
    if not sign.exists() or time.time() - sign.stat().st_mtime > 6 * serving.BEAT:
        sys.exit(f"The {service} worker has shown no sign of life.")


@clinic.command()
@click.argument("service", type=SERVICE, required=False)
def migrate(service: str | None) -> None:
    """Bring the database schema of one or all services to head."""
    from suite import services

    services.migrate([service] if service else SERVICES)
    print("Schema at head.")


@clinic.command()
@click.option("--no-demo", is_flag=True, help="Without invented patients and visits.")
def seed(no_demo: bool) -> None:
    """Practitioners and visit types of CLINIC_FILE, and demo visits; safe to repeat."""
    from suite import seed as seeding

    print(seeding.seed(demo=not no_demo))


@clinic.group()
def secrets() -> None:
    """The suite's keys."""


@secrets.command("make")
@click.option("--split", is_flag=True, help="Also one file per service, with only its own keys.")
def make_secrets(split: bool) -> None:
    """Make the secrets file where CLINIC_SECRETS_FILE points; an existing one is kept."""
    from suite import secret_files

    for path in secret_files.make(split=split):
        print(path)


@clinic.group()
def staff() -> None:
    """Accounts of the clinic's staff."""


@staff.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", required=True, type=ROLE)
def add_staff(email: str, name: str, role: str) -> None:
    """Make an account (or find it) and print a one-time sign-in link, good for 30 minutes."""
    from suite import staff as accounts

    print(f"Staff sign-in: {accounts.add(email, name=name, role=role)}")


@clinic.group()
def token() -> None:
    """Bearer tokens for programs."""


@token.command("create")
@click.option("--name", required=True, help="To find it again when revoking.")
@click.option("--role", required=True, type=ROLE)
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 3660))
def create_token(name: str, role: str, days: int) -> None:
    """Print a new token once, alone on the last line."""
    from suite import staff as accounts

    print(accounts.create_token(name, role=role, days=days))


@token.command("revoke")
@click.argument("name")
def revoke_token(name: str) -> None:
    """Make the tokens of this name invalid in all services."""
    from suite import staff as accounts

    print(f"Revoked: {accounts.revoke_tokens(name)}")


@clinic.command()
def integrity() -> None:
    """Check the claim ledger and that every owed message is accounted for; exit 1 if not."""
    from suite.integrity import check

    faults, notes = check()
    for line in (*notes, *faults):
        print(line)
    print(f"{len(faults)} faults." if faults else "Everything is in order.")
    sys.exit(1 if faults else 0)


@clinic.group()
def parking() -> None:
    """Messages between services that could not be handled."""


@parking.command("list")
def list_parked() -> None:
    """One line each: id, service, type, attempts, reason."""
    from suite import parking as lot

    for line in lot.lines() or ["Nothing is parked."]:
        print(line)


@parking.command("show")
@click.argument("message_id")
def show_parked(message_id: str) -> None:
    """The whole message; its personal fields stay sealed."""
    from suite import parking as lot

    print(lot.body(message_id))


@parking.command("replay")
@click.argument("message_id")
def replay_parked(message_id: str) -> None:
    """Have the worker try a message again."""
    from suite import parking as lot

    lot.replay(message_id)
    print("The worker will try it again.")


@parking.command("drop")
@click.argument("message_id")
def drop_parked(message_id: str) -> None:
    """Give a message up for good."""
    from suite import parking as lot

    lot.drop(message_id)
    print("Dropped.")


@clinic.group()
def rules() -> None:
    """The rules of the safety check, for the clinician who answers for them."""


@rules.command("check")
@click.argument("file", type=RULES_FILE)
def check_rules(file: Path) -> None:
    """Is an edited copy sound, and does every case still get its level? Exit 1 if not."""
    from suite import rules as tools

    sys.exit(0 if tools.check(file) else 1)


@rules.command("diff")
@click.argument("before", type=RULES_FILE)
@click.argument("after", type=RULES_FILE)
def diff_rules(before: Path, after: Path) -> None:
    """The cases whose level changes: exit 0 for none, 1 for some, 2 for an unusable file."""
    from suite import rules as tools

    sys.exit(tools.diff(before, after))


@clinic.command()
@click.argument("name", required=False)
@click.argument("size", required=False, type=click.IntRange(1))
def bench(name: str | None, size: int | None) -> None:
    """Benchmarks as ratios measured in one run; without NAME what there is."""
    from suite import bench as benches

    known = benches.names()
    if name is None:
        print("\n".join(f"{one}: {line}" for one, line in known.items()))
        return
    if name not in known:
        raise click.UsageError(f"There is no bench {name!r}; known are {', '.join(known)}.")
    sys.exit(0 if benches.run(name, size) else 1)


@clinic.command()
def doctor() -> None:
    """Explain what is configured, what answers, and what is missing."""
    from suite.doctor import examine

    sys.exit(0 if examine() else 1)


def main() -> None:
    """Turn what an operator can mend into one sentence and exit 1; being stopped is no failure."""
    for number in (signal.SIGTERM, signal.SIGINT):  # until a server takes them over
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        clinic(prog_name="clinic")
    except (SettingsError, ClinicError, DataError) as error:
        sys.exit(f"clinic: {error}")
    except Exception as error:
        # Named by its package: importing it here would cost every verb half a second.
        if not type(error).__module__.startswith("sqlalchemy."):
            raise
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        sys.exit(f"clinic: the database does not answer as expected ({cause}); try: clinic doctor")


if __name__ == "__main__":
    main()
