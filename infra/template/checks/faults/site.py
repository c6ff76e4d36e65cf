"""Faults of the CloudFront Function of the site."""

from . import Fault, distribution, properties

FAULTS = [
    Fault("a function that serves index.html for files", "page_paths_serve_index_html", "returns /index.html for", lambda t: properties(t, "Pages").update(FunctionCode='function handler(event) { event.request.uri = "/index.html"; return event.request; }')),
    Fault("a function that takes a page path with a dot for a file", "page_paths_serve_index_html", "for /items/a.b", lambda t: properties(t, "Pages").update(FunctionCode=r'function handler(event) { if (!/\.[^\/]*$/.test(event.request.uri)) { event.request.uri = "/index.html"; } return event.request; }')),
    Fault("broken JavaScript", "page_paths_serve_index_html", "SyntaxError", lambda t: properties(t, "Pages").update(FunctionCode="function handler(event) {")),
    Fault("a CloudFront Function without an association", "page_paths_serve_index_html", "does not invoke the function Pages", lambda t: distribution(t)["DefaultCacheBehavior"].pop("FunctionAssociations")),
    Fault("another length of the hash in file names", "page_paths_serve_index_html", "upload.py caches", code=("infra/template/upload.py", "[0-9a-f]{16}", "[0-9a-f]{8}")),
]
