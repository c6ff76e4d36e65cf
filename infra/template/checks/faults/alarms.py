"""Faults of alarms and the dashboard."""

from . import Fault, properties


def _figure(template, alarm, place):
    return properties(template, alarm)["Metrics"][place]["MetricStat"]["Metric"]


def _board(template, old, new):
    body = properties(template, "Dashboard")["DashboardBody"]
    assert old in body["Fn::Sub"]
    body["Fn::Sub"] = body["Fn::Sub"].replace(old, new)


FAULTS = [
    Fault("an alarm on a wrong metric", "figures_exist", "ApproximateNumberOfMessages, which", lambda t: properties(t, "GivenUp").update(MetricName="ApproximateNumberOfMessages")),
    Fault("an alarm in a wrong namespace", "figures_exist", "AWS/Lamda", lambda t: properties(t, "LateChanges").update(Namespace="AWS/Lamda")),
    Fault("an alarm on a wrong dimension", "figures_exist", "PoisonedRecords looks at", lambda t: properties(t, "PoisonedRecords").update(Dimensions=[{"Name": "Queue", "Value": {"Fn::GetAtt": ["DeadRecords", "QueueName"]}}])),
    Fault("an alarm on an address for a name", "figures_exist", "GivenUp looks at", lambda t: properties(t, "GivenUp").update(Dimensions=[{"Name": "QueueName", "Value": {"Ref": "DeadJobs"}}])),
    Fault("an alarm on another API", "figures_exist", "FailingApi looks at 5xx", lambda t: properties(t, "FailingApi").update(Dimensions=[{"Name": "ApiId", "Value": {"Ref": "LiveApi"}}])),
    Fault("an alarm on one operation", "figures_exist", "ThrottledRequests", lambda t: _figure(t, "Throttled", 1).update(MetricName="ThrottledRequests", Dimensions=[{"Name": "TableName", "Value": {"Ref": "Table"}}, {"Name": "Operation", "Value": "Query"}])),
    Fault("an alarm on the average", "figures_exist", "takes the Average", lambda t: properties(t, "LateChanges").update(Statistic="Average")),
    Fault("an alarm that adds nothing up", "figures_exist", "does not add up", lambda t: properties(t, "FailingFunctions")["Metrics"][0].update(Expression="api")),
    Fault("an alarm of one function alone", "everything_is_watched", "Errors of Sweep", lambda t: properties(t, "FailingFunctions")["Metrics"].pop()),
    Fault("throttles of one function alone", "everything_is_watched", "Throttles of Notify", lambda t: _figure(t, "ThrottledFunctions", 5).update(MetricName="Errors")),
    Fault("no alarm for a dead-letter queue", "everything_is_watched", "put aside to DeadItems", lambda t: t["Resources"].pop("UnfitItems")),
    Fault("an alarm that waits for a hundred", "everything_is_watched", "put aside to DeadJobs", lambda t: properties(t, "GivenUp").update(Threshold=100)),
    Fault("no alarm for the stream's age", "everything_is_watched", "if Fanout is late", lambda t: t["Resources"].pop("LateChanges")),
    Fault("no alarm for the API", "everything_is_watched", "HTTP API's faults", lambda t: t["Resources"].pop("FailingApi")),
    Fault("reads that are throttled unheard", "everything_is_watched", "ReadThrottleEvents", lambda t: properties(t, "Throttled")["Metrics"].pop(1)),
    Fault("an alarm that is told to nobody", "alarms_ring", "FailingApi is told to nobody", lambda t: properties(t, "FailingApi").pop("AlarmActions")),
    Fault("an alarm the wrong way round", "alarms_ring", "LessThanThreshold", lambda t: properties(t, "Throttled").update(ComparisonOperator="LessThanThreshold")),
    Fault("an alarm for silence", "alarms_ring", "when nothing happens", lambda t: properties(t, "GivenUp").update(TreatMissingData="breaching")),
    Fault("an alarm that waits for ever", "alarms_ring", "more figures than it looks at", lambda t: properties(t, "FailingApi").update(DatapointsToAlarm=9)),
    Fault("alarms that reach nobody", "alarms_ring", "reach nobody", lambda t: properties(t, "AlarmMail").update(TopicArn={"Ref": "Events"})),
    Fault("refusals that nobody hears of", "everything_is_watched", "nobody hears of what is denied", lambda t: t["Resources"].pop("Denied")),
    Fault("an alarm of limits that never rings", "everything_is_watched", "nobody hears of what is limited", lambda t: properties(t, "Limited").update(Threshold=1000000)),
    Fault("an alarm on a figure that nobody writes", "figures_exist", "Rally Refused, which is no figure", lambda t: properties(t, "Denied").update(MetricName="Refused")),
    Fault("an alarm on another stack's figure", "figures_exist", "but of a Stack of this stack", lambda t: properties(t, "Denied").update(Dimensions=[{"Name": "Stack", "Value": "rally-two"}])),
    Fault("a dashboard of a misspelt figure", "dashboard_shows_figures", "WriteToPots", lambda t: _board(t, "WriteToPost", "WriteToPots")),
    Fault("a dashboard of a wrong queue", "dashboard_shows_figures", "<DeadJobs>", lambda t: _board(t, "${DeadJobs.QueueName}", "${DeadJobs}")),
    Fault("a dashboard that is not JSON", "dashboard_shows_figures", "not JSON", lambda t: _board(t, '{"widgets": [', '{"widgets": ')),
]
