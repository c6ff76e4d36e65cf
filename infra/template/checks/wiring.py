"""Connections between resources: gateways, schedules, streams, queues and CloudFront, which no linter checks."""

import json
import re

from .stack import ROOT, listed, source, text_of

# Minutes, hours and days of EventBridge Scheduler ("Schedule types in EventBridge Scheduler").
ON_TIME = re.compile(r"^(rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)|cron\([^()]+\)|at\([^()]+\))$")
PROTOCOLS = {"lambda", "sqs", "email", "email-json", "https", "http", "sms", "firehose", "application"}
# CachingDisabled and AllViewerExceptHostHeader ("Use managed cache policies", "Use managed origin request policies").
CACHING_DISABLED, ALL_BUT_HOST = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "b689b0a8-53d0-40ab-baf2-68738e2966ac"
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"


def _permissions(stack, function):
    return [one for one in stack.of_type("AWS::Lambda::Permission").values() if stack.named_by(one["FunctionName"]) == function]


def _function_of(stack, integration):
    return next(iter(re.findall(r"<(\w+)\.Arn>", str(integration.get("IntegrationUri", "")))), None)


def gateways_may_invoke(stack):
    """A function behind an API needs a permission whose source is that API, its stage and all its routes."""
    stages = stack.of_type("AWS::ApiGatewayV2::Stage")
    for name, integration in stack.of_type("AWS::ApiGatewayV2::Integration").items():
        function, api = _function_of(stack, integration), integration["ApiId"]
        if function not in stack.functions():
            yield f"{name} has no URI of a function of this stack: {integration.get('IntegrationUri')}"
            continue
        stage = next((one["StageName"] for one in stages.values() if one["ApiId"] == api), None)
        sources = [str(one.get("SourceArn", "")) for one in _permissions(stack, function) if one["Principal"] == "apigateway.amazonaws.com"]
        begin = f"arn:aws:execute-api:{stack.region}:123456789012:{api}/{stage}/"
        for route in (one["RouteKey"] for one in stack.of_type("AWS::ApiGatewayV2::Route").values() if one["ApiId"] == api):
            # "ANY /v1/{proxy+}" is the source `*/v1/{proxy+}`; "$connect" is itself.
            method, _, path = route.partition(" ")
            wanted = f"{'*' if method == 'ANY' else method}{path}"
            if not any(source in (begin + "*", begin + wanted) for source in sources):
                yield f"nobody lets {api} invoke {function} for the route {route}: {sources} is not {begin}{wanted}"
    # "Working with AWS Lambda proxy integrations": the event format for the function, and the response to a message.
    for name, integration in stack.of_type("AWS::ApiGatewayV2::Integration").items():
        if integration.get("IntegrationType") != "AWS_PROXY":
            yield f"{name} hands the function something else than the request"
        is_http = stack.of_type("AWS::ApiGatewayV2::Api").get(stack.named_by(integration["ApiId"]), {}).get("ProtocolType") == "HTTP"
        if is_http and integration.get("PayloadFormatVersion") != "2.0":
            yield f"{name} has a payload that the function does not read"


def permissions_are_for_somebody(stack):
    """Each permission is for an existing function and an existing source."""
    for name, permission in stack.of_type("AWS::Lambda::Permission").items():
        if stack.named_by(permission["FunctionName"]) not in stack.functions():
            yield f"{name} is for {permission['FunctionName']}, which is no function"
        if permission["Action"] != "lambda:InvokeFunction":
            yield f"{name} permits {permission['Action']}, and nobody calls that"
        if "SourceArn" not in permission:
            yield f"{name} lets {permission['Principal']} call for anybody"
        if permission["Principal"] == "s3.amazonaws.com" and "SourceAccount" not in permission:
            yield f"{name} lets a bucket of the same name in another account call"


