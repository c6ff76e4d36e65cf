"""The call graph of a Rust crate, read from its source without compiling it.

Types are inferred as far as necessary: parameters, fields, `let`, and return types of methods. If the type of a method's receiver
is unknown, the only method with that name is assumed; if there are several, the call is ignored. Tests are left out.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import tree_sitter_rust
from tree_sitter import Language, Node, Parser

PARSER = Parser(Language(tree_sitter_rust.language()))
# Cache of the functions' calls.
CALLS: dict = {}

# Methods that return the type of their receiver.
SAME_TYPE = {"clone", "as_ref", "as_mut", "borrow", "to_owned", "iter", "into_iter", "unwrap_or_default", "lock", "as_deref", "into_paginator"}
# Method names that collections and builders have too: if the receiver's type is unknown, they are not taken for methods of the crate.
COMMON_METHODS = {
    "all", "build", "check", "clear", "contains", "count", "cut", "delete", "end", "expires", "extend", "find", "get", "identity", "insert",
    "item", "items", "key", "keep", "leave", "new", "now", "open", "parse", "post", "publish", "push", "put", "query", "read", "remove", "send",
    "start", "table", "take", "tell", "update", "write",
}
# Operations in a transaction, with the actions that DynamoDB authorizes ("Using IAM with DynamoDB transactions").
TRANSACTION_OPERATIONS = {"Put": "put_item", "Update": "update_item", "Delete": "delete_item", "ConditionCheck": "condition_check_item"}
# The functions of axum extractors, which axum calls for the types of a handler's parameters.
EXTRACTORS = ("from_request_parts", "from_request")


@dataclass
class Function:
    """A function: its module, the type that it belongs to, and its syntax tree."""

    module: tuple
    owner: str | None
    name: str
    node: Node
    trait: str | None = None

    @property
    def key(self):
        return (self.module, self.owner, self.name)

    @property
    def body(self):
        return self.node.child_by_field_name("body")


@cache
def parsed(code):
    """The syntax tree of a file."""
    return PARSER.parse(code.encode()).root_node


def text(node):
    return node.text.decode() if node is not None else ""


def walk(node):
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        stack.extend(reversed(one.children))


def is_test(node):
    """Whether an attribute right before an item limits it to tests."""
    before = node.prev_sibling
    while before is not None and before.type in ("attribute_item", "line_comment", "block_comment"):
        if before.type == "attribute_item" and "test" in text(before):
            return True
        before = before.prev_sibling
    return False


def expanded(macro):
    """The content of a macro's parentheses, parsed as the arguments of a call."""
    inner = text(macro.children[-1])[1:-1]
    return PARSER.parse(f"fn expanded() {{ expanded({inner}); }}".encode()).root_node


