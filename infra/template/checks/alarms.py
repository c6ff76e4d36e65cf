"""Alarms: each is on an existing metric, each possible failure has one, and each notifies a subscriber."""

import json
import re

from .stack import ROOT, listed

# Each metric, its dimensions, and its statistic ("Monitoring", of each service).
METRICS = {
    ("AWS/Lambda", "Errors"): ("FunctionName", {"Sum"}), ("AWS/Lambda", "Throttles"): ("FunctionName", {"Sum"}),
    ("AWS/Lambda", "IteratorAge"): ("FunctionName", {"Maximum"}),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): ("QueueName", {"Maximum"}),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): ("QueueName", {"Maximum"}),
    ("AWS/ApiGateway", "5xx"): ("ApiId", {"Sum"}), ("AWS/ApiGateway", "ConnectCount"): ("ApiId", {"Sum"}), ("AWS/ApiGateway", "MessageCount"): ("ApiId", {"Sum"}),
    # Without an operation they cover all operations; ThrottledRequests does not.
    ("AWS/DynamoDB", "ReadThrottleEvents"): ("TableName", {"Sum"}), ("AWS/DynamoDB", "WriteThrottleEvents"): ("TableName", {"Sum"}),
    # The functions' own metrics (infra/backend/src/http/audit.rs).
    ("Rally", "Denied"): ("Stack", {"Sum"}), ("Rally", "Limited"): ("Stack", {"Sum"}),
}
# The maximum threshold of the alarms for refusals, per minute.
REFUSALS = 1000


def _values(stack, dimension, metric):
    """The valid values of a dimension."""
    match dimension:
        case "FunctionName":
            return {f"<{name}>" for name in stack.functions()}
        case "QueueName":
            return {f"<{name}.QueueName>" for name in stack.of_type("AWS::SQS::Queue")}
        case "ApiId":
            protocol = "HTTP" if metric == "5xx" else "WEBSOCKET"
            return {f"<{name}>" for name, api in stack.of_type("AWS::ApiGatewayV2::Api").items() if api["ProtocolType"] == protocol}
        case "TableName":
            return {stack.parameters["RestoredTable"] or "<Table>"}
        case "Stack":
            return {stack.name}


def _figures(alarm):
    """(namespace, metric, dimensions, statistic, period) of all metrics of an alarm."""
    if "MetricName" in alarm:
        yield alarm.get("Namespace"), alarm["MetricName"], alarm.get("Dimensions", []), alarm.get("Statistic"), alarm.get("Period")
    for query in alarm.get("Metrics", []):
        if said := query.get("MetricStat"):
            metric = said["Metric"]
            yield metric.get("Namespace"), metric["MetricName"], metric.get("Dimensions", []), said["Stat"], said["Period"]


def _ours():
    """The metrics that the functions write."""
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "infra/backend/src").rglob("*.rs"))
    return set(re.findall(r'Metric::(?:count|times)\(\s*"(\w+)"', code))


def figures_exist(stack):
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        for namespace, metric, dimensions, statistic, period in _figures(alarm):
            if (namespace, metric) not in METRICS or (namespace == "Rally" and metric not in _ours()):
                yield f"{name} looks at {namespace} {metric}, which is no figure"
                continue
            dimension, statistics = METRICS[(namespace, metric)]
            said = [(one["Name"], one["Value"]) for one in dimensions]
            if [one for one, _ in said] != [dimension] or said[0][1] not in _values(stack, dimension, metric):
                yield f"{name} looks at {metric} of {said}, and there is none but of a {dimension} of this stack"
            if statistic not in statistics:
                yield f"{name} takes the {statistic} of {metric}"
            if period != 60:
                yield f"{name} looks every {period} seconds, and figures come each minute"
        if "Metrics" in alarm and [query.get("Expression") for query in alarm["Metrics"] if query.get("ReturnData", True)] != ["SUM(METRICS())"]:
            yield f"{name} does not add up what it looks at"
        # "Quotas": an alarm by metric math takes ten metrics.
        if len(alarm.get("Metrics", [])) > 11:
            yield f"{name} looks at more figures than an alarm may"


