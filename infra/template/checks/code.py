"""Comparison with the code: each function has exactly the permissions and variables that its code uses, and is invoked for
exactly what it handles."""

import json
import re

from .needs import OTHER_JOBS, READS, SHARD_JOB, SOURCE, WRITES, crate, functions, keys, needs, variables
from .rust_calls import text
from .stack import listed, source, text_of

# Read by a library, not by our own settings: tracing's filter.
BY_LIBRARIES = {"RUST_LOG"}
# The variables of a function behind a gateway for its edge; `gateways_know_their_edge` checks which functions have them. It is
# derived as soon as Config has it.
AT_THE_EDGE = {"ORIGIN_SECRET"}
# Variables with a good default, or only for the local server.
OPTIONAL = {
    "RALLY_LOOPBACK_ADMIN", "RALLY_OIDC_JWKS", "RALLY_ADMIN_GROUP", "RALLY_SHARD", "RALLY_RATES", "RALLY_PUSH_SERVICES", "RALLY_SLACK_HOSTS",
}
# Functions whose permissions are limited to the partitions that their code uses. The others use most of them.
BY_PARTITION = {"Ingest", "Live", "Sweep"}
# The triggers of each function: queues and the stream, topics.
TRIGGERS = {
    "Api": (set(), set()), "Live": (set(), set()), "Sweep": (set(), set()), "Fanout": ({"stream", "<ShardQueue.Arn>"}, set()),
    "Notify": ({"<Jobs.Arn>"}, {"<Events>"}), "Ingest": ({"<ItemsQueue.Arn>"}, {"<ItemsTopic>"}),
}
# The setting of a function that sends to its own queue: a job of Notify is sent again until it is done, a shard is not.
LOOPS = {"Notify": "Allow", "Fanout": "Terminate"}
# Kinds of events that send no notification.
UNTOLD = {"table_no_signal"}


def programs(stack):
    """Each program of the backend is a function, built as this template says."""
    written = {name: one for name, one in stack.written["Resources"].items() if one["Type"] == "AWS::Serverless::Function"}
    for name in sorted(functions().keys() ^ written.keys()):
        yield f"{name} is {'no program of the backend' if name in written else 'a program that no function runs'}"
    for name, function in written.items():
        if function["Properties"].get("CodeUri") != f"../target/lambda/{name.lower()}":
            yield f"{name} runs {function['Properties'].get('CodeUri')}"
    for name, function in stack.functions().items():
        if function.get("Runtime") != "provided.al2023" or function.get("Handler") != "bootstrap" or function.get("Architectures") != [stack.parameters["Architecture"]]:
            yield f"{name} cannot run a program that is built for {stack.parameters['Architecture']}"
        if function.get("TracingConfig", {}).get("Mode") != stack.parameters["Traces"]:
            yield f"{name} is traced otherwise than Traces says"


# ------------------------------------------------------------------ permissions


def _table(stack):
    restored = stack.parameters["RestoredTable"]
    return f"arn:aws:dynamodb:{stack.region}:123456789012:table/{restored}" if restored else "<Table.Arn>"


