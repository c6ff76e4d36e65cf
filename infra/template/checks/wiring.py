"""References between resources that no linter checks: gateways, schedules, streams, queues and CloudFront."""

import json
import re

from .stack import ROOT, as_list, source, as_json

# Schedule expressions in minutes, hours and days ("Schedule types in EventBridge Scheduler").
SCHEDULE_EXPRESSION = re.compile(r"^(rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)|cron\([^()]+\)|at\([^()]+\))$")
PROTOCOLS = {"lambda", "sqs", "email", "email-json", "https", "http", "sms", "firehose", "application"}
# CachingDisabled and AllViewerExceptHostHeader ("Use managed cache policies", "Use managed origin request policies").
CACHING_DISABLED, ALL_VIEWER_EXCEPT_HOST = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "b689b0a8-53d0-40ab-baf2-68738e2966ac"
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"


def _permissions(stack, function):
    return [one for one in stack.of_type("AWS::Lambda::Permission").values() if stack.logical_id(one["FunctionName"]) == function]


def _function_of(stack, integration):
    return next(iter(re.findall(r"<(\w+)\.Arn>", str(integration.get("IntegrationUri", "")))), None)


def gateways_may_invoke(stack):
    """A function behind an API needs a permission with that API, its stage and all its routes as the source."""
    stages = stack.of_type("AWS::ApiGatewayV2::Stage")
    for name, integration in stack.of_type("AWS::ApiGatewayV2::Integration").items():
        function, api = _function_of(stack, integration), integration["ApiId"]
        if function not in stack.functions():
            yield f"{name} has no IntegrationUri of a function of this stack: {integration.get('IntegrationUri')}"
            continue
        stage = next((one["StageName"] for one in stages.values() if one["ApiId"] == api), None)
        sources = [str(one.get("SourceArn", "")) for one in _permissions(stack, function) if one["Principal"] == "apigateway.amazonaws.com"]
        prefix = f"arn:aws:execute-api:{stack.region}:123456789012:{api}/{stage}/"
        for route in (one["RouteKey"] for one in stack.of_type("AWS::ApiGatewayV2::Route").values() if one["ApiId"] == api):
            # The source of "ANY /v1/{proxy+}" is `*/v1/{proxy+}`, that of "$connect" is `$connect`.
            method, _, path = route.partition(" ")
            wanted = f"{'*' if method == 'ANY' else method}{path}"
            if not any(source in (prefix + "*", prefix + wanted) for source in sources):
                yield f"{api} has no permission to invoke {function} for the route {route}: the SourceArn is {sources}, expected {prefix}{wanted}"
    # "Working with AWS Lambda proxy integrations": the event format for the function, and the response to a message.
    for name, integration in stack.of_type("AWS::ApiGatewayV2::Integration").items():
        if integration.get("IntegrationType") != "AWS_PROXY":
            yield f"{name} is not a Lambda proxy integration (AWS_PROXY)"
        is_http = stack.of_type("AWS::ApiGatewayV2::Api").get(stack.logical_id(integration["ApiId"]), {}).get("ProtocolType") == "HTTP"
        if is_http and integration.get("PayloadFormatVersion") != "2.0":
            yield f"{name} does not have the payload format version 2.0"


def permissions_have_a_source_arn(stack):
    """Each permission is for an existing function and an existing source."""
    for name, permission in stack.of_type("AWS::Lambda::Permission").items():
        if stack.logical_id(permission["FunctionName"]) not in stack.functions():
            yield f"{name} is for {permission['FunctionName']}, which is not a function of this stack"
        if permission["Action"] != "lambda:InvokeFunction":
            yield f"{name} permits {permission['Action']}, which no service uses"
        if "SourceArn" not in permission:
            yield f"{name} permits {permission['Principal']} without a SourceArn"
        if permission["Principal"] == "s3.amazonaws.com" and "SourceAccount" not in permission:
            yield f"{name} permits a bucket of the same name in another account: it has no SourceAccount"


