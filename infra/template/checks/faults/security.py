"""Faults of permissions, encryption and headers."""

from . import Fault, distribution, event, may, properties, statements


def _headers(template):
    return properties(template, "Headers")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]


def _csp(template, old, new):
    said = _headers(template)["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    assert old in said[0]
    said[0] = said[0].replace(old, new)


def _managed(template):
    properties(template, "Fanout").pop("Role")
    properties(template, "Fanout")["Policies"] = ["AWSXRayDaemonWriteAccess"]


FAULTS = [
    Fault("any action", "no_star", "ApiRole may dynamodb:*", lambda t: may(t, "ApiRole", "dynamodb:GetItem").update(Action="dynamodb:*")),
    Fault("any resource", "no_star", "on anything", lambda t: may(t, "ApiRole", "dynamodb:GetItem").update(Resource="*")),
    Fault("everything but", "no_star", "NotAction", lambda t: may(t, "LiveRole", "execute-api:ManageConnections").update(NotAction="iam:PassRole")),
    Fault("a resource of any account", "no_star", "arn:aws:sqs:*:*:rally", lambda t: may(t, "NotifyRole", "sqs:SendMessage").update(Resource="arn:aws:sqs:*:*:rally")),
    Fault("a topic for everybody", "no_star", "ItemsTopicAccess lets everybody in", lambda t: statements(t, "ItemsTopicAccess")[1].update(Principal="*")),
    Fault("a key for everybody", "no_star", "MessagesKey lets everybody", lambda t: properties(t, "MessagesKey")["KeyPolicy"]["Statement"][1].update(Principal="*")),
    Fault("a managed policy", "no_managed_policies", "SweepRole has managed policies", lambda t: properties(t, "SweepRole").update(ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"])),
    Fault("a role of SAM's making", "no_managed_policies", "FanoutRole", lambda t: (t["Resources"].pop("FanoutRole"), _managed(t))),
    Fault("two functions of one role", "each_function_has_its_role", "runs as ApiRole", lambda t: properties(t, "Sweep").update(Role={"Fn::GetAtt": ["ApiRole", "Arn"]})),
    Fault("a role from elsewhere", "each_function_has_its_role", "no role of this stack", lambda t: properties(t, "Sweep").update(Role="arn:aws:iam::123456789012:role/admin")),
    Fault("a misspelt service", "trust", "lamda.amazonaws.com", lambda t: properties(t, "ApiRole")["AssumeRolePolicyDocument"]["Statement"][0]["Principal"].update(Service="lamda.amazonaws.com")),
    Fault("a role that its function cannot take on", "roles_can_be_taken_on", "Live cannot take on LiveRole", lambda t: properties(t, "LiveRole")["AssumeRolePolicyDocument"]["Statement"][0]["Principal"].update(Service="apigateway.amazonaws.com")),
    Fault("a schedule that cannot take on its role", "roles_can_be_taken_on", "SweepMinute cannot take on ApiRole", lambda t: event(t, "Sweep", "Minute").update(RoleArn={"Fn::GetAtt": ["ApiRole", "Arn"]})),
    Fault("a rule that cannot take on its role", "roles_can_be_taken_on", "ItemsRule cannot take on", lambda t: properties(t, "ItemsRuleRole")["AssumeRolePolicyDocument"].update(Statement=[])),
    Fault("a role for rules of any account", "trust", "iot.amazonaws.com in for any account", lambda t: properties(t, "ItemsRuleRole")["AssumeRolePolicyDocument"]["Statement"][0].pop("Condition")),
    Fault("a key that nobody administers", "no_star", "nobody can change or delete it", lambda t: properties(t, "MessagesKey")["KeyPolicy"]["Statement"].pop(0)),
    Fault("nobody who may listen", "listeners_listen", "nobody can listen", lambda t: properties(t, "Listener")["Policies"][0]["PolicyDocument"]["Statement"].pop()),
    Fault("a bucket with access control lists", "all_encrypted", "knows access control lists", lambda t: properties(t, "Site").pop("OwnershipControls")),
    Fault("a header that answers may replace", "headers", "ContentTypeOptions {}", lambda t: _headers(t)["ContentTypeOptions"].pop("Override")),
    Fault("pages that others may open", "headers", "cross-origin-opener-policy None", lambda t: properties(t, "Headers")["ResponseHeadersPolicyConfig"]["CustomHeadersConfig"]["Items"].pop()),
    Fault("access logs of CloudFront that are kept for ever", "access_is_logged", "logs are kept for ever", lambda t: properties(t, "AccessLogs")["LifecycleConfiguration"]["Rules"][0].update(Status="Disabled")),
    Fault("buckets of any account publish", "trust", "s3.amazonaws.com in for any account", lambda t: statements(t, "ItemsTopicAccess")[1].pop("Condition")),
    Fault("distributions of any account read", "trust", "cloudfront.amazonaws.com in for any account", lambda t: statements(t, "SitePolicy")[0].pop("Condition")),
    Fault("a browser that publishes", "listeners_listen", "more than listen", lambda t: properties(t, "Listener")["Policies"][0]["PolicyDocument"]["Statement"][0].update(Action="iot:Publish")),
    Fault("a role for anybody's taking", "listeners_listen", "trusts others", lambda t: properties(t, "Listener")["AssumeRolePolicyDocument"]["Statement"][0].update(Principal={"AWS": "123456789012"})),
    Fault("a browser that hears another stack", "listeners_listen", "not this stack's", lambda t: properties(t, "Listener")["Policies"][0]["PolicyDocument"]["Statement"][1].update(Resource={"Fn::Sub": "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:topicfilter/*"})),
    Fault("a public bucket", "nothing_public", "Site could be made public", lambda t: properties(t, "Site")["PublicAccessBlockConfiguration"].update(BlockPublicPolicy=False)),
    Fault("a public bucket of logs", "nothing_public", "AccessLogs could be made public", lambda t: properties(t, "AccessLogs").pop("PublicAccessBlockConfiguration")),
    Fault("no access control", "nothing_public", "as anybody does", lambda t: distribution(t)["Origins"][0].pop("OriginAccessControlId")),
    Fault("access control that signs nothing", "nothing_public", "does not sign", lambda t: properties(t, "SiteAccess")["OriginAccessControlConfig"].update(SigningBehavior="never")),
    Fault("a plain table", "all_encrypted", "table Table", lambda t: properties(t, "Table").pop("SSESpecification")),
    Fault("a plain queue", "all_encrypted", "queue DeadItems", lambda t: properties(t, "DeadItems").pop("SqsManagedSseEnabled")),
    Fault("a plain bucket", "all_encrypted", "bucket AccessLogs", lambda t: properties(t, "AccessLogs").pop("BucketEncryption")),
    Fault("a plain topic", "all_encrypted", "topic Events", lambda t: properties(t, "Events").pop("KmsMasterKeyId")),
    Fault("a key that is never changed", "all_encrypted", "MessagesKey", lambda t: properties(t, "MessagesKey").update(EnableKeyRotation=False)),
    Fault("alarms under AWS's own key", "publishers_may_use_keys", "cloudwatch.amazonaws.com cannot publish to <Alarms>", lambda t: properties(t, "Alarms").update(KmsMasterKeyId="alias/aws/sns")),
    Fault("items under AWS's own key", "publishers_may_use_keys", "s3.amazonaws.com cannot publish to <ItemsTopic>", lambda t: properties(t, "ItemsTopic").update(KmsMasterKeyId="alias/aws/sns")),
    Fault("a key without a publisher", "publishers_may_use_keys", "events.amazonaws.com cannot publish", lambda t: properties(t, "MessagesKey")["KeyPolicy"]["Statement"][1]["Principal"].update(Service=["cloudwatch.amazonaws.com", "s3.amazonaws.com"])),
    Fault("a key that encrypts nothing", "publishers_may_use_keys", "may not use the key", lambda t: properties(t, "MessagesKey")["KeyPolicy"]["Statement"][1].update(Action=["kms:Decrypt"])),
    Fault("alarms that may not publish", "publishers_may_use_keys", "its policy does not let cloudwatch.amazonaws.com in", lambda t: t["Resources"].pop("AlarmsAccess")),
    Fault("plain HTTP", "tls_alone", "without TLS for *", lambda t: distribution(t)["DefaultCacheBehavior"].update(ViewerProtocolPolicy="allow-all")),
    Fault("an old TLS to the origins", "tls_alone", "asks http without TLS 1.2", lambda t: distribution(t)["Origins"][1]["CustomOriginConfig"].update(OriginSSLProtocols=["TLSv1"])),
    Fault("an old TLS from browsers", "tls_alone", "older than 1.2", lambda t: distribution(t)["ViewerCertificate"]["Fn::If"][1].update(MinimumProtocolVersion="TLSv1")),
    Fault("the queues' TLS policy is gone", "tls_alone", "Jobs takes messages without TLS", lambda t: t["Resources"].pop("QueuesPolicy")),
    Fault("a queue that the TLS policy forgets", "tls_alone", "DeadItems takes messages without TLS", lambda t: properties(t, "QueuesPolicy")["Queues"].pop()),
    Fault("a topic's TLS policy is gone", "tls_alone", "Events takes messages without TLS", lambda t: t["Resources"].pop("EventsPolicy")),
    Fault("a TLS policy the wrong way round", "tls_alone", "Alarms takes messages without TLS", lambda t: statements(t, "AlarmsAccess")[0].update(Condition={"Bool": {"aws:SecureTransport": "true"}})),
    Fault("inline scripts", "headers", "script-src", lambda t: _csp(t, "'wasm-unsafe-eval'", "'unsafe-inline' 'wasm-unsafe-eval'")),
    Fault("scripts from elsewhere", "headers", "script-src", lambda t: _csp(t, "script-src 'self'", "script-src 'self' https:")),
    Fault("pages that connect anywhere", "headers", "lets pages connect to ['*']", lambda t: _headers(t)["ContentSecurityPolicy"].update(ContentSecurityPolicy="default-src 'none'; connect-src *")),
    Fault("pages that cannot sign in", "headers", "lets pages connect", lambda t: _csp(t, " https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}", "")),
    Fault("pages in frames", "headers", "frame-ancestors", lambda t: _csp(t, "frame-ancestors 'none'", "frame-ancestors *")),
    Fault("no HSTS", "headers", "StrictTransportSecurity None", lambda t: _headers(t).pop("StrictTransportSecurity")),
    Fault("HSTS for names of others", "headers", "'IncludeSubdomains': True", lambda t: _headers(t)["StrictTransportSecurity"].update(IncludeSubdomains=True)),
    Fault("answers without headers", "headers", "no such headers for /v1/*", lambda t: distribution(t)["CacheBehaviors"][0].pop("ResponseHeadersPolicyId")),
    Fault("logs for ever", "logs_end", "ApiLogs keeps logs for ever", lambda t: properties(t, "ApiLogs").pop("RetentionInDays")),
    Fault("a function that logs elsewhere", "logs_end", "Sweep logs to a group", lambda t: properties(t, "Sweep").pop("LoggingConfig")),
    Fault("no access logs of the HTTP API", "access_is_logged", "HttpStage logs access nowhere", lambda t: properties(t, "HttpStage").pop("AccessLogSettings")),
    Fault("no access logs of live connections", "access_is_logged", "LiveStage logs access nowhere", lambda t: properties(t, "LiveStage").pop("AccessLogSettings")),
    Fault("no access logs of CloudFront", "access_is_logged", "distribution logs no access", lambda t: distribution(t).pop("Logging")),
    Fault("access logs that say not from where", "access_is_logged", "without saying from where", lambda t: properties(t, "HttpStage")["AccessLogSettings"].update(Format='{"request":"$context.requestId"}')),
    Fault("a bucket that CloudFront cannot log to", "access_is_logged", "CloudFront may not write", lambda t: properties(t, "AccessLogs").update(OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})),
    Fault("a secret that is written down", "secrets_are_made_up", "OriginSecret is not made up", lambda t: (properties(t, "OriginSecret").pop("GenerateSecretString"), properties(t, "OriginSecret").update(SecretString="hunter2"))),
    Fault("a filter for SQS that lets nothing through", "filters", "NotifyLater filters what the code does not", lambda t: event(t, "Notify", "Later").update(FilterCriteria={"Filters": [{"Pattern": '{"body":{"kind":["x"]}}'}]})),
]
