"""Faults that cfn-lint finds in the translated template. All of them are put into one copy, since a run takes seconds. cfn-lint must find
each by its rule and its resource."""

from . import Fault, distribution, properties, statement_allowing

FAULTS = [
    Fault("a misspelt property", "E3002", "Jobs", lambda t: properties(t, "Jobs").update(VisibilityTimeOut=180)),
    Fault("a missing property", "E3003", "DisconnectRoute", lambda t: properties(t, "DisconnectRoute").pop("RouteKey")),
    Fault("a value that is not allowed", "E3030", "Distribution", lambda t: distribution(t).update(PriceClass="PriceClass_1")),
    Fault("a misspelt type", "E3006", "DeadRecords", lambda t: t["Resources"]["DeadRecords"].update(Type="AWS::SQS::Que")),
    Fault("a reference to a resource that does not exist", "E1020", "AlarmMail", lambda t: properties(t, "AlarmMail").update(TopicArn={"Ref": "Alarm"})),
    Fault("an attribute that does not exist", "E1010", "ItemsRuleRole", lambda t: statement_allowing(t, "ItemsRuleRole", "sqs:SendMessage").update(Resource={"Fn::GetAtt": ["DeadItems", "ARN"]})),
    Fault("a variable of Fn::Sub that does not exist", "E1019", "WebAcl", lambda t: properties(t, "WebAcl")["VisibilityConfig"].update(MetricName={"Fn::Sub": "${AWS::Stack}-web"})),
    Fault("a condition that does not exist", "E3015", "Address", lambda t: t["Resources"]["Address"].update(Condition="HasZones")),
    Fault("a number out of range", "E3034", "DeadJobs", lambda t: properties(t, "DeadJobs").update(MessageRetentionPeriod=12096000)),
    Fault("a text in place of a number", "E3012", "ItemsQueue", lambda t: properties(t, "ItemsQueue").update(VisibilityTimeout="three minutes")),
    Fault("an IAM action that does not exist", "W3037", "NotifyRole", lambda t: statement_allowing(t, "NotifyRole", "dynamodb:GetItem")["Action"].append("dynamodb:GetItems")),
]
