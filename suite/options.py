"""What every verb of the command line has in common: `--data DIR`."""

import os

import click


class Verbs(click.Group):
    """Gives every verb `--data DIR`."""

    group_class = type  # sub-groups are of this class too

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        cmd.params.append(data_option())
        super().add_command(cmd, name)


def _use_data(_context: click.Context, _option: click.Parameter, value: str | None) -> None:
    if value:
        os.environ["CLINIC_DATA"] = value


def data_option() -> click.Option:
    return click.Option(
        ["--data"],
        metavar="DIR",
        expose_value=False,
        is_eager=True,
        callback=_use_data,
        help="Where databases, mails and secrets live (default: var, or CLINIC_DATA).",
    )
