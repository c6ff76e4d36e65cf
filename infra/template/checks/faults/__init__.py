"""Deliberate faults in copies of the template or of the code, each with the rule that must find it and a part of the message."""

from dataclasses import dataclass
from typing import Callable


@dataclass
class Fault:
    """A deliberate fault."""

    title: str
    # The rule that must find it, and a part of its message.
    rule: str
    message: str
    # Puts the fault into a copy of the original template.
    apply: Callable | None = None
    # Or into a source file: (path, text, replacement).
    code: tuple | None = None


def properties(template, name):
    """The properties of a resource."""
    return template["Resources"][name]["Properties"]


def statement_allowing(template, role, action, index=0):
    """The statement of a role that allows an action; `index` selects one of several."""
    policies = properties(template, role)["Policies"]
    found = [
        statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]
        if action in (statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]])
    ]
    return found[index]


def remove_action(template, role, action, index=0):
    """Removes an action from the statement that allows it."""
    statement = statement_allowing(template, role, action, index)
    statement["Action"] = [one for one in statement["Action"] if one != action]


def statements(template, policy):
    """The statements of a resource policy."""
    return properties(template, policy)["PolicyDocument"]["Statement"]


def distribution(template):
    return properties(template, "Distribution")["DistributionConfig"]


def variables(template, function):
    return properties(template, function)["Environment"]["Variables"]


def event(template, function, name):
    return properties(template, function)["Events"][name]["Properties"]
