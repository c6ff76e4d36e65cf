"""Faults of the site's function."""

from . import Fault, distribution, properties

FAULTS = [
    Fault("files that are pages", "pages_are_one_document", "gives /index.html for", lambda t: properties(t, "Pages").update(FunctionCode='function handler(event) { event.request.uri = "/index.html"; return event.request; }')),
    Fault("a key with a dot", "pages_are_one_document", "for /items/a.b", lambda t: properties(t, "Pages").update(FunctionCode=r'function handler(event) { if (!/\.[^\/]*$/.test(event.request.uri)) { event.request.uri = "/index.html"; } return event.request; }')),
    Fault("broken JavaScript", "pages_are_one_document", "SyntaxError", lambda t: properties(t, "Pages").update(FunctionCode="function handler(event) {")),
    Fault("a function that nobody asks", "pages_are_one_document", "does not ask Pages", lambda t: distribution(t)["DefaultCacheBehavior"].pop("FunctionAssociations")),
    Fault("a hash that is known otherwise", "pages_are_one_document", "upload.py keeps", code=("infra/template/upload.py", "[0-9a-f]{16}", "[0-9a-f]{8}")),
]
