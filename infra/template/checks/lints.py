"""cfn-lint on the template as SAM translates it: in templates for SAM it does not check policies."""

import json

from cfnlint.api import ManualArgs, lint


def found(template):
    """(rule, the first part of the path that names a resource, sentence) of all findings of cfn-lint."""
    for match in lint(json.dumps(template), config=ManualArgs(regions=["us-east-1"])):
        path = [str(part) for part in match.path or []] if hasattr(match, "path") else []
        yield match.rule.id, path[1] if len(path) > 1 and path[0] == "Resources" else "", f"{match.rule.id} {match.message} ({'/'.join(path)})"