def _wanted(stack, name):
    """(action, resource) of everything that a function's code and its triggers need."""
    need, function, given = needs()[name], stack.functions()[name], stack.variables(name)
    wanted = {(action, _table(stack)) for action in need.actions if action in READS | WRITES}
    for action in need.actions - READS - WRITES:
        match action:
            case "sqs:SendMessage":
                wanted |= {(action, f"<{stack.named_by(given.get(queue))}.Arn>") for queue in need.queues}
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
                wanted.add((action, f"a resource that checks/code.py knows for {action}"))
    group = function.get("LoggingConfig", {}).get("LogGroup", "<no group>").strip("<>")
    wanted |= {(action, f"<{group}.Arn>") for action in ("logs:CreateLogStream", "logs:PutLogEvents")}
    wanted |= {(action, "*") for action in ("xray:PutTraceSegments", "xray:PutTelemetryRecords")}
    for mapping in stack.mappings(name).values():
        if "StartingPosition" in mapping:
            wanted |= {(f"dynamodb:{action}", mapping["EventSourceArn"]) for action in ("DescribeStream", "GetRecords", "GetShardIterator")} | {("dynamodb:ListStreams", "*")}
            wanted.add(("sqs:SendMessage", mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")))
        else:
            wanted |= {(f"sqs:{action}", mapping["EventSourceArn"]) for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")}
    if "DeadLetterConfig" in function:
        wanted.add(("sqs:SendMessage", function["DeadLetterConfig"]["TargetArn"]))
    return wanted


def may_what_it_does(stack):
    """Each function's role allows what its code and its triggers need, and nothing else."""
    for name, function in stack.functions().items():
        role = stack.named_by(function.get("Role"))
        if name not in needs() or role is None:
            continue
        allowed = {(action, str(resource)) for one in stack.granted(role) for action in listed(one["Action"]) for resource in listed(one["Resource"])}
        wanted = {(action, str(resource)) for action, resource in _wanted(stack, name)}
        for action, resource in sorted(wanted - allowed):
            yield f"{name} may not {action} on {resource}, which it does"
        for action, resource in sorted(allowed - wanted):
            yield f"{name} may {action} on {resource}, which it never does"


def partitions(stack):
    """A function that uses few partitions may access only those (`dynamodb:LeadingKeys`)."""
    for name in sorted(BY_PARTITION & stack.functions().keys()):
        allowed = set()
        for statement in stack.granted(stack.named_by(stack.functions()[name]["Role"])):
            actions = set(listed(statement["Action"])) & (READS | WRITES)
            if not actions:
                continue
            condition = statement.get("Condition", {})
            patterns = condition.get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys")
            if condition.keys() != {"ForAllValues:StringLike"} or not patterns:
                yield f"{name} may {', '.join(sorted(actions))} in every partition of the table"
                continue
            allowed |= {(action, pattern) for action in actions for pattern in patterns}
            used = {f"{beginning}*" if beginning.endswith("#") else beginning for action, beginning in needs()[name].partitions if action in actions}
            for pattern in sorted(set(patterns) - used):
                yield f"{name} may {', '.join(sorted(actions))} in {pattern}, where it never does"
        for action, beginning in sorted(needs()[name].partitions):
            pattern = f"{beginning}*" if beginning.endswith("#") else beginning
            if (action, pattern) not in allowed:
                yield f"{name} may not {action} in {pattern}, where it does"


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


def settings(stack):
    """Each function has the variables that its code reads, and no others; each has the expected value."""
    known = set(variables().values()) | BY_LIBRARIES | AT_THE_EDGE | {"RALLY_CALLBACK_URL"}
    for name in stack.functions():
        if name not in needs():
            continue
        given, read = stack.variables(name), needs()[name].variables
        for variable in sorted(given.keys() - known):
            yield f"{name} is given {variable}, which is no setting of infra/backend/src/config.rs"
        for variable in sorted(read - given.keys() - OPTIONAL):
            yield f"{name} is not given {variable}, which its code reads"
        unread = AT_THE_EDGE - set(variables().values())
        for variable in sorted((given.keys() & known) - read - BY_LIBRARIES - unread):
            yield f"{name} is given {variable}, which its code never reads"
        for variable, value in _values(stack).items():
            if variable in given and given[variable] != value:
                yield f"{name} is told {variable} {given[variable]!r}, and it is {value!r}"
    undocumented = set(re.findall(r'env::var(?:_os)?\("(\w+)"', source(f"{SOURCE}/aws/lambda.rs"))) - {"RALLY_CALLBACK_URL", "AWS_XRAY_DAEMON_ADDRESS"}
    for variable in sorted(undocumented):
        yield f"infra/backend/src/aws/lambda.rs reads {variable}, of which checks/code.py does not know who needs it"


# ------------------------------------------------------------------ what functions are called for


def triggers(stack):
    for name, (queues, topics) in TRIGGERS.items():
        called = {"stream" if "StartingPosition" in one else one["EventSourceArn"] for one in stack.mappings(name).values()}
        if called != queues:
            yield f"{name} is called by {sorted(called)}, and its code handles {sorted(queues)}"
        told = {one["TopicArn"] for one in stack.of_type("AWS::SNS::Subscription").values() if one["Protocol"] == "lambda" and stack.named_by(one["Endpoint"]) == name}
        if told != topics:
            yield f"{name} is told by {sorted(told)}, and its code handles {sorted(topics)}"


def filters(stack):
    """The stream's filter equals the code's, passes what the code handles, and names existing partitions and attributes."""
    stream = re.findall(r'r#"(\{"(?:dynamodb|eventName)".*?\})"#', source(f"{SOURCE}/reactions/stream.rs"))
    for name, mapping in stack.of_type("AWS::Lambda::EventSourceMapping").items():
        patterns = [one["Pattern"] for one in mapping.get("FilterCriteria", {}).get("Filters", [])]
        if "StartingPosition" in mapping and patterns != stream:
            yield f"{name} filters otherwise than infra/backend/src/reactions/stream.rs"
        if "StartingPosition" not in mapping and patterns:
            yield f"{name} filters what the code does not: {patterns}"
    chosen = [json.loads(one).get("dynamodb", {}).get("Keys", {}).get("pk", {}).get("S", []) for one in stream]
    chosen = {one if isinstance(one, str) else one["prefix"] for pattern in chosen for one in pattern}
    handled = {keys()[name] for name in re.findall(r"keys::(\w+)", text(crate().functions[(("reactions", "stream", "reaction"), None, "reactions")].body)) if name in keys()}
    # Of all subscriptions, only those of rooms.
    rooms = f"{keys()['subscribers']}room/"
    handled.discard(keys()["subscribers"])
    if not re.search(r'Self::Room\(\w+\) => write!\(\w+, "room/', source("crates/domain/src/topic.rs")):
        yield f"no topic begins with room/, as the stream's filter has it ({rooms})"
    for beginning in sorted(chosen ^ (handled | {rooms})):
        yield f"the stream's filter {'lets through' if beginning in chosen else 'leaves out'} {beginning}, which reactions/stream/reaction.rs {'does not handle' if beginning in chosen else 'handles'}"
    if not re.search(r'pub struct SubscriptionRecord \{.*?rename = "greet"', source(f"{SOURCE}/db/records.rs"), re.S):
        yield "the stream's filter names the attribute greet, which no record has"


def kinds(stack):
    """The topic's filter equals the code's, and names existing kinds of events."""
    wanted = json.loads(re.search(r'FILTER: &str =\s*r#"(.*?)"#', source(f"{SOURCE}/notifications/handler.rs"), re.S).group(1))
    for name, subscription in stack.of_type("AWS::SNS::Subscription").items():
        if subscription["Protocol"] == "lambda" and subscription["TopicArn"] == "<Events>":
            if subscription.get("FilterPolicy") != wanted or subscription.get("FilterPolicyScope", "MessageAttributes") != "MessageAttributes":
                yield f"{name} chooses otherwise than infra/backend/src/notifications/handler.rs"
        elif "FilterPolicy" in subscription:
            yield f"{name} leaves out messages that the code handles"
    for attribute in wanted:
        if f'.message_attributes("{attribute}"' not in source(f"{SOURCE}/aws/events.rs"):
            yield f"the topic's filter looks at {attribute}, which aws/events.rs does not say"
    body = source("crates/domain/src/event.rs").split("pub const fn kind", 1)[1].split("\n    }\n", 1)[0]
    said = set(re.findall(r'=> "(\w+)"', body))
    for kind in sorted(said ^ (set(wanted["kind"]) | UNTOLD)):
        yield f"the topic's filter {'leaves out' if kind in said else 'names'} {kind}, which crates/domain/src/event.rs {'publishes' if kind in said else 'does not know'}"


def loops(stack):
    """A function that sends to its own queue declares whether that is intended ("Use Lambda recursive loop detection")."""
    for name in stack.functions():
        sent = {stack.named_by(stack.variables(name).get(queue)) for queue in (needs()[name].queues if name in needs() else ())}
        called = {stack.named_by(one["EventSourceArn"]) for one in stack.mappings(name).values()}
        wanted = LOOPS.get(name) if sent & called else None
        if (sent & called and wanted is None) or stack.functions()[name].get("RecursiveLoop") != wanted:
            yield f"{name} sends to a queue that calls it, and says RecursiveLoop {stack.functions()[name].get('RecursiveLoop')}, not {wanted}"
    local = dict(re.findall(r'Recursion \{ function: "(\w+)", is_allowed: (true|false) \}', source("infra/local/src/deployment.rs")))
    for name, wanted in LOOPS.items():
        if (local.get(name.lower()) == "true") != (wanted == "Allow"):
            yield f"infra/local/src/deployment.rs lets {name} invoke itself otherwise than RecursiveLoop {wanted}"


def shards_alone(stack):
    """The queue ShardQueue carries only shards: so the fan-out needs no permissions for other jobs."""
    del stack
    for key, called in crate().calls.items():
        if ("field", "App", "shard_jobs") in called or ((), "App", "shard_jobs") in called:
            sent = set(re.findall(r"Job::(\w+)", text(crate().functions[key].body))) - {SHARD_JOB}
            if sent and key[2] != "shard_jobs":
                yield f"{'::'.join(key[0])}::{key[2]} sends {', '.join(sorted(sent))} to the queue ShardQueue, whose function may do only {SHARD_JOB}"
    for name, others in OTHER_JOBS.items():
        for key in others:
            if key not in crate().functions:
                yield f"checks/needs.py leaves {'::'.join(key[0])}::{key[2]} out for {name}, which is not there"


def numbers(stack):
    """As in docs/cost.md and infra/local: memory, and the maximum number of records in one invocation."""
    cost = source("infra/local/tests/local/cost.rs")
    short = float(re.search(r"const SHORT: f64 = [0-9.]+ \* ([0-9.]+);", cost).group(1))
    fan_out = float(re.search(r"const FAN_OUT: f64 = [0-9.]+ \* ([0-9.]+);", cost).group(1))
    for name, function in stack.functions().items():
        wanted = {256: 0.25, 1769: 1.769}.get(function.get("MemorySize"))
        if wanted != (fan_out if name == "Fanout" else short):
            yield f"{name} has {function.get('MemorySize')} MB, and infra/local/tests/local/cost.rs counts otherwise"
    figures = set(re.findall(r'Metric::(?:count|times)\(\s*"(\w+)"', "".join(text(one.node) for one in crate().functions.values())))
    counted = float(re.search(r"const METRICS: f64 = ([0-9.]+);", cost).group(1))
    if len(figures) != counted:
        yield f"functions write {len(figures)} figures ({', '.join(sorted(figures))}), and infra/local/tests/local/cost.rs counts {counted:.0f}"
    local = dict(re.findall(r"Queue \{\s*name: (\w+)\.to_owned\(\),\s*batch_size: (\d+)", source("infra/local/src/deployment.rs")))
    queues = {"<Jobs.Arn>": "JOBS", "<ShardQueue.Arn>": "SHARDS", "<ItemsQueue.Arn>": "ITEMS"}
    for name, mapping in stack.of_type("AWS::Lambda::EventSourceMapping").items():
        size = local.get(queues.get(mapping["EventSourceArn"]), "100")
        if str(mapping.get("BatchSize")) != size:
            yield f"{name} hands over {mapping.get('BatchSize')} records at once, and infra/local {size}"
        if "StartingPosition" in mapping and (mapping.get("ParallelizationFactor"), mapping.get("MaximumBatchingWindowInSeconds")) != (10, 0):
            yield f"{name} waits before it calls, or calls for one part of the stream after another"


# ------------------------------------------------------------------ the table


def table(stack):
    """As infra/backend/src/db/schema.rs creates it, retained, and replaced by a restored one."""
    schema = source(f"{SOURCE}/db/schema.rs")
    hash_key, range_key = re.search(r'key\("(\w+)", KeyType::Hash\)', schema).group(1), re.search(r'key\("(\w+)", KeyType::Range\)', schema).group(1)
    expires = re.search(r'TimeToLiveSpecification::builder\(\)\.enabled\(true\)\.attribute_name\("(\w+)"\)', schema).group(1)
    view = "NEW_AND_OLD_IMAGES" if "StreamViewType::NewAndOldImages" in schema else None
    tables = stack.of_type("AWS::DynamoDB::Table")
    if stack.parameters["RestoredTable"]:
        if tables:
            yield "the stack makes a table of its own beside the restored one"
        for name, resource in stack.resources.items():
            if "<Table" in text_of(resource):
                yield f"{name} goes on with the stack's own table, and not with the restored one"
        return
    if set(tables) != {"Table"}:
        yield "there is no table Table"
    for name, said in tables.items():
        if said["KeySchema"] != [{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": range_key, "KeyType": "RANGE"}]:
            yield f"{name} has other keys than {hash_key} and {range_key}"
        if said.get("StreamSpecification", {}).get("StreamViewType") != view:
            yield f"{name} has no stream of {view}, which the fan-out reads"
        if said.get("TimeToLiveSpecification") != {"AttributeName": expires, "Enabled": True}:
            yield f"{name} forgets nothing at {expires}"
        if said.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{name} is not billed by request, as docs/cost.md has it"
        if said.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled") is not True:
            yield f"{name} cannot be restored"
        if str(said.get("DeletionProtectionEnabled")).lower() != stack.parameters["KeepTable"]:
            yield f"{name} is protected otherwise than KeepTable says"


def what_people_made_is_kept(stack):
    """The table and the pool outlive the stack, unless their creation failed."""
    for name, resource in stack.resources.items():
        if resource["Type"] in ("AWS::DynamoDB::Table", "AWS::Cognito::UserPool"):
            if (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")) != ("RetainExceptOnCreate", "Retain"):
                yield f"{name} goes with the stack, or stays after a deployment that failed: {resource.get('DeletionPolicy')}"


def parameters_are_refused_early(stack):
    """CloudFormation rejects contradictory parameters before it creates anything."""
    def holds(**given):
        filled = type(stack)(stack.template, {**stack.parameters, **given})
        return all(filled._true(one["Assert"]) for rule in filled.template.get("Rules", {}).values() for one in rule["Assertions"])

    if not holds():
        yield "the rules refuse parameters that are good"
    for given in (
        {"DomainName": "rally.example.org", "CertificateArn": "", "HostedZoneId": ""}, {"DomainName": "", "CertificateArn": "arn:aws:acm:us-east-1:1:certificate/c", "HostedZoneId": ""},
        {"DomainName": "", "CertificateArn": "", "HostedZoneId": "Z1"}, {"MailFrom": "a@b.c", "MailIdentity": ""}, {"MailFrom": "", "MailIdentity": "arn"},
        {"RestoredTable": "rally-restored", "RestoredStream": ""}, {"RestoredTable": "", "RestoredStream": "1"},
    ):
        if holds(**given):
            yield f"nothing refuses {given}: the deployment fails late, or does something else"


RULES = [
    programs, may_what_it_does, partitions, settings, triggers, filters, kinds, loops, shards_alone, numbers, table, what_people_made_is_kept,
    parameters_are_refused_early,
]