def routes_lead_somewhere(stack):
    integrations = stack.of_type("AWS::ApiGatewayV2::Integration")
    for name, route in stack.of_type("AWS::ApiGatewayV2::Route").items():
        target = stack.named_by(str(route.get("Target", "")).removeprefix("integrations/"))
        if target not in integrations or integrations[target]["ApiId"] != route["ApiId"]:
            yield f"the route {name} leads to no integration of its API"
        # The functions verify the client; a gateway that should do so too needs the settings.
        if route.get("AuthorizationType", "NONE") != "NONE" and stack.named_by(route.get("AuthorizerId")) is None:
            yield f"the route {name} asks for an authorizer ({route['AuthorizationType']}) and names none"
    for name, api in stack.of_type("AWS::ApiGatewayV2::Api").items():
        routes = {one["RouteKey"] for one in stack.of_type("AWS::ApiGatewayV2::Route").values() if one["ApiId"] == f"<{name}>"}
        wanted = {"$connect", "$disconnect", "$default"} if api["ProtocolType"] == "WEBSOCKET" else {"ANY /v1/{proxy+}"}
        if routes != wanted:
            yield f"{name} has the routes {sorted(routes)}, and the code handles {sorted(wanted)}"
        if not any(one["ApiId"] == f"<{name}>" and one.get("AutoDeploy") is True for one in stack.of_type("AWS::ApiGatewayV2::Stage").values()):
            yield f"{name} is deployed to no stage"
        # A response is sent on the connection only if its route is configured so ("Set up route responses for WebSocket APIs").
        for route, said in stack.of_type("AWS::ApiGatewayV2::Route").items():
            if said["ApiId"] == f"<{name}>" and said["RouteKey"] == "$default":
                responses = [one for one in stack.of_type("AWS::ApiGatewayV2::RouteResponse").values() if one["RouteId"] == f"<{route}>" and one["ApiId"] == f"<{name}>"]
                if said.get("RouteResponseSelectionExpression") != "$default" or not responses:
                    yield f"messages of {name} are not answered: {route} has no response"


def schedules_are_read(stack):
    for name, schedule in stack.of_type("AWS::Scheduler::Schedule").items():
        if not ON_TIME.match(str(schedule["ScheduleExpression"])):
            yield f"{name} is never on time: {schedule['ScheduleExpression']}"
        if schedule.get("State", "ENABLED") != "ENABLED":
            yield f"{name} is switched off"
        target = schedule["Target"]
        function, role = stack.named_by(target["Arn"]), stack.named_by(target["RoleArn"])
        may = [statement for statement in stack.granted(role)] if role else []
        if function not in stack.functions() or not any("lambda:InvokeFunction" in listed(one["Action"]) and f"<{function}.Arn>" in listed(one["Resource"]) for one in may):
            yield f"{name} may not call {target['Arn']}"
    if not any(stack.named_by(one["Target"]["Arn"]) == "Sweep" for one in stack.of_type("AWS::Scheduler::Schedule").values()):
        yield "nobody calls Sweep"


def filters_are_json(stack):
    for name, mapping in stack.of_type("AWS::Lambda::EventSourceMapping").items():
        for pattern in mapping.get("FilterCriteria", {}).get("Filters", []):
            try:
                json.loads(pattern["Pattern"])
            except ValueError as fault:
                yield f"{name} has a filter that is not JSON: {fault}"


def batches_fail_by_record(stack):
    """The functions return which records failed; without this setting the response is ignored, and a failure is lost."""
    for name, mapping in stack.of_type("AWS::Lambda::EventSourceMapping").items():
        if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name} does not read which records failed"
        if mapping.get("Enabled", True) is not True:
            yield f"{name} is switched off"
        if mapping["EventSourceArn"].startswith("<") and stack.named_by(mapping["EventSourceArn"]) is None:
            yield f"{name} reads {mapping['EventSourceArn']}, which is not there"
        if "StartingPosition" in mapping:
            yield from _stream(stack, name, mapping)


