"""Permissions, encryption, and the security headers for browsers."""

import re

from .stack import ACCOUNT, as_list, source, as_json

SERVICES = {"lambda", "scheduler", "apigateway", "cloudfront", "sns", "events", "iot", "s3", "cloudwatch"}

# The properties that a role may have, beside ManagedPolicyArns, which has a message of its own. Others could widen its permissions.
ROLE_PROPERTIES = {"Policies", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Path", "Tags"}

# Actions that do not support resource-level permissions ("Actions, resources, and condition keys for AWS services").
WITHOUT_RESOURCES = {"xray:PutTraceSegments", "xray:PutTelemetryRecords", "dynamodb:ListStreams"}


def no_wildcards(stack):
    """No statement allows all actions, all resources or all principals."""
    keys = stack.of_type("AWS::KMS::Key")
    for name, key in keys.items():
        own = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
        if not any({member: statement.get(member) for member in own} == own for statement in as_list(key["KeyPolicy"]["Statement"])):
            yield f"the key policy of {name} does not let the account administer the key, so it could not be changed or deleted"
    for name, statement in stack.statements():
        if statement["Effect"] != "Allow":
            continue
        actions = as_list(statement.get("Action"))
        # A key policy applies only to its own key. Without the account as administrator the key cannot be managed ("Key policies in AWS KMS").
        if name in keys:
            administrator = statement.get("Principal") == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
            if "*" in as_json(actions) and not administrator:
                yield f"{name} allows {statement.get('Principal')} the actions {actions}: list each action"
            if as_json(statement.get("Principal")) in ('"*"', '{"AWS": "*"}'):
                yield f"{name} allows all principals"
            continue
        for member in ("NotAction", "NotResource", "NotPrincipal"):
            if member in statement:
                yield f"{name} uses {member}: list what is allowed instead"
        for action in actions:
            if "*" in str(action):
                yield f"{name} allows {action}: list each action"
        for resource in as_list(statement.get("Resource")):
            if resource == "*" and not set(actions) <= WITHOUT_RESOURCES:
                yield f"{name} allows {actions} on all resources: name the resource"
            elif re.search(r":[^:]*\*[^:]*:", str(resource)):
                yield f"{name} allows {actions} on {resource}: name the service, the region and the account"
        if as_json(statement.get("Principal", "")) in ('"*"', '{"AWS": "*"}'):
            yield f"{name} allows all principals"


def no_managed_policies(stack):
    """AWS may extend a managed policy, so each role lists its own permissions."""
    for name, role in stack.of_type("AWS::IAM::Role").items():
        if arns := role.get("ManagedPolicyArns"):
            yield f"{name} has managed policies, which apply to all resources of the account: {', '.join(map(str, arns))}"
        if unexpected := set(role) - ROLE_PROPERTIES - {"ManagedPolicyArns"}:
            yield f"{name} has unexpected properties: {', '.join(sorted(unexpected))}"


def functions_share_no_role(stack):
    """No two functions share a role, and each role belongs to the stack."""
    roles = {}
    for name, function in stack.functions().items():
        role = stack.logical_id(function.get("Role"))
        if role is None or stack.resources[role]["Type"] != "AWS::IAM::Role":
            yield f"{name} has the role {function.get('Role')}, which is not a role of this stack"
        elif role in roles:
            yield f"{name} shares the role {role} with {roles[role]}"
        roles[role] = name


def trusted_services(stack):
    """Policies allow only known services, and limit a service that acts for any account to this account."""
    for name, document, _ in stack.policy_documents():
        for statement in as_list(document["Statement"]):
            principal = statement.get("Principal", {})
            services = as_list(principal.get("Service")) if isinstance(principal, dict) else []
            for service in services:
                known = str(service).removesuffix(".amazonaws.com")
                if known == service or known not in SERVICES:
                    yield f"{name} trusts {service}, which is not a known service"
            # "Cross-service confused deputy prevention": these services act for any account.
            if set(services) & {"s3.amazonaws.com", "events.amazonaws.com", "cloudwatch.amazonaws.com", "cloudfront.amazonaws.com", "iot.amazonaws.com"}:
                if name not in stack.of_type("AWS::KMS::Key") and ACCOUNT not in as_json(statement.get("Condition", {})):
                    yield f"{name} allows {', '.join(services)} for any account: limit it to this account in a condition"


def roles_can_be_assumed(stack):
    """Each role trusts the service that uses it."""
    wanted = [(name, function.get("Role"), "lambda") for name, function in stack.functions().items()]
    wanted += [(name, one["Target"]["RoleArn"], "scheduler") for name, one in stack.of_type("AWS::Scheduler::Schedule").items()]
    wanted += [(name, one["TopicRulePayload"].get("ErrorAction", {}).get("Sqs", {}).get("RoleArn"), "iot") for name, one in stack.of_type("AWS::IoT::TopicRule").items()]
    for name, arn, service in wanted:
        role = stack.logical_id(arn)
        if role and not any(
            f"{service}.amazonaws.com" in as_list(statement.get("Principal", {}).get("Service")) and statement.get("Action") in ("sts:AssumeRole", ["sts:AssumeRole"])
            for statement in as_list(stack.resources[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"])
        ):
            yield f"{name} cannot assume {role}: the role does not trust {service}.amazonaws.com"


def browsers_only_subscribe(stack):
    """A browser's credentials allow only to connect, subscribe and receive at AWS IoT Core, and only the role of the API issues them."""
    if stack.parameters["IotEndpoint"]:
        allowed = {action for statement in stack.allow_statements("Listener") for action in as_list(statement["Action"])} if "Listener" in stack.resources else set()
        trust_policy = as_json(stack.resources.get("Listener", {}).get("Properties", {}).get("AssumeRolePolicyDocument"))
        if allowed != {"iot:Connect", "iot:Subscribe", "iot:Receive"} or "<ApiRole.Arn>" not in trust_policy or "sts:AssumeRole" not in trust_policy:
            yield "browsers cannot subscribe at AWS IoT Core: the role Listener lacks a permission, or the API cannot assume it"
    for name, role in stack.of_type("AWS::IAM::Role").items():
        trusted = [statement.get("Principal", {}) for statement in as_list(role["AssumeRolePolicyDocument"]["Statement"])]
        if not any("AWS" in one for one in trusted):
            continue
        if any(one != {"AWS": "<ApiRole.Arn>"} for one in trusted):
            yield f"{name} trusts other principals than the role of the API"
        allowed = list(stack.allow_statements(name))
        actions = {action for statement in allowed for action in as_list(statement["Action"])}
        if not actions <= {"iot:Connect", "iot:Subscribe", "iot:Receive"} or role.get("ManagedPolicyArns"):
            yield f"{name} allows more than to connect, subscribe and receive: {sorted(actions)}"
        if any(f"/{stack.name}" not in str(one) for statement in allowed for one in as_list(statement["Resource"])):
            yield f"{name} allows topics of other stacks"


def no_public_buckets(stack):
    for name, bucket in stack.of_type("AWS::S3::Bucket").items():
        block = bucket.get("PublicAccessBlockConfiguration", {})
        if not all(block.get(one) is True for one in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")):
            yield f"the bucket {name} does not block public access"
    for origin in stack.distribution()["Origins"]:
        if "S3OriginConfig" in origin and stack.logical_id(origin.get("OriginAccessControlId")) is None:
            yield f"the origin {origin['Id']} has no origin access control, so requests to its bucket are not signed"
    for name, control in stack.of_type("AWS::CloudFront::OriginAccessControl").items():
        config = control["OriginAccessControlConfig"]
        if (config.get("SigningBehavior"), config.get("SigningProtocol"), config.get("OriginAccessControlOriginType")) != ("always", "sigv4", "s3"):
            yield f"{name} does not sign each request to S3"


def encryption_at_rest(stack):
    for name, table in stack.of_type("AWS::DynamoDB::Table").items():
        if table.get("SSESpecification", {}).get("SSEEnabled") is not True:
            yield f"the table {name} is not encrypted"
    for name, bucket in stack.of_type("AWS::S3::Bucket").items():
        if "SSEAlgorithm" not in as_json(bucket.get("BucketEncryption")):
            yield f"the bucket {name} is not encrypted"
        if name == "Site" and bucket.get("OwnershipControls", {}).get("Rules") != [{"ObjectOwnership": "BucketOwnerEnforced"}]:
            yield f"the bucket {name} has access control lists enabled, which could grant access to others"
    for name, queue in stack.of_type("AWS::SQS::Queue").items():
        if queue.get("SqsManagedSseEnabled") is not True:
            yield f"the queue {name} is not encrypted"
    for name, topic in stack.of_type("AWS::SNS::Topic").items():
        if "KmsMasterKeyId" not in topic:
            yield f"the topic {name} is not encrypted"
    for name, key in stack.of_type("AWS::KMS::Key").items():
        if key.get("EnableKeyRotation") is not True:
            yield f"the key {name} is not rotated"


def publishers_may_use_keys(stack):
    """A service that publishes to an encrypted topic needs permission for the topic's key, which AWS managed keys do not grant ("Enabling
    compatibility between event sources from AWS services and encrypted topics")."""
    publishers = {}
    for policy in stack.of_type("AWS::SNS::TopicPolicy").values():
        for statement in as_list(policy["PolicyDocument"]["Statement"]):
            if statement["Effect"] == "Allow" and "sns:Publish" in as_list(statement["Action"]):
                for topic in policy["Topics"]:
                    publishers.setdefault(topic, set()).update(as_list(statement["Principal"].get("Service")))
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        for topic in as_list(alarm.get("AlarmActions")):
            if "cloudwatch.amazonaws.com" not in publishers.get(topic, set()):
                yield f"{name} may not publish to {topic}: the topic policy does not allow cloudwatch.amazonaws.com"
            publishers.setdefault(topic, set()).add("cloudwatch.amazonaws.com")
    for topic, services in publishers.items():
        key = stack.of_type("AWS::SNS::Topic").get(stack.logical_id(topic), {}).get("KmsMasterKeyId")
        own = stack.of_type("AWS::KMS::Key").get(stack.logical_id(key))
        for service in sorted(services if key else ()):
            allowed = [statement for statement in as_list(own["KeyPolicy"]["Statement"]) if service in as_list(statement["Principal"].get("Service"))] if own else []
            actions = {action for statement in allowed if statement["Effect"] == "Allow" for action in as_list(statement["Action"])}
            if not {"kms:Decrypt", "kms:GenerateDataKey"} <= actions:
                yield f"{service} cannot publish to {topic}: it may not use the key {key}"


def tls_only(stack):
    """All requests use TLS: topics, queues and the bucket Site deny requests without it."""
    config = stack.distribution()
    for behaviour in stack.behaviours():
        if behaviour["ViewerProtocolPolicy"] not in ("https-only", "redirect-to-https"):
            yield f"the distribution accepts requests without TLS for {behaviour['PathPattern']}"
    if config.get("Aliases") and config["ViewerCertificate"].get("MinimumProtocolVersion") != "TLSv1.2_2021":
        yield "the distribution accepts TLS versions older than 1.2 for the custom domain"
    for origin in config["Origins"]:
        custom = origin.get("CustomOriginConfig")
        if custom and (custom["OriginProtocolPolicy"] != "https-only" or custom["OriginSSLProtocols"] != ["TLSv1.2"]):
            yield f"the distribution connects to the origin {origin['Id']} without TLS 1.2"
    denied = {}
    for kind, members, actions in (
        ("AWS::SNS::TopicPolicy", "Topics", {"sns:Publish"}), ("AWS::SQS::QueuePolicy", "Queues", {"sqs:SendMessage", "sqs:ReceiveMessage"}),
        ("AWS::S3::BucketPolicy", "Bucket", {"s3:GetObject"}),
    ):
        for policy in stack.of_type(kind).values():
            for statement in as_list(policy["PolicyDocument"]["Statement"]):
                denies = statement["Effect"] == "Deny" and statement.get("Principal") == "*" and actions <= set(as_list(statement["Action"]))
                if denies and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}:
                    for one in as_list(policy[members]):
                        denied.setdefault(stack.logical_id(one), set()).update(re.findall(r"<(\w+)", as_json(statement["Resource"])))
    for kind in ("AWS::SNS::Topic", "AWS::SQS::Queue"):
        for name in stack.of_type(kind):
            if name not in denied.get(name, set()):
                yield f"{name} accepts messages without TLS"
    if "Site" not in denied.get("Site", set()):
        yield "the bucket Site accepts requests without TLS"


def security_headers(stack):
    policies = stack.of_type("AWS::CloudFront::ResponseHeadersPolicy")
    for name, policy in policies.items():
        config = policy["ResponseHeadersPolicyConfig"]
        security = config.get("SecurityHeadersConfig", {})
        for wanted, value in {
            "ContentTypeOptions": {}, "FrameOptions": {"FrameOption": "DENY"}, "ReferrerPolicy": {"ReferrerPolicy": "strict-origin-when-cross-origin"},
            "StrictTransportSecurity": {"AccessControlMaxAgeSec": 63072000, "IncludeSubdomains": stack.parameters.get("HstsSubdomains") == "true"},
        }.items():
            if security.get(wanted) != {**value, "Override": True}:
                yield f"{name} sets {wanted} to {security.get(wanted)}, expected {value}"
        if security.get("ContentSecurityPolicy", {}).get("Override") is not True:
            yield f"{name} does not override the ContentSecurityPolicy of a response"
        custom = {one.get("Header"): (one.get("Value"), one.get("Override")) for one in config.get("CustomHeadersConfig", {}).get("Items", [])}
        for header, value in {"permissions-policy": "camera=(), microphone=(), geolocation=()", "cross-origin-opener-policy": "same-origin"}.items():
            if custom.get(header) != (value, True):
                yield f"{name} sets {header} to {custom.get(header)}, expected {value}"
        yield from _content_security_policy(name, stack, security.get("ContentSecurityPolicy", {}).get("ContentSecurityPolicy", ""))
    for behaviour in stack.behaviours():
        if behaviour["PathPattern"] != "/live" and stack.logical_id(behaviour.get("ResponseHeadersPolicyId")) not in policies:
            yield f"the distribution has no response headers policy for {behaviour['PathPattern']}"


def _content_security_policy(name, stack, written):
    directives = {part.split()[0]: part.split()[1:] for part in written.split(";") if part.strip()}
    local = re.search(r'"default-src .*?"', source("infra/local/src/http_server.rs"), re.S).group(0)
    wanted = {part.split()[0]: part.split()[1:] for part in re.sub(r"\\\n\s*", "", local).strip('"').split(";") if part.strip()}
    for directive in sorted(wanted.keys() | directives.keys()):
        if directive != "connect-src" and directives.get(directive) != wanted.get(directive):
            yield f"{name} sets {directive} to {directives.get(directive)}, but infra/local/src/http_server.rs sets {wanted.get(directive)}"
    hosts = ["'self'", f"https://cognito-idp.{stack.region}.amazonaws.com", f"https://{stack.parameters['SignInDomain']}.auth.{stack.region}.amazoncognito.com"]
    hosts += [f"wss://{stack.parameters['IotEndpoint']}"] if stack.parameters["IotEndpoint"] else []
    if directives.get("connect-src") != hosts:
        yield f"{name} allows pages to connect to {directives.get('connect-src')}, but they need {hosts}"


def logs_have_a_retention_period(stack):
    groups = stack.of_type("AWS::Logs::LogGroup")
    for name, function in stack.functions().items():
        if stack.logical_id(function.get("LoggingConfig", {}).get("LogGroup")) not in groups:
            yield f"{name} logs to no log group of this stack, so its logs have no retention period"
        if function.get("LoggingConfig", {}).get("LogFormat") != "JSON":
            yield f"{name} does not log as JSON"
    for name, group in groups.items():
        if "RetentionInDays" not in group:
            yield f"{name} has no retention period"


def access_logs_are_configured(stack):
    """The HTTP API always has access logs, live connections and CloudFront if a parameter enables them."""
    wanted = {"HttpStage": True, "LiveStage": stack.parameters["LiveAccessLogs"] == "true"}
    for name, stage in stack.of_type("AWS::ApiGatewayV2::Stage").items():
        settings = stage.get("AccessLogSettings")
        if wanted.get(name, True) is not (settings is not None):
            yield f"{name} has {'access logs that the parameter disables' if settings else 'no access logs'}"
        elif settings and (stack.logical_id(settings.get("DestinationArn")) not in stack.of_type("AWS::Logs::LogGroup") or "$context.identity.sourceIp" not in settings["Format"]):
            yield f"{name} has access logs without the source IP address, or in no log group of this stack"
    logging = stack.distribution().get("Logging")
    if (stack.parameters["SiteAccessLogs"] == "true") is not (logging is not None):
        yield "the distribution has no access logs" if logging is None else "the distribution has access logs that the parameter disables"
    bucket = stack.of_type("AWS::S3::Bucket").get(stack.logical_id(logging["Bucket"]), {}) if logging else None
    if bucket is not None:
        # CloudFront writes only to a bucket with access control lists ("Standard logging (legacy)").
        if bucket.get("OwnershipControls", {}).get("Rules") != [{"ObjectOwnership": "BucketOwnerPreferred"}]:
            yield "CloudFront cannot write its logs: the bucket has no access control lists"
        if not any("ExpirationInDays" in rule and rule.get("Status") == "Enabled" for rule in bucket.get("LifecycleConfiguration", {}).get("Rules", [])):
            yield "CloudFront's logs do not expire"


def secrets_are_generated(stack):
    """A secret is generated, long enough, and not in the template."""
    for name, secret in stack.of_type("AWS::SecretsManager::Secret").items():
        generated = secret.get("GenerateSecretString", {})
        if "SecretString" in secret or generated.get("PasswordLength", 32) < 32:
            yield f"{name} is not generated, or is shorter than 32 characters"
        # A list of secrets is separated by commas (infra/backend/src/config.rs).
        if generated.get("ExcludePunctuation") is not True:
            yield f"{name} may contain characters that are invalid in a header or in a list"


RULES = [
    no_wildcards, no_managed_policies, functions_share_no_role, trusted_services, roles_can_be_assumed, browsers_only_subscribe,
    no_public_buckets, encryption_at_rest, publishers_may_use_keys, tls_only, security_headers, logs_have_a_retention_period,
    access_logs_are_configured, secrets_are_generated,
]
