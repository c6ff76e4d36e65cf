"""Checks the template: as SAM translates it, with its parameters resolved, and against the code.

    python check.py            checks the template, and tests each rule with faulty copies
    python check.py FILE       checks another template

A rule (`checks/*.py`) yields a message for each finding. `checks/faults/*.py` tests it: each rule must find at least one deliberate
fault in a copy of the template or of the code. No request goes to AWS.
"""

import copy
import shutil
import sys
from pathlib import Path

from checks import alarms, code, lints, names, needs, security, sign_in, site, stack, wiring
from checks.faults import alarms as alarm_faults
from checks.faults import code as code_faults
from checks.faults import lints as lint_faults
from checks.faults import names as name_faults
from checks.faults import security as security_faults
from checks.faults import sign_in as sign_in_faults
from checks.faults import site as site_faults
from checks.faults import wiring as wiring_faults

RULES = {rule.__name__: rule for module in (security, wiring, alarms, sign_in, names, code, site) for rule in module.RULES}
FAULTS = [
    fault for module in (security_faults, wiring_faults, alarm_faults, sign_in_faults, name_faults, code_faults, site_faults) for fault in module.FAULTS
]


def with_fault(template, plain, fault):
    """The template with a fault, and its translation. It is translated again only if the fault changes what SAM transforms."""
    template = copy.deepcopy(template)
    before = copy.deepcopy(template)
    fault.apply(template)
    if template == before:
        raise ValueError(f"the fault “{fault.title}” changes nothing")
    names = template["Resources"].keys() | before["Resources"].keys()
    changed = {name for name in names if template["Resources"].get(name) != before["Resources"].get(name)}
    types = {version["Resources"].get(name, {}).get("Type", "") for name in changed for version in (template, before)}
    if any(resource_type.startswith("AWS::Serverless::") for resource_type in types) or any(template[part] != before[part] for part in ("Globals", "Parameters", "Rules", "Outputs")):
        return template, stack.translate(template)
    plain = copy.deepcopy(plain)
    for name in changed:
        plain["Resources"].pop(name, None)
        if name in template["Resources"]:
            plain["Resources"][name] = template["Resources"][name]
    return template, plain


def findings(rule, plain, original):
    """The messages of a rule for all deployments, without duplicates."""
    return list(dict.fromkeys(message for one in stack.deployments(plain, original) for message in rule(one)))


def edited_source(path, old, new):
    """A source file with some text replaced."""
    source = stack.source(path)
    for before, after in old if isinstance(old, list) else [(old, new)]:
        if before not in source:
            raise ValueError(f"{path} does not contain `{before}`, which a fault replaces")
        source = source.replace(before, after)
    return source


def findings_with_fault(fault, template, plain):
    """The messages of the fault's rule for a copy with the fault."""
    rule = RULES[fault.rule]
    if fault.code is None:
        template, plain = with_fault(template, plain, fault)
        return findings(rule, plain, template)
    stack.SOURCE_OVERRIDES[fault.code[0]] = edited_source(*fault.code)
    needs.clear_caches()
    try:
        return findings(rule, plain, template)
    finally:
        stack.SOURCE_OVERRIDES.clear()
        needs.clear_caches()


def missed_faults(template, plain):
    """A message for each fault that its rule does not find, with the messages that the rule yields instead."""
    for fault in FAULTS:
        if fault.rule == "page_paths_serve_index_html" and not shutil.which("node"):
            continue
        messages = findings_with_fault(fault, template, plain)
        if not any(fault.message in one for one in messages):
            yield f"{fault.rule} does not find the fault “{fault.title}” (“{fault.message}”); it finds {messages or 'nothing'}"


def missed_lint_faults(plain):
    """A message for each fault that cfn-lint does not find. SAM does not change these resources, so the faults are put into the
    translation."""
    faulty = copy.deepcopy(plain)
    for fault in lint_faults.FAULTS:
        fault.apply(faulty)
    found = list(lints.findings(faulty))
    for fault in lint_faults.FAULTS:
        if not any(rule.startswith(fault.rule) and resource == fault.message for rule, resource, _ in found):
            yield f"cfn-lint does not find the fault “{fault.title}” ({fault.rule}, {fault.message})"


def main(arguments):
    path = Path(arguments[0]) if arguments else stack.TEMPLATE
    template = stack.read_template(path)
    plain = stack.translate(template)
    messages = [message for rule in RULES.values() for message in findings(rule, plain, template)]
    # `cargo xtask check` also runs cfn-lint on the original template, where its findings have line numbers.
    messages += [message for _, _, message in lints.findings(plain)]
    for message in dict.fromkeys(messages):
        print(f"{path.name}: {message}", file=sys.stderr)
    if messages:
        return 1
    if arguments:
        print(f"{len(plain['Resources'])} resources, {len(RULES)} rules.")
        return 0
    if not shutil.which("node"):
        print("check.py: Node.js is missing, so the CloudFront Function Pages is not checked.", file=sys.stderr)
    total = len(FAULTS) + len(lint_faults.FAULTS)
    missed = [*missed_faults(template, plain), *missed_lint_faults(plain)]
    print(f"{len(plain['Resources'])} resources, {len(RULES)} rules; {total - len(missed)} of {total} faults are found.")
    missed += [f"the rule {name} has no fault that tests it" for name in sorted(RULES.keys() - {fault.rule for fault in FAULTS})]
    for message in missed:
        print(f"check.py: {message}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