def routes_have_integrations(stack):
    integrations = stack.of_type("AWS::ApiGatewayV2::Integration")
    for name, route in stack.of_type("AWS::ApiGatewayV2::Route").items():
        target = stack.logical_id(str(route.get("Target", "")).removeprefix("integrations/"))
        if target not in integrations or integrations[target]["ApiId"] != route["ApiId"]:
            yield f"the route {name} has no integration of its API"
        # The functions authenticate the client. A route with an authorization type needs an authorizer.
        if route.get("AuthorizationType", "NONE") != "NONE" and stack.logical_id(route.get("AuthorizerId")) is None:
            yield f"the route {name} has the authorization type {route['AuthorizationType']} and no authorizer"
    for name, api in stack.of_type("AWS::ApiGatewayV2::Api").items():
        routes = {one["RouteKey"] for one in stack.of_type("AWS::ApiGatewayV2::Route").values() if one["ApiId"] == f"<{name}>"}
        wanted = {"$connect", "$disconnect", "$default"} if api["ProtocolType"] == "WEBSOCKET" else {"ANY /v1/{proxy+}"}
        if routes != wanted:
            yield f"{name} has the routes {sorted(routes)}, but the code handles {sorted(wanted)}"
        if not any(one["ApiId"] == f"<{name}>" and one.get("AutoDeploy") is True for one in stack.of_type("AWS::ApiGatewayV2::Stage").values()):
            yield f"{name} has no stage with AutoDeploy"
        # A response is sent on the connection only if its route is configured so ("Set up route responses for WebSocket APIs").
        for route, settings in stack.of_type("AWS::ApiGatewayV2::Route").items():
            if settings["ApiId"] == f"<{name}>" and settings["RouteKey"] == "$default":
                responses = [one for one in stack.of_type("AWS::ApiGatewayV2::RouteResponse").values() if one["RouteId"] == f"<{route}>" and one["ApiId"] == f"<{name}>"]
                if settings.get("RouteResponseSelectionExpression") != "$default" or not responses:
                    yield f"clients of {name} receive no responses: the route {route} has no route response"


def schedules_are_valid(stack):
    for name, schedule in stack.of_type("AWS::Scheduler::Schedule").items():
        if not SCHEDULE_EXPRESSION.match(str(schedule["ScheduleExpression"])):
            yield f"{name} has an invalid schedule expression: {schedule['ScheduleExpression']}"
        if schedule.get("State", "ENABLED") != "ENABLED":
            yield f"{name} is disabled"
        target = schedule["Target"]
        function, role = stack.logical_id(target["Arn"]), stack.logical_id(target["RoleArn"])
        allowed = [statement for statement in stack.allow_statements(role)] if role else []
        if function not in stack.functions() or not any("lambda:InvokeFunction" in as_list(one["Action"]) and f"<{function}.Arn>" in as_list(one["Resource"]) for one in allowed):
            yield f"{name} may not invoke {target['Arn']}"
    if not any(stack.logical_id(one["Target"]["Arn"]) == "Sweep" for one in stack.of_type("AWS::Scheduler::Schedule").values()):
        yield "Sweep is not invoked by any schedule"


def filters_are_json(stack):
    for name, mapping in stack.of_type("AWS::Lambda::EventSourceMapping").items():
        for pattern in mapping.get("FilterCriteria", {}).get("Filters", []):
            try:
                json.loads(pattern["Pattern"])
            except ValueError as error:
                yield f"{name} has a filter that is not JSON: {error}"


def batch_item_failures_are_reported(stack):
    """The functions report batch item failures. Without ReportBatchItemFailures Lambda ignores the report, and failed records are lost."""
    for name, mapping in stack.of_type("AWS::Lambda::EventSourceMapping").items():
        if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name} does not have ReportBatchItemFailures"
        if mapping.get("Enabled", True) is not True:
            yield f"{name} is disabled"
        if mapping["EventSourceArn"].startswith("<") and stack.logical_id(mapping["EventSourceArn"]) is None:
            yield f"{name} reads {mapping['EventSourceArn']}, which does not exist"
        if "StartingPosition" in mapping:
            yield from _stream(stack, name, mapping)


