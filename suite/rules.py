"""The clinician's tools for the safety check's rules: is a copy sound, and what would it change?"""

import sys
from pathlib import Path

from services.intake.domain.cases import changed_levels, differences
from services.intake.domain.errors import DataError
from services.intake.domain.knowledge import cases, knowledge, read_data
from services.intake.domain.rules import RuleSet, parse_rules


def check(file: Path) -> bool:
    """Prints every fault of the file, else every case that it judges otherwise."""
    try:
        rules = _read(file)
    except DataError as error:
        for fault in error.faults:
            print(fault)
        print(f"{file.name} cannot be used: {_counted(len(error.faults), 'fault')}.")
        return False
    found = list(differences(rules, cases()))
    for case, sentence in found:
        print(f"{case.id} {case.title}: {sentence}")
    print(f"{file.name}, version {rules.version}: {_counted(len(rules.rules), 'rule')}, all sound.")
    print(f"{_counted(len(cases()), 'case')} tried, {len(found)} not as expected.")
    return not found


def diff(before: Path, after: Path) -> int:
    """As `diff` does: 0 when no case changes its level, 1 when some do, 2 for a file that cannot
    be used."""
    try:
        old, new = _read(before), _read(after)
    except DataError as error:
        sys.stderr.write("".join(f"{fault}\n" for fault in error.faults))
        return 2
    if old.version == new.version and old != new:
        print(f"Note: both say version {old.version}; give the changed one a version of its own.")
    found = list(changed_levels(old, new, cases()))
    for case, was, now in found:
        print(f"{case.id} {case.title}: {was} -> {now}")
    print(f"{_counted(len(cases()), 'case')} tried, {len(found)} with another level.")
    return 1 if found else 0


def _read(file: Path) -> RuleSet:
    try:
        return parse_rules(read_data(file), knowledge().catalog)
    except DataError as error:
        raise DataError(*(f"{file.name}: {fault}" for fault in error.faults)) from None


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
