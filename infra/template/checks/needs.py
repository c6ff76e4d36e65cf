"""What each function needs, derived from the backend's source: IAM actions, partitions of the table, environment variables.

The code of a function is all that is reachable from the path that its `main` names, and from the start that all functions share.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from .rust_calls import Crate, text, walk
from .stack import ROOT, source

SOURCE = "infra/backend/src"

# Crates of the SDK with another service prefix in IAM.
SERVICES = {"iotdataplane": "iot"}
# Operations that IAM authorizes with another action ("Actions, resources, and condition keys for AWS services"). The members of a
# transaction are authorized separately.
ACTIONS = {
    "sns:PublishBatch": "sns:Publish", "sqs:SendMessageBatch": "sqs:SendMessage", "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "dynamodb:TransactWriteItems": None, "dynamodb:TransactGetItems": "dynamodb:GetItem",
    # Methods of the client that send no request to AWS.
    "sts:Config": None, "dynamodb:Config": None,
}
READS = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:ConditionCheckItem"}
WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}

# ShardQueue has only shards, which `shard_queue_has_only_shards` checks by its senders. Fanout shares the code of the job runner with Notify,
# so the functions of all other jobs are excluded for it.
SHARD_JOB = "PublishToShard"
EXCLUDED = {"Fanout": [(("notifications",), None, "attempt"), (("notifications",), None, "notify"), (("realtime", "resync"), None, "resync")]}


@dataclass
class Need:
    """The needs of one function."""

    actions: set
    # (action, prefix of a partition key); a prefix that ends with `#` stands for all keys that begin with it.
    partitions: set
    variables: set
    # The queues that it sends to, by the variables that name them.
    queues: set
    # The methods of the @connections API that it calls: POST, DELETE.
    connections: set


@cache
def crate():
    folder = ROOT / SOURCE
    paths = [path.relative_to(folder).as_posix() for path in folder.rglob("*.rs")]
    return Crate({path: source(f"{SOURCE}/{path}") for path in paths}, "backend")


@cache
def functions():
    """The programs, and the functions that each runs for an event: those that its `main` names."""
    found = {}
    for key, function in crate().functions.items():
        if key[0][:1] == ("bin",) and key[2] == "main":
            paths = {text(node) for node in crate().nodes(function) if node.type == "scoped_identifier"}
            named = {one.key for path in paths for one in crate().named(tuple(path.split("::")), key[0], None)}
            found[key[0][-1].capitalize()] = sorted(named - {(("aws", "lambda"), None, "start")}, key=str)
    return found


# ------------------------------------------------------------------ partitions


def is_store(module):
    """Whether a module accesses the table: `db`, and the stores of the slices."""
    return module[:1] == ("db",) or any(part == "store" or part.endswith("_store") for part in module)


@cache
def keys():
    """The prefixes of partition keys, by the constants and functions of db/keys.rs; the first table there lists the partitions."""
    written = source(f"{SOURCE}/db/keys.rs")
    table = written.split("| access pattern | request |")[0]
    rows = [line.split("|")[2] for line in table.splitlines() if line.startswith("//! |")][2:]
    partitions = {re.sub(r"\{.*", "", name) for row in rows for name in re.findall(r"`([^`]+)`", row)}
    constants = dict(re.findall(r'const (\w+): &str = "([^"]+)";', written))
    found = {name: value for name, value in constants.items() if value in partitions}
    for name, form in re.findall(r'pub fn (\w+)\([^)]*\) -> String \{\s*format!\("([^"]+)"', written):
        form = re.sub(r"\{([A-Z_]+)\}", lambda one: constants[one.group(1)], form)
        if re.sub(r"\{.*", "", form) in partitions:
            found[name] = re.sub(r"\{.*", "", form)
    missing = partitions - set(found.values())
    if missing:
        raise ValueError(f"db/keys.rs has no constant or function for {', '.join(sorted(missing))}")
    return found


@cache
def _keys_of_records():
    """The partition keys that the methods of each record type name, by type: these methods create the record."""
    named = defaultdict(set)
    for key, function in crate().functions.items():
        if is_store(key[0]) and key[1] and key[1] != "Storage" and function.body is not None:
            named[key[1]] |= _named_keys(function)
    return named


def _named_keys(function):
    """The partition keys that a function names."""
    # `warm` opens a connection by a read of an item that does not exist.
    nothing = set(re.findall(r'\.get::<[^"]*>\("(\w+)"', text(function.body)))
    return {keys()[name] for name in re.findall(r"\bkeys::(\w+)", text(function.body)) if name in keys()} | nothing


@cache
def _table_accesses():
    """The table accesses of each function of the stores: (its own keys, its own actions, its calls in the stores)."""
    accesses = {}
    for key, function in crate().functions.items():
        if not is_store(key[0]) or function.body is None:
            continue
        given = re.findall(r"\w+", text(function.node.child_by_field_name("parameters")))
        named = _named_keys(function).union(*(_keys_of_records().get(kind, set()) for kind in given))
        actions = {one for one in map(action, crate().calls[key]) if one}
        accesses[key] = (named, actions, {one for one in crate().calls[key] if is_store(one[0])})
    return accesses


def _partitions(reached):
    """(action, partition) of the reachable functions of the stores. A helper without a key of its own uses the keys of its
    callers; a constructor of a record provides its key."""
    accesses = _table_accesses()

    def inlined(key, part, seen):
        """The keys (part 0) or actions (part 1) of a function and of its callees that have only these."""
        own = set(accesses[key][part])
        for called in accesses[key][2]:
            if called in accesses and called not in seen and not accesses[called][1 - part]:
                own |= inlined(called, part, seen | {called})
        return own

    pairs = set()
    for key in reached & accesses.keys():
        named, actions = inlined(key, 0, {key}), inlined(key, 1, {key})
        pairs |= {(one, name) for one in actions for name in named if one.startswith("dynamodb:")}
    return pairs


# ------------------------------------------------------------------ actions and variables


def action(called):
    """The IAM action of a call of the SDK."""
    if len(called) != 2 or not str(called[0]).startswith("aws:"):
        return None
    service = called[0].removeprefix("aws:")
    name = f"{SERVICES.get(service, service)}:{''.join(part.capitalize() for part in called[1].split('_'))}"
    return ACTIONS.get(name, name)


@cache
def variables():
    """The environment variable of each field of `Config`."""
    body = source(f"{SOURCE}/config.rs").split("fn from_variables", 1)[1].split("#[cfg(test)]")[0]
    return dict(re.findall(r'(\w+): variable\("(\w+)"\)', body))


def _config(written):
    return set(re.findall(r"\bconfig\.(\w+)", written)) & variables().keys()


@cache
def _settings_of_fields():
    """The fields of `Config` from which the function `new` of a type sets each field of the type."""
    sources = defaultdict(set)
    for function in crate().functions.values():
        if function.name != "new" or not function.owner or function.body is None:
            continue
        given: dict = {}

        def read(value, given=given):
            return _config(value).union(*(given.get(word, set()) for word in re.findall(r"\w+", value)))

        for node in walk(function.body):
            if node.type == "let_declaration":
                given[text(node.child_by_field_name("pattern"))] = read(text(node.child_by_field_name("value")))
            elif node.type == "field_initializer":
                sources[(function.owner, text(node.child_by_field_name("field")))] |= read(text(node.child_by_field_name("value")))
            elif node.type == "shorthand_field_initializer":
                sources[(function.owner, text(node))] |= read(text(node))
    return sources


@cache
def _settings_of_clients():
    """The fields of `Config` that configure each AWS client."""
    settings = defaultdict(set)
    for key, function in crate().functions.items():
        if key[0] == ("aws", "lambda") and (written := function.node.child_by_field_name("return_type")) is not None:
            kind = crate().kind(text(written), key[0])
            if kind and kind.startswith("aws:"):
                settings[kind] |= _config(text(function.body))
    return settings


def clear_caches():
    """Clears the caches, so that the source is read again."""
    for one in (crate, functions, keys, _keys_of_records, _table_accesses, variables, _settings_of_fields, _settings_of_clients, needs):
        one.cache_clear()


@cache
def needs():
    """The needs of each function, by its name in the template."""
    start = crate().functions[(("aws", "lambda"), None, "start")]
    shared = _config(text(start.body))
    found = {}
    for name, entry in functions().items():
        reached = crate().reached([*entry, (("db",), "Storage", "warm")], EXCLUDED.get(name, ()))
        settings = set(shared)
        for one in reached:
            if one[0] == "field":
                settings |= _settings_of_fields()[one[1:]] | ({one[2]} & variables().keys() if one[1] == "Config" else set())
            elif str(one[0]).startswith("aws:"):
                settings |= _settings_of_clients()[one[0]]
        connections = {method for method, called in (("POST", "post"), ("DELETE", "delete")) if (("aws", "gateway"), "Connections", called) in reached}
        actions = {one for one in map(action, reached) if one} | ({"execute-api:ManageConnections"} if connections else set())
        named = {variables()[one] for one in settings} | ({"RALLY_CALLBACK_URL"} if connections else set())
        queues = {variables()[one] for field in ("jobs", "shard_jobs") if ("field", "App", field) in reached for one in _settings_of_fields()[("App", field)]}
        found[name] = Need(actions, _partitions(reached), named, queues, connections)
    return found