def _stream(stack, name, mapping):
    destination = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    if stack.logical_id(destination) not in stack.of_type("AWS::SQS::Queue"):
        yield f"{name} has no dead-letter queue for failed records"
    if mapping.get("BisectBatchOnFunctionError") is not True or mapping.get("MaximumRetryAttempts", -1) < 0 or mapping.get("MaximumRecordAgeInSeconds", -1) < 0:
        yield f"{name} may be blocked by one failing record for the retention period of the stream"
    wanted = "<Table.StreamArn>" if not stack.parameters["RestoredTable"] else f"/{stack.parameters['RestoredTable']}/stream/{stack.parameters['RestoredStream']}"
    if not mapping["EventSourceArn"].endswith(wanted):
        yield f"{name} reads {mapping['EventSourceArn']}, which is not the stream of the table that the functions write"
    if mapping.get("StartingPosition") != "LATEST":
        yield f"{name} does not start at LATEST"


def queues_have_timeouts_and_redrive(stack):
    """The visibility timeout is at least six times the timeout of the function ("Using Lambda with Amazon SQS"). The retention period of
    a dead-letter queue is longer than that of its source queue, since a moved message keeps its age ("Amazon SQS dead-letter queues")."""
    queues = stack.of_type("AWS::SQS::Queue")
    for name, mapping in stack.of_type("AWS::Lambda::EventSourceMapping").items():
        queue = queues.get(stack.logical_id(mapping["EventSourceArn"]))
        if queue is not None:
            timeout = stack.functions()[stack.logical_id(mapping["FunctionName"])]["Timeout"]
            if queue.get("VisibilityTimeout", 30) < 6 * timeout:
                yield f"{name}: the visibility timeout of the queue is less than six times the timeout of the function"
    event_sources = {stack.logical_id(one["EventSourceArn"]) for one in stack.of_type("AWS::Lambda::EventSourceMapping").values()}
    for name, queue in queues.items():
        redrive = queue.get("RedrivePolicy")
        if redrive is None:
            # After 600 seconds clients have found a lost change by the digest of a heartbeat.
            if name in event_sources and queue.get("MessageRetentionPeriod", 345600) > 600:
                yield f"{name} has no dead-letter queue, and a retention period above 600 seconds"
            continue
        dead_letter_queue = stack.logical_id(redrive["deadLetterTargetArn"])
        if dead_letter_queue not in queues or dead_letter_queue == name:
            yield f"{name} has the dead-letter queue {redrive['deadLetterTargetArn']}, which is not another queue of this stack"
        elif queues[dead_letter_queue].get("MessageRetentionPeriod", 345600) <= queue.get("MessageRetentionPeriod", 345600):
            yield f"the retention period of the dead-letter queue {dead_letter_queue} is not longer than that of {name}"
        if redrive.get("maxReceiveCount", 0) < 3:
            yield f"{name} has a maxReceiveCount of {redrive.get('maxReceiveCount')}, which is less than 3"


def failed_events_have_a_dead_letter_queue(stack):
    """Lambda retries failed asynchronous invocations by SNS, S3 and IoT, and then sends the event to a dead-letter queue."""
    invoked = {stack.logical_id(one["FunctionName"]) for one in stack.of_type("AWS::Lambda::Permission").values() if one["Principal"] in ("sns.amazonaws.com", "s3.amazonaws.com", "iot.amazonaws.com")}
    for name in sorted(invoked - {None}):
        target = stack.functions()[name].get("DeadLetterConfig", {}).get("TargetArn")
        if stack.logical_id(target) not in stack.of_type("AWS::SQS::Queue"):
            yield f"{name} has no dead-letter queue for failed asynchronous invocations"
        retries = [one for one in stack.of_type("AWS::Lambda::EventInvokeConfig").values() if stack.logical_id(one["FunctionName"]) == name]
        if not any(one.get("MaximumRetryAttempts", 0) > 0 for one in retries):
            yield f"{name} does not retry failed asynchronous invocations"


