"""What the stack must be, beyond what a linter sees: held against the template as SAM translates it.

    python check.py            holds everything, and proves each rule by a copy that breaks it
    python check.py FILE       holds the rules against another template

Each rule is a function that yields sentences of what is wrong. Each has at least one deliberate fault below, which it must
find: a rule that finds nothing proves nothing. Nothing here asks AWS for anything.
"""

import copy
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from cfnlint.decode import cfn_yaml
from samtranslator.translator.transform import transform

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"


class NoPolicies:
    """The managed policies that SAM may name, without asking AWS for the list."""

    def load(self):
        return {"AWSXRayDaemonWriteAccess": "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"}


def translated(template):
    """The template as CloudFormation gets it."""
    plain = json.loads(json.dumps(template))
    # A local path is for `sam deploy` to replace.
    for resource in plain["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/code.zip"
    return transform(plain, {}, NoPolicies())


def of_type(template, kind):
    return {name: one for name, one in template["Resources"].items() if one["Type"] == kind}


def properties(resource):
    return resource.get("Properties", {})


def listed(value):
    return value if isinstance(value, list) else [value]


def text_of(value):
    """A value with its functions, as text to be searched."""
    return json.dumps(value, sort_keys=True)


def statements(template):
    """Every statement of every policy, with the resource that has it."""
    for name, resource in template["Resources"].items():
        kept = properties(resource)
        documents = [kept.get("PolicyDocument"), kept.get("AssumeRolePolicyDocument")]
        documents += [policy.get("PolicyDocument") for policy in kept.get("Policies", []) if isinstance(policy, dict)]
        for document in filter(None, documents):
            for statement in listed(document["Statement"]):
                yield name, statement


# ------------------------------------------------------------------ security


def no_star(template):
    for name, statement in statements(template):
        if statement["Effect"] != "Allow":
            continue
        for action in listed(statement["Action"]):
            if "*" in text_of(action):
                yield f"{name} may {action}: name each action"
        # Traces have no resources ("Actions, resources, and condition keys for AWS X-Ray").
        if all(str(action).startswith("xray:Put") for action in listed(statement["Action"])):
            continue
        for resource in listed(statement.get("Resource", [])):
            if resource == "*":
                yield f"{name} may act on anything: name the resource"
        if text_of(statement.get("Principal", "")) in ('"*"', '{"AWS": "*"}'):
            yield f"{name} lets everybody in"


def listeners_listen(template):
    """Whose credentials reach a browser may hear at AWS IoT Core, and nothing else; and only the API's role gives them."""
    for name, role in of_type(template, "AWS::IAM::Role").items():
        trusted = [statement.get("Principal", {}) for statement in properties(role)["AssumeRolePolicyDocument"]["Statement"]]
        if not any("AWS" in one for one in trusted):
            continue
        if any(one != {"AWS": {"Fn::GetAtt": ["ApiRole", "Arn"]}} for one in trusted):
            yield f"{name} trusts others than the API"
        documents = [policy["PolicyDocument"] for policy in properties(role).get("Policies", [])]
        actions = {action for one in documents for statement in one["Statement"] for action in listed(statement["Action"])}
        if not actions <= {"iot:Connect", "iot:Subscribe", "iot:Receive"} or properties(role).get("ManagedPolicyArns"):
            yield f"{name} may do more than listen: {sorted(actions)}"


def nothing_public(template):
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        block = properties(bucket).get("PublicAccessBlockConfiguration", {})
        wanted = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
        if not all(block.get(one) is True for one in wanted):
            yield f"the bucket {name} could be made public"
    for name, distribution in of_type(template, "AWS::CloudFront::Distribution").items():
        for origin in properties(distribution)["DistributionConfig"]["Origins"]:
            if "S3OriginConfig" in origin and "OriginAccessControlId" not in origin:
                yield f"{name} reads the bucket {origin['Id']} as anybody does"


def all_encrypted(template):
    for name, table in of_type(template, "AWS::DynamoDB::Table").items():
        if properties(table).get("SSESpecification", {}).get("SSEEnabled") is not True:
            yield f"the table {name} is not encrypted"
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        if "BucketEncryption" not in properties(bucket):
            yield f"the bucket {name} is not encrypted"
    for name, queue in of_type(template, "AWS::SQS::Queue").items():
        if properties(queue).get("SqsManagedSseEnabled") is not True:
            yield f"the queue {name} is not encrypted"
    for name, topic in of_type(template, "AWS::SNS::Topic").items():
        if "KmsMasterKeyId" not in properties(topic):
            yield f"the topic {name} is not encrypted"


def tls_alone(template):
    for name, distribution in of_type(template, "AWS::CloudFront::Distribution").items():
        config = properties(distribution)["DistributionConfig"]
        behaviours = [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", [])]
        for behaviour in behaviours:
            if behaviour["ViewerProtocolPolicy"] not in ("https-only", "redirect-to-https"):
                yield f"{name} answers without TLS for {behaviour.get('PathPattern', 'the rest')}"
        if "TLSv1.2_2021" not in text_of(config["ViewerCertificate"]):
            yield f"{name} takes a TLS older than 1.2"
        for origin in config["Origins"]:
            custom = origin.get("CustomOriginConfig")
            if custom and (custom["OriginProtocolPolicy"] != "https-only" or custom["OriginSSLProtocols"] != ["TLSv1.2"]):
                yield f"{name} asks {origin['Id']} without TLS 1.2"


def headers(template):
    policies = of_type(template, "AWS::CloudFront::ResponseHeadersPolicy")
    for name, policy in policies.items():
        config = properties(policy)["ResponseHeadersPolicyConfig"]
        security = config.get("SecurityHeadersConfig", {})
        for wanted in ("ContentSecurityPolicy", "ContentTypeOptions", "ReferrerPolicy", "StrictTransportSecurity"):
            if wanted not in security:
                yield f"{name} lacks {wanted}"
        csp = text_of(security.get("ContentSecurityPolicy", {}).get("ContentSecurityPolicy", ""))
        if "script-src 'self' 'wasm-unsafe-eval';" not in csp:
            yield f"{name} lets scripts come from elsewhere than the site, or keeps its WebAssembly from running"
        if "unsafe-inline" in csp or re.search(r"(?<!wasm-)unsafe-eval", csp):
            yield f"{name} lets scripts be made up"
        if "permissions-policy" not in text_of(config.get("CustomHeadersConfig", {})):
            yield f"{name} lacks a permissions policy"
    for name, distribution in of_type(template, "AWS::CloudFront::Distribution").items():
        config = properties(distribution)["DistributionConfig"]
        if config["DefaultCacheBehavior"].get("ResponseHeadersPolicyId", {}).get("Ref") not in policies:
            yield f"{name} sends no such headers"


def logs_end(template):
    for name, function in of_type(template, "AWS::Lambda::Function").items():
        group = properties(function).get("LoggingConfig", {}).get("LogGroup", {}).get("Ref")
        if group not in of_type(template, "AWS::Logs::LogGroup"):
            yield f"{name} logs to a group that nothing ends"
    for name, group in of_type(template, "AWS::Logs::LogGroup").items():
        if "RetentionInDays" not in properties(group):
            yield f"{name} keeps logs for ever"


# ------------------------------------------------------------------ what no linter sees


def gateways_may_invoke(template):
    """A function behind an API needs a permission whose source is that API."""
    permissions = of_type(template, "AWS::Lambda::Permission").values()
    for name, integration in of_type(template, "AWS::ApiGatewayV2::Integration").items():
        api = properties(integration)["ApiId"]["Ref"]
        may = any(
            properties(one).get("Principal") == "apigateway.amazonaws.com" and api in text_of(properties(one).get("SourceArn"))
            for one in permissions
        )
        if not may:
            yield f"nobody lets {api} invoke the function of {name}"


def schedules_are_read(template):
    """rate(1 minute), rate(5 minutes), cron(…), at(…): "Schedule types in EventBridge Scheduler"."""
    known = re.compile(r"^(rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)|cron\([^()]+\)|at\([^()]+\))$")
    for name, schedule in of_type(template, "AWS::Scheduler::Schedule").items():
        expression = properties(schedule)["ScheduleExpression"]
        if not known.match(str(expression)):
            yield f"{name} is never on time: {expression}"


def filters_are_json(template):
    for name, mapping in of_type(template, "AWS::Lambda::EventSourceMapping").items():
        for pattern in properties(mapping).get("FilterCriteria", {}).get("Filters", []):
            try:
                json.loads(pattern["Pattern"])
            except ValueError as fault:
                yield f"{name} has a filter that is not JSON: {fault}"


def behaviours_have_origins(template):
    for name, distribution in of_type(template, "AWS::CloudFront::Distribution").items():
        config = properties(distribution)["DistributionConfig"]
        origins = {origin["Id"] for origin in config["Origins"]}
        for behaviour in [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", [])]:
            if behaviour["TargetOriginId"] not in origins:
                yield f"{name} has no origin {behaviour['TargetOriginId']}"


def routes_lead_somewhere(template):
    integrations = of_type(template, "AWS::ApiGatewayV2::Integration")
    for name, route in of_type(template, "AWS::ApiGatewayV2::Route").items():
        target = text_of(properties(route).get("Target", ""))
        own = properties(route)["ApiId"]["Ref"]
        there = [one for one in integrations if "${" + one + "}" in target or f'"{one}"' in target]
        if not any(properties(integrations[one])["ApiId"]["Ref"] == own for one in there):
            yield f"the route {name} leads to no integration of its API"


def principals_exist(template):
    known = {"lambda", "scheduler", "apigateway", "cloudfront", "sns", "events"}
    for name, statement in statements(template):
        principal = statement.get("Principal", {})
        for service in listed(principal.get("Service", []) if isinstance(principal, dict) else []):
            if service.removesuffix(".amazonaws.com") not in known:
                yield f"{name} trusts {service}, which is no service"


def protocols_exist(template):
    known = {"lambda", "sqs", "email", "email-json", "https", "http", "sms", "firehose", "application"}
    for name, subscription in of_type(template, "AWS::SNS::Subscription").items():
        protocol = properties(subscription)["Protocol"]
        if protocol not in known:
            yield f"{name} is told by {protocol}, which is no protocol"


# ------------------------------------------------------------------ what the code says too


def source(path):
    return (ROOT / path).read_text(encoding="utf-8")


def as_in_the_code(template):
    """Filters and the policy of the pages are in the code; the template says the same."""
    stream = re.findall(r'r#"(\{"(?:dynamodb|eventName)".*?\})"#', source("infra/backend/src/transport/stream.rs"))
    for name, mapping in of_type(template, "AWS::Lambda::EventSourceMapping").items():
        filters = properties(mapping).get("FilterCriteria", {}).get("Filters", [])
        if "StartingPosition" in properties(mapping) and [one["Pattern"] for one in filters] != stream:
            yield f"{name} filters otherwise than transport/stream.rs"
    news = re.search(r'FILTER: &str =\s*r#"(.*?)"#', source("infra/backend/src/transport/notify.rs"), re.S)
    for name, subscription in of_type(template, "AWS::SNS::Subscription").items():
        if properties(subscription)["Protocol"] != "lambda" or properties(subscription)["TopicArn"] == {"Ref": "ItemsTopic"}:
            continue
        if properties(subscription).get("FilterPolicy") != json.loads(news.group(1)):
            yield f"{name} chooses otherwise than transport/notify.rs"
    local = re.search(r'"default-src (.*?)connect-src', source("infra/local/src/front.rs"), re.S).group(0)
    local = re.sub(r"\\\n\s*", "", local).strip('"')
    for name, policy in of_type(template, "AWS::CloudFront::ResponseHeadersPolicy").items():
        if local not in text_of(policy).encode().decode("unicode_escape"):
            yield f"{name} has another policy for pages than infra/local"


def pages_are_one_document(template):
    """Which path is a page, and which file lasts: the cases against which infra/local/src/site.rs is tested."""
    cases = json.loads(source("infra/template/paths.json"))
    hashed = re.compile(re.search(r'HASHED = re\.compile\(r"(.*)"\)', source("infra/template/upload.py")).group(1))
    for case in cases:
        if bool(hashed.search(case["path"])) != case["isHashed"]:
            yield f"upload.py keeps {case['path']} for another time than infra/local"
    for name, function in of_type(template, "AWS::CloudFront::Function").items():
        asked = "process.argv[1].split(' ').map((uri) => handler({ request: { uri } }).uri)"
        script = f"{properties(function)['FunctionCode']}\nconsole.log(JSON.stringify({asked}));"
        command = ["node", "-e", script, " ".join(case["path"] for case in cases)]
        ran = subprocess.run(command, capture_output=True, check=False, text=True)
        given = json.loads(ran.stdout) if ran.returncode == 0 else [ran.stderr] * len(cases)
        for case, uri in zip(cases, given, strict=True):
            wanted = "/index.html" if case["isPage"] else case["path"]
            if uri != wanted:
                yield f"{name} gives {uri} for {case['path']}, and infra/local {wanted}"


RULES = [
    no_star, listeners_listen, nothing_public, all_encrypted, tls_alone, headers, logs_end, gateways_may_invoke, schedules_are_read,
    filters_are_json, behaviours_have_origins, routes_lead_somewhere, principals_exist, protocols_exist, as_in_the_code,
    pages_are_one_document,
]
# It runs the function's JavaScript. The site cannot be built without Node.js, so every complete check has it.
NEEDS_NODE = {pages_are_one_document}


# ------------------------------------------------------------------ deliberate faults


def first(template, kind):
    return next(iter(of_type(template, kind).values()))["Properties"]


def distribution(template):
    return first(template, "AWS::CloudFront::Distribution")["DistributionConfig"]


def stream_of(template):
    mappings = of_type(template, "AWS::Lambda::EventSourceMapping").values()
    return next(properties(one) for one in mappings if "StartingPosition" in properties(one))


def role_of(template):
    return first(template, "AWS::IAM::Role")


FAULTS = [
    (no_star, "any action", lambda t: role_of(t)["Policies"][0]["PolicyDocument"]["Statement"][0].update(Action="dynamodb:*")),
    (no_star, "any resource", lambda t: role_of(t)["Policies"][0]["PolicyDocument"]["Statement"][0].update(Resource="*")),
    (listeners_listen, "a browser that publishes", lambda t: t["Resources"]["Listener"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0].update(Action="iot:Publish")),
    (listeners_listen, "a role for anybody's taking", lambda t: t["Resources"]["Listener"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0].update(Principal={"AWS": "123456789012"})),
    (nothing_public, "a public bucket", lambda t: first(t, "AWS::S3::Bucket")["PublicAccessBlockConfiguration"].update(BlockPublicPolicy=False)),
    (nothing_public, "no access control", lambda t: distribution(t)["Origins"][0].pop("OriginAccessControlId")),
    (all_encrypted, "a plain table", lambda t: first(t, "AWS::DynamoDB::Table").pop("SSESpecification")),
    (all_encrypted, "a plain queue", lambda t: first(t, "AWS::SQS::Queue").pop("SqsManagedSseEnabled")),
    (tls_alone, "plain HTTP", lambda t: distribution(t)["DefaultCacheBehavior"].update(ViewerProtocolPolicy="allow-all")),
    (tls_alone, "an old TLS", lambda t: distribution(t)["Origins"][1]["CustomOriginConfig"].update(OriginSSLProtocols=["TLSv1"])),
    (headers, "inline scripts", lambda t: first(t, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]["ContentSecurityPolicy"].update(ContentSecurityPolicy="script-src 'unsafe-inline'")),
    (headers, "no HSTS", lambda t: first(t, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"].pop("StrictTransportSecurity")),
    (logs_end, "logs for ever", lambda t: first(t, "AWS::Logs::LogGroup").pop("RetentionInDays")),
    (gateways_may_invoke, "no permission", lambda t: t["Resources"].pop("LivePermission")),
    (schedules_are_read, "rate(1 minutes)", lambda t: first(t, "AWS::Scheduler::Schedule").update(ScheduleExpression="rate(1 minutes)")),
    (schedules_are_read, "rates(1 minute)", lambda t: first(t, "AWS::Scheduler::Schedule").update(ScheduleExpression="rates(1 minute)")),
    (filters_are_json, "a broken filter", lambda t: stream_of(t)["FilterCriteria"]["Filters"][0].update(Pattern='{"dynamodb":')),
    (behaviours_have_origins, "an unknown origin", lambda t: distribution(t)["CacheBehaviors"][0].update(TargetOriginId="htpp")),
    (routes_lead_somewhere, "a route to nowhere", lambda t: t["Resources"]["MessageRoute"]["Properties"].pop("Target")),
    (routes_lead_somewhere, "a route to another API", lambda t: t["Resources"]["MessageRoute"]["Properties"].update(Target={"Fn::Sub": "integrations/${HttpIntegration}"})),
    (principals_exist, "a misspelt service", lambda t: role_of(t)["AssumeRolePolicyDocument"]["Statement"][0]["Principal"].update(Service=["lamda.amazonaws.com"])),
    (protocols_exist, "a misspelt protocol", lambda t: first(t, "AWS::SNS::Subscription").update(Protocol="lamdba")),
    (headers, "scripts from elsewhere", lambda t: first(t, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]["ContentSecurityPolicy"].update(ContentSecurityPolicy="script-src 'self' 'wasm-unsafe-eval' https:;")),
    (as_in_the_code, "another filter", lambda t: stream_of(t)["FilterCriteria"]["Filters"].pop()),
    (pages_are_one_document, "files that are pages", lambda t: first(t, "AWS::CloudFront::Function").update(FunctionCode='function handler(event) { event.request.uri = "/index.html"; return event.request; }')),
    (pages_are_one_document, "a key with a dot", lambda t: first(t, "AWS::CloudFront::Function").update(FunctionCode=r'function handler(event) { if (!/\.[^\/]*$/.test(event.request.uri)) { event.request.uri = "/index.html"; } return event.request; }')),
    (pages_are_one_document, "broken JavaScript", lambda t: first(t, "AWS::CloudFront::Function").update(FunctionCode="function handler(event) {")),
]


def main(arguments):
    path = Path(arguments[0]) if arguments else TEMPLATE
    template = translated(cfn_yaml.load(str(path)))
    rules, faults = RULES, FAULTS
    if not shutil.which("node"):
        print("check.py: without Node.js the function of the pages is not checked.", file=sys.stderr)
        rules = [rule for rule in RULES if rule not in NEEDS_NODE]
        faults = [fault for fault in FAULTS if fault[0] not in NEEDS_NODE]
    wrong = [sentence for rule in rules for sentence in rule(template)]
    for sentence in wrong:
        print(f"{path.name}: {sentence}", file=sys.stderr)
    blind = 0
    for rule, name, fault in faults:
        broken = copy.deepcopy(template)
        fault(broken)
        if not list(rule(broken)):
            print(f"check.py: {rule.__name__} does not see {name}", file=sys.stderr)
            blind += 1
    unproven = {rule.__name__ for rule in rules} - {rule.__name__ for rule, _, _ in faults}
    if unproven:
        print(f"check.py: nothing proves {', '.join(sorted(unproven))}", file=sys.stderr)
    if wrong or blind or unproven:
        return 1
    print(f"{len(template['Resources'])} resources, {len(rules)} rules, {len(faults)} deliberate faults found.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
