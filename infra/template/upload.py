"""Uploads the built site to a stack's bucket, and has CloudFront forget what changed.

    python upload.py STACK REGION DIST      uploads
    python upload.py STACK REGION --empty   empties the bucket, so that the stack can go

A file whose name says its content is kept for ever by browsers; everything else is asked for again each time. What was there
before stays until it is thirty days old: pages that are open may still ask for it.
"""

import hashlib
import json
import mimetypes
import re
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import boto3

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
KEPT = timedelta(days=30)

# As infra/local/src/site.rs knows them: sixteen hexadecimal digits after a hyphen.
HASHED = re.compile(r"-[0-9a-f]{16}[._]")

mimetypes.add_type("application/wasm", ".wasm")
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".js")


def outputs(stack, region):
    described = boto3.client("cloudformation", region_name=region).describe_stacks(StackName=stack)
    return {one["OutputKey"]: one["OutputValue"] for one in described["Stacks"][0]["Outputs"]}


def existing(bucket, name):
    pages = bucket.get_paginator("list_objects_v2").paginate(Bucket=name)
    return {one["Key"]: one for page in pages for one in page.get("Contents", [])}


def settings(built, known):
    """The built settings, with what this deployment is."""
    said = json.loads(built)
    said.update(issuer=known["Issuer"], clientId=known["ClientId"], broker=known["Broker"] == "true")
    return json.dumps(said).encode()


def upload(stack, region, dist):
    known = outputs(stack, region)
    name, bucket = known["SiteBucket"], boto3.client("s3", region_name=region)
    there = existing(bucket, name)
    # CloudFront compresses by itself: the compressed twins are for servers that do not.
    files = {str(path.relative_to(dist)): path.read_bytes() for path in sorted(dist.rglob("*")) if path.is_file() and path.suffix != ".br"}
    files["config.json"] = settings(files["config.json"], known)
    changed = []
    # What the documents name comes first: nobody may get a document before its files.
    for key in sorted(files, key=lambda key: (key.endswith(".html"), key)):
        body = files[key]
        if there.get(key, {}).get("ETag", "").strip('"') == hashlib.md5(body).hexdigest():
            continue
        bucket.put_object(
            Bucket=name, Key=key, Body=body,
            ContentType=mimetypes.guess_type(key)[0] or "application/octet-stream",
            CacheControl=FOR_EVER if HASHED.search(key) else ASK_AGAIN,
        )
        print(f"{len(body):>10}  {key}")
        changed.append(key)
    oldest = datetime.now(timezone.utc) - KEPT
    for key, one in there.items():
        if key not in files and one["LastModified"] < oldest:
            bucket.delete_object(Bucket=name, Key=key)
    stale = [f"/{key}" for key in changed if not HASHED.search(key)]
    if stale:
        boto3.client("cloudfront").create_invalidation(
            DistributionId=known["DistributionId"],
            InvalidationBatch={"Paths": {"Quantity": len(stale), "Items": stale}, "CallerReference": str(time.time_ns())},
        )
    print(f"The site is at {known['SiteAddress']}/")


def empty(stack, region):
    name, bucket = outputs(stack, region)["SiteBucket"], boto3.client("s3", region_name=region)
    for key in existing(bucket, name):
        bucket.delete_object(Bucket=name, Key=key)


if __name__ == "__main__":
    stack, region, what = sys.argv[1:]
    if what == "--empty":
        empty(stack, region)
    else:
        upload(stack, region, Path(what))
