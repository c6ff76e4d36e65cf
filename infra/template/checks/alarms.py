"""Alarms: each uses an existing metric and has an action, and an alarm covers each kind of failure."""

import json
import re

from .stack import ROOT, as_list

# Each metric with its dimension and its statistics ("Monitoring" in the documentation of each service).
METRICS = {
    ("AWS/Lambda", "Errors"): ("FunctionName", {"Sum"}), ("AWS/Lambda", "Throttles"): ("FunctionName", {"Sum"}),
    ("AWS/Lambda", "IteratorAge"): ("FunctionName", {"Maximum"}),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): ("QueueName", {"Maximum"}),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): ("QueueName", {"Maximum"}),
    ("AWS/ApiGateway", "5xx"): ("ApiId", {"Sum"}), ("AWS/ApiGateway", "ConnectCount"): ("ApiId", {"Sum"}), ("AWS/ApiGateway", "MessageCount"): ("ApiId", {"Sum"}),
    # Without the dimension Operation these cover all operations; ThrottledRequests does not.
    ("AWS/DynamoDB", "ReadThrottleEvents"): ("TableName", {"Sum"}), ("AWS/DynamoDB", "WriteThrottleEvents"): ("TableName", {"Sum"}),
    # Custom metrics of the functions (infra/backend/src/http/audit.rs).
    ("Rally", "Denied"): ("Stack", {"Sum"}), ("Rally", "Limited"): ("Stack", {"Sum"}),
}
# The maximum threshold of the alarms on denied and rate-limited requests, per minute.
MAX_DENIALS = 1000


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


def _metrics(alarm):
    """(namespace, metric, dimensions, statistic, period) of each metric of an alarm."""
    if "MetricName" in alarm:
        yield alarm.get("Namespace"), alarm["MetricName"], alarm.get("Dimensions", []), alarm.get("Statistic"), alarm.get("Period")
    for query in alarm.get("Metrics", []):
        if stat := query.get("MetricStat"):
            metric = stat["Metric"]
            yield metric.get("Namespace"), metric["MetricName"], metric.get("Dimensions", []), stat["Stat"], stat["Period"]


def _custom_metrics():
    """The custom metrics that the functions publish."""
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "infra/backend/src").rglob("*.rs"))
    return set(re.findall(r'Metric::(?:count|times)\(\s*"(\w+)"', code))


def alarm_metrics_exist(stack):
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        for namespace, metric, dimensions, statistic, period in _metrics(alarm):
            if (namespace, metric) not in METRICS or (namespace == "Rally" and metric not in _custom_metrics()):
                yield f"{name} uses {namespace} {metric}, which is not a published metric"
                continue
            dimension, statistics = METRICS[(namespace, metric)]
            given = [(one["Name"], one["Value"]) for one in dimensions]
            if [one for one, _ in given] != [dimension] or given[0][1] not in _values(stack, dimension, metric):
                yield f"{name} uses {metric} with the dimensions {given}, but its dimension must be a {dimension} of this stack"
            if statistic not in statistics:
                yield f"{name} uses the statistic {statistic} of {metric}"
            if period != 60:
                yield f"{name} has a period of {period} seconds, but the metrics have a resolution of 60 seconds"
        if "Metrics" in alarm and [query.get("Expression") for query in alarm["Metrics"] if query.get("ReturnData", True)] != ["SUM(METRICS())"]:
            yield f"{name} does not return the sum of its metrics"
        # "Quotas": an alarm on a metric math expression has at most ten metrics.
        if len(alarm.get("Metrics", [])) > 11:
            yield f"{name} uses more than ten metrics"


def alarms_have_actions(stack):
    topics = stack.of_type("AWS::SNS::Topic")
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        actions = [stack.logical_id(one) for one in as_list(alarm.get("AlarmActions"))]
        if actions != ["Alarms"] or "Alarms" not in topics or alarm.get("ActionsEnabled", True) is not True:
            yield f"{name} has no alarm action, or none that publishes to the topic Alarms"
        if alarm["ComparisonOperator"] != "GreaterThanThreshold":
            yield f"{name} does not alarm above its threshold: {alarm['ComparisonOperator']}"
        if alarm.get("TreatMissingData") != "notBreaching":
            yield f"{name} does not treat missing data as notBreaching"
        if alarm.get("DatapointsToAlarm", 1) > alarm["EvaluationPeriods"]:
            yield f"{name} has more DatapointsToAlarm than EvaluationPeriods"
    subscribed = [one for one in stack.of_type("AWS::SNS::Subscription").values() if one["TopicArn"] == "<Alarms>" and one["Endpoint"] == stack.parameters["AlarmAddress"] and one["Protocol"] == "email"]
    if stack.parameters["AlarmAddress"] and not subscribed:
        yield "the topic Alarms has no e-mail subscription for AlarmAddress"


