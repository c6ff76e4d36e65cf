"""Kinds of fault, each put into a copy of the template or of the code: the rule that must name it, and a part of what it says."""

from dataclasses import dataclass
from typing import Callable


@dataclass
class Fault:
    """One kind of fault."""

    kind: str
    # The rule that must see it, and words of its sentence.
    rule: str
    says: str
    # Changes a copy of the template as people have written it.
    breaks: Callable | None = None
    # Or a source file: (path, what stands there, what it is replaced by).
    code: tuple | None = None


def properties(template, name):
    """A resource's properties, to be changed."""
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
    """Takes an action from the statement that allows it."""
    statement = may(template, role, action, place)
    statement["Action"] = [one for one in statement["Action"] if one != action]


def statements(template, policy):
    """The statements of a resource that is a policy."""
    return properties(template, policy)["PolicyDocument"]["Statement"]


def distribution(template):
    return properties(template, "Distribution")["DistributionConfig"]


def variables(template, function):
    return properties(template, function)["Environment"]["Variables"]


def event(template, function, name):
    return properties(template, function)["Events"][name]["Properties"]
