"""Uploads the built site to a stack's bucket, and invalidates what changed at CloudFront.

    python upload.py STACK REGION DIST      uploads
    python upload.py STACK REGION --empty   empties the bucket, so that the stack can be deleted

Browsers cache a file with a hash in its name without revalidation, and revalidate all other files on each request. A file that this
site no longer contains is deleted 30 days after it was replaced, since open pages may still load it.
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

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
REPLACED_RETENTION = timedelta(days=30)

# Uploaded after all others, in this order: index.html references files that must exist, and version.json makes open pages reload
# index.html.
UPLOADED_LAST = ["config.json", "sw.js", "index.html", "version.json"]

# The metadata of a file that the site no longer contains. LastModified is then the time at which it was replaced.
REPLACED = {"replaced": "true"}

# The same as in infra/local/src/site.rs: sixteen hexadecimal digits after a hyphen.
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


def settings(built, stack_outputs):
    """The settings of the built site, with those of this deployment."""
    merged = json.loads(built)
    merged.update(issuer=stack_outputs["Issuer"], clientId=stack_outputs["ClientId"], broker=stack_outputs["Broker"] == "true")
    return json.dumps(merged).encode()


def cache_control(key):
    return IMMUTABLE if HASHED.search(key) else REVALIDATE


def content_type(key):
    return mimetypes.guess_type(key)[0] or "application/octet-stream"


def remove_replaced(bucket, name, keys, oldest):
    """Marks files that the site no longer contains as replaced, and deletes those that were marked before `oldest`."""
    for key in keys:
        head = bucket.head_object(Bucket=name, Key=key)
        if head["Metadata"] != REPLACED:
            bucket.copy_object(
                Bucket=name, Key=key, CopySource={"Bucket": name, "Key": key}, Metadata=REPLACED, MetadataDirective="REPLACE",
                ContentType=content_type(key), CacheControl=cache_control(key),
            )
        elif head["LastModified"] < oldest:
            bucket.delete_object(Bucket=name, Key=key)


def upload(stack, region, dist):
    stack_outputs = outputs(stack, region)
    name, bucket = stack_outputs["SiteBucket"], boto3.client("s3", region_name=region)
    stored = existing(bucket, name)
    # CloudFront compresses files itself; the compressed copies (.br) are for other servers.
    files = {str(path.relative_to(dist)): path.read_bytes() for path in sorted(dist.rglob("*")) if path.is_file() and path.suffix != ".br"}
    files["config.json"] = settings(files["config.json"], stack_outputs)
    changed = []
    for key in sorted(files, key=lambda key: (UPLOADED_LAST.index(key) + 1 if key in UPLOADED_LAST else 0, key)):
        body = files[key]
        # Unchanged files too, since this removes the metadata of a file that an earlier deployment had marked as replaced.
        bucket.put_object(Bucket=name, Key=key, Body=body, ContentType=content_type(key), CacheControl=cache_control(key))
        if stored.get(key, {}).get("ETag", "").strip('"') != hashlib.md5(body).hexdigest():
            print(f"{len(body):>10}  {key}")
            changed.append(key)
    remove_replaced(bucket, name, [key for key in stored if key not in files], datetime.now(timezone.utc) - REPLACED_RETENTION)
    stale = [f"/{key}" for key in changed if not HASHED.search(key)]
    if stale:
        boto3.client("cloudfront").create_invalidation(
            DistributionId=stack_outputs["DistributionId"],
            InvalidationBatch={"Paths": {"Quantity": len(stale), "Items": stale}, "CallerReference": str(time.time_ns())},
        )
    print(f"The site is at {stack_outputs['SiteAddress']}/")


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
