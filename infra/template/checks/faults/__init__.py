"""Kinds of fault, each put into a copy of the template or of the code: the rule that must find it, and a part of the finding."""

from dataclasses import dataclass
from typing import Callable


@dataclass
class Fault:
    """One kind of fault."""

    kind: str
    # The rule that must find it, and words of the finding.
    rule: str
    says: str
    # Changes a copy of the original template.
    breaks: Callable | None = None
    # Or a source file: (path, text, replacement).
    code: tuple | None = None


def properties(template, name):
    """A resource's properties, which the fault changes."""
    return template["Resources"][name]["Properties"]


def may(template, role, action, place=0):
    """The statement of a role that allows an action; `place` chooses among several."""
    policies = properties(template, role)["Policies"]
    found = [
        statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]
        if action in (statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]])
    ]
    return found[place]


def forbid(template, role, action, place=0):
    """Removes an action from the statement that allows it."""
    statement = may(template, role, action, place)
    statement["Action"] = [one for one in statement["Action"] if one != action]


def statements(template, policy):
    """The statements of a policy resource."""
    return properties(template, policy)["PolicyDocument"]["Statement"]


def distribution(template):
    return properties(template, "Distribution")["DistributionConfig"]


def variables(template, function):
    return properties(template, function)["Environment"]["Variables"]


def event(template, function, name):
    return properties(template, function)["Events"][name]["Properties"]
