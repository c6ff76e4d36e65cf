"""The site's own function at CloudFront, checked with the cases of infra/local/src/site.rs."""

import json
import re
import shutil
import subprocess

from .stack import source


def pages_are_one_document(stack):
    """Which path is a page, and which file never changes."""
    cases = json.loads(source("infra/template/paths.json"))
    hashed = re.compile(re.search(r'HASHED = re\.compile\(r"(.*)"\)', source("infra/template/upload.py")).group(1))
    for case in cases:
        if bool(hashed.search(case["path"])) != case["isHashed"]:
            yield f"upload.py keeps {case['path']} for another time than infra/local"
    associated = stack.distribution()["DefaultCacheBehavior"].get("FunctionAssociations", [])
    if [(one["EventType"], one["FunctionARN"]) for one in associated] != [("viewer-request", "<Pages.FunctionMetadata.FunctionARN>")]:
        yield "the distribution does not ask Pages which file a path is"
    # The site cannot be built without Node.js, so every complete check has it; check.py says so if it is missing.
    if not shutil.which("node"):
        return
    for name, function in stack.of_type("AWS::CloudFront::Function").items():
        asked = "process.argv[1].split(' ').map((uri) => handler({ request: { uri } }).uri)"
        script = f"{function['FunctionCode']}\nconsole.log(JSON.stringify({asked}));"
        command = ["node", "-e", script, " ".join(case["path"] for case in cases)]
        ran = subprocess.run(command, capture_output=True, check=False, text=True)
        given = json.loads(ran.stdout) if ran.returncode == 0 else [ran.stderr] * len(cases)
        for case, uri in zip(cases, given, strict=True):
            wanted = "/index.html" if case["isPage"] else case["path"]
            if uri != wanted:
                yield f"{name} gives {uri} for {case['path']}, and infra/local {wanted}"
        if function.get("AutoPublish") is not True:
            yield f"{name} is never published"


RULES = [pages_are_one_document]