def item_sources_have_permission(stack):
    """Each documented source of items has permission to send them."""
    services = {
        service for policy in stack.of_type("AWS::SNS::TopicPolicy").values() if policy["Topics"] == ["<ItemsTopic>"]
        for statement in as_list(policy["PolicyDocument"]["Statement"])
        if statement["Effect"] == "Allow" and as_list(statement["Action"]) == ["sns:Publish"] and statement.get("Resource") == "<ItemsTopic>"
        for service in as_list(statement["Principal"].get("Service"))
    }
    for service in sorted({"s3.amazonaws.com", "events.amazonaws.com"} - services):
        yield f"{service} may not publish to ItemsTopic"
    bucket = f"arn:aws:s3:::{stack.parameters['SourceBucket']}"
    if stack.parameters["SourceBucket"] and not any(one["Principal"] == "s3.amazonaws.com" and one.get("SourceArn") == bucket for one in _permissions(stack, "Ingest")):
        yield f"{bucket} may not invoke Ingest"
    if not stack.of_type("AWS::IoT::TopicRule"):
        yield "there is no topic rule of AWS IoT Core that writes items"


def subscriptions_are_valid(stack):
    for name, subscription in stack.of_type("AWS::SNS::Subscription").items():
        protocol = subscription["Protocol"]
        if protocol not in PROTOCOLS:
            yield f"{name} has the unknown protocol {protocol}"
        if protocol == "lambda":
            function = stack.logical_id(subscription["Endpoint"])
            if not any(one["Principal"] == "sns.amazonaws.com" and one.get("SourceArn") == subscription["TopicArn"] for one in _permissions(stack, function)):
                yield f"{name}: the topic may not invoke {function}"


def iot_rules_are_valid(stack):
    """Each MQTT message becomes an item or goes to a dead-letter queue."""
    for name, rule in stack.of_type("AWS::IoT::TopicRule").items():
        payload = rule["TopicRulePayload"]
        sql = payload["Sql"]
        if not re.search(r"decode\(encode\(\*, 'base64'\), 'base64'\) AS value\b", sql) or "topic(2) AS key" not in sql:
            yield f"{name} drops payloads that are not JSON objects, or does not select the key: {sql}"
        if f"'{stack.name}-items/+'" not in sql:
            yield f"{name} selects from {sql.split('FROM')[-1].strip()}, which is not a topic of this stack"
        if payload.get("AwsIotSqlVersion") != "2016-03-23":
            yield f"{name} uses an older SQL version, which lacks this form of decode()"
        if payload.get("RuleDisabled", False) is not False or [list(action) for action in payload["Actions"]] != [["Lambda"]]:
            yield f"{name} is disabled, or does not have exactly one Lambda action"
        for action in payload["Actions"]:
            function = stack.logical_id(action.get("Lambda", {}).get("FunctionArn"))
            sources = [one for one in _permissions(stack, function) if one["Principal"] == "iot.amazonaws.com" and str(one.get("SourceArn", "")).endswith(f":rule/<{name}>")]
            if not sources:
                yield f"{name} may not invoke {function}"
        error_queue = payload.get("ErrorAction", {}).get("Sqs", {})
        queue, role = stack.logical_id(error_queue.get("QueueUrl")), stack.logical_id(error_queue.get("RoleArn"))
        allowed = role and any("sqs:SendMessage" in as_list(one["Action"]) and f"<{queue}.Arn>" in as_list(one["Resource"]) for one in stack.allow_statements(role))
        if queue not in stack.of_type("AWS::SQS::Queue") or not allowed:
            yield f"{name} has no error action that may send to a dead-letter queue"


# ------------------------------------------------------------------ CloudFront


