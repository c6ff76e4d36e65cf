"""Names of resources: two stacks in one account must not use the same name, in one region or in two."""

from .stack import REQUIRED, Stack

# The property with the physical name of each resource type, and the scope in which the name must be unique: in a region, in the account,
# in all of AWS (`chosen`: a parameter sets it), or `inside` another resource. None: CloudFormation generates the name.
NAMES = {
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
# The metrics of AWS WAF are identified by name in the account.
ADDITIONAL_NAMES = {"AWS::WAFv2::WebACL": [("VisibilityConfig.MetricName", "account")]}


def _property(properties, path):
    for part in path.split("."):
        properties = properties.get(part) if isinstance(properties, dict) else None
    return properties


def physical_names(stack):
    """(scope, type, logical id, physical name) of each resource that the template names."""
    for name, resource in stack.resources.items():
        kind = resource["Type"]
        for path, scope in [NAMES.get(kind, (None, None)), *ADDITIONAL_NAMES.get(kind, [])]:
            if path and (value := _property(resource["Properties"], path)):
                yield scope, kind, name, value


def names_contain_stack_and_region(stack):
    for name, resource in stack.resources.items():
        if resource["Type"] not in NAMES:
            yield f"{name} is a {resource['Type']}: checks/names.py has no entry for this type"
    for scope, kind, name, value in physical_names(stack):
        if scope in ("region", "account") and stack.name not in str(value):
            yield f"{name} is named {value}, without the name of the stack: a second stack would use the same name"
        if scope == "account" and stack.region not in str(value):
            yield f"{name} is named {value}, without the region: the same stack in another region would use the same name ({kind})"


def stacks_do_not_collide(stack):
    """Two stack names in one region, and one stack name in two regions, with otherwise equal parameters."""
    if stack.parameters["RestoredTable"]:
        return
    parameters = {**stack.parameters, **REQUIRED}
    others = [Stack(stack.template, parameters, "rally", "us-east-1"), Stack(stack.template, parameters, "rally-two", "us-east-1"), Stack(stack.template, parameters, "rally", "eu-west-1")]
    taken = {}
    for other in others:
        for scope, kind, name, value in physical_names(other):
            scope_name = other.region if scope == "region" else "the account"
            if scope in ("region", "account"):
                first = taken.setdefault((scope_name, kind, value), (other.name, other.region, name))
                if first != (other.name, other.region, name):
                    yield f"{name} of {other.name} in {other.region} is named {value}, the same as {first[2]} of {first[0]} in {first[1]}"


RULES = [names_contain_stack_and_region, stacks_do_not_collide]
