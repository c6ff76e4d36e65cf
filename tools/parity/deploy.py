"""Deploys the template to MiniStack, an AWS emulator, and outputs the addresses.

    python deploy.py ENDPOINT EDGE DIST OUT     deploys, uploads DIST, creates users, writes OUT

The differences between MiniStack and AWS are handled here, so that the template and the functions need no changes:

- It does not support AWS::ApiGatewayV2::RouteResponse (it responds to a message all the same) and alarms over several metrics: both
  are left out of the deployed copy.
- The tests' edge is no CloudFront and sends the functions no secret: none is configured. Pages come from the edge, so it is the site
  that may open live connections.
- Its hosts are not in the DNS: the functions are configured with addresses of this machine for the keys of the user pool, the
  profiles and the connections, and the tests' edge takes the place of CloudFront's host names.
- A stack's deletion also deletes what it should retain; each run has a MiniStack of its own.
- A renewed access token contains no groups there: the admin's page is tested on the local server.
- Its CloudFront's policy for pages names AWS IoT Core's real host, so a page could not reach it: the site's settings leave it
  out there, and a subscriber outside a browser is tested.
- It authorizes a batch of messages by separate actions, `sns:PublishBatch` and `sqs:SendMessageBatch`, which AWS covers by the one for a
  single message ("Actions, resources, and condition keys"): the copy allows both.
- A second stack beside the first one, and a restored table, are tested here too: that they are deployed, with the expected
  resources.
- Requests to it use plain HTTP, which the policies of topics and queues refuse: those of the copy refuse TLS instead.
- It ignores partial batch failures, retry limits and bisecting of streams: those are tested on the local server.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import boto3

STACK, SECOND, REGION, PASSWORD = "rally", "rally-two", "us-east-1", "correct horse battery staple 1"
PEOPLE = {"Ada": [], "Bob": [], "Bo": [], "Cara": [], "Cy": [], "Root": ["admin"]}
FUNCTIONS = ["Api", "Live", "Fanout", "Notify", "Ingest", "Sweep"]
ROOT = Path(__file__).resolve().parents[2]
UNKNOWN = ["MessageRouteResponse", "FailingFunctions", "ThrottledFunctions", "Throttled"]


def copy(folder):
    """The template without what MiniStack does not support."""
    text = (ROOT / "infra/template.yaml").read_text()
    for name in UNKNOWN:
        text, left_out = re.subn(rf"^  {name}:\n(?:(?:    .*)?\n)+", "", text, flags=re.MULTILINE)
        if left_out != 1:
            sys.exit(f"The template has no {name} that could be left out.")
    text, allowed = re.subn(r"Action: (sns:Publish|sqs:SendMessage)\b", r"Action: [\1, \1Batch]", text)
    if not allowed:
        sys.exit("The template allows no principal to send messages.")
    over_tls = r'(Action: \[?s[nq]s:.*\n.*\n +Condition: { Bool: { "aws:SecureTransport": )"false"'
    text, plain = re.subn(over_tls, r'\1"true"', text)
    if not plain:
        sys.exit("The template lets messages go over plain HTTP.")
    path = folder / "template.yaml"
    path.write_text(text.replace("CodeUri: ../target", f"CodeUri: {os.environ['CARGO_TARGET_DIR']}"))
    return path


def sam(*arguments):
    program = Path(sys.executable).with_name("sam")
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0"}
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = [line for line in (done.stdout + done.stderr).splitlines() if "Uploading" not in line][-60:]
        sys.exit("\n".join(["sam " + arguments[0] + " fails:", *tail]))


def deploy(template, stack, *parameters):
    sam(
        "deploy", "--template-file", str(template), "--stack-name", stack, "--region", REGION, "--resolve-s3",
        "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset",
        "--parameter-overrides", "Architecture=x86_64", "KeepTable=false", *parameters,
    )
    return outputs_of(stack)


def outputs_of(stack):
    described = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {one["OutputKey"]: one["OutputValue"] for one in described["Outputs"]}


def resources_of(stack):
    listed = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for page in listed for one in page["StackResourceSummaries"]}


def second(template):
    """A second stack in the same account and region; then a restored table replaces its own, as docs/operations.md describes."""
    own = deploy(template, SECOND, "SignInDomain=rally-two")["TableName"]
    tables, restored = boto3.client("dynamodb"), f"{SECOND}-restored"
    tables.put_item(TableName=own, Item={"pk": {"S": "ITEMS"}, "sk": {"S": "kept"}, "json": {"S": "7"}, "rev": {"N": "1"}})
    tables.restore_table_to_point_in_time(SourceTableName=own, TargetTableName=restored, UseLatestRestorableTime=True)
    tables.get_waiter("table_exists").wait(TableName=restored, WaiterConfig={"Delay": 1})
    tables.update_table(TableName=restored, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    label = tables.describe_table(TableName=restored)["Table"]["LatestStreamLabel"]
    outputs = deploy(template, SECOND, "SignInDomain=rally-two", f"RestoredTable={restored}", f"RestoredStream={label}")
    resources, functions = resources_of(SECOND), boto3.client("lambda")
    told = {name: functions.get_function_configuration(FunctionName=resources[name])["Environment"]["Variables"]["RALLY_TABLE"] for name in FUNCTIONS}
    streams = [one["EventSourceArn"] for one in functions.list_event_source_mappings(FunctionName=resources["Fanout"])["EventSourceMappings"] if ":dynamodb:" in one["EventSourceArn"]]
    if outputs["TableName"] != restored or set(told.values()) != {restored} or [restored in one for one in streams] != [True]:
        sys.exit(f"The restored table is not the one that is used: {outputs['TableName']}, {told}, {streams}")
    if own not in tables.list_tables()["TableNames"]:
        sys.exit("The stack's own table is gone.")
    if "Item" not in tables.get_item(TableName=restored, Key={"pk": {"S": "ITEMS"}, "sk": {"S": "kept"}}):
        sys.exit("What was in the table is not in the restored one.")


def reconfigure(endpoint, edge, resources, outputs):
    functions = boto3.client("lambda")
    own = {
        "RALLY_OIDC_JWKS": f"{endpoint}/{outputs['UserPool']}/.well-known/jwks.json",
        "RALLY_OIDC_USERINFO": f"{endpoint}/oauth2/userInfo",
        "RALLY_CALLBACK_URL": f"{endpoint}/_aws/execute-api/{resources['LiveApi']}/live",
        "ORIGIN_SECRET": "",
        "RALLY_SITE_URL": edge,
    }
    for name in FUNCTIONS:
        known = functions.get_function_configuration(FunctionName=resources[name])["Environment"]["Variables"]
        known |= {variable: value for variable, value in own.items() if variable in known or variable == "RALLY_OIDC_JWKS"}
        functions.update_function_configuration(FunctionName=resources[name], Environment={"Variables": known})


def people(edge, outputs):
    cognito = boto3.client("cognito-idp")
    pool, client = outputs["UserPool"], outputs["ClientId"]
    known = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=client)["UserPoolClient"]
    kept = {name: known[name] for name in ["AllowedOAuthFlows", "AllowedOAuthFlowsUserPoolClient", "AllowedOAuthScopes", "SupportedIdentityProviders", "EnableTokenRevocation"]}
    cognito.update_user_pool_client(
        UserPoolId=pool, ClientId=client, CallbackURLs=[f"{edge}/signed-in"], LogoutURLs=[f"{edge}/"], **kept,
    )
    for name, groups in PEOPLE.items():
        mail = f"{name.lower()}@example.com"
        attributes = [{"Name": "email", "Value": mail}, {"Name": "email_verified", "Value": "true"}, {"Name": "name", "Value": name}]
        cognito.admin_create_user(UserPoolId=pool, Username=mail, UserAttributes=attributes, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool, Username=mail, Password=PASSWORD, Permanent=True)
        for group in groups:
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=mail, GroupName=group)


def settings(edge, outputs):
    """The site's settings, with MiniStack's pool behind the edge in place of Cognito's host."""
    bucket = boto3.client("s3")
    said = json.loads(bucket.get_object(Bucket=outputs["SiteBucket"], Key="config.json")["Body"].read())
    if said["issuer"] != outputs["Issuer"] or said["clientId"] != outputs["ClientId"]:
        sys.exit(f"The uploaded settings are not the stack's: {said}")
    said["issuer"], said["broker"] = f"/{outputs['UserPool']}", False
    bucket.put_object(Bucket=outputs["SiteBucket"], Key="config.json", Body=json.dumps(said), ContentType="application/json", CacheControl="no-cache")


def main(endpoint, edge, dist, out):
    folder = Path(out).parent
    iot = boto3.client("iot").describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"].split(":")[0]
    template = copy(folder)
    outputs = deploy(template, STACK, "SignInDomain=rally", f"IotEndpoint={iot}")
    resources = resources_of(STACK)
    print(f"{len(resources)} resources are deployed.")
    second(template)
    print("A second stack and a restored table are deployed.")
    uploaded = subprocess.run([sys.executable, ROOT / "infra/template/upload.py", STACK, REGION, dist], check=True, capture_output=True, text=True)
    print(uploaded.stdout.splitlines()[-1])
    reconfigure(endpoint, edge, resources, outputs)
    people(edge, outputs)
    settings(edge, outputs)
    Path(out).write_text(json.dumps({
        "endpoint": endpoint, "edge": edge, "distribution": outputs["SiteAddress"].removeprefix("https://"),
        "http": resources["HttpApi"], "live": resources["LiveApi"], "pool": outputs["UserPool"],
        "iot": iot, "client": outputs["ClientId"], "table": outputs["TableName"], "password": PASSWORD,
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])