def behaviours_have_origins(stack):
    """/v1/* comes from the HTTP API with all methods, /live from the WebSocket API, and the rest from the bucket."""
    origins = {origin["Id"]: origin for origin in stack.distribution()["Origins"]}
    wanted = {"*": "<Site.", "/v1/*": "<HttpApi>", "/live": "<LiveApi>"}
    found = {one["PathPattern"]: one for one in stack.behaviours()}
    if found.keys() != wanted.keys():
        yield f"the distribution has the path patterns {sorted(found)}, expected {sorted(wanted)}"
    for path, behaviour in found.items():
        origin = origins.get(behaviour["TargetOriginId"])
        if origin is None:
            yield f"the distribution has no origin {behaviour['TargetOriginId']}"
        elif path in wanted and not origin["DomainName"].startswith(wanted[path]):
            yield f"{path} has the origin {origin['DomainName']}, expected {wanted[path]}"
        elif "OriginPath" in origin:
            yield f"the origin {origin['Id']} adds {origin['OriginPath']} to each path"
    # CloudFront forwards the path /live, which API Gateway reads as the name of the stage.
    for stage in stack.of_type("AWS::ApiGatewayV2::Stage").values():
        path = {"<HttpApi>": "$default", "<LiveApi>": "live"}.get(stage["ApiId"])
        if stage["StageName"] != path:
            yield f"the stage {stage['StageName']} of {stage['ApiId']} is not named {path}, so the forwarded path does not match it"
    methods = set(found.get("/v1/*", {}).get("AllowedMethods", []))
    if methods != {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}:
        yield f"/v1/* allows only the methods {sorted(methods)}"


def cache_policies(stack):
    """Responses of functions are compressed and not cached; each header that identifies the caller is in the cache key."""
    found = {one["PathPattern"]: one for one in stack.behaviours()}
    if found["*"].get("CachePolicyId") != CACHING_OPTIMIZED or found["*"].get("Compress") is not True:
        yield "the files of the site are not cached, or not compressed"
    for path in ("/v1/*", "/live"):
        if path in found and found[path].get("OriginRequestPolicyId") != ALL_VIEWER_EXCEPT_HOST:
            yield f"{path} does not forward headers and query string to the origin"
    if "/live" in found and found["/live"].get("CachePolicyId") != CACHING_DISABLED:
        yield "/live is cached"
    policy = stack.of_type("AWS::CloudFront::CachePolicy").get(stack.logical_id(found.get("/v1/*", {}).get("CachePolicyId")))
    if policy is None or found["/v1/*"].get("Compress") is not True:
        yield "/v1/* is not compressed: it has no cache policy of this stack, or Compress is off"
        return
    config = policy["CachePolicyConfig"]
    if (config["MinTTL"], config["DefaultTTL"]) != (0, 0) or config["MaxTTL"] > 1:
        yield f"/v1/* is cached: the minimum, default and maximum TTL are {config['MinTTL']}, {config['DefaultTTL']} and {config['MaxTTL']} seconds"
    # CloudFront rejects encodings if caching is disabled.
    parts = config["ParametersInCacheKeyAndForwardedToOrigin"]
    if config["MaxTTL"] == 0 or not (parts["EnableAcceptEncodingGzip"] and parts["EnableAcceptEncodingBrotli"]):
        yield "/v1/* is not compressed: its cache policy lacks an encoding, or disables caching"
    code = "".join(source(path.relative_to(ROOT).as_posix()) for path in (ROOT / "infra/backend/src").rglob("*.rs"))
    keys = {"authorization"} | set(re.findall(r'"(x-[a-z-]*key)"', code))
    for header in sorted(keys - set(parts["HeadersConfig"].get("Headers", []))):
        yield f"/v1/* may return the cached response of another caller: {header}, which identifies the caller, is not in the cache key"
    if parts["QueryStringsConfig"] != {"QueryStringBehavior": "all"}:
        yield "/v1/* may return the cached response of another query string"


def origin_secret_is_configured(stack):
    """CloudFront sends both gateways the origin secret header, with the secret that their functions have."""
    secrets = stack.of_type("AWS::SecretsManager::Secret")
    reference = "{{resolve:secretsmanager:<OriginSecret>:SecretString:::}}"
    for origin in stack.distribution()["Origins"]:
        custom_headers = {one["HeaderName"].lower(): one["HeaderValue"] for one in origin.get("OriginCustomHeaders", [])}
        if "CustomOriginConfig" in origin and (custom_headers.get("x-origin-secret") != reference or "OriginSecret" not in secrets):
            yield f"CloudFront does not send the origin secret header to the origin {origin['Id']}"
        if "S3OriginConfig" in origin and custom_headers:
            yield f"CloudFront sends custom headers to the origin {origin['Id']}, which does not use them"
    for function in ("Api", "Live"):
        if stack.variables(function).get("ORIGIN_SECRET") != reference:
            yield f"{function} does not have the origin secret, so it accepts requests that bypass CloudFront"


