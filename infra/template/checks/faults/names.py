"""Faults of names."""

from . import Fault, event, properties

FAULTS = [
    Fault("a name that SAM makes up", "named_after_the_stack", "SweepMinute is called SweepMinute", lambda t: event(t, "Sweep", "Minute").pop("OmitName")),
    Fault("a second stack in the region", "no_two_stacks_collide", "rally-two in us-east-1 is called SweepMinute", lambda t: event(t, "Sweep", "Minute").pop("OmitName")),
    Fault("the same stack in another region", "no_two_stacks_collide", "of rally in eu-west-1 is called rally-headers", lambda t: properties(t, "Headers")["ResponseHeadersPolicyConfig"].update(Name={"Fn::Sub": "${AWS::StackName}-headers"})),
    Fault("a global name without the region", "named_after_the_stack", "lacks the region", lambda t: properties(t, "Pages").update(Name={"Fn::Sub": "${AWS::StackName}-pages"})),
    Fault("a queue with a name of its own", "named_after_the_stack", "Jobs is called jobs", lambda t: properties(t, "Jobs").update(QueueName="jobs")),
    Fault("a kind of resource that nobody has thought of", "named_after_the_stack", "AWS::Kinesis::Stream", lambda t: t["Resources"].update(More={"Type": "AWS::Kinesis::Stream", "Properties": {}})),
]