def alarms_ring(stack):
    topics = stack.of_type("AWS::SNS::Topic")
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        heard = [stack.named_by(one) for one in listed(alarm.get("AlarmActions"))]
        if heard != ["Alarms"] or "Alarms" not in topics or alarm.get("ActionsEnabled", True) is not True:
            yield f"{name} is told to nobody"
        if alarm["ComparisonOperator"] != "GreaterThanThreshold":
            yield f"{name} rings when all is well: {alarm['ComparisonOperator']}"
        if alarm.get("TreatMissingData") != "notBreaching":
            yield f"{name} rings, or stays, when nothing happens"
        if alarm.get("DatapointsToAlarm", 1) > alarm["EvaluationPeriods"]:
            yield f"{name} waits for more figures than it looks at"
    subscribed = [one for one in stack.of_type("AWS::SNS::Subscription").values() if one["TopicArn"] == "<Alarms>" and one["Endpoint"] == stack.parameters["AlarmAddress"] and one["Protocol"] == "email"]
    if stack.parameters["AlarmAddress"] and not subscribed:
        yield "alarms reach nobody: no mail is sent to AlarmAddress"


def _watched(stack, metric):
    """The dimensions of a metric's alarms, and their thresholds."""
    return {
        dimensions[0]["Value"]: alarm.get("Threshold") for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
        for _, found, dimensions, _, _ in _figures(alarm) if found == metric and dimensions
    }


def everything_is_watched(stack):
    """Each function's errors and throttles, each dead-letter queue, the stream's age, the API, refusals, and the table's
    throttles in both directions."""
    for metric in ("Errors", "Throttles"):
        for name in stack.functions():
            if _watched(stack, metric).get(f"<{name}>") != 0:
                yield f"nobody hears of the {metric} of {name}"
    read = {stack.named_by(one["EventSourceArn"]) for one in stack.of_type("AWS::Lambda::EventSourceMapping").values()}
    for name in sorted(_put_aside(stack) - read):
        if _watched(stack, "ApproximateNumberOfMessagesVisible").get(f"<{name}.QueueName>") != 0:
            yield f"nobody hears of what is put aside to {name}"
    for mapping in stack.of_type("AWS::Lambda::EventSourceMapping").values():
        function = stack.named_by(mapping["FunctionName"])
        late = _watched(stack, "IteratorAge").get(f"<{function}>")
        if "StartingPosition" in mapping and (late is None or late > 60_000):
            yield f"nobody hears of it if {function} is late"
    if not _watched(stack, "5xx"):
        yield "nobody hears of the HTTP API's faults"
    for metric in ("Denied", "Limited"):
        threshold = _watched(stack, metric).get(stack.name)
        if threshold is None or threshold > REFUSALS:
            yield f"nobody hears of what is {metric.lower()}"
    for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
        if set(_watched(stack, metric).values()) != {0}:
            yield f"nobody hears of the table's {metric}"


def _put_aside(stack):
    """The dead-letter queues."""
    found = [one["RedrivePolicy"]["deadLetterTargetArn"] for one in stack.of_type("AWS::SQS::Queue").values() if "RedrivePolicy" in one]
    found += [one["DeadLetterConfig"]["TargetArn"] for one in stack.functions().values() if "DeadLetterConfig" in one]
    found += [one["DestinationConfig"]["OnFailure"]["Destination"] for one in stack.of_type("AWS::Lambda::EventSourceMapping").values() if "DestinationConfig" in one]
    found += [one["TopicRulePayload"].get("ErrorAction", {}).get("Sqs", {}).get("QueueUrl") for one in stack.of_type("AWS::IoT::TopicRule").values()]
    return {stack.named_by(one) for one in found} - {None}


def dashboard_shows_figures(stack):
    """The dashboard's own shorthand: "..." stands for the previous metric, "." for its value at the same position."""
    ours = _ours()
    for name, dashboard in stack.of_type("AWS::CloudWatch::Dashboard").items():
        try:
            widgets = json.loads(dashboard["DashboardBody"])["widgets"]
        except ValueError as fault:
            yield f"{name} is not JSON: {fault}"
            continue
        for widget in widgets:
            if widget["properties"].get("region") != stack.region:
                yield f"{name} shows another region"
            last = []
            for metric in widget["properties"]["metrics"]:
                said = [one for one in metric if isinstance(one, str)]
                if said[0] == "...":
                    said = last[: len(last) - len(said) + 1] + said[1:]
                said = last = [last[place] if one == "." else one for place, one in enumerate(said)]
                namespace, figure, dimension, value = said
                if namespace == "Rally":
                    is_there = figure in ours and (dimension, value) == ("Stack", stack.name)
                else:
                    is_there = (namespace, figure) in METRICS and METRICS[(namespace, figure)][0] == dimension and value in _values(stack, dimension, figure)
                if not is_there:
                    yield f"{name} shows {namespace} {figure} of {dimension} {value}, which is no figure of this stack"


RULES = [figures_exist, alarms_ring, everything_is_watched, dashboard_shows_figures]
