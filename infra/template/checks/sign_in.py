"""Sign-in: Cognito, and its settings for functions and pages."""

import re

from .stack import source


def _site(stack):
    return f"https://{stack.parameters['DomainName'] or '<Distribution.DomainName>'}"


def client(stack):
    """The code flow with PKCE and without a secret, only for the site's own address."""
    for name, said in stack.of_type("AWS::Cognito::UserPoolClient").items():
        wanted = {
            "GenerateSecret": (False, "has a secret, which a page cannot keep"),
            "AllowedOAuthFlowsUserPoolClient": (True, "may not be used by the sign-in page"),
            "AllowedOAuthFlows": (["code"], "takes other flows than the code flow"),
            "AllowedOAuthScopes": (["openid", "profile", "email"], "gives tokens for more, or less, than the site asks for"),
            "SupportedIdentityProviders": (["COGNITO"], "takes people from elsewhere"),
            "CallbackURLs": ([f"{_site(stack)}/signed-in"], "hands its code to another address than the site's"),
            "LogoutURLs": ([f"{_site(stack)}/"], "leads elsewhere after signing out"),
            "EnableTokenRevocation": (True, "cannot end a session"),
            "PreventUserExistenceErrors": ("ENABLED", "tells who has an account"),
            "UserPoolId": ("<People>", "is of another pool"),
            # The maximum ("RefreshTokenRotationType"): with less, two tabs on a slow network sign each other out.
            "RefreshTokenRotation": ({"Feature": "ENABLED", "RetryGracePeriodSeconds": 60}, "renews tokens otherwise than the site expects"),
        }
        for member, (value, fault) in wanted.items():
            if said.get(member) != value:
                yield f"{name} {fault}: {member} is {said.get(member)}"
        flows = said.get("ExplicitAuthFlows")
        # Without the list Cognito uses a default that contains it.
        if not flows or "ALLOW_REFRESH_TOKEN_AUTH" in flows:
            yield f"{name} is refused: tokens are renewed by rotation, and ALLOW_REFRESH_TOKEN_AUTH does not go with it"
        for flow in set(flows or []) - {"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}:
            yield f"{name} takes {flow}, which the site does not use"
        units = said.get("TokenValidityUnits", {})
        if (said.get("AccessTokenValidity"), units.get("AccessToken")) != (60, "minutes") or (said.get("RefreshTokenValidity"), units.get("RefreshToken")) != (30, "days"):
            yield f"{name} gives tokens that last another time than an hour and thirty days"
    if "/signed-in" not in source("src/routes.rs"):
        yield "the site has no page /signed-in"


def pool(stack):
    for name, said in stack.of_type("AWS::Cognito::UserPool").items():
        factors = None if stack.parameters["Mfa"] == "OFF" else ["SOFTWARE_TOKEN_MFA"]
        if said.get("MfaConfiguration") != stack.parameters["Mfa"] or said.get("EnabledMfas") != factors:
            yield f"{name} asks for a second factor otherwise than Mfa says"
        if said.get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly") is not (stack.parameters["SignUp"] == "closed"):
            yield f"{name} lets people sign up otherwise than SignUp says"
        mail = said.get("EmailConfiguration")
        wanted = {"EmailSendingAccount": "DEVELOPER", "From": stack.parameters["MailFrom"], "SourceArn": stack.parameters["MailIdentity"]}
        if mail != (wanted if stack.parameters["MailFrom"] else None):
            yield f"{name} sends its mails otherwise than MailFrom says"
        password = said.get("Policies", {}).get("PasswordPolicy", {})
        if password.get("MinimumLength", 8) < 15:
            yield f"{name} takes passwords of {password.get('MinimumLength')} characters"
        if said.get("UsernameAttributes") != ["email"] or said.get("AutoVerifiedAttributes") != ["email"]:
            yield f"{name} does not know people by a mail address that it has verified"
        if "name" not in {one["Name"] for one in said.get("Schema", []) if one.get("Required")}:
            yield f"{name} does not ask for the name that rooms show"
    group = re.search(r'admin_group: "(\w+)"', source("infra/backend/src/config.rs")).group(1)
    if [one["GroupName"] for one in stack.of_type("AWS::Cognito::UserPoolGroup").values() if one["UserPoolId"] == "<People>"] != [group]:
        yield f"the pool has no group {group}, whose members may register tables"
    if [(one["Domain"], one["UserPoolId"]) for one in stack.of_type("AWS::Cognito::UserPoolDomain").values()] != [(stack.parameters["SignInDomain"], "<People>")]:
        yield "the pool's sign-in page has another address than SignInDomain"


def domain_is_one_that_cognito_takes(stack):
    """"UserPoolDomain": none of these words may be in it."""
    pattern = re.compile(stack.template["Parameters"]["SignInDomain"]["AllowedPattern"])
    for name, is_good in {"office": True, "a": True, "my-office-2": True, "aws-office": False, "my-amazon": False, "cognito": False, "Office": False, "-a": False, "a-": False, "a_b": False, "a" * 64: False}.items():
        if bool(pattern.match(name)) is not is_good:
            yield f"SignInDomain {'refuses' if is_good else 'takes'} {name}"


def everybody_agrees(stack):
    """Functions and pages have the same pool, client and addresses."""
    issuer = f"https://cognito-idp.{stack.region}.amazonaws.com/<People>"
    told = {
        "RALLY_OIDC_ISSUER": issuer, "RALLY_OIDC_CLIENT_ID": "<SiteClient>",
        "RALLY_OIDC_USERINFO": f"https://<SignIn>.auth.{stack.region}.amazoncognito.com/oauth2/userInfo",
    }
    for function in stack.functions():
        for variable, value in told.items():
            if variable in stack.variables(function) and stack.variables(function)[variable] != value:
                yield f"{function} is told {variable} {stack.variables(function)[variable]}, and it is {value}"
    outputs = {"Issuer": issuer, "ClientId": "<SiteClient>", "UserPool": "<People>", "SiteBucket": "<Site>", "DistributionId": "<Distribution>", "SiteAddress": _site(stack)}
    for name, value in outputs.items():
        if stack.outputs.get(name) != value:
            yield f"the output {name} is {stack.outputs.get(name)}, and it should be {value}"


RULES = [client, pool, domain_is_one_that_cognito_takes, everybody_agrees]
