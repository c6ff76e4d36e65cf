"""Names of resources: two stacks in one account must not share a name, in one region or in two."""

from .stack import REQUIRED, Stack

# A type's physical name, by the path to it, and its scope of uniqueness: in a region, in the account, in all of AWS (`chosen`: by a
# parameter), or `inside` another resource. None: CloudFormation generates the name.
KINDS = {
    "AWS::ApiGatewayV2::Api": ("Name", "region"), "AWS::ApiGatewayV2::Stage": ("StageName", "inside"), "AWS::CloudFront::CachePolicy": ("CachePolicyConfig.Name", "account"),
    "AWS::CloudFront::Function": ("Name", "account"), "AWS::CloudFront::OriginAccessControl": ("OriginAccessControlConfig.Name", "account"),
    "AWS::CloudFront::ResponseHeadersPolicy": ("ResponseHeadersPolicyConfig.Name", "account"), "AWS::CloudWatch::Alarm": ("AlarmName", "region"),
    "AWS::CloudWatch::Dashboard": ("DashboardName", "account"), "AWS::Cognito::UserPool": ("UserPoolName", "region"), "AWS::Cognito::UserPoolClient": ("ClientName", "inside"),
    "AWS::Cognito::UserPoolDomain": ("Domain", "chosen"), "AWS::Cognito::UserPoolGroup": ("GroupName", "inside"), "AWS::DynamoDB::Table": ("TableName", "region"),
    "AWS::IAM::Policy": ("PolicyName", "inside"), "AWS::IAM::Role": ("RoleName", "account"), "AWS::IoT::TopicRule": ("RuleName", "region"), "AWS::KMS::Key": (None, None),
    "AWS::Lambda::Function": ("FunctionName", "region"), "AWS::Logs::LogGroup": ("LogGroupName", "region"), "AWS::Route53::RecordSet": ("Name", "chosen"),
    "AWS::S3::Bucket": ("BucketName", "account"), "AWS::SNS::Topic": ("TopicName", "region"), "AWS::SQS::Queue": ("QueueName", "region"),
    "AWS::Scheduler::Schedule": ("Name", "region"), "AWS::SecretsManager::Secret": ("Name", "region"), "AWS::WAFv2::WebACL": ("Name", "account"),
    **dict.fromkeys([
        "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::RouteResponse", "AWS::CloudFront::Distribution", "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Permission", "AWS::S3::BucketPolicy", "AWS::SNS::Subscription", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy",
    ], (None, None)),
}
# WAF's metrics are per account, by name.
MORE = {"AWS::WAFv2::WebACL": [("VisibilityConfig.MetricName", "account")]}


def _at(properties, path):
    for part in path.split("."):
        properties = properties.get(part) if isinstance(properties, dict) else None
    return properties


def physical(stack):
    """(scope, type, logical name, physical name) of everything that the template names."""
    for name, resource in stack.resources.items():
        kind = resource["Type"]
        for path, scope in [KINDS.get(kind, (None, None)), *MORE.get(kind, [])]:
            if path and (value := _at(resource["Properties"], path)):
                yield scope, kind, name, value


def named_after_the_stack(stack):
    for name, resource in stack.resources.items():
        if resource["Type"] not in KINDS:
            yield f"{name} is a {resource['Type']}: checks/names.py does not say whether its name must be unlike others"
    for scope, kind, name, value in physical(stack):
        if scope in ("region", "account") and stack.name not in str(value):
            yield f"{name} is called {value}, which lacks the stack's name: a second stack has the same"
        if scope == "account" and stack.region not in str(value):
            yield f"{name} is called {value}, which lacks the region: the same stack in another region has the same ({kind})"


def no_two_stacks_collide(stack):
    """Two stack names in one region, and one stack name in two regions, with otherwise equal parameters."""
    if stack.parameters["RestoredTable"]:
        return
    parameters = {**stack.parameters, **REQUIRED}
    others = [Stack(stack.template, parameters, "rally", "us-east-1"), Stack(stack.template, parameters, "rally-two", "us-east-1"), Stack(stack.template, parameters, "rally", "eu-west-1")]
    taken = {}
    for other in others:
        for scope, kind, name, value in physical(other):
            place = other.region if scope == "region" else "the account"
            if scope in ("region", "account"):
                before = taken.setdefault((place, kind, value), (other.name, other.region, name))
                if before != (other.name, other.region, name):
                    yield f"{name} of {other.name} in {other.region} is called {value}, as {before[2]} of {before[0]} in {before[1]} is"


RULES = [named_after_the_stack, no_two_stacks_collide]