def _stream(stack, name, mapping):
    destination = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    if stack.named_by(destination) not in stack.of_type("AWS::SQS::Queue"):
        yield f"{name} loses what it gives up: it has no queue for it"
    if mapping.get("BisectBatchOnFunctionError") is not True or mapping.get("MaximumRetryAttempts", -1) < 0 or mapping.get("MaximumRecordAgeInSeconds", -1) < 0:
        yield f"{name} may be stopped by one record for as long as the stream keeps it"
    wanted = "<Table.StreamArn>" if not stack.parameters["RestoredTable"] else f"/{stack.parameters['RestoredTable']}/stream/{stack.parameters['RestoredStream']}"
    if not mapping["EventSourceArn"].endswith(wanted):
        yield f"{name} reads {mapping['EventSourceArn']}, which is not the stream of the table that functions write"
    if mapping.get("StartingPosition") != "LATEST":
        yield f"{name} begins with what is over"


def queues_wait_long_enough(stack):
    """"Using Lambda with Amazon SQS": six times as long as the function may take; and what is given up must be there longer than
    it was tried, since its age goes on ("Amazon SQS dead-letter queues")."""
    queues = stack.of_type("AWS::SQS::Queue")
    for name, mapping in stack.of_type("AWS::Lambda::EventSourceMapping").items():
        queue = queues.get(stack.named_by(mapping["EventSourceArn"]))
        if queue is not None:
            timeout = stack.functions()[stack.named_by(mapping["FunctionName"])]["Timeout"]
            if queue.get("VisibilityTimeout", 30) < 6 * timeout:
                yield f"{name}: a message comes again while it is still worked on"
    read = {stack.named_by(one["EventSourceArn"]) for one in stack.of_type("AWS::Lambda::EventSourceMapping").values()}
    for name, queue in queues.items():
        redrive = queue.get("RedrivePolicy")
        if redrive is None:
            # A change that old is found by the next heartbeat's digest.
            if name in read and queue.get("MessageRetentionPeriod", 345600) > 600:
                yield f"{name} forgets what could not be handled, and nobody hears of it"
            continue
        dead = stack.named_by(redrive["deadLetterTargetArn"])
        if dead not in queues or dead == name:
            yield f"{name} puts aside to {redrive['deadLetterTargetArn']}, which is no other queue"
        elif queues[dead].get("MessageRetentionPeriod", 345600) <= queue.get("MessageRetentionPeriod", 345600):
            yield f"{dead} forgets what {name} puts aside before anybody has looked"
        if redrive.get("maxReceiveCount", 0) < 3:
            yield f"{name} gives up after {redrive.get('maxReceiveCount')} tries"


def failed_events_are_kept(stack):
    """Lambda retries events of SNS, S3 and IoT, and then moves them to a dead-letter queue."""
    called = {stack.named_by(one["FunctionName"]) for one in stack.of_type("AWS::Lambda::Permission").values() if one["Principal"] in ("sns.amazonaws.com", "s3.amazonaws.com", "iot.amazonaws.com")}
    for name in sorted(called - {None}):
        target = stack.functions()[name].get("DeadLetterConfig", {}).get("TargetArn")
        if stack.named_by(target) not in stack.of_type("AWS::SQS::Queue"):
            yield f"{name} loses the events that it cannot handle"
        retried = [one for one in stack.of_type("AWS::Lambda::EventInvokeConfig").values() if stack.named_by(one["FunctionName"]) == name]
        if not any(one.get("MaximumRetryAttempts", 0) > 0 for one in retried):
            yield f"{name} has one try at each event"