def _alarm_thresholds(stack, metric):
    """The thresholds of the alarms on a metric, by the value of its dimension."""
    return {
        dimensions[0]["Value"]: alarm.get("Threshold") for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
        for _, found, dimensions, _, _ in _metrics(alarm) if found == metric and dimensions
    }


def alarms_cover_failures(stack):
    """Alarms cover the errors and throttles of each function, each dead-letter queue, the iterator age of the stream, the 5xx errors of
    the HTTP API, denied and rate-limited requests, and throttled reads and writes of the table."""
    for metric in ("Errors", "Throttles"):
        for name in stack.functions():
            if _alarm_thresholds(stack, metric).get(f"<{name}>") != 0:
                yield f"no alarm covers the {metric} of {name}"
    event_sources = {stack.logical_id(one["EventSourceArn"]) for one in stack.of_type("AWS::Lambda::EventSourceMapping").values()}
    for name in sorted(_dead_letter_queues(stack) - event_sources):
        if _alarm_thresholds(stack, "ApproximateNumberOfMessagesVisible").get(f"<{name}.QueueName>") != 0:
            yield f"no alarm covers the dead-letter queue {name}"
    for mapping in stack.of_type("AWS::Lambda::EventSourceMapping").values():
        function = stack.logical_id(mapping["FunctionName"])
        threshold = _alarm_thresholds(stack, "IteratorAge").get(f"<{function}>")
        if "StartingPosition" in mapping and (threshold is None or threshold > 60_000):
            yield f"no alarm covers the IteratorAge of {function}"
    if not _alarm_thresholds(stack, "5xx"):
        yield "no alarm covers the 5xx errors of the HTTP API"
    for metric in ("Denied", "Limited"):
        threshold = _alarm_thresholds(stack, metric).get(stack.name)
        if threshold is None or threshold > MAX_DENIALS:
            yield f"no alarm covers the metric {metric}"
    for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
        if set(_alarm_thresholds(stack, metric).values()) != {0}:
            yield f"no alarm covers the {metric} of the table"


def _dead_letter_queues(stack):
    """The dead-letter queues."""
    found = [one["RedrivePolicy"]["deadLetterTargetArn"] for one in stack.of_type("AWS::SQS::Queue").values() if "RedrivePolicy" in one]
    found += [one["DeadLetterConfig"]["TargetArn"] for one in stack.functions().values() if "DeadLetterConfig" in one]
    found += [one["DestinationConfig"]["OnFailure"]["Destination"] for one in stack.of_type("AWS::Lambda::EventSourceMapping").values() if "DestinationConfig" in one]
    found += [one["TopicRulePayload"].get("ErrorAction", {}).get("Sqs", {}).get("QueueUrl") for one in stack.of_type("AWS::IoT::TopicRule").values()]
    return {stack.logical_id(one) for one in found} - {None}


def dashboard_metrics_exist(stack):
    """The dashboard shows existing metrics of this stack. In its shorthand "..." repeats the previous metric, and "." its value at the same
    position."""
    custom = _custom_metrics()
    for name, dashboard in stack.of_type("AWS::CloudWatch::Dashboard").items():
        try:
            widgets = json.loads(dashboard["DashboardBody"])["widgets"]
        except ValueError as error:
            yield f"{name} is not JSON: {error}"
            continue
        for widget in widgets:
            if widget["properties"].get("region") != stack.region:
                yield f"{name} has a widget of another region"
            previous = []
            for metric in widget["properties"]["metrics"]:
                parts = [one for one in metric if isinstance(one, str)]
                if parts[0] == "...":
                    parts = previous[: len(previous) - len(parts) + 1] + parts[1:]
                parts = previous = [previous[index] if one == "." else one for index, one in enumerate(parts)]
                namespace, metric_name, dimension, value = parts
                if namespace == "Rally":
                    exists = metric_name in custom and (dimension, value) == ("Stack", stack.name)
                else:
                    exists = (namespace, metric_name) in METRICS and METRICS[(namespace, metric_name)][0] == dimension and value in _values(stack, dimension, metric_name)
                if not exists:
                    yield f"{name} shows {namespace} {metric_name} of {dimension} {value}, which is not a metric of this stack"


RULES = [alarm_metrics_exist, alarms_have_actions, alarms_cover_failures, dashboard_metrics_exist]
