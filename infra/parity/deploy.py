"""Deploys the template to MiniStack, an AWS on one machine that others have written, and says where everything is.

    python deploy.py ENDPOINT EDGE DIST OUT     deploys, uploads DIST, makes people, writes OUT

What MiniStack does otherwise than AWS is met here, so that the template and the functions stay as AWS has them:

- It knows no AWS::ApiGatewayV2::RouteResponse (it answers a message all the same) and no alarm over several metrics: both are
  left out of the copy that is deployed.
- Its hosts are not in the DNS: the functions are told the addresses of its own machine for the keys of the user pool, the
  profiles and the connections, and the tests' edge stands where CloudFront's names would lead.
- A stack's deletion leaves nothing that it should keep; each run has a MiniStack of its own.
- A renewed access token names no groups there: the admin's page is tested on the local server.
- Its CloudFront's policy for pages names AWS IoT Core's real host, so a page could not reach it: the site's settings leave it
  out there, and a listener that is no page is tested.
- It takes a batch of messages for an action of its own, `sns:PublishBatch` and `sqs:SendMessageBatch`, which AWS covers by the one for a single
  message ("Actions, resources, and condition keys"): the copy allows both.
- It is asked over plain HTTP, which the policies of topics and queues refuse: those of the copy refuse TLS instead.
- It ignores partial batch failures, retry limits and bisecting of streams: those are proven on the local server.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import boto3

STACK, REGION, PASSWORD = "rally", "us-east-1", "correct horse battery staple 1"
PEOPLE = {"Ada": [], "Bob": [], "Bo": [], "Cy": [], "Root": ["admin"]}
ROOT = Path(__file__).resolve().parents[2]
UNKNOWN = ["MessageRouteResponse", "FailingFunctions"]


def copy(folder):
    """The template without what MiniStack does not know."""
    text = (ROOT / "infra/template.yaml").read_text()
    for name in UNKNOWN:
        text, left_out = re.subn(rf"^  {name}:\n(?:(?:    .*)?\n)+", "", text, flags=re.MULTILINE)
        if left_out != 1:
            sys.exit(f"The template has no {name} that could be left out.")
    text, allowed = re.subn(r"Action: (sns:Publish|sqs:SendMessage)\b", r"Action: [\1, \1Batch]", text)
    if not allowed:
        sys.exit("The template allows nobody to send messages.")
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


def reconfigure(endpoint, resources, outputs):
    functions = boto3.client("lambda")
    own = {
        "RALLY_OIDC_JWKS": f"{endpoint}/{outputs['UserPool']}/.well-known/jwks.json",
        "RALLY_OIDC_USERINFO": f"{endpoint}/oauth2/userInfo",
        "RALLY_CALLBACK_URL": f"{endpoint}/_aws/execute-api/{resources['LiveApi']}/live",
    }
    for name in ["Api", "Live", "Fanout", "Notify", "Ingest", "Sweep"]:
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
    sam(
        "deploy", "--template-file", str(copy(folder)), "--stack-name", STACK, "--region", REGION, "--resolve-s3",
        "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset",
        "--parameter-overrides", "SignInDomain=rally", "Architecture=x86_64", "KeepTable=false", f"IotEndpoint={iot}",
    )
    stacks = boto3.client("cloudformation")
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stacks.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]}
    listed = stacks.get_paginator("list_stack_resources").paginate(StackName=STACK)
    resources = {one["LogicalResourceId"]: one["PhysicalResourceId"] for page in listed for one in page["StackResourceSummaries"]}
    print(f"{len(resources)} resources are deployed.")
    uploaded = subprocess.run([sys.executable, ROOT / "infra/template/upload.py", STACK, REGION, dist], check=True, capture_output=True, text=True)
    print(uploaded.stdout.splitlines()[-1])
    reconfigure(endpoint, resources, outputs)
    people(edge, outputs)
    settings(edge, outputs)
    Path(out).write_text(json.dumps({
        "endpoint": endpoint, "edge": edge, "distribution": outputs["SiteAddress"].removeprefix("https://"),
        "http": resources["HttpApi"], "live": resources["LiveApi"], "pool": outputs["UserPool"],
        "iot": iot, "client": outputs["ClientId"], "table": outputs["TableName"], "password": PASSWORD,
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])