def distribution_is_configured(stack):
    """The distribution supports IPv6 and HTTP/3, and has the web ACL, the certificate and the throttling limits of the parameters."""
    config = stack.distribution()
    if config.get("Enabled") is not True or config.get("IPV6Enabled") is not True or config.get("HttpVersion") != "http2and3":
        yield "the distribution is disabled, or does not support IPv6 or HTTP/3"
    wanted = stack.parameters["WebAclArn"] or ("<WebAcl.Arn>" if stack.parameters["WebRateLimit"] != "0" and stack.region == "us-east-1" else None)
    if config.get("WebACLId") != wanted:
        yield f"the distribution has the web ACL {config.get('WebACLId')}, expected {wanted}"
    for name, acl in stack.of_type("AWS::WAFv2::WebACL").items():
        limits = [
            rule["Statement"]["RateBasedStatement"].get("Limit") for rule in acl.get("Rules", [])
            if "RateBasedStatement" in rule.get("Statement", {}) and "Block" in rule.get("Action", {})
        ]
        if [str(limit) for limit in limits] != [stack.parameters["WebRateLimit"]] or acl.get("Scope") != "CLOUDFRONT" or acl.get("DefaultAction") != {"Allow": {}}:
            yield f"{name} does not block requests of an IP address above WebRateLimit"
    certificate = config["ViewerCertificate"]
    if certificate.get("AcmCertificateArn", "") != stack.parameters["CertificateArn"]:
        yield "the distribution does not have the certificate CertificateArn"
    for name, stage in stack.of_type("AWS::ApiGatewayV2::Stage").items():
        if str(stage.get("DefaultRouteSettings", {}).get("ThrottlingRateLimit")) != stack.parameters["RequestRateLimit"]:
            yield f"{name} does not have the throttling limit RequestRateLimit"


def dns_records_point_to_the_distribution(stack):
    """The DNS records of a custom domain are aliases of the distribution, for IPv4 and IPv6."""
    if not stack.parameters["HostedZoneId"]:
        return
    kinds = {}
    for name, record in stack.of_type("AWS::Route53::RecordSet").items():
        kinds[record["Type"]] = name
        alias = record.get("AliasTarget", {})
        if record["Name"] != stack.parameters["DomainName"] or alias.get("DNSName") != "<Distribution.DomainName>" or alias.get("HostedZoneId") != "Z2FDTNDATAQYW2":
            yield f"{name} is not an alias of the distribution"
    for kind in sorted({"A", "AAAA"} - kinds.keys()):
        yield f"the custom domain has no {kind} record"
    if stack.distribution().get("Aliases") != [stack.parameters["DomainName"]]:
        yield "the distribution does not have the custom domain as its alias"


def only_the_distribution_reads_the_bucket(stack):
    wanted = {"StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::123456789012:distribution/<Distribution>"}}
    allowed = [
        statement for policy in stack.of_type("AWS::S3::BucketPolicy").values() if stack.logical_id(policy["Bucket"]) == "Site"
        for statement in as_list(policy["PolicyDocument"]["Statement"]) if statement["Effect"] == "Allow"
    ]
    if not allowed:
        yield "the bucket policy of Site does not allow the distribution to read"
    for statement in allowed:
        granted = (statement.get("Principal"), as_list(statement["Action"]), statement["Resource"], statement.get("Condition"))
        if granted != ({"Service": "cloudfront.amazonaws.com"}, ["s3:GetObject"], "<Site.Arn>/*", wanted):
            yield f"the bucket policy of Site allows more than reading by this distribution: {as_json(statement)}"


RULES = [
    gateways_may_invoke, permissions_have_a_source_arn, routes_have_integrations, schedules_are_valid, filters_are_json,
    batch_item_failures_are_reported, queues_have_timeouts_and_redrive, failed_events_have_a_dead_letter_queue, item_sources_have_permission,
    subscriptions_are_valid, iot_rules_are_valid, behaviours_have_origins, cache_policies, origin_secret_is_configured,
    distribution_is_configured, dns_records_point_to_the_distribution, only_the_distribution_reads_the_bucket,
]
