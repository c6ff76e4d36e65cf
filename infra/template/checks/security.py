"""Permissions, encryption, and the security headers for browsers."""

import re

from .stack import ACCOUNT, listed, source, text_of

ENCRYPTED_BY_AWS = {"alias/aws/sns", "alias/aws/sqs"}
SERVICES = {"lambda", "scheduler", "apigateway", "cloudfront", "sns", "events", "iot", "s3", "cloudwatch"}

# AWS::IAM::Policy's Roles and other properties that may widen a role.
OWN_POLICIES = {"Policies", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Path", "Tags"}

# Actions without resources ("Actions, resources, and condition keys for AWS services").
WITHOUT_RESOURCES = {"xray:PutTraceSegments", "xray:PutTelemetryRecords", "dynamodb:ListStreams"}


def no_star(stack):
    """Each action and each resource is named."""
    keys = stack.of_type("AWS::KMS::Key")
    for name, key in keys.items():
        own = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
        if not any({member: statement.get(member) for member in own} == own for statement in listed(key["KeyPolicy"]["Statement"])):
            yield f"{name} is a key that the account may not administer: nobody can change or delete it"
    for name, statement in stack.statements():
        if statement["Effect"] != "Allow":
            continue
        actions = listed(statement.get("Action"))
        # A key's policy is only for that key, and a key that the account may not administer is lost ("Key policies in AWS KMS").
        if name in keys:
            administrator = statement.get("Principal") == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
            if "*" in text_of(actions) and not administrator:
                yield f"{name} lets {statement.get('Principal')} do {actions}: name each action"
            if text_of(statement.get("Principal")) in ('"*"', '{"AWS": "*"}'):
                yield f"{name} lets everybody use the key"
            continue
        for member in ("NotAction", "NotResource", "NotPrincipal"):
            if member in statement:
                yield f"{name} says what is not meant ({member}): say what is"
        for action in actions:
            if "*" in str(action):
                yield f"{name} may {action}: name each action"
        for resource in listed(statement.get("Resource")):
            if resource == "*" and not set(actions) <= WITHOUT_RESOURCES:
                yield f"{name} may {actions} on anything: name the resource"
            elif re.search(r":[^:]*\*[^:]*:", str(resource)):
                yield f"{name} may {actions} on {resource}: name the service, the region and the account"
        if text_of(statement.get("Principal", "")) in ('"*"', '{"AWS": "*"}'):
            yield f"{name} lets everybody in"


def no_managed_policies(stack):
    """AWS decides the width of a managed policy: each role lists its own permissions."""
    for name, role in stack.of_type("AWS::IAM::Role").items():
        if arns := role.get("ManagedPolicyArns"):
            yield f"{name} has managed policies, which are for every queue and stream of the account: {', '.join(map(str, arns))}"
        if more := set(role) - OWN_POLICIES - {"ManagedPolicyArns"}:
            yield f"{name} has {', '.join(sorted(more))}"


def each_function_has_its_role(stack):
    """No two functions share a role, and each role belongs to the stack."""
    roles = {}
    for name, function in stack.functions().items():
        role = stack.named_by(function.get("Role"))
        if role is None or stack.resources[role]["Type"] != "AWS::IAM::Role":
            yield f"{name} runs as {function.get('Role')}, which is no role of this stack"
        elif role in roles:
            yield f"{name} runs as {role}, as {roles[role]} does"
        roles[role] = name


def trust(stack):
    """Only existing services assume roles, and a service that would act for other accounts too is limited to this one."""
    for name, document, _ in stack.documents():
        for statement in listed(document["Statement"]):
            principal = statement.get("Principal", {})
            services = listed(principal.get("Service")) if isinstance(principal, dict) else []
            for service in services:
                known = str(service).removesuffix(".amazonaws.com")
                if known == service or known not in SERVICES:
                    yield f"{name} trusts {service}, which is no service"
            # "Cross-service confused deputy prevention": these publish for any account.
            if set(services) & {"s3.amazonaws.com", "events.amazonaws.com", "cloudwatch.amazonaws.com", "cloudfront.amazonaws.com", "iot.amazonaws.com"}:
                if name not in stack.of_type("AWS::KMS::Key") and ACCOUNT not in text_of(statement.get("Condition", {})):
                    yield f"{name} lets {', '.join(services)} in for any account: name this one in a condition"


def roles_can_be_taken_on(stack):
    """Each role trusts the service that uses it."""
    wanted = [(name, function.get("Role"), "lambda") for name, function in stack.functions().items()]
    wanted += [(name, one["Target"]["RoleArn"], "scheduler") for name, one in stack.of_type("AWS::Scheduler::Schedule").items()]
    wanted += [(name, one["TopicRulePayload"].get("ErrorAction", {}).get("Sqs", {}).get("RoleArn"), "iot") for name, one in stack.of_type("AWS::IoT::TopicRule").items()]
    for name, arn, service in wanted:
        role = stack.named_by(arn)
        if role and not any(
            f"{service}.amazonaws.com" in listed(statement.get("Principal", {}).get("Service")) and statement.get("Action") in ("sts:AssumeRole", ["sts:AssumeRole"])
            for statement in listed(stack.resources[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"])
        ):
            yield f"{name} cannot take on {role}: it does not trust {service}.amazonaws.com"


def listeners_listen(stack):
    """Credentials that reach a browser allow only receiving at AWS IoT Core; and only the API's role issues them."""
    if stack.parameters["IotEndpoint"]:
        allowed = {action for statement in stack.granted("Listener") for action in listed(statement["Action"])} if "Listener" in stack.resources else set()
        trust = text_of(stack.resources.get("Listener", {}).get("Properties", {}).get("AssumeRolePolicyDocument"))
        if allowed != {"iot:Connect", "iot:Subscribe", "iot:Receive"} or "<ApiRole.Arn>" not in trust or "sts:AssumeRole" not in trust:
            yield "nobody can listen at AWS IoT Core: Listener may not, or the API cannot take it on"
    for name, role in stack.of_type("AWS::IAM::Role").items():
        trusted = [statement.get("Principal", {}) for statement in listed(role["AssumeRolePolicyDocument"]["Statement"])]
        if not any("AWS" in one for one in trusted):
            continue
        if any(one != {"AWS": "<ApiRole.Arn>"} for one in trusted):
            yield f"{name} trusts others than the API"
        allowed = list(stack.granted(name))
        actions = {action for statement in allowed for action in listed(statement["Action"])}
        if not actions <= {"iot:Connect", "iot:Subscribe", "iot:Receive"} or role.get("ManagedPolicyArns"):
            yield f"{name} may do more than listen: {sorted(actions)}"
        if any(f"/{stack.name}" not in str(one) for statement in allowed for one in listed(statement["Resource"])):
            yield f"{name} may listen to what is not this stack's"


def nothing_public(stack):
    for name, bucket in stack.of_type("AWS::S3::Bucket").items():
        block = bucket.get("PublicAccessBlockConfiguration", {})
        if not all(block.get(one) is True for one in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")):
            yield f"the bucket {name} could be made public"
    for origin in stack.distribution()["Origins"]:
        if "S3OriginConfig" in origin and stack.named_by(origin.get("OriginAccessControlId")) is None:
            yield f"the distribution reads the bucket of the origin {origin['Id']} as anybody does"
    for name, control in stack.of_type("AWS::CloudFront::OriginAccessControl").items():
        said = control["OriginAccessControlConfig"]
        if (said.get("SigningBehavior"), said.get("SigningProtocol"), said.get("OriginAccessControlOriginType")) != ("always", "sigv4", "s3"):
            yield f"{name} does not sign each request to S3"


def all_encrypted(stack):
    for name, table in stack.of_type("AWS::DynamoDB::Table").items():
        if table.get("SSESpecification", {}).get("SSEEnabled") is not True:
            yield f"the table {name} is not encrypted"
    for name, bucket in stack.of_type("AWS::S3::Bucket").items():
        if "SSEAlgorithm" not in text_of(bucket.get("BucketEncryption")):
            yield f"the bucket {name} is not encrypted"
        if name == "Site" and bucket.get("OwnershipControls", {}).get("Rules") != [{"ObjectOwnership": "BucketOwnerEnforced"}]:
            yield f"the bucket {name} knows access control lists, which may let others in"
    for name, queue in stack.of_type("AWS::SQS::Queue").items():
        if queue.get("SqsManagedSseEnabled") is not True:
            yield f"the queue {name} is not encrypted"
    for name, topic in stack.of_type("AWS::SNS::Topic").items():
        if "KmsMasterKeyId" not in topic:
            yield f"the topic {name} is not encrypted"
    for name, key in stack.of_type("AWS::KMS::Key").items():
        if key.get("EnableKeyRotation") is not True:
            yield f"the key {name} is never changed"


def publishers_may_use_keys(stack):
    """A service that publishes to an encrypted topic needs permission for its key, which AWS's own keys never give ("Enabling
    compatibility between event sources from AWS services and encrypted topics")."""
    publishers = {}
    for policy in stack.of_type("AWS::SNS::TopicPolicy").values():
        for statement in listed(policy["PolicyDocument"]["Statement"]):
            if statement["Effect"] == "Allow" and "sns:Publish" in listed(statement["Action"]):
                for topic in policy["Topics"]:
                    publishers.setdefault(topic, set()).update(listed(statement["Principal"].get("Service")))
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        for topic in listed(alarm.get("AlarmActions")):
            if "cloudwatch.amazonaws.com" not in publishers.get(topic, set()):
                yield f"{name} may not publish to {topic}: its policy does not let cloudwatch.amazonaws.com in"
            publishers.setdefault(topic, set()).add("cloudwatch.amazonaws.com")
    for topic, services in publishers.items():
        key = stack.of_type("AWS::SNS::Topic").get(stack.named_by(topic), {}).get("KmsMasterKeyId")
        own = stack.of_type("AWS::KMS::Key").get(stack.named_by(key))
        for service in sorted(services if key else ()):
            allowed = [statement for statement in listed(own["KeyPolicy"]["Statement"]) if service in listed(statement["Principal"].get("Service"))] if own else []
            actions = {action for statement in allowed if statement["Effect"] == "Allow" for action in listed(statement["Action"])}
            if not {"kms:Decrypt", "kms:GenerateDataKey"} <= actions:
                yield f"{service} cannot publish to {topic}: it may not use the key {key}"


def tls_alone(stack):
    """All requests use TLS: all topics and queues refuse others."""
    config = stack.distribution()
    for behaviour in stack.behaviours():
        if behaviour["ViewerProtocolPolicy"] not in ("https-only", "redirect-to-https"):
            yield f"the distribution answers without TLS for {behaviour['PathPattern']}"
    if config.get("Aliases") and config["ViewerCertificate"].get("MinimumProtocolVersion") != "TLSv1.2_2021":
        yield "the distribution takes a TLS older than 1.2 under a name of its own"
    for origin in config["Origins"]:
        custom = origin.get("CustomOriginConfig")
        if custom and (custom["OriginProtocolPolicy"] != "https-only" or custom["OriginSSLProtocols"] != ["TLSv1.2"]):
            yield f"the distribution asks {origin['Id']} without TLS 1.2"
    refused = {}
    for kind, members, actions in (
        ("AWS::SNS::TopicPolicy", "Topics", {"sns:Publish"}), ("AWS::SQS::QueuePolicy", "Queues", {"sqs:SendMessage", "sqs:ReceiveMessage"}),
        ("AWS::S3::BucketPolicy", "Bucket", {"s3:GetObject"}),
    ):
        for policy in stack.of_type(kind).values():
            for statement in listed(policy["PolicyDocument"]["Statement"]):
                is_denial = statement["Effect"] == "Deny" and statement.get("Principal") == "*" and actions <= set(listed(statement["Action"]))
                if is_denial and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}:
                    for one in listed(policy[members]):
                        refused.setdefault(stack.named_by(one), set()).update(re.findall(r"<(\w+)", text_of(statement["Resource"])))
    for kind in ("AWS::SNS::Topic", "AWS::SQS::Queue"):
        for name in stack.of_type(kind):
            if name not in refused.get(name, set()):
                yield f"{name} takes messages without TLS"
    if "Site" not in refused.get("Site", set()):
        yield "the bucket Site is read without TLS"


def headers(stack):
    policies = stack.of_type("AWS::CloudFront::ResponseHeadersPolicy")
    for name, policy in policies.items():
        config = policy["ResponseHeadersPolicyConfig"]
        security = config.get("SecurityHeadersConfig", {})
        for wanted, value in {
            "ContentTypeOptions": {}, "FrameOptions": {"FrameOption": "DENY"}, "ReferrerPolicy": {"ReferrerPolicy": "strict-origin-when-cross-origin"},
            "StrictTransportSecurity": {"AccessControlMaxAgeSec": 63072000, "IncludeSubdomains": stack.parameters.get("HstsSubdomains") == "true"},
        }.items():
            if security.get(wanted) != {**value, "Override": True}:
                yield f"{name} says {wanted} {security.get(wanted)}, and should {value}"
        if security.get("ContentSecurityPolicy", {}).get("Override") is not True:
            yield f"{name} lets answers bring a ContentSecurityPolicy of their own"
        said = {one.get("Header"): (one.get("Value"), one.get("Override")) for one in config.get("CustomHeadersConfig", {}).get("Items", [])}
        for header, value in {"permissions-policy": "camera=(), microphone=(), geolocation=()", "cross-origin-opener-policy": "same-origin"}.items():
            if said.get(header) != (value, True):
                yield f"{name} says {header} {said.get(header)}, and should {value}"
        yield from _content_security_policy(name, stack, security.get("ContentSecurityPolicy", {}).get("ContentSecurityPolicy", ""))
    for behaviour in stack.behaviours():
        if behaviour["PathPattern"] != "/live" and stack.named_by(behaviour.get("ResponseHeadersPolicyId")) not in policies:
            yield f"the distribution sends no such headers for {behaviour['PathPattern']}"


def _content_security_policy(name, stack, written):
    said = {part.split()[0]: part.split()[1:] for part in written.split(";") if part.strip()}
    local = re.search(r'"default-src .*?"', source("infra/local/src/http_server.rs"), re.S).group(0)
    wanted = {part.split()[0]: part.split()[1:] for part in re.sub(r"\\\n\s*", "", local).strip('"').split(";") if part.strip()}
    for directive in sorted(wanted.keys() | said.keys()):
        if directive != "connect-src" and said.get(directive) != wanted.get(directive):
            yield f"{name} says {directive} {said.get(directive)}, and infra/local/src/http_server.rs {wanted.get(directive)}"
    hosts = ["'self'", f"https://cognito-idp.{stack.region}.amazonaws.com", f"https://{stack.parameters['SignInDomain']}.auth.{stack.region}.amazoncognito.com"]
    hosts += [f"wss://{stack.parameters['IotEndpoint']}"] if stack.parameters["IotEndpoint"] else []
    if said.get("connect-src") != hosts:
        yield f"{name} lets pages connect to {said.get('connect-src')}, and they need {hosts}"


def logs_end(stack):
    groups = stack.of_type("AWS::Logs::LogGroup")
    for name, function in stack.functions().items():
        if stack.named_by(function.get("LoggingConfig", {}).get("LogGroup")) not in groups:
            yield f"{name} logs to a group that nothing ends"
        if function.get("LoggingConfig", {}).get("LogFormat") != "JSON":
            yield f"{name} does not log as JSON"
    for name, group in groups.items():
        if "RetentionInDays" not in group:
            yield f"{name} keeps logs for ever"


def access_is_logged(stack):
    """Access logs: always of the HTTP API, of the rest if a parameter enables them."""
    wanted = {"HttpStage": True, "LiveStage": stack.parameters["LiveAccessLogs"] == "true"}
    for name, stage in stack.of_type("AWS::ApiGatewayV2::Stage").items():
        said = stage.get("AccessLogSettings")
        if wanted.get(name, True) is not (said is not None):
            yield f"{name} logs access {'unasked' if said else 'nowhere'}"
        elif said and (stack.named_by(said.get("DestinationArn")) not in stack.of_type("AWS::Logs::LogGroup") or "$context.identity.sourceIp" not in said["Format"]):
            yield f"{name} logs access without saying from where, or to no group of this stack"
    logging = stack.distribution().get("Logging")
    if (stack.parameters["SiteAccessLogs"] == "true") is not (logging is not None):
        yield "the distribution logs no access" if logging is None else "the distribution logs access unasked"
    bucket = stack.of_type("AWS::S3::Bucket").get(stack.named_by(logging["Bucket"]), {}) if logging else None
    if bucket is not None:
        # Without access control lists CloudFront may not write ("Standard logging (legacy)").
        if bucket.get("OwnershipControls", {}).get("Rules") != [{"ObjectOwnership": "BucketOwnerPreferred"}]:
            yield "CloudFront may not write its logs: their bucket knows no access control lists"
        if not any("ExpirationInDays" in rule and rule.get("Status") == "Enabled" for rule in bucket.get("LifecycleConfiguration", {}).get("Rules", [])):
            yield "CloudFront's logs are kept for ever"


def secrets_are_made_up(stack):
    """A secret is generated, long, and not in the template."""
    for name, secret in stack.of_type("AWS::SecretsManager::Secret").items():
        made = secret.get("GenerateSecretString", {})
        if "SecretString" in secret or made.get("PasswordLength", 32) < 32:
            yield f"{name} is not made up, or is short"
        # A list of secrets is separated by commas (infra/backend/src/config.rs).
        if made.get("ExcludePunctuation") is not True:
            yield f"{name} may hold characters that no header or list takes"


RULES = [
    no_star, no_managed_policies, each_function_has_its_role, trust, roles_can_be_taken_on, listeners_listen, nothing_public, all_encrypted,
    publishers_may_use_keys, tls_alone, headers, logs_end, access_is_logged, secrets_are_made_up,
]
