"""Comparison with the code: each function has exactly the permissions and environment variables that its code uses, and exactly the
event sources that its code handles."""

import json
import re

from .needs import EXCLUDED, READS, SHARD_JOB, SOURCE, WRITES, crate, functions, keys, needs, variables
from .rust_calls import text
from .stack import as_list, source, as_json

# Read by a library and not by `Config`: the filter of tracing.
READ_BY_LIBRARIES = {"RUST_LOG"}
# The origin secret of functions behind a gateway; `origin_secret_is_configured` checks which functions have it. If `Config` reads it, its
# use is derived from the code, too.
ORIGIN_SECRET_VARIABLES = {"ORIGIN_SECRET"}
# Variables with a default that suits a stack, or only for the local server.
OPTIONAL_VARIABLES = {
    "RALLY_LOOPBACK_ADMIN", "RALLY_OIDC_JWKS", "RALLY_ADMIN_GROUP", "RALLY_SHARD", "RALLY_RATES", "RALLY_PUSH_SERVICES", "RALLY_SLACK_HOSTS",
}
# Functions with permissions only for the partitions that their code uses. The others use most partitions.
LIMITED_TO_PARTITIONS = {"Ingest", "Live", "Sweep"}
# The event sources of each function: (queues and the stream, topics).
EVENT_SOURCES = {
    "Api": (set(), set()), "Live": (set(), set()), "Sweep": (set(), set()), "Fanout": ({"stream", "<ShardQueue.Arn>"}, set()),
    "Notify": ({"<Jobs.Arn>"}, {"<Events>"}), "Ingest": ({"<ItemsQueue.Arn>"}, {"<ItemsTopic>"}),
}
# The RecursiveLoop setting of functions that send to their own queue. Notify enqueues a job again until it is done; Fanout enqueues a shard
# once.
RECURSIVE_LOOPS = {"Notify": "Allow", "Fanout": "Terminate"}
# Kinds of events without a notification.
WITHOUT_NOTIFICATION = {"table_no_signal"}


def programs_match_functions(stack):
    """Each program of the backend is a function of the template, with its code, its runtime and its tracing mode."""
    declared = {name: one for name, one in stack.original["Resources"].items() if one["Type"] == "AWS::Serverless::Function"}
    for name in sorted(functions().keys() ^ declared.keys()):
        yield f"{name} is {'a function without a program of the backend' if name in declared else 'a program without a function in the template'}"
    for name, function in declared.items():
        if function["Properties"].get("CodeUri") != f"../target/lambda/{name.lower()}":
            yield f"{name} has the CodeUri {function['Properties'].get('CodeUri')}"
    for name, function in stack.functions().items():
        if function.get("Runtime") != "provided.al2023" or function.get("Handler") != "bootstrap" or function.get("Architectures") != [stack.parameters["Architecture"]]:
            yield f"{name} cannot run a program that is built for {stack.parameters['Architecture']}"
        if function.get("TracingConfig", {}).get("Mode") != stack.parameters["Traces"]:
            yield f"{name} does not have the tracing mode of the parameter Traces"


# ------------------------------------------------------------------ permissions


def _table(stack):
    restored = stack.parameters["RestoredTable"]
    return f"arn:aws:dynamodb:{stack.region}:123456789012:table/{restored}" if restored else "<Table.Arn>"


