"""Faults of permissions, encryption and headers."""

from . import Fault, distribution, event, properties, statement_allowing, statements


def _headers(template):
    return properties(template, "Headers")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]


def _csp(template, old, new):
    policy = _headers(template)["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    assert old in policy[0]
    policy[0] = policy[0].replace(old, new)


def _managed(template):
    properties(template, "Fanout").pop("Role")
    properties(template, "Fanout")["Policies"] = ["AWSXRayDaemonWriteAccess"]


FAULTS = [
    Fault("a wildcard action", "no_wildcards", "ApiRole allows dynamodb:*", lambda t: statement_allowing(t, "ApiRole", "dynamodb:GetItem").update(Action="dynamodb:*")),
    Fault("a wildcard resource", "no_wildcards", "on all resources", lambda t: statement_allowing(t, "ApiRole", "dynamodb:GetItem").update(Resource="*")),
    Fault("a NotAction", "no_wildcards", "uses NotAction", lambda t: statement_allowing(t, "LiveRole", "execute-api:ManageConnections").update(NotAction="iam:PassRole")),
    Fault("a resource in all accounts and regions", "no_wildcards", "arn:aws:sqs:*:*:rally", lambda t: statement_allowing(t, "NotifyRole", "sqs:SendMessage").update(Resource="arn:aws:sqs:*:*:rally")),
    Fault("a topic policy for all principals", "no_wildcards", "ItemsTopicAccess allows all principals", lambda t: statements(t, "ItemsTopicAccess")[1].update(Principal="*")),
    Fault("a key policy for all principals", "no_wildcards", "MessagesKey allows all principals", lambda t: properties(t, "MessagesKey")["KeyPolicy"]["Statement"][1].update(Principal="*")),
    Fault("a managed policy", "no_managed_policies", "SweepRole has managed policies", lambda t: properties(t, "SweepRole").update(ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"])),
    Fault("a role that SAM generates", "no_managed_policies", "FanoutRole", lambda t: (t["Resources"].pop("FanoutRole"), _managed(t))),
    Fault("two functions with one role", "functions_share_no_role", "shares the role ApiRole", lambda t: properties(t, "Sweep").update(Role={"Fn::GetAtt": ["ApiRole", "Arn"]})),
    Fault("a role outside the stack", "functions_share_no_role", "not a role of this stack", lambda t: properties(t, "Sweep").update(Role="arn:aws:iam::123456789012:role/admin")),
    Fault("a misspelt service", "trusted_services", "lamda.amazonaws.com", lambda t: properties(t, "ApiRole")["AssumeRolePolicyDocument"]["Statement"][0]["Principal"].update(Service="lamda.amazonaws.com")),
    Fault("a role that its function cannot assume", "roles_can_be_assumed", "Live cannot assume LiveRole", lambda t: properties(t, "LiveRole")["AssumeRolePolicyDocument"]["Statement"][0]["Principal"].update(Service="apigateway.amazonaws.com")),
    Fault("a schedule that cannot assume its role", "roles_can_be_assumed", "SweepMinute cannot assume ApiRole", lambda t: event(t, "Sweep", "Minute").update(RoleArn={"Fn::GetAtt": ["ApiRole", "Arn"]})),
    Fault("a topic rule that cannot assume its role", "roles_can_be_assumed", "ItemsRule cannot assume", lambda t: properties(t, "ItemsRuleRole")["AssumeRolePolicyDocument"].update(Statement=[])),
    Fault("a role that topic rules of all accounts can assume", "trusted_services", "iot.amazonaws.com for any account", lambda t: properties(t, "ItemsRuleRole")["AssumeRolePolicyDocument"]["Statement"][0].pop("Condition")),
    Fault("a key policy without an administrator", "no_wildcards", "the key policy of MessagesKey does not let the account administer", lambda t: properties(t, "MessagesKey")["KeyPolicy"]["Statement"].pop(0)),
    Fault("a browser role without a permission", "browsers_only_subscribe", "browsers cannot subscribe", lambda t: properties(t, "Listener")["Policies"][0]["PolicyDocument"]["Statement"].pop()),
    Fault("a bucket with access control lists", "encryption_at_rest", "has access control lists enabled", lambda t: properties(t, "Site").pop("OwnershipControls")),
    Fault("a header that responses may override", "security_headers", "ContentTypeOptions to {}", lambda t: _headers(t)["ContentTypeOptions"].pop("Override")),
    Fault("no cross-origin opener policy", "security_headers", "cross-origin-opener-policy to None", lambda t: properties(t, "Headers")["ResponseHeadersPolicyConfig"]["CustomHeadersConfig"]["Items"].pop()),
    Fault("access logs of CloudFront without expiration", "access_logs_are_configured", "logs do not expire", lambda t: properties(t, "AccessLogs")["LifecycleConfiguration"]["Rules"][0].update(Status="Disabled")),
    Fault("a topic policy for buckets of all accounts", "trusted_services", "s3.amazonaws.com for any account", lambda t: statements(t, "ItemsTopicAccess")[1].pop("Condition")),
    Fault("a bucket policy for distributions of all accounts", "trusted_services", "cloudfront.amazonaws.com for any account", lambda t: statements(t, "SitePolicy")[0].pop("Condition")),
    Fault("a browser role that may publish", "browsers_only_subscribe", "allows more than to connect", lambda t: properties(t, "Listener")["Policies"][0]["PolicyDocument"]["Statement"][0].update(Action="iot:Publish")),
    Fault("a browser role that the account can assume", "browsers_only_subscribe", "trusts other principals", lambda t: properties(t, "Listener")["AssumeRolePolicyDocument"]["Statement"][0].update(Principal={"AWS": "123456789012"})),
    Fault("a browser role for topics of other stacks", "browsers_only_subscribe", "allows topics of other stacks", lambda t: properties(t, "Listener")["Policies"][0]["PolicyDocument"]["Statement"][1].update(Resource={"Fn::Sub": "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:topicfilter/*"})),
    Fault("a bucket without a public access block", "no_public_buckets", "Site does not block public access", lambda t: properties(t, "Site")["PublicAccessBlockConfiguration"].update(BlockPublicPolicy=False)),
    Fault("a bucket for logs without a public access block", "no_public_buckets", "AccessLogs does not block public access", lambda t: properties(t, "AccessLogs").pop("PublicAccessBlockConfiguration")),
    Fault("an origin without origin access control", "no_public_buckets", "has no origin access control", lambda t: distribution(t)["Origins"][0].pop("OriginAccessControlId")),
    Fault("origin access control without signing", "no_public_buckets", "does not sign", lambda t: properties(t, "SiteAccess")["OriginAccessControlConfig"].update(SigningBehavior="never")),
    Fault("a table without encryption", "encryption_at_rest", "table Table", lambda t: properties(t, "Table").pop("SSESpecification")),
    Fault("a queue without encryption", "encryption_at_rest", "queue DeadItems", lambda t: properties(t, "DeadItems").pop("SqsManagedSseEnabled")),
    Fault("a bucket without encryption", "encryption_at_rest", "bucket AccessLogs", lambda t: properties(t, "AccessLogs").pop("BucketEncryption")),
    Fault("a topic without encryption", "encryption_at_rest", "topic Events", lambda t: properties(t, "Events").pop("KmsMasterKeyId")),
    Fault("a key without rotation", "encryption_at_rest", "the key MessagesKey is not rotated", lambda t: properties(t, "MessagesKey").update(EnableKeyRotation=False)),
    Fault("a topic of alarms with an AWS managed key", "publishers_may_use_keys", "cloudwatch.amazonaws.com cannot publish to <Alarms>", lambda t: properties(t, "Alarms").update(KmsMasterKeyId="alias/aws/sns")),
    Fault("a topic of items with an AWS managed key", "publishers_may_use_keys", "s3.amazonaws.com cannot publish to <ItemsTopic>", lambda t: properties(t, "ItemsTopic").update(KmsMasterKeyId="alias/aws/sns")),
    Fault("a key policy without a publisher", "publishers_may_use_keys", "events.amazonaws.com cannot publish", lambda t: properties(t, "MessagesKey")["KeyPolicy"]["Statement"][1]["Principal"].update(Service=["cloudwatch.amazonaws.com", "s3.amazonaws.com"])),
    Fault("a key policy without an action for encryption", "publishers_may_use_keys", "may not use the key", lambda t: properties(t, "MessagesKey")["KeyPolicy"]["Statement"][1].update(Action=["kms:Decrypt"])),
    Fault("alarms without permission to publish", "publishers_may_use_keys", "the topic policy does not allow cloudwatch.amazonaws.com", lambda t: t["Resources"].pop("AlarmsAccess")),
    Fault("plain HTTP", "tls_only", "without TLS for *", lambda t: distribution(t)["DefaultCacheBehavior"].update(ViewerProtocolPolicy="allow-all")),
    Fault("an old TLS version to an origin", "tls_only", "connects to the origin http without TLS 1.2", lambda t: distribution(t)["Origins"][1]["CustomOriginConfig"].update(OriginSSLProtocols=["TLSv1"])),
    Fault("an old TLS version from browsers", "tls_only", "older than 1.2", lambda t: distribution(t)["ViewerCertificate"]["Fn::If"][1].update(MinimumProtocolVersion="TLSv1")),
    Fault("no queue policy for TLS", "tls_only", "Jobs accepts messages without TLS", lambda t: t["Resources"].pop("QueuesPolicy")),
    Fault("a queue policy for TLS without one queue", "tls_only", "DeadItems accepts messages without TLS", lambda t: properties(t, "QueuesPolicy")["Queues"].pop()),
    Fault("no topic policy for TLS", "tls_only", "Events accepts messages without TLS", lambda t: t["Resources"].pop("EventsPolicy")),
    Fault("a policy that denies requests with TLS", "tls_only", "Alarms accepts messages without TLS", lambda t: statements(t, "AlarmsAccess")[0].update(Condition={"Bool": {"aws:SecureTransport": "true"}})),
    Fault("inline scripts", "security_headers", "script-src", lambda t: _csp(t, "'wasm-unsafe-eval'", "'unsafe-inline' 'wasm-unsafe-eval'")),
    Fault("scripts from other hosts", "security_headers", "script-src", lambda t: _csp(t, "script-src 'self'", "script-src 'self' https:")),
    Fault("pages that may connect to all hosts", "security_headers", "allows pages to connect to ['*']", lambda t: _headers(t)["ContentSecurityPolicy"].update(ContentSecurityPolicy="default-src 'none'; connect-src *")),
    Fault("pages that may not connect to the issuer", "security_headers", "allows pages to connect", lambda t: _csp(t, " https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}", "")),
    Fault("pages that may be framed", "security_headers", "frame-ancestors", lambda t: _csp(t, "frame-ancestors 'none'", "frame-ancestors *")),
    Fault("no HSTS", "security_headers", "StrictTransportSecurity to None", lambda t: _headers(t).pop("StrictTransportSecurity")),
    Fault("HSTS for all subdomains", "security_headers", "'IncludeSubdomains': True", lambda t: _headers(t)["StrictTransportSecurity"].update(IncludeSubdomains=True)),
    Fault("responses without a response headers policy", "security_headers", "no response headers policy for /v1/*", lambda t: distribution(t)["CacheBehaviors"][0].pop("ResponseHeadersPolicyId")),
    Fault("a log group without a retention period", "logs_have_a_retention_period", "ApiLogs has no retention period", lambda t: properties(t, "ApiLogs").pop("RetentionInDays")),
    Fault("a function without a log group of the stack", "logs_have_a_retention_period", "Sweep logs to no log group", lambda t: properties(t, "Sweep").pop("LoggingConfig")),
    Fault("no access logs of the HTTP API", "access_logs_are_configured", "HttpStage has no access logs", lambda t: properties(t, "HttpStage").pop("AccessLogSettings")),
    Fault("no access logs of live connections", "access_logs_are_configured", "LiveStage has no access logs", lambda t: properties(t, "LiveStage").pop("AccessLogSettings")),
    Fault("no access logs of CloudFront", "access_logs_are_configured", "distribution has no access logs", lambda t: distribution(t).pop("Logging")),
    Fault("access logs without the source IP address", "access_logs_are_configured", "without the source IP address", lambda t: properties(t, "HttpStage")["AccessLogSettings"].update(Format='{"request":"$context.requestId"}')),
    Fault("a bucket that CloudFront cannot log to", "access_logs_are_configured", "CloudFront cannot write", lambda t: properties(t, "AccessLogs").update(OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})),
    Fault("a secret in the template", "secrets_are_generated", "OriginSecret is not generated", lambda t: (properties(t, "OriginSecret").pop("GenerateSecretString"), properties(t, "OriginSecret").update(SecretString="hunter2"))),
    Fault("a filter for SQS that drops all messages", "stream_filter_matches_code", "NotifyLater has filters that the code does not have", lambda t: event(t, "Notify", "Later").update(FilterCriteria={"Filters": [{"Pattern": '{"body":{"kind":["x"]}}'}]})),
]