def senders_are_let_in(stack):
    """Each source of items in the documentation has permission to send them."""
    services = {
        service for policy in stack.of_type("AWS::SNS::TopicPolicy").values() if policy["Topics"] == ["<ItemsTopic>"]
        for statement in listed(policy["PolicyDocument"]["Statement"])
        if statement["Effect"] == "Allow" and listed(statement["Action"]) == ["sns:Publish"] and statement.get("Resource") == "<ItemsTopic>"
        for service in listed(statement["Principal"].get("Service"))
    }
    for service in sorted({"s3.amazonaws.com", "events.amazonaws.com"} - services):
        yield f"{service} may not publish to ItemsTopic"
    bucket = f"arn:aws:s3:::{stack.parameters['SourceBucket']}"
    if stack.parameters["SourceBucket"] and not any(one["Principal"] == "s3.amazonaws.com" and one.get("SourceArn") == bucket for one in _permissions(stack, "Ingest")):
        yield f"{bucket} may not call Ingest"
    if not stack.of_type("AWS::IoT::TopicRule"):
        yield "no message of AWS IoT Core becomes an item"


def subscriptions(stack):
    for name, subscription in stack.of_type("AWS::SNS::Subscription").items():
        protocol = subscription["Protocol"]
        if protocol not in PROTOCOLS:
            yield f"{name} is told by {protocol}, which is no protocol"
        if protocol == "lambda":
            function = stack.named_by(subscription["Endpoint"])
            if not any(one["Principal"] == "sns.amazonaws.com" and one.get("SourceArn") == subscription["TopicArn"] for one in _permissions(stack, function)):
                yield f"{name}: the topic may not call {function}"


def rules_of_iot(stack):
    """Each sent message becomes an item, or goes to a dead-letter queue."""
    for name, rule in stack.of_type("AWS::IoT::TopicRule").items():
        said = rule["TopicRulePayload"]
        sql = said["Sql"]
        if not re.search(r"decode\(encode\(\*, 'base64'\), 'base64'\) AS value\b", sql) or "topic(2) AS key" not in sql:
            yield f"{name} loses what is no JSON object, or does not say its key: {sql}"
        if f"'{stack.name}-items/+'" not in sql:
            yield f"{name} listens to {sql.split('FROM')[-1].strip()}, which is not this stack's"
        if said.get("AwsIotSqlVersion") != "2016-03-23":
            yield f"{name} is read by an older SQL, which has no decode() of that kind"
        if said.get("RuleDisabled", False) is not False or [list(action) for action in said["Actions"]] != [["Lambda"]]:
            yield f"{name} hands its messages to no function"
        for action in said["Actions"]:
            function = stack.named_by(action.get("Lambda", {}).get("FunctionArn"))
            sources = [one for one in _permissions(stack, function) if one["Principal"] == "iot.amazonaws.com" and str(one.get("SourceArn", "")).endswith(f":rule/<{name}>")]
            if not sources:
                yield f"{name} may not call {function}"
        aside = said.get("ErrorAction", {}).get("Sqs", {})
        queue, role = stack.named_by(aside.get("QueueUrl")), stack.named_by(aside.get("RoleArn"))
        may = role and any("sqs:SendMessage" in listed(one["Action"]) and f"<{queue}.Arn>" in listed(one["Resource"]) for one in stack.granted(role))
        if queue not in stack.of_type("AWS::SQS::Queue") or not may:
            yield f"{name} loses what it cannot hand over"


# ------------------------------------------------------------------ CloudFront


