"""The template as CloudFormation receives it from SAM, and with the parameters of a deployment: without intrinsic functions.

Values that exist only after a deployment are in angle brackets: `<Table>` for `!Ref Table`, `<Table.Arn>` for `!GetAtt Table.Arn`.
"""

import copy
import functools
import json
import re
from pathlib import Path

from cfnlint.decode import cfn_yaml
from samtranslator.translator.transform import transform

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = ROOT / "infra" / "template.yaml"
ACCOUNT = "123456789012"

# The parameters without a default, those that enable all optional resources, and those of a restored table.
REQUIRED = {"SignInDomain": "office"}
ALL_OPTIONS = {
    **REQUIRED, "DomainName": "rally.example.org", "HostedZoneId": "Z1", "CertificateArn": f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/c",
    "AlarmAddress": "ada@example.org", "IotEndpoint": "abc-ats.iot.us-east-1.amazonaws.com", "WebRateLimit": 100, "SourceBucket": "photos",
    "MailFrom": "rally@example.org", "MailIdentity": f"arn:aws:ses:us-east-1:{ACCOUNT}:identity/example.org", "LiveAccessLogs": "true",
    "HstsSubdomains": "true", "SignUp": "closed", "LogLevel": "debug",
}
RESTORED = {**REQUIRED, "Mfa": "OFF", "SiteAccessLogs": "false", "RestoredTable": "rally-restored", "RestoredStream": "2026-01-01T00:00:00.000"}

NO_VALUE = object()


class NoManagedPolicies:
    """The managed policies that SAM may use, without a request to AWS for their list."""

    def load(self):
        return {"AWSXRayDaemonWriteAccess": "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"}


def read_template(path=TEMPLATE):
    """The template as it is written, before SAM."""
    return json.loads(json.dumps(cfn_yaml.load(str(path))))


