"""The CloudFront Function of the site, checked with the test cases of infra/local/src/site.rs."""

import json
import re
import shutil
import subprocess

from .stack import source


def page_paths_serve_index_html(stack):
    """The function serves index.html for each page path, and upload.py recognizes the immutable files."""
    cases = json.loads(source("infra/template/paths.json"))
    hashed = re.compile(re.search(r'HASHED = re\.compile\(r"(.*)"\)', source("infra/template/upload.py")).group(1))
    for case in cases:
        if bool(hashed.search(case["path"])) != case["isHashed"]:
            yield f"upload.py caches {case['path']} for another time than infra/local"
    associated = stack.distribution()["DefaultCacheBehavior"].get("FunctionAssociations", [])
    if [(one["EventType"], one["FunctionARN"]) for one in associated] != [("viewer-request", "<Pages.FunctionMetadata.FunctionARN>")]:
        yield "the distribution does not invoke the function Pages for viewer requests"
    # The site cannot be built without Node.js, so each complete check has it; check.py prints a warning if it is missing.
    if not shutil.which("node"):
        return
    for name, function in stack.of_type("AWS::CloudFront::Function").items():
        call = "process.argv[1].split(' ').map((uri) => handler({ request: { uri } }).uri)"
        script = f"{function['FunctionCode']}\nconsole.log(JSON.stringify({call}));"
        command = ["node", "-e", script, " ".join(case["path"] for case in cases)]
        completed = subprocess.run(command, capture_output=True, check=False, text=True)
        results = json.loads(completed.stdout) if completed.returncode == 0 else [completed.stderr] * len(cases)
        for case, uri in zip(cases, results, strict=True):
            wanted = "/index.html" if case["isPage"] else case["path"]
            if uri != wanted:
                yield f"{name} returns {uri} for {case['path']}, but infra/local serves {wanted}"
        if function.get("AutoPublish") is not True:
            yield f"{name} does not have AutoPublish"


RULES = [page_paths_serve_index_html]
