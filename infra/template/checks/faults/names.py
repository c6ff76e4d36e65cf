"""Faults of names."""

from . import Fault, event, properties

FAULTS = [
    Fault("a name that SAM generates", "names_contain_stack_and_region", "SweepMinute is named SweepMinute", lambda t: event(t, "Sweep", "Minute").pop("OmitName")),
    Fault("a second stack in the region", "stacks_do_not_collide", "rally-two in us-east-1 is named SweepMinute", lambda t: event(t, "Sweep", "Minute").pop("OmitName")),
    Fault("the same stack in another region", "stacks_do_not_collide", "of rally in eu-west-1 is named rally-headers", lambda t: properties(t, "Headers")["ResponseHeadersPolicyConfig"].update(Name={"Fn::Sub": "${AWS::StackName}-headers"})),
    Fault("an account-wide name without the region", "names_contain_stack_and_region", "without the region", lambda t: properties(t, "Pages").update(Name={"Fn::Sub": "${AWS::StackName}-pages"})),
    Fault("a queue with a fixed name", "names_contain_stack_and_region", "Jobs is named jobs", lambda t: properties(t, "Jobs").update(QueueName="jobs")),
    Fault("a resource type without an entry", "names_contain_stack_and_region", "AWS::Kinesis::Stream", lambda t: t["Resources"].update(More={"Type": "AWS::Kinesis::Stream", "Properties": {}})),
]
