"""cfn-lint on the template as SAM translates it, since cfn-lint does not check policies in SAM templates."""

import json

from cfnlint.api import ManualArgs, lint


def findings(template):
    """(rule, logical id of the resource, message) of each finding of cfn-lint."""
    for match in lint(json.dumps(template), config=ManualArgs(regions=["us-east-1"])):
        path = [str(part) for part in match.path or []] if hasattr(match, "path") else []
        yield match.rule.id, path[1] if len(path) > 1 and path[0] == "Resources" else "", f"{match.rule.id} {match.message} ({'/'.join(path)})"