class Crate:
    """A crate's functions, types and imports."""

    def __init__(self, files: dict, name: str):
        """`files` are its sources by their paths from its root."""
        self.name = name
        self.functions: dict = {}
        self.fields: dict = {}
        self.uses: dict = {}
        self.methods: dict = {}
        for path, code in sorted(files.items()):
            parts = Path(path).with_suffix("").parts
            self._items(parsed(code), () if parts == ("lib",) else parts)
        # By name: methods, and functions without a type.
        self.free: dict = {}
        for function in self.functions.values():
            (self.methods if function.owner else self.free).setdefault(function.name, []).append(function)
        self.types = {one for one, _ in self.fields} | {function.owner for function in self.functions.values() if function.owner}
        # The resolution of a name depends only on these.
        self.names = hash((frozenset(self.functions), frozenset(self.fields.items()), frozenset(self.uses.items())))
        self.calls: dict = {key: self._cached_calls(function) for key, function in self.functions.items()}

    # -------------------------------------------------------------- items

    def _items(self, node, module, owner=None, trait=None):
        for item in node.children:
            if is_test(item):
                continue
            if item.type == "function_item":
                function = Function(module, owner, text(item.child_by_field_name("name")), item, trait)
                self.functions[function.key] = function
            elif item.type == "impl_item":
                name = self._base(text(item.child_by_field_name("type")))
                self._items(item.child_by_field_name("body"), module, name, text(item.child_by_field_name("trait")) or None)
            elif item.type == "mod_item" and item.child_by_field_name("body"):
                self._items(item.child_by_field_name("body"), (*module, text(item.child_by_field_name("name"))))
            elif item.type == "use_declaration":
                self._use(item.child_by_field_name("argument"), module, ())
            elif item.type == "struct_item" and item.child_by_field_name("body"):
                name = text(item.child_by_field_name("name"))
                for one in walk(item.child_by_field_name("body")):
                    if one.type == "field_declaration":
                        kind = text(one.child_by_field_name("type"))
                        self.fields[(name, text(one.child_by_field_name("name")))] = (kind, module)

    def _use(self, node, module, before):
        if node.type == "use_as_clause":
            path = self._split(text(node.child_by_field_name("path")))
            self.uses[(module, text(node.child_by_field_name("alias")))] = (*before, *path)
        elif node.type == "scoped_use_list":
            path = self._split(text(node.child_by_field_name("path")))
            self._use(node.child_by_field_name("list"), module, (*before, *path))
        elif node.type == "use_list":
            for one in node.named_children:
                self._use(one, module, before)
        elif node.type == "self":
            self.uses[(module, before[-1])] = before
        elif node.type in ("identifier", "scoped_identifier"):
            path = (*before, *self._split(text(node)))
            self.uses[(module, path[-1])] = path

    @staticmethod
    def _split(path):
        return tuple(part.strip() for part in path.split("::") if part.strip())

    @staticmethod
    def _base(kind):
        return kind.split("<")[0].strip().split("::")[-1].strip("& ")

    # -------------------------------------------------------------- names

    def absolute(self, path, module):
        """A path from the crate's root; paths of other crates keep their first part."""
        first = path[0]
        if first in ("crate", self.name):
            return path[1:]
        if first == "self":
            return (*module, *path[1:])
        if first == "super":
            rest, at = list(path), module
            while rest and rest[0] == "super":
                rest, at = rest[1:], at[:-1]
            return (*at, *rest)
        used = self.uses.get((module, first))
        if used and used != path[:1]:
            return self.absolute((*used, *path[1:]), module)
        return path

    def named(self, path, module, owner):
        """The functions that a path may name."""
        if path[0] == "Self" and owner and len(path) == 2:
            return [one for one in self.methods.get(path[1], []) if one.owner == owner]
        full = self.absolute(path, module)
        if not full:
            return []
        for at in (full[:-1], (*module, *full[:-1])):
            if found := self.functions.get((at, None, full[-1])):
                return [found]
        if len(full) > 1:
            of_type = [one for one in self.methods.get(full[-1], []) if one.owner == full[-2]]
            if of_type:
                return of_type
            # Re-exported by another module.
            return [one for one in self.free.get(full[-1], []) if one.module[-1:] == full[-2:-1] and full[:1] != ("std",)]
        return []

    def kind(self, written, module, owner=None):
        """The relevant part of a written type: a struct's name, or `aws:` and a client's crate."""
        for path in [part for part in written.replace("<", " ").replace(">", " ").replace(",", " ").replace("&", " ").replace("(", " ").replace(")", " ").split() if part[0].isalpha()]:
            parts = self._split(path)
            if parts[-1] == "Self":
                return owner
            full = self.absolute(parts, module)
            if full and full[0].startswith("aws_sdk_") and full[-1] == "Client":
                return "aws:" + full[0].removeprefix("aws_sdk_")
            if parts[-1] in self.types:
                return parts[-1]
        return None

    # -------------------------------------------------------------- types of expressions

    def type_of(self, node, known, function):
        match node.type:
            case "self":
                return function.owner
            case "identifier":
                return known.get(text(node))
            case "field_expression":
                of = self.type_of(node.child_by_field_name("value"), known, function)
                declared = self.fields.get((of, text(node.child_by_field_name("field"))))
                return self.kind(declared[0], declared[1]) if declared else None
            case "call_expression":
                return self._returned(node, known, function)
            case "await_expression" | "try_expression" | "reference_expression" | "parenthesized_expression" | "unary_expression":
                return self.type_of(node.named_children[-1] if node.type == "reference_expression" else node.named_children[0], known, function)
        return None

    def _returned(self, call, known, function):
        called = call.child_by_field_name("function")
        if called.type == "generic_function":
            called = called.child_by_field_name("function")
        if called.type == "field_expression":
            name = text(called.child_by_field_name("field"))
            of = self.type_of(called.child_by_field_name("value"), known, function)
            found = [one for one in self.methods.get(name, []) if one.owner == of]
            if not found:
                return of if name in SAME_TYPE else None
        else:
            found = self.named(self._split(text(called)), function.module, function.owner)
        for one in found:
            written = one.node.child_by_field_name("return_type")
            return self.kind(text(written), one.module, one.owner) if written is not None else None
        return None

    def bound(self, function):
        """The types of names, by parameters and `let`."""
        known = {}
        for one in function.node.child_by_field_name("parameters").named_children:
            if one.type == "parameter":
                kind = self.kind(text(one.child_by_field_name("type")), function.module, function.owner)
                for name in walk(one.child_by_field_name("pattern")):
                    if name.type == "identifier":
                        known[text(name)] = kind
        for one in walk(function.node):
            if one.type == "let_declaration" and one.child_by_field_name("pattern").type == "identifier":
                written, value = one.child_by_field_name("type"), one.child_by_field_name("value")
                if written is not None:
                    kind = self.kind(text(written), function.module, function.owner)
                else:
                    kind = self.type_of(value, known, function) if value is not None else None
                known[text(one.child_by_field_name("pattern"))] = kind
        return known

    # -------------------------------------------------------------- calls

    def nodes(self, function):
        """All of a function's syntax, including its macros."""
        pending = [function.body]
        while pending:
            for node in walk(pending.pop()):
                yield node
                if node.type == "macro_invocation":
                    pending.append(expanded(node))

    def _cached_calls(self, function):
        """The cached calls, if neither the function nor any name of the crate has changed."""
        cache_key = (self.names, function.key, text(function.node))
        if cache_key not in CALLS:
            CALLS[cache_key] = frozenset(self._calls(function))
        return CALLS[cache_key]

    def _calls(self, function):
        """The functions that a function calls or passes as arguments, and the fields that it reads; in the form of `reached`."""
        if function.body is None:
            return set()
        known, calls = self.bound(function), set()
        for one in function.node.child_by_field_name("parameters").named_children:
            if one.type == "parameter":
                kind = self._base(text(one.child_by_field_name("type")))
                calls |= {other.key for name in EXTRACTORS for other in self.methods.get(name, []) if other.owner == kind}
        for node in self.nodes(function):
            if node.type == "call_expression":
                called = node.child_by_field_name("function")
                if called.type == "generic_function":
                    called = called.child_by_field_name("function")
                if called.type == "field_expression":
                    calls |= self._method(called, known, function)
                elif called.type in ("identifier", "scoped_identifier"):
                    path = self._split(text(called))
                    calls |= {one.key for one in self.named(path, function.module, function.owner)}
                    full = self.absolute(path, function.module)
                    if full[:1] == ("aws_sdk_dynamodb",) and full[-1] == "builder" and full[-2] in TRANSACTION_OPERATIONS:
                        calls.add(("aws:dynamodb", TRANSACTION_OPERATIONS[full[-2]]))
            elif node.type == "field_expression":
                of = self.type_of(node.child_by_field_name("value"), known, function)
                if of:
                    calls.add(("field", of, text(node.child_by_field_name("field"))))
            elif node.type in ("identifier", "scoped_identifier") and node.parent.type == "arguments" and text(node) not in known:
                # A function that is passed as an argument.
                calls |= {one.key for one in self.named(self._split(text(node)), function.module, function.owner)}
        return calls - {function.key}

    def _method(self, called, known, function):
        name = text(called.child_by_field_name("field"))
        of = self.type_of(called.child_by_field_name("value"), known, function)
        if of and of.startswith("aws:"):
            return {(of, name)}
        candidates = self.methods.get(name, [])
        exact = [one for one in candidates if one.owner == of]
        if exact:
            return {one.key for one in exact}
        is_unique = of is None and name not in COMMON_METHODS and len({one.owner for one in candidates}) == 1
        return {candidates[0].key} if is_unique else set()

    def reached(self, start, without=()):
        """Everything that these functions reach: keys of functions, operations of AWS's clients (`aws:` and a crate, operation)
        and fields (`field`, type, name)."""
        seen, pending = set(), list(start)
        while pending:
            key = pending.pop()
            if key in seen or key in without:
                continue
            seen.add(key)
            pending.extend(self.calls.get(key, ()))
        return seen
