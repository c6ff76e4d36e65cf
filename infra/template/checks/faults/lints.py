"""Faults that cfn-lint finds in the translated template. All of them are put into one copy, since a run takes seconds: each must
be found, by its rule and its resource."""

from . import Fault, distribution, may, properties

FAULTS = [
    Fault("a misspelt property", "E3002", "Jobs", lambda t: properties(t, "Jobs").update(VisibilityTimeOut=180)),
    Fault("a property that is missing", "E3003", "DisconnectRoute", lambda t: properties(t, "DisconnectRoute").pop("RouteKey")),
    Fault("a value that is none of those", "E3030", "Distribution", lambda t: distribution(t).update(PriceClass="PriceClass_1")),
    Fault("a misspelt type", "E3006", "DeadRecords", lambda t: t["Resources"]["DeadRecords"].update(Type="AWS::SQS::Que")),
    Fault("a reference to nothing", "E1020", "AlarmMail", lambda t: properties(t, "AlarmMail").update(TopicArn={"Ref": "Alarm"})),
    Fault("an attribute that there is not", "E1010", "ItemsRuleRole", lambda t: may(t, "ItemsRuleRole", "sqs:SendMessage").update(Resource={"Fn::GetAtt": ["DeadItems", "ARN"]})),
    Fault("a variable of Fn::Sub that there is not", "E1019", "WebAcl", lambda t: properties(t, "WebAcl")["VisibilityConfig"].update(MetricName={"Fn::Sub": "${AWS::Stack}-web"})),
    Fault("a condition that there is not", "E3015", "Address", lambda t: t["Resources"]["Address"].update(Condition="HasZones")),
    Fault("a number out of range", "E3034", "DeadJobs", lambda t: properties(t, "DeadJobs").update(MessageRetentionPeriod=12096000)),
    Fault("a text for a number", "E3012", "ItemsQueue", lambda t: properties(t, "ItemsQueue").update(VisibilityTimeout="three minutes")),
    Fault("an action that IAM does not know", "W3037", "NotifyRole", lambda t: may(t, "NotifyRole", "dynamodb:GetItem")["Action"].append("dynamodb:GetItems")),
]
