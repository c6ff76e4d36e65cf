"""Faults between the template and the code: a function's permissions, variables and triggers; and names changed in only one of
them."""

from . import Fault, event, forbid, may, properties, variables

BACKEND = "infra/backend/src"


def _also(template, role, *actions):
    may(template, role, "dynamodb:GetItem")["Action"] += actions


def _keys(template, role, action, place=0):
    return may(template, role, action, place)["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]


def _rename(keys, old, new):
    keys[keys.index(old)] = new


FAULTS = [
    # ---- permissions
    Fault("the API's role without the table", "may_what_it_does", "Api may not dynamodb:Query on <Table.Arn>", lambda t: properties(t, "ApiRole")["Policies"][0]["PolicyDocument"]["Statement"].pop(0)),
    Fault("a function without an action that its code calls", "may_what_it_does", "Fanout may not dynamodb:PutItem", lambda t: forbid(t, "FanoutRole", "dynamodb:PutItem")),
    Fault("a transaction without one of its members", "may_what_it_does", "Sweep may not dynamodb:ConditionCheckItem", lambda t: forbid(t, "SweepRole", "dynamodb:ConditionCheckItem")),
    Fault("an action that the code never calls", "may_what_it_does", "Sweep may dynamodb:UpdateItem on <Table.Arn>, which it never does", lambda t: _also(t, "SweepRole", "dynamodb:UpdateItem")),
    Fault("a scan", "may_what_it_does", "Api may dynamodb:Scan", lambda t: _also(t, "ApiRole", "dynamodb:Scan")),
    Fault("a misspelt action", "may_what_it_does", "Notify may dynamodb:GetItems", lambda t: _also(t, "NotifyRole", "dynamodb:GetItems")),
    Fault("a queue that is read in vain", "may_what_it_does", "Notify may sqs:ReceiveMessage on <ItemsQueue.Arn>", lambda t: may(t, "NotifyRole", "sqs:ReceiveMessage").update(Resource={"Fn::GetAtt": ["ItemsQueue", "Arn"]})),
    Fault("a queue that cannot be read", "may_what_it_does", "Ingest may not sqs:DeleteMessage", lambda t: forbid(t, "IngestRole", "sqs:DeleteMessage")),
    Fault("a queue that cannot be sent to", "may_what_it_does", "Fanout may not sqs:SendMessage on <ShardQueue.Arn>", lambda t: may(t, "FanoutRole", "sqs:SendMessage").update(Resource=[{"Fn::GetAtt": ["Jobs", "Arn"]}, {"Fn::GetAtt": ["DeadRecords", "Arn"]}])),
    Fault("OnFailure without permission", "may_what_it_does", "Fanout may not sqs:SendMessage on <DeadRecords.Arn>", lambda t: may(t, "FanoutRole", "sqs:SendMessage")["Resource"].pop()),
    Fault("a dead-letter queue without permission", "may_what_it_does", "Ingest may not sqs:SendMessage on <DeadItems.Arn>", lambda t: may(t, "IngestRole", "sqs:SendMessage").update(Resource={"Fn::GetAtt": ["DeadJobs", "Arn"]})),
    Fault("a stream that cannot be read", "may_what_it_does", "Fanout may not dynamodb:GetRecords", lambda t: forbid(t, "FanoutRole", "dynamodb:GetRecords")),
    Fault("a topic that cannot be published to", "may_what_it_does", "Fanout may not sns:Publish on <Events>", lambda t: may(t, "FanoutRole", "sns:Publish").update(Resource={"Ref": "ItemsTopic"})),
    Fault("connections of a wrong stage", "may_what_it_does", "Live may not execute-api:ManageConnections", lambda t: may(t, "LiveRole", "execute-api:ManageConnections").update(Resource={"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${LiveApi}/prod/POST/@connections/*"})),
    Fault("connections of another API", "may_what_it_does", "Fanout may not execute-api:ManageConnections", lambda t: may(t, "FanoutRole", "execute-api:ManageConnections").update(Resource={"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/live/POST/@connections/*"})),
    Fault("connections that cannot be ended", "may_what_it_does", "Notify may not execute-api:ManageConnections", lambda t: may(t, "NotifyRole", "execute-api:ManageConnections")["Resource"].pop()),
    Fault("connections that are looked at unasked", "may_what_it_does", "Api may execute-api:ManageConnections", lambda t: may(t, "ApiRole", "execute-api:ManageConnections").update(Resource=[{"Fn::Sub": f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{LiveApi}}/live/{method}/@connections/*"} for method in ("POST", "DELETE", "GET")])),
    Fault("another stack's topics at IoT Core", "may_what_it_does", "Fanout may not iot:Publish", lambda t: may(t, "FanoutRole", "iot:Publish").update(Resource={"Fn::Sub": "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:topic/other/*"})),
    Fault("a role that cannot be taken on", "may_what_it_does", "Api may not sts:AssumeRole", lambda t: t["Resources"].pop("MayLetListen")),
    Fault("logs that cannot be written", "may_what_it_does", "Live may not logs:PutLogEvents", lambda t: forbid(t, "LiveRole", "logs:PutLogEvents")),
    Fault("logs of another function", "may_what_it_does", "Live may not logs:PutLogEvents on <LiveLogs.Arn>", lambda t: may(t, "LiveRole", "logs:PutLogEvents").update(Resource={"Fn::GetAtt": ["ApiLogs", "Arn"]})),
    Fault("secrets that cannot be opened", "may_what_it_does", "Notify may not kms:Decrypt on <SecretsKey.Arn>", lambda t: forbid(t, "NotifyRole", "kms:Decrypt")),
    Fault("secrets that are opened unasked", "may_what_it_does", "Fanout may kms:Decrypt on <SecretsKey.Arn>, which it never does", lambda t: properties(t, "FanoutRole")["Policies"][0]["PolicyDocument"]["Statement"].append({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": {"Fn::GetAtt": ["SecretsKey", "Arn"]}})),
    Fault("secrets under the key that services use", "settings", "Api is told RALLY_SECRETS_KEY", lambda t: variables(t, "Api").update(RALLY_SECRETS_KEY={"Fn::GetAtt": ["MessagesKey", "Arn"]})),
    Fault("traces that cannot be written", "may_what_it_does", "Sweep may not xray:PutTraceSegments", lambda t: forbid(t, "SweepRole", "xray:PutTraceSegments")),
    Fault("all partitions", "partitions", "Live may dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:Query in every partition", lambda t: may(t, "LiveRole", "dynamodb:GetItem").pop("Condition")),
    Fault("a partition too many", "partitions", "Live may dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:Query in SECRETS", lambda t: _keys(t, "LiveRole", "dynamodb:GetItem").append("SECRETS")),
    Fault("a partition too few", "partitions", "Ingest may not dynamodb:PutItem in ITEMS", lambda t: _keys(t, "IngestRole", "dynamodb:PutItem").__setitem__(0, "ITEM")),
    Fault("a partition without what follows", "partitions", "Live may not dynamodb:PutItem in TOPIC#*", lambda t: _rename(_keys(t, "LiveRole", "dynamodb:PutItem"), "TOPIC#*", "TOPIC#")),
    Fault("a condition that is no list's", "partitions", "in every partition", lambda t: may(t, "SweepRole", "dynamodb:PutItem").update(Condition={"StringLike": {"dynamodb:LeadingKeys": ["LINES"]}})),
    Fault("a call that no role allows", "may_what_it_does", "Ingest may not sqs:SendMessage on", code=(f"{BACKEND}/ingest.rs", "let ItemWrite { key, content, order } = write?;", "app.jobs().enqueue(&[]).await.unwrap(); let ItemWrite { key, content, order } = write?;")),
    Fault("a new service that no role allows", "may_what_it_does", "dynamodb:Scan", code=(f"{BACKEND}/tables/store.rs", "let items = self.query(keys::TABLES,", "self.client.scan().send().await?; let items = self.query(keys::TABLES,")),
    Fault("a partition that is renamed in code", "partitions", "Ingest may not dynamodb:PutItem in THINGS", code=(f"{BACKEND}/db/keys.rs", [('pub const ITEMS: &str = "ITEMS"', 'pub const ITEMS: &str = "THINGS"'), ("| item | `ITEMS` |", "| item | `THINGS` |")], None)),
    Fault("a loop that is ended on AWS alone", "loops", "lets Fanout invoke itself otherwise", code=("infra/local/src/deployment.rs", 'function: "fanout", is_allowed: false', 'function: "fanout", is_allowed: true')),
    # ---- variables
    Fault("a variable that is missing", "settings", "Notify is not given RALLY_JOBS_QUEUE", lambda t: variables(t, "Notify").pop("RALLY_JOBS_QUEUE")),
    Fault("the table's name is missing", "settings", "Ingest is not given RALLY_TABLE", lambda t: t["Globals"]["Function"]["Environment"]["Variables"].pop("RALLY_TABLE")),
    Fault("a misspelt variable", "settings", "RALLY_OIDC_CLIENTID, which is no setting", lambda t: variables(t, "Api").update(RALLY_OIDC_CLIENTID=variables(t, "Api").pop("RALLY_OIDC_CLIENT_ID"))),
    Fault("a variable that nobody reads", "settings", "Live is given RALLY_CONTACT, which its code never reads", lambda t: variables(t, "Live").update(RALLY_CONTACT="mailto:a@b.c")),
    Fault("a variable with another's value", "settings", "Fanout is told RALLY_JOBS_QUEUE", lambda t: variables(t, "Fanout").update(RALLY_JOBS_QUEUE={"Ref": "ShardQueue"})),
    Fault("a name for an address", "settings", "Fanout is told RALLY_EVENTS_TOPIC", lambda t: variables(t, "Fanout").update(RALLY_EVENTS_TOPIC={"Fn::GetAtt": ["Events", "TopicName"]})),
    Fault("connections under a wrong stage", "settings", "Live is told RALLY_CALLBACK_URL", lambda t: variables(t, "Live").update(RALLY_CALLBACK_URL={"Fn::Sub": "https://${LiveApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/prod"})),
    Fault("links to another site", "settings", "Notify is told RALLY_SITE_URL", lambda t: variables(t, "Notify").update(RALLY_SITE_URL={"Fn::GetAtt": ["Site", "WebsiteURL"]})),
    Fault("a setting that is renamed in code", "settings", "RALLY_JOBS_QUEUE, which is no setting", code=(f"{BACKEND}/config.rs", 'variable("RALLY_JOBS_QUEUE")', 'variable("RALLY_LATER_QUEUE")')),
    Fault("a setting that is new in code", "settings", "is not given RALLY_MOTTO, which its code reads", code=(f"{BACKEND}/config.rs", 'stack: variable("RALLY_STACK")', 'stack: variable("RALLY_MOTTO")')),
    # ---- triggers
    Fault("another filter", "filters", "FanoutChanges filters otherwise", lambda t: event(t, "Fanout", "Changes")["FilterCriteria"]["Filters"].pop()),
    Fault("a filter that is renamed on one side", "filters", "FanoutChanges filters otherwise", code=(f"{BACKEND}/reactions/stream.rs", '"LINES",', '"QUEUES",')),
    Fault("a filter for a partition that is renamed", "filters", "leaves out STANDINGS", code=(f"{BACKEND}/db/keys.rs", [('pub const QUEUES: &str = "LINES"', 'pub const QUEUES: &str = "STANDINGS"'), ("| `LINES` |", "| `STANDINGS` |")], None)),
    Fault("a record that the filter leaves out", "filters", "leaves out DEVICES", code=(f"{BACKEND}/reactions/stream/reaction.rs", "keys::QUEUES => of_queue(position, &images),", "keys::QUEUES | keys::DEVICES => of_queue(position, &images),")),
    Fault("a filter for an attribute that is renamed", "filters", "greet", code=(f"{BACKEND}/db/records.rs", 'rename = "greet"', 'rename = "welcome"')),
    Fault("a topic that is renamed", "filters", "no topic begins with room/", code=("crates/domain/src/topic.rs", 'Self::Room(id) => write!(formatter, "room/{id}")', 'Self::Room(id) => write!(formatter, "rooms/{id}")')),
    Fault("another filter of events", "kinds", "NotifyNews chooses otherwise", lambda t: event(t, "Notify", "News")["FilterPolicy"]["kind"].pop()),
    Fault("a filter of another part of a message", "kinds", "NotifyNews chooses otherwise", lambda t: event(t, "Notify", "News").update(FilterPolicyScope="MessageBody")),
    Fault("a kind of event that is renamed in code", "kinds", "names room_closed", code=("crates/domain/src/event.rs", '"room_closed"', '"room_ended"')),
    Fault("a kind of event that is new in code", "kinds", "leaves out table_gone", code=("crates/domain/src/event.rs", 'EventKind::Called { .. } => "line_called",', 'EventKind::Called { .. } => "line_called", EventKind::Gone { .. } => "table_gone",')),
    Fault("an attribute of events that is renamed", "kinds", "which aws/events.rs does not say", code=(f"{BACKEND}/aws/events.rs", '.message_attributes("kind"', '.message_attributes("type"')),
    Fault("a queue that calls another function", "triggers", "Fanout is called by", lambda t: event(t, "Fanout", "Shards").update(Queue={"Fn::GetAtt": ["Jobs", "Arn"]})),
    Fault("a stream that calls nobody", "triggers", "Fanout is called by ['<ShardQueue.Arn>']", lambda t: properties(t, "Fanout")["Events"].pop("Changes")),
    Fault("a topic that tells nobody", "triggers", "Notify is told by []", lambda t: properties(t, "Notify")["Events"].pop("News")),
    Fault("a wrong topic", "triggers", "Ingest is told by ['<Events>']", lambda t: event(t, "Ingest", "Published").update(Topic={"Ref": "Events"})),
    Fault("a loop that Lambda ends", "loops", "RecursiveLoop None", lambda t: properties(t, "Notify").pop("RecursiveLoop")),
    Fault("a loop that is never ended", "loops", "RecursiveLoop Allow", lambda t: properties(t, "Fanout").update(RecursiveLoop="Allow")),
    Fault("another job for the fan-out's queue", "shards_alone", "sends Advance", code=(f"{BACKEND}/realtime/fanout.rs", "Job::PublishToShard", "Job::Advance")),
    Fault("less memory than is counted", "numbers", "Fanout has 256 MB", lambda t: properties(t, "Fanout").pop("MemorySize")),
    Fault("a crowd's shards in one invocation", "numbers", "FanoutShards hands over 10", lambda t: event(t, "Fanout", "Shards").update(BatchSize=10)),
    Fault("a figure that nobody counts", "numbers", "functions write 9 figures", code=(f"{BACKEND}/reactions/job_runner.rs", 'Metric::count("Gone"', 'Metric::count("Left"')),
    Fault("a stream that waits", "numbers", "waits before it calls", lambda t: event(t, "Fanout", "Changes").update(MaximumBatchingWindowInSeconds=5)),
    # ---- the table and the programs
    Fault("no stream", "table", "has no stream", lambda t: (properties(t, "Table").pop("StreamSpecification"))),
    Fault("a stream of keys alone", "table", "has no stream of NEW_AND_OLD_IMAGES", lambda t: properties(t, "Table").update(StreamSpecification={"StreamViewType": "KEYS_ONLY"})),
    Fault("a time to live of another attribute", "table", "forgets nothing at expires", lambda t: properties(t, "Table")["TimeToLiveSpecification"].update(AttributeName="ttl")),
    Fault("a time to live that is renamed in code", "table", "forgets nothing at ends", code=(f"{BACKEND}/db/schema.rs", 'attribute_name("expires")', 'attribute_name("ends")')),
    Fault("other keys", "table", "has other keys", lambda t: properties(t, "Table").update(KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])),
    Fault("a table that cannot be restored", "table", "cannot be restored", lambda t: properties(t, "Table").pop("PointInTimeRecoverySpecification")),
    Fault("a table that is not protected", "table", "protected otherwise", lambda t: properties(t, "Table").pop("DeletionProtectionEnabled")),
    Fault("a restored table that a role forgets", "table", "SweepRole goes on with the stack's own", lambda t: may(t, "SweepRole", "dynamodb:GetItem").update(Resource={"Fn::GetAtt": ["Table", "Arn"]})),
    Fault("a restored table that functions forget", "settings", "Api is told RALLY_TABLE '<Table>'", lambda t: t["Globals"]["Function"]["Environment"]["Variables"].update(RALLY_TABLE={"Ref": "Table"})),
    Fault("a table that goes with the stack", "what_people_made_is_kept", "Table goes with the stack", lambda t: t["Resources"]["Table"].pop("DeletionPolicy")),
    Fault("a table that a failed deployment leaves", "what_people_made_is_kept", "stays after a deployment that failed: Retain", lambda t: t["Resources"]["Table"].update(DeletionPolicy="Retain")),
    Fault("people who go with the stack", "what_people_made_is_kept", "People goes", lambda t: t["Resources"]["People"].update(DeletionPolicy="Delete")),
    Fault("a name without a certificate", "parameters_are_refused_early", "nothing refuses {'DomainName'", lambda t: t["Rules"].pop("OwnNameHasCertificate")),
    Fault("a restored table without its stream", "parameters_are_refused_early", "RestoredTable", lambda t: t["Rules"].pop("RestoredHasBoth")),
    Fault("the program of another function", "programs", "Live runs ../target/lambda/api", lambda t: properties(t, "Live").update(CodeUri="../target/lambda/api")),
    Fault("a program that no function runs", "programs", "Sweep is a program that no function runs", lambda t: t["Resources"].pop("Sweep")),
    Fault("other processors than are built for", "programs", "cannot run a program", lambda t: t["Globals"]["Function"].update(Architectures=["x86_64"])),
    Fault("traces that cannot be switched off", "programs", "traced otherwise", lambda t: t["Globals"]["Function"].update(Tracing="Active")),
]
