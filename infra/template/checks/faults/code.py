"""Differences between the template and the code: permissions, variables and event sources of functions, and names that are changed in
only one of the two."""

from . import Fault, event, properties, remove_action, statement_allowing, variables

BACKEND = "infra/backend/src"


def _allow(template, role, *actions):
    statement_allowing(template, role, "dynamodb:GetItem")["Action"] += actions


def _keys(template, role, action, index=0):
    return statement_allowing(template, role, action, index)["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]


def _rename(keys, old, new):
    keys[keys.index(old)] = new


FAULTS = [
    # ---- permissions
    Fault("the API's role without permissions for the table", "roles_match_code", "Api needs dynamodb:Query on <Table.Arn>", lambda t: properties(t, "ApiRole")["Policies"][0]["PolicyDocument"]["Statement"].pop(0)),
    Fault("a role without an action that the code needs", "roles_match_code", "Fanout needs dynamodb:PutItem", lambda t: remove_action(t, "FanoutRole", "dynamodb:PutItem")),
    Fault("a role without an action of a transaction", "roles_match_code", "Sweep needs dynamodb:ConditionCheckItem", lambda t: remove_action(t, "SweepRole", "dynamodb:ConditionCheckItem")),
    Fault("a role with an action that the code does not need", "roles_match_code", "Sweep does not need dynamodb:UpdateItem on <Table.Arn>, which its role allows", lambda t: _allow(t, "SweepRole", "dynamodb:UpdateItem")),
    Fault("a role that may scan the table", "roles_match_code", "Api does not need dynamodb:Scan", lambda t: _allow(t, "ApiRole", "dynamodb:Scan")),
    Fault("a misspelt action", "roles_match_code", "Notify does not need dynamodb:GetItems", lambda t: _allow(t, "NotifyRole", "dynamodb:GetItems")),
    Fault("a role for another queue than the function reads", "roles_match_code", "Notify does not need sqs:ReceiveMessage on <ItemsQueue.Arn>", lambda t: statement_allowing(t, "NotifyRole", "sqs:ReceiveMessage").update(Resource={"Fn::GetAtt": ["ItemsQueue", "Arn"]})),
    Fault("a role that may not delete messages", "roles_match_code", "Ingest needs sqs:DeleteMessage", lambda t: remove_action(t, "IngestRole", "sqs:DeleteMessage")),
    Fault("a role that may not send to a queue", "roles_match_code", "Fanout needs sqs:SendMessage on <ShardQueue.Arn>", lambda t: statement_allowing(t, "FanoutRole", "sqs:SendMessage").update(Resource=[{"Fn::GetAtt": ["Jobs", "Arn"]}, {"Fn::GetAtt": ["DeadRecords", "Arn"]}])),
    Fault("an OnFailure destination without permission", "roles_match_code", "Fanout needs sqs:SendMessage on <DeadRecords.Arn>", lambda t: statement_allowing(t, "FanoutRole", "sqs:SendMessage")["Resource"].pop()),
    Fault("a dead-letter queue without permission", "roles_match_code", "Ingest needs sqs:SendMessage on <DeadItems.Arn>", lambda t: statement_allowing(t, "IngestRole", "sqs:SendMessage").update(Resource={"Fn::GetAtt": ["DeadJobs", "Arn"]})),
    Fault("a role that may not read the stream", "roles_match_code", "Fanout needs dynamodb:GetRecords", lambda t: remove_action(t, "FanoutRole", "dynamodb:GetRecords")),
    Fault("a role that may not publish to the topic", "roles_match_code", "Fanout needs sns:Publish on <Events>", lambda t: statement_allowing(t, "FanoutRole", "sns:Publish").update(Resource={"Ref": "ItemsTopic"})),
    Fault("a role for connections of another stage", "roles_match_code", "Live needs execute-api:ManageConnections", lambda t: statement_allowing(t, "LiveRole", "execute-api:ManageConnections").update(Resource={"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${LiveApi}/prod/POST/@connections/*"})),
    Fault("a role for connections of another API", "roles_match_code", "Fanout needs execute-api:ManageConnections", lambda t: statement_allowing(t, "FanoutRole", "execute-api:ManageConnections").update(Resource={"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/live/POST/@connections/*"})),
    Fault("a role that may not close connections", "roles_match_code", "Notify needs execute-api:ManageConnections", lambda t: statement_allowing(t, "NotifyRole", "execute-api:ManageConnections")["Resource"].pop()),
    Fault("a role that may read connections", "roles_match_code", "Api does not need execute-api:ManageConnections", lambda t: statement_allowing(t, "ApiRole", "execute-api:ManageConnections").update(Resource=[{"Fn::Sub": f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{LiveApi}}/live/{method}/@connections/*"} for method in ("POST", "DELETE", "GET")])),
    Fault("a role for topics of another stack", "roles_match_code", "Fanout needs iot:Publish", lambda t: statement_allowing(t, "FanoutRole", "iot:Publish").update(Resource={"Fn::Sub": "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:topic/other/*"})),
    Fault("a role that may not assume the browser role", "roles_match_code", "Api needs sts:AssumeRole", lambda t: t["Resources"].pop("MayLetListen")),
    Fault("a role that may not write logs", "roles_match_code", "Live needs logs:PutLogEvents", lambda t: remove_action(t, "LiveRole", "logs:PutLogEvents")),
    Fault("a role for the log group of another function", "roles_match_code", "Live needs logs:PutLogEvents on <LiveLogs.Arn>", lambda t: statement_allowing(t, "LiveRole", "logs:PutLogEvents").update(Resource={"Fn::GetAtt": ["ApiLogs", "Arn"]})),
    Fault("a role that may not decrypt secrets", "roles_match_code", "Notify needs kms:Decrypt on <SecretsKey.Arn>", lambda t: remove_action(t, "NotifyRole", "kms:Decrypt")),
    Fault("a role that may decrypt secrets without need", "roles_match_code", "Fanout does not need kms:Decrypt on <SecretsKey.Arn>, which its role allows", lambda t: properties(t, "FanoutRole")["Policies"][0]["PolicyDocument"]["Statement"].append({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": {"Fn::GetAtt": ["SecretsKey", "Arn"]}})),
    Fault("secrets with the key for AWS services", "variables_match_code", "Api has RALLY_SECRETS_KEY=", lambda t: variables(t, "Api").update(RALLY_SECRETS_KEY={"Fn::GetAtt": ["MessagesKey", "Arn"]})),
    Fault("a role that may not write traces", "roles_match_code", "Sweep needs xray:PutTraceSegments", lambda t: remove_action(t, "SweepRole", "xray:PutTraceSegments")),
    Fault("a role for all partitions", "partitions_match_code", "Live allows dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:Query in all partitions", lambda t: statement_allowing(t, "LiveRole", "dynamodb:GetItem").pop("Condition")),
    Fault("a role for one partition too many", "partitions_match_code", "Live allows dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:Query in SECRETS", lambda t: _keys(t, "LiveRole", "dynamodb:GetItem").append("SECRETS")),
    Fault("a role for one partition too few", "partitions_match_code", "Ingest does not allow dynamodb:PutItem in ITEMS", lambda t: _keys(t, "IngestRole", "dynamodb:PutItem").__setitem__(0, "ITEM")),
    Fault("a partition pattern without its wildcard", "partitions_match_code", "Live does not allow dynamodb:PutItem in TOPIC#*", lambda t: _rename(_keys(t, "LiveRole", "dynamodb:PutItem"), "TOPIC#*", "TOPIC#")),
    Fault("a condition without ForAllValues", "partitions_match_code", "in all partitions", lambda t: statement_allowing(t, "SweepRole", "dynamodb:PutItem").update(Condition={"StringLike": {"dynamodb:LeadingKeys": ["LINES"]}})),
    Fault("a new call that no role allows", "roles_match_code", "Ingest needs sqs:SendMessage on", code=(f"{BACKEND}/ingest.rs", "let ItemWrite { key, content, order } = write?;", "app.jobs().enqueue(&[]).await.unwrap(); let ItemWrite { key, content, order } = write?;")),
    Fault("a new action that no role allows", "roles_match_code", "dynamodb:Scan", code=(f"{BACKEND}/tables/store.rs", "let items = self.query(keys::TABLES,", "self.client.scan().send().await?; let items = self.query(keys::TABLES,")),
    Fault("a partition that is renamed in code", "partitions_match_code", "Ingest does not allow dynamodb:PutItem in THINGS", code=(f"{BACKEND}/db/keys.rs", [('pub const ITEMS: &str = "ITEMS"', 'pub const ITEMS: &str = "THINGS"'), ("| item | `ITEMS` |", "| item | `THINGS` |")], None)),
    Fault("a recursive loop that stops only on AWS", "recursive_loops_are_declared", "recursive invocations of Fanout", code=("infra/local/src/deployment.rs", 'function: "fanout", is_allowed: false', 'function: "fanout", is_allowed: true')),
    # ---- variables
    Fault("a missing variable", "variables_match_code", "Notify lacks the variable RALLY_JOBS_QUEUE", lambda t: variables(t, "Notify").pop("RALLY_JOBS_QUEUE")),
    Fault("a missing table name", "variables_match_code", "Ingest lacks the variable RALLY_TABLE", lambda t: t["Globals"]["Function"]["Environment"]["Variables"].pop("RALLY_TABLE")),
    Fault("a misspelt variable", "variables_match_code", "RALLY_OIDC_CLIENTID, which infra/backend/src/config.rs does not define", lambda t: variables(t, "Api").update(RALLY_OIDC_CLIENTID=variables(t, "Api").pop("RALLY_OIDC_CLIENT_ID"))),
    Fault("a variable that the code does not read", "variables_match_code", "Live has the variable RALLY_CONTACT, which its code does not read", lambda t: variables(t, "Live").update(RALLY_CONTACT="mailto:a@b.c")),
    Fault("a variable with another's value", "variables_match_code", "Fanout has RALLY_JOBS_QUEUE=", lambda t: variables(t, "Fanout").update(RALLY_JOBS_QUEUE={"Ref": "ShardQueue"})),
    Fault("a topic name in place of the ARN", "variables_match_code", "Fanout has RALLY_EVENTS_TOPIC=", lambda t: variables(t, "Fanout").update(RALLY_EVENTS_TOPIC={"Fn::GetAtt": ["Events", "TopicName"]})),
    Fault("a callback URL with another stage", "variables_match_code", "Live has RALLY_CALLBACK_URL=", lambda t: variables(t, "Live").update(RALLY_CALLBACK_URL={"Fn::Sub": "https://${LiveApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/prod"})),
    Fault("another site address", "variables_match_code", "Notify has RALLY_SITE_URL=", lambda t: variables(t, "Notify").update(RALLY_SITE_URL={"Fn::GetAtt": ["Site", "WebsiteURL"]})),
    Fault("a variable that is renamed in code", "variables_match_code", "RALLY_JOBS_QUEUE, which infra/backend/src/config.rs does not define", code=(f"{BACKEND}/config.rs", 'variable("RALLY_JOBS_QUEUE")', 'variable("RALLY_LATER_QUEUE")')),
    Fault("a variable that is new in code", "variables_match_code", "lacks the variable RALLY_MOTTO, which its code reads", code=(f"{BACKEND}/config.rs", 'stack: variable("RALLY_STACK")', 'stack: variable("RALLY_MOTTO")')),
    # ---- event sources
    Fault("another stream filter", "stream_filter_matches_code", "FanoutChanges has other filters", lambda t: event(t, "Fanout", "Changes")["FilterCriteria"]["Filters"].pop()),
    Fault("a filter that is changed only in code", "stream_filter_matches_code", "FanoutChanges has other filters", code=(f"{BACKEND}/reactions/stream.rs", '"LINES",', '"QUEUES",')),
    Fault("a filter for a partition that is renamed", "stream_filter_matches_code", "drops STANDINGS", code=(f"{BACKEND}/db/keys.rs", [('pub const QUEUES: &str = "LINES"', 'pub const QUEUES: &str = "STANDINGS"'), ("| `LINES` |", "| `STANDINGS` |")], None)),
    Fault("a record that the filter drops", "stream_filter_matches_code", "drops DEVICES", code=(f"{BACKEND}/reactions/stream/reaction.rs", "keys::QUEUES => of_queue(position, &images),", "keys::QUEUES | keys::DEVICES => of_queue(position, &images),")),
    Fault("a filter for an attribute that is renamed", "stream_filter_matches_code", "greet", code=(f"{BACKEND}/db/records.rs", 'rename = "greet"', 'rename = "welcome"')),
    Fault("a topic that is renamed", "stream_filter_matches_code", "no topic begins with room/", code=("crates/domain/src/topic.rs", 'Self::Room(id) => write!(formatter, "room/{id}")', 'Self::Room(id) => write!(formatter, "rooms/{id}")')),
    Fault("another filter policy", "filter_policy_matches_code", "NotifyNews has another filter policy", lambda t: event(t, "Notify", "News")["FilterPolicy"]["kind"].pop()),
    Fault("a filter policy on the message body", "filter_policy_matches_code", "NotifyNews has another filter policy", lambda t: event(t, "Notify", "News").update(FilterPolicyScope="MessageBody")),
    Fault("a kind of event that is renamed in code", "filter_policy_matches_code", "names room_closed", code=("crates/domain/src/event.rs", '"room_closed"', '"room_ended"')),
    Fault("a kind of event that is new in code", "filter_policy_matches_code", "drops table_gone", code=("crates/domain/src/event.rs", 'EventKind::Called { .. } => "line_called",', 'EventKind::Called { .. } => "line_called", EventKind::Gone { .. } => "table_gone",')),
    Fault("a message attribute that is renamed", "filter_policy_matches_code", "which aws/events.rs does not set", code=(f"{BACKEND}/aws/events.rs", '.message_attributes("kind"', '.message_attributes("type"')),
    Fault("a queue that invokes another function", "event_sources_match_code", "Fanout has the event source mappings", lambda t: event(t, "Fanout", "Shards").update(Queue={"Fn::GetAtt": ["Jobs", "Arn"]})),
    Fault("a stream without an event source mapping", "event_sources_match_code", "Fanout has the event source mappings ['<ShardQueue.Arn>']", lambda t: properties(t, "Fanout")["Events"].pop("Changes")),
    Fault("a topic without a subscription", "event_sources_match_code", "Notify is subscribed to []", lambda t: properties(t, "Notify")["Events"].pop("News")),
    Fault("a subscription to another topic", "event_sources_match_code", "Ingest is subscribed to ['<Events>']", lambda t: event(t, "Ingest", "Published").update(Topic={"Ref": "Events"})),
    Fault("a needed recursive loop that Lambda stops", "recursive_loops_are_declared", "Notify has RecursiveLoop None", lambda t: properties(t, "Notify").pop("RecursiveLoop")),
    Fault("a recursive loop that Lambda does not stop", "recursive_loops_are_declared", "Fanout has RecursiveLoop Allow", lambda t: properties(t, "Fanout").update(RecursiveLoop="Allow")),
    Fault("another job in the shard queue", "shard_queue_has_only_shards", "sends Advance", code=(f"{BACKEND}/realtime/fanout.rs", "Job::PublishToShard", "Job::Advance")),
    Fault("less memory than in the cost model", "sizes_match_cost_model", "Fanout has 256 MB", lambda t: properties(t, "Fanout").pop("MemorySize")),
    Fault("several shards in one invocation", "sizes_match_cost_model", "FanoutShards has a batch size of 10", lambda t: event(t, "Fanout", "Shards").update(BatchSize=10)),
    Fault("a metric that the cost model does not count", "sizes_match_cost_model", "functions publish 9 metrics", code=(f"{BACKEND}/reactions/job_runner.rs", 'Metric::count("Gone"', 'Metric::count("Left"')),
    Fault("a stream with a batching window", "sizes_match_cost_model", "has a batching window", lambda t: event(t, "Fanout", "Changes").update(MaximumBatchingWindowInSeconds=5)),
    # ---- the table and the programs
    Fault("no stream", "table_matches_schema", "has no stream", lambda t: (properties(t, "Table").pop("StreamSpecification"))),
    Fault("a stream with only keys", "table_matches_schema", "has no stream of NEW_AND_OLD_IMAGES", lambda t: properties(t, "Table").update(StreamSpecification={"StreamViewType": "KEYS_ONLY"})),
    Fault("a time to live with another attribute", "table_matches_schema", "no time to live with the attribute expires", lambda t: properties(t, "Table")["TimeToLiveSpecification"].update(AttributeName="ttl")),
    Fault("a time to live that is renamed in code", "table_matches_schema", "no time to live with the attribute ends", code=(f"{BACKEND}/db/schema.rs", 'attribute_name("expires")', 'attribute_name("ends")')),
    Fault("another key schema", "table_matches_schema", "has other keys", lambda t: properties(t, "Table").update(KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])),
    Fault("a table without point-in-time recovery", "table_matches_schema", "has no point-in-time recovery", lambda t: properties(t, "Table").pop("PointInTimeRecoverySpecification")),
    Fault("a table without deletion protection", "table_matches_schema", "does not have the deletion protection", lambda t: properties(t, "Table").pop("DeletionProtectionEnabled")),
    Fault("a role for the stack's own table in place of the restored one", "table_matches_schema", "SweepRole uses the stack's own table", lambda t: statement_allowing(t, "SweepRole", "dynamodb:GetItem").update(Resource={"Fn::GetAtt": ["Table", "Arn"]})),
    Fault("functions that use the stack's own table in place of the restored one", "variables_match_code", "Api has RALLY_TABLE='<Table>'", lambda t: t["Globals"]["Function"]["Environment"]["Variables"].update(RALLY_TABLE={"Ref": "Table"})),
    Fault("a table that is deleted with the stack", "data_is_retained", "Table is not retained with the stack", lambda t: t["Resources"]["Table"].pop("DeletionPolicy")),
    Fault("a table that is retained after a failed deployment", "data_is_retained", "retained after a failed creation: DeletionPolicy Retain", lambda t: t["Resources"]["Table"].update(DeletionPolicy="Retain")),
    Fault("a user pool that is deleted with the stack", "data_is_retained", "People is not retained", lambda t: t["Resources"]["People"].update(DeletionPolicy="Delete")),
    Fault("a custom domain without a certificate", "contradictory_parameters_are_rejected", "no rule rejects {'DomainName'", lambda t: t["Rules"].pop("OwnNameHasCertificate")),
    Fault("a restored table without its stream", "contradictory_parameters_are_rejected", "RestoredTable", lambda t: t["Rules"].pop("RestoredHasBoth")),
    Fault("the program of another function", "programs_match_functions", "Live has the CodeUri ../target/lambda/api", lambda t: properties(t, "Live").update(CodeUri="../target/lambda/api")),
    Fault("a program without a function", "programs_match_functions", "Sweep is a program without a function", lambda t: t["Resources"].pop("Sweep")),
    Fault("another processor architecture than the programs are built for", "programs_match_functions", "cannot run a program", lambda t: t["Globals"]["Function"].update(Architectures=["x86_64"])),
    Fault("another tracing mode than the parameter", "programs_match_functions", "the tracing mode of the parameter Traces", lambda t: t["Globals"]["Function"].update(Tracing="Active")),
]