def behaviours_have_origins(stack):
    """/v1/* comes from the HTTP API with all methods, /live from the WebSocket API, and the rest from the bucket."""
    origins = {origin["Id"]: origin for origin in stack.distribution()["Origins"]}
    wanted = {"*": "<Site.", "/v1/*": "<HttpApi>", "/live": "<LiveApi>"}
    found = {one["PathPattern"]: one for one in stack.behaviours()}
    if found.keys() != wanted.keys():
        yield f"the distribution answers for {sorted(found)}, and should for {sorted(wanted)}"
    for path, behaviour in found.items():
        origin = origins.get(behaviour["TargetOriginId"])
        if origin is None:
            yield f"the distribution has no origin {behaviour['TargetOriginId']}"
        elif path in wanted and not origin["DomainName"].startswith(wanted[path]):
            yield f"{path} comes from {origin['DomainName']}, and should from {wanted[path]}"
        elif "OriginPath" in origin:
            yield f"the origin {origin['Id']} adds {origin['OriginPath']} to each path"
    # The path /live is the stage of that name.
    for stage in stack.of_type("AWS::ApiGatewayV2::Stage").values():
        path = {"<HttpApi>": "$default", "<LiveApi>": "live"}.get(stage["ApiId"])
        if stage["StageName"] != path:
            yield f"the stage {stage['StageName']} of {stage['ApiId']} is not found under its path, {path}"
    methods = set(found.get("/v1/*", {}).get("AllowedMethods", []))
    if methods != {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}:
        yield f"/v1/* may be asked by {sorted(methods)} alone"


def caches(stack):
    """Functions' responses are not cached, and are compressed; every header that identifies the client is forwarded."""
    found = {one["PathPattern"]: one for one in stack.behaviours()}
    if found["*"].get("CachePolicyId") != CACHING_OPTIMIZED or found["*"].get("Compress") is not True:
        yield "the site's files are not kept, or not compressed"
    for path in ("/v1/*", "/live"):
        if path in found and found[path].get("OriginRequestPolicyId") != ALL_BUT_HOST:
            yield f"{path} does not hand on who asks what"
    if "/live" in found and found["/live"].get("CachePolicyId") != CACHING_DISABLED:
        yield "/live is kept"
    policy = stack.of_type("AWS::CloudFront::CachePolicy").get(stack.named_by(found.get("/v1/*", {}).get("CachePolicyId")))
    if policy is None or found["/v1/*"].get("Compress") is not True:
        yield "/v1/* goes out as it is: no policy compresses it"
        return
    config = policy["CachePolicyConfig"]
    if (config["MinTTL"], config["DefaultTTL"]) != (0, 0) or config["MaxTTL"] > 1:
        yield f"/v1/* is kept: {config['MinTTL']}, {config['DefaultTTL']}, {config['MaxTTL']} seconds"
    # CloudFront rejects encodings if it never caches anything.
    parts = config["ParametersInCacheKeyAndForwardedToOrigin"]
    if config["MaxTTL"] == 0 or not (parts["EnableAcceptEncodingGzip"] and parts["EnableAcceptEncodingBrotli"]):
        yield "/v1/* is not compressed"
    code = "".join(source(path.relative_to(ROOT).as_posix()) for path in (ROOT / "infra/backend/src").rglob("*.rs"))
    keys = {"authorization"} | set(re.findall(r'"(x-[a-z-]*key)"', code))
    for header in sorted(keys - set(parts["HeadersConfig"].get("Headers", []))):
        yield f"/v1/* may be answered with what another asker was answered: they show who they are by {header}"
    if parts["QueryStringsConfig"] != {"QueryStringBehavior": "all"}:
        yield "/v1/* may be answered with what was answered to another query"


def gateways_know_their_edge(stack):
    """CloudFront sends both gateways the secret that their functions have."""
    secrets = stack.of_type("AWS::SecretsManager::Secret")
    shown = "{{resolve:secretsmanager:<OriginSecret>:SecretString:::}}"
    for origin in stack.distribution()["Origins"]:
        said = {one["HeaderName"].lower(): one["HeaderValue"] for one in origin.get("OriginCustomHeaders", [])}
        if "CustomOriginConfig" in origin and (said.get("x-origin-secret") != shown or "OriginSecret" not in secrets):
            yield f"CloudFront does not prove itself to the origin {origin['Id']}"
        if "S3OriginConfig" in origin and said:
            yield f"CloudFront tells a secret to the origin {origin['Id']}, which asks for none"
    for function in ("Api", "Live"):
        if stack.variables(function).get("ORIGIN_SECRET") != shown:
            yield f"{function} is not told what CloudFront shows it, so it answers anybody beside CloudFront"