def translate(template):
    """The template as CloudFormation receives it."""
    plain = copy.deepcopy(template)
    # `sam deploy` replaces a local path.
    for resource in plain["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/code.zip"
    return transform(plain, {}, NoManagedPolicies())


# Source files with a fault of a test, by path.
SOURCE_OVERRIDES: dict = {}


def source(path):
    """A file of the checkout."""
    return SOURCE_OVERRIDES.get(path) or (ROOT / path).read_text(encoding="utf-8")


def as_list(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def as_json(value):
    """A value as text, for searches."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


class Stack:
    """A translated template with its parameters resolved."""

    def __init__(self, template, parameters, name="rally", region="us-east-1", original=None):
        self.template = template
        # The template as it is written, before SAM.
        self.original = original
        self.name, self.region = name, region
        declared = template.get("Parameters", {})
        self.parameters = {one: str(parameters.get(one, what.get("Default", ""))) for one, what in declared.items()}
        self.pseudo = {
            "AWS::StackName": name, "AWS::Region": region, "AWS::AccountId": ACCOUNT, "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com",
            "AWS::NoValue": NO_VALUE, "AWS::StackId": f"arn:aws:cloudformation:{region}:{ACCOUNT}:stack/{name}/u",
        }
        self.resources = {}
        for one, resource in template["Resources"].items():
            if "Condition" not in resource or self._is_met(resource["Condition"]):
                self.resources[one] = {**resource, "Properties": self.resolve(resource.get("Properties", {}))}
        self.outputs = self.resolve({one: what.get("Value") for one, what in template.get("Outputs", {}).items()})

    # -------------------------------------------------------------- intrinsic functions

    @functools.cache
    def _is_met(self, condition):
        return self._evaluate(self.template["Conditions"][condition])

    def _evaluate(self, value):
        (function, given), = value.items()
        match function:
            case "Fn::Equals":
                return str(self.resolve(given[0])) == str(self.resolve(given[1]))
            case "Fn::Not":
                return not self._evaluate(given[0])
            case "Fn::And":
                return all(map(self._evaluate, given))
            case "Fn::Or":
                return any(map(self._evaluate, given))
            case "Condition":
                return self._is_met(given)
        raise ValueError(f"the condition has an unknown function {function}")

    def _reference(self, name):
        if name in self.parameters:
            return self.parameters[name]
        return self.pseudo.get(name, f"<{name}>")

    def _substitute(self, given):
        form, values = given if isinstance(given, list) else (given, {})
        values = {name: self.resolve(value) for name, value in values.items()}
        return re.sub(r"\$\{([^!}][^}]*)\}", lambda one: str(values.get(one.group(1), self._reference(one.group(1)))), form).replace("${!", "${")

    def resolve(self, value):
        """A value with its intrinsic functions resolved."""
        if isinstance(value, list):
            return [one for one in map(self.resolve, value) if one is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (function, given), = value.items()
            match function:
                case "Ref":
                    return self._reference(given)
                case "Fn::GetAtt":
                    return f"<{given if isinstance(given, str) else '.'.join(given)}>"
                case "Fn::Sub":
                    return self._substitute(given)
                case "Fn::If":
                    return self.resolve(given[1] if self._is_met(given[0]) else given[2])
                case "Fn::Join":
                    return given[0].join(map(str, map(self.resolve, given[1])))
        resolved = {name: self.resolve(one) for name, one in value.items()}
        return {name: one for name, one in resolved.items() if one is not NO_VALUE}

    # ------------------------------------------------------------- contents

    def of_type(self, kind):
        return {name: one["Properties"] for name, one in self.resources.items() if one["Type"] == kind}

    def logical_id(self, reference):
        """The logical id in `<Id>`, `<Id.Arn>` or another attribute, if the resource exists."""
        found = re.fullmatch(r"<([A-Za-z0-9]+)(?:\.[A-Za-z0-9.]+)?>", str(reference))
        return found.group(1) if found and found.group(1) in self.resources else None

    def functions(self):
        return self.of_type("AWS::Lambda::Function")

    def variables(self, function):
        return self.functions()[function].get("Environment", {}).get("Variables", {})

    def event_source_mappings(self, function):
        """The event source mappings of a function: streams and queues."""
        return {name: one for name, one in self.of_type("AWS::Lambda::EventSourceMapping").items() if one["FunctionName"] in (f"<{function}>", f"<{function}.Arn>")}

    def distribution(self):
        return next(iter(self.of_type("AWS::CloudFront::Distribution").values()))["DistributionConfig"]

    def behaviours(self):
        config = self.distribution()
        return [{"PathPattern": "*", **config["DefaultCacheBehavior"]}, *config.get("CacheBehaviors", [])]

    # -------------------------------------------------------------- policies

    def policy_documents(self):
        """Each policy document, with its resource and whether it is a trust policy."""
        for name, resource in self.resources.items():
            properties = resource["Properties"]
            for member in ("PolicyDocument", "KeyPolicy"):
                if member in properties:
                    yield name, properties[member], False
            if "AssumeRolePolicyDocument" in properties:
                yield name, properties["AssumeRolePolicyDocument"], True
            for policy in as_list(properties.get("Policies")):
                if isinstance(policy, dict) and "PolicyDocument" in policy:
                    yield name, policy["PolicyDocument"], False

    def statements(self):
        for name, document, _ in self.policy_documents():
            for statement in as_list(document["Statement"]):
                yield name, statement

    def allow_statements(self, role):
        """Each statement that allows something to a role."""
        own = self.resources[role]["Properties"]
        documents = [policy["PolicyDocument"] for policy in own.get("Policies", [])]
        documents += [policy["PolicyDocument"] for policy in self.of_type("AWS::IAM::Policy").values() if f"<{role}>" in policy.get("Roles", [])]
        for document in documents:
            yield from (statement for statement in as_list(document["Statement"]) if statement["Effect"] == "Allow")


def deployments(plain, original):
    """The deployments that the rules check: with all optional resources, with none, and with a restored table and minimal parameters."""
    return [Stack(plain, ALL_OPTIONS, original=original), Stack(plain, REQUIRED, region="eu-central-1", original=original), Stack(plain, RESTORED, original=original)]