def _wanted(stack, name):
    """(action, resource) of each permission that a function's code and its event sources need."""
    need, function, given = needs()[name], stack.functions()[name], stack.variables(name)
    wanted = {(action, _table(stack)) for action in need.actions if action in READS | WRITES}
    for action in need.actions - READS - WRITES:
        match action:
            case "sqs:SendMessage":
                wanted |= {(action, f"<{stack.logical_id(given.get(queue))}.Arn>") for queue in need.queues}
            case "sns:Publish":
                wanted.add((action, given.get("RALLY_EVENTS_TOPIC")))
            case "iot:Publish":
                wanted.add((action, f"arn:aws:iot:{stack.region}:123456789012:topic/{stack.name}/*"))
            case "sts:AssumeRole":
                wanted |= {(action, given.get("RALLY_IOT_ROLE"))} - {(action, "")}
            case "execute-api:ManageConnections":
                for method in need.connections:
                    wanted.add((action, f"arn:aws:execute-api:{stack.region}:123456789012:<LiveApi>/live/{method}/@connections/*"))
            case "kms:Encrypt" | "kms:Decrypt" | "kms:GenerateDataKey":
                wanted.add((action, given.get("RALLY_SECRETS_KEY")))
            case _:
                wanted.add((action, f"an unknown resource (checks/code.py has no case for {action})"))
    group = function.get("LoggingConfig", {}).get("LogGroup", "<no group>").strip("<>")
    wanted |= {(action, f"<{group}.Arn>") for action in ("logs:CreateLogStream", "logs:PutLogEvents")}
    wanted |= {(action, "*") for action in ("xray:PutTraceSegments", "xray:PutTelemetryRecords")}
    for mapping in stack.event_source_mappings(name).values():
        if "StartingPosition" in mapping:
            wanted |= {(f"dynamodb:{action}", mapping["EventSourceArn"]) for action in ("DescribeStream", "GetRecords", "GetShardIterator")} | {("dynamodb:ListStreams", "*")}
            wanted.add(("sqs:SendMessage", mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")))
        else:
            wanted |= {(f"sqs:{action}", mapping["EventSourceArn"]) for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")}
    if "DeadLetterConfig" in function:
        wanted.add(("sqs:SendMessage", function["DeadLetterConfig"]["TargetArn"]))
    return wanted


def roles_match_code(stack):
    """The role of each function allows what its code and its event sources need, and nothing else."""
    for name, function in stack.functions().items():
        role = stack.logical_id(function.get("Role"))
        if name not in needs() or role is None:
            continue
        allowed = {(action, str(resource)) for one in stack.allow_statements(role) for action in as_list(one["Action"]) for resource in as_list(one["Resource"])}
        wanted = {(action, str(resource)) for action, resource in _wanted(stack, name)}
        for action, resource in sorted(wanted - allowed):
            yield f"{name} needs {action} on {resource}, which its role does not allow"
        for action, resource in sorted(allowed - wanted):
            yield f"{name} does not need {action} on {resource}, which its role allows"


def partitions_match_code(stack):
    """A function that uses few partitions may access only those (`dynamodb:LeadingKeys`)."""
    for name in sorted(LIMITED_TO_PARTITIONS & stack.functions().keys()):
        allowed = set()
        for statement in stack.allow_statements(stack.logical_id(stack.functions()[name]["Role"])):
            actions = set(as_list(statement["Action"])) & (READS | WRITES)
            if not actions:
                continue
            condition = statement.get("Condition", {})
            patterns = condition.get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys")
            if condition.keys() != {"ForAllValues:StringLike"} or not patterns:
                yield f"the role of {name} allows {', '.join(sorted(actions))} in all partitions of the table"
                continue
            allowed |= {(action, pattern) for action in actions for pattern in patterns}
            used = {f"{prefix}*" if prefix.endswith("#") else prefix for action, prefix in needs()[name].partitions if action in actions}
            for pattern in sorted(set(patterns) - used):
                yield f"the role of {name} allows {', '.join(sorted(actions))} in {pattern}, which its code does not need"
        for action, prefix in sorted(needs()[name].partitions):
            pattern = f"{prefix}*" if prefix.endswith("#") else prefix
            if (action, pattern) not in allowed:
                yield f"the role of {name} does not allow {action} in {pattern}, which its code needs"


# ------------------------------------------------------------------ variables


def _values(stack):
    """The expected value of each variable."""
    parameters = stack.parameters
    broker = bool(parameters["IotEndpoint"])
    return {
        "RUST_LOG": parameters["LogLevel"], "RALLY_TABLE": parameters["RestoredTable"] or "<Table>", "RALLY_STACK": stack.name,
        "RALLY_CALLBACK_URL": f"https://<LiveApi>.execute-api.{stack.region}.amazonaws.com/live", "RALLY_EVENTS_TOPIC": "<Events>",
        "RALLY_JOBS_QUEUE": "<Jobs>", "RALLY_SHARDS_QUEUE": "<ShardQueue>", "RALLY_IOT_PREFIX": stack.name if broker else "",
        "RALLY_IOT_ENDPOINT": parameters["IotEndpoint"], "RALLY_IOT_ROLE": "<Listener.Arn>" if broker else "", "RALLY_CONTACT": parameters["Contact"],
        "RALLY_SECRETS_KEY": "<SecretsKey.Arn>", "RALLY_TREE_EDITORS": parameters.get("TreeEditors"),
        "RALLY_SITE_URL": f"https://{parameters['DomainName'] or '<Distribution.DomainName>'}", "RALLY_ITEM_PARAMETER": parameters["ItemParameter"],
        "RALLY_RATES": parameters["Rates"],
    }


def variables_match_code(stack):
    """Each function has exactly the environment variables that its code reads, with the expected values."""
    known = set(variables().values()) | READ_BY_LIBRARIES | ORIGIN_SECRET_VARIABLES | {"RALLY_CALLBACK_URL"}
    for name in stack.functions():
        if name not in needs():
            continue
        given, read = stack.variables(name), needs()[name].variables
        for variable in sorted(given.keys() - known):
            yield f"{name} has the variable {variable}, which infra/backend/src/config.rs does not define"
        for variable in sorted(read - given.keys() - OPTIONAL_VARIABLES):
            yield f"{name} lacks the variable {variable}, which its code reads"
        unread = ORIGIN_SECRET_VARIABLES - set(variables().values())
        for variable in sorted((given.keys() & known) - read - READ_BY_LIBRARIES - unread):
            yield f"{name} has the variable {variable}, which its code does not read"
        for variable, value in _values(stack).items():
            if variable in given and given[variable] != value:
                yield f"{name} has {variable}={given[variable]!r}, expected {value!r}"
    undocumented = set(re.findall(r'env::var(?:_os)?\("(\w+)"', source(f"{SOURCE}/aws/lambda.rs"))) - {"RALLY_CALLBACK_URL", "AWS_XRAY_DAEMON_ADDRESS"}
    for variable in sorted(undocumented):
        yield f"infra/backend/src/aws/lambda.rs reads {variable}, but checks/code.py does not define which functions need it"


# ------------------------------------------------------------------ event sources


def event_sources_match_code(stack):
    """Each function has the event source mappings and subscriptions that its code handles."""
    for name, (queues, topics) in EVENT_SOURCES.items():
        mapped = {"stream" if "StartingPosition" in one else one["EventSourceArn"] for one in stack.event_source_mappings(name).values()}
        if mapped != queues:
            yield f"{name} has the event source mappings {sorted(mapped)}, but its code handles {sorted(queues)}"
        subscribed = {one["TopicArn"] for one in stack.of_type("AWS::SNS::Subscription").values() if one["Protocol"] == "lambda" and stack.logical_id(one["Endpoint"]) == name}
        if subscribed != topics:
            yield f"{name} is subscribed to {sorted(subscribed)}, but its code handles {sorted(topics)}"


def stream_filter_matches_code(stack):
    """The stream's filter is the same as in the code, passes the partitions that the code handles, and uses existing attributes."""
    stream = re.findall(r'r#"(\{"(?:dynamodb|eventName)".*?\})"#', source(f"{SOURCE}/reactions/stream.rs"))
    for name, mapping in stack.of_type("AWS::Lambda::EventSourceMapping").items():
        patterns = [one["Pattern"] for one in mapping.get("FilterCriteria", {}).get("Filters", [])]
        if "StartingPosition" in mapping and patterns != stream:
            yield f"{name} has other filters than infra/backend/src/reactions/stream.rs"
        if "StartingPosition" not in mapping and patterns:
            yield f"{name} has filters that the code does not have: {patterns}"
    passed = [json.loads(one).get("dynamodb", {}).get("Keys", {}).get("pk", {}).get("S", []) for one in stream]
    passed = {one if isinstance(one, str) else one["prefix"] for pattern in passed for one in pattern}
    handled = {keys()[name] for name in re.findall(r"keys::(\w+)", text(crate().functions[(("reactions", "stream", "reaction"), None, "reactions")].body)) if name in keys()}
    # Of the subscriptions, the filter passes only those of rooms.
    rooms = f"{keys()['subscribers']}room/"
    handled.discard(keys()["subscribers"])
    if not re.search(r'Self::Room\(\w+\) => write!\(\w+, "room/', source("crates/domain/src/topic.rs")):
        yield f"no topic begins with room/, which the stream's filter expects ({rooms})"
    for prefix in sorted(passed ^ (handled | {rooms})):
        yield f"the stream's filter {'passes' if prefix in passed else 'drops'} {prefix}, which reactions/stream/reaction.rs {'does not handle' if prefix in passed else 'handles'}"
    if not re.search(r'pub struct SubscriptionRecord \{.*?rename = "greet"', source(f"{SOURCE}/db/records.rs"), re.S):
        yield "the stream's filter uses the attribute greet, which no record has"


def filter_policy_matches_code(stack):
    """The filter policy of the subscription is the same as in the code, and passes the kinds of events that have notifications."""
    wanted = json.loads(re.search(r'FILTER: &str =\s*r#"(.*?)"#', source(f"{SOURCE}/notifications/handler.rs"), re.S).group(1))
    for name, subscription in stack.of_type("AWS::SNS::Subscription").items():
        if subscription["Protocol"] == "lambda" and subscription["TopicArn"] == "<Events>":
            if subscription.get("FilterPolicy") != wanted or subscription.get("FilterPolicyScope", "MessageAttributes") != "MessageAttributes":
                yield f"{name} has another filter policy than infra/backend/src/notifications/handler.rs"
        elif "FilterPolicy" in subscription:
            yield f"{name} has a filter policy, but the code handles all messages"
    for attribute in wanted:
        if f'.message_attributes("{attribute}"' not in source(f"{SOURCE}/aws/events.rs"):
            yield f"the filter policy uses the message attribute {attribute}, which aws/events.rs does not set"
    body = source("crates/domain/src/event.rs").split("pub const fn kind", 1)[1].split("\n    }\n", 1)[0]
    defined = set(re.findall(r'=> "(\w+)"', body))
    for kind in sorted(defined ^ (set(wanted["kind"]) | WITHOUT_NOTIFICATION)):
        yield f"the filter policy {'drops' if kind in defined else 'names'} {kind}, which crates/domain/src/event.rs {'defines' if kind in defined else 'does not define'}"


def recursive_loops_are_declared(stack):
    """A function that sends to its own queue sets RecursiveLoop ("Use Lambda recursive loop detection")."""
    for name in stack.functions():
        sent = {stack.logical_id(stack.variables(name).get(queue)) for queue in (needs()[name].queues if name in needs() else ())}
        received = {stack.logical_id(one["EventSourceArn"]) for one in stack.event_source_mappings(name).values()}
        wanted = RECURSIVE_LOOPS.get(name) if sent & received else None
        if (sent & received and wanted is None) or stack.functions()[name].get("RecursiveLoop") != wanted:
            yield f"{name} has RecursiveLoop {stack.functions()[name].get('RecursiveLoop')}, expected {wanted} for the queues that it sends to and reads"
    local = dict(re.findall(r'Recursion \{ function: "(\w+)", is_allowed: (true|false) \}', source("infra/local/src/deployment.rs")))
    for name, wanted in RECURSIVE_LOOPS.items():
        if (local.get(name.lower()) == "true") != (wanted == "Allow"):
            yield f"infra/local/src/deployment.rs does not handle recursive invocations of {name} as RecursiveLoop {wanted} does"


def shard_queue_has_only_shards(stack):
    """The queue ShardQueue has only shards, so the fan-out needs no permissions for other jobs."""
    del stack
    for key, called in crate().calls.items():
        if ("field", "App", "shard_jobs") in called or ((), "App", "shard_jobs") in called:
            sent = set(re.findall(r"Job::(\w+)", text(crate().functions[key].body))) - {SHARD_JOB}
            if sent and key[2] != "shard_jobs":
                yield f"{'::'.join(key[0])}::{key[2]} sends {', '.join(sorted(sent))} to the queue ShardQueue, but the role of Fanout is sufficient only for {SHARD_JOB}"
    for name, others in EXCLUDED.items():
        for key in others:
            if key not in crate().functions:
                yield f"checks/needs.py excludes {'::'.join(key[0])}::{key[2]} for {name}, which does not exist"


def sizes_match_cost_model(stack):
    """Memory, number of metrics and batch sizes are the same as in infra/local, which calculates docs/cost.md."""
    cost = source("infra/local/tests/local/cost.rs")
    short = float(re.search(r"const SHORT: f64 = [0-9.]+ \* ([0-9.]+);", cost).group(1))
    fan_out = float(re.search(r"const FAN_OUT: f64 = [0-9.]+ \* ([0-9.]+);", cost).group(1))
    for name, function in stack.functions().items():
        wanted = {256: 0.25, 1769: 1.769}.get(function.get("MemorySize"))
        if wanted != (fan_out if name == "Fanout" else short):
            yield f"{name} has {function.get('MemorySize')} MB, but infra/local/tests/local/cost.rs calculates with another size"
    metrics = set(re.findall(r'Metric::(?:count|times)\(\s*"(\w+)"', "".join(text(one.node) for one in crate().functions.values())))
    counted = float(re.search(r"const METRICS: f64 = ([0-9.]+);", cost).group(1))
    if len(metrics) != counted:
        yield f"functions publish {len(metrics)} metrics ({', '.join(sorted(metrics))}), but infra/local/tests/local/cost.rs counts {counted:.0f}"
    local = dict(re.findall(r"Queue \{\s*name: (\w+)\.to_owned\(\),\s*batch_size: (\d+)", source("infra/local/src/deployment.rs")))
    queues = {"<Jobs.Arn>": "JOBS", "<ShardQueue.Arn>": "SHARDS", "<ItemsQueue.Arn>": "ITEMS"}
    for name, mapping in stack.of_type("AWS::Lambda::EventSourceMapping").items():
        size = local.get(queues.get(mapping["EventSourceArn"]), "100")
        if str(mapping.get("BatchSize")) != size:
            yield f"{name} has a batch size of {mapping.get('BatchSize')}, but infra/local has {size}"
        if "StartingPosition" in mapping and (mapping.get("ParallelizationFactor"), mapping.get("MaximumBatchingWindowInSeconds")) != (10, 0):
            yield f"{name} has a batching window, or another parallelization factor than 10"


# ------------------------------------------------------------------ the table


def table_matches_schema(stack):
    """The table is the same as in infra/backend/src/db/schema.rs, or it is a restored table that all functions use."""
    schema = source(f"{SOURCE}/db/schema.rs")
    hash_key, range_key = re.search(r'key\("(\w+)", KeyType::Hash\)', schema).group(1), re.search(r'key\("(\w+)", KeyType::Range\)', schema).group(1)
    expires = re.search(r'TimeToLiveSpecification::builder\(\)\.enabled\(true\)\.attribute_name\("(\w+)"\)', schema).group(1)
    view = "NEW_AND_OLD_IMAGES" if "StreamViewType::NewAndOldImages" in schema else None
    tables = stack.of_type("AWS::DynamoDB::Table")
    if stack.parameters["RestoredTable"]:
        if tables:
            yield "the stack creates its own table in addition to the restored one"
        for name, resource in stack.resources.items():
            if "<Table" in as_json(resource):
                yield f"{name} uses the stack's own table instead of the restored one"
        return
    if set(tables) != {"Table"}:
        yield "there is no table Table"
    for name, declared in tables.items():
        if declared["KeySchema"] != [{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": range_key, "KeyType": "RANGE"}]:
            yield f"{name} has other keys than {hash_key} and {range_key}"
        if declared.get("StreamSpecification", {}).get("StreamViewType") != view:
            yield f"{name} has no stream of {view}, which the fan-out reads"
        if declared.get("TimeToLiveSpecification") != {"AttributeName": expires, "Enabled": True}:
            yield f"{name} has no time to live with the attribute {expires}"
        if declared.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{name} does not have on-demand billing, which docs/cost.md assumes"
        if declared.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled") is not True:
            yield f"{name} has no point-in-time recovery"
        if str(declared.get("DeletionProtectionEnabled")).lower() != stack.parameters["KeepTable"]:
            yield f"{name} does not have the deletion protection of the parameter KeepTable"


def data_is_retained(stack):
    """The table and the user pool are retained when the stack is deleted, but not if the creation of the stack fails."""
    for name, resource in stack.resources.items():
        if resource["Type"] in ("AWS::DynamoDB::Table", "AWS::Cognito::UserPool"):
            if (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")) != ("RetainExceptOnCreate", "Retain"):
                yield f"{name} is not retained with the stack, or is retained after a failed creation: DeletionPolicy {resource.get('DeletionPolicy')}"


def contradictory_parameters_are_rejected(stack):
    """CloudFormation rejects contradictory parameters before it creates anything."""
    def holds(**given):
        filled = type(stack)(stack.template, {**stack.parameters, **given})
        return all(filled._evaluate(one["Assert"]) for rule in filled.template.get("Rules", {}).values() for one in rule["Assertions"])

    if not holds():
        yield "the rules reject valid parameters"
    for given in (
        {"DomainName": "rally.example.org", "CertificateArn": "", "HostedZoneId": ""}, {"DomainName": "", "CertificateArn": "arn:aws:acm:us-east-1:1:certificate/c", "HostedZoneId": ""},
        {"DomainName": "", "CertificateArn": "", "HostedZoneId": "Z1"}, {"MailFrom": "a@b.c", "MailIdentity": ""}, {"MailFrom": "", "MailIdentity": "arn"},
        {"RestoredTable": "rally-restored", "RestoredStream": ""}, {"RestoredTable": "", "RestoredStream": "1"},
    ):
        if holds(**given):
            yield f"no rule rejects {given}: the deployment would fail late, or ignore a parameter"


RULES = [
    programs_match_functions, roles_match_code, partitions_match_code, variables_match_code, event_sources_match_code,
    stream_filter_matches_code, filter_policy_matches_code, recursive_loops_are_declared, shard_queue_has_only_shards,
    sizes_match_cost_model, table_matches_schema, data_is_retained, contradictory_parameters_are_rejected,
]
