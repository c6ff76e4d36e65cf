"""The rules of the stack: checked on the template as SAM translates it, with its parameters resolved, and against the code.

    python check.py            checks everything, and tests each rule with copies that contain a fault
    python check.py FILE       checks another template

A rule (`checks/*.py`) yields a sentence for each finding. Each has at least one deliberate fault (`checks/faults/*.py`), which it must
find: a rule that finds nothing proves nothing. No request goes to AWS.
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

RULES = {rule.__name__: rule for part in (security, wiring, alarms, sign_in, names, code, site) for rule in part.RULES}
FAULTS = [
    fault for part in (security_faults, wiring_faults, alarm_faults, sign_in_faults, name_faults, code_faults, site_faults) for fault in part.FAULTS
]


def broken(template, plain, fault):
    """The template with a fault, and its translation. Only the parts that SAM transforms are translated again."""
    template = copy.deepcopy(template)
    before = copy.deepcopy(template)
    fault.breaks(template)
    if template == before:
        raise ValueError(f"“{fault.kind}” changes nothing")
    names = template["Resources"].keys() | before["Resources"].keys()
    changed = {name for name in names if template["Resources"].get(name) != before["Resources"].get(name)}
    kinds = {where["Resources"].get(name, {}).get("Type", "") for name in changed for where in (template, before)}
    if any(kind.startswith("AWS::Serverless::") for kind in kinds) or any(template[part] != before[part] for part in ("Globals", "Parameters", "Rules", "Outputs")):
        return template, stack.translated(template)
    plain = copy.deepcopy(plain)
    for name in changed:
        plain["Resources"].pop(name, None)
        if name in template["Resources"]:
            plain["Resources"][name] = template["Resources"][name]
    return template, plain


def sentences(rule, plain, written):
    """A rule's findings for all deployments, each sentence once."""
    return list(dict.fromkeys(said for one in stack.stacks(plain, written) for said in rule(one)))


def edited(path, old, new):
    """A source file with some text replaced."""
    source = stack.source(path)
    for before, after in old if isinstance(old, list) else [(old, new)]:
        if before not in source:
            raise ValueError(f"{path} has no `{before}` that a fault could replace")
        source = source.replace(before, after)
    return source


def said_of(fault, template, plain):
    """The findings of the fault's rule for a copy with the fault."""
    rule = RULES[fault.rule]
    if fault.code is None:
        template, plain = broken(template, plain, fault)
        return sentences(rule, plain, template)
    stack.OTHERWISE[fault.code[0]] = edited(*fault.code)
    needs.forget()
    try:
        return sentences(rule, plain, template)
    finally:
        stack.OTHERWISE.clear()
        needs.forget()


def unnamed(template, plain):
    """Deliberate faults that their rule does not find, with the actual findings."""
    for fault in FAULTS:
        if fault.rule == "pages_are_one_document" and not shutil.which("node"):
            continue
        said = said_of(fault, template, plain)
        if not any(fault.says in one for one in said):
            yield f"{fault.rule} does not name “{fault.kind}” ({fault.says}), but says {said or 'nothing'}"


def unlinted(plain):
    """Deliberate faults that cfn-lint does not find. The translation leaves everything unchanged that is no feature of SAM."""
    worse = copy.deepcopy(plain)
    for fault in lint_faults.FAULTS:
        fault.breaks(worse)
    found = list(lints.found(worse))
    for fault in lint_faults.FAULTS:
        if not any(rule.startswith(fault.rule) and resource == fault.says for rule, resource, _ in found):
            yield f"cfn-lint does not name “{fault.kind}” ({fault.rule}, {fault.says})"


def main(arguments):
    path = Path(arguments[0]) if arguments else stack.TEMPLATE
    template = stack.read(path)
    plain = stack.translated(template)
    wrong = [said for rule in RULES.values() for said in sentences(rule, plain, template)]
    # cfn-lint itself checks the original template, since it then knows the line numbers.
    wrong += [said for _, _, said in lints.found(plain)]
    for said in dict.fromkeys(wrong):
        print(f"{path.name}: {said}", file=sys.stderr)
    if wrong:
        return 1
    if arguments:
        print(f"{len(plain['Resources'])} resources, {len(RULES)} rules.")
        return 0
    if not shutil.which("node"):
        print("check.py: without Node.js the function of the pages is not checked.", file=sys.stderr)
    kinds = len(FAULTS) + len(lint_faults.FAULTS)
    blind = [*unnamed(template, plain), *unlinted(plain)]
    print(f"{len(plain['Resources'])} resources, {len(RULES)} rules; of {kinds} kinds of fault {kinds - len(blind)} are named.")
    blind += [f"nothing proves {name}" for name in sorted(RULES.keys() - {fault.rule for fault in FAULTS})]
    for said in blind:
        print(f"check.py: {said}", file=sys.stderr)
    return 1 if blind else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
