"""Faults of alarms and the dashboard."""

from . import Fault, properties


def _metric(template, alarm, index):
    return properties(template, alarm)["Metrics"][index]["MetricStat"]["Metric"]


def _replace_in_dashboard(template, old, new):
    body = properties(template, "Dashboard")["DashboardBody"]
    assert old in body["Fn::Sub"]
    body["Fn::Sub"] = body["Fn::Sub"].replace(old, new)


FAULTS = [
    Fault("an alarm on a metric that does not exist", "alarm_metrics_exist", "ApproximateNumberOfMessages, which is not", lambda t: properties(t, "GivenUp").update(MetricName="ApproximateNumberOfMessages")),
    Fault("an alarm in a namespace that does not exist", "alarm_metrics_exist", "AWS/Lamda", lambda t: properties(t, "LateChanges").update(Namespace="AWS/Lamda")),
    Fault("an alarm with an invalid dimension", "alarm_metrics_exist", "PoisonedRecords uses ApproximateNumberOfMessagesVisible with the dimensions", lambda t: properties(t, "PoisonedRecords").update(Dimensions=[{"Name": "Queue", "Value": {"Fn::GetAtt": ["DeadRecords", "QueueName"]}}])),
    Fault("an alarm with a queue URL in place of the queue name", "alarm_metrics_exist", "GivenUp uses ApproximateNumberOfMessagesVisible with the dimensions", lambda t: properties(t, "GivenUp").update(Dimensions=[{"Name": "QueueName", "Value": {"Ref": "DeadJobs"}}])),
    Fault("an alarm on another API", "alarm_metrics_exist", "FailingApi uses 5xx", lambda t: properties(t, "FailingApi").update(Dimensions=[{"Name": "ApiId", "Value": {"Ref": "LiveApi"}}])),
    Fault("an alarm on one operation of the table", "alarm_metrics_exist", "ThrottledRequests", lambda t: _metric(t, "Throttled", 1).update(MetricName="ThrottledRequests", Dimensions=[{"Name": "TableName", "Value": {"Ref": "Table"}}, {"Name": "Operation", "Value": "Query"}])),
    Fault("an alarm on the average", "alarm_metrics_exist", "uses the statistic Average", lambda t: properties(t, "LateChanges").update(Statistic="Average")),
    Fault("an alarm on one metric of several", "alarm_metrics_exist", "does not return the sum", lambda t: properties(t, "FailingFunctions")["Metrics"][0].update(Expression="api")),
    Fault("errors of one function without an alarm", "alarms_cover_failures", "Errors of Sweep", lambda t: properties(t, "FailingFunctions")["Metrics"].pop()),
    Fault("throttles of one function without an alarm", "alarms_cover_failures", "Throttles of Notify", lambda t: _metric(t, "ThrottledFunctions", 5).update(MetricName="Errors")),
    Fault("no alarm for a dead-letter queue", "alarms_cover_failures", "the dead-letter queue DeadItems", lambda t: t["Resources"].pop("UnfitItems")),
    Fault("an alarm with a threshold of 100 messages", "alarms_cover_failures", "the dead-letter queue DeadJobs", lambda t: properties(t, "GivenUp").update(Threshold=100)),
    Fault("no alarm for the iterator age", "alarms_cover_failures", "the IteratorAge of Fanout", lambda t: t["Resources"].pop("LateChanges")),
    Fault("no alarm for the HTTP API", "alarms_cover_failures", "the 5xx errors of the HTTP API", lambda t: t["Resources"].pop("FailingApi")),
    Fault("throttled reads without an alarm", "alarms_cover_failures", "the ReadThrottleEvents of the table", lambda t: properties(t, "Throttled")["Metrics"].pop(1)),
    Fault("an alarm without an action", "alarms_have_actions", "FailingApi has no alarm action", lambda t: properties(t, "FailingApi").pop("AlarmActions")),
    Fault("an alarm below its threshold", "alarms_have_actions", "LessThanThreshold", lambda t: properties(t, "Throttled").update(ComparisonOperator="LessThanThreshold")),
    Fault("an alarm on missing data", "alarms_have_actions", "does not treat missing data", lambda t: properties(t, "GivenUp").update(TreatMissingData="breaching")),
    Fault("an alarm that needs more datapoints than it evaluates", "alarms_have_actions", "more DatapointsToAlarm than EvaluationPeriods", lambda t: properties(t, "FailingApi").update(DatapointsToAlarm=9)),
    Fault("a topic of alarms without a subscription", "alarms_have_actions", "no e-mail subscription", lambda t: properties(t, "AlarmMail").update(TopicArn={"Ref": "Events"})),
    Fault("denied requests without an alarm", "alarms_cover_failures", "no alarm covers the metric Denied", lambda t: t["Resources"].pop("Denied")),
    Fault("an alarm on rate-limited requests with a threshold that is too high", "alarms_cover_failures", "no alarm covers the metric Limited", lambda t: properties(t, "Limited").update(Threshold=1000000)),
    Fault("an alarm on a custom metric that is not published", "alarm_metrics_exist", "Rally Refused, which is not a published metric", lambda t: properties(t, "Denied").update(MetricName="Refused")),
    Fault("an alarm on another stack's metric", "alarm_metrics_exist", "must be a Stack of this stack", lambda t: properties(t, "Denied").update(Dimensions=[{"Name": "Stack", "Value": "rally-two"}])),
    Fault("a dashboard with a misspelt metric", "dashboard_metrics_exist", "WriteToPots", lambda t: _replace_in_dashboard(t, "WriteToPost", "WriteToPots")),
    Fault("a dashboard with a queue URL in place of the queue name", "dashboard_metrics_exist", "<DeadJobs>", lambda t: _replace_in_dashboard(t, "${DeadJobs.QueueName}", "${DeadJobs}")),
    Fault("a dashboard that is not JSON", "dashboard_metrics_exist", "not JSON", lambda t: _replace_in_dashboard(t, '{"widgets": [', '{"widgets": ')),
]