def edge(stack):
    """The distribution responds over IPv4 and IPv6, behind the web ACL that a parameter names."""
    config = stack.distribution()
    if config.get("Enabled") is not True or config.get("IPV6Enabled") is not True or config.get("HttpVersion") != "http2and3":
        yield "the distribution is off, or knows no IPv6 or HTTP/3"
    wanted = stack.parameters["WebAclArn"] or ("<WebAcl.Arn>" if stack.parameters["WebRateLimit"] != "0" and stack.region == "us-east-1" else None)
    if config.get("WebACLId") != wanted:
        yield f"the distribution stands behind the web ACL {config.get('WebACLId')}, and should behind {wanted}"
    for name, acl in stack.of_type("AWS::WAFv2::WebACL").items():
        limits = [
            rule["Statement"]["RateBasedStatement"].get("Limit") for rule in acl.get("Rules", [])
            if "RateBasedStatement" in rule.get("Statement", {}) and "Block" in rule.get("Action", {})
        ]
        if [str(limit) for limit in limits] != [stack.parameters["WebRateLimit"]] or acl.get("Scope") != "CLOUDFRONT" or acl.get("DefaultAction") != {"Allow": {}}:
            yield f"{name} does not refuse, of each address alone, what is beyond WebRateLimit"
    certificate = config["ViewerCertificate"]
    if certificate.get("AcmCertificateArn", "") != stack.parameters["CertificateArn"]:
        yield "the distribution shows another certificate than CertificateArn"
    for name, stage in stack.of_type("AWS::ApiGatewayV2::Stage").items():
        if str(stage.get("DefaultRouteSettings", {}).get("ThrottlingRateLimit")) != stack.parameters["RequestRateLimit"]:
            yield f"{name} lets another number of requests through than RequestRateLimit"


def names_lead_to_the_site(stack):
    """A custom host name leads to the distribution over IPv4 and IPv6."""
    if not stack.parameters["HostedZoneId"]:
        return
    kinds = {}
    for name, record in stack.of_type("AWS::Route53::RecordSet").items():
        kinds[record["Type"]] = name
        alias = record.get("AliasTarget", {})
        if record["Name"] != stack.parameters["DomainName"] or alias.get("DNSName") != "<Distribution.DomainName>" or alias.get("HostedZoneId") != "Z2FDTNDATAQYW2":
            yield f"{name} leads elsewhere than to the distribution"
    for kind in sorted({"A", "AAAA"} - kinds.keys()):
        yield f"the name has no {kind} record"
    if stack.distribution().get("Aliases") != [stack.parameters["DomainName"]]:
        yield "the distribution does not know its own name"


def bucket_is_for_the_distribution(stack):
    wanted = {"StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::123456789012:distribution/<Distribution>"}}
    allowed = [
        statement for policy in stack.of_type("AWS::S3::BucketPolicy").values() if stack.named_by(policy["Bucket"]) == "Site"
        for statement in listed(policy["PolicyDocument"]["Statement"]) if statement["Effect"] == "Allow"
    ]
    if not allowed:
        yield "nobody may read the bucket Site, not even the distribution"
    for statement in allowed:
        said = (statement.get("Principal"), listed(statement["Action"]), statement["Resource"], statement.get("Condition"))
        if said != ({"Service": "cloudfront.amazonaws.com"}, ["s3:GetObject"], "<Site.Arn>/*", wanted):
            yield f"the bucket Site may be read otherwise than by this distribution: {text_of(statement)}"


RULES = [
    gateways_may_invoke, permissions_are_for_somebody, routes_lead_somewhere, schedules_are_read, filters_are_json, batches_fail_by_record,
    queues_wait_long_enough, failed_events_are_kept, senders_are_let_in, subscriptions, rules_of_iot, behaviours_have_origins, caches, gateways_know_their_edge,
    edge, names_lead_to_the_site, bucket_is_for_the_distribution,
]
